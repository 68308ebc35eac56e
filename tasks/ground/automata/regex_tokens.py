"""The tokens of a regular expression: neighbouring characters are put together to tokens of the alphabet."""

from collections.abc import Sequence
from typing import TypeAlias

from tasks.ground.automata.regex_text import Class, Letter, Operator, Piece, Repetition, letters_between, span_of
from tasks.ground.automata.text_places import Problem
from tasks.ground.automata.tokens import shown_alphabet

LetterSet: TypeAlias = tuple[int, ...]  # a set of letters of which one is read, by their numbers in the alphabet
RegexItem: TypeAlias = LetterSet | Operator | Repetition


def resolve(text: str, pieces: Sequence[Piece], alphabet: tuple[str, ...]) -> tuple[list[RegexItem], list[Problem]]:
    """Return the items of the expression, and the problems with what is no token of the alphabet.

    In the items, sets of tokens stand for letters, classes and full stops.

    Args:
        text: The expression.
        pieces: Its pieces, in order.
        alphabet: The tokens.
    """
    resolver = _Resolver(text, alphabet)
    items: list[RegexItem] = []
    stretch: list[Letter] = []
    for piece in pieces:
        if stretch and not (isinstance(piece, Letter) and piece.start == stretch[-1].end):
            items += [(number,) for number in resolver.numbers_of(stretch)]
            stretch = []
        if isinstance(piece, Letter):
            stretch.append(piece)
        elif isinstance(piece, Class):
            items.append(resolver.members_of(piece))
        elif isinstance(piece, Operator) and piece.kind == ".":
            items.append(resolver.every)
        else:
            items.append(piece)
    items += [(number,) for number in resolver.numbers_of(stretch)]
    return items, resolver.problems


class _Resolver:
    """Finds the tokens of the alphabet in stretches of characters; `problems` says what was not found."""

    def __init__(self, text: str, alphabet: tuple[str, ...]) -> None:
        self.text = text
        self.alphabet = alphabet
        self.numbers = {token: number for number, token in enumerate(alphabet)}
        self.every: LetterSet = tuple(range(len(alphabet)))
        self.lengths = sorted({len(token) for token in alphabet})
        self.problems: list[Problem] = []

    def numbers_of(self, stretch: Sequence[Letter]) -> list[int]:
        """Return the tokens as which letters side by side are read; it is a problem unless there is just one way."""
        text = "".join(letter.text for letter in stretch)
        if self.lengths == [1]:
            missing = [letter for letter in stretch if letter.text not in self.numbers]
            if missing:
                self._refuse(missing[0].start, missing[0].end, f"`{missing[0].text}` {self._not_in()}")
                return []
            return [self.numbers[letter] for letter in text]
        endings = self._endings(text)
        if not endings[-1]:
            reach = max(end for end, ways in enumerate(endings) if ways)
            found = text[reach : reach + 20]
            self._refuse(stretch[reach].start, stretch[-1].end, f"`{found}` {self._not_in()}")
            return []
        one, other = _reading(endings, at_fork=0), _reading(endings, at_fork=1)
        if one != other:
            ways = f"it can be read as `{' '.join(one)}` and as `{' '.join(other)}`"
            self._refuse(
                stretch[0].start, stretch[-1].end, f"`{text}` is ambiguous: {ways}", "put spaces between the tokens"
            )
            return []
        return [self.numbers[token] for token in one]

    def members_of(self, piece: Class) -> LetterSet:
        """Return the tokens of a class; a range holds the tokens of the alphabet that lie in it."""
        named: set[int] = set()
        stretch: list[Letter] = []
        for letter in piece.letters:
            if stretch and letter.start != stretch[-1].end:
                named.update(self.numbers_of(stretch))
                stretch = []
            stretch.append(letter)
        known = len(self.problems)
        named.update(self.numbers_of(stretch) if stretch else ())
        for first, last in piece.ranges:
            inside = {self.numbers[letter] for letter in letters_between(first, last) if letter in self.numbers}
            if not inside:
                self._refuse(piece.start, piece.end, f"the range {first}-{last} {self._not_in()}")
            named |= inside
        members = tuple(n for n in self.every if (n in named) != piece.excluded)
        if not members and len(self.problems) == known:
            hint = "`[^a]` is every token of the alphabet but a; see --alphabet"
            self._refuse(
                piece.start, piece.end, f"nothing is left of the alphabet {shown_alphabet(self.alphabet)}", hint
            )
        return members

    def _endings(self, text: str) -> list[list[str]]:
        """Return for each beginning of the text the tokens that may end a reading of it; [""] for the empty one."""
        endings: list[list[str]] = [[""]]
        for end in range(1, len(text) + 1):
            starts = [end - length for length in self.lengths if length <= end and endings[end - length]]
            endings.append([text[start:end] for start in starts if text[start:end] in self.numbers])
        return endings

    def _not_in(self) -> str:
        return f"is not in the alphabet {shown_alphabet(self.alphabet)}"

    def _refuse(self, start: int, end: int, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(span_of(self.text, start, end), message, hint))


def _reading(endings: list[list[str]], *, at_fork: int) -> list[str]:
    """Return one way to read the text, found from its end.

    Where several tokens are possible it takes the first; at the first such place it takes the one of number `at_fork`.
    """
    tokens, end, forked = [], len(endings) - 1, False
    while end:
        ways = endings[end]
        tokens.append(ways[at_fork if len(ways) > 1 and not forked else 0])
        forked = forked or len(ways) > 1
        end -= len(tokens[-1])
    return tokens[::-1]
