"""A case redesigned in JupyterLab: a clause is written and scored by keyboard, the case runs again, and it is kept."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis.agreement import read_agreement
from alliance_analysis.cases import load_case
from alliance_analysis.simulation.counterfactual import redesign_in

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cases")]


def test_a_case_is_redesigned_run_again_and_kept(page: Page, workbook: Any) -> None:
    page.goto(f"{workbook.url}/lab/tree/cases/timex.ipynb?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = page.locator(".cb-redesign")
    panel.wait_for(state="attached", timeout=120_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=120_000
    )
    clause = panel.locator(".cb-clause-exit textarea")
    clause.scroll_into_view_if_needed()
    before = panel.locator("figure img").get_attribute("src")
    clause.fill("Either side may sell at an appraised price within 90 days of a written notice.")
    row = panel.locator(".cb-clause", has=page.locator(".cb-clause-exit"))
    handle = row.locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "4.0")
    expect(row.locator(".cb-scored")).to_contain_text("tested")
    panel.locator(".cb-run").click()
    expect(panel.locator("figure img")).not_to_have_attribute("src", before or "")
    panel.locator(".cb-keep").click()
    expect(panel).to_contain_text("Kept in agreement.yaml")
    kept = redesign_in(read_agreement(workbook.folder / "agreement.yaml").agreement, load_case("timex"))
    assert kept is not None and kept.clauses["exit"].score == 4
