"""One report, ours against plain papermill and nbconvert, in one run.

    python benchmarks/report.py [CASE...]

Prints the seconds of each phase of `casebook report`, and those of the commands `papermill` and
`jupyter nbconvert --to html` on the same notebook with the same parameters. Every command starts in a fresh process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alliance_analysis.reports.run import notebook_path

BIN = Path(sys.executable).parent


def timed(*command: str | Path, cwd: Path) -> tuple[float, str]:
    """Run a command; return its wall seconds and what it printed on standard error."""
    started = time.perf_counter()
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    run = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=environment,
    )
    return time.perf_counter() - started, run.stderr


def main() -> None:
    """Run the benchmark."""
    for case in sys.argv[1:] or ["timex", "ibm_apple", "donnelly"]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ours, phases = timed(BIN / "casebook", "report", case, "-o", "out", "--timings", cwd=folder)
            run, _ = timed(
                BIN / "papermill",
                notebook_path(),
                "run.ipynb",
                "-p",
                "case",
                case,
                "-k",
                "python3",
                cwd=folder,
            )
            html, _ = timed(BIN / "jupyter", "nbconvert", "--to", "html", "run.ipynb", cwd=folder)
            size = (folder / "out" / "report.pdf").stat().st_size
            print(f"{case}: PDF + HTML + notebook {ours:.1f} s; PDF {size / 1000:.0f} kB")
            print("".join(f"{line}\n" for line in phases.splitlines() if " s  " in line), end="")
            print(f"  plain papermill {run:.1f} s + nbconvert --to html {html:.1f} s = {run + html:.1f} s")
            print(f"  ratio {ours / (run + html):.2f}")


if __name__ == "__main__":
    main()
