"""Recognition: verdicts by the labels, balance at every length, and what the non-members are."""

from collections import Counter
from math import sqrt

import numpy as np
import pytest

from tasks.asking.recognition import SUFFIX, draw_non_members
from tasks.drawing.randomness import generator
from tasks.languages.language import pad_letter
from tasks.registry import TASKS, UnknownTask, get_task
from tasks.samples.word_arrays import batch_of, examples_of, word_of
from tasks.words import BOS, EOS, SEP, Batch
from tests.cases import few

LANGUAGES = [name for name, task in TASKS.items() if task.language is not None]
ONE_LETTER = {"aa_star", "aaaa_star"}
BINS = [(1, 12), (51, 100)]


def sample(name: str, lengths: tuple[int, int], size: int) -> Batch:
    task = get_task(name + SUFFIX)
    return task.sample(generator(task.name, "test", lengths, 0), lengths, size)


def test_every_language_can_be_recognised() -> None:
    assert [name for name, task in TASKS.items() if task.format == "continuations"] == LANGUAGES


def test_a_word_is_followed_by_its_verdict() -> None:
    member = get_task("dyck1:recognition").label(("(", ")"))
    assert member.tokens == (BOS, "(", ")", SEP, "accept", EOS)
    assert (member.judged, member.targets) == ((3, 4), (("accept",), (EOS,)))
    assert get_task("dyck1:recognition").label((")", "(")).targets[0] == ("reject",)
    assert get_task("dyck1:recognition").label(()).targets[0] == ("accept",)


@pytest.mark.parametrize("lengths", few(BINS, also=[(1, 12)]), ids=str)
@pytest.mark.parametrize("name", LANGUAGES)
def test_every_sampled_row_is_the_label_of_its_word(name: str, lengths: tuple[int, int]) -> None:
    task = get_task(name + SUFFIX)
    batch = sample(name, lengths, 300)
    examples = examples_of(task, batch)
    assert examples == tuple(task.label(word_of(task, example)) for example in examples)
    for field in ("tokens", "judged", "targets", "lengths"):
        np.testing.assert_array_equal(getattr(batch_of(task, examples), field), getattr(batch, field))
    assert lengths[0] <= batch.lengths.min() <= batch.lengths.max() <= lengths[1]


@pytest.mark.parametrize("name", sorted(set(LANGUAGES) - ONE_LETTER))
def test_both_verdicts_are_equally_frequent_at_every_length(name: str) -> None:
    size, task = 6000, get_task(name + SUFFIX)
    batch = sample(name, (4, 20), size)
    accepted = (batch.tokens == task.vocabulary.index("accept")).any(axis=1)
    lengths = np.unique(batch.lengths)
    for length in lengths:
        share, number = accepted[batch.lengths == length].mean(), (batch.lengths == length).sum()
        assert abs(share - 0.5) <= 5 * sqrt(0.25 / number), length
        assert abs(number - size / len(lengths)) <= 5 * sqrt(size / len(lengths)), length


@pytest.mark.parametrize("name", sorted(ONE_LETTER))
def test_of_one_letter_half_the_words_are_members_though_no_length_has_both(name: str) -> None:
    batch = sample(name, (1, 20), 4000)
    task = get_task(name + SUFFIX)
    accepted = (batch.tokens == task.vocabulary.index("accept")).any(axis=1)
    assert abs(accepted.mean() - 0.5) <= 5 * sqrt(0.25 / 4000)
    assert not set(batch.lengths[accepted]) & set(batch.lengths[~accepted])
    assert len(set(batch.lengths)) == 20


def test_a_range_with_one_verdict_only_is_refused() -> None:
    with pytest.raises(ValueError, match="aa_star:recognition has no non-members of lengths 4-4"):
        sample("aa_star", (4, 4), 10)
    with pytest.raises(ValueError, match="dyck1:recognition has no members of lengths 5-5"):
        sample("dyck1", (5, 5), 10)


@pytest.mark.parametrize("name", ["tomita4", "d_12", "dyck1", "shuffle2", "bool3"])
def test_many_non_members_are_near_the_language(name: str) -> None:
    """Of words drawn evenly hardly one is made a member by one change; of edited ones and those near by many are."""
    task, language = get_task(name), TASKS[name].language
    assert language is not None
    length = 12
    batch = sample(name, (length, length), 600)
    letters = batch.tokens[:, 1 : length + 1].astype(np.int16)
    verdict = batch.targets[np.arange(len(letters)), batch.judged.argmax(axis=1)]
    others = letters[verdict == get_task(name + SUFFIX).vocabulary.index("reject")]
    neighbours = []
    for word in others:
        changed = np.repeat(word[None], length * len(task.alphabet), axis=0)
        places, replacement = np.divmod(np.arange(len(changed)), len(task.alphabet))
        changed[np.arange(len(changed)), places] = replacement
        neighbours.append(bool(language.accepts(changed, np.full(len(changed), length)).any()))
    assert np.mean(neighbours) > 0.2


def edits_between(one: list[int], other: list[int]) -> int:
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, row = row, [i]
        for j, wanted in enumerate(other, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted)))
    return row[-1]


@pytest.mark.parametrize("name", ["tomita2", "abab_star", "anbn", "anbncndn"])
def test_a_third_of_the_non_members_are_edited_members(name: str) -> None:
    """Where a length has one member: words drawn evenly are further from it than three edits."""
    language = TASKS[name].language
    assert language is not None
    lengths = np.full(150, 48)
    rng = generator(name, "edited", (48, 48), 0)
    (member,) = language.draw(rng, lengths[:1]).letters.tolist()
    even = [edits_between(word, member) for word in language.draw_others(rng, lengths).tolist()]
    drawn = [edits_between(word, member) for word in draw_non_members(rng, language, lengths).tolist()]
    assert min(even) > 6  # an edit that takes a letter out and puts one in counts as two
    assert 0 not in drawn
    assert np.mean(np.array(drawn) <= 6) > 1 / 4
    assert np.mean(np.array(drawn) > 6) > 1 / 5  # those drawn evenly


@pytest.mark.parametrize("name", LANGUAGES)
def test_membership_in_arrays_is_membership_by_labels(name: str) -> None:
    task, language = get_task(name), TASKS[name].language
    assert language is not None
    rng = np.random.default_rng(3)
    for lengths in (np.arange(9), np.full(200, 4), rng.integers(0, 7, 200)):
        words = np.full((len(lengths), int(lengths.max())), pad_letter(language.letters), dtype=np.int16)
        for row, length in enumerate(lengths):
            words[row, :length] = rng.integers(language.letters, size=length)
        accepted = language.accepts(words, lengths)
        for row, length in enumerate(lengths):
            word = tuple(task.alphabet[letter] for letter in words[row, :length])
            assert accepted[row] == (EOS in task.label(word).targets[-1]), word


@pytest.mark.parametrize("name", LANGUAGES)
def test_words_of_the_near_language_are_words_of_their_lengths(name: str) -> None:
    language = TASKS[name].language
    assert language is not None
    both = np.flatnonzero(language.exist(20) & language.others_exist(20))
    if len(both):
        lengths = np.tile(both, 30)
        words = language.draw_near(generator(name, "near", (0, 20), 0), lengths)
        assert (words == pad_letter(language.letters)).sum(axis=1).tolist() == (words.shape[1] - lengths).tolist()
        assert Counter(language.accepts(words, lengths).tolist())[False] > len(lengths) / 3


def test_a_task_with_an_answer_is_not_recognised() -> None:
    with pytest.raises(UnknownTask, match="parity has an answer, not a language"):
        get_task("parity:recognition")
    with pytest.raises(UnknownTask, match="did you mean dyck1"):
        get_task("dyk1:recognition")


def test_recognition_is_made_once() -> None:
    assert get_task("dyck1:recognition") is get_task("dyck1:recognition")


@pytest.mark.parametrize("name", LANGUAGES)
def test_summary_and_theory_are_those_of_the_language(name: str) -> None:
    task, base = get_task(name + SUFFIX), get_task(name)
    for line in task.summary.splitlines()[1:]:
        word, _, verdict = line.partition("->")
        assert task.label(tuple(word.split())).targets[0] == (verdict.strip(),)
    for encoding, record in task.theory.items():
        assert record.verdict == base.theory[encoding].verdict
        assert ("<sep>" in record.because) == (record.verdict == "generalizes")
