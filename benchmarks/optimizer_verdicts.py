"""Does the optimiser decide whether a prediction comes true? Without positions, from the results that are shipped.

The verdict by AdamW is that of the forecast: any of the first five fitted runs is at least 90% right at two to three
times the training length, and a language needs three fitted runs. Beside it stand the runs of the same languages by
other optimisers, in `results/optimizers/` and `results/exceptions/`. Another optimiser was tried on the languages that
are predicted to generalise and fail by AdamW, and on drawn languages that are predicted to fail.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.board.fitted_runs import FIRST_RUNS
from eval.forecast.fitted_reach import CORPUS, fitted_reaches
from eval.forecast.forecast_bars import FEWEST_VERDICT_RUNS
from train.ledger import SHIPPED
from train.ledger.ledger import ENCODING_SUITE, GRID, of_this_training, read_results
from train.ledger.result import GENERALIZES, Result

OPTIMIZERS = {"sgd": "SGD", "muon": "Muon"}


@dataclass
class LanguageRuns:
    """The fitted runs of one language without positions: the share of words that are right at two to three times."""

    name: str
    plain: bool
    shares: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def right_by(self, optimizer: str) -> bool:
        """Whether one of the first five fitted runs by this optimiser is right at two to three times."""
        return any(share >= GENERALIZES for share in self.shares[optimizer][:FIRST_RUNS])


def languages_of(results: Sequence[Result]) -> tuple[LanguageRuns, ...]:
    """Return the languages with as many fitted runs by AdamW as a verdict takes.

    Args:
        results: The runs. One that is given twice counts once, and those with positions are left out.
    """
    found: dict[str, LanguageRuns] = {}
    for result in {(each.config, each.seed): each for each in results}.values():
        for reach in fitted_reaches([result] if result.config.model.pe == "nope" else []).runs:
            if reach.third is None or not of_this_training(result):
                continue
            name = result.task if result.origin is None else result.origin.name
            language = found.setdefault(result.task, LanguageRuns(name, reach.rung == "plain"))
            language.shares[result.config.optimizer].append(reach.third)
    return tuple(each for each in found.values() if len(each.shares["adamw"]) >= FEWEST_VERDICT_RUNS)


def report(languages: Sequence[LanguageRuns]) -> Iterator[str]:
    """Yield the languages whose verdict by AdamW is not the predicted one, and what other optimisers change."""
    missed = [each for each in languages if each.plain and not each.right_by("adamw")]
    yield f"| plain, and no run by AdamW is right | AdamW | {' | '.join(OPTIMIZERS.values())} |"
    yield "| --- " * (2 + len(OPTIMIZERS)) + "|"
    for each in missed:
        cells = (_percents(each.shares, name) for name in ("adamw", *OPTIMIZERS))
        shown = each.name.replace("|", "\\|")  # a bare | would end the cell, in code too
        yield f"| `{shown}` | {' | '.join(cells)} |"
    yield _counts(languages, ("adamw",), "AdamW")
    for name, shown in OPTIMIZERS.items():
        tried = [each for each in missed if each.shares[name]]
        others = [each for each in languages if not each.plain and each.shares[name]]
        yield (
            f"{shown}: tried on {len(tried)} of the {len(missed)} plain languages that fail by AdamW, of which "
            f"{sum(each.right_by(name) for each in tried)} generalise, and on {len(others)} others, of which "
            f"{sum(not each.right_by(name) for each in others)} fail"
        )
        yield _counts(languages, ("adamw", name), f"AdamW or {shown}")


def _percents(shares: Mapping[str, Sequence[float]], optimizer: str) -> str:
    return ", ".join(f"{100 * share:.0f}" for share in shares[optimizer][:FIRST_RUNS]) or "-"


def _counts(languages: Sequence[LanguageRuns], optimizers: Sequence[str], shown: str) -> str:
    right = [(each.plain, any(each.right_by(name) for name in optimizers)) for each in languages]
    plain = [generalizes for is_plain, generalizes in right if is_plain]
    others = [not generalizes for is_plain, generalizes in right if not is_plain]
    if not plain or not others:
        return f"{shown}: {len(plain)} plain languages and {len(others)} others have enough runs"
    balanced = (sum(plain) / len(plain) + sum(others) / len(others)) / 2
    return (
        f"{shown}: {sum(plain)} of {len(plain)} plain languages generalise, and {sum(others)} of {len(others)} others "
        f"fail; balanced accuracy {balanced:.3f}"
    )


def shipped_results(root: Path = SHIPPED) -> list[Result]:
    """Return the runs of the forecast, and those by other optimisers."""
    folders = [root / name for name in (GRID, CORPUS, ENCODING_SUITE)]
    results = [each for folder in folders for each in read_results(folder, shipped=True)]
    apart = [root / "optimizers", *sorted(path.parent for path in (root / "exceptions").glob("*/sweep.toml"))]
    others = [each for folder in apart for each in read_results(folder, shipped=True)]
    return results + [each for each in others if each.config.optimizer != "adamw"]


def main() -> int:
    """Print what the optimisers change."""
    for line in report(languages_of(shipped_results())):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
