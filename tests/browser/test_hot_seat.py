"""The hot seat in JupyterLab against a classmate: seat, offer, the file sent to and fro, reveal, debrief, keep."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis.agreement import read_agreement
from alliance_analysis.negotiation import recorded
from alliance_analysis.widgets.hot_seat import HotSeatPanel

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("hot seat")]


def test_two_play_to_the_debrief(start, workbook, page: Page, tmp_path: Path) -> None:
    start(page, workbook.url, "03_kpi_negotiation.ipynb", ".cb-hot-sit")
    panel = page.locator(".cb-panel").filter(has=page.locator(".cb-hot-sit")).first
    panel.locator("input[type=password]").fill("harbour")
    panel.locator(".cb-hot-sit").click()
    expect(panel.locator(".cb-says")).to_contain_text("your move")
    panel.locator(".cb-hot-offer").click()
    expect(panel.locator(".cb-says")).to_contain_text("to move")
    here, there = workbook.folder / "table.yaml", tmp_path / "table.yaml"
    assert "harbour" not in here.read_text(encoding="utf-8")

    shutil.copy(here, there)
    classmate = HotSeatPanel(tmp_path / "agreement.yaml")
    classmate.choice["side"].value, classmate.word.value = "vendor", "lantern"
    for act in ("read", "sit", "accept", "reveal"):
        classmate.buttons[act].click()
    shutil.copy(there, here)

    panel.locator(".cb-hot-read").click()
    expect(panel.locator(".cb-says")).to_contain_text("It is over", timeout=30_000)
    panel.locator(".cb-hot-reveal").click()
    expect(panel.locator(".cb-exhibit img").first).to_be_visible(timeout=30_000)
    panel.locator(".cb-keep").click()
    expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    run = recorded(read_agreement(workbook.folder / "agreement.yaml").agreement)
    assert run.kept and run.agreed and run.setup.character == "person"
