"""Execute the notebooks in place, so that a page reads before it is run and an unchanged one gives no diff.

`--check` executes them elsewhere and reports which differ from what is committed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from alliance_analysis import content
from alliance_analysis.reports.engine import kernel_settings
from alliance_analysis.reports.notebook import KERNEL, clean, read_notebook


def executed(path: Path) -> str:
    """Return the text of the notebook after a run in an empty folder without an agreement file."""
    notebook = read_notebook(path)
    with tempfile.TemporaryDirectory() as folder, kernel_settings() as config:
        os.environ["CASEBOOK_AGREEMENT"] = str(Path(folder) / "agreement.yaml")
        NotebookClient(
            notebook,
            kernel_name=KERNEL,
            timeout=300,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": folder}},
            config=config,
        ).execute()
    clean(notebook)
    return str(nbformat.writes(notebook)) + "\n"


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("notebooks", nargs="*", type=Path)
    arguments = parser.parse_args()
    stale = []
    for path in arguments.notebooks or sorted(content.folder("notebooks").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        text = executed(path)
        if text != path.read_text(encoding="utf-8"):
            stale.append(path)
            if not arguments.check:
                path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{'changed' if path in stale else 'same   '}  {path}")
    return 1 if arguments.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
