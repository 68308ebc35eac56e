"""The rows of two tables and a paragraph: compiled models beside trained ones, and compiled models trained further."""

from collections.abc import Sequence
from statistics import median
from typing import Final

from eval.compiled_start.protocol import NEVER_LOGIT, NOISES, RANGES, RATES, STEPS, WORDS, Gpt2Measures
from eval.compiled_start.records import StartRecord
from eval.measuring.confidence_intervals import percent

RANGE_NAMES: Final = tuple(f"{a}-{b}" for a, b in RANGES)
COLUMNS: Final = (
    "task",
    "setting",
    "model",
    "shape",
    "loss",
    "margin",
    "margin (5%)",
    "R(T)",
    "positional",
    *RANGE_NAMES,
)
DRIFT_COLUMNS: Final = ("task", "rate", "noise", "steps", "moved", "loss", "R(T)", "R(T) / compiled", *RANGE_NAMES)
LEGEND: Final = (
    f"Loss and margins are measured on {WORDS} held-out words of the training lengths. Accuracies, in percent of "
    f"words wholly right, are measured on {WORDS} words of each range. margin (5%): 5% of the words have a smaller "
    "margin. R(T): the sum of the regulariser's terms, computed from the sizes of the weights (python -m eval.terms); "
    "positional: its term of equation (8). A trained model is the first fitted run of the grid, smallest model first. "
    "rate: the learning rate of AdamW, which falls to zero over the steps; noise: its size as a share of the root "
    "mean square of each array of weights; moved: the distance to the compiled weights as a share of their norm. A "
    "compiled model's bias for tokens that may never follow, the greatest number of its type, is taken as "
    f"{NEVER_LOGIT:g}."
)


def beside(records: Sequence[StartRecord]) -> list[list[str]]:
    """Return a row for each compiled model, with the trained model of its task below it if there is one."""
    found = []
    for each in records:
        if each.origin == "trained" or (each.step, each.noise, each.rate) == (0, 0.0, RATES[0]):
            found.append([each.task, each.setting, each.origin, each.shape, *_sizes(each.asked), *_right(each.asked)])
    return found


def drift(records: Sequence[StartRecord]) -> list[list[str]]:
    """Return a row for each training after its last step; if noise was added, also a row before the first step."""
    first = {each.task: each for each in records if each.origin == "compiled" and each.step == 0 and each.noise == 0}
    found = []
    for each in records:
        if (
            each.origin == "compiled"
            and each.task in first
            and each.step in (0, STEPS[-1])
            and (each.step or each.noise)
        ):
            shares = f"{each.asked.total / first[each.task].asked.total:.3f}"
            where = [each.task, f"{each.rate:g}", f"{each.noise:g}", str(each.step), f"{each.moved:.1e}"]
            found.append([*where, _number(each.asked.loss), _number(each.asked.total), shares, *_right(each.asked)])
    return found


def in_words(records: Sequence[StartRecord]) -> str:
    """Return what the tables say together, over the tasks that there are."""
    compiled = [r for r in records if r.origin == "compiled" and (r.step, r.noise, r.rate) == (0, 0.0, RATES[0])]
    trained = {r.task: r for r in records if r.origin == "trained"}
    pairs = [(r, trained[r.task]) for r in compiled if r.task in trained]
    if not compiled:
        return "Nothing was measured."
    loss = median(r.asked.loss for r in compiled)
    whole = sum(min(r.asked.right) == 1 for r in compiled)
    said = [
        f"{len(compiled)} compiled models have a median loss of {_number(loss)} on the training lengths, and {whole} "
        "of them have every word of every range right."
    ]
    if pairs:
        ratio = median(c.asked.total / t.asked.total for c, t in pairs)
        lower = sum(c.asked.loss < t.asked.loss for c, t in pairs)
        far = sum(t.asked.right[-1] >= 0.9 for _, t in pairs)
        said.append(
            f"Compared with the trained run of the same task, the compiled model has the smaller loss in {lower} of "
            f"{len(pairs)} tasks, and its R(T), the sum of the sizes of its weights, is {ratio:.0f} times as large "
            f"(median). {far} of the {len(pairs)} trained runs have at least 90% of the words of {RANGE_NAMES[-1]} "
            "right."
        )
    for rate in RATES:
        for noise in NOISES if rate == RATES[0] else (0.0,):
            ends = [
                r for r in records if r.origin == "compiled" and (r.rate, r.noise, r.step) == (rate, noise, STEPS[-1])
            ]
            if ends:
                stays = sum(r.asked.right[0] >= 0.99 for r in ends)
                start = "the compiled weights" + (f" with noise {noise:g}" if noise else "")
                said.append(
                    f"After {STEPS[-1]} steps at rate {rate:g} from {start}, {stays} of {len(ends)} still fit the "
                    "training lengths."
                )
    return " ".join(said)


def _sizes(asked: Gpt2Measures) -> list[str]:
    values = (asked.loss, asked.margin, asked.margin_5, asked.total, asked.terms.positional or 0.0)
    return [_number(value) for value in values]


def _right(asked: Gpt2Measures) -> list[str]:
    return [percent(share) for share in asked.right]


def _number(value: float) -> str:
    return f"{value:.3g}"
