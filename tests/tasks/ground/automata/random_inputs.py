"""Random expressions and files, right and broken, by number: `make fuzz-languages` reads them, and so does a test."""

import json
import random
from contextlib import suppress
from itertools import product
from typing import Any, TypeAlias

from tasks.ground.automata.automaton import SizeError
from tasks.ground.automata.language import read_automaton, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.regex import automaton_of_regex, parse_regex
from tasks.ground.automata.tokens import LanguageError

LETTERS = ("a", "b", "c", "-")
SETS = {".": "abc-", "[ab]": "ab", "[^a]": "bc-", "[a-c]": "abc", "[^b-c]": "a-", "[-a]": "a-"}
SETS |= {letter: letter for letter in LETTERS}
REPETITIONS = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
    "{2}": (2, 2),
    "{0,2}": (0, 2),
    "{1,}": (1, None),
    "{,3}": (0, 3),
}
Tree: TypeAlias = tuple[
    Any, ...
]  # ("set", text), ("join", left, right), ("union", left, right), ("repeat", tree, text)
SHARDS = ["a", "b", "c", "in", "out", " ", "|", "(", ")", "*", "+", "?", ".", "[", "]", "{", "}", "^", "-", ",", "2"]
SHARDS += ["\\", "{2}", "{1,3}", "{,2}", "{99999}", "[ab]", "[^a]", "\n", "é", "\0", "\ud800", "$", "<eos>"]
INSERTED = ["", '"', "{", "}", "[", "]", ",", ":", "0", "1", "a", "\n", "\t", " ", "\0", "\ud800", "é", "-", ".", "inf"]
INSERTED += ["null", "true", "<eps>", "1e999", "[" * 50, "#", "--"]


def check_case(number: int) -> None:
    """Reads the input of this number; AssertionError where what comes out is wrong, any other exception is a defect."""
    rng = random.Random(number)
    (_check_expression, _check_automaton, _check_broken_expression, _check_broken_file)[number % 4](rng)


def random_tree(rng: random.Random, size: int) -> Tree:
    """An expression as a tree with so many operands and repetitions."""
    if size < 2:
        return ("set", rng.choice(list(SETS)))
    if rng.random() < 0.3:
        return ("repeat", random_tree(rng, size - 1), rng.choice(list(REPETITIONS)))
    cut = rng.randint(0, size - 1)
    left = random_tree(rng, cut) if cut else ("nothing",)
    return (rng.choice(("join", "join", "union")), left, random_tree(rng, size - cut))


def text_of(tree: Tree) -> str:
    """The tree as it is written."""
    match tree:
        case ("set", text):
            return str(text)
        case ("join", left, right):
            return f"{text_of(left)}{text_of(right)}"
        case ("union", left, right):
            return f"({text_of(left)}|{text_of(right)})"
        case ("repeat", inner, text):
            return f"({text_of(inner)}){text}"
    return ""


def ends(tree: Tree, word: str, starts: frozenset[int]) -> frozenset[int]:
    """Where in the word a match may end that begins at one of the places."""
    match tree:
        case ("set", text):
            return frozenset(place + 1 for place in starts if place < len(word) and word[place] in SETS[text])
        case ("join", left, right):
            return ends(right, word, ends(left, word, starts))
        case ("union", left, right):
            return ends(left, word, starts) | ends(right, word, starts)
        case ("repeat", inner, text):
            least, most = REPETITIONS[text]
            now = starts
            for _ in range(least):
                now = ends(inner, word, now)
            found = now
            for _ in range(len(word) if most is None else most - least):
                now = ends(inner, word, now)
                if now <= found:  # and so is all that comes after
                    break
                found |= now
            return found
    return starts


def _check_expression(rng: random.Random) -> None:
    trees = [random_tree(rng, rng.randint(1, 9)) for _ in range(3)]
    texts = [text_of(tree) for tree in trees]
    text = LanguageText(texts[0], alphabet="a b c -", ands=(texts[1],), nots=(texts[2],))
    try:
        found = read_language(text).automaton
    except LanguageError as error:
        if "20,000 states, the limit here" in str(error):
            return
        raise
    alone = automaton_of_regex(parse_regex(texts[0]), found.alphabet)
    words = ["".join(word) for length in range(3) for word in product(found.alphabet, repeat=length)]
    words += ["".join(rng.choices(found.alphabet, k=rng.randint(3, 12))) for _ in range(25)]
    for word in words:
        first, second, third = (len(word) in ends(tree, word, frozenset([0])) for tree in trees)
        assert alone.outputs[alone.run(word)] == first, (texts, word)
        assert found.outputs[found.run(word)] == (first and second and not third), (texts, word)


def random_files(rng: random.Random) -> tuple[list[tuple[int, str, int]], set[int], list[str]]:
    """An automaton that begins in state 0: its transitions, "" for no letter, its final states, it in each format."""
    states = rng.randint(1, 6)
    letters = ["", "a", "b", "10c"] if rng.random() < 0.5 else ["a", "b", "10c"]
    size = rng.randint(1, 12)
    arcs = [(0, "a", 0)] + [(rng.randrange(states), rng.choice(letters), rng.randrange(states)) for _ in range(size)]
    finals = {state for state in range(states) if rng.random() < 0.4}
    rows: dict[str, dict[str, list[str]]] = {str(state): {} for state in range(states)}
    for source, letter, target in arcs:
        rows[str(source)].setdefault(letter, []).append(str(target))
    base = {"alphabet": ["a", "b", "10c"], "states": list(range(states)), "start": 0, "finals": sorted(finals)}
    lists = [[source, letter, target] for source, letter, target in arcs]
    objects = [{"from": source, "symbol": letter, "to": target} for source, letter, target in arcs]
    labelled = [(f"{source} {target}", letter or "<eps>") for source, letter, target in arcs]
    texts = [json.dumps(base | {"delta": delta}) for delta in (rows, lists, objects)]
    texts.append("\n".join([*(f"{ends} {label}" for ends, label in labelled), *map(str, finals)]))
    texts.append("\n".join([*(f"{ends} {label} {label} 1.5" for ends, label in labelled), *(f"{f} 0" for f in finals)]))
    return arcs, finals, texts


def _check_automaton(rng: random.Random) -> None:
    arcs, finals, texts = random_files(rng)
    found = [read_automaton(text, "FILE", alphabet=("a", "b", "10c")) for text in texts]
    assert len({(each.successors, each.outputs) for each in found}) == 1, texts
    automaton = found[0]
    for word in (word for length in range(5) for word in product(automaton.alphabet, repeat=length)):
        assert automaton.outputs[automaton.run(word)] == bool(reached(arcs, word) & finals), (texts[0], word)


def reached(arcs: list[tuple[int, str, int]], word: tuple[str, ...]) -> set[int]:
    """The states after a word, found naively, from state 0."""
    now = _closed(arcs, {0})
    for letter in word:
        now = _closed(arcs, {target for source, reads, target in arcs if source in now and reads == letter})
    return now


def _closed(arcs: list[tuple[int, str, int]], states: set[int]) -> set[int]:
    while more := {target for source, reads, target in arcs if source in states and not reads} - states:
        states = states | more
    return states


def _check_broken_expression(rng: random.Random) -> None:
    text = "".join(rng.choices(SHARDS, k=rng.randint(0, 16)))
    bounds = tuple(rng.choice(((), ("a",), ("b*|",), ("[^a]",))))
    with suppress(LanguageError):
        read_language(LanguageText(text, alphabet=rng.choice((None, "a b", "in out a", "a b ab")), nots=bounds))


def _check_broken_file(rng: random.Random) -> None:
    text = list(rng.choice(random_files(rng)[2]))
    for _ in range(rng.randint(1, 5)):
        place = rng.randrange(len(text))
        text[place] = rng.choice(INSERTED) if rng.random() < 0.5 else text[place] + rng.choice(INSERTED)
    with suppress(LanguageError, SizeError):
        read_automaton("".join(text), "FILE", alphabet=rng.choice((None, ("a", "b", "10c"), ("a", "b", "10c", "0"))))
