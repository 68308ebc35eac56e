"""What was trained and what came out, kept."""

from pathlib import Path

RUNS = Path("runs")  # the ledger's directory where none is named
SHIPPED = Path(__file__).resolve().parents[2] / "results"  # results that come with the project
