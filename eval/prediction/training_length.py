"""The training length that a prediction reports: that of the program behind the verdict, or why there is none."""

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from crasp.errors import Source
from tasks.task import Verdict

if TYPE_CHECKING:
    from crasp.lengths.training_length import TrainingLength

NO_LENGTH = (
    "the theorem says that some training length suffices, but not which one: "
    "it holds for every large enough n, with training on the words to length n/2 (Theorem 7)"
)


AT_A_MARKER = (
    "sufficient training lengths are computed only for programs that are asked at the last letter (--accept last)"
)


# These were published after the bounds that are evaluated here; only their abstracts were read.
LATER_BOUNDS: Final = (
    {
        "reference": "arXiv 2603.02238",
        "says": "no length that suffices is computable for C-RASP from depth 2 on; where attention sums are rounded "
        "too, transformers are positive C-RASP, whose length complexity is exponential",
        "read": "abstract",
        "implemented": False,
    },
    {
        "reference": "arXiv 2609.08851",
        "says": "bounds that are polynomial in the compressed length",
        "read": "abstract",
        "implemented": False,
    },
)


def no_length(because: str) -> dict[str, Any]:
    """JSON data that say that no training length is known, and why."""
    none = {"kind": "none known", "value": None, "standing": "none", "because": because}
    return none | {"published": list(LATER_BOUNDS)}


def sufficient_training_length(verdict: Verdict, witness: str | None, name: str | None = None) -> dict[str, Any]:
    """The training length that suffices, as JSON data with its kind, value, standing and reason.

    Only the kind `discrimination length` says that words up to this length tell the program from every other program of
    the class that is named. It does not say that training finds the program.

    Args:
        verdict: The verdict of the prediction.
        witness: The text of the program on which the verdict rests, if there is one.
        name: What the program is called.
    """
    if verdict != "generalizes":
        return no_length("no training length is known to suffice")
    if witness is None:
        return no_length(NO_LENGTH)
    return _of_witness(Source(name or "witness", witness)).record() | {"published": list(LATER_BOUNDS)}


@lru_cache(maxsize=64)
def _of_witness(source: Source) -> "TrainingLength":
    """The training length of a program, computed once for all encodings."""
    from crasp.lengths.training_length import training_length
    from crasp.text.loader import read_program

    return training_length(read_program(source))


def in_words(length: Mapping[str, Any]) -> str:
    """A line of text for what `sufficient_training_length` gives.

    If no length is known to suffice, the coverage floor and what was measured come first. A lower bound from a pool of
    programs, which is far below what training needs, is a footnote.
    """
    because, floor = length["because"], length.get("coverage_floor")
    seen = [] if floor is None else [f"coverage floor {floor['value']}"]
    seen += [length["measured"]["because"]] if length.get("measured") else []
    if length["value"] is None:
        return "; ".join([*seen, f"none known: {because}"])
    if length["standing"] == "lower bound":
        footnote = f"none known to suffice. Footnote: at least {length['value']}: {because}"
        return "; ".join([*seen, footnote])
    return "; ".join([f"{length['value']}, {length['standing']}: {because}", *seen])
