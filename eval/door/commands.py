"""The commands of `crasp-bench` as a literal table, so that the help is printed without importing any of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

PROGRAM_NAME = "crasp-bench"


@dataclass(frozen=True)
class DoorCommand:
    """One command.

    Attributes:
        function: The function that does the work, as MODULE:NAME.
        summary: The command's line in the help.
        example: A command line that runs, without the program's name.
        subject: What the first argument may be; None if there is no subject.
        ledger: Whether the option --runs has the older name --out too.
    """

    function: str
    summary: str
    example: str
    subject: Literal["any", "program", "model"] | None = None
    ledger: bool = False


_WORDS = "eval.commands.words"

GROUPS: Mapping[str, Mapping[str, DoorCommand]] = MappingProxyType(
    {
        "Predict whether a task generalises in length": {
            "predict": DoorCommand(
                "eval.commands.predict:predict_command",
                "Say whether transformers trained on short words work on long ones, and why.",
                "predict '(aa)*'",
                "any",
            ),
        },
        "Advise on training": {
            "advise": DoorCommand(
                "eval.advise.command:advise_command",
                "Say how to train for a length that must work: encoding, training length, hard words.",
                "advise '(aa)*' --test-length 100",
                "any",
            ),
        },
        "Decide a regular language": {
            "decide": DoorCommand(
                "crasp.regular.command:decide",
                "Say which programs define the language, with a program or a certificate.",
                "decide '(ab|aabb)*'",
                "any",
            ),
        },
        "Write a program": {
            "check": DoorCommand("crasp.__main__:check", "Check a program.", "check lib:dyck1", "program"),
            "run": DoorCommand(
                "crasp.__main__:run", "Accept or reject words.", "run lib:dyck1 '(())' '())'", "program"
            ),
            "trace": DoorCommand(
                "crasp.__main__:trace",
                "Show the value of every definition at every position of a word.",
                "trace lib:tomita4 1001",
                "program",
            ),
            "fmt": DoorCommand("crasp.__main__:fmt", "Rewrite programs in the canonical layout.", "fmt prog.crasp"),
            "import": DoorCommand(
                "crasp.importing.command:import_command",
                "Turn a program of the published interpreter into one of ours.",
                "import prog.cr -o imported.crasp",
            ),
            "learn": DoorCommand(
                "eval.learning.command:learn",
                "Learn the shortest program that agrees with labelled words.",
                "learn 'a*b*' --seconds 10",
                "any",
            ),
            "library": DoorCommand("crasp.__main__:list_", "List the programs of the library.", "library"),
        },
        "Compile a program to a transformer": {
            "compile": DoorCommand(
                "crasp.artifacts.compile:compile_command",
                "Write a program as an exact machine, a torch module or a stock GPT-2.",
                "compile lib:dyck1 -o dyck1",
                "program",
            ),
            "verify": DoorCommand(
                "crasp.artifacts.verify:verify_command",
                "Compare a compiled model with its program's meaning.",
                "verify dyck1",
            ),
        },
        "Train": {
            "train": DoorCommand(
                "train.__main__:train",
                "Train small GPT-2s on short words, and test them on longer ones.",
                "train dyck1 --pe nope --seeds 0-1",
                "any",
                ledger=True,
            ),
            "sweep": DoorCommand(
                "train.sweep.command:sweep",
                "Train every combination that a file names.",
                "sweep train/sweep/suites/quick.toml",
                ledger=True,
            ),
            "merge": DoorCommand(
                "train.sweep.command:merge", "Add another machine's runs to this ledger.", "merge other", ledger=True
            ),
            "export-runs": DoorCommand(
                "train.sweep.command:export",
                "Write the ledger's results as JSON lines.",
                "export-runs --runs runs --out results",
            ),
            "teacher-student": DoorCommand(
                "train.teaching.command:teacher_student",
                "Train students of random teachers.",
                "teacher-student --architecture rnn --epochs 20",
                ledger=True,
            ),
        },
        "Measure a model or a program": {
            "measure": DoorCommand(
                "eval.commands.measure:measure_command",
                "Measure accuracy by length on one task.",
                "measure dyck1 --model lib:dyck1 -n 200",
                "any",
            ),
            "explain": DoorCommand(
                "eval.explain.command:explain_command",
                "Say which program describes a trained model, and up to which length they agree.",
                "explain dyck1 --model lib:dyck1 -n 100",
                "any",
            ),
            "report": DoorCommand(
                "eval.commands.report:report_command",
                "Say which tasks of the benchmark a model solves, and up to which length.",
                "report lib:dyck1 --task dyck1 -n 100",
                "model",
            ),
            "probe": DoorCommand(
                "eval.probe.command:probe_command",
                "Say what an architecture learns on small tasks, and up to which length it holds.",
                "probe --architecture gpt_neox:hidden_size=16,num_hidden_layers=1 --capability count --repeats 1",
            ),
            "read": DoorCommand(
                "eval.reading.read_command:read_command",
                "Read a GPT-2 as a Limit Transformer, and say what it uses positions for.",
                "read runs/MODEL --task dyck1",
                "model",
            ),
            "terms": DoorCommand(
                "eval.commands.regularizer_terms:terms_command",
                "Print every term of the theory's regulariser for a model.",
                "terms runs/MODEL",
                "model",
            ),
        },
        "Show tasks, their words and results": {
            "tasks": DoorCommand("tasks.__main__:list_tasks", "List the tasks of the benchmark.", "tasks"),
            "show": DoorCommand(f"{_WORDS}:show", "Show one task: definition, examples, theory.", "show parity", "any"),
            "sample": DoorCommand(f"{_WORDS}:sample", "Draw labelled words.", "sample dyck1 --lengths 4-8 -n 3", "any"),
            "export": DoorCommand(
                f"{_WORDS}:export",
                "Write labelled words as a dataset that `datasets` reads.",
                "export dyck1 -n 100 --out words",
                "any",
            ),
            "leaderboard": DoorCommand(
                "eval.commands.leaderboard:leaderboard_command",
                "Put prediction and measurement side by side.",
                "leaderboard --suite quick",
            ),
            "published": DoorCommand(
                "eval.commands.published:published_command",
                "Put measured accuracies beside the published ones.",
                "published --format markdown",
            ),
        },
        "Side subjects": {
            "functions": DoorCommand(
                "tasks.commands.function_commands:functions_command",
                "List functions of words for training-length experiments.",
                "functions mod_p_task:5:0 -n 3",
            ),
            "protocols": DoorCommand(
                "eval.commands.protocols:protocols_command", "Compare two training protocols.", "protocols"
            ),
            "forecast": DoorCommand(
                "eval.forecast.command:forecast_command",
                "Refit the forecast to the results, and say how good it is.",
                "forecast --out forecast.json",
            ),
            "run-choice": DoorCommand(
                "eval.commands.run_choice:run_choice_command",
                "Compare rules that pick one of several fitted runs.",
                "run-choice",
            ),
            "read-runs": DoorCommand(
                "eval.reading.read_runs:read_runs_command",
                "Show how near trained models are to Limit Transformers.",
                "read-runs --runs runs --out reading.jsonl",
            ),
            "teacher": DoorCommand(
                "eval.teacher.command:teacher_command", "Show what teacher-student runs found.", "teacher"
            ),
            "compiled-start": DoorCommand(
                "eval.compiled_start.command:compiled_start_command",
                "Show what happens when compiled models are trained.",
                "compiled-start",
            ),
            "training-length-runs": DoorCommand(
                "eval.lengths.runs:runs_command",
                "Train the training-length experiments.",
                "training-length-runs",
                ledger=True,
            ),
            "training-length-smallest": DoorCommand(
                "eval.lengths.smallest_training_length:smallest_command",
                "Search for the smallest training length that suffices.",
                "training-length-smallest --task dyck1",
                ledger=True,
            ),
        },
    }
)
COMMANDS: Mapping[str, DoorCommand] = MappingProxyType(
    {name: command for group in GROUPS.values() for name, command in group.items()}
)
