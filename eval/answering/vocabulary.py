"""Vocabulary files, which say which outputs of a model stand for a task's tokens; each output has a line."""

import codecs
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from eval.answering.answerers import UnfitError
from tasks.ground.files import LoadError, read_bytes, replace_text
from tasks.task import Task
from tasks.words import BOS, EOS, PAD, SEP, SPECIAL

LARGEST_FILE_BYTES = 16 * 1024 * 1024
ROLES = {"bos": BOS, "eos": EOS, "pad": PAD, "sep": SEP}

TokenNames: TypeAlias = tuple[tuple[str, ...], ...]  # the names of each id, in the order of the ids


def read_vocabulary(file: Path) -> TokenNames:
    """The names of each id in a file that has a line for each id, in order, with names separated by white space.

    Raises:
        UnfitError: The file cannot be right; the message names the line.
    """
    try:
        content = read_bytes(str(file), LARGEST_FILE_BYTES)
    except LoadError as error:
        raise UnfitError(f"--vocab: {error}") from None
    if content.startswith(codecs.BOM_UTF8):
        raise UnfitError(f"--vocab: {file}:1: begins with a byte order mark, which would be part of its first token")
    try:
        lines = content.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n") if content else []
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start) + 1
        raise UnfitError(f"--vocab: {file}:{number}: expected UTF-8 text, found a byte that is not") from None
    first: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.split():
            raise UnfitError(f"--vocab: {file}:{number}: expected a token, or several names of one, found {line!r}")
        for name in line.split():
            if name in first:
                raise UnfitError(f"--vocab: {file}:{number}: {name} is a token of line {first[name]} already")
            first[name] = number
    if not lines:
        raise UnfitError(f"--vocab: {file} holds no token")
    return tuple(tuple(line.split()) for line in lines)


def check_vocabulary(file: Path, names: TokenNames, outputs: int, stated: Mapping[str, int]) -> Mapping[str, int]:
    """The id of each name.

    Args:
        file: The file that the names come from, for error messages.
        names: The names of each id.
        outputs: The number of outputs of the model.
        stated: The ids that the model's configuration gives to the roles begin, end and padding.

    Raises:
        UnfitError: The names cannot be those of this model.
    """
    if len(names) != outputs:
        raise UnfitError(
            f"--vocab: {file}: expected a line for each of the model's {outputs} outputs, found {len(names)}"
        )
    ids = {name: number for number, line in enumerate(names) for name in line}
    for role, number in stated.items():
        ours = ROLES[role]
        if ours in ids and ids[ours] != number < outputs:
            raise UnfitError(
                f"--vocab: {file}:{ids[ours] + 1}: {ours} has the id {ids[ours]} here, the model's config.json says "
                f"{role}_token_id={number}, which is line {number + 1}"
            )
    return ids


def first_vocabulary(
    task: Task, outputs: int | None = None, known: Mapping[int, Sequence[str]] | None = None
) -> TokenNames:
    """The names with which a vocabulary file may start: the task's tokens at the ids that have no name.

    Args:
        task: The task. Its tokens, in order, and then `<bos>`, `<sep>`, `<eos>` and `<pad>` get ids.
        outputs: How many ids there are; by default as many as tokens.
        known: Names that ids already have, in a tokenizer or in the model's configuration.

    Raises:
        UnfitError: There are fewer ids than tokens.
    """
    known = known or {}
    given = {name for names in known.values() for name in names}
    wanted = [token for token in task.vocabulary if token not in given]
    free = [number for number in range(outputs or len(task.vocabulary)) if number not in known]
    needed = [token for token in wanted if token not in SPECIAL or token in (BOS, EOS)]
    if len(free) < len(needed):
        raise UnfitError(
            f"the model has {outputs} outputs, too few for the {len(task.vocabulary)} tokens of {task.shown}"
        )
    named = {number: (token,) for number, token in zip(free, wanted, strict=False)}
    return tuple(
        tuple(known[number]) if number in known else named.get(number, (f"<unused_{number}>",))
        for number in range(outputs or len(task.vocabulary))
    )


def begin_vocabulary(
    file: Path, task: Task, outputs: int | None = None, known: Mapping[int, Sequence[str]] | None = None
) -> None:
    """Write the names of `first_vocabulary` to a file.

    Args:
        file: The file, which must not exist yet.
        task: The task, as for `first_vocabulary`.
        outputs: How many ids there are, as for `first_vocabulary`.
        known: Names that ids already have, as for `first_vocabulary`.

    Raises:
        UnfitError: The file exists already, or there are too few ids.
    """
    if file.is_file():
        raise UnfitError(f"--write-vocab: {file} is there already: it is not overwritten")
    names = first_vocabulary(task, outputs, known)
    replace_text(file, "".join(f"{' '.join(line)}\n" for line in names))


def stated_ids(config: Mapping[str, Any], default: Any) -> dict[str, int]:
    """The ids of the begin, end and padding tokens that a config.json states, except its class's defaults."""
    found = {}
    for role in ("bos", "eos", "pad"):
        value = config.get(f"{role}_token_id")
        if type(value) is int and value >= 0 and value != getattr(default, f"{role}_token_id", None):
            found[role] = value
    return found
