"""The command `python -m eval probe`: it prints the capability card of an architecture."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.ground.console import AsJson, RefusedError, check_choice, print_json

if TYPE_CHECKING:
    from eval.probe.card import Card
    from eval.probe.trials import ProbeRun
    from train.architectures.result import ArchitectureResult


def probe_command(
    architecture: Annotated[
        str | None,
        typer.Option(metavar="CONFIG", help="As for `python -m train --architecture`; or use --model-factory."),
    ] = None,
    model_factory: Annotated[
        str | None, typer.Option(metavar="MODULE.py:FACTORY", help="A module of your own; the file is run.")
    ] = None,
    capability: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this capability; may be repeated.")
    ] = None,
    family: Annotated[
        str | None,
        typer.Option(
            metavar="KIND", help="The kind to ask theory about, if the model does not show it: lstm, ssm, ..."
        ),
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", min=1, max=100, help="Runs of each capability.")] = 3,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Runs at once, a core each.")] = 2,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = Path("runs"),
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the card as a page (HTML).")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what an architecture of about 100,000 parameters learns on short words, and up to which length it holds.

    It is trained on small tasks, each of one capability. A run that the ledger has is not trained again.
    Status 1 if a defect was seen.
    """
    from eval.console import check_out, write
    from eval.probe.capabilities import CAPABILITIES
    from eval.probe.theory import FAMILIES

    check_out(out)
    text = _one(architecture, model_factory)
    names = tuple(dict.fromkeys(capability or CAPABILITIES))
    for name in names:
        check_choice("--capability", name, tuple(CAPABILITIES))
    if family is not None:
        check_choice("--family", family, FAMILIES)
    card = _probed(text, names, family, repeats, workers, runs)
    from eval.probe.card_text import card_lines, card_page
    from eval.probe.reference_cards import reference_cards

    beside = reference_cards()
    if out is not None:
        write(card_page(card, beside), out)
    if as_json:
        print_json(card.to_json())
    else:
        print("\n".join(card_lines(card, beside)))
    if card.defects:
        raise typer.Exit(1)


def _one(architecture: str | None, model_factory: str | None) -> str:
    if (architecture is None) == (model_factory is None):
        raise RefusedError("expected one of --architecture CONFIG and --model-factory MODULE.py:FACTORY")
    if model_factory is not None and ".py:" not in model_factory:
        raise RefusedError(f"--model-factory: expected MODULE.py:FACTORY, found {model_factory!r}")
    return str(architecture if model_factory is None else model_factory)


def _probed(text: str, names: tuple[str, ...], family: str | None, repeats: int, workers: int, runs: Path) -> "Card":
    import torch

    from eval.probe.probing import probe
    from train.architectures.specification import ArchitectureError, read_architecture

    torch.set_num_threads(1)
    try:
        found = read_architecture(text)
        return probe(
            found,
            runs,
            _say,
            capabilities=names,
            family=family,  # type: ignore[arg-type]
            runs=repeats,
            workers=workers,
        )
    except ArchitectureError as error:
        raise RefusedError(str(error)) from None
    except KeyboardInterrupt:
        print(f"interrupted: finished runs are kept in {runs}; the same command goes on", file=sys.stderr)
        raise


def _say(done: int, total: int, trial: "ProbeRun", result: "ArchitectureResult") -> None:
    from eval.probe.card import CRITERION

    said = "did not fit"
    if result.fitted and result.horizon is not None:
        said = f"right to {result.horizon.lengths[CRITERION]}"
    print(f"{done} of {total}: {trial.capability}, seed {trial.seed}: {said}", file=sys.stderr, flush=True)
