"""Evidence from inside in lines of text."""

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

ALIKE_SHARE = 0.02  # of attention: words whose letters alternate tell residues and letters no further apart
STRONG_SHARE = 0.1  # of the positions' variance above chance: a period with less is not named


def lines_inside(found: InsideEvidence) -> list[str]:
    """What was seen inside, and the same of the compiled GPT-2; it begins by saying that it decides nothing."""
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
        yield f"not read, for they hardly vary on these words: {', '.join(found.constant)}"


def head_in_words(head: HeadPattern) -> str:
    """The label of a head and the share that it explains."""
    if head.idle:
        return "writes nothing"
    if head.label == MIXED:
        return f"mixed ({head.best.pattern} would explain {head.best.share:.0%})"
    content = next((each.share for each in head.shares if each.pattern == "content"), 0.0)
    alike = head.label.startswith("residue") and content >= head.share - ALIKE_SHARE
    return f"{head.label} {head.share:.0%}{', content as much' if alike else ''}"


def spectrum_in_words(spectrum: PositionSpectrum | None) -> str:
    """Which periods the positions have."""
    if spectrum is None:
        return "positions: no table, one whose rows are all alike, or too few rows"
    strong = [each for each in spectrum.powers if each.share - each.chance >= STRONG_SHARE]
    if not strong:
        return "positions: no period from 2 to 12 stands out"
    said = ", ".join(f"period {each.period} has {each.share:.0%} (chance {each.chance:.0%})" for each in strong)
    return f"positions: {said} of the variance of {spectrum.rows} rows"


def _reading_lines(readings: Sequence[LinearReading]) -> Iterator[str]:
    """A table: scores by layer, the best of both controls, the layer from which it is read, that of the compiler."""
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
    """From which layer a definition is read."""
    if reading.read_from is not None:
        return f"read from layer {reading.read_from}"
    better = "no better than other words' values" if max(reading.scores) >= READ_SCORE else ""
    return f"not read{better and f': {better}'}"
