"""The mixture: its shares, words of every stratum against membership, and pairs that no short memory tells apart."""

import itertools
from collections import Counter
from math import sqrt

import numpy as np
import pytest

from tasks.asking.recognition import SUFFIX
from tasks.drawing.mixture import SHARES, STRATA
from tasks.drawing.randomness import generator
from tasks.given_tasks import task_named_or_given
from tasks.language_tasks import automaton_task
from tasks.languages.automaton import TaskAutomaton, table_automaton
from tasks.languages.letter_walks import allowed_after, letters_from
from tasks.languages.needed_memory import complete, pair_loops, run, successor_table, telling_word
from tasks.languages.repetition_pairs import plans_of
from tasks.languages.sticky_words import FACTORS, letter_weights, sticky_tables
from tasks.languages.verdict_pairs import verdict_plans
from tasks.registry import TASKS, get_task
from tasks.samples.blind_models import windows_right
from tasks.samples.word_arrays import examples_of, word_of
from tasks.task import Task
from tasks.words import EOS, Batch
from tests.cases import few
from tests.tasks.drawing.strata import of_stratum

FINITE_MEMORY = {"tomita1", "tomita2", "tomita4", "aabbccddee"}  # what may follow hangs on some last letters
UNBOUNDED = [name for name, task in TASKS.items() if task.language is not None and name not in FINITE_MEMORY]
MIXED = [name for name in TASKS if name != "count"]  # of its words there are too few
LANGUAGES = [name for name, task in TASKS.items() if task.language is not None]


def sample(task: Task, lengths: tuple[int, int], size: int) -> Batch:
    return task.sample(generator(task.name, "mixture", lengths, 0), lengths, size)


@pytest.mark.parametrize("name", [*MIXED, "dyck1:recognition", "tomita4:recognition"])
def test_half_of_the_words_are_uniform_a_quarter_sticky_a_quarter_pairs(name: str) -> None:
    size = 4000
    batch = sample(get_task(name), (1, 30), size)
    assert batch.strata is not None
    assert SHARES == (0.5, 0.25, 0.25)
    for number, share in enumerate(SHARES):
        assert abs((batch.strata == number).mean() - share) <= 5 * sqrt(share * (1 - share) / size)


@pytest.mark.parametrize("name", few(MIXED, 3))
def test_every_stratum_has_all_lengths_evenly(name: str) -> None:
    batch = sample(get_task(name), (5, 24), 6000)
    assert batch.strata is not None
    lengths = np.unique(batch.lengths)
    for number in range(len(STRATA)):
        times = Counter(batch.lengths[batch.strata == number].tolist())
        mean = times.total() / len(lengths)
        assert all(abs(times[int(length)] - mean) <= 5 * sqrt(mean) for length in lengths)


@pytest.mark.parametrize("stratum", STRATA)
@pytest.mark.parametrize("lengths", few([(1, 9), (51, 100)], also=[(51, 100)]), ids=str)
@pytest.mark.parametrize("name", MIXED)
def test_the_words_of_every_stratum_are_labelled_as_the_task_does(
    name: str, lengths: tuple[int, int], stratum: str
) -> None:
    task = get_task(name)
    for example in examples_of(task, of_stratum(task, "labels", lengths, 30, stratum)):
        assert example == task.label(word_of(task, example))
        assert task.format == "answer" or EOS in example.targets[-1]


# --- sticky words ---------------------------------------------------------------------------------------------


def same_again(task: Task, batch: Batch) -> float:
    """The share of letters that are the one before."""
    words = [word_of(task, example) for example in examples_of(task, batch)]
    return float(np.mean([a == b for word in words for a, b in itertools.pairwise(word)]))


@pytest.mark.parametrize("name", ["tomita3", "tomita5", "d_12", "dyck1", "shuffle2", "bool5", "copy_repeat"])
def test_sticky_words_repeat_letters_far_more_often_than_uniform_ones(name: str) -> None:
    task = get_task(name)
    uniform, sticky = (same_again(task, of_stratum(task, "runs", (51, 100), 100, each)) for each in STRATA[:2])
    assert sticky > uniform + 0.15


def test_sticky_members_are_exact_where_every_way_counts_its_weight() -> None:
    """Of a small language every member of a length, with a chance in proportion to its weight in one table."""
    automaton = table_automaton(("a", "b"), "s", {"s": ("t", "s"), "t": (None, "s")}, {"s", "t"})  # no aa
    sticky = sticky_tables(automaton, 64)
    size, length = 20_000, 4
    rows = np.full(size, sticky.start[0, length])
    drawn = Counter(map(tuple, letters_from(generator("x", "sticky", (4, 4), 0), sticky.walks, rows, length).tolist()))
    weights = weights_of_members(automaton, length)
    total = sum(weights.values())
    assert set(drawn) == set(weights)
    for word, weight in weights.items():
        share = weight / total
        assert abs(drawn[word] / size - share) <= 5 * sqrt(share * (1 - share) / size)


def weights_of_members(automaton: TaskAutomaton, length: int) -> dict[tuple[int, ...], float]:
    """Each member's weight by the definition: of its letters, with the factor of those that repeat."""
    letters = letter_weights(len(FACTORS) // 2, len(automaton.alphabet))[0]
    found = {}
    for word in itertools.product(range(len(automaton.alphabet)), repeat=length):
        if run(successor_table(automaton), 0, word) >= 0:
            same = [a == b for a, b in itertools.pairwise(word)]
            found[word] = float(np.prod(letters[list(word)])) * FACTORS[0] ** sum(same)
    return found


# --- pairs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", few(UNBOUNDED, 4))
def test_a_window_of_15_answers_at_most_four_fifths_of_the_words_and_none_of_the_pairs(name: str) -> None:
    task = get_task(name)
    tried = sample(task, (51, 100), 600)
    fit = task.sample(generator(name, "fit", (51, 100), 0), (51, 100), 2000)
    right = windows_right(fit, tried)[15]
    assert tried.strata is not None
    assert right.mean() <= 0.8
    assert not right[tried.strata == STRATA.index("pairs")].any()


@pytest.mark.parametrize(
    "regex",
    [
        "(a|b|e)*be*",
        "(ab)*",
        "((aa)*b)*",
        "a(e|f)*c|b(e|f)*d",
        "(a|b)*a(a|b)(a|b)",
        "e*(ae*be*)*",
        "(abc|acb)*",
        "a*b*a*",
    ],
)
def test_pairs_of_a_given_language_defeat_every_window_exactly_if_any_window_is_defeated(regex: str) -> None:
    """By sets of states, apart from the plans: whether the last 15 letters tell what may follow."""
    task = task_named_or_given(regex=regex)
    automaton = automaton_of(task)
    words = [word_of(task, each) for each in examples_of(task, of_stratum(task, "windows", (51, 100), 40, "pairs"))]
    told = [told_by_window(automaton, [task.alphabet.index(letter) for letter in word], 15) for word in words]
    assert not any(told) if needs_unbounded_memory(automaton) else all(told)


def automaton_of(task: Task) -> TaskAutomaton:
    """The task's automaton again, from its labels: prefixes are one state if what may follow agrees, to 6 letters."""
    words = [()]
    for _ in range(6):
        words += [(*word, letter) for word in words if len(word) == len(words[-1]) for letter in task.alphabet]
    tails = [word for word in words if len(word) <= 3]

    def kind(word: tuple[str, ...]) -> tuple[object, ...]:
        return tuple(task.label((*word, *tail)).targets[-1] for tail in tails)

    kinds: dict[tuple[object, ...], int] = {kind(()): 0}
    queue: list[tuple[str, ...]] = [()]
    rows = []
    for word in queue:  # grows while it is read
        row: list[int | None] = []
        for letter in task.alphabet:
            longer = (*word, letter)
            if not task.label(longer).targets[-1]:
                row.append(None)
                continue
            key = kind(longer)
            if key not in kinds:
                kinds[key] = len(kinds)
                queue.append(longer)
            row.append(kinds[key])
        rows.append(tuple(row))
    accepting = tuple(EOS in task.label(word).targets[-1] for word in queue)
    return TaskAutomaton(task.alphabet, tuple(rows), accepting)


def told_by_window(automaton: TaskAutomaton, word: list[int], window: int) -> bool:
    """Whether after every prefix the last letters, so many, leave no doubt of what may follow."""
    allowed = [tuple(row) for row in allowed_after(automaton).tolist()]
    for end in range(len(word) + 1):
        states: set[int | None] = {0} if end <= window else set(range(len(automaton.successors)))
        for letter in word[max(0, end - window) : end]:
            states = {automaton.successors[state][letter] for state in states if state is not None} - {None}
        if len({allowed[state] for state in states if state is not None}) > 1:
            return False
    return True


def needs_unbounded_memory(automaton: TaskAutomaton) -> bool:
    """Whether two states can stay apart for ever under the same letters: pairs of states that lead to a pair again."""
    states = range(len(automaton.successors))
    pairs = {(p, q) for p in states for q in states if p != q}
    while True:
        rows = automaton.successors
        kept = {(p, q) for p, q in pairs if any((a, b) in pairs for a, b in zip(rows[p], rows[q], strict=True))}
        if kept == pairs:
            return bool(pairs)
        pairs = kept


def random_automaton(rng: np.random.Generator) -> TaskAutomaton | None:
    states = int(rng.integers(2, 7))
    rows = {
        str(state): tuple(str(to) if to < states else None for to in rng.integers(0, states + 1, 2).tolist())
        for state in range(states)
    }
    try:
        return table_automaton(("a", "b"), "0", rows, {str(s) for s in range(states) if rng.random() < 0.5} or {"0"})
    except ValueError:
        return None


def test_a_language_has_plans_of_two_states_exactly_if_it_needs_unbounded_memory() -> None:
    rng = np.random.default_rng(1)
    seen = {True: 0, False: 0}
    for _ in range(150):
        automaton = random_automaton(rng)
        if automaton is None:
            continue
        table = successor_table(automaton)
        needs = needs_unbounded_memory(automaton)
        seen[needs] += 1
        loops = pair_loops(table)
        assert bool(loops) == needs
        for loop in loops:
            assert (run(table, loop.one, loop.word), run(table, loop.other, loop.word)) == (loop.one, loop.other)
    assert min(seen.values()) > 20


def test_the_words_of_random_languages_are_members_in_every_stratum() -> None:
    rng = np.random.default_rng(2)
    for _ in range(25):
        automaton = random_automaton(rng)
        if automaton is None:
            continue
        task = automaton_task(automaton, "x", "x")
        try:
            batch = sample(task, (1, 24), 80)
        except ValueError:
            continue  # a language of the empty word alone
        for example in examples_of(task, batch):
            assert example == task.label(word_of(task, example))
            assert EOS in example.targets[-1]


def test_what_a_plan_says_holds() -> None:
    """Both states are led back to themselves; after what tells them apart, different letters may follow."""
    for name in ("d_3", "tomita3", "tomita7", "012_star_0_2_star", "abab_star"):
        automaton = automaton_of(get_task(name))
        table = successor_table(automaton)
        seen = np.unique(allowed_after(automaton), axis=0, return_inverse=True)[1].reshape(-1)
        plans = plans_of(table, seen)
        assert plans
        for plan in plans:
            assert run(table, plan.first, plan.loop) == plan.first
            assert plan.crosses is not None
            first_end = run(table, plan.first, plan.tells)
            second = run(table, first_end, plan.crosses)
            assert run(table, second, plan.loop) == second != plan.first
            assert run(table, second, plan.tells) == plan.last
            assert seen[first_end] != seen[plan.last]


# --- pairs of verdicts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["012_star_0_2_star", "tomita5", "tomita3", "d_2", "ab_star_d_bc_star"])
def test_a_verdict_hangs_on_one_early_letter(name: str) -> None:
    """Changing one letter of the first half, and no other, makes a member of a non-member and the other way."""
    task, base = get_task(name + SUFFIX), get_task(name)
    for example in examples_of(task, of_stratum(task, "verdicts", (51, 100), 20, "pairs")):
        word = word_of(task, example)
        changed = [
            (*word[:place], letter, *word[place + 1 :])
            for place in range(len(word) // 2 + 1)
            for letter in base.alphabet
            if letter != word[place]
        ]
        other = {task.label(each).targets for each in changed} - {example.targets}
        assert other


@pytest.mark.parametrize("name", ["012_star_0_2_star", "tomita5", "d_3"])
def test_the_plans_of_verdicts_end_in_one_member_and_one_other(name: str) -> None:
    automaton = automaton_of(get_task(name))
    table, accepting = complete(successor_table(automaton)), [*automaton.accepting, False]
    plans = verdict_plans(successor_table(automaton), np.array(automaton.accepting))
    assert plans
    for plan in plans:
        tail = (*plan.before, *plan.loop, *plan.loop, *plan.tells)
        assert accepting[run(table, plan.state, (plan.member, *tail))]
        assert not accepting[run(table, plan.state, (plan.other, *tail))]


def test_what_tells_two_states_apart_is_the_shortest_such_word() -> None:
    automaton = automaton_of(get_task("d_3"))
    accepting = np.array(automaton.accepting).astype(np.int64)
    assert [telling_word(successor_table(automaton), accepting, 1, depth) for depth in (0, 2, 3)] == [(), (1,), (1,)]


def test_half_of_the_pairs_are_members_at_every_length() -> None:
    task = get_task("012_star_0_2_star:recognition")
    batch = of_stratum(task, "halves", (20, 40), 2000, "pairs")
    accepted = (batch.tokens == task.vocabulary.index("accept")).any(axis=1)
    assert abs(accepted.mean() - 0.5) <= 5 * sqrt(0.25 / 2000)


def test_a_program_that_looks_back_a_few_letters_is_right_of_half_of_the_pairs() -> None:
    """Whether the last letter that is no e, of the last five, is b: as good as a coin where the run of e is longer."""
    task = task_named_or_given(regex="(a|b|e)*be*", recognize=True)
    batch = of_stratum(task, "window", (51, 100), 1000, "pairs")
    examples = examples_of(task, batch)
    right = 0
    for example in examples:
        seen = [letter for letter in word_of(task, example)[-5:] if letter != "e"]
        right += example.targets[0] == ("accept" if seen[-1:] == ["b"] else "reject",)
    assert abs(right / len(examples) - 0.5) <= 5 * sqrt(0.25 / len(examples))
