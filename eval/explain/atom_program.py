"""The text of a program that is made from the condition of each output, with a line `live` that makes it total.

The conditions are right only on live prefixes, in which no letter was forbidden. So the program has to say by itself
which prefixes are live. If a condition for this was found that is right wherever it was tried, that is the line `live`.
Otherwise the program checks at each position whether the letter here was among those that might follow one position
back, which is a look-back of one letter, and a prefix is live if this never failed.
"""

from dataclasses import dataclass

from crasp.errors import Source
from crasp.meaning.ir import Program
from crasp.spelling import spell_token
from crasp.text.formatter import format_text
from crasp.text.loader import read_program
from eval.explain.atom_choice import AtomCondition
from eval.explain.atoms import Atom, letter_sign


@dataclass(frozen=True)
class ChosenConditions:
    """For each output (the letters, then the end) the condition under which it may come after a live prefix.

    `first` is the mask of the empty word. `live` is a condition that holds exactly on live prefixes, None if none was
    found. The conditions refer to `atoms` by number.
    """

    alphabet: tuple[str, ...]
    atoms: tuple[Atom, ...]
    outputs: tuple[AtomCondition, ...]
    first: int
    live: AtomCondition | None = None

    @property
    def size(self) -> int:
        """The total size of all conditions."""
        return sum(condition.size for condition in self.outputs) + (0 if self.live is None else self.live.size)


def program_text(chosen: ChosenConditions, title: str) -> str:
    """The text of the program in the canonical layout, with the lines of `title` as its first comments."""
    alphabet = [spell_token(letter) for letter in chosen.alphabet]
    lines = [*(f"// {line}" for line in title.splitlines()), f"alphabet {' '.join(alphabet)}", ""]
    conditions = [written(condition, chosen.atoms) for condition in chosen.outputs]
    live = None if chosen.live is None else written(chosen.live, chosen.atoms)
    body = [*_live_lines(chosen, alphabet, conditions, live), ""]
    if live is None:
        conditions = [f"may[{letter}](i)" for letter in alphabet] + conditions[-1:]
    elif live == "true":
        body = []
    for letter, condition in zip([*alphabet, "eos"], conditions, strict=True):
        body.append(f"next[{letter}](i) := {_with_live(condition, live)}")
    text = "\n".join(body)
    if "number[" in text:
        lines.append("number[s](i) := #[j <= i] Q[s](j)  for s in alphabet")
    if "position(" in text:
        lines.append("position(i) := #[j <= i] true")
    return format_text(Source("explained", "\n".join([*lines, "", *body, ""])))


def program_of(text: str) -> Program:
    """The program of a text that was written here.

    Raises:
        CraspError: The text is no program, which is a defect of this package.
    """
    return read_program(Source("explained", text))


def _with_live(condition: str, live: str | None) -> str:
    if live == "true" or condition == "false":
        return condition
    return "live(i)" if condition == "true" else f"live(i) and ({condition})"


def _live_lines(chosen: ChosenConditions, alphabet: list[str], conditions: list[str], live: str | None) -> list[str]:
    """The lines that define `live`: no earlier letter was forbidden."""
    if live is not None:
        return [f"live(i) := {live}"]
    lines = [f"may[{letter}](i) := {condition}" for letter, condition in zip(alphabet, conditions, strict=False)]
    begins = [letter_sign(letter) for bit, letter in enumerate(chosen.alphabet) if not chosen.first >> bit & 1]
    late = [
        f"({letter_sign(letter)}(i) and position(i) > 1 and #[j <= i, j = i - 1] may[{spell_token(letter)}](j) = 0)"
        for letter in chosen.alphabet
    ]
    early = [f"(position(i) = 1 and ({' or '.join(f'{sign}(i)' for sign in begins)}))"] if begins else []
    return [*lines, f"wrong(i) := {' or '.join(late + early)}", "live(i) := #[j <= i] wrong(j) = 0"]


def written(condition: AtomCondition, atoms: tuple[Atom, ...]) -> str:
    """The text of a condition at the position `i`."""
    if condition.constant is not None:
        return "true" if condition.constant else "false"
    if condition.split is not None:
        assert condition.when is not None
        assert condition.otherwise is not None
        return _split(atoms[condition.split], written(condition.when, atoms), written(condition.otherwise, atoms))
    found = [f"({atoms[each.atom].at('i', negated=each.negated)})" for each in condition.literals]
    return f" {'or' if condition.disjunction else 'and'} ".join(found)


def _split(atom: Atom, when: str, otherwise: str) -> str:
    """The text of a case split by an atom, simplified where one of the cases is constant."""
    here, not_here = (f"({atom.at('i', negated=negated)})" for negated in (False, True))
    match when, otherwise:
        case "true", "false":
            return here
        case "false", "true":
            return not_here
        case "true", _:
            return f"({here} or ({otherwise}))"
        case "false", _:
            return f"({not_here} and ({otherwise}))"
        case _, "true":
            return f"({not_here} or ({when}))"
        case _, "false":
            return f"({here} and ({when}))"
        case _:
            return f"(({here} and ({when})) or ({not_here} and ({otherwise})))"
