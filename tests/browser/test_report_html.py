"""The HTML report is one file that opens without a network, and reads well narrow, wide and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from alliance_analysis.reports.run import write_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report("timex", {}, tmp_path_factory.mktemp("report"), ["html"])[0]


@pytest.fixture(params=[("light", 1000), ("dark", 1000), ("light", 420)], ids=lambda p: f"{p[0]}-{p[1]}")
def opened(
    report: Path, browser: Browser, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, list[str]]]:
    theme, width = request.param
    context = browser.new_context(offline=True, color_scheme=theme, viewport={"width": width, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(report.as_uri())
    yield page, asked
    context.close()


def test_it_asks_for_nothing_and_shows_every_picture(opened: tuple[Page, list[str]]) -> None:
    page, asked = opened
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    pictures = page.locator("img")
    assert pictures.count() >= 4
    for index in range(pictures.count()):
        picture = pictures.nth(index)
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 0
        assert len(picture.get_attribute("alt") or "") > 25
    assert page.title() == "Timex in India: Two Partners, Two Endings"


def test_the_page_does_not_scroll_sideways(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")


def test_the_text_stands_out_from_its_ground(opened: tuple[Page, list[str]]) -> None:
    """Contrast of body text by the WCAG formula, at least 7 to 1."""
    page, _ = opened
    ink, ground = page.evaluate(
        "() => [getComputedStyle(document.querySelector('h2 + p')).color,"
        " getComputedStyle(document.documentElement).backgroundColor].map(c => c.match(/[\\d.]+/g).map(Number))"
    )
    assert len(ground) == 3, "the page names its own ground"
    light, dark = sorted((luminance(ink[:3]), luminance(ground[:3])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 7


def luminance(colour: list[float]) -> float:
    parts = [c / 255 for c in colour]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
