"""Evidence from inside a model as lines of text."""

from collections.abc import Iterator, Sequence

from eval.explain.inside.evidence import (
    MIXED,
    READ_SCORE,
    HeadPattern,
    InsideEvidence,
    InsideModel,
    LinearReading,
    PositionSpectrum,
)

ALIKE_SHARE = 0.02  # if the shares of a residue and of content differ by at most this, the words hardly tell them apart
STRONG_SHARE = 0.1  # a period is named if its share of the positions' variance exceeds chance by at least this


def lines_inside(found: InsideEvidence) -> list[str]:
    """What was seen inside the model and inside the compiled GPT-2; the first line says that it decides nothing."""
    a, b = found.lengths
    lines = [
        f"inside, which decides nothing: {found.words} typical words of {a} to {b} tokens, "
        f"{found.cpu_seconds:.1f} CPU seconds"
    ]
    lines += [f"  {line}" for line in _model_lines(found.model)]
    lines.append("the compiled GPT-2 of " + (found.program or "a program") + ":")
    lines += [f"  {line}" for line in _model_lines(found.compiled)]
    if found.unread:
        lines.append(f"  {found.unread} more definitions are not read.")
    return lines


def _model_lines(found: InsideModel | str) -> Iterator[str]:
    if isinstance(found, str):
        yield found
        return
    for layer in range(1, found.layers + 1):
        heads = [each for each in found.heads if each.layer == layer]
        if heads:
            yield f"layer {layer}, heads: {'; '.join(map(head_in_words, heads))}"
    yield spectrum_in_words(found.spectrum)
    yield from _reading_lines(found.readings)
    if found.constant:
        yield f"not read, because they hardly vary on these words: {', '.join(found.constant)}"


def head_in_words(head: HeadPattern) -> str:
    """The label of a head, with the share that it explains."""
    if head.idle:
        return "writes nothing"
    if head.label == MIXED:
        return f"mixed ({head.best.pattern} would explain {head.best.share:.0%})"
    content = next((each.share for each in head.shares if each.pattern == "content"), 0.0)
    alike = head.label.startswith("residue") and content >= head.share - ALIKE_SHARE
    return f"{head.label} {head.share:.0%}{', content as much' if alike else ''}"


def spectrum_in_words(spectrum: PositionSpectrum | None) -> str:
    """A line that names the periods of the positions."""
    if spectrum is None:
        return "positions: there is no table of positions, or its rows are all alike or too few"
    strong = [each for each in spectrum.powers if each.share - each.chance >= STRONG_SHARE]
    if not strong:
        return "positions: no period from 2 to 12 stands out"
    said = ", ".join(f"period {each.period} has {each.share:.0%} (chance {each.chance:.0%})" for each in strong)
    return f"positions: {said} of the variance of {spectrum.rows} rows"


def _reading_lines(readings: Sequence[LinearReading]) -> Iterator[str]:
    """The lines of a table with one row for each reading.

    A row has the scores by layer, the best scores of both controls, the layer from which the definition is read, and
    the layer after which the compiled machine has it.
    """
    if not readings:
        return
    yield "read linearly: balanced accuracy or R2 of counts by layer; best of other words' values; of random weights"
    named = max(len(each.definition) for each in readings)
    formed = max(len(each.form) for each in readings)
    for each in readings:
        scores = " ".join(f"{score:.2f}" for score in each.scores)
        random = "   -" if each.untrained is None else f"{max(each.untrained):.2f}"
        computed = "" if each.computed is None else f"; computed after layer {each.computed}"
        values = f"{scores}  {max(each.shuffled):.2f}  {random}  {reading_in_words(each)}{computed}"
        yield f"  {each.definition:<{named}}  {each.form:<{formed}}  {values}"


def reading_in_words(reading: LinearReading) -> str:
    """A phrase that says from which layer a definition is read, if any."""
    if reading.read_from is not None:
        return f"read from layer {reading.read_from}"
    better = "no better than other words' values" if max(reading.scores) >= READ_SCORE else ""
    return f"not read{better and f': {better}'}"
