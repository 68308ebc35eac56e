"""What a program's answer rests on: its thresholds against the interpreter, its lower bound against the words."""

from itertools import product

import numpy as np
import pytest

from crasp.errors import Source
from crasp.lengths.agreeing_programs import lower_bound, neighbours
from crasp.lengths.discrimination import discrimination_length
from crasp.lengths.letter_formulas import Formula, Joined, conjuncts_of, read_formula
from crasp.lengths.thresholds import Threshold, TooLargeError
from crasp.lengths.training_length import training_length
from crasp.meaning import ir
from crasp.meaning.interpreter import accepts, encode
from crasp.text.loader import load_program, read_program
from crasp.text.sources import library_names
from eval.prediction.task_prediction import predict_task
from eval.prediction.training_length import in_words, sufficient_training_length
from tasks.registry import get_task


def program_of(*lines: str, alphabet: str = "a b c") -> ir.Program:
    counts = [f"n{letter}(i) := #[j <= i] Q_{letter}(j)" for letter in alphabet.split()]
    return read_program(Source("test", "\n".join([f"alphabet {alphabet}", *counts, *lines])))


def holds(formula: Formula, counts: tuple[int, ...]) -> bool:
    if isinstance(formula, Threshold):
        return sum(a * c for a, c in zip(formula.coefficients, counts, strict=True)) >= formula.bound
    return (all if formula.every else any)(holds(part, counts) for part in formula.parts)


TEXTS = {
    "a threshold": "accept(i) := 2 * na(i) - 3 * nb(i) + 1 > nc(i)",
    "equality": "accept(i) := na(i) = nb(i) + 1",
    "inequality": "accept(i) := na(i) != nb(i)",
    "the last letter": "accept(i) := Q_a(i) and na(i) < 3 or Q_b(i) and nb(i) >= na(i)",
    "a maximum": "accept(i) := na(i) = max(na(i), nb(i), nc(i))",
    "a minimum": "accept(i) := min(na(i), nb(i)) >= nc(i) - 1",
    "strictly before": "accept(i) := #[j < i] Q_a(j) >= 2 and na(i) <= 4",
    "sets of letters": "accept(i) := #[j <= i] (Q_a(j) or not Q_b(j)) > 2 * nb(i)",
    "constants": "accept(i) := na(i) >= 0 and (nb(i) - nb(i) < 1) and not nc(i) > 2",
    "joined twice": "accept(i) := (na(i) > 2 or nb(i) > 2) and (nc(i) < 2 or na(i) < 2)",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_formulas_that_are_read_say_what_the_program_says(text: str) -> None:
    program = program_of(text)
    assert program.accept is not None
    words = [word for length in range(7) for word in product("abc", repeat=length)]
    said = accepts(program, encode(program.alphabet, words))
    formulas = {last: read_formula(program, program.accept, last) for last in (None, 0, 1, 2)}
    for word, answer in zip(words, said.tolist(), strict=True):
        last = "abc".index(word[-1]) if word else None
        assert holds(formulas[last], tuple(word.count(letter) for letter in "abc")) == answer, word


def test_needless_thresholds_are_left_out() -> None:
    program = program_of("accept(i) := na(i) = max(na(i), nb(i)) and na(i) >= 0 and 2 * na(i) >= 2 * nb(i) - 1")
    assert program.accept is not None
    formula = read_formula(program, program.accept, 0)
    found = conjuncts_of(formula)
    assert found is not None
    assert len(found) == 1
    assert conjuncts_of(Joined(True, (Joined(False, ()), found[0]))) is None


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("aaaa_star", "discrimination length", 4),
        ("tomita1", "discrimination length", 3),
        ("most_frequent", "discrimination length", 7),
        ("d_12", "lower bound", 12),
        ("sort", "none known", None),
        ("copy_unique", "none known", None),
    ],
)
def test_library_programs_get_the_answer_that_is_known(name: str, kind: str, value: int | None) -> None:
    found = training_length(load_program(f"lib:{name}"))
    assert (found.kind, found.value) == (kind, value)


def test_too_many_letters_leave_the_floor_and_the_reason() -> None:
    record = training_length(load_program("lib:sort")).record()
    assert record["standing"] == "none"
    assert "151 letters" in record["because"]
    assert record["coverage_floor"]["value"] == 1


def test_no_program_two_counts_deep_gets_a_sufficient_length() -> None:
    small = ("dyck1", "anbn")
    for name in small:
        found = training_length(load_program(f"lib:{name}"))
        assert found.standing == "lower bound"
        assert "2603.02238" in found.because
    assert set(small) <= set(library_names())


def test_a_program_with_larger_coefficients_is_of_a_larger_class() -> None:
    small, large = (training_length(program_of(f"accept(i) := na(i) > {k} * nb(i)", alphabet="a b")) for k in (1, 4))
    assert small.value == discrimination_length(2, 1).length == 3
    assert large.value == discrimination_length(2, 4).length == 11


def test_the_class_by_last_letter_is_told_apart_by_words_that_end_in_it() -> None:
    found = training_length(program_of("accept(i) := Q_a(i) and na(i) > nb(i)", alphabet="a b"))
    assert found.value == discrimination_length(2, 1, start=(1, 0)).length
    assert "for each last letter" in found.because


def test_huge_constants_get_the_reason_and_no_traceback() -> None:
    for text in ("na(i) > 10000000000000000000000000 * nb(i) and na(i) < 7", "na(i) - 70 * nb(i) = 1"):
        found = training_length(program_of(f"accept(i) := {text}", alphabet="a b"))
        assert found.kind == "lower bound"
        assert "thresholds of 2 letters: the limit is" in found.because


def test_windows_without_counts_are_exactly_the_floor() -> None:
    text = "alphabet a b\naccept(i) := #[j <= i, j >= i - 2] Q_a(j) = 2 and i % 4 = 1\n"
    found = training_length(read_program(Source("test", text)))
    assert (found.kind, found.value, found.floor) == ("discrimination length", 6, 6)


@pytest.mark.parametrize("name", ["dyck1", "tomita4", "anbn"])
def test_the_lower_bound_is_where_some_changed_program_first_differs(name: str) -> None:
    program = load_program(f"lib:{name}")
    found = lower_bound(program)
    words = [word for length in range(found.length + 1) for word in product(program.alphabet, repeat=length)]
    mine = accepts(program, encode(program.alphabet, words))
    lengths = np.array([len(word) for word in words])
    firsts = []
    for changed, _ in neighbours(program):
        differs = accepts(changed, encode(program.alphabet, words)) != mine
        firsts += [int(lengths[differs].min())] if differs.any() else []
    assert firsts
    assert max(firsts) <= found.length <= found.looked_to


def test_twelve_levels_cannot_be_told_from_thirteen_on_shorter_words() -> None:
    program = load_program("lib:d_12")
    found = lower_bound(program)
    assert found.length == 12
    assert "13 in place of 12" in found.unlike


def test_a_pool_over_many_letters_is_refused() -> None:
    with pytest.raises(TooLargeError, match="7 letters"):
        lower_bound(load_program("lib:bool5"))


def test_verdicts_without_a_program_have_no_training_length() -> None:
    for verdict in ("fails", "unknown"):
        assert sufficient_training_length(verdict, None)["value"] is None
    assert sufficient_training_length("generalizes", None)["kind"] == "none known"


@pytest.mark.parametrize(
    ("task", "kind", "value", "words"),
    [
        ("aa_star", "discrimination length", 2, "2, exact in its class"),
        ("dyck1", "lower bound", 4, "coverage floor 1; none known to suffice. Footnote: at least 4: "),
        ("sort", "none known", None, "coverage floor 1; none known: "),
        ("tomita3", "none known", None, "none known"),
    ],
)
def test_predictions_report_kind_value_and_standing(task: str, kind: str, value: int | None, words: str) -> None:
    length = predict_task(get_task(task), "ape", check=False).record()["sufficient_training_length"]
    assert (length["kind"], length["value"]) == (kind, value)
    assert length["standing"] in ("exact in its class", "lower bound", "none")
    assert length["because"]
    assert in_words(length).startswith(words)


def test_the_empty_word_counts_and_both_numbers_are_given_where_it_matters() -> None:
    # The two agree on the words of one to seven letters, differ on the empty word, and on one of eight letters.
    ours, other = (
        program_of(f"accept(i) := {text}", alphabet="a b")
        for text in ("na(i) - 2 * nb(i) >= 0", "2 * na(i) - 3 * nb(i) >= 1")
    )
    words = [word for length in range(9) for word in product("ab", repeat=length)]
    differs = accepts(ours, encode(ours.alphabet, words)) != accepts(other, encode(other.alphabet, words))
    assert sorted({len(word) for word, differ in zip(words, differs.tolist(), strict=True) if differ}) == [0, 8]
    found = training_length(other)
    assert (found.value, found.without_empty) == (7, 8)
    assert "the empty word counts" in found.because
    assert "without it the length is 8" in found.because
    assert found.record()["value_without_empty_word"] == 8
    same = training_length(program_of("accept(i) := na(i) > nb(i)", alphabet="a b"))
    assert same.value == same.without_empty
    assert "empty word" not in same.because
