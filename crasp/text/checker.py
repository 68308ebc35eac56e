"""Checks a syntax tree and lowers it to the typed straight-line form, or reports every problem with its place."""

from crasp.errors import CraspError, Problem, Source, Span
from crasp.meaning import ir
from crasp.spelling import near
from crasp.text import syntax
from crasp.text.families import read_alphabet
from crasp.text.lowering import Lines, lower_definition
from crasp.text.scopes import Names, Signature, check_definition


def check(
    program: syntax.Program,
    source: Source,
    *,
    problems: tuple[Problem, ...] = (),
    unreadable: frozenset[str] = frozenset(),
) -> ir.Program:
    """The program, expanded and typed.

    Args:
        program: The definitions that could be parsed.
        source: The text and its name, for the messages.
        problems: The problems that the parser found. They are reported with those found here.
        unreadable: The names whose definitions could not be parsed. Their uses are not reported again.

    Raises:
        CraspError: The program has at least one problem. The error carries all of them.
    """
    found = list(problems)
    names = Names(
        alphabet=read_alphabet(program.alphabet, found),
        problems=found,
        above={name: Signature(None, None) for name in unreadable},
        everywhere=frozenset(d.name for d in program.definitions) | unreadable,
    )
    lines = Lines(names, refused=set(unreadable))
    for definition in program.definitions:
        before = len(found)
        check_definition(definition, names)
        if len(found) > before:
            lines.refused.add(definition.name)
        elif names.alphabet.tokens:
            lower_definition(definition, lines)
    defined = {d.name for d in lines.definitions} | lines.refused
    if not problems and names.alphabet.tokens and not {"accept", "next"} & defined:
        message = "expected a definition of `accept(i)` or of at least one `next[...](i)`"
        names.refuse(_end(program), message, _misspelt(program))
    if found:
        raise CraspError(source, tuple(found))
    return _program(names, lines)


def _misspelt(program: syntax.Program) -> str | None:
    """A hint that names the first definition whose name is nearly `accept` or `next`; None if there is none."""
    for definition in program.definitions:
        output = near(definition.name, ("accept", "next"))
        if output not in (None, definition.name):
            return f"an output is called `{output}`, found `{definition.name}`"
    return None


def _end(program: syntax.Program) -> Span:
    if not program.definitions:
        return Span(1, 1, 1, 1)
    last = program.definitions[-1].span
    return Span(last.end_line, last.end_column, last.end_line, last.end_column)


def _program(names: Names, lines: Lines) -> ir.Program:
    outputs = (*names.alphabet.tokens, ir.EOS)
    next_lines = {key[1]: line for key, line in lines.members.items() if key[0] == "next"}
    return ir.Program(
        alphabet=names.alphabet.tokens,
        lines=tuple(lines.lines),
        definitions=tuple(lines.definitions),
        accept=lines.members.get(("accept",)),
        next=tuple((token, next_lines[token]) for token in outputs if token in next_lines),
    )
