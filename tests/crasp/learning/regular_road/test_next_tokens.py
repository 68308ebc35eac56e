"""The automaton of what may follow each prefix: learnt, decided, and its program joined with smaller formulas."""

import json
import random
from pathlib import Path
from time import monotonic

import pytest

from crasp.__main__ import main
from crasp.errors import Source
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.labelled_prefixes import read_labelled_words
from crasp.learning.regular_road.automaton_road import (
    AutomatonRoad,
    follow_automaton,
    learnt_of_sets,
    program_of_outputs,
    set_labels,
)
from crasp.meaning.interpreter import encode, trace
from crasp.regular.automata.automaton import automaton_of_regex, parse_regex
from crasp.text.loader import read_program

WORDS, LONGEST_WORD = 300, 30
EVERY = ("plain", "local", "periodic", "periodic_local")


def words_of(regex: str, words: int = WORDS) -> list[tuple[list[str], list[list[str]]]]:
    """Random walks along the language's automaton, with the letters that a member may go on with, and the end."""
    automaton = automaton_of_regex(parse_regex(regex))
    live = {state for state, accepts in enumerate(automaton.outputs) if accepts}
    for _ in automaton.outputs:
        live |= {state for state, row in enumerate(automaton.successors) if live.intersection(row)}
    rng, found = random.Random(0), []
    for _ in range(words):
        state, word, sets = 0, [], []
        for _ in range(rng.randint(1, LONGEST_WORD) + 1):
            row = automaton.successors[state]
            letters = [letter for letter, to in zip(automaton.alphabet, row, strict=True) if to in live]
            sets.append([*letters, *(["eos"] if automaton.outputs[state] else [])])
            if not letters:
                break
            word.append(rng.choice(letters))
            state = row[automaton.alphabet.index(word[-1])]
        found.append((word[: len(sets) - 1], sets))
    return found


def file_of(directory: Path, words: list[tuple[list[str], list[list[str]]]]) -> Path:
    file = directory / "words.jsonl"
    file.write_text("".join(json.dumps({"word": w, "next": s}) + "\n" for w, s in words), encoding="utf-8")
    return file


def road_of(directory: Path, regex: str) -> AutomatonRoad | None:
    given = read_labelled_words(str(file_of(directory, words_of(regex))))
    labels = set_labels(given)
    return follow_automaton(given.alphabet, labels, None, EVERY, sets=True, seconds=20, told=lambda _: None)


def differs(text: str, word: list[str], sets: list[list[str]]) -> bool:
    program = read_program(Source("it", text))
    lines = trace(program, encode(program.alphabet, [word])).lines
    said = [sorted(t for t, line in program.next if lines[line][0, place]) for place in range(len(sets))]
    return said != [sorted("eos" if token == "eos" else token for token in each) for each in sets]


@pytest.mark.parametrize("regex", ["(ab)*", "(aa)*", "(a|b)*abb", "a*b*a*b*", "(ab|ba)*c(a|b)*"])
def test_a_program_of_the_automaton_allows_what_the_language_allows(tmp_path: Path, regex: str) -> None:
    road = road_of(tmp_path, regex)
    assert road is not None
    assert road.program is not None
    assert not road.none
    assert not any(differs(road.program, word, sets) for word, sets in words_of(regex, 400)[WORDS:])
    assert road.record()["next"][0] == words_of(regex, 1)[0][1][0]


@pytest.mark.parametrize(("regex", "states"), [("(b*ab*a)*b*", 2), ("(0|1|2)*02*", 2)])
def test_a_language_without_a_program_has_the_certificate_of_an_output(
    tmp_path: Path, regex: str, states: int, capsys: pytest.CaptureFixture[str]
) -> None:
    file = file_of(tmp_path, words_of(regex))
    assert main(["learn", "--words", str(file), "--seconds", "2", "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["program"], record["automaton"]["states"]) == (None, states)
    assert list(record["automaton"]["certificate"]) == ["periodic_local"]
    assert main(["learn", "--words", str(file), "--seconds", "2"]) == 1
    said = capsys.readouterr().out
    assert f"The labels look regular: an automaton of {states} states" in said
    assert "No program of C-RASP[periodic, local] defines next[eos]." in said


def test_a_counter_has_no_automaton_of_next_tokens(tmp_path: Path) -> None:
    rng, words = random.Random(0), []
    for _ in range(WORDS):
        word, sets, depth = [], [], 0
        for _ in range(LONGEST_WORD):
            sets.append(["a", *(["b"] if depth else ["eos"])])
            word.append(rng.choice(sets[-1][: 1 + bool(depth)]))
            depth += 1 if word[-1] == "a" else -1
        words.append((word[:-1], sets))
    given = read_labelled_words(str(file_of(tmp_path, words)))
    labels = set_labels(given)
    assert follow_automaton(given.alphabet, labels, None, EVERY, sets=True, seconds=20, told=lambda _: None) is None


def test_some_outputs_are_the_decider_s_and_others_formulas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # next[a] has no short formula: an even number of a, where b may stand only before the first.
    regex = "((b|aa|ab(bb)*ba)*)"
    words = words_of(regex, 400)
    file = file_of(tmp_path, words[:WORDS])
    assert main(["learn", "--words", str(file), "--seconds", "3", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    sizes = {each["output"]: each["size"] for each in record["outputs"]}
    assert (record["road"], record["size"]) == ("automaton", max(sizes.values()))
    assert sizes["next[b]"] == 1
    assert "the decider's program of an automaton of 4 states" in record["program"]
    assert not any(differs(record["program"], word, sets) for word, sets in words)


def test_a_program_of_some_outputs_defines_these_alone(tmp_path: Path) -> None:
    road = road_of(tmp_path, "(ab|ba)*c(a|b)*")
    assert road is not None
    text = program_of_outputs(road, ["next[c]", "next[eos]"], seconds=20)
    assert text is not None
    assert [token for token, _ in read_program(Source("it", text)).next] == ["c", "eos"]
    assert {token for token, _ in read_program(Source("it", road.program or "")).next} == {"a", "b", "c", "eos"}


def test_a_prefix_of_which_something_is_not_said_has_no_set() -> None:
    from crasp.learning.labelled_prefixes import LabelledWords

    empty: PointWord = ()
    labels = {"next[a]": {empty: True, (0,): False}, "next[eos]": {empty: True}}
    assert set_labels(LabelledWords(("a",), (empty, (0,)), labels)) == {empty: 3}


def test_without_time_there_is_no_automaton(tmp_path: Path) -> None:
    given = read_labelled_words(str(file_of(tmp_path, words_of("(a|b)*abb"))))
    found = follow_automaton(given.alphabet, set_labels(given), None, EVERY, sets=True, seconds=0, told=lambda _: None)
    assert found is None


def test_sets_of_more_tokens_than_an_integer_has_bits_are_learnt(tmp_path: Path) -> None:
    tokens, rng = [f"t{number}" for number in range(70)], random.Random(0)
    drawn = [[rng.choice(tokens[:2]) for _ in range(rng.randint(1, 20))] for _ in range(WORDS)]
    ends = [
        ["t0" in word[:n] for n in range(len(word) + 1)] for word in drawn
    ]  # the end may follow where a t0 was read
    words = [(word, [tokens + ["eos"] * end for end in each]) for word, each in zip(drawn, ends, strict=True)]
    given = read_labelled_words(str(file_of(tmp_path, words)))
    found = learnt_of_sets(given.alphabet, set_labels(given), monotonic() + 60)
    assert found is not None
    assert found.outputs[:2] == ((1 << 70) - 1, (1 << 71) - 1)
