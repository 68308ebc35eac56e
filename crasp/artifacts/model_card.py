"""The card of a compiled model, README.md, for readers who have the directory but not this project."""

import json
import re

from crasp.compiler.compiler import ACCEPT, END
from crasp.meaning import ir
from limit_transformer.floating.certificate import ModelClaims

CARD = "README.md"
HEAD = """---
license: apache-2.0
library_name: {library}
{pipeline}tags:
- crasp
- formal-languages
- length-generalization
---

# {name}

{purpose}

This {called} was not trained. It was compiled from a program of the language C-RASP[periodic, local] by crasp-bench,
and computes what the program says, at every position of every word{length}. The
argument for that is in `certificate.json`.

{fence}
{text}
{fence}

"""
STOCK = """## Asking it

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(DIR)
model = AutoModelForCausalLM.from_pretrained(DIR, dtype="{dtype}")
logits = model(**tokenizer({example}, return_tensors="pt")).logits[0]  # a row for <bos>, then one for each token
allowed = [token for token, number in tokenizer.get_vocab().items() if logits[-1, number] > 0]
```

Text is tokens separated by white space{unspaced}. The tokenizer puts `<bos>` first. The tokens are {tokens}. Text with
anything else in it is refused; `set({split}) - tokenizer.get_vocab().keys()` gives what in it is not a token.

## What a logit means

Only its sign: the logit of an output is positive at a position exactly where the output holds in the program there,
and never 0.

{outputs}
{generation}
## Numbers

It is right in {dtype}, and in no narrower type, because counting needs that many digits.
In float16 or bfloat16{narrower} the model gives no answers instead of wrong ones: every logit is NaN, and sampling
stops with an error. {longer}

## Licence

Apache-2.0.
"""
OWN = """## Asking it

`transformers` has no class for this model. crasp-bench reads it as data, and runs no code of the directory.

```python
from pathlib import Path

import numpy as np
from crasp.artifacts.targets import load_machine

text, machine = load_machine(Path(DIR))
word = np.array([{example}])  # each token by its place in the alphabet, which counts from 0
answers = machine.answers(word, np.array([word.shape[1]]))[0]  # a row for the begin token, then one for each token
said = [dict(zip(machine.outputs, row.tolist())) for row in answers]
```

The tokens are {tokens}. `python -m eval.measure --model DIR --task TASK` asks it about the words of a task.

## What an answer means

An answer is true at a position exactly where the output holds in the program there.

{outputs}

## Licence

Apache-2.0.
"""
GENERATION = """
`model.generate` and the text-generation pipeline sample a word: `<eos>` ends it, `<bos>`, `<pad>` and `<accept>` are
never written. Where the program allows an end, `<eos>` has the largest logit.
"""
SHOWN_TOKENS = 40  # the most tokens that the card names


def model_card(name: str, program: ir.Program, text: str, said: ModelClaims, *, called: str = "GPT-2") -> str:
    """The card of a model that `transformers` loads.

    Args:
        name: The name of the model.
        program: The program.
        text: Its text. The comments before the alphabet say what it is for.
        said: What the certificate claims of the model.
        called: The class of the model. A model other than GPT-2 also reads words longer than the certified length.
    """
    length = f"{said['max_length']:,}"
    longer = f"The model has no\npositions for a word of more than {length} tokens."
    if called != "GPT-2":
        longer = f"The model also reads\nwords of more than {length} tokens, but nothing is certified about these."
    single = all(len(token) == 1 for token in program.alphabet)
    example = ("" if single else " ").join((program.alphabet * 3)[:3])
    head = _head(name, text, said, called, "transformers", "pipeline_tag: text-generation\n")
    return head + STOCK.format(
        longer=longer,
        dtype=said["dtype"],
        split='"".join(text.split())' if single else "text.split()",
        example=json.dumps(example, ensure_ascii=False),
        unspaced=", or not separated at all" if single else "",
        tokens=_listed(program.alphabet),
        outputs="\n".join([*_meaning(program), "- All other logits are negative: the program has no such output."]),
        generation=GENERATION if program.next else "",
        narrower=", or in float32," if said["dtype"] == "float64" else "",
    )


def own_card(name: str, program: ir.Program, text: str, said: ModelClaims, *, called: str) -> str:
    """The card of a model that only this project reads: the exact machine, or the torch module.

    Args:
        name: The name of the model.
        program: The program.
        text: Its text. The comments before the alphabet say what it is for.
        said: What the certificate claims of the model. `max_length` is None if every length is certified.
        called: What kind of model it is.
    """
    return _head(name, text, said, called, "crasp-bench", "") + OWN.format(
        example=[number % len(program.alphabet) for number in range(3)],
        tokens=_listed(program.alphabet),
        outputs="\n".join(_meaning(program)),
    )


def _head(name: str, text: str, said: ModelClaims, called: str, library: str, pipeline: str) -> str:
    """The beginning of every card: the front matter, what the model is and for which words, and the program."""
    length = said["max_length"]
    return HEAD.format(
        library=library,
        pipeline=pipeline,
        name=name,
        purpose=_purpose(text),
        called=called,
        length=", exactly" if length is None else f" of up to **{length:,} tokens** in **{said['dtype']}**",
        text=text.strip(),
        fence=_fence(text),
    )


def _fence(text: str) -> str:
    """A row of backticks that is longer than any in the text."""
    return "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))


def _purpose(text: str) -> str:
    """The comment lines at the beginning of the program."""
    found = []
    for line in text.splitlines():
        if not line.strip().startswith("//"):
            if line.strip():
                break
            continue
        found.append(line.strip().lstrip("/").strip())
    return "\n".join(found) or "A program of C-RASP[periodic, local] as a transformer."


def _listed(tokens: tuple[str, ...]) -> str:
    """The tokens as code; of more than SHOWN_TOKENS only the number is given for the rest."""
    shown = ", ".join(f"`` {token} ``" if "`" in token else f"`{token}`" for token in tokens[:SHOWN_TOKENS])
    more = len(tokens) - SHOWN_TOKENS
    return shown + (f" and {more:,} more" if more > 0 else "")


def _meaning(program: ir.Program) -> list[str]:
    lines = []
    letters = tuple(token for token, _ in program.next if token != ir.EOS)
    if letters:
        lines.append(f"- {_listed(letters)}: the token may come next.")
    if any(token == ir.EOS for token, _ in program.next):
        lines.append(f"- `{END}`: the word may end here.")
    if program.accept is not None:
        lines.append(f"- `{ACCEPT}`: the word that was read so far is accepted.")
    return lines
