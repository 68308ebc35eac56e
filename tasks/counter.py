"""Languages that count without bound: Dyck-1."""

import numpy as np
from numpy.typing import NDArray

from tasks.continuation import DrawnMembers, continuation_label, continuation_sampler, targets_of
from tasks.published import published
from tasks.task import Task, Word
from tasks.theory import PAPER, counted

BRACKETS = ("(", ")")


def _dyck_continuations(word: Word) -> tuple[Word, ...]:
    depth = 0
    balanced_so_far = True  # no prefix has closed more than it opened
    targets = []
    for letter in ("", *word):
        depth += {"": 0, "(": 1, ")": -1}[letter]
        balanced_so_far = balanced_so_far and depth >= 0
        letters = (balanced_so_far, balanced_so_far and depth > 0)
        targets.append(targets_of(BRACKETS, letters, end=balanced_so_far and depth == 0))
    return tuple(targets)


def _draw_dyck(rng: np.random.Generator, lengths: NDArray[np.int64]) -> DrawnMembers:
    """Balanced words of even lengths, each of the Catalan number of its length equally likely.

    From depth d with k letters to go, (d+1) / (k+1) * binomial(k+1, (k-d)/2) words end balanced; so a
    proportion (d+2) (k-d) / (2 k (d+1)) of them goes on with "(".
    """
    longest = int(lengths.max(initial=0))
    left = np.maximum(lengths - np.arange(longest)[:, None], 0)  # (longest, words) letters to go
    chances = rng.random(left.shape) * left
    ratio = np.arange(2, longest + 3) / np.arange(2, 2 * longest + 3, 2)  # (d+2) / (2 (d+1)) at d
    depths = np.zeros((longest + 1, len(lengths)), dtype=np.int64)
    for step in range(longest):
        depth = depths[step]
        opens = chances[step] < ratio.take(depth) * (left[step] - depth)
        depths[step + 1] = depth + np.where(opens, 1, -1) * (left[step] > 0)
    allowed = np.stack([depths >= 0, depths > 0, depths == 0], axis=-1)  # (longest + 1, words, outputs)
    return DrawnMembers((depths[1:] < depths[:-1]).astype(np.int64).T, allowed.transpose(1, 0, 2))


def _even(longest: int) -> NDArray[np.bool_]:
    exist: NDArray[np.bool_] = np.arange(longest + 1) % 2 == 0
    return exist


DYCK1 = Task(
    name="dyck1",
    title="Dyck-1",
    summary="""Balanced brackets of one kind.
( ) ( -> ( )
( ( ) ) -> ( <eos>""",
    family="Counter",
    alphabet=BRACKETS,
    format="continuations",
    sample=continuation_sampler("dyck1", BRACKETS, _even, _draw_dyck),
    label=continuation_label(BRACKETS, _dyck_continuations),
    theory=counted("dyck1"),
    program="dyck1",
    published=published("dyck1"),
    source=f"{PAPER}, formal-language suite",
)
