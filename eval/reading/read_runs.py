"""The command `python -m eval read_runs`: it reads every fitted run of a ledger as a Limit Transformer, a line each."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from eval.answering.answerers import UnfitError
from eval.answering.models import load_model
from eval.reading.read_command import ReadAndMeasured, read_and_measure
from tasks.ground.console import AsJson, RefusedError, print_json
from tasks.ground.files import LoadError, check_writable, replace_text, text_lines
from tasks.ground.json_text import RepeatedKeyError, read_json_text
from tasks.registry import get_task
from train.ledger import SHIPPED
from train.ledger.ledger import Ledger
from train.ledger.result import Result

READ_RUNS = SHIPPED / "reading" / "runs.jsonl"
MACHINES = "the model", "nearest", "nearest, sharpened"


def read_runs_command(
    *,
    runs: Annotated[Path | None, typer.Option(metavar="DIR", help="A ledger: its fitted runs are read.")] = None,
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The file, with a line for each run; a run that it holds is not read again."),
    ] = (READ_RUNS),
    words: Annotated[int, typer.Option("-n", min=1, max=10_000, help="Words for each range.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Read the fitted runs of a ledger, if one is given, as Limit Transformers, and summarise the file's readings."""
    if runs is None and not out.exists():
        raise RefusedError(f"{out}: there is no such file, and no --runs to make it from")
    lines = list(kept_lines(out)) if out.exists() else []
    if runs is not None:
        known = {line["run"] for line in lines}
        if not runs.is_dir():
            raise RefusedError(f"--runs: {runs} is no directory")
        if out.parent.is_dir():
            check_writable(out)
        for result, directory in _fitted(runs):
            if directory.name in known:
                continue
            try:
                lines.append(_line(result, directory, words))
            except UnfitError as error:
                print(f"{directory}: {error}; left out", file=sys.stderr)
                continue
            out.parent.mkdir(parents=True, exist_ok=True)
            replace_text(out, "".join(json.dumps(line) + "\n" for line in lines))
    if as_json:
        print_json(lines)
        return
    for text in lines_by_encoding(lines):
        print(text)


def kept_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the records that `read_runs` wrote into a file, one for each run.

    Raises:
        RefusedError: The file cannot be read, or a line is not such a record.
    """
    try:
        for number, text in enumerate(text_lines(str(file)), 1):
            try:
                line = read_json_text(text)
                line["run"], line["accuracy"]["101-150"]
            except RepeatedKeyError as error:
                raise RefusedError(f"{file}, line {number}: {error}") from None
            except (KeyError, TypeError, ValueError):
                raise RefusedError(f"{file}, line {number}: this is no line that `read_runs` wrote") from None
            yield line
    except LoadError as error:
        raise RefusedError(str(error)) from None


def _fitted(runs: Path) -> Iterator[tuple[Result, Path]]:
    """Yield the fitted GPT-2s that were trained to 50 letters, with their directories."""
    ledger = Ledger(runs, None)
    for result in ledger.results():
        if result.fitted and result.config.train_length == 50:
            directory = ledger.path(result.config, result.seed)
            if result.config.model.pe in ("nope", "ape") and (directory / "config.json").is_file():
                yield result, directory


def _line(result: Result, directory: Path, words: int) -> dict[str, Any]:
    found = read_and_measure(load_model(directory), get_task(result.task), words=words)
    model = result.config.model
    return {
        "run": directory.name,
        "task": result.task,
        "pe": model.pe,
        "regularizer": result.config.regularizer,
        "size": f"{model.layers}x{model.heads}x{model.width}",
        "seed": result.seed,
        "lr": result.config.lr,
        "train_length": result.config.train_length,
        "words": words,
        **_read_record(found),
        "accuracy": {
            f"{low}-{high}": [_share(each, (low, high)) for each in found.measured]
            for low, high in [bin.lengths for bin in found.measured[1].bins]
        },
    }


def _read_record(found: ReadAndMeasured) -> dict[str, Any]:
    record = found.read.record()
    heads = [head for block in record["blocks"] for head in block["heads"]]
    return {
        "period": record["period"],
        "least_explained": min(head["explained"] for head in heads),
        "reach": max((head["reach"] or 0 for head in heads), default=0),
        "logit_bits": record["logit_bits"],
        "weight_bits": record["weight_bits"],
    }


def _share(measured: Any, lengths: tuple[int, int]) -> float | None:
    return next((each.accuracy for each in measured.bins if each.lengths == lengths), None)


def lines_by_encoding(lines: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield a table of the runs by encoding and range.

    It has the mean accuracy of each machine, and how many runs have at least 90%.
    """
    yield f"{'encoding':<8} {'runs':>4} {'lengths':>9}  " + "  ".join(f"{name:>18}" for name in MACHINES)
    for pe in sorted({line["pe"] for line in lines}):
        some = [line for line in lines if line["pe"] == pe]
        for lengths in some[0]["accuracy"]:
            cells = []
            for column in range(len(MACHINES)):
                shares = [line["accuracy"][lengths][column] for line in some if lengths in line["accuracy"]]
                known = [share for share in shares if share is not None]
                good = sum(share >= 0.9 for share in known)
                cells.append(f"{sum(known) / len(known):.1%}, {good} good" if known else "no positions")
            yield f"{pe:<8} {len(some):>4} {lengths:>9}  " + "  ".join(f"{cell:>18}" for cell in cells)
