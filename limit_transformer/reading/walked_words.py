"""Words to read a model on where none are given: walks along the tokens that the model itself allows."""

import numpy as np
from numpy.typing import NDArray

from limit_transformer.reading.gpt2_forward import Gpt2Model, forward

STICKY = 4.0  # how many times as likely the letter before is, in half of the words


def walked_words(
    model: Gpt2Model, letters: tuple[int, ...], *, words: int, tokens: int, seed: int
) -> NDArray[np.int64]:
    """Words of one length, the begin token with them where the model has one: (words, tokens).

    Each letter is drawn among those whose logit is above 0, with letter weights of the word's own; where there is none,
    among all letters. Half of the words repeat a letter more often. A word's draws depend on `seed` alone.
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
