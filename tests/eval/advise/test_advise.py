"""Advice names an encoding and a training length, says what is not measured, and gives hard words with their labels."""

import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from crasp.errors import Source
from crasp.meaning.interpreter import accepts, encode
from crasp.regular.families.family import FAMILIES
from crasp.text.loader import read_program
from eval.__main__ import main
from eval.advise.advice import advice_lines, advise
from eval.api import predict
from eval.encodings.family_ladder import FamilyRung
from eval.forecast.forecast_model import CountAt, ForecastCell, ForecastModel, passed
from eval.forecast.forecasting import shipped_model
from eval.prediction.prediction import Prediction
from eval.subjects.program_task import program_task
from tasks.given_tasks import task_named_or_given
from tasks.registry import get_task
from tasks.task import ENCODINGS, Encoding, Verdict

PLAIN = tuple(FamilyRung(family, True, 1, 0) for family in FAMILIES)
NO_PROGRAM = tuple(FamilyRung(family, False) for family in FAMILIES)


def advised(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert main(["advise", *arguments, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_the_shortest_training_length_is_where_the_forecast_reaches_nine_in_ten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = advised(["--task", "dyck1", "--test-length", "150", "--train-length", "50"], capsys)
    rows = {each["pe"]: each for each in found["encodings"]}  # type: ignore[attr-defined]
    for pe in ("ape", "nope"):
        cell, row = shipped_model().cell("plain", pe), rows[pe]
        assert cell is not None
        shortest = row["shortest_training_length"]
        assert cell.probability(150 / shortest) >= 0.9 > cell.probability(150 / (shortest - 1))
        assert row["shortest_for_any_of_3"] < shortest
        assert row["single"] == pytest.approx(cell.probability(3), abs=1e-4)
        assert row["any_of_3"] > row["single"]
    best = max(("ape", "nope"), key=lambda pe: rows[pe]["single"])
    assert found["advised"] == {"pe": best, "train_length": rows[best]["shortest_training_length"]}
    for other in ("rope", "alibi", "sinusoidal", "randomized"):
        cell, row = shipped_model().cell("plain", other), rows[other]
        assert row["verdict"] in ("generalizes", "fails", "unknown")
        if cell is None:
            assert (row["basis"], row["single"]) == ("not measured", None)
        else:
            assert row["single"] == pytest.approx(cell.probability(3), abs=1e-4)


def test_an_encoding_that_generalises_is_advised_before_one_that_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    found = advised(["--regex", "(a|b)*abb", "--test-length", "100"], capsys)
    assert found["advised"]["pe"] == "ape"  # type: ignore[index]
    assert found["coverage_floor"] == 3
    assert main(["advise", "--task", "copy_repeat", "--test-length", "60"]) == 0
    text = capsys.readouterr().out
    assert "advice     none" in text
    assert "train on words to the length that must work" in text


def test_hard_words_are_pairs_of_a_member_and_another_and_the_mixtures_harder_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hard.jsonl"
    asked = ["--regex", "(a|b)*abb", "--test-length", "200", "--train-length", "50", "--out", str(out)]
    found = advised(asked, capsys)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert lines == found["hard_words"]
    kinds = [each["kind"] for each in lines]
    assert {"adversarial plain", "adversarial periodic", "sticky", "pairs"} <= set(kinds)
    assert "adversarial local" not in kinds  # there is a program with look-back
    assert all(len(each["tokens"]) <= 50 for each in lines)
    assert len({tuple(each["tokens"]) for each in lines}) == len(lines)
    task = task_named_or_given(regex="(a|b)*abb")
    for each in lines:
        assert [list(t) for t in task.label(tuple(each["tokens"])).targets] == each["targets"]
    members = ["eos" in " ".join(each["targets"][-1]) for each in lines if each["kind"] == "adversarial plain"]
    assert members.count(True) == members.count(False) == 3


def test_of_a_program_the_same_is_said_by_advice_prediction_and_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "even.crasp"
    file.write_text("alphabet a b\naccept(i) := i % 6 = 0 or i % 6 = 2 or i % 6 = 4\n")
    found = advised(["--program", str(file), "--test-length", "100"], capsys)
    verdicts = {each["pe"]: (each["verdict"], each["standing"]) for each in found["encodings"]}  # type: ignore[attr-defined]
    assert set(verdicts) == {"ape", "nope", "rope", "alibi", "sinusoidal", "randomized"}
    task = program_task(str(file))
    for pe, verdict in verdicts.items():
        predicted = predict(program=file, pe=pe)
        assert (predicted.verdict, predicted.standing) == verdict, pe
        assert predict(task, pe=pe).verdict == predicted.verdict
    for pe, verdict in {"rope:modulus=2": "generalizes", "rope:modulus=3": "fails"}.items():
        assert predict(task, pe=pe).verdict == predict(program=file, pe=pe).verdict == verdict


def test_a_task_that_is_not_regular_has_no_pairs_of_the_decider(capsys: pytest.CaptureFixture[str]) -> None:
    found = advised(["--task", "anbn", "--test-length", "100"], capsys)
    kinds = {each["kind"] for each in found["hard_words"]}  # type: ignore[attr-defined]
    assert kinds == {"sticky", "pairs"}
    assert get_task("anbn").format == "continuations"


def _prediction(pe: Encoding) -> Prediction:
    return Prediction("made up", pe, "generalizes", "", "", "theorem", None, ladder=PLAIN)


def test_with_a_training_length_the_encoding_is_advised_that_is_likeliest_right_with_it() -> None:
    """One curve starts higher and falls faster: which is better hangs on how far beyond training is asked."""
    steep = ForecastCell("plain", "ape", 12.0, -13.0, (0.0, 0.0, 0.0), (CountAt(2.0, 1, 1, 1),))
    flat = ForecastCell("plain", "nope", 2.8, -1.8, (0.0, 0.0, 0.0), (CountAt(10.0, 40, 9, 30),))
    model = ForecastModel("made up", 0.5, (steep, flat), {"train lengths": {"ape": [12, 50], "nope": [12, 50]}}, {})
    predictions = {pe: _prediction(pe) for pe in ENCODINGS}
    chosen = {train: advise(predictions, 1000, train, model).best for train in (None, 30, 300)}
    assert {train: each.pe for train, each in chosen.items() if each is not None} == {
        None: "ape" if steep.times_at(0.9) > flat.times_at(0.9) else "nope",
        30: "nope",
        300: "ape",
    }
    lines = "\n".join(advice_lines(advise(predictions, 1000, 30, model)))
    assert "with 30 one run is forecast to be right with 7" in lines
    assert re.search(r"from training length 246 on \(1,000 is 4\.07 times as long\)", lines)


@pytest.mark.parametrize("verdict", ["generalizes", "fails"])
def test_a_run_that_is_trained_to_the_length_that_must_work_is_right_there(verdict: Verdict) -> None:
    low = ForecastCell("plain", "ape", 0.0, -4.0, (0.0, 0.0, 0.0), (CountAt(2.0, 40, 9, 1),))
    model = ForecastModel("made up", 0.5, (low,), {"train lengths": {"ape": [12, 50], "nope": [12, 50]}}, {})
    found = advise({"ape": replace(_prediction("ape"), verdict=verdict)}, 100, 100, model)
    (row,) = (each for each in found.encodings if each.pe == "ape")
    assert (row.shortest, row.shortest_of_3, row.single, row.any_of_3) == (100, 100, 1.0, 1.0)
    lines = "\n".join(advice_lines(found))
    assert "one run: no training length below 100 is forecast to give 90%" in lines
    if verdict == "generalizes":
        assert "train with APE on words to length 100" in lines
    else:
        assert "  advice     none: see the notes" in lines
        assert "to length 100 with probability 90%, unless it is trained on words to that length" in lines
        assert "train on words to the length that must work" in lines


def test_where_no_family_is_known_nothing_is_forecast() -> None:
    unknown = {pe: replace(_prediction(pe), verdict="unknown", ladder=None) for pe in ENCODINGS}
    lines = advice_lines(advise(unknown, 100, None, shipped_model()))
    assert lines.count("    nothing is forecast: it is not known which families have a program") == 2
    assert not any("coverage floor" in line or "rests on" in line for line in lines)


def test_advice_has_the_notes_of_the_forecast() -> None:
    thin = ForecastCell("plain", "ape", 12.0, -13.0, (0.0, 0.0, 0.0), (CountAt(2.0, 1, 1, 1),))
    model = ForecastModel("made up", 0.5, (thin,), {"train lengths": {"ape": [12, 50], "nope": [12, 50]}}, {})
    found = advise({pe: _prediction(pe) for pe in ENCODINGS}, 1000, 100, model)
    notes = " ".join(found.encodings[0].record()["notes"])
    assert "The forecast rests on 1 run of 1 language" in notes
    assert "measured to 2 times their training length: the forecast for 1,000 is extrapolated" in notes
    assert "training length 100 is extrapolated" in notes
    lines = "\n".join(advice_lines(found))
    assert "note: The forecast rests on 1 run" in lines
    assert "rests on only 1 run of this rung and encoding; measured to 2" in lines


def test_a_length_below_the_coverage_floor_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--regex", "(aaaaa)*", "--test-length", "4"]
    assert all(len(each["tokens"]) <= 4 for each in advised(asked, capsys)["hard_words"])  # type: ignore[attr-defined]
    assert main(["advise", *asked]) == 0
    text = capsys.readouterr().out
    assert "The length that must work, 4, is below the coverage floor 5" in text
    assert "all are below the coverage floor" in text
    assert "unless it is trained on words" not in text


@pytest.mark.parametrize(("times", "said"), [(1.05, "which is close"), (4.0, "4.00 times the training length")])
def test_how_close_the_training_words_are_goes_by_the_ratio(times: float, said: str) -> None:
    curve = ForecastCell("none", "ape", 2.1973 + 4 * passed(times), -4.0, (0.0, 0.0, 0.0), (CountAt(2.0, 1, 1, 1),))
    model = ForecastModel("made up", 0.5, (curve,), {"train lengths": {"ape": [12, 50], "nope": [12, 50]}}, {})
    found = replace(_prediction("ape"), verdict="fails", ladder=NO_PROGRAM)
    (note,) = [
        each for each in advise({"ape": found}, 10_000, None, model).notes if "times the training length" in each
    ]
    assert said in note
    assert ("close" in note) == (times < 1.25)


def test_too_few_labelled_words_do_not_tell_their_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = tmp_path / "words.jsonl"
    words.write_text(
        '{"word": "aa", "accept": true}\n\n{"word": ["a"], "accept": false}\n'
        '{"word": "", "prefixes": [true]}\n{"word": "aa", "accept": true}\n'
    )
    asked = ["advise", "--words", str(words), "--test-length", "50", "--seconds", "3"]
    assert main(asked) == 1
    assert "3 labelled prefixes, of which 2 are accepted. Its words have up to 2 letters" in capsys.readouterr().out
    assert main([*asked, "--json"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert (record["words"], record["advised"]) == (3, None)
    assert "do not show which language is meant" in record["because"]


def test_of_labelled_words_the_advice_is_for_the_program_that_is_learnt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.jsonl"
    all_words = ["".join(word) for length in range(9) for word in product("ab", repeat=length)]
    lines = [json.dumps({"word": word, "accept": word.count("a") > word.count("b")}) for word in all_words]
    words.write_text("\n".join(lines))
    asked = ["advise", "--words", str(words), "--test-length", "100", "--seconds", "20"]
    assert main([*asked, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["learnt"]["minimal"]
    learnt = read_program(Source("learnt", record["learnt"]["program"]))
    longer = ["".join(word) for word in product("ab", repeat=10)]
    said = accepts(learnt, encode(learnt.alphabet, [tuple(word) for word in longer])).tolist()
    assert said == [word.count("a") > word.count("b") for word in longer]
    assert {each["pe"]: each["verdict"] for each in record["encodings"]}["nope"] == "generalizes"
    assert main(asked) == 0
    text = capsys.readouterr().out
    assert text.startswith("learnt from 511 labelled prefixes, the shortest program that agrees with them:\n")
    assert "accept(i) :=" in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found none"),
        ("aa\n", "words.jsonl, line 1: expected a JSON object"),
        ('{"word": "", "accept": true}\n', "words.jsonl: no word has a letter, and no alphabet was given"),
        ("[]\n", 'words.jsonl, line 1: expected an object with "word"'),
        ('{"word": "a", "accept": 1}\n', 'words.jsonl, line 1: "accept"'),
        ('{"word": "ab", "prefixes": [true]}\n', 'words.jsonl, line 1: "prefixes": expected a list of 3'),
        ('{"word": "a", "next": [["a"], ["a"]]}\n', 'found "next"'),
        ('{"word": "a", "accept": true}\n{"word": "a", "accept": false}\n', "line 2: contradicts"),
    ],
)
def test_a_file_of_words_is_refused_with_its_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.jsonl"
    words.write_text(text)
    assert main(["advise", "--words", str(words), "--test-length", "50"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "dyck1"], "--test-length: expected the length"),
        (["--task", "dyck1", "--test-length", "20", "--train-length", "50"], "20 is below the training length 50"),
        (["--regex", "(aaaaa)*", "--test-length", "50", "--train-length", "3"], "below the coverage floor 5"),
        (["--regex", "a*", "--test-length", "50"], "every word over its alphabet"),
        (["--regex", "a", "--and", "b", "--test-length", "50"], "no word"),
        (
            ["--task", "dyck1", "--words", "x.jsonl", "--test-length", "50"],
            "expected one subject, found --words and another",
        ),
        (["--words", "missing.jsonl", "--test-length", "50"], "missing.jsonl"),
        (["--words", "x.jsonl", "--alphabet", "a b", "--test-length", "50"], "--alphabet goes with"),
        (["--regex", "(ab)*", "--seconds", "5", "--test-length", "50"], "--seconds goes with --words"),
        (["--test-length", "50"], "expected one of a task's name"),
        (
            ["--task", "dyck1", "--test-length", "50", "--out", "/no/such/place"],
            "place: cannot be written: no such",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_has_a_message_of_its_own(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["advise", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_file_that_cannot_be_written_is_refused_before_a_program_is_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "words.jsonl"
    words.write_text("".join(f'{{"word": "{"a" * n}", "accept": {str(n % 2 == 0).lower()}}}\n' for n in range(12)))
    for out in (tmp_path, tmp_path / "missing" / "hard.jsonl"):
        assert main(["advise", "--words", str(words), "--test-length", "40", "--out", str(out)]) == 2
        said, err = capsys.readouterr()
        assert said == ""
        assert err.startswith(f"{out}: cannot be written")  # and no round of the search
