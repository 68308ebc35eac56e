"""The command `python -m train teacher-student`: it trains students of random teachers and prints errors by length.

torch is imported only where training begins.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from tasks.ground.console import RefusedError
from tasks.ground.option_groups import with_options
from train.console import refuse_unwritable
from train.teaching.architectures.architecture import ArchitectureName

if TYPE_CHECKING:
    from train.teaching.experiments import Experiment
    from train.teaching.runner import Job

EXAMPLE = "Try: python -m train teacher-student --architecture rnn --epochs 20"
STUDENT_FIELDS = {"student": "kind", "student_layers": "output_layers"}  # the configuration's field for each option

ArchitectureOption = Annotated[ArchitectureName | None, typer.Option(help="The architecture of teacher and student.")]
SuiteOption = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.toml",
        help="Train a list of experiments instead of one: paper, tables, extensions, trials or small, or a file.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class _ModelOptions:
    """The options that teacher and student share; None leaves the paper's value."""

    normalise: Annotated[
        str | None,
        typer.Option(
            help="How positions are summed: sum; mean; released, for the deep set; or earlier, for attention."
        ),
    ] = None
    width: Annotated[int | None, typer.Option(help="Numbers in a token, 20 by default.")] = None
    hidden: Annotated[int | None, typer.Option(help="Numbers in a hidden state, 20 by default.")] = None
    outputs: Annotated[int | None, typer.Option(help="Numbers in an output, 20 by default.")] = None
    output_layers: Annotated[
        int | None, typer.Option(help="Hidden layers from a state to the output, 2 by default.")
    ] = None
    heads: Annotated[int | None, typer.Option(help="Heads of attention, 1 by default.")] = None
    offsets: Annotated[
        int | None,
        typer.Option(
            help="Relative positions: each distance below this number has maps of its own, "
            "and greater distances are not seen."
        ),
    ] = None
    blocks: Annotated[
        int | None,
        typer.Option(help="Number of models one after the other; each reads the outputs of the model before it."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class _StudentOptions:
    """The options of the student alone; None leaves the teacher's value."""

    student: Annotated[
        ArchitectureName | None, typer.Option(help="Another architecture for the student, which then cannot be exact.")
    ] = None
    student_layers: Annotated[int | None, typer.Option(help="The same as --output-layers, for the student alone.")] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class _ProtocolOptions:
    """The options of the tokens, the labels, the training and the tests; None leaves the paper's value."""

    tokens: Annotated[
        Literal["uniform", "normal", "grid", "band"] | None,
        typer.Option(help="How tokens are drawn; band tests composition."),
    ] = None
    band: Annotated[
        float | None,
        typer.Option(help="With --tokens band: how far each component's sum may be from its mean, 0.5 by default."),
    ] = None
    shortest: Annotated[int | None, typer.Option(help="Shortest training length, 2 by default.")] = None
    longest: Annotated[int | None, typer.Option(help="Longest training length, 10 by default.")] = None
    test_lengths: Annotated[str | None, typer.Option(metavar="A,B", help="The lengths that are tested.")] = None
    offset: Annotated[
        float | None, typer.Option(help="A number that is added to the labels after the position --offset-after.")
    ] = None
    offset_after: Annotated[int | None, typer.Option(help="The last position whose labels get no offset.")] = None
    thought: Annotated[float | None, typer.Option(help="Chain of thought: the weight of the error on the states.")] = (
        None
    )
    labels: Annotated[
        Literal["teacher", "sums", "products"] | None,
        typer.Option(help="The labels: the teacher's, or sums or products of a simple function of each token."),
    ] = None
    epsilon: Annotated[
        float | None,
        typer.Option(help="The constrained learner: the largest error that is allowed at a training position."),
    ] = None
    radius: Annotated[float | None, typer.Option(help="Keep the student's weights in a ball of this radius.")] = None
    schedule: Annotated[
        Literal["none", "plateau", "cosine"] | None,
        typer.Option(
            help="The learning rate is constant, falls when the loss no longer does, or falls to zero along a cosine."
        ),
    ] = None
    precision: Annotated[
        Literal["fp32", "fp64"] | None, typer.Option(help="The precision of weights and sums, in training and tests.")
    ] = None
    weight_decay: Annotated[float | None, typer.Option(help="Weight decay, 0.01 by default.")] = None
    epochs: Annotated[int | None, typer.Option(help="Epochs, 100 by default.")] = None
    batches: Annotated[int | None, typer.Option(help="Batches in an epoch, 100 by default.")] = None
    batch_size: Annotated[int | None, typer.Option(help="Sequences in a batch, 256 by default.")] = None
    lr: Annotated[float | None, typer.Option(help="Learning rate, 1e-3 by default.")] = None


@with_options(model=_ModelOptions, own=_StudentOptions, protocol=_ProtocolOptions)
def teacher_student(
    *,
    architecture: ArchitectureOption = None,
    suite: SuiteOption = None,
    model: _ModelOptions,
    own: _StudentOptions,
    protocol: _ProtocolOptions,
    seeds: Annotated[
        str, typer.Option(metavar="A-B", help="The seeds: one (3), a range (0-4), or a list (0,2,5).")
    ] = "0",
    workers: Annotated[int, typer.Option(min=1, max=1024, help="Number of runs at once, with one thread each.")] = 2,
    out: Annotated[Path, typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory.")] = Path("runs"),
) -> None:
    """Train students on random teachers of the same architecture, and test them on longer sequences.

    Options that are left out are as in the paper's text. Runs that the ledger has are not trained again. If the command
    is killed or interrupted, give it again, and it goes on. Status 1 if another process was training some of the runs.
    """
    given = [
        {name: value for name, value in vars(each).items() if value is not None} for each in (model, own, protocol)
    ]
    if protocol.band is not None and protocol.tokens != "band":
        raise RefusedError("--band: expected --tokens band beside it")
    if suite is not None:
        others = [name for each in given for name in each]
        if architecture is not None or others:
            raise RefusedError(
                f"--suite sets the whole protocol: expected no other option of it, found {', '.join(others)}"
            )
        experiments = _listed(suite)
    else:
        experiments = _asked(architecture, seeds, *given)
    refuse_unwritable(out)
    _train(experiments, workers, out)


def _listed(suite: str) -> "tuple[Experiment, ...]":
    from train.teaching.experiments import ExperimentsError, read_experiments, suite_path

    try:
        return read_experiments(suite_path(suite))
    except ExperimentsError as error:
        raise RefusedError(f"--suite: {error}") from None


def _asked(
    architecture: ArchitectureName | None,
    seeds: str,
    model: dict[str, Any],
    own: dict[str, Any],
    protocol: dict[str, Any],
) -> "tuple[Experiment, ...]":
    from train.model.config import ConfigError
    from train.running.seeds import SeedsError, read_seeds
    from train.teaching.config import teaching_from_json
    from train.teaching.experiments import Experiment

    if architecture is None:
        raise RefusedError(f"expected --architecture {'|'.join(get_args(ArchitectureName))}, or --suite paper")
    value = {
        "architecture": {"kind": architecture} | model,
        "student": {STUDENT_FIELDS[name]: each for name, each in own.items()},
    } | protocol
    if "band" in value:
        value["tokens"] = {"distribution": "band", "band": value.pop("band")}
    try:
        if "test_lengths" in value:
            value["test_lengths"] = [int(each) for each in protocol["test_lengths"].split(",")]
        return (Experiment(architecture, "asked", teaching_from_json(value), read_seeds(seeds)),)
    except SeedsError as error:
        raise RefusedError(f"--seeds: {error}") from None
    except ConfigError as error:
        raise RefusedError(str(error)) from None
    except ValueError:
        found = protocol["test_lengths"]
        raise RefusedError(f"--test-lengths: expected whole numbers with commas, found {found!r}") from None


def _train(experiments: "tuple[Experiment, ...]", workers: int, out: Path) -> None:
    from train.ledger.store import Store
    from train.teaching.display import standing_display
    from train.teaching.runner import Job, RunnerError, train_missing
    from train.teaching.summary import summary

    store = Store(out)
    jobs = [Job(each.name, each.config, seed) for each in experiments for seed in each.seeds]
    if workers == 1:
        import torch

        torch.set_num_threads(1)
    try:
        with standing_display() as show:
            skipped = train_missing(jobs, store, workers=workers, on_standing=show)
    except RunnerError as error:
        raise RefusedError(f"training stopped: {error}") from None
    print(summary(experiments, store))
    print(f"guarantees and identification: python -m eval.teacher --suite ledger --runs {out}", file=sys.stderr)
    _say_skipped(skipped)


def _say_skipped(skipped: "tuple[Job, ...]") -> None:
    if not skipped:
        return
    names = ", ".join(f"{job.name} seed {job.seed}" for job in skipped)
    print(f"another process is training these, so they are left to it: {names}", file=sys.stderr)
    raise typer.Exit(1)
