"""Regular expressions to automata, every refusal with its place.

`|` is union, postfix `*`, `+`, `?` repeat, `.` is any token of the alphabet, `()` the empty word, a backslash makes a
letter of the special character after it. White space stands between tokens and means nothing else.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tasks.alphabet import check_alphabet
from tasks.automaton import Automaton, table_automaton

if TYPE_CHECKING:
    from automata.fa.nfa import NFA

MOST_CHARACTERS = 10_000
MOST_SUBSETS = 20_000  # states of the automaton while it is made
PRIVATE = 0xE000  # tokens of several characters become one of these
FOREIGN = {
    "[": "a or b is written (a|b)",
    "]": "a or b is written (a|b)",
    "{": "a repetition is written out: aaa, or aa?",
    "}": "a repetition is written out: aaa, or aa?",
    "^": "an expression always stands for whole words",
    "$": "an expression always stands for whole words",
}
Kind: TypeAlias = Literal["token", "any", "(", ")", "|", "repeat"]


class RegexError(ValueError):
    """The text is no regular expression over the alphabet."""


@dataclass(frozen=True)
class Piece:
    """A token of the alphabet, or a special character, and where it begins and ends, the first place being 1."""

    kind: Kind
    text: str
    place: int
    end: int


def read_regex(text: str, alphabet: tuple[str, ...] | None = None) -> Automaton:
    """The automaton of an expression; without an alphabet its letters are those that occur in it, sorted.

    Tokens of several characters are found in the text where there is one way to; RegexError where there is none, or
    more than one, and for all
    else that cannot be read.
    """
    if len(text) > MOST_CHARACTERS:
        raise RegexError(f"expected a regex of at most {MOST_CHARACTERS} characters, found {len(text)}")
    characters = _characters(text)
    if alphabet is None:
        alphabet = tuple(sorted({piece.text for piece in characters if piece.kind == "token"}))
        if characters and not alphabet:
            raise RegexError(f"the regex {text!r} has no letters: give its alphabet")
    pieces = _tokens(characters, alphabet)
    _check_syntax(pieces)
    check_alphabet(alphabet)
    return _automaton(_nfa(pieces, alphabet), alphabet)


def _characters(text: str) -> list[Piece]:
    """Special characters and letters of one character; what white space divides is no longer side by side."""
    pieces, place = [], 0
    kinds: dict[str, Kind] = {"(": "(", ")": ")", "|": "|", ".": "any", "*": "repeat", "+": "repeat", "?": "repeat"}
    while place < len(text):
        character, at = text[place], place + 1
        if character == "\\":
            place += 1
            if place == len(text):
                raise RegexError(f"the backslash at position {at} of the regex has no character after it")
            pieces.append(Piece("token", text[place], at, at + 1))
        elif character in FOREIGN:
            raise RegexError(f"{character!r} at position {at} of the regex has no meaning here: {FOREIGN[character]}")
        elif not character.isspace():
            pieces.append(Piece(kinds.get(character, "token"), character, at, at))
        place += 1
    return pieces


def _tokens(characters: list[Piece], alphabet: tuple[str, ...]) -> list[Piece]:
    """The characters with neighbours put together to the tokens of the alphabet."""
    pieces: list[Piece] = []
    stretch: list[Piece] = []
    for piece in characters:
        if stretch and (piece.kind != "token" or piece.place > stretch[-1].end + 1):
            pieces.extend(_split(stretch, alphabet))
            stretch = []
        (stretch if piece.kind == "token" else pieces).append(piece)
    return [*pieces, *_split(stretch, alphabet)]


def _split(stretch: list[Piece], alphabet: tuple[str, ...]) -> list[Piece]:
    """The one way to read letters that stand side by side as tokens."""
    text = "".join(piece.text for piece in stretch)
    last_tokens: list[list[str]] = [[""]]  # with which token each beginning that can be read may end
    for end in range(1, len(text) + 1):
        ways = [token for token in alphabet if text.endswith(token, 0, end) and last_tokens[end - len(token)]]
        last_tokens.append(ways)
    if not last_tokens[-1]:
        reach = max(end for end, ways in enumerate(last_tokens) if ways)
        place = stretch[reach].place
        raise RegexError(f"{text[reach:]!r} at position {place} of the regex is not in the alphabet {_shown(alphabet)}")
    one, other = _reading(last_tokens, at_fork=0), _reading(last_tokens, at_fork=1)
    if one != other:
        raise RegexError(
            f"{text!r} at position {stretch[0].place} of the regex is ambiguous: it can be read as {' '.join(one)!r} "
            f"and as {' '.join(other)!r}; put spaces between the tokens"
        )
    pieces, start = [], 0
    for token in one:
        letters = stretch[start : start + len(token)]
        pieces.append(Piece("token", token, letters[0].place, letters[-1].end))
        start += len(token)
    return pieces


def _reading(last_tokens: list[list[str]], *, at_fork: int) -> list[str]:
    """One way to read, from the end; at the first fork on it the way of that number, at all others the first."""
    tokens, end, forked = [], len(last_tokens) - 1, False
    while end:
        ways = last_tokens[end]
        tokens.append(ways[at_fork if len(ways) > 1 and not forked else 0])
        forked = forked or len(ways) > 1
        end -= len(tokens[-1])
    return tokens[::-1]


def _shown(alphabet: tuple[str, ...]) -> str:
    return " ".join(alphabet) if len(alphabet) <= 10 else f"{' '.join(alphabet[:8])} ... {alphabet[-1]}"


def _check_syntax(pieces: list[Piece]) -> None:
    if not pieces:
        raise RegexError("expected a regex, found nothing; the empty word is written ()")
    before: Piece | None = None
    opened: list[Piece] = []
    for piece in pieces:
        nothing_yet = before is None or before.kind in ("(", "|")
        if piece.kind == "repeat" and nothing_yet:
            raise RegexError(f"{piece.text!r} at position {piece.place} of the regex has nothing before it to repeat")
        if (piece.kind == "|" and nothing_yet) or (piece.kind == ")" and before is not None and before.kind == "|"):
            raise RegexError(
                f"{piece.text!r} at position {piece.place} of the regex has nothing before it; "
                "the empty word is written ()"
            )
        if piece.kind == "(":
            opened.append(piece)
        if piece.kind == ")":
            if not opened:
                raise RegexError(f"the ')' at position {piece.place} of the regex closes no '('")
            opened.pop()
        before = piece
    if opened:
        raise RegexError(f"the '(' at position {opened[-1].place} of the regex has no ')'")
    if before is not None and before.kind == "|":
        raise RegexError(
            f"the '|' at position {before.place} of the regex has nothing after it; the empty word is written ()"
        )


def _nfa(pieces: list[Piece], alphabet: tuple[str, ...]) -> "NFA":
    """The expression by automata-lib, a private character for each token: it takes letters of one character."""
    from automata.fa.nfa import NFA

    numbers = {token: chr(PRIVATE + number) for number, token in enumerate(alphabet)}
    text = "".join(numbers[piece.text] if piece.kind == "token" else piece.text for piece in pieces)
    return NFA.from_regex(text, input_symbols=set(numbers.values()))


def _automaton(nfa: "NFA", alphabet: tuple[str, ...]) -> Automaton:
    """The minimal automaton; made here, set of states by set of states, so as to stop before memory is gone."""
    letters = [chr(PRIVATE + number) for number in range(len(alphabet))]
    start = _closed(nfa, frozenset([nfa.initial_state]))
    numbers = {start: 0}
    table: dict[str, tuple[str | None, ...]] = {}
    queue = [start]
    for states in queue:  # grows while it is read
        row: list[str | None] = []
        for letter in letters:
            after = _closed(nfa, frozenset(to for state in states for to in nfa.transitions[state].get(letter, ())))
            if after and after not in numbers:
                numbers[after] = len(numbers)
                queue.append(after)
            row.append(str(numbers[after]) if after else None)
        table[str(len(table))] = tuple(row)
        if len(numbers) > MOST_SUBSETS:
            raise RegexError(f"the automaton of the regex has more than {MOST_SUBSETS} states")
    accepting = {str(number) for states, number in numbers.items() if states & nfa.final_states}
    return table_automaton(alphabet, "0", table, accepting)


def _closed(nfa: "NFA", states: frozenset[int]) -> frozenset[int]:
    """The states with those that are reached without a letter."""
    found, waiting = set(states), list(states)
    while waiting:
        for to in nfa.transitions[waiting.pop()].get("", ()):
            if to not in found:
                found.add(to)
                waiting.append(to)
    return frozenset(found)
