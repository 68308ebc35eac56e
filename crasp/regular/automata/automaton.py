"""Automata for the decision, as tasks/ground/automata/automaton.py defines them."""

from tasks.ground.automata.automaton import (
    MOST_STATES,
    Automaton,
    SizeError,
    automaton_of_table,
    counted,
    explore,
    minimise,
)
from tasks.ground.automata.regex import automaton_of_regex, parse_regex

__all__ = [
    "MOST_STATES",
    "Automaton",
    "SizeError",
    "automaton_of_regex",
    "automaton_of_table",
    "counted",
    "explore",
    "minimise",
    "parse_regex",
]
