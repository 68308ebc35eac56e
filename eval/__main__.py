"""The commands of this package under one name: `python -m eval predict`, `measure`, `leaderboard` and the others."""

from collections.abc import Callable

from eval.advise.command import advise_command
from eval.commands.leaderboard import leaderboard_command
from eval.commands.measure import measure_command
from eval.commands.predict import predict_command
from eval.commands.protocols import protocols_command
from eval.commands.published import published_command
from eval.commands.regularizer_terms import terms_command
from eval.commands.report import report_command
from eval.commands.run_choice import run_choice_command
from eval.commands.words import app as words_app
from eval.compiled_start.command import compiled_start_command
from eval.explain.command import explain_command
from eval.forecast.command import forecast_command
from eval.lengths.runs import runs_command
from eval.lengths.smallest_training_length import smallest_command
from eval.probe.command import probe_command
from eval.reading.read_command import read_command
from eval.reading.read_runs import read_runs_command
from eval.teacher.command import teacher_command
from tasks.ground.console import new_app, run_command

app = new_app("Predict, measure, compare; and the words of any task.", "python -m eval predict --task dyck1")
COMMANDS: dict[str, Callable[..., None]] = {
    "predict": predict_command,
    "advise": advise_command,
    "measure": measure_command,
    "explain": explain_command,
    "report": report_command,
    "leaderboard": leaderboard_command,
    "published": published_command,
    "protocols": protocols_command,
    "probe": probe_command,
    "forecast": forecast_command,
    "run_choice": run_choice_command,
    "terms": terms_command,
    "read": read_command,
    "read_runs": read_runs_command,
    "teacher": teacher_command,
    "compiled_start": compiled_start_command,
    "training_length_runs": runs_command,
    "training_length_smallest": smallest_command,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
app.add_typer(words_app, name="words")


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m eval")


def entry() -> None:
    """The console script `crasp-eval`."""
    raise SystemExit(main())


if __name__ == "__main__":
    entry()
