"""The essay studio in JupyterLab: a part is written with evidence, outlives a reload and a lost kernel, and is checked."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_analysis.agreement import keep, read_agreement
from alliance_analysis.reports.essay import model_path
from alliance_analysis.reports.essay_text import Draft

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("essay")]

NOTEBOOK = "assignment/essay.ipynb"
TYPED = "Partners who set a target before they know their past quarrel about the past"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A kernel that shares its machine answers late."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def started(page: Page, url: str) -> Locator:
    """Open the essay, run its panel and return the panel."""
    page.goto(f"{url}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    return run(page)


def run(page: Page) -> Locator:
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    panel = page.locator(".cb-panel")
    panel.locator(".cb-parts").wait_for(state="attached", timeout=120_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=120_000
    )
    return panel


def test_a_part_is_written_with_evidence_kept_checked_and_never_lost(
    page: Page, workbook: Any, lost: Any
) -> None:
    path = workbook.folder / "agreement.yaml"
    shutil.copy(model_path(), path)
    opened = read_agreement(path)
    slots = {name: text for name, text in Draft.of(opened).slots.items() if name != "crucial"}
    keep(opened, ("choices", {"essay": Draft(slots=slots).kept()}))

    panel = started(page, workbook.url)
    expect(panel.locator(".cb-open-crucial")).to_contain_text("not begun")
    expect(panel.locator(".cb-studio-head")).to_contain_text("9 of 10 parts ready")
    expect(panel.locator(".cb-studio-head")).to_contain_text("Next: Why KPIs are crucial")
    text = panel.locator(".cb-text-crucial textarea")  # the part that comes next is open
    text.fill(TYPED)
    expect(panel.locator(".cb-todo")).to_contain_text("14 words")

    panel.locator(".cb-cite select").select_option(label="Kaplan et al., 2010")
    panel.locator(".cb-add-cite").click()
    expect(text).to_have_value(f"{TYPED} [@kaplan2010managing]")
    expect(text).to_be_focused()
    panel.locator(".cb-add-undo").click()
    expect(text).to_have_value(TYPED)
    page.keyboard.type(".")  # the cursor stands at the end again
    panel.locator(".cb-where select").select_option(index=1)
    panel.locator(".cb-add-cite").click()
    expect(text).to_have_value(f"{TYPED} [@kaplan2010managing].")
    panel.locator(".cb-evidence select").select_option("Figure: the vendor's deliveries, baseline and target")
    expect(panel.locator(".cb-preview img")).to_be_visible()
    assert len(panel.locator(".cb-preview img").get_attribute("alt") or "") > 40
    panel.locator(".cb-add-evidence").click()
    expect(text).to_have_value(re.compile(r"\(\{\{figure:series\}\}\)\.$"))
    typed = text.input_value()

    expect(panel.locator(".cb-pages")).to_contain_text("as the PDF is set", timeout=60_000)
    expect(panel.locator(".cb-findings")).to_contain_text("Still to mend", timeout=60_000)
    panel.locator(".cb-open-front").click()
    panel.locator(".cb-jump-crucial").click()  # from the list of findings to the part
    expect(text).to_be_visible()
    expect(panel.locator(".cb-found").filter(has=page.locator(".cb-jump-crucial"))).to_contain_text(
        "the budget is"
    )

    lost(page)  # typed, never kept, and the kernel is gone
    page.reload()
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    panel = run(page)
    text = panel.locator(".cb-text-crucial textarea")
    expect(text).to_have_value(typed)
    expect(panel.locator(".cb-status")).to_contain_text("not kept is still here")
    assert "crucial" not in Draft.of(read_agreement(path)).slots

    elsewhere = read_agreement(path)
    draft = Draft.of(elsewhere)
    slots = {**draft.slots, "conclusion": "Kept in another browser."}
    keep(elsewhere, ("choices", {"essay": draft.model_copy(update={"slots": slots}).kept()}))
    panel.locator(".cb-keep").click()
    expect(panel.locator(".cb-status")).to_contain_text("changed on disk")
    expect(text).to_have_value(typed)
    panel.locator(".cb-reread").click()
    expect(panel.locator(".cb-status")).to_contain_text("Read again")
    expect(text).to_have_value(typed)
    panel.locator(".cb-keep").click()
    expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = Draft.of(read_agreement(path)).slots
    assert (kept["crucial"], kept["conclusion"]) == (typed, "Kept in another browser.")
    wide = panel.evaluate("panel => panel.scrollWidth - panel.clientWidth")
    assert wide <= 1
