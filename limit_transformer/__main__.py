"""The command line: `python -m limit_transformer read DIR`, an ordinary GPT-2 read as a Limit Transformer."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from limit_transformer.reading.gpt2_forward import Gpt2Model, Gpt2ReadingError, load_gpt2
from limit_transformer.reading.model_words import model_words
from limit_transformer.reading.nearest_machine import LEAST_TOKENS, Ids, read_gpt2
from limit_transformer.reading.reading_report import AnswerForm, report_reading
from tasks.ground.automata.automaton import counted
from tasks.ground.console import RefusedError, check_choice, new_app, print_json, run_command
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
            metavar="FILE", help="Words to read it on, one a line, tokens between blanks; else such as it allows."
        ),
    ] = None,
    letters: Annotated[int, typer.Option(min=LEAST_TOKENS, max=2000, help="Letters of the words that it makes.")] = 50,
    number: Annotated[int, typer.Option("-n", min=1, max=10_000, help="Words that it makes.")] = 64,
    trained_to: Annotated[
        int | None, typer.Option(min=2, max=100_000, help="The longest training word; else the words read.")
    ] = None,
    random_offsets: Annotated[
        bool, typer.Option("--random-offsets", help="It was trained at random offsets of its positions.")
    ] = False,
    answers: Annotated[
        str, typer.Option(help="What it says: sets, the tokens with a logit above 0, or greatest, one token.")
    ] = "sets",
    seed: Annotated[int, typer.Option(min=0, help="Another seed makes other words.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")] = False,
) -> None:
    """Say how far a GPT-2 is PERIODIC and LOCAL, block by block, and how near a Limit Transformer comes to it."""
    check_choice("--answers", answers, ("sets", "greatest"))
    form: AnswerForm = "greatest" if answers == "greatest" else "sets"
    try:
        model = load_gpt2(directory)
        ids, longer = _words(directory, model, words, letters, number, seed)
        reading = read_gpt2(
            model,
            ids,
            trained_tokens=None if trained_to is None else trained_to + 1,
            random_offsets=random_offsets,
        )
    except (LoadError, ValueError) as error:  # Gpt2ReadingError and ModelError are ValueErrors
        raise RefusedError(str(error)) from None
    found = report_reading(model, reading, ids, longer, form)
    if as_json:
        print_json(found.record())
        return
    for line in found.lines():
        print(line)


def _words(
    directory: Path, model: Gpt2Model, file: Path | None, letters: int, number: int, seed: int
) -> tuple[Ids, list[Ids]]:
    """The words that the model is read on, all of one length, and longer ones for which it has positions."""
    names = _token_names(directory, model)
    if file is not None:
        return _given_words(file, model, names), []
    plain = tuple(sorted(k for name, k in names.items() if not (name.startswith("<") and name.endswith(">"))))
    if not plain:
        raise Gpt2ReadingError(f"{directory}: no token of its vocabulary can be a letter")
    most = len(model.positions)
    tokens = min(letters + 1, most)
    made = [model_words(model, plain, words=number, tokens=tokens, seed=seed)]
    for times in (2, 3):
        if times * letters + 1 <= most:
            made.append(model_words(model, plain, words=max(1, number // 4), tokens=times * letters + 1, seed=seed))
    return made[0], made[1:]


def _given_words(file: Path, model: Gpt2Model, names: Mapping[str, int]) -> Ids:
    """The words of a file as ids, the begin token put before them; Gpt2ReadingError where they cannot be read."""
    rows = []
    begin = [model.roles["bos"]] if "bos" in model.roles else []
    for number, line in enumerate(text_lines(str(file)), 1):
        tokens = line.split()
        if not tokens:
            continue
        strange = [token for token in tokens if token not in names]
        if strange:
            raise Gpt2ReadingError(f"{file}, line {number}: the model has no token {strange[0]!r}")
        rows.append([*begin, *(names[token] for token in tokens)])
        if len(rows[-1]) != len(rows[0]):
            found = counted(len(tokens), "token")
            raise Gpt2ReadingError(
                f"{file}, line {number}: {found}, the first word has {len(rows[0]) - len(begin)}: "
                "words of one length are needed"
            )
    if not rows:
        raise Gpt2ReadingError(f"{file}: no words")
    return np.array(rows, dtype=np.int64)


def _token_names(directory: Path, model: Gpt2Model) -> dict[str, int]:
    """Name -> id of the tokens that are no special ones by their role; numbers where there is no tokenizer."""
    from tasks.ground.models.causal_model import read_tokens

    found = read_tokens(directory)
    ids = {str(k): k for k in range(len(model.tokens))} if found is None else dict(found.ids)
    special = set(model.roles.values()) | (set() if found is None else set(found.roles.values()))
    return {name: k for name, k in ids.items() if k not in special and 0 <= k < len(model.tokens)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 bad input, 130 interrupted."""
    return run_command(app, argv, "python -m limit_transformer")


if __name__ == "__main__":
    sys.exit(main())
