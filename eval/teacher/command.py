"""The command `python -m eval.teacher`: the teacher-student experiments as a table.

It trains nothing. Runs of the ledger that were trained and not yet measured are measured first.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval.board.text_tables import TableFormat, markdown_table, text_table
from tasks.ground.console import RefusedError, main_of
from tasks.ground.files import check_writable

if TYPE_CHECKING:
    from eval.teacher.outcome import Outcome
    from eval.teacher.teacher_table import Shown
    from train.teaching.experiments import Experiment


def teacher_command(
    *,
    suite: Annotated[
        str,
        typer.Option(metavar="FILE.toml", help="The experiments: paper, tables, extensions, trials, small, or a file."),
    ] = "paper",
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory.")] = Path("runs"),
    form: Annotated[TableFormat, typer.Option("--format", help="How the table is printed.")] = TableFormat.text,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE.jsonl", help="Also write the outcomes to this file, one JSON object a line."),
    ] = None,
) -> None:
    """Print what teacher-student runs showed, with what the paper reports and which theorem applies.

    If the ledger has none of an experiment's runs, those that come with the project are shown.
    """
    from eval.teacher.runs import shown_of, write_runs
    from train.ledger import SHIPPED

    if export is not None:
        check_writable(export)
    experiments = _experiments(suite, runs)
    shown = shown_of(experiments, _outcomes(experiments, runs, SHIPPED))
    if not shown:
        raise RefusedError(
            f"{runs}: no teacher-student runs of {suite}: train some with "
            f"`python -m train teacher-student --suite {'paper' if suite == 'ledger' else suite} --runs {runs}`"
        )
    _print(shown, form)
    if export is not None:
        write_runs(export, shown)


def _experiments(suite: str, runs: Path) -> "tuple[Experiment, ...]":
    from eval.teacher.runs import experiments_in
    from train.ledger.store import Store
    from train.teaching.experiments import ExperimentsError, read_experiments, suite_path

    if suite == "ledger":
        return experiments_in(Store(runs))

    try:
        return read_experiments(suite_path(suite))
    except ExperimentsError as error:
        raise RefusedError(f"--suite: {error}") from None


def _outcomes(experiments: "tuple[Experiment, ...]", runs: Path, shipped: Path) -> "dict[str, Outcome]":
    from eval.teacher.measuring import find_measured
    from eval.teacher.runs import shipped_runs
    from train.ledger.store import Store

    found = dict(shipped_runs(shipped))
    store = Store(runs)
    for each in experiments:
        for seed in each.seeds:
            outcome = find_measured(store, each.config, seed)
            if outcome is not None:
                found[outcome.identity] = outcome
    return found


def _print(shown: "tuple[Shown, ...]", form: TableFormat) -> None:
    from eval.teacher.outcome import outcome_to_json
    from eval.teacher.teacher_table import COLUMNS, LEGEND, RECOVERY_COLUMNS, RECOVERY_LEGEND, recovery_rows, rows_of
    from eval.teacher.theorem_reading import reading

    readings = {each.experiment.name: reading(each) for each in shown}
    if form is TableFormat.json:
        records = [
            {
                "name": each.experiment.name,
                "group": each.experiment.group,
                "reading": readings[each.experiment.name],
                "runs": [outcome_to_json(outcome) for outcome in each.outcomes],
            }
            for each in shown
        ]
        print(json.dumps({"experiments": records, "legend": list(LEGEND)}, indent=2, ensure_ascii=False))
        return
    _print_table(COLUMNS, rows_of(shown), form)
    print("\n" + "\n\n".join(LEGEND) + "\n")
    recovered = recovery_rows(shown)
    if recovered:
        _print_table(RECOVERY_COLUMNS, recovered, form)
        print(f"\n{RECOVERY_LEGEND}\n")
    for name, text in readings.items():
        print(f"{'- ' if form is TableFormat.markdown else ''}{name}: {text}")


def _print_table(columns: tuple[str, ...], rows: list[list[str]], form: TableFormat) -> None:
    print((markdown_table if form is TableFormat.markdown else text_table)(columns, rows))


main = main_of(teacher_command, "python -m eval.teacher", "--runs runs --format markdown")
