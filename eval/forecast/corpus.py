"""The corpus: regular languages drawn by seeds, equally many of each rung and size, from which the forecast is learnt.

The sweeps `train/sweep/suites/corpus_*.toml` train them. The languages are in `corpus.jsonl` beside this module, each
with its seed, its rung and the number of states of its minimal automaton. `make corpus` writes all of these again.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from crasp.regular.automata.moore_machine import machine_of
from crasp.regular.families.decision import decide
from eval.encodings.family_ladder import ladder_of_families, smallest_families
from eval.forecast.corpus_expressions import expression_of_seed
from eval.forecast.rungs import RUNGS, rung_of
from tasks.ground.automata.automaton import Automaton, minimise
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.files import replace_text
from train.sweep.grid import SUITES

CORPUS_LIST: Final = Path(__file__).with_name("corpus.jsonl")
SIZES: Final = ((2, 4), (5, 7), (8, 14))  # bounds on the states of the minimal automaton, including the sink
EACH_LANGUAGES: Final = 12  # languages of each rung and size, if so many are found
MOST_SEEDS: Final = 3_000  # how many seeds are tried
HEAD = """\
# The languages that the forecast is to be learnt from: eval/forecast/corpus.jsonl says the rung and the size of each.
# Written by `make corpus`; docs/forecast.md says what it costs.
"""
TEACHABLE_STATES: Final = 6  # words of 2n - 1 letters tell any two automata of n states apart: 11 letters for these


@dataclass(frozen=True)
class CorpusSweep:
    """What one sweep trains: the settings of each of its stages, and the most states of its languages."""

    stages: tuple[tuple[str, ...], ...]
    most_states: int = SIZES[-1][1]

    def languages(self, corpus: Iterable["CorpusLanguage"]) -> list["CorpusLanguage"]:
        """The languages of the corpus that the sweep trains."""
        return [each for each in corpus if each.states <= self.most_states]


# The files of the sweeps, the cheapest first. In each, one run of every language comes before the others.
SWEEPS: Final[Mapping[str, CorpusSweep]] = MappingProxyType(
    {
        "corpus_1_layer": CorpusSweep(
            tuple(("models = [{ layers = 1, heads = 1, width = 16 }]", f'seeds = "{seeds}"') for seeds in ("0", "1-2"))
        ),
        # The shortest training length of the ladder, for languages that do not fit longer words within minutes.
        "corpus_short": CorpusSweep(
            tuple(
                (
                    "models = [{ layers = 2, heads = 2, width = 32 }]",
                    "lr = 3e-3",
                    "train_length = 12",
                    "max_length = 36",
                    f'seeds = "{seeds}"',
                )
                for seeds in ("0", "1-2")
            ),
            TEACHABLE_STATES,
        ),
        "corpus_2_layers": CorpusSweep(
            tuple(
                ("models = [{ layers = 2, heads = 2, width = 64 }]", "lr = 1e-3", f'seeds = "{seeds}"')
                for seeds in ("0", "1-2")
            )
        ),
        "corpus_4_layers": CorpusSweep(
            (("models = [{ layers = 4, heads = 2, width = 64 }]", "lr = 1e-3", 'seeds = "0-2"'),)
        ),
    }
)


@dataclass(frozen=True)
class CorpusLanguage:
    """One language: the seed by which it was drawn, its expression and letters, its rung, and its number of states."""

    seed: int
    regex: str
    alphabet: str
    rung: str
    states: int

    @property
    def size(self) -> int | None:
        """The number of its size among SIZES; None if it has none of them."""
        return next((k for k, (least, most) in enumerate(SIZES) if least <= self.states <= most), None)


def language_of_seed(seed: int) -> tuple[CorpusLanguage, Automaton] | None:
    """The language of this seed and its minimal automaton; None if it is of no use.

    A language is of no use if it or its complement is finite, if its size is not listed or its rung is undecided, or if
    it has two smallest families of programs, one with look-back and one with residues.
    """
    regex, letters = expression_of_seed(seed)
    automaton = read_language(LanguageText(regex, alphabet=" ".join(letters))).automaton
    found = CorpusLanguage(seed, regex, " ".join(letters), "", len(automaton.outputs))
    if found.size is None or not _goes_on(automaton):
        return None
    # The rung is that of membership at the last letter. What may follow prefixes of members can be easier, and then the
    # forecast takes that rung (eval/subjects/own_tasks.py); the drawn list is kept as it was when this was found.
    ladder = ladder_of_families(decide(machine_of(automaton, accept="last")))
    rung = rung_of(ladder)
    if rung is None or len(smallest_families(ladder)) > 1 or any(each.answer is None for each in ladder):
        return None
    return CorpusLanguage(seed, regex, found.alphabet, rung, found.states), automaton


def _goes_on(automaton: Automaton) -> bool:
    """Whether the language and its complement both have a word of n to 2n - 1 letters, where n is the number of states.

    Then both are infinite.
    """
    number = len(automaton.successors)
    reached, seen = {0}, set()
    for length in range(2 * number):
        if length >= number:
            seen |= {bool(automaton.outputs[state]) for state in reached}
        reached = {to for state in reached for to in automaton.successors[state]}
    return len(seen) == 2


def same_but_for_letters(automaton: Automaton) -> tuple[object, ...]:
    """A value that two languages share exactly if they are equal after a renaming of letters."""
    letters = range(len(automaton.alphabet))
    return min(_renamed(automaton, order) for order in itertools.permutations(letters))


def _renamed(automaton: Automaton, order: Sequence[int]) -> tuple[object, ...]:
    rows, kept = minimise([[row[k] for k in order] for row in automaton.successors], automaton.outputs)
    return len(order), rows, tuple(bool(automaton.outputs[state]) for state in kept)


def chosen_languages(seeds: Iterable[int]) -> Iterator[CorpusLanguage]:
    """The languages of these seeds, until each rung and size has its number; no two are equal up to letters."""
    taken: Counter[tuple[str, int | None]] = Counter()
    seen: set[tuple[object, ...]] = set()
    for seed in seeds:
        drawn = language_of_seed(seed)
        if drawn is None or taken[drawn[0].rung, drawn[0].size] == EACH_LANGUAGES:
            continue
        mark = same_but_for_letters(drawn[1])
        if mark not in seen:
            seen.add(mark)
            taken[drawn[0].rung, drawn[0].size] += 1
            yield drawn[0]
            if len(taken) == len(RUNGS) * len(SIZES) and min(taken.values()) == EACH_LANGUAGES:
                return


def list_text(languages: Sequence[CorpusLanguage]) -> str:
    """The list of the languages as the text of a file, with one language in each line."""
    return "".join(f"{json.dumps(asdict(each))}\n" for each in languages)


def sweep_text(corpus: Sequence[CorpusLanguage], sweep: CorpusSweep) -> str:
    """A sweep as the text of a file, with a grid for each stage and alphabet."""
    parts, languages = [HEAD], sweep.languages(corpus)
    for stage in sweep.stages:
        for alphabet in sorted({each.alphabet for each in languages}):
            own = [json.dumps(each.regex) for each in languages if each.alphabet == alphabet]
            lines = ["[[grid]]", "regex = [", *(f"    {regex}," for regex in own), "]", f'alphabet = "{alphabet}"']
            lines += ['pe = ["nope", "ape"]', 'protocol = "grid"', *stage]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write_corpus() -> tuple[CorpusLanguage, ...]:
    """Write the list and the sweeps again, and return the languages."""
    languages = tuple(chosen_languages(range(MOST_SEEDS)))
    replace_text(CORPUS_LIST, list_text(languages))
    for name, sweep in SWEEPS.items():
        replace_text(SUITES / f"{name}.toml", sweep_text(languages, sweep))
    return languages
