"""A task's language as `crasp learn` asks it: labels from the task's own definition, words from its samplers."""

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
    """The language of a task; RefusedError where there is no such task, or where it is none of members."""
    try:
        task = get_task(name)
    except UnknownTask as error:
        raise RefusedError(str(error)) from None
    language = task.language
    if language is None:
        raise RefusedError(f"{name}: is no language: give its words with their next tokens as --words")

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
        for sticky in range(4):
            lengths = np.flatnonzero(exist & (language.others_exist(longest) | (sticky % 2 == 0)))
            if not len(lengths):
                continue
            chosen = rng.choice(lengths, size=number // 4).astype(np.int64)
            if sticky == 0:
                drawn = language.draw(rng, chosen).letters
            elif sticky == 2:
                drawn = language.draw_sticky(rng, chosen).letters
            else:
                drawn = language.draw_near(rng, chosen)
            rows = zip(drawn.tolist(), chosen.tolist(), strict=True)
            words += [tuple(row[:length]) for row, length in rows]
        return words

    automaton = automaton_of_task(name) if name in EXPRESSIONS else None
    return AskedLanguage(tuple(task.alphabet[: language.letters]), members, draw, automaton)
