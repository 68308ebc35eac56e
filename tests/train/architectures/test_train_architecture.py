"""`python -m train --architecture`: stock classes and a person's own modules are trained; what cannot be says why."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.__main__ import main as eval_main
from tasks.registry import get_task
from tests.cases import few
from train.__main__ import main
from train.architectures.checking import build
from train.architectures.command import configuration
from train.architectures.config import architecture_config_from_json, architecture_config_to_json, architecture_key
from train.architectures.directory import read_own_module
from train.architectures.loop import _WordsOfSteps
from train.architectures.result import architecture_result_from_json
from train.architectures.runs import ArchitectureRuns
from train.architectures.specification import ArchitectureError, read_architecture
from train.architectures.stock_models import build_stock, class_config, needs_kernel
from train.model.recommended import Choices, recommended
from train.running.batches import training_layout
from train.running.schedule import start

OWN = Path(__file__).parent / "own_modules.py"
SHORT = ["--max-steps", "3", "--train-length", "3", "--max-length", "6", "--batch-size", "8"]
SMALL = "hidden_size=16,num_hidden_layers=1"
STOCK = [
    f"llama:{SMALL}",
    f"mistral:{SMALL}",
    f"gpt_neox:{SMALL},rotary_pct=0.0",
    f"bloom:{SMALL}",
    f"falcon:{SMALL},alibi=true",
    f"mamba:{SMALL}",
    "rwkv:hidden_size=16,num_hidden_layers=2",
    "gpt2:n_embd=16,n_layer=1",
]


def run(tmp_path: Path, architecture: str, *more: str) -> int:
    return main(["--task", "tomita1", "--architecture", architecture, *SHORT, "--runs", str(tmp_path / "runs"), *more])


@pytest.mark.parametrize("architecture", few(STOCK, 3))
def test_a_stock_class_is_trained_kept_and_leaves_as_a_directory_that_is_measured(
    tmp_path: Path, architecture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, architecture) == 0
    said = capsys.readouterr().out
    runs = ArchitectureRuns(tmp_path / "runs")
    [result] = runs.results()
    path = runs.path(result.config, 0)
    assert said.startswith(f"{path}\n")
    assert result.steps == 3
    assert result.bins[0].total == 2000
    assert eval_main(
        ["measure", "--task", "tomita1", "--model", str(path), "--lengths", "1-3", "-n", "300", "--json"]
    ) in (0, 1)
    measured = json.loads(capsys.readouterr().out)["bins"][0]
    by_length = {n: correct / total for n, correct, total in result.bins[0].by_length}
    assert measured["correct"] / measured["total"] == pytest.approx(np.mean(list(by_length.values())), abs=0.1)


def test_rotary_pct_zero_makes_a_gpt_neox_without_positions() -> None:
    architecture = read_architecture("gpt_neox:hidden_size=16,num_hidden_layers=1,rotary_pct=0.0")
    model = build(architecture, get_task("tomita1").vocabulary, 40, 0)
    words = torch.tensor([[2, 0, 1, 0, 0, 1, 1, 0]])
    swapped = torch.tensor([[2, 1, 0, 0, 0, 1, 1, 0]])
    assert torch.allclose(model.logits(words)[0, -1], model.logits(swapped)[0, -1], atol=1e-6)


def test_runs_are_exported_and_merged(tmp_path: Path) -> None:
    assert run(tmp_path, f"{OWN}:factory") == 0
    assert main(["merge", str(tmp_path / "runs"), "--runs", str(tmp_path / "other")]) == 0
    merged = ArchitectureRuns(tmp_path / "other")
    [result] = merged.results()
    assert merged.path(result.config, 0).is_dir()
    assert main(["export", "--runs", str(tmp_path / "other"), "--out", str(tmp_path / "out")]) == 0
    [line] = (tmp_path / "out" / "architecture.jsonl").read_text(encoding="utf-8").splitlines()
    assert architecture_result_from_json(json.loads(line)) == result


def test_a_finished_run_is_not_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, f"{OWN}:factory", "--seeds", "0-1") == 0
    first = capsys.readouterr().out
    assert run(tmp_path, f"{OWN}:factory", "--seeds", "0-1") == 0
    assert capsys.readouterr().out == first
    assert len(ArchitectureRuns(tmp_path / "runs").results()) == 2


def test_an_own_module_leaves_as_weights_that_its_factory_reads_back(tmp_path: Path) -> None:
    assert run(tmp_path, f"{OWN}:factory") == 0
    runs = ArchitectureRuns(tmp_path / "runs")
    [result] = runs.results()
    read = read_own_module(runs.path(result.config, 0), read_architecture(f"{OWN}:factory"))
    fresh = build(read_architecture(f"{OWN}:factory"), get_task("tomita1").vocabulary, result.config.positions, 0)
    words = torch.tensor([[2, 0, 1]])
    assert not torch.equal(read.logits(words), fresh.logits(words))
    with pytest.raises(ArchitectureError, match="the weights do not fit the model that the factory makes"):
        read_own_module(
            runs.path(result.config, 0),
            read_architecture(f"{OWN}:wide_enough_to_differ".replace("wide_enough_to_differ", "positioned")),
        )


def test_the_words_are_those_of_our_own_trainings() -> None:
    task = get_task("dyck1")
    choices = Choices(train_length=6, max_length=12, batch_size=4)
    config = configuration(read_architecture(f"{OWN}:factory"), task, choices)
    model = build(config.architecture, task.vocabulary, config.positions, 0)
    ours = recommended(task, "nope", choices)
    layout = training_layout(task, ours, start(ours, 3), 0)
    words = _WordsOfSteps(task, config, model, 3).at(start(config.protocol, 3))
    own = np.bincount(layout.tokens[0][layout.starts[0] != np.arange(layout.starts.shape[2])], minlength=6)
    theirs = np.bincount(
        np.concatenate(
            [
                row[1 : int(used)]
                for row, used in zip(
                    words.tokens.numpy(),
                    (words.counted.numpy() * np.arange(1, words.counted.shape[1] + 1)).max(1),
                    strict=True,
                )
            ]
        ),
        minlength=6,
    )
    assert own[:2].tolist() == theirs[:2].tolist()


def test_a_model_with_a_weight_for_each_position_is_trained_at_random_offsets_and_tested_no_further() -> None:
    task = get_task("tomita1")
    choices = Choices(train_length=3, max_length=6)
    learns = configuration(read_architecture(f"{OWN}:positioned"), task, choices)
    assert learns.reach == 6
    assert configuration(read_architecture(f"{OWN}:factory"), task, choices).reach == 30
    model = build(learns.architecture, task.vocabulary, learns.positions, 0)
    assert model.learns_positions
    offsets = _WordsOfSteps(task, learns, model, 0).at(start(learns.protocol, 0)).offsets
    assert 0 < int(offsets.max()) < learns.positions


def test_a_configuration_comes_back_from_json_and_has_the_same_key() -> None:
    task = get_task("tomita1")
    config = configuration(read_architecture(f"llama:{SMALL}"), task, Choices(train_length=3, max_length=6))
    value = json.loads(json.dumps(architecture_config_to_json(config)))
    assert architecture_key(architecture_config_from_json(value), 1) == architecture_key(config, 1)


def test_another_text_of_the_factory_is_another_run(tmp_path: Path) -> None:
    changed = tmp_path / "own_modules.py"
    changed.write_text(OWN.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    same = tmp_path / "elsewhere"
    same.mkdir()
    (same / "own_modules.py").write_text(OWN.read_text(encoding="utf-8"), encoding="utf-8")
    known = read_architecture(f"{OWN}:factory").to_json()
    assert read_architecture(f"{changed}:factory").to_json() != known
    assert read_architecture(f"{same / 'own_modules.py'}:factory").to_json() == known


def test_a_config_file_is_read_and_its_vocabulary_and_positions_are_ours(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    fields = {"model_type": "llama", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    file.write_text(json.dumps(fields | {"vocab_size": 32000, "intermediate_size": 32, "attention_dropout": 0.5}))
    read = read_architecture(str(file))
    assert [name for name, _ in read.fields] == [
        "hidden_size",
        "intermediate_size",
        "num_attention_heads",
        "num_hidden_layers",
    ], "what is set here is not recorded as chosen"
    model = build_stock(read, get_task("tomita1").vocabulary, 40)
    config = model.config
    assert (config.vocab_size, config.max_position_embeddings, config.attention_dropout) == (6, 40, 0.0)
    assert (config.hidden_size, config.num_attention_heads, config.intermediate_size) == (16, 2, 32)
    assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (2, 4, 5)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"num_hidden_layers": "2"}, 'config.json: num_hidden_layers: expected a whole number from 1, found "2"'),
        ({"num_attention_heads": 0}, "config.json: num_attention_heads: expected a whole number from 1, found 0"),
        (
            {"rope_theta": "a"},
            'config.json: transformers cannot make a model of the fields hidden_size=16, rope_theta="a"',
        ),
        ({"auto_map": {}}, "config.json: auto_map names code to run: code that a configuration names is never run"),
        ({"auto_map": {"AutoModel": "own.Model"}}, "config.json: auto_map names code to run"),
        (
            {"model_type": "falcon", "alibi": True, "output_attentions": True},
            "config.json: output_attentions=true does not go together with alibi=true",
        ),
    ],
)
def test_a_config_file_of_which_no_model_can_be_made_says_which_field_of_which_file_is_wrong(
    tmp_path: Path, fields: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"model_type": "llama", "hidden_size": 16} | fields))
    assert run(tmp_path, str(file)) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("value", ["false", "null"])
def test_a_falcon_that_gives_no_attention_weights_is_made(value: str) -> None:
    text = f"falcon:{SMALL},alibi=true,output_attentions={value}"
    assert not build_stock(read_architecture(text), get_task("tomita1").vocabulary, 40).config.output_attentions


@pytest.mark.parametrize("architecture", ["llama", "gpt2:n_layer=1", "mamba"])
def test_a_width_that_is_not_said_makes_about_a_hundred_thousand_parameters(architecture: str) -> None:
    model = build_stock(read_architecture(architecture), get_task("tomita1").vocabulary, 40)
    assert sum(each.numel() for each in model.parameters()) == pytest.approx(100_000, rel=0.1)


OF_MANY_KINDS = {
    "qwen3_moe": "experts, of which a token has more than there are",
    "gpt_neo": "kinds of layers in a pattern",
    "bamba": "heads of a recurrence that must divide its width",
    "helium": "a head's width of its own",
    "bert": "a class that is an encoder where nothing is said",
    "deepseek_v3": "ranks that are no width",
    "ministral": "a width of a head that its default leaves open",
    "zaya": "one expert for a token, and no more",
    "qwen3_next": "layers of two kinds",
    "stablelm": "a quarter of a head's coordinates, which must be pairs, is rotated",
    "zamba2": "attention that is twice as wide as the model",
}


@pytest.mark.parametrize("architecture", few(sorted(OF_MANY_KINDS), 3))
def test_a_class_is_made_small_in_all_that_its_configuration_says(architecture: str) -> None:
    task = get_task("tomita1")
    model = build(read_architecture(architecture), task.vocabulary, 40, seed=0)
    assert model.parameters < 400_000, OF_MANY_KINDS[architecture]


@pytest.mark.parametrize("architecture", few(["stablelm", "llama", "gpt_neox", "falcon", "mamba2", "zamba2"], 2))
def test_what_follows_from_the_number_of_heads_follows_the_one_that_was_asked_for(architecture: str) -> None:
    field = "num_heads" if architecture == "mamba2" else "num_attention_heads"
    model = build(read_architecture(f"{architecture}:{field}=2"), get_task("tomita1").vocabulary, 40, seed=0)
    assert model.parameters < 400_000


def test_layers_of_two_kinds_are_one_of_each() -> None:
    config = class_config(read_architecture("zamba2"), get_task("tomita1").vocabulary, 40)
    assert len(set(config.layer_types)) == config.num_hidden_layers == 2


WRONG = [
    ("gemma3", "gemma3: reads more than text; the type of its text model is gemma3_text"),
    ("lama", "no model type of this name; did you mean llama?"),
    ("t5", "t5: transformers has no causal language model of this type"),
    (
        "bert:hidden_size=16,num_hidden_layers=1,num_attention_heads=2,is_decoder=false",
        "bert.* is not causal: answers change with tokens up to [0-9]+ places later",
    ),
    ("llama:", "expected FIELD=VALUE after the colon"),
    ("llama:hidden_size", "expected FIELD=VALUE, found 'hidden_size'"),
    ("llama:hidden_size=16,hidden_size=8", "hidden_size is given twice"),
    ("llama:hiden_size=16", "no field hiden_size; did you mean hidden_size?"),
    ("llama:vocab_size=16", "vocab_size is set by the task"),
    ("gpt2:n_positions=64", "n_positions is set by the longest word that is tried"),
    ("llama:max_position_embeddings=64", "max_position_embeddings is set by the longest word"),
    ("gpt2:resid_pdrop=0.1", "resid_pdrop cannot be chosen: every model is trained without dropout"),
    ("llama:torch_dtype=float16", "torch_dtype cannot be chosen: every model is trained in 32-bit numbers"),
    ("llama:_attn_implementation=eager", "_attn_implementation cannot be chosen"),
    ("llama:attn_implementation=org/kernel", "attn_implementation cannot be chosen: .* no code is fetched"),
    ("gpt2:n_layer=1000000", "a model of 1,000,000 layers, this command trains at most 200"),
    ("mixtral:num_local_experts=400,num_hidden_layers=2", "a model of 2 layers with 400 experts"),
    ("gpt2:n_layer=-1", "gpt2: n_layer=-1: a model cannot have fewer than 0 layers"),
    ("gpt2:n_embd=10000000", "a model of width 10,000,000 has more than 100,000,000 parameters, the most"),
    ("llama:intermediate_size=10000000000", "intermediate_size=10,000,000,000 is larger than any size"),
    ("llama:auto_map={}", "auto_map names code to run: code that a configuration names is never run"),
    ("llama:hidden_size=16,num_attention_heads=3", "llama: transformers cannot make a model|cannot be asked"),
    ('llama:num_hidden_layers="2"', 'llama: num_hidden_layers: expected a whole number from 1, found "2"'),
    ("llama:num_hidden_layers=2.0", "llama: num_hidden_layers: expected a whole number from 1, found 2.0"),
    ('gpt_neo:num_layers="2"', 'gpt_neo: num_layers: expected a whole number from 1, found "2"'),
    ("llama:num_attention_heads=0", "num_attention_heads: expected a whole number from 1, found 0 .transformers makes"),
    (
        f'llama:{SMALL},rope_theta="a"',
        'cannot make a model of the fields hidden_size=16, num_hidden_layers=1, rope_theta="a": TypeError: ',
    ),
    (f"falcon:{SMALL},alibi=true,output_attentions=true", "adds its ALiBi biases twice"),
    (f"falcon:{SMALL},alibi=true,_output_attentions=true", "adds its ALiBi biases twice"),
    ("llama:hidden_size=100000", "has more than 100,000,000 parameters, the most that"),
    ("no such thing", "expected a model type of transformers such as llama, a config.json, or module.py:factory"),
    ("nowhere.json", "nowhere.json: cannot be read"),
    ("nowhere.py:factory", "nowhere.py: cannot be read"),
    ("nowhere.py", "expected the factory's name after a colon, as in nowhere.py:factory"),
    ("nowhere.py:", "expected the name of a function"),
    (f"{OWN}:wide", r"gives answers of the shape \(4, 3, 7\); expected \(4, 3, 6\)"),
    (f"{OWN}:constant", "has no parameters"),
    (f"{OWN}:frozen", "has no parameters that ask for a gradient"),
    (f"{OWN}:in_pairs", "expected a tensor of logits, or an object that has one as `logits`; found tuple"),
    (f"{OWN}:whole", "expected logits of a floating-point type, found torch.int64"),
    (f"{OWN}:unending", "its answers hold NaN or infinity"),
    (f"{OWN}:NUMBER", "expected a function, found int"),
    (f"{OWN}:nothing", "the file has no nothing"),
    (f"{OWN}:a_list", "expected a torch.nn.Module from the factory, found list"),
    (f"{OWN}:too_few", "expected a function of two arguments, vocabulary and positions"),
    (f"{OWN}:ahead", "ahead is not causal: answers change with tokens up to"),
    (f"{OWN}:in_long_words_ahead", "is not causal: each answer changes with the next token"),
    (f"{OWN}:in_blocks", "is not causal: answers change with tokens up to"),
    (f"{OWN}:gated", "is not causal: each answer changes with the next token"),
    (f"{OWN}:by_length", "is not causal: an answer changes with the number of tokens that follow"),
    (f"{OWN}:centred_over_words", "its answers about a word change with the other words that are asked at once"),
    (f"{OWN}:words_second", "The first dimension of the tokens is the words"),
    (f"{OWN}:no_long_words", "(?s)traceback of your own code:.*ValueError: no words of 32 tokens"),
    (f"{OWN}:masked", r"traceback of your own code:\n.*TypeError: .*missing 1 required positional .*'attention_mask'"),
    (f"{OWN}:nowhere", "expected all weights on the cpu, where models are trained; some are on meta"),
    (f"{OWN}:too_large", "a model of [0-9,]+ parameters, but this command trains at most 100,000,000"),
    (f"{OWN}:again", "returns a module again that it returned before: each run needs a new one"),
    (f"{OWN}:ending", "(?s)traceback of your own code:.*SystemExit"),
    (f"{OWN}:breaking", "(?s)traceback of your own code:\nTraceback.*own_modules.py.*ZeroDivisionError: 6 by 0"),
    (f"{OWN}:failing", "(?s)forward failed.*traceback of your own code:\n.*RuntimeError: no words of 3 tokens today"),
]


@pytest.mark.parametrize(("architecture", "said"), WRONG)
def test_what_cannot_be_trained_says_why_and_writes_nothing(
    tmp_path: Path, architecture: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, architecture) == 2
    error = capsys.readouterr().err
    assert re.search(said, error), error
    assert "checking.py" not in error
    assert "factories.py" not in error
    assert "site-packages" not in error
    assert not (tmp_path / "runs").exists()


def test_weights_that_are_0_at_first_are_0_after_the_checks_too() -> None:
    architecture = read_architecture(f"{OWN}:zero_head")
    model = build(architecture, get_task("tomita1").vocabulary, 40, seed=0)
    assert not model.module.get_parameter("head.weight").any()
    assert model.logits(torch.tensor([[2, 0, 1]])).shape == (1, 3, 6)


def test_what_own_code_draws_by_python_and_numpy_follows_from_the_seed() -> None:
    architecture = read_architecture(f"{OWN}:drawn_by_numpy")
    first, same, other = (
        build(architecture, get_task("tomita1").vocabulary, 40, seed).module.get_parameter("head.weight")
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


def test_what_own_code_prints_is_no_output_of_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, f"{OWN}:talking") == 0
    printed = capsys.readouterr()
    assert "making a model" in printed.err
    assert "asked about" in printed.err
    assert "making a model" not in printed.out
    assert "asked about" not in printed.out


def test_options_of_our_own_models_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, f"{OWN}:factory", "--layers", "2") == 2
    assert "does not go with --layers" in capsys.readouterr().err
    assert run(tmp_path, f"{OWN}:factory", "--compile") == 2
    assert "expected neither --compile nor --device cuda" in capsys.readouterr().err


@pytest.mark.parametrize("problem", [ImportError("no flash_attn"), RuntimeError("the CUDA kernel is not built")])
def test_a_class_that_needs_a_compiled_kernel_is_refused_with_its_name(
    tmp_path: Path, problem: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from transformers import LlamaForCausalLM

    def forward(*_: object, **__: object) -> None:
        raise problem

    assert needs_kernel(problem)
    monkeypatch.setattr(LlamaForCausalLM, "forward", forward)
    assert run(tmp_path, f"llama:{SMALL}") == 2
    assert "LlamaForCausalLM needs a compiled kernel that is not here" in capsys.readouterr().err
