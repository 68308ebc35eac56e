"""The text of a program that follows a machine: definitions for what is counted, and for each answer."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from crasp.meaning.deep_recursion import Step, run
from crasp.regular.witnesses.features import LETTER, Following
from crasp.regular.witnesses.names_and_comments import describe_states, meaning_of, name_of
from crasp.regular.witnesses.number_conditions import has_residue, is_among
from crasp.regular.witnesses.product_machine import NO_LETTER
from crasp.regular.witnesses.program_outputs import Output
from crasp.regular.witnesses.short_conditions import UNKNOWN, Ambiguous, VariableCase, cover
from crasp.regular.witnesses.syntax_parts import (
    ALPHABET,
    any_token,
    compared,
    count,
    define,
    joined,
    letter_is,
    opposite,
    tokens_of,
    total,
    truth,
    use,
    with_variable,
)
from crasp.regular.witnesses.synthesised_program import TextLine, Written, written
from crasp.text.syntax import Expression, Index

FEW_LETTERS = 3  # letters that are written out; more are written as a set
CASES = 2  # of a condition in one definition; more get one each


def write_program(following: Following, outputs: Sequence[Output], title: Sequence[str]) -> Written:
    """The program in canonical layout, with comments that say what each definition is for, and what it means."""
    writer = _DefinitionWriter(following)
    answers = [line for output in outputs for line in writer.output(output)]
    machine = following.product.machine
    return written((*title, *describe_states(machine)), machine.alphabet, (*writer.lines, None, *answers))


@dataclass(frozen=True)
class _Reading:
    """How a condition is read: which letters the numbers stand for, and where.

    `after` the letter or before it; `real` where the position is never 0, where no letter is.
    """

    groups: tuple[tuple[int, ...], ...]
    after: bool = False
    real: bool = True


@dataclass
class _DefinitionWriter:
    """Definitions written so far; a feature is written when something first refers to it."""

    following: Following
    lines: list[TextLine] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    named: dict[tuple[int, ...], str] = field(default_factory=dict)  # groups of letters
    cases: set[str] = field(default_factory=set)  # what the names of cases begin with

    def __post_init__(self) -> None:
        for feature in self.following.features:
            self.names.append(self._fresh(name_of(feature, self.following)))

    def _fresh(self, name: str) -> str:
        if name not in self.names:
            return name
        return next(f"{name}_{k}" for k in range(2, len(self.names) + 3) if f"{name}_{k}" not in self.names)

    # --- outputs ---------------------------------------------------------------------------------------------

    def output(self, output: Output) -> list[TextLine]:
        """Lines that define an output; what they refer to is written first."""
        machine = self.following.product.machine
        groups, rows, letters, answers = self._by_answer(output)
        right = np.array([*answers, machine.at_start in output.answers], dtype=bool)
        if right.all() or not right.any():
            return [define(output.name, truth(value=bool(right.all())), indices=output.indices)]
        for after in (True, False):
            table = self.following.answering(rows, letters, after=after)
            try:
                cases = cover(table, right, ~right, self.following.costs())
            except Ambiguous:
                continue
            return self.definition(output.name, cases, _Reading(groups, after, real=False), indices=output.indices)
        raise ArithmeticError("the features do not tell the answers apart")

    def _by_answer(self, output: Output) -> tuple[tuple[tuple[int, ...], ...], list[int], list[int], list[bool]]:
        """Letters that act and answer alike, in groups; then for each situation and group of its letters:

        the situation's number, the group's, and whether the output is true.
        """
        machine, places = self.following.product.machine, self.following.product.places
        right = [[answer in output.answers for answer in row] for row in machine.answers]
        columns = list(zip(*right, strict=True))
        groups: list[tuple[int, ...]] = []
        numbers: list[list[int]] = []  # of the groups that a group of letters that act alike falls into
        for alike in machine.alike:
            finer: dict[tuple[bool, ...], list[int]] = {}
            for letter in alike:
                finer.setdefault(columns[letter], []).append(letter)
            numbers.append(list(range(len(groups), len(groups) + len(finer))))
            groups += map(tuple, finer.values())
        found = [
            (row, number, right[places[place].state][groups[number][0]])
            for row, (place, letter) in enumerate(self.following.situations)
            for number in numbers[letter]
        ]
        rows, letters, truth = (list(column) for column in zip(*found, strict=True))
        return tuple(groups), rows, letters, truth

    # --- conditions ------------------------------------------------------------------------------------------

    def condition(self, cases: Sequence[VariableCase], at: str, reading: _Reading) -> Expression:
        """A disjunction of cases at the position `at`."""
        return joined("or", [self._case(case, at, reading) for case in cases])

    def definition(
        self, name: str, cases: Sequence[VariableCase], reading: _Reading, *, indices: tuple[Index, ...] = ()
    ) -> list[TextLine]:
        """Lines that define the condition under a name, many cases one by one."""
        each = [self._case(case, "i", reading) for case in cases]
        if len(each) <= CASES:
            return [define(name, joined("or", each), indices=indices)]
        plain = self._prefix_of_cases("_".join((name, *(index.text for index in indices))))
        parts = [f"{plain}_case_{number}" for number in range(1, len(each) + 1)]
        together = joined("or", [use(part, "i") for part in parts])
        return [
            *(define(part, expression) for part, expression in zip(parts, each, strict=True)),
            define(name, together, indices=indices),
        ]

    def _prefix_of_cases(self, name: str) -> str:
        """The name as the language has names, with a number where tokens would otherwise get the same one."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
        found = next(
            p for p in (plain, *(f"{plain}_{k}" for k in range(2, len(self.cases) + 3))) if p not in self.cases
        )
        self.cases.add(found)
        return found

    def _case(self, case: VariableCase, at: str, reading: _Reading) -> Expression:
        # Features first: they say where one is, the letters what comes.
        order = sorted(case.allowed, key=lambda item: (item[0] < self.following.visible_variables, item[0]))
        return joined("and", [self._literal(*item, at, reading) for item in order])

    def _literal(
        self, variable: int, most: frozenset[int], fewest: frozenset[int], at: str, reading: _Reading
    ) -> Expression:
        product = self.following.product
        if variable == LETTER:
            return self._letters(most, fewest, at, reading)
        if variable <= product.lookback:
            return self._letters(most, fewest, at, _Reading(product.machine.alike, real=False), lag=variable)
        if variable < self.following.visible_variables:
            return has_residue(most, product.modulus, at)
        return self._feature(variable - self.following.visible_variables, most, at, after=reading.after)

    # --- letters ---------------------------------------------------------------------------------------------

    def _letters(
        self, most: frozenset[int], fewest: frozenset[int], at: str, reading: _Reading, lag: int | None = None
    ) -> Expression:
        """The letter, or that some places before, is of one of these groups."""
        inside = [group for k, group in enumerate(reading.groups) if k in fewest]
        outside = [group for k, group in enumerate(reading.groups) if k not in most]
        # Where there may be no letter, "none of the others" allows it and "one of these" does not.
        if NO_LETTER in fewest or (reading.real and _weight(outside) < _weight(inside)):
            return opposite(self._any(outside, at, lag, everything=len(outside) == len(reading.groups)))
        return self._any(inside, at, lag, everything=len(inside) == len(reading.groups))

    def _any(self, groups: Sequence[tuple[int, ...]], at: str, lag: int | None, *, everything: bool) -> Expression:
        """Some of the letters is there."""
        machine = self.following.product.machine
        if lag is not None:
            self._write_lag(lag)
        family = None if lag is None else f"ago_{lag}"
        if everything and len(machine.alphabet) > 1 and (lag is None or not any(map(_has_name, machine.alike))):
            return any_token(ALPHABET, with_variable(family, at))
        tokens = [machine.alphabet[letter] for letter in sorted(a for g in groups if not _has_name(g) for a in g)]
        if len(tokens) > FEW_LETTERS:
            parts = [any_token(tokens_of(tokens), with_variable(family, at))]
        else:
            parts = [letter_is(token, at) if family is None else use(family, at, token) for token in tokens]
        return joined("or", [*parts, *(use(self._name_of_letters(g, lag), at) for g in groups if _has_name(g))])

    def _name_of_letters(self, group: tuple[int, ...], lag: int | None) -> str:
        """The definition of a group of many letters, or of one of them some places before; written if it is not yet."""
        if group not in self.named:
            self.named[group] = f"kind_{len(self.named) + 1}"
            tokens = tokens_of(self.following.product.machine.alphabet[a] for a in group)
            self.lines += [
                f"{self.named[group]}: letters that act alike",
                define(self.named[group], any_token(tokens, with_variable(None, "i"))),
            ]
        name = self.named[group]
        if lag is not None and f"ago_{lag}_{name}" not in self.written:
            self.written.add(f"ago_{lag}_{name}")
            self.lines.append(define(f"ago_{lag}_{name}", compared(count(use(name, "j"), lag=lag), "=", 1)))
        return name if lag is None else f"ago_{lag}_{name}"

    def _write_lag(self, lag: int) -> None:
        """Writes which letter was there some places before, for the letters that have no common name."""
        name = f"ago_{lag}"
        if name not in self.written:
            self.written.add(name)
            machine = self.following.product.machine
            text = "the letter just before" if lag == 1 else f"the letter {lag} before"
            self.lines.append(f"{name}: {text}")
            single = [machine.alphabet[a] for a in sorted(a for g in machine.alike if not _has_name(g) for a in g)]
            if single:
                domain = tokens_of(single) if len(single) < len(machine.alphabet) else ALPHABET
                there = compared(count(with_variable(None, "j"), lag=lag), "=", 1)
                self.lines.append(define(name, there, tokens=domain))

    def _feature(self, number: int, values: frozenset[int], at: str, *, after: bool) -> Expression:
        feature = self.following.features[number]
        name = self._write_feature(number, after=after)
        if feature.kind == "flag":
            return use(name, at) if values == {1} else opposite(use(name, at))
        return is_among(use(name, at), values, sorted(set(feature.values) - {UNKNOWN}))

    # --- features --------------------------------------------------------------------------------------------

    def _write_feature(self, number: int, *, after: bool) -> str:
        """Writes the feature, up to the present letter or before it, and what it refers to, where not yet; its name."""
        name = self.names[number] if after else f"{self.names[number]}_before"
        if name not in self.written:
            for earlier in run(self._referred_to(number, {})):
                self._write_alone(earlier, f"{self.names[earlier]}_before", after=False)
            self._write_alone(number, name, after=after)
        return name

    def _referred_to(self, number: int, found: dict[int, None]) -> Step[dict[int, None]]:
        """The features that this one refers to and that are still to be written, each after those of its own."""
        for _, cases in self.following.features[number].terms:
            for variable in (variable for case in cases for variable, _, _ in case.allowed):
                earlier = variable - self.following.visible_variables
                if earlier >= 0 and earlier not in found and f"{self.names[earlier]}_before" not in self.written:
                    yield self._referred_to(earlier, found)
                    found[earlier] = None
        return found

    def _write_alone(self, number: int, name: str, *, after: bool) -> None:
        """Writes the feature under this name, all that it refers to being there."""
        feature, plain = self.following.features[number], self.names[number]
        events: list[TextLine] = []
        terms = []
        for amount, cases in feature.terms:
            body = self._counted(cases, f"{_VERB[feature.kind](amount)}{plain}", events)
            terms.append((amount, count(body, strict=not after)))
        if not self.written & {plain, f"{plain}_before"}:
            self.lines += [None, f"{plain}: {meaning_of(feature, self.following)}"]
        self.lines += events
        value = total(terms)
        self.lines.append(define(name, compared(value, ">", 0) if feature.kind == "flag" else value))
        self.written.add(name)

    @property
    def _counting(self) -> _Reading:
        """How the conditions of a count are read."""
        return _Reading(self.following.product.machine.alike)

    def _counted(self, cases: Sequence[VariableCase], name: str, events: list[TextLine]) -> Expression:
        """The body of a count: letters alone are written out, any other condition gets a definition."""
        if all(variable == LETTER for case in cases for variable, _, _ in case.allowed):
            return self.condition(cases, "j", self._counting)
        if name not in self.written:
            events += self.definition(name, cases, self._counting)
            self.written.add(name)
        return use(name, "j")


_VERB: dict[str, Callable[[int], str]] = {
    "flag": lambda _: "now_",
    "level": lambda amount: f"{'up' if amount > 0 else 'down'}_{'' if abs(amount) == 1 else f'{abs(amount)}_'}",
}


def _has_name(group: tuple[int, ...]) -> bool:
    return len(group) > FEW_LETTERS


def _weight(groups: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """How hard letters are to read: names that have to be looked up, then how many there are."""
    names = sum(map(_has_name, groups))
    return names, names + sum(len(group) for group in groups if not _has_name(group))
