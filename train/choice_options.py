"""The options of `python -m train` that choose what differs from the recommended configuration."""

from dataclasses import dataclass
from typing import Annotated

import typer

from train.model.config import Optimizer, Precision, RegularizerForm, WordSource


def _not_empty(value: str | None) -> str | None:
    """Return the value, or raise typer.BadParameter if it is the empty text, which would leave out nothing."""
    if value is not None and not value.strip():
        raise typer.BadParameter("expected what to leave out, found the empty text")
    return value


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """The options, each named as the field of `train.model.recommended.Choices` that it sets.

    An option that is None leaves the recommended value as it is.
    """

    layers: Annotated[int | None, typer.Option(help="Number of layers.")] = None
    heads: Annotated[int | None, typer.Option(help="Number of heads in a layer.")] = None
    width: Annotated[int | None, typer.Option(help="Width of the residual stream.")] = None
    lr: Annotated[float | None, typer.Option(help="Learning rate.")] = None
    batch_size: Annotated[int | None, typer.Option(help="Number of words in a step.")] = None
    max_steps: Annotated[int | None, typer.Option(help="Most steps of a run; the run stops earlier if it fits.")] = None
    curriculum_steps: Annotated[
        int | None, typer.Option(help="Steps over which the longest word grows to the training length.")
    ] = None
    grow_from: Annotated[
        int | None,
        typer.Option(help="Longest training word at first; it grows each time the run fits the lengths so far."),
    ] = None
    words: Annotated[
        WordSource | None,
        typer.Option(help="Draw words from the whole mixture, or only its uniform words, as published experiments do."),
    ] = None
    distinct_words: Annotated[
        int | None,
        typer.Option(min=1, help="Train on a fixed set of this many different words, instead of fresh words."),
    ] = None
    leave_out: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Leave out training words that have a pair `a b`, a `length % 3 = 1`, or a `run > 5`.",
            callback=_not_empty,
        ),
    ] = None
    least_steps: Annotated[int | None, typer.Option(help="Fewest steps of a run, even if it fits earlier.")] = None
    dropout: Annotated[float | None, typer.Option(help="Share of activations that each step leaves out.")] = None
    optimizer: Annotated[Optimizer | None, typer.Option(help="The optimiser; by default AdamW.")] = None
    momentum: Annotated[float | None, typer.Option(help="The momentum of SGD (0.9) or Muon (0.95).")] = None
    weight_decay: Annotated[
        float | None, typer.Option(help="Weight decay; by default 0 for SGD, and 0.01 for the others.")
    ] = None
    initial_scale: Annotated[
        float | None, typer.Option(help="Standard deviation of the initial weights and position embeddings.")
    ] = None
    position_scale: Annotated[
        float | None, typer.Option(help="Standard deviation of the initial position embeddings alone.")
    ] = None
    regularizer: Annotated[float | None, typer.Option(help="Coefficient of the positional norm.")] = None
    regularizer_form: Annotated[
        RegularizerForm | None,
        typer.Option(help="The form of the positional norm: the published code's, or the theory's equation (8)."),
    ] = None
    precision: Annotated[
        Precision | None, typer.Option(help="Number format of the matrix products of a training step.")
    ] = None
    train_length: Annotated[int | None, typer.Option(help="Longest training length.")] = None
    max_length: Annotated[int | None, typer.Option(help="Longest tested length.")] = None
