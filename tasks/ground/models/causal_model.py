"""The one way in which this project loads a causal language model through `transformers`.

Nothing in the model's directory is run, and all of its weights must be there. torch and transformers are imported
inside the functions, so that importing this module costs nothing.
"""

import contextlib
import copy
import io
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from tasks.ground.models.model_directory import ModelDirectory, ModelError, look_at, read_json, tensor_shapes

CAUSAL_ENDINGS = ("ForCausalLM", "LMHeadModel")
POSITION_WEIGHTS = re.compile(r"(^|\.)(wpe|embed_positions|position_embeddings?|pos_emb|position_embed)(\.weight)?$")
# Values that versions of transformers once kept among the weights and now compute.
COMPUTED = re.compile(r"(rotary_emb\.inv_freq|attn\.(masked_)?bias|attention\.(masked_)?bias|position_ids)$")
VOCABULARY_FILES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model")
TOKENIZER_FILES = (*VOCABULARY_FILES, "tokenizer_config.json")
ROLES = ("bos", "eos", "pad", "sep")
SLACK_NUMBERS = 1 << 24  # numbers that a model may have beyond those in its files
MOST_BYTES = 1 << 33  # bytes of buffers that a model computes once, such as masks
# A message of another library that contains one of these gives advice, and is not passed on.
ADVICE = ("weights_only", "trust_remote_code", "report", "http", "install", "upgrade", "issue", "You can", "you can")
ASKED_LENGTH = 24  # tokens of a word that `check_causal` asks about
ASKED_WORDS = 4  # words that `check_causal` asks about
MOVED_SHARE = 1e-5  # a share of the largest logit that rounding alone does not reach


@dataclass(frozen=True)
class LoadedModel:
    """A causal language model that is ready to be asked.

    outputs     the number of tokens for which it has a logit
    configured  the number of positions that its configuration gives it; None: any number
    notes       sentences for its user
    """

    model: Any  # a transformers model; importing its type would import torch
    config: Mapping[str, Any]
    outputs: int
    configured: int | None
    notes: tuple[str, ...]


class TokenizerError(ModelError):
    """A directory has a tokenizer that cannot be read; the message says why."""


@dataclass(frozen=True)
class TokenIds:
    """A tokenizer's vocabulary, from token to id, and the ids of the tokens with the roles of ROLES."""

    ids: Mapping[str, int]
    roles: Mapping[str, int]


def load_causal_model(directory: Path, *, positions: int | None = None) -> LoadedModel:
    """Return the model in the directory, in the precision of its weights.

    Nothing in the directory is run, and nothing is fetched. The weights are finite, and are exactly those that the
    architecture uses. The one exception are learned positions: a model that was saved without them is read as a model
    without positions.

    Args:
        directory: Holds `config.json` and safetensors.
        positions: The number of positions, for a model that computes them instead of learning them; None: the number in
            its configuration.

    Raises:
        ModelError: There is no such model; the message says why.
    """
    found = look_at(directory)
    with quiet():
        config = _config(found)
        if positions is not None:
            setattr(config, _position_field(config) or "max_position_embeddings", positions)
        _check_architecture(found, config)
        shapes = tensor_shapes(found.weights)
        _check_size(found, config, shapes)
        model, missing = _read(found, config)
        _check_finite(directory, model)
        notes = _architecture_notes(found, model)
        if missing:
            notes = (*notes, f"{directory} has no weights for positions: it is read as a model without positions.")
        outputs = _outputs(directory, model)
    return LoadedModel(model, found.config, outputs, _configured(model.config), notes)


def check_causal(directory: Path, loaded: LoadedModel) -> None:
    """Check, by asking the model, that a later token never changes an earlier answer.

    A model of half precision is asked in float32, where the effect of rounding is far smaller than that of reading
    ahead.

    Args:
        directory: Where the model is from, for messages.
        loaded: The model.

    Raises:
        ModelError: A later token changes an earlier answer, two runs differ, or a logit is not finite.
    """
    import torch

    half = next(loaded.model.parameters()).dtype not in (torch.float32, torch.float64)
    model = copy.deepcopy(loaded.model).float() if half else loaded.model
    length = max(2, min(ASKED_LENGTH, loaded.configured or ASKED_LENGTH))
    drawn = torch.Generator().manual_seed(0)
    words = torch.randint(loaded.outputs, (ASKED_WORDS, length), generator=drawn)
    with quiet(), torch.inference_mode():
        first = _logits(model, words)
        if not torch.isfinite(first).all():
            raise ModelError(f"{directory} answers with NaN or infinity: its numbers are too large for its precision")
        scale = first.abs().max().clamp(min=1e-6) * MOVED_SHARE
        if (_logits(model, words) - first).abs().max() > scale:
            raise ModelError(f"{directory} gives other answers when it is asked the same again")
        for cut in (1, length // 2, length - 1):
            others = words.clone()
            others[:, cut:] = (others[:, cut:] + 1) % loaded.outputs
            moved = (_logits(model, others) - first)[:, :cut].abs().max()
            if moved > scale:
                raise ModelError(
                    f"{directory} is no causal language model: later tokens change its answers to earlier "
                    "ones, so it can read what it is to predict"
                )


def read_tokens(directory: Path) -> TokenIds | None:
    """Return the vocabulary of the directory's tokenizer; None if it has none.

    Raises:
        TokenizerError: It has one that cannot be read.
        ModelError: The directory names code to run, or holds no whole model.
    """
    look_at(directory)
    from transformers import AutoTokenizer

    if not any((directory / name).is_file() for name in TOKENIZER_FILES):
        return None  # otherwise transformers would make up an empty tokenizer
    _check_tokenizer_files(directory)
    with quiet():
        try:
            tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
            ids: Mapping[str, int] = tokenizer.get_vocab()
            roles = {role: getattr(tokenizer, f"{role}_token_id", None) for role in ROLES}
        except Exception as error:  # of many kinds, for all that can be wrong with a tokenizer
            if not any((directory / name).is_file() for name in VOCABULARY_FILES):
                return None  # only its configuration is there
            raise TokenizerError(f"{directory}: its tokenizer cannot be read{_reason(error)}") from None
    if set(ids) <= set(tokenizer.all_special_tokens):
        return None  # transformers made it up, because it found no file that this kind of tokenizer reads
    return TokenIds(ids, {role: number for role, number in roles.items() if isinstance(number, int)})


def _check_tokenizer_files(directory: Path) -> None:
    """Raise TokenizerError, with the file's name, if a file of the tokenizer holds no JSON object."""
    for name in TOKENIZER_FILES:
        if name.endswith(".json") and (directory / name).is_file():
            try:
                read_json(directory / name)
            except ModelError as error:
                raise TokenizerError(str(error)) from None


# --- what is read ------------------------------------------------------------------------------------------------


def _config(found: ModelDirectory) -> Any:
    from transformers import AutoConfig
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    kind = found.config.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise ModelError(f"{found.path}/config.json: transformers has no model_type {kind!r}")
    try:
        return AutoConfig.from_pretrained(found.path, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # of many kinds, for each configuration checks itself
        raise ModelError(f"{found.path}/config.json: not the configuration of a {kind} model{_reason(error)}") from None


def _check_architecture(found: ModelDirectory, config: Any) -> None:
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = config.model_type
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"{found.path} is no causal language model: a {kind} model has an encoder that reads the whole word"
        )
    known = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(kind)
    if known is None:
        raise ModelError(f"{found.path} is no causal language model: transformers has no such model of the kind {kind}")
    named = found.config.get("architectures") or []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise ModelError(f"{found.path}/config.json: architectures: expected a list of names, found {named!r}")
    for name in named:
        if not (name.endswith(CAUSAL_ENDINGS) or name == known):
            raise ModelError(
                f"{found.path} is no causal language model: its architecture is {name}, expected one that predicts the "
                f"next token, such as {known}"
            )


def _architecture_notes(found: ModelDirectory, model: Any) -> tuple[str, ...]:
    read_as = type(model).__name__
    other = [name for name in found.config.get("architectures") or [] if name != read_as]
    return (f"{found.path} was saved as {other[0]}; it is read as {read_as}.",) if other else ()


def _check_size(found: ModelDirectory, config: Any, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ModelError, before memory is taken, if the model of the configuration is far larger than its weights."""
    import torch
    from transformers import AutoModelForCausalLM

    file = found.path / "config.json"
    layers = getattr(config, "num_hidden_layers", 0)
    if isinstance(layers, int) and layers > len(shapes):
        raise ModelError(f"{file}: {layers:,} layers, but the weights have {len(shapes):,} tensors")
    try:
        with torch.device("meta"):
            shell: Any = AutoModelForCausalLM.from_config(config, trust_remote_code=False)  # type: ignore[no-untyped-call]
    except Exception as error:  # of many kinds, for each architecture checks its own sizes
        raise ModelError(f"{file}: no {config.model_type} model can be made from it{_reason(error)}") from None
    numbers = sum(parameter.numel() for parameter in shell.parameters())
    held = sum(prod(shape) for shape in shapes.values())
    if numbers > 4 * held + SLACK_NUMBERS:
        raise ModelError(f"{file}: a model of {numbers:,} numbers, but the weights hold {held:,}")
    computed = sum(buffer.numel() * buffer.element_size() for buffer in shell.buffers())
    if computed > MOST_BYTES:
        raise ModelError(f"{file}: a model of so many positions takes {computed:,} bytes for its masks alone")


def _read(found: ModelDirectory, config: Any) -> tuple[Any, tuple[str, ...]]:
    """Return the model with its weights, and the names of the position weights that were missing and are now zero."""
    import torch
    from transformers import AutoModelForCausalLM

    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            found.path,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            dtype="auto",
            output_loading_info=True,
        )
    except Exception as error:  # of many kinds, for all that a directory may lack
        raise ModelError(f"{found.path} cannot be loaded{_reason(error)}") from None
    model, loading = loaded
    mismatched = sorted(str(each[0]) for each in loading["mismatched_keys"])
    if mismatched:
        raise ModelError(f"{found.path}: its weights are of other sizes than config.json says: {_some(mismatched)}")
    missing = sorted(loading["missing_keys"])
    lacking = [key for key in missing if not POSITION_WEIGHTS.search(key)]
    if lacking:
        raise ModelError(f"{found.path} cannot be loaded: its weights lack {_some(lacking)}")
    unused = sorted(key for key in loading["unexpected_keys"] if not COMPUTED.search(key))
    if unused:
        raise ModelError(
            f"{found.path}: its weights hold what a {type(model).__name__} does not use: {_some(unused)}. The "
            "weights belong to another model than config.json says."
        )
    model.requires_grad_(False)
    with torch.no_grad():
        for key in missing:
            model.get_parameter(key).zero_()
    model.config.use_cache = False
    return model.eval(), tuple(missing)


def _check_finite(directory: Path, model: Any) -> None:
    import torch

    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(f"{directory}: the weights hold NaN or infinity ({name})")


def _configured(config: Any) -> int | None:
    name = _position_field(config)
    return None if name is None else int(getattr(config, name))


def _position_field(config: Any) -> str | None:
    fields = ("max_position_embeddings", "max_seq_len", "seq_length")
    return next((name for name in fields if isinstance(getattr(config, name, None), int)), None)


def _outputs(directory: Path, model: Any) -> int:
    """Return the number of logits in an answer."""
    import torch

    try:
        with torch.inference_mode():
            found = _logits(model, torch.zeros((1, 1), dtype=torch.int64))
    except Exception as error:  # of many kinds, if the model cannot be run on this machine
        raise ModelError(f"{directory}: it cannot be asked about a token{_reason(error)}") from None
    return int(found.shape[-1])


def _logits(model: Any, words: Any) -> Any:
    return model(input_ids=words, attention_mask=words.new_ones(words.shape)).logits


# --- what is said ------------------------------------------------------------------------------------------------


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]}, and {len(names) - 1} more"


def _reason(error: Exception) -> str:
    """Return the first words of another library's message, or the name of the exception if these give advice."""
    said = first_words(error)
    if not said or any(word in said for word in ADVICE):
        return f" ({type(error).__name__})"
    return f": {said[:300]}"


def first_words(error: BaseException) -> str:
    """Return the first line of the exception's message, with the next if it ends in a colon; empty if there is none."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return " ".join(lines[:2]) if lines and lines[0].endswith(":") else "".join(lines[:1])


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep other libraries from printing their advice and progress bars."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(100)
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
