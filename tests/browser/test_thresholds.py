"""The threshold panel in JupyterLab and in Voila: moved by keyboard and mouse, given files, and read at 200 % zoom."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from alliance_analysis import content
from alliance_analysis.agreement import read_agreement

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("thresholds")]

NOTEBOOK = "06_thresholds_and_escalation.ipynb"
HANDLE, PICTURE, MOVED = ".cb-threshold .noUi-handle", ".cb-result img", ".cb-result .cb-moved"
BAD = "month;value\n2025-01;0,95\n2025-02;0.96\n2025-02;soon\n"
GOOD = "month,value\n" + "\n".join(f"2025-{m:02},{90 + m % 3} %" for m in range(1, 13))
START_SECONDS = 120.0


def start(page: Page, url: str) -> None:
    page.goto(f"{url}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(HANDLE).wait_for(state="attached", timeout=90_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=90_000
    )
    page.locator(HANDLE).scroll_into_view_if_needed()


def shown(page: Page) -> tuple[str, str, str]:
    """What the panel shows: picture, its alternative text, the sentence."""
    picture = page.locator(PICTURE)
    return (
        picture.get_attribute("src") or "",
        picture.get_attribute("alt") or "",
        page.locator(MOVED).inner_text(),
    )


def follows(page: Page) -> None:
    """Wait until picture, sentence and number all tell of the same threshold: that of the slider."""
    value = f"{float(page.locator(HANDLE).get_attribute('aria-valuenow') or 'nan'):g}%"
    expect(page.locator(PICTURE)).to_have_attribute(
        "alt", re.compile(f"Threshold {re.escape(value)}, breached")
    )
    expect(page.locator(MOVED)).to_contain_text(f"to {value}")
    expect(page.locator(".cb-typed input")).to_have_value(value.rstrip("%"))


def moves_by_key_and_mouse(page: Page) -> None:
    handle = page.locator(HANDLE)
    before = shown(page)
    handle.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(PICTURE)).not_to_have_attribute("src", before[0])
    follows(page)
    assert all(now != then for now, then in zip(shown(page), before, strict=True))
    place = handle.bounding_box()
    assert place
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(30):  # faster than pictures can be drawn: the last value counts
        page.mouse.move(x - 3 * step, y)
    page.mouse.up()
    expect(page.locator(HANDLE)).not_to_have_attribute("aria-valuenow", before[0])
    page.wait_for_timeout(500)
    follows(page)


def give(page: Page, name: str, text: str) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator("button.cb-upload").click()
    chooser.value.set_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})


def cut(page: Page) -> list[str]:
    """Labels of the panel that are cut, or stand beyond its right edge."""
    found: list[str] = page.evaluate(
        """() => {
          const panel = document.querySelector('.cb-panel'), edge = panel.getBoundingClientRect().right + 1;
          const parts = [...panel.querySelectorAll('.widget-label, button, input, select')];
          const over = e => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2;
          return parts.filter(e => e.offsetParent !== null).filter(e =>
            (e.matches('.widget-label, button') && over(e)) || e.getBoundingClientRect().right > edge
          ).map(e => e.textContent || e.className);
        }"""
    )
    return found


def test_slider_and_files_in_jupyterlab(workbook, page: Page) -> None:
    start(page, workbook.url)
    moves_by_key_and_mouse(page)

    page.locator(".cb-source select").select_option(label="My own file (CSV)")
    give(page, "bad.csv", BAD)
    told = page.locator(".cb-file-told")
    expect(told).to_contain_text("cannot be used")
    expect(told.locator("li")).to_have_count(3)
    give(page, "huge.csv", "month,value\n" + "2026-01,0.9\n" * 1_000_000)
    expect(told).to_contain_text("1,000,000 rows", timeout=30_000)
    give(page, "good.csv", GOOD)
    expect(told).to_contain_text("12 values")
    expect(page.locator(PICTURE)).to_have_attribute("alt", re.compile("good"))
    moves_by_key_and_mouse(page)


def test_keep_and_tomorrow(workbook, page: Page, lost: Callable[[Page], None]) -> None:
    start(page, workbook.url)
    lost(page)  # what another test set and did not keep
    start(page, workbook.url)
    page.locator(".cb-typed input").fill("76.5")
    page.locator(".cb-typed input").press("Tab")
    expect(page.locator(HANDLE)).to_have_attribute("aria-valuenow", re.compile(r"^76\.5"))
    follows(page)
    page.locator(".cb-keep").first.click()
    expect(page.locator(".cb-status").first).to_contain_text("Kept in agreement.yaml and on the card")
    kept = read_agreement(workbook.folder / "agreement.yaml").agreement
    assert kept.choices["thresholds"]["threshold"] == 0.765
    assert any(card.thresholds and card.thresholds.breach == 0.765 for card in kept.kpis)
    start(page, workbook.url)
    expect(page.locator(".cb-typed input")).to_have_value("76.5")


@pytest.mark.parametrize("size", [(1000, 900), (640, 450)], ids=["1000 pixels", "1280 pixels at 200 %"])
def test_nothing_is_cut(workbook, page: Page, size: tuple[int, int]) -> None:
    start(page, workbook.url)
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.wait_for_timeout(700)
    assert cut(page) == []
    assert page.locator(".cb-panel").first.evaluate("panel => panel.scrollWidth - panel.clientWidth") <= 1
    page.locator(HANDLE).scroll_into_view_if_needed()
    moves_by_key_and_mouse(page)


@contextlib.contextmanager
def voila(folder: Path, port: int) -> Iterator[str]:
    """Voila on the notebook as shipped."""
    command = [sys.executable, "-m", "voila", str(content.folder("notebooks") / NOTEBOOK), "--no-browser",
               f"--port={port}", "--Voila.ip=127.0.0.1"]  # fmt: skip
    with (folder / "voila.log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=folder, env={**os.environ, "CASEBOOK_AGREEMENT": str(folder / "agreement.yaml")},
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + START_SECONDS
            while time.monotonic() < deadline and server.poll() is None:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                    break
                time.sleep(0.3)
            assert server.poll() is None, (folder / "voila.log").read_text(errors="replace")[-2000:]
            yield url
        finally:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(timeout=20)
            server.kill()


def test_the_slider_works_in_voila(chromium: str, page: Page, tmp_path: Path) -> None:
    pytest.importorskip("voila")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with voila(tmp_path, port) as url:
        page.goto(url, timeout=120_000)
        page.locator(PICTURE).wait_for(timeout=120_000)
        page.locator(HANDLE).scroll_into_view_if_needed()
        moves_by_key_and_mouse(page)
        assert cut(page) == []
