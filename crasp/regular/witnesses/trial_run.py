"""A program beside the machine that it was written for: run on words, every answer compared at every position."""

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.operations import IntegerArray, evaluated, token_type
from crasp.meaning.prefix_tree import Prefixes
from crasp.meaning.word_sets import EqualWords, Together, in_stretches
from crasp.regular.automata.automaton import counted
from crasp.regular.automata.moore_machine import START, Machine
from crasp.regular.witnesses.program_outputs import Output

LEAST_LENGTH = 8  # all words of this length are tried, shorter ones with them, wherever MOST_WORDS allows
MANY_WORDS, MOST_WORDS = 20_000, 100_000
MOST_TOKENS = 40_000  # where those are longer whose answers are still open
LONGEST_LENGTH = 200
WALKS, WALK_LENGTH = 100, 300
STRETCH_LETTERS = 20  # of a walk: additions for a running sum are fewest near the root of its length
MOST_WRONG_WORDS = 1_000  # words, of those with a wrong answer: the shortest of them is shown
CHOICES = 64  # of a walk at each letter; a number that few letters divide unevenly


class WrongProgramError(Exception):
    """A synthesised program answers otherwise than its automaton: an error of this package."""


def check_program(program: ir.Program, machine: Machine, outputs: Sequence[Output]) -> str:
    """What the program was run on, every output compared at every position; WrongProgramError if one differs."""
    first = _different_letters(machine)
    short = _short(len(first))
    words, reached = _all_words(machine, first, short)
    walks, taken = _walks(machine)
    _compare(program, machine, outputs, Together((words, walks)), np.concatenate([reached, taken]))
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


def _different_letters(machine: Machine) -> IntegerArray:
    """The first of all letters that act and answer alike, by number."""
    first: dict[object, int] = {}
    columns = zip(zip(*machine.successors, strict=True), zip(*machine.answers, strict=True), strict=True)
    for letter, column in enumerate(columns):
        first.setdefault(column, letter)
    return np.array(list(first.values()), dtype=np.int64)


@lru_cache(maxsize=8)
def _complete_tree(letters: int, longest: int) -> tuple[IntegerArray, IntegerArray, tuple[int, ...]]:
    """All words of a number of letters to a length: the last letter of each, its beginning, where lengths begin."""
    sizes = [letters**length for length in range(longest + 1)]
    levels = (0, *accumulate(sizes))
    parents = [np.tile(np.arange(start, stop), letters) for start, stop in pairwise(levels[:-1])]
    tokens = [np.arange(letters).repeat(size) for size in sizes[:-1]]
    return np.concatenate([[0], *tokens]), np.concatenate([[0], *parents]), levels


def _all_words(machine: Machine, letters: IntegerArray, short: int) -> tuple[Prefixes, IntegerArray]:
    """All words of the letters to a length, longer ones as far as those are not too many; and the last step of each.

    Beyond the short ones those alone that have not led to a sink: from there on the machine answers alike for ever.
    """
    every, beginnings, starts = _complete_tree(len(letters), short)
    leads_to = np.array(machine.successors).T[letters]  # (letters, states)
    goes_on = np.ones(len(machine.successors), dtype=bool)
    goes_on[list(machine.sinks)] = False

    def steps_from(states: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
        """The numbers of the steps from states, and where they lead; letter by letter."""
        numbers = letters[:, None] + states * len(machine.alphabet)
        return numbers.ravel(), leads_to.take(states, axis=1, mode="clip").ravel()

    states, steps = np.full(1, START), [np.zeros(1, dtype=np.int64)]
    if len(letters) == 1:  # one long word
        way = list(accumulate(range(short), lambda state, _: leads_to[0].item(state), initial=START))
        steps, states = [np.array([START, *way[:-1]]) * len(machine.alphabet) + letters], np.array(way[-1:])
    else:
        for _ in range(short):
            numbers, states = steps_from(states)
            steps.append(numbers)
    tokens, parents, levels, ended = [letters[every]], [beginnings], list(starts), 0
    while len(levels) <= LONGEST_LENGTH + 1:
        going_on = goes_on[states]
        nodes, states = levels[-2] + np.flatnonzero(going_on), states[going_on]
        ended += len(going_on) - len(nodes)
        if not len(nodes) or (len(nodes) * len(letters) + ended) * len(levels) > MOST_TOKENS:
            break
        tokens.append(letters.repeat(len(nodes)))
        parents.append(np.tile(nodes, len(letters)))
        numbers, states = steps_from(states)
        steps.append(numbers)
        levels.append(levels[-1] + len(states))
    read = np.concatenate(tokens).astype(token_type(len(machine.alphabet)))
    read[0] = -1
    # Words of one letter are one long word: adding length by length is no gain.
    complete = short if len(letters) > 1 else 0
    return Prefixes(read, np.concatenate(parents), tuple(levels), complete), np.concatenate(steps)


@cache
def _draws(choices: int) -> tuple[IntegerArray, NDArray[np.bool_]]:
    """(letters, walks): the number of a choice, and whether the walk is careless there."""
    rng = np.random.default_rng(0)
    careless = rng.random((WALK_LENGTH, WALKS)) < 1 / WALK_LENGTH
    return rng.integers(choices, size=(WALK_LENGTH, WALKS)), careless


@cache
def _in_turn(choices: int, letters: int) -> IntegerArray:
    """(choices,): the letters by number, again and again."""
    return np.arange(choices) % letters


def _walks(machine: Machine) -> tuple[EqualWords, IntegerArray]:
    """Random walks, letters that lead to a sink taken rarely; and the number of each step."""
    successors = np.array(machine.successors)
    states, letters = successors.shape
    is_sink = np.zeros(states, dtype=bool)
    is_sink[list(machine.sinks)] = True
    going_on = ~is_sink[successors]  # (states, letters)
    going_on |= ~going_on.any(axis=1, keepdims=True)  # where every letter leads to one, any of them
    choices = max(CHOICES, letters)
    careful = [allowed[_in_turn(choices, len(allowed))] for allowed in map(np.flatnonzero, going_on)]
    letter = np.array([*careful, *[_in_turn(choices, letters)] * states])  # (states, with care and without)
    # The number of the step in these tables laid out in a row, and where the choices at the next state begin.
    step = np.arange(2 * states)[:, None] % states * letters + letter
    leads_to = (successors.ravel()[step] * choices).ravel()
    drawn, careless = _draws(choices)
    chosen = drawn + careless * (states * choices)
    begins = np.full(WALKS, START * choices)
    for row in chosen:
        row += begins
        begins = leads_to[row]
    taken = in_stretches(step.ravel()[chosen], STRETCH_LETTERS)
    return EqualWords((taken % letters).astype(token_type(letters))), taken.ravel()


# --- what the program answers, and what is right ---------------------------------------------------------------


def _compare(
    program: ir.Program, machine: Machine, outputs: Sequence[Output], words: Together, steps: IntegerArray
) -> None:
    """WrongProgramError if an output differs after some of the words, whose last steps have these numbers."""
    lines = {definition.display: definition.line for definition in program.definitions}
    values = evaluated(program, words, frozenset(lines[output.head] for output in outputs))
    for output in outputs:
        right = _right(machine, output)[steps]
        right[0] = machine.at_start in output.answers
        differs = values[lines[output.head]] != right
        if differs.any():
            found = (words.word(position) for position in np.flatnonzero(differs)[:MOST_WRONG_WORDS].tolist())
            word = min(found, key=lambda letters: (len(letters), letters))
            spelt = " ".join(machine.alphabet[letter] for letter in word)
            raise WrongProgramError(f"{output.head} is wrong after the word `{spelt}`")


def _right(machine: Machine, output: Output) -> NDArray[np.bool_]:
    """(steps,): whether the output holds after the step: a state's number times the letters, and a letter's."""
    return np.array([answer in output.answers for row in machine.answers for answer in row])
