"""What holds of every single seed of the teacher-student list; a mean over the seeds may be due to one of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from eval.teacher.outcome import Outcome
from eval.teacher.teacher_table import Shown
from eval.teacher.theorem_reading import SUCCEEDS, is_of_constants_size, said_of_seed

CARRIES = (
    "RNN",
    "softmax attention",
    "sigmoid attention",
    "SSM, contracting, tokens from R^n",
    "SSM, wide state, chain of thought",
    "SSM, wide state, larger student, chain of thought",
)
DOES_NOT = (
    "deep set",
    "SSM, wide state",
    "SSM, wide state, larger student",
    "SSM, wide state, chain of thought, two tokens",
)
NOT_WHOLLY = ("SSM", "deep set, mean")  # carry in part, with some seeds
KEPT = ("deep set, mean, falling rate", "softmax attention, falling rate")  # trained with a falling learning rate
KEPT_RATIO = 2.0  # the greatest ratio of the nMSE at the far end to that at the longest training length
IDENTIFIED = ("softmax attention", "SSM")
OFFSET_PAIR = ("deep set, offset seen", "deep set, offset not seen")
OFFSET_RATIO = 4.0  # the least ratio of the error after T0 without the offset in training to that with it
RISE = 0.5  # the least rise of held-out R² by training


@dataclass(frozen=True)
class TeacherFinding:
    """A sentence with its figures, and whether it holds."""

    text: str
    holds: bool


def findings_of_every_seed(shown: Sequence[Shown]) -> tuple[TeacherFinding, ...]:
    """Return what is said of each seed, for those experiments of the list that have outcomes."""
    found = {each.experiment.name: each.outcomes for each in shown}
    return (*_carrying(found), *_kept(found), *_identified(found), *_offset(found))


def _carrying(found: Mapping[str, Sequence[Outcome]]) -> Iterator[TeacherFinding]:
    for names, what, holds in (
        (CARRIES, "carries", lambda outcome: said_of_seed(outcome) == SUCCEEDS),
        (DOES_NOT, "has an error of a constant's size", is_of_constants_size),
        (NOT_WHOLLY, "does not carry, or in part", lambda outcome: said_of_seed(outcome) != SUCCEEDS),
    ):
        for name in [each for each in names if each in found]:
            far = [outcome.errors[0].share(max(outcome.errors[0].means)) for outcome in found[name]]
            yield TeacherFinding(f"{name}: {what}; nMSE at the far end: {_listed(far)}", all(map(holds, found[name])))


def _kept(found: Mapping[str, Sequence[Outcome]]) -> Iterator[TeacherFinding]:
    for name in [each for each in KEPT if each in found]:
        shares = [(o.errors[0].share(o.config.longest), o.errors[0].share(max(o.errors[0].means))) for o in found[name]]
        ratios = [far / near for near, far in shares]
        text = f"{name}: nMSE at the far end is at most {KEPT_RATIO:g} times that at the longest training length: "
        yield TeacherFinding(text + _listed(ratios), max(ratios) <= KEPT_RATIO)


def _identified(found: Mapping[str, Sequence[Outcome]]) -> Iterator[TeacherFinding]:
    for name in IDENTIFIED:
        if name in found:
            rises = [_rise(outcome) for outcome in found[name]]
            text = f"{name}: held-out R² at the longest training length rises by more than {RISE}: {_listed(rises)}"
            yield TeacherFinding(text, min(rises) > RISE)


def _rise(outcome: Outcome) -> float:
    at = outcome.errors[0].places.index(outcome.config.longest)
    start, end = (outcome.identified[stage].held_out[at] for stage in ("initial", "trained"))
    return end - start


def _offset(found: Mapping[str, Sequence[Outcome]]) -> Iterator[TeacherFinding]:
    if not all(name in found for name in OFFSET_PAIR):
        return
    seen, not_seen = ({each.seed: after_offset(each) for each in found[name]} for name in OFFSET_PAIR)
    ratios = [not_seen[seed] / seen[seed] for seed in seen if seed in not_seen]
    text = f"offset not seen: the error after T0 is more than {OFFSET_RATIO:g} times that where it was: "
    yield TeacherFinding(text + _listed(ratios), bool(ratios) and min(ratios) > OFFSET_RATIO)
    square = found[OFFSET_PAIR[1]][0].config.offset ** 2
    text = f"offset not seen: the error after T0 is within a factor of two of c² = {square:.2g}: "
    errors = list(not_seen.values())
    yield TeacherFinding(text + _listed(errors), all(square / 2 < each < 2 * square for each in errors))


def after_offset(outcome: Outcome) -> float:
    """Return the mean loss over the kept positions after T0."""
    pairs = zip(outcome.errors[0].places, outcome.errors[0].loss, strict=True)
    losses = [loss for place, loss in pairs if place > outcome.config.offset_after]
    return sum(losses) / len(losses)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:.2g}" for value in values)
