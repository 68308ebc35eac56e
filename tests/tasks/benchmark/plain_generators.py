"""A straightforward generator of every task: one word at a time, Python's own numbers, definitions written out again.

It is what the samplers are compared with, in what they draw (`test_plain_generators`) and in how fast
(`benchmarks/bench_tasks.py`). Nothing of the tasks' own code is used but the names of the special tokens.
"""

import random
from dataclasses import dataclass
from functools import cache

from tasks.words import EOS, SEP, Example
from tests.tasks.benchmark.plain_answers import ANSWERS, labelled_answer, lengths_with_answers
from tests.tasks.benchmark.plain_languages import READERS, completions, continuations, member
from tests.tasks.benchmark.plain_recognition import SUFFIX, recognised


@cache
def lengths_that_exist(task: str, shortest: int, longest: int) -> list[int]:
    if task in ANSWERS:
        return lengths_with_answers(task, shortest, longest)
    return [n for n in range(shortest, longest + 1) if completions(task, READERS[task].start, n)]


def plain_example(rng: random.Random, task: str, lengths: tuple[int, int]) -> Example:
    """One labelled word of the task, `NAME:recognition` included."""
    if task.endswith(SUFFIX):
        return recognised(rng, task.removesuffix(SUFFIX), range(lengths[0], lengths[1] + 1))
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


def _size(task: str, example: Example) -> int:
    if task == "count":
        return len(example.judged) - 1
    return example.judged[-1] if task in READERS else example.judged[0] - (task != "addition")


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
        sizes.append(_size(task, example))
    return PlainBatch(tokens, judged, targets, sizes)
