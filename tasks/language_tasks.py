"""The task of a regular language that a person gives, as a regular expression or as an automaton."""

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
    """Return the task of a regular language, with the origin from which it can be made again.

    Args:
        language: The language, as `read_language` reads it.
        recognize: Ask whether a word is accepted, instead of which tokens may follow each prefix.

    Raises:
        ValueError: The language has no words, its automaton has too many states, or its chosen name cannot be used.
    """
    text = language.text
    if text.called is not None:
        check_free(text.called)
    shown = title_of(text)
    what = f"the automaton in {text.dfa}" if text.dfa is not None else f"the regular expression {shown}"
    task = automaton_task(live_automaton(language.automaton), text.called or shown, what)
    task = recognition(task) if recognize else task
    return replace(task, origin=origin_of_language(language, recognize=recognize))


def check_free(name: str) -> None:
    """Check that a person may give a task this name.

    Raises:
        LanguageError: The name is not a valid one, or a task of the benchmark has it.
    """
    from tasks.registry import TASKS  # inside the function: it makes all tasks, which nothing else here needs

    checked_name(name)
    if name.removesuffix(SUFFIX) in TASKS:
        raise LanguageError(f"--name: {name} is a task of the benchmark; expected another name")


def automaton_task(automaton: TaskAutomaton, title: str, what: str) -> Task:
    """Return the task of the regular language of an automaton.

    Its name is a hash of the automaton. Equal languages over equal alphabets therefore have equal names, and the same
    words are drawn for them.

    Args:
        automaton: The language.
        title: The title of the task.
        what: What the language is given by, as the summary and messages call it.

    Raises:
        ValueError: The automaton has more than MOST_STATES states.
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
        because="This command does not decide a language that is given. `python -m eval.words show` and `export` "
        "decide it, and print the verdict.",
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
        automaton=lambda: automaton,
    )


def _examples(automaton: TaskAutomaton) -> list[tuple[str, ...]]:
    """Return up to two words whose labels the summary shows.

    The second is the shortest member that has letters, and the first is that member without its last letter. If the
    member has a single letter, the words are the member and that letter twice. A language without such a member gives
    the empty word alone.
    """
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
