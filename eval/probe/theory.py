"""What theory says of each capability for each kind of architecture, with its source, or "no theory".

For transformers with NoPE and APE the table says what `eval predict` says of the tasks; a test compares them. For other
kinds it has the statements of the named papers, which are about models of the kind, not about training.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias, get_args

ArchitectureFamily: TypeAlias = Literal[
    "nope", "ape", "rope", "alibi", "ssm", "lstm", "relu", "rnn", "hybrid", "unknown"
]
FAMILIES: Final = get_args(ArchitectureFamily)
SHOWN: Final[Mapping[ArchitectureFamily, str]] = MappingProxyType(
    {
        "nope": "transformer, NoPE",
        "ape": "transformer, APE",
        "rope": "transformer, RoPE",
        "alibi": "transformer, ALiBi",
        "ssm": "state space model",
        "lstm": "LSTM",
        "relu": "recurrent network with ReLU",
        "rnn": "recurrent network that squashes its state (tanh, GRU)",
        "hybrid": "hybrid of recurrence and attention",
        "unknown": "of no kind that theory is known of",
    }
)

HUANG: Final = "arXiv 2410.02140"
YANG: Final = "arXiv 2506.16055"
SARROF: Final = "arXiv 2405.17394"
WEISS: Final = "arXiv 1805.04908"
MERRILL: Final = "arXiv 1906.01615"


@dataclass(frozen=True)
class CapabilityTheory:
    """Whether theory says that an architecture of the kind can do it at every length, cannot, or says nothing."""

    says: Literal["can", "cannot", "no theory"]
    reference: str | None = None
    remark: str = ""

    @property
    def text(self) -> str:
        """The cell of a table."""
        return self.says if self.reference is None else f"{self.says} ({self.reference})"


NO_THEORY: Final = CapabilityTheory("no theory")
COUNTS = ("count", "nested_count", "exact_count", "first", "recall", "sort", "depth")
LOOKS_BACK = ("previous", "window")
PERIODIC = ("residue", "residue_window")
BEYOND = ("flip_flop", "parity")
STAR_FREE = ("previous", "window", "first", "flip_flop", "recall", "depth")


def _of(names: tuple[str, ...], says: CapabilityTheory) -> dict[str, CapabilityTheory]:
    return dict.fromkeys(names, says)


_CAN: Final = CapabilityTheory("can", HUANG, "A program exists, so the idealised learner generalises.")
_NOT_NOPE: Final = CapabilityTheory("cannot", YANG, "No transformer without positions does it at every length.")
_NOT_APE: Final = CapabilityTheory("cannot", HUANG, "No program exists; that training fails is a conjecture.")
_UNBOUNDED: Final = CapabilityTheory("can", SARROF, "Counters that are not bounded; learning them is not proved.")
_FREE: Final = CapabilityTheory("can", SARROF, "Star-free: SSMs track its states exactly, flip-flop among them.")
_NOT_SSM: Final = CapabilityTheory(
    "cannot", SARROF, "Not star-free: no SSM with nonnegative gates does it (see 2411.12537)."
)
_REGULAR: Final = CapabilityTheory("can", MERRILL, "A regular language, which saturated recurrent networks accept.")
_COUNTER: Final = CapabilityTheory("can", WEISS, "An LSTM's cells count, in finite precision.")
_RECTIFIED: Final = CapabilityTheory("can", WEISS, "A state that is rectified, not squashed, counts without a bound.")
_NOT_COUNTER: Final = CapabilityTheory(
    "cannot", WEISS, "A state that is squashed, by tanh or a GRU's gates, holds no unbounded count in finite precision."
)

_REGULAR_ONES = (*LOOKS_BACK, *PERIODIC, *BEYOND, "first", "recall", "depth")
_RECURRENT: Final = _of(_REGULAR_ONES, _REGULAR)
_TABLE: Final[Mapping[ArchitectureFamily, Mapping[str, CapabilityTheory]]] = MappingProxyType(
    {
        "nope": _of(COUNTS, _CAN) | _of((*LOOKS_BACK, *PERIODIC, *BEYOND), _NOT_NOPE),
        "ape": _of((*COUNTS, *LOOKS_BACK, *PERIODIC), _CAN) | _of(BEYOND, _NOT_APE),
        "ssm": _of(STAR_FREE, _FREE)
        | _of(("nested_count", "exact_count"), _UNBOUNDED)
        | _of((*PERIODIC, "parity"), _NOT_SSM),
        "lstm": _RECURRENT | _of(("count", "nested_count", "exact_count"), _COUNTER),
        "relu": _of(("count", "nested_count", "exact_count"), _RECTIFIED),
        "rnn": _RECURRENT | _of(("count", "nested_count", "exact_count"), _NOT_COUNTER),
    }
)


def theory_of(family: ArchitectureFamily, capability: str) -> CapabilityTheory:
    """Return what theory says of the capability for the kind of architecture."""
    if family in ("rope", "alibi"):
        return _of_encoding(family, capability)
    if family == "hybrid":
        return _of_hybrid(capability)
    return _TABLE.get(family, {}).get(capability, NO_THEORY)


def _of_encoding(family: ArchitectureFamily, capability: str) -> CapabilityTheory:
    """Return what theory says for RoPE and ALiBi.

    With RoPE uniform heads ignore the rotation, so it can do what counting alone needs. ALiBi is bounded by programs
    with look-back.
    """
    if family == "rope":
        if capability in COUNTS:
            return CapabilityTheory("can", YANG, "Uniform heads ignore the rotation; that training finds it is open.")
        return NO_THEORY
    if capability in (*PERIODIC, *BEYOND):
        return CapabilityTheory("cannot", YANG, "Appendix F: no ALiBi transformer does it at every length.")
    return NO_THEORY


def _of_hybrid(capability: str) -> CapabilityTheory:
    """Return what theory says for hybrids: they can do what their recurrent part alone can do."""
    alone = _TABLE["ssm"].get(capability, NO_THEORY)
    if alone.says == "can":
        return CapabilityTheory("can", alone.reference, f"Its recurrent part alone can. {alone.remark}")
    return NO_THEORY
