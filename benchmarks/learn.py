"""What `crasp learn` finds for the library's accept languages, random programs, and languages without a program.

python benchmarks/learn.py [--seconds 60] [--only NAME,NAME] [--part library|automaton|random|none]

The words are the tasks' own. A result is tested on all short words, at most 3,000, and on 4,000 newly drawn words of up
to 120 letters. Each word counts once, and some of them were among the words that it was learnt from.
"""

import argparse
import resource
from time import monotonic, process_time

import numpy as np

from crasp.errors import Source
from crasp.learning.asked_words import AskedLanguage, automaton_language, short_words
from crasp.learning.compared_prefixes import PointWord
from crasp.learning.formula import size_of
from crasp.learning.grammar import FRAGMENTS as LEARN_FRAGMENTS
from crasp.learning.grammar import Grammar, grammar_of_fragment
from crasp.learning.output_search import LabelTable, Learnt, search
from crasp.learning.regular_road.automaton_road import follow_automaton
from crasp.meaning.interpreter import encode, trace
from crasp.regular.automata.automaton import automaton_of_regex, parse_regex
from crasp.text.loader import read_program
from eval.learning.task_words import task_language
from tests.crasp.learning.random_formulas import draw_formula

LIBRARY_SIZES = {
    "tomita1": 3, "tomita2": 20, "tomita4": 6, "tomita7": 15, "aa_star": 1, "aaaa_star": 1, "abab_star": 11,
    "d_2": 20, "d_3": 20, "d_4": 20, "d_12": 20, "ab_star_d_bc_star": 23, "aabbccddee": 99, "dyck1": 13, "anbn": 19,
    "anbncn": 45, "anbncndn": 69, "shuffle2": 25, "bool3": 26, "bool5": 38,
}  # the number of nodes in the tree of the library's `accept`  # fmt: skip
FRAGMENTS = {"aa_star": "periodic", "aaaa_star": "periodic", "abab_star": "periodic", "tomita4": "local"}
WITHOUT = {"parity": "(b*ab*a)*b*", "flip_flop": "(a|b|e)*be*", "tomita5": "(aa|bb|(ab|ba)(aa|bb)*(ab|ba))*"}
TEST_WORDS, TEST_LETTERS, TEST_SHORT_WORDS = 4_000, 120, 3_000
RANDOM_PROGRAMS = 20


def tested(asked: AskedLanguage, learnt: Learnt) -> str:
    """Return how many labels of other words the formula gets wrong, as text."""
    if learnt.formula is None:
        return "none found"
    rng = np.random.default_rng(77)
    words = short_words(len(asked.alphabet), TEST_SHORT_WORDS) + asked.draw(rng, TEST_WORDS, TEST_LETTERS)
    table = LabelTable.of(asked.alphabet, dict(zip(words, map(bool, asked.members(words)), strict=True)))
    return f"{len(table.wrong(learnt.formula))} of {len(table.labels):,}"


def row(name: str, asked: AskedLanguage, grammar: Grammar, seconds: float, library: str, *, oracle: bool) -> None:
    labels = asked.labels(asked.words(np.random.default_rng(1)))
    longer = asked.words(np.random.default_rng(2), confirming=True) if oracle else []
    more = LabelTable.of(asked.alphabet, asked.labels(longer)) if oracle else None
    begun, wall, first = process_time(), monotonic(), []

    def confirm(formula):
        wrong = more.wrong(formula) if more is not None else []
        if not wrong:
            first.append(process_time() - begun)
        return {word: more.labels[word] for word in wrong[:: 1 + len(wrong) // 60]} if more is not None else {}

    table = LabelTable.of(asked.alphabet, labels)
    learnt = search(table, grammar, until=wall + seconds, confirm=confirm)
    used, peak = process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
    size = "-" if learnt.formula is None else str(size_of(learnt.formula))
    when = f"{first[0]:.1f}" if first else "-"
    cells = [name, f"{size} ({library})", str(learnt.excluded), f"{when} / {used:.1f}", f"{monotonic() - wall:.0f}"]
    print("| " + " | ".join([*cells, tested(asked, learnt), str(peak)]) + " |", flush=True)


def automaton_row(name: str, asked: AskedLanguage) -> None:
    """Print the automaton that is learnt from the words, the decider's program for it, and its errors elsewhere."""
    labels = asked.labels(asked.words(np.random.default_rng(1)))
    begun, wall = process_time(), monotonic()
    road = follow_automaton(asked.alphabet, labels, None, LEARN_FRAGMENTS, seconds=20, told=lambda _: None)
    cells = [f"{process_time() - begun:.1f}", f"{monotonic() - wall:.1f}"]
    if road is None:
        print("| " + " | ".join([name, "-", "none learnt", *cells, "-"]) + " |", flush=True)
        return
    rng = np.random.default_rng(77)
    words = short_words(len(asked.alphabet), TEST_SHORT_WORDS) + asked.draw(rng, TEST_WORDS, TEST_LETTERS)
    language = automaton_language(road.automaton)
    differ = np.array(list(map(bool, language.members(words)))) != np.array(list(map(bool, asked.members(words))))
    found = "no program exists" if road.none else f"{road.size} nodes, {road.verdict.families.smallest}"
    wrong = f"{int(differ.sum())} of {len(words):,}"
    print("| " + " | ".join([name, str(len(road.automaton.outputs)), found, *cells, wrong]) + " |", flush=True)


def random_language(seed: int) -> tuple[AskedLanguage, Grammar, int]:
    """Return the language of a random formula of 6 to 13 nodes, not nearly constant, with its grammar and size."""
    rng = np.random.default_rng(seed)
    fragment = ("plain", "plain", "local", "periodic")[seed % 4]
    grammar = grammar_of_fragment(fragment, moduli=(2, 3))
    while True:
        drawn = draw_formula(rng, "ab", grammar, int(rng.integers(6, 14 if fragment == "plain" else 9)))
        program = read_program(Source("drawn", f"alphabet a b\naccept(i) := {drawn.text}"))

        def members(words, program=program):
            found = []
            for start in range(0, len(words), 5_000):
                encoded = encode(("a", "b"), [["ab"[k] for k in word] for word in words[start : start + 5_000]])
                values = trace(program, encoded).lines[program.accept]
                found += np.broadcast_to(values, (len(encoded.lengths), encoded.tokens.shape[1] + 1))[
                    np.arange(len(encoded.lengths)), encoded.lengths
                ].tolist()
            return found

        def draw(rng, number, longest) -> list[PointWord]:
            sizes = rng.integers(1, longest + 1, size=number)
            shares = rng.uniform(0.1, 0.9, size=number)
            return [tuple((rng.random(n) < p).astype(int).tolist()) for n, p in zip(sizes, shares, strict=True)]

        asked = AskedLanguage(("a", "b"), members, draw)
        labels = list(asked.labels(asked.words(np.random.default_rng(0))).values())
        if 0.05 < np.mean(labels) < 0.95:
            return asked, grammar, drawn.size


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", default="")
    parser.add_argument("--part", choices=["library", "automaton", "random", "none"])
    parser.add_argument("--oracle", action="store_true", help="ask 1,500 words of up to 120 letters too")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.only.split(",")))
    if arguments.part == "automaton":
        print("| language | states | the decider's program | CPU s | wall s | wrong |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name in [*LIBRARY_SIZES, "tomita3", "tomita6", "012_star_0_2_star"]:
            if not only or name in only:
                automaton_row(name, task_language(name))
        for name, regex in WITHOUT.items():
            automaton_row(name, automaton_language(automaton_of_regex(parse_regex(regex))))
        return
    print("| language | size (library) | none <= | CPU s first / end | wall s | wrong | MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, size in LIBRARY_SIZES.items() if arguments.part in (None, "library") else ():
        if not only or name in only:
            grammar = grammar_of_fragment(FRAGMENTS.get(name, "plain"))
            row(name, task_language(name), grammar, arguments.seconds, str(size), oracle=arguments.oracle)
    for seed in range(RANDOM_PROGRAMS) if arguments.part in (None, "random") else ():
        asked, grammar, size = random_language(seed)
        row(
            f"random {seed} [{grammar.fragment}]", asked, grammar, arguments.seconds, str(size), oracle=arguments.oracle
        )
    for name, regex in WITHOUT.items() if arguments.part in (None, "none") else ():
        asked = automaton_language(automaton_of_regex(parse_regex(regex)))
        row(name, asked, Grammar(), arguments.seconds, "-", oracle=arguments.oracle)


if __name__ == "__main__":
    main()
