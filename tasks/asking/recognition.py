"""Recognition: the input `<bos> w <sep> accept|reject <eos>`, for any task that has a language.

Members and non-members are equally likely. In the uniform and the sticky stratum non-members are of three kinds, with
equal chances: words drawn from all non-members, members with one to three edits, and words that miss the language
narrowly. In the stratum of pairs a non-member is a member with one early letter changed, where there is one.
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
    " Here acceptance is asked at <sep>, one place after the last letter. The program accepts by counts of letters and "
    "by the position, which are known there too."
)
MOST_EDITS = 3
TRIES = 4  # how often a member is edited while it is still a member


def recognition(task: Task) -> Task:
    """Return the task of saying whether a word belongs to this task's language.

    Its alphabet is the task's, with `accept` and `reject` added; these occur in answers alone.

    Raises:
        ValueError: The task has no language, or its alphabet already has one of the two verdicts.
    """
    if task.language is None:
        raise ValueError(f"{task.shown} has an answer, not a language: there is nothing to recognise")
    taken = [verdict for verdict in VERDICTS if verdict in task.alphabet]
    if taken:
        raise ValueError(
            f"the alphabet of {task.shown} has a letter {taken[0]!r}, but recognition uses this word as an answer"
        )
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
    """Return the answer function: by the task's own labels, a word is a member if it may end."""

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
    """Return the length of each word, and whether it is a member.

    Lengths are drawn evenly from those that have both members and non-members. If no length has both, as over one
    letter, each word is a member or not with equal chance, and its length is drawn evenly from those of its kind.

    Raises:
        ValueError: One of the two kinds has no words of these lengths.
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
    """Return words of one stratum, members in the rows that `member` marks."""
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
    """Return words outside the language, in the uniform or the sticky stratum.

    Each word is of one of three kinds with equal chance: any non-member, an edited member, or a word that misses the
    language narrowly. At a length without members the second kind becomes the first. A word of the second or third kind
    that turns out to be a member is replaced by one of the first.

    Args:
        rng: The source of randomness.
        language: The language.
        lengths: (words,) The lengths; each has non-members.
        sticky: Draw the first kind, and the members that are edited, from the sticky stratum.

    Returns:
        The words, (words, longest), filled up with the number of `<pad>`.
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
    """Return members with one to three edits each. A few may still be members after TRIES rounds of edits."""
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
    """Return each word with one edit: a letter changed, two neighbours exchanged, or a letter removed and one added."""
    rows, kind = np.arange(len(words)), integers_below(rng, np.full(len(words), 3))
    place, target = integers_below(rng, lengths), integers_below(rng, lengths)
    letter, other = (integers_below(rng, np.full(len(words), kinds)) for kinds in (letters, max(1, letters - 1)))
    neighbour = np.minimum(place + 1, lengths - 1)
    target = np.where(kind == 0, place, np.where(kind == 1, neighbour, target))
    # Each of the three edits takes out the letter at `place`, and puts a letter in so that it stands at `target`.
    small: type[np.signedinteger] = np.int16 if words.shape[1] < 2**15 else np.int64  # moved several times as fast
    columns = np.arange(words.shape[1], dtype=small)
    source = columns - (columns > target.astype(small)[:, None])  # (words, longest), a place of the shortened word
    source += source >= place.astype(small)[:, None]
    np.clip(source, 0, words.shape[1] - 1, out=source)
    moved = words.take(source + words.shape[1] * rows[:, None])
    changed = (words[rows, place] + 1 + other) % letters
    moved[rows, target] = np.where(kind == 0, changed, np.where(kind == 1, words[rows, place], letter))
    return np.where(inside(lengths, words.shape[1]), moved, words)
