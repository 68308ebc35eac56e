"""The worked table: what is known of languages, by hand, for both acceptance rules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from crasp.regular.automata.automaton import Automaton, automaton_of_regex, automaton_of_table
from tasks.ground.automata.regex import parse_regex


@dataclass(frozen=True)
class Row:
    """A language, its verdicts (at the end marker, at the last symbol) for plain, local, periodic, both.

    `modulus` and `lookback` are those of the least witness at the end marker, None where there is none.
    """

    name: str
    build: Callable[[], Automaton]
    end: str  # y or n for plain, local, periodic, both
    last: str
    modulus: int | None = None
    lookback: int | None = None


def regex(text: str, alphabet: str | None = None) -> Callable[[], Automaton]:
    return cache(lambda: automaton_of_regex(parse_regex(text), None if alphabet is None else tuple(alphabet)))


def nested(depth: int) -> str:
    return f"(a{nested(depth - 1)}b)*" if depth else ""


def table(rows: dict[str, tuple[str | None, ...]], accepting: str, alphabet: str = "01") -> Callable[[], Automaton]:
    """A transition table whose states are single characters, the first one the start."""
    given = {s: {a: t for a, t in zip(alphabet, row, strict=True) if t is not None} for s, row in rows.items()}
    return cache(lambda: automaton_of_table(tuple(alphabet), given, next(iter(rows)), set(accepting)))


TOMITA3 = table({"e": ("e", "o"), "o": ("z", "e"), "z": ("y", None), "y": ("z", "o")}, "eoy")
TOMITA5 = table({"0": ("1", "2"), "1": ("0", "3"), "2": ("3", "0"), "3": ("2", "1")}, "0")
TOMITA6 = table({"0": ("1", "2"), "1": ("2", "0"), "2": ("0", "1")}, "0")

EVERY, NONE = "yyyy", "nnnn"
LOCAL, PERIODIC, EITHER, TOGETHER = "nyny", "nnyy", "nyyy", "nnny"

ROWS = (
    Row("Tomita-1", regex("1*", "01"), EVERY, EVERY, 1, 0),
    Row("Tomita-2", regex("(10)*", "01"), EVERY, EVERY, 1, 0),
    Row("Tomita-7", regex("0*1*0*1*", "01"), EVERY, EVERY, 1, 0),
    Row("Tomita-3", TOMITA3, NONE, NONE),
    Row("Tomita-4", regex("(1|01|001)*(0|00)?"), LOCAL, LOCAL, 1, 2),
    Row("Tomita-5", TOMITA5, NONE, NONE),
    Row("Tomita-6", TOMITA6, NONE, NONE),
    Row("PARITY", regex("b*(ab*ab*)*"), NONE, NONE),
    Row("(aa)*", regex("(aa)*"), PERIODIC, PERIODIC, 2, 0),
    Row("(aaaa)*", regex("(aaaa)*"), PERIODIC, PERIODIC, 4, 0),
    Row("(abab)*", regex("(abab)*"), PERIODIC, PERIODIC, 4, 0),
    *(Row(f"D_{n}", regex(nested(n)), EVERY, EVERY, 1, 0) for n in (1, 2, 3, 12)),
    Row("{a,b}*d{b,c}*", regex("(a|b)*d(b|c)*"), EVERY, EVERY, 1, 0),
    Row("aa*bb*cc*dd*ee*", regex("aa*bb*cc*dd*ee*"), EVERY, EVERY, 1, 0),
    Row("Sigma*be*", regex("(a|b|e)*be*"), NONE, NONE),
    Row("{0,1,2}*02*", regex("(0|1|2)*02*"), NONE, NONE),
    Row("Sigma*b", regex("(a|b)*b"), LOCAL, EVERY, 1, 1),
    Row("a(a|b)*b", regex("a(a|b)*b"), LOCAL, EVERY, 1, 1),
    Row("(a+b+)+", regex("(a+b+)+"), LOCAL, EVERY, 1, 1),
    Row("Sigma*bSigma", regex("(a|b)*b(a|b)"), LOCAL, LOCAL, 1, 2),
    Row("Sigma*bbSigma*", regex("(a|b)*bb(a|b)*"), LOCAL, LOCAL, 1, 1),
    Row("{a,b,c}*ab{a,b,c}*", regex("(a|b|c)*ab(a|b|c)*"), LOCAL, LOCAL, 1, 1),
    Row("(ab|aabb)*", regex("(ab|aabb)*"), LOCAL, LOCAL, 1, 1),
    Row("(ab|bba)*", regex("(ab|bba)*"), LOCAL, LOCAL, 1, 2),
    Row("(ab|ba)*", regex("(ab|ba)*"), EVERY, EVERY, 1, 0),
    Row("(ab|bbaa)*", regex("(ab|bbaa)*"), EVERY, EVERY, 1, 0),
    Row("(acd|bdc)*", regex("(acd|bdc)*"), EVERY, EVERY, 1, 0),
    Row("(c*ac*b)*c*", regex("(c*ac*b)*c*"), EVERY, EVERY, 1, 0),
    Row("(ab|bbb)*", regex("(ab|bbb)*"), PERIODIC, PERIODIC, 3, 0),
    Row("(a+b+)^3", regex("(a+b+)(a+b+)(a+b+)"), EVERY, EVERY, 1, 0),
    Row("((ab)+b+)+", regex("((ab)+b+)+"), LOCAL, LOCAL, 1, 2),
    Row("length 0 mod 3", regex("(...)*", "ab"), PERIODIC, PERIODIC, 3, 0),
    # Smallest examples of the classes, which the theory's page names beside the table.
    Row("a*", regex("a*"), EVERY, EVERY, 1, 0),
    Row("(a|ab)*", regex("(a|ab)*"), LOCAL, LOCAL, 1, 1),
    Row("(ab|baaa)*", regex("(ab|baaa)*"), EITHER, EITHER),
    Row("(a|abab)*", regex("(a|abab)*"), TOGETHER, TOGETHER, 4, 1),
    # Published deciders get these wrong.
    Row("(ab|daba)*", regex("(ab|daba)*"), EVERY, EVERY, 1, 0),
    Row("(dab|a|cd)*", regex("(dab|a|cd)*"), EVERY, EVERY, 1, 0),
    Row("(baac|b)*", regex("(baac|b)*"), "n...", "n..."),
    Row("(bcaa|b)*", regex("(bcaa|b)*"), "n...", "n..."),
    Row("(cbab|aa)*", regex("(cbab|aa)*"), "n...", "n..."),
    Row("(a*c)*", regex("(a*c)*"), LOCAL, EVERY, 1, 1),
    # Letters that lead along one edge are two amounts; and a letter that only some states keep inside is one amount.
    Row("(ab|bb)*", regex("(ab|bb)*"), PERIODIC, PERIODIC, 2, 0),
    Row("(ab|ac)*", regex("(ab|ac)*"), EVERY, EVERY, 1, 0),
    Row("(b|ca)*", regex("(b|ca)*"), EVERY, EVERY, 1, 0),
    Row("(ab|aca)*", regex("(ab|aca)*"), EVERY, EVERY, 1, 0),
)
