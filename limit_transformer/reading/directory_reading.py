"""The GPT-2 in a directory, read on given words, or on words along the tokens that it allows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import numpy as np

from limit_transformer.reading.gpt2_forward import Gpt2Model, Gpt2ReadingError, load_gpt2
from limit_transformer.reading.nearest_machine import Ids, read_gpt2
from limit_transformer.reading.reading_report import AnswerForm, ReadModel, report_reading
from limit_transformer.reading.walked_words import walked_words
from tasks.ground.automata.automaton import counted
from tasks.ground.console import check_choice


def read_directory(
    directory: Path,
    given: Mapping[str, Sequence[str]] | None = None,
    *,
    letters: int = 50,
    number: int = 64,
    trained_to: int | None = None,
    random_offsets: bool = False,
    answers: str = "sets",
    seed: int = 0,
    option: str = "",
) -> ReadModel:
    """Return what a GPT-2 takes from positions, and how near the nearest Limit Transformer comes to it.

    Args:
        directory: The directory of a stock GPT-2: trained, compiled or somebody else's.
        given: For each name of a word, its tokens; messages use the name. By default words are made along the tokens
            that the model allows.
        letters: The number of letters of the words that are made.
        number: The number of words that are made.
        trained_to: The number of letters of the longest training word; by default that of the words that are read.
        random_offsets: Whether the model was trained at random offsets of its positions.
        answers: What an answer of the model is: "sets" for the tokens with a logit above 0, "greatest" for the one
            token with the greatest logit.
        seed: Different seeds make different words.
        option: What precedes the name of an argument in messages, such as "--".

    Raises:
        ModelError: There is no such model; a ValueError.
        Gpt2ReadingError: The model cannot be read on these words; a ValueError.
        RefusedError: `answers` is neither of the two; a ValueError.
    """
    check_choice(f"{option}answers", answers, get_args(AnswerForm))
    form: AnswerForm = "greatest" if answers == "greatest" else "sets"
    model = load_gpt2(directory)
    names = _token_names(directory, model)
    if given is None:
        ids, longer = _made_words(directory, model, names, letters, number, seed)
    else:
        ids, longer = _given_words(given, model, names), []
    trained = None if trained_to is None else trained_to + 1
    reading = read_gpt2(model, ids, trained_tokens=trained, random_offsets=random_offsets)
    return report_reading(model, reading, ids, longer, form)


def _made_words(
    directory: Path, model: Gpt2Model, names: Mapping[str, int], letters: int, number: int, seed: int
) -> tuple[Ids, list[Ids]]:
    """Return words of one length along the tokens that the model allows, and words two and three times as long.

    The longer ones are made only if the model has positions for them.
    """
    plain = tuple(sorted(k for name, k in names.items() if not (name.startswith("<") and name.endswith(">"))))
    if not plain:
        raise Gpt2ReadingError(f"{directory}: no token of its vocabulary can be a letter")
    most = len(model.positions)
    made = [walked_words(model, plain, words=number, tokens=min(letters + 1, most), seed=seed)]
    for times in (2, 3):
        if times * letters + 1 <= most:
            made.append(walked_words(model, plain, words=max(1, number // 4), tokens=times * letters + 1, seed=seed))
    return made[0], made[1:]


def _given_words(given: Mapping[str, Sequence[str]], model: Gpt2Model, names: Mapping[str, int]) -> Ids:
    """Return the given words as ids, with the begin token before each, if the model has one.

    Raises:
        Gpt2ReadingError: A token is unknown, the words differ in length, or there are none.
    """
    rows: list[list[int]] = []
    begin = [model.roles["bos"]] if "bos" in model.roles else []
    for place, tokens in given.items():
        strange = [token for token in tokens if token not in names]
        if strange:
            raise Gpt2ReadingError(f"{place}: the model has no token {strange[0]!r}")
        rows.append([*begin, *(names[token] for token in tokens)])
        if len(rows[-1]) != len(rows[0]):
            found = counted(len(tokens), "token")
            raise Gpt2ReadingError(
                f"{place}: expected words of one length, found {found}, where the first word has "
                f"{len(rows[0]) - len(begin)}"
            )
    if not rows:
        raise Gpt2ReadingError("expected words to read the model on, found none")
    return np.array(rows, dtype=np.int64)


def _token_names(directory: Path, model: Gpt2Model) -> dict[str, int]:
    """Return the tokens that have no special role, from name to id; without a tokenizer, the names are numbers."""
    from tasks.ground.models.causal_model import read_tokens

    found = read_tokens(directory)
    ids = {str(k): k for k in range(len(model.tokens))} if found is None else dict(found.ids)
    special = set(model.roles.values()) | (set() if found is None else set(found.roles.values()))
    return {name: k for name, k in ids.items() if k not in special and 0 <= k < len(model.tokens)}
