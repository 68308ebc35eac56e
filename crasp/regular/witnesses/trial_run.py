"""A program beside the machine that it was written for: run on words, every answer compared at every position."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, run
from crasp.meaning.operations import token_type
from crasp.meaning.prefix_tree import Prefixes, run_on_prefixes
from crasp.regular.automata.automaton import counted
from crasp.regular.automata.moore_machine import START, Machine
from crasp.regular.witnesses.program_outputs import Output

Array = NDArray[np.int64]
LEAST_LENGTH = 8  # all words of this length are tried, shorter ones with them, wherever MOST_WORDS allows
MANY_WORDS, MOST_WORDS = 20_000, 100_000
MOST_TOKENS = 40_000  # where those are longer whose answers are still open
LONGEST_LENGTH = 200
WALKS, WALK_LENGTH = 100, 300
CHOICES = 64  # of a walk at each letter; a number that few letters divide unevenly


class WrongProgramError(Exception):
    """A synthesised program answers otherwise than its automaton: an error of this package."""


def check_program(program: ir.Program, machine: Machine, outputs: Sequence[Output]) -> str:
    """What the program was run on, every output compared at every position; WrongProgramError if one differs."""
    first = _different_letters(machine)
    short = _short(len(first))
    words, states = _all_words(machine, first, short)
    _compare_prefixes(program, machine, outputs, words, states)
    _compare_walks(program, machine, outputs)
    letters = len(first)
    of = "" if letters == len(machine.alphabet) else f" of {counted(letters, 'letter')}, which the others act like"
    longer = f", to length {words.longest} those whose answers are still open" if words.longest > short else ""
    return (
        f"all words to length {short}{of}{longer}, and {WALKS} random walks of length {WALK_LENGTH}, at every position"
    )


def _short(letters: int) -> int:
    """The length to which all words are tried: at least LEAST_LENGTH, unless that is too many."""
    if letters == 1:
        return LONGEST_LENGTH
    length = LEAST_LENGTH
    while letters ** (length + 1) <= MANY_WORDS:
        length += 1
    while letters**length > MOST_WORDS:
        length -= 1
    return length


def _lines(program: ir.Program, outputs: Sequence[Output]) -> list[int]:
    """The lines of the definitions that answer, in order."""
    lines = {definition.display: definition.line for definition in program.definitions}
    return [lines[output.head] for output in outputs]


def _different_letters(machine: Machine) -> Array:
    """The first of all letters that act and answer alike, by number."""
    first: dict[object, int] = {}
    columns = zip(zip(*machine.successors, strict=True), zip(*machine.answers, strict=True), strict=True)
    for letter, column in enumerate(columns):
        first.setdefault(column, letter)
    return np.array(list(first.values()), dtype=np.int64)


def _all_words(machine: Machine, letters: Array, short: int) -> tuple[Prefixes, Array]:
    """All words of the letters to a length, longer ones as far as those are not too many; and the state after each.

    Beyond the short ones those alone that have not led to a sink: from there on the machine answers alike for ever.
    """
    successors = np.array(machine.successors)
    is_sink = np.zeros(len(successors), dtype=bool)
    is_sink[list(machine.sinks())] = True
    # Of the words that still go on: their numbers and where they lead; and how many have ended.
    nodes, states, ended = np.zeros(1, dtype=np.int64), np.full(1, START), 0
    tokens, parents, reached, levels = [np.full(1, -1)], [nodes], [states], [0, 1]
    leads_to = successors[:, letters]
    while len(levels) <= LONGEST_LENGTH + 1 and len(nodes):
        length = len(levels) - 1  # of the words to come
        if length > short and (len(nodes) * len(letters) + ended) * (length + 1) > MOST_TOKENS:
            break
        tokens.append(np.broadcast_to(letters, (len(nodes), len(letters))).ravel())
        parents.append(nodes.repeat(len(letters)))
        states = leads_to[states].ravel()
        reached.append(states)
        nodes = np.arange(levels[-1], levels[-1] + len(states))
        levels.append(levels[-1] + len(states))
        if length >= short:
            going_on = ~is_sink[states]
            ended += len(nodes) - int(going_on.sum())
            nodes, states = nodes[going_on], states[going_on]
    read = np.concatenate(tokens).astype(token_type(len(machine.alphabet)))
    return Prefixes(read, np.concatenate(parents), tuple(levels)), np.concatenate(reached)


@cache
def _draws(choices: int) -> tuple[Array, NDArray[np.bool_]]:
    """(letters, walks): the number of a choice, and whether the walk is careless there."""
    rng = np.random.default_rng(0)
    careless = rng.random((WALK_LENGTH, WALKS)) < 1 / WALK_LENGTH
    return rng.integers(choices, size=(WALK_LENGTH, WALKS)), careless


def _walks(machine: Machine) -> tuple[Array, Array]:
    """(letters, walks): random letters, those that lead to a sink taken rarely; and the state before each."""
    successors = np.array(machine.successors)
    states, letters = successors.shape
    going_on = ~np.isin(successors, machine.sinks())  # (states, letters)
    going_on |= ~going_on.any(axis=1, keepdims=True)  # where every letter leads to one, any of them
    allowed = [np.flatnonzero(row) for row in going_on] + [np.arange(letters)] * states
    choices = max(CHOICES, letters)
    letter = np.array([row[np.arange(choices) % len(row)] for row in allowed])  # (states, with care and without)
    # Where each choice begins in these tables laid out in a row, and where the next one then does.
    leads_to = (successors[np.arange(2 * states)[:, None] % states, letter] * choices).ravel()
    drawn, careless = _draws(choices)
    chosen = drawn + careless * (states * choices)
    begins = np.full(WALKS, START * choices)
    before = np.empty_like(chosen)
    for row, here in zip(chosen, before, strict=True):
        here[:] = begins
        row += begins
        begins = leads_to[row]
    return letter.ravel()[chosen], before // choices


# --- what the program answers, and what is right ---------------------------------------------------------------


def _compare_prefixes(
    program: ir.Program, machine: Machine, outputs: Sequence[Output], words: Prefixes, states: Array
) -> None:
    """WrongProgramError if an output differs after some of the words, which lead to these states."""
    transitions = states[words.parents] * len(machine.alphabet) + words.tokens
    transitions[0] = 0
    for output, given in zip(outputs, run_on_prefixes(program, words, _lines(program, outputs)), strict=True):
        differs = given != _right(machine, output)[transitions]
        differs[0] = given[0] != (machine.at_start in output.answers)
        if differs.any():
            raise _wrong(machine, output, words.word(int(differs.argmax())))  # after the fewest letters


def _compare_walks(program: ir.Program, machine: Machine, outputs: Sequence[Output]) -> None:
    """WrongProgramError if an output differs somewhere on random walks."""
    letters, states = _walks(machine)
    lines = _lines(program, outputs)
    answering = ir.Program(
        program.alphabet,
        program.lines,
        program.definitions,
        None,
        tuple((output.head, line) for output, line in zip(outputs, lines, strict=True)),
    )
    given = run(answering, Words(letters.T, np.full(WALKS, WALK_LENGTH))).next
    transitions = states * len(machine.alphabet) + letters
    for number, output in enumerate(outputs):
        differs = _right(machine, output)[transitions] != given[:, 1:, number].T
        if differs.any():
            position, walk = np.argwhere(differs)[0]
            raise _wrong(machine, output, letters[: position + 1, walk])


def _right(machine: Machine, output: Output) -> NDArray[np.bool_]:
    """(states times letters,): whether the output holds after the letter."""
    return np.array([answer in output.answers for row in machine.answers for answer in row])


def _wrong(machine: Machine, output: Output, word: Iterable[int]) -> WrongProgramError:
    spelt = " ".join(machine.alphabet[letter] for letter in word)
    return WrongProgramError(f"{output.head} is wrong after the word `{spelt}`")
