"""The text of a program whose letters share one condition: the definitions that it uses, and a line for each family."""

from collections.abc import Sequence

from crasp.errors import Source
from crasp.spelling import spell_token
from crasp.text.formatter import format_text
from eval.explain.answers.letter_atoms import LETTER, MARK
from eval.explain.atom_choice import AtomCondition
from eval.explain.atom_program import written
from eval.explain.atoms import MODULI, Atom

RESIDUES = tuple(
    (
        f"in_word_{r}_of_{m}[",
        f"in_word_{r}_of_{m}[s](i) := #[j <= i] (Q[s](j) and not asked(j) and j % {m} = {r})  for s in alphabet",
    )
    for m in MODULI
    for r in range(m)
)
DEFINITIONS = (
    ("asked(", f"asked(i) := #[j <= i] Q[{MARK}](j) > 0"),
    ("length(", "length(i) := #[j <= i] not asked(j)"),
    ("answered(", "answered(i) := #[j <= i] asked(j)"),
    ("number[", "number[s](i) := #[j <= i] Q[s](j)  for s in alphabet"),
    ("in_word[", "in_word[s](i) := #[j <= i] (Q[s](j) and not asked(j))  for s in alphabet"),
    ("said[", "said[s](i) := #[j <= i] (Q[s](j) and asked(j))  for s in alphabet"),
    ("seen[", "seen[s](i) := #[j <= i] Q[s](j) > 0  for s in alphabet"),
    ("age[", "age[s](i) := #[j <= i] seen[s](j)  for s in alphabet"),
    *RESIDUES,
    ("above[", "above[s](i) := any[t in LETTERS if t < s] Q[t](i)  for s in LETTERS"),
    ("under[", "under[s](i) := any[t in LETTERS if t > s] Q[t](i)  for s in LETTERS"),
    (
        "follows[",
        "follows[t, s](i) := #[j <= i] (Q[s](j) and #[k <= j, k = j - 1] Q[t](k) = 1) > 0"
        "  for t in alphabet, s in alphabet",
    ),
    ("follows_since[", "follows_since[t, s](i) := #[j <= i] follows[t, s](j)  for t in alphabet, s in alphabet"),
)


def spelt_set(letters: Sequence[str]) -> str:
    """The letters as a set in the language's notation, such as {a..e} if they form a range."""
    return f"{{{', '.join(_ranges(letters))}}}"


def _ranges(letters: Sequence[str]) -> list[str]:
    numbers = all(letter.isdecimal() and str(int(letter)) == letter for letter in letters)
    small = all(len(letter) == 1 and "a" <= letter <= "z" for letter in letters)
    if len(letters) > 2 and (numbers or small):
        places = [int(letter) if numbers else ord(letter) for letter in letters]
        if places == list(range(places[0], places[0] + len(places))):
            return [f"{letters[0]}..{letters[-1]}"]
    return [spell_token(letter) for letter in letters]


def answer_program(
    alphabet: Sequence[str],
    mark: int,
    letter: AtomCondition,
    end: AtomCondition,
    atoms: tuple[Sequence[Atom], Sequence[Atom]],
    title: str,
) -> str:
    """The program in the canonical layout: all its letters by one condition, its end by another.

    Args:
        alphabet: The tokens, including the mark.
        mark: The number of the mark.
        letter: The condition that all letters share.
        end: The condition of the end.
        atoms: The atoms of the condition of the letters, and those of the condition of the end.
        title: The first comment lines.
    """
    letters = [token for number, token in enumerate(alphabet) if number != mark]
    said = written(letter, tuple(atoms[0])).replace(LETTER, "s")
    ended = written(end, tuple(atoms[1]))
    body = [
        f"next[s](i) := asked(i) and ({said})  for s in LETTERS",
        f"next[eos](i) := asked(i) and ({ended})",
    ]
    return _laid_out(alphabet, mark, letters, body, title)


def listed_program(
    alphabet: Sequence[str], mark: int, conditions: Sequence[AtomCondition], atoms: Sequence[Atom], title: str
) -> str:
    """The program in the canonical layout whose tokens have a condition each.

    Args:
        alphabet: The tokens, including the mark.
        mark: The number of the mark.
        conditions: The conditions of the tokens of the alphabet in order, and then of the end.
        atoms: The atoms of all conditions.
        title: The first comment lines.
    """
    lines = []
    for token, condition in zip([*map(spell_token, alphabet), "eos"], conditions, strict=True):
        if condition.constant is not False:
            lines.append(f"next[{token}](i) := asked(i) and ({written(condition, tuple(atoms))})")
    lines += [] if lines else ["next[eos](i) := false"]
    return _laid_out(alphabet, mark, [t for n, t in enumerate(alphabet) if n != mark], lines, title)


def _laid_out(alphabet: Sequence[str], mark: int, letters: Sequence[str], body: list[str], title: str) -> str:
    lines: list[str] = []
    text = "\n".join(body)
    if "position(" in text:
        lines.append("position(i) := #[j <= i] true")
    for name, definition in reversed(DEFINITIONS):
        if _used(name, text + "\n".join(lines)):
            lines.insert(0, definition)
    before, after = alphabet[:mark], alphabet[mark + 1 :]
    spelt = [*_ranges(before), spell_token(alphabet[mark]), *_ranges(after)]
    whole = [*(f"// {line}" for line in title.splitlines()), f"alphabet {' '.join(spelt)}", "", *lines, "", *body, ""]
    named = "\n".join(whole).replace("LETTERS", spelt_set(letters)).replace(MARK, spell_token(alphabet[mark]))
    return format_text(Source("explained", named))


def _used(name: str, text: str) -> bool:
    """Whether the name occurs as a whole word."""
    place = text.find(name)
    while place >= 0:
        if place == 0 or not (text[place - 1].isalnum() or text[place - 1] == "_"):
            return True
        place = text.find(name, place + 1)
    return False
