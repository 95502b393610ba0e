"""Every notebook runs from top to bottom and shows what is committed (texts and tables; figures are skipped)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alliance_analysis import content
from alliance_analysis.reports.kernels import forked_kernels

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    p for p in content.folder("notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts
)


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> Iterator[None]:
    """Fork the notebooks' kernels where that is safe; test_kernels shows that they are the same."""
    with forked_kernels():
        yield


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_nbval_finds_no_difference(path: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--nbval", "--nbval-cell-timeout=300", "--nbval-kernel-name=python3",
            f"--nbval-sanitize-with={ROOT / 'tests' / 'sanitize.cfg'}", "-q", "-p", "no:cacheprovider",
            "-c", os.devnull, "--rootdir", str(tmp_path), str(path),
        ],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "CASEBOOK_AGREEMENT": str(tmp_path / "agreement.yaml"), "COLUMNS": "200"},
        check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert " passed" in run.stdout
