"""Shows values on a word as the rows of a table in which families, equal members and long programs can be folded."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import TypeAlias

MOST_OPEN_ROWS = 40  # in a table of at most so many rows, only large families are folded
SMALL_FAMILY_MEMBERS, LARGE_FAMILY_MEMBERS = 4, 8  # from the first a family can be folded; above the second it is
LISTED_MEMBERS = 2  # up to so many members that hold at a position are named in the folded row; more are counted
BLOCK_ROWS = 20  # how many rows of a long table are folded together
MOST_MEMBER_ROWS = 100  # the most different rows of one family that are shown
NAMED_MEMBERS = 3  # how many members are named in a row that several share
END_POSITIONS = 100  # how many positions at either end of a long word are shown

ShownValue: TypeAlias = bool | int | Fraction


@dataclass(frozen=True)
class ValueCell:
    """The cell of one position: its text, its kind (true, false, count, some or none), and its tooltip."""

    text: str
    kind: str
    title: str = ""


@dataclass(frozen=True)
class ValueRow:
    """A row: its name, a note below it, a cell for each position shown, and the numbers of its definitions.

    `anchors` are the numbers of definitions whose first row this is, so that links lead here.
    """

    name: str
    note: str
    cells: tuple[ValueCell, ...]
    definitions: tuple[int, ...]
    anchors: tuple[int, ...] = ()


@dataclass(frozen=True)
class RowGroup:
    """Rows that fold into one row, the head. Rows without a head are always shown."""

    head: ValueRow | None
    rows: tuple[ValueRow, ...]
    is_open: bool


@dataclass(frozen=True)
class NamedValues:
    """Values to be shown: a name, the family that it belongs to or "", a note, and the number of the definition."""

    name: str
    family: str
    values: tuple[ShownValue, ...]
    note: str = ""
    definition: int | None = None
    is_output: bool = False


def shown_positions(positions: int) -> tuple[int | None, ...]:
    """The positions that are shown: all, or for a long word both ends, with None for the positions between."""
    if positions <= 2 * END_POSITIONS:
        return tuple(range(positions))
    return (*range(END_POSITIONS), None, *range(positions - END_POSITIONS, positions))


def group_rows(
    rows: Sequence[NamedValues], positions: Sequence[int | None], *, most_open: int = MOST_OPEN_ROWS
) -> list[RowGroup]:
    """The rows in order, in groups that can be folded.

    Args:
        rows: The values to be shown.
        positions: The positions shown; None stands for positions that are left out.
        most_open: If there are more rows than this, they are folded.
    """
    is_long = len(rows) > most_open
    groups: list[RowGroup] = []
    plain: list[NamedValues] = []
    for _, run in groupby(enumerate(rows), key=lambda pair: pair[1].family or pair[0]):
        members = [member for _, member in run]
        if len(members) < SMALL_FAMILY_MEMBERS:
            plain += members
            continue
        groups += _plain_groups(plain, positions, is_long=is_long)
        groups.append(_family(members, positions, is_open=not is_long and len(members) <= LARGE_FAMILY_MEMBERS))
        plain = []
    return _anchored([*groups, *_plain_groups(plain, positions, is_long=is_long)])


def _anchored(groups: list[RowGroup]) -> list[RowGroup]:
    """The groups, with each definition's anchor at its first row. A head comes before the rows that it folds."""
    met: set[int] = set()

    def anchored(row: ValueRow) -> ValueRow:
        new = tuple(number for number in row.definitions if number not in met)
        met.update(new)
        return replace(row, anchors=new)

    return [
        replace(
            group,
            head=None if group.head is None else anchored(group.head),
            rows=tuple(anchored(row) for row in group.rows),
        )
        for group in groups
    ]


def _plain_groups(rows: list[NamedValues], positions: Sequence[int | None], *, is_long: bool) -> Iterator[RowGroup]:
    """Yields rows without a family: unfolded, or in folded blocks if there are many.

    Rows of outputs are never folded.
    """
    for is_output, part in groupby(rows, key=lambda row: row.is_output):
        many = list(part)
        if is_output or not is_long or len(many) < SMALL_FAMILY_MEMBERS:
            yield RowGroup(None, tuple(_row([row], positions) for row in many), is_open=True)
            continue
        for block in (many[k : k + BLOCK_ROWS] for k in range(0, len(many), BLOCK_ROWS)):
            head = ValueRow(f"{block[0].name} … {block[-1].name}", f"{len(block)} lines", (), ())
            yield RowGroup(head, tuple(_row([row], positions) for row in block), is_open=False)


def _family(members: list[NamedValues], positions: Sequence[int | None], *, is_open: bool) -> RowGroup:
    """A family as a group. Its head says how many members hold, or between which values the counts lie.

    Members with equal values share one row.
    """
    same: dict[tuple[str, tuple[ShownValue, ...]], list[NamedValues]] = {}
    for member in members:
        same.setdefault((member.note, member.values), []).append(member)
    shown = list(same.values())[:MOST_MEMBER_ROWS]
    rows = [_row(each, positions) for each in shown]
    left = len(members) - sum(map(len, shown))
    if left:
        rows.append(ValueRow(f"{left:,} more members are not shown", "", (), ()))
    cells = tuple(_summary(members, position) for position in positions)
    head = ValueRow(f"{members[0].family}[…]", f"{len(members):,} members", cells, _numbers(members))
    return RowGroup(head, tuple(rows), is_open=is_open)


def _row(members: list[NamedValues], positions: Sequence[int | None]) -> ValueRow:
    names = ", ".join(member.name for member in members[:NAMED_MEMBERS])
    more = len(members) - NAMED_MEMBERS
    values = members[0].values
    cells = value_cells(values, positions)
    return ValueRow(f"{names} and {more:,} more" if more > 0 else names, members[0].note, cells, _numbers(members))


def value_cells(values: Sequence[ShownValue], positions: Sequence[int | None]) -> tuple[ValueCell, ...]:
    """A cell for each position that is shown."""
    return tuple(ValueCell("…", "none") if place is None else _cell(values[place]) for place in positions)


def _numbers(rows: Iterable[NamedValues]) -> tuple[int, ...]:
    return tuple(sorted({row.definition for row in rows if row.definition is not None}))


def _cell(value: ShownValue) -> ValueCell:
    if isinstance(value, bool):
        return ValueCell("1", "true") if value else ValueCell("·", "false")
    return ValueCell(number_text(value), "count")


def number_text(value: int | Fraction) -> str:
    """The digits of a number; a long fraction is rounded to three decimals."""
    text = str(value)
    return text if isinstance(value, int) or len(text) <= 5 else f"{float(value):.3f}"


def _summary(members: list[NamedValues], position: int | None) -> ValueCell:
    """The cell of a folded family at one position."""
    if position is None:
        return ValueCell("…", "none")
    values = [member.values[position] for member in members]
    if not isinstance(values[0], bool):
        low, high = min(values), max(values)
        text = number_text(low) if low == high else f"{number_text(low)}–{number_text(high)}"
        return ValueCell(text, "count", "from the least count to the greatest")
    holding = [member.name.removeprefix(member.family)[1:-1] for member in members if member.values[position]]
    if not holding:
        return ValueCell("·", "false", "no member holds")
    if len(holding) == len(members):
        return ValueCell("all", "some", "every member holds")
    if len(holding) <= LISTED_MEMBERS:
        return ValueCell(" ".join(holding), "some", "the members that hold")
    return ValueCell(f"{len(holding)} of {len(members)}", "some", f"{len(holding)} of {len(members)} members hold")
