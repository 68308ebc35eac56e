"""What explain says of things whose nature is known: programs, automata, models that change past a length."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.regular.automata.automaton import automaton_of_regex, parse_regex
from crasp.text.loader import load_program, read_program
from eval.answering.answerers import TooLongError
from eval.explain.agreement import RangeAgreement, WordAgreement
from eval.explain.explaining import ExplainRequest, _readable, explain, own_program
from eval.explain.next_sets import DEAD, AutomatonSets, Masks, NextSets, ProgramSets, bits_of, with_dead
from eval.explain.verdict import Explanation, lines_of
from eval.explain.word_walks import all_short_words
from eval.subjects.program_task import task_of_source
from tasks.registry import get_task
from tasks.words import EOS
from tests.cases import few


@dataclass(frozen=True)
class Until:
    """One thing on prefixes up to a length, another one beyond: a model that does not generalise."""

    short: NextSets
    length: int
    letter: int

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.short.alphabet

    def masks(self, words: Words) -> Masks:
        masks = np.maximum(self.short.masks(words), 0)
        masks[:, self.length :] ^= 1 << self.letter
        return with_dead(masks, words)


@dataclass(frozen=True)
class Everywhere:
    """The same set after every prefix."""

    alphabet: tuple[str, ...]
    mask: int

    def masks(self, words: Words) -> Masks:
        return with_dead(np.full((len(words.lengths), words.tokens.shape[1] + 1), self.mask), words)


def library(name: str) -> ProgramSets:
    return ProgramSets(load_program(f"lib:{name}"))


def explained(name: str | None, sets: NextSets) -> Explanation:
    task = None if name is None else get_task(name)
    request = ExplainRequest(
        name="it", sets=sets, task=task, program=own_program(task), words=100, trained_to=30, layer_words=1_000
    )
    return explain(request)


def regular(regex: str) -> AutomatonSets:
    """The next-sets of a language's automaton: a letter may follow where a member is still ahead."""
    automaton = automaton_of_regex(parse_regex(regex))
    live = {s for s, member in enumerate(automaton.outputs) if member}
    while True:
        more = {s for s, row in enumerate(automaton.successors) if live & set(row)} | live
        if more == live:
            break
        live = more
    allowed = [
        [*(t in live for t in row), bool(member)]
        for row, member in zip(automaton.successors, automaton.outputs, strict=True)
    ]
    outputs = tuple(bits_of(np.array(allowed)).tolist())
    return AutomatonSets(type(automaton)(automaton.alphabet, automaton.successors, outputs))


@pytest.mark.parametrize(
    "name",
    few(["tomita1", "tomita2", "tomita4", "tomita7", "d_3", "abab_star", "ab_star_d_bc_star"], also=("tomita4", "d_3")),
)
def test_a_program_of_a_regular_language_is_explained_by_both_roads_which_agree(name: str) -> None:
    found = explained(name, library(name))
    assert (found.verdict, found.ladder.kind, len(found.programs)) == ("explained", "automaton", 2)
    assert "agree on all words" in found.roads_said
    assert found.parting is not None
    assert found.parting.difference is None
    assert found.task_parting is not None
    assert found.task_parting.difference is None


@pytest.mark.parametrize("name", few(["dyck1", "anbn", "anbncn"], also=("dyck1",)))
def test_a_counter_is_recognised_by_a_machine_that_grows_and_explained_by_atoms(name: str) -> None:
    found = explained(name, library(name))
    assert (found.verdict, found.ladder.kind) == ("explained", "counter")
    assert [program.road for program in found.programs] == ["atoms"]


WEIGHED = """alphabet a b
next[a](i) := true
next[b](i) := 2 * #[j <= i] Q_a(j) >= 3 * #[j <= i] Q_b(j) + 3
next[eos](i) := Q_a(i)"""
DEEP = """alphabet a b
next[a](i) := #[j <= i] Q_a(j) - #[j <= i] Q_b(j) < 20
next[b](i) := #[j <= i] Q_a(j) > #[j <= i] Q_b(j)
next[eos](i) := #[j <= i] Q_a(j) = #[j <= i] Q_b(j)"""
FACTORS = """alphabet a b c
ab(i) := Q_b(i) and #[j <= i, j = i - 1] Q_a(j) = 1
bc(i) := Q_c(i) and #[j <= i, j = i - 1] Q_b(j) = 1
next[a](i) := true
next[b](i) := true
next[c](i) := not Q_b(i) or #[j <= i] ab(j) > #[j <= i] bc(j)
next[eos](i) := #[j <= i] ab(j) = #[j <= i] bc(j)"""


@pytest.mark.parametrize(
    ("program", "written"),
    [
        (WEIGHED, "2 * number[a](i) - 3 * number[b](i) > 2"),
        (DEEP, "number[a](i) - number[b](i) <= 19"),
        (FACTORS, "(Q_b(j) and #[k <= j, k = j - 1] Q_a(k) = 1) - #["),
    ],
    ids=["coefficients beyond 2", "a bound beyond 3", "one factor as often as another"],
)
def test_sums_are_compared_with_the_bound_that_the_model_shows(program: str, written: str) -> None:
    sets = ProgramSets(read_program(Source("it", program)))
    found = explain(ExplainRequest(name="it", sets=sets, words=100, trained_to=30, layer_words=1_000))
    assert found.verdict == "explained"
    atoms = [each.text for each in found.programs if each.road == "atoms"]
    assert len(atoms) == 1
    assert written in atoms[0]


@pytest.mark.long
def test_prefix_expressions_are_explained_by_the_sum_that_is_the_same_where_they_end() -> None:
    found = explained("bool3", library("bool3"))
    assert found.verdict == "explained"
    assert found.program is not None
    assert "number[0](i) + number[1](i) - number[v](i) - 2 * number[t](i)" in found.program.text
    program = ProgramSets(read_program(Source("found", found.program.text)))
    words = all_short_words(5, most_words=1_000, longest=4)
    dead = program.masks(words) == DEAD
    inside = np.arange(dead.shape[1]) <= words.lengths[:, None]
    assert (dead & inside).any()
    assert not program.said(words)[dead & inside].any(), "after a letter that is forbidden nothing is allowed"


@dataclass(frozen=True)
class Short:
    """The same with so many positions."""

    source: NextSets
    positions: int

    @property
    def alphabet(self) -> tuple[str, ...]:
        return self.source.alphabet

    def masks(self, words: Words) -> Masks:
        if words.lengths.max(initial=0) > self.positions:
            raise TooLongError(f"it has {self.positions} positions")
        return self.source.masks(words)


def of_tomita4(sets: NextSets | None = None, **asked: object) -> Explanation:
    return explain(
        ExplainRequest(
            name="it",
            sets=sets or library("tomita4"),
            **{"words": 100, "trained_to": 12, "layer_words": 50, "task": get_task("tomita4")} | asked,  # type: ignore[arg-type]
        )
    )


def test_explained_needs_all_ranges_to_three_times_the_training_length_to_be_read() -> None:
    found = of_tomita4(Short(library("tomita4"), 30))
    assert (found.verdict, found.unread) == ("explained to length 24", ((25, 36), (61, 72)))
    whole = of_tomita4(Short(library("tomita4"), 36), ranges=((13, 36),))
    assert [each.lengths for each in whole.agreement] == [(1, 12), (13, 36)], "the training lengths are tried too"
    assert whole.verdict == "explained"
    gap = replace(whole, agreement=(whole.agreement[0], replace(whole.agreement[1], lengths=(14, 36))))
    assert gap.verdict == "explained to length 12"


def test_a_training_length_that_the_model_cannot_read_is_said_and_is_not_explained() -> None:
    found = of_tomita4(Short(library("tomita4"), 36), trained_to=24)
    assert found.verdict == "explained to length 24"
    lowered = replace(found, trained_to=12)
    assert any("cannot read words of 24 letters" in line for line in lines_of(lowered))
    assert _readable(Short(library("tomita4"), 36), 48) == 24


def test_few_words_explain_nothing_and_words_that_come_twice_count_once() -> None:
    few = of_tomita4(words=20)
    assert few.verdict == "too few words"
    assert any("at least 100 different words" in line and "-n draws more" in line for line in lines_of(few))
    found = of_tomita4(library("aa_star"), task=get_task("aa_star"))
    assert found.verdict == "explained"
    assert [(each.typical.total, each.typical.whole) for each in found.agreement[:2]] == [(6, True), (6, True)]
    assert [(each.stress.total, each.stress.whole) for each in found.agreement[:2]] == [(12, True), (12, True)]


def test_no_words_under_stress_hold_nothing() -> None:
    none = WordAgreement(0, 0, 0, None, whole=True)
    assert not none.enough
    assert not RangeAgreement((1, 5), none, none, far=False).stress_holds


def test_an_automaton_without_a_program_has_the_decider_s_certificate() -> None:
    found = explained(None, regular("(b*ab*a)*b*"))
    assert found.verdict == "an automaton, no program"
    assert found.program is None
    assert found.no_program is not None
    assert "no program of" in found.no_program
    assert found.agreement[0].typical.share == 1  # of the automaton
    assert found.record()["described_by"] == "automaton"
    assert replace(found, no_program=None).verdict.startswith("no program of at most"), "no certificate"
    first = found.agreement[0]
    unlike = replace(first, typical=replace(first.typical, agree=first.typical.total // 2))
    assert replace(found, agreement=(unlike, *found.agreement[1:])).verdict.startswith("no program of at most")


def test_a_model_that_changes_past_a_length_is_explained_to_it_and_the_word_is_shortest() -> None:
    found = explained("dyck1", Until(library("dyck1"), 40, 1))
    assert found.verdict == "explained to length 39"
    assert found.parting is not None
    assert found.parting.record() is not None


@pytest.mark.long
def test_where_it_changes_within_reach_the_shortest_word_is_found_exactly() -> None:
    found = explained("tomita1", Until(library("tomita1"), 37, 0))
    assert found.parting is not None
    assert found.parting.exact
    assert len(found.parting.word) == 37
    assert found.task_parting is not None
    assert found.task_parting.word == found.parting.word


def test_a_model_that_forbids_everything_is_vacuous() -> None:
    assert explained("dyck1", Everywhere(("(", ")"), 0)).verdict == "vacuous"
    assert explained("dyck1", Everywhere(("(", ")"), 1)).verdict == "vacuous"


@dataclass(frozen=True)
class _ByLetter:
    """A set for the empty prefix and one for each last letter, as random weights without positions often have."""

    alphabet: tuple[str, ...]
    after: tuple[int, ...]

    def masks(self, words: Words) -> Masks:
        last = np.concatenate([np.full((len(words.lengths), 1), -1), words.tokens], axis=1)
        return with_dead(np.array(self.after)[last + 1], words)


@pytest.mark.parametrize(
    ("task", "after"),
    [("dyck1", (0b001, 0b111, 0b110)), ("tomita1", (0b010, 0, 0b010)), ("tomita4", (0b010, 0, 0b010))],
    ids=["few words of the task", "no word ends", "few words, and none ends"],
)
def test_a_model_that_does_not_do_its_training_words_is_vacuous_however_simple_it_is(
    task: str, after: tuple[int, ...]
) -> None:
    found = explained(task, _ByLetter(get_task(task).alphabet, after))
    assert found.agreement[0].typical_holds, "there is a program"
    assert found.verdict == "vacuous"


def test_a_task_whose_words_only_go_on_is_explained_by_a_model_that_never_ends() -> None:
    text = "alphabet a b\nnext[a](i) := not Q_a(i)\nnext[b](i) := true\n"
    program = read_program(Source("it", text))
    task = task_of_source(Source("it", text), "goes on")
    request = ExplainRequest(name="it", sets=ProgramSets(program), task=task, words=100, trained_to=30)
    assert explain(request).verdict == "explained"


def test_a_programs_own_words_need_not_be_members() -> None:
    text = "alphabet a b\nnext[a](i) := true\nnext[b](i) := true\nnext[eos](i) := #[j <= i] Q_a(j) = 0\n"
    task, program = task_of_source(Source("it", text), "seldom ends"), read_program(Source("it", text))
    request = ExplainRequest(name="it", sets=ProgramSets(program), task=task, words=100, trained_to=30)
    assert explain(request).verdict == "explained"


def test_a_model_that_answers_at_random_has_no_program() -> None:
    found = explained("dyck1", _Hashed(("(", ")")))
    assert found.verdict.startswith(("no program of at most", "vacuous"))
    assert found.program is None


@dataclass(frozen=True)
class _Hashed:
    """Allows the end, and the letters at random, by the word."""

    alphabet: tuple[str, ...]

    def masks(self, words: Words) -> Masks:
        places = np.arange(1, words.tokens.shape[1] + 1)
        sums = np.zeros((len(words.lengths), words.tokens.shape[1] + 1), dtype=np.int64)
        sums[:, 1:] = ((words.tokens + 2) * places**3 % 1009).cumsum(axis=1) * 2654435761 % 65537
        return with_dead(3 + 4 * (sums % 2), words)


def test_the_report_names_the_verdict_last_and_the_data_have_the_fields_that_others_read() -> None:
    found = explained("d_3", library("d_3"))
    assert lines_of(found)[-1] == "verdict: explained"
    record = found.record()
    assert {"program", "size", "bins", "parts_at", "task_program_parts_at", "verdict"} <= record.keys()
    assert {"lengths", "agree", "total"} <= record["bins"][0].keys()
    assert (record["parts_at"], record["task_program_parts_at"]) == (None, None)
    assert record["parts_sought_to"] > 5, "words were tried, and none was found"
    alone = replace(found, task_parting=None).record()
    assert alone["task_program_parts_sought_to"] is None, "nothing was tried"
    assert EOS not in (record["program"] or "")
