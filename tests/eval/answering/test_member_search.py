"""Words of a program whose members are rare: found at every length that has some, balanced, and said."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import Words
from crasp.meaning.words import joined
from crasp.text.loader import load_program, read_program
from eval.answering.balanced_words import describe, draw_balanced, listed, vocabulary
from eval.answering.member_search import find_words
from eval.answering.membership import Goal, continuation_goal, distances, judge, recognition_goal
from eval.answering.word_edits import random_letters, sticky_letters
from eval.commands.measure import main as measure
from eval.subjects.program_task import program_task
from tasks.drawing.randomness import generator
from tasks.samples.word_arrays import examples_of, word_of
from tests.cases import few

RARE = """alphabet 0 1  // 0^n 1^n 0^m
ones(i)   := #[j <= i] Q_1(j)
head(i)   := #[j <= i] (Q_0(j) and ones(j) = 0)
tail(i)   := #[j <= i] (Q_0(j) and ones(j) > 0)
form(i)   := #[j <= i] (Q_1(j) and tail(j) > 0) = 0
accept(i) := form(i) and head(i) = ones(i)
"""
BLIND = RARE.replace("accept(i) := ", "next[eos](i) := #[j <= i] true <= 12 and ") + (
    "next[0](i) := true\nnext[1](i) := true\n"
)
BALANCED = """alphabet a b c d  // as many of each letter, and five at least
n[s](i)   := #[j <= i] Q[s](j)  for s in alphabet
accept(i) := n[a](i) = n[b](i) and n[b](i) = n[c](i) and n[c](i) = n[d](i) and n[a](i) >= 5
"""
FOLLOWED = """alphabet a b c  // as many of each letter, an a before every b and a c at the end
pa(i)     := #[j <= i, j = i - 1] Q_a(j) = 1
ab(i)     := #[j <= i] (Q_b(j) and pa(j))
n[s](i)   := #[j <= i] Q[s](j)  for s in alphabet
accept(i) := ab(i) = n[b](i) and n[a](i) = n[b](i) and n[b](i) = n[c](i) and Q_c(i)
"""
CHOSEN = """alphabet a b  // two choices that both come out as 1
n(i)      := #[j <= i] Q_a(j) = 2 * #[j <= i] Q_b(j)
one(i)    := n(i) ? 1 : 0
two(i)    := Q_b(i) ? 1 : 0
accept(i) := one(i) + two(i) = 2 and #[j <= i] true >= 12
"""


def rare(word: str) -> bool:
    ones = word.count("1")
    return not word or (ones > 0 and word == "0" * ones + "1" * ones + "0" * (len(word) - 2 * ones))


def balanced(word: str) -> bool:
    return len({word.count(letter) for letter in "abcd"}) == 1 and len(word) >= 20


def followed(word: str) -> bool:
    counts = {word.count(letter) for letter in "abc"}
    return len(counts) == 1 and word.count("ab") == word.count("b") and word.endswith("c")


def chosen(word: str) -> bool:
    return word.count("a") == 2 * word.count("b") and word.endswith("b") and len(word) >= 12


LANGUAGES: dict[str, tuple[str, Callable[[str], bool], Callable[[int], bool]]] = {
    "0^n 1^n 0^m": (RARE, rare, lambda n: n != 1),
    "as many of each": (BALANCED, balanced, lambda n: n >= 20 and n % 4 == 0),
    "ab as often as b": (FOLLOWED, followed, lambda n: n >= 3 and n % 3 == 0),
    "choices": (CHOSEN, chosen, lambda n: n >= 12 and n % 3 == 0),
}


def goal_of(text: str) -> Goal:
    return recognition_goal(read_program(Source("text", text)))


def spelt(goal: Goal, words: Words) -> list[str]:
    return ["".join(goal.program.alphabet[token] for token in row if token >= 0) for row in words.tokens]


@pytest.mark.parametrize("name", few(LANGUAGES, also=("0^n 1^n 0^m", "choices")))
@pytest.mark.parametrize("bounds", [(0, 50), pytest.param((101, 150), marks=pytest.mark.long)])
def test_members_are_found_at_every_length_that_has_some(name: str, bounds: tuple[int, int]) -> None:
    text, is_member, has_members = LANGUAGES[name]
    goal = goal_of(text)
    letters = np.arange(len(goal.program.alphabet))
    known = [find_words(goal, letters, generator(name, "known", (0, 50), 0), (0, 50))] if bounds[0] else []
    found = find_words(goal, letters, generator(name, "found", bounds, 0), bounds, *known)
    wanted = [n for n in range(bounds[0], bounds[1] + 1) if has_members(n)]
    assert found.lengths_of(member=True).tolist() == wanted
    assert [is_member(word) for word in spelt(goal, found.words)] == found.member.tolist()


@pytest.mark.parametrize("name", ["dyck1", "anbncn", "tomita4", "shuffle2", "aa_star", "d_3"])
@pytest.mark.parametrize("kind", [recognition_goal, continuation_goal])
def test_a_word_is_at_distance_0_exactly_where_it_has_what_is_asked(name: str, kind: Callable[..., Goal]) -> None:
    goal = kind(load_program(f"lib:{name}"))
    rng, letters = generator(name, "distance", (0, 12), 0), np.arange(len(goal.program.alphabet))
    lengths = np.arange(400) % 12
    words = joined(random_letters(letters, rng, lengths), sticky_letters(letters, rng, lengths))
    came, ends = judge(goal, words)
    assert 0 < (came & ends).sum() < len(came)
    for member in (True, False):
        np.testing.assert_array_equal(distances(goal, words, member=member) == 0, came & (ends == member))


@pytest.mark.parametrize("name", few(LANGUAGES, also=("0^n 1^n 0^m",)))
def test_half_of_the_words_of_a_rare_language_are_members(name: str) -> None:
    text, is_member, has_members = LANGUAGES[name]
    goal = goal_of(text)
    words_of = vocabulary(name, goal, range(len(goal.program.alphabet)))
    words, member, _ = draw_balanced(words_of, generator(name, "test", (51, 100), 0), (51, 100), 400, one_sided=False)
    assert [is_member(word) for word in spelt(goal, words)] == member.tolist()
    assert abs(member.mean() - 0.5) < 0.13
    assert all(has_members(n) for n in words.lengths.tolist())
    assert len(set(spelt(goal, words.at(member)))) > 40


def test_the_share_found_and_the_lengths_without_members_are_said() -> None:
    words_of = vocabulary("each", goal_of(BALANCED), range(4))
    assert describe(words_of, (18, 25)).endswith("found at 2 of 8 lengths, none at 18, 19, 21, 22, 23, 25.")


def test_a_length_without_members_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "each.crasp").write_text(BALANCED)
    task = program_task(str(tmp_path / "each.crasp"))
    rng = generator("each", "test", (21, 21), 0)
    with pytest.raises(ValueError, match="no member of length 21 was found: the length was searched by"):
        task.sample(rng, (21, 21), 5)
    with pytest.raises(ValueError, match="no member of lengths 1-19 was found"):
        task.sample(rng, (1, 19), 5)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "rare.crasp").write_text(RARE)
    (tmp_path / "blind.crasp").write_text(BLIND)
    return str(tmp_path / "rare.crasp"), str(tmp_path / "blind.crasp")


def test_a_model_that_never_ends_a_long_word_does_not_pass(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    rare_file, blind_file = files
    arguments = ["--program", rare_file, "--model", blind_file, "-n", "500", "--json"]
    assert measure([*arguments, "--train-length", "12"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "fails"
    assert found["bins"][0]["correct"] == 500
    assert found["bins"][1]["correct"] == found["bins"][1]["others"]
    assert measure(arguments) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "fails"


def test_a_program_that_only_accepts_is_measured_on_itself(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert measure(["--program", files[0], "--model", files[0], "-n", "500"]) == 0
    shown = capsys.readouterr().out
    assert "rare, " in shown
    assert "verdict: generalizes" in shown
    assert "members were found at 49 of 50 lengths, none at 1." in shown


def test_no_verdict_rests_on_few_members(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert measure(["--program", files[0], "--model", files[0], "-n", "150"]) == 0
    assert "no verdict: a verdict needs at least 200 members and 200 others" in capsys.readouterr().out


def test_a_program_that_answers_with_one_of_two_tokens_is_asked_for_both(tmp_path: Path) -> None:
    body = RARE.replace("alphabet 0 1", 'alphabet 0 1 y n "<sep>"').replace("accept(i)", "member(i)")
    said = (
        'said(i) := #[j <= i] (Q["<sep>"](j)) > 0\n'
        "next[y](i) := member(i) and said(i) and not (Q_y(i) or Q_n(i))\n"
        "next[n](i) := not member(i) and said(i) and not (Q_y(i) or Q_n(i))\n"
        "next[eos](i) := Q_y(i) or Q_n(i)\n"
    )
    (tmp_path / "asked.crasp").write_text(body + said)
    task = program_task(str(tmp_path / "asked.crasp"))
    examples = examples_of(task, task.sample(generator(task.name, "test", (30, 40), 0), (30, 40), 400))
    yes = [example for example in examples if example.targets[0] == ("y",)]
    assert 60 <= len(yes) <= 180
    assert all(example == task.label(word_of(task, example)) for example in examples)


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([7], "7"),
        ([1, 2, 3], "1, 2, 3"),
        ([1, 20, 21, 22, 23], "1, 20-23"),
        ([1, 3, 5, 7, 9, 10, 11, 12, 13], "1, 3, ..., 9, 10-13"),
        ([3, 6, 9, 12, 40], "3, 6, ..., 12, 40"),
    ],
)
def test_lengths_that_follow_one_step_are_told_in_few_words(numbers: list[int], text: str) -> None:
    assert listed(numbers) == text
