"""The sections on experiments that follow the leaderboard, in the order of the page."""

from collections.abc import Callable
from typing import TypeAlias

from eval.compiled_start.section import compiled_start_section
from eval.encoding_suite.section import encodings_section
from eval.lengths.section import training_length_section
from eval.page.page_frame import Section, Sources
from eval.reading.section import reading_section
from eval.site.architectures_section import architectures_section
from eval.teacher.section import teacher_section

SectionMaker: TypeAlias = Callable[[Sources], Section | None]

EXPERIMENTS: tuple[SectionMaker, ...] = (
    encodings_section,
    architectures_section,
    compiled_start_section,
    reading_section,
    training_length_section,
    teacher_section,
)


def experiment_sections(sources: Sources) -> tuple[Section, ...]:
    """Return the sections that have something to show."""
    made = (make(sources) for make in EXPERIMENTS)
    return tuple(section for section in made if section is not None)
