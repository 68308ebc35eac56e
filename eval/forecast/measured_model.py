"""The one model about which a forecast is asked: its accuracy at its training lengths, and just past them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from crasp.artifacts.directory import CERTIFICATE
from crasp.errors import CraspError
from eval.forecast.forecast_question import LONGEST_LENGTH, MeasuredModel
from tasks.ground.console import RefusedError
from tasks.ground.files import LoadError
from tasks.ground.models.model_directory import CONFIG, ModelError, look_at
from tasks.languages.task_origin import SUFFIX
from tasks.position_schemes import SCHEMES, read_scheme, scheme_text
from tasks.task import ENCODINGS, Task
from train.ledger import SHIPPED
from train.ledger.accuracy import BinAccuracy
from train.ledger.ledger import Ledger, key_of
from train.ledger.result import FITS, Result
from train.model.encodings import EncodingError, scheme_of_record

IDENTITY: Final = re.compile(r"(?:.*-)?([0-9a-f]{6,16})")  # a run's identity, or a directory's name that ends in it
LONGEST_MEASURED_LENGTH: Final = 10_000  # the longest training length of a directory whose model is measured


@dataclass(frozen=True)
class _Claim:
    """What a model states about itself, as far as it does: the task, the encoding and the training length."""

    task: str | None = None
    pe: str | None = None
    train_length: int | None = None


class _UnsaidError(Exception):
    """A model does not state something that is needed, and the option for it was not given either."""

    def __init__(self, what: str, option: str) -> None:
        super().__init__(what)
        self.what, self.option = what, option


def measured_model(
    name: str, task: Task, *, pe: str | None = None, train_length: int | None = None, runs: Path, option: str = ""
) -> MeasuredModel:
    """The accuracy of a model just past its training lengths.

    Args:
        name: A model's directory, which is measured on words of the task; or a run of the ledger or of the results that
            come with the project, by six or more digits of its identity, whose own test is used.
        task: The task that the forecast is about.
        pe: The encoding that is asked for; None for the model's own.
        train_length: The longest training word that is asked for; None for the model's own.
        runs: The directory of the ledger.
        option: What stands before an option's name in messages.

    Raises:
        RefusedError: There is no such model, or it was compiled. Or its task, encoding or training length is not the
            one that is asked for, or is not stated. Or it does not fit its training lengths, so that there is no
            forecast.
    """
    try:
        return _measured_model(name, task, pe, train_length, runs)
    except _UnsaidError as unsaid:
        asked = f"{option}{unsaid.option if option else unsaid.option.replace('-', '_')}"
        raise RefusedError(f"{option}measured: {name} does not say {unsaid.what}: expected {asked}") from None
    except RefusedError as error:
        raise RefusedError(f"{option}measured: {error}") from None


def _measured_model(name: str, task: Task, pe: str | None, train_length: int | None, runs: Path) -> MeasuredModel:
    if not name.strip():
        raise RefusedError("expected a model's directory or the identity of a run, found nothing")
    if Path(name).is_dir():
        if (Path(name) / CERTIFICATE).is_file():
            raise RefusedError(
                f"{name} is a compiled program: it was not trained, and its certificate says to which length it is "
                "right. The forecast is about trained models"
            )
        claim = _claim_of_directory(Path(name))
        train = _agreed(name, task, claim, pe, train_length)
        bins = _measure(name, task, train)
    else:
        result = _run(name, runs)
        claim = _Claim(result.task, result.config.model.pe_text, result.config.train_length)
        train, bins = _agreed(name, task, claim, pe, train_length), result.bins
    _check_fits(name, bins, train)
    past = next((each for each in bins if each.lengths == (train + 1, 2 * train)), None)
    if past is None:
        raise RefusedError(f"{name} was not tested at lengths {train + 1}-{2 * train}, just past its training")
    # The model's own encoding says more than the name of one: the base, the modulus, the width.
    own = claim.pe if claim.pe is not None and (pe is None or ":" not in pe) else pe
    return MeasuredModel(name, own, train, past.lengths, past.correct, past.total)


def _agreed(name: str, task: Task, claim: _Claim, pe: str | None, train_length: int | None) -> int:
    """The training length, once it is clear that the model states what is asked for; RefusedError if it does not."""
    if claim.task not in (None, task.name, task.name + SUFFIX):
        raise RefusedError(f"{name} was trained on another task, {claim.task}: expected one of {task.shown}")
    if pe is not None and claim.pe is not None and not _same_encoding(pe, claim.pe):
        shown = ENCODINGS.get(claim.pe, claim.pe)  # type: ignore[call-overload]  # an encoding, or another's name
        raise RefusedError(f"{name} was trained with {shown}, not with {pe}")
    if pe is None and claim.pe is None:
        raise _UnsaidError("its positional encoding", "pe")
    if train_length is not None and claim.train_length not in (None, train_length):
        raise RefusedError(f"{name} was trained on words to {claim.train_length}, not to {train_length}")
    train = train_length or claim.train_length
    if train is None:
        raise _UnsaidError("to which length it was trained", "train-length")
    return train


def _same_encoding(asked: str, own: str) -> bool:
    """Whether an encoding that was asked for is the model's, with what the text leaves open taken from the model."""
    (name, _, parameters), own_name = asked.partition(":"), own.partition(":")[0]
    if name != own_name or not parameters:
        return name == own_name
    wanted, found = read_scheme(asked), read_scheme(own)
    return all(getattr(wanted, key, None) == getattr(found, key, None) for key in ("modulus", "base", "slopes"))


def _check_fits(name: str, bins: Sequence[BinAccuracy], train_length: int) -> None:
    first = next((each for each in bins if each.lengths == (1, train_length)), None)
    if first is None or first.accuracy >= FITS:
        return
    raise RefusedError(
        f"{name} does not fit its claim of being trained on words to {train_length}: {first.correct:,} of "
        f"{first.total:,} words of lengths 1-{train_length} are right ({first.accuracy:.1%}), where a model that fits "
        f"has at least {FITS:.0%}. The forecast is about models that fit"
    )


def _claim_of_directory(directory: Path) -> _Claim:
    """What the directory of a run of this project states; nothing for any other model's directory.

    RefusedError if it holds no model, or if what it states cannot be what a run of this project states.
    """
    try:
        stated = look_at(directory).config.get("crasp_bench")
    except ModelError as error:
        raise RefusedError(str(error)) from None
    if not isinstance(stated, Mapping) or "config" not in stated:
        return _Claim()  # a model of somebody else, or of another architecture
    place = f"{directory / CONFIG}: crasp_bench.config"
    said = _object(stated["config"], place)
    task, train_length = said.get("task"), said.get("train_length")
    if not isinstance(task, str) or not task:
        raise RefusedError(f"{place}.task: expected the name of a task, found {task!r}")
    if type(train_length) is not int or not 1 <= train_length <= LONGEST_LENGTH:
        raise RefusedError(
            f"{place}.train_length: expected a length from 1 to {LONGEST_LENGTH:,}, found {train_length!r}"
        )
    shape = _object(said.get("model"), f"{place}.model")
    name = shape.get("pe")
    if not isinstance(name, str) or name not in (*ENCODINGS, *SCHEMES):
        raise RefusedError(f"{place}.model.pe: expected {', '.join((*ENCODINGS, *SCHEMES))}, found {name!r}")
    try:
        scheme = scheme_of_record(name, shape.get("scheme"))
    except EncodingError as error:
        raise RefusedError(f"{place}.model: {error}") from None
    if (scheme is None) != (name in ENCODINGS):
        raise RefusedError(f"{place}.model.scheme: expected the parameters of {name}, found {shape.get('scheme')!r}")
    return _Claim(task, name if scheme is None else scheme_text(scheme), train_length)


def _object(value: object, place: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RefusedError(f"{place}: expected an object, found {value!r}")
    return value


def _measure(name: str, task: Task, train_length: int) -> tuple[BinAccuracy, ...]:
    from eval.answering.answerers import UnfitError  # imported here, since loading a model takes seconds
    from eval.answering.loading import load_answerer
    from eval.measuring.accuracy_by_length import measure_answerer

    if train_length > LONGEST_MEASURED_LENGTH:
        raise RefusedError(
            f"{name} would be measured on words of up to twice the training length {train_length:,}; this "
            f"implementation's limit is a training length of {LONGEST_MEASURED_LENGTH:,}"
        )
    ranges = ((1, train_length), (train_length + 1, 2 * train_length))
    try:
        found = measure_answerer(load_answerer(name), task, ranges, trained_to=train_length)
    except (UnfitError, LoadError, CraspError, ValueError) as error:
        raise RefusedError(f"{str(error).replace(task.name, task.shown)}") from None
    return found.bins


def _run(name: str, runs: Path) -> Result:
    """The run with this identity in the ledger, or among the results that come with the project."""
    asked = IDENTITY.fullmatch(name)
    found: list[Result] = []
    if asked is not None:
        found = [each for each in Ledger(runs, SHIPPED).results() if key_of(each).identity.startswith(asked[1])]
    if len(found) > 1:
        raise RefusedError(
            f"{len(found)} runs have an identity that begins with {name}: expected more characters of it"
        )
    if not found:
        raise RefusedError(
            f"{name} is neither a model's directory nor the identity of a run in {runs} or of one that comes "
            "with the project"
        )
    return found[0]
