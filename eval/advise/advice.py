"""Advises on the encoding and the training length for a length that must work, and says what to expect of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from crasp.regular.families.family import Family
from eval.encodings.family_ladder import FamilyLadder, ladder_record
from eval.forecast.forecast_model import FEWEST_RUNS, ForecastModel
from eval.forecast.forecast_question import ForecastQuestion
from eval.forecast.forecasting import floor_of_prediction, forecast_cell, forecast_notes
from eval.forecast.rungs import rung_of
from eval.prediction.prediction import Prediction
from tasks.ground.automata.automaton import counted
from tasks.position_schemes import scheme_name
from tasks.task import Encoding

LIKELY_CHANCE: Final = 0.9  # an advised training length gives one run at least this chance
CLOSE_RATIO: Final = 1.25  # a length below this multiple of the training length is called close
NOT_MEASURED: Final = "not measured"
NOT_DECIDED: Final = "it is not known which families have a program"


@dataclass(frozen=True)
class EncodingAdvice:
    """What to expect of one encoding, of runs that fit their training lengths.

    Attributes:
        pe: The encoding's name.
        title: The encoding as a person reads it.
        verdict: The predicted verdict.
        standing: How far the verdict is established.
        because: The reason for the verdict.
        shortest: The shortest training length with which one run is right at the length that must work with a chance of
            90%, at most that length itself. None if all such lengths are below the coverage floor, or nothing was
            measured.
        shortest_of_3: The same for at least one of three runs.
        single: The chance of one run with the training length that was asked for; None without one.
        any_of_3: The chance that at least one of three such runs is right.
        basis: What the forecast rests on.
        notes: Where it rests on little.
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
        """Return the advice as JSON data."""
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
    """The advice for a subject and a length that must work.

    Attributes:
        subject: The task, program or language.
        length: The length that must work.
        train_length: The training length that was asked for, if any.
        ladder: Which families of programs have a program for the subject, if that was decided.
        floor: The coverage floor, below which training words leave a residue or window unseen; None if it is not known.
        encodings: What to expect of each encoding.
        best: The encoding that is advised; None if none is.
        version: The version of the forecast.
        notes: Remarks on the whole.
    """

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
        """Return the advice as JSON data."""
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
    predictions: Mapping[Encoding, Prediction],
    length: int,
    train_length: int | None,
    model: ForecastModel,
    *,
    others: Sequence[Prediction] = (),
) -> Advice:
    """Return the advice that follows from the predictions and from the forecast's model.

    Without a training length, the advised encoding is the one that needs the shortest training words for a chance of
    90% of one run. With a training length, it is the one whose run is likeliest to be right with that length. Encodings
    that are predicted to generalise come before all others.

    Args:
        predictions: The prediction for each encoding that was measured.
        length: The length that must work.
        train_length: A training length to say the chances of, or None.
        model: The forecast's model.
        others: The predictions for encodings that are shown too, and are not advised.
    """
    first = predictions["ape"]
    floor = floor_of_prediction(first)
    measured = [_expected_of(p, length, train_length, floor, model) for p in predictions.values()]
    shown = [_expected_of(each, length, train_length, None, model) for each in others]
    possible = [each for each in measured if each.shortest is not None]
    sound = [each for each in possible if each.verdict == "generalizes"]
    hopeful = [each for each in possible if each.shortest != length]
    best = min(sound or hopeful, key=lambda each: (-(each.single or 0), each.shortest), default=None)
    notes = _notes(measured, best, length, floor)
    return Advice(
        first.subject, length, train_length, first.ladder, floor, (*measured, *shown), best, model.version, notes
    )


def _expected_of(
    prediction: Prediction, length: int, train_length: int | None, floor: int | None, model: ForecastModel
) -> EncodingAdvice:
    name = prediction.pe if prediction.scheme is None else scheme_name(prediction.scheme)
    about = (name, prediction.encoding, prediction.verdict, prediction.standing, prediction.because)
    rung = None if prediction.contradicted else rung_of(prediction.ladder)
    cell = forecast_cell(prediction, rung, model)
    if cell is None:
        why = NOT_DECIDED if rung is None else NOT_MEASURED
        return EncodingAdvice(*about, None, None, None, None, why)
    runs = max((each.runs for each in cell.counts), default=0)
    number = counted(runs, "run") if runs else "no run"
    few = "only " if 0 < runs < FEWEST_RUNS else ""
    shortest = _shortest(length, floor, LIKELY_CHANCE, cell.probability)
    asked = train_length or shortest
    notes = () if asked is None else forecast_notes(prediction, ForecastQuestion(asked, (length,)), cell, model)
    past = f"; measured to {cell.measured:g} times the training length" if runs else ", and so on what all rungs share"
    single = (
        None if train_length is None else 1.0 if train_length == length else cell.probability(length / train_length)
    )
    return EncodingAdvice(
        *about,
        shortest,
        _shortest(length, floor, LIKELY_CHANCE, lambda times: model.any_of(3, cell.probability(times))),
        single,
        None if single is None else model.any_of(3, single),
        f"{few}{number} of this rung and encoding{past}",
        notes,
    )


def _shortest(length: int, floor: int | None, wanted: float, chance: Any) -> int | None:
    """Return the shortest training length, at least the floor, with which the chance at `length` is at least `wanted`.

    It is at most `length`, because a run that fits words to a length is right there, by what fitting means. `chance` is
    a function of the multiple of the training length. It falls with the multiple and so rises with the training length,
    which makes bisection possible.
    """
    low, high = max(floor or 1, 1), length
    if low > high:
        return None
    while low < high:
        middle = (low + high) // 2
        if chance(length / middle) >= wanted:
            high = middle
        else:
            low = middle + 1
    return low


def _notes(
    measured: Sequence[EncodingAdvice], best: EncodingAdvice | None, length: int, floor: int | None
) -> tuple[str, ...]:
    notes = []
    if floor is not None and length < floor:
        notes.append(
            f"The length that must work, {length:,}, is below the coverage floor {floor:,}. Such short words do not "
            "show every residue and window, so they do not tell this language from others. Train on all words to "
            f"length {length:,}."
        )
    elif best is None:
        notes.append(
            f"For no encoding that was measured is a run forecast to be right to length {length:,} with probability "
            f"{LIKELY_CHANCE:.0%}, unless it is trained on words to that length."
        )
    elif best.verdict != "generalizes":
        times = length / (best.shortest or length)
        close = ", which is close" if times < CLOSE_RATIO else ""
        notes.append(
            f"{best.title} is not predicted to generalise. The length that must work is {times:.2f} times the training "
            f"length that it needs{close}."
        )
    if all(each.verdict == "fails" for each in measured):
        notes.append(
            "No encoding that was measured is predicted to generalise: train on words to the length that must work."
        )
    notes.append(
        "The chances are those of a run that fits its training lengths. Train several, and keep those that fit exactly."
    )
    return tuple(notes)


def missing_families(ladder: FamilyLadder | None) -> tuple[Family, ...]:
    """Return the families that have no program for the subject; the decider makes its pairs of words for these."""
    return tuple(rung.family for rung in ladder or () if rung.answer is False)


def advice_lines(advice: Advice) -> list[str]:
    """Return the advice as lines of text."""
    lines = [f"{advice.subject or '(the empty word)'}, to be right to length {advice.length:,}"]
    if advice.best is None:
        lines.append("  advice     none: see the notes")
    else:
        lines.append(f"  advice     train with {advice.best.title} on words to length {_length_in_words(advice)}")
    if advice.floor is None:
        lines.append("  floor      not known: no modulus and look-back of a program are known here")
    else:
        reached = f"training words must reach length {advice.floor:,}"
        lines.append(f"  floor      {reached} for every residue and window to occur in them")
    for each in advice.encodings:
        lines.append(f"  {each.title}: {each.verdict} ({each.standing})")
        lines += [f"    {said}" for said in _expected(each, advice)]
    return [*lines, *(f"  note: {note}" for note in advice.notes)]


def _length_in_words(advice: Advice) -> str:
    """Return the advised training length in words, with a remark if another one was asked for."""
    assert advice.best is not None
    asked, short = advice.train_length, advice.best.shortest or advice.length
    if asked is None or asked == short:
        return f"{short:,}"
    if asked > short:
        return f"{asked:,}; {short:,} is forecast to give {LIKELY_CHANCE:.0%}"
    return f"{short:,}; with {asked:,} one run is forecast to be right with {advice.best.single:.0%}"


def _expected(each: EncodingAdvice, advice: Advice) -> list[str]:
    if each.basis == NOT_MEASURED:
        return [f"{NOT_MEASURED}: the forecast is not learnt from any run with this encoding"]
    if each.basis == NOT_DECIDED:
        return [f"nothing is forecast: {NOT_DECIDED}"]
    said = []
    if each.single is not None:
        said.append(
            f"trained to {advice.train_length:,}: one run {each.single:.0%}, any of 3 {each.any_of_3:.0%} right there"
        )
    for what, shortest in (("one run", each.shortest), ("any of 3 runs", each.shortest_of_3)):
        if shortest is None:
            said.append(f"{what}: no training length is enough: all are below the coverage floor")
        elif shortest == advice.length:
            said.append(f"{what}: no training length below {advice.length:,} is forecast to give {LIKELY_CHANCE:.0%}")
        else:
            times = advice.length / shortest
            said.append(
                f"{what}: {LIKELY_CHANCE:.0%} from training length {shortest:,} on ({advice.length:,} is {times:.2f} "
                "times as long)"
            )
    return [*said, f"rests on {each.basis}", *(f"note: {note}" for note in each.notes)]
