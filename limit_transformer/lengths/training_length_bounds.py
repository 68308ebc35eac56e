"""Bounds on the training length (Izzo, Nichani, Lee, arXiv 2510.27015), with every term and every assumption shown.

All of them say: if target and learned model, both in the class, agree up to `eps` on words to length N, they agree up
to a multiple of it at every length. Constants are dropped, so the values are orders of magnitude, worst case; none
says that training finds the model. The paper was read through notes: what they leave open is not evaluated.
"""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

BoundStatus: TypeAlias = Literal["worst case", "vacuous", "not evaluated"]


@dataclass(frozen=True, kw_only=True)
class BoundParameters:
    """What the bounds are made of.

    alphabet   |Sigma|, the number of letters
    period     Delta: p_i = p_(i + Delta); 1 without positions
    locality   the largest lag at which attention or a count can tell positions apart; 0 for none
    depth      layers of attention; counts on a path to an output
    norm       L: for a program the largest sum of absolute coefficients of a comparison, for a machine the product
               of its norms, for a function of frequencies its Lipschitz constant; kept as `norm_log10`
    margin     gamma: least difference of two logits of one query; None where all are equal
    exact      whether a count decides by a threshold: then the function of frequencies has no Lipschitz constant
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
    """Something that a bound needs, whether it holds here, and why."""

    name: str
    holds: bool
    because: str


@dataclass(frozen=True)
class Term:
    """One term of a bound: its formula, its factors by name (log10), and its log10."""

    formula: str
    factors: tuple[tuple[str, float], ...]

    @property
    def log10(self) -> float:
        """The logarithm of the term."""
        return sum(value for _, value in self.factors)


@dataclass(frozen=True)
class Bound:
    """A bound evaluated: the largest of its terms, or why it says nothing here."""

    name: str
    terms: tuple[Term, ...]
    assumptions: tuple[Assumption, ...]
    status: BoundStatus
    because: str

    @property
    def log10(self) -> float | None:
        """log10 of the training length; None where the bound is vacuous or not evaluated."""
        return max(term.log10 for term in self.terms) if self.terms and self.status == "worst case" else None


def coverage_floor(period: int, locality: int, *, shortest: int = 1) -> int:
    """The least training length at which every residue occurs at the last position with every window before it.

    Windows are of `locality` letters. Training words have the lengths `shortest`..N; shorter training leaves something
    unseen whatever is learnt.
    """
    if shortest < 1:
        raise ValueError(f"shortest: expected at least 1, found {shortest}")
    return shortest + period + locality - 1


def evaluate_bounds(parameters: BoundParameters, *, eps: float = 0.1, precision: int = 8) -> tuple[Bound, ...]:
    """Theorems 4.1 and 5.2, and what is left of 4.1 once attention is hard; `precision` is in fractional bits."""
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
    return Bound(name, terms, assumptions, status, "; ".join(failed) or "constants dropped, order of magnitude only")


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
