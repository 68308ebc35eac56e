"""The reading of a teacher-student experiment: which theorem applies, whether its assumptions hold, what was seen."""

from collections.abc import Mapping, Sequence

from eval.prediction.architectures.assumptions import Assumptions, Capacity, Support
from eval.prediction.architectures.drawn_ranks import drawn_rank
from eval.prediction.architectures.guarantees import because, guarantee
from eval.teacher.outcome import Outcome
from eval.teacher.teacher_table import Shown, constant_share, share
from tasks.experiments.teacher_sequences import Distribution
from train.teaching.architectures.architecture import RECURRENT, Architecture
from train.teaching.config import TeachingConfig

LEARNT_NMSE = 0.5  # with a greater nMSE on the training lengths, nothing is said of longer ones
CARRIES_RATIO, EXACT_NMSE = 2.0, 0.05  # nMSE at the far end: at most this multiple of that in training, or so small
SHARE_OF_CONSTANT = 0.2  # a student's error above this share of a constant's is called of its size

SUCCEEDS, IN_PART = "it carries", "it carries in part"
FAILS = "it does not carry; the error is of a constant's size"
UNSAID = "not learnt well enough on the training lengths to say"


def assumptions_of(config: TeachingConfig) -> Assumptions:
    """Return the assumptions of the theorems as they are in this experiment."""
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
    """Return all that decides which functions an architecture can be, without how it is initialised."""
    a = architecture
    sizes = a.width, a.hidden, a.outputs, a.inner_layers, a.output_layers
    return a.kind, *sizes, a.final, a.normalise, a.heads, a.offsets, a.blocks


def _capacity(student: Architecture) -> Capacity:
    if student.output_layers == 0 and student.final == "sigmoid":
        return "single-layer"
    # Random maps between spaces of one size are almost surely invertible, and so is a sigmoid.
    return "diffeo" if student.hidden == student.outputs else "any"


def _fills(config: TeachingConfig) -> int | None:
    """Return after how many tokens the teacher's states fill their space, computed from data drawn as in training."""
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
    """Return the support of the tokens; what holds almost surely for random maps is taken to hold."""
    drawn = _DRAWN[config.tokens.distribution]
    if drawn == "grid":
        # A map other than the identity does not put the grid's corners at a grid's corners in the states' space.
        return "grid" if config.teacher.axis_aligned else "finite"
    # With a query of zero each value has weight 1/2, and the values fill R^m, so the states of any pair fill it too.
    all_states = config.teacher.kind == "sigmoid" and config.teacher.hidden <= config.teacher.width
    return "states" if drawn == "full" and all_states else drawn


def reading(shown: Shown) -> str:
    """Return which theorem applies, which of its assumptions are missing, and what was seen."""
    found = guarantee(assumptions_of(shown.experiment.config))
    shows = seen(shown)
    text = f"{because(found)} Seen: {shows}"
    if found.holds and FAILS in shows:
        return f"{text} The guarantee is about a student without error on the training lengths; this one has some."
    return text


def seen(shown: Shown) -> str:
    """Return the errors on the training lengths and at the far end of the last test, and what they show."""
    outcomes = shown.outcomes
    if any(each.stopped == "diverged" for each in outcomes):
        number = sum(each.stopped == "diverged" for each in outcomes)
        return f"{number} of {len(outcomes)} seeds diverged."
    index, last = len(outcomes[0].errors) - 1, max(outcomes[0].errors[-1].means)
    within = _within(outcomes[0])
    near, far, constant = _shares(outcomes)
    where = "on the corners" if index else f"at length {last}"
    shares = f"nMSE {near:.2g} at length {within}, {far:.2g} {where} (a constant has {constant:.2g})"
    return f"{shares}: {_said(near, far, constant)}.{_constrained(outcomes)}"


def _constrained(outcomes: Sequence[Outcome]) -> str:
    """Return in how many seeds the constrained learner's errors are within epsilon, in training and in the test."""
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
    """Return what the errors of one finished seed show: SUCCEEDS, IN_PART, FAILS or UNSAID."""
    return _said(*_shares([outcome]))


def is_of_constants_size(outcome: Outcome) -> bool:
    """Return whether the seed's error at the far end is at least a fifth of a constant's."""
    _, far, constant = _shares([outcome])
    return far >= SHARE_OF_CONSTANT * constant


def _shares(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """Return nMSE at the longest training length and at the far end of the last test, and a constant's nMSE there."""
    index, last = len(outcomes[0].errors) - 1, max(outcomes[0].errors[-1].means)
    near = share(outcomes, 0, _within(outcomes[0]))
    return near, share(outcomes, index, last), constant_share(outcomes, index, last)


def _within(outcome: Outcome) -> int:
    first = outcome.errors[0].means
    return max([length for length in first if length <= outcome.config.longest], default=min(first))


def _said(near: float, far: float, constant: float) -> str:
    of_constants_size = far >= SHARE_OF_CONSTANT * constant
    # If twice the training error is of a constant's size, staying within it shows nothing.
    if near > LEARNT_NMSE or (EXACT_NMSE < far <= CARRIES_RATIO * near and of_constants_size):
        return UNSAID
    if far <= max(CARRIES_RATIO * near, EXACT_NMSE):
        return SUCCEEDS
    return FAILS if of_constants_size else IN_PART
