"""Automata in AT&T text, as OpenFst, pynini, foma and HFST write them.

    0 1 a        a transition from state 0 to state 1 with the letter a; `0 1 a a` has an output too, and means the same
    1 0.5        state 1 is final; weights are read, and then ignored

The initial state is the first state of the first line. The labels `<eps>`, `<epsilon>`, `ε`, `@0@` and `0` stand for no
letter.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.ground.automata.nondeterministic import EMPTY, EMPTY_NAMES, Graph
from tasks.ground.automata.text_places import Problem, Source, Span, render
from tasks.ground.automata.tokens import LanguageError, why_not_a_letter

ZERO = "0"
OTHERS = frozenset(
    ("@_UNKNOWN_SYMBOL_@", "@_IDENTITY_SYMBOL_@")
)  # in foma and HFST: any token that the file does not name
_WEIGHT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|[+-]?inf(?:inity)?", re.IGNORECASE)
_COMMENT = re.compile(r"\s*#(\s|$)")


@dataclass(frozen=True, slots=True)
class _LineFields:
    """The fields of one line: of a transition if there are more than two, else of a final state."""

    number: int
    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _WrittenArc:
    """A transition with its line in the file; its label is EMPTY if it reads no letter."""

    line: _LineFields
    label: str


def read_att(text: str, name: str, *, alphabet: tuple[str, ...] | None = None) -> Graph:
    """Return the automaton of a file's text.

    Args:
        text: The file's text.
        name: What messages call the file.
        alphabet: The tokens, if they are known; then `0` is a letter if it is one of them.

    Raises:
        LanguageError: The text is no automaton; the message names the line.
    """
    reader = _LineReader(text, name, frozenset(alphabet or ()))
    lines = list(reader.lines())
    if not lines:
        raise LanguageError(f"{name}: expected an automaton, found nothing")
    if alphabet is None and all(len(line.fields) < 3 for line in lines):
        raise LanguageError(f"{name}: expected an automaton in JSON or AT&T text, found no transition")
    graph = Graph(starts=[lines[0].fields[0]])
    outputs = _have_outputs(lines)
    arcs = []
    for line in lines:
        states = line.fields[: 1 if len(line.fields) < 3 else 2]
        for state in states:
            graph.add_state(state)
        exists = reader.exists(line, outputs=outputs)
        if len(line.fields) > 2:
            arc = _WrittenArc(line, reader.label(line, outputs=outputs))
            arcs += [arc] if exists else []
        elif exists:
            graph.finals.add(states[0])
    zero = _zero_is_a_letter(arcs, alphabet)
    named = {arc.label for arc in arcs}
    for arc in arcs:
        source, target = arc.line.fields[:2]
        if arc.label in OTHERS:
            for letter in reader.others(arc.line, named, alphabet):
                graph.add(source, letter, target)
        else:
            graph.add(source, EMPTY if arc.label == ZERO and not zero else arc.label, target)
    if ZERO in named:
        graph.remarks.append(
            f"`0` is read as {'a letter' if zero else 'no letter'}; --alphabet says which letters there are"
        )
    if reader.weighted:
        graph.remarks.append("weights are left out: a word is a member whatever its weight")
    return graph


class _LineReader:
    """Reads the lines of one text; `weighted` says whether one of them has a finite weight that is not 0."""

    def __init__(self, text: str, name: str, alphabet: frozenset[str]) -> None:
        self.text = text
        self.name = name
        self.empty = EMPTY_NAMES - alphabet
        self.weighted = False

    def refusal(self, line: _LineFields, message: str) -> LanguageError:
        """Return an error that shows the problem with the line."""
        span = Span(line.number, 1, line.number, len(line.text) + 1)
        return LanguageError(render(Source(self.name, self.text), (Problem(span, message),)))

    def lines(self) -> Iterator[_LineFields]:
        """Yield the lines that are neither empty nor a comment; a comment begins with `#` and white space.

        Raises:
            LanguageError: A line has an empty column or too many fields, or begins a second automaton.
        """
        for number, text in enumerate(self.text.split("\n"), 1):
            line = _LineFields(number, text.rstrip("\r"), tuple(text.split()))
            if not line.fields or _COMMENT.match(text):
                continue
            columns = line.text.rstrip("\t").split("\t")
            if len(columns) > 1 and not all(column.strip() for column in columns):
                raise self.refusal(line, "expected a symbol, found white space: no token holds any")
            if re.fullmatch("--+", line.fields[0]) and len(line.fields) == 1:
                raise self.refusal(line, "expected one automaton, found the beginning of another")
            if len(line.fields) > 5:
                raise self.refusal(line, f"expected at most 5 fields of an automaton's line, found {len(line.fields)}")
            yield line

    def exists(self, line: _LineFields, *, outputs: bool) -> bool:
        """Return whether the line counts: a transition or final state with an infinite weight does not exist.

        A missing weight is 0.
        """
        weights = line.fields[1:] if len(line.fields) < 3 else line.fields[4 if outputs else 3 :]
        for weight in weights:
            if _WEIGHT.fullmatch(weight) is None:
                final = ", as a line `state weight` of a final state has it" if len(line.fields) == 2 else ""
                raise self.refusal(line, f"expected a number as the weight{final}, found `{weight}`")
            self.weighted = self.weighted or 0 < abs(float(weight)) < math.inf
        return all(abs(float(weight)) < math.inf for weight in weights)

    def label(self, line: _LineFields, *, outputs: bool) -> str:
        """Return the transition's letter, or EMPTY.

        Raises:
            LanguageError: Input and output differ, one of them is missing, or the label cannot be a letter.
        """
        if outputs and len(line.fields) == 3:
            raise self.refusal(line, "expected an input and an output, as on the other lines, found one symbol")
        labels = {EMPTY if label in self.empty else label for label in line.fields[2 : 4 if outputs else 3]}
        if len(labels) > 1:
            message = f"the input `{line.fields[2]}` and the output `{line.fields[3]}` differ: expected an automaton"
            raise self.refusal(line, f"{message}, found a transducer")
        (label,) = labels
        reason = why_not_a_letter(label) if label != EMPTY else None
        if reason is not None:
            raise self.refusal(line, reason)
        return label

    def others(self, line: _LineFields, named: set[str], alphabet: tuple[str, ...] | None) -> list[str]:
        """Return the tokens of the alphabet that the file does not name."""
        if alphabet is None:
            raise self.refusal(
                line,
                "this label stands for any token that the file does not name: --alphabet has to say which these are",
            )
        return [token for token in alphabet if token not in named]


def _have_outputs(lines: Sequence[_LineFields]) -> bool:
    """Return whether the fourth column holds outputs; otherwise it holds weights."""
    arcs = [line.fields for line in lines if len(line.fields) > 2]
    if any(len(fields) != 4 for fields in arcs):
        return any(len(fields) == 5 for fields in arcs)
    return all(fields[2] == fields[3] for fields in arcs) or any(_WEIGHT.fullmatch(f[3]) is None for f in arcs)


def _zero_is_a_letter(arcs: Sequence[_WrittenArc], alphabet: tuple[str, ...] | None) -> bool:
    """Return whether `0` is a letter.

    It is if the alphabet has it, or if the file uses another name for no letter. Otherwise `0` means no letter, as in
    OpenFst, except in a deterministic automaton over 0 and 1.
    """
    if alphabet is not None:
        return ZERO in alphabet
    labels = {arc.label for arc in arcs}
    if EMPTY in labels:
        return True
    targets: dict[tuple[str, str], set[str]] = {}
    for arc in arcs:
        targets.setdefault((arc.line.fields[0], arc.label), set()).add(arc.line.fields[1])
    return labels <= {"0", "1"} and all(len(each) == 1 for each in targets.values())
