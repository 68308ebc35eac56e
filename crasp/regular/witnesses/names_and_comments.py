"""Names and comments of a synthesised program, which say what component or state a definition is about."""

from collections.abc import Iterable

from crasp.regular.automata.moore_machine import Machine, components
from crasp.regular.witnesses.features import Feature, Following
from crasp.regular.witnesses.short_conditions import UNKNOWN

SHOWN_STATES = 24  # the most states that a comment lists


def describe_states(machine: Machine) -> list[str]:
    """Lines of a comment that list the states, each with a shortest word, and the components."""
    words = [" ".join(word) or "the empty word" for word in machine.words]
    lines = ["States of the minimal automaton before a letter, each with a shortest word that leads there:"]
    lines += [f"  {state}: {word}" for state, word in enumerate(words[:SHOWN_STATES])]
    if len(words) > SHOWN_STATES:
        lines.append(f"  and {len(words) - SHOWN_STATES} more")
    for number, part in enumerate(components(machine), 1):
        lines.append(f"Component {number}, inside which it can go round for ever: states {_list(part.states)}")
    return lines


def _list(numbers: Iterable[int]) -> str:
    given = sorted(numbers)
    return " ".join(map(str, given[:SHOWN_STATES])) + (" ..." if len(given) > SHOWN_STATES else "")


def _values_by_state(feature: Feature, following: Following) -> dict[int, set[int]]:
    """For each state of the machine the values that the feature has there, where it means something."""
    found: dict[int, set[int]] = {}
    for place, value in zip(following.product.places, feature.values, strict=True):
        if value != UNKNOWN:
            found.setdefault(place.state, set()).add(value)
    return found


def name_of(feature: Feature, following: Following) -> str:
    """A name for a feature, after the component that a level tracks or after the states that a flag is about."""
    machine = following.product.machine
    values = _values_by_state(feature, following)
    if feature.kind == "level":
        varied = [
            number
            for number, part in enumerate(components(machine), 1)
            if len({value for state in part.states for value in values.get(state, ())}) > 1
        ]
        return f"level_c{varied[0]}" if len(varied) == 1 else "level"
    far = sorted(state for state, found in values.items() if 1 in found)
    near = sorted(state for state, found in values.items() if 0 in found)
    if len(far) == 1 and far[0] in machine.sinks:
        answers = set(machine.answers[far[0]])
        return "done" if answers == {True} else "dead" if len(answers) == 1 else f"ended_{far[0]}"
    return f"reached_{far[0]}" if len(far) <= len(near) or far[0] not in near else f"left_{near[0]}"


def meaning_of(feature: Feature, following: Following) -> str:
    """A comment on a feature: which states each of its values stands for."""
    values = _values_by_state(feature, following)
    states: dict[int, list[int]] = {}
    for state, found in values.items():
        for value in found:
            states.setdefault(value, []).append(state)
    parts = [f"{value} in {_list(states[value])}" for value in sorted(states)[:SHOWN_STATES]]
    more = ", ..." if len(states) > SHOWN_STATES else ""
    if feature.kind == "flag":
        return f"from the letter on that leads from state {_list(states.get(0, []))} to {_list(states.get(1, []))}"
    shared = any(len(found) > 1 for found in values.values())
    seen = "; the letters before and the position show which" if shared else ""
    return f"state by state, {', '.join(parts)}{more}{seen}"
