"""Words on which comparisons come out as close as they can."""

from itertools import islice, product
from random import Random

from crasp.meaning import ir
from crasp.meaning.recognizer import recognize


def short_words(alphabet: tuple[str, ...], most: int) -> list[list[str]]:
    """All words, shortest first, up to a number."""
    every = (list(word) for length in range(12) for word in product(alphabet, repeat=length))
    return list(islice(every, most))


def near_ties(program: ir.Program, length: int, random: Random) -> list[list[str]]:
    """Words of that length: two letters one after the other in equal or unequal numbers, all letters in equal numbers.

    And one that goes on as the program allows as long as it does, so that it stays in the language.
    """
    letters = program.alphabet
    found = []
    for _ in range(2):
        first, second = random.sample(letters, 2) if len(letters) > 1 else (letters[0], letters[0])
        half = length // random.choice((2, 2, 5))
        found.append([first] * (length - half) + [second] * half)
    balanced = [letters[k % len(letters)] for k in range(length)]
    random.shuffle(balanced)
    found.append(balanced)
    if program.next and len(program.lines) < 200:
        found.append(allowed(program, length, random))
    return found


def allowed(program: ir.Program, length: int, random: Random) -> list[str]:
    """A word whose every letter the program allows, where it allows any."""
    word: list[str] = []

    def letters() -> object:
        while len(word) < length:
            yield word[-1]

    moments = recognize(program, letters())  # type: ignore[arg-type]
    while len(word) < length:
        moment = next(moments)
        choices = [token for token in moment.next if token in program.alphabet]
        word.append(random.choice(choices or list(program.alphabet)))
    return word
