"""Writes the text of a program that follows a machine: definitions for what is counted, and for each answer."""

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

FEW_LETTERS = 3  # so many letters are written one by one; more are written as a set
CASES = 2  # so many cases of a condition share one definition; of more, each gets its own


def write_program(following: Following, outputs: Sequence[Output], title: Sequence[str]) -> Written:
    """The program that defines these outputs, as text and as a typed program.

    Args:
        following: The product machine, and features that tell its places apart.
        outputs: What the program defines.
        title: The lines of the comment at the top.

    Returns:
        The program. Its text is in canonical layout, with comments that say what each definition is for.
    """
    writer = _DefinitionWriter(following)
    answers = [line for output in outputs for line in writer.output(output)]
    machine = following.product.machine
    return written((*title, *describe_states(machine)), machine.alphabet, (*writer.lines, None, *answers))


@dataclass(frozen=True)
class _Reading:
    """How a condition is read.

    `groups` are the letters that each number of a letter stands for. `after` says whether features are read after the
    letter, and not before it. `real` says that the position is never 0, where there is no letter.
    """

    groups: tuple[tuple[int, ...], ...]
    after: bool = False
    real: bool = True


@dataclass
class _DefinitionWriter:
    """The definitions written so far. A feature is written when something first refers to it."""

    following: Following
    lines: list[TextLine] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    named: dict[tuple[int, ...], str] = field(default_factory=dict)  # the name of each group of letters that has one
    cases: set[str] = field(default_factory=set)  # prefixes of the names of cases that are in use

    def __post_init__(self) -> None:
        for feature in self.following.features:
            self.names.append(self._fresh(name_of(feature, self.following)))

    def _fresh(self, name: str) -> str:
        if name not in self.names:
            return name
        return next(f"{name}_{k}" for k in range(2, len(self.names) + 3) if f"{name}_{k}" not in self.names)

    # --- outputs ---------------------------------------------------------------------------------------------

    def output(self, output: Output) -> list[TextLine]:
        """The lines that define an output; what they refer to is written first.

        Raises ArithmeticError if the features do not tell the answers apart, which would be a defect.
        """
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
        """The groups of letters that act alike and give the output alike, and a row for each situation and group.

        A row has the number of the situation, the number of the group, and whether the output is true. The rows are
        returned as three lists.
        """
        machine, places = self.following.product.machine, self.following.product.places
        right = [[answer in output.answers for answer in row] for row in machine.answers]
        columns = list(zip(*right, strict=True))
        groups: list[tuple[int, ...]] = []
        numbers: list[list[int]] = []  # for each group of letters that act alike, the finer groups in it
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
        """The disjunction of the cases at the position `at`."""
        return joined("or", [self._case(case, at, reading) for case in cases])

    def definition(
        self, name: str, cases: Sequence[VariableCase], reading: _Reading, *, indices: tuple[Index, ...] = ()
    ) -> list[TextLine]:
        """The lines that define a condition under a name. If it has many cases, each gets a definition of its own."""
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
        """A legal name made from this one, with a number if it is taken already."""
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_")
        found = next(
            p for p in (plain, *(f"{plain}_{k}" for k in range(2, len(self.cases) + 3))) if p not in self.cases
        )
        self.cases.add(found)
        return found

    def _case(self, case: VariableCase, at: str, reading: _Reading) -> Expression:
        # Features come first: they say in which state the word is, and the letters say what comes next.
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
        """The condition that the letter, or the letter `lag` places before, is in one of the allowed groups.

        The groups in `most` may be allowed, and those in `fewest` have to be.
        """
        inside = [group for k, group in enumerate(reading.groups) if k in fewest]
        outside = [group for k, group in enumerate(reading.groups) if k not in most]
        # If there may be no letter, "none of the others" holds there and "one of these" does not.
        if NO_LETTER in fewest or (reading.real and _weight(outside) < _weight(inside)):
            return opposite(self._any(outside, at, lag, everything=len(outside) == len(reading.groups)))
        return self._any(inside, at, lag, everything=len(inside) == len(reading.groups))

    def _any(self, groups: Sequence[tuple[int, ...]], at: str, lag: int | None, *, everything: bool) -> Expression:
        """The condition that the letter is in one of these groups."""
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
        """The name of the definition for a group of many letters, here or `lag` places before.

        The definition is written if it is not there yet.
        """
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
        """Writes the family that says which letter was there `lag` places before, for letters without a common name."""
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
        """The name of the definition of a feature, with the present letter or before it.

        The definition, and what it refers to, is written if it is not there yet.
        """
        name = self.names[number] if after else f"{self.names[number]}_before"
        if name not in self.written:
            for earlier in run(self._referred_to(number, {})):
                self._write_alone(earlier, f"{self.names[earlier]}_before", after=False)
            self._write_alone(number, name, after=after)
        return name

    def _referred_to(self, number: int, found: dict[int, None]) -> Step[dict[int, None]]:
        """The features that this one refers to and that are not yet written.

        Each comes after those that it refers to itself.
        """
        for _, cases in self.following.features[number].terms:
            for variable in (variable for case in cases for variable, _, _ in case.allowed):
                earlier = variable - self.following.visible_variables
                if earlier >= 0 and earlier not in found and f"{self.names[earlier]}_before" not in self.written:
                    yield self._referred_to(earlier, found)
                    found[earlier] = None
        return found

    def _write_alone(self, number: int, name: str, *, after: bool) -> None:
        """Writes the feature under this name; all that it refers to must be written already."""
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
        """How the conditions in a count's body are read."""
        return _Reading(self.following.product.machine.alike)

    def _counted(self, cases: Sequence[VariableCase], name: str, events: list[TextLine]) -> Expression:
        """The body of a count: a condition on the letter alone is written out, and any other gets a definition."""
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
    """How hard groups of letters are to read: the number of names to look up, then the number of names and letters."""
    names = sum(map(_has_name, groups))
    return names, names + sum(len(group) for group in groups if not _has_name(group))
