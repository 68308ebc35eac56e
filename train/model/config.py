"""The configuration of a training run: the model's shape and the protocol. It is checked when it is made.

The checks are written by hand, because configurations are made in Python as often as they are read from JSON. Pydantic
was tried: its import and its model add 0.16 s to the 0.05 s of this module at each start, which it wins back only over
2500 configurations. It also takes True for 1 and "2" for 2 unless told otherwise, and its messages would have to be
reworded.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from tasks.position_schemes import SCHEMES, EncodingName, LinearBiases, PositionScheme, scheme_text, telling_parameters
from tasks.task import ENCODINGS
from train.model.encodings import EncodingError, check_encoding, encoding_for, encoding_title, scheme_of_record
from train.model.left_out import read_left_out

RegularizerForm: TypeAlias = Literal["tapered", "eq8"]
Precision: TypeAlias = Literal["fp32", "bf16"]
Optimizer: TypeAlias = Literal["adamw", "sgd", "muon"]
WordSource: TypeAlias = Literal["mixture", "uniform"]

LONGEST_LENGTH = 10_000  # no longer words are drawn
MOST_PARAMETERS = 1_000_000_000  # the most parameters of a model

STACKED_WIDTH = 32  # the widest model for which a stack is faster than one model after the other on a CPU

MOST_DISTINCT_WORDS = 1_000_000  # the most words of a fixed training set
MOST_WORDS_AT_ONCE = 1_000_000  # the most words of one step, or of one test of a range of lengths

# Fields of TrainConfig that were added later. Their defaults are what was done before there was a choice.
ADDED_LATER = (
    "least_steps",
    "grow_from",
    "dropout",
    "words",
    "distinct_words",
    "leave_out",
    "optimizer",
    "momentum",
)

# The version is part of every run's identity. It is raised when the training code changes what a run computes.
TRAINING_VERSION = 2


class ConfigError(ValueError):
    """A configuration is not possible; the message gives the reason."""


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ConfigError(message)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape of a transformer with GPT-2's blocks, whose output head is tied to the token embeddings.

    With "nope" no position embeddings are trained; a stock GPT-2 of this model has zeros for them.

    Attributes:
        pe: The name of the positional encoding.
        layers: The number of layers.
        heads: The number of heads in a layer. It divides the width.
        width: The width of the residual stream.
        vocabulary: The number of tokens.
        positions: The context length in tokens, `<bos>` included.
        scheme: The parameters of the encoding, made for this shape (train/model/encodings.py); None for "ape" and
            "nope".

    Raises:
        ConfigError: No such model exists.
    """

    pe: EncodingName
    layers: int
    heads: int
    width: int
    vocabulary: int
    positions: int
    scheme: PositionScheme | None = None

    def __post_init__(self) -> None:
        names = (*ENCODINGS, *SCHEMES)
        _check(self.pe in names, f"pe: expected {', '.join(names)}, found {self.pe!r}")
        _check_whole(self, ("layers", "heads", "width", "vocabulary", "positions"), least=1)
        _check(
            self.width % self.heads == 0,
            f"heads={self.heads} does not divide width={self.width}",
        )
        try:
            check_encoding(self.pe, self.scheme, heads=self.heads, width=self.width, positions=self.positions)
        except EncodingError as error:
            raise ConfigError(str(error)) from None
        size = 12 * self.layers * self.width**2 + (self.positions + self.vocabulary) * self.width
        _check(size <= MOST_PARAMETERS, f"a model of {size:,} parameters: expected at most {MOST_PARAMETERS:,}")

    @property
    def encoding(self) -> str:
        """The positional encoding as tables name it."""
        return encoding_title(self.pe, self.scheme)

    @property
    def pe_text(self) -> str:
        """The positional encoding as a user writes it after `--pe`."""
        return self.pe if self.scheme is None else scheme_text(self.scheme)

    def has_encoding(self, text: str) -> bool:
        """Return whether the text names this model's encoding, with what the text leaves open taken from the shape.

        Raises:
            ConfigError: The text names no encoding.
        """
        try:
            return encoding_for(text, heads=self.heads, width=self.width) == (self.pe, self.scheme)
        except EncodingError as error:
            raise ConfigError(str(error)) from None

    @property
    def norms_embedding(self) -> bool:
        """Whether a layer norm follows the embedding, as in Bloom, the stock class with the published ALiBi slopes."""
        scheme = self.scheme
        return isinstance(scheme, LinearBiases) and scheme.slopes is None and scheme.scaling == "published"

    @property
    def learns_positions(self) -> bool:
        """Whether a table of position embeddings is trained."""
        return self.pe in ("ape", "randomized")


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """The protocol of a run.

    The learning rate rises linearly over `warmup_steps` and then stays at `lr` until the training lengths are fitted.
    They count as fitted when the held-out accuracy is at least `fit_accuracy` at two evaluations in a row. From the fit
    on the rate falls linearly to zero, over `cooldown` times the steps so far, but over at least `cooldown_steps`, and
    not before `least_steps`. Without a fit it falls over the last `cooldown_steps` of `max_steps`. So no verdict is
    taken at a noisy moment with a high learning rate, and no run is cut short before it has fitted.

    A run that makes no progress is given up. Progress is a fall of the mean loss or a rise of the held-out accuracy
    (train/running/schedule.py says by how much). If there was none since the best moment, for `patience` times the
    steps up to that moment and for at least `patience_steps`, the rate falls to zero over `cooldown_steps`, and the run
    ends as fitted or stalled.

    Attributes:
        task: The task's name.
        model: The model's shape.
        lr: The highest learning rate.
        batch_size: How many words a step has.
        clip: The largest norm of a gradient; a longer one is scaled down.
        train_length: The longest training length; the shortest is 1.
        max_length: The longest tested length.
        test_words: How many words are tested in each range of lengths.
        evaluation_interval: How many steps there are from one evaluation to the next.
        held_out_words: How many words an evaluation tests.
        curriculum_steps: Over these first steps the longest training length grows linearly up to `train_length`.
        grow_from: The first longest training length. It grows by a quarter whenever an evaluation finds the lengths so
            far fitted. With 0, all lengths are trained from the first step on.
        words: What training words, held-out words and tests are drawn from: the mixture, or its uniform words alone, as
            published experiments draw them.
        distinct_words: The size of a set of different words that is drawn once and that every step draws from. With 0,
            every step has fresh words. A set does not go together with lengths that grow.
        leave_out: The words that training leaves out, as `train.model.left_out` reads them; empty for none.
        optimizer: How a step follows from the gradient (train/model/optimizer.py).
        momentum: The momentum of SGD or Muon.
        weight_decay: The weight decay; biases and layer norms have none.
        dropout: The share of embeddings, attention weights and branch outputs that a training step sets to zero.
        initial_scale: The standard deviation of the initial weights; GPT-2's is 0.02.
        position_scale: The standard deviation of the initial position embeddings.
        regularizer: The coefficient of the positional norm; 0 for none. Encodings other than "ape" refuse it, because
            they have no position embeddings that it could weigh.
        regularizer_form: Which positional norm it is (train/model/regularizer.py).
        precision: The number format of the matrix products of a training step. Weights, sums, norms and all tests are
            in fp32.

    Raises:
        ConfigError: The protocol cannot be carried out.
    """

    task: str
    model: ModelConfig
    lr: float = 1e-3
    batch_size: int = 64
    max_steps: int = 30_000
    warmup_steps: int = 0
    cooldown: float = 1.0
    cooldown_steps: int = 1000
    patience: float = 1.0
    patience_steps: int = 6000
    least_steps: int = 0
    curriculum_steps: int = 0
    grow_from: int = 0
    words: WordSource = "mixture"
    distinct_words: int = 0
    leave_out: str = ""
    optimizer: Optimizer = "adamw"
    momentum: float = 0.0
    dropout: float = 0.0
    weight_decay: float = 0.01
    clip: float = 1.0
    initial_scale: float = 0.02
    position_scale: float = 0.02
    regularizer: float = 0.0
    regularizer_form: RegularizerForm = "tapered"
    precision: Precision = "fp32"
    train_length: int = 50
    max_length: int = 150
    evaluation_interval: int = 100
    held_out_words: int = 500
    fit_accuracy: float = 0.995
    test_words: int = 2000

    def __post_init__(self) -> None:
        _check(bool(self.task), "task: expected a name, found nothing")
        positive = (
            "batch_size",
            "max_steps",
            "patience_steps",
            "train_length",
            "evaluation_interval",
            "held_out_words",
            "test_words",
        )
        _check_whole(self, positive, least=1)
        for name in ("batch_size", "held_out_words", "test_words"):
            words = getattr(self, name)
            _check(words <= MOST_WORDS_AT_ONCE, f"{name}: expected at most {MOST_WORDS_AT_ONCE:,}, found {words:,}")
        _check_whole(self, ("warmup_steps", "cooldown_steps", "least_steps", "curriculum_steps", "grow_from"), least=0)
        _check(not (self.grow_from and self.curriculum_steps), "grow_from does not go together with curriculum_steps")
        self._check_set()
        self._check_optimizer()
        check_max_length(self.max_length)
        _check_whole(self, ("max_length",), least=self.train_length)
        for name in ("lr", "clip", "initial_scale"):
            _check_number(name, getattr(self, name), open_at_zero=True)
        for name in ("weight_decay", "regularizer", "cooldown", "patience", "position_scale"):
            _check_number(name, getattr(self, name), open_at_zero=False)
        _check_number("dropout", self.dropout, open_at_zero=False)
        _check(self.dropout < 1, f"dropout: expected less than 1, found {self.dropout}")
        _check(0 < self.fit_accuracy <= 1, f"fit_accuracy: expected in (0, 1], found {self.fit_accuracy}")
        _check(
            self.regularizer_form in ("tapered", "eq8"),
            f"regularizer_form: expected tapered or eq8, found {self.regularizer_form!r}",
        )
        _check(
            self.model.pe == "ape" or self.regularizer == 0,
            f"regularizer: it acts on position embeddings, and pe={self.model.pe} has none; expected 0 or pe=ape",
        )
        _check(self.precision in ("fp32", "bf16"), f"precision: expected fp32 or bf16, found {self.precision!r}")
        _check(
            self.model.positions >= self.max_length + 1,
            f"max_length={self.max_length} and the begin token need {self.max_length + 1} positions, "
            f"but the model has {self.model.positions}",
        )

    def _check_set(self) -> None:
        _check(self.words in get_args(WordSource), f"words: expected mixture or uniform, found {self.words!r}")
        _check_whole(self, ("distinct_words",), least=0)
        _check(
            self.distinct_words <= MOST_DISTINCT_WORDS,
            f"distinct_words: expected at most {MOST_DISTINCT_WORDS:,}, found {self.distinct_words:,}",
        )
        _check(
            not (self.distinct_words and (self.grow_from or self.curriculum_steps)),
            "distinct_words does not go together with grow_from or curriculum_steps",
        )
        _check(isinstance(self.leave_out, str), f"leave_out: expected a text, found {self.leave_out!r}")
        if self.leave_out:
            try:
                read_left_out(self.leave_out)
            except ValueError as error:
                raise ConfigError(f"leave_out: {error}") from None

    def _check_optimizer(self) -> None:
        names = get_args(Optimizer)
        _check(self.optimizer in names, f"optimizer: expected {', '.join(names)}, found {self.optimizer!r}")
        _check_number("momentum", self.momentum, open_at_zero=False)
        _check(self.momentum < 1, f"momentum: expected less than 1, found {self.momentum}")
        _check(
            self.optimizer != "adamw" or self.momentum == 0,
            "momentum: only SGD and Muon have it; expected 0, or optimizer=sgd or muon",
        )

    @property
    def bins(self) -> tuple[tuple[int, int], ...]:
        """The tested ranges of lengths, each as wide as the training range: 1-50, 51-100, 101-150."""
        starts = range(1, self.max_length + 1, self.train_length)
        return tuple((a, min(a + self.train_length - 1, self.max_length)) for a in starts)


def check_max_length(value: int) -> None:
    """Raise ConfigError unless words of up to this length can be drawn."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    _check(
        whole and 1 <= value <= LONGEST_LENGTH,
        f"max_length: expected a whole number in 1..{LONGEST_LENGTH}, found {value!r}",
    )


def _check_whole(config: object, names: tuple[str, ...], *, least: int) -> None:
    for name in names:
        value = getattr(config, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        _check(whole and value >= least, f"{name}: expected a whole number >= {least}, found {value!r}")


def _check_number(name: str, value: object, *, open_at_zero: bool) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    _check(
        number and (float(value) > 0 or (float(value) == 0 and not open_at_zero)),  # type: ignore[arg-type]
        f"{name}: expected a number {'>' if open_at_zero else '>='} 0, found {value!r}",
    )


def config_to_json(config: TrainConfig) -> dict[str, Any]:
    """Return the configuration as a JSON object, which `config_from_json` reads back to an equal one.

    A field that was added later is left out if it has its default, so that older runs keep their identity.
    """
    value = {field.name: getattr(config, field.name) for field in fields(config)}
    value["model"] = {field.name: getattr(config.model, field.name) for field in fields(config.model)}
    if config.model.scheme is None:
        del value["model"]["scheme"]
    else:
        value["model"]["scheme"] = telling_parameters(config.model.scheme)
    for field in fields(config):
        if field.name in ADDED_LATER and value[field.name] == field.default:
            del value[field.name]
    for field in fields(config):
        if field.type is float and field.name in value:  # 1 and 1.0 must give one identity
            value[field.name] = float(value[field.name])
    return value


def config_from_json(value: object) -> TrainConfig:
    """Return the configuration that `config_to_json` wrote.

    Raises:
        ConfigError: The message names what is missing, unknown or impossible.
    """
    outer = _object(value, TrainConfig, "config")
    shape = _object(outer.pop("model", None), ModelConfig, "config.model")
    try:
        model = ModelConfig(**(shape | {"scheme": scheme_of_record(str(shape["pe"]), shape.get("scheme"))}))
    except EncodingError as error:
        raise ConfigError(f"config.model: {error}") from None
    try:
        return TrainConfig(model=model, **outer)
    except TypeError as error:
        raise ConfigError(f"config: {error}") from error


def _object(value: object, kind: type, where: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: expected an object, found {type(value).__name__}")
    known = {field.name for field in fields(kind)}
    unknown = sorted(str(key) for key in value if key not in known)
    _check(not unknown, f"{where}: unknown {', '.join(unknown)}")
    required = known - {"scheme"} if kind is ModelConfig else {"task", "model"}
    missing = sorted(required - set(value))
    _check(not missing, f"{where}: missing {', '.join(missing)}")
    return dict(value)
