"""Programs that look wrong, or look as if they meant something else, and what the page says they mean."""

import os
from itertools import pairwise

import pytest

from crasp.errors import CraspError, Source
from crasp.meaning.interpreter import encode, trace
from crasp.text.formatter import format_text
from crasp.text.loader import load_program, read_program

AB = "alphabet a b\n"
N = AB + "n(i) := #[j <= i] Q_a(j)\n"

# name: the text, a word, and what `accept` (or the definition named) is at positions 0..n
LEGAL = {
    "reserved words are tokens in the alphabet's line and after Q_": (
        "alphabet and or not Q accept\naccept(i) := Q_and(i) or Q_Q(i) or Q['accept'](i)",
        "and or Q accept",
        [0, 1, 0, 1, 1],
    ),
    "an index variable wins over the token of its name where neither quotes nor Q_ say otherwise": (
        AB + "accept(i) := any[a in {b}] (Q[a](i) and not Q['a'](i) and not Q_a(i))",
        "a b",
        [0, 0, 1],
    ),
    "in braces there are tokens only": (
        AB + "accept(i) := any[a in {b}] any[s in {a}] Q[s](i)",
        "a b",
        [0, 1, 0],
    ),
    "an inner index variable hides an outer one": (
        AB + "accept(i) := any[s in {a}] all[s in {b}] Q[s](i)",
        "a b",
        [0, 0, 1],
    ),
    "a filter sees the variables around it": (
        AB + "n[s](i) := sum[t in alphabet if t < s] 1 for s in alphabet\naccept(i) := n[a](i) = 0 and n[b](i) = 1",
        "",
        [1],
    ),
    "positions, index variables and definitions are separate name spaces": (
        AB + "i(i) := any[i in alphabet] #[i_ <= i] Q[i](i_) > 1\ns(a) := i(a)\naccept(s) := s(s)",
        "a b b",
        [0, 0, 0, 1],
    ),
    "stray semicolons, also before the alphabet": (";;alphabet a;;; accept(i) := true;;", "", [1]),
    "definitions on one line need no semicolon": (
        "alphabet a\nn(i) := 1 m(i) := n(i) + 1 accept(i) := m(i) = 2 next[a](i) := false",
        "",
        [1],
    ),
    "a definition may spread over lines": (AB + "accept\n(\ni\n)\n:=\nQ\n[\na\n]\n(\ni\n)", "a", [0, 1]),
    "Windows line ends": ("alphabet a b\r\n\r\naccept(i) := Q_a(i)\r\n", "a b", [0, 1, 0]),
    "a comment without a line end": ("alphabet a // b\naccept(i) := true // := not", "", [1]),
    "quotation marks in a comment": ('alphabet a // "\naccept(i) := true // "\n', "", [1]),
    "a comment sign in a token": ('alphabet a "//"\naccept(i) := Q["//"](i)', "a //", [0, 0, 1]),
    "escapes in a token": ('alphabet "\\"" "\\\\"\naccept(i) := Q["\\\\"](i)', '" \\', [0, 0, 1]),
    "== is =": (N + "accept(i) := n(i) == 1 and i % 2 == 0", "b a", [0, 0, 1]),
    "the mathematicians' signs": (
        N + "accept(i) := ¬ n(i) ≤ 0 ∧ n(i) ≥ 1 ∧ n(i) ≠ 2 ∨ #[j ≤ i, j ≥ i - 1] ¬Q_a(j) = 2",
        "a a b b",
        [0, 1, 0, 0, 1],
    ),
    "and before or": (AB + "accept(i) := true or true and false", "", [1]),
    "not before and": (AB + "accept(i) := not false and false", "", [0]),
    "not C = D is not (C = D)": (N + "accept(i) := not n(i) = 1", "a a", [1, 0, 1]),
    "any reaches over a comparison, not over and": (
        AB + "accept(i) := any[s in alphabet] 1 = 2 and Q[a](i) or any[s in {b}] Q[s](i) and true",
        "a b",
        [0, 0, 1],
    ),
    "sum[s in S] C = 1 is (sum[s in S] C) = 1": (
        AB + "accept(i) := sum[s in alphabet] #[j <= i] Q[s](j) = 1",
        "a b",
        [0, 1, 0],
    ),
    "a count's body is short": (AB + "accept(i) := #[j <= i] not Q_a(j) = 0", "a b", [1, 1, 0]),
    "a count's body may be not not": (AB + "accept(i) := #[j <= i] not not Q_a(j) = 1", "a b a", [0, 1, 1, 0]),
    "minus is an operator": (N + "accept(i) := n(i) -1 = 0", "a a", [0, 1, 0]),
    "minus after minus": (N + "accept(i) := - -n(i) - -n(i) = --2", "a a", [0, 1, 0]),
    "minus binds tighter than a product's sign is read": (N + "accept(i) := 2 * -n(i) = -2", "a a", [0, 1, 0]),
    "2 * 3 * C is 2 * (3 * C)": (N + "accept(i) := 2 * 3 * n(i) = 6 and -2 * -3 * n(i) = 6", "a a", [0, 1, 0]),
    "sums are read from the left": (AB + "accept(i) := 5 - 2 - 1 = 2 and 5 - (2 - 1) = 4", "", [1]),
    "a conditional ends as late as it can": (
        AB + "n(i) := Q_a(i) ? 1 : Q_b(i) ? 2 : 3 + 1\naccept(i) := n(i) = 1 or n(i) = 4",
        "a b",
        [1, 1, 0],
    ),
    "the middle of a conditional needs no parentheses": (
        AB + "n(i) := i % 2 = 0 ? Q_a(i) ? 1 : 2 : 3\naccept(i) := n(i) = 2",
        "a b a a",
        [1, 0, 1, 0, 0],
    ),
    "a comparison is the condition, whole": (N + "m(i) := n(i) = 1 ? 1 : 0\naccept(i) := m(i) = 1", "a a", [0, 1, 0]),
    "i % 1 = 0 holds everywhere": (AB + "accept(i) := i % 1 = 0", "a", [1, 1]),
    "position 0 has a residue": (AB + "accept(i) := i % 3 = 0", "a a a", [1, 0, 0, 1]),
    "i % m != r": (AB + "accept(i) := i % 2 != 0", "a a", [0, 1, 0]),
    "nothing at position 0 but constants and residues": (
        AB + "accept(i) := not Q_a(i) and not Q_b(i) and #[j <= i] true = 0",
        "a b",
        [1, 0, 0],
    ),
    "a lag that reaches before the word counts nothing": (
        AB + "accept(i) := #[j <= i, j = i - 2] true = 1",
        "a b a",
        [0, 0, 0, 1],
    ),
    "a window that reaches before the word counts what is there": (
        AB + "accept(i) := #[j <= i, j >= i - 2] true = 2",
        "a b a",
        [0, 0, 1, 0],
    ),
    "a lag and a window of 0": (
        AB + "accept(i) := #[j <= i, j = i] Q_a(j) = #[j <= i, j >= i - 0] Q_a(j) and #[j <= i, j >= i] true = 1",
        "a b",
        [0, 1, 1],
    ),
    "#[j < i] leaves out the position itself": (AB + "accept(i) := #[j < i] Q_a(j) = 1", "a b a", [0, 0, 1, 1]),
    "a count in a count": (
        AB + "accept(i) := #[j <= i] (#[i <= j, i = j - 1] Q_a(i) = 1) = 1",
        "a b b a a",
        [0, 0, 1, 1, 1, 0],
    ),
    "any of nothing is false, all true, the sum 0": (
        AB + "accept(i) := not any[s in alphabet if s != s] true and all[s in alphabet if s != s] false\n"
        "    and sum[s in alphabet if s != s] 5 = 0",
        "",
        [1],
    ),
    "a family may expand to nothing and be used by nothing": (
        AB + "n[s](i) := 1 for s in alphabet if s < s\naccept(i) := sum[s in alphabet if s < s] n[s](i) = 0",
        "",
        [1],
    ),
    "a member that is not there may be named where nothing is expanded": (
        AB + "n[s](i) := 1 for s in {a}\naccept(i) := sum[s in alphabet if s < s] n[b](i) = 0",
        "",
        [1],
    ),
    "a family may use another part of the text that used it": (
        AB + "n[a](i) := 1\nm(i) := n[a](i)\nn[b](i) := m(i) + 1\naccept(i) := n[b](i) = 2",
        "",
        [1],
    ),
    "accept may use next and next accept": (
        AB + "next[a](i) := Q_b(i)\naccept(i) := next[a](i)\nnext[eos](i) := accept(i)",
        "a b",
        [0, 0, 1],
    ),
    "filters compare in the order of the alphabet": (
        "alphabet b a\naccept(i) := any[s in alphabet if s < a] Q[s](i)",
        "a b",
        [0, 0, 1],
    ),
    "a filter may join, negate and quote": (
        "alphabet a b c\naccept(i) := any[s in alphabet if not (s = 'a' or s = b) and s >= s] Q[s](i)",
        "a b c",
        [0, 0, 0, 1],
    ),
    "numbers are tokens by their spelling": ("alphabet 7 07 1..2\naccept(i) := Q_07(i)", "7 07", [0, 0, 1]),
    "a number's spelling does not matter where it is a literal": (AB + "accept(i) := 007 = 7", "", [1]),
    "letters of any script in tokens": ("alphabet é ß1\naccept(i) := Q_é(i) or Q[ß1](i)", "é ß1", [0, 1, 1]),
    "names that only look reserved": (
        AB + "eos_(i) := 1 in1(i) := eos_(i) Next(i) := in1(i) Qa(i) := Next(i)\naccept(i) := Qa(i) = 1",
        "",
        [1],
    ),
    "min and max of one": (N + "accept(i) := min(n(i)) = max(n(i)) and min(1, 2, -3) = -3", "", [1]),
    "members of its own name that an earlier header made": (
        AB + "n[a](i) := #[j <= i] Q_a(j) n[b](i) := n[a](i) + 1\naccept(i) := n[b](i) = 2",
        "b a a",
        [0, 0, 1, 0],
    ),
    "an output of its own name that an earlier header made": (
        AB + "next[a](i) := Q_a(i) next[s](i) := not next[a](i) for s in {b}\naccept(i) := next[b](i)",
        "b a",
        [1, 1, 0],
    ),
    "its own name in a family without members": (
        AB + "n[a](i) := 1 n[s](i) := n[s](i) for s in alphabet if s < s\naccept(i) := n[a](i) = 1",
        "",
        [1],
    ),
    "huge integers": (
        N + f"accept(i) := 1{'0' * 4000} * n(i) > 1{'0' * 3999} and i % 1{'0' * 30} = 1 and "
        f"#[j <= i, j >= i - 1{'0' * 30}] true = 1",
        "a a",
        [0, 1, 0],
    ),
}


def read(text):
    return read_program(Source("surprising.crasp", text))


def accept_at_each_position(text, word):
    program = read(text)
    traced = trace(program, encode(program.alphabet, [word]))
    return traced.lines[program.accept][0].tolist()


@pytest.mark.parametrize("name", LEGAL)
def test_it_is_legal(name):
    text, word, expected = LEGAL[name]
    text = text.replace("'", '"')
    assert accept_at_each_position(text, tuple(word.split())) == [bool(value) for value in expected]
    formatted = format_text(Source("surprising.crasp", text))
    assert accept_at_each_position(formatted, tuple(word.split())) == [bool(value) for value in expected]


def test_a_byte_order_mark_and_windows_line_ends_in_a_file_are_tolerated(tmp_path):
    path = tmp_path / "bom.crasp"
    path.write_bytes(b"\xef\xbb\xbfalphabet a b\r\n// comment\r\naccept(i) := Q_a(i)\r\n")
    assert load_program(os.fspath(path)).alphabet == ("a", "b")


def test_members_come_in_order_the_first_variable_slowest():
    program = read(AB + "n[t, s](i) := 1 for s in {b, a}, t in alphabet\naccept(i) := true")
    assert [made.display for made in program.definitions] == ["n[a, b]", "n[b, b]", "n[a, a]", "n[b, a]", "accept"]


DEEP = 10_000
DEEP_TEXTS = {
    "brackets": ("accept(i) := " + "(" * DEEP + "Q_a(i)" + ")" * DEEP, [False, True]),
    "not": ("accept(i) := " + "not " * DEEP + "Q_a(i)", [False, True]),
    "minus": ("accept(i) := " + "-" * DEEP + "1 = 1", [True, True]),
    "sums": ("accept(i) := " + "1 + " * DEEP + "1 = 10001", [True, True]),
    "conditionals": (
        "n(i) := " + "Q_a(i) ? " * DEEP + "1" + " : 2" * DEEP + " accept(i) := n(i) = 1",
        [False, True],
    ),
    "minima": ("accept(i) := " + "min(" * DEEP + "1" + ")" * DEEP + " = 1", [True, True]),
    "brackets in a filter": (
        "accept(i) := any[s in alphabet if " + "(" * DEEP + "s = a" + ")" * DEEP + "] Q[s](i)",
        [False, True],
    ),
}


@pytest.mark.parametrize("name", DEEP_TEXTS)
def test_nesting_has_no_limit_but_memory(name):
    text, expected = DEEP_TEXTS[name]
    assert accept_at_each_position(AB + text, ("a",)) == expected


def test_a_large_family_is_expanded_in_bounded_work_or_refused_where_it_is_too_much(monkeypatch):
    text = "alphabet 0..99\nn[s, t](i) := #[j <= i] (Q[s](j) or Q[t](j))  for s in alphabet, t in alphabet if s < t\n"
    assert len(read(text + "accept(i) := true").definitions) == 4951
    for limit, place in ((19_999, "2:1"), (30_000, r"2:\d+"), (70_000, "3:14")):
        monkeypatch.setattr("crasp.text.lowering.MOST_STEPS", limit)
        with pytest.raises(
            CraspError, match=f"{place}: the program takes more than {limit:,} steps to expand, this"
        ) as refused:
            read(text + "accept(i) := any[s in alphabet, t in alphabet if s = t and s < t] true\nm(i) := accept(i)")
        assert len(refused.value.problems) == 1


def test_counts_nest_as_deeply_as_memory_allows():
    bounds = ["i", *(f"x{k}" for k in range(1000))]
    heads = "".join(f"#[{inner} <= {outer}] (" for outer, inner in pairwise(bounds))
    assert accept_at_each_position(AB + "accept(i) := " + heads + "true" + ") > 0" * 1000, ("a",)) == [False, True]
