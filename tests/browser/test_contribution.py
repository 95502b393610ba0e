"""The contribution panel in JupyterLab: moved by keyboard, assumptions unfolded, the grid run, kept, read at 200 % zoom."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from alliance_analysis import lab
from alliance_analysis.agreement import read_agreement

sys.path.insert(0, str(Path(__file__).parent))
from conftest import Lab, serving

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("contribution")]

CODE = "from alliance_analysis.widgets.contribution import ContributionPanel\n\nContributionPanel()"
PANEL = ".jp-OutputArea .cb-contribution"
HANDLE = f"{PANEL} .cb-volatility .noUi-handle"
PICTURE, MOVED = f"{PANEL} .cb-result img", f"{PANEL} .cb-moved"


@pytest.fixture(scope="module")
def page_with_panel(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with a notebook that holds the panel alone."""
    place = tmp_path_factory.mktemp("contribution")
    (place / "shipped").mkdir()
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CODE, id="panel")], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, place / "shipped" / lab.START)
    with serving(place, place / "shipped") as running:
        yield running


def start(page: Page, url: str) -> None:
    page.goto(f"{url}/lab/tree/{lab.START}?reset")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(HANDLE).wait_for(state="attached", timeout=90_000)


def moves(page: Page) -> None:
    """One press of a key: sentence, picture and its alternative text follow."""
    before = page.locator(PICTURE).get_attribute("src") or ""
    alt = page.locator(PICTURE).get_attribute("alt") or ""
    page.locator(HANDLE).focus()
    page.keyboard.press("ArrowRight")
    value = float(page.locator(HANDLE).get_attribute("aria-valuenow") or "nan")
    expect(page.locator(MOVED)).to_contain_text(f"to {value:g}. Shares in")
    expect(page.locator(PICTURE)).not_to_have_attribute("src", before)
    expect(page.locator(PICTURE)).not_to_have_attribute("alt", alt)


def test_keys_assumptions_grid_and_keep(page_with_panel: Lab, page: Page) -> None:
    start(page, page_with_panel.url)
    moves(page)
    page.get_by_role("button", name="Assumptions").focus()
    page.keyboard.press("Enter")
    number = page.locator(PANEL).get_by_label(re.compile("Share of new issues that a clear foundation"))
    number.fill("0.6")
    number.press("Tab")
    expect(page.locator(MOVED)).to_contain_text("0.4 to 0.6")
    page.get_by_role("button", name="Which accord wins where?").click()
    expect(page.locator(f"{PANEL} figure.cb-exhibit img")).to_have_attribute(
        "alt", re.compile("243 environments"), timeout=60_000
    )
    page.locator(f"{PANEL} .cb-keep").click()
    expect(page.locator(f"{PANEL} .cb-status")).to_contain_text("Kept in agreement.yaml")
    kept = read_agreement(Path(page_with_panel.folder) / "agreement.yaml").agreement.choices[
        "accord_contribution"
    ]
    assert kept["assumptions"] == {"clarity": 0.6} and kept["environment"]["volatility"] == 0.6


@pytest.mark.parametrize("size", [(1280, 900), (640, 450)], ids=["1280 pixels", "1280 pixels at 200 %"])
def test_nothing_is_cut(page_with_panel: Lab, page: Page, size: tuple[int, int]) -> None:
    start(page, page_with_panel.url)
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.get_by_role("button", name="Assumptions").click()
    page.wait_for_timeout(700)
    cut = page.locator(PANEL).evaluate(
        """panel => {
          const edge = panel.getBoundingClientRect().right + 1;
          const over = e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2;
          return [...panel.querySelectorAll('.widget-label, button, input, select')]
            .filter(e => e.offsetParent !== null)
            .filter(e => (e.matches('.widget-label, button') && over(e)) || e.getBoundingClientRect().right > edge)
            .map(e => e.textContent || e.className);
        }"""
    )
    assert cut == []
    moves(page)
