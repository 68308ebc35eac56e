"""The task of a regular language that a person gives, by an expression or an automaton."""

import hashlib
import json
from collections import deque
from dataclasses import replace

from tasks.asking.continuation import continuation_sampler
from tasks.asking.recognition import recognition
from tasks.ground.automata.automaton import counted
from tasks.ground.automata.language import Language
from tasks.ground.automata.tokens import LanguageError
from tasks.languages.automaton import TaskAutomaton, automaton_label, live_automaton
from tasks.languages.regular_language import regular_language
from tasks.languages.task_origin import SUFFIX, checked_name, origin_of_language, title_of
from tasks.task import Task, TheoryRecord
from tasks.theory import both

MOST_STATES = 2_000


def task_of_language(language: Language, *, recognize: bool = False) -> Task:
    """The task of a regular language; ValueError where it has no words, too many states, or a name that will not do."""
    text = language.text
    if text.called is not None:
        check_free(text.called)
    shown = title_of(text)
    what = f"the automaton in {text.dfa}" if text.dfa is not None else f"the regular expression {shown}"
    task = automaton_task(live_automaton(language.automaton), text.called or shown, what)
    task = recognition(task) if recognize else task
    return replace(task, origin=origin_of_language(language, recognize=recognize))


def check_free(name: str) -> None:
    """LanguageError where a person cannot call a task of theirs so."""
    from tasks.registry import TASKS  # all tasks of the benchmark, which no other question needs here

    checked_name(name)
    if name.removesuffix(SUFFIX) in TASKS:
        raise LanguageError(f"--name: {name} is a task of the benchmark; expected another name")


def automaton_task(automaton: TaskAutomaton, title: str, what: str) -> Task:
    """The task of a regular language; equal languages over equal alphabets have equal names, and so equal words.

    ValueError for an automaton of more states than paths are counted in.
    """
    states = len(automaton.successors)
    if states > MOST_STATES:
        raise ValueError(f"{what} has {states} states; words are drawn from at most {MOST_STATES}")
    identity = json.dumps([automaton.alphabet, automaton.successors, automaton.accepting])
    name = f"regular_{hashlib.sha256(identity.encode()).hexdigest()[:10]}"
    alphabet = automaton.alphabet
    language = regular_language(alphabet, lambda: automaton)
    label = automaton_label(alphabet, lambda: automaton)
    undecided = TheoryRecord(
        verdict="unknown",
        because="A language that was given, which this command does not decide: `python -m eval.words show` and "
        "`export` do, and say the verdict.",
        reference="none",
        standing="not decided",
    )
    examples = [f"{' '.join(word)} -> {' '.join(label(word).targets[-1])}" for word in _examples(automaton)]
    return Task(
        name=name,
        title=title,
        summary="\n".join([f"The words of {what}: a minimal automaton of {counted(states, 'state')}.", *examples]),
        family="Regular",
        alphabet=alphabet,
        format="continuations",
        sample=continuation_sampler(name, alphabet, language.exist, language.draws),
        label=label,
        theory=both(ape=undecided, nope=undecided),
        program=None,
        published={},
        source="given",
        language=language,
    )


def _examples(automaton: TaskAutomaton) -> list[tuple[str, ...]]:
    """The shortest member that has letters, or else the empty word; and what it begins with, or goes on to."""
    queue: deque[tuple[int, tuple[str, ...]]] = deque([(0, ())])
    seen: set[int] = set()
    while queue:
        state, word = queue.popleft()
        for letter, to in zip(automaton.alphabet, automaton.successors[state], strict=True):
            if to is None:
                continue
            if automaton.accepting[to]:
                return [word, (*word, letter)] if word else [(letter,), (letter, letter)]
            if to not in seen:
                seen.add(to)
                queue.append((to, (*word, letter)))
    return [()]
