"""What `decide` is asked of, as an automaton: expressions, and automata in files; programs: `decided_programs.py`."""

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
    """A language to be decided: where it comes from, its automaton, what is worth a remark."""

    kind: str  # regex, dfa, program
    name: str
    automaton: Automaton | None
    remarks: tuple[str, ...]
    fields: dict[str, Any]
    outputs: tuple[Output, ...] | None = None


def placed_lines(name: str) -> Iterator[tuple[str, str]]:
    """The place and the expression of each line of an input."""
    for number, line in enumerate(text_lines(name), 1):
        yield f"{shown(name)}, line {number}", line


def subject_of_line(place: str, line: str, text: LanguageText) -> Subject:
    """The language of a line; the text's alphabet and what bounds its words go for it. RefusedError says why not."""
    return subject_of_text(replace(text, regex=line), place)


def language_subject(language: Language, *, place: str = "regex") -> Subject:
    """A regular language as a subject; RefusedError, in which the place is named, where it is too large."""
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
    """The language asked of; RefusedError, in which the place is named, says why there is none."""
    try:
        return language_subject(read_language(text, name=place), place=place)
    except LanguageError as error:
        raise RefusedError(str(error)) from None
