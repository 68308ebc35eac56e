"""The page of a trace: what of the program and its values is on it, and how it folds."""

from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.meaning.trace_table import trace_table_of
from crasp.pages.program_text import number_definitions, text_pieces
from crasp.pages.trace_page import trace_page
from crasp.pages.value_rows import MOST_MEMBER_ROWS, NamedValues, group_rows, shown_positions
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names, load_source


def page_of(name: str, word: tuple[str, ...]) -> str:
    source = load_source(name)
    program = read_program(source)
    return trace_page(source, program, trace_table_of(program, word))


@pytest.mark.parametrize("name", library_names())
def test_the_pieces_of_every_program_of_the_library_are_its_text(name: str) -> None:
    source = load_source(f"lib:{name}")
    program = read_program(source)
    numbered = number_definitions(program)
    pieces = text_pieces(source.text, numbered.spans)
    assert "".join(text for piece in pieces for _, text in piece.pieces) == source.text.rstrip()
    heads = ["".join(text for _, text in piece.pieces) for piece in pieces if piece.number is not None]
    assert [head.partition("(")[0].partition("[")[0] for head in heads] == [
        next(d.name for d, k in zip(program.definitions, numbered.of_member, strict=True) if k == number)
        for number in range(len(heads))
    ]


def test_a_program_on_one_line_with_line_ends_of_windows_is_cut_at_its_definitions(tmp_path: Path) -> None:
    text = "\ufeffalphabet a // c\r\nn(i) := #[j <= i]\r\n  Q_a(j) accept(i) := n(i) > 1 // d\r\n"
    (tmp_path / "p.crasp").write_text(text, encoding="utf-8", newline="")
    source = load_source(str(tmp_path / "p.crasp"))
    pieces = text_pieces(source.text, number_definitions(read_program(source)).spans)
    found = ["".join(text for _, text in piece.pieces) for piece in pieces if piece.number is not None]
    assert found == ["n(i) := #[j <= i]\n  Q_a(j)", "accept(i) := n(i) > 1"]


def test_a_definition_reads_those_whose_values_it_uses() -> None:
    program = load_program("lib:dyck1")
    names = [d.display for d in program.definitions]
    reads = number_definitions(program).reads
    assert {names[k] for k in reads[names.index("accept")]} == {"opens", "closes", "dips"}
    assert {names[k] for k in reads[names.index("dips")]} == {"dip"}
    assert {names[k] for k in reads[names.index("next[eos]")]} == {"accept"}
    assert reads[names.index("opens")] == ()


def test_the_program_stands_beside_the_values_and_each_leads_to_the_other() -> None:
    text = page_of("lib:dyck1", tuple("(())"))
    assert text.index('class="program"') < text.index('class="values"')
    assert 'id="p0" href="#v0"' in text
    assert 'id="v0"' in text
    assert 'href="#p0">opens</a>' in text
    assert "<script" not in text
    assert "http" not in text


def test_a_large_family_folds_into_a_row_that_names_the_members_that_hold() -> None:
    text = page_of("lib:sort", ("5", "3", "17", "<sep>", "3"))
    assert "150 members" in text
    assert '<td class="some" title="the members that hold">3 5</td>' in text
    assert ">3 of 150</td>" in text
    assert "and 144 more" in text  # members that never hold are one row
    assert text.count("checked") == text.count(":checked")  # none is open
    assert len(text) < 20_000


def test_a_family_of_counts_folds_into_what_they_lie_between() -> None:
    rows = [NamedValues(f"n[{k}]", "n", (0, k, 2)) for k in range(5)]
    (group,) = group_rows(rows, (0, 1, 2))
    assert group.head is not None
    assert [cell.text for cell in group.head.cells] == ["0", "0–4", "2"]
    assert group.is_open


def test_of_very_many_different_members_the_rest_is_counted() -> None:
    rows = [NamedValues(f"n[{k}]", "n", (k,)) for k in range(MOST_MEMBER_ROWS + 7)]
    (group,) = group_rows(rows, (0,))
    assert len(group.rows) == MOST_MEMBER_ROWS + 1
    assert group.rows[-1].name == "7 more members are not shown"


def test_the_lines_of_a_long_program_fold_into_blocks_and_its_outputs_do_not() -> None:
    rows = [NamedValues(f"line{k}", "", (k,), definition=k) for k in range(50)]
    rows.append(NamedValues("accept", "", (True,), definition=50, is_output=True))
    groups = group_rows(rows, (0,))
    assert [group.head and group.head.name for group in groups] == [
        "line0 … line19",
        "line20 … line39",
        "line40 … line49",
        None,
    ]
    assert [group.is_open for group in groups] == [False, False, False, True]
    assert [number for group in groups for row in group.rows for number in row.anchors] == list(range(51))


def test_of_a_long_word_both_ends_are_shown(tmp_path: Path) -> None:
    assert shown_positions(200) == tuple(range(200))
    assert shown_positions(1000) == (*range(100), None, *range(900, 1000))
    out = tmp_path / "page.html"
    assert main(["trace", "lib:dyck1", "()" * 5000, "--html", str(out)]) == 0
    assert len(out.read_bytes()) < 100_000
