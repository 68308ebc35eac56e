"""The command `python -m eval.terms`: every term of a model's regulariser, under its own name."""

from pathlib import Path
from typing import Annotated

import typer

from tasks.ground.console import AsJson, RefusedError, main_of, print_json


def terms_command(
    model: Annotated[Path, typer.Option(metavar="DIR", help="A run's directory, or any stock GPT-2's.")],
    as_json: AsJson = False,
) -> None:
    """Print every term of the regulariser R(T) of arXiv 2410.02140, computed from the sizes of the weights."""
    from limit_transformer.norms.trained_model import WeightsError, read_weights, trained_terms  # imports numpy

    try:
        terms = trained_terms(read_weights(model)).as_dict()
    except WeightsError as error:
        raise RefusedError(str(error)) from None
    if as_json:
        print_json(terms)
        return
    for name, value in terms.items():
        print(f"{name:<18} {value:.6g}" if isinstance(value, float) else f"{name:<18} {value}")


main = main_of(terms_command, "python -m eval.terms", "--model runs/NAME --json")
