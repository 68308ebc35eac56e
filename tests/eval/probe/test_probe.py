"""The capability card: defects by name, what was learnt and how far, in text, JSON and a page; bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.reference_cards import REFERENCES, card_of
from eval.__main__ import main as eval_main
from eval.api import predict
from eval.probe import protocol
from eval.probe.__main__ import main
from eval.probe.capabilities import CAPABILITIES, task_of_capability
from eval.probe.card import card_row
from eval.probe.card_text import card_lines, card_page
from eval.probe.defects import find_defects
from eval.probe.probing import family_of, probe
from eval.probe.protocol import probe_config
from eval.probe.reference_cards import SHIPPED, reference_cards
from eval.probe.theory import FAMILIES, theory_of
from eval.probe.trials import ProbeRun, run_trials
from tasks.drawing.randomness import generator
from tests.cases import few
from train.__main__ import main as train_main
from train.architectures.checking import NotCausalError, built
from train.architectures.result import architecture_result_from_json
from train.architectures.runs import ArchitectureRuns
from train.architectures.specification import ArchitectureSpec, read_architecture

PLANTED = Path(__file__).parent / "planted_defects.py"
OWN = Path(__file__).parents[2] / "train" / "architectures" / "own_modules.py"
SMALL = "hidden_size=16,num_hidden_layers=1"


def planted(name: str) -> ArchitectureSpec:
    return read_architecture(f"{PLANTED}:{name}")


def defects_of(architecture: ArchitectureSpec) -> list[tuple[str, int | None]]:
    config = probe_config("count", architecture)
    return [
        (each.name, each.length) for each in find_defects(architecture, task_of_capability("count"), config.positions)
    ]


@pytest.mark.parametrize(
    ("name", "defect", "length"),
    [
        ("no_begin", "no begin token", None),
        ("off_by_one", "causal mask off by one", None),
        ("deep_off_by_one", "causal mask off by one", None),
        ("late", "last token hidden", None),
        ("clipped", "positions clipped", 20),
        ("clipped_stock", "positions clipped", 16),
        ("clipped_deep_stock", "positions clipped", 16),
        ("saturating", "counts saturate", 12),
    ],
)
def test_a_planted_defect_is_named(name: str, defect: str, length: int | None) -> None:
    assert defects_of(planted(name)) == [(defect, length)]


SOUND = [
    f"{PLANTED}:nope",
    f"{PLANTED}:ape",
    f"{OWN}:factory",
    f"{OWN}:zero_head",
    f"llama:{SMALL}",
    f"gpt_neox:{SMALL},rotary_pct=0.0",
    f"bloom:{SMALL}",
    f"mamba:{SMALL}",
    "gpt2:n_embd=16,n_layer=1",
    "rwkv:hidden_size=16,num_hidden_layers=2",
    "mamba2",
    "bamba",
    "recurrent_gemma:hidden_size=16,num_hidden_layers=3",
    f"{PLANTED}:windowed",
]


@pytest.mark.parametrize("architecture", SOUND)
def test_a_sound_architecture_has_no_defect(architecture: str) -> None:
    assert defects_of(read_architecture(architecture)) == []


@pytest.mark.parametrize(
    "architecture",
    [f"{OWN}:ahead", f"{OWN}:in_blocks", f"{PLANTED}:deep_and_open", f"bert:{SMALL},is_decoder=false"],
)
def test_one_that_reads_several_tokens_ahead_in_a_layer_is_refused(architecture: str) -> None:
    with pytest.raises(NotCausalError, match="places later"):
        defects_of(read_architecture(architecture))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MOST_STEPS", 4)


@pytest.mark.usefixtures("brief")
def test_the_command_writes_a_card_as_text_json_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "card.html"
    options = ["--model-factory", f"{OWN}:factory", "--capability", "count", "--capability", "parity", "--repeats", "1"]
    options += ["--runs", str(tmp_path / "runs"), "--workers", "1"]
    assert main([*options, "--out", str(page)]) == 0
    said = capsys.readouterr()
    assert "Recurrent, " in said.out
    assert "No defect was seen" in said.out
    assert "2 of 2: parity, seed 0: " in said.err
    assert "Capability card: own_modules" in page.read_text(encoding="utf-8")
    assert eval_main(["probe", *options, "--json"]) == 0
    said = capsys.readouterr()
    assert " of 2: " not in said.err, "what the ledger has is not trained again"
    card = json.loads(said.out)
    assert [row["capability"] for row in card["capabilities"]] == ["count", "parity"]
    assert card["family"] == "lstm"
    assert card["capabilities"][1]["theory"]["says"] == "can"
    assert card["defects"] == []


@pytest.mark.usefixtures("brief")
def test_a_defect_is_on_the_card_and_the_status_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = ["--runs", str(tmp_path / "runs"), "--workers", "1", "--repeats", "1", "--capability", "count"]
    assert main(["--model-factory", f"{PLANTED}:off_by_one", *runs]) == 1
    said = capsys.readouterr().out
    assert "DEFECT causal mask off by one: Each answer changes with the next token" in said
    assert "Nothing was trained" in said
    assert main(["--model-factory", f"{PLANTED}:no_begin", *runs, "--json"]) == 1
    card = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in card["defects"]] == ["no begin token"]
    assert [row["capability"] for row in card["capabilities"]] == ["count"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "expected one of --architecture CONFIG and --model-factory"),
        (["--architecture", "llama", "--model-factory", "own.py:f"], "expected one of"),
        (["--model-factory", "llama"], "--model-factory: expected MODULE.py:FACTORY"),
        (["--architecture", "lama"], "did you mean llama?"),
        (["--architecture", "llama", "--capability", "flying"], "--capability: expected count, "),
        (["--architecture", "llama", "--family", "cat"], "--family: expected nope, "),
        (["--architecture", "llama", "--out", "/nowhere/card.html"], "--out: /nowhere/card.html cannot be written"),
        (["--model-factory", f"{OWN}:ahead"], "is not causal"),
        (["--model-factory", f"{OWN}:words_second"], "change with the other words that are asked at once"),
        (["--model-factory", f"{OWN}:wide"], "it gives answers of the shape"),
        (["--model-factory", f"{OWN}:constant"], "has no parameters"),
        (["--model-factory", f"{OWN}:breaking"], "traceback of your own code"),
        (["--model-factory", f"{OWN}:failing"], "traceback of your own code"),
    ],
)
def test_bad_input_has_its_own_message_and_writes_nothing(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*options, "--runs", str(tmp_path / "runs")]) == 2
    out = capsys.readouterr()
    assert said in out.err
    assert out.out == ""
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("brief")
def test_a_row_counts_fitted_runs_alone_and_says_how_far_was_searched(tmp_path: Path) -> None:
    architecture = read_architecture(f"{OWN}:factory")
    trials = [ProbeRun("count", seed) for seed in range(2)]
    found = run_trials(architecture, trials, tmp_path, lambda *_: None, workers=1)
    row = card_row("count", list(found.values()), "lstm")
    assert (row.runs, row.learnt, row.horizons, row.accuracies) == (2, 0, (), ())
    assert row.horizon is None
    assert row.theory.reference == "arXiv 1805.04908"
    assert row.to_json()["learnt_interval"][0] == 0.0


@pytest.mark.usefixtures("brief")
def test_a_card_of_runs_is_lines_and_a_page(tmp_path: Path) -> None:
    architecture = read_architecture(f"{OWN}:factory")
    there = probe(architecture, tmp_path / "one", lambda *_: None, capabilities=["count"], runs=1, workers=1)
    assert there.rows[0].runs == 1
    assert card_lines(there, reference_cards())
    assert "<table" in card_page(there, reference_cards())


def test_the_cards_that_come_with_the_project_are_those_of_its_runs() -> None:
    lines = (SHIPPED / "architecture.jsonl").read_text(encoding="utf-8").splitlines()
    results = [architecture_result_from_json(json.loads(line)) for line in lines]
    cards = reference_cards()
    assert {card.shown for card in cards} >= {"NoPE", "LSTM"}
    for card in cards:
        for name, cell in card.cells.items():
            config = probe_config(name, results[0].config.architecture).protocol
            own = [
                each
                for each in results
                if each.config.architecture.name == card.name and each.config.task == config.task
            ]
            row = card_row(name, own, "unknown")
            assert (cell.runs, cell.learnt, cell.horizon, cell.at_least) == (
                row.runs,
                row.learnt,
                row.horizon,
                row.at_least,
            )
    assert len(results) == sum(cell.runs for card in cards for cell in card.cells.values())


def test_a_card_is_made_again_of_the_runs_that_come_with_the_project(tmp_path: Path) -> None:
    assert train_main(["merge", str(SHIPPED), "--runs", str(tmp_path)]) == 0
    file, shown, architecture = REFERENCES[0]
    made = {"shown": shown, **card_of(read_architecture(architecture), ArchitectureRuns(tmp_path)).to_json()}
    shipped = json.loads((SHIPPED / f"{file}.json").read_text(encoding="utf-8"))
    assert {**made, "versions": None} == {**shipped, "versions": None}


@pytest.mark.parametrize("name", CAPABILITIES)
def test_the_words_of_a_capability_have_every_answer_and_reach_the_longest_length(name: str) -> None:
    task = task_of_capability(name)
    batch = task.sample(generator(task.name, "test", (1, 16), 0), (1, 16), 200)
    answers = batch.targets[batch.judged]
    least = 2 if answers.ndim == 1 else 1
    assert len(np.unique(answers, axis=0)) >= least + (name != "residue")
    assert task.sample(generator(task.name, "test", (61, 64), 0), (61, 64), 20).lengths.max() >= 61


@pytest.mark.parametrize("encoding", ["nope", "ape"])
@pytest.mark.parametrize("name", few([name for name in CAPABILITIES if name != "sort"], 2))
def test_theory_of_transformers_is_what_the_predictor_says(name: str, encoding: str) -> None:
    capability = CAPABILITIES[name]
    if capability.regex is not None:
        found = predict(regex=capability.regex, pe=encoding, accept="last")
    else:
        found = predict(str(capability.task).partition(":")[0], pe=encoding)
    assert {"generalizes": "can", "fails": "cannot"}[found.verdict] == theory_of(encoding, name).says  # type: ignore[arg-type]


def test_every_statement_of_theory_has_its_reference() -> None:
    for family in FAMILIES:
        for name in CAPABILITIES:
            found = theory_of(family, name)
            assert (found.reference is None) == (found.says == "no theory"), (family, name)
    assert theory_of("ssm", "flip_flop").text == "can (arXiv 2405.17394)"
    assert theory_of("ape", "flip_flop").says == theory_of("nope", "flip_flop").says == "cannot"
    assert theory_of("unknown", "count").text == "no theory"
    counts = {family: theory_of(family, "exact_count").text for family in ("lstm", "relu", "rnn")}
    can, cannot = "can (arXiv 1805.04908)", "cannot (arXiv 1805.04908)"
    assert counts == {"lstm": can, "relu": can, "rnn": cannot}, "those that squash cannot count"


@pytest.mark.parametrize(
    ("architecture", "family"),
    [
        (f"{OWN}:factory", "lstm"),
        (f"{PLANTED}:late", "rnn"),
        (f"{PLANTED}:relu", "relu"),
        (f"{PLANTED}:tanh", "rnn"),
        (f"mistral:{SMALL}", "rope"),
        (f"mistral:{SMALL},sliding_window=8", "unknown"),
        (f"qwen2:{SMALL},sliding_window=8", "rope"),
        (f"qwen2:{SMALL},sliding_window=8,use_sliding_window=true,max_window_layers=0", "unknown"),
        ('gpt_neo:hidden_size=16,num_layers=1,attention_types=[[["local"],1]],window_size=8', "unknown"),
        (f"{PLANTED}:nope", "unknown"),
        (f"llama:{SMALL}", "rope"),
        (f"gpt_neox:{SMALL},rotary_pct=0.0", "nope"),
        (f"bloom:{SMALL}", "alibi"),
        (f"falcon:{SMALL},alibi=true", "alibi"),
        (f"falcon:{SMALL}", "rope"),
        (f"mamba:{SMALL}", "ssm"),
        ("gpt2:n_embd=16,n_layer=1", "ape"),
        (f"recurrent_gemma:{SMALL}", "hybrid"),
        ("rwkv:hidden_size=16,num_hidden_layers=2", "unknown"),
    ],
)
def test_the_kind_is_seen_of_the_model(architecture: str, family: str) -> None:
    tokens = task_of_capability("count").vocabulary
    assert family_of(built(read_architecture(architecture), tokens, 40, 0)) == family
