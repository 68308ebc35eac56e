"""The reading of a teacher-student experiment: the theorem, whether its assumptions hold here, what was seen."""

from collections.abc import Mapping, Sequence

from eval.prediction.architectures.assumptions import Assumptions, Capacity, Support
from eval.prediction.architectures.drawn_ranks import drawn_rank
from eval.prediction.architectures.guarantees import because, guarantee
from eval.teacher.outcome import Outcome
from eval.teacher.teacher_table import Shown, constant_share, share
from tasks.experiments.teacher_sequences import Distribution
from train.teaching.architectures.architecture import RECURRENT, Architecture
from train.teaching.config import TeachingConfig

LEARNT_NMSE = 0.5  # nMSE on the training lengths above which nothing is said of longer ones
CARRIES_RATIO, EXACT_NMSE = 2.0, 0.05  # nMSE at the far end: so many times that on the training lengths, or so little
SHARE_OF_CONSTANT = 0.2  # of a constant's error, above which a student's is of its size

SUCCEEDS, IN_PART = "it carries", "it carries in part"
FAILS = "it does not carry, the error is of a constant's size"
UNSAID = "not learnt well enough on the training lengths to say"


def assumptions_of(config: TeachingConfig) -> Assumptions:
    """What the theorems assume, as it is in this experiment."""
    student = config.student
    return Assumptions(
        kind=student.kind,
        normalise=student.normalise,
        capacity=_capacity(student),
        support=_support(config),
        band=config.tokens.band,
        realisable=_shape(student) == _shape(config.teacher) and not config.offset and config.labels == "teacher",
        thought=config.thought > 0,
        square=student.width == student.hidden == student.outputs,
        fills=_fills(config),
        length=config.longest,
        offsets=student.offsets or None,
        blocks=student.blocks,
        zeros=student.offsets > 0 and config.tokens.distribution == "normal" and student.hidden <= student.width,
    )


def _shape(architecture: Architecture) -> tuple[object, ...]:
    """All that decides which functions an architecture can be; the rest is how it begins."""
    a = architecture
    sizes = a.width, a.hidden, a.outputs, a.inner_layers, a.output_layers
    return a.kind, *sizes, a.final, a.normalise, a.heads, a.offsets, a.blocks


def _capacity(student: Architecture) -> Capacity:
    if student.output_layers == 0 and student.final == "sigmoid":
        return "single-layer"
    # Random maps between spaces of one size are invertible almost surely, and a sigmoid is.
    return "diffeo" if student.hidden == student.outputs else "any"


def _fills(config: TeachingConfig) -> int | None:
    """The tokens after which the states of a teacher fill their space, computed from data drawn as in training."""
    if config.teacher.kind not in RECURRENT or config.teacher.blocks > 1:
        return None
    try:
        return drawn_rank(config.teacher, _DRAWN[config.tokens.distribution], band=config.tokens.band).fills
    except ValueError:
        return None


_DRAWN: Mapping[Distribution, Support] = {
    "uniform": "cube",
    "corners": "cube",
    "normal": "full",
    "grid": "grid",
    "band": "band",
}


def _support(config: TeachingConfig) -> Support:
    """The support of the tokens; what a random map of theirs has almost surely is taken to hold."""
    drawn = _DRAWN[config.tokens.distribution]
    if drawn == "grid":
        # Another map than the identity puts the grid's corners in the states' space at no grid's.
        return "grid" if config.teacher.axis_aligned else "finite"
    # Where the query is zero each value has the share 1/2, and values are all of R^m: so are the states of any pair.
    all_states = config.teacher.kind == "sigmoid" and config.teacher.hidden <= config.teacher.width
    return "states" if drawn == "full" and all_states else drawn


def reading(shown: Shown) -> str:
    """Which theorem applies, what is missing of its assumptions, and what was seen."""
    found = guarantee(assumptions_of(shown.experiment.config))
    text = f"{because(found)} Seen: {seen(shown)}"
    if found.holds and seen(shown).endswith("size."):
        return f"{text} The guarantee is of a student without error on the training lengths; this one has some."
    return text


def seen(shown: Shown) -> str:
    """The errors on the training lengths and at the far end of the last test, and what they say."""
    outcomes = shown.outcomes
    if any(each.stopped == "diverged" for each in outcomes):
        number = sum(each.stopped == "diverged" for each in outcomes)
        return f"{number} of {len(outcomes)} seeds diverged."
    index, last = len(outcomes[0].errors) - 1, max(outcomes[0].errors[-1].means)
    within = _within(outcomes[0])
    near, far, constant = _shares(outcomes)
    where = "on the corners" if index else f"at length {last}"
    shares = f"nMSE {near:.2g} at length {within}, {far:.2g} {where} (a constant: {constant:.2g})"
    return f"{shares}: {_said(near, far, constant)}.{_constrained(outcomes)}"


def _constrained(outcomes: Sequence[Outcome]) -> str:
    """In how many seeds the constrained learner's errors are within epsilon in training, and in the whole test."""
    config = outcomes[0].config
    if not config.epsilon:
        return ""
    first = [each.errors[0] for each in outcomes]
    near = [
        all(a <= config.epsilon for a, i in zip(e.loss, e.places, strict=True) if i <= config.longest) for e in first
    ]
    far = [all(a <= config.epsilon for a in e.loss) for e in first]
    within = f"within {config.epsilon:g} at every training length in {sum(near)} of {len(outcomes)} seeds"
    return f" Constrained: {within}, at every tested one in {sum(far)}."


def said_of_seed(outcome: Outcome) -> str:
    """What the errors of one finished seed say: SUCCEEDS, IN_PART, FAILS or UNSAID."""
    return _said(*_shares([outcome]))


def is_of_constants_size(outcome: Outcome) -> bool:
    """Whether the seed's error at the far end is at least a fifth of a constant's."""
    _, far, constant = _shares([outcome])
    return far >= SHARE_OF_CONSTANT * constant


def _shares(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """nMSE at the longest training length and at the far end of the last test, and a constant's there."""
    index, last = len(outcomes[0].errors) - 1, max(outcomes[0].errors[-1].means)
    near = share(outcomes, 0, _within(outcomes[0]))
    return near, share(outcomes, index, last), constant_share(outcomes, index, last)


def _within(outcome: Outcome) -> int:
    first = outcome.errors[0].means
    return max([length for length in first if length <= outcome.config.longest], default=min(first))


def _said(near: float, far: float, constant: float) -> str:
    of_constants_size = far >= SHARE_OF_CONSTANT * constant
    # Where twice the error in training is of a constant's size, keeping within it shows nothing.
    if near > LEARNT_NMSE or (EXACT_NMSE < far <= CARRIES_RATIO * near and of_constants_size):
        return UNSAID
    if far <= max(CARRIES_RATIO * near, EXACT_NMSE):
        return SUCCEEDS
    return FAILS if of_constants_size else IN_PART
