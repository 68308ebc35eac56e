"""The languages that `decide` is asked about, as automata: from regular expressions and from files of automata.

Programs are read in crasp/regular/decided_programs.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crasp.regular.automata.automaton import MOST_STATES, Automaton
from crasp.regular.witnesses.program_outputs import Output
from tasks.ground.automata.language import Language, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.tokens import LanguageError
from tasks.ground.console import RefusedError
from tasks.ground.files import shown, text_lines


@dataclass(frozen=True)
class Subject:
    """A language to be decided: where it comes from, its automaton, and remarks to be printed.

    `automaton` is None if no small one was found. `fields` are added to the JSON output. `outputs` is given for a
    program of next tokens alone, and has one entry for each token.
    """

    kind: str  # "regex", "dfa" or "program"
    name: str
    automaton: Automaton | None
    remarks: tuple[str, ...]
    fields: dict[str, Any]
    outputs: tuple[Output, ...] | None = None


def placed_lines(name: str) -> Iterator[tuple[str, str]]:
    """Yields for each line of an input its place, as a message names it, and its expression."""
    for number, line in enumerate(text_lines(name), 1):
        yield f"{shown(name)}, line {number}", line


def subject_of_line(place: str, line: str, text: LanguageText) -> Subject:
    """The language of one line of an input.

    Args:
        place: The place of the line, for messages.
        line: The regular expression.
        text: The alphabet, and the expressions that the words also have to match or must not match.

    Raises:
        RefusedError: There is no such language, or its automaton is too large.
    """
    return subject_of_text(replace(text, regex=line), place)


def language_subject(language: Language, *, place: str = "regex") -> Subject:
    """A regular language as a subject of `decide`.

    Raises:
        RefusedError: The minimal automaton has more than MOST_STATES states. The message names the place.
    """
    automaton, text = language.automaton, language.text
    if len(automaton.outputs) > MOST_STATES:
        raise RefusedError(
            f"{text.dfa or place}: the minimal automaton has {len(automaton.outputs):,} states; "
            f"languages of at most {MOST_STATES:,} are decided"
        )
    kind, name = ("dfa", text.dfa) if text.dfa is not None else ("regex", text.regex)
    bounds = {key: list(given) for key, given in (("and", text.ands), ("not", text.nots)) if given}
    return Subject(kind, name if name is not None and not bounds else text.title, automaton, automaton.remarks, bounds)


def subject_of_text(text: LanguageText, place: str = "regex") -> Subject:
    """The language that a text describes, as a subject of `decide`.

    Raises:
        RefusedError: There is no such language, or its automaton is too large. The message names the place.
    """
    try:
        return language_subject(read_language(text, name=place), place=place)
    except LanguageError as error:
        raise RefusedError(str(error)) from None
