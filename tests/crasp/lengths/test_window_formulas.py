"""Counts of windows: the cells against all words, the class against brute force, programs against the interpreter."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.errors import Source
from crasp.lengths import window_classes
from crasp.lengths.discrimination import discrimination_length
from crasp.lengths.letter_formulas import UnreadableError
from crasp.lengths.thresholds import TooLargeError, count_vectors
from crasp.lengths.training_length import _window_class, training_length
from crasp.lengths.window_classes import _OnNumbers, window_discrimination
from crasp.lengths.window_counts import Counting, cells, counts_by_length
from crasp.lengths.window_formulas import WindowClass, window_class
from crasp.meaning import ir
from crasp.meaning.interpreter import accepts, encode
from crasp.text.loader import load_program, read_program
from tests.cases import few

Word = tuple[int, ...]
COUNTINGS = {
    "letters": Counting(2),
    "two residues": Counting(2, period=2, ending=2),
    "two residues, length modulo four": Counting(2, period=2, ending=4),
    "three residues": Counting(2, period=3, ending=3),
    "pairs": Counting(2, size=2),
    "pairs, last letter": Counting(2, size=2, last=1),
    "pairs, last two letters, parity": Counting(2, size=2, last=2, ending=2),
    "pairs of three letters": Counting(3, size=2),
    "windows of three": Counting(2, size=3, last=1),
    "pairs by parity": Counting(2, size=2, period=2, ending=2),
    "one letter": Counting(1, size=2, period=2, ending=4),
}


def counted(word: Word, counting: Counting) -> tuple[Word, tuple[Word, int]]:
    """The counts and the end of a word, by the definition."""
    windows = list(product(range(counting.letters), repeat=counting.size))
    counts = [0] * counting.period * len(windows)
    for stop in range(counting.size, len(word) + 1):
        window = windows.index(word[stop - counting.size : stop])
        counts[stop % counting.period * len(windows) + window] += 1
    return tuple(counts), (word[max(0, len(word) - counting.last) :], len(word) % counting.ending)


def words_to(letters: int, longest: int) -> list[Word]:
    return [word for length in range(longest + 1) for word in product(range(letters), repeat=length)]


@pytest.mark.parametrize("counting", COUNTINGS.values(), ids=COUNTINGS)
def test_the_cells_are_the_counts_of_all_words(counting: Counting) -> None:
    longest = 6 if counting.letters == 3 else 10
    listed: dict[tuple[Word, int], set[Word]] = {}
    for word in words_to(counting.letters, longest):
        counts, end = counted(word, counting)
        listed.setdefault(end, set()).add(counts)
    # Words of these lengths alone have counts of these sums.
    most = longest - counting.size + 1
    found: dict[tuple[Word, int], set[Word]] = {}
    for end, own in cells(counting).items():
        for cell in own:
            points = {cell.base}
            while points:
                found.setdefault(end, set()).update(points)
                sums = {tuple(a + b for a, b in zip(p, cycle, strict=True)) for p in points for cycle in cell.cycles}
                points = {each for each in sums if sum(each) <= most}
    found = {end: {each for each in own if sum(each) <= most} for end, own in found.items()}
    assert found == listed


@pytest.mark.parametrize("counting", COUNTINGS.values(), ids=COUNTINGS)
def test_the_counts_of_each_length_are_those_of_its_words(counting: Counting) -> None:
    for length, found in zip(range(6), counts_by_length(counting), strict=False):
        listed: dict[tuple[Word, int], set[Word]] = {}
        for word in product(range(counting.letters), repeat=length):
            counts, end = counted(word, counting)
            listed.setdefault(end, set()).add(counts)
        assert {end: {tuple(row) for row in rows.tolist()} for end, rows in found.items()} == listed


def brute_force(counting: Counting, largest: int, longest: int) -> int:
    """The last length at which two thresholds first differ on words with one end."""
    vectors: dict[tuple[Word, int], dict[Word, int]] = {}
    for word in words_to(counting.letters, longest):
        counts, end = counted(word, counting)
        vectors.setdefault(end, {}).setdefault(counts, len(word))
    values = range(-largest, largest + 1)
    thresholds = np.array(list(product(values, repeat=counting.classes + 1)))
    last = 0
    for own in vectors.values():
        truths = thresholds[:, :-1] @ np.array(list(own)).T >= thresholds[:, -1:]
        tables = np.unique(truths, axis=0)  # sorted: the two that agree longest are neighbours
        first = (tables[1:] != tables[:-1]).argmax(axis=1)
        last = max([last, *(list(own.values())[k] for k in first)])
    return last


@pytest.mark.parametrize(
    ("name", "largest", "longest"),
    [
        ("letters", 2, 9),
        ("two residues", 1, 10),
        ("two residues, length modulo four", 1, 12),
        ("pairs", 1, 10),
        ("pairs, last letter", 1, 11),
        ("pairs, last two letters, parity", 1, 12),
        ("one letter", 1, 16),
    ],
)
def test_the_length_agrees_with_brute_force(name: str, largest: int, longest: int) -> None:
    counting = COUNTINGS[name]
    assert window_discrimination(counting, largest).length == brute_force(counting, largest, longest)


@pytest.mark.parametrize("largest", [1, 2, 3, 4])
def test_letters_alone_have_the_length_of_their_own_enumeration(largest: int) -> None:
    assert window_discrimination(Counting(2), largest).length == discrimination_length(2, largest).length
    by_last = window_discrimination(Counting(2, last=1), largest).length
    assert by_last == discrimination_length(2, largest, start=(1, 0)).length


ROW = st.tuples(*[st.integers(-4, 4)] * 3, st.integers(-6, 6))


@given(st.lists(ROW, min_size=2, max_size=12))
def test_two_thresholds_on_numbers_mean_the_same_exactly_where_no_numbers_tell_them_apart(
    rows: list[tuple[int, ...]],
) -> None:
    table = np.array(rows, dtype=np.int64)
    meanings = _OnNumbers.of(table[:, :-1], table[:, -1]).meanings()
    truths = table[:, :-1] @ count_vectors(3, 24).T >= table[:, -1:]
    same = (truths[:, None] == truths).all(axis=2)
    assert (same == (meanings[:, None] == meanings)).all()


# --- programs ------------------------------------------------------------------------------------------------


def program_of(*lines: str) -> ir.Program:
    return read_program(Source("test", "\n".join(["alphabet a b", *lines])))


@pytest.mark.parametrize(("name", "value"), few([("abab_star", 9), ("tomita4", 17)], 2, rows=True))
def test_programs_of_the_library_that_count_residues_or_windows_have_an_exact_length(name: str, value: int) -> None:
    found = training_length(load_program(f"lib:{name}"))
    assert (found.value, found.standing) == (value, "exact in its class")
    assert found.floor < value


def test_the_length_of_a_class_is_that_of_its_programs_run_word_by_word() -> None:
    """All 243 programs with one threshold on the letters by parity, at odd lengths, which need the longest words."""
    head = [f"{letter}{r}(i) := #[j <= i] (Q_{letter}(j) and j % 2 = {r})" for letter in ("a", "b") for r in (0, 1)]
    words = words_to(2, 9)
    encoded = encode(("a", "b"), [["ab"[letter] for letter in word] for word in words])
    lengths = np.array([len(word) for word in words])
    tables = []
    for a, b, c, d, bound in product((-1, 0, 1), repeat=5):
        accept = f"accept(i) := i % 2 = 1 and {a} * a0(i) + {b} * a1(i) + {c} * b0(i) + {d} * b1(i) >= {bound}"
        program = program_of(*head, accept)
        assert window_class(program).counting in (Counting(2, 1, 2, 0, 2), Counting(2, 1, 1, 0, 2))
        tables.append(accepts(program, encoded))
    different = np.unique(np.array(tables), axis=0)
    first = (different[1:] != different[:-1]).argmax(axis=1)
    assert lengths[first].max() == window_discrimination(Counting(2, period=2, ending=2), 1).length == 7


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["accept(i) := #[j <= i] Q_a(j) > 0 and i % 3 = 1"], WindowClass(Counting(2, ending=3), 1)),
        (
            ["pair(i) := Q_b(i) and #[j <= i, j = i - 1] Q_a(j) = 1", "accept(i) := 2 * #[j <= i] pair(j) > 3"],
            WindowClass(Counting(2, size=2), 4),
        ),
        (
            ["pair(i) := Q_b(i) and #[j <= i, j = i - 1] Q_a(j) = 1", "accept(i) := #[j < i] pair(j) > 0"],
            WindowClass(Counting(2, size=2, last=2), 2),
        ),
        (
            ["odd(i) := Q_a(i) and i % 2 = 1", "accept(i) := #[j <= i] odd(j) > 1 and Q_b(i)"],
            WindowClass(Counting(2, period=2, last=1, ending=2), 2),
        ),
    ],
    ids=["length", "pairs", "pairs before the last letter", "residues and the last letter"],
)
def test_the_class_of_a_program_is_what_it_counts_and_what_decides(lines: list[str], found: WindowClass) -> None:
    assert window_class(program_of(*lines)) == found


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["accept(i) := #[j <= i] (Q_a(j) and #[k <= j, k = j - 1] Q_a(k) = 0) > 1"], "begin before the word"),
        (["x(i) := #[j <= i] Q_a(j)", "accept(i) := x(i) > 2 and x(i) < 5 and i % 2 = 0"], "more than one threshold"),
        (["x(i) := #[j <= i] Q_a(j) > 2", "accept(i) := #[j <= i, j = i - 1] x(j) = 1"], "windows beside counts"),
    ],
    ids=["windows cut short", "two thresholds", "a threshold one position back"],
)
def test_what_is_of_no_such_class_keeps_its_lower_bound_with_the_reason(lines: list[str], message: str) -> None:
    program = program_of(*lines)
    with pytest.raises(UnreadableError, match=message):
        window_class(program)
    found = training_length(program)
    assert found.standing == "lower bound"
    assert message in found.because


def test_classes_that_are_too_large_are_refused_with_their_size() -> None:
    with pytest.raises(TooLargeError, match="windows of 2 letters of 151: more than 64 classes"):
        window_class(load_program("lib:copy_unique"))
    with pytest.raises(TooLargeError, match="9 classes of windows with coefficients to 1: more than 20,000"):
        window_discrimination(Counting(3, size=2), 1)
    with pytest.raises(TooLargeError, match=r"coefficients to 100000000000… \(121 digits\)"):
        window_discrimination(Counting(2, size=2), 10**120)
    with pytest.raises(TooLargeError, match="2,506 cycles of windows"):
        window_discrimination(Counting(2, size=3, last=5), 1)
    with pytest.raises(TooLargeError, match="steps to tell apart"):
        window_discrimination(Counting(2, ending=12), 9)
    with pytest.raises(TooLargeError, match="the last 11 letters: more than 1,024 ends of words"):
        window_class(program_of("accept(i) := #[j <= i] Q_a(j) > 0 and #[j <= i, j >= i - 10] Q_a(j) < 2"))


@pytest.mark.parametrize(
    ("alphabet", "lines", "message"),
    [
        (
            "a b",
            ["near(i) := #[j <= i, j >= i - 50000] Q_a(j) > 0", "accept(i) := #[j <= i] near(j) > 1"],
            "windows of",
        ),
        ("a b", ["accept(i) := #[j <= i] Q_a(j) > 1 and #[j <= i, j >= i - 50000] Q_a(j) > 0"], "the last 50,001 le"),
        ("a", ["accept(i) := #[j <= i] Q_a(j) > 1 and #[j <= i, j >= i - 50000] Q_a(j) > 0"], "the last 50,001 le"),
        ("a b", [f"accept(i) := #[j <= i] Q_a(j) > 1 and i % 1{'0' * 5000} = 1"], "the length modulo 100000000000… ("),
        ("a b", [f"accept(i) := #[j <= i] (Q_a(j) and j % 1{'0' * 5000} = 1) > 1"], "modulo 100000000000… ("),
        ("a b", [f"accept(i) := 1{'0' * 5000} * #[j <= i] (Q_a(j) and j % 2 = 1) > 1"], "to 100000000000… ("),
    ],
    ids=["windows", "ends", "ends of one letter", "length", "position", "coefficient"],
)
def test_classes_of_any_size_are_refused_at_once_in_few_words(alphabet: str, lines: list[str], message: str) -> None:
    program = read_program(Source("test", "\n".join([f"alphabet {alphabet}", *lines])))
    with pytest.raises(TooLargeError) as refused:
        _window_class(program)
    assert message in str(refused.value)
    assert len(str(refused.value)) < 120


def test_rows_are_numbered_alike_exactly_where_they_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    for columns in (1, 2, 9):
        rows = rng.integers(-3, 4, size=(500, columns)).astype(np.int64) << int(rng.integers(0, 60))
        _, expected = np.unique(rows, axis=0, return_inverse=True)
        for alike in (False, True):
            if alike:  # every mixture is 0: what tells the rows apart is then the rows
                monkeypatch.setattr(window_classes, "_mixtures", lambda rows: np.zeros(len(rows), dtype=np.uint64))
            found = window_classes._numbered(rows)
            pairs = set(zip(found.tolist(), expected.reshape(-1).tolist(), strict=True))
            assert len(pairs) == len(set(found.tolist())) == len(set(expected.reshape(-1).tolist()))
        monkeypatch.undo()
