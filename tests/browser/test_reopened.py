"""A page that was saved and is opened without its kernel shows what stands kept, and no broken form."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from alliance_analysis import lab

sys.path.insert(0, str(Path(__file__).parent))
from conftest import Lab, serving, tiny_notebook

pytestmark = pytest.mark.browser

FORM = "from alliance_analysis.widgets.investment import InvestmentPanel\n\nInvestmentPanel()"


@pytest.fixture(scope="module")
def one_form(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    place = tmp_path_factory.mktemp("reopened")
    notebook = tiny_notebook()
    notebook.cells[1].source = FORM
    (place / "shipped").mkdir()
    nbformat.write(notebook, place / "shipped" / lab.START)
    with serving(place, Path(place / "shipped")) as running:
        yield running


def opened(page: Page) -> None:
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached")


def test_a_saved_form_lives_with_its_kernel_and_gives_way_without_it(one_form: Lab, page: Page) -> None:
    page.goto(f"{one_form.url}/lab/tree/{lab.START}?reset")
    opened(page)
    page.wait_for_timeout(10_000)  # Run All before the kernel is ready shows nothing
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".cb-panel")).to_be_visible(timeout=90_000)
    page.keyboard.press("Control+s")
    saved = one_form.folder / lab.START
    for _ in range(60):
        if "widget-view" in saved.read_text(encoding="utf-8"):
            break
        page.wait_for_timeout(250)
    page.reload()
    opened(page)
    expect(page.locator(".cb-panel")).to_be_visible()
    token = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "_xsrf")
    for session in page.context.request.get(f"{one_form.url}/api/sessions").json():
        page.context.request.delete(
            f"{one_form.url}/api/sessions/{session['id']}",
            headers={"X-XSRFToken": token, "Referer": one_form.url},
        )
    for _ in range(2):  # opening the page starts a kernel, which knows no form either
        page.reload()
        opened(page)
        expect(page.get_by_text("The form appears here when you run the page")).to_be_visible()
        expect(page.get_by_text("Error displaying widget")).to_have_count(0)
