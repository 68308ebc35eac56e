"""What the theorems say under given assumptions: which one holds, from which length on, and what the others need."""

from dataclasses import dataclass

from eval.prediction.architectures.assumptions import Assumptions
from eval.prediction.architectures.theorems import THEOREMS, Theorem


@dataclass(frozen=True)
class Guarantee:
    """The first theorem whose assumptions all hold, if there is one, and what every other theorem lacks.

    `long_enough` is False if a theorem holds but the training length is less than the theorem needs.
    """

    assumed: Assumptions
    theorem: Theorem | None
    long_enough: bool
    missing: tuple[tuple[Theorem, tuple[str, ...]], ...]

    @property
    def holds(self) -> bool:
        """Whether generalisation is guaranteed from a known length on, which the training length, if given, reaches."""
        return self.theorem is not None and self.theorem.from_length is not None and self.long_enough

    @property
    def from_length(self) -> int | None:
        """The shortest training length that suffices, if it is known."""
        if self.theorem is None or self.theorem.from_length is None:
            return None
        return self.theorem.from_length(self.assumed)


def guarantee(assumed: Assumptions) -> Guarantee:
    """What the theorems say under these assumptions.

    Of several theorems that hold, the first is taken whose training length is reached.
    """
    about = [theorem for theorem in THEOREMS if assumed.kind in theorem.kinds]
    missing = tuple((theorem, theorem.missing(assumed)) for theorem in about)
    holding = [theorem for theorem, without in missing if not without]
    chosen = next((each for each in holding if _reached(each, assumed)), holding[0] if holding else None)
    failing = tuple((theorem, without) for theorem, without in missing if without)
    return Guarantee(assumed, chosen, chosen is None or _reached(chosen, assumed), failing)


def _reached(theorem: Theorem, assumed: Assumptions) -> bool:
    if theorem.from_length is None or assumed.length is None:
        return True
    return assumed.length >= theorem.from_length(assumed)


def because(found: Guarantee) -> str:
    """The guarantee in a sentence or two: the theorem and its length, or why there is no such theorem."""
    theorem, assumed = found.theorem, found.assumed
    if theorem is None:
        if assumed.kind == "softmax":
            lead = "No theorem covers softmax attention (Conjecture 1)"
        else:
            lead = f"No theorem gives a guarantee for {assumed.kind}"
        return _joined(f"{lead}.", _nearest(found))
    if theorem.from_length is None:
        return _joined(_some_length(theorem, assumed), _nearest(found))
    length, remark = theorem.from_length(assumed), theorem.remark(assumed)
    if not found.long_enough:
        short = f"Theorem {theorem.number} needs training lengths to {length}, but they end at {assumed.length}."
        return _joined(short, remark)
    what = "in length and composition" if theorem.composition else "in length"
    said = (
        f"Theorem {theorem.number}: every student without error on lengths to {length} generalises {what}, and its "
        f"hidden representation is the teacher's {theorem.identifies}."
    )
    return _joined(said, remark)


def _joined(*sentences: str | None) -> str:
    return " ".join(each for each in sentences if each)


def _some_length(theorem: Theorem, assumed: Assumptions) -> str:
    """The conclusion of Theorem 10, which is exact, or of Theorem 12, which holds up to an epsilon."""
    if theorem.number == "10":
        return "Theorem 10: some training length suffices, but which one is not known."
    lead = (
        "Theorem 12 is about the constrained learner: a student that is within epsilon of the best at each training "
        "length, from a cover of the students of mesh epsilon / L (L: the Lipschitz constant of Assumption 11). For "
        "every epsilon there is a training length, which is not known, from which on it is within epsilon of the best "
        "at all lengths. The theorem does not say that any student is exact."
    )
    where = (
        "Averages over the positions satisfy Assumption 11, also with several blocks."
        if assumed.known_lipschitz
        else "Recurrences satisfy Assumption 11 if the transition contracts and the activation keeps 0."
        if assumed.kind in ("ssm", "rnn")
        else "The paper does not show Assumption 11 for sums, which grow with the length."
    )
    lead = f"{lead} {where}"
    constants = assumed.constants
    if constants is None:
        return f"{lead} With epsilon=, lipschitz=, radius= and parameters= the size of the cover is computed."
    return (
        f"{lead} Here the mesh is {constants.mesh:.3g}, and the smallest cover has at most "
        f"10^{constants.cover_log10:.4g} students."
    )


def _nearest(found: Guarantee) -> str | None:
    """What the theorem that lacks least would need, if possible one that states a length; None if there is none."""
    with_length = [each for each in found.missing if each[0].from_length is not None]
    bounded = found.assumed.bounded or found.assumed.finite
    if not with_length and found.theorem is not None:
        return None
    if not with_length and not bounded:
        return "Without a bound on the class (Theorems 10 and 12) nothing is known."
    theorem, without = min(with_length or found.missing, key=lambda each: len(each[1]))
    if theorem.from_length is not None and not _reached(theorem, found.assumed):
        without = (*without, f"training lengths to {theorem.from_length(found.assumed)}")
    return f"Theorem {theorem.number} would need: {'; '.join(without)}."
