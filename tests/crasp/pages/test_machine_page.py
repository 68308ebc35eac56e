"""The page of a compiled machine: what its coordinates are called, and how the answer comes about."""

import re
from html import unescape

import pytest

from crasp.compiler.compiler import compile_program
from crasp.meaning.trace_table import trace_table_of, value_text
from crasp.pages.circuit_expressions import expression_of
from crasp.pages.coordinate_labels import label_coordinates
from crasp.pages.machine_page import machine_page
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names, load_source

SMALL = [name for name in library_names() if len(load_program(f"lib:{name}").lines) < 200]
WORDS = {
    "dyck1": "(())()",
    "tomita4": "0100010",
    "tomita7": "00110110",
    "abab_star": "abab",
    "aabbccddee": "aabbcde",
    "d_3": "aabbab",
}
ROW = re.compile(r'<tr class="(?:row|member)[^>]*><th scope="row">.*?<a href="#p\d+">(.*?)</a>.*?</th>(.*?)</tr>')


def page_of(name: str, word: tuple[str, ...]) -> str:
    source = load_source(f"lib:{name}")
    return machine_page(compile_program(read_program(source)), name, source.text, word)


@pytest.mark.parametrize("name", WORDS)
def test_the_values_read_off_the_machine_are_those_of_the_interpreter(name: str) -> None:
    word = tuple(WORDS[name])
    wanted = {
        row.name: [value_text(v) for v in row.values] for row in trace_table_of(load_program(f"lib:{name}"), word).rows
    }
    found = {
        member: re.findall(r"<td[^>]*>(.*?)</td>", cells)
        for names, cells in ROW.findall(page_of(name, word))
        for member in re.split(r", (?![^\[]*\])", unescape(names))
    }
    assert found == {member: wanted[member] for member in found}
    outputs = {member for member in wanted if member == "accept" or member.startswith("next[")}
    assert outputs <= set(found)
    assert len(found) > len(outputs)


@pytest.mark.parametrize("name", SMALL)
def test_coordinates_are_called_by_what_they_hold_and_each_differently(name: str) -> None:
    compiled = compile_program(load_program(f"lib:{name}"))
    labels = label_coordinates(compiled).coordinates
    assert len(set(labels)) == len(labels)
    for label in labels:
        assert not re.search(r"⟨\d+⟩|share|gate|fraction|⟨⟩", label), label


def test_parts_are_written_as_expressions_of_the_language() -> None:
    compiled = compile_program(load_program("lib:tomita7"))
    alphabet = compiled.program.alphabet
    found = {expression_of(compiled.origins, alphabet, number) for number in compiled.origins.items.values()}
    assert {"#[j <= i] Q_1(j)", "Q_0(i) and ones(i) >= 1", "#[j <= i] (Q_0(j) and ones(j) >= 1)"} <= found
    lags = compile_program(load_program("lib:tomita4"))
    assert "run(i)" not in {expression_of(lags.origins, ("0", "1"), k) for k in lags.origins.items.values()}


def test_the_answer_is_said_and_how_it_comes_about_layer_by_layer() -> None:
    text = page_of("dyck1", tuple("(()"))
    assert "The word is not accepted. After it may come: (, ). It may not end here." in text
    assert text.index("Layer 1</b> makes known: opens, closes, dip") < text.index("Layer 2</b> makes known: dips")
    assert "read as s · ⟨opens⟩ / s" in text
    assert "<script" not in text


def test_an_expression_of_very_many_parts_is_cut_and_its_coordinate_called_by_its_name() -> None:
    compiled = compile_program(load_program("lib:aabbccddee"))
    labels = label_coordinates(compiled)
    (place,) = (k for k, c in enumerate(compiled.coordinates) if c.role == "share" and c.layer == 2)
    item = compiled.origins.items[place]
    assert labels.coordinates[place] == f"⟨{compiled.origins.names[item]}⟩ / s"
    assert "…" in labels.holds[item]
