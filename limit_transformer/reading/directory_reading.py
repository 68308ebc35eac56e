"""The directory of a GPT-2, read on words that are given, or on such as it allows."""

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
    """What a GPT-2 takes from positions, and how near the nearest Limit Transformer comes to it.

    Args:
        directory: A stock GPT-2's: trained, compiled or somebody else's.
        given: Words to read it on, tokens by what messages call the word; without them such as it allows.
        letters: Letters of the words that are made.
        number: How many words are made.
        trained_to: The longest training word; without it the words read.
        random_offsets: Whether it was trained at random offsets of its positions.
        answers: What it says: "sets", the tokens with a logit above 0, or "greatest", one token.
        seed: Another seed makes other words.
        option: What stands before the name of a choice in messages.

    Raises:
        ModelError: There is no such model; a ValueError.
        Gpt2ReadingError: It cannot be read on these words; a ValueError.
        RefusedError: It says its answers in neither form; a ValueError.
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
    """Words of one length along what the model allows, and longer ones for which it has positions."""
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
    """The words as ids, the begin token put before them; Gpt2ReadingError where they cannot be read."""
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
                f"{place}: {found}, the first word has {len(rows[0]) - len(begin)}: words of one length are needed"
            )
    if not rows:
        raise Gpt2ReadingError("no words")
    return np.array(rows, dtype=np.int64)


def _token_names(directory: Path, model: Gpt2Model) -> dict[str, int]:
    """Name -> id of the tokens that are no special ones by their role; numbers where there is no tokenizer."""
    from tasks.ground.models.causal_model import read_tokens

    found = read_tokens(directory)
    ids = {str(k): k for k in range(len(model.tokens))} if found is None else dict(found.ids)
    special = set(model.roles.values()) | (set() if found is None else set(found.roles.values()))
    return {name: k for name, k in ids.items() if k not in special and 0 <= k < len(model.tokens)}
