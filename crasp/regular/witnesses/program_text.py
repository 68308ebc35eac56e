"""The text of a program that follows a machine: definitions for what is counted, and for each answer."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from crasp.meaning.deep_recursion import Step, run
from crasp.regular.automata.automaton import Automaton
from crasp.regular.automata.machine import Machine, Target
from crasp.regular.witnesses.intervals import interval_in_words, residues_in_words
from crasp.regular.witnesses.layout import lay_out
from crasp.regular.witnesses.naming import describe_states, meaning_of, name_of
from crasp.regular.witnesses.product import NO_LETTER
from crasp.regular.witnesses.short_conditions import UNKNOWN, Ambiguous, Array, Case, cover
from crasp.regular.witnesses.state_tracking import LETTER, Following
from crasp.spelling import quote, spell_member, spell_token

FEW = 3  # letters that are written out; more are written as a set
CASES = 2  # of a condition in one definition; more get one each


@dataclass(frozen=True)
class Output:
    """A definition to be written and the answers of the machine at which it is true."""

    head: str  # without the position: accept, next[a], state_3
    answers: frozenset[Hashable]


def outputs_of(automaton: Automaton, machine: Machine, target: Target) -> tuple[Output, ...]:
    """What a program for this target defines, in order."""
    match target:
        case "membership":
            return (Output("accept", frozenset((True,))),)
        case "state":
            members = frozenset(state for state, output in enumerate(automaton.outputs) if output)
            states = range(len(automaton.outputs))
            return (*(Output(f"state_{q}", frozenset((q,))) for q in states), Output("accept", members))
        case "next":
            answers = {answer for row in machine.answers for answer in row} | {machine.at_start}
            found = []
            for letter in automaton.alphabet:
                allowing = frozenset(a for a in answers if isinstance(a, tuple) and letter in a)
                found.append(Output(spell_member("next", (letter,)), allowing))
            return tuple(found)


def write_program(following: Following, outputs: Sequence[Output], title: Sequence[str]) -> str:
    """The program's text in canonical layout, with comments that say what each definition is for."""
    writer = _Writer(following)
    answers = [writer.output(output) for output in outputs]
    lines = [f"// {line}".rstrip() for line in (*title, *describe_states(following.product.machine))]
    lines += [f"alphabet {' '.join(spell_token(a) for a in following.product.machine.alphabet)}", ""]
    lines += [*writer.lines, "", *(line for answer in answers for line in answer)]
    return lay_out(lines)


@dataclass(frozen=True)
class _Reading:
    """How a condition is read: which letters the numbers stand for, and where.

    `after` the letter or before it; `real` where the position is never 0, where no letter is.
    """

    groups: tuple[tuple[int, ...], ...]
    after: bool = False
    real: bool = True


@dataclass
class _Writer:
    """Definitions written so far; a feature is written when something first refers to it."""

    following: Following
    lines: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    named: dict[tuple[int, ...], str] = field(default_factory=dict)  # groups of letters

    def __post_init__(self) -> None:
        for feature in self.following.features:
            self.names.append(self._fresh(name_of(feature, self.following)))

    def _fresh(self, name: str) -> str:
        if name not in self.names:
            return name
        return next(f"{name}_{k}" for k in range(2, len(self.names) + 3) if f"{name}_{k}" not in self.names)

    # --- outputs ---------------------------------------------------------------------------------------------

    def output(self, output: Output) -> list[str]:
        """Lines that define an output; what they refer to is written first."""
        machine = self.following.product.machine
        groups, rows, letters, answers = self._by_answer(output)
        truth = np.array([*answers, machine.at_start in output.answers], dtype=bool)
        if truth.all() or not truth.any():
            return [f"{output.head}(i) := {'true' if truth.all() else 'false'}"]
        for after in (True, False):
            table = self.following.table(after=after)[rows]
            table[:, LETTER] = letters
            try:
                cases = cover(np.vstack([table, self._at_the_beginning()]), truth, ~truth, self.following.costs())
            except Ambiguous:
                continue
            return self.definition(output.head, cases, _Reading(groups, after, real=False))
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

    def _at_the_beginning(self) -> Array:
        """What is visible at position 0, where no letter is."""
        letters = [NO_LETTER] * (1 + self.following.product.lookback)
        residue = [0] if self.following.product.modulus > 1 else []
        return np.array([*letters, *residue, *(f.values[0] for f in self.following.features)], dtype=np.int64)

    # --- conditions ------------------------------------------------------------------------------------------

    def condition(self, cases: Sequence[Case], at: str, reading: _Reading) -> str:
        """A disjunction of cases at the position `at`."""
        return " or ".join(self._case(case, at, reading) for case in cases) or "false"

    def definition(self, name: str, cases: Sequence[Case], reading: _Reading) -> list[str]:
        """Lines that define the condition under a name, many cases one by one."""
        texts = [self._case(case, "i", reading) for case in cases]
        if len(texts) <= CASES:
            return [f"{name}(i) := {' or '.join(texts) or 'false'}"]
        plain = re.sub(r"\W+", "_", name).strip("_")
        parts = [f"{plain}_case_{number}" for number in range(1, len(texts) + 1)]
        together = " or ".join(f"{part}(i)" for part in parts)
        return [*(f"{part}(i) := {text}" for part, text in zip(parts, texts, strict=True)), f"{name}(i) := {together}"]

    def _case(self, case: Case, at: str, reading: _Reading) -> str:
        if not case.allowed:
            return "true"
        # Features first: they say where one is, the letters what comes.
        order = sorted(case.allowed, key=lambda item: (item[0] < self.following.visible_variables, item[0]))
        return " and ".join(self._literal(*item, at, reading) for item in order)

    def _literal(self, variable: int, most: frozenset[int], fewest: frozenset[int], at: str, reading: _Reading) -> str:
        product = self.following.product
        if variable == LETTER:
            return self._letters(most, fewest, at, reading)
        if variable <= product.lookback:
            return self._letters(most, fewest, at, _Reading(product.machine.alike, real=False), lag=variable)
        if variable < self.following.visible_variables:
            return residues_in_words(most, product.modulus, at)
        return self._feature(variable - self.following.visible_variables, most, at, after=reading.after)

    # --- letters ---------------------------------------------------------------------------------------------

    def _letters(
        self, most: frozenset[int], fewest: frozenset[int], at: str, reading: _Reading, lag: int | None = None
    ) -> str:
        """The letter, or that some places before, is of one of these groups."""
        inside = [group for k, group in enumerate(reading.groups) if k in fewest]
        outside = [group for k, group in enumerate(reading.groups) if k not in most]
        # Where there may be no letter, "none of the others" allows it and "one of these" does not.
        if NO_LETTER in fewest or (reading.real and _weight(outside) < _weight(inside)):
            return f"(not {self._any(outside, at, lag, everything=len(outside) == len(reading.groups))})"
        return self._any(inside, at, lag, everything=len(inside) == len(reading.groups))

    def _any(self, groups: Sequence[tuple[int, ...]], at: str, lag: int | None, *, everything: bool) -> str:
        """Some of the letters is there."""
        machine = self.following.product.machine
        if lag is not None:
            self._write_lag(lag)
        use = "Q" if lag is None else f"ago_{lag}"
        if everything and len(machine.alphabet) > 1 and (lag is None or not any(map(_has_name, machine.alike))):
            return f"(any[s in alphabet] {use}[s]({at}))"
        tokens = [machine.alphabet[letter] for letter in sorted(a for g in groups if not _has_name(g) for a in g)]
        parts = [f"{use}[{quote(token)}]({at})" for token in tokens]
        if len(tokens) > FEW:
            parts = [f"any[s in {{{', '.join(map(spell_token, tokens))}}}] {use}[s]({at})"]
        parts += [f"{self._name_of_letters(group, lag)}({at})" for group in groups if _has_name(group)]
        return f"({' or '.join(parts)})"

    def _name_of_letters(self, group: tuple[int, ...], lag: int | None) -> str:
        """The definition of a group of many letters, or of one of them some places before; written if it is not yet."""
        if group not in self.named:
            self.named[group] = f"kind_{len(self.named) + 1}"
            tokens = ", ".join(spell_token(self.following.product.machine.alphabet[letter]) for letter in group)
            self.lines += [
                f"// {self.named[group]}: letters that act alike",
                f"{self.named[group]}(i) := any[s in {{{tokens}}}] Q[s](i)",
            ]
        name = self.named[group]
        if lag is not None and f"ago_{lag}_{name}" not in self.written:
            self.written.add(f"ago_{lag}_{name}")
            self.lines.append(f"ago_{lag}_{name}(i) := #[j <= i, j = i - {lag}] {name}(j) = 1")
        return name if lag is None else f"ago_{lag}_{name}"

    def _write_lag(self, lag: int) -> None:
        """Writes which letter was there some places before, for the letters that have no common name."""
        name = f"ago_{lag}"
        if name not in self.written:
            self.written.add(name)
            machine = self.following.product.machine
            text = "the letter just before" if lag == 1 else f"the letter {lag} before"
            self.lines.append(f"// {name}: {text}")
            single = [machine.alphabet[a] for a in sorted(a for g in machine.alike if not _has_name(g) for a in g)]
            domain = f"{{{', '.join(map(spell_token, single))}}}" if len(single) < len(machine.alphabet) else "alphabet"
            if single:
                self.lines.append(f"{name}[s](i) := #[j <= i, j = i - {lag}] Q[s](j) = 1 for s in {domain}")

    def _feature(self, number: int, values: frozenset[int], at: str, *, after: bool) -> str:
        feature = self.following.features[number]
        name = self._write_feature(number, after=after)
        if feature.kind == "flag":
            return f"{name}({at})" if values == {1} else f"(not {name}({at}))"
        return interval_in_words(f"{name}({at})", values, sorted(set(feature.values) - {UNKNOWN}))

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
        events: list[str] = []
        total = ""
        for amount, cases in feature.terms:
            body = self._counted(cases, f"{_VERB[feature.kind](amount)}{plain}", events)
            factor = "" if abs(amount) == 1 else f"{abs(amount)} * "
            total += f"{' - ' if amount < 0 else ' + '}{factor}#[j {'<=' if after else '<'} i] {body}"
        if not self.written & {plain, f"{plain}_before"}:
            self.lines += ["", f"// {plain}: {meaning_of(feature, self.following)}"]
        self.lines += events
        self.lines.append(f"{name}(i) := {total.removeprefix(' + ')}{' > 0' if feature.kind == 'flag' else ''}")
        self.written.add(name)

    @property
    def _counting(self) -> _Reading:
        """How the conditions of a count are read."""
        return _Reading(self.following.product.machine.alike)

    def _counted(self, cases: Sequence[Case], name: str, events: list[str]) -> str:
        """The body of a count: letters alone are written out, any other condition gets a definition."""
        if all(variable == LETTER for case in cases for variable, _, _ in case.allowed):
            return f"({self.condition(cases, 'j', self._counting)})"
        if name not in self.written:
            events += self.definition(name, cases, self._counting)
            self.written.add(name)
        return f"{name}(j)"


_VERB: dict[str, Callable[[int], str]] = {
    "flag": lambda _: "now_",
    "level": lambda amount: f"{'up' if amount > 0 else 'down'}_{'' if abs(amount) == 1 else f'{abs(amount)}_'}",
}


def _has_name(group: tuple[int, ...]) -> bool:
    return len(group) > FEW


def _weight(groups: Sequence[tuple[int, ...]]) -> tuple[int, int]:
    """How hard letters are to read: names that have to be looked up, then how many there are."""
    names = sum(map(_has_name, groups))
    return names, names + sum(len(group) for group in groups if not _has_name(group))
