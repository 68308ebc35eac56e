"""A task's language as a source of labels for `crasp learn`: its definition labels words, its samplers draw them."""

from collections.abc import Sequence

import numpy as np

from crasp.learning.asked_words import AskedLanguage
from crasp.learning.compared_prefixes import PointWord, padded
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from tasks.ground.console import RefusedError
from tasks.languages.language import pad_letter
from tasks.registry import UnknownTask, get_task

WORDS_AT_ONCE = 20_000


def task_language(name: str) -> AskedLanguage:
    """Return the language of a task.

    Raises:
        RefusedError: There is no such task, or it is not a language.
    """
    try:
        task = get_task(name)
    except UnknownTask as error:
        raise RefusedError(str(error)) from None
    language = task.language
    if language is None:
        raise RefusedError(f"{name} is not a language: give its words with their next tokens as --words")

    def members(words: Sequence[PointWord]) -> list[bool]:
        found: list[bool] = []
        for start in range(0, len(words), WORDS_AT_ONCE):
            part = words[start : start + WORDS_AT_ONCE]
            lengths = np.array([len(word) for word in part], dtype=np.int64)
            letters = padded(part, pad_letter(language.letters)).astype(np.int16)
            found += language.accepts(letters, lengths).tolist()
        return found

    def draw(rng: np.random.Generator, number: int, longest: int) -> list[PointWord]:
        exist = language.exist(longest)
        words: list[PointWord] = []
        for kind in ("typical", "near", "sticky", "edited"):
            lengths = np.flatnonzero(exist & (language.others_exist(longest) | (kind != "near")))
            if not len(lengths):
                continue
            chosen = rng.choice(lengths, size=number // 4).astype(np.int64)
            if kind == "near":
                drawn = language.draw_near(rng, chosen)
            else:
                drawn = (language.draw_sticky if kind == "sticky" else language.draw)(rng, chosen).letters
            rows = zip(drawn.tolist(), chosen.tolist(), strict=True)
            drawn_words = [tuple(row[:length]) for row, length in rows]
            if kind == "edited":
                once = [_edited(word, language.letters, rng) for word in drawn_words]
                drawn_words = [_edited(word, language.letters, rng) if k % 2 else word for k, word in enumerate(once)]
            words += [word[:longest] for word in drawn_words]
        return words

    automaton = automaton_of_task(name) if name in EXPRESSIONS else None
    return AskedLanguage(tuple(task.alphabet[: language.letters]), members, draw, automaton)


def _edited(word: PointWord, letters: int, rng: np.random.Generator) -> PointWord:
    """Return the word with one letter changed, moved, added or left out, or some neighbours shuffled (docs/learn.md).

    Words that `draw_near` draws for a language of counts have the shape of a member; an exchange keeps the counts and
    changes the shape.
    """
    if not word:
        return word
    edit, place, other = rng.integers(5), int(rng.integers(len(word))), int(rng.integers(len(word)))
    found, new = list(word), int(rng.integers(letters))
    letter = found.pop(place)
    match edit:
        case 0:
            found.insert(place, new)
        case 1:
            found.insert(place, letter)
            start, stop = sorted((place, other))
            found[start : stop + 1] = rng.permutation(found[start : stop + 1]).tolist()
        case 2:
            found.insert(other, letter)
        case 3:
            found[place:place] = [letter, new]
        case _:
            pass  # the letter is left out
    return tuple(found)
