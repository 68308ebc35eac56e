"""The commands of `python -m crasp`: what they print, and how they refuse."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crasp.__main__ import main
from crasp.meaning import interpreter, ir
from crasp.text.sources import LARGEST_FILE_BYTES, library_names
from tasks.ground.files import LONGEST_LINE_BYTES

DYCK = "lib:dyck1"


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_check_reports_the_measures_of_the_page_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", DYCK, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    operations = record.pop("operations")
    assert operations > 0
    assert record == {
        "file": DYCK,
        "alphabet": ["(", ")"],
        "accepts": True,
        "next": ["(", ")", "eos"],
        "depth": 2,
        "counting_depth": 2,
        "period": 1,
        "window": 0,
        "coverage_floor": 1,
        "fragment": "C-RASP",
        "definitions": [
            {"name": "opens", "kind": "count", "members": 1},
            {"name": "closes", "kind": "count", "members": 1},
            {"name": "dip", "kind": "boolean", "members": 1},
            {"name": "dips", "kind": "count", "members": 1},
            {"name": "accept", "kind": "boolean", "members": 1},
            {"name": "next", "kind": "boolean", "members": 3},
        ],
    }


def test_check_prints_every_problem_as_json_with_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "bad.crasp", "alphabet a\nn(i) := #[j <= i] Q_b(j)\naccept(i) := n(i)\n")
    assert main(["check", file, "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    problems = json.loads(captured.out)["problems"]
    assert [(p["line"], p["column"]) for p in problems] == [(2, 19), (3, 14)]
    assert all(set(p) == {"line", "column", "message", "hint"} for p in problems)


def test_run_accepts_and_rejects_words_given_each_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["run", DYCK, "(())", "())", "", "( ( ) )"]) == 0
    assert lines_of(capsys) == ["accept", "reject", "accept", "accept"]
    words = write(tmp_path / "words", "()\n\n)(\n")
    assert main(["run", DYCK, "--input", words]) == 0
    assert lines_of(capsys) == ["accept", "accept", "reject"]
    with (tmp_path / "words").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["run", DYCK, "--input", "-", "--next"]) == 0
    assert lines_of(capsys) == ["( eos", "( eos", ""]


def test_run_json_gives_the_allowed_tokens_after_every_prefix(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", DYCK, "()", "--json"]) == 0
    (line,) = lines_of(capsys)
    expected = {"word": ["(", ")"], "accept": True, "next": [["(", "eos"], ["(", ")"], ["(", "eos"]]}
    assert json.loads(line) == expected


def test_run_json_of_a_program_without_next_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "p.crasp", "alphabet a b\naccept(i) := Q_b(i)\n")
    assert main(["run", file, "ab", "--json"]) == 0
    assert json.loads(lines_of(capsys)[0]) == {"word": ["a", "b"], "accept": True}


def test_trace_json_has_a_row_for_each_definition_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'alphabet a "("\nn[s](i) := #[j <= i] Q[s](j) for s in alphabet\naccept(i) := n[a](i) > n["("](i)\n'
    assert main(["trace", write(tmp_path / "p.crasp", text), "a(a", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "word": ["a", "(", "a"],
        "positions": 4,
        "lines": [
            {"name": "n[a]", "kind": "count", "values": [0, 1, 1, 2]},
            {"name": 'n["("]', "kind": "count", "values": [0, 0, 1, 1]},
            {"name": "accept", "kind": "boolean", "values": [False, True, False, True]},
        ],
    }


def test_trace_writes_a_page_with_every_value(tmp_path: Path) -> None:
    page = tmp_path / "trace.html"
    assert main(["trace", DYCK, "(())", "--html", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.count("<tr") == 2 + 8
    assert "http" not in text
    assert "next[&#34;(&#34;]" in text


def test_integers_of_any_size_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digits = "9" * 5000
    file = write(tmp_path / "p.crasp", f"alphabet a\nn(i) := {digits} * #[j <= i] Q_a(j)\naccept(i) := n(i) > 1\n")
    assert main(["trace", file, "aa", "--json"]) == 0
    printed = capsys.readouterr().out
    assert digits in printed
    assert "1" + "9" * 4999 + "8" in printed


def test_fmt_rewrites_once_and_then_finds_nothing_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "p.crasp", "alphabet a // the letter\naccept ( i ):=(Q [ a ](i) )// why\n")
    assert main(["fmt", "--check", file]) == 1
    assert main(["fmt", file]) == 0
    assert Path(file).read_text() == "alphabet a  // the letter\n\naccept(i) := Q[a](i)  // why\n"
    assert main(["fmt", "--check", file]) == 0
    capsys.readouterr()


def test_fmt_refuses_what_it_cannot_parse_and_formats_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write(tmp_path / "first.crasp", "alphabet a\naccept(i):=Q_a(i)\n")
    bad = write(tmp_path / "bad.crasp", "alphabet a\naccept(i):=(\n")
    missing = str(tmp_path / "missing.crasp")
    last = write(tmp_path / "last.crasp", "alphabet a\naccept(i):=not Q_a(i)\n")
    assert main(["fmt", "--check", first, bad, missing, last]) == 2
    assert lines_of(capsys) == [f"would reformat {first}", f"would reformat {last}"]
    assert main(["fmt", first, bad, missing, DYCK, last]) == 2
    errors = capsys.readouterr().err
    assert "bad.crasp:2:" in errors
    assert "missing.crasp: cannot be read" in errors
    assert "fmt expects the path of a file" in errors
    assert Path(first).read_text() == "alphabet a\n\naccept(i) := Q_a(i)\n"
    assert Path(bad).read_text() == "alphabet a\naccept(i):=(\n"
    assert Path(last).read_text() == "alphabet a\n\naccept(i) := not Q_a(i)\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.crasp", "first.crasp", "last.crasp"]
    assert main(["fmt", "--check", first, last]) == 0


def test_fmt_refuses_a_name_without_its_position(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "alphabet a\nn(i):=Q_a(i) and i % 2 = 0\naccept(i):=n\n"
    file = write(tmp_path / "p.crasp", text)
    assert main(["fmt", file]) == 2
    assert "p.crasp:3:12: expected an expression, found the bare name `n`" in capsys.readouterr().err
    assert Path(file).read_text() == text


def test_a_bad_word_costs_its_own_line_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = tmp_path / "words.txt"
    words.write_bytes(b"()\n(x)\n\n\xff\n" + b"(" * (LONGEST_LINE_BYTES + 10) + b"\n)(\n")
    assert main(["run", DYCK, "[]", "()", "--input", str(words)]) == 2
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["accept", "accept", "accept", "reject"]
    starts = ("word 1, position 1: expected", f"{words}:2: position 2: expected", f"{words}:4: expected UTF-8")
    told = printed.err.splitlines()
    assert [line.startswith(start) for line, start in zip(told, starts, strict=False)] == [True] * 3
    assert told[3:] == [f"{words}:5: the line is longer than {LONGEST_LINE_BYTES:,} bytes, this implementation's limit"]
    assert main(["run", DYCK, "--input", str(words), "--json"]) == 2
    records = [json.loads(line) for line in lines_of(capsys)]
    assert [record["word"] for record in records] == [["(", ")"], ["(", "x", ")"], [], None, None, [")", "("]]
    assert ["error" in record for record in records] == [False, True, False, True, True, False]
    assert [record.get("accept") for record in records] == [True, None, True, None, None, False]
    assert [set(record) for record in records if "error" in record] == [{"word", "error"}] * 3


def test_a_defect_in_one_word_costs_its_own_line_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run_or_fail(program: ir.Program, words: interpreter.Words) -> interpreter.Outputs:
        if 3 in words.lengths:
            raise ArithmeticError("three is too many")
        return run(program, words)

    run = interpreter.run
    monkeypatch.setattr(interpreter, "run", run_or_fail)
    assert main(["run", DYCK, "()", "(()", "", "x"]) == 70
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["accept", "accept"]
    assert "ArithmeticError: three is too many" in printed.err
    assert "word 4, position 1: expected a token" in printed.err


def test_the_library_is_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(__file__).parents[2] / "crasp" / "programs"
    assert main(["fmt", "--check", *map(str, sorted(folder.glob("*.crasp")))]) == 0, capsys.readouterr().out


def test_list_shows_every_program_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [record["name"] for record in records] == list(library_names())
    assert all(record["title"] and record["fragment"].startswith("C-RASP") for record in records)


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["check", "lib:dick1"], "the nearest is lib:dyck1"),
        (["check", "missing.crasp"], "missing.crasp: cannot be read: no such file"),
        (["check", "dyck1"], "dyck1: cannot be read: no such file or directory; the library has it as lib:dyck1"),
        (["run", "dyck1.crasp", "()"], "; the library has it as lib:dyck1"),
        (["trace", "dick1", "()"], "; the nearest of the library is lib:dyck1"),
        (["check", "/"], "expected a file, found a directory"),
        (["run", DYCK], "expected at least one WORD"),
        (["run", DYCK, "(("[:1] + "x"], "word 1, position 2: expected a token of the alphabet, found `x`"),
        (["run", "lib:aa_star", "a", "--input", "missing.txt"], "missing.txt: cannot be read"),
        (["trace", DYCK, "([)"], "position 2: expected a token of the alphabet, found `[`"),
        (["fmt", DYCK], "fmt expects the path of a file"),
        (["chek", DYCK], "No such command"),
        (["check", DYCK, "--jsn"], "No such option"),
        (["check", "a\0b"], "expected the name of a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_arguments_end_with_status_2_and_say_why(
    arguments: list[str], phrase: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert phrase in captured.err
    assert "Traceback" not in captured.err


HOSTILE = {
    "empty": (b"", "expected a program"),
    "blank": (b"\n \n// nothing\n", "expected a program"),
    "binary": (bytes(range(256)), "bad.crasp:"),
    "null byte": (b"alphabet a\naccept(i) := \0true\n", "2:14: expected text, found a null byte"),
    "not UTF-8": (b"alphabet a\n// caf\xe9\n", "2:7: expected UTF-8 text"),
    "10 MB": (b"alphabet a\naccept(i) := " + b"(" * 10_000_000, f"longer than {LARGEST_FILE_BYTES:,} bytes"),
    "10,000 open brackets": (b"alphabet a\naccept(i) := " + b"(" * 10_000, "expected an expression"),
    "10,000 closed too many": (b"alphabet a\naccept(i) := true" + b")" * 10_000, "found `)`"),
}


@pytest.mark.parametrize(("content", "phrase"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_get_a_message_and_status_2(
    content: bytes, phrase: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.crasp"
    file.write_bytes(content)
    for command in (["check"], ["run"], ["trace"], ["fmt", "--check"]):
        words = ["a"] if command[0] in ("run", "trace") else []
        assert main([*command, str(file), *words]) == 2
        captured = capsys.readouterr()
        assert phrase in captured.err
        assert len(captured.err) < 2000


def test_10_000_brackets_that_close_are_a_legal_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = "(" * 10_000 + "Q_a(i)" + ")" * 10_000
    file = write(tmp_path / "deep.crasp", f"alphabet a\naccept(i) := {deep}\n")
    assert main(["run", file, "a", ""]) == 0
    assert lines_of(capsys) == ["accept", "reject"]
    assert main(["fmt", file]) == 0
    assert Path(file).read_text() == "alphabet a\n\naccept(i) := Q_a(i)\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_gets_a_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secret.crasp"
    file.write_text("alphabet a\n")
    file.chmod(0)
    assert main(["check", str(file)]) == 2
    assert "permission denied" in capsys.readouterr().err


def test_check_and_help_import_neither_torch_nor_numpy() -> None:
    code = (
        "import sys; from crasp.__main__ import main; main(['check', 'lib:dyck1']); main(['--help']);"
        " assert not {'torch', 'transformers', 'pandas', 'numpy'} & set(sys.modules), 'heavy imports'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_an_interrupt_ends_with_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crasp.text.loader.load_program", interrupted)
    assert main(["run", DYCK, "()"]) == 130
