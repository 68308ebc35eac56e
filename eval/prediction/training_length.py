"""The training length that a prediction reports: of the program that makes the verdict, or why there is none."""

from collections.abc import Mapping
from typing import Any

from crasp.errors import Source
from crasp.lengths.training_length import training_length
from crasp.text.loader import read_program
from tasks.task import Verdict

NO_LENGTH = (
    "the theorem says that some training length suffices, not which: "
    "it holds for every large enough n, trained on the words to length n/2 (Theorem 7)"
)


AT_A_MARKER = (
    "training lengths are of programs that are asked at the last letter: --accept last has one, where there is such a "
    "program"
)


def no_length(because: str) -> dict[str, Any]:
    """That no training length is known, as JSON data, and why."""
    return {"kind": "none known", "value": None, "standing": "none", "because": because}


def sufficient_training_length(verdict: Verdict, witness: str | None) -> dict[str, Any]:
    """Kind, value, standing and reason, as JSON data; of the witness program's text where the verdict rests on one.

    Only the kind `discrimination length` says that words to this length tell the program from every other of the
    class that is named; it does not say that training finds it.
    """
    if verdict != "generalizes":
        return no_length("no training length is known to suffice")
    if witness is None:
        return no_length(NO_LENGTH)
    return training_length(read_program(Source("witness", witness))).record()


def in_words(length: Mapping[str, Any]) -> str:
    """A line of text for what `sufficient_training_length` gives."""
    because = length["because"]
    if length["value"] is None:
        found = f"none known: {because}"
    elif length["standing"] == "lower bound":
        found = f"at least {length['value']}: {because}"
    else:
        found = f"{length['value']}, {length['standing']}: {because}"
    floor = length.get("coverage_floor")
    return found if floor is None else f"{found}; coverage floor {floor['value']}"
