"""A program for a yes: written, run against the automaton, measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crasp.meaning import ir
from crasp.meaning.interpreter import Words, run
from crasp.meaning.measures import measure
from crasp.regular.automata.automaton import Automaton, counted
from crasp.regular.automata.machine import START, Accept, Machine, Target, machine_of
from crasp.regular.families.decision import FRAGMENTS, Family
from crasp.regular.witnesses.layout import meaning
from crasp.regular.witnesses.product import Product, least_product
from crasp.regular.witnesses.program_text import Output, outputs_of, write_program
from crasp.regular.witnesses.state_tracking import follow

LEAST_LENGTH = 8  # all words of this length are tried, shorter ones with them, wherever MOST_WORDS allows
MANY_WORDS, MOST_WORDS = 20_000, 100_000
UNARY_LENGTH = 200
AT_ONCE = 1 << 16
WALKS, WALK_LENGTH = 100, 300


@dataclass(frozen=True)
class Witness:
    """A program that gives a machine's answers, and what it was run on."""

    family: Family
    modulus: int
    lookback: int
    depth: int
    program: str
    checked: str


def synthesise(
    automaton: Automaton,
    family: Family,
    *,
    accept: Accept = "last",
    target: Target = "membership",
    subject: str = "the language",
    outputs: Sequence[Output] | None = None,
) -> Witness:
    """A program of the family that answers for the automaton; one is known to exist.

    `outputs` are what it shall define where that is not what the target says. It has been run on all words up to a
    length and on long random ones. SizeError where it would be too large.
    """
    product = least_product(machine_of(automaton, accept=accept, target=target), family)
    return write_witness(automaton, product, family, accept=accept, target=target, subject=subject, outputs=outputs)


def write_witness(
    automaton: Automaton,
    product: Product,
    family: Family,
    *,
    accept: Accept,
    target: Target,
    subject: str,
    outputs: Sequence[Output] | None,
) -> Witness:
    """`synthesise`, once the modulus and the look-back are known."""
    machine = product.machine
    defined = tuple(outputs_of(automaton, machine, target) if outputs is None else outputs)
    text = write_program(follow(product), defined, _title(subject, family, product.modulus, product.lookback, accept))
    program = meaning(text)
    checked = check_program(program, machine, defined)
    return Witness(family, product.modulus, product.lookback, measure(program).depth, text, checked)


def _title(subject: str, family: Family, modulus: int, lookback: int, accept: Accept) -> list[str]:
    with_what = {
        "plain": "counting alone",
        "local": f"look-back {lookback}",
        "periodic": f"positions modulo {modulus}",
        "periodic_local": f"positions modulo {modulus}, look-back {lookback}",
    }[family]
    where = "at the last letter" if accept == "last" else "at an end marker after the last letter"
    printable = "".join(c if c.isprintable() else " " for c in subject)
    return [f"{printable}, as a program of {FRAGMENTS[family]}: {with_what}.", f"Accepted {where}.", ""]


class WrongProgramError(Exception):
    """A synthesised program answers otherwise than its automaton: an error of this package."""


def check_program(program: ir.Program, machine: Machine, outputs: tuple[Output, ...]) -> str:
    """What the program was run on, every output compared at every position; WrongProgramError if one differs."""
    answers = _only_outputs(program, outputs)
    first = _different_letters(machine)
    letters, length = len(first), _length(len(first))
    every = letters**length
    # The number of a word in base `letters` is the word.
    powers = letters ** np.arange(length - 1, -1, -1, dtype=np.int64) if letters > 1 else np.ones(length, np.int64)
    for start in range(0, every, AT_ONCE):
        numbers = np.arange(start, min(start + AT_ONCE, every), dtype=np.int64)
        words = first[numbers[:, None] // powers % letters]
        _compare(answers, machine, outputs, words, [letters * powers[0], *powers])
    _compare(answers, machine, outputs, _walks(machine), [1] * (WALK_LENGTH + 1))
    of = "" if letters == len(machine.alphabet) else f" of {counted(letters, 'letter')}, which the others act like,"
    return f"all words to length {length}{of} and {WALKS} random walks of length {WALK_LENGTH}, at every position"


def _different_letters(machine: Machine) -> NDArray[np.int64]:
    """The first of all letters that act and answer alike, by number."""
    first: dict[object, int] = {}
    columns = zip(zip(*machine.successors, strict=True), zip(*machine.answers, strict=True), strict=True)
    for letter, column in enumerate(columns):
        first.setdefault(column, letter)
    return np.array(list(first.values()), dtype=np.int64)


def _length(letters: int) -> int:
    """The length of the words of which all are tried: at least LEAST_LENGTH, unless that is too many."""
    if letters == 1:
        return UNARY_LENGTH
    length = LEAST_LENGTH
    while letters ** (length + 1) <= MANY_WORDS:
        length += 1
    while letters**length > MOST_WORDS:
        length -= 1
    return length


def _only_outputs(program: ir.Program, outputs: tuple[Output, ...]) -> ir.Program:
    """The program with the definitions that answer as its outputs, in order."""
    lines = {definition.display: definition.line for definition in program.definitions}
    named = tuple((output.head, lines[output.head]) for output in outputs)
    return ir.Program(program.alphabet, program.lines, program.definitions, None, named)


def _walks(machine: Machine) -> NDArray[np.int64]:
    """(walks, length): random letters, those that lead to a sink taken rarely."""
    rng = np.random.default_rng(0)
    successors = np.array(machine.successors)
    going_on = ~np.isin(successors, machine.sinks())  # (states, letters)
    going_on |= ~going_on.any(axis=1, keepdims=True)  # where every letter leads to one, any of them
    walks = np.empty((WALKS, WALK_LENGTH), dtype=np.int64)
    state = np.full(WALKS, START)
    for position in range(WALK_LENGTH):
        allowed = going_on[state]
        allowed |= rng.random((WALKS, 1)) < 1 / WALK_LENGTH
        walks[:, position] = (rng.random(allowed.shape) * allowed).argmax(axis=1)
        state = successors[state, walks[:, position]]
    return walks


def _compare(
    program: ir.Program,
    machine: Machine,
    outputs: tuple[Output, ...],
    words: NDArray[np.int64],
    repeats: Sequence[int],
) -> None:
    """WrongProgramError if an output differs somewhere; so many rows on end are alike up to each position."""
    given = run(program, Words(words, np.full(len(words), words.shape[1], dtype=np.int64))).next
    successors = np.array(machine.successors)
    right = np.array([[[a in o.answers for o in outputs] for a in row] for row in machine.answers])
    state = np.full(len(words), START)
    for position in range(words.shape[1] + 1):
        rows = slice(None, None, repeats[position])
        if position == 0:
            expected = np.array([machine.at_start in output.answers for output in outputs])
        else:
            letter = words[:, position - 1]
            expected, state = right[state[rows], letter[rows]], successors[state, letter]
        differs = given[rows, position] != expected
        if differs.any():
            row, output = np.argwhere(differs)[0]
            word = " ".join(machine.alphabet[a] for a in words[rows][row, :position])
            raise WrongProgramError(f"{outputs[output].head} is wrong after the word `{word}`")
