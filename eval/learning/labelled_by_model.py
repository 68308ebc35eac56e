"""A model's answers as labels for `crasp learn`: what it lets follow each prefix of short, walked and drawn words."""

from contextlib import suppress
from pathlib import Path

import numpy as np

from crasp.errors import CraspError
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.labelled_prefixes import LabelledWords, next_output
from crasp.meaning.ir import EOS
from crasp.meaning.words import joined
from eval.answering.answerers import UnfitError
from eval.answering.loading import load_answerer
from eval.explain.next_sets import DEAD, AskedModel, own_letters
from eval.explain.word_walks import all_short_words, stress_walks, task_words, uniform_walks
from eval.measuring.measurement import TRAIN_LENGTH
from tasks.ground.automata.tokens import LanguageError, read_alphabet
from tasks.ground.console import RefusedError
from tasks.ground.files import LoadError
from tasks.registry import UnknownTask, get_task

SHORT_WORDS, WALKED_WORDS = 600, 250


def words_labelled_by(
    model: str, task: str | None, alphabet: str | None, vocabulary: Path | None, seed: int
) -> LabelledWords:
    """For each letter and the end, whether the model lets it follow each prefix that it allows itself.

    The words are all short ones, walks along what the model allows, even and uneven ones, and the task's own where one
    is named: to the length that the model was trained to, or 50. A prefix with a letter that the model forbids has no
    label: nothing is claimed of it.

    Raises:
        RefusedError: There is no such model or task, or it cannot be asked about these words.
    """
    try:
        answerer = load_answerer(model, vocabulary)
        chosen = None if task is None else get_task(task)
        letters = own_letters(answerer) if alphabet is None else read_alphabet(alphabet)
        asked = AskedModel(answerer, letters if chosen is None else chosen.alphabet, task or "the words")
        longest, rng = answerer.trained_to or TRAIN_LENGTH, np.random.default_rng(seed)
        lengths = rng.integers(1, longest + 1, size=WALKED_WORDS)
        parts = [all_short_words(len(asked.alphabet), most_words=SHORT_WORDS, longest=longest)]
        parts += [uniform_walks(asked, rng, lengths), stress_walks(asked, rng, lengths)]
        if chosen is not None:
            with suppress(ValueError):  # the task may have no words so short
                parts.append(task_words(chosen, rng, (1, longest), WALKED_WORDS))
        words = joined(*parts)
        masks = asked.masks(words)
    except (UnfitError, UnknownTask, LoadError, LanguageError, CraspError) as error:
        raise RefusedError(str(error)) from None
    outputs = [next_output(token) for token in (*asked.alphabet, EOS)]
    labels: dict[str, dict[PointWord, bool]] = {output: {} for output in outputs}
    given = [tuple(row[:length]) for row, length in zip(words.tokens.tolist(), words.lengths.tolist(), strict=True)]
    for word, row in zip(given, masks.tolist(), strict=True):
        for length, mask in enumerate(row[: len(word) + 1]):
            if mask == DEAD:
                break
            for bit, output in enumerate(outputs):
                labels[output][word[:length]] = bool(mask >> bit & 1)
    return LabelledWords(tuple(asked.alphabet), tuple(dict.fromkeys(given)), labels)
