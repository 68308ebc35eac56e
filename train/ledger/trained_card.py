"""The card of a trained model: README.md, for those who have the directory and not this project."""

from train.ledger.result import Result
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

Text is tokens separated by white space; the tokenizer puts `<bos>` first. Of a task that has an answer, each token of
the answer is the one with the greatest logit. Of a language, a token may follow where its logit is above zero, and the
word may end where that of `<eos>` is.

`crasp-bench measure --model DIR --task {title}` measures it again. The whole configuration and the versions stand in
`result.json`.

## Licence

Apache-2.0.
"""
STOCK = """```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(DIR)
model = AutoModelForCausalLM.from_pretrained(DIR)
```"""
OWN = """No class of transformers has ALiBi slopes that are chosen. `train.model.directory.read_model(DIR)` reads the
weights, and `crasp-bench measure` asks the model."""
ENCODING_WORDS = {"ape": "learned position embeddings (APE)", "nope": "no encoding (NoPE)"}


def trained_card(result: Result) -> str:
    """The text of the card of a run's model: what it was trained on, what it got right, and how it is asked."""
    model = result.config.model
    rows = [
        f"| {each.lengths[0]}-{each.lengths[1]} | {each.total:,} | {100 * each.correct / each.total:.1f}% |"
        for each in result.bins
        if each.total
    ]
    fitted = "It fits its training lengths." if result.fitted else "It does not fit its training lengths."
    return HEAD.format(
        title=result.shown,
        encoding=ENCODING_WORDS.get(model.pe, f"`{model.pe_text}`"),
        seed=result.seed,
        layers=_counted(model.layers, "layer"),
        heads=_counted(model.heads, "head"),
        width=model.width,
        steps=result.steps,
        length=result.config.train_length,
        device=result.device,
        rows="\n".join(rows),
        verdict=fitted,
        loading=STOCK if has_stock_class(model.scheme) else OWN,
    )


def _counted(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"
