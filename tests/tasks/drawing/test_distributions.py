"""What the uniform stratum draws, in the shares that the definitions say; seeds fixed, five standard deviations."""

from collections import Counter
from collections.abc import Iterable, Set
from itertools import pairwise, product
from math import comb, sqrt

import numpy as np
import pytest

from tasks.registry import get_task
from tasks.samples.word_arrays import examples_of, word_of
from tests.cases import few
from tests.tasks.drawing.strata import of_stratum


def drawn(task: str, length: int, size: int) -> list[tuple[str, ...]]:
    batch = of_stratum(get_task(task), "test", (length, length), size)
    return [word_of(get_task(task), example) for example in examples_of(get_task(task), batch)]


def assert_even(values: Iterable[object], expected: Set[object]) -> None:
    times = Counter(values)
    assert set(times) == expected
    mean = times.total() / len(expected)
    spread = sqrt(mean * (1 - 1 / len(expected)))
    assert all(abs(number - mean) <= 5 * spread for number in times.values()), times


def assert_share(found: float, share: float, size: int) -> None:
    assert abs(found - share) <= 5 * sqrt(share * (1 - share) / size), (found, share)


@pytest.mark.parametrize(
    ("name", "length", "members"),
    few(
        [
            ("tomita3", 5, None),
            ("tomita4", 5, 24),
            ("tomita5", 6, 32),
            ("tomita6", 5, None),
            ("tomita7", 4, 15),
            ("d_2", 8, 8),
            ("d_3", 8, 13),
            ("d_12", 8, 14),
            ("dyck1", 8, 14),
            ("shuffle2", 4, 10),
            ("shuffle2", 6, 70),
            ("anbncn", 6, 1),
            ("bool3", 4, 22),
            ("bool5", 5, None),
            ("ab_star_d_bc_star", 3, 12),
            ("aabbccddee", 7, comb(6, 4)),
            ("012_star_0_2_star", 4, 40),
            ("copy_repeat", 4, 16),
            ("majority", 2, 26),
        ],
        also=[
            ("tomita4", 5, 24),
            ("d_12", 8, 14),
            ("dyck1", 8, 14),
            ("shuffle2", 4, 10),
            ("bool3", 4, 22),
            ("ab_star_d_bc_star", 3, 12),
            ("copy_repeat", 4, 16),
        ],
        rows=True,
    ),
)
def test_all_words_of_a_length_are_equally_likely(name: str, length: int, members: int | None) -> None:
    task = get_task(name)
    if task.format == "continuations":
        words = product(task.alphabet, repeat=length)
        expected = {word for word in words if "<eos>" in task.label(word).targets[-1]}
    else:
        expected = set(product("ab", repeat=4)) if name == "copy_repeat" else {(x, x) for x in task.alphabet}
    assert members is None or len(expected) == members
    assert_even(drawn(name, length, 400 * len(expected)), expected)


def test_majority_words_are_even_among_those_with_one_mode() -> None:
    words = drawn("majority", 3, 10_000)
    all_the_same = sum(len(set(word)) == 1 for word in words)
    assert_share(all_the_same / len(words), 26 / (26 + 3 * 26 * 25), len(words))
    pairs = [next(place for place in range(3) if word.count(word[place]) == 1) for word in words if len(set(word)) == 2]
    assert_even(pairs, {0, 1, 2})


@pytest.mark.parametrize("length", [9, 10])
def test_the_number_of_zeros_is_even_and_never_a_tie(length: int) -> None:
    words = drawn("binary_majority", length, 10_000)
    assert_even((word.count("0") for word in words), {zeros for zeros in range(length + 1) if 2 * zeros != length})


@pytest.mark.parametrize("length", [9, 10])
def test_the_number_of_ones_of_parity_is_even(length: int) -> None:
    assert_even((word.count("1") for word in drawn("parity", length, 10_000)), set(range(length + 1)))


@pytest.mark.parametrize("name", few(["binary_majority", "parity"], 2))
def test_bits_are_shuffled(name: str) -> None:
    words = [word for word in drawn(name, 5, 8_000) if word.count("1") == 2]
    expected = {tuple("1" if place in ones else "0" for place in range(5)) for ones in product(range(5), repeat=2)}
    assert_even(words, {word for word in expected if word.count("1") == 2})


@pytest.mark.parametrize("length", [3, 150])
def test_tokens_to_copy_are_distinct_and_even_at_every_place(length: int) -> None:
    words = drawn("copy_unique", length, 2000)
    assert all(len(set(word)) == length for word in words)
    tokens = set(get_task("copy_unique").alphabet)
    for place in (0, 1, length - 1):
        assert_even((word[place] for word in words), tokens)


@pytest.mark.parametrize("length", [2, 150])
def test_tokens_to_sort_are_distinct_and_even_at_every_place(length: int) -> None:
    words = drawn("sort", length, 2000)
    assert all(len(set(word)) == length for word in words)
    for place in (0, length - 1):
        assert_even((word[place] for word in words), set(get_task("sort").alphabet))


@pytest.mark.parametrize("length", [2, 150])
def test_tokens_to_reverse_are_distinct_and_even_at_every_place(length: int) -> None:
    words = drawn("unique_reverse", length, 2000)
    assert all(len(set(word)) == length for word in words)
    for place in (0, length - 1):
        assert_even((word[place] for word in words), set(get_task("unique_reverse").alphabet))


def test_each_letter_is_even_among_those_that_make_no_bigram_occur_twice() -> None:
    words = drawn("unique_bigram_copy", 3, 20_000)
    letters = get_task("unique_bigram_copy").alphabet
    assert_even((word[0] for word in words), set(letters))
    assert_even((word[:2] for word in words), set(product(letters, repeat=2)))
    assert_even((word[2] for word in words if word[0] == word[1] == "3"), set(letters) - {"3"})


@pytest.mark.parametrize("length", [150, 200, 257])
def test_no_bigram_occurs_twice_in_words_as_long_as_there_are(length: int) -> None:
    words = drawn("unique_bigram_copy", length, 200)
    assert all(len(set(pairwise(word))) == length - 1 for word in words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("length", few([1, 20, 149, 150], also=[1, 20, 150]))
def test_the_number_from_which_one_counts_is_even_among_those_with_room(length: int) -> None:
    words = drawn("count", length, 6000)
    assert all(int(last) - int(first) == length - 1 for first, last in words)
    assert_even((int(first) for first, _ in words), set(range(151 - length)))


def test_the_words_that_are_interleaved_have_even_numbers_of_zeros_and_are_drawn_apart() -> None:
    words = drawn("binary_majority_interleave", 9, 10_000)
    for strand in range(3):
        assert_even((word[strand::3].count("0") for word in words), {0, 1, 2, 3})
    zeros = [(word[0::3].count("0"), word[1::3].count("0")) for word in words]
    assert_even(zeros, set(product(range(4), repeat=2)))


def test_long_shuffles_have_the_share_of_each_kind_that_counting_gives() -> None:
    size, pairs = 5_000, 10
    catalan = [comb(2 * n, n) // (n + 1) for n in range(pairs + 2)]
    ways = [comb(2 * pairs, 2 * m) * catalan[m] * catalan[pairs - m] for m in range(pairs + 1)]
    assert sum(ways) == catalan[pairs] * catalan[pairs + 1]
    words = drawn("shuffle2", 2 * pairs, size)
    for m in (2, 5, 7):
        assert_share(sum(word.count("(") == m for word in words) / size, ways[m] / sum(ways), size)


def expressions(operands: tuple[int, ...], length: int) -> int:
    """How many expressions have this length: words of so many letters in sum, of which one turn in `length` is one."""
    ways = {0: 1}
    for _ in range(length):
        after: dict[int, int] = {}
        for total, number in ways.items():
            for operand in operands:
                after[total + operand - 1] = after.get(total + operand - 1, 0) + number
        ways = after
    return ways[-1] // length


@pytest.mark.parametrize(
    ("name", "operands"), few([("bool3", (0, 0, 1, 2, 3)), ("bool5", (0, 0, 1, 2, 3, 4, 5))], 2, rows=True)
)
def test_long_expressions_begin_as_counting_says(name: str, operands: tuple[int, ...]) -> None:
    size = 8_000
    batch = of_stratum(get_task(name), "test", (150, 150), size)
    # After u comes one expression of 149 letters; before the last letter, a constant, anything may stand.
    assert_share(float((batch.tokens[:, 1] == 2).mean()), expressions(operands, 149) / expressions(operands, 150), size)
    assert_share(float((batch.tokens[:, 150] == 0).mean()), 1 / 2, size)


def test_summands_have_even_lengths_and_even_bits() -> None:
    words = ["".join(word) for word in drawn("addition", 10, 8_000)]
    summands = [word.rstrip("=").split("+") for word in words]
    assert_even((len(x) for x, _ in summands), set(range(1, 8)))
    assert_even((x for x, _ in summands if len(x) == 3), {"100", "101", "110", "111"})
    assert_even((y for _, y in summands if len(y) == 1), {"0", "1"})


def members_without_000(length: int) -> int:
    counts = [1, 2, 4]
    while len(counts) <= length:
        counts.append(sum(counts[-3:]))
    return counts[length]


def test_counts_are_exact_at_length_150() -> None:
    size = 8_000
    batch = of_stratum(get_task("tomita4"), "test", (150, 150), size)
    first_is_zero = 1 - members_without_000(149) / members_without_000(150)
    assert_share(float((batch.tokens[:, 1] == 0).mean()), first_is_zero, size)
    both_are_zero = first_is_zero - (members_without_000(148) / members_without_000(150))
    assert_share(float((batch.tokens[:, [1, 2]] == 0).all(axis=1).mean()), both_are_zero, size)


def test_long_balanced_words_have_the_share_of_returns_that_catalan_numbers_give() -> None:
    size, half = 8_000, 75
    catalan = [comb(2 * n, n) // (n + 1) for n in range(half + 1)]
    batch = of_stratum(get_task("dyck1"), "test", (150, 150), size)
    may_end = batch.targets[:, :, -1]  # (words, positions)
    for n in (1, 2, 40, 74):
        share = catalan[n] * catalan[half - n] / catalan[half]
        assert_share(float(np.mean(may_end[:, 2 * n])), share, size)
