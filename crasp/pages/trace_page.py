"""The page of a trace: the program's text beside the values of its definitions on a word."""

from pathlib import Path

from crasp.errors import Source
from crasp.meaning import ir
from crasp.meaning.trace_table import TraceTable
from crasp.pages.program_text import number_definitions, text_pieces
from crasp.pages.value_rows import NamedValues, group_rows, shown_positions
from tasks.ground.html import render


def trace_page(source: Source, program: ir.Program, table: TraceTable) -> str:
    """The page of a program, its text, and its values on a word.

    Args:
        source: The program's text and its name.
        program: The typed program.
        table: The values of its definitions on the word.
    """
    numbered = number_definitions(program)
    positions = shown_positions(len(table.word) + 1)
    rows = [
        NamedValues(
            definition.display,
            definition.name if definition.display != definition.name else "",
            row.values,
            definition=number,
            is_output=definition.line in program.outputs,
        )
        for definition, row, number in zip(program.definitions, table.rows, numbered.of_member, strict=True)
    ]
    return render(
        Path(__file__).with_name("trace_page.html"),
        title=f"{source.name} on {' '.join(table.word) or 'the empty word'}",
        pieces=text_pieces(source.text, numbered.spans),
        reads=numbered.reads,
        groups=group_rows(rows, positions),
        positions=positions,
        tokens=("", *table.word),
    )
