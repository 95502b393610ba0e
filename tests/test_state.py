"""Everything a page shows comes from the agreement file alone: in any order, twice, tomorrow, in a clean run."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis import content
from alliance_analysis.reports.execute import execute

EXEMPLAR = Path(__file__).parent / "data" / "exemplar_agreement.yaml"
AFTERNOON = ("02_kpi_design", "03_kpi_negotiation", "assignment/essay")


def run(name: str, folder: Path) -> bytes:
    out = folder / f"{Path(name).name}.ipynb"
    execute(content.folder("notebooks") / f"{name}.ipynb", {}, out)
    return out.read_bytes()


@pytest.fixture
def agreement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "mine" / "agreement.yaml"
    path.parent.mkdir()
    path.write_bytes(EXEMPLAR.read_bytes())
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(path))
    return path


def test_any_order_gives_the_same_pages_and_leaves_the_file_alone(agreement: Path, tmp_path: Path) -> None:
    forwards = [run(name, tmp_path / "a") for name in AFTERNOON]
    backwards = [run(name, tmp_path / "b") for name in reversed(AFTERNOON)]
    assert forwards == backwards[::-1]
    assert agreement.read_bytes() == EXEMPLAR.read_bytes()


def test_the_pages_are_the_students_own_and_without_the_file_the_labelled_example(
    agreement: Path, tmp_path: Path
) -> None:
    mine = run("03_kpi_negotiation", tmp_path / "a").decode()
    assert "the Negotiation (Demonstration)" not in mine
    agreement.unlink()
    example = run("03_kpi_negotiation", tmp_path / "b").decode()
    assert "the Negotiation (Demonstration)" in example
    assert not agreement.exists()
