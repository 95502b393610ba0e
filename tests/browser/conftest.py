"""JupyterLab on a student's working copy, and Debian's Chromium in front of it.

Without Chromium these tests are skipped; CASEBOOK_BROWSER=required lets them fail instead.
CASEBOOK_CHROMIUM names a Chromium that is not on PATH.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from alliance_analysis import lab

START_SECONDS = 90.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address and the working copy it serves."""

    url: str
    folder: Path


@pytest.fixture(scope="session")
def chromium() -> str:
    path = os.environ.get("CASEBOOK_CHROMIUM") or shutil.which("chromium")
    if path is None:
        message = "no Chromium: install it, or name it in CASEBOOK_CHROMIUM"
        if os.environ.get("CASEBOOK_BROWSER") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser profile of its own, as JupyterLab remembers open notebooks."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def jupyterlab(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with one tiny notebook."""
    place = tmp_path_factory.mktemp("lab")
    shipped = place / "shipped"
    shipped.mkdir()
    nbformat.write(tiny_notebook(), shipped / lab.START)
    with serving(place, shipped) as running:
        yield running


@pytest.fixture(scope="module")
def workbook(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab with the workbook's own notebooks."""
    with serving(tmp_path_factory.mktemp("workbook")) as running:
        yield running


@pytest.fixture(scope="session")
def start() -> Callable[[Page, str, str, str], None]:
    """Opens a notebook, runs all of it, and scrolls to the first of what its panel shows."""

    def started(page: Page, url: str, notebook: str, ready: str) -> None:
        page.set_viewport_size({"width": 1280, "height": 900})  # a narrow toolbar hides that a run has ended
        page.goto(f"{url}/lab/tree/{notebook}?reset")
        page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.locator(ready).first.wait_for(state="attached", timeout=120_000)
        page.wait_for_selector(
            '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=120_000
        )
        page.locator(ready).first.scroll_into_view_if_needed()

    return started


@pytest.fixture(scope="session")
def lost() -> Callable[[Page], None]:
    """Lets every kernel go, as when the computer sleeps for a night."""

    def gone(page: Page) -> None:
        page.evaluate(
            """async () => {
              const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
              for (const s of await (await fetch('/api/sessions')).json())
                await fetch('/api/sessions/' + s.id, {method: 'DELETE', headers: {'X-XSRFToken': token}});
            }"""
        )

    return gone


@contextlib.contextmanager
def serving(place: Path, source: Path | None = None) -> Iterator[Lab]:
    """JupyterLab as `casebook lab` starts it, but without a token and on a free port."""
    folder = lab.prepare(place / "working copy", source=source).folder
    port = free_port()
    private = {f"JUPYTER_{kind}_DIR": str(place / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")} | {
        "JUPYTERLAB_SETTINGS_DIR": str(place / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(place / "spaces"),
    }
    command = [
        *lab.lab_command(folder, browser=False),
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_root=True",
        "--IdentityProvider.token=",
    ]
    with (place / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **private, "CASEBOOK_AGREEMENT": str(folder / lab.AGREEMENT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(url, server, place / "server.log")
            yield Lab(url, folder)
        finally:
            shut_down(server)


def tiny_notebook() -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(
        metadata={
            "title": "A tiny notebook",
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    notebook.cells = [
        nbformat.v4.new_markdown_cell("# A tiny notebook\n\nTwo firms share a goal.", id="text"),
        nbformat.v4.new_code_cell("print('marker', 6 * 7)", id="code"),
    ]
    return notebook


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with (
            contextlib.suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"{url}/api/status", timeout=5),
        ):
            return
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')[-3000:]}")


def shut_down(server: subprocess.Popen[bytes]) -> None:
    """Let the server stop together with its kernels; insist if it does not."""
    for stop in (server.terminate, server.kill):
        stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=20)
            return
    server.wait(timeout=20)
