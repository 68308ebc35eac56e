"""Adversarial words as a task's words: pairs of a member and a non-member that no small program tells apart.

The programs are those of one family. The labels are still the task's own. If the theory says that a language has no
program, these are the hardest test words for a model. Its accuracy where the words of a pair are judged differently
says whether it found something else.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from crasp.regular.automata.automaton import Automaton
from crasp.regular.certificates.adversarial_words import AdversarialPair, adversarial_pair
from crasp.regular.decided_programs import program_subject
from crasp.regular.families.family import FAMILIES, FRAGMENTS, Family
from eval.prediction.regular_tasks import EXPRESSIONS, automaton_of_task
from tasks.asking.recognition import SUFFIX
from tasks.drawing.lengths import check_request
from tasks.samples.word_arrays import batch_of
from tasks.task import Task
from tasks.words import Batch, Sampler

MOST_SIZES = 200
TRIES = 200  # the search ends after so many pairs in a row that do not lie in the range
SEEDS = 2**32


def automaton_given(name: str | None, program: str | None) -> Automaton:
    """The automaton of a regular task that is named, or of the language that a program accepts.

    Raises:
        ValueError: The task or program is not about a regular language, or no automaton was found.
        RefusedError: The program is refused.
    """
    if name is not None:
        base = name.removesuffix(SUFFIX)
        if base not in EXPRESSIONS:
            raise ValueError(f"{name}: adversarial words are made of regular languages: {', '.join(EXPRESSIONS)}")
        return automaton_of_task(base)
    assert program is not None
    subject = program_subject(program)
    if subject.automaton is None or subject.outputs is not None:
        raise ValueError(f"{subject.name}: adversarial words are made of what a program accepts, if that is regular")
    return subject.automaton


def adversarial_task(task: Task, automaton: Automaton, family: str) -> Task:
    """The task with adversarial words in place of its own.

    Members and non-members alternate, and the two words of a pair follow each other. The same generator gives the same
    words.

    Args:
        task: The task.
        automaton: The automaton of the task's language.
        family: The family of programs that do not tell the words of a pair apart.

    Raises:
        ValueError: There is no such family, or it has a program for the language.
    """
    known = next((each for each in FAMILIES if each == family), None)
    if known is None:
        raise ValueError(f"--adversary: expected one of {', '.join(FAMILIES)}, found {family}")
    adversarial_pair(automaton, known, 1)
    base = task.name.removesuffix(SUFFIX)
    name = f"{base}:adversary_{family}" + task.name[len(base) :]
    definition, *examples = task.summary.splitlines()
    what = f"The words are pairs of a member and another that no small program of {FRAGMENTS[known]} tells apart."
    return replace(
        task,
        name=name,
        title=f"{task.title}, adversarial words",
        summary="\n".join([f"{definition} {what}", *examples]),
        sample=_sampler(name, task, automaton, known),
        published={},
        language=None,
    )


def _sampler(name: str, task: Task, automaton: Automaton, family: Family) -> Sampler:
    def sample(rng: np.random.Generator, lengths: tuple[int, int], size: int) -> Batch:
        check_request(lengths, size)
        words: list[tuple[str, ...]] = []
        pairs = _pairs(name, automaton, family, rng, lengths)
        while len(words) < size:
            pair = next(pairs)
            words += [pair.member, pair.other]
        return batch_of(task, [task.label(word) for word in words[:size]])

    return sample


def _pairs(
    name: str, automaton: Automaton, family: Family, rng: np.random.Generator, lengths: tuple[int, int]
) -> Iterator[AdversarialPair]:
    """An endless sequence of pairs of various sizes with both words in the range; ValueError if there are none."""
    sizes = _sizes(automaton, family, lengths)
    failed = 0
    while sizes and failed < TRIES:
        size = sizes[int(rng.random() * len(sizes))]
        pair = adversarial_pair(automaton, family, size, seed=int(rng.random() * SEEDS))
        inside = all(lengths[0] <= len(word) <= lengths[1] for word in (pair.member, pair.other))
        failed = 0 if inside else failed + 1
        if inside:
            yield pair
    raise ValueError(f"{name}: no pair of words of lengths {lengths[0]}-{lengths[1]} was found")


def _sizes(automaton: Automaton, family: Family, lengths: tuple[int, int]) -> list[int]:
    """The sizes whose pairs may lie in the range.

    Words of one size differ little in length, and the length grows with the size.
    """
    found = []
    for size in range(1, MOST_SIZES):
        pair = adversarial_pair(automaton, family, size)
        shortest, longest = sorted((len(pair.member), len(pair.other)))
        if shortest > 2 * lengths[1]:
            break
        if 2 * longest >= lengths[0]:
            found.append(size)
    return found
