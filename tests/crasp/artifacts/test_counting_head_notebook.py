"""The notebook that looks for the counting head with TransformerLens: `make test-notebook` runs it.

It needs the extra `notebook`; here it is read, and its code compiled, in any case.
"""

import json
import os
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[3] / "examples" / "find_the_counting_head.ipynb"


def test_the_notebook_is_kept_without_outputs_and_its_code_is_python() -> None:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 5
    for text in code:
        compile(text, "cell", "exec")
    assert all(cell["outputs"] == [] for cell in cells if cell["cell_type"] == "code")


@pytest.mark.skipif("CRASP_NOTEBOOK" not in os.environ, reason="needs TransformerLens: make test-notebook")
def test_one_head_counts_and_the_model_errs_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    notebook = nbformat.read(NOTEBOOK, 4)
    NotebookClient(notebook, timeout=500, kernel_name="python3").execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = "".join(output.get("text", "") for cell in cells for output in cell.outputs)
    assert "layer 0, head 1: looks back 1\n" in said
    assert "layer 0, head 2: looks back 2\n" in said
    assert "the head that counts: [(1, 0)]\n" in said
    assert "the model is right at 100% of the prefixes\n" in said
    assert "without the head it accepts 100% of the prefixes with a run of three zeros\n" in said
