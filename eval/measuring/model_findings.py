"""What a model does on each task of the benchmark, as data and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval.measuring.longest_length import Longest
from eval.measuring.measurement import Measurement
from tasks.ground.automata.automaton import counted
from train.ledger.result import FITS


@dataclass(frozen=True)
class Finding:
    """The result for one task.

    Attributes:
        task: The task's name.
        measurement: The accuracy by length; None if the model cannot be asked.
        longest: The longest length that is right; None if the model cannot be asked.
        because: Why the model cannot be asked; None if it can.
    """

    task: str
    measurement: Measurement | None
    longest: Longest | None
    because: str | None

    @property
    def solved(self) -> bool:
        """Whether at least 99% of the words of the training lengths are wholly right."""
        return self.measurement is not None and self.measurement.bins[0].accuracy >= FITS

    def record(self) -> dict[str, Any]:
        """Return the finding as JSON data."""
        found: dict[str, Any] = {"task": self.task, "asked": self.measurement is not None, "solved": self.solved}
        if self.measurement is not None and self.longest is not None:
            measured = self.measurement.record()
            found |= {name: measured[name] for name in ("judged", "bins", "unread", "interval", "verdict")}
            found["longest"] = self.longest.record()
        return found | {"because": self.because}


def in_a_sentence(model: str, found: Sequence[Finding]) -> str:
    """Return in words how many tasks were asked, solved and generalised."""
    asked = [each for each in found if each.measurement is not None]
    solved = sum(each.solved for each in asked)
    longer = [each for each in asked if each.solved and each.measurement is not None and each.measurement.verdict]
    further = sum(each.measurement is not None and each.measurement.verdict == "generalizes" for each in longer)
    were = "was" if len(longer) == 1 else "were"
    return (
        f"{model}: of {counted(len(found), 'task')} {len(asked)} could be asked; it solves {solved} on the training "
        f"lengths (at least {FITS:.0%} of the words). {len(longer)} of these {were} also tried on twice those lengths, "
        f"and it solves {further} of them there."
    )


def standing(each: Finding) -> str:
    """Return the verdict, or whether the task is solved if the second range could not be read."""
    if each.measurement is None:
        return "not asked"
    return each.measurement.verdict or ("solved" if each.solved else "did not fit")


def reach(found: Longest) -> str:
    """Return in a few words up to which length the model is right."""
    if found.length is None:
        return f"no length has {FITS:.0%} right"
    ends = {"accuracy": "", "positions": ", as far as it can read", "limit": " at least, where the search ended"}
    return f"{FITS:.0%} right to length {found.length}{ends[found.stopped_by]}"
