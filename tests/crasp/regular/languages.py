"""Random languages by number: expressions and automata of many shapes, near the borders between the families."""

import random
import string
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from crasp.regular.automata.automaton import Automaton, automaton_of_regex, automaton_of_table
from tasks.ground.automata.regex import parse_regex
from tests.crasp.regular.expressions import Expression, Table, TooManyError, explored, spelt, table_of

MOST_STATES = 40


@dataclass(frozen=True)
class Language:
    """A language, as text or as a table, the way the project is given it, and as a table read independently."""

    shape: str
    text: str
    table: Table
    build: Callable[[], Automaton]


def language(rng: random.Random) -> Language:
    """A random language of at most MOST_STATES states in its table."""
    while True:
        shape, draw = rng.choice(list(SHAPES.items()))
        with suppress(TooManyError):
            made = draw(rng)
            return of_table(shape, made, rng) if isinstance(made, Table) else _of_expression(shape, made, rng)


def _of_expression(shape: str, made: Expression, rng: random.Random) -> Language:
    """The expression as the project reads it, now and then with a letter that it does not have."""
    letters = sorted(_letters(made)) or ["a"]
    spare = [a for a in "abcde" if a not in letters]
    if spare and rng.random() < 0.15:
        letters.append(spare[0])
    text = spelt(made)
    table = table_of(made, letters, MOST_STATES)
    return Language(shape, text, table, lambda: automaton_of_regex(parse_regex(text), letters))


def _letters(expression: Expression) -> set[str]:
    own = {expression.name} if expression.operator == "letter" else set()
    return own.union(*map(_letters, expression.parts))


def of_table(shape: str, table: Table, rng: random.Random) -> Language:
    """The table as the project reads it: transitions to a dead state left out at random."""
    live = table.live
    rows = {
        state: {a: t for a, t in zip(table.alphabet, row, strict=True) if live[t] or rng.random() < 0.5}
        for state, row in enumerate(table.rows)
    }
    finals = [state for state, accepting in enumerate(table.accepting) if accepting]
    text = f"{' '.join(table.alphabet)}; {rows}; {finals}"
    return Language(shape, text, table, lambda: automaton_of_table(table.alphabet, rows, 0, finals))


# --- expressions -----------------------------------------------------------------------------------------------


def _alphabet(rng: random.Random, most: int = 5) -> str:
    return string.ascii_lowercase[: min(most, rng.choice([1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 5]))]


def _word(rng: random.Random, letters: str, most: int) -> Expression:
    return _join([Expression("letter", (), rng.choice(letters)) for _ in range(rng.randint(1, most))])


def _join(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Expression("join", tuple(parts))


def _union(parts: list[Expression]) -> Expression:
    return parts[0] if len(parts) == 1 else Expression("union", tuple(parts))


def _repeated(rng: random.Random, part: Expression, chance: float = 0.7) -> Expression:
    if rng.random() > chance:
        return part
    return Expression(rng.choice(["star", "star", "star", "plus", "optional"]), (part,))


def factors(rng: random.Random, letters: str | None = None) -> Expression:
    """Words in a row, most of them repeated: (ab)*a*cc."""
    letters = letters or _alphabet(rng)
    return _join([_repeated(rng, _word(rng, letters, 3)) for _ in range(rng.randint(2, 5))])


def unions(rng: random.Random) -> Expression:
    """A union of such rows, with something before and after, and perhaps repeated."""
    letters = _alphabet(rng)
    inner = _union([factors(rng, letters) for _ in range(rng.randint(2, 3))])
    inner = _repeated(rng, inner, 0.5)
    parts = [_word(rng, letters, 2)] * (rng.random() < 0.4) + [inner] + [_word(rng, letters, 2)] * (rng.random() < 0.4)
    return _join(parts)


def starred_blocks(rng: random.Random) -> Expression:
    """A star of some words, perhaps between rows of factors: strongly connected parts."""
    letters = _alphabet(rng)
    blocks = Expression("star", (_union([_word(rng, letters, 4) for _ in range(rng.randint(1, 3))]),))
    parts = [factors(rng, letters)] * (rng.random() < 0.3) + [blocks] + [factors(rng, letters)] * (rng.random() < 0.3)
    return _join(parts)


def nested(rng: random.Random) -> Expression:
    """Any expression."""
    letters = _alphabet(rng)

    def drawn(size: int) -> Expression:
        if size == 1:
            any_letter = rng.random() < 0.08
            return Expression("any") if any_letter else Expression("letter", (), rng.choice(letters))
        kind = rng.random()
        if kind < 0.35:
            operators = ["star", "star", "star", "plus", "optional"]
            return Expression(rng.choice(operators), (drawn(size - 1),))  # type: ignore[arg-type]
        cut = rng.randint(1, size - 1)
        return Expression("join" if kind < 0.75 else "union", (drawn(cut), drawn(size - cut)))

    return drawn(rng.randint(2, 14))


# --- automata --------------------------------------------------------------------------------------------------


def _reached(letters: str, rows: list[list[int]], accepting: list[bool], start: int = 0) -> Table:
    return explored(start, letters, lambda s, a: rows[s][letters.index(a)], accepting.__getitem__, MOST_STATES)


def partial_injections(rng: random.Random) -> Table:
    """Letters that merge no two live states."""
    letters, size = _alphabet(rng), rng.randint(2, 12)
    rows: list[list[int]] = [[] for _ in range(size + 1)]
    for _ in letters:
        dead = rng.random() * 0.8
        for state, target in enumerate([*rng.sample(range(size), size), size]):
            rows[state].append(size if rng.random() < dead else target)
    return _reached(letters, rows, [rng.random() < 0.4 for _ in range(size)] + [False])


def sparse(rng: random.Random) -> Table:
    """Any targets, most of them dead or near."""
    letters, size = _alphabet(rng), rng.randint(2, 12)
    dead = rng.random() * 0.7
    rows = [
        [size if rng.random() < dead else min(size, max(0, s + rng.choice([-1, 0, 0, 1, 1, 2]))) for _ in letters]
        for s in range(size)
    ]
    return _reached(
        letters, [*rows, [size] * len(letters)], [rng.random() < 0.4 for _ in range(size)] + [rng.random() < 0.1]
    )


def joined_parts(rng: random.Random) -> Table:
    """Components one after another: stacks, cycles, loops and partial injections, left to later ones."""
    letters = _alphabet(rng)
    sizes = [rng.randint(1, 5) for _ in range(rng.randint(2, 4))]
    total = sum(sizes)
    rows = [[-1] * len(letters) for _ in range(total)]
    base = 0
    for size in sizes:
        _fill(rng, rows, base, size, len(letters))
        base += size
        for state in range(base - size, base):
            for a in range(len(letters)):
                if rows[state][a] < 0:
                    leaves = base < total and rng.random() < 0.5
                    rows[state][a] = rng.randrange(base, total) if leaves else total
    sink = [total] * len(letters)
    return _reached(letters, [*rows, sink], [rng.random() < 0.4 for _ in range(total)] + [rng.random() < 0.2])


def _fill(rng: random.Random, rows: list[list[int]], base: int, size: int, letters: int) -> None:
    """One component: moves up and down a stack, around a cycle, or any partial injection."""
    kind = rng.choice(["stack", "cycle", "any"])
    order = rng.sample(range(size), size)
    for a in range(letters):
        step = rng.choice([1, -1, 0, None]) if kind == "stack" else rng.choice([1, 1, None])
        image = rng.sample(range(size), size)
        for k in range(size):
            if kind == "any":
                target = image[k] if rng.random() < 0.5 else -1
            elif step is None:
                target = order[k] if rng.random() < 0.3 else -1
            else:
                target = k + step if kind == "stack" else (k + step) % size
                target = target if 0 <= target < size and rng.random() < 0.9 else -1
            if target >= 0:
                rows[base + k][a] = base + target


def mutated(rng: random.Random) -> Table:
    """An expression's table with some transitions led elsewhere, or answers turned."""
    letters = _alphabet(rng)
    base = table_of(rng.choice([factors(rng, letters), unions(rng), starred_blocks(rng)]), letters, MOST_STATES)
    rows, accepting = [list(row) for row in base.rows], list(base.accepting)
    for _ in range(rng.randint(1, 3)):
        state = rng.randrange(len(rows))
        if rng.random() < 0.6:
            rows[state][rng.randrange(len(letters))] = rng.randrange(len(rows))
        else:
            accepting[state] = not accepting[state]
    return _reached(letters, rows, accepting)


def combined(rng: random.Random) -> Table:
    """Both of two languages, or one without the other, or the complement of that."""
    letters = _alphabet(rng, 3)
    first, second = (table_of(draw(rng), letters, 15) for draw in rng.choices([factors, starred_blocks, nested], k=2))
    turned, complement = rng.random() < 0.5, rng.random() < 0.3

    def after(state: tuple[int, int], letter: str) -> tuple[int, int]:
        a = letters.index(letter)
        return first.rows[state[0]][a], second.rows[state[1]][a]

    def accepts(state: tuple[int, int]) -> bool:
        return (first.accepting[state[0]] and second.accepting[state[1]] != turned) != complement

    return explored((0, 0), letters, after, accepts, MOST_STATES)


SHAPES: dict[str, Callable[[random.Random], Expression | Table]] = {
    "factors": factors,
    "unions": unions,
    "starred blocks": starred_blocks,
    "nested": nested,
    "partial injections": partial_injections,
    "sparse": sparse,
    "joined parts": joined_parts,
    "mutated": mutated,
    "combined": combined,
}
