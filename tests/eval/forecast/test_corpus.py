"""The corpus is had again from its seeds, and is what it is said to be."""

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.families.decision import decide
from crasp.regular.families.family import FAMILIES
from eval.forecast.corpus import (
    CORPUS_LIST,
    EACH_LANGUAGES,
    MOST_SEEDS,
    SIZES,
    SWEEPS,
    TEACHABLE_STATES,
    CorpusLanguage,
    chosen_languages,
    language_of_seed,
    list_text,
    same_but_for_letters,
    sweep_text,
)
from eval.forecast.rungs import RUNGS
from eval.subjects.own_tasks import predict_origin
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.language_tasks import task_of_language
from train.sweep.grid import SUITES, read_sweep

CORPUS = tuple(CorpusLanguage(**json.loads(line)) for line in CORPUS_LIST.read_text(encoding="utf-8").splitlines())


def test_the_seeds_make_the_list_and_the_sweeps_again() -> None:
    again = tuple(chosen_languages(range(MOST_SEEDS)))
    assert list_text(again) == CORPUS_LIST.read_text(encoding="utf-8")
    for name, sweep in SWEEPS.items():
        assert sweep_text(again, sweep) == (SUITES / f"{name}.toml").read_text(encoding="utf-8")


def test_there_are_as_many_of_each_rung_and_size_and_no_two_are_alike() -> None:
    assert len(CORPUS) >= 150
    taken = Counter((each.rung, each.size) for each in CORPUS)
    assert taken == {(rung, size): EACH_LANGUAGES for rung in RUNGS for size in range(len(SIZES))}
    assert {len(each.alphabet.split()) for each in CORPUS} == {2, 3, 4}
    drawn = [language_of_seed(each.seed) for each in CORPUS]
    marks = {same_but_for_letters(found[1]) for found in drawn if found is not None}
    assert len(marks) == len(CORPUS)


def test_every_language_has_long_words_and_long_words_that_are_none() -> None:
    for each in CORPUS:
        automaton = read_language(LanguageText(each.regex, alphabet=each.alphabet)).automaton
        reached, outputs = {0}, set()
        for length in range(120):
            if length >= 60:
                outputs |= {bool(automaton.outputs[state]) for state in reached}
            reached = {to for state in reached for to in automaton.successors[state]}
        assert outputs == {False, True}, each


@pytest.mark.parametrize("each", CORPUS[::15], ids=lambda each: each.regex)
def test_the_rung_is_that_of_membership_and_a_trained_run_is_judged_by_the_same_or_an_easier_one(
    each: CorpusLanguage,
) -> None:
    language = read_language(LanguageText(each.regex, alphabet=each.alphabet))
    task = task_of_language(language)
    assert task.origin is not None
    ladder = predict_origin(task.origin, write=False)["nope"].ladder
    assert ladder is not None
    families = decide(machine_of(language.automaton, accept="last"))
    has: dict[str, bool | None] = {family: families[family] for family in FAMILIES}
    assert all(rung.answer or not has[rung.family] for rung in ladder)
    smaller = {
        "plain": {"plain": True},
        "local": {"plain": False, "local": True, "periodic": False},
        "periodic": {"plain": False, "local": False, "periodic": True},
        "periodic_local": {"local": False, "periodic": False, "periodic_local": True},
        "none": {"periodic_local": False},
    }[each.rung]
    assert has | smaller == has


def test_renamed_letters_make_no_other_language() -> None:
    def mark(regex: str) -> tuple[object, ...]:
        return same_but_for_letters(read_language(LanguageText(regex, alphabet="a b")).automaton)

    assert mark("(ab)*") == mark("(ba)*")
    assert mark("a*b") == mark("b*a")
    assert mark("(ab)*") != mark("(ab)*a")


def test_the_sweeps_train_every_language_with_both_encodings(tmp_path: Path) -> None:
    for name, sweep in SWEEPS.items():
        grids = tomllib.loads((SUITES / f"{name}.toml").read_text())["grid"]
        assert sum(len(grid["regex"]) for grid in grids) == len(sweep.stages) * len(sweep.languages(CORPUS))
        assert name == "corpus_short" or sweep.languages(CORPUS) == list(CORPUS)
    part = tmp_path / "part.toml"
    part.write_text(sweep_text(CORPUS[:2], SWEEPS["corpus_1_layer"]))
    cells = read_sweep(part)
    seeds = Counter((cell.config.model.pe, cell.seeds) for cell in cells)
    assert seeds == {("nope", (0, 1, 2)): 2, ("ape", (0, 1, 2)): 2}
    assert {(cell.config.model.layers, cell.config.train_length) for cell in cells} == {(1, 50)}


def test_short_words_are_trained_where_they_tell_the_language_from_every_other_as_small() -> None:
    grids = tomllib.loads((SUITES / "corpus_short.toml").read_text())["grid"]
    states = {(each.regex, each.alphabet): each.states for each in CORPUS}
    trained = {(regex, grid["alphabet"]) for grid in grids for regex in grid["regex"]}
    assert max(states[each] for each in trained) == TEACHABLE_STATES
    assert {grid["train_length"] >= 2 * TEACHABLE_STATES - 1 for grid in grids} == {True}
