"""Reports what was learnt, for each output by itself: as lines of text, and as JSON data."""

from typing import Any

from crasp.learning.formula import size_of
from crasp.learning.grammar import Grammar
from crasp.learning.learning import LearntProgram
from crasp.learning.output_search import Learnt, StopReason
from tasks.ground.automata.automaton import counted

EQUIVALENT: dict[bool | None, str] = {
    True: "its language is the given one; this is decided for all words",
    False: "its language is not the given one",
    None: "it is not decided whether its language is the given one; the two agree on the words above",
}
STOPPED: dict[StopReason, str] = {
    "interrupted": "The search was interrupted; this is what it had found.",
    "out of memory": "The search ran out of memory; this is what it had found.",
    "out of time": "The search ran out of time before it was complete.",
}


def record_of(
    found: LearntProgram | None, seconds: float, text: str | None = None, *, equivalent: bool | None = None
) -> dict[str, Any]:
    """The result as JSON data.

    Args:
        found: What was learnt; None for a language that is known to have no program.
        seconds: How long it took.
        text: The text of the program that is printed, or None.
        equivalent: Whether the program's language is the given one; None if that is not decided.
    """
    record: dict[str, Any] = {
        "program": text,
        "size": found.size if found is not None and text is not None else 0,
        "excluded_below": 1 + (found.excluded if found is not None else 0),
        "complete": found is not None and text is not None and found.minimal,
        "equivalent": equivalent,
        "agrees": {"words": 0, "prefixes": 0, "longest": 0},
        "seconds": round(seconds, 2),
        "stopped": None if found is None else found.stopped,
        "road": None if found is None or text is None else "automaton" if found.by_automaton else "formulas",
        "outputs": [] if found is None else [_output_record(found, output) for output in found.outputs],
    }
    if found is not None and text is not None:
        record["agrees"] = {"words": found.words, "prefixes": found.prefixes, "longest": found.longest}
        grammars = list(dict.fromkeys(grammar for _, grammar in found.outputs.values()))
        one = grammars[0] if len(grammars) == 1 else None  # what is excluded holds for the grammar of each output
        record["operations"] = found.operations
        record["fragment"] = one and one.fragment
        record["grammar"] = one and one.record()
    return record


def _output_record(found: LearntProgram, output: str) -> dict[str, Any]:
    learnt, grammar = found.outputs[output]
    return {
        "output": output,
        "size": found.size_of_output(output),
        "excluded_below": learnt.excluded + 1,
        "complete": found.minimal_output(output),
        "fragment": grammar.fragment,
        "grammar": grammar.record(),
        "points": learnt.points,
        "labels": len(found.labels[output]),
        "carried": learnt.carried,
        "stopped": learnt.stopped,
    }


def heading_of(found: LearntProgram, *, regular: bool = False, equivalent: bool | None = None) -> list[str]:
    """The comment lines above the program: how large it is, which labels it agrees with, and what is excluded.

    Args:
        found: What was learnt, with a program.
        regular: Whether a regular language was given. A line then says whether the program's language is equal to it.
        equivalent: Whether it is; None if that is not decided.
    """
    agrees = (
        f"{counted(found.operations, 'operation')} with sharing; agrees with {found.prefixes:,} labelled prefixes of "
        f"{found.words:,} words, to length {found.longest}"
    )
    outcomes = {
        output: _claimed(found.decided[output], *part) if output in found.decided else _outcome(*part)
        for output, part in found.outputs.items()
    }
    if len(outcomes) == 1:
        ((nodes, claim),) = outcomes.values()
        lines = [f"{nodes}, {agrees}", claim]
    else:
        lines = [agrees, *(f"{output}: {nodes}; {claim}" for output, (nodes, claim) in outcomes.items())]
    if regular:
        lines.append(EQUIVALENT[equivalent])
    return [f"// {line}" for line in (*lines, *(f"warning: {warning}" for warning in found.warnings))]


def known_of(found: LearntProgram) -> list[str]:
    """What is known if there is no program: a line for each output, and one that says what ended the search."""
    lines = []
    for output, (learnt, grammar) in found.outputs.items():
        place = "" if len(found.outputs) == 1 else f"{output}: "
        if learnt.formula is not None:
            lines.append(place + "; ".join(_outcome(learnt, grammar)))
            continue
        none = f"none up to size {learnt.excluded}" if learnt.excluded else "none found"
        line = f"{place}{none}: {_exclusion(learnt, grammar)}."
        if learnt.carried:
            line += (
                f" The {len(found.labels[output]):,} labels support a program of at most {learnt.carried} nodes, one "
                "node for ten labels. Larger programs were not searched for."
            )
        lines.append(line)
    return lines + ([] if found.stopped is None else [STOPPED[found.stopped]])


def _outcome(learnt: Learnt, grammar: Grammar) -> tuple[str, str]:
    """The size of the formula that was found, and what is claimed of it."""
    assert learnt.formula is not None
    return _claimed(size_of(learnt.formula), learnt, grammar)


def _claimed(size: int, learnt: Learnt, grammar: Grammar) -> tuple[str, str]:
    least = "minimal"
    if size > learnt.excluded + 1:
        first, last = learnt.excluded + 1, size - 1
        unknown = f"size {first}" if first == last else f"sizes {first} to {last}"
        least = f"not proved minimal: {unknown} unknown"
    return counted(size, "node"), f"{least}; " + ("no formula is smaller" if size == 1 else _exclusion(learnt, grammar))


def _exclusion(learnt: Learnt, grammar: Grammar) -> str:
    if not learnt.excluded:
        return "no size is excluded"
    return (
        f"no {grammar.fragment} formula of size <= {learnt.excluded} in G ({grammar.in_words}) agrees with the labels "
        f"at {learnt.points:,} points"
    )
