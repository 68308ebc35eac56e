"""How often `crasp learn` finds the automaton of what may follow, for the 180 languages of the forecast.

python benchmarks/learn_next_tokens.py

Each language is learnt from 1,000 random walks of up to 50 letters, and tested at every prefix of 300 other walks of up
to 120 letters.
"""

import json
import random
from collections import Counter
from time import monotonic, process_time

from crasp.learning.compared_prefixes import PointWord
from crasp.learning.regular_road.automaton_road import learnt_of_sets
from eval.forecast.corpus import CORPUS_LIST
from tasks.ground.automata.automaton import Automaton
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText

LEARNT_WORDS, LEARNT_LETTERS = 1_000, 50
TEST_WORDS, TEST_LETTERS = 300, 120
SECONDS = 60


def walked(automaton: Automaton, seed: int, words: int, longest: int) -> dict[PointWord, int]:
    """Return what may follow each prefix of random walks inside the language, as bits: the letters, then the end."""
    live = {state for state, accepts in enumerate(automaton.outputs) if accepts}
    for _ in automaton.outputs:
        live |= {state for state, row in enumerate(automaton.successors) if live.intersection(row)}
    letters, rng, labels = len(automaton.alphabet), random.Random(seed), {}
    for _ in range(words):
        state, word = 0, ()
        for _ in range(rng.randint(1, longest) + 1):
            allowed = [letter for letter, to in enumerate(automaton.successors[state]) if to in live]
            labels[word] = sum(1 << letter for letter in allowed) | bool(automaton.outputs[state]) << letters
            if not allowed:
                break
            word = (*word, rng.choice(allowed))
            state = automaton.successors[state][word[-1]]
    return labels


def said(automaton: Automaton, word: PointWord) -> object:
    """Return what the learnt automaton says of the word."""
    state = 0
    for letter in word:
        state = automaton.successors[state][letter]
    return automaton.outputs[state]


def main() -> None:
    """Print a line for each language whose automaton is not learnt, then the counts."""
    outcomes: Counter[str] = Counter()
    begun = process_time()
    for line in CORPUS_LIST.read_text(encoding="utf-8").splitlines():
        given = json.loads(line)
        automaton = read_language(LanguageText(given["regex"], alphabet=given["alphabet"])).automaton
        labels = walked(automaton, 0, LEARNT_WORDS, LEARNT_LETTERS)
        found = learnt_of_sets(automaton.alphabet, labels, monotonic() + SECONDS)
        outcome = "none"
        if found is not None:
            tests = walked(automaton, 1, TEST_WORDS, TEST_LETTERS)
            wrong = sum(said(found, word) != label for word, label in tests.items())
            outcome = f"{wrong} of {len(tests):,} prefixes wrong" if wrong else "right"
        if outcome != "right":
            print(f"{given['regex']}: {given['states']} states, {len(labels):,} labels: {outcome}", flush=True)
        outcomes[outcome if outcome in ("none", "right") else "wrong"] += 1
    counts = ", ".join(f"{outcomes[each]} {each}" for each in ("right", "none", "wrong"))
    print(f"{counts}; {(process_time() - begun) / outcomes.total():.2f} CPU seconds a language")


if __name__ == "__main__":
    main()
