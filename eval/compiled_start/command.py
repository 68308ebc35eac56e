"""The command `python -m eval compiled_start`: compiled models beside trained ones, and compiled models trained on."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from eval.board.text_tables import TableFormat, markdown_table, text_table
from eval.compiled_start.records import FILE, StartRecord, read_records, write_records
from eval.compiled_start.table import COLUMNS, DRIFT_COLUMNS, LEGEND, beside, drift, in_words
from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import check_writable, read_inside
from train.ledger import RUNS
from train.ledger.ledger import Ledger


def compiled_start_command(
    run: Annotated[
        bool,
        typer.Option("--run", help="Measure what is missing from the file; all tasks take some minutes of CPU time."),
    ] = False,
    task: Annotated[str | None, typer.Option(metavar="TASK", help="Only this task.")] = None,
    file: Annotated[Path, typer.Option(metavar="FILE", help="Where the measurements are kept.")] = FILE,
    runs: Annotated[
        Path, typer.Option(metavar="DIR", help="The ledger whose runs are shown beside the compiled models.")
    ] = RUNS,
    format_: Annotated[TableFormat, typer.Option("--format", help="The format of the output.")] = TableFormat.text,
) -> None:
    """Print how models trained from compiled weights did; with --run, first measure what is missing.

    If the command is killed, the same command continues.
    """
    from eval.compiled_start.experiment import SUBJECTS

    if task is not None and task not in dict(SUBJECTS):
        raise RefusedError(f"--task: expected one of {', '.join(dict(SUBJECTS))}, found {task or 'nothing'}")
    if run:
        check_writable(file)
        if file.is_file() and len(read_records(file)) < len(read_inside(file).splitlines()):
            raise RefusedError(
                f"{file} has lines that are not measurements on the present words: --run would lose them"
            )
        _measure(task, file, Ledger(runs))
    found = tuple(each for each in read_records(file) if task in (None, each.task))
    if not found:
        raise RefusedError(f"{file} has no measurements{f' of {task}' if task else ''}: --run makes them")
    if format_ is TableFormat.json:
        print(json.dumps({"models": [each.to_json() for each in found], "says": in_words(found)}, indent=2))
        return
    write = text_table if format_ is TableFormat.text else markdown_table
    print(f"{write(COLUMNS, beside(found))}\n\n{write(DRIFT_COLUMNS, drift(found))}\n\n{in_words(found)}\n\n{LEGEND}")


def _measure(task: str | None, file: Path, ledger: Ledger) -> None:
    from eval.compiled_start.experiment import SUBJECTS, compiled_records, merged, trained_record

    for name, pe in SUBJECTS:
        if task not in (None, name):
            continue
        done = frozenset(each.key for each in read_records(file))
        start: list[StartRecord] = []
        for record in compiled_records(name, pe, done):
            start.append(record)
            where = f"{name}: rate {record.rate:g}, noise {record.noise:g}, step {record.step}"
            print(f"{where}, loss {record.asked.loss:.3g}", file=sys.stderr)
            write_records(file, merged(read_records(file), start))
        beside_it = trained_record(name, pe, ledger)
        if beside_it is not None:
            others = [r for r in read_records(file) if (r.task, r.origin) != (name, "trained")]
            write_records(file, merged(others, [beside_it]))


main = main_of(compiled_start_command, "python -m eval compiled_start", "--format markdown")
