"""From an architecture to its card: the questions to the untrained model, the runs, and what they came to."""

from collections.abc import Sequence
from pathlib import Path

from eval.probe.capabilities import CAPABILITIES, task_of_capability
from eval.probe.card import Card, card_row
from eval.probe.defects import find_defects
from eval.probe.families import family_of
from eval.probe.protocol import RUNS, probe_config
from eval.probe.theory import ArchitectureFamily
from eval.probe.trials import WORKERS, OnTrial, Trial, run_trials
from train.architectures.checking import built
from train.architectures.runs import versions_here
from train.architectures.specification import ArchitectureSpec


def probe(
    architecture: ArchitectureSpec,
    directory: Path,
    on_trial: OnTrial,
    *,
    capabilities: Sequence[str] = tuple(CAPABILITIES),
    family: ArchitectureFamily | None = None,
    runs: int = RUNS,
    workers: int = WORKERS,
) -> Card:
    """The architecture's card; what the ledger under the directory has is not trained again.

    Args:
        architecture: What is probed.
        directory: The ledger's.
        on_trial: Told of each run as it is finished.
        capabilities: Names of `CAPABILITIES`.
        family: Which kind theory is asked of; None for the one that the model is seen to be of.
        runs: Seeds of each capability.
        workers: Processes that train, a core each.

    Raises:
        ArchitectureError: The model cannot be trained; NotCausalError where it reads more than a token ahead.
    """
    config = probe_config("count", architecture)
    task = task_of_capability("count")
    defects = find_defects(architecture, task, config.positions)
    model = built(architecture, task.vocabulary, config.positions, seed=0)
    kind = family_of(model) if family is None else family
    trials = [Trial(name, seed) for seed in range(runs) for name in capabilities]
    if any(each.name == "causal mask off by one" for each in defects):
        trials = []  # it would learn to read the answer
    found = run_trials(architecture, trials, directory, on_trial, workers=workers)
    rows = tuple(
        card_row(name, [found[Trial(name, seed)] for seed in range(runs)], kind) for name in capabilities if found
    )
    return Card(
        name=architecture.name,
        class_name=type(model.module).__name__,
        parameters=model.parameters,
        family=kind,
        defects=defects,
        rows=rows,
        versions=versions_here(),
    )
