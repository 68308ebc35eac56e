"""A program beside the machine that it was written for: run on words, every answer compared at every position."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, run
from crasp.regular.automata.automaton import counted
from crasp.regular.automata.machine import START, Machine
from crasp.regular.witnesses.outputs import Output

Array = NDArray[np.int64]
LEAST_LENGTH = 8  # all words of this length are tried, shorter ones with them, wherever MOST_WORDS allows
MANY_WORDS, MOST_WORDS = 20_000, 100_000
MOST_TOKENS = 40_000  # where those are longer whose answers are still open
LONGEST = 200
WALKS, WALK_LENGTH = 100, 300
CHOICES = 64  # of a walk at each letter; a number that few letters divide unevenly


class WrongProgramError(Exception):
    """A synthesised program answers otherwise than its automaton: an error of this package."""


def check_program(program: ir.Program, machine: Machine, outputs: Sequence[Output]) -> str:
    """What the program was run on, every output compared at every position; WrongProgramError if one differs."""
    answers = _only_outputs(program, outputs)
    first = _different_letters(machine)
    short = _short(len(first))
    words = _all_words(machine, first, short)
    _compare(answers, machine, outputs, words)
    _compare(answers, machine, outputs, _walks(machine))
    letters = len(first)
    of = "" if letters == len(machine.alphabet) else f" of {counted(letters, 'letter')}, which the others act like"
    longest = words.tokens.shape[1]
    longer = f", to length {longest} those whose answers are still open" if longest > short else ""
    return (
        f"all words to length {short}{of}{longer}, and {WALKS} random walks of length {WALK_LENGTH}, at every position"
    )


def _short(letters: int) -> int:
    """The length to which all words are tried: at least LEAST_LENGTH, unless that is too many."""
    if letters == 1:
        return LONGEST
    length = LEAST_LENGTH
    while letters ** (length + 1) <= MANY_WORDS:
        length += 1
    while letters**length > MOST_WORDS:
        length -= 1
    return length


def _only_outputs(program: ir.Program, outputs: Sequence[Output]) -> ir.Program:
    """The program with the definitions that answer as its outputs, in order."""
    lines = {definition.display: definition.line for definition in program.definitions}
    named = tuple((output.head, lines[output.head]) for output in outputs)
    return ir.Program(program.alphabet, program.lines, program.definitions, None, named)


def _different_letters(machine: Machine) -> Array:
    """The first of all letters that act and answer alike, by number."""
    first: dict[object, int] = {}
    columns = zip(zip(*machine.successors, strict=True), zip(*machine.answers, strict=True), strict=True)
    for letter, column in enumerate(columns):
        first.setdefault(column, letter)
    return np.array(list(first.values()), dtype=np.int64)


def _all_words(machine: Machine, letters: Array, short: int) -> Words:
    """All words of the letters to a length, without those that others begin with.

    Beyond the short ones those alone that have not led to a sink: from there on the machine answers alike for ever.
    """
    successors = np.array(machine.successors)
    is_sink = np.zeros(len(successors), dtype=bool)
    is_sink[list(machine.sinks())] = True
    state, ended, levels = np.full(1, START), np.zeros(1, dtype=bool), list[tuple[Array, Array]]()
    while len(levels) < LONGEST and not ended.all():
        times = np.where(ended, 1, len(letters))
        if len(levels) >= short and times.sum() * (len(levels) + 2) > MOST_TOKENS:
            break
        row = np.repeat(np.arange(len(state)), times)
        number = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
        letter = np.where(ended[row], -1, letters[number])
        levels.append((row, letter))
        state = np.where(ended[row], state[row], successors[state[row], letter])
        ended = is_sink[state] & (len(levels) >= short)
    tokens = np.empty((len(levels), len(state)), dtype=np.int64)
    row = np.arange(len(state))
    for position in range(len(levels) - 1, -1, -1):
        tokens[position] = levels[position][1][row]
        row = levels[position][0][row]
    return Words(tokens.T, (tokens >= 0).sum(axis=0))


def _walks(machine: Machine) -> Words:
    """Random letters, those that lead to a sink taken rarely."""
    rng = np.random.default_rng(0)
    successors = np.array(machine.successors)
    states, letters = successors.shape
    going_on = ~np.isin(successors, machine.sinks())  # (states, letters)
    going_on |= ~going_on.any(axis=1, keepdims=True)  # where every letter leads to one, any of them
    allowed = [np.flatnonzero(row) for row in going_on] + [np.arange(letters)] * states
    choices = max(CHOICES, letters)
    letter = np.array([row[np.arange(choices) % len(row)] for row in allowed])  # (states, with care and without)
    # Where each choice begins in these tables laid out in a row, and where the next one then does.
    leads_to = (successors[np.arange(2 * states)[:, None] % states, letter] * choices).ravel()
    careless = rng.random((WALK_LENGTH, WALKS)) < 1 / WALK_LENGTH
    chosen = rng.integers(choices, size=(WALK_LENGTH, WALKS)) + careless * (states * choices)
    begins = np.full(WALKS, START * choices)
    for row in chosen:
        row += begins
        begins = leads_to[row]
    return Words(np.ascontiguousarray(letter.ravel()[chosen].T), np.full(WALKS, WALK_LENGTH))


def _compare(program: ir.Program, machine: Machine, outputs: Sequence[Output], words: Words) -> None:
    """WrongProgramError if an output differs somewhere."""
    given = run(program, words).next
    right = np.array([[[a in o.answers for o in outputs] for a in row] for row in machine.answers])
    at_start = [machine.at_start in output.answers for output in outputs]
    differs = np.zeros(given.shape[:2], dtype=bool)
    differs[:, 0] = (given[:, 0] != at_start).any(axis=1)
    differs[:, 1:] = (given[:, 1:] != right[_states_before(machine, words), words.tokens]).any(axis=2)
    differs[:, 1:] &= words.tokens >= 0
    if differs.any():
        position, row = np.argwhere(differs.T)[0]  # after the fewest letters
        word = words.tokens[row, :position]
        state = START
        for letter in word[:-1]:
            state = machine.successors[state][letter]
        expected = right[state, word[-1]] if position else at_start
        head = next(o.head for o, a, b in zip(outputs, given[row, position], expected, strict=True) if a != b)
        spelt = " ".join(machine.alphabet[letter] for letter in word)
        raise WrongProgramError(f"{head} is wrong after the word `{spelt}`")


def _states_before(machine: Machine, words: Words) -> Array:
    """(words, positions): the state before each letter; after the end of a word no matter which."""
    letters = len(machine.alphabet)
    leads_to = np.array(machine.successors).ravel() * letters
    states = np.empty(words.tokens.T.shape, dtype=np.int64)
    state = np.full(len(words.tokens), START * letters)
    for position, read in enumerate(words.tokens.T):
        states[position] = state
        state = leads_to[state + read]  # -1, where a word has ended, leads anywhere
    return states.T // letters
