"""The corpus: regular languages drawn by seeds, as many of each rung and size, that the forecast is to be learnt from.

`train/sweep/suites/corpus_*.toml` are the sweeps that train them. The languages, each with its seed, its rung and the
number of states of its minimal automaton, stand in `corpus.jsonl` beside this module; `make corpus` writes all anew.
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
from eval.forecast.fitted_reach import RUNGS, rung_of
from tasks.ground.automata.automaton import Automaton, minimise
from tasks.ground.automata.language import read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.files import replace_text
from train.sweep.grid import SUITES

CORPUS_LIST: Final = Path(__file__).with_name("corpus.jsonl")
SIZES: Final = ((2, 4), (5, 7), (8, 14))  # states of the minimal automaton, the sink included
EACH_LANGUAGES: Final = 12  # of a rung and size, where so many are found
MOST_SEEDS: Final = 3_000  # that are gone through
HEAD = """\
# The languages that the forecast is to be learnt from: eval/forecast/corpus.jsonl says the rung and the size of each.
# Written by `make corpus`; docs/forecast.md says what it costs.
"""
TEACHABLE_STATES: Final = 6  # words of 2n - 1 letters tell any two automata of n states apart: of 11, for these


@dataclass(frozen=True)
class CorpusSweep:
    """What one sweep trains: the settings of each of its stages, and the most states that its languages have."""

    stages: tuple[tuple[str, ...], ...]
    most_states: int = SIZES[-1][1]

    def languages(self, corpus: Iterable["CorpusLanguage"]) -> list["CorpusLanguage"]:
        """The languages of the corpus that it trains."""
        return [each for each in corpus if each.states <= self.most_states]


# The sweep's files, of which the first is the cheapest; in each, one run of every language before the others.
SWEEPS: Final[Mapping[str, CorpusSweep]] = MappingProxyType(
    {
        "corpus_1_layer": CorpusSweep(
            tuple(("models = [{ layers = 1, heads = 1, width = 16 }]", f'seeds = "{seeds}"') for seeds in ("0", "1-2"))
        ),
        # The lowest rung of the ladder of training lengths, for what does not fit longer words in minutes.
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
    """One language: the seed that it was drawn by, its expression and letters, its rung and its number of states."""

    seed: int
    regex: str
    alphabet: str
    rung: str
    states: int

    @property
    def size(self) -> int | None:
        """Which of the sizes it has; None for none of them."""
        return next((k for k, (least, most) in enumerate(SIZES) if least <= self.states <= most), None)


def language_of_seed(seed: int) -> tuple[CorpusLanguage, Automaton] | None:
    """The language of this seed; None where it is of no use.

    So where it or what is not in it is finite, where it is of no listed size or undecided, and where it has programs
    with look-back and programs with residues, neither of which is the smaller.
    """
    regex, letters = expression_of_seed(seed)
    automaton = read_language(LanguageText(regex, alphabet=" ".join(letters))).automaton
    found = CorpusLanguage(seed, regex, " ".join(letters), "", len(automaton.outputs))
    if found.size is None or not _goes_on(automaton):
        return None
    # Trained as continuations, a language is judged where its last letter has just been read (eval/subjects/own_tasks).
    ladder = ladder_of_families(decide(machine_of(automaton, accept="last")))
    rung = rung_of(ladder)
    if rung is None or len(smallest_families(ladder)) > 1 or any(each.answer is None for each in ladder):
        return None
    return CorpusLanguage(seed, regex, found.alphabet, rung, found.states), automaton


def _goes_on(automaton: Automaton) -> bool:
    """Whether the language and what is not in it both have a word of n to 2n - 1 letters, n being the states.

    Then each has words of any length.
    """
    number = len(automaton.successors)
    reached, seen = {0}, set()
    for length in range(2 * number):
        if length >= number:
            seen |= {bool(automaton.outputs[state]) for state in reached}
        reached = {to for state in reached for to in automaton.successors[state]}
    return len(seen) == 2


def same_but_for_letters(automaton: Automaton) -> tuple[object, ...]:
    """A mark that two languages share where they are equal once the letters of one are renamed."""
    letters = range(len(automaton.alphabet))
    return min(_renamed(automaton, order) for order in itertools.permutations(letters))


def _renamed(automaton: Automaton, order: Sequence[int]) -> tuple[object, ...]:
    rows, kept = minimise([[row[k] for k in order] for row in automaton.successors], automaton.outputs)
    return len(order), rows, tuple(bool(automaton.outputs[state]) for state in kept)


def chosen_languages(seeds: Iterable[int]) -> Iterator[CorpusLanguage]:
    """The languages of these seeds, no two alike but for letters, until each rung and size has its number."""
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
    """The list as a file's text, a language a line."""
    return "".join(f"{json.dumps(asdict(each))}\n" for each in languages)


def sweep_text(corpus: Sequence[CorpusLanguage], sweep: CorpusSweep) -> str:
    """A sweep as a file's text: for each stage a grid of each alphabet."""
    parts, languages = [HEAD], sweep.languages(corpus)
    for stage in sweep.stages:
        for alphabet in sorted({each.alphabet for each in languages}):
            own = [json.dumps(each.regex) for each in languages if each.alphabet == alphabet]
            lines = ["[[grid]]", "regex = [", *(f"    {regex}," for regex in own), "]", f'alphabet = "{alphabet}"']
            lines += ['pe = ["nope", "ape"]', 'protocol = "grid"', *stage]
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write_corpus() -> tuple[CorpusLanguage, ...]:
    """The list and the sweeps, made anew."""
    languages = tuple(chosen_languages(range(MOST_SEEDS)))
    replace_text(CORPUS_LIST, list_text(languages))
    for name, sweep in SWEEPS.items():
        replace_text(SUITES / f"{name}.toml", sweep_text(languages, sweep))
    return languages
