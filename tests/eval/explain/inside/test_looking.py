"""Any model that `eval.explain` takes: what is seen inside, or a sentence that says why nothing is."""

import json
from pathlib import Path

import numpy as np
import pytest

from crasp.meaning.interpreter import Words
from crasp.text.loader import load_program
from eval.answering.loading import load_answerer
from eval.explain.command import main
from eval.explain.inside.evidence import InsideModel
from eval.explain.inside.inside_lines import lines_inside
from eval.explain.inside.looking import look_inside
from eval.explain.inside.model_streams import Gpt2Source, StockSource, looked_into, token_rows
from eval.explain.inside.picture import inside_picture
from tasks.registry import get_task
from tests.tasks.ground.models.stock_models import save_model

DYCK = load_program("lib:dyck1")
WORDS = Words(np.random.default_rng(0).integers(0, 2, (20, 30)), np.full(20, 30))
SMALL = ["-n", "20", "--train-length", "8"]


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    file = tmp_path / "letters.txt"
    file.write_text("(\n)\n<bos>\n<eos>\n<pad>\nx\ny\nz\nw\n")
    return file


@pytest.mark.parametrize("kind", ["gpt2", "gpt_neox", "bloom", "opt"])
def test_models_of_other_classes_are_looked_into(kind: str, tmp_path: Path, vocabulary: Path) -> None:
    answerer = load_answerer(str(save_model(kind, tmp_path / "model")), vocabulary)
    seen = look_inside(answerer, DYCK.alphabet, WORDS, DYCK)
    assert isinstance(seen.model, InsideModel)
    assert (seen.model.layers, seen.model.width, len(seen.model.heads)) == (2, 16, 4)
    assert (seen.model.spectrum is not None) == (kind in ("gpt2", "opt"))
    assert {each.definition for each in seen.model.readings} >= {"opens", "closes", "dips"}
    assert all(each.untrained is not None and len(each.scores) == 3 for each in seen.model.readings)


def test_a_gpt2_is_the_same_by_transformers_and_by_this_projects_arithmetic(tmp_path: Path, vocabulary: Path) -> None:
    answerer = load_answerer(str(save_model("gpt2", tmp_path / "model")), vocabulary)
    looked = looked_into(answerer, DYCK.alphabet)
    ids = token_rows(looked, WORDS.tokens)
    assert isinstance(looked.source, Gpt2Source)
    own, stock = looked.source.run(ids), StockSource(answerer.model, 2, 2, 16).run(ids)  # type: ignore[attr-defined]
    for one, other in zip(own.attention, stock.attention, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    for one, other in zip(own.streams[:-1], stock.streams[:-1], strict=True):  # the last is normed by transformers
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_model_without_attention_says_so(tmp_path: Path, vocabulary: Path) -> None:
    answerer = load_answerer(str(save_model("mamba", tmp_path / "model")), vocabulary)
    assert look_inside(answerer, DYCK.alphabet, WORDS, DYCK).model == "It gives no attention weights."


def test_a_falcon_with_alibi_is_another_model_where_it_gives_its_attention(tmp_path: Path, vocabulary: Path) -> None:
    answerer = load_answerer(str(save_model("falcon", tmp_path / "model")), vocabulary)
    said = "A Falcon that is asked for its attention weights adds its ALiBi biases twice, and is another model."
    assert look_inside(answerer, DYCK.alphabet, WORDS, DYCK).model == said


def test_few_words_and_a_program_of_another_alphabet_are_said() -> None:
    few = Words(WORDS.tokens[:7], WORDS.lengths[:7])
    answerer = load_answerer("lib:dyck1")
    assert look_inside(answerer, DYCK.alphabet, few, DYCK).compiled == "There are 7 different words, fewer than 8."
    assert look_inside(answerer, ("(", "x"), WORDS, DYCK).compiled == "There is no program to compile."


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from crasp.__main__ import main as crasp

    directory = tmp_path_factory.mktemp("compiled") / "gpt2"
    assert crasp(["compile", "lib:d_2", "-o", str(directory), "--target", "gpt2", "--max-length", "48"]) == 0
    return directory


def test_a_compiled_directory_and_the_programs_own_gpt2_have_the_same_inside(compiled: Path) -> None:
    program = load_program("lib:d_2")
    seen = look_inside(load_answerer(str(compiled)), program.alphabet, WORDS, program)
    assert isinstance(seen.model, InsideModel)
    assert isinstance(seen.compiled, InsideModel)
    assert [each.label for each in seen.model.heads] == [each.label for each in seen.compiled.heads]
    for one, other in zip(seen.model.readings, seen.compiled.readings, strict=True):
        assert one.definition == other.definition
        assert one.scores == pytest.approx(other.scores, abs=0.02)
        assert one.computed is None
    assert {each.computed for each in seen.compiled.readings} >= {1, 2}


def test_the_command_shows_it_in_words_data_and_picture_beside_the_verdict(
    compiled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "found.html"
    asked = ["--model", str(compiled), "--task", "d_2", *SMALL]
    status = main([*asked, "--json", "--no-inside"])
    record = json.loads(capsys.readouterr().out)
    assert "inside" not in record
    assert main([*asked, "--html", str(page)]) == status
    said = capsys.readouterr().out
    before, after = said.split("inside, which decides nothing: ")
    assert before.endswith(f"verdict: {record['verdict']}\n")
    assert "layer 1, heads: uniform 100%" in after
    written = page.read_text(encoding="utf-8")
    assert written.count('id="inside-heads-') == 2 * 2, "a title and a description each"
    assert "None of this decides the verdict" in written


def test_a_verdict_is_not_lost_where_looking_inside_fails_and_the_failure_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise np.linalg.LinAlgError("SVD did not\nconverge")

    monkeypatch.setattr("eval.explain.inside.looking.look_inside", fails)
    asked = ["--model", "lib:d_2", "--task", "d_2", "-n", "100", "--train-length", "8"]
    page = tmp_path / "found.html"
    assert main([*asked, "--html", str(page)]) == 0
    found = capsys.readouterr()
    why = "it could not be seen: LinAlgError: SVD did not converge"
    assert found.out.endswith(f"verdict: explained\ninside, which decides nothing: {why}\n")
    assert "a defect" in found.err
    assert "test_looking.py" in found.err, "the place"
    assert why in page.read_text(encoding="utf-8")
    assert main([*asked[:-4], *SMALL, "--json"]) == 1, "the status is that of the verdict"
    assert json.loads(capsys.readouterr().out)["inside"] == {"not_seen": "LinAlgError: SVD did not converge"}


def test_an_answer_task_is_looked_into_on_words_with_the_models_answers(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--model", "lib:binary_majority", "--task", "binary_majority", "--json", *SMALL])
    inside = json.loads(capsys.readouterr().out)["inside"]
    assert inside["model"] == {"not_seen": "It is a program: it has no heads."}
    assert inside["lengths"][1] >= 9, "a word of eight letters, its mark and an answer"
    assert [each["label"] for each in inside["compiled"]["heads"] if not each["idle"]]


def test_answers_that_never_end_are_looked_into_as_far_as_the_model_has_positions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    names = get_task("binary_majority").vocabulary
    torch.manual_seed(0)
    config = GPT2Config(vocab_size=len(names), n_positions=30, n_embd=8, n_layer=1, n_head=1)
    config.bos_token_id, config.eos_token_id = names.index("<bos>"), names.index("<eos>")
    GPT2LMHeadModel(config).save_pretrained(tmp_path / "model")
    (tmp_path / "names.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
    given = ["--model", str(tmp_path / "model"), "--vocab", str(tmp_path / "names.txt"), "--task", "binary_majority"]
    assert main([*given, "-n", "20", "--train-length", "12", "--json"]) == 1
    inside = json.loads(capsys.readouterr().out)["inside"]
    assert inside["lengths"][1] <= 29
    assert inside["model"]["heads"]


def test_there_may_be_no_words_at_all() -> None:
    seen = look_inside(load_answerer("lib:dyck1"), DYCK.alphabet, Words(WORDS.tokens[:0, :0], WORDS.lengths[:0]), DYCK)
    assert (seen.words, seen.lengths) == (0, (0, 0))
    assert seen.compiled == "There are 0 different words, fewer than 8."


def test_names_are_escaped_in_the_picture_and_every_definition_is_in_words() -> None:
    text = 'alphabet "<" b\nnext["<"](i) := #[j <= i] Q["<"](j) > #[j <= i] Q_b(j)\nnext[b](i) := Q_b(i)\n'
    from crasp.errors import Source
    from crasp.text.loader import read_program
    from eval.answering.answerers import ProgramAnswerer

    program = read_program(Source("signs", text))
    seen = look_inside(ProgramAnswerer("signs", program), program.alphabet, WORDS, program)
    picture = str(inside_picture(seen))
    assert "next[&#34;&lt;&#34;]" in picture
    assert 'next["<"]' not in picture
    assert sum('next["<"]' in line for line in lines_inside(seen)) == 1
