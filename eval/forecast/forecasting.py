"""Predictions with their forecasts: what the curve of their rung and encoding says, and on what it rests."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import cache

from crasp.errors import Source
from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.decided_programs import subject_of_program
from crasp.regular.families.family import includes
from crasp.text.loader import read_program
from eval.encodings.family_ladder import FamilyRung, allowed_family, smallest_families
from eval.encodings.length_forecast import Forecast, HorizonForecast, LengthForecast
from eval.forecast.encoding_kinds import allows, kind_of
from eval.forecast.forecast_model import FEWEST_RUNS, ForecastCell, ForecastModel, passed, read_forecast
from eval.forecast.forecast_question import ForecastQuestion, MeasuredModel, check_forecastable
from eval.forecast.rungs import NO_FAMILY, RungName, rung_of
from eval.prediction.prediction import Prediction
from limit_transformer.lengths.training_length_bounds import coverage_floor
from tasks.ground.automata.automaton import counted
from tasks.ground.automata.language import Language
from tasks.ground.console import RefusedError
from tasks.languages.task_origin import title_of
from tasks.position_schemes import RandomizedPositions
from train.ledger import SHIPPED

MODEL = SHIPPED / "forecast.json"
RUNGS_IN_WORDS = {
    "plain": "plain",
    "local": "look-back",
    "periodic": "residues",
    "periodic_local": "residues and look-back",
    NO_FAMILY: "no program",
}


AT_A_MARKER = (
    "The forecast is about a model that answers after an end marker. For a model that predicts the end right after the "
    "last letter, as those trained here do, --accept last gives the forecast."
)
FLOOR_NOT_KNOWN = (
    "Whether the training words reach the coverage floor is not known: no modulus and look-back of a program are known "
    "here."
)


@cache
def shipped_model() -> ForecastModel:
    """The model that comes with the project.

    Raises:
        RefusedError: It cannot be read.
    """
    return read_forecast(MODEL)


def forecast_all(
    predictions: Sequence[Prediction],
    question: ForecastQuestion,
    *,
    source: Source | None = None,
    language: Language | None = None,
) -> list[Prediction]:
    """The predictions for one subject, with their forecasts by the model that comes with the project.

    Args:
        predictions: One prediction for each encoding.
        question: What is asked for.
        source: The subject, if it is a program.
        language: The subject, if it is a regular language.

    Raises:
        RefusedError: The language has no word or every word, or the training length is too short for it.
    """
    if language is not None:
        rule, outputs = predictions[0].rule, list[Hashable](language.automaton.outputs)
        if of_letters := rule is not None and rule.target == "next" and rule.accept == "last":
            machine = machine_of(language.automaton, accept="last", target="next")
            outputs = [machine.at_start, *(answer for row in machine.answers for answer in row)]
        check_forecastable(title_of(language.text), outputs, of_letters=of_letters)
    if source is not None:
        automaton = subject_of_program(source.name, read_program(source)).automaton
        if automaton is not None:
            check_forecastable(source.name, automaton.outputs)
    model = shipped_model()
    return [with_forecast(each, question, model) for each in predictions]


def with_forecast(prediction: Prediction, question: ForecastQuestion, model: ForecastModel) -> Prediction:
    """The prediction with its forecast; if nothing is known, all probabilities are None, and a note says why.

    Args:
        prediction: The prediction.
        question: What is asked for.
        model: The model of the forecast.

    Raises:
        RefusedError: The training length is below the coverage floor of the prediction's program, or the encoding has
            no positions for words of a test length.
    """
    _check_floor(prediction, question.train_length)
    _check_positions(prediction, question)
    rung = None if prediction.contradicted else rung_of(prediction.ladder)
    cell = forecast_cell(prediction, rung, model)
    if cell is None:
        return replace(prediction, forecast=_nothing(prediction, question, model, rung))
    train, notes = question.train_length, forecast_notes(prediction, question, cell, model)
    if prediction.scheme is None and prediction.verdict == "generalizes" and floor_of_prediction(prediction) is None:
        notes = (*notes, FLOOR_NOT_KNOWN)
    lengths = tuple(_at(length, train, cell, model) for length in question.test_lengths)
    found = Forecast(train, rung, lengths, _horizon(train, cell, model), model.version, notes)
    if question.measured is not None:
        found = _of_the_model(found, question.measured, cell, model)
    return replace(prediction, forecast=found)


def forecast_cell(prediction: Prediction, rung: RungName | None, model: ForecastModel) -> ForecastCell | None:
    """The curve that forecasts runs of a prediction's language and encoding; None if there is none.

    Args:
        prediction: The prediction.
        rung: The language's rung; None if it is not known.
        model: The model of the forecast.
    """
    kind = kind_of(prediction.pe, prediction.scheme)
    if rung is None or kind is None or _other_angles(prediction, rung):
        return None
    return model.cell(rung, kind)


def _other_angles(prediction: Prediction, rung: RungName) -> bool:
    """Whether the angles repeat, but not so that they tell the residues that the language's program needs.

    All runs that were measured have angles that do.
    """
    kind = kind_of(prediction.pe, prediction.scheme)
    return kind is not None and prediction.scheme is not None and allows(kind, rung) and prediction.verdict == "fails"


def _of_the_model(found: Forecast, measured: MeasuredModel, cell: ForecastCell, model: ForecastModel) -> Forecast:
    """The forecast for one model whose accuracy just past its training lengths is known, beside that for any run."""
    own = model.measured_cell(cell.rung, cell.pe, measured.accuracy)
    if own is None:
        note = (
            f"{measured.name} was measured, but no run shows how that changes the forecast, so it is the forecast of "
            "any run."
        )
        return replace(found, notes=(*found.notes, note))
    train, past = found.train_length, _past_measured(own, cell)
    curves = [own if each.length / train <= cell.measured else past for each in found.lengths]
    lengths = tuple(
        replace(_at(each.length, train, curve, model), any_of_3=None, any_of_5=None, without=each.single)
        for each, curve in zip(found.lengths, curves, strict=True)
    )
    return replace(
        found,
        lengths=lengths,
        horizon=_horizon(train, own, model),
        measured=measured.record(),
        measured_in_words=f"{measured.name}, {measured.in_words}",
    )


def _past_measured(own: ForecastCell, cell: ForecastCell) -> ForecastCell:
    """The curve of one model past the greatest multiple at which runs of its rung and encoding were measured.

    There its accuracy changes the log-odds of any run by as much as at that multiple: nothing shows how the two slopes
    go on, and good news must not become bad news where nobody looked.

    Args:
        own: The curve of the model up to that multiple.
        cell: The curve of any run.
    """
    if cell.measured <= 1:
        return own
    x = passed(cell.measured)
    change = own.intercept + own.slope * x - (cell.intercept + cell.slope * x)
    return replace(cell, intercept=cell.intercept + change)


def _nothing(prediction: Prediction, question: ForecastQuestion, model: ForecastModel, rung: str | None) -> Forecast:
    if rung is not None and _other_angles(prediction, rung):
        because = (
            f"no run was measured whose angles do not tell the residues that a program needs, and those of "
            f"{prediction.encoding} do not"
        )
    elif rung is not None or kind_of(prediction.pe, prediction.scheme) is None:
        because = f"the forecast is not learnt from any run with {prediction.encoding}"
    else:
        because = "the forecast needs to know which families have a program, and this is not known"
    lengths = tuple(LengthForecast(length) for length in question.test_lengths)
    note = f"Nothing is forecast: {because}."
    return Forecast(question.train_length, rung, lengths, HorizonForecast(), model.version, (note,))


def _check_positions(prediction: Prediction, question: ForecastQuestion) -> None:
    """Raise RefusedError if an encoding has too few positions for the longest word with its begin token."""
    scheme, longest = prediction.scheme, question.test_lengths[-1]
    if isinstance(scheme, RandomizedPositions) and longest + 1 > scheme.largest:
        raise RefusedError(
            f"{prediction.encoding} has no positions for words of length {longest:,}: their {longest + 1:,} tokens "
            f"need different positions, and there are {scheme.largest:,}"
        )


def _allowed_rung(prediction: Prediction) -> FamilyRung | None:
    """The smallest rung with a program that the encoding allows; None if its modulus and look-back are not known."""
    if prediction.ladder is None:
        return None
    allowed, smallest = allowed_family(prediction.pe), smallest_families(prediction.ladder)
    rung = next((r for r in prediction.ladder if r.family in smallest and includes(allowed, r.family)), None)
    return None if rung is None or rung.modulus is None or rung.lookback is None else rung


def floor_of_prediction(prediction: Prediction) -> int | None:
    """The shortest training length at which words show every residue and window of the prediction's program.

    None if no program that the encoding allows is known.
    """
    rung = _allowed_rung(prediction)
    if rung is None or rung.modulus is None or rung.lookback is None:
        return None
    # An end marker takes one place of the window, but is no letter of the training word.
    marker = prediction.rule is not None and prediction.rule.accept == "end" and rung.lookback > 0
    return coverage_floor(rung.modulus, rung.lookback) - marker


def _check_floor(prediction: Prediction, train_length: int) -> None:
    """Raise RefusedError if the training words are too short to show every residue and window of the program.

    No model can know what comes after one that it has never seen.
    """
    if prediction.verdict != "generalizes" or prediction.scheme is not None:
        return
    rung, floor = _allowed_rung(prediction), floor_of_prediction(prediction)
    if rung is not None and floor is not None and train_length < floor:
        raise RefusedError(
            f"training length {train_length} is below the coverage floor {floor} of {prediction.subject}'s program "
            f"(modulus {rung.modulus}, look-back {rung.lookback}): shorter words leave a residue or a window unseen"
        )


def _at(length: int, train_length: int, cell: ForecastCell, model: ForecastModel) -> LengthForecast:
    if length == train_length:
        return LengthForecast(length, 1.0, 1.0, 1.0, 1.0, 1.0, times=1.0)  # by what fitting means
    times = length / train_length
    single = cell.probability(times)
    low, high = cell.interval(times)
    found = LengthForecast(length, single, model.any_of(3, single), model.any_of(5, single), low, high)
    count = cell.count_near(times)
    if count is None:
        return found
    return replace(found, runs=count.runs, languages=count.languages, right=count.right / count.runs, times=count.times)


def _horizon(train_length: int, cell: ForecastCell, model: ForecastModel) -> HorizonForecast:
    """The median horizon and its two outer deciles; none is greater than the longest length that was measured.

    If no run of the rung was measured, that length is taken from the other rungs of the encoding.
    """
    rungs = [cell] if cell.measured > 1 else [each for each in model.cells if each.pe == cell.pe]
    measured = max(each.measured for each in rungs)

    def length(probability: float) -> int:
        return round(train_length * min(cell.times_at(probability), measured))

    return HorizonForecast(length(0.5), length(0.9), length(0.1), round(measured * train_length))


def forecast_notes(
    prediction: Prediction, question: ForecastQuestion, cell: ForecastCell, model: ForecastModel
) -> tuple[str, ...]:
    """Notes on where a forecast rests on little, and on what it is not about.

    Args:
        prediction: The prediction.
        question: What is asked for.
        cell: The curve of the prediction's rung and encoding.
        model: The model of the forecast.
    """
    said_kind = f"{RUNGS_IN_WORDS[cell.rung]}, {prediction.encoding}"
    notes = []
    kind = kind_of(prediction.pe, prediction.scheme)
    if prediction.other_rule is not None and prediction.rule is not None and prediction.rule.accept == "end":
        notes.append(AT_A_MARKER)
    if prediction.pe == "nope" and cell.rung not in ("plain", NO_FAMILY):
        notes.append(
            f"NoPE has no positions, and the programs for {prediction.subject} need them "
            f"({RUNGS_IN_WORDS[cell.rung]}): the forecast is about runs that fit their training lengths nevertheless."
        )
    elif kind is not None and cell.rung != NO_FAMILY and not allows(kind, cell.rung):
        notes.append(
            f"It is not known that a model with {prediction.encoding} can do what the programs for "
            f"{prediction.subject} do ({RUNGS_IN_WORDS[cell.rung]}): the forecast is about runs that fit their "
            "training lengths nevertheless."
        )
    if prediction.verdict == "generalizes" and prediction.scheme is None:
        notes.append(
            "The forecast falls with length: the theorem is about an idealised learner, and promises nothing about a "
            "single run."
        )
    having = [each for each in cell.counts if each.runs]
    if not having:
        notes.append(
            f"No run of this rung and encoding ({said_kind}) was measured: the forecast rests on what all rungs share."
        )
        return tuple(notes)
    fewest = min(having, key=lambda each: each.runs)
    if fewest.runs < FEWEST_RUNS:
        notes.append(
            f"The forecast rests on {counted(fewest.runs, 'run')} of {counted(fewest.languages, 'language')} of this "
            f"rung and encoding ({said_kind}), fewer than {FEWEST_RUNS}; the rest is what all rungs share."
        )
    far = [length for length in question.test_lengths if length / question.train_length > cell.measured]
    if far:
        said = ", ".join(f"{length:,}" for length in far)
        notes.append(
            f"Runs of this rung and encoding were measured to {cell.measured:g} times their training length: the "
            f"forecast for {said} is extrapolated."
        )
    lengths = model.training["train lengths"][cell.pe]
    if not min(lengths) <= question.train_length <= max(lengths):
        said = ", ".join(map(str, lengths))
        notes.append(
            f"The runs were trained on words to {said}: training length {question.train_length} is extrapolated."
        )
    return tuple(notes)
