"""The start page in JupyterLab: the short test, and the alignment meter, worked by keyboard and kept."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_analysis.agreement import read_agreement
from alliance_analysis.review.alignment import goals_in
from alliance_analysis.review.quiz import items, taken

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("start")]


def panel_of(page: Page, marker: str) -> Locator:
    return page.locator(".cb-panel").filter(has=page.locator(marker)).first


def test_the_short_test_and_the_alignment_meter(start, workbook, page: Page) -> None:
    start(page, workbook.url, "00_start_here.ipynb", ".cb-question-1 input")
    quiz = panel_of(page, ".cb-question-1")
    for number in (1, 2):
        quiz.locator(f".cb-question-{number} input").first.focus()
        page.keyboard.press("Space")
    quiz.locator(".cb-keep").click()
    expect(quiz.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    expect(quiz).to_contain_text(f"of {len(items())}")
    meter = panel_of(page, ".cb-alignment")
    picture = meter.locator(".cb-alignment img")
    picture.scroll_into_view_if_needed()
    before = picture.get_attribute("alt") or ""
    handle = meter.locator(".cb-side-1 .noUi-handle").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(picture).not_to_have_attribute("alt", before)
    meter.locator(".cb-keep").click()
    expect(meter.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement
    score = taken(kept, "pretest")
    assert score and len(score.right) + len(score.wrong) == 2
    assert goals_in(kept).goals[0].now[0] == 5


def test_what_was_set_and_not_kept_is_there_after_the_page_runs_again(start, workbook, page: Page) -> None:
    start(page, workbook.url, "00_start_here.ipynb", ".cb-alignment img")
    meter = panel_of(page, ".cb-alignment")
    meter.locator(".cb-side-2 .noUi-handle").first.focus()
    page.keyboard.press("End")
    expect(meter.locator(".cb-side-2 .noUi-handle").first).to_have_attribute("aria-valuenow", "10.0")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    again = panel_of(page, ".cb-alignment")
    expect(again.locator(".cb-status")).to_contain_text("still here", timeout=60_000)
    expect(again.locator(".cb-side-2 .noUi-handle").first).to_have_attribute("aria-valuenow", "10.0")


def test_what_is_typed_after_a_button_of_a_panel_does_nothing_to_the_page(
    start, workbook, page: Page
) -> None:
    """Outside of the panels JupyterLab's letters work as ever: D twice deletes a cell."""
    start(page, workbook.url, "00_start_here.ipynb", ".cb-question-1 input")
    cells = page.locator(".jp-NotebookPanel-notebook .jp-Cell")
    before = cells.count()
    for control in (".cb-keep", ".cb-question-2 input"):
        panel_of(page, ".cb-question-1").locator(control).first.focus()
        page.keyboard.type("add a link: x, b, m, dd ii 00 Z")
    assert cells.count() == before
    cells.first.focus()
    page.keyboard.press("b")
    expect(cells).to_have_count(before + 1)
    page.keyboard.type("dd")
    expect(cells).to_have_count(before)
