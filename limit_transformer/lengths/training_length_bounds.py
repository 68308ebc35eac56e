"""Bounds on the training length (Izzo, Nichani, Lee, arXiv 2510.27015), with every term and every assumption.

All bounds have one form. If the target and the learned model are both in the class, and agree up to `eps` on words to
length N, then they agree up to a multiple of `eps` at every length. Constants are left out, so the values are orders of
magnitude in the worst case. None of the bounds says that training finds the model. The paper was read through notes;
what the notes leave open is not evaluated.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

BoundStatus: TypeAlias = Literal["worst case", "vacuous", "not evaluated"]


@dataclass(frozen=True, kw_only=True)
class BoundParameters:
    """The numbers from which the bounds are computed.

    alphabet    |Sigma|, the number of letters
    period      Delta, with p_i = p_(i + Delta); 1 without positions
    locality    tau, the largest lag at which attention or a count can tell positions apart; 0 for none
    depth       the number of layers of attention; for a program, the counts on a path to an output
    norm_log10  log10 of L. For a program L is the largest sum of absolute coefficients of a comparison, for a machine
                the product of its norms, for a function of frequencies its Lipschitz constant
    margin      gamma, the least difference of two logits of one query; None if all are equal
    exact       whether a count decides by a threshold; then the function of frequencies has no Lipschitz constant

    Raises:
        ValueError: A number is out of range.
    """

    alphabet: int
    period: int
    locality: int
    depth: int
    norm_log10: float
    margin: float | None
    exact: bool

    def __post_init__(self) -> None:
        for name, least in (("alphabet", 1), ("period", 1), ("locality", 0), ("depth", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: expected at least {least}, found {getattr(self, name)}")
        if self.margin is not None and not self.margin > 0:
            raise ValueError(f"margin: expected more than 0, found {self.margin}")


@dataclass(frozen=True)
class Assumption:
    """An assumption of a bound: whether it holds here, and why."""

    name: str
    holds: bool
    because: str


@dataclass(frozen=True)
class Term:
    """One term of a bound: its formula, and its factors as (name, log10)."""

    formula: str
    factors: tuple[tuple[str, float], ...]

    @property
    def log10(self) -> float:
        """The logarithm of the term, to base 10."""
        return sum(value for _, value in self.factors)


@dataclass(frozen=True)
class Bound:
    """An evaluated bound: its terms, of which the largest counts, or why it says nothing here."""

    name: str
    terms: tuple[Term, ...]
    assumptions: tuple[Assumption, ...]
    status: BoundStatus
    because: str

    @property
    def log10(self) -> float | None:
        """The logarithm to base 10 of the training length; None if the bound is vacuous or not evaluated."""
        return max(term.log10 for term in self.terms) if self.terms and self.status == "worst case" else None


def coverage_floor(period: int, locality: int, *, shortest: int = 1) -> int:
    """Return the least training length at which every residue occurs at the last position with every window before it.

    Windows have `locality` letters, and training words have the lengths `shortest`..N. With shorter training words some
    case is never seen, whatever is learnt.

    Args:
        period: The period of the positions.
        locality: The number of letters of a window.
        shortest: The length of the shortest training word.

    Raises:
        ValueError: `shortest` is below 1.
    """
    if shortest < 1:
        raise ValueError(f"shortest: expected at least 1, found {shortest}")
    return shortest + period + locality - 1


def evaluate_bounds(parameters: BoundParameters, *, eps: float = 0.1, precision: int = 8) -> tuple[Bound, ...]:
    """Return Theorems 4.1 and 5.2 evaluated, and what remains of Theorem 4.1 if attention is hard.

    Args:
        parameters: The numbers from which the bounds are computed.
        eps: The accuracy on the training lengths, between 0 and 1.
        precision: The precision p, in fractional bits.

    Raises:
        ValueError: `eps` is out of range.
    """
    if not 0 < eps < 1:
        raise ValueError(f"eps: expected between 0 and 1, found {eps}")
    lipschitz, one_layer = _lipschitz(parameters), _one_layer(parameters)
    logs = {
        "period": math.log10(parameters.period),
        "alphabet": math.log10(parameters.alphabet),
        "locality": math.log10(max(1, parameters.locality)),
        "norm": parameters.norm_log10,
        "eps": -math.log10(eps),
    }
    hardness: tuple[Term, ...] = ()
    if parameters.margin is not None:
        exponent = precision / parameters.margin
        hardness = (Term(f"2^(p/gamma), p={precision}", (("2^(p/gamma)", exponent * math.log10(2)),)),)
    whole = {"norm": 2, "period": 7, "alphabet": 6, "locality": 2, "eps": 2}
    core = {"locality": 1, "period": 1, "norm": 2, "eps": 2}
    fixed = {"period": 1, "norm": 1, "eps": 1}
    shared = (one_layer, lipschitz)
    return (
        _bound("Theorem 4.1", (*hardness, _term("L^2 Delta^7 |Sigma|^6 tau^2 / eps^2", whole, logs)), shared),
        _bound("Theorem 4.1, attention hard", (_term("tau Delta L^2 / eps^2", core, logs),), shared),
        _bound("one attention pattern known", (_term("Delta L / eps", fixed, logs),), shared),
        Bound(
            "Theorem 5.2",
            (),
            (lipschitz,),
            "vacuous" if not lipschitz.holds else "not evaluated",
            lipschitz.because
            if not lipschitz.holds
            else "(max(C(f), C(g)) / eps)^max(1/gamma, 3): the polynomials in the exponential C are not known here",
        ),
    )


def _term(formula: str, powers: dict[str, int], logs: dict[str, float]) -> Term:
    return Term(formula, tuple((f"{name}^{power}", power * logs[name]) for name, power in powers.items()))


def _bound(name: str, terms: tuple[Term, ...], assumptions: tuple[Assumption, ...]) -> Bound:
    failed = [each.because for each in assumptions if not each.holds]
    status: BoundStatus = "vacuous" if failed else "worst case"
    return Bound(
        name,
        terms,
        assumptions,
        status,
        "; ".join(failed) or "the constants are dropped: only the order of magnitude counts",
    )


def _lipschitz(parameters: BoundParameters) -> Assumption:
    if parameters.exact:
        because = (
            "a count is compared exactly: to decide at lengths up to T needs eps of the order of 1/T, and then the "
            "bound is at least T^2, more than T"
        )
        return Assumption("the output is Lipschitz in the frequencies, uniformly in the length", False, because)
    return Assumption(
        "the output is Lipschitz in the frequencies, uniformly in the length", True, "no count decides by a threshold"
    )


def _one_layer(parameters: BoundParameters) -> Assumption:
    holds = parameters.depth <= 1
    because = f"depth {parameters.depth}" + ("" if holds else ": the theorem is about one layer")
    return Assumption("one layer of attention", holds, because)
