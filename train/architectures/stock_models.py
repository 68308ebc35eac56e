"""Models of transformers' classes, made from a configuration: small, without dropout, for the task's tokens.

torch and transformers are imported inside the functions.
"""

import difflib
import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from tasks.ground.models.causal_model import first_words, quiet
from tasks.words import BOS, EOS, PAD
from train.architectures.size_fields import (
    EXPERT_FIELD,
    EXPERTS_WIDTH_FIELD,
    HEAD_WIDTH_FIELD,
    HEADS_FIELD,
    INNER_FIELDS,
    LAYER_FIELD,
    WIDTH_FIELDS,
    as_json,
    wrong_fields,
)
from train.architectures.specification import DROPPED, POSITION_FIELDS, ArchitectureError, ArchitectureSpec

if TYPE_CHECKING:
    from torch.nn import Module

PARAMETERS: Final = 100_000  # the number that is aimed at if no width is given
MOST_PARAMETERS: Final = 100_000_000
# transformers makes every layer and expert before the parameters can be counted: these bounds are checked before.
MOST_PARTS: Final = 200  # the number of layers times that of experts in a layer
MOST_WIDTH: Final = 40_000  # one square matrix of this width has sixteen times `MOST_PARAMETERS`
LAYERS, HEADS = 2, 4  # if they are not given
WIDTHS = tuple(range(8, 257, 8))  # the widths that are tried if none is given
ID_FIELDS: Mapping[str, str] = {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD}
# Fields whose defaults are those of a large model. They are set to the width, which they would otherwise exceed.
FOLLOWING_FIELD = re.compile(
    r"word_embed_proj_dim|lru_width|attention_hidden_size|embedding_size|(\w+_)?(lora_|laurel_|adapter_)rank"
)
# Fields that a configuration's constructor takes but does not keep under their names.
READ_ONCE = ("rotary_pct", "rotary_emb_base", "rope_theta", "partial_rotary_factor", "rope_scaling")
CHOSEN_EXPERTS_FIELD = re.compile(r"(num|n)_experts_per_tok(en)?|moe_k|moe_top_?k|top_k_experts")
GROUPS_FIELD = re.compile(r"(mamba_)?n_groups?|topk_group|num_expert_group")
EXPERTS, CHOSEN_EXPERTS = 4, 2  # experts in a layer, and the most that are used for one token
KERNEL = re.compile(r"kernel|cuda|triton|flash|mamba_ssm|causal[-_]conv1d|not compiled|nvcc|\bgpu\b", re.IGNORECASE)


def build_stock(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int) -> "Module":
    """Return the model with initial weights, which are drawn from torch's global generator.

    Args:
        architecture: A model type of transformers with fields of its configuration.
        tokens: The vocabulary of the task, in the order of the token ids.
        positions: How many positions the longest word takes.

    Raises:
        ArchitectureError: There is no such class, or no model of it can be made here.
    """
    config = class_config(architecture, tokens, positions)
    from transformers import AutoModelForCausalLM

    with quiet():
        try:
            model: Any = AutoModelForCausalLM.from_config(  # type: ignore[no-untyped-call]
                config, attn_implementation=_attention(config)
            )
        except Exception as error:  # each class checks its own sizes, and raises errors of many kinds
            raise ArchitectureError(_cannot_be_made(architecture, error)) from None
    model.config.use_cache = False
    made: Module = model
    return made


def class_config(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int) -> Any:
    """Return the configuration of a model; sizes that were not given are chosen so that the model is small.

    Raises:
        ArchitectureError: No such model can be made, or it has too many parameters.
    """
    _check_kind(architecture)
    with quiet():
        try:
            config = _chosen_config(architecture, tokens, positions)
            _check_biases(architecture, config)
            return config
        except ArchitectureError:
            raise
        except Exception as error:  # each configuration checks itself, and raises errors of many kinds
            raise ArchitectureError(_cannot_be_made(architecture, error)) from None


def _chosen_config(architecture: ArchitectureSpec, tokens: tuple[str, ...], positions: int) -> Any:
    default = _default(architecture.kind)
    _check_fields(architecture, default)
    fields = _as_decoder(default) | _own_names(default, dict(architecture.fields)) | _ours(default, tokens, positions)
    widths = [name for name in _own_names(default, dict.fromkeys(_names(default, WIDTH_FIELDS))) if name in fields]
    if widths or not _names(default, WIDTH_FIELDS):
        width = fields[widths[0]] if widths else None
        chosen = {**_sizes(default, width, fields), **fields} if isinstance(width, int) and width > 0 else fields
        config = _config(architecture, chosen)
        _check_size(architecture, _count(config))
        return config
    return _sized(architecture, default, fields)


def _check_kind(architecture: ArchitectureSpec) -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = architecture.kind
    if kind not in CONFIG_MAPPING:
        near = difflib.get_close_matches(kind, MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ArchitectureError(f"{kind}: transformers has no model type of this name{hint}")
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise ArchitectureError(f"{kind}: transformers has no causal language model of this type")


@lru_cache(maxsize=8)
def _default(kind: str) -> Any:
    from transformers import AutoConfig

    config = AutoConfig.for_model(kind)  # type: ignore[no-untyped-call, unused-ignore]
    text = getattr(config, "text_config", None)
    if text is not None and text is not config:
        raise ArchitectureError(f"{kind}: reads more than text; the type of its text model is {text.model_type}")
    return config


def _check_fields(architecture: ArchitectureSpec, default: Any) -> None:
    for name, _ in architecture.fields:
        if not hasattr(default, name) and name not in READ_ONCE:
            near = difflib.get_close_matches(name, vars(default), n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ArchitectureError(f"{architecture.kind}: its configuration has no field {name}{hint}")
    _check_bounds(architecture, _own_names(default, dict(architecture.fields)))
    if getattr(default, "is_encoder_decoder", False):
        raise ArchitectureError(f"{architecture.kind}: has an encoder that reads the whole word, so it is not causal")


def _check_bounds(architecture: ArchitectureSpec, fields: Mapping[str, Any]) -> None:
    """Raise ArchitectureError if the sizes alone show that there is no such model, or one too large to count."""
    whole = {name: value for name, value in fields.items() if _number(value) and name not in READ_ONCE}
    for name, value in whole.items():
        if LAYER_FIELD.fullmatch(name) and value < 0:  # transformers makes a model without layers of it
            raise ArchitectureError(f"{architecture.kind}: {name}={value}: a model cannot have fewer than 0 layers")
    layers, experts = (
        max((value for name, value in whole.items() if kind.fullmatch(name)), default=1)
        for kind in (LAYER_FIELD, EXPERT_FIELD)
    )
    if layers * experts > MOST_PARTS:
        counted = f"{layers:,} layers" if experts == 1 else f"{layers:,} layers with {experts:,} experts"
        raise ArchitectureError(
            f"{architecture.kind}: a model of {counted}, this command trains at most {MOST_PARTS}, experts of a layer "
            "counted each"
        )
    width = max((value for name, value in whole.items() if name in WIDTH_FIELDS), default=0)
    if width > MOST_WIDTH:
        raise ArchitectureError(
            f"{architecture.kind}: a model of width {width:,} has more than {MOST_PARAMETERS:,} parameters, the "
            "most that this command trains; choose a smaller width"
        )
    large = [f"{name}={value:,}" for name, value in whole.items() if isinstance(value, int) and value > MOST_PARAMETERS]
    if large:
        raise ArchitectureError(f"{architecture.kind}: {large[0]} is larger than any size that is allowed here")


def _ours(default: Any, tokens: tuple[str, ...], positions: int) -> dict[str, Any]:
    """Return the fields that the task decides, with every kind of dropout set to 0."""
    found: dict[str, Any] = {"vocab_size": len(tokens), "use_cache": False}
    found |= {name: tokens.index(token) for name, token in ID_FIELDS.items()}
    found |= {name: positions for name in POSITION_FIELDS if hasattr(default, name)}
    dropped = (name for name, value in vars(default).items() if DROPPED.fullmatch(name) and _number(value))
    return _own_names(default, found | dict.fromkeys(dropped, 0.0))


def _as_decoder(default: Any) -> dict[str, Any]:
    """Return the field that makes a class causal which is an encoder by default, such as BERT."""
    return {"is_decoder": True} if getattr(default, "is_decoder", True) is False else {}


def _own_names(default: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields under the configuration's own names for them: `hidden_size` is `n_embd` in a GPT-2."""
    return {default.attribute_map.get(name, name): value for name, value in fields.items()}


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _names(default: Any, names: tuple[str, ...]) -> list[str]:
    """Return those of the names that the configuration has, as its own or as another name for one of its own."""
    return [name for name in names if isinstance(getattr(default, name, None), int)]


def _heads(default: Any, width: int, fields: Mapping[str, Any]) -> int:
    """Return the number of heads that was asked for, if it divides the width; else the most, up to `HEADS`, that do."""
    for name in _own_names(default, dict.fromkeys(("num_attention_heads", "num_heads"))):
        asked = fields.get(name)
        if isinstance(asked, int) and asked > 0 and width % asked == 0:
            return asked
    return next(number for number in range(HEADS, 0, -1) if width % number == 0)


def _sizes(default: Any, width: int, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return small values, derived from one width, for the size fields of a configuration.

    `fields` are the fields that were given; here they only decide the number of heads.
    """
    heads, kept = _heads(default, width, fields), vars(default)
    of_kinds = (
        (HEADS_FIELD, heads),
        (HEAD_WIDTH_FIELD, width // heads),
        (FOLLOWING_FIELD, width),
        (EXPERTS_WIDTH_FIELD, 2 * width),
        (EXPERT_FIELD, EXPERTS),
        (CHOSEN_EXPERTS_FIELD, CHOSEN_EXPERTS),
        (GROUPS_FIELD, 1),
    )
    found: dict[str, Any] = {
        name: min(chosen, value) if kind is CHOSEN_EXPERTS_FIELD and value else chosen
        for name, value in kept.items()
        for kind, chosen in of_kinds
        if kind.fullmatch(name) and (value is None or _number(value))
    }
    found[_names(default, WIDTH_FIELDS)[0]] = width
    found |= dict.fromkeys(_names(default, ("num_hidden_layers",)), LAYERS)
    found |= dict.fromkeys(_names(default, ("num_attention_heads",)), heads)
    found |= dict.fromkeys(_names(default, INNER_FIELDS), 4 * width)
    found |= dict.fromkeys(_names(default, ("rotary_dim",)), width // heads)
    if default.model_type == "mamba2":
        found |= {"head_dim": max(1, 2 * width // heads), "state_size": 16, "n_groups": 1, "chunk_size": 16}
    if "mamba_n_heads" in found:
        found["mamba_d_head"] = kept.get("mamba_expand", 2) * width // heads
    if "attention_hidden_size" in kept and "attention_head_dim" in kept:  # the word's embedding stands beside the state
        found |= {"attention_hidden_size": 2 * width, "attention_head_dim": 2 * width // heads}
    if "mamba_headdim" in kept:
        found["mamba_headdim"] = kept["mamba_expand"] * width // heads
    if "mamba_d_ssm" in kept:
        found["mamba_d_ssm"] = heads * found["mamba_d_head"]
    return _own_names(default, found)


def _turns_pairs(default: Any, width: int, fields: Mapping[str, Any]) -> bool:
    """Return whether rotary embeddings of this width turn an even number of a head's coordinates, and at least two."""
    rotary: Any = getattr(default, "rope_parameters", None) or {}
    share = rotary.get("partial_rotary_factor")
    share = next((fields[name] for name in ("partial_rotary_factor", "rotary_pct") if name in fields), share)
    if not _number(share):
        return True
    turned = int(width // _heads(default, width, fields) * share)
    return turned > 0 and turned % 2 == 0


def _sized(architecture: ArchitectureSpec, default: Any, fields: Mapping[str, Any]) -> Any:
    """Return the configuration, among the widths tried, whose number of parameters is nearest to `PARAMETERS`."""
    widths = [width for width in WIDTHS if _turns_pairs(default, width, fields)] or WIDTHS
    low, high = 0, len(widths) - 1
    tried: dict[int, tuple[int, Any]] = {}

    def at(place: int) -> int:
        if place not in tried:
            config = _config(architecture, {**_sizes(default, widths[place], fields), **fields})
            tried[place] = _count(config), config
        return tried[place][0]

    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if at(middle) < PARAMETERS else (low, middle)
    for place in (low, max(low - 1, 0)):
        at(place)
    count, config = min(tried.values(), key=lambda each: abs(each[0] - PARAMETERS))
    _check_size(architecture, count)
    return config


def _config(architecture: ArchitectureSpec, fields: Mapping[str, Any]) -> Any:
    """Return the configuration; if it is refused, its lists with an entry for each layer are shortened first."""
    from transformers import AutoConfig

    try:
        return AutoConfig.for_model(architecture.kind, **fields)  # type: ignore[no-untyped-call, unused-ignore]
    except Exception:
        lists = _of_layers(_default(architecture.kind), fields)
        if not lists:
            raise
        return AutoConfig.for_model(architecture.kind, **lists, **fields)  # type: ignore[no-untyped-call, unused-ignore]


def _of_layers(default: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default configuration's lists with an entry for each layer, shortened to the number of layers.

    The first layer of each kind is kept before a second one of any kind is.
    """
    if default.model_type == "gpt_neo":
        kinds = itertools.islice(
            itertools.cycle(("global", "local")), fields[default.attribute_map["num_hidden_layers"]]
        )
        return {} if "attention_types" in fields else {"attention_types": [[list(kinds), 1]]}
    lists = {
        name: each
        for name, each in vars(default).items()
        if isinstance(each, list) and len(each) == getattr(default, "num_hidden_layers", None) and name not in fields
    }
    entries = list(zip(*lists.values(), strict=True))
    new = [place for place, entry in enumerate(entries) if entries.index(entry) == place]
    places = [*new, *(place for place in range(len(entries)) if place not in new)]
    chosen = sorted(places[: fields.get("num_hidden_layers", LAYERS)])
    return {name: [each[place] for place in chosen] for name, each in lists.items()}


def _count(config: Any) -> int:
    """Return how many parameters such a model has, without taking memory for them."""
    import torch
    from transformers import AutoModelForCausalLM

    with torch.device("meta"):
        shell: Any = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    return sum(each.numel() for each in shell.parameters())


def _check_size(architecture: ArchitectureSpec, count: int) -> None:
    if count > MOST_PARAMETERS:
        raise ArchitectureError(
            f"{architecture.kind}: a model of {count:,} parameters, but this command trains at most "
            f"{MOST_PARAMETERS:,}; choose its sizes, such as hidden_size and num_hidden_layers"
        )


def _attention(config: Any) -> str | None:
    """Return the attention implementation to choose; None leaves the class its default.

    Falcon's eager attention adds its ALiBi biases twice, so "sdpa" is chosen for it.
    """
    return "sdpa" if config.model_type == "falcon" else None


def _check_biases(architecture: ArchitectureSpec, config: Any) -> None:
    """Raise ArchitectureError for a Falcon that would add its ALiBi biases twice."""
    if config.model_type == "falcon" and config.alibi and config.output_attentions:
        raise ArchitectureError(
            f"{_place(architecture)}: output_attentions=true does not go together with alibi=true: a Falcon that gives "
            "its attention weights adds its ALiBi biases twice, and is another model"
        )


def _cannot_be_made(architecture: ArchitectureSpec, error: Exception) -> str:
    if needs_kernel(error):
        return f"{class_name(architecture)} needs a compiled kernel that is not here: {reason(error)}"
    place, given = _place(architecture), architecture.fields
    try:
        wrong = wrong_fields(_default(architecture.kind), given)
    except Exception:  # the class has no defaults either, for one of many reasons
        wrong = []
    if wrong:
        return f"{place}: {'; '.join(wrong)} (transformers makes no such model: {reason(error)})"
    shown = ", ".join(f"{name}={as_json(value)}" for name, value in given)
    made = f"of the fields {shown}" if shown else "by the name of the type alone"
    return f"{place}: transformers cannot make a model {made}: {reason(error)}"


def _place(architecture: ArchitectureSpec) -> str:
    """Return the file that gave the fields, or else the model type."""
    return architecture.file or architecture.kind


def class_name(architecture: ArchitectureSpec) -> str:
    """Return the name of the architecture's class in transformers."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    return str(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(architecture.kind, architecture.kind))


def needs_kernel(error: BaseException) -> bool:
    """Return whether the error says that the class needs compiled code, such as a CUDA kernel, that is not here."""
    return isinstance(error, ImportError) or KERNEL.search(str(error)) is not None


def reason(error: BaseException) -> str:
    """Return the type and the first words of an error of another library, in one line."""
    said = first_words(error)
    return f"{type(error).__name__}: {said[:300]}" if said else type(error).__name__
