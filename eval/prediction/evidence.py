"""Evidence about a task without a theorem, from its labels alone; it is no proof."""

from dataclasses import dataclass
from typing import Any

from eval.answering.labelled_words import letters_of
from eval.prediction.first_half_classes import HALVES, Growth, Halves, describe_halves, halves_of, read_growth
from eval.prediction.sensitivity import LENGTHS, Changes, describe_sensitivity, read_exponent, sensitivity_of
from tasks.drawing.randomness import generator
from tasks.task import Task

STANDING = "evidence, not a proof"


@dataclass(frozen=True)
class Evidence:
    """The evidence about a task.

    `even` says that sensitivity was measured on words whose letters are drawn with equal chances, and not on the task's
    own words. `exponent` is that of sensitivity against length.
    """

    letters: int
    halves: tuple[Halves, ...]
    growth: Growth
    changes: tuple[Changes, ...]
    exponent: float | None
    even: bool

    @property
    def halves_in_words(self) -> str:
        """A sentence on how many first halves the labels tell apart, and what follows from it."""
        return describe_halves(self.halves, self.growth, self.letters)

    @property
    def sensitivity_in_words(self) -> str:
        """A sentence on how many letters change the answer, and how their number grows with the length."""
        return describe_sensitivity(self.changes, self.exponent, even=self.even)

    def lines(self, subject: str) -> list[str]:
        """The evidence as lines of text."""
        halves, letters = self.halves_in_words, self.sensitivity_in_words
        return [f"{subject}, {STANDING}:", f"  halves     {halves}", f"  letters    {letters}"]

    def record(self) -> dict[str, Any]:
        """The evidence as JSON data, each figure with what it says."""
        return {
            "standing": STANDING,
            "letters": self.letters,
            "continuations": {
                "growth": self.growth,
                "because": self.halves_in_words,
                "points": [
                    {
                        "first": h.first,
                        "length": h.length,
                        "tried": h.tried,
                        "told_apart": h.told_apart,
                        "all": h.every,
                        "classes_at_least_about": h.classes,
                    }
                    for h in self.halves
                ],
            },
            "sensitivity": {
                "exponent": None if self.exponent is None else round(self.exponent, 3),
                "words": "drawn evenly" if self.even else "the task's own",
                "because": self.sensitivity_in_words,
                "points": [
                    {"length": c.length, "mean": round(c.mean, 3), "replaced": c.replaced} for c in self.changes
                ],
            },
        }


def gather(task: Task) -> Evidence:
    """Both kinds of evidence about a task, from its own labels; the result is always the same."""
    rng = generator(task.name, "evidence", (min(HALVES), max(LENGTHS)), 0)
    letters = letters_of(task, rng)
    halves = tuple(h for n in HALVES if (h := halves_of(task, letters, n, rng)) is not None)
    changes, even = sensitivity_of(task, letters, rng)
    return Evidence(len(letters), halves, read_growth(halves, len(letters)), changes, read_exponent(changes), even)
