"""The reader of regular languages that every command uses: from what a person wrote to a minimal automaton."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tasks.ground.automata.att_text import read_att
from tasks.ground.automata.automaton import MOST_SUBSETS, WHOLE_REMARKS, Automaton, SizeError, explore
from tasks.ground.automata.automaton_json import read_automaton_json
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.nondeterministic import automaton_of_graph
from tasks.ground.automata.regex import Regex, automaton_of_regex, parse_regex
from tasks.ground.automata.tokens import LanguageError, checked_alphabet, read_alphabet
from tasks.ground.files import LoadError, read_bytes, shown

MOST_BYTES = 10_000_000  # bytes of a file


@dataclass(frozen=True)
class Language:
    """A regular language: its minimal automaton with remarks, and the text that a person gave it by."""

    automaton: Automaton
    text: LanguageText


def read_language(text: LanguageText, *, name: str = "regex") -> Language:
    """Return the language that a person wrote.

    Args:
        text: What the person wrote.
        name: What messages call the expression.

    Raises:
        LanguageError: The text gives no language, or one that is too large; the message names the place.
    """
    if text.regex is not None and text.dfa is not None:
        raise LanguageError("expected one of --regex R and --dfa FILE, found both")
    if not text.given:
        raise LanguageError("expected --regex R, --dfa FILE, --and R or --not R, found none")
    try:
        if text.dfa is not None and text.content is None:
            text = replace(text, content=read_file(text.dfa))
        return Language(_automaton(text, name), text)
    except SizeError as error:
        raise LanguageError(f"{name if text.dfa is None else text.dfa}: {error}") from None


def read_automaton(text: str, name: str, *, alphabet: tuple[str, ...] | None = None) -> Automaton:
    """Return the minimal automaton of a file's text, which is JSON of any form, or AT&T text.

    Args:
        text: The file's text.
        name: What messages call the file.
        alphabet: The tokens in their order, which include those of the file; by default the tokens of the file.

    Raises:
        LanguageError: The text is no automaton; the message names the place.
        SizeError: The automaton grows too large while it is made deterministic.
    """
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        graph, declared = read_automaton_json(text, name)
        if alphabet is not None and declared is not None:
            lacking = [token for token in declared if token not in alphabet]
            if lacking:
                raise LanguageError(f"--alphabet: `{lacking[0]}`, a token of {name}, is missing")
    else:
        graph, declared = read_att(text, name, alphabet=alphabet), None
    try:
        return automaton_of_graph(graph, alphabet if alphabet is not None else declared)
    except LanguageError as error:
        raise LanguageError(f"{name}: {error}") from None


def read_file(file: str) -> str:
    """Return the text of an automaton's file; `-` means standard input.

    Raises:
        LanguageError: The file cannot be read, is too long, or is not UTF-8 text.
    """
    try:
        return read_bytes(file, MOST_BYTES).decode("utf-8")
    except LoadError as error:
        raise LanguageError(str(error)) from None
    except UnicodeDecodeError:
        raise LanguageError(f"{shown(file)}: expected an automaton in JSON or AT&T text, found no UTF-8 text") from None


def _automaton(text: LanguageText, name: str) -> Automaton:
    """Return the automaton of the words of the first language that match all `ands` and none of the `nots`."""
    alphabet = None if text.alphabet is None else read_alphabet(text.alphabet)
    first = [] if text.regex is None else [parse_regex(text.regex, name=name)]
    ands = [parse_regex(each, name="--and") for each in text.ands]
    nots = [parse_regex(each, name="--not") for each in text.nots]
    parts: list[tuple[Automaton, bool]] = []
    if text.dfa is not None:
        content = read_file(text.dfa) if text.content is None else text.content
        parts.append((read_automaton(content, shown(text.dfa), alphabet=alphabet), True))
        alphabet = parts[0][0].alphabet
    elif alphabet is None:
        alphabet = _letters_of([*first, *ands, *nots], name)
    parts += [(automaton_of_regex(regex, alphabet), True) for regex in (*first, *ands)]
    parts += [(automaton_of_regex(regex, alphabet), False) for regex in nots]
    found = parts[0][0] if len(parts) == 1 and not nots else _bounded(parts, alphabet)
    remarks = [remark for regex in (*first, *ands, *nots) for remark in regex.remarks]
    given = parts[0][0].remarks if text.dfa is not None and found is not parts[0][0] else ()
    remarks += [remark for remark in given if remark not in WHOLE_REMARKS]
    return replace(found, remarks=(*dict.fromkeys(remarks), *found.remarks))


def _letters_of(regexes: Sequence[Regex], name: str) -> tuple[str, ...]:
    """Return the letters that any of the expressions names, sorted."""
    letters = checked_alphabet(sorted({letter for regex in regexes for letter in regex.letters}), name)
    if not letters:
        raise LanguageError(f"{name}: the expression has no letter: an alphabet has to be given; see --alphabet")
    return letters


def _bounded(parts: Sequence[tuple[Automaton, bool]], alphabet: tuple[str, ...]) -> Automaton:
    """Return the automaton of the words that each part accepts, or rejects if the part is marked False."""
    tables = [part.successors for part, _ in parts]
    wanted = [[output == accepts for output in part.outputs] for part, accepts in parts]
    return explore(
        (0,) * len(parts),
        alphabet,
        lambda states, letter: tuple(table[state][letter] for table, state in zip(tables, states, strict=True)),
        lambda states: all(each[state] for each, state in zip(wanted, states, strict=True)),
        most=MOST_SUBSETS,
    )
