"""The command `python -m eval forecast`, which refits the forecast from the results; `make forecast` runs it."""

from pathlib import Path
from typing import Annotated

import typer

from eval.forecast.forecasting import MODEL
from tasks.ground.console import AsJson, RefusedError, print_json
from tasks.ground.files import check_writable, read_inside, replace_text
from train.ledger import SHIPPED

BEGIN, END = "<!-- forecast -->", "<!-- end of the forecast -->"


def forecast_command(
    results: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="The directory of results; its folders grid/, corpus/ and encodings/ are read."
        ),
    ] = SHIPPED,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the model is written.")] = MODEL,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A page with the markers of the forecast; the printed text is put between them."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit the forecast of `eval.predict --train-length` to every fitted run, and test it on languages left out."""
    try:
        from eval.forecast.forecast_quality import fit_model, quality_lines
    except ModuleNotFoundError as error:
        raise RefusedError(f"{error.name} is needed to fit the forecast: pip install --editable '.[dev]'") from None
    from eval.forecast.fitted_reach import read_measured_runs
    from eval.forecast.forecast_model import write_forecast

    if not results.is_dir():
        raise RefusedError(f"{results}: no such directory")
    check_writable(out)
    measured, sources = read_measured_runs(results)
    try:
        model = fit_model(measured, sources)
    except ValueError as error:
        raise RefusedError(f"{results}: {error}") from None
    said = "\n".join(quality_lines(model))
    try:
        text = None if page is None else between_markers(read_inside(page).decode("utf-8"), said)
    except (OSError, ValueError) as error:
        raise RefusedError(f"{page}: {error}") from None
    replace_text(out, write_forecast(model))
    if page is not None and text is not None:
        replace_text(page, text)
    if as_json:
        print_json(model.to_json())
    else:
        print(said)


def between_markers(text: str, said: str) -> str:
    """The text of a page with `said` put between the markers of the forecast.

    Raises:
        ValueError: The markers are not there exactly once, in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected the markers {BEGIN} and {END} once, in this order")
    return f"{text[: text.index(BEGIN) + len(BEGIN)]}\n\n```text\n{said}\n```\n\n{text[text.index(END) :]}"
