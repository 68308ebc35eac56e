"""The labels of the tasks with an answer against naive definitions, on all short words."""

from itertools import pairwise, product

import pytest

from tasks.registry import get_task
from tasks.words import BOS, EOS, SEP


def answer(task: str, word: str) -> str:
    """What the labels say after the word, the tokens run together and the end left out."""
    example = get_task(task).label(tuple(word))
    *rest, end = [target for (target,) in example.targets]
    assert end == EOS
    assert example.tokens[example.judged[0] + 1 :] == (*rest, EOS)
    assert example.judged == tuple(range(example.judged[0], len(example.tokens) - 1))
    return "".join(rest)


def answer_of(task: str, word: tuple[str, ...]) -> tuple[str, ...]:
    """As `answer`, token by token."""
    *found, end = [target for (target,) in get_task(task).label(word).targets]
    assert end == EOS
    return tuple(found)


def bit_words(longest: int) -> list[str]:
    return ["".join(bits) for length in range(longest + 1) for bits in product("01", repeat=length)]


def test_binary_majority_is_the_middle_of_the_sorted_bits() -> None:
    for word in bit_words(10):
        ranked = sorted(word)
        if word.count("0") * 2 == len(word):
            with pytest.raises(ValueError, match="a tie"):
                answer("binary_majority", word)
        else:
            middles = {ranked[(len(word) - 1) // 2], ranked[len(word) // 2]}
            assert {answer("binary_majority", word)} == middles


def test_majority_is_the_only_letter_that_no_other_reaches() -> None:
    for length in range(1, 7):
        for word in product("amz", repeat=length):
            winners = [x for x in "amz" if all(word.count(x) > word.count(y) for y in "amz" if y != x)]
            if winners:
                assert [answer("majority", "".join(word))] == winners
            else:
                with pytest.raises(ValueError, match="a tie"):
                    answer("majority", "".join(word))


def test_interleaved_majorities_are_the_middles_of_each_third_bit() -> None:
    for length in (3, 6, 9):
        for bits in product("01", repeat=length):
            strands = [sorted(bits[start::3]) for start in range(3)]
            middles = [{strand[(length // 3 - 1) // 2], strand[length // 6]} for strand in strands]
            if all(len(middle) == 1 for middle in middles):
                assert answer("binary_majority_interleave", "".join(bits)) == "".join(bit for (bit,) in middles)
            else:
                with pytest.raises(ValueError, match="a tie"):
                    answer("binary_majority_interleave", "".join(bits))


def test_without_positions_the_first_of_interleaved_majorities_asks_for_a_count_modulo_three() -> None:
    """The words of the argument why no program without positions computes it."""
    for a, b in product(range(7), repeat=2):
        if (a + b) % 3 == 2:
            word = "01" * a + "11" + "01" * b + "000"
            assert (answer("binary_majority_interleave", word)[0] == "1") == (b % 3 == 2)


def test_sorting_counts_the_smaller_ones() -> None:
    for numbers in product(("0", "9", "10", "149"), repeat=3):
        if len(set(numbers)) == 3:
            example = get_task("sort").label(numbers)
            ranked = {sum(int(x) > int(y) for y in numbers): x for x in numbers}
            assert [target for (target,) in example.targets] == [ranked[0], ranked[1], ranked[2], EOS]


def test_parity_flips_with_every_one() -> None:
    for word in bit_words(10):
        even = True
        for bit in word:
            even ^= bit == "1"
        assert answer("parity", word) == ("e" if even else "o")


def test_copies_are_the_words_themselves() -> None:
    for length in range(1, 9):
        for letters in product("ab", repeat=length):
            assert answer("copy_repeat", "".join(letters)) == "".join(letters)
    example = get_task("copy_unique").label(("149", "0", "77"))
    assert example.tokens == (BOS, "149", "0", "77", SEP, "149", "0", "77", EOS)
    assert example.judged == (4, 5, 6, 7)


def test_a_letter_is_repeated_as_often_as_it_came() -> None:
    for letter, times in product("ab", range(1, 9)):
        assert answer("repeat_letter", letter * times) == letter * times


def test_reversing_reads_from_the_last_to_the_first() -> None:
    for numbers in product(("0", "9", "10", "149"), repeat=3):
        if len(set(numbers)) == 3:
            first, second, third = numbers
            targets = [target for (target,) in get_task("unique_reverse").label(numbers).targets]
            assert targets == [third, second, first, EOS]


def test_words_whose_bigrams_are_distinct_are_copied_and_others_refused() -> None:
    for length in range(1, 7):
        for letters in product(("0", "7", "15"), repeat=length):
            pairs = [letters[place : place + 2] for place in range(length - 1)]
            if len(pairs) == len(set(pairs)):
                assert answer_of("unique_bigram_copy", letters) == letters
            else:
                with pytest.raises(ValueError, match="expected distinct bigrams"):
                    get_task("unique_bigram_copy").label(letters)


def test_counting_takes_as_many_steps_of_one_as_lie_between() -> None:
    for first, last in product((0, 1, 9, 10, 99, 100, 148, 149), repeat=2):
        word = (str(first), str(last))
        if first > last:
            with pytest.raises(ValueError, match=f"in increasing order, found {first} before {last}"):
                get_task("count").label(word)
            continue
        found = [int(number) for number in answer_of("count", word)]
        assert (found[0], found[-1]) == (first, last)
        assert all(after == before + 1 for before, after in pairwise(found))


def schoolbook_sum(x: str, y: str) -> str:
    width = max(len(x), len(y))
    digits, carry = "", 0
    for one, other in zip(reversed(x.zfill(width)), reversed(y.zfill(width)), strict=True):
        column = (one == "1") + (other == "1") + carry
        digits, carry = "01"[column % 2] + digits, column // 2
    return "1" + digits if carry else digits


def test_addition_is_schoolbook_addition() -> None:
    numbers = [word for word in bit_words(6) if word == "0" or word.startswith("1")]
    for x, y in product(numbers, repeat=2):
        assert answer("addition", f"{x}+{y}=") == schoolbook_sum(x, y)


def test_addition_is_judged_from_the_equals_sign() -> None:
    example = get_task("addition").label(tuple("1+1="))
    assert example.tokens == (BOS, "1", "+", "1", "=", "1", "0", EOS)
    assert example.judged == (4, 5, 6)


@pytest.mark.parametrize(
    ("task", "word", "message"),
    [
        ("binary_majority", "", "a tie of 0 0s and 0 1s"),
        ("majority", "", "a tie of nothing"),
        ("binary_majority", "0121", "found '2' at position 3"),
        ("majority", "aB", "found 'B' at position 2"),
        ("parity", "1e", "found 'e' at position 2"),
        ("copy_repeat", "abc", "found 'c' at position 3"),
        ("repeat_letter", "", "expected a letter, once or more often, found nothing"),
        ("repeat_letter", "aaba", "expected one letter again and again, found 'b' at position 3"),
        ("repeat_letter", "aac", "found 'c' at position 3"),
        ("binary_majority_interleave", "0101", "expected 3 words of one length, at least 1, interleaved, found 4 bits"),
        ("binary_majority_interleave", "", "found 0 bits"),
        ("binary_majority_interleave", "010011", "a tie of 1 0s and 1 1s"),
        ("sort", "373", "expected distinct tokens, found '3' more than once"),
        ("copy_unique", "373", "expected distinct tokens, found '3' more than once"),
        ("unique_reverse", "373", "expected distinct tokens, found '3' more than once"),
        ("unique_bigram_copy", "12312", "expected distinct bigrams, found '1 2' more than once"),
        ("count", "3", "expected two numbers, found 1"),
        ("count", "333", "expected two numbers, found 3"),
        ("addition", "01+1=", "without leading zeros"),
        ("addition", "1+1", r"expected x \+ y ="),
        ("addition", "1+=", r"expected x \+ y ="),
        ("addition", "1+1=2", "found '2' at position 5"),
    ],
)
def test_a_word_without_an_answer_is_refused(task: str, word: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        get_task(task).label(tuple(word))
