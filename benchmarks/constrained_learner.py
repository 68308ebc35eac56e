"""The constrained learner of Theorem 12 with covers of models of one number: how many training lengths it needs.

`make constrained-learner` prints two things for the architectures of CASES. One is how many students of the cover are
left after training lengths to 1, 2, and so on. The other is the training length from which on none of them is wrong at
any length to 60.
"""

import sys
import time

import numpy as np
import torch

from train.teaching.architectures.architecture import Architecture, architecture_of
from train.teaching.constrained import constrained_learner, errors_by_length, grid_cover

LENGTH, SEQUENCES = 60, 100
EPSILONS = (1e-3, 1e-4, 1e-5)
ONE = {"width": 1, "hidden": 1, "outputs": 1, "output_layers": 0}
CASES: dict[str, tuple[Architecture, int]] = {
    "deep set, mean": (architecture_of("deepset", normalise="mean", inner_layers=0, **ONE), 13),
    "deep set, sum": (architecture_of("deepset", inner_layers=0, **ONE), 13),
    "deep set, mean, two blocks": (architecture_of("deepset", normalise="mean", inner_layers=0, blocks=2, **ONE), 4),
    "sigmoid attention": (architecture_of("sigmoid", **ONE), 4),
    "RNN": (architecture_of("rnn", **ONE), 13),
}


def main() -> int:
    """Print a row for each architecture and epsilon."""
    torch.set_num_threads(1)
    print("| students | cover | epsilon | left after 1, 2, 3, 5, 10 lengths | sufficient, by teacher | CPU s |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, (architecture, values) in CASES.items():
        begun = time.process_time()
        rng = np.random.default_rng(0)
        cover = grid_cover(architecture, 3.0, values)
        tokens = torch.from_numpy(rng.random((SEQUENCES, LENGTH, 1))).float()
        teachers = cover[torch.from_numpy(rng.integers(0, len(cover), 5))]
        errors = [errors_by_length(cover, teacher, architecture, tokens) for teacher in teachers]
        seconds = time.process_time() - begun
        for epsilon in EPSILONS:
            kept = [constrained_learner(each, epsilon) for each in errors]
            left = ", ".join(str(kept[0].left[n - 1]) for n in (1, 2, 3, 5, 10))
            lengths = ", ".join("none" if each.sufficient is None else str(each.sufficient) for each in kept)
            print(f"| {name} | {len(cover)} | {epsilon:g} | {left} | {lengths} | {seconds:.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
