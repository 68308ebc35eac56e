"""The command line `python -m limit_transformer read DIR`, which reads an ordinary GPT-2 as a Limit Transformer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from limit_transformer.reading.directory_reading import read_directory
from limit_transformer.reading.nearest_machine import LEAST_TOKENS
from tasks.ground.console import AsJson, RefusedError, new_app, print_json, run_command
from tasks.ground.files import LoadError, text_lines

app = new_app(
    "Read an ordinary GPT-2 as a Limit Transformer.",
    "python -m limit_transformer read /tmp/tomita4",
)


@app.callback()
def begin() -> None:
    """Read an ordinary GPT-2 as a Limit Transformer."""


@app.command("read", epilog="Try: python -m limit_transformer read /tmp/tomita4")
def read_command(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="A GPT-2: trained, compiled or somebody else's.")],
    *,
    words: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Words to read the model on, one in each line; by default words that the model allows."
        ),
    ] = None,
    letters: Annotated[int, typer.Option(min=LEAST_TOKENS, max=2000, help="Length of the words that are made.")] = 50,
    number: Annotated[int, typer.Option("-n", min=1, max=10_000, help="Number of words that are made.")] = 64,
    trained_to: Annotated[
        int | None,
        typer.Option(
            min=2, max=100_000, help="Length of the longest training word; by default that of the words read."
        ),
    ] = None,
    random_offsets: Annotated[
        bool, typer.Option("--random-offsets", help="The model was trained at random offsets of its positions.")
    ] = False,
    answers: Annotated[
        str,
        typer.Option(help="What an answer is: all tokens with a logit above 0 (sets), or the greatest one (greatest)."),
    ] = "sets",
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other words.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Say how far a GPT-2 is PERIODIC and LOCAL, block by block, and how near a Limit Transformer comes to it."""
    try:
        given = None if words is None else _words_of(words)
        found = read_directory(
            directory,
            given,
            letters=letters,
            number=number,
            trained_to=trained_to,
            random_offsets=random_offsets,
            answers=answers,
            seed=seed,
            option="--",
        )
    except (LoadError, ValueError) as error:  # Gpt2ReadingError and ModelError are ValueErrors
        raise RefusedError(str(error)) from None
    if as_json:
        print_json(found.record())
        return
    for line in found.lines():
        print(line)


def _words_of(file: Path) -> dict[str, list[str]]:
    """Return the words in a file, one from each line, by the place of the line.

    Raises:
        RefusedError: The file holds no words.
    """
    lines = enumerate(text_lines(str(file)), 1)
    found = {f"{file}, line {number}": tokens for number, line in lines if (tokens := line.split())}
    if not found:
        raise RefusedError(f"{file}: expected words, found none")
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m limit_transformer")


if __name__ == "__main__":
    raise SystemExit(main())
