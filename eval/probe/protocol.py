"""The protocol of a probe: one for all architectures and capabilities, chosen by its cost before any was judged."""

from typing import Final

from eval.probe.capabilities import task_of_capability
from train.architectures.config import ArchitectureConfig
from train.architectures.specification import ArchitectureSpec
from train.model.config import ModelConfig, TrainConfig
from train.model.recommended import context_length

TRAIN_LENGTH: Final = 16
REACH_TIMES: Final = 4  # horizons are searched up to this many training lengths
RUNS: Final = 3  # how many seeds each capability is trained with
MOST_STEPS: Final = 800


def probe_config(capability: str, architecture: ArchitectureSpec) -> ArchitectureConfig:
    """Return the configuration of an architecture's runs on a capability.

    A run has at most `MOST_STEPS` steps of 32 words of up to 16 letters, at learning rate 3e-3. From the fit on the
    rate falls to zero over as many steps as the fit took, but at least a hundred. A run that does not fit goes on to
    the end.
    """
    task = task_of_capability(capability)
    reach = REACH_TIMES * TRAIN_LENGTH
    positions = max(context_length(task, reach), reach + 2)
    # Of this shape only the numbers of tokens and positions are used.
    shape = ModelConfig(pe="nope", layers=1, heads=1, width=1, vocabulary=len(task.vocabulary), positions=positions)
    protocol = TrainConfig(
        task=task.name,
        model=shape,
        lr=3e-3,
        batch_size=32,
        max_steps=MOST_STEPS,
        warmup_steps=50,
        cooldown_steps=100,
        patience_steps=MOST_STEPS,
        evaluation_interval=50,
        held_out_words=250,
        test_words=300,
        train_length=TRAIN_LENGTH,
        max_length=reach,
    )
    return ArchitectureConfig(architecture=architecture, protocol=protocol, positions=positions, reach=reach)
