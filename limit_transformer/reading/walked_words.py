"""Words on which a model is read if none are given: walks along the tokens that the model itself allows."""

import numpy as np
from numpy.typing import NDArray

from limit_transformer.reading.gpt2_forward import Gpt2Model, forward

STICKY = 4.0  # in half of the words, the letter before is so many times as likely to come again


def walked_words(
    model: Gpt2Model, letters: tuple[int, ...], *, words: int, tokens: int, seed: int
) -> NDArray[np.int64]:
    """Return words of one length, with the begin token first if the model has one.  (words, tokens)

    Each letter is drawn from those whose logit is above 0, or from all letters if there is none, with weights that are
    drawn for each word. Half of the words repeat a letter more often.

    Args:
        model: The model.
        letters: The ids of the letters.
        words: The number of words.
        tokens: The number of tokens of each word, with the begin token.
        seed: Together with the other arguments it determines the words.
    """
    rng = np.random.default_rng([seed, tokens])
    weights = rng.exponential(size=(words, len(letters)))
    begin = model.roles.get("bos")
    ids = np.zeros((words, 0), dtype=np.int64) if begin is None else np.full((words, 1), begin)
    while ids.shape[1] < tokens:
        chances = weights.copy()
        if ids.shape[1]:
            allowed = forward(model, ids)[:, -1, list(letters)] > 0
            allowed[~allowed.any(axis=1)] = True
            before = ids[:, -1:] == np.array(letters)
            sticky = (np.arange(words) % 2 == 0)[:, None] & before
            chances = chances * allowed * np.where(sticky, STICKY, 1.0)
        cumulated = np.cumsum(chances, axis=1)
        drawn = (rng.random(words)[:, None] * cumulated[:, -1:] < cumulated).argmax(axis=1)
        ids = np.concatenate([ids, np.array(letters)[drawn][:, None]], axis=1)
    return ids
