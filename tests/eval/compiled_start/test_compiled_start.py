"""A compiled model beside a trained one by one code, where training leads from there, what is kept and shown."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from crasp.api import compile as compile_to
from eval.compiled_start.command import main
from eval.compiled_start.drift import drift_from
from eval.compiled_start.experiment import SUBJECTS, merged, trained_record, versions
from eval.compiled_start.model_measures import Gpt2Subject, ask, held_out, read_subject, scores_of
from eval.compiled_start.protocol import NEVER_LOGIT, RANGES, WORDS
from eval.compiled_start.records import FILE, StartRecord, read_records, record_from_json, write_records
from eval.compiled_start.section import compiled_start_section
from eval.compiled_start.table import COLUMNS, DRIFT_COLUMNS, beside, drift, in_words
from eval.page.page_frame import Sources
from limit_transformer.norms.trained_model import read_weights, trained_terms
from tasks.drawing.randomness import generator
from tasks.registry import TASKS, get_task
from tests.eval.synthetic import counted
from train.ledger.ledger import Ledger
from train.model.directory import Model, write_model
from train.model.recommended import Choices, recommended
from train.running.evaluation import held_out_layouts
from train.running.model_traits import traits
from train.running.step import initial_weights


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("compiled") / "aa"
    compile_to("lib:aa_star", directory, target="gpt2", max_length=152)
    return directory


def test_a_compiled_program_has_every_word_of_every_range_and_hardly_a_loss(compiled: Path) -> None:
    found = ask(read_subject(compiled, "aa_star"))
    assert found.right == (1.0, 1.0, 1.0)
    assert found.loss < 1e-6
    assert 0 < found.margin <= found.margin_5
    assert replace(found.terms, bias_norm=0.0) == replace(trained_terms(read_weights(compiled)), bias_norm=0.0)


def test_the_loss_and_the_words_that_are_right_are_those_of_plain_sums(compiled: Path) -> None:
    subject = read_subject(compiled, "aa_star")
    with torch.no_grad():
        subject.model.lm_head.weight.mul_(-0.01)  # wrong, and of finite loss
    task = get_task("aa_star")
    batch = task.sample(generator("aa_star", "held-out", (1, 50), 0), (1, 50), WORDS)
    total, judged, right = 0.0, 0, []
    for row in range(WORDS):
        used = int(np.flatnonzero(batch.judged[row]).max()) + 1
        ids = torch.from_numpy(np.maximum(subject.ids, 0)[batch.tokens[row, :used]])[None]
        logits = subject.model(input_ids=ids).logits[0].detach().double().numpy()[:, np.maximum(subject.ids, 0)]
        chosen = logits[:, list(task.outputs)]
        allowed = batch.targets[row, :used]
        losses = np.logaddexp(0, np.where(allowed, -chosen, chosen)).mean(axis=1)
        total += float(losses[batch.judged[row, :used]].sum())
        judged += int(batch.judged[row, :used].sum())
        right.append(bool((((chosen > 0) == allowed).all(axis=1) | ~batch.judged[row, :used]).all()))
    found = ask(subject)
    assert found.loss == pytest.approx(total / judged, rel=1e-4)
    assert found.margin < 0
    assert np.mean(right) < 1


def test_a_token_that_the_model_lacks_is_never_its_answer_and_never_is_a_number_of_the_weights_size(
    compiled: Path,
) -> None:
    subject = read_subject(compiled, "aa_star")
    lacking = subject.task.vocabulary.index("<sep>")
    assert subject.ids[lacking] == -1
    assert float(scores_of(subject, held_out(subject.task)[0])[..., lacking].max()) < -1000
    assert float(subject.model.transformer.ln_f.bias.abs().max()) <= NEVER_LOGIT


def test_training_starts_at_the_compiled_weights_and_says_how_far_it_has_moved(compiled: Path) -> None:
    start = ask(read_subject(compiled, "aa_star"))
    still = drift_from(read_subject(compiled, "aa_star"), noise=0.0, rate=1e-3, steps=(0, 2))
    assert [each.step for each in still] == [0, 2]
    assert (still[0].moved, still[0].asked) == (0.0, start)
    shaken = drift_from(read_subject(compiled, "aa_star"), noise=0.01, rate=1e-3, steps=(0,))
    assert shaken[0].moved == pytest.approx(0.01, rel=0.5)
    assert shaken[0].asked != start
    again = drift_from(read_subject(compiled, "aa_star"), noise=0.01, rate=1e-3, steps=(0,))
    assert again == shaken


def test_training_from_noise_lowers_the_loss(compiled: Path) -> None:
    def lowered(subject: Gpt2Subject) -> Gpt2Subject:
        with torch.no_grad():
            subject.model.lm_head.weight.mul_(0.01)
        return subject

    first, last = drift_from(lowered(read_subject(compiled, "aa_star")), noise=0.0, rate=1e-3, steps=(0, 30))
    assert last.asked.loss < first.asked.loss
    assert last.moved > 0


def test_a_trained_run_is_measured_by_the_same_code_and_has_the_traits_that_training_wrote(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    assert trained_record("tomita1", "nope", ledger) is None
    config = recommended("tomita1", "nope", Choices(protocol="grid", layers=1, heads=1, width=16))
    task = get_task("tomita1")
    flat = initial_weights(task, config, 0)
    model = Model(config.model, flat, task.vocabulary)
    ledger.record(counted(config, 0, (1.0, 1.0, 1.0)), lambda directory: write_model(directory, model, extra={}))
    found = trained_record("tomita1", "nope", ledger)
    assert found is not None
    assert (found.origin, found.shape) == ("trained", "1 x 16, 1 head")
    known = traits(task, config, 0, torch.from_numpy(flat)[None], held_out_layouts(task, config, 50))
    asked = found.asked
    assert (asked.loss, asked.margin, asked.margin_5) == pytest.approx(
        (known.loss, known.margin, known.margin_5), rel=1e-3
    )
    assert asked.terms == trained_terms(read_weights(ledger.path(config, 0)))


def made(compiled: Path) -> StartRecord:
    asked = ask(read_subject(compiled, "aa_star"))
    return StartRecord("aa_star", "APE", "compiled", "1 x 11, 1 head", 0.0, 1e-3, 0, 0.0, asked, versions())


def test_what_is_kept_is_read_back_and_what_is_damaged_is_named(
    compiled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = made(compiled)
    file = tmp_path / "models.jsonl"
    older = replace(record, versions={**record.versions, "data": "1"})
    write_records(file, (record, older))
    assert read_records(file) == (record,)
    value = record.to_json()
    for wrong in ({"origin": "guessed"}, {"right": value["right"][:2]}, {"terms": {}}, {"loss": "much"}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            record_from_json(value | wrong)
    file.write_text(json.dumps(value) + "\n{\n", encoding="utf-8")
    assert read_records(file) == (record,)
    assert f"{file}:2: unreadable result" in capsys.readouterr().err
    assert merged([record], [replace(record, moved=1.0)]) == (replace(record, moved=1.0),)


def test_the_tables_have_a_row_for_each_model_and_the_sentence_counts_them(compiled: Path) -> None:
    record = made(compiled)
    trained = replace(record, origin="trained", asked=replace(record.asked, loss=1.0, right=(1.0, 0.95, 0.9)))
    end = replace(record, step=300, moved=0.5, asked=replace(record.asked, right=(0.98, 0.0, 0.0)))
    rows = beside([record, trained, end])
    assert [row[2] for row in rows] == ["compiled", "trained"]
    assert {len(row) for row in rows} == {len(COLUMNS)}
    (moved,) = drift([record, trained, end])
    assert (len(moved), moved[3], moved[7]) == (len(DRIFT_COLUMNS), "300", "1.000")
    said = in_words([record, trained, end])
    assert "smaller loss in 1 of 1 tasks" in said
    assert "0 of 1 still fit" in said


def test_the_command_prints_what_is_there_and_refuses_what_is_not(
    compiled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "models.jsonl"
    assert main(["--file", str(file)]) == 2
    assert "has no measurements: --run makes them" in capsys.readouterr().err
    write_records(file, (made(compiled),))
    for shown in ("text", "markdown", "json"):
        assert main(["--file", str(file), "--format", shown]) == 0
        assert "aa_star" in capsys.readouterr().out
    file.write_text(file.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    before = file.read_bytes()
    assert main(["--file", str(file), "--run", "--task", "dyck1"]) == 2
    assert "--run would lose them" in capsys.readouterr().err
    assert file.read_bytes() == before
    assert main(["--file", str(file), "--task", "dyck9"]) == 2
    assert "--task: expected one of" in capsys.readouterr().err


def test_what_comes_with_the_project_is_of_twelve_tasks_and_has_a_section_of_the_page() -> None:
    found = read_records(FILE)
    assert len(SUBJECTS) == 12
    assert {task for task, _ in SUBJECTS} <= set(TASKS)
    assert {record.task for record in found} == {task for task, _ in SUBJECTS}
    section = compiled_start_section(Sources(Path("runs"), None))
    assert section is not None
    assert "<svg" in section.html
    assert all(f">{task}<" in section.html for task, _ in SUBJECTS)
    assert all(len(record.asked.right) == len(RANGES) for record in found)


def test_without_measurements_there_is_no_section(tmp_path: Path) -> None:
    assert compiled_start_section(Sources(tmp_path, tmp_path)) is None
