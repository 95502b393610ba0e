"""Pentad, pitfall tagger and review in JupyterLab: worked by keyboard, kept, and read at 200 % zoom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis.agreement import read_agreement
from alliance_analysis.review.decision import decided

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("review")]

READINESS, REVIEW = "01_partner_and_readiness.ipynb", "08_review_grow_or_close.ipynb"


def wide(page: Page) -> list[str]:
    """Panels whose content stands beyond their right edge."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('.cb-panel')].filter(p => p.offsetParent !== null)
             .filter(p => p.scrollWidth > p.clientWidth + 1).map(p => p.className)"""
    )
    return found


def panel_of(page: Page, marker: str):  # type: ignore[no-untyped-def]
    return page.locator(".cb-panel").filter(has=page.locator(marker)).first


@pytest.mark.parametrize("size", [(1280, 900), (640, 450)], ids=["1280 pixels", "1280 pixels at 200 %"])
def test_pentad_and_tagger(start, workbook, page: Page, size: tuple[int, int]) -> None:
    (workbook.folder / "agreement.yaml").unlink(missing_ok=True)
    start(page, workbook.url, READINESS, ".cb-area-executives select")
    if size[0] < 1000:
        page.keyboard.press("Control+b")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    picture = page.locator(".cb-pentad img")
    expect(picture).to_have_attribute("alt", re.compile("Weakest: Suppliers"))
    page.locator(".cb-area-executives select").focus()
    page.keyboard.press("Home")
    expect(picture).to_have_attribute("alt", re.compile("Weakest: Owners and executives"))
    panel = panel_of(page, ".cb-pentad")
    panel.locator(".cb-keep").click()
    expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    assert (
        read_agreement(workbook.folder / "agreement.yaml").agreement.choices["pentad"]["grades"]["executives"]
        == 1
    )

    start(page, workbook.url, READINESS, ".cb-incident-1 select")  # another panel has written the file since
    page.set_viewport_size({"width": size[0], "height": size[1]})
    tagger = panel_of(page, ".cb-incident-1")
    expect(tagger).not_to_contain_text("Domination is a value")
    page.locator(".cb-incident-1 select").select_option(label="Values")
    page.locator(".cb-incident-2 select").select_option(label="Facts")
    page.locator("button.cb-compare").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".cb-tags img")).to_have_attribute("alt", re.compile("50% of 2 incidents"))
    tagger.locator(".cb-keep").click()
    expect(tagger.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement.choices
    assert dict(kept["pitfalls"]) == {"timex_1": "values", "timex_2": "facts"} and "pentad" in kept
    assert wide(page) == []


def test_the_review_follows_every_number_and_is_there_tomorrow(start, workbook, page: Page) -> None:
    (workbook.folder / "agreement.yaml").unlink(missing_ok=True)
    start(page, workbook.url, REVIEW, ".cb-partner-1.cb-actual input")
    verdict, picture = page.locator(".cb-review .cb-verdict"), page.locator(".cb-quadrant img")
    expect(verdict).to_contain_text("Maintain")
    before = picture.get_attribute("src")
    page.locator(".cb-partner-1.cb-actual input").fill("390")
    page.keyboard.press("Tab")
    expect(verdict).to_contain_text("Grow")
    expect(picture).not_to_have_attribute("src", before or "")
    page.locator(".cb-partner-2.cb-recovery input").fill("400")
    page.keyboard.press("Tab")
    expect(verdict).to_contain_text("offer a split that moves at least 100")
    page.get_by_role("tab", name="Rhythm").click()
    page.locator(".cb-rhythm-issues input").fill("24")
    page.keyboard.press("Tab")
    expect(page.locator(".cb-rhythm img")).to_have_attribute("alt", re.compile("Least cost at 1.5 months"))
    panel = panel_of(page, ".cb-review")
    panel.locator(".cb-keep").click()
    expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement
    assert decided(kept).verdict == "close" and kept.choices["cadence"]["issues"] == 24
    page.set_viewport_size({"width": 640, "height": 450})
    page.keyboard.press("Control+b")
    page.wait_for_timeout(700)
    assert wide(page) == []
    start(page, workbook.url, REVIEW, ".cb-partner-1.cb-actual input")
    expect(page.locator(".cb-partner-1.cb-actual input")).to_have_value("390")
    expect(page.locator(".cb-review .cb-verdict")).to_contain_text("Close")
