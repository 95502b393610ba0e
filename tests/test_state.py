"""Everything a page shows comes from the agreement file alone: in any order, twice, tomorrow, in a clean run."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis import content
from alliance_analysis.reports.execute import execute
from alliance_analysis.widgets.exit_pricer import ExitPanel
from alliance_analysis.widgets.incentives import IncentivePanel
from alliance_analysis.widgets.shocks import ShockPanel

EXEMPLAR = Path(__file__).parent / "data" / "exemplar_agreement.yaml"
AFTERNOON = ("02_kpi_design", "03_kpi_negotiation", "assignment/essay")
WORTH = ("05_incentives_and_investment", "07_risk_change_and_exit")
REST = ("00_start_here", "01_partner_and_readiness", "04_accord_design", "06_thresholds_and_escalation",
        "08_review_grow_or_close", "cases/timex")  # fmt: skip


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


def test_what_was_kept_about_payments_and_exit_gives_the_same_pages_in_any_order(
    agreement: Path, tmp_path: Path
) -> None:
    exit = ExitPanel(agreement)
    exit.controls["notice_months"].value = 9
    assert exit.keep()
    pay = IncentivePanel(agreement)
    pay.happens["pattern"].value, pay.agreed["endurance"].value = "one_quarter", 1
    assert pay.keep()
    shock = ShockPanel(agreement)
    shock.kind.value = "technology"
    assert shock.keep()
    kept = agreement.read_bytes()
    forwards = [run(name, tmp_path / "a") for name in WORTH]
    backwards = [run(name, tmp_path / "b") for name in reversed(WORTH)]
    assert forwards == backwards[::-1] and agreement.read_bytes() == kept
    assert "9 months’ notice for leaving" in forwards[1].decode()
    assert "Technology Shift: What It Costs Either Side" in forwards[1].decode()
    agreement.write_bytes(EXEMPLAR.read_bytes())
    assert all(
        now != before for now, before in zip((run(n, tmp_path / "c") for n in WORTH), forwards, strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
def test_any_other_page_gives_the_same_twice_and_leaves_the_file_alone(
    name: str, agreement: Path, tmp_path: Path
) -> None:
    assert run(name, tmp_path / "a") == run(name, tmp_path / "b")
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
