"""The conditions that were chosen for each output as a program's text, made total by a `dead` line.

The conditions are right on what is allowed; whether an earlier letter was forbidden the program says itself: it looks
one position back whether the letter here was among those that might follow (a look-back of one letter), or holds to a
condition that was found for the same and is right wherever it was tried.
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
    """For each letter and then the end, when it may come on a live prefix; and what holds on live prefixes alone.

    `first` is the mask of the empty word; `live` is None where no such condition was found.
    """

    alphabet: tuple[str, ...]
    atoms: tuple[Atom, ...]
    outputs: tuple[AtomCondition, ...]
    first: int
    live: AtomCondition | None = None

    @property
    def size(self) -> int:
        """The sizes of all conditions together."""
        return sum(condition.size for condition in self.outputs) + (0 if self.live is None else self.live.size)


def program_text(chosen: ChosenConditions, title: str) -> str:
    """The program, in the canonical layout."""
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
    """The program that was written; CraspError where it is none, which is a defect."""
    return read_program(Source("explained", text))


def _with_live(condition: str, live: str | None) -> str:
    if live == "true" or condition == "false":
        return condition
    return "live(i)" if condition == "true" else f"live(i) and ({condition})"


def _live_lines(chosen: ChosenConditions, alphabet: list[str], conditions: list[str], live: str | None) -> list[str]:
    """What says that no earlier letter was forbidden."""
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
    """A condition at the position i."""
    if condition.constant is not None:
        return "true" if condition.constant else "false"
    if condition.split is not None:
        assert condition.when is not None
        assert condition.otherwise is not None
        return _split(atoms[condition.split], written(condition.when, atoms), written(condition.otherwise, atoms))
    found = [f"({atoms[each.atom].at('i', negated=each.negated)})" for each in condition.literals]
    return f" {'or' if condition.disjunction else 'and'} ".join(found)


def _split(atom: Atom, when: str, otherwise: str) -> str:
    """One condition or another by an atom, constants left out."""
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
