"""A student types answers into the graded copy as on paper, and hears at once how each is read."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from alliance_analysis import lab
from alliance_analysis.grading.answers import FORMS, MARK, readings
from alliance_analysis.grading.course import shipped
from tests.browser.conftest import serving, tiny_notebook

pytestmark = pytest.mark.browser

TYPED = {
    "lower_limit": ("12,5 %", "✓ read as 0.125, that is 12.5 %"),
    "credit": ("about $12,500", "✗ 'about $12,500' cannot be read: write an amount such as 12500"),
    "dominated": ("b", "✓ read as B"),
}


def test_answers_are_typed_as_on_paper(chromium: str, page: Page, tmp_path: Path) -> None:
    source = tmp_path / "shipped"
    source.mkdir()
    nbformat.write(tiny_notebook(), source / lab.START)
    copy = nbformat.read(shipped() / "measures.ipynb", as_version=4)
    copy.metadata[MARK] = "a student's copy"
    nbformat.write(copy, source / "measures.ipynb")
    with serving(tmp_path, source) as running:
        page.goto(f"{running.url}/doc/tree/measures.ipynb")
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        expect(page.get_by_text("no answer yet").first).to_be_attached(timeout=90_000)
        for variable, (typed, said) in TYPED.items():
            line = page.locator(".jp-CodeCell .cm-line", has_text=f"{variable} = ...")
            line.scroll_into_view_if_needed()
            line.click()
            page.keyboard.press("End")
            for _ in range(3):
                page.keyboard.press("Backspace")
            page.keyboard.type(typed)
            page.keyboard.press("Shift+Enter")
            expect(page.get_by_role("status").get_by_text(said, exact=True)).to_be_visible()
        page.keyboard.press("Control+s")
        saved = running.folder / "measures.ipynb"
        for _ in range(100):  # until the file is written
            if readings(nbformat.read(saved, as_version=4), FORMS)["dominated"].value == "B":
                break
            page.wait_for_timeout(100)
    found = {
        name: (one.state, one.value)
        for name, one in readings(nbformat.read(saved, as_version=4), FORMS).items()
    }
    assert found == {
        "limits": ("read", 0.125), "credit": ("unreadable", None), "dominated": ("read", "B"),
        "growth": ("empty", None), "alignment": ("empty", None),
    }  # fmt: skip
