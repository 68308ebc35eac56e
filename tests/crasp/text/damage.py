"""Texts that were legal until something was taken out, put in or exchanged."""

import random
import re

from crasp.text import syntax
from tests.crasp.meaning.rendering import join, lexemes

STRANGERS = (
    *("(", ")", "[", "]", "{", "}", ":=", ":", "?", ",", ";", "..", "#", "%", "=", "<", "<=", "!=", "+", "-", "*"),
    *("and", "or", "not", "any", "all", "sum", "min", "max", "for", "in", "if", "true", "Q", "Q_a", "Q_", "next"),
    *("accept", "eos", "alphabet", "i", "j", "a", "n", "0", "7", "1a", '"', '"a"', '"\\n"', "/", "//", "\n", "\\"),
    *("é", "∧", "¬", "@", "\u2028", "\x00", "\x0b", "\ufeff", "#[j <= i]", "any[s in alphabet]", "min("),
)
SORTS = (
    *(r"any|all|sum", r"min|max", r"and|or|[∧∨]", r"true|false", r"[<>=!≤≥≠]=?", r"[+-]", r"[0-9]+", r'".*"'),
    *(r"(?!Q|accept|next|eos|alphabet|for|in|if|not|¬)[^\W\d]\w*", r"Q_\w*", r".*"),
)


def damaged(program: syntax.Program, seed: int) -> str:
    """The text of a program with one to three mistakes in it."""
    chooser = random.Random(seed)
    words = lexemes(program, chooser if chooser.random() < 0.5 else None)
    hurt = chooser.choice([_hurt, _exchange])
    for _ in range(chooser.randint(1, 3)):
        hurt(words, chooser)
    text = join(words, chooser if chooser.random() < 0.3 else None)
    if chooser.random() < 0.3:
        at = chooser.randint(0, len(text))
        text = text[:at] + chooser.choice([chooser.choice(STRANGERS), ""]) + text[at + 1 :]
    return text


def _exchange(words: list[str], chooser: random.Random) -> None:
    """Put another word of the same sort in the place of one, so that the grammar has little to say."""
    at = chooser.randrange(len(words))
    sort = next(sort for sort in SORTS if re.fullmatch(sort, words[at], re.DOTALL))
    words[at] = chooser.choice([*(word for word in words if re.fullmatch(sort, word, re.DOTALL)), words[at]])


def _hurt(words: list[str], chooser: random.Random) -> None:
    at = chooser.randrange(len(words)) if words else 0
    match chooser.randrange(5):
        case 0:
            del words[at : at + 1]
        case 1:
            words.insert(at, chooser.choice(STRANGERS))
        case 2 if words:
            words[at] = chooser.choice(STRANGERS)
        case 3 if words:
            other = chooser.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        case _ if words:
            words.insert(at, chooser.choice(words))
