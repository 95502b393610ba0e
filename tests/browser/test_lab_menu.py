"""The course document is one click away in JupyterLab's File menu."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_analysis import lab

pytestmark = pytest.mark.browser

FORMAT = "casebook_pdf"
PDF_SECONDS = 60


def open_start(page: Page, url: str) -> None:
    page.goto(f"{url}/lab/tree/{lab.START}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached")


def entry(page: Page, text: str) -> Locator:
    """An entry of an open menu; those with a submenu have no name that `get_by_role` would find."""
    return page.locator(".lm-Menu-item").filter(has=page.get_by_text(text, exact=True))


@pytest.mark.parametrize(
    ("label", "suffix", "start"), [("PDF", ".pdf", b"%PDF"), ("Word document", ".docx", b"PK")]
)
def test_the_file_menu_gives_the_course_document(
    jupyterlab, page: Page, label: str, suffix: str, start: bytes
) -> None:
    open_start(page, jupyterlab.url)
    page.get_by_role("menuitem", name="File", exact=True).click()
    with page.expect_download(timeout=PDF_SECONDS * 1000) as download:
        entry(page, f"Export as Alliance Casebook {label}").click()
    assert download.value.suggested_filename == lab.START.replace(".ipynb", suffix)
    assert download.value.path().read_bytes().startswith(start)


def test_the_export_submenu_lists_it_too(jupyterlab, page: Page) -> None:
    """JupyterLab takes that submenu's labels from the format's name, with a capital."""
    with page.expect_response("**/api/nbconvert*") as formats:
        open_start(page, jupyterlab.url)
    assert formats.value.status == 200
    assert formats.value.json()[FORMAT] == {"output_mimetype": "application/pdf"}
    page.get_by_role("menuitem", name="File", exact=True).click()
    entry(page, "Save and Export Notebook As").hover()
    expect(entry(page, FORMAT.capitalize())).to_be_visible()


def test_the_documents_address_answers_with_a_pdf(jupyterlab, page: Page) -> None:
    address = f"{jupyterlab.url}/nbconvert/{FORMAT}/{lab.START}?download=true"
    answer = page.context.request.get(
        address, headers={"Referer": jupyterlab.url}, timeout=PDF_SECONDS * 1000
    )
    assert answer.status == 200, answer.text()[-2000:]
    assert answer.headers["content-type"].startswith("application/pdf")
    assert answer.body().startswith(b"%PDF")


def test_all_cells_run_in_this_environments_kernel(jupyterlab, page: Page) -> None:
    open_start(page, jupyterlab.url)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".jp-OutputArea-output", has_text="marker 42")).to_be_visible()


def test_nothing_is_asked_of_the_network(jupyterlab, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_start(page, jupyterlab.url)
    page.wait_for_timeout(2000)
    elsewhere = [url for url in asked if not url.startswith((jupyterlab.url, "data:", "blob:"))]
    assert elsewhere == []
    assert not [url for url in asked if "/lab/api/news" in url or "/lab/api/update" in url]


def test_our_settings_are_known_to_this_jupyterlab(jupyterlab, page: Page) -> None:
    """A setting that JupyterLab renamed would be ignored without a word."""
    settings = json.loads((lab.SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    for plugin, values in settings.items():
        known = page.context.request.get(f"{jupyterlab.url}/lab/api/settings/{plugin}").json()["schema"]
        for name, value in values.items():
            assert known["properties"][name]["default"] == value
            said = known["properties"][name]
            assert said.get("title") or said.get("description"), f"{plugin} has no setting {name}"
