"""The panels of 05 and 07 in JupyterLab: moved by keyboard, updated in place, kept, and whole on a narrow screen."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis.agreement import read_agreement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("incentives")]

PAYMENTS, CHANGE = "05_incentives_and_investment.ipynb", "07_risk_change_and_exit.ipynb"
LOOK = os.environ.get("CASEBOOK_LOOK")
"""A folder for pictures of the panels, for whoever wants to look at them."""


def picture(page: Page, name: str) -> None:
    if LOOK:
        page.wait_for_timeout(500)
        page.locator(".cb-panel").first.screenshot(path=f"{LOOK}/{name}.png")


def press(page: Page, handle: str, key: str, image: str) -> None:
    """Move a slider by one key and see that the picture follows, in place."""
    shown = page.locator(image).first
    before = shown.get_attribute("src") or ""
    page.locator(handle).first.focus()
    page.keyboard.press(key)
    expect(shown).not_to_have_attribute("src", before)
    assert shown.get_attribute("alt")


def test_the_calculator_pays_keeps_and_is_there_tomorrow(start, workbook, page: Page) -> None:
    ready = ".cb-saving .noUi-handle"
    start(page, workbook.url, PAYMENTS, ready)
    picture(page, "incentives")
    press(page, ready, "ArrowRight", ".cb-panel img")
    told = page.locator(".cb-told").first
    page.locator(".cb-pattern select").select_option(label="one lucky quarter")
    expect(told).to_contain_text("gainshare pays 0")
    page.locator(".cb-endurance .noUi-handle").focus()
    page.keyboard.press("ArrowLeft")
    expect(told).not_to_contain_text("gainshare pays 0")
    page.locator(".cb-keep").first.click()
    expect(page.locator(".cb-status").first).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement
    assert kept.incentives and kept.incentives.gainshare and kept.incentives.gainshare.endurance == 1
    start(page, workbook.url, PAYMENTS, ready)
    expect(page.locator(".cb-pattern select")).to_have_value(re.compile("one lucky quarter"))


def test_shocks_and_exit(start, workbook, page: Page) -> None:
    ready = ".cb-shock-size .noUi-handle"
    start(page, workbook.url, CHANGE, ready)
    picture(page, "shocks")
    press(page, ready, "ArrowRight", ".cb-panel img")
    for name, words in (
        ("Price shock", "follows input costs"),
        ("Technology shift", "right to stop tranches"),
    ):
        page.get_by_role("button", name=name).first.click()
        expect(page.locator(".cb-told").first).to_contain_text(words)
    notice = ".cb-notice-months .noUi-handle"
    page.locator(notice).scroll_into_view_if_needed()
    expect(page.locator(".cb-told").nth(1)).to_contain_text("6 months’ notice")
    page.locator(notice).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".cb-told").nth(1)).to_contain_text("7 months’ notice")
    page.locator(".cb-keep").nth(1).click()
    expect(page.locator(".cb-status").nth(1)).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement
    assert kept.exit and kept.exit.notice_months == 7
    if LOOK:
        page.locator(".cb-panel").nth(1).screenshot(path=f"{LOOK}/exit.png")


@pytest.mark.parametrize("notebook", [PAYMENTS, CHANGE])
def test_nothing_stands_beyond_the_edge_at_200_percent(start, workbook, page: Page, notebook: str) -> None:
    start(page, workbook.url, notebook, ".cb-panel .noUi-handle")
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": 640, "height": 450})
    page.wait_for_timeout(700)
    panels = page.locator(".cb-panel")
    for at in range(panels.count()):
        assert panels.nth(at).evaluate("panel => panel.scrollWidth - panel.clientWidth") <= 1
    picture(page, f"narrow_{notebook[:2]}")
