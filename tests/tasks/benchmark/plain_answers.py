"""The tasks with an answer, one word at a time: a part of `plain_generators`."""

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from tasks.words import BOS, EOS, Example

Letters = list[str]
SIXTEEN = [str(letter) for letter in range(16)]


def labelled_answer(word: Letters, answer: Letters, separator: Letters) -> Example:
    tokens = [BOS, *word, *separator, *answer, EOS]
    first = len(word) + len(separator)
    judged = range(first, len(tokens) - 1)
    return Example(tuple(tokens), tuple(judged), tuple((tokens[place + 1],) for place in judged))


def shuffled_bits(rng: random.Random, length: int, zeros: int) -> Letters:
    word = ["0"] * zeros + ["1"] * (length - zeros)
    rng.shuffle(word)
    return word


def binary_majority(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    zeros = rng.choice([number for number in range(length + 1) if 2 * number != length])
    return shuffled_bits(rng, length, zeros), ["0" if 2 * zeros > length else "1"]


def binary_majority_interleave(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    strands = [binary_majority(rng, length // 3) for _ in range(3)]
    dealt = [bit for bits in zip(*(word for word, _ in strands), strict=True) for bit in bits]
    return dealt, [bit for _, answer in strands for bit in answer]


def majority(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    while True:
        word = [rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length)]
        counts = Counter(word)
        modes = [letter for letter, times in counts.items() if times == max(counts.values())]
        if len(modes) == 1:
            return word, modes


def sort(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    numbers = rng.sample(range(150), length)
    return [str(number) for number in numbers], [str(number) for number in sorted(numbers)]


def copy_unique(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    word = [str(number) for number in rng.sample(range(150), length)]
    return word, word


def copy_repeat(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    word = [rng.choice("ab") for _ in range(length)]
    return word, word


def repeat_letter(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    word = [rng.choice("ab")] * length
    return word, word


def unique_reverse(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    word, _ = copy_unique(rng, length)
    return word, list(reversed(word))


def unique_bigram_copy(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    word = [rng.choice(SIXTEEN)]
    for _ in range(length - 1):
        used = {after for before, after in pairwise(word) if before == word[-1]}
        if len(used) == len(SIXTEEN):  # nothing can follow: another word
            return unique_bigram_copy(rng, length)
        word.append(rng.choice([letter for letter in SIXTEEN if letter not in used]))
    return word, word


def count(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    first = rng.randint(0, 150 - length)
    answer = [str(first + step) for step in range(length)]
    return [answer[0], answer[-1]], answer


def parity(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    ones = rng.randint(0, length)
    return shuffled_bits(rng, length, length - ones), ["o" if ones % 2 else "e"]


def number(rng: random.Random, length: int) -> str:
    first = rng.choice("01") if length == 1 else "1"
    return first + "".join(rng.choice("01") for _ in range(length - 1))


def addition(rng: random.Random, length: int) -> tuple[Letters, Letters]:
    left = rng.randint(1, length - 3)
    x, y = number(rng, left), number(rng, length - 2 - left)
    return [*x, "+", *y, "="], list(f"{int(x, 2) + int(y, 2):b}")


ANSWERS: dict[str, Callable[[random.Random, int], tuple[Letters, Letters]]] = {
    "binary_majority": binary_majority,
    "binary_majority_interleave": binary_majority_interleave,
    "majority": majority,
    "sort": sort,
    "copy_unique": copy_unique,
    "copy_repeat": copy_repeat,
    "repeat_letter": repeat_letter,
    "unique_reverse": unique_reverse,
    "unique_bigram_copy": unique_bigram_copy,
    "count": count,
    "parity": parity,
    "addition": addition,
}


def lengths_with_answers(task: str, shortest: int, longest: int) -> list[int]:
    least, most, step = {
        "binary_majority_interleave": (3, longest, 3),
        "sort": (1, 150, 1),
        "copy_unique": (1, 150, 1),
        "unique_reverse": (1, 150, 1),
        "unique_bigram_copy": (1, 257, 1),
        "count": (1, 150, 1),
        "addition": (4, longest, 1),
    }.get(task, (1, longest, 1))
    return [n for n in range(shortest, longest + 1) if least <= n <= most and n % step == 0]
