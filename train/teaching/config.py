"""The configuration of a teacher-student run: two architectures and the protocol. It is checked when it is made."""

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
KIND = "teacher-student"  # the kind of these runs in the ledger
MOST_POSITIONS = 10_000  # the most positions of a sequence
BLOCK_NUMBERS = 1_000_000_000  # the most numbers in the tokens of one batch or test

# Fields that were added later. The JSON leaves out their defaults, so that older runs keep their identity.
ADDED_LATER = ("labels", "epsilon", "radius", "precision")

# The version is part of every run's identity. It is raised when the code changes what a run computes.
TEACHING_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class TeachingConfig:
    """The protocol of a run. The defaults are those of the paper's text (arXiv 2402.04875).

    Attributes:
        teacher: The teacher's architecture.
        student: The student's architecture. The student begins from other random weights. A student of another kind
            cannot be exact.
        tokens: How the tokens of training and of the test of lengths are drawn. With a band, its corners are tested
            too.
        shortest: The shortest training length.
        longest: The longest training length. Lengths are drawn uniformly for each sequence, and there are labels at
            every position.
        test_lengths: The lengths that are reported. All positions up to the largest are tested on the same sequences.
        offset: A number that is added to the labels after position `offset_after`, for the cases of failure.
        offset_after: The last position without the offset.
        thought: The weight of the squared error on the states, which is chain-of-thought supervision (Theorems 18 to
            20).
        epochs: How many epochs the student is trained.
        batches: How many batches an epoch has.
        batch_size: How many sequences a batch has.
        lr: The learning rate at first.
        weight_decay: The weight decay of AdamW.
        schedule: "none" keeps the learning rate, as in the released runs; "plateau" is that of the paper's text;
            "cosine" lets it fall to zero along half a cosine, step by step.
        precision: The number format of the weights and of all sums, in training and in tests.
        labels: The teacher's labels, or sums or products over the positions so far of a simple function of each token
            (train/teaching/simple_labels.py). No architecture here computes the latter two exactly.
        epsilon: The constrained learner: a position whose error is at most epsilon adds nothing to the loss, and the
            excess of the others is minimised. With 0, the mean error is minimised.
        radius: The radius of a ball in which the student's weights are kept; 0 for none.
        validation_batches: How many batches of sequences the validation has.
        test_sequences: How many sequences a test has.

    Raises:
        ConfigError: The protocol cannot be carried out.
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
            _check(one == other, f"{name}: the teacher has {one}, but the student has {other}")
        _check(
            self.tokens.width == teacher.width,
            f"the tokens have width {self.tokens.width}, but the models have {teacher.width}",
        )
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
    """Return the configuration as a JSON object, which `teaching_from_json` reads back."""
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
    """Return the configuration of a JSON object; fields that are left out have their defaults.

    Args:
        value: The object. In place of `teacher` and `student` it may have `architecture` for both, and then `student`
            with the fields that differ in the student. Tokens have the models' width unless they say otherwise.

    Raises:
        ConfigError: The message names what is wrong.
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
    """Return the ledger's key of the run."""
    teacher, student = config.teacher.kind, config.student.kind
    task = teacher if teacher == student else f"{teacher} taught to {student}"
    return RunKey(KIND, task, str(DATA_VERSION), teaching_to_json(config), seed, str(TEACHING_VERSION))
