"""Certificates that a floating-point run of a machine makes the same decisions as the exact run, up to some length."""

from dataclasses import asdict, dataclass
from math import inf
from typing import Any, NotRequired, TypedDict, cast

from limit_transformer.floating.rounding_errors import BinaryFormat, Certified, Rounding
from limit_transformer.machine.machine import LimitTransformer
from limit_transformer.values.machine_values import problems_of
from limit_transformer.values.ranges import MachineValues


class UncertifiedError(ValueError):
    """No length can be certified; the message says what could not be proved."""


class LengthError(ValueError):
    """A length was asked for that cannot be certified; `available` is the largest length that can be."""

    def __init__(self, message: str, available: int) -> None:
        super().__init__(message)
        self.available = available


@dataclass(frozen=True)
class Tightest:
    """The decision that limits the certified length.

    `margin` is the least absolute value of its exact argument, and `error` bounds the rounding error of that argument.
    """

    place: str
    margin: float
    error: float


class ModelSize(TypedDict):
    """The size of a stock model."""

    layers: int
    heads: int
    width: int
    hidden: int
    parameters: int
    cleaning_layers: int


class ModelClaims(TypedDict):
    """What a certificate says of a model, as JSON data.

    `max_length` is the number of letters of the longest certified words; None: all words. `dtype` is the type of its
    numbers, and `argument` the reason in sentences.
    """

    max_length: int | None
    dtype: str
    argument: str
    checked: NotRequired[dict[str, Any]]  # what the model was asked to check it
    available: NotRequired[int]
    base: NotRequired[int]
    tightest: NotRequired[dict[str, Any] | None]
    model: NotRequired[ModelSize]
    margin: NotRequired[float]
    trainer_penalty: NotRequired[float]
    trainer_penalty_eq8: NotRequired[float]


@dataclass(frozen=True)
class FloatCertificate:
    """At every position of every word of up to `max_length` letters, every decision is that of the exact machine.

    base       N of the attention weights N^a: max_length + 1, the number of tokens with the begin marker
    available  the largest max_length that could have been certified
    """

    dtype: str
    max_length: int
    available: int
    base: int
    tightest: Tightest | None
    argument: str

    def claims(self) -> ModelClaims:
        """Return the certificate as JSON data."""
        return cast(ModelClaims, asdict(self))


def float_certificate_of(
    machine: LimitTransformer, values: MachineValues, precision: BinaryFormat, max_length: int | None
) -> FloatCertificate:
    """Return the certificate of a float run for a length, or for the largest length that can be certified.

    Args:
        machine: The machine.
        values: Its proved ranges and margins, from `machine_values`.
        precision: The floating-point format.
        max_length: The number of letters; None: as many as can be certified.

    Raises:
        LengthError: `max_length` cannot be certified, but a smaller length can.
        UncertifiedError: A margin is not known, a head is neither uniform nor sharp, or not even the empty word can be
            certified.
    """
    refuse_unproved(machine, values)
    rounding = Rounding(machine, values, precision)
    available = _available(rounding, precision)
    if available < 0:
        place = _tightest(machine, rounding.steps(1))
        raise UncertifiedError(f"no length can be certified in {precision.name}: the limit is {_described(place)}")
    if max_length is not None and max_length > available:
        limit = _described(_tightest(machine, rounding.steps(max_length + 1)))
        raise LengthError(
            f"length {max_length:,} cannot be certified in {precision.name}: the limit is {limit}; "
            f"the largest length that can be is {available:,}",
            available,
        )
    length = available if max_length is None else max_length
    tightest = _tightest(machine, rounding.steps(length + 1))
    text = _argument(values, precision, length, tightest)
    return FloatCertificate(precision.name, length, available, length + 1, tightest, text)


def refuse_unproved(machine: LimitTransformer, values: MachineValues) -> None:
    """Raise UncertifiedError if a margin is not known, or a head is neither uniform nor sharp."""
    for number, (layer, known) in enumerate(zip(machine.layers, values.layers, strict=True), 1):
        for head, found in zip(layer.heads, known.heads, strict=True):
            if not head.is_uniform and found.leak is None:
                raise UncertifiedError(
                    f"layer {number}, head {head.name}: expected uniform attention, or logits by lag and begin marker "
                    f"that single out one token at every position; neither could be proved"
                )
    if not values.is_certified:
        problems = problems_of(machine, values)
        shown = "; ".join(problems[:3]) + ("; ..." if len(problems) > 3 else "")
        raise UncertifiedError(f"not certified: {shown}")


def _available(rounding: Rounding, precision: BinaryFormat) -> int:
    """Return the largest certified number of letters, or -1 if there is none.

    Bisection finds it, because errors grow and margins fall with the length.
    """
    low, high = 0, int(precision.exact) + 1  # numbers of visible tokens; low is certified, high is not
    while high - low > 1:
        middle = (low + high) // 2
        if is_certain(rounding.steps(middle)):
            low = middle
        else:
            high = middle
    return low - 1


def is_certain(steps: tuple[Certified, ...]) -> bool:
    """Return whether the error of every decision is below its margin."""
    return all(certified.ratio < 1 for certified in steps)


def _tightest(machine: LimitTransformer, steps: tuple[Certified, ...]) -> Tightest | None:
    """Return the decision with the largest error relative to its margin; None if no decision has an error."""
    worst, found = 0.0, None
    for number, certified in enumerate(steps):
        if certified.ratio <= worst:
            continue
        worst = certified.ratio
        k = int(certified.ratios.argmax())
        if number < len(machine.layers):
            place = f"layer {number + 1}, unit {k} ({machine.layers[number].feed_forward.names[k]})"
        else:
            place = f"output {machine.outputs[k]}"
        found = Tightest(place, float(certified.margin[k]), float(certified.error[k]))
    return found


def _described(tightest: Tightest | None) -> str:
    if tightest is None:
        return "the largest exact integer"
    error = "without bound" if tightest.error == inf else f"of up to {tightest.error:.3g}"
    return f"{tightest.place}, whose margin is {tightest.margin:.3g} against an error {error}"


def _argument(values: MachineValues, precision: BinaryFormat, length: int, tightest: Tightest | None) -> str:
    sentences = [
        f"Each step unit, and each output, decides by the sign of a number z. Derived from the weights alone, |z| "
        f"keeps a margin for every word, position and offset: for a comparison of counts z is an odd integer over s, "
        f"the number of visible tokens (the half-unit shift), so |z| >= 1/s >= 1/{length + 1}; for a Boolean gate z is "
        f"an integer other than 0.",
        f"In {precision.name}, u = 2^-{precision.digits}. Booleans, tokens and residues are 0 or 1 exactly. A count is "
        f"summed as exact integers below 1/u, in any order, and divided once by s: it is off by u of its size. A unit "
        f"that adds k products is off by at most (k + 2) u / (1 - (k + 2) u) of the sum of their sizes, in any order, "
        f"and by its weights times what its inputs are off by.",
    ]
    leaks = [head.leak for layer in values.layers for head in layer.heads if head.leak is not None]
    if leaks:
        sentences.append(
            f"Heads that look at one token have weights N^a with N = {length + 1}, scaled so that the largest is 1. "
            f"For every N >= s at most {float(max(leaks)):.3g} of the attention is elsewhere, which the margins bear "
            f"already; rounding adds the error of s + 2 roundings and of the exponential."
        )
    if tightest is None:
        sentences.append(f"Nothing is rounded before a decision, up to length {length:,}.")
    else:
        sentences.append(
            f"The decision nearest to its limit is {tightest.place}: its margin is {tightest.margin:.6g}, its error "
            f"{tightest.error:.6g} at most. So no decision differs from the exact machine's up to length {length:,}."
        )
    return " ".join(sentences)
