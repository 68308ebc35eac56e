"""Tiny models of stock classes with random weights, in directories as others publish them."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors.torch import load_file, save_file

VOCABULARY, POSITIONS = 9, 32
_SIZES = {"vocab_size": VOCABULARY, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
_READS = _SIZES | {"intermediate_size": 32, "max_position_embeddings": POSITIONS}
_GPT2 = {"vocab_size": VOCABULARY, "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": POSITIONS}
_OPT = {"ffn_dim": 32, "word_embed_proj_dim": 16, "max_position_embeddings": POSITIONS, "pad_token_id": 1}
_NEO = {"vocab_size": VOCABULARY, "hidden_size": 16, "num_layers": 2, "num_heads": 2, "window_size": 4}
_MPT = {"vocab_size": VOCABULARY, "d_model": 16, "n_heads": 2, "n_layers": 2, "max_seq_len": POSITIONS}
_XLNET = {"vocab_size": VOCABULARY, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 32}
_T5 = {"vocab_size": VOCABULARY, "d_model": 16, "d_ff": 32, "num_layers": 2, "num_heads": 2, "d_kv": 8}
_GEMMA = _READS | {"num_key_value_heads": 2, "head_dim": 8, "pad_token_id": 0}

# Name -> model class, configuration class, configuration.
MODELS: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", _GPT2),
    "gpt2 classifier": ("GPT2ForSequenceClassification", "GPT2Config", _GPT2 | {"pad_token_id": 0}),
    "gpt2 without a head": ("GPT2Model", "GPT2Config", _GPT2),
    "gpt2 with two heads": ("GPT2DoubleHeadsModel", "GPT2Config", _GPT2 | {"num_labels": 1}),
    "gpt_neox": ("GPTNeoXForCausalLM", "GPTNeoXConfig", _READS),
    "gpt_neo": (
        "GPTNeoForCausalLM",
        "GPTNeoConfig",
        _NEO | {"attention_types": [[["global", "local"], 1]], "max_position_embeddings": POSITIONS},
    ),
    "gptj": ("GPTJForCausalLM", "GPTJConfig", _GPT2 | {"rotary_dim": 4}),
    "llama": ("LlamaForCausalLM", "LlamaConfig", _READS),
    "mixtral": ("MixtralForCausalLM", "MixtralConfig", _READS | {"num_key_value_heads": 2, "num_local_experts": 4}),
    "opt": ("OPTForCausalLM", "OPTConfig", _SIZES | _OPT),
    "bloom": ("BloomForCausalLM", "BloomConfig", {"vocab_size": 9, "hidden_size": 16, "n_layer": 2, "n_head": 2}),
    "falcon": ("FalconForCausalLM", "FalconConfig", _SIZES | {"alibi": True}),
    "mpt": ("MptForCausalLM", "MptConfig", _MPT),
    "mamba": (
        "MambaForCausalLM",
        "MambaConfig",
        {"vocab_size": 9, "hidden_size": 16, "num_hidden_layers": 2, "state_size": 4},
    ),
    "bert that decodes": ("BertLMHeadModel", "BertConfig", _READS | {"is_decoder": True}),
    "bert": ("BertLMHeadModel", "BertConfig", _READS),
    "masked bert": ("BertForMaskedLM", "BertConfig", _READS),
    "xlnet": ("XLNetLMHeadModel", "XLNetConfig", _XLNET),
    "gemma3 both ways": ("Gemma3ForCausalLM", "Gemma3TextConfig", _GEMMA | {"use_bidirectional_attention": True}),
    "t5": ("T5ForConditionalGeneration", "T5Config", _T5),
}


def save_model(name: str, directory: Path) -> Path:
    """The model of that name, its weights drawn with a fixed seed."""
    model_class, config_class, config = MODELS[name]
    torch.manual_seed(0)
    getattr(transformers, model_class)(getattr(transformers, config_class)(**config)).save_pretrained(directory)
    return directory


def change_weights(directory: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
    weights = load_file(directory / "model.safetensors")
    change(weights)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})


def change_json(path: Path, **values: Any) -> None:
    """Write the values into the file's object, which may be new."""
    held = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(held | values))


def name_own_code(directory: Path, file: str, key: str = "auto_map") -> Path:
    """Let a file of the directory name modules of its own; what they would touch is returned."""
    touched = directory / "ran"
    (directory / "own.py").write_text(f"import pathlib\npathlib.Path({str(touched)!r}).touch()\n")
    classes = {"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M", "AutoTokenizer": ["own.T", "own.T"]}
    change_json(directory / file, **{key: classes})
    return touched
