"""The command `python -m eval.protocols`: our protocol beside the published one, both run here, with their cost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Literal, TypeAlias

import typer

from eval.board.row_record import row_record
from eval.board.rows import Row
from eval.board.text_tables import TableFormat, markdown_table, text_table
from eval.commands.leaderboard import Suite, check_directories, gathered_results, leaderboard
from eval.console import check_out, write
from eval.measuring.confidence_intervals import percent
from tasks.ground.console import RefusedError, main_of
from train.ledger import SHIPPED
from train.model.recommended import Choices, recommended

THEIRS = SHIPPED / "published_protocol"

# The fields that a protocol decides and no option can change: when the rate falls, and when training ends.
TELLING = ("cooldown", "cooldown_steps", "patience_steps")

Same: TypeAlias = Literal["yes", "no", "mixed", "no evidence"]


@dataclass(frozen=True)
class ProtocolPair:
    """The rows of one task and setting that was trained with our protocol and with the published one."""

    ours: Row
    theirs: Row

    @property
    def same(self) -> Same:
        """Whether both protocols give one verdict by the old rule.

        It is "mixed" if the seeds of one of them disagree, and "no evidence" if one of them did not fit.
        """
        verdicts = (self.ours.old_measured, self.theirs.old_measured)
        if "did not fit" in verdicts:
            return "no evidence"
        if "mixed" in verdicts:
            return "mixed"
        return "yes" if verdicts[0] == verdicts[1] else "no"

    def record(self) -> dict[str, Any]:
        """Return the pair as JSON data."""
        sides = {"ours": row_record(self.ours), "published": row_record(self.theirs)}
        return {"task": self.ours.task, "setting": self.ours.setting, "same": self.same} | sides


def pairs(ours: Sequence[Row], theirs: Sequence[Row]) -> tuple[ProtocolPair, ...]:
    """Return the tasks and settings that were run with both protocols, in the order of the benchmark.

    Each configuration of one protocol is paired with each of the other. Rows of the other side's protocol are left out,
    so that both sides may come from one directory.
    """
    mine = [row for row in ours if row.results and not is_theirs(row)]
    others = [row for row in theirs if row.results and is_theirs(row)]
    return tuple(
        ProtocolPair(own, row) for row in others for own in mine if (own.task, own.setting) == (row.task, row.setting)
    )


def is_theirs(row: Row) -> bool:
    """Return whether the row's runs end as with `--protocol published`, whatever else was chosen for them."""
    own = recommended(row.definition, row.config.model.pe_text, Choices(protocol="published"))
    return all(getattr(row.config, name) == getattr(own, name) for name in TELLING)


def in_a_sentence(found: Sequence[ProtocolPair]) -> str:
    """Return in words how many cells were compared, which verdicts differ, and how the costs compare."""
    counts = {same: [p for p in found if p.same == same] for same in ("yes", "no", "mixed", "no evidence")}
    ratios = [_cpu_seconds(p.theirs) / _cpu_seconds(p.ours) for p in found]
    return (
        f"Cells trained with both protocols: {len(found)}. With the same verdict: {len(counts['yes'])}. With different "
        f"verdicts: {_counted(counts['no'])}. With seeds that disagree: {_counted(counts['mixed'])}. "
        f"Not fitted with one of the protocols: {len(counts['no evidence'])}. The published protocol's CPU time is "
        f"{min(ratios):.1f} to {max(ratios):.1f} times that of ours, the median {median(ratios):.1f}."
    )


def _counted(found: Sequence[ProtocolPair]) -> str:
    named = ", ".join(f"{p.ours.task} {p.ours.setting}" for p in found)
    return f"{len(found)} ({named})" if found else "0"


def lines_of(found: Sequence[ProtocolPair]) -> tuple[list[str], list[list[str]]]:
    """Return the columns' names and the rows as text, with medians over the seeds.

    Each pair has two rows, the published protocol below ours. If the seeds disagree, the verdict says how many of the
    fitted ones generalise.
    """
    columns = ["task", "setting", "protocol", "model", "fitted", "fit at", "CPU s", "accuracy", "verdict", "same"]
    rows = []
    for p in found:
        rows.append([p.ours.task, p.ours.setting, "ours", *_side(p.ours), p.same])
        rows.append(["", "", "published", *_side(p.theirs), ""])
    return columns, rows


def _cpu_seconds(row: Row) -> float:
    return median(run.cpu_seconds for run in row.results)


def _side(row: Row) -> list[str]:
    model, runs = row.config.model, row.results
    fits = [run.fit_step for run in runs if run.fit_step is not None]
    return [
        f"{model.layers} x {model.width}",
        f"{row.fitted}/{len(runs)}",
        f"{median(fits):.0f}" if fits else "-",
        f"{_cpu_seconds(row):.0f}",
        "/".join(percent(b.mean) for b in row.bins),
        f"mixed, {row.old_generalizing}/{row.fitted}" if row.old_measured == "mixed" else row.old_measured,
    ]


def protocols_command(
    format_: Annotated[TableFormat, typer.Option("--format", help="The format of the output.")] = TableFormat.text,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write to a file instead.")] = None,
    from_: Annotated[
        Path, typer.Option("--from", metavar="DIR", help="The directory of exported results of our protocol.")
    ] = SHIPPED,
    theirs: Annotated[
        Path,
        typer.Option("--published", metavar="DIR", help="The directory of exported results of `--protocol published`."),
    ] = THEIRS,
) -> None:
    """Put the verdicts of two training protocols beside each other, with the CPU time that they take."""
    check_directories(from_, from_)
    if not theirs.is_dir():
        raise RefusedError(f"--published: {theirs} is no directory")
    check_out(out)
    rows = [leaderboard(Suite.found, gathered_results(each, each).results, apart=True) for each in (from_, theirs)]
    found = pairs(*rows)
    if not found:
        raise RefusedError(f"{from_} and {theirs} have no task and setting that was trained with both protocols")
    if format_ is TableFormat.json:
        write(json.dumps({"pairs": [pair.record() for pair in found]}, indent=2) + "\n", out)
        return
    table = (text_table if format_ is TableFormat.text else markdown_table)(*lines_of(found))
    write(f"{table}\n\n{in_a_sentence(found)}\n", out)


main = main_of(protocols_command, "python -m eval.protocols", "--format markdown")
