"""The second road of `crasp learn`: automata of labels, the decider's program, certificates; which road is taken."""

import json
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from crasp.__main__ import main
from crasp.errors import Source
from crasp.learning.asked_words import automaton_language
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.regular_road.automaton_road import follow_automaton
from crasp.learning.regular_road.state_merging import learnt_automaton
from crasp.learning.regular_road.tree_sizes import tree_size
from crasp.regular.automata.automaton import Automaton, automaton_of_regex, parse_regex
from crasp.text.loader import load_program, read_program

ANY = 10**9


def labels_of(regex: str) -> tuple[Automaton, dict[PointWord, bool]]:
    automaton = automaton_of_regex(parse_regex(regex))
    language = automaton_language(automaton)
    return automaton, language.labels(language.words(np.random.default_rng(0)))


@pytest.mark.parametrize("regex", ["(ab)*", "(b*ab*a)*b*", "a*b*a*b*", "(a|b)*abb", "(aa)*", "(a|b|c)*c(a|b|c)*a"])
def test_the_automaton_of_a_regular_language_is_learnt_from_words(regex: str) -> None:
    automaton, labels = labels_of(regex)
    found = learnt_automaton(automaton.alphabet, labels, until=monotonic() + 60)
    assert found is not None
    assert (found.successors, [bool(output) for output in found.outputs]) == (
        automaton.successors,
        [bool(output) for output in automaton.outputs],
    )


def test_a_counter_has_no_automaton() -> None:
    rng = np.random.default_rng(0)
    words = {tuple(rng.integers(0, 2, size=n).tolist()) for n in rng.integers(1, 30, size=600)}
    words |= {(0,) * n + (1,) * m for n in range(20) for m in (n, n - 1, n + 1) if m >= 0}
    labels = {word[:k]: sum(word[:k]) * 2 == k for word in words for k in range(len(word) + 1)}
    assert learnt_automaton(("a", "b"), labels, until=monotonic() + 60) is None


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("accept(i) := i % 2 = 0", 1),
        ("accept(i) := not (Q_a(i) or #[j <= i] Q_b(j) > 2 * #[j <= i] Q_a(j) + 1)", 9),
        ("c(i) := #[j <= i] Q_a(j)\naccept(i) := c(i) - c(i) = 0 and #[j <= i, j = i - 1] Q_a(j) = 1", 5),
    ],
)
def test_the_size_of_a_program_is_that_of_its_tree(text: str, size: int) -> None:
    program = read_program(Source("it", f"alphabet a b\n{text}\n"))
    assert program.accept is not None
    assert tree_size(program, program.accept) == size


def test_the_library_s_sizes_are_those_of_the_page() -> None:
    for name, size in (("tomita1", 3), ("dyck1", 13), ("tomita7", 15)):
        program = load_program(f"lib:{name}")
        assert program.accept is not None
        assert tree_size(program, program.accept) == size


def test_families_after_that_of_the_decider_s_program_and_those_without_one_are_not_searched() -> None:
    automaton, labels = labels_of("(aa)*")
    every = ("plain", "local", "periodic", "periodic_local")
    given, learnt = (
        follow_automaton(automaton.alphabet, labels, known, every, seconds=20, told=lambda _: None)
        for known in (automaton, None)
    )
    assert given is not None
    assert given.worth_asking(every) == ("periodic",)
    assert learnt is not None
    assert learnt.worth_asking(every) == ("plain", "local", "periodic")
    assert (given.size, learnt.size, given.none) == (1, 1, False)


def test_a_periodic_task_is_answered_by_its_automaton_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    begun = monotonic()
    assert main(["learn", "--task", "aa_star", "--seconds", "60", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["size"], record["complete"], record["equivalent"], record["road"]) == (1, True, True, "automaton")
    assert record["automaton"]["states"] == 2
    assert monotonic() - begun < 30, "neither plain counting nor look-back was searched through"


def test_a_task_that_no_program_defines_has_the_decider_s_certificate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--task", "012_star_0_2_star", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert record["program"] is None
    assert list(record["certificate"]) == ["periodic_local"]
    assert record["automaton"]["given"] is True


def test_labels_that_look_regular_and_have_no_program_have_an_automaton_and_a_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    automaton, labels = labels_of("(b*ab*a)*b*")
    language = automaton_language(automaton)
    file = tmp_path / "words.jsonl"
    lines = [
        {"word": [automaton.alphabet[k] for k in word], "prefixes": [labels[word[:n]] for n in range(len(word) + 1)]}
        for word in language.words(np.random.default_rng(0))[:400]
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    # Of 400 words to eight letters a formula of 30 nodes agrees, where the time is enough to find it.
    assert main(["learn", "--words", str(file), "--seconds", "5", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["program"], record["automaton"]["states"], record["automaton"]["given"]) == (None, 2, False)
    assert list(record["automaton"]["certificate"]) == ["periodic_local"]
    assert main(["learn", "--words", str(file), "--seconds", "2"]) == 1
    assert "The labels look regular: an automaton of 2 states" in capsys.readouterr().out


def test_the_decider_s_program_is_given_where_no_formula_is_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--regex", "a*b*", "--seconds", "20", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["equivalent"] is True
    assert record["size"] <= (record["automaton"]["size"] or ANY)
