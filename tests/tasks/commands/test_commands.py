"""The commands `python -m tasks list|show|sample`: what they print, and what they refuse."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.__main__ import main
from tasks.commands.options import LONGEST_LENGTH
from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tasks.samples.word_arrays import examples_of, word_of
from tasks.words import Example
from tests.cases import few

ROOT = Path(__file__).parents[3]


def plain(text: str) -> str:
    """The text without colours, which some environments force on usage errors and help."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tasks", *arguments]


def test_list_as_json_is_one_array_of_every_task(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in entries] == list(TASKS)
    assert entries[list(TASKS).index("tomita4")] == {
        "name": "tomita4",
        "title": "Tomita-4",
        "family": "Star Free",
        "alphabet_size": 2,
        "program": "tomita4",
        "theory": {"ape": "generalizes", "nope": "fails"},
    }
    assert next(entry for entry in entries if entry["name"] == "parity")["program"] is None


def test_list_is_a_table_with_every_name_unbroken(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    for name in TASKS:
        assert f" {name} " in out


@pytest.mark.usefixtures("few_words")
def test_show_prints_definition_examples_theory_and_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "tomita4"]) == 0
    out = capsys.readouterr().out
    for part in ("No three 0s in a row.", "1 0 0 -> 1 <eos>", "APE: generalizes (theorem)", "NoPE: fails", "16.45"):
        assert part in out


def test_show_says_how_hard_the_words_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "012_star_0_2_star", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["difficulty"]
    assert [each["lengths"] for each in found] == [[1, 50], [51, 100], [101, 150]]
    assert found[1]["windows"]["15"]["pairs"]["correct"] == 0
    assert set(found[1]["bag"]) == {"all", "uniform", "sticky", "pairs"}
    assert found[1]["run"]["pairs"]["median"] > found[1]["run"]["uniform"]["median"]
    assert main(["show", "012_star_0_2_star"]) == 0
    out = capsys.readouterr().out
    for part in ("test words of lengths 51-100", "the last 15 tokens", "a bag of letters", "longest run", "depth"):
        assert part in out


@pytest.mark.usefixtures("few_words")
@pytest.mark.parametrize("name", few(TASKS, 6))
def test_every_task_is_shown_as_text_and_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", name]) == 0
    assert name in capsys.readouterr().out
    assert main(["show", name, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [each["lengths"] for each in shown["difficulty"]] == [[1, 50]]
    assert shown["theory"]["nope"]["standing"] == get_task(name).theory["nope"].standing
    assert len(shown["examples"]) == 3


@pytest.mark.usefixtures("few_words")
@pytest.mark.parametrize("name", few([*TASKS, "dyck1:recognition"], 9, also=["dyck1:recognition"]))
def test_the_format_that_is_shown_is_that_of_the_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    task = get_task(name)
    example = examples_of(task, task.sample(generator(name, "format", (3, 9), 0), (3, 9), 1))[0]
    word, answer = word_of(task, example), [target for (target,) in example.targets] if task.format == "answer" else []
    assert main(["show", name]) == 0
    (shown,) = re.findall(r"^format +(<bos>.*?),", capsys.readouterr().out, re.MULTILINE)
    parts = {"word": word, "answer": answer[:-1]}
    assert [token for part in shown.split() for token in parts.get(part, [part])] == list(example.tokens)


def test_no_command_is_a_usage_error_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Missing command" in plain(err)


@pytest.mark.parametrize("name", ["dyck1", "addition", "parity", "aa_star"])
def test_sample_as_json_is_an_object_a_line_that_is_the_label(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    task = get_task(name)
    assert main(["sample", name, "--lengths", "51-100", "-n", "7", "--seed", "3", "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    for line in lines:
        fields = json.loads(line)
        assert list(fields) == ["tokens", "judged", "targets"]
        example = Example(tuple(fields["tokens"]), tuple(fields["judged"]), tuple(map(tuple, fields["targets"])))
        assert example == task.label(word_of(task, example))
        assert 51 <= len(word_of(task, example)) <= 100


@pytest.mark.usefixtures("few_words")
def test_given_languages_are_shown_and_sampled_as_named_ones_are(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["show", "--regex", "(ab)*", "--alphabet", "a b c"]) == 0
    out = capsys.readouterr().out
    for part in ("The words of the regular expression (ab)*", "alphabet  a b c", "APE: unknown", "repeats   of 2,000"):
        assert part in out
    file = tmp_path / "ab.json"
    file.write_text(json.dumps({"alphabet": ["a"], "start": "s", "delta": {"s": {"a": "s"}}, "finals": ["s"]}))
    assert main(["sample", "--dfa", str(file), "--lengths", "3", "-n", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tokens"] == ["<bos>", "a", "a", "a"]
    assert main(["sample", "dyck1", "--recognition", "--lengths", "4", "-n", "30"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["sample", "dyck1:recognition", "--lengths", "4", "-n", "30"]) == 0
    assert capsys.readouterr().out.splitlines() == lines
    assert {line.split()[-2] for line in lines} == {"accept", "reject"}


@pytest.mark.usefixtures("few_words")
def test_small_languages_say_how_many_test_words_occur_in_training(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "anbn"]) == 0
    sentence = "of 2,000 test words of lengths 1-50, 2,000 occur among 64,000 training words of lengths 1-50"
    assert sentence in capsys.readouterr().out
    assert main(["show", "anbn", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["repeated_in_training"] == {"words": 2000, "repeated": 2000}
    assert main(["show", "sort", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["repeated_in_training"]["repeated"] < 100


def test_sample_for_people_shows_words_and_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "copy_repeat", "--lengths", "4", "-n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line in lines:
        word, answer = line.split(" -> ")
        assert answer == f"{word} <eos>"
        assert len(word.split()) == 4


def test_sample_for_people_writes_what_may_follow_under_each_token(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert main(["sample", "abab_star", "--lengths", "8", "-n", "1"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert max(map(len, rows)) <= 40
    assert rows.pop() == ""
    assert " ".join(row.removeprefix("word ") for row in rows[::2]).split() == ["<bos>", *"abababab"]
    following = " ".join(row.removeprefix("next ") for row in rows[1::2]).split()
    assert following == ["a|<eos>", *"bab", "a|<eos>", *"bab", "a|<eos>"]


def test_the_same_seed_prints_the_same_words_and_another_seed_others(capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for seed in ("0", "0", "1"):
        assert main(["sample", "majority", "--seed", seed]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != printed[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "dyk1"], "unknown task 'dyk1': did you mean dyck1"),
        (["sample", "aa-star"], "did you mean aa_star"),
        (["sample", "parity", "--lengths", "9-4"], "expected --lengths A-B with A <= B, found '9-4'"),
        (["sample", "parity", "--lengths", "long"], "expected --lengths A-B, as in 51-100, found 'long'"),
        (["sample", "parity", "--lengths", ""], "expected --lengths A-B, as in 51-100, found ''"),
        (["sample", "parity", "--lengths", "-3"], "expected --lengths A-B"),
        (
            ["sample", "parity", "--lengths", f"1-{LONGEST_LENGTH + 1}"],
            f"expected --lengths to {LONGEST_LENGTH} at most",
        ),
        (["sample", "parity", "--lengths", "1-" + "9" * 5000], "expected --lengths A-B"),
        (["sample", "dyck1", "--lengths", "3-3"], "dyck1 has no words of lengths 3-3"),
        (["sample", "copy_unique", "--lengths", "151-160"], "copy_unique has no words of lengths 151-160"),
        (["sample", "parity", "-n", "0"], "--number': 0 is not in the range x>=1"),
        (["sample", "parity", "-n", "many"], "--number': 'many' is not a valid int"),
        (["sample", "parity", "--seed", "x"], "--seed': 'x' is not a valid int"),
        (["sample"], "expected one of a task's name, --regex R and --dfa FILE"),
        (["show", "parity", "--recognition"], "parity has an answer, not a language"),
        (["sample", "parity:recognition"], "parity has an answer, not a language"),
        (
            ["sample", "--regex", "a|c", "--alphabet", "a b"],
            "regex:1:3: `c` is not in the alphabet a b",
        ),
        (["sample", "--regex", "ab", "--alphabet", "a b ab"], "is ambiguous"),
        (["sample", "--regex", "(aa)*", "--lengths", "3-3"], "has no words of lengths 3-3"),
        (["sample", "parity", "--alphabet", "a b"], "--alphabet goes with --regex"),
        (["show", "--dfa", "no/such.json"], "no/such.json: cannot be read: no such file or directory"),
        (["lst"], "lst"),
        (["list", "--xml"], "--xml"),
    ],
)
def test_bad_input_is_a_message_and_status_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in plain(err)
    assert "Traceback" not in err


def test_the_longest_words_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "dyck1", "--lengths", f"{LONGEST_LENGTH}", "-n", "1", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["tokens"]) == LONGEST_LENGTH + 1


OPTIONS = {
    "sample": ("--lengths", "--number", "--seed", "--json", "--regex", "--dfa", "--alphabet", "--recognition"),
    "export": ("--split", "--lengths", "--number", "--seed", "--format", "--out", "--regex", "--recognition"),
}


@pytest.mark.usefixtures("few_words")
@pytest.mark.parametrize("arguments", [[], ["list"], ["show"], ["sample"], ["export"]], ids=str)
def test_help_explains_every_option_and_ends_with_a_command_that_runs(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*arguments, "--help"]) == 0
    out = plain(capsys.readouterr().out)
    example = next(line for line in out.splitlines() if "Try:" in line).strip(" │")
    assert main(example.removeprefix("Try: python -m tasks ").split()) == 0
    for option in OPTIONS.get("".join(arguments), ()):
        assert option in out


def test_a_reader_that_stops_early_is_no_error() -> None:
    process = subprocess.Popen(
        command("sample", "parity", "-n", "200000"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(30), errors) == (0, b"")


def test_an_interrupt_is_status_130_without_a_traceback() -> None:
    process = subprocess.Popen(
        command("sample", "parity", "-n", "50000000"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_a_message_and_status_2() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command("list", "--json"), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(b"standard output: cannot be written: ")
    assert b"Traceback" not in done.stderr


def test_list_loads_neither_torch_nor_the_automata() -> None:
    code = (
        "import sys; from tasks.__main__ import main; status = main(['list']); "
        "sys.exit(status or any(name in sys.modules for name in ('torch', 'automata', 'pandas')))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("command", [["sample"], ["export", "--out", "words"]])
def test_a_given_language_is_called_by_its_expression_in_messages_too(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*command, "--regex", "ab", "--lengths", "5-6"]) == 2
    assert "ab has no words of lengths 5-6" in (said := capsys.readouterr().err)
    assert "regular_" not in said
