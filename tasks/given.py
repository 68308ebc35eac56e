"""Tasks that are given where a task's name is taken: a regular expression, or an automaton in a file."""

import hashlib
import json
from collections import deque
from pathlib import Path

from tasks.alphabet import read_alphabet
from tasks.automaton import Automaton, automaton_label
from tasks.continuation import continuation_sampler
from tasks.dfa_file import read_dfa
from tasks.recognition import recognition
from tasks.regex import read_regex
from tasks.registry import get_task
from tasks.regular_language import regular_language
from tasks.task import Task, TheoryRecord
from tasks.theory import both

MOST_STATES = 2_000
MOST_SHOWN = 60  # characters of an expression


def task_named_or_given(
    name: str | None = None,
    *,
    regex: str | None = None,
    dfa: str | None = None,
    alphabet: str | None = None,
    recognize: bool = False,
) -> Task:
    """The task of this name, or of the regular expression, or of the automaton in the file; one of them.

    `alphabet` holds the tokens of a regular expression, white space between them; without it they are the letters that
    occur. `recognize` asks for acceptance instead of legal continuations. UnknownTask for a name that is none,
    ValueError, with what is wrong, for all else.
    """
    if [name, regex, dfa].count(None) != 2:
        raise ValueError("expected one of a task's name, --regex R and --dfa FILE")
    if alphabet is not None and regex is None:
        raise ValueError("--alphabet goes with --regex: a named task and an automaton have their own")
    if name is not None:
        task = get_task(name)
    elif regex is not None:
        automaton = read_regex(regex, None if alphabet is None else read_alphabet(alphabet))
        shown = regex if len(regex) <= MOST_SHOWN else f"{regex[:MOST_SHOWN]}..."
        task = automaton_task(automaton, shown, f"the regular expression {shown}")
    else:
        task = automaton_task(read_dfa(Path(str(dfa))), Path(str(dfa)).stem, f"the automaton in {dfa}")
    return recognition(task) if recognize else task


def automaton_task(automaton: Automaton, title: str, what: str) -> Task:
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
        because="A language that was given: no verdict is kept with it. `python -m crasp decide` decides whether "
        "programs for it exist.",
        reference="none",
        standing="conjecture",
    )
    examples = [f"{' '.join(word)} -> {' '.join(label(word).targets[-1])}" for word in _examples(automaton)]
    return Task(
        name=name,
        title=title,
        summary="\n".join([f"The words of {what}: a minimal automaton of {states} states.", *examples]),
        family="Regular",
        alphabet=alphabet,
        format="continuations",
        sample=continuation_sampler(name, alphabet, language.exist, language.draw),
        label=label,
        theory=both(ape=undecided, nope=undecided),
        program=None,
        published={},
        source="given",
        language=language,
    )


def _examples(automaton: Automaton) -> list[tuple[str, ...]]:
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
