"""Models that are a program but for a few words, and models that are none: which are explained."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from crasp.errors import Source
from crasp.text.loader import load_program, read_program
from eval.answering.membership import Flags
from eval.explain.agreement import Trial, compare_ranges
from eval.explain.atom_choice import SearchEffort
from eval.explain.atom_road import AtomSubject, TriedProgram, follow_atoms
from eval.explain.exceptions.next_set_exceptions import follow_with_exceptions
from eval.explain.exceptions.part_search import PoolRows, search_parts
from eval.explain.exceptions.set_aside import SetAside
from eval.explain.explaining import ExplainRequest, explain
from eval.explain.next_sets import NextSets, ProgramSets
from eval.explain.verdict import Explanation, lines_of
from eval.explain.word_walks import all_short_words, shortest_difference
from tasks.registry import get_task
from tests.cases import few
from tests.eval.explain.flawed_models import FlawedSets
from tests.eval.explain.test_explaining import regular


def library(name: str) -> ProgramSets:
    return ProgramSets(load_program(f"lib:{name}"))


def explained(name: str | None, model: NextSets, words: int = 500) -> Explanation:
    task = None if name is None else get_task(name)
    return explain(ExplainRequest(name="it", sets=model, task=task, words=words, layer_words=1_000))


CASES = [
    (name, share, seed)
    for name in ("dyck1", "d_12", "shuffle2", "anbncn", "bool3")
    for share, seed in ((0.002, 0), (0.006, 0))
] + [("bool3", 0.005, 0)]


@pytest.mark.parametrize(
    ("name", "share", "seed"), few(CASES, also=(("dyck1", 0.006, 0), ("d_12", 0.006, 0)), rows=True)
)
def test_a_model_that_errs_on_few_words_is_explained_by_the_program_that_it_is_without_them(
    name: str, share: float, seed: int
) -> None:
    model = FlawedSets(library(name), share, seed)
    found = explained(name, model)
    assert found.verdict == "explained"
    assert found.program is not None
    program = ProgramSets(read_program(Source("found", found.program.text)))
    words = all_short_words(len(model.alphabet), most_words=3_000, longest=8)
    assert shortest_difference(program.masks(words), library(name).masks(words), words) is None
    if found.set_aside is not None:
        assert found.set_aside.few
        assert any("set aside" in line for line in lines_of(found))
        assert found.record()["set_aside"] == found.set_aside.record()


def test_what_no_single_word_may_contradict_is_said_with_the_words_that_were_set_aside() -> None:
    found = explained("dyck1", FlawedSets(library("dyck1"), 0.006, 0))
    assert found.set_aside is not None, "no program is right on all words"
    assert found.set_aside.number > 0
    assert found.record()["atoms_bound_reached"] is False
    assert found.parting is not None
    assert found.parting.difference is not None, "the model errs on some word, and it is shown"


def test_a_program_that_other_words_contradict_is_among_those_that_may_err_on_few() -> None:
    subject = AtomSubject(FlawedSets(library("dyck1"), 0.006, 0), get_task("dyck1"), 50, 4, "it")
    right = AtomSubject(library("dyck1"), get_task("dyck1"), 50, 4, "it")
    program = follow_atoms(right)
    assert program.text is not None
    given = TriedProgram(program.text, 14, "plain")
    assert follow_with_exceptions(subject, 0, [given], most_looks=0).text == program.text
    none = follow_with_exceptions(subject, 0, most_looks=0)
    assert (none.text, none.spent) == (None, True)
    assert "0 looks at atoms, the bound of that search" in none.said


@pytest.mark.parametrize("name", few(["dyck1", "d_3", "bool3"], 3))
def test_a_model_that_errs_on_three_words_of_a_hundred_is_not_explained(name: str) -> None:
    model = FlawedSets(library(name), 0.03, 0)
    trial = Trial(get_task(name), 500)
    alike, _ = compare_ranges(model, library(name), trial, ((51, 100),), far_from=150)
    assert not alike[0].typical_holds, "the program does not describe it"
    assert explained(name, model).verdict != "explained"


@pytest.mark.parametrize("regex", few(["(b*ab*a)*b*", "(aa|b)*", "(0|1|2)*02*", "1*((0(00)*1(11)*0)*1*)*"], 2))
def test_a_language_without_a_program_keeps_its_certificate(regex: str) -> None:
    found = explained(None, regular(regex), words=100)
    assert (found.verdict, found.set_aside) == ("an automaton, no program", None)


def test_few_are_as_many_as_the_verdict_lets_differ() -> None:
    some = SetAside((3, 300), (5, 100), (1, 100))
    assert some.few
    for more in ({"typical": (4, 300)}, {"stress": (6, 100)}, {"short": (2, 100)}):
        assert not replace(some, **more).few
    assert some.with_others(SetAside((1, 100), (0, 0))).typical == (4, 400)


@dataclass
class Numbers:
    """Candidates are slopes: what is right on rows is the slope that all of these rows have."""

    slopes: list[int]
    effort: SearchEffort = field(default_factory=SearchEffort)

    @property
    def size(self) -> int:
        return len(self.slopes)

    def search(self, rows: PoolRows) -> int | None:
        self.effort.add(1)
        found = {self.slopes[row] for row in rows}
        return found.pop() if len(found) == 1 else None

    def cost(self, found: int) -> int:
        return found

    def contradicts(self, found: int) -> tuple[Flags, SetAside]:
        wrong = np.array(self.slopes) != found
        return wrong, SetAside((int(wrong.sum()), len(wrong)), (0, 0))

    def try_others(self, found: int) -> SetAside:
        return SetAside((0 if found == 7 else 100, 100), (0, 0))


def test_parts_find_what_is_right_on_all_but_few_words_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    found = search_parts(Numbers([7] * 198 + [1, 2]), rng)
    assert found == (7, SetAside((2, 300), (0, 0)))
    assert search_parts(Numbers([7] * 180 + [1, 2] * 10), rng) is None, "a tenth of the words are not few"
    assert search_parts(Numbers([7] * 198 + [1, 2], SearchEffort(0)), rng) is None, "no look is left"
    one = SearchEffort(1)
    assert search_parts(Numbers([7] * 300, one), rng) == (7, SetAside((0, 400), (0, 0))), "one look gave what there is"
    assert one.spent
    assert search_parts(Numbers([7] * 198 + [1, 2], SearchEffort(0)), rng, [8, 7]) == found, "another search gave it"
    assert search_parts(Numbers([8] * 198 + [1, 2]), rng) is None, "other words contradict it"
