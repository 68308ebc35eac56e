"""Write the cards of known architectures in results/probe from a ledger's runs; `--train` trains missing runs first.

Each run is kept when it is finished, so the same command continues an interrupted one. `make probe-cards` exports the
runs too.

The runs know a reference model by the text of `eval/probe/reference_models.py`. If anything in that file is edited,
even a comment, its models have to be trained again.
"""

import argparse
import json
import os
from pathlib import Path

import torch

from eval.probe.capabilities import CAPABILITIES, task_of_capability
from eval.probe.card import Card, card_row
from eval.probe.defects import find_defects
from eval.probe.probing import family_of
from eval.probe.protocol import RUNS, probe_config
from eval.probe.reference_cards import SHIPPED
from eval.probe.trials import ProbeRun, run_trials
from train.architectures.checking import built
from train.architectures.runs import ArchitectureRuns, versions_here
from train.architectures.specification import ArchitectureSpec, read_architecture

# (file, column, architecture), the fastest first.
REFERENCES = (
    ("lstm", "LSTM", "eval/probe/reference_models.py:lstm"),
    ("transformer_nope", "NoPE", "gpt_neox:rotary_pct=0"),
    ("transformer_ape", "APE", "gpt2"),
    ("transformer_rope", "RoPE", "gpt_neox"),
    ("transformer_alibi", "ALiBi", "bloom"),
    ("recurrent_gemma", "RecurrentGemma", "recurrent_gemma"),
    ("rwkv", "RWKV", "rwkv"),
    ("mamba2", "Mamba-2", "mamba2"),
)


def card_of(architecture: ArchitectureSpec, ledger: ArchitectureRuns) -> Card:
    """Return the card of the runs that the ledger has; a capability without runs has no row."""
    task, positions = task_of_capability("count"), probe_config("count", architecture).positions
    model = built(architecture, task.vocabulary, positions, seed=0)
    kind = family_of(model)
    rows = []
    for name in CAPABILITIES:
        found = [ledger.find(probe_config(name, architecture), seed) for seed in range(RUNS)]
        results = [each for each in found if each is not None]
        rows += [card_row(name, results, kind)] if results else []
    return Card(
        name=architecture.name,
        class_name=type(model.module).__name__,
        parameters=model.parameters,
        family=kind,
        defects=find_defects(architecture, task, positions),
        rows=tuple(rows),
        versions=versions_here(),
    )


def train(runs: Path) -> None:
    """Train all runs that are missing: for each seed all architectures in turn, each with all its capabilities."""
    os.nice(15)
    for seed in range(RUNS):
        for _, shown, text in REFERENCES:
            trials = [ProbeRun(name, seed) for name in CAPABILITIES]
            run_trials(
                read_architecture(text),
                trials,
                runs,
                lambda done, total, trial, _, shown=shown: print(f"{shown}: {done} of {total}, {trial}", flush=True),  # type: ignore[misc]
                workers=1,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True, help="the ledger's directory")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the cards are written")
    parser.add_argument("--train", action="store_true", help="train what is missing, at low priority")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.train:
        train(options.runs)
    ledger = ArchitectureRuns(options.runs)
    for file, shown, text in REFERENCES:
        card = card_of(read_architecture(text), ledger)
        if card.rows:
            value = {"shown": shown, **card.to_json()}
            (options.out / f"{file}.json").write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
            print(f"{shown}: {sum(row.runs for row in card.rows)} runs of {len(card.rows)} capabilities")


if __name__ == "__main__":
    main()
