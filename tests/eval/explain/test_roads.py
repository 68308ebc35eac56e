"""The parts of both roads: the sizes of machines, the atoms and their choice, the words that are tried."""

import json
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks.bench_explain import compiled, explained, programs_that_say_what_follows, same_as_library
from crasp.errors import Source
from crasp.meaning.interpreter import trace
from crasp.text.loader import load_program, read_program
from eval.answering.models import ModelAnswerer
from eval.explain import atoms as atoms_module
from eval.explain.atom_choice import AtomTable, OutOfLooksError, SearchEffort, choose
from eval.explain.atom_road import AtomSubject, follow_atoms
from eval.explain.atoms import AtomSource, atoms_of
from eval.explain.cap_ladder import CapRung, Ladder, LadderKind
from eval.explain.next_sets import ProgramSets
from eval.explain.word_walks import all_short_words, allowed_words, shortest_difference, stress_walks, wholly_allowed
from tasks.ground.limited_process import OutOfTimeError
from tests.cases import few


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ([5, 5, 5, 5, 5, 5], "automaton"),
        ([6, 8, 12, 14, 14, 14], "automaton"),  # D_12, whose depth few short words reach
        ([6, 8, 9, 10, 14, 19], "counter"),
        ([-6, -8, -12, 14, 14, 14], "automaton"),
        ([9, 13, 17, 25, None], "counter"),
        ([-9, -13, -17, -25, None], "counter"),
        ([5, 5, 5, None], "leaves"),
        ([None], "none"),
    ],
)
def test_the_sizes_say_what_a_model_is(sizes: list[int | None], kind: LadderKind) -> None:
    # A negative size was reached when words longer than the cap would have been needed.
    rungs = [
        CapRung(cap, 31, "more than 30 states")
        if size is None
        else CapRung(cap, abs(size), "longer words" if size < 0 else None)
        for cap, size in zip((8, 12, 16, 24, 32, 50), sizes, strict=False)
    ]
    assert Ladder(tuple(rungs), None).kind == kind


@pytest.mark.parametrize("alphabet", [("a", "b"), ("(", ")", "{0}")])
def test_each_atom_means_in_the_language_what_was_computed(alphabet: tuple[str, ...]) -> None:
    words = all_short_words(len(alphabet), most_words=200, longest=6)
    places = np.arange(words.tokens.shape[1] + 1) <= words.lengths[:, None]
    halves = np.random.default_rng(1).random((3, *places.shape)) < 0.1
    source = AtomSource(alphabet, words, places, outputs=tuple(places & half for half in halves))
    atoms = atoms_of(source, "periodic_local").atoms
    chosen = [atoms[k] for k in np.random.default_rng(0).permutation(len(atoms))[:150].tolist()]
    lines = ["alphabet " + " ".join(f'"{letter}"' for letter in alphabet)]
    lines += ["number[s](i) := #[j <= i] Q[s](j)  for s in alphabet", "position(i) := #[j <= i] true"]
    for number, atom in enumerate(chosen):
        lines += [f"yes_{number}(i) := {atom.at('i')}", f"no_{number}(i) := {atom.at('i', negated=True)}"]
    program = read_program(Source("atoms", "\n".join([*lines, "accept(i) := true", ""])))
    found = trace(program, words)
    places_of = {definition.display: definition.line for definition in program.definitions}
    for number, atom in enumerate(chosen):
        assert (found.lines[places_of[f"yes_{number}"]] == atom.values)[places].all(), atom.at("i")
        assert (found.lines[places_of[f"no_{number}"]] != atom.values)[places].all(), atom.at("i", negated=True)


def test_atoms_of_a_large_alphabet_are_bounded_and_the_report_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atoms_module, "MOST_VALUES", 100_000)
    words = all_short_words(12, most_words=20, longest=3)
    places = np.arange(words.tokens.shape[1] + 1) <= words.lengths[:, None]
    letters = tuple("abcdefghijkl")
    found = atoms_of(AtomSource(letters, words, places), "periodic_local")
    assert sum(atom.values.size for atom in found.atoms) <= 4 * 100_000 + 12 * places.size
    assert "factors" in found.cut
    few = all_short_words(2, most_words=20, longest=2)
    assert atoms_of(AtomSource(letters[:2], few, np.ones((7, 3), dtype=bool)), "local").cut == ()
    monkeypatch.setattr(atoms_module, "MOST_VALUES", 50_000)
    road = follow_atoms(AtomSubject(ProgramSets(load_program("lib:d_3")), None, 8, 4, "it"))
    assert "there are too many sums, bounds, events to try all" in road.said


def test_the_search_ends_after_as_many_looks_as_it_may_have_whatever_the_clock_says() -> None:
    subject = AtomSubject(ProgramSets(load_program("lib:d_3")), None, 8, 4, "it")
    whole = follow_atoms(subject)
    assert whole.text is not None
    assert not whole.spent
    cut = follow_atoms(subject, most_looks=5_000)
    assert (cut.text, cut.spent) == (None, True)
    assert "plain: the search ended after 5,000 looks at atoms, its bound" in cut.said
    efforts = [SearchEffort(), SearchEffort()]
    rng = np.random.default_rng(0)
    values, wanted = rng.random((30, 200)) < 0.5, rng.random(200) < 0.5
    for effort in efforts:
        assert choose(AtomTable(values, np.ones(30, dtype=np.int64), effort), wanted, most_atoms=4) is None
    assert efforts[0].done == efforts[1].done > 0
    with pytest.raises(OutOfLooksError):
        choose(AtomTable(values, np.ones(30, dtype=np.int64), SearchEffort(efforts[0].done - 1)), wanted, most_atoms=4)
    with pytest.raises(OutOfTimeError):
        choose(AtomTable(values, np.ones(30, dtype=np.int64), SearchEffort(until=0.0)), wanted, most_atoms=4)


def test_what_is_wanted_nowhere_or_everywhere_or_of_no_atoms_is_answered() -> None:
    none, some = AtomTable(np.zeros((0, 3), dtype=bool), np.zeros(0, dtype=np.int64)), np.array([True, False, True])
    assert choose(none, some, most_atoms=4) is None
    for wanted in (np.ones(3, dtype=bool), np.zeros(3, dtype=bool), np.zeros(0, dtype=bool)):
        found = choose(none.at(np.ones(3, dtype=bool)), wanted, most_atoms=4)
        assert found is not None
        assert found.constant == bool(wanted.all())


def test_the_cheapest_condition_is_found_among_all_of_three_atoms() -> None:
    rng = np.random.default_rng(1)
    for _ in range(6):
        values = rng.random((8, 40)) < 0.5
        table = AtomTable(values, rng.integers(1, 9, 8))
        three = rng.permutation(8)[:3]
        signs = rng.random(3) < 0.5
        wanted = np.logical_and.reduce(values[three] ^ signs[:, None])
        found = choose(table, wanted, most_atoms=3, depth=0)
        assert found is not None
        costs = [
            int(table.sizes[list(atoms)].sum()) + len(atoms) - 1
            for size in (1, 2, 3)
            for atoms in product(range(8), repeat=size)
            if len(set(atoms)) == size
            for flips in product((False, True), repeat=size)
            for both in (np.logical_and, np.logical_or)
            if (both.reduce(values[list(atoms)] ^ np.array(flips)[:, None]) == wanted).all()
        ]
        assert found.size <= min(costs, default=found.size)


def test_nothing_is_chosen_where_equal_points_want_different_answers() -> None:
    table = AtomTable(np.array([[True, True, False, False]]), np.array([1]))
    assert choose(table, np.array([True, False, True, False]), most_atoms=4) is None


def test_walks_stay_on_what_is_allowed_and_the_layers_hold_every_allowed_word() -> None:
    sets = ProgramSets(load_program("lib:d_3"))
    walks = stress_walks(sets, np.random.default_rng(0), np.full(50, 40))
    assert wholly_allowed(sets.masks(walks), walks).all()
    layers = allowed_words(sets, most_words=100, longest=50)
    every = all_short_words(2, most_words=100_000, longest=layers.complete)
    live = wholly_allowed(sets.masks(every), every) & (every.lengths == layers.complete)
    assert int((layers.words.lengths == layers.complete).sum()) == int(live.sum())


def test_the_shortest_difference_is_the_first_of_the_shortest() -> None:
    one, other = (ProgramSets(load_program(f"lib:{name}")) for name in ("d_2", "d_3"))
    words = all_short_words(2, most_words=500, longest=8)
    found = shortest_difference(one.masks(words), other.masks(words), words)
    assert found is not None
    assert found.word == (0, 0)


@pytest.mark.parametrize("name", few(["tomita1", "tomita4"], 2))
def test_a_compiled_program_is_found_again(name: str, tmp_path: Path) -> None:
    found = explained(compiled(name, tmp_path), name, words=100, layer_words=200, trained_to=12)
    assert found.verdict == "explained"
    assert same_as_library(found, name)


def test_of_a_large_vocabulary_few_words_are_asked_about_at_a_time_and_the_letters_alone_are_kept() -> None:
    asked: list[int] = []

    def model(input_ids: torch.Tensor, **_: object) -> SimpleNamespace:
        asked.append(len(input_ids))
        return SimpleNamespace(logits=input_ids[:, :, None] * 100 + torch.arange(30))

    vocabulary = {"a": 3, "b": 29, "<bos>": 0, "z": 20_000_000}
    found = ModelAnswerer("it", model, vocabulary, None).logits(np.array([[0, 3]] * 20), [29, 3], "words")
    assert (max(asked), sum(asked)) == (6, 20)
    assert found[-1].tolist() == [[29, 3], [329, 303]]


def test_the_lines_that_come_with_the_project_are_of_compiled_programs_that_were_found_again() -> None:
    file = Path(__file__).parents[3] / "results" / "explain" / "library.jsonl"
    lines = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines()]
    assert {line["model"] for line in lines} == set(programs_that_say_what_follows())
    for line in lines:
        assert (line["verdict"], line["equal"]) == ("explained", True), line["model"]
        assert read_program(Source(line["model"], line["program"])).next
        assert line["versions"]["torch"]
