"""The card of a trained model: metadata that a hub reads, and what the run itself says."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from eval.answering.answerers import UnfitError
from eval.commands import measure
from eval.door.command_line import main
from eval.subjects.asked_task import task_of_subject
from tasks.ground.automata.language_text import LanguageText
from tasks.task import Task
from tests.eval.synthetic import counted
from train.ledger.ledger import Ledger
from train.ledger.trained_card import trained_card, write_card
from train.model.directory import Model, write_model
from train.model.encodings import encoding_for
from train.model.recommended import Choices, recommended
from train.running.step import initial_weights


def test_a_run_has_a_card_that_says_what_it_is_and_what_it_got_right(tmp_path: Path) -> None:
    config = recommended("tomita1", "ape", Choices(protocol="grid", layers=1, heads=1, width=16))
    task, result = task_of_subject("tomita1"), counted(config, 3, (1.0, 0.5, 0.0))
    model = Model(config.model, initial_weights(task, config, 3), task.vocabulary)
    path = Ledger(tmp_path).record(result, partial(write_model, model=model, extra={}))
    card = (path / "README.md").read_text(encoding="utf-8")
    _, head, text = card.split("---\n", 2)
    assert {"license: apache-2.0", "library_name: transformers"} < set(head.splitlines())
    assert "# tomita1, learned position embeddings (APE), seed 3" in text
    assert "A transformer of 1 layer, 1 head a layer and width 16" in text
    assert [line.split("|")[3].strip() for line in text.splitlines() if line[:3] in ("| 1", "| 5")] == [
        "100.0%",
        "50.0%",
        "0.0%",
    ]
    assert "It fits its training lengths." in text


@pytest.mark.parametrize(
    ("pe", "said"),
    [
        ("rope:base=500", "from_pretrained"),
        ("rope:base=500", "with `rope:base=500"),
        ("alibi:slopes=1", "read_model(DIR)"),
        ("nope", "no encoding"),
    ],
)
def test_the_card_says_how_the_model_is_loaded(pe: str, said: str) -> None:
    config = recommended("tomita1", "nope", Choices(protocol="grid", layers=1, heads=1, width=16))
    name, scheme = encoding_for(pe, heads=1, width=16)
    other = replace(config, model=replace(config.model, pe=name, scheme=scheme))
    assert said in trained_card(counted(other, 0, (0.2, 0.5, 0.0)))
    assert "It does not fit" in trained_card(counted(other, 0, (0.2, 0.5, 0.0)))


@pytest.mark.parametrize(
    ("pe", "said"),
    [
        ("randomized", "model(input_ids=ids, position_ids=places)"),
        ("randomized", "torch.randperm(2048)"),
        ("randomized", "the longest word has 2,047 tokens after `<bos>`"),
        ("sinusoidal", "the longest word has 199 tokens after `<bos>`"),
        ("ape", "the longest word has 199 tokens after `<bos>`"),
        ("rope", "positions are computed for words of any length"),
        ("alibi:scaling=falcon", 'from_pretrained(DIR, attn_implementation="sdpa")'),
        ("alibi:scaling=falcon", "adds its biases\ntwice"),
    ],
)
def test_the_card_says_what_must_be_known_to_ask_the_model_rightly(pe: str, said: str) -> None:
    config = recommended("tomita1", "nope", Choices(protocol="grid", layers=1, heads=1, width=16))
    name, scheme = encoding_for(pe, heads=1, width=16)
    positions = 2048 if pe == "randomized" else 200
    other = replace(config, model=replace(config.model, pe=name, scheme=scheme, positions=positions))
    assert said in trained_card(counted(other, 0, (1.0, 0.5, 0.0)))
    assert ("position_ids" in trained_card(counted(other, 0, (1.0, 0.5, 0.0)))) == (pe == "randomized")


AUTOMATON = '{"alphabet": ["a"], "start": "0", "delta": {"0": {"a": "1"}, "1": {"a": "0"}}, "finals": ["0"]}'
PROGRAM = "alphabet a b\naccept(i) := #[j <= i] Q_a(j) >= 1\n"


@pytest.mark.parametrize("kind", ["name", "regex", "chosen", "automaton", "program"])
def test_the_command_on_the_card_is_about_the_task_of_the_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pairs.json").write_text(AUTOMATON)
    (tmp_path / "some.crasp").write_text(PROGRAM)
    text = LanguageText(regex="(ab|'')*", ands=("a.*",), nots=("abab",), alphabet="a b ' $")
    made: dict[str, Callable[[], Task]] = {
        "name": lambda: task_of_subject("tomita1:recognition"),
        "regex": lambda: task_of_subject(None, text=text),
        "chosen": lambda: task_of_subject(None, text=replace(text, called="my `task`"), recognize=True),
        "automaton": lambda: task_of_subject(None, text=LanguageText(dfa=str(tmp_path / "pairs.json"))),
        "program": lambda: task_of_subject(None, program=str(tmp_path / "some.crasp"), recognize=True),
    }
    task = made[kind]()
    config = replace(recommended("tomita1", "nope", Choices(protocol="grid", width=16)), task=task.name)
    result = replace(counted(config, 0, (1.0, 0.5, 0.0)), origin=task.origin)
    write_card(tmp_path, result)
    command = (tmp_path / "README.md").read_text().split("~~~sh\n")[1].split("\n~~~")[0]
    given = [part.replace("DIR", str(tmp_path)) for part in shlex.split(command)[1:]]
    asked: list[str] = []

    def refuse(_model: str, _vocabulary: None) -> None:
        raise UnfitError("not loaded here")

    def note(task: str | None, **options: Any) -> Task:
        asked.append(task_of_subject(task, **options).name)
        return task_of_subject(task, **options)

    monkeypatch.setattr(measure, "task_of_subject", note)
    monkeypatch.setattr(measure, "load_answerer", refuse)
    assert main(given) == 2
    assert "not loaded here" in capsys.readouterr().err
    assert asked == [task.name]
