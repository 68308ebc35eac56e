"""The commands of this package under one name: `python -m eval predict`, `measure`, `leaderboard` and the others."""

from eval.commands.words import app as words_app
from eval.door import commands
from eval.door.lazy_group import LazyGroup
from tasks.ground.console import new_app, run_command

# `eval.door.commands` says where each command's function is, under its name in `crasp-bench`, which has hyphens.
COMMANDS = (
    *("predict", "advise", "measure", "explain", "report", "leaderboard", "published", "protocols", "probe"),
    *("forecast", "run_choice", "terms", "read", "read_runs", "teacher", "compiled_start", "training_length_runs"),
    "training_length_smallest",
)


class Judgement(LazyGroup):
    """The group of this package's commands; a command's module is imported when the command is used."""

    rows = {name: commands.COMMANDS[name.replace("_", "-")] for name in COMMANDS}  # noqa: RUF012


app = new_app("Predict, measure, compare; and the words of any task.", "python -m eval predict --task dyck1")
app.info.cls = Judgement
app.add_typer(words_app, name="words")


def main(argv: list[str] | None = None) -> int:
    """Run one command, and return 0 if it is done, 2 for bad input, 130 if it was interrupted."""
    return run_command(app, argv, "python -m eval")


def entry() -> None:
    """Run the console script `crasp-eval`, and exit with its status."""
    raise SystemExit(main())


if __name__ == "__main__":
    entry()
