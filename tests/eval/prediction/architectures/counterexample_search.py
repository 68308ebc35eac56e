"""For each guarantee, students that satisfy its assumptions in training and are wrong on longer words, searched.

`python -m tests.eval.prediction.architectures.counterexample_search --seconds 600`: on other teachers and starts each
time; status 1 if a student is found where a guarantee is given. Tests run a slice.
"""

import argparse
import sys
import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from eval.prediction.architectures.assumptions import Assumptions, Support
from eval.prediction.architectures.guarantees import guarantee
from tests.eval.prediction.architectures import function_students as functions
from tests.eval.prediction.architectures import network_students as networks
from tests.eval.prediction.architectures.function_students import FunctionStudents, Numbers
from tests.eval.prediction.architectures.network_students import NetworkStudents
from train.teaching.architectures.architecture import architecture_of

Students = FunctionStudents | NetworkStudents


@dataclass(frozen=True)
class Linear:
    """A teacher's term: own * (the token at the position) + other * (the other token)."""

    own: float
    other: float

    def __call__(self, own: Numbers, other: Numbers) -> Numbers:
        return self.own * own + self.other * other


def deep_sets(*, bias: bool) -> FunctionStudents:
    """Theorem 4."""
    assumed = Assumptions(kind="deepset", normalise="sum", capacity="single-layer", bias=bias)
    return FunctionStudents(assumed, functions.of_one_token, 0, 99, lambda _: 1)


def diffeomorphic_deep_sets() -> FunctionStudents:
    """Theorem 5."""
    assumed = Assumptions(kind="deepset", normalise="sum", capacity="diffeo", support="states")
    return FunctionStudents(assumed, functions.of_one_token, 0, 99, lambda _: 1, (Linear(0, 1),))


def deep_sets_with_thought(*, support: Support = "states") -> FunctionStudents:
    """Theorem 18; g may bend past the states that one token of a cube gives."""
    assumed = Assumptions(kind="deepset", normalise="sum", capacity="any", thought=True, support=support)
    return FunctionStudents(assumed, functions.of_one_token, 0, 99, lambda _: 1, (Linear(0, 1),), bends=(1.0,))


def attention(*, band: float | None = None, reach: int | None = None, bias: bool = True) -> FunctionStudents:
    """Theorems 6 and 13; in a band, with students that can be anything on a small square."""
    assumed = Assumptions(kind="sigmoid", normalise="mean", capacity="single-layer", bias=bias, offsets=reach)
    space = functions.polynomials
    if band is not None:
        assumed, space = replace(assumed, support="band", band=band), functions.splines
    return FunctionStudents(assumed, space, 0, reach or 99, lambda i: i, shared=reach is None)


def earlier(*teacher: Linear, reach: int | None = None) -> FunctionStudents:
    """Theorems 7 and 14, with the teacher's term for each distance."""
    zeros = reach is not None and all(each.other for each in teacher)
    assumed = Assumptions(
        kind="sigmoid", normalise="earlier", capacity="diffeo", support="states", offsets=reach, zeros=zeros
    )
    last, shared = reach or 99, reach is None
    return FunctionStudents(assumed, functions.polynomials, 1, last, lambda i: max(i - 1, 1), teacher, shared)


TWO = {"width": 2, "hidden": 2, "outputs": 2, "output_layers": 0}
ONE = {"width": 1, "hidden": 2, "outputs": 1, "output_layers": 0}


def deep_set_networks() -> NetworkStudents:
    """Theorem 4, in the project's own models."""
    assumed = Assumptions(kind="deepset", normalise="sum", capacity="single-layer")
    return NetworkStudents(assumed, architecture_of("deepset", inner_layers=0, scale=1.5, **TWO))


def two_blocks() -> NetworkStudents:
    """A sum of embeddings of sums: what Theorem 4 says of one block, without a bias from length 1 on."""
    assumed = Assumptions(kind="deepset", normalise="sum", capacity="single-layer", blocks=2)
    sizes = {"width": 1, "hidden": 2, "outputs": 1, "output_layers": 0}
    return NetworkStudents(assumed, architecture_of("deepset", inner_layers=0, scale=1.5, blocks=2, **sizes))


def state_spaces() -> NetworkStudents:
    """Theorem 8."""
    assumed = Assumptions(kind="ssm", normalise="sum", capacity="diffeo", support="full")
    return NetworkStudents(assumed, architecture_of("ssm", **TWO))


def recurrent_networks(*, grid: bool = False) -> NetworkStudents:
    """Theorems 9 and 17."""
    assumed = Assumptions(kind="rnn", normalise="sum", capacity="single-layer", support="grid" if grid else "cube")
    return NetworkStudents(assumed, architecture_of("rnn", axis_aligned=grid, **TWO))


def state_spaces_with_thought() -> NetworkStudents:
    """Theorem 19, two states of one input."""
    assumed = Assumptions(kind="ssm", normalise="sum", capacity="single-layer", thought=True, square=False, fills=2)
    return NetworkStudents(assumed, architecture_of("ssm", **ONE))


def recurrent_networks_with_thought() -> NetworkStudents:
    """Theorem 20, two states of one input."""
    assumed = Assumptions(kind="rnn", normalise="sum", capacity="single-layer", thought=True, square=False, fills=1)
    return NetworkStudents(assumed, architecture_of("rnn", **ONE))


# What the text that was wrong gave a guarantee for, and from which length on.
OLD_TEXT: dict[str, tuple[Students, int]] = {
    "4 from 1, any student": (deep_sets(bias=True), 1),
    "4 from 1, networks": (deep_set_networks(), 1),
    "6 from 2 in a band": (attention(band=0.5), 2),
    "13 from its reach": (attention(reach=3), 3),
    "4 of two blocks from 1": (two_blocks(), 1),
    "14 from its reach, no zeros": (earlier(Linear(1, 0), Linear(0, 1), reach=3), 3),
}
# Every guarantee with a length, at the least length at which it is given.
GIVEN: dict[str, Students] = {
    "4": deep_sets(bias=True),
    "4, no bias": deep_sets(bias=False),
    "4, networks": deep_set_networks(),
    "5": diffeomorphic_deep_sets(),
    "6": attention(),
    "6 in a band": attention(band=0.5),
    "7": earlier(Linear(1, 1)),
    "8": state_spaces(),
    "9": recurrent_networks(),
    "13": attention(reach=3),
    "13, no bias": attention(reach=3, bias=False),
    "14": earlier(Linear(1, 1), Linear(-0.5, 1), reach=3),
    "14, no zeros": earlier(Linear(1, 0), Linear(0, 1), reach=3),
    "14, one distance, no zeros": earlier(Linear(1, 0), reach=2),
    "17": recurrent_networks(grid=True),
    "18": deep_sets_with_thought(),
    "19": state_spaces_with_thought(),
    "20": recurrent_networks_with_thought(),
}


def least_length(students: Students) -> int:
    """The least training length at which the guarantee is given."""
    found = guarantee(students.assumed)
    assert found.holds, students.assumed
    assert found.from_length is not None
    return found.from_length


def finds(students: Students, length: int, seed: int, *, starts: int = 1) -> bool:
    """Whether a counterexample is found among students that are exact to this length."""
    if isinstance(students, FunctionStudents):
        return functions.finds(students, length, np.random.default_rng(seed))
    return networks.search(students, length, seed, starts=starts) is not None


def drawn(rng: np.random.Generator) -> Students:
    """Students of a random teacher, of any guarantee."""
    which = int(rng.integers(len(GIVEN) + 3))
    if which < len(GIVEN):
        return list(GIVEN.values())[which]
    reach = int(rng.integers(2, 6))
    if which == len(GIVEN):
        return attention(reach=reach, bias=bool(rng.integers(2)))
    if which == len(GIVEN) + 1:
        return attention(band=float(rng.uniform(0.1, 1)))
    teacher = [Linear(*rng.normal(size=2)) for _ in range(1, reach)]
    if rng.integers(2):  # one term without a zero; two of them would leave pairs of states less than all of R^2
        teacher[int(rng.integers(len(teacher)))] = Linear(1, 0)
    return earlier(*teacher, reach=reach)


def main(argv: list[str] | None = None) -> int:
    """Search until the time is over; 0 where nothing was found, 1 where a guarantee was contradicted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args(argv)
    torch.set_num_threads(1)
    end, seed = time.monotonic() + asked.seconds, asked.first
    numbers: dict[str, int] = {}
    while time.monotonic() < end:
        students = drawn(np.random.default_rng(seed))
        theorem = guarantee(students.assumed).theorem
        assert theorem is not None
        if finds(students, least_length(students), seed, starts=4):
            print(f"seed {seed}: a counterexample to Theorem {theorem.number} under {students.assumed}")
            return 1
        numbers[theorem.number] = numbers.get(theorem.number, 0) + 1
        seed += 1
    said = ", ".join(f"Theorem {number} {times}" for number, times in sorted(numbers.items(), key=lambda x: int(x[0])))
    print(f"seeds {asked.first} to {seed - 1}: no counterexample; searches: {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
