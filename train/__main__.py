"""The command `python -m train`: it trains models of one task with several seeds, and prints their results.

torch is imported only where training begins, so that `--help` and refused arguments are answered at once.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.commands.options import Recognition, task_of_options
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import named_language_text
from tasks.ground.console import RefusedError, columns_in_line, new_app, run_command
from tasks.ground.option_groups import with_options
from tasks.task import Task
from train.architectures.command import HELP as ARCHITECTURE_HELP
from train.architectures.command import train_architecture
from train.choice_options import TrainOptions
from train.model.recommended import ProtocolName
from train.running.device import Device, DeviceError
from train.sweep.command import EXPORT_EXAMPLE, MERGE_EXAMPLE, SWEEP_EXAMPLE, export, merge, sweep
from train.teaching.command import EXAMPLE as TEACHER_EXAMPLE
from train.teaching.command import teacher_student

if TYPE_CHECKING:
    from train.ledger.ledger import Ledger
    from train.ledger.result import Result
    from train.model.config import TrainConfig

app = new_app(
    "Train small GPT-2 models on a task's short words, and test them on longer ones.",
    "python -m train --task binary_majority --pe nope --seeds 0-1",
)
app.command("sweep", epilog=SWEEP_EXAMPLE)(sweep)
app.command("export", epilog=EXPORT_EXAMPLE)(export)
app.command("merge", epilog=MERGE_EXAMPLE)(merge)
app.command("teacher-student", epilog=TEACHER_EXAMPLE)(teacher_student)


@app.callback(invoke_without_command=True)
@with_options(text=named_language_text, given=TrainOptions)
def train(
    context: typer.Context,
    *,
    task: Annotated[str | None, typer.Option(help="The task, as `python -m tasks list` names it.")] = None,
    text: LanguageText,
    recognition: Recognition = False,
    architecture: Annotated[
        str | None, typer.Option(metavar="CONFIG", show_default=False, help=ARCHITECTURE_HELP)
    ] = None,
    pe: Annotated[
        str,
        typer.Option(
            metavar="ENCODING",
            help="ape, nope, rope, alibi, sinusoidal or randomized; with parameters: rope:base=500000,width=32.",
        ),
    ] = "ape",
    protocol: Annotated[
        ProtocolName,
        typer.Option(
            help="early: the recommended configuration; grid: the leaderboard's; published: the published one."
        ),
    ] = "early",
    given: TrainOptions,
    seeds: Annotated[
        str, typer.Option(metavar="A-B", help="The seeds: one (3), a range (0-4), or a list (0,2,5).")
    ] = "0",
    device: Annotated[Device, typer.Option(help="The device to train on.")] = Device.CPU,
    compiled: Annotated[
        bool,
        typer.Option(
            "--compile",
            help="Compile the training step first; this pays for long trainings of models of width 16 or 32. "
            "A step with dropout is not compiled.",
        ),
    ] = False,
    out: Annotated[
        Path,
        typer.Option("--runs", "--out", metavar="DIR", help="The ledger's directory; each run gets a folder in it."),
    ] = Path("runs"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from a killed run's checkpoint. This is the default.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start unfinished runs anew, not from a checkpoint.")] = False,
) -> None:
    """Train a task's models. An option that is left out has the value that is recommended for the task.

    A run that DIR holds already is not trained again; one that was killed goes on from its checkpoint.
    """
    if context.invoked_subcommand is not None:
        return
    if resume and fresh:
        raise RefusedError("expected one of --resume and --fresh, found both")
    chosen = _chosen(context.obj, task, text, recognition)
    from train.ledger.ledger import Ledger
    from train.model.config import ConfigError
    from train.model.recommended import Choices, recommended
    from train.running.seeds import SeedsError, read_seeds

    choices = Choices(protocol=protocol, **vars(given))
    if architecture is not None:
        _check_plain(device, compiled=compiled)
        train_architecture(architecture, chosen, choices, seeds, out)
        return
    ledger = Ledger(out)
    try:
        numbers = read_seeds(seeds)
        config = recommended(chosen, pe, choices)
        results = _trained(chosen, config, numbers, ledger, device=device, compiled=compiled, resume=not fresh)
    except SeedsError as error:
        raise RefusedError(f"--seeds: {error}") from None
    except (ConfigError, DeviceError) as error:
        raise RefusedError(str(error)) from None
    _print_results(results, ledger)


def _check_plain(device: Device, *, compiled: bool) -> None:
    """Raise RefusedError if `--compile` or `--device cuda` is given: the loop that trains architectures has neither."""
    if compiled or device is not Device.CPU:
        raise RefusedError("--architecture: expected neither --compile nor --device cuda: it trains on the CPU")


def _chosen(given: Task | None, name: str | None, text: LanguageText, recognize: bool) -> Task:
    """Return the task that the calling command passed (`given`), or else the task that the options describe."""
    if given is not None:
        return given
    if name is None and not text.given:
        raise RefusedError("expected --task TASK, --regex R or --dfa FILE; `python -m tasks list` names the tasks")
    return task_of_options(name, text, recognize)


def _trained(
    task: Task,
    config: "TrainConfig",
    seeds: tuple[int, ...],
    ledger: "Ledger",
    *,
    device: Device,
    compiled: bool,
    resume: bool,
) -> "tuple[Result, ...]":
    from train.api import run
    from train.running.display import training_display

    try:
        with training_display() as show:
            made = run(
                task,
                config,
                seeds=seeds,
                out=ledger.directory,
                device=device.value,
                compiled=compiled,
                resume=resume,
                on_progress=show,
            )
    except KeyboardInterrupt:
        print(_kept(config, seeds, ledger), file=sys.stderr)
        raise
    return tuple(each.result for each in made)


def _kept(config: "TrainConfig", seeds: tuple[int, ...], ledger: "Ledger") -> str:
    """Return a sentence for the user that says which runs of an interrupted training are kept, and up to which step."""
    from train.running.checkpoint import kept_steps

    finished = [seed for seed in seeds if ledger.find(config, seed) is not None]
    steps = {seed: step for seed, step in kept_steps(ledger, config).items() if seed in seeds and seed not in finished}
    parts = [f"seed {seed} is finished" for seed in finished]
    parts += [f"seed {seed} is kept at step {step:,}" for seed, step in sorted(steps.items())]
    if not parts:
        return f"interrupted: nothing is kept in {ledger.directory} yet"
    return f"interrupted: {', '.join(parts)} in {ledger.directory}; the same command goes on from there"


def _print_results(results: "tuple[Result, ...]", ledger: "Ledger") -> None:
    for result in results:
        path = ledger.path(result.config, result.seed)
        print(path if path.is_dir() else f"{path}: the model is gone; its result is in {ledger.store.path}")
    first = results[0].config
    head = ["seed", "steps", "fitted at", *(f"{a}-{b}" for a, b in first.bins), "verdict", "seconds"]
    rows = [head]
    for result in results:
        shares = [f"{100 * each.accuracy:.1f}%" for each in result.bins]
        fitted = "-" if result.fit_step is None else str(result.fit_step)
        verdict: str = result.verdict if len(result.bins) > 1 else "-"
        if result.stopped in ("diverged", "stalled"):
            verdict += f" ({result.stopped})"
        rows.append([str(result.seed), str(result.steps), fitted, *shares, verdict, f"{result.seconds:.1f}"])
    print("\n".join(columns_in_line(rows, to_the_right=True)))


def main(argv: Sequence[str], *, given: Task | None = None, name: str = "python -m train") -> int:
    """Run the command, and return its exit status.

    Args:
        argv: The arguments after the command's name.
        given: The task, where another command has chosen it already; `--task` and the like are then not needed.
        name: What the calling command is called in messages.

    Returns:
        0 if the command did what was asked, 2 for bad input, 130 after Ctrl-C. Finished runs are kept after Ctrl-C.
    """
    return run_command(app, argv, name, (RefusedError,), obj=given)


def entry() -> None:
    """Run the console script `crasp-train`, and exit with its status."""
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    entry()
