"""Takes a model's answers as labels for `crasp learn`: which tokens it allows after each prefix.

The prefixes are those of short words, of walks along allowed tokens, and of drawn words.
"""

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
    """Return labels that say, for each letter and the end, whether the model allows it after each prefix.

    The words are all short ones, uniform and uneven walks along what the model allows, and words of the task if one is
    named. They have up to the model's training length, or 50. A prefix with a letter that the model forbids has no
    label.

    Args:
        model: A model's directory, or a program.
        task: A task whose alphabet and words are used, or None.
        alphabet: The letters; by default the model's own.
        vocabulary: A file with the names of the model's outputs, if it has no tokenizer.
        seed: Decides which words are drawn.

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
            with suppress(ValueError):  # the task may have no words of these lengths
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
