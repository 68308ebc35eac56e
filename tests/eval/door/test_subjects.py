"""What an argument is taken for by the stated rule, and what is refused, with the options named, as ambiguous."""

from pathlib import Path

import pytest

from eval.door.subjects import taken_for
from tasks.ground.console import RefusedError
from tasks.registry import TASKS


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("lib:dyck1", "program"),
        ("lib:nothing", "program"),
        ("some/where/prog.crasp", "program"),
        ("machine.json", "dfa"),
        ("../machine.att", "dfa"),
        ("dyck1", "task"),
        ("aa_star", "task"),
        ("parity:recognition", "task"),
        ("(aa)*", "regex"),
        ("a|b", "regex"),
        ("[ab]+c?", "regex"),
        ("a{2,5}", "regex"),
        ("a.b", "regex"),
        ("(é)*", "regex"),
    ],
)
def test_an_argument_is_taken_for_what_the_rule_says(text: str, option: str) -> None:
    found = taken_for(text)
    assert (found.option, found.value) == (option, text)
    assert f"--{option}" in found.in_words


@pytest.mark.parametrize("name", TASKS)
def test_every_task_is_taken_for_itself(name: str) -> None:
    assert taken_for(name).option == "task"


@pytest.mark.parametrize("text", ["dyck2", "a", "ab", "", "some/where", "lib", "dyck1:other", "prog", "a-b", "é"])
def test_a_plain_name_that_no_task_has_is_refused_with_every_option_that_may_be_meant(text: str) -> None:
    with pytest.raises(RefusedError, match="--regex"):
        taken_for(text)


def test_a_misspelt_task_is_told_the_nearest() -> None:
    with pytest.raises(RefusedError, match="the nearest task is parity"):
        taken_for("paritty")


@pytest.mark.parametrize("text", ["dyck1", "(aa)*", "words.txt", "prog"])
def test_the_name_of_a_file_here_that_is_something_else_too_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(text).write_text("")
    with pytest.raises(RefusedError, match=r"say .*--program or --dfa"):
        taken_for(text)


def test_a_text_that_no_file_may_be_called_by_is_still_an_expression() -> None:
    assert taken_for("(a|b)*" * 2000).option == "regex"
    assert taken_for("(a\0)*").option == "regex"
