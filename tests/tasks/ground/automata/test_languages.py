"""Languages as commands are given them: bounds, and one meaning in every command."""

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crasp.__main__ import main as crasp
from eval.commands.measure import main as measure
from eval.commands.predict import main as predict
from eval.commands.words import main as words
from tasks.__main__ import main as tasks
from tasks.given_tasks import task_named_or_given
from tasks.ground.automata.language import read_automaton, read_file, read_language
from tasks.ground.automata.language_text import LanguageText
from tasks.ground.automata.tokens import LanguageError
from tests.cases import few
from train.__main__ import main as train

SHORT = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "."]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: f"({'|'.join(pair)})"),
        st.tuples(inner, inner).map("".join),
        inner.map(lambda text: f"({text})*"),
    ),
    max_leaves=5,
)


@given(SHORT, st.lists(SHORT, max_size=2), st.lists(SHORT, max_size=2))
def test_bounds_are_intersection_and_complement(regex: str, ands: list[str], nots: list[str]) -> None:
    text = LanguageText(regex=regex, alphabet="a b", ands=tuple(ands), nots=tuple(nots))
    found = read_language(text).automaton
    for word in ("".join(letters) for length in range(5) for letters in product("ab", repeat=length)):
        matches = [bool(re.fullmatch(each, word)) for each in (regex, *ands)]
        wanted = all(matches) and not any(re.fullmatch(each, word) for each in nots)
        assert found.outputs[found.run(word)] == wanted, word


def test_bounds_alone_are_of_all_words_over_the_letters_that_they_name() -> None:
    found = read_language(LanguageText(ands=(".*b",), nots=("a*b",))).automaton
    assert found.alphabet == ("a", "b")
    assert [found.outputs[found.run(word)] for word in ("", "ab", "bb", "ba")] == [False, False, True, False]


def test_letters_are_those_of_all_expressions_and_a_file_has_its_own(tmp_path: Path) -> None:
    assert read_language(LanguageText(regex=".*", nots=("c",))).automaton.alphabet == ("c",)
    assert read_language(LanguageText(regex="[^a]", ands=("b|c",))).automaton.alphabet == ("a", "b", "c")
    file = tmp_path / "even.att"
    file.write_text("0 1 a\n0 0 b\n1 0 a\n1 1 b\n0\n", encoding="utf-8")
    bounded = read_language(LanguageText(dfa=str(file), nots=("b*",)))
    assert bounded.text.title == f"{file} --not b*"
    assert [bounded.automaton.outputs[bounded.automaton.run(w)] for w in ("bb", "aa", "a")] == [False, True, False]
    with pytest.raises(LanguageError, match=r"--not:1:1: `c` is not in the alphabet a b\n  1 \| c\*\n    \| \^"):
        read_language(LanguageText(dfa=str(file), nots=("c*",)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LanguageText(), "expected --regex R, --dfa FILE, --and R or --not R, found none"),
        (LanguageText(alphabet="a"), "expected --regex R, --dfa FILE, --and R or --not R, found none"),
        (LanguageText(regex="a", dfa="b"), "expected one of --regex R and --dfa FILE, found both"),
        (LanguageText(regex="a", nots=("(",)), "--not:1:1: this `(` has no `)`"),
        (LanguageText(nots=("",)), "an alphabet has to be given"),
        (LanguageText(regex="(a|b)*a(a|b){30}"), "regex: the deterministic automaton has more than 20,000 states"),
    ],
)
def test_what_is_no_language_is_refused(text: LanguageText, message: str) -> None:
    with pytest.raises(LanguageError) as refusal:
        read_language(text)
    assert message in str(refusal.value)


# --- every command -------------------------------------------------------------------------------------------

FILES = {
    "even.att": "0 1 in in\n0 0 out out\n1 0 in in\n1 1 out out\n0 0.0\n1 inf\n",
    "lib.json": '{"states":["0","1"],"input_symbols":["0","1"],"transitions":{"0":{"1":["0","1"]}},'
    '"initial_state":"0","final_states":["1"]}',
    "numbers.json": '{"alphabet":["0","1"],"start":3,"delta":{"3":{"1":4,"0":3},"4":{"1":4}},"finals":[4]}',
    "list.json": '{"alphabet":["5c","gum"],"initial_state":"s","accepting_states":["s"],'
    '"transitions":[["s","5c","t"],["t","gum","s"]]}',
}
GIVEN = [
    ["--regex", "a|b*"],
    ["--regex", "a*b|"],
    ["--regex", "(|a)b*"],
    ["--regex", r"\a*b"],
    ["--regex", "a b*"],
    ["--regex", "in out*", "--alphabet", "in out"],
    ["--regex", "a{2,}b*"],
    ["--regex", "[^a]*a[a-c]{1,2}"],
    ["--regex", "(a|b)*", "--not", ".*bb.*"],
    ["--regex", "(a|b)*", "--and", "a.*", "--and", ".*b"],
    ["--not", ".*a", "--alphabet", "a b"],
    ["--dfa", "lib.json"],
    ["--dfa", "numbers.json"],
    ["--dfa", "list.json"],
    ["--dfa", "list.json", "--not", "()"],
]


@pytest.mark.usefixtures("few_words")
@pytest.mark.parametrize("arguments", few(GIVEN, 8))
def test_every_command_takes_the_same_languages_to_mean_the_same(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    assert crasp(["decide", *arguments, "--json"]) == 0
    decided = json.loads(capsys.readouterr().out)
    Path("program.crasp").write_text(decided["witness"]["program"], encoding="utf-8")
    short = ["--lengths", "1-8,9-12", "-n", "50", "--json"]
    for recognition in ([], ["--recognition"]):
        assert tasks(["show", *arguments, *recognition, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert list(shown["alphabet"])[: len(decided["alphabet"])] == decided["alphabet"]
        assert words(["sample", *arguments, *recognition, "--lengths", "1-8", "-n", "20", "--json"]) == 0
        assert tasks(["sample", *arguments, *recognition, "--lengths", "1-8", "-n", "20", "--json"]) == 0
        sampled = capsys.readouterr().out.splitlines()
        assert sampled[: len(sampled) // 2] == sampled[len(sampled) // 2 :]
    # The witness was made of the automaton that `decide` read, the labels are of the one that the task read.
    assert measure([*arguments, "--recognition", "--model", "program.crasp", *short]) == 0
    assert all(each["correct"] == each["total"] for each in json.loads(capsys.readouterr().out)["bins"])
    assert predict([*arguments, "--pe", "ape", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "generalizes"


def given_by(arguments: list[str]) -> dict[str, Any]:
    """The options as arguments of `task_named_or_given`."""
    pairs = list(zip(arguments[::2], arguments[1::2], strict=True))
    single = {name.removeprefix("--"): value for name, value in pairs if name not in ("--and", "--not")}
    return single | {f"{kind}s": [value for name, value in pairs if name == f"--{kind}"] for kind in ("and", "not")}


@pytest.mark.parametrize("arguments", [GIVEN[6], GIVEN[8], GIVEN[13]], ids=" ".join)
def test_models_are_trained_on_them_too(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, encoding="utf-8")
    small = ["--layers", "1", "--heads", "1", "--width", "8", "--max-steps", "1", "--train-length", "8"]
    assert train([*arguments, *small, "--max-length", "16", "--pe", "nope", "--out", "runs"]) == 0
    (result,) = Path("runs").rglob("result.json")
    assert json.loads(result.read_text())["task"] == task_named_or_given(**given_by(arguments)).name


def test_what_has_words_of_its_own_takes_no_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (
        lambda: crasp(["decide", "--program", "lib:dyck1", "--not", "a"]),
        lambda: tasks(["show", "dyck1", "--and", "a"]),
        lambda: words(["show", "--program", "lib:dyck1", "--not", "a"]),
        lambda: predict(["--task", "dyck1", "--not", "a"]),
        lambda: measure(["--task", "dyck1", "--not", "a", "--model", "lib:dyck1"]),
        lambda: train(["--task", "dyck1", "--not", "a"]),
    ):
        assert command() == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "--not" in captured.err


@pytest.mark.parametrize("name", ["deep.json", "deep.att", "none.json"])
def test_a_file_that_is_none_is_status_2_in_every_command(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep.json").write_text('{"delta":' * 50_000, encoding="utf-8")
    (tmp_path / "deep.att").write_text("0 1 a b c d e f\n", encoding="utf-8")
    given = ["--dfa", str(tmp_path / name)]
    for command in (
        lambda: crasp(["decide", *given]),
        lambda: tasks(["show", *given]),
        lambda: words(["sample", *given]),
        lambda: predict(given),
        lambda: measure([*given, "--model", "lib:dyck1"]),
        lambda: train(given),
    ):
        assert command() == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert name in captured.err
        assert "Traceback" not in captured.err


def test_nothing_slow_is_imported_to_read_a_language(tmp_path: Path) -> None:
    import subprocess
    import sys

    file = tmp_path / "even.att"
    file.write_text("0 1 a\n1\n", encoding="utf-8")
    assert read_automaton(read_file(str(file)), file.name).alphabet == ("a",)
    program = (
        "import sys; from tasks.ground.automata.language import LanguageText, read_language; "
        f"read_language(LanguageText(dfa={str(file)!r}, nots=('a',))); "
        "print([name for name in ('automata', 'numpy', 'torch', 'lark', 'typer') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
