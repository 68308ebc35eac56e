"""Runs a synthesised program on words and compares every answer at every position with the machine's."""

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

LEAST_LENGTH = 8  # all words up to this length are tried, unless there are more than MOST_WORDS of this length
MANY_WORDS, MOST_WORDS = 20_000, 100_000  # words of one length: longer lengths are tried up to the first number
MOST_TOKENS = 40_000  # the most tokens of the longer words whose answers are still open
LONGEST_LENGTH = 200  # letters
WALKS, WALK_LENGTH = 100, 300  # the number of random walks, and the letters of each
STRETCH_LETTERS = 20  # letters of a stretch: running sums take the fewest additions near the root of the length
MOST_WRONG_WORDS = 1_000  # of so many words with a wrong answer the shortest is shown
CHOICES = 64  # equally likely choices of a walk at each letter, shared by the letters nearly evenly


class WrongProgramError(Exception):
    """A synthesised program answers otherwise than its automaton, which is a defect of this package."""


def check_program(program: ir.Program, machine: Machine, outputs: Sequence[Output]) -> str:
    """Runs a program on words, and returns a phrase that says on which.

    Every output is compared with the machine's answer at every position.

    Args:
        program: The program.
        machine: The machine that it was written for, with the same alphabet.
        outputs: The outputs that the program defines.

    Raises:
        WrongProgramError: An output differs from the machine's answer. The message names the output and a word.
    """
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
    """The length up to which all words are tried: at least LEAST_LENGTH, unless there are too many."""
    if letters == 1:
        return LONGEST_LENGTH
    length = LEAST_LENGTH
    while letters ** (length + 1) <= MANY_WORDS:
        length += 1
    while letters**length > MOST_WORDS:
        length -= 1
    return length


def _different_letters(machine: Machine) -> IntegerArray:
    """The first letter, by number, of each group of letters that act and answer alike."""
    first: dict[object, int] = {}
    columns = zip(zip(*machine.successors, strict=True), zip(*machine.answers, strict=True), strict=True)
    for letter, column in enumerate(columns):
        first.setdefault(column, letter)
    return np.array(list(first.values()), dtype=np.int64)


@lru_cache(maxsize=8)
def _complete_tree(letters: int, longest: int) -> tuple[IntegerArray, IntegerArray, tuple[int, ...]]:
    """All words over some letters up to a length, as a tree of prefixes.

    Returned are the last letter of each word, its parent, and the first word of each length.
    """
    sizes = [letters**length for length in range(longest + 1)]
    levels = (0, *accumulate(sizes))
    parents = [np.tile(np.arange(start, stop), letters) for start, stop in pairwise(levels[:-1])]
    tokens = [np.arange(letters).repeat(size) for size in sizes[:-1]]
    return np.concatenate([[0], *tokens]), np.concatenate([[0], *parents]), levels


def _all_words(machine: Machine, letters: IntegerArray, short: int) -> tuple[Prefixes, IntegerArray]:
    """The tree of all words over the letters up to a length, and of longer ones; and each word's last step.

    Longer words are added only while there are not too many, and only if they have not led to a sink. After a sink the
    machine's answers do not change any more. Steps are numbered as in `_right`.
    """
    every, beginnings, starts = _complete_tree(len(letters), short)
    leads_to = np.array(machine.successors).T[letters]  # (letters, states)
    goes_on = np.ones(len(machine.successors), dtype=bool)
    goes_on[list(machine.sinks)] = False

    def steps_from(states: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
        """The numbers of the steps from these states, and the states that they lead to; letter by letter."""
        numbers = letters[:, None] + states * len(machine.alphabet)
        return numbers.ravel(), leads_to.take(states, axis=1, mode="clip").ravel()

    states, steps = np.full(1, START), [np.zeros(1, dtype=np.int64)]
    if len(letters) == 1:  # the words are the prefixes of one long word
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
    # Over one letter there is one long word, and adding length by length gains nothing.
    complete = short if len(letters) > 1 else 0
    return Prefixes(read, np.concatenate(parents), tuple(levels), complete), np.concatenate(steps)


@cache
def _draws(choices: int) -> tuple[IntegerArray, NDArray[np.bool_]]:
    """(letters, walks): the random choice at each letter of each walk, and whether it may lead to a sink there."""
    rng = np.random.default_rng(0)
    careless = rng.random((WALK_LENGTH, WALKS)) < 1 / WALK_LENGTH
    return rng.integers(choices, size=(WALK_LENGTH, WALKS)), careless


@cache
def _in_turn(choices: int, letters: int) -> IntegerArray:
    """(choices,): the letters by number, in turn."""
    return np.arange(choices) % letters


def _walks(machine: Machine) -> tuple[EqualWords, IntegerArray]:
    """Random walks that rarely take a letter that leads to a sink, and the number of each step."""
    successors = np.array(machine.successors)
    states, letters = successors.shape
    is_sink = np.zeros(states, dtype=bool)
    is_sink[list(machine.sinks)] = True
    going_on = ~is_sink[successors]  # (states, letters)
    going_on |= ~going_on.any(axis=1, keepdims=True)  # where every letter leads to a sink, any letter may be taken
    choices = max(CHOICES, letters)
    careful = [allowed[_in_turn(choices, len(allowed))] for allowed in map(np.flatnonzero, going_on)]
    letter = np.array([*careful, *[_in_turn(choices, letters)] * states])  # (2 states, choices), careful ones first
    # For each choice: the number of the step, and where the choices at the next state begin.
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
    """Raises WrongProgramError if an output differs from the machine's answer after one of the words.

    `steps` has the number of the last step of each word.
    """
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
    """(steps,): whether the output holds after each step. Steps are numbered state * letters + letter."""
    return np.array([answer in output.answers for row in machine.answers for answer in row])
