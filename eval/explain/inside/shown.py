"""What was seen inside a model, in each form in which it is shown, or why it could not be seen."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from eval.explain.inside.evidence import InsideEvidence
from eval.explain.inside.inside_lines import lines_inside
from eval.explain.inside.picture import inside_picture
from tasks.ground.console import defect_lines, message_of


@dataclass(frozen=True)
class InsideShown:
    """The evidence as lines of text, as JSON data, and as HTML that stands below a heading."""

    lines: tuple[str, ...]
    record: dict[str, Any]
    picture: Markup


def shown_inside(look: Callable[[], InsideEvidence]) -> InsideShown:
    """What `look` sees, or one line that names the exception in which it ended, so that the verdict is not lost.

    Such an exception is a defect, so standard error also gets the places where it was raised.
    """
    try:
        found = look()
        return InsideShown(tuple(lines_inside(found)), found.record(), inside_picture(found))
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {message_of(error)}".split())
        print(f"Looking inside the model failed, which is a defect:\n{defect_lines(error)}", file=sys.stderr)
        return unseen_inside(why)


def unseen_inside(why: str) -> InsideShown:
    """A line, in each form, that says that nothing was seen, and why."""
    line = f"inside, which decides nothing: it could not be seen: {why}"
    return InsideShown((line,), {"not_seen": why}, Markup("<p>{}</p>").format(line))
