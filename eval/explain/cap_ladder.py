"""The first road: automata learnt from words of at most 8, 12, 16, 24, 32 and 50 letters, and what their sizes say.

The greatest word length is called the cap. The machine of an automaton has the same size at all caps. That of a counter
grows with the cap. A model that behaves otherwise on longer words is stable up to some cap and then has no small
machine. An automaton is given to the decider, which answers with a program that defines each of its next-sets, or with
a certificate that there is none. A next-set also says whether the word may end.
"""

from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

from crasp.learning.regular_road.automaton_road import set_outputs
from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from crasp.regular.automata.automaton import Automaton, SizeError
from crasp.regular.timed_proofs import prove
from crasp.regular.verdict import Asked, LanguageVerdict, verdict_of
from eval.explain.next_sets import AutomatonSets, NextSets
from eval.explain.observation_table import LetterWord, NoMachineError, RememberedSets, learn_machine
from eval.explain.word_walks import all_short_words, stress_walks, task_words, uniform_walks
from tasks.drawing.randomness import generator
from tasks.ground.limited_process import Worker
from tasks.task import Task

CAPS = (8, 12, 16, 24, 32, 50)
WALKS = 300  # walks of each kind on which a hypothesis is tried
SHORT_WORDS = 2_000  # a hypothesis is also tried on all words up to the length that has at most so many
LEAST_GROWTH = 3  # if the machine has grown at each of the first so many steps from cap to cap, it is a counter
DECIDER_SECONDS = 20.0  # the time in which a program or a certificate is sought

LadderKind: TypeAlias = Literal["automaton", "counter", "leaves", "none"]


@dataclass(frozen=True)
class CapRung:
    """What came of one cap: the number of states, and why there is no machine if there is none.

    Without a machine, `states` is the number of states that the search had reached.
    """

    cap: int
    states: int
    why: str | None = None


@dataclass(frozen=True)
class Ladder:
    """The outcome at each cap that was tried, and the machine of the last cap that gave one."""

    rungs: tuple[CapRung, ...]
    automaton: Automaton | None

    @property
    def kind(self) -> LadderKind:
        """What the sizes say.

        `automaton` is a stable machine, `counter` one that grows with the cap, `leaves` a model that no longer does on
        longer words what it does on short ones, and `none` a model without a small machine.
        """
        sizes = [rung.states for rung in self.rungs]
        found = [rung.states for rung in self.rungs if rung.why is None]
        growths = [a < b for a, b in pairwise(sizes)]
        if [rung.why for rung in self.rungs[-2:]] == [None, None] and sizes[-1] == sizes[-2]:  # it no longer grows
            return "automaton"
        if sum(growths) >= LEAST_GROWTH and all(growths[:LEAST_GROWTH]):
            return "counter"
        if len(found) < len(sizes) or not found:
            return "leaves" if len(found) > 1 and found[-1] == found[-2] else "none"
        return "automaton" if len(found) == 1 else "counter"

    @property
    def in_words(self) -> str:
        """The sizes and what they say, in one line."""
        parts = [f"{rung.states} on words of up to {rung.cap} letters" for rung in self.rungs if rung.why is None]
        stops = [f"on words of up to {rung.cap} letters {rung.why}" for rung in self.rungs if rung.why is not None]
        said = {
            "automaton": "the model is an automaton",
            "counter": "their number grows with the words' length: the model counts",
            "leaves": "the model does something else on longer words than on short ones",
            "none": "there is no small machine",
        }
        return f"states: {', '.join([*parts, *stops])}; {said[self.kind]}"


def climb(model: NextSets, task: Task | None, *, trained_to: int, most_states: int = 30, seed: int = 0) -> Ladder:
    """The automata of a model on words of at most each cap, until one would need more than `most_states` states.

    Args:
        model: The model.
        task: The task whose words hypotheses are also tried on, if there is one.
        trained_to: The longest training word; no cap is greater.
        most_states: The largest number of states of an automaton.
        seed: Another seed draws other words.
    """
    asked = RememberedSets(model)
    caps = sorted({min(cap, trained_to) for cap in CAPS})
    rungs: list[CapRung] = []
    machine: Automaton | None = None
    suffixes: tuple[LetterWord, ...] = ()
    for cap in caps:
        try:
            machine, suffixes = learn_machine(
                asked,
                cap=cap,
                most_states=most_states,
                suffixes=suffixes,
                words=_TriedWords(task, len(model.alphabet), cap, generator("explain", "machine", (cap, cap), seed)).of,
                alphabet=model.alphabet,
            )
        except NoMachineError as error:
            rungs.append(CapRung(cap, error.reached, str(error)))
            if not error.too_short:
                break
            continue
        rungs.append(CapRung(cap, len(machine.outputs)))
    return Ladder(tuple(rungs), machine)


@dataclass(frozen=True)
class _TriedWords:
    """The words up to a cap on which hypotheses are tried."""

    task: Task | None
    letters: int
    cap: int
    rng: np.random.Generator

    def of(self, machine: Automaton) -> Words:
        """All short words, walks of both kinds along what the machine allows, and words of the task."""
        allowed = AutomatonSets(machine)
        lengths = np.full(WALKS, self.cap)
        parts = [
            all_short_words(self.letters, most_words=SHORT_WORDS, longest=self.cap),
            uniform_walks(allowed, self.rng, lengths),
            stress_walks(allowed, self.rng, lengths),
        ]
        if self.task is not None:
            with suppress(ValueError):  # the task may have no words so short
                parts.append(task_words(self.task, self.rng, (1, self.cap), WALKS))
        return joined(*parts)


def decide_sets(automaton: Automaton, *, subject: str, seconds: float = DECIDER_SECONDS) -> LanguageVerdict | None:
    """The decider's verdict on an automaton whose outputs are masks; None if the automaton is too large.

    The verdict has a program that defines `next` for each letter that is ever allowed and for the end, or certificates
    that there is none, if either was found in time.

    Args:
        automaton: The automaton.
        subject: What the verdict calls it.
        seconds: The time in which a program or a certificate is sought.
    """
    asked = Asked(automaton, subject=subject, outputs=set_outputs(automaton))
    try:
        verdict = verdict_of(asked)
        with Worker() as worker:
            for found in prove(verdict, worker, seconds):
                verdict = found
    except SizeError:
        return None
    return verdict
