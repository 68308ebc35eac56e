"""Evidence from inside a model as pictures: heads by patterns, the spectrum of the positions, definitions by layers.

Each picture is drawn twice, side by side: for the model, and for the compiled GPT-2 of the program.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from markupsafe import Markup

from eval.explain.inside.evidence import HeadPattern, InsideEvidence, InsideModel, PositionSpectrum
from eval.explain.inside.inside_lines import head_in_words, spectrum_in_words
from tasks.ground.html import render

TEMPLATE = Path(__file__).parent / "inside.html"
WIDTH = 400  # the width of a drawing; all lengths are in units of the drawing
LEFT = 48
TOP = 26
ROW = 22
LEAST_TOP = 0.2  # the scale of the spectrum reaches at least to this share of the variance
DARKEST = 0.45  # the greatest opacity of the colour behind a number, so that the number can still be read
TINTED = 'fill="currentColor" fill-opacity'


def inside_picture(found: InsideEvidence) -> Markup:
    """Everything that was seen inside, as HTML that stands below a heading."""
    models = (("The model", found.model), (f"The compiled GPT-2 of {found.program or 'a program'}", found.compiled))
    parts = [
        {
            "title": title,
            "why": model if isinstance(model, str) else None,
            "heads": "" if isinstance(model, str) else _heads(model, name),
            "spectrum": "" if isinstance(model, str) else _spectrum(model.spectrum, name),
            "positions": "" if isinstance(model, str) else spectrum_in_words(model.spectrum),
            "readings": None if isinstance(model, str) else _readings(model),
        }
        for name, (title, model) in zip(("model", "compiled"), models, strict=True)
    ]
    return render(TEMPLATE, found=found, parts=parts)


def _heads(model: InsideModel, name: str) -> Markup:
    """A heat map with one row for each head and one column for each kind of pattern; the label's cell is framed."""
    heads = [each for each in model.heads if not each.idle]
    idle = len(model.heads) - len(heads)
    if not heads:
        return Markup("<p>{}</p>").format("No head writes anything.")
    columns = ("begin", "lag", "uniform", "recent", "residue", "content")
    step = (WIDTH - LEFT) / len(columns)
    drawn = [
        f'<text x="{LEFT + (k + 0.5) * step:.1f}" y="{TOP - 10}" text-anchor="middle">{column}</text>'
        for k, column in enumerate(columns)
    ]
    for row, head in enumerate(heads):
        drawn += _head_row(head, TOP + row * ROW, step)
    about = "; ".join(f"layer {each.layer} head {each.head}: {head_in_words(each)}" for each in heads)
    picture = _svg(
        f"inside-heads-{name}",
        "Share of attention that each pattern explains",
        about,
        TOP + len(heads) * ROW + 6,
        drawn,
    )
    note = f"{idle} more heads write nothing." if idle else ""
    return picture + Markup('<p class="note">{}</p>').format(note) if note else picture


def _head_row(head: HeadPattern, top: int, step: float) -> list[str]:
    drawn = [f'<text x="{LEFT - 6}" y="{top + 15}" text-anchor="end">{head.layer}.{head.head}</text>']
    for k, each in enumerate(head.shares):
        x, chosen = LEFT + k * step, each.pattern == head.label
        frame = ' stroke="currentColor" stroke-width="2"' if chosen else ""
        drawn.append(
            f'<rect class="s0" x="{x + 1:.1f}" y="{top + 1}" width="{step - 2:.1f}" height="{ROW - 2}" '
            f'{TINTED}="{DARKEST * each.share:.3f}"{frame}/>'
        )
        weight = ' font-weight="700"' if chosen else ""
        drawn.append(
            f'<text x="{x + step / 2:.1f}" y="{top + 15}" text-anchor="middle"{weight}>{_short(each.pattern)}'
            f"{100 * each.share:.0f}</text>"
        )
    return drawn


def _short(pattern: str) -> str:
    """The text before a share: the modulus of a residue, or the lag."""
    if pattern.startswith(("residue ", "lag ")):
        return f"{pattern.split()[1]}: "
    return {"this token": "0: ", "previous token": "1: "}.get(pattern, "")


def _spectrum(spectrum: PositionSpectrum | None, name: str) -> Markup:
    """A bar for the power of each period, with a mark at the power that noise would have."""
    if spectrum is None:
        return Markup("")
    height, floor, step = 120, 96, (WIDTH - LEFT) / len(spectrum.powers)
    unit = 76 / max(LEAST_TOP, *(max(each.share, each.chance) for each in spectrum.powers))
    drawn = [f'<path class="axis" d="M{LEFT} {floor}H{WIDTH}"/>']
    for k, each in enumerate(spectrum.powers):
        x, tall, chance = LEFT + k * step, unit * each.share, floor - unit * each.chance
        middle = f'x="{x + step / 2:.1f}" text-anchor="middle"'
        drawn += [
            f'<rect class="s0" fill="currentColor" x="{x + 4:.1f}" y="{floor - tall:.1f}" width="{step - 8:.1f}" '
            f'height="{tall:.1f}"/>',
            f'<path class="axis" d="M{x + 1:.1f} {chance:.1f}h{step - 2:.1f}"/>',
            f'<text {middle} y="{floor + 16}">{each.period}</text>',
            f'<text {middle} y="{floor - tall - 4:.1f}">{100 * each.share:.0f}</text>',
        ]
    drawn.append(f'<text x="{LEFT - 6}" y="{floor + 16}" text-anchor="end">period</text>')
    drawn.append(f'<text x="{LEFT - 6}" y="{floor - 4}" text-anchor="end">%</text>')
    return _svg(f"inside-positions-{name}", "Power of the positions", spectrum_in_words(spectrum), height, drawn)


def _svg(name: str, title: str, about: str, height: float, drawn: Sequence[str]) -> Markup:
    return Markup(
        f'<div class="chart"><svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(about)}</desc>'
        f"{''.join(drawn)}</svg></div>"
    )


def _readings(model: InsideModel) -> dict[str, object]:
    """The values that fill the template's table of definitions by layers."""
    rows = []
    for each in model.readings:
        rows.append(
            {
                "definition": each.definition,
                "form": "" if each.form == "boolean" else each.form,
                "scores": [
                    {
                        "said": f"{score:.2f}",
                        "tint": f"{100 * DARKEST * score:.0f}",
                        "first": layer == each.read_from,
                        "computed": layer == each.computed,
                    }
                    for layer, score in enumerate(each.scores)
                ],
                "shuffled": f"{max(each.shuffled):.2f}",
                "untrained": "" if each.untrained is None else f"{max(each.untrained):.2f}",
            }
        )
    return {"layers": range(model.layers + 1), "rows": rows, "constant": ", ".join(model.constant)}
