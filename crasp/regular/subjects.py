"""What `decide` is asked of: expressions, automata in files, programs; each as an automaton."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crasp.errors import CraspError
from crasp.loader import load_program, load_source
from crasp.measures import measure
from crasp.regular.automaton import Automaton, SizeError, automaton_of_regex
from crasp.regular.exploring import explore_program
from crasp.regular.files import AutomatonError, read_automaton
from crasp.regular.regex import parse_regex
from crasp.regular.writing import Output
from crasp.spelling import spell_member
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


def subjects_of(
    regex: str | None, dfa: str | None, program: str | None, input_: str | None, alphabet: str | None
) -> Iterator[Subject]:
    """The languages asked of, one of the four given; RefusedError, CraspError or LoadError says what is wrong."""
    if regex is not None:
        yield _of_regex(regex, "regex", alphabet)
    elif dfa is not None:
        try:
            automaton = read_automaton(load_source(dfa).text)
        except AutomatonError as error:
            raise RefusedError(f"{dfa}: {error}") from None
        yield Subject("dfa", dfa, automaton, automaton.remarks, {})
    elif program is not None:
        yield _of_program(program)
    else:
        assert input_ is not None
        yield from _of_lines(input_, alphabet)


def _of_lines(name: str, alphabet: str | None) -> list[Subject]:
    """The language of each line; RefusedError with the problems of every line if there are some."""
    found, refused = [], []
    for number, line in enumerate(text_lines(name), 1):
        try:
            found.append(_of_regex(line, f"{shown(name)}, line {number}", alphabet))
        except (CraspError, RefusedError) as error:
            refused.append(str(error))
        except SizeError as error:
            refused.append(f"{shown(name)}, line {number}: {error}")
    if refused:
        raise RefusedError("\n".join(refused))
    return found


def _of_regex(text: str, place: str, alphabet: str | None) -> Subject:

    parsed = parse_regex(text, name=place)
    letters = None if alphabet is None else tuple(dict.fromkeys(alphabet.split()))
    if letters is not None and (not letters or any(len(letter) != 1 for letter in letters)):
        raise RefusedError(f"--alphabet: expected letters of one character, separated by blanks, found {alphabet!r}")
    try:
        automaton = automaton_of_regex(parsed, letters)
    except ValueError as error:
        raise RefusedError(f"{place}: {error}; see --alphabet") from None
    return Subject("regex", text, automaton, (*parsed.remarks, *automaton.remarks), {})


def _of_program(name: str) -> Subject:

    program = load_program(name)
    explored = explore_program(program)
    fields = {"fragment": measure(program).fragment, "depth": measure(program).depth, "regular": explored.checked}
    outputs = None
    if program.accept is None and explored.automaton is not None:
        vectors = [vector for vector in explored.automaton.outputs if isinstance(vector, tuple)]
        outputs = tuple(
            Output(spell_member("next", (token,)), frozenset(vector for vector in vectors if vector[k]))
            for k, (token, _) in enumerate(program.next)
        )
    remarks = explored.automaton.remarks if explored.automaton is not None else ()
    return Subject("program", name, explored.automaton, remarks, fields, outputs)
