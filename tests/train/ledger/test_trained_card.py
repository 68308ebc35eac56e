"""The card of a trained model: metadata that a hub reads, and what the run itself says."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tasks.registry import get_task
from tests.eval.synthetic import counted
from train.ledger.ledger import Ledger
from train.ledger.trained_card import trained_card
from train.model.directory import Model, write_model
from train.model.encodings import encoding_for
from train.model.recommended import Choices, recommended
from train.running.step import initial_weights


def test_a_run_has_a_card_that_says_what_it_is_and_what_it_got_right(tmp_path: Path) -> None:
    config = recommended("tomita1", "ape", Choices(protocol="grid", layers=1, heads=1, width=16))
    task, result = get_task("tomita1"), counted(config, 3, (1.0, 0.5, 0.0))
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
