"""How long training words must be for a program: what can be computed, and how firmly it is established.

For programs without global counts, and for those of counting depth one, the number is exact inside a class of programs
that is named with it. From depth two on no number is computable (arXiv 2603.02238), and a lower bound is given.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from crasp.lengths.agreeing_programs import lower_bound
from crasp.lengths.bound_parameters import look_back, program_parameters
from crasp.lengths.discrimination import MOST_PROGRAMS, Discrimination, discrimination_length
from crasp.lengths.letter_formulas import UnreadableError, conjuncts_of, read_formula
from crasp.lengths.thresholds import Threshold, TooLargeError
from crasp.lengths.window_classes import window_discrimination
from crasp.lengths.window_formulas import window_class
from crasp.meaning import ir
from crasp.meaning.measures import measure
from limit_transformer.lengths.training_length_bounds import Bound, BoundParameters, coverage_floor, evaluate_bounds

LengthKind: TypeAlias = Literal["discrimination length", "lower bound", "none known"]
LengthStanding: TypeAlias = Literal["exact in its class", "lower bound", "none"]
EMPTY_WORD = "the empty word counts, as in training that is judged after every prefix"
NOT_COMPUTABLE = "from depth 2 on, no training length that suffices can be computed (arXiv 2603.02238)"


@dataclass(frozen=True)
class TrainingLength:
    """A training length with its standing.

    `value` is for training on words of 1 to N letters that is judged after every prefix, so that the empty word counts,
    as with legal continuations. `without_empty` is for words that are judged only at their ends. `floor` is the
    coverage floor, a lower bound for every program (docs/training_length.md).
    """

    kind: LengthKind
    value: int | None
    standing: LengthStanding
    because: str
    floor: int
    parameters: BoundParameters
    bounds: tuple[Bound, ...]
    without_empty: int | None = None

    def record(self) -> dict[str, Any]:
        """The training length as JSON data."""
        return {
            "kind": self.kind,
            "value": self.value,
            "value_without_empty_word": self.without_empty,
            "standing": self.standing,
            "because": self.because,
            "coverage_floor": {"value": self.floor, "because": floor_reason(self.parameters)},
            "worst_case": [_bound_record(bound) for bound in self.bounds],
        }


@lru_cache(maxsize=64)
def training_length(program: ir.Program) -> TrainingLength:
    """The training length of a program, for training on words of all lengths from 1 on, judged after every prefix."""
    parameters = program_parameters(program)
    kind, values, standing, because = _computed(program, parameters)
    floor, bounds = coverage_floor(parameters.period, parameters.locality), evaluate_bounds(parameters)
    if values is None:
        return TrainingLength(kind, None, standing, because, floor, parameters, bounds)
    value, without_empty = values
    if value != without_empty:
        because = f"{because}; {EMPTY_WORD}; without it the length is {without_empty}"
    return TrainingLength(kind, value, standing, because, floor, parameters, bounds, without_empty)


def floor_reason(parameters: BoundParameters) -> str:
    """The sentence that says what has to occur in training."""
    residues = f"all {parameters.period} residues of the last position" if parameters.period > 1 else ""
    windows = f"full windows of {parameters.locality + 1} letters" if parameters.locality else ""
    needed = ", each with ".join(part for part in (residues, windows) if part)
    return (
        f"{needed} must occur in training"
        if needed
        else "it reads no positions and no windows, so every length will do"
    )


LengthPair: TypeAlias = tuple[int, int]  # the length if the empty word is judged, and if it is not


def _computed(
    program: ir.Program, parameters: BoundParameters
) -> tuple[LengthKind, LengthPair | None, LengthStanding, str]:
    measures = measure(program)
    if measures.counting_depth == 0:
        back = look_back(program)
        because = (
            f"all functions of the last {_letters(back + 1)} and of the position modulo {parameters.period}: two that "
            "differ do so on a word of this length or a shorter one"
        )
        exact = parameters.period + back
        return "discrimination length", (exact, exact), "exact in its class", because
    reason = NOT_COMPUTABLE
    if measures.counting_depth == 1:
        windows = parameters.period > 1 or parameters.locality > 0
        try:
            found, because = _window_class(program) if windows else _threshold_class(program)
            return "discrimination length", found, "exact in its class", because
        except (UnreadableError, TooLargeError) as problem:
            reason = f"its class is not enumerated: {problem}"
    try:
        pool = lower_bound(program)
    except TooLargeError as problem:
        return "none known", None, "none", f"{reason}; no lower bound is known either: {problem}"
    because = (
        f"{reason}; of {pool.programs:,} programs compared on all words to length {pool.looked_to}, one agrees on "
        f"every shorter word and differs at this length ({pool.unlike})"
    )
    return "lower bound", (pool.length, pool.without_empty), "lower bound", because


def _threshold_class(program: ir.Program) -> tuple[LengthPair, str]:
    """The discrimination length of the class of thresholds that the program belongs to, and the class in words."""
    letters = len(program.alphabet)
    smallest = 3 ** (letters + 1)  # thresholds with coefficients in -1..1
    if smallest > MOST_PROGRAMS:
        raise TooLargeError(
            f"{letters} letters are too many: {smallest:.3g} thresholds, the limit is {MOST_PROGRAMS:,}"
        )
    last: list[int | None] = [None, *range(letters)]
    largest, most, by_letter = 1, 0, False
    for output in dict.fromkeys(program.outputs):
        formulas = [read_formula(program, output, letter) for letter in last]
        by_letter |= len(set(formulas)) > 1
        for formula in formulas:
            conjuncts = conjuncts_of(formula)
            if conjuncts is None or len(conjuncts) > 2:
                raise UnreadableError("an output joins more than two thresholds")
            most = max(most, len(conjuncts))
            largest = max(largest, *map(_extent, conjuncts), 1)
    start = (1,) + (0,) * (letters - 1) if by_letter else None
    found = discrimination_length(letters, largest, conjuncts=max(1, most), start=start)
    words = discrimination_length(letters, largest, conjuncts=max(1, most), start=start, empty=False)
    return (found.length, words.length), _class_text(found, by_letter=by_letter)


def _window_class(program: ir.Program) -> tuple[LengthPair, str]:
    """The discrimination length of the class that a program with positions or windows belongs to, and its text."""
    own = window_class(program)
    counting = own.counting
    found = words = window_discrimination(counting, own.largest)
    if counting.size == 1 and not counting.last:  # otherwise other words tell apart all that the empty word does
        words = window_discrimination(counting, own.largest, empty=False)
    what = f"windows of {counting.size} letters" if counting.size > 1 else f"the {counting.letters} letters"
    at = f" at each residue modulo {counting.period}" if counting.period > 1 else ""
    ends = [f"the last {_letters(counting.last)}"] if counting.last else []
    ends += [f"the length modulo {counting.ending}"] if counting.ending > 1 else []
    given = f", one for each value of {' and '.join(ends)}," if ends else ""
    because = (
        f"all programs that compare counts of {what}{at} by one threshold{given} with coefficients and bound in "
        f"-{own.largest}..{own.largest}: two that differ do so on a word of this length or a shorter one"
    )
    return (found.length, words.length), because


def _letters(number: int) -> str:
    return "letter" if number == 1 else f"{number} letters"


def _extent(threshold: Threshold) -> int:
    return max(*map(abs, threshold.coefficients), abs(threshold.bound))


def _class_text(found: Discrimination, *, by_letter: bool) -> str:
    two = "two thresholds joined by `and` (an output joined by `or`: its negation)"
    what = "one threshold" if found.conjuncts == 1 else two
    given = " for each last letter" if by_letter else ""
    return (
        f"all programs that compare counts of the {found.letters} letters by {what} with coefficients and bound in "
        f"-{found.largest}..{found.largest}{given}: two that differ do so on a word of this length or a shorter one"
    )


def _bound_record(bound: Bound) -> dict[str, Any]:
    return {
        "name": bound.name,
        "status": bound.status,
        "because": bound.because,
        "log10": bound.log10,
        "terms": [
            {"formula": term.formula, "log10": term.log10, "factors_log10": dict(term.factors)} for term in bound.terms
        ],
        "assumptions": [{"name": a.name, "holds": a.holds, "because": a.because} for a in bound.assumptions],
    }
