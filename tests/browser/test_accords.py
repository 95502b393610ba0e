"""The accord studio in JupyterLab: scored by keyboard, broken and mended, kept, and read at 200 % zoom."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_analysis import lab
from alliance_analysis.agreement import read_agreement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accords")]

NOTEBOOK = "04_accord_design.ipynb"
NOW = ".cb-anchors li.cb-now"


def start(page: Page, url: str) -> None:
    page.goto(f"{url}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".cb-studio .cb-keep").wait_for(state="attached", timeout=90_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=90_000
    )
    page.locator(".cb-studio").scroll_into_view_if_needed()


def control(page: Page, label: str) -> Locator:
    return page.locator(".cb-studio").get_by_label(label, exact=True)


def picture(page: Page) -> Locator:
    return page.locator(".cb-studio .cb-exhibit img")


def scores_by_keyboard(page: Page) -> None:
    expect(picture(page)).to_have_attribute("alt", re.compile("Anticipated change plan not scored"))
    control(page, "Element").select_option(label="Change: Anticipated change plan")
    expect(page.locator(".cb-anchors")).to_contain_text("acts as if nothing would change")
    control(page, "Score (0 to 4)").focus()
    for anchor in ("acts as if nothing would change", "will meet if things change", "listed as triggers"):
        page.keyboard.press("ArrowDown")
        expect(page.locator(NOW)).to_contain_text(anchor)
    page.keyboard.press("ArrowDown")
    expect(page.locator(NOW)).to_contain_text("a rule for new targets")
    expect(picture(page)).to_have_attribute("alt", re.compile("Anticipated change plan 3"))


def breaks_and_mends(page: Page) -> None:
    control(page, "Element").select_option(label="Foundation: Service level objectives")
    page.get_by_role("button", name="Contradictions").click()
    shown = page.locator(".cb-studio .cb-exhibit")
    types(page, "Term (months)", "12")
    expect(shown).to_contain_text("the agreement runs for 12")
    types(page, "Term (months)", "a year")
    expect(page.locator(".cb-studio .cb-status")).to_contain_text("“a year” is not a number")
    expect(shown).to_contain_text("the agreement runs for 12")  # what cannot stand changes nothing
    page.locator(".cb-studio").get_by_role("button", name="As text").focus()
    page.keyboard.press("Space")
    fields = control(page, "Clauses as text")
    expect(fields).to_be_visible()
    expect(fields).to_have_value(re.compile("term_months: a year"))
    whole = fields.input_value().replace("term_months: a year", "term_months: 36")
    fields.fill(whole.replace("party: vendor", "party: vendr"))
    fields.blur()
    expect(page.locator(".cb-studio .cb-status")).to_contain_text("did you mean 'vendor'?")
    fields.fill(whole)
    fields.blur()
    expect(control(page, "Term (months)")).to_have_value("36")
    expect(shown).not_to_contain_text("the agreement runs for 12")


def types(page: Page, label: str, text: str) -> None:
    control(page, label).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def adds_an_entry_by_keyboard(page: Page) -> None:
    control(page, "Element").select_option(label="Change: Anticipated change plan")
    entries = control(page, "Entries: contingencies")
    expect(entries.locator("option")).to_have_count(3)
    page.locator(".cb-studio").get_by_role("button", name="Add to contingencies").focus()
    page.keyboard.press("Enter")
    expect(entries.locator("option")).to_have_count(4)
    expect(page.locator(".cb-form ~ .cb-wrong")).to_contain_text("Event: still to be filled in")
    expect(control(page, "Trigger")).to_have_value("")
    page.keyboard.press("Tab")  # past Remove, to the fields of the new entry
    page.keyboard.press("Tab")
    expect(control(page, "Event")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".cb-form ~ .cb-wrong")).to_contain_text("Trigger: still to be filled in")
    page.keyboard.press("Tab")
    page.keyboard.type("A strike at the port")
    page.keyboard.press("Tab")
    page.keyboard.type("Both sides share what is left")
    page.keyboard.press("Tab")
    expect(entries.locator("option").nth(3)).to_have_text("4. disruption: A strike at the port")
    expect(page.locator(".cb-form ~ .cb-wrong")).not_to_contain_text("filled in")
    control(page, "Element").select_option(label="Change: Exit")
    types(page, "Notice (months)", "7,5")


def ticks_beside_real_contracts(page: Page) -> None:
    page.get_by_role("button", name="Real contracts").click()
    expect(picture(page)).to_have_attribute(
        "alt", re.compile("not in the agreement: Termination for Convenience")
    )
    control(page, "Termination for Convenience").focus()
    page.keyboard.press("Space")
    expect(picture(page)).to_have_attribute("alt", re.compile("not in the agreement: none"))


def test_an_agreement_is_scored_broken_mended_and_kept(page: Page, workbook) -> None:
    start(page, workbook.url)
    scores_by_keyboard(page)
    breaks_and_mends(page)
    adds_an_entry_by_keyboard(page)
    ticks_beside_real_contracts(page)
    page.locator(".cb-studio .cb-keep").click()
    expect(page.locator(".cb-studio .cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(workbook.folder / lab.AGREEMENT).agreement
    assert kept.scores()["anticipated_change_plan"] == 3
    assert "termination_for_convenience" in kept.clauses.legal
    assert kept.clauses.term_months == 36 and kept.exit and kept.exit.notice_months == 7.5
    assert kept.clauses.contingencies[3].response == "Both sides share what is left"
    panel = page.locator(".cb-studio")
    page.set_viewport_size({"width": 640, "height": 900})  # what 1280 px show at 200 % zoom
    panel.scroll_into_view_if_needed()
    for label in ("Element", "Score (0 to 4)", "Owner", "Aim"):
        assert control(page, label).is_visible()
    wide = panel.evaluate("panel => panel.scrollWidth - panel.clientWidth")
    assert wide <= 2, "the panel does not have to be moved sideways"
