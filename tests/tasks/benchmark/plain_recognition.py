"""Recognition of the languages, one word at a time: a part of `plain_generators`.

Non-members are as the tasks' are, a third of them near the language, which here means two members spliced: what is near
is each task's own affair, what it costs to draw is what is compared.
"""

import random
from functools import cache

from tasks.words import SEP, Example
from tests.tasks.benchmark.plain_answers import Letters, labelled_answer
from tests.tasks.benchmark.plain_languages import READERS, completions, member

SUFFIX = ":recognition"
TRIES = 100  # words drawn blindly until one is no member


def is_member(language: str, word: Letters) -> bool:
    reader = READERS[language]
    state = reader.start
    for letter in word:
        state = reader.step(state, letter)
        if state is None:
            return False
    return reader.accepts(state)


def has_members(language: str, length: int) -> bool:
    return completions(language, READERS[language].start, length) > 0


def has_others(language: str, length: int) -> bool:
    return completions(language, READERS[language].start, length) < len(READERS[language].alphabet) ** length


def edited(rng: random.Random, language: str, word: Letters) -> Letters:
    """One to three edits: a letter changed, two neighbours exchanged, or a letter taken out and one put in."""
    for _ in range(rng.randint(1, 3)):
        place, kind = rng.randrange(len(word)), rng.choice(("change", "exchange", "move"))
        if kind == "change":
            word[place] = rng.choice(READERS[language].alphabet)
        elif kind == "exchange":
            word.insert(min(place + 1, len(word) - 1), word.pop(place))
        else:
            del word[place]
            word.insert(rng.randint(0, len(word)), rng.choice(READERS[language].alphabet))
    return word


def non_member(rng: random.Random, language: str, length: int) -> Letters:
    kind = rng.choice(("even", "edited", "near"))
    word = member(rng, language, length) if has_members(language, length) and kind != "even" else []
    if word and kind == "edited":
        word = edited(rng, language, word)
    elif word:
        cut = rng.randrange(length + 1)
        word = word[:cut] + member(rng, language, length)[cut:]
    for _ in range(TRIES):
        if len(word) == length and not is_member(language, word):
            return word
        word = [rng.choice(READERS[language].alphabet) for _ in range(length)]
    return uniform_non_member(rng, language, length)


def uniform_non_member(rng: random.Random, language: str, length: int) -> Letters:
    """Letter by letter, as many ways as each leaves to a non-member: for languages whose non-members are too rare."""
    alphabet, state, word = READERS[language].alphabet, READERS[language].start, []
    for left in range(length - 1, -1, -1):
        after = [None if state is None else READERS[language].step(state, letter) for letter in alphabet]
        ways = [len(alphabet) ** left - (0 if to is None else completions(language, to, left)) for to in after]
        letter, state = rng.choices([*zip(alphabet, after, strict=True)], ways)[0]
        word.append(letter)
    return word


@cache
def lengths_of_verdicts(language: str, lengths: range) -> dict[bool, list[int]]:
    """The lengths for members and for non-members: those that have both, or else what each has."""
    members = [length for length in lengths if has_members(language, length)]
    others = [length for length in lengths if has_others(language, length)]
    common = [length for length in members if length in others]
    return {True: common or members, False: common or others}


def recognised(rng: random.Random, language: str, lengths: range) -> Example:
    """A member or a non-member, each as likely."""
    wanted = rng.random() < 0.5
    length = rng.choice(lengths_of_verdicts(language, lengths)[wanted])
    word = member(rng, language, length) if wanted else non_member(rng, language, length)
    return labelled_answer(word, ["accept" if wanted else "reject"], [SEP])
