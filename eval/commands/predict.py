"""The options of the command `python -m eval.predict`.

What the command does is in `eval.commands.predicting`, which the help does not import.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crasp.console import WitnessSeconds, same_command, witness_seconds
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.options import language_text
from tasks.ground.console import AsJson, RefusedError, main_of
from tasks.ground.option_groups import with_options
from train.ledger import RUNS

if TYPE_CHECKING:
    from eval.commands.predicting import AskedForecast
    from eval.encodings.answer_rule import AnswerRule

ASSUME_HELP = (
    "With --architecture: the assumptions, as words with commas between them. The output map is single-layer (with "
    "bias or no-bias), diffeo or any-capacity. The training tokens fill [0, 1]^n (cube) or R^n (full), the states are "
    "all of R^m too (states), or the tokens are finite, a grid, or a band[=WIDTH]. The teacher is one of the students "
    "(realisable) or not (not-realisable). Maps are square or not-square. Positions are summed by sum, mean, earlier "
    "or released. blocks=N: so many models one after the other. reach=T: the greatest relative position; zeros: the "
    "map of each relative position has a zero (Assumption 13). thought: the states are supervised (chain of thought). "
    "fills=T: the number of tokens after which the states of a recurrence fill their space; inputs=N and states=M "
    "compute it on drawn data. bounded: Assumption 11, with epsilon=, lipschitz=, radius= and parameters=. "
    "finite-class: finitely many students. length=T: the longest training length."
)
PredictedTask = Annotated[str | None, typer.Option(metavar="TASK", help="A task of the benchmark.")]
PredictedProgram = Annotated[str | None, typer.Option(metavar="FILE", help="A program's file, or lib:NAME.")]
EveryTask = Annotated[bool, typer.Option("--all", help="Every task of the benchmark.")]
AskedEncoding = Annotated[
    str | None,
    typer.Option(
        metavar="ape|nope|rope|alibi|sinusoidal|randomized",
        help="One positional encoding; by default APE and NoPE. Parameters follow a colon: rope:base=10000,width=64, "
        "or modulus=12 for angles of 2 pi r/12; the same for sinusoidal; alibi:heads=8 or alibi:slopes=0,1; "
        "randomized:largest=2048.",
    ),
]
EvidenceToo = Annotated[
    bool,
    typer.Option(
        "--evidence",
        help="Also print what the labels alone show; without this option they are examined only if nothing else is "
        "known.",
    ),
]
ArchitectureKind = Annotated[
    str | None,
    typer.Option(
        metavar="KIND", help="Print theorems on an architecture: deepset, softmax, sigmoid, linear, ssm or rnn."
    ),
]
AssumedWords = Annotated[str | None, typer.Option(metavar="WORDS", help=ASSUME_HELP)]
TrainLength = Annotated[
    int | None,
    typer.Option(
        "--train-length",
        metavar="N",
        show_default=False,
        help="Also forecast runs that were trained on words of up to this length; 50 if only --test-length is given.",
    ),
]
TestLengths = Annotated[
    str | None,
    typer.Option(
        "--test-length",
        metavar="N[,N...]",
        show_default=False,
        help="The lengths that must work; 3 and 10 times the training length where only --train-length is given.",
    ),
]


MeasuredOption = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|RUN",
        show_default=False,
        help="Forecast this one model, also from its accuracy at one to two times its training length. Give a model's "
        "directory, which is then measured, or a run of the ledger, which was measured before.",
    ),
]


def _rule(
    accept: Annotated[
        str | None,
        typer.Option(
            metavar="last|end",
            help="Judge a regular language at the last letter, or at an end marker after it; by default a task "
            "is judged as it is trained, and an expression or an automaton at the end marker.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="membership|state|next",
            help="What is answered about a regular language: membership, the automaton's state, or the letters that "
            "may follow.",
        ),
    ] = None,
) -> "AnswerRule | None":
    from eval.encodings.answer_rule import answer_rule

    return answer_rule(accept, target, option="--")


def _forecast(
    train_length: TrainLength = None,
    test_length: TestLengths = None,
    measured: MeasuredOption = None,
    runs: Annotated[Path, typer.Option(metavar="DIR", help="The ledger's directory, for --measured RUN.")] = RUNS,
) -> "AskedForecast":
    from eval.commands.predicting import AskedForecast

    return AskedForecast(train_length, test_length, measured, runs)


@with_options(text=language_text, rule=_rule, forecast=_forecast)
def predict_command(
    context: typer.Context,
    *,
    task: PredictedTask = None,
    program: PredictedProgram = None,
    text: LanguageText,
    every: EveryTask = False,
    pe: AskedEncoding = None,
    rule: "AnswerRule | None",
    evidence: EvidenceToo = False,
    architecture: ArchitectureKind = None,
    assume: AssumedWords = None,
    forecast: "AskedForecast",
    seconds: WitnessSeconds = "10",
    as_json: AsJson = False,
) -> None:
    """Predict whether transformers trained on short words work on long ones, and say why.

    Status 1 if a witness does not compute its task.
    """
    limit = witness_seconds(seconds)
    _check_one_subject([task, program, text.regex, text.dfa, architecture, every or None], text)
    from eval.commands import predicting

    if architecture is not None:
        if (pe, rule, evidence, forecast.asked) != (None, None, False, False):
            raise RefusedError("--pe, --accept, --target, --evidence and forecasts do not go with --architecture")
        predicting.predict_one_architecture(architecture, assume, as_json=as_json)
    elif assume is not None:
        raise RefusedError("--assume goes with --architecture")
    elif every:
        _check_alone(rule, forecast, evidence=evidence)
        predicting.predict_all(pe, as_json=as_json)
    else:
        subject = predicting.given_subject(task, program, text)
        asked = predicting.AskedPrediction(subject, pe, rule, forecast, evidence=evidence)
        predicting.predict_subject(asked, limit, same_command(context, seconds="none"), as_json=as_json)


def _check_one_subject(given: Sequence[object | None], text: LanguageText) -> None:
    """Raise RefusedError unless exactly one subject is given, with options of a language only for a language."""
    if given.count(None) < 5 or (given.count(None) == 6 and not text.given):
        raise RefusedError(
            "expected one of --task TASK, --program FILE, --regex R, --dfa FILE, --architecture KIND and --all"
        )
    if text.regex is text.dfa is None and given.count(None) == 5 and text != LanguageText():
        raise RefusedError(
            "--alphabet goes with --regex and --dfa, as --and and --not do: every other subject has its own alphabet"
        )


def _check_alone(rule: "AnswerRule | None", forecast: "AskedForecast", *, evidence: bool) -> None:
    """Raise RefusedError for an option that needs a single subject, if all tasks are asked about."""
    if forecast.measured is not None:
        raise RefusedError("--measured is asked of one subject, not with --all")
    if evidence:
        raise RefusedError("--evidence is gathered of one task, program or language, not with --all")
    if rule is not None or forecast.asked:
        raise RefusedError(
            "--accept, --target, --train-length and --test-length are asked of one subject, not with --all"
        )


main = main_of(predict_command, "python -m eval.predict", "--task aa_star --pe nope")
