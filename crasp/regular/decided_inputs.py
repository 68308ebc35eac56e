"""What `decide` is asked of: expressions, automata in files, programs; each as an automaton."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from crasp.meaning import ir
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import MOST_STATES, Automaton
from crasp.regular.automata.program_automaton import explore_program
from crasp.regular.witnesses.program_outputs import Output
from crasp.text.loader import load_program
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


def subject_of(text: LanguageText, program: str | None = None) -> Subject:
    """The language asked of: that of the text, or of a program. RefusedError, CraspError or LoadError says why not."""
    return _of_text(text, "regex") if program is None else program_subject(program)


def lines_of(name: str) -> Iterator[tuple[str, str]]:
    """The place and the expression of each line of an input."""
    for number, line in enumerate(text_lines(name), 1):
        yield f"{shown(name)}, line {number}", line


def subject_of_line(place: str, line: str, text: LanguageText) -> Subject:
    """The language of a line; the text's alphabet and what bounds its words go for it. RefusedError says why not."""
    return _of_text(replace(text, regex=line), place)


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


def _of_text(text: LanguageText, place: str) -> Subject:
    try:
        return language_subject(read_language(text, name=place), place=place)
    except LanguageError as error:
        raise RefusedError(str(error)) from None


def program_subject(name: str) -> Subject:
    """A program's file as a subject; CraspError or LoadError says what is wrong."""
    return subject_of_program(name, load_program(name))


def subject_of_program(name: str, program: ir.Program) -> Subject:
    """A program as a subject, which is called so."""
    explored = explore_program(program)
    fields = {"fragment": measure(program).fragment, "depth": measure(program).depth, "regular": explored.checked}
    outputs = None
    if program.accept is None and explored.automaton is not None:
        vectors = [vector for vector in explored.automaton.outputs if isinstance(vector, tuple)]
        outputs = tuple(
            Output("next", frozenset(vector for vector in vectors if vector[k]), token)
            for k, (token, _) in enumerate(program.next)
        )
    remarks = explored.automaton.remarks if explored.automaton is not None else ()
    return Subject("program", name, explored.automaton, remarks, fields, outputs)
