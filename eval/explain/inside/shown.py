"""What was seen inside in every form that it is shown in; where looking fails, why it could not be seen."""

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
    """Lines of text, JSON data, and HTML that stands below a heading."""

    lines: tuple[str, ...]
    record: dict[str, Any]
    picture: Markup


def shown_inside(look: Callable[[], InsideEvidence]) -> InsideShown:
    """What is seen, or one line with the exception that looking ended in: the verdict that was found before stands.

    Standard error then also has the places of the exception, for it is a defect.
    """
    try:
        found = look()
        return InsideShown(tuple(lines_inside(found)), found.record(), inside_picture(found))
    except Exception as error:
        why = " ".join(f"{type(error).__name__}: {message_of(error)}".split())
        print(f"Looking inside the model failed, which is a defect:\n{defect_lines(error)}", file=sys.stderr)
        return unseen_inside(why)


def unseen_inside(why: str) -> InsideShown:
    """That nothing was seen, and why."""
    line = f"inside, which decides nothing: it could not be seen: {why}"
    return InsideShown((line,), {"not_seen": why}, Markup("<p>{}</p>").format(line))
