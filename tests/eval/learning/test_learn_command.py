"""The command `learn`: programs that are found, honest noes, and what is refused."""

import json
from itertools import product
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.api import load, run
from crasp.learning.asked_words import short_words


def record(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    status = main(["learn", *arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def written(path: Path, lines: list[dict]) -> str:
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return str(path)


def labelled(member, letters: str, longest: int) -> list[dict]:
    words = ["".join(word) for n in range(longest + 1) for word in product(letters, repeat=n)]
    return [{"word": w, "prefixes": [member(w[:k]) for k in range(len(w) + 1)]} for w in words]


def test_more_a_than_b_is_found_minimal_and_its_certificate_holds(tmp_path, capsys) -> None:
    words = written(tmp_path / "w.jsonl", labelled(lambda w: w.count("a") > w.count("b"), "ab", 6))
    certificate = str(tmp_path / "c.json")
    status, found = record(capsys, "--words", words, "--seconds", "30", "--certificate", certificate)
    assert (status, found["size"], found["excluded_below"], found["complete"]) == (0, 5, 5, True)
    assert found["equivalent"] is None
    assert found["agrees"] == {"words": 127, "prefixes": 127, "longest": 6}
    assert [answer.accept for answer in run(load(found["program"]), "aab", "ab", "babaa")] == [True, False, True]
    assert main(["learn", "--check", certificate]) == 0
    assert "no plain formula of size <= 4" in capsys.readouterr().out


def test_a_cover_reaches_what_small_pools_do_not(tmp_path, capsys) -> None:
    def member(word: str) -> bool:
        return word == "a" * (len(word) // 2) + "b" * (len(word) // 2)

    longer = ["a" * n + "b" * m for n in range(5, 12) for m in range(4, 12)]
    lines = labelled(member, "ab", 8)
    lines += [{"word": w, "prefixes": [member(w[:k]) for k in range(len(w) + 1)]} for w in longer]
    status, found = record(capsys, "--words", written(tmp_path / "w.jsonl", lines), "--seconds", "12")
    assert status == 0
    assert found["size"] <= 19
    assert [answer.accept for answer in run(load(found["program"]), "a" * 20 + "b" * 20, "aabbab")] == [True, False]


def test_next_tokens_are_learnt_each(tmp_path, capsys) -> None:
    lines = [
        {"word": w, "next": [["a", "b"] if k % 2 else ["a", "eos"] for k in range(len(w) + 1)]}
        for w in ("", "a", "ab", "aa", "aba", "aab", "abaa", "aabab")
    ]
    words = written(tmp_path / "w.jsonl", lines)
    status, found = record(capsys, "--words", words, "--fragment", "periodic", "--seconds", "20")
    assert status == 0
    assert run(load(found["program"]), "ab")[0].allowed == (("a", "eos"), ("a", "b"), ("a", "eos"))


def test_the_end_may_be_written_as_samples_and_models_write_it(tmp_path, capsys) -> None:
    lines = [{"word": ["a"] * n, "next": [["a"] if k % 2 else ["a", "<eos>"] for k in range(n + 1)]} for n in range(12)]
    status, found = record(capsys, "--words", written(tmp_path / "w.jsonl", lines), "--seconds", "5")
    assert status == 0
    assert [answer.allowed[-1] for answer in run(load(found["program"]), "aaa", "aaaa")] == [("a",), ("a", "eos")]


def test_a_token_that_is_called_accept_is_an_output_of_its_own(tmp_path, capsys) -> None:
    lines = [
        {"word": ["accept"] * n, "next": [["accept"] if k % 2 else ["accept", "eos"] for k in range(n + 1)]}
        for n in range(12)
    ]
    words, certificate = written(tmp_path / "w.jsonl", lines), str(tmp_path / "c.json")
    given = ["--words", words, "--fragment", "periodic", "--seconds", "10", "--certificate", certificate]
    status, found = record(capsys, *given)
    assert status == 0
    program = load(found["program"])
    assert run(program, "")[0].accept is None
    assert run(program, ["accept"])[0].allowed == (("accept", "eos"), ("accept",))
    assert {each["output"] for each in json.loads(Path(certificate).read_text())["certificates"]} == {
        "next[eos]",
        'next["accept"]',
    }


@pytest.mark.parametrize(
    "alphabet", [("0", "1"), ("Qb", "Q_"), ("Q_a", "not"), ("event", "_"), ("é", '"'), ("\\", "²")]
)
def test_every_name_of_letters_gives_a_program_that_is_read_back(tmp_path, capsys, alphabet) -> None:
    a, b = alphabet

    def member(word: tuple[str, ...]) -> bool:  # what is counted is a Boolean of both letters: it needs a name
        return sum(1 for k in range(len(word)) if word[: k + 1].count(a) > word[: k + 1].count(b)) < 2

    every = [word for n in range(8) for word in product(alphabet, repeat=n)]
    lines = [{"word": list(w), "prefixes": [member(w[:k]) for k in range(len(w) + 1)]} for w in every]
    status, found = record(capsys, "--words", written(tmp_path / "w.jsonl", lines), "--seconds", "10")
    assert status == 0
    program = load(found["program"])
    assert [answer.accept for answer in run(program, *map(list, every))] == [member(word) for word in every]


def test_words_are_counted_apart_from_their_prefixes(tmp_path, capsys) -> None:
    lines = [{"word": w, "prefixes": [k > 0 for k in range(len(w) + 1)]} for w in ("aaaa", "abab", "bbbba")]
    status, found = record(capsys, "--words", written(tmp_path / "w.jsonl", lines), "--hold-back", "0")
    assert (status, found["size"]) == (0, 3)
    assert found["agrees"] == {"words": 3, "prefixes": 13, "longest": 5}


def test_each_output_is_reported_by_itself(tmp_path, capsys) -> None:
    def follows(word: tuple[str, ...]) -> list[str]:
        return ["a"] * (word[-2:-1] == ("a",)) + ["b"] * ("a" in word)

    words = [word for n in range(5) for word in product("ab", repeat=n)]
    lines = [{"word": list(w), "next": [follows(w[:k]) for k in range(len(w) + 1)]} for w in words]
    given = ["--words", written(tmp_path / "w.jsonl", lines), "--seconds", "20"]
    status, found = record(capsys, *given)
    each = {one["output"]: one for one in found["outputs"]}
    assert (status, found["fragment"], found["grammar"]) == (0, None, None)
    assert {k: (o["size"], o["excluded_below"], o["complete"], o["fragment"]) for k, o in each.items()} == {
        "next[a]": (3, 3, True, "local"),
        "next[b]": (3, 3, True, "plain"),
        "next[eos]": (1, 1, True, "plain"),
    }
    assert main(["learn", *given]) == 0
    printed = capsys.readouterr().out
    assert "// next[eos]: 1 node; minimal; no formula is smaller\n" in printed
    assert "// next[a]: 3 nodes; minimal; no local formula of size <= 2 in G" in printed
    assert "// next[b]: 3 nodes; minimal; no plain formula of size <= 2 in G" in printed


def test_few_labels_are_said_to_carry_no_larger_program(tmp_path, capsys) -> None:
    lines = [{"word": w, "accept": w.count("a") % 2 == 0} for w in ("a", "b", "ab", "aa", "aab", "abab", "ba", "bab")]
    words = written(tmp_path / "w.jsonl", lines)
    given = ["learn", "--words", words, "--fragment", "plain", "--seconds", "5"]
    assert main(given) == 1
    printed = capsys.readouterr().out
    assert "none up to size 3" in printed
    assert "The 8 labels support a program of at most 3 nodes, one node for ten labels." in printed
    assert record(capsys, *given[1:])[1]["outputs"][0]["carried"] == 3


def test_where_nothing_is_excluded_no_points_are_claimed(tmp_path, capsys) -> None:
    words = written(tmp_path / "w.jsonl", labelled(lambda w: w.count("a") % 2 == 0, "ab", 8))
    assert main(["learn", "--words", words, "--seconds", "0.000001", "--fragment", "plain"]) == 1
    printed = capsys.readouterr().out
    assert "none found: no size is excluded." in printed
    assert "The search ran out of time" in printed
    assert "points" not in printed


def test_parity_is_refused_with_the_deciders_reason(capsys) -> None:
    assert main(["learn", "--regex", "(b*ab*a)*b*", "--seconds", "2"]) == 1
    assert "No program of C-RASP[periodic, local]" in capsys.readouterr().out


def test_labels_of_parity_give_no_program_and_say_what_is_excluded(tmp_path, capsys) -> None:
    words = written(tmp_path / "w.jsonl", labelled(lambda w: w.count("a") % 2 == 0, "ab", 8))
    status, found = record(capsys, "--words", words, "--fragment", "plain", "--seconds", "2", "--max-size", "9")
    assert (status, found["program"]) == (1, None)
    assert found["excluded_below"] >= 7


def test_a_task_gives_its_own_labels(capsys) -> None:
    status, found = record(capsys, "--task", "tomita1", "--seconds", "10")
    assert (status, found["size"], found["complete"]) == (0, 3, True)
    assert found["equivalent"] is True


def test_a_regular_language_is_compared_with_what_is_learnt(capsys, monkeypatch) -> None:
    monkeypatch.setattr("crasp.learning.asked_words.CONFIRMING_WORDS", 40)
    monkeypatch.setattr("crasp.learning.asked_words.DRAWN_WORDS", 40)
    assert main(["learn", "--regex", "(a|b)*b", "--seconds", "10"]) == 0
    assert "// its language is the given one; this is decided for all words\n" in capsys.readouterr().out


def test_a_word_that_nobody_drew_contradicts_what_fits_all_others(capsys, monkeypatch) -> None:
    words = [*short_words(1, 8), (0,) * 40]
    monkeypatch.setattr("crasp.learning.asked_words.AskedLanguage.words", lambda *_, **__: list(words))
    monkeypatch.setattr("crasp.learning.output_search.LEAST_CARRIED_NODES", 6)
    status, found = record(capsys, "--regex", "a{0,9}", "--fragment", "plain", "--seconds", "10")
    assert (status, found["equivalent"]) == (0, True)
    assert [answer.accept for answer in run(load(found["program"]), "a" * 9, "a" * 10)] == [True, False]


GOOD = {"word": "a", "accept": True}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "found none"),
        ([GOOD, {"word": "b", "accept": False}, {"word": "a", "accept": False}], "line 3: contradicts"),
        ([GOOD, {"word": "b", "accept": True}], "every label is accepted"),
        ([GOOD, {"word": "b"}], 'line 2: expected one of "accept"'),
        ([{"word": "ab", "prefixes": [True]}], "expected a list of 3"),
        ([{"word": "ab", "next": [["a"], ["c"], 1]}], "line 1"),
        ([GOOD, {"word": 3, "accept": True}], 'line 2: "word"'),
        ([{"word": "a", "next": [["a"], ["a", 1]]}], 'line 1: "next", entry 2: expected a list of tokens'),
        ([{"word": "a", "next": [["a"], [["a"]]]}], 'line 1: "next", entry 2: expected a list of tokens'),
        ([{"word": "a", "next": [["a"], ["a b"]]}], "entry 2: a token holds no white space and no control character"),
        ([GOOD, {"word": ["a", "a b"], "accept": False}], 'line 2: "word": a token holds no white space'),
        ([GOOD, {"word": ["a", ""], "accept": False}], 'line 2: "word": a token is not empty'),
    ],
)
def test_words_that_cannot_be_learnt_from_are_refused_by_line(tmp_path, capsys, lines, said) -> None:
    assert main(["learn", "--words", written(tmp_path / "w.jsonl", lines)]) == 2
    assert said in capsys.readouterr().err


def test_so_many_prefixes_that_they_would_fill_the_memory_are_refused_at_once(tmp_path, capsys) -> None:
    """Each prefix is a word of its own: 30 words of 1,500 letters have 34 million letters so."""
    lines = [{"word": "ab" * 750, "accept": True}] * 15 + [{"word": "aab" * 500, "accept": False}] * 15
    assert main(["learn", "--words", written(tmp_path / "w.jsonl", lines), "--seconds", "2"]) == 2
    error = capsys.readouterr().err
    assert "line 27: the prefixes of the words to here have 30,395,250 letters together" in error


def test_a_text_without_blanks_is_one_token_where_tokens_have_several_letters(tmp_path, capsys) -> None:
    lines = [{"word": "AND or", "accept": True}, {"word": "AND", "accept": False}, {"word": "", "accept": False}]
    status, found = record(capsys, "--words", written(tmp_path / "w.jsonl", lines), "--seconds", "2")
    assert status == 0
    assert load(found["program"]).alphabet == ("AND", "or")


def test_a_line_of_control_characters_is_shown_without_them(tmp_path, capsys) -> None:
    (tmp_path / "w.jsonl").write_bytes(b"\0\x1b[31m\n")
    assert main(["learn", "--words", str(tmp_path / "w.jsonl")]) == 2
    assert r"expected a JSON object, found \x00\x1b[31m" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "expected one of --words"),
        (["--regex", "a", "--task", "dyck1"], "expected one of --words"),
        (["--task", "dyck"], "dyck1"),
        (["--regex", "a", "--fragment", "big"], "--fragment"),
        (["--regex", "a", "--moduli", "x"], "--moduli"),
        (["--regex", "a", "--seconds", "0"], "--seconds"),
        (["--regex", "a", "--seed", "-1"], "--seed: expected a number, 0 or more, found -1"),
        (["--task", "sort", "--certificate", "x"], "is a task with an answer"),
        (["--words", "/nowhere.jsonl"], "nowhere"),
        (["--check", "pyproject.toml"], "expected a certificate"),
    ],
)
def test_what_cannot_be_asked_is_refused(capsys, arguments, said) -> None:
    assert main(["learn", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_token_outside_the_alphabet_is_named_by_its_place(tmp_path, capsys) -> None:
    words = written(tmp_path / "w.jsonl", [GOOD, {"word": "ac", "accept": False}])
    assert main(["learn", "--words", words, "--alphabet", "a b"]) == 2
    assert "line 2, position 2" in capsys.readouterr().err
