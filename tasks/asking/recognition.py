"""Recognition: `<bos> w <sep> accept|reject <eos>` for any task of a language.

Members and non-members are equally likely at each length. A third of the non-members are words drawn evenly, a third
members with one to three edits, a third members of a language near by.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tasks.asking.answer import answer_batch, answer_label
from tasks.drawing.lengths import check_request, draw_lengths, inside
from tasks.drawing.mixture import STRATA, Drawn, draw_strata, rows_of
from tasks.drawing.randomness import integers_below
from tasks.languages.language import Lengths, LetterLanguage, Letters, pad_letter
from tasks.languages.members import DrawMembers
from tasks.languages.task_origin import SUFFIX as SUFFIX
from tasks.task import Encoding, Task, TheoryRecord
from tasks.theory import both
from tasks.words import EOS, Batch, Sampler, Word

ACCEPT, REJECT = VERDICTS = ("accept", "reject")
ACCEPTANCE_REMARK = (
    " Here acceptance is asked at <sep>: the program's is made of counts of letters and of the position, and these "
    "are known one place later too."
)
MOST_EDITS = 3
TRIES = 4  # how often a member is edited again that is still one


def recognition(task: Task) -> Task:
    """Whether a word belongs to the task's language; ValueError for a task without one, or without room for verdicts.

    The alphabet is the task's with `accept` and `reject`, which only the answer holds.
    """
    if task.language is None:
        raise ValueError(f"{task.shown} has an answer, not a language: there is nothing to recognise")
    taken = [verdict for verdict in VERDICTS if verdict in task.alphabet]
    if taken:
        raise ValueError(f"the alphabet of {task.shown} has a letter {taken[0]!r}, which recognition answers with")
    name, alphabet = task.name + SUFFIX, task.alphabet + VERDICTS
    return replace(
        task,
        name=name,
        title=f"{task.title}, recognition",
        summary=_summary(task),
        alphabet=alphabet,
        format="answer",
        sample=_sampler(name, alphabet, task.language),
        label=answer_label(_verdict(task)),
        theory=both(ape=_record(task, "ape"), nope=_record(task, "nope")),
        published={},
        language=None,
    )


def _verdict(task: Task) -> Callable[[Word], Word]:
    """By the task's own labels: a word is a member where it may end."""

    def verdict(word: Word) -> Word:
        example = task.label(word)
        return (ACCEPT if EOS in example.targets[-1] else REJECT,)

    return verdict


def _summary(task: Task) -> str:
    definition, *examples = task.summary.splitlines()
    words = [example.partition("->")[0].strip() for example in examples]
    answers = [f"{word} -> {_verdict(task)(tuple(word.split()))[0]}" for word in words]
    answered = f"{ACCEPT} and {REJECT} are answers, no letters of words."
    return "\n".join([f"Is the word a member? {definition} {answered}", *answers])


def _record(task: Task, encoding: Encoding) -> TheoryRecord:
    record = task.theory[encoding]
    if record.verdict != "generalizes":
        return record
    return replace(record, because=record.because + ACCEPTANCE_REMARK)


# --- words --------------------------------------------------------------------------------------------------


def _sampler(name: str, alphabet: tuple[str, ...], language: LetterLanguage) -> Sampler:
    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        drawn_lengths, member = _plan(rng, name, language, lengths, size)
        words = np.full((size, int(drawn_lengths.max(initial=0))), pad_letter(language.letters), dtype=np.int16)
        strata = draw_strata(rng, size)
        for number, rows in rows_of(strata).items():
            _place(words, rows, _draw(rng, language, STRATA[number], drawn_lengths[rows], member[rows]))
        verdicts = np.where(member, len(alphabet) - 2, len(alphabet) - 1)
        drawn = Drawn(words, verdicts, np.ones(size, dtype=np.int64))
        return answer_batch(alphabet, drawn_lengths, drawn, strata=strata)

    return sample


def _plan(
    rng: np.random.Generator, name: str, language: LetterLanguage, lengths: tuple[int, int], size: int
) -> tuple[Lengths, NDArray[np.bool_]]:
    """The length of each word, and whether it is a member.

    Lengths that have both kinds, evenly. Where none has, as with one letter, each kind gets half of the words and
    its own lengths evenly; ValueError where one of them has none.
    """
    exist, others = language.exist(lengths[1]), language.others_exist(lengths[1])
    member = rng.random(size) < 0.5
    if (exist & others)[lengths[0] :].any():
        return draw_lengths(rng, name, lengths, size, exist & others), member
    drawn = np.empty(size, dtype=np.int64)
    for kind, rows, marked in (("members", member, exist), ("non-members", ~member, others)):
        if not marked[lengths[0] :].any():
            raise ValueError(f"{name} has no {kind} of lengths {lengths[0]}-{lengths[1]}")
        drawn[rows] = draw_lengths(rng, name, lengths, int(rows.sum()), marked)
    return drawn, member


def _draw(
    rng: np.random.Generator, language: LetterLanguage, stratum: str, lengths: Lengths, member: NDArray[np.bool_]
) -> Letters:
    """Words of one stratum, members where that is said."""
    if stratum == "pairs":
        return language.draw_verdict_pairs(rng, lengths, member)
    sticky = stratum == "sticky"
    draw = language.draw_sticky if sticky else language.draw
    words = np.full((len(lengths), int(lengths.max(initial=0))), pad_letter(language.letters), dtype=np.int16)
    if member.any():
        _place(words, np.flatnonzero(member), draw(rng, lengths[member]).letters)
    if not member.all():
        _place(words, np.flatnonzero(~member), draw_non_members(rng, language, lengths[~member], sticky=sticky))
    return words


def _place(words: Letters, rows: NDArray[np.int64], drawn: Letters) -> None:
    words[rows, : drawn.shape[1]] = drawn


def draw_non_members(
    rng: np.random.Generator, language: LetterLanguage, lengths: Lengths, *, sticky: bool = False
) -> Letters:
    """Words of these lengths outside the language: a third even, a third edited members, a third near it.

    At a length without members there are no edited ones; what turns out a member after all is drawn evenly. Those of
    the sticky stratum are sticky ones, and sticky members that are edited.
    """
    members = language.draw_sticky if sticky else language.draw
    others = language.draw_sticky_others if sticky else language.draw_others
    words = np.full((len(lengths), int(lengths.max(initial=0))), pad_letter(language.letters), dtype=np.int16)
    kind = integers_below(rng, np.full(len(lengths), 3))
    has_members = language.exist(int(lengths.max(initial=0)))[lengths]
    kind[(kind == 1) & ~has_members] = 0
    for number, draw in ((1, lambda rng, rows: _edited(rng, language, members, rows)), (2, language.draw_near)):
        rows = np.flatnonzero(kind == number)
        if len(rows):
            _place(words, rows, draw(rng, lengths[rows]))
    rows = np.flatnonzero((kind == 0) | language.accepts(words, lengths))
    if len(rows):
        _place(words, rows, others(rng, lengths[rows]))
    return words


def _edited(rng: np.random.Generator, language: LetterLanguage, draw: DrawMembers, lengths: Lengths) -> Letters:
    """Members with one to three edits, most of them outside the language."""
    words = draw(rng, lengths).letters.copy()
    wanted = np.arange(len(lengths))
    for _ in range(TRIES):
        edits = 1 + integers_below(rng, np.full(len(wanted), MOST_EDITS))
        for edit in range(MOST_EDITS):
            rows = wanted[edits > edit]
            words[rows] = _edit(rng, words[rows], lengths[rows], language.letters)
        wanted = wanted[language.accepts(words[wanted], lengths[wanted])]
        if not len(wanted):
            break
    return words


def _edit(rng: np.random.Generator, words: Letters, lengths: Lengths, letters: int) -> Letters:
    """Each word with one letter changed, or two neighbours exchanged, or one letter taken out and one put in."""
    rows, kind = np.arange(len(words)), integers_below(rng, np.full(len(words), 3))
    place, target = integers_below(rng, lengths), integers_below(rng, lengths)
    letter, other = (integers_below(rng, np.full(len(words), kinds)) for kinds in (letters, max(1, letters - 1)))
    neighbour = np.minimum(place + 1, lengths - 1)
    target = np.where(kind == 0, place, np.where(kind == 1, neighbour, target))
    # All three take the letter at `place` out and put one in so that it comes to stand at `target`.
    small: type[np.signedinteger] = np.int16 if words.shape[1] < 2**15 else np.int64  # moved several times as fast
    columns = np.arange(words.shape[1], dtype=small)
    source = columns - (columns > target.astype(small)[:, None])  # (words, longest), in the word without the one letter
    source += source >= place.astype(small)[:, None]
    np.clip(source, 0, words.shape[1] - 1, out=source)
    moved = words.take(source + words.shape[1] * rows[:, None])
    changed = (words[rows, place] + 1 + other) % letters
    moved[rows, target] = np.where(kind == 0, changed, np.where(kind == 1, words[rows, place], letter))
    return np.where(inside(lengths, words.shape[1]), moved, words)
