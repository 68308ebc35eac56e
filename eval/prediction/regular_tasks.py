"""The regular tasks of the benchmark as regular expressions, which are independent of the tasks' own labels."""

from collections.abc import Mapping
from types import MappingProxyType

from tasks.ground.automata.automaton import Automaton
from tasks.ground.automata.regex import automaton_of_regex, parse_regex


def _nested(depth: int) -> str:
    return f"(a{_nested(depth - 1)}b)*" if depth else ""


# For each task an expression and its alphabet. That of parity is for words with an even number of 1s.
EXPRESSIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "parity": ("0*(10*10*)*", "01"),
        "tomita1": ("1*", "01"),
        "tomita2": ("(10)*", "01"),
        "tomita3": ("(0|1((00)+1)*1)*(1((00)+1)*((00)+)?)?", "01"),
        "tomita4": ("(1|01|001)*(0|00)?", "01"),
        "tomita5": ("((00|11)|(01|10)(00|11)*(01|10))*", "01"),
        "tomita6": ("(0(01)*(1|00)|1(10)*(0|11))*", "01"),
        "tomita7": ("0*1*0*1*", "01"),
        **{f"d_{depth}": (_nested(depth), "ab") for depth in (2, 3, 4, 12)},
        "aa_star": ("(aa)*", "a"),
        "aaaa_star": ("(aaaa)*", "a"),
        "abab_star": ("(abab)*", "ab"),
        "ab_star_d_bc_star": ("(a|b)*d(b|c)*", "abcd"),
        "aabbccddee": ("aa*bb*cc*dd*ee*", "abcde"),
        "012_star_0_2_star": ("(0|1|2)*02*", "012"),
    }
)


def automaton_of_task(name: str) -> Automaton:
    """The minimal automaton of a regular task's language.

    Raises:
        KeyError: The task is not in the table of regular tasks.
    """
    text, alphabet = EXPRESSIONS[name]
    return automaton_of_regex(parse_regex(text), tuple(alphabet))
