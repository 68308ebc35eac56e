"""The ways to name an architecture on a command line: `llama:hidden_size=64`, `config.json` or `module.py:factory`."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from tasks.ground.files import LoadError, read_bytes
from tasks.ground.json_text import RepeatedKeyError, read_json_text
from tasks.ground.models.model_directory import CODE_KEYS, ModelError, read_json

ArchitectureSource: TypeAlias = Literal["stock", "factory"]
SET_BY_TASK = ("vocab_size", "bos_token_id", "eos_token_id", "pad_token_id", "use_cache")
POSITION_FIELDS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "context_length")
DROPPED = re.compile(r".*(dropout|pdrop|layerdrop|_drop)(_rate|_prob|_p)?")
NUMBER_FIELDS = ("dtype", "torch_dtype")
ATTENTION_FIELDS = ("attn_implementation", "_attn_implementation", "_attn_implementation_internal")
CODE_IS_NOT_RUN = "names code to run: code that a configuration names is never run, so take the field out"
LONGEST_MODULE_BYTES = 4 * 1024 * 1024  # the largest file of Python that is read


class ArchitectureError(ValueError):
    """An architecture that does not exist, cannot be made or cannot be trained; the message gives the reason."""


@dataclass(frozen=True)
class ArchitectureSpec:
    """What is to be built: a class of transformers with fields of its configuration, or a user's factory in a file.

    Attributes:
        source: "stock" for a class of transformers, "factory" for a user's factory.
        name: What tables and directories call the architecture.
        kind: The model type of transformers, or the factory's name in its file.
        fields: The configuration's fields that were given; empty for a factory.
        file: The factory's file, or the `config.json` that gave the fields. None if there is none, or it is not known.
        digest: The first 16 hexadecimal digits of the SHA-256 of the factory's file; None for a class of transformers.
    """

    source: ArchitectureSource
    name: str
    kind: str
    fields: tuple[tuple[str, Any], ...] = ()
    file: str | None = None
    digest: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all that decides which model this is as JSON data. The place of a factory's file is not part of it."""
        fields = json.loads(json.dumps(dict(self.fields)))
        value: dict[str, Any] = {"source": self.source, "name": self.name, "kind": self.kind, "fields": fields}
        return value if self.digest is None else value | {"digest": self.digest}


def read_architecture(text: str) -> ArchitectureSpec:
    """Return the architecture that the text names. No code is run.

    Args:
        text: `TYPE` or `TYPE:FIELD=VALUE,...` with a model type of transformers and JSON values; the path of a `.json`
            file; or `PATH.py:NAME`.

    Raises:
        ArchitectureError: The text names no architecture.
    """
    own = re.fullmatch(r"(.+\.py):([^:]*)", text)
    if own is not None:
        return _factory(own[1], own[2])
    if text.endswith(".py"):
        raise ArchitectureError(f"{text}: expected the factory's name after a colon, as in {text}:factory")
    if text.endswith(".json"):
        return _config_file(text)
    kind, colon, rest = text.partition(":")
    if colon and not rest:
        raise ArchitectureError(f"{text}: expected FIELD=VALUE after the colon, as in {kind}:num_hidden_layers=1")
    return _stock(kind, _fields(kind, rest) if rest else {}, kind)


def why_not_chosen(name: str) -> str | None:
    """Return why a field of a configuration cannot be chosen, as the end of a sentence; None if it can be."""
    if name in SET_BY_TASK:
        return "is set by the task, and cannot be chosen"
    if name in POSITION_FIELDS:
        return "is set by the longest word that is tried, and cannot be chosen"
    if DROPPED.fullmatch(name):
        return "cannot be chosen: every model is trained without dropout"
    if name in NUMBER_FIELDS:
        return "cannot be chosen: every model is trained in 32-bit numbers"
    if name in ATTENTION_FIELDS:
        return "cannot be chosen: attention is computed as the class itself does, and no code is fetched for it"
    return None


def _factory(file: str, name: str) -> ArchitectureSpec:
    if not name.isidentifier():
        raise ArchitectureError(f"{file}:{name}: expected the name of a function after the colon")
    try:
        content = read_bytes(file, LONGEST_MODULE_BYTES)
    except LoadError as error:
        raise ArchitectureError(str(error)) from None
    digest = hashlib.sha256(content).hexdigest()[:16]
    called = name if name != "factory" else Path(file).stem
    return ArchitectureSpec("factory", called, name, file=str(Path(file).absolute()), digest=digest)


def _config_file(text: str) -> ArchitectureSpec:
    try:
        found = read_json(Path(text))
    except ModelError as error:
        raise ArchitectureError(str(error)) from None
    named = [key for key in CODE_KEYS if key in found]
    if named:
        raise ArchitectureError(f"{text}: {named[0]} {CODE_IS_NOT_RUN}")
    kind = found.pop("model_type", None)
    if not isinstance(kind, str):
        raise ArchitectureError(f"{text}: expected a model_type, the name of a kind of model of transformers")
    of_its_making = ("architectures", "transformers_version", "_name_or_path", "crasp_bench")
    chosen = {key: value for key, value in found.items() if key not in of_its_making and why_not_chosen(key) is None}
    return replace(_stock(kind, chosen, text), file=str(Path(text).absolute()))


def _stock(kind: str, fields: Mapping[str, Any], where: str) -> ArchitectureSpec:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", kind):
        raise ArchitectureError(
            f"{where}: expected a model type of transformers such as llama, a config.json, or module.py:factory"
        )
    marks = ",".join(f"{key}={value}" for key, value in sorted(fields.items()))
    name = kind if not marks else f"{kind}-{hashlib.sha256(marks.encode()).hexdigest()[:6]}"
    return ArchitectureSpec("stock", name, kind, tuple(sorted(fields.items())))


def _fields(kind: str, text: str) -> dict[str, Any]:
    """Return the given fields by name; a value that is not JSON is taken as a string."""
    found: dict[str, Any] = {}
    for part in _parts(text):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key.isidentifier():
            raise ArchitectureError(f"{kind}: expected FIELD=VALUE, found {part!r}")
        if key in found:
            raise ArchitectureError(f"{kind}: {key} is given twice")
        if key in CODE_KEYS:
            raise ArchitectureError(f"{kind}: {key} {CODE_IS_NOT_RUN}")
        if (why := why_not_chosen(key)) is not None:
            raise ArchitectureError(f"{kind}: {key} {why}")
        try:
            found[key] = read_json_text(value)
        except RepeatedKeyError as error:
            raise ArchitectureError(f"{kind}: {key}: {error}") from None
        except ValueError:
            found[key] = {"True": True, "False": False, "None": None}.get(value, value)
        except RecursionError:
            raise ArchitectureError(f"{kind}: the value of {key} is nested too deeply") from None
    return found


def _parts(text: str) -> list[str]:
    """Return the parts of the text between commas, except commas within brackets, braces or quotation marks."""
    parts, depth, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == '"'
        depth += 0 if quoted else (letter in "[{") - (letter in "]}")
        if letter == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
