"""Places in a text, problems that are found there, and how they are shown, with a caret under the place."""

from dataclasses import dataclass

MOST_SHOWN_PROBLEMS = 100  # problems of a text that a message shows
SHOWN_COLUMNS = 120  # columns of a source line that a message quotes


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: 1-based line and column of its first character, and of the character after its last."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: "Span") -> "Span":
        """Return the stretch from the start of this one to the end of the other."""
        return Span(self.line, self.column, other.end_line, other.end_column)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was refused: its place, what was expected, and a hint that may help."""

    span: Span
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class Source:
    """A text and the name it is known by in messages."""

    name: str
    text: str


def render(source: Source, problems: tuple[Problem, ...]) -> str:
    """Return a message that shows each problem: its file:line:column, its line with a caret under it, and its hint.

    If there are more than MOST_SHOWN_PROBLEMS, it says how many are not shown.
    """
    lines = source.text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    shown = [_render_one(source.name, lines, problem) for problem in problems[:MOST_SHOWN_PROBLEMS]]
    more = len(problems) - MOST_SHOWN_PROBLEMS
    return "\n".join([*shown, *([f"{source.name}: {more:,} more problems are not shown"] if more > 0 else [])])


def _render_one(name: str, lines: list[str], problem: Problem) -> str:
    span = problem.span
    text = lines[span.line - 1] if span.line <= len(lines) else ""
    end = span.end_column if span.end_line == span.line else len(text) + 1
    first = max(0, span.column - 1 - SHOWN_COLUMNS // 2) if len(text) > SHOWN_COLUMNS else 0
    shown = "".join(c if c.isprintable() else " " for c in text[first : first + SHOWN_COLUMNS])
    start = span.column - 1 - first
    width = max(1, min(end - span.column, SHOWN_COLUMNS - start))
    margin = f"{span.line} | "
    rows = [
        f"{name}:{span.line}:{span.column}: {problem.message}",
        f"  {margin}{shown}",
        f"  {' ' * (len(margin) - 2)}| {' ' * start}{'^' * width}",
    ]
    if problem.hint is not None:
        rows.append(f"  hint: {problem.hint}")
    return "\n".join(rows)
