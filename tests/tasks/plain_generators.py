"""A straightforward generator of every task: one word at a time, Python's own numbers, definitions written out again.

It is what the samplers are compared with, in what they draw (`test_plain_generators`) and in how fast
(`benchmarks/bench_tasks.py`). Nothing of the tasks' own code is used but the names of the special tokens.
"""

import random
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache

from tasks.task import BOS, EOS, SEP, Example

Letters = list[str]

# --- answers ------------------------------------------------------------------------------------------------


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
    "parity": parity,
    "addition": addition,
}


def lengths_with_answers(task: str, shortest: int, longest: int) -> list[int]:
    least, most, step = {
        "binary_majority_interleave": (3, longest, 3),
        "sort": (1, 150, 1),
        "copy_unique": (1, 150, 1),
        "addition": (4, longest, 1),
    }.get(task, (1, longest, 1))
    return [n for n in range(shortest, longest + 1) if least <= n <= most and n % step == 0]


# --- languages ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A language read letter by letter: the state after a letter, None where no member goes on so."""

    alphabet: str
    start: Hashable
    step: Callable[[Hashable, str], Hashable | None]
    accepts: Callable[[Hashable], bool]


def table(alphabet: str, rows: dict[str, dict[str, str]], accepting: str) -> Reader:
    """States of one character; the first row is the start."""
    return Reader(alphabet, next(iter(rows)), lambda state, letter: rows[state].get(letter), lambda s: s in accepting)


def nested(opens: str, closes: str, deepest: float) -> Reader:
    def step(depth: int, letter: str) -> int | None:
        depth += 1 if letter == opens else -1
        return depth if 0 <= depth <= deepest else None

    return Reader(opens + closes, 0, step, lambda depth: depth == 0)


def two_kinds_of_brackets() -> Reader:
    def step(depths: tuple[int, int], letter: str) -> tuple[int, int] | None:
        round_, square = depths
        round_ += {"(": 1, ")": -1}.get(letter, 0)
        square += {"[": 1, "]": -1}.get(letter, 0)
        return (round_, square) if min(round_, square) >= 0 else None

    return Reader("()[]", (0, 0), step, lambda depths: depths == (0, 0))


def equal_blocks(letters: str) -> Reader:
    """The state: which block, how many letters of it are there, how many it gets (of the first: not known)."""

    def step(state: tuple[int, int, int], letter: str) -> tuple[int, int, int] | None:
        block, there, whole = state
        if block == 0 and letter == letters[0]:
            return 0, there + 1, 0
        if block == 0 and letter == letters[1] and there:
            return 1, 1, there
        if block and letter == letters[block] and there < whole:
            return block, there + 1, whole
        if block and there == whole and letters[block + 1 : block + 2] == letter:
            return block + 1, 1, whole
        return None

    return Reader(letters, (0, 0, 0), step, lambda s: s == (0, 0, 0) or (s[0] == len(letters) - 1 and s[1] == s[2]))


def prefix_expressions(arities: dict[str, int]) -> Reader:
    def step(wanted: int, letter: str) -> int | None:
        return wanted - 1 + arities[letter] if wanted else None

    return Reader("".join(arities), 1, step, lambda wanted: wanted == 0)


def modular(alphabet: str, modulus: int) -> Reader:
    """Letters in the order of the alphabet, round and round, a multiple of the modulus."""
    return Reader(
        alphabet,
        0,
        lambda place, letter: (place + 1) % modulus if alphabet[place % len(alphabet)] == letter else None,
        lambda place: place == 0,
    )


READERS = {
    "tomita1": table("01", {"s": {"1": "s"}}, "s"),
    "tomita2": modular("10", 2),
    "tomita3": table(
        "01",
        {
            "e": {"0": "e", "1": "o"},
            "o": {"0": "x", "1": "e"},
            "x": {"0": "y"},
            "y": {"0": "x", "1": "o"},
        },
        "eoy",
    ),
    "tomita4": table("01", {"n": {"0": "a", "1": "n"}, "a": {"0": "b", "1": "n"}, "b": {"1": "n"}}, "nab"),
    "tomita5": Reader(
        "01", (0, 0), lambda s, x: ((s[0] + (x == "0")) % 2, (s[1] + (x == "1")) % 2), lambda s: s == (0, 0)
    ),
    "tomita6": Reader("01", 0, lambda s, x: (s + (1 if x == "0" else -1)) % 3, lambda s: s == 0),
    "tomita7": table(
        "01",
        {"a": {"0": "a", "1": "b"}, "b": {"1": "b", "0": "c"}, "c": {"0": "c", "1": "d"}, "d": {"1": "d"}},
        "abcd",
    ),
    "d_2": nested("a", "b", 2),
    "d_3": nested("a", "b", 3),
    "d_4": nested("a", "b", 4),
    "d_12": nested("a", "b", 12),
    "aa_star": modular("a", 2),
    "aaaa_star": modular("a", 4),
    "abab_star": modular("ab", 4),
    "ab_star_d_bc_star": table("abcd", {"p": {"a": "p", "b": "p", "d": "q"}, "q": {"b": "q", "c": "q"}}, "q"),
    "aabbccddee": table(
        "abcde",
        {
            "-": {"a": "a"},
            "a": {"a": "a", "b": "b"},
            "b": {"b": "b", "c": "c"},
            "c": {"c": "c", "d": "d"},
            "d": {"d": "d", "e": "e"},
            "e": {"e": "e"},
        },
        "e",
    ),
    "012_star_0_2_star": table("012", {"n": {"0": "y", "1": "n", "2": "n"}, "y": {"0": "y", "1": "n", "2": "y"}}, "y"),
    "dyck1": nested("(", ")", float("inf")),
    "shuffle2": two_kinds_of_brackets(),
    "anbn": equal_blocks("ab"),
    "anbncn": equal_blocks("abc"),
    "anbncndn": equal_blocks("abcd"),
    "bool3": prefix_expressions({"0": 0, "1": 0, "u": 1, "v": 2, "t": 3}),
    "bool5": prefix_expressions({"0": 0, "1": 0, "u": 1, "v": 2, "t": 3, "q": 4, "p": 5}),
}


@cache
def completions(language: str, state: Hashable, letters: int) -> int:
    """How many words of that many letters lead from the state to acceptance."""
    reader = READERS[language]
    if letters == 0:
        return int(reader.accepts(state))
    after = [reader.step(state, letter) for letter in reader.alphabet]
    return sum(completions(language, to, letters - 1) for to in after if to is not None)


def member(rng: random.Random, language: str, length: int) -> Letters:
    reader, state, word = READERS[language], READERS[language].start, []
    for left in range(length - 1, -1, -1):
        after = [(letter, reader.step(state, letter)) for letter in reader.alphabet]
        ways = [0 if to is None else completions(language, to, left) for _, to in after]
        letter, state = rng.choices(after, ways)[0]
        word.append(letter)
    return word


def continuations(language: str, word: Letters) -> Example:
    reader, state = READERS[language], READERS[language].start
    targets = []
    for letter in [*word, None]:
        allowed = [a for a in reader.alphabet if state is not None and reader.step(state, a) is not None]
        if state is not None and reader.accepts(state):
            allowed.append(EOS)
        targets.append(tuple(allowed))
        if letter is not None and state is not None:
            state = reader.step(state, letter)
    return Example((BOS, *word), tuple(range(len(word) + 1)), tuple(targets))


# --- both ---------------------------------------------------------------------------------------------------


@cache
def lengths_that_exist(task: str, shortest: int, longest: int) -> list[int]:
    if task in ANSWERS:
        return lengths_with_answers(task, shortest, longest)
    return [n for n in range(shortest, longest + 1) if completions(task, READERS[task].start, n)]


def plain_example(rng: random.Random, task: str, lengths: tuple[int, int]) -> Example:
    """One labelled word of the task."""
    length = rng.choice(lengths_that_exist(task, *lengths))
    if task in READERS:
        return continuations(task, member(rng, task, length))
    word, answer = ANSWERS[task](rng, length)
    return labelled_answer(word, answer, [] if task == "addition" else [SEP])


@dataclass(frozen=True)
class PlainBatch:
    """What a sampler's batch holds, as lists."""

    tokens: list[list[int]]
    judged: list[list[bool]]
    targets: list[list[int]] | list[list[list[bool]]]
    lengths: list[int]


def plain_batch(
    rng: random.Random, task: str, vocabulary: tuple[str, ...], lengths: tuple[int, int], size: int
) -> PlainBatch:
    """Labelled words as numbers of tokens, filled up to the longest with the last token of the vocabulary."""
    numbers = {token: place for place, token in enumerate(vocabulary)}
    examples = [plain_example(rng, task, lengths) for _ in range(size)]
    width = max(len(example.tokens) for example in examples)
    pad = len(vocabulary) - 1
    outputs = [*vocabulary[:-4], EOS]
    nothing = [False] * len(outputs) if task in READERS else pad
    tokens, judged, targets, sizes = [], [], [], []
    for example in examples:
        tokens.append([numbers[token] for token in example.tokens] + [pad] * (width - len(example.tokens)))
        judged.append([False] * width)
        targets.append([nothing] * width)
        for place, allowed in zip(example.judged, example.targets, strict=True):
            judged[-1][place] = True
            if task in READERS:
                targets[-1][place] = [output in allowed for output in outputs]
            else:
                targets[-1][place] = numbers[allowed[0]]
        sizes.append(example.judged[-1] if task in READERS else example.judged[0] - (task != "addition"))
    return PlainBatch(tokens, judged, targets, sizes)
