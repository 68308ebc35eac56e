"""The public functions of the package: `import limit_transformer` gives them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from limit_transformer.machine.answers import ExactRealization
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.machine.serialization import read_machine_data
from limit_transformer.norms.regularizer import RegularizerTerms, regularizer_terms
from limit_transformer.norms.trained_model import read_weights, trained_terms
from limit_transformer.reading.directory_reading import read_directory
from limit_transformer.reading.reading_report import AnswerForm, ReadModel
from tasks.ground.console import RefusedError
from tasks.ground.models.model_directory import read_json

__all__ = ["LimitTransformer", "load", "read", "run", "terms"]

MACHINE_FILE = "machine.json"


def load(directory: str | Path) -> LimitTransformer:
    """Return the exact machine of a directory that `crasp compile` wrote with the target limit.

    Args:
        directory: The directory. `crasp.compile` wrote it; `crasp verify` says whether it is unchanged.

    Returns:
        The machine: its layers, heads and units, with integer weights.

    Raises:
        ModelError: The file of the machine is missing, or is not JSON; a ValueError.
        ValueError: The file holds no machine.

    Example:
        >>> import crasp
        >>> _ = crasp.compile("lib:tomita1", "tomita1")
        >>> machine = load("tomita1")
        >>> len(machine.layers), machine.outputs
        (1, ('<accept>', '1', '<eos>'))
    """
    path = Path(directory) / MACHINE_FILE
    data = read_json(path)
    try:
        return read_machine_data(data["machine"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, IndexError, MemoryError) as error:
        raise RefusedError(f"{path}: expected a machine as `crasp compile` writes it: {error}") from None


def run(machine: LimitTransformer, *words: str | Sequence[str]) -> tuple[Mapping[str, tuple[bool, ...]], ...]:
    """Return the exact answers of a machine to words.

    Args:
        machine: The machine.
        words: The words; each is a list of letters, or a text if all letters are single characters.

    Returns:
        For each word and each output, whether the output holds after 0, 1, 2, ... letters.

    Raises:
        ValueError: A word has a letter outside the alphabet.

    Example:
        >>> import crasp
        >>> _ = crasp.compile("lib:tomita1", "ones")
        >>> [answer] = run(load("ones"), "110")
        >>> answer["<accept>"]
        (True, True, True, False)
    """
    numbers = {letter: number for number, letter in enumerate(machine.alphabet)}
    for word in words:
        strange = [letter for letter in word if letter not in numbers]
        if strange:
            raise RefusedError(f"expected letters of {' '.join(machine.alphabet)}, found {strange[0]!r}")
    if not words:
        return ()
    lengths = np.array([len(word) for word in words])
    tokens: NDArray[np.int64] = np.full((len(words), int(lengths.max())), -1)
    for row, word in enumerate(words):
        tokens[row, : len(word)] = [numbers[letter] for letter in word]
    found = ExactRealization(machine).answers(tokens, lengths)
    return tuple(
        MappingProxyType({name: tuple(found[row, : length + 1, k].tolist()) for k, name in enumerate(machine.outputs)})
        for row, length in enumerate(lengths)
    )


def read(
    directory: str | Path,
    words: Sequence[Sequence[str]] | None = None,
    *,
    letters: int = 50,
    number: int = 64,
    trained_to: int | None = None,
    random_offsets: bool = False,
    answers: AnswerForm = "sets",
    seed: int = 0,
) -> ReadModel:
    """Return how far an ordinary GPT-2 is PERIODIC and LOCAL, block by block, and how near a Limit Transformer comes.

    Args:
        directory: The directory of a stock GPT-2: trained, compiled or somebody else's.
        words: The words on which it is read, lists of tokens, all of one length; by default words along the tokens that
            the model allows.
        letters: The number of letters of the words that are made.
        number: The number of words that are made.
        trained_to: The number of letters of the longest training word; by default that of the words that are read.
        random_offsets: Whether the model was trained at random offsets of its positions.
        answers: What an answer of the model is: "sets" for the tokens with a logit above 0, "greatest" for the one
            token with the greatest logit.
        seed: Different seeds make different words.

    Returns:
        The reading: `record` returns it as JSON data, `lines` in sentences.

    Raises:
        ModelError: There is no such model; a ValueError.
        ValueError: The model cannot be read on these words.

    Example:
        >>> import crasp
        >>> _ = crasp.compile("lib:tomita1", "gpt2", target="gpt2", max_length=60)
        >>> found = read("gpt2", letters=20, number=8)
        >>> found.reading.nearest.period, [(each.length, each.same) for each in found.agreement]
        (1, [(20, 8), (40, 2), (60, 2)])
    """
    return read_directory(
        Path(directory),
        None if words is None else {f"word {number}": word for number, word in enumerate(words, 1)},
        letters=letters,
        number=number,
        trained_to=trained_to,
        random_offsets=random_offsets,
        answers=answers,
        seed=seed,
    )


def terms(model: LimitTransformer | str | Path) -> RegularizerTerms:
    """Return the terms of the regulariser R(T) of arXiv 2410.02140, each under its own name.

    Args:
        model: A machine, or the directory of a stock GPT-2, trained or compiled.

    Returns:
        The terms; `as_dict` returns them by name.

    Raises:
        WeightsError: The directory holds no GPT-2 whose weights can be read; a ValueError.

    Example:
        >>> import crasp
        >>> _ = crasp.compile("lib:tomita1", "machine")
        >>> found = terms(load("machine"))
        >>> found.layers, found.heads, found.precision
        (1, 1, 0)
    """
    return regularizer_terms(model) if isinstance(model, LimitTransformer) else trained_terms(read_weights(model))
