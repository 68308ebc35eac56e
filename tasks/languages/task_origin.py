"""The origin of a task that is not part of the benchmark: what a person wrote, from which it can be made again."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from tasks.ground.automata.language import Language, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.tokens import LanguageError

OriginKind: TypeAlias = Literal["regex", "automaton", "program"]
MOST_CHARACTERS = 80  # characters of a name that a person chooses
MOST_SHOWN_CHARACTERS = 60  # characters of an expression in a title
ALL_WORDS = ".*"  # the expression of a language that is given by --and and --not alone
SUFFIX = ":recognition"  # the end of the name of a task whose words are accepted or rejected


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a person wrote to define a task, and what the task is called.

    name         a name that the person chose, or the expression, or the name of the file
    text         the expression, the content of the automaton's file, or the text of the program
    alphabet     the tokens of an expression or an automaton, separated by white space; None: those that occur
    ands, nots   expressions that all words match, and expressions that no word matches
    recognition  whether the task is to accept or reject words
    chosen       whether a person chose the name
    """

    kind: OriginKind
    name: str
    text: str
    alphabet: str | None = None
    ands: tuple[str, ...] = ()
    nots: tuple[str, ...] = ()
    recognition: bool = False
    chosen: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the origin as a JSON object, which `origin_from_json` reads back."""
        value = {field.name: getattr(self, field.name) for field in fields(self)}
        return value | {"ands": list(self.ands), "nots": list(self.nots)}


def origin_from_json(value: object) -> Origin:
    """Return the origin that `Origin.to_json` wrote.

    Raises:
        ValueError: The value is no such object; the message names the field.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"origin: expected an object, found {type(value).__name__}")
    known = {name: value[name] for name in (field.name for field in fields(Origin)) if name in value}
    for name in ("ands", "nots"):
        known[name] = _texts(name, known.get(name, ()))
    if known.get("kind") not in get_args(OriginKind):
        raise ValueError(f"origin: expected a kind of {', '.join(get_args(OriginKind))}, found {known.get('kind')!r}")
    for name in ("name", "text"):
        if not isinstance(known.get(name), str):
            raise ValueError(f"origin: expected {name} as text, found {known.get(name)!r}")
    if not isinstance(known.get("alphabet"), str | None) or not all(
        isinstance(known.get(name, False), bool) for name in ("recognition", "chosen")
    ):
        raise ValueError("origin: expected alphabet as text or null, recognition and chosen as true or false")
    return Origin(**known)


def _texts(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"origin: expected {name} as a list of texts, found {value!r}")
    return tuple(value)


def file_of_origin(origin: Origin) -> str | None:
    """Return the name of a file that holds the origin's text, for commands to read; None for an expression."""
    match origin.kind:
        case "regex":
            return None
        case "program":
            return "task.crasp"
        case "automaton":
            return "task.json" if origin.text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") else "task.att"


def options_of_origin(origin: Origin, directory: str) -> tuple[str, ...]:
    """Return the command-line options that give the task again.

    Args:
        origin: The origin.
        directory: The directory in which its file lies, if it has one.
    """
    file = file_of_origin(origin)
    option = {"regex": "--regex", "automaton": "--dfa", "program": "--program"}[origin.kind]
    given = [option, origin.text if file is None else f"{directory}/{file}"]
    given += [] if origin.alphabet is None else ["--alphabet", origin.alphabet]
    given += [
        part for name, texts in (("--and", origin.ands), ("--not", origin.nots)) for e in texts for part in (name, e)
    ]
    given += ["--recognition"] if origin.recognition else []
    return (*given, *(["--name", origin.name] if origin.chosen else []))


def origin_of_language(language: Language, *, recognize: bool = False) -> Origin:
    """Return the origin of a language's task; its name is the chosen one, or else the title of the language."""
    text = language.text
    suffix = SUFFIX * recognize
    return Origin(
        kind="regex" if text.dfa is None else "automaton",
        name=title_of(text) + suffix if text.called is None else text.called,
        text=text.content if text.content is not None else ALL_WORDS if text.regex is None else text.regex,
        alphabet=text.alphabet,
        ands=text.ands,
        nots=text.nots,
        recognition=recognize,
        chosen=text.called is not None,
    )


def language_of_origin(origin: Origin) -> Language:
    """Return the regular language that a task came from.

    Raises:
        LanguageError: The origin is not a regular language.
    """
    text = LanguageText(alphabet=origin.alphabet, ands=origin.ands, nots=origin.nots, called=origin.name)
    if origin.kind == "automaton":
        return read_language(replace(text, dfa=origin.name, content=origin.text))
    return read_language(replace(text, regex=origin.text))


def title_of(text: LanguageText) -> str:
    """Return the language in one line, cut if it is long; a file is named without its folder and ending."""
    title = text.title if text.dfa is None else Path(text.dfa).stem + text.title.removeprefix(text.dfa)
    return title if len(title) <= MOST_SHOWN_CHARACTERS else f"{title[:MOST_SHOWN_CHARACTERS]}..."


def checked_name(name: str) -> str:
    """Return the name that a person chose, without white space around it.

    Raises:
        LanguageError: The name is empty, too long, or not printable.
    """
    shown = name.strip()
    if not shown or not shown.isprintable() or len(shown) > MOST_CHARACTERS:
        raise LanguageError(f"--name: expected 1 to {MOST_CHARACTERS} printable characters, found {name!r}")
    return shown
