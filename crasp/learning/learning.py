"""Learns a program from labels: each output is searched for, and the program's text is run on every labelled word."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Protocol, TypeAlias

import numpy as np

from crasp.errors import Source
from crasp.learning.compared_prefixes import Points, PointWord, points_of
from crasp.learning.exclusion_certificate import ExclusionCertificate, exclusion_certificate
from crasp.learning.formula import SmallFormula, SumComparison, count_of, parts_of, size_of
from crasp.learning.grammar import Grammar, grammar_of_fragment
from crasp.learning.labelled_prefixes import ACCEPT, LabelledWords, next_output
from crasp.learning.output_search import BrokenSearch, LabelTable, Learnt, StopReason, search
from crasp.learning.program_text import joined_text, program_text
from crasp.meaning import interpreter
from crasp.meaning.ir import EOS
from crasp.meaning.measures import measure
from crasp.text.loader import read_program


class KeepSearches(Protocol):
    """Keeps searches that were broken off, by output and grammar, so that they can be continued."""

    def begun(self, output: str, grammar: Grammar) -> BrokenSearch | None:
        """Where the search for an output is to be continued; None if it is to begin."""

    def keep(self, output: str, grammar: Grammar, learnt: Learnt) -> None:
        """Remembers how far the search for an output came."""


Confirm: TypeAlias = Callable[[SmallFormula], Mapping[PointWord, bool]]
MOST_NODES_AT_EXTREMES = 24  # the most nodes of a formula with a threshold at an extreme value that the words show
STOP_REASONS: tuple[StopReason, ...] = ("interrupted", "out of memory", "out of time")  # the more serious ones first
LETTERS_AT_ONCE = 500_000  # letters of the words that the interpreter runs on at once
SHARES = (0.5, 0.6, 0.7, 1.0)  # the share of the remaining time that the last four families get, in this order


@dataclass(frozen=True)
class LearntProgram:
    """What was learnt: a program, if every output has a formula, and what the search for each output found.

    Attributes:
        text: The program's text, or None.
        size: The nodes of the largest output; 0 without a program.
        operations: The lines of the program, where equal parts count once.
        outputs: For each output what its search found, and in which grammar.
        labels: The known labels of each output.
        warnings: What a reader of the program should know.
        words: How many words were given.
        prefixes: How many prefixes are labelled.
        longest: The length of the longest labelled prefix.
        stopped: What ended the search early, or None.
        tables: The labels of each output in columns.
        unprinted: The outputs whose formula is not printed because it only lists the words.
        decided: For each output that the decider's program defines, its nodes.
    """

    text: str | None
    size: int
    operations: int
    outputs: Mapping[str, tuple[Learnt, Grammar]]
    labels: Mapping[str, Mapping[PointWord, bool]]
    warnings: tuple[str, ...]
    words: int
    prefixes: int
    longest: int
    stopped: StopReason | None
    tables: Mapping[str, LabelTable] = field(repr=False)
    unprinted: tuple[str, ...]
    decided: Mapping[str, int] = field(default_factory=dict)

    @property
    def by_automaton(self) -> bool:
        """Whether the text is or contains the decider's program, as no smaller formula was found for some output."""
        return bool(self.decided)

    def size_of_output(self, output: str) -> int | None:
        """The nodes of what defines the output; None if nothing does."""
        formula = self.outputs[output][0].formula
        return self.decided.get(output, None if formula is None else size_of(formula))

    @property
    def excluded(self) -> int:
        """The largest size such that for no output a formula up to this size agrees with the labels."""
        return min(learnt.excluded for learnt, _ in self.outputs.values())

    @property
    def minimal(self) -> bool:
        """Whether each output is defined by the smallest formula of its grammar."""
        return all(map(self.minimal_output, self.outputs))

    def minimal_output(self, output: str) -> bool:
        """Whether what defines the output is as small as the smallest formula of its grammar."""
        learnt = self.outputs[output][0]
        return self.decided[output] <= learnt.excluded + 1 if output in self.decided else learnt.minimal

    def certificates(self, alphabet: tuple[str, ...]) -> list[ExclusionCertificate]:
        """For each output a certificate of the sizes that were excluded."""
        return [
            exclusion_certificate(output, learnt, grammar, alphabet, self.labels[output])
            for output, (learnt, grammar) in self.outputs.items()
        ]


def learn_program(
    given: LabelledWords,
    fragments: Sequence[str],
    *,
    seconds: float,
    most: int,
    window: int = 2,
    moduli: tuple[int, ...] = (2, 3, 4),
    hold_back: float = 0.3,
    confirm: Confirm = lambda _: {},
    seed: int = 0,
    told: Callable[[str], None] = lambda _: None,
    smaller_than: Mapping[str, int] | None = None,
    kept: KeepSearches | None = None,
) -> LearntProgram:
    """The smallest program found that agrees with all labels.

    Args:
        given: The labels.
        fragments: The families of programs, which are tried in turn until one has a program.
        seconds: The time limit for all outputs together, in seconds.
        most: The largest size that is enumerated.
        window: The largest lag and window of families with look-back.
        moduli: The moduli of families with residues.
        hold_back: The share of the words that are held back: the search does not use them, and they confirm its result.
        confirm: For a formula, labels of other words that contradict it; empty if there are none.
        seed: Decides which words are held back.
        told: Called with lines of progress.
        smaller_than: For each output its size in a known program, of the last family. Only smaller formulas are useful.
        kept: Keeps searches that were broken off; they are continued.
    """
    until, outputs, found = monotonic() + seconds, dict(given.labels), {}
    known: dict[frozenset[tuple[PointWord, bool]], tuple[Learnt, Grammar]] = {}
    grammars = [grammar_of_fragment(f, window=window, moduli=moduli) for f in fragments]
    stopped: StopReason | None = None
    tables: dict[str, LabelTable] = {}
    smaller = smaller_than or {}
    for number, (output, labels) in enumerate(outputs.items()):
        same = frozenset(labels.items())
        if same not in known and stopped is not None:
            known[same] = Learnt(None, 0, (), (), 0, 0, stopped=stopped), grammars[0]
        elif same not in known:
            end = monotonic() + (until - monotonic()) / (len(outputs) - number)
            known[same] = _output(
                given, output, grammars, end, most, hold_back, confirm, seed, told, smaller.get(output), kept, tables
            )
            learnt = known[same][0]
            stopped = learnt.stopped if learnt.broken_off else None
        found[output] = known[same]
    return _program(given, found, tables)


def _output(
    given: LabelledWords,
    output: str,
    grammars: Sequence[Grammar],
    end: float,
    most: int,
    hold_back: float,
    confirm: Confirm,
    seed: int,
    told: Callable[[str], None],
    smaller_than: int | None,
    kept: KeepSearches | None,
    tables: dict[str, LabelTable],
) -> tuple[Learnt, Grammar]:
    """What the search for one output found, in the first of the grammars that has a formula.

    If none has a formula, what was excluded in the first grammar; or in the last one, if a program of it is known.
    """
    labels = given.labels[output]
    shown, held = _held_back(given, labels, hold_back, seed) if hold_back else (labels, {})
    table = LabelTable.of(given.alphabet, shown) if hold_back else _table(given, output, tables)
    confirming = LabelTable.of(given.alphabet, held)

    def contradicting(formula: SmallFormula) -> Mapping[PointWord, bool]:
        return {word: confirming.labels[word] for word in confirming.wrong(formula)[:60]} or confirm(formula)

    first: tuple[Learnt, Grammar] | None = None
    stopped: StopReason | None = None
    for number, grammar in enumerate(grammars):
        if first is not None and monotonic() >= end:
            stopped = "out of time"
            break
        until = monotonic() + (end - monotonic()) * SHARES[number - len(grammars)]
        learnt = search(
            table,
            grammar,
            until=until,
            most=most,
            confirm=contradicting,
            told=told,
            smaller_than=smaller_than,
            begun=None if kept is None else kept.begun(output, grammar),
        )
        if kept is not None:
            kept.keep(output, grammar, learnt)
        if learnt.formula is not None:
            return learnt, grammar
        if learnt.broken_off and first is not None:
            return replace(first[0], stopped=learnt.stopped), first[1]
        if learnt.broken_off:
            return learnt, grammar
        first = (learnt, grammar) if first is None or smaller_than is not None else first
        stopped = stopped or learnt.stopped
    assert first is not None
    return replace(first[0], stopped=first[0].stopped or stopped), first[1]


def _table(given: LabelledWords, output: str, tables: dict[str, LabelTable]) -> LabelTable:
    """The labels of an output in columns. They are made once and kept in `tables`."""
    if output not in tables:
        tables[output] = LabelTable.of(given.alphabet, given.labels[output])
    return tables[output]


def _held_back(
    given: LabelledWords, labels: Mapping[PointWord, bool], share: float, seed: int
) -> tuple[dict[PointWord, bool], dict[PointWord, bool]]:
    """The labels that the search uses, and the labels of the words that are held back.

    The shortest quarter of the words is never held back.
    """
    words = sorted(given.words, key=len)
    longer = words[len(words) // 4 :]
    rng = np.random.default_rng(seed)
    held = {longer[k] for k in rng.permutation(len(longer))[: int(share * len(words))].tolist()}
    shown = {word[:n] for word in given.words if word not in held for n in range(len(word) + 1)}
    kept = {word: label for word, label in labels.items() if word in shown}
    return kept, {word: label for word, label in labels.items() if word not in shown}


def with_program(
    given: LabelledWords,
    found: LearntProgram,
    decided: Mapping[str, int],
    text_of: Callable[[Collection[str]], str | None],
) -> LearntProgram:
    """The result, with the decider's program for the outputs that have no formula.

    The program is run on every labelled prefix.

    Args:
        given: The labels.
        found: What was learnt.
        decided: How many nodes the decider's program has for each output.
        text_of: The text of the decider's program for some of the outputs; None if it is not ready in time.

    Raises:
        ArithmeticError: The program does not agree with the labels, which would be a defect.
    """
    formulas = {o: None if o in found.unprinted else learnt.formula for o, (learnt, _) in found.outputs.items()}
    missing = [output for output, formula in formulas.items() if formula is None]
    text = text_of(missing) if len(missing) < len(formulas) else None
    if text is None:
        missing, text = list(formulas), text_of(formulas)
        assert text is not None
    follows = {
        token: formula
        for token in (*given.alphabet, EOS)
        if (name := next_output(token)) not in missing and (formula := formulas.get(name)) is not None
    }
    text = joined_text(text, given.alphabet, follows) if follows else text
    operations = _checked(text, given, found.tables)
    found = replace(found, text=text, operations=operations, decided={o: decided.get(o, 1) for o in missing})
    return replace(found, size=max(found.size_of_output(output) or 0 for output in formulas))


def without_program(found: LearntProgram, because: str) -> LearntProgram:
    """The result without its program, and with the reason added to the warnings."""
    return replace(found, text=None, size=0, operations=0, warnings=(*found.warnings, because))


# --- the program ---------------------------------------------------------------------------------------------


def _program(
    given: LabelledWords, found: Mapping[str, tuple[Learnt, Grammar]], tables: dict[str, LabelTable]
) -> LearntProgram:
    formulas = {output: learnt.formula for output, (learnt, _) in found.items()}
    told = {output: formula for output, formula in formulas.items() if formula is not None}
    for output in given.labels:
        _table(given, output, tables)
    warnings = tuple(w for output, formula in told.items() for w in _extremes(tables[output].points, output, formula))
    for output in list(told):
        # A long formula with a threshold at an extreme value only lists the words that were seen.
        if size_of(told[output]) > MOST_NODES_AT_EXTREMES and any(w.startswith(f"{output}:") for w in warnings):
            warnings = (
                *warnings,
                f"{output}: for this reason a formula of {size_of(told.pop(output))} nodes is not printed",
            )
    size = max((size_of(formula) for formula in told.values()), default=0)
    labelled = {word for labels in given.labels.values() for word in labels}
    longest = max(map(len, labelled), default=0)
    text, operations = None, 0
    if len(told) == len(formulas):
        follows = {t: told[next_output(t)] for t in (*given.alphabet, EOS) if next_output(t) in told}
        text = program_text(given.alphabet, told.get(ACCEPT), follows)
        operations = _checked(text, given, tables)
    stops = [learnt.stopped for learnt, _ in found.values() if learnt.stopped is not None]
    stopped = min(stops, key=STOP_REASONS.index, default=None)
    return LearntProgram(
        text,
        size,
        operations,
        found,
        given.labels,
        warnings,
        len(given.words),
        len(labelled),
        longest,
        stopped,
        tables,
        tuple(output for output, formula in formulas.items() if formula is not None and output not in told),
    )


def _checked(text: str, given: LabelledWords, tables: Mapping[str, LabelTable]) -> int:
    """How many operations the program has, after it was run on every labelled prefix.

    Raises ArithmeticError if the interpreter's answer differs from a label.
    """
    program = read_program(Source("the learnt program", text))
    lines = {next_output(token): line for token, line in program.next} | {ACCEPT: program.accept}
    points = next(iter(tables.values())).points
    if len(tables) > 1:  # with several outputs, each word is run once for all of them
        points = points_of(given.alphabet, {word for labels in given.labels.values() for word in labels})
        tables = {output: LabelTable.over(points, labels) for output, labels in given.labels.items()}
    whole = np.setdiff1d(np.arange(points.number), points.parents[1 : points.number])  # prefixes of no longer prefix
    step = max(1, LETTERS_AT_ONCE // (1 + int(points.depths.max(initial=0))))
    for start in range(0, len(whole), step):
        columns = points.prefix_columns(whole[start : start + step])  # (words, positions)
        words = [[given.alphabet[k] for k in points.words[column]] for column in whole[start : start + step].tolist()]
        values = interpreter.trace(program, interpreter.encode(given.alphabet, words)).lines
        for output, table in tables.items():
            line = lines.get(output)  # a token that never may follow has no line
            said = np.zeros(columns.shape, dtype=bool) if line is None else values[line]
            if (table.known[columns] & (columns >= 0) & (said != table.wanted[columns])).any():
                raise ArithmeticError("the program that was learnt does not agree with the labels when it is run")
    return measure(program).operations


def _extremes(points: Points, output: str, formula: SmallFormula) -> list[str]:
    """A warning for each threshold that is within 1 of the largest or smallest value that the words show."""
    found = []
    for part in dict.fromkeys(parts_of(formula)):
        if not isinstance(part, SumComparison) or abs(part.constant) < 3:
            continue
        total = sum((factor * count_of(count, points) for factor, count in part.terms), np.zeros((), np.int64))
        for word, extreme in (("largest", int(total.max())), ("smallest", int(total.min()))):
            if abs(part.constant - extreme) <= 1:
                number = int((total == extreme).sum())
                found.append(
                    f"{output}: a threshold of {part.constant} rests on the {word} value that the words show, "
                    f"{extreme}, at {number} prefixes: nothing is known beyond that value"
                )
    return found
