"""The command `functions`: it lists the functions of words for the experiments on training length, or shows values."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.commands.options import LengthsOption, NumberOption, Seed, read_lengths
from tasks.ground.console import AsJson, RefusedError

if TYPE_CHECKING:
    from tasks.experiments.length_functions import FunctionTask

MOST_WORDS = 1_000_000  # words that one call may draw

FunctionName = Annotated[
    str | None,
    typer.Argument(
        metavar="[NAME]", help="Such as mod_p_task:5:0; without a name the families are listed.", show_default=False
    ),
]


def functions_command(
    name: FunctionName = None,
    *,
    lengths: LengthsOption = "1-12",
    number: NumberOption = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """List the functions of words for the experiments on training length, or values of one function."""
    from tasks.experiments.length_functions import FUNCTIONS, SOURCE, FunctionNameError, get_function

    if name is None:
        families = [{"name": family, "parameters": list(names)} for family, (_, names) in FUNCTIONS.items()]
        if as_json:
            print(json.dumps(families))
            return
        for family, (_, names) in FUNCTIONS.items():
            print(":".join((family, *(each.upper() for each in names))))
        print(f"\n{SOURCE}")
        return
    try:
        function = get_function(name)
        _print_words(function, read_lengths(lengths), number, seed, as_json=as_json)
    except (FunctionNameError, ValueError) as problem:
        raise RefusedError(str(problem)) from None


def _print_words(function: "FunctionTask", lengths: tuple[int, int], number: int, seed: int, *, as_json: bool) -> None:
    from tasks.drawing.randomness import generator

    if number > MOST_WORDS:
        raise RefusedError(f"-n: expected at most {MOST_WORDS:,} words, found {number:,}")
    batch = function.sample(generator(function.name, "sample", lengths, seed), lengths, number)
    if not as_json:
        print(f"{function.title}: {function.summary}\nletters: {function.letters}\n")
    for tokens, length, values in zip(batch.tokens, batch.lengths, batch.values.tolist(), strict=True):
        word = [function.alphabet[letter] for letter in tokens[:length]]
        if as_json:
            print(json.dumps({"tokens": word, "values": values}))
        else:
            print(" ".join(word), "", " ".join(f"{value:.4f}" for value in values))
