"""The planted defects trained by the whole protocol, beside a sound architecture: `make probe-defects`."""

import os
from pathlib import Path

import pytest

from eval.probe.probing import probe
from train.architectures.specification import read_architecture

PLANTED = Path(__file__).parent / "planted_defects.py"
pytestmark = pytest.mark.skipif("CRASP_PROBE" not in os.environ, reason="make probe-defects: minutes of training")


@pytest.mark.parametrize(
    ("name", "defects"),
    [
        ("nope", []),
        ("ape", []),
        ("no_begin", ["no begin token"]),
        ("off_by_one", ["causal mask off by one"]),
        ("clipped", ["positions clipped"]),
        ("saturating", ["counts saturate"]),
    ],
)
def test_a_card_names_what_was_planted_and_nothing_else(tmp_path: Path, name: str, defects: list[str]) -> None:
    card = probe(read_architecture(f"{PLANTED}:{name}"), tmp_path / "runs", lambda *_: None)
    assert [each.name for each in card.defects] == defects
    assert len(card.rows) == (0 if name == "off_by_one" else 13)


def test_counts_that_saturate_end_where_they_do(tmp_path: Path) -> None:
    card = probe(
        read_architecture(f"{PLANTED}:saturating"), tmp_path / "runs", lambda *_: None, capabilities=["exact_count"]
    )
    assert all(length <= 2 * 12 + 2 for length in card.rows[0].horizons)
