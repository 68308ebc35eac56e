"""The errors of a program text: every problem with its place."""

from tasks.ground.automata.text_places import Problem, Source, Span, render

__all__ = ["CraspError", "Problem", "Source", "Span", "render"]


class CraspError(Exception):
    """A program text was refused. `problems` has every reason, in the order of the text."""

    def __init__(self, source: Source, problems: tuple[Problem, ...]) -> None:
        self.source = source
        self.problems = tuple(sorted(problems, key=lambda p: (p.span.line, p.span.column)))
        super().__init__(render(source, self.problems))
