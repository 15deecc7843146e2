"""`python -m tests.tutorial_outputs`, `make notebook`: run docs/tutorial.ipynb and keep what it shows.

Beside the results.db of `make demo`, in the environment with pandas. Times of the run are not kept, so that two runs
differ only where the figures do.
"""

import sys
import tempfile
from pathlib import Path

import nbformat  # type: ignore[import-untyped]
from nbclient import NotebookClient  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs/tutorial.ipynb"


def keep(results: Path) -> None:
    """Execute every cell on `results`, and write the notebook with its outputs."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "results.db").write_bytes(results.read_bytes())
        settings = {"record_timing": False, "resources": {"metadata": {"path": folder}}}
        NotebookClient(notebook, timeout=120, **settings).execute()
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    found = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "results.db")
    if not found.exists():
        sys.exit(f"there is no {found}: run `make demo` first")
    keep(found)
