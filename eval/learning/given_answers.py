"""Learns from labelled words that are answers.

Each word has a mark. Nothing may follow a prefix before the mark, and exactly one token follows each prefix after it.
"""

from collections.abc import Callable
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from crasp.errors import Source
from crasp.learning.labelled_prefixes import LabelledWords, next_output
from crasp.meaning.interpreter import Words
from crasp.meaning.ir import EOS
from crasp.text.loader import read_program
from eval.explain.answers.answer_road import MORE_WORDS, MOST_LISTED, ROUNDS
from eval.explain.answers.answer_search import FoundAnswer, KnownPlaces, family_answer, listed_answer
from eval.explain.answers.asked_answers import NOTHING, GivenAnswers, ProgramAnswers, TokenNumbers
from eval.explain.answers.read_words import places_of
from eval.explain.atoms import FAMILIES, AtomFamily
from eval.explain.next_sets import words_of
from eval.learning.answer_words import MOST_ATOMS, LearntAnswers, operations_of
from tasks.drawing.randomness import generator

FIRST_WORDS = 60  # conditions are first searched on this many of the shortest words, and as many others
LEAST_CONFIRMING = 10  # a program has to be right on at least this many words that the search did not use
LEAST_WORDS = 40  # a file with fewer words is not learnt from in this way


def learn_given_answers(
    given: LabelledWords, seed: int, until: float, told: Callable[[str], None]
) -> LearntAnswers | None:
    """Return the program that answers as all the words say; None if the words are not answers.

    Conditions are searched on some of the words, and on those that contradict an earlier program. All other words
    confirm the program.

    Args:
        given: The labelled words.
        seed: Decides which words are searched on.
        until: When the search ends, on the clock of `time.monotonic`.
        told: Called with a line on how the search went.
    """
    mark = mark_of(given)
    if mark is None:
        return None
    answers, tokens = _answers(given, mark)
    said, programs = [], []
    searches = [_family] + ([_listed] if len(given.alphabet) <= MOST_LISTED else [])
    for search in searches:
        for family in FAMILIES:
            found, why = _refined(search, answers, tokens, given.alphabet, mark, family, seed, until)
            said.append(f"{family.replace('_', ' and ')}: {why or 'found'}")
            if found is not None:
                programs.append(found)
                break
    told("; ".join(said))
    longest, number = int(answers.words.lengths.max()), len(answers.starts)
    best = min(programs, key=lambda each: operations_of(each.text), default=None)
    if best is None:
        return LearntAnswers(None, 0, number, longest, "; ".join(said))
    return LearntAnswers(best.text, operations_of(best.text), number, longest, "; ".join(said))


def mark_of(given: LabelledWords) -> int | None:
    """Return the number of the mark; None if the words are not answers, or too few.

    The mark occurs once in each word. Nothing may follow a prefix before it, and one token follows each prefix from it
    on.
    """
    outputs = [given.labels.get(next_output(token)) for token in (*given.alphabet, EOS)]
    if len(given.words) < LEAST_WORDS or any(labels is None for labels in outputs):
        return None
    known = [labels for labels in outputs if labels is not None]
    marks = set(range(len(given.alphabet)))
    for word in given.words:
        marks &= {letter for letter in set(word) if word.count(letter) == 1}
        for length in range(len(word) + 1):
            number = sum(labels.get(word[:length], False) for labels in known)
            if number > 1:
                return None
            marks -= set(word[length:]) if number else set(word[:length]) if length < len(word) else set()
        if not marks:
            return None
    return marks.pop() if len(marks) == 1 else None


def _answers(given: LabelledWords, mark: int) -> tuple[GivenAnswers, TokenNumbers]:
    """Return the words, and the number of the token after each prefix."""
    words = words_of(sorted(given.words, key=lambda word: (len(word), word)))
    starts = (words.tokens == mark).argmax(axis=1) + 1
    tokens = np.full((len(starts), words.tokens.shape[1] + 1), NOTHING, dtype=np.int64)
    outputs = [given.labels[next_output(token)] for token in (*given.alphabet, EOS)]
    for row, (word, length) in enumerate(zip(words.tokens.tolist(), words.lengths.tolist(), strict=True)):
        for place in range(int(starts[row]), length + 1):
            prefix = tuple(word[:place])
            tokens[row, place] = next((n for n, labels in enumerate(outputs) if labels[prefix]), NOTHING)
    return GivenAnswers(words, starts, np.ones(len(starts), dtype=bool)), tokens


def _refined(
    search: Callable[..., tuple[FoundAnswer | None, str]],
    answers: GivenAnswers,
    tokens: TokenNumbers,
    alphabet: tuple[str, ...],
    mark: int,
    family: AtomFamily,
    seed: int,
    until: float,
) -> tuple[FoundAnswer | None, str]:
    """Return the program that a search finds on some words and on those that contradicted what it found before.

    If there is none, the text says why.
    """
    rng = generator("learn", f"answers {family}", (1, len(tokens)), seed)
    due = np.arange(tokens.shape[1]) >= answers.starts[:, None]
    due &= np.arange(tokens.shape[1]) <= answers.words.lengths[:, None]
    first = min(FIRST_WORDS, len(tokens) // 4)
    rows = np.unique(np.concatenate([np.arange(first), rng.permutation(len(tokens))[:first]]))
    for _ in range(ROUNDS):
        if monotonic() > until:
            return None, "the time ran out"
        found, why = search(answers, tokens, rows, alphabet, mark, family, rng)
        if found is None:
            return None, why
        program = ProgramAnswers(read_program(Source("the learnt program", found.text)), alphabet)
        wrong = np.flatnonzero(((program.after(answers.words) != tokens) & due).any(axis=1))
        if not len(wrong):
            confirming = len(tokens) - len(rows)
            return (found, "") if confirming >= LEAST_CONFIRMING else (None, "too few words are left to confirm it")
        if np.isin(wrong, rows).all():
            return None, "the program contradicts words for which its conditions were found right"
        rows = np.unique(np.concatenate([rows, wrong[:MORE_WORDS], rng.permutation(wrong)[:MORE_WORDS]]))
    return None, f"{ROUNDS} rounds left words that contradict it"


def _of_rows(answers: GivenAnswers, rows: NDArray[np.int64]) -> GivenAnswers:
    width = int(answers.words.lengths[rows].max())
    words = Words(answers.words.tokens[rows, :width], answers.words.lengths[rows])
    return GivenAnswers(words, answers.starts[rows], answers.ended[rows])


def _family(
    answers: GivenAnswers,
    tokens: TokenNumbers,
    rows: NDArray[np.int64],
    alphabet: tuple[str, ...],
    mark: int,
    family: AtomFamily,
    rng: np.random.Generator,
) -> tuple[FoundAnswer | None, str]:
    some = _of_rows(answers, rows)
    places, words, positions = places_of(some.words, some.starts, len(alphabet), mark)
    known = KnownPlaces(places, tokens[rows[words], positions], np.full(len(words), NOTHING))
    return family_answer(known, alphabet, family, MOST_ATOMS, rng, "")


def _listed(
    answers: GivenAnswers,
    tokens: TokenNumbers,
    rows: NDArray[np.int64],
    alphabet: tuple[str, ...],
    mark: int,
    family: AtomFamily,
    _: np.random.Generator,
) -> tuple[FoundAnswer | None, str]:
    some = _of_rows(answers, rows)
    kept = tokens[rows, : some.words.tokens.shape[1] + 1]
    return listed_answer(some, kept, alphabet, mark, family, MOST_ATOMS, "")
