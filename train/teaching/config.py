"""What a teacher-student run is asked to do: two architectures and the protocol, checked when made, JSON in and out."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

from tasks.experiments.teacher_sequences import DATA_VERSION, TokenDistribution
from train.ledger.store import RunKey
from train.model.config import ConfigError
from train.teaching.architectures.architecture import (
    Architecture,
    architecture_from_json,
    architecture_to_json,
)

RateSchedule: TypeAlias = Literal["none", "plateau", "cosine"]
TeachingPrecision: TypeAlias = Literal["fp32", "fp64"]
LabelKind: TypeAlias = Literal["teacher", "sums", "products"]

TEST_LENGTHS = (10, 20, 50, 100)
KIND = "teacher-student"  # of these runs, in the ledger
MOST_POSITIONS = 10_000  # positions of a sequence
BLOCK_NUMBERS = 1_000_000_000  # numbers in the tokens of one block

# Fields that the JSON leaves out where they have their default, what was always done: so runs keep their identity.
ADDED_LATER = ("labels", "epsilon", "radius", "precision")

# Part of every run's identity: raised when the code changes what a run computes.
TEACHING_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class TeachingConfig:
    """The protocol of a run: ConfigError where it cannot be carried out. Defaults are the paper's text.

    teacher, student   the student begins from other random weights; another kind of student cannot be exact
    tokens             of training and of the test of lengths; with the band, the corners are tested too
    shortest, longest  training lengths, drawn evenly for each sequence; labels at every position
    test_lengths       what is reported; positions up to the largest are tested on the same sequences
    offset             what is added to the labels after position `offset_after`: the failure cases
    thought            weight of the squared error on the states, chain-of-thought supervision (Theorems 18 to 20)
    labels             those of the teacher, or sums or products over the positions so far of a simple function of each
                       token (train/teaching/simple_labels.py): no architecture here is exactly these
    epsilon            of the constrained learner: nothing more is asked of a training length whose error is below it,
                       and the others' excess is minimised; 0: the mean error is
    radius             of a ball that the student's weights are kept in; 0: of none
    schedule           none: the learning rate stays (as in the released runs); plateau: the paper's text; cosine: it
                       falls to zero along half a cosine, step by step
    precision          of the weights and of all sums, in training and in tests
    """

    teacher: Architecture
    student: Architecture
    tokens: TokenDistribution = field(default_factory=TokenDistribution)
    shortest: int = 2
    longest: int = 10
    test_lengths: tuple[int, ...] = TEST_LENGTHS
    offset: float = 0.0
    offset_after: int = 0
    thought: float = 0.0
    epochs: int = 100
    batches: int = 100
    batch_size: int = 256
    lr: float = 1e-3
    weight_decay: float = 0.01
    schedule: RateSchedule = "none"
    precision: TeachingPrecision = "fp32"
    labels: LabelKind = "teacher"
    epsilon: float = 0.0
    radius: float = 0.0
    validation_batches: int = 10
    test_sequences: int = 2560

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
            _check(whole, f"{name}: expected a whole number of at least {least}, found {value!r}")
        for name in ("offset", "thought", "lr", "weight_decay", "epsilon", "radius"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and math.isfinite(value) and (value >= 0 or name == "offset")
            expected = "a finite number" if name == "offset" else "a finite number, 0 or more"
            _check(number, f"{name}: expected {expected}; found {value!r}")
        _check(self.lr > 0, f"lr: expected a number above 0, found {self.lr}")
        for name, kinds in {"schedule": RateSchedule, "precision": TeachingPrecision, "labels": LabelKind}.items():
            known, value = get_args(kinds), getattr(self, name)
            _check(value in known, f"{name}: expected one of {', '.join(known)}, found {value!r}")
        _check(not self.thought or self.labels == "teacher", f"thought: labels that are {self.labels} have no states")
        self._check_lengths()
        self._check_sizes()

    def _check_lengths(self) -> None:
        _check(self.shortest <= self.longest, f"shortest={self.shortest} is above longest={self.longest}")
        whole = all(isinstance(each, int) and 1 <= each <= MOST_POSITIONS for each in self.test_lengths)
        _check(
            bool(self.test_lengths) and whole and list(self.test_lengths) == sorted(set(self.test_lengths)),
            f"test_lengths: expected rising whole numbers from 1 to {MOST_POSITIONS}, found {list(self.test_lengths)}",
        )
        numbers = self.test_sequences * self.test_lengths[-1] * self.student.width
        _check(numbers <= BLOCK_NUMBERS, f"a test of {numbers:,} numbers: expected at most {BLOCK_NUMBERS:,}")
        numbers = self.batch_size * self.longest * self.student.width
        _check(numbers <= BLOCK_NUMBERS, f"a batch of {numbers:,} numbers: expected at most {BLOCK_NUMBERS:,}")
        kinds = ("uniform", "normal", "grid", "band")
        known = self.tokens.distribution in kinds
        _check(known, f"tokens: expected one of {', '.join(kinds)} to train on, found {self.tokens.distribution!r}")
        _check(
            self.tokens.distribution != "band" or self.shortest == self.longest,
            f"tokens in a band need one training length, found shortest={self.shortest} and longest={self.longest}",
        )

    def _check_sizes(self) -> None:
        teacher, student = self.teacher, self.student
        for name in ("width", "outputs"):
            one, other = getattr(teacher, name), getattr(student, name)
            _check(one == other, f"{name}: the teacher has {one}, the student {other}")
        _check(self.tokens.width == teacher.width, f"tokens of width {self.tokens.width}, models of {teacher.width}")
        _check(
            not self.thought or teacher.hidden == student.hidden,
            f"thought: the teacher's states have {teacher.hidden} numbers, the student's {student.hidden}",
        )


_LEAST = {
    "shortest": 1,
    "longest": 1,
    "offset_after": 0,
    "epochs": 0,
    "batches": 1,
    "batch_size": 1,
    "validation_batches": 1,
    "test_sequences": 100,
}


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError(message)


def teaching_to_json(config: TeachingConfig) -> dict[str, Any]:
    """The configuration as a JSON object, which `config_from_json` reads back."""
    value: dict[str, Any] = {each.name: getattr(config, each.name) for each in fields(config)}
    for each in fields(config):
        if each.name in ADDED_LATER and value[each.name] == each.default:
            del value[each.name]
    return value | {
        "teacher": architecture_to_json(config.teacher),
        "student": architecture_to_json(config.student),
        "tokens": asdict(config.tokens),
        "test_lengths": list(config.test_lengths),
    }


def teaching_from_json(value: object) -> TeachingConfig:
    """The configuration of a JSON object; ConfigError names what is wrong with it.

    `architecture` stands for both teacher and student, `student` then for what differs in the student; tokens are as
    wide as the models' where nothing else is said.
    """
    _check(isinstance(value, Mapping), f"expected an object, found {value!r}")
    assert isinstance(value, Mapping)
    known = [each.name for each in fields(TeachingConfig)]
    unknown = [str(name) for name in value if name not in (*known, "architecture")]
    _check(not unknown, f"{', '.join(unknown)}: expected some of architecture, {', '.join(known)}")
    teacher, student = _architectures(value)
    tokens = value.get("tokens", {})
    tokens = {"distribution": tokens} if isinstance(tokens, str) else tokens
    lengths = value.get("test_lengths", TEST_LENGTHS)
    _check(isinstance(lengths, list | tuple), f"test_lengths: expected a list of numbers, found {lengths!r}")
    rest = {name: value[name] for name in known if name in value}
    try:
        parameters: dict[str, Any] = {"width": teacher.width} | dict(tokens)
        made = TokenDistribution(**parameters)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"tokens: {error}") from None
    parts = {"teacher": teacher, "student": student, "tokens": made, "test_lengths": tuple(lengths)}
    return TeachingConfig(**(rest | parts))


def _architectures(value: Mapping[str, Any]) -> tuple[Architecture, Architecture]:
    if "architecture" not in value:
        _check("teacher" in value and "student" in value, "expected architecture, or teacher and student")
        return architecture_from_json(value["teacher"]), architecture_from_json(value["student"])
    _check("teacher" not in value, "expected architecture, or teacher and student")
    changes = value.get("student", {})
    _check(isinstance(changes, Mapping), f"student: expected an object, found {changes!r}")
    common = architecture_from_json(value["architecture"])
    if "kind" in changes and changes["kind"] != common.kind:
        sizes = {name: getattr(common, name) for name in ("width", "hidden", "outputs", "output_layers", "final")}
        return common, architecture_from_json(sizes | dict(changes))
    return common, architecture_from_json(architecture_to_json(common) | dict(changes))


def teaching_key(config: TeachingConfig, seed: int) -> RunKey:
    """What identifies the run in the ledger."""
    teacher, student = config.teacher.kind, config.student.kind
    task = teacher if teacher == student else f"{teacher} taught to {student}"
    return RunKey(KIND, task, str(DATA_VERSION), teaching_to_json(config), seed, str(TEACHING_VERSION))
