"""The ledger: what was trained, with what configuration, and what came out."""

from pathlib import Path

RUNS = Path("runs")  # the default directory of a ledger
SHIPPED = Path(__file__).resolve().parents[2] / "results"  # the results that come with the project
