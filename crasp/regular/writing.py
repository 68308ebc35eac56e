"""The text of a program that follows a machine: definitions for what is counted, and for each answer."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from crasp.errors import Source
from crasp.formatter import format_text
from crasp.recursion import Step, run
from crasp.regular.automaton import Automaton
from crasp.regular.cover import UNKNOWN, Ambiguous, Array, Case, cover
from crasp.regular.following import LETTER, Following
from crasp.regular.machine import Machine, Target
from crasp.regular.naming import describe_states, meaning_of, name_of
from crasp.regular.product import NO_LETTER
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
    lines = [f"// {line}" for line in (*title, *describe_states(following.product.machine))]
    lines += [f"alphabet {' '.join(spell_token(a) for a in following.product.machine.alphabet)}", ""]
    lines += [*writer.lines, "", *(line for answer in answers for line in answer)]
    return format_text(Source("synthesised program", "\n".join(lines) + "\n"))


@dataclass
class _Writer:
    """Definitions written so far; a feature is written when something first refers to it."""

    following: Following
    lines: list[str] = field(default_factory=list)
    written: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)

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
        places = self.following.product.places
        wanted = [machine.answers[places[p].state][a] in output.answers for p, a in self.following.situations]
        truth = np.array([*wanted, machine.at_start in output.answers])
        if truth.all() or not truth.any():
            return [f"{output.head}(i) := {'true' if truth.all() else 'false'}"]
        for after in (True, False):
            table = np.vstack([self.following.table(after=after), self._at_the_beginning()])
            try:
                cases = cover(table, truth, ~truth, self.following.costs())
            except Ambiguous:
                continue
            return self.definition(output.head, cases, after=after, real=False)
        raise ArithmeticError("the features do not tell the answers apart")

    def _at_the_beginning(self) -> Array:
        """What is visible at position 0, where no letter is."""
        letters = [NO_LETTER] * (1 + self.following.product.lookback)
        residue = [0] if self.following.product.modulus > 1 else []
        return np.array([*letters, *residue, *(f.values[0] for f in self.following.features)], dtype=np.int64)

    # --- conditions ------------------------------------------------------------------------------------------

    def condition(self, cases: Sequence[Case], at: str, *, after: bool = False, real: bool = True) -> str:
        """A disjunction of cases at the position `at`; `real` where that is never position 0."""
        return " or ".join(self._case(case, at, after=after, real=real) for case in cases) or "false"

    def definition(self, name: str, cases: Sequence[Case], *, after: bool = False, real: bool = True) -> list[str]:
        """Lines that define the condition under a name, many cases one by one."""
        texts = [self._case(case, "i", after=after, real=real) for case in cases]
        if len(texts) <= CASES:
            return [f"{name}(i) := {' or '.join(texts) or 'false'}"]
        plain = re.sub(r"\W+", "_", name).strip("_")
        parts = [f"{plain}_case_{number}" for number in range(1, len(texts) + 1)]
        together = " or ".join(f"{part}(i)" for part in parts)
        return [*(f"{part}(i) := {text}" for part, text in zip(parts, texts, strict=True)), f"{name}(i) := {together}"]

    def _case(self, case: Case, at: str, *, after: bool, real: bool) -> str:
        if not case.allowed:
            return "true"
        # Features first: they say where one is, the letters what comes.
        order = sorted(case.allowed, key=lambda item: (item[0] < self.following.visible_variables, item[0]))
        return " and ".join(self._literal(*item, at, after=after, real=real) for item in order)

    def _literal(
        self, variable: int, most: frozenset[int], fewest: frozenset[int], at: str, *, after: bool, real: bool
    ) -> str:
        lookback = self.following.product.lookback
        if variable == LETTER:
            return self._letters(most, fewest, lambda token: f"Q[{token}]({at})", real=real)
        if variable <= lookback:
            self._write_lag(variable)
            return self._letters(most, fewest, lambda token: f"ago_{variable}[{token}]({at})", real=False)
        if variable < self.following.visible_variables:
            return _residues(most, self.following.product.modulus, at)
        return self._feature(variable - self.following.visible_variables, most, at, after=after)

    def _letters(self, most: frozenset[int], fewest: frozenset[int], use: Callable[[str], str], *, real: bool) -> str:
        alphabet = self.following.product.machine.alphabet
        inside = [a for k, a in enumerate(alphabet) if k in fewest]
        outside = [a for k, a in enumerate(alphabet) if k not in most]
        # Where there may be no letter, "none of the others" allows it and "one of these" does not.
        if NO_LETTER in fewest or (real and len(outside) < len(inside)):
            return f"(not {_any(outside, everything=len(outside) == len(alphabet), use=use)})"
        return _any(inside, everything=len(inside) == len(alphabet), use=use)

    def _write_lag(self, lag: int) -> None:
        name = f"ago_{lag}"
        if name not in self.written:
            self.written.add(name)
            text = "the letter just before" if lag == 1 else f"the letter {lag} before"
            self.lines += [
                f"// {name}: {text}",
                f"{name}[s](i) := #[j <= i, j = i - {lag}] Q[s](j) = 1 for s in alphabet",
            ]

    def _feature(self, number: int, values: frozenset[int], at: str, *, after: bool) -> str:
        feature = self.following.features[number]
        name = self._write_feature(number, after=after)
        if feature.kind == "flag":
            return f"{name}({at})" if values == {1} else f"(not {name}({at}))"
        return _interval(f"{name}({at})", values, sorted(set(feature.values) - {UNKNOWN}))

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

    def _counted(self, cases: Sequence[Case], name: str, events: list[str]) -> str:
        """The body of a count: letters alone are written out, any other condition gets a definition."""
        if all(variable == LETTER for case in cases for variable, _, _ in case.allowed):
            return f"({self.condition(cases, 'j')})"
        if name not in self.written:
            events += self.definition(name, cases)
            self.written.add(name)
        return f"{name}(j)"


_VERB: dict[str, Callable[[int], str]] = {
    "flag": lambda _: "now_",
    "level": lambda amount: f"{'up' if amount > 0 else 'down'}_{'' if abs(amount) == 1 else f'{abs(amount)}_'}",
}


def _any(tokens: Sequence[str], *, everything: bool, use: Callable[[str], str]) -> str:
    """Some of the tokens is there."""
    if everything and len(tokens) > 1:
        return f"(any[s in alphabet] {use('s')})"
    if len(tokens) > FEW:
        return f"(any[s in {{{', '.join(map(spell_token, tokens))}}}] {use('s')})"
    return f"({' or '.join(use(quote(token)) for token in tokens)})"


def _residues(values: frozenset[int], modulus: int, at: str) -> str:
    """The position is one of these residues, with the least modulus that says so."""
    for divisor in range(2, modulus + 1):
        if modulus % divisor == 0:
            residues = {value % divisor for value in values}
            if len(residues) * (modulus // divisor) == len(values):
                break
    if 1 < len(residues) == divisor - 1:
        (missing,) = set(range(divisor)) - residues
        return f"{at} % {divisor} != {missing}"
    return f"({' or '.join(f'{at} % {divisor} = {residue}' for residue in sorted(residues))})"


def _interval(number: str, values: frozenset[int], domain: Sequence[int]) -> str:
    """The number is one of these values out of the domain."""
    inside = sorted(values)
    outside = [value for value in domain if value not in values]
    low, high = inside[0], inside[-1]
    if len(inside) == 1:
        return f"{number} = {low}" if len(domain) > 1 else "true"
    if len(outside) == 1:
        return f"{number} != {outside[0]}"
    if not any(low < value < high for value in outside):
        bounds = [f"{number} >= {low}"] * (low > domain[0]) + [f"{number} <= {high}"] * (high < domain[-1])
        return " and ".join(bounds)
    return f"({' or '.join(f'{number} = {value}' for value in inside)})"
