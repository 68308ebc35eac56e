"""The card of a trained model: a README.md for readers who have the model's directory but not this project."""

from pathlib import Path
from shlex import join
from typing import Final

from tasks.ground.automata.automaton import counted
from tasks.ground.files import replace_text
from tasks.languages.task_origin import file_of_origin, options_of_origin
from tasks.position_schemes import LinearBiases, RandomizedPositions
from train.ledger.result import Result
from train.model.config import ModelConfig
from train.model.encodings import has_stock_class

CARD_FILE = "README.md"
HEAD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags:
- formal-languages
- length-generalization
---

# {title}, {encoding}, seed {seed}

A transformer of {layers}, {heads} a layer and width {width}, with {encoding} for its positions. It was trained by
crasp-bench for {steps:,} steps on words of 1 to {length} tokens of the task `{title}`, with seed {seed}, on {device}.
The question is whether it is right on longer words too.

| length of the word | words | wholly right |
| --- | --- | --- |
{rows}

{verdict}

## Asking it

{loading}

Text is tokens separated by white space; the tokenizer puts `<bos>` first. If the task has an answer, each
token of the answer is the one with the greatest logit. If it is a language, a token may follow where its logit is above
zero, and the word may end where the logit of `<eos>` is.

{longest}

This measures it again, with DIR for this directory:

~~~sh
{command}
~~~

The whole configuration and the versions stand in `result.json`.

## Licence

Apache-2.0.
"""
STOCK = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(DIR)
model = AutoModelForCausalLM.from_pretrained(DIR{options})
```"""
SDPA = """

Only with `sdpa`: with `attn_implementation="eager"`, or where attention weights are asked for, Falcon adds its biases
twice and computes something else."""
DRAWN = """

Its positions are drawn and sorted anew for every word, so they have to be given. Without `position_ids` the model reads
positions 0, 1, 2, ..., which it hardly met in training. `crasp-bench measure` draws them as in training.

```python
import torch

ids = tokenizer(WORD, return_tensors="pt").input_ids
places = torch.randperm({positions})[: ids.shape[1]].sort().values[None]
logits = model(input_ids=ids, position_ids=places).logits
```"""
OWN = """Transformers has no class for chosen ALiBi slopes. `train.model.directory.read_model(DIR)` reads the
weights, and `crasp-bench measure` asks the model."""
COMPUTED: Final = ("rope", "alibi")  # encodings without a table of positions
ENCODING_WORDS = {"ape": "learned position embeddings (APE)", "nope": "no encoding (NoPE)"}


def write_card(directory: Path, result: Result) -> None:
    """Write the card into the directory of a run's model.

    If the task was defined by a file, such as an automaton, that file is written beside it.
    """
    replace_text(directory / CARD_FILE, trained_card(result))
    file = None if result.origin is None else file_of_origin(result.origin)
    if result.origin is not None and file is not None:
        replace_text(directory / file, result.origin.text)


def trained_card(result: Result) -> str:
    """Return the text of a model's card: what it was trained on, which words it got right, and how to ask it."""
    model = result.config.model
    rows = [
        f"| {each.lengths[0]}-{each.lengths[1]} | {each.total:,} | {100 * each.correct / each.total:.1f}% |"
        for each in result.bins
        if each.total
    ]
    fitted = "It fits its training lengths." if result.fitted else "It does not fit its training lengths."
    return HEAD.format(
        title=result.shown,
        longest=_longest(model),
        command=measuring_command(result),
        encoding=ENCODING_WORDS.get(model.pe, f"`{model.pe_text}`"),
        seed=result.seed,
        layers=counted(model.layers, "layer"),
        heads=counted(model.heads, "head"),
        width=model.width,
        steps=result.steps,
        length=result.config.train_length,
        device=result.device,
        rows="\n".join(rows),
        verdict=fitted,
        loading=_loading(model),
    )


def measuring_command(result: Result) -> str:
    """Return the shell command that measures the model in DIR again on the task of the run."""
    given = ("--task", result.task) if result.origin is None else options_of_origin(result.origin, "DIR")
    return join(["crasp-bench", "measure", "--model", "DIR", *given])


def _loading(model: ModelConfig) -> str:
    """Return how the model is loaded, and what a user must know to ask it rightly."""
    scheme = model.scheme
    if not has_stock_class(scheme):
        return OWN
    if isinstance(scheme, LinearBiases) and scheme.scaling == "falcon":
        return STOCK.format(options=', attn_implementation="sdpa"') + SDPA
    drawn = DRAWN.format(positions=model.positions) if isinstance(scheme, RandomizedPositions) else ""
    return STOCK.format(options="") + drawn


def _longest(model: ModelConfig) -> str:
    if model.pe in COMPUTED:
        return "Its positions are computed for words of any length."
    return (
        f"It has {model.positions:,} positions: the longest word has {model.positions - 1:,} tokens after `<bos>`, "
        "including those of an answer."
    )
