"""Which encoding and training length to use for a length that must work, and what to expect of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crasp.regular.families.family import Family
from eval.encodings.family_ladder import FamilyLadder, ladder_record
from eval.forecast.fitted_reach import rung_of
from eval.forecast.forecast_model import FEWEST_RUNS, ForecastModel
from eval.forecast.forecast_question import ForecastQuestion
from eval.forecast.forecasting import floor_of_prediction, forecast_notes
from eval.prediction.prediction import Prediction, under
from tasks.ground.automata.automaton import counted
from tasks.position_schemes import read_scheme, scheme_name
from tasks.task import ENCODINGS, Encoding

LIKELY_CHANCE: Final = 0.9  # of one run: what a training length is advised for
CLOSE_RATIO: Final = 1.25  # times the training length
OTHERS: Final = ("rope", "alibi", "sinusoidal", "randomized")
NOT_MEASURED: Final = "not measured"


@dataclass(frozen=True)
class EncodingAdvice:
    """What to expect of one encoding.

    `shortest` is the shortest training length with which one fitted run is right to the length that must work with 90%,
    `shortest_of_3` the same of any of three; None where even training up to it is not forecast to do, or nothing was
    measured. `single` and `any_of_3` are the chances with the training length that was asked for, None without one.
    `any_of_3` is the chance that at least one of three is right. `basis` says what the forecast rests on, and `notes`
    where that is little.
    """

    pe: str
    title: str
    verdict: str
    standing: str
    because: str
    shortest: int | None
    shortest_of_3: int | None
    single: float | None
    any_of_3: float | None
    basis: str
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "pe": self.pe,
            "verdict": self.verdict,
            "standing": self.standing,
            "because": self.because,
            "shortest_training_length": self.shortest,
            "shortest_for_any_of_3": self.shortest_of_3,
            "single": None if self.single is None else round(self.single, 4),
            "any_of_3": None if self.any_of_3 is None else round(self.any_of_3, 4),
            "basis": self.basis,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Advice:
    """What is advised for a subject and a length that must work; `best` is the encoding advised, None without one."""

    subject: str
    length: int
    train_length: int | None
    ladder: FamilyLadder | None
    floor: int | None
    encodings: tuple[EncodingAdvice, ...]
    best: EncodingAdvice | None
    version: str
    notes: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """As JSON data."""
        return {
            "subject": self.subject,
            "test_length": self.length,
            "train_length": self.train_length,
            "families": None if self.ladder is None else ladder_record(self.ladder),
            "coverage_floor": self.floor,
            "encodings": [each.record() for each in self.encodings],
            "advised": None if self.best is None else {"pe": self.best.pe, "train_length": self.best.shortest},
            "forecast_version": self.version,
            "notes": list(self.notes),
        }


def advise(
    predictions: Mapping[Encoding, Prediction], length: int, train_length: int | None, model: ForecastModel
) -> Advice:
    """The advice that follows from the predictions for the measured encodings and from the forecast's model.

    The advised encoding is the one with which the shortest training words make one run right with a probability of 90%.
    If a training length is given, it is the one whose run is likeliest to be right with that length. Encodings that are
    predicted to generalise go before all others.
    """
    first = predictions["ape"]
    floor = floor_of_prediction(first)
    measured = [_measured(p, length, train_length, floor, model) for p in predictions.values()]
    others = [_other(name, first) for name in OTHERS] if first.ladder is not None else []
    hopeful = [each for each in measured if each.shortest is not None]
    sound = [each for each in hopeful if each.verdict == "generalizes"]
    best = min(sound or hopeful, key=lambda each: (-(each.single or 0), each.shortest), default=None)
    notes = _notes(measured, best, length, floor)
    return Advice(
        first.subject, length, train_length, first.ladder, floor, (*measured, *others), best, model.version, notes
    )


def _measured(
    prediction: Prediction, length: int, train_length: int | None, floor: int | None, model: ForecastModel
) -> EncodingAdvice:
    about = (prediction.pe, ENCODINGS[prediction.pe], prediction.verdict, prediction.standing, prediction.because)
    rung = None if prediction.contradicted else rung_of(prediction.ladder)
    cell = None if rung is None else model.cell(rung, prediction.pe)
    if cell is None:
        why = "it is not known which families have a program" if rung is None else NOT_MEASURED
        return EncodingAdvice(*about, None, None, None, None, why)
    runs = max((each.runs for each in cell.counts), default=0)
    few = "only " if runs < FEWEST_RUNS else ""
    shortest = _shortest(length, floor, LIKELY_CHANCE, cell.probability)
    asked = train_length or shortest
    notes = () if asked is None else forecast_notes(prediction, ForecastQuestion(asked, (length,)), cell, model)
    past = f"; measured to {cell.measured:g} times the training length" if runs else ", and so on what all rungs share"
    single = None if train_length is None else cell.probability(length / train_length)
    return EncodingAdvice(
        *about,
        shortest,
        _shortest(length, floor, LIKELY_CHANCE, lambda times: model.any_of(3, cell.probability(times))),
        single,
        None if single is None else model.any_of(3, single),
        f"{few}{counted(runs, 'run')} of this rung and encoding{past}",
        notes,
    )


def _shortest(length: int, floor: int | None, wanted: float, chance: Any) -> int | None:
    """The shortest training length, no shorter than the floor, with which the chance at `length` is as wanted.

    The chance falls with the multiple, so it rises with the training length: found by bisection.
    """
    low, high = max(floor or 1, 1), length
    if low > high or chance(1.0) < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if chance(length / middle) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _other(name: str, prediction: Prediction) -> EncodingAdvice:
    """What the theory says of an encoding that no run has, and that nothing was measured."""
    scheme = read_scheme(name)
    found = under(scheme, prediction)
    about = (scheme_name(scheme), found.encoding, found.verdict, found.standing, found.because)
    return EncodingAdvice(*about, None, None, None, None, NOT_MEASURED)


def _notes(
    measured: Sequence[EncodingAdvice], best: EncodingAdvice | None, length: int, floor: int | None
) -> tuple[str, ...]:
    notes = []
    if floor is not None and length < floor:
        notes.append(
            f"The length that must work, {length:,}, is below the coverage floor {floor:,}: words so short do not show "
            f"every residue and window, and tell other languages from this no more. Train on all to length {length:,}."
        )
    elif best is None:
        notes.append(
            f"With no encoding that was measured is a run forecast to be right to length {length:,} with "
            f"{LIKELY_CHANCE:.0%}, even if it is trained up to it."
        )
    elif best.verdict != "generalizes":
        times = length / (best.shortest or length)
        close = ", which is close" if times < CLOSE_RATIO else ""
        notes.append(
            f"{best.title} is not predicted to generalise; what must work is {times:.2f} times as long as the training "
            f"words that it needs{close}."
        )
    if all(each.verdict == "fails" for each in measured):
        notes.append("No encoding that was measured is predicted to generalise: train on words as long as must work.")
    notes.append("Chances are of a run that fits its training lengths. Train several, and keep those that fit exactly.")
    return tuple(notes)


def missing_families(ladder: FamilyLadder | None) -> tuple[Family, ...]:
    """The families without a program: what the decider's pairs are made of."""
    return tuple(rung.family for rung in ladder or () if rung.answer is False)


def advice_lines(advice: Advice) -> list[str]:
    """The advice as lines of text."""
    lines = [f"{advice.subject or '(the empty word)'}, to be right to length {advice.length:,}"]
    if advice.best is None:
        lines.append("  advice     none: see the notes")
    else:
        lines.append(f"  advice     train with {advice.best.title} on words to length {_length_in_words(advice)}")
    floor = "not known" if advice.floor is None else f"{advice.floor:,}"
    lines.append(f"  floor      training words must reach length {floor} for every residue and window to be seen")
    for each in advice.encodings:
        lines.append(f"  {each.title}: {each.verdict} ({each.standing})")
        lines += [f"    {said}" for said in _expected(each, advice)]
    return [*lines, *(f"  note: {note}" for note in advice.notes)]


def _length_in_words(advice: Advice) -> str:
    """The training length for 90%, and whether that which was asked for is as long."""
    assert advice.best is not None
    asked, short = advice.train_length, advice.best.shortest or advice.length
    if asked is None or asked == short:
        return f"{short:,}"
    if asked > short:
        return f"{asked:,}; {short:,} is forecast to give {LIKELY_CHANCE:.0%}"
    return f"{short:,}; with {asked:,} one run is forecast to be right with {advice.best.single:.0%}"


def _expected(each: EncodingAdvice, advice: Advice) -> list[str]:
    if each.basis == NOT_MEASURED:
        return [f"{NOT_MEASURED}: no run with this encoding is among those that the forecast is learnt from"]
    said = []
    if each.single is not None:
        said.append(
            f"trained to {advice.train_length:,}: one run {each.single:.0%}, any of 3 {each.any_of_3:.0%} right there"
        )
    for what, shortest in (("one run", each.shortest), ("any of 3 runs", each.shortest_of_3)):
        if shortest is None and advice.floor is not None and advice.length < advice.floor:
            said.append(f"{what}: no training length shows what is needed: all are below the coverage floor")
        elif shortest is None:
            said.append(f"{what}: no training length below {advice.length:,} is forecast to give {LIKELY_CHANCE:.0%}")
        else:
            times = advice.length / shortest
            said.append(
                f"{what}: {LIKELY_CHANCE:.0%} from training length {shortest:,} on (tested {times:.2f} times as far)"
            )
    return [*said, f"rests on {each.basis}", *(f"note: {note}" for note in each.notes)]
