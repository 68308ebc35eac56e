"""Programs written as GPT-2 directories, loaded with transformers alone, and compared with the interpreter."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crasp.compiler.compiler import compile_program
from crasp.meaning import ir
from crasp.meaning.interpreter import encode, trace
from limit_transformer.gpt2.directory import write_gpt2
from limit_transformer.gpt2.gpt2_shape import FIRST_COORDINATE

SPECIAL = ("<bos>", "<eos>", "<pad>", "<accept>")


@dataclass(frozen=True)
class Loaded:
    """A directory as anyone would load it."""

    program: ir.Program
    model: Any
    tokenizer: Any
    said: dict[str, Any]


def written(program: ir.Program, directory: Path, *, max_length: int | None = None, dtype: str = "float32") -> Loaded:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    said = write_gpt2(compile_program(program), directory, max_length=max_length, dtype=dtype)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype="auto")
    return Loaded(program, model, AutoTokenizer.from_pretrained(directory), said)


def logits(loaded: Loaded, words: Sequence[Sequence[str]]) -> NDArray[Any]:
    """(words, positions 0..n, vocabulary), through the tokenizer; what lies after a word's end means nothing."""
    import torch

    longest = max(len(word) for word in words)
    filler = loaded.program.alphabet[0]
    texts = [" ".join([*word, *[filler] * (longest - len(word))]) for word in words]
    ids = torch.tensor(loaded.tokenizer(texts)["input_ids"])
    assert ids.shape == (len(words), longest + 1)
    with torch.inference_mode():
        return np.asarray(loaded.model(input_ids=ids).logits)


def assert_right(loaded: Loaded, words: Sequence[Sequence[str]]) -> None:
    """Every logit's sign at every position of every word is what the interpreter says."""
    program = loaded.program
    encoded = encode(program.alphabet, words)
    lines = trace(program, encoded).lines
    found = logits(loaded, words) > 0
    vocabulary = (*program.alphabet, *SPECIAL)
    expected = np.zeros_like(found)
    for token, line in program.next:
        expected[..., vocabulary.index("<eos>" if token == ir.EOS else token)] = lines[line]
    if program.accept is not None:
        expected[..., vocabulary.index("<accept>")] = lines[program.accept]
    inside = np.arange(found.shape[1])[None, :] <= np.array([len(word) for word in words])[:, None]
    wrong = np.argwhere((found != expected) & inside[..., None])
    assert not len(wrong), f"{len(wrong)} wrong, first (word, position, token): {wrong[0]}"


def last_stream(model: Any, tokens: NDArray[Any]) -> NDArray[Any]:
    """The machine's coordinates before the last LayerNorm, (words, positions 0..n, coordinates); words of one length.

    The begin token is put before the letters' numbers.
    """
    import torch

    letters = model.config.vocab_size - len(SPECIAL)
    read = np.hstack([np.full((len(tokens), 1), letters), tokens])
    kept = []
    hook = model.transformer.ln_f.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    with torch.inference_mode():
        model(input_ids=torch.from_numpy(read))
    hook.remove()
    return np.asarray(kept[0][..., FIRST_COORDINATE:])
