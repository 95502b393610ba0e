"""The panel on who must agree at home, in JupyterLab: by keyboard from the table without HR to a kept choice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis.agreement import read_agreement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("stakeholders")]

NOTEBOOK = "03_kpi_negotiation.ipynb"


def press(page: Page, css: str) -> None:
    box = page.locator(f"{css} input[type=checkbox]")
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()


def test_by_keyboard_from_a_table_without_hr_to_a_kept_choice(page: Page, workbook) -> None:
    page.goto(f"{workbook.url}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = page.locator(".cb-stakeholders")
    panel.wait_for(state="attached", timeout=120_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=120_000
    )
    panel.scroll_into_view_if_needed()
    outcome = panel.locator(".cb-outcome")
    expect(outcome).to_contain_text("HR and IT cannot sign")
    press(page, ".cb-seat-hr")
    expect(outcome).to_contain_text("IT cannot sign")
    press(page, ".cb-seat-it")
    expect(outcome).to_contain_text("the organisation can sign it")
    press(page, ".cb-remedy-cap")
    expect(outcome).to_contain_text("with the chosen ones")
    before = panel.locator(".cb-size-cap .widget-readout").inner_text()
    panel.locator(".cb-size-cap .noUi-handle").focus()
    page.keyboard.press("ArrowLeft")
    expect(panel.locator(".cb-size-cap .widget-readout")).not_to_have_text(before)
    keep = page.locator(".cb-stakeholders .cb-keep")
    keep.focus()
    page.keyboard.press("Enter")
    expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement.choices["stakeholders"]
    assert len(kept["seated"]) == 6 and kept["remedies"] == ["cap"] and kept["sizes"] == {"cap": 7.0}
