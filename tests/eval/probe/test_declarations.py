"""What a project declares of its architecture is read, tried, and reported in its own words."""

from dataclasses import replace
from pathlib import Path

import pytest

from eval.probe import probing, protocol, pytest_plugin
from eval.probe.capabilities import CAPABILITIES
from eval.probe.card import CardRow
from eval.probe.declarations import DeclarationError, read_declaration
from eval.probe.theory import NO_THEORY
from train.ledger.store import ClaimedError

PLANTED = Path(__file__).parent / "planted_defects.py"
OWN = Path(__file__).parents[2] / "train" / "architectures" / "own_modules.py"
ROW = CardRow(
    capability=CAPABILITIES["count"],
    runs=3,
    learnt=3,
    interval=(0.4, 1.0),
    horizons=(40, 64, 64),
    limit=64,
    lengths=(),
    accuracies=(),
    theory=NO_THEORY,
    cpu_seconds=1.0,
)


@pytest.mark.parametrize(
    ("text", "capability", "says", "times"),
    [
        ("keeps counting to 4x", "count", "keeps", 4.0),
        ("keeps the previous letter to 1.5x", "previous", "keeps", 1.5),
        ("learns the flip-flop", "flip_flop", "learns", None),
        ("Learns flip_flop", "flip_flop", "learns", None),
        ("does not learn the parity", "parity", "does not learn", None),
        ("keeps exact_count to 2 x", "exact_count", "keeps", 2.0),
    ],
)
def test_a_sentence_is_read(text: str, capability: str, says: str, times: float | None) -> None:
    found = read_declaration(text)
    assert (found.capability, found.says, found.times) == (capability, says, times)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("counts", "expected keeps CAPABILITY to Nx"),
        ("keeps counting", "expected keeps CAPABILITY to Nx"),
        ("learns counting to 4x", "expected keeps CAPABILITY to Nx"),
        ("keeps flying to 4x", "there is no capability 'flying'; expected one of counting, "),
        ("keeps counting to 40x", "horizons are searched from 1x to 4x, found 40x"),
        ("keeps counting to 1.1.1x", "expected a number of training lengths"),
    ],
)
def test_a_sentence_that_declares_nothing_says_what_it_should_be(text: str, said: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        read_declaration(text)
    assert said in str(caught.value)


def test_a_promise_holds_or_says_what_came() -> None:
    keeps = read_declaration("keeps counting to 4x")
    assert keeps.broken_by(ROW) is None
    assert (
        keeps.broken_by(replace(ROW, horizons=(40, 40, 64))) == "3 of 3 runs learnt it, and the median horizon is 2.5x"
    )
    assert keeps.broken_by(replace(ROW, learnt=2)) == "2 of 3 runs learnt it"
    assert read_declaration("does not learn counting").broken_by(ROW) == "3 of 3 runs learnt it"
    assert read_declaration("does not learn counting").broken_by(replace(ROW, learnt=0, horizons=())) is None
    assert keeps.broken_by(replace(ROW, horizons=())) == "3 of 3 runs learnt it, and no run has a horizon"


def tried(tmp_path: Path, factory: str, *declared: str, more: tuple[str, ...] = ()) -> int:
    (tmp_path / "pytest.ini").write_text("[pytest]\ncrasp_declares =\n" + "".join(f"    {each}\n" for each in declared))
    options = ["-p", "eval.probe.pytest_plugin", "-p", "no:cacheprovider", "-c", str(tmp_path / "pytest.ini")]
    return int(
        pytest.main(
            [*options, *more, "--crasp-probe", factory, "--crasp-probe-runs", str(tmp_path / "runs"), str(tmp_path)]
        )
    )


def test_the_plug_in_runs_a_test_for_each_promise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(protocol, "MOST_STEPS", 4)
    assert tried(tmp_path, f"{OWN}:factory", "does not learn the parity", "learns the flip-flop") == 1
    said = capsys.readouterr().out
    assert "1 failed, 2 passed" in said
    assert "learns the flip-flop: 0 of 3 runs learnt it" in said
    assert tried(tmp_path, f"{PLANTED}:no_begin") == 1
    assert "no begin token: No answer to a letter changes" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "counted"),
    [
        ((), "3 tests collected"),
        (("-k", "learns"), "1/3 tests collected (2 deselected)"),
        (("-k", "nothing_is_called_so"), "no tests collected (3 deselected)"),
    ],
)
def test_what_is_declared_is_counted_among_the_tests_that_are_collected(
    tmp_path: Path, more: tuple[str, ...], counted: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_of_the_project.py").write_text("def test_one() -> None: ...\n", encoding="utf-8")
    tried(tmp_path, f"{OWN}:factory", "learns counting", more=("--collect-only", "--import-mode=importlib", *more))
    said = capsys.readouterr().out
    assert counted in said
    assert "collected 3 items" in said


@pytest.mark.parametrize(
    ("factory", "declared", "said"),
    [
        ("nowhere.py:factory", "learns counting", "nowhere.py: cannot be read"),
        (f"{OWN}:factory", "learns flying", "there is no capability 'flying'"),
    ],
)
def test_what_cannot_be_read_is_a_usage_error(
    tmp_path: Path, factory: str, declared: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(tmp_path, factory, declared) == 4
    assert said in capsys.readouterr().err


def test_a_bad_declaration_is_a_usage_error_before_processes_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tried(tmp_path, f"{OWN}:factory", "learns flying", more=("-n", "1")) == 4
    assert "there is no capability 'flying'" in capsys.readouterr().err


def test_a_run_that_another_process_trains_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(protocol, "MOST_STEPS", 4)
    monkeypatch.setattr(pytest_plugin, "WAIT_SECONDS", 0.01)
    probe, calls = probing.probe, []

    def claimed_at_first(*given: object, **named: object) -> object:
        calls.append(named)
        if len(calls) == 1:
            raise ClaimedError("binary_majority with seed 0 is being trained by process 1")
        return probe(*given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(probing, "probe", claimed_at_first)
    assert tried(tmp_path, f"{OWN}:factory", "does not learn counting") == 0
    assert "2 passed" in capsys.readouterr().out
    assert len(calls) == 2
