"""One student, one afternoon: from the first card to the exported paper, with a reload in the middle.

The tests build on one another: they run in this order on one working copy.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from alliance_analysis import cli
from alliance_analysis.agreement import keep, read_agreement
from alliance_analysis.drafting.examples import kept_card

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("afternoon")]

CARD = {
    "Why": {
        "operational-goal": "Hiring managers interview within ten days",
        "strategic-goal": "Skilled jobs are filled before the new line starts",
        "rationale": "A late shortlist is the first visible cause of a late hire",
    },
    "How": {
        "data-source": "Applicant tracking system",
        "source-confirmed-by": "Owner of the applicant data",
        "measurement-method": "Shortlists accepted within ten working days, divided by all approved in the month",
        "transparency-rule": "Both sides see each line; names of candidates stay with the customer",
    },
    "How much": {"target": "94", "watch": "92", "breach": "88", "at-risk": "8"},
}


def start(page: Page, url: str, notebook: str) -> None:
    """Open a notebook and run all of it."""
    page.goto(f"{url}/lab/tree/{notebook}?reset")
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    run_all(page)


def run_all(page: Page) -> None:
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.locator(".cb-panel").first.wait_for(state="attached", timeout=60_000)
    page.wait_for_selector(
        '.jp-Notebook-ExecutionIndicator[data-status="idle"]', state="attached", timeout=60_000
    )


def box(page: Page, name: str) -> Locator:
    return page.locator(f".cb-{name} :is(input, textarea, select)").first


def kept(page: Page) -> None:
    page.locator(".cb-keep").first.click()
    expect(page.locator(".cb-status").first).to_contain_text("Kept in agreement.yaml")


def test_a_card_is_filled_and_kept(workbook, page: Page) -> None:
    start(page, workbook.url, "02_kpi_design.ipynb")
    lacks = page.locator(".cb-lacks")
    expect(lacks).to_contain_text("bar a signature")
    box(page, "perspective").select_option(label="process")
    box(page, "indicator").select_option(label="leading")
    for tab, fields in CARD.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        for name, text in fields.items():
            box(page, name).fill(text)
            box(page, name).press("Tab")
    for side, role in (("customer", "hr_process_owner"), ("provider", "vendor_delivery_lead")):
        owner = page.locator("[class*='cb-owner'] input").nth(0 if side == "customer" else 1)
        owner.fill(role)
        owner.press("Tab")
    expect(lacks).to_contain_text("Nothing bars a signature")
    kept(page)
    card = next(
        k for k in read_agreement(workbook.folder / "agreement.yaml").agreement.kpis if k.target == 0.94
    )
    assert card.missing() == ()
    assert card.at_risk == 0.08


def test_after_a_reload_the_form_shows_what_was_kept(workbook, page: Page) -> None:
    start(page, workbook.url, "02_kpi_design.ipynb")
    page.reload()
    page.wait_for_selector(".jp-NotebookPanel-notebook .jp-Cell")
    run_all(page)
    page.get_by_role("tab", name="How much", exact=True).click()
    expect(box(page, "target")).to_have_value(re.compile("^94"))
    expect(page.locator(".cb-lacks")).to_contain_text("Nothing bars a signature")


def test_two_pages_never_overwrite_each_other(workbook, page: Page) -> None:
    path = workbook.folder / "agreement.yaml"
    start(page, workbook.url, "02_kpi_design.ipynb")
    opened = read_agreement(path)
    card = kept_card(opened.agreement)
    keep(opened, ("kpis", card.model_copy(update={"target": 0.91})))
    before = path.read_bytes()
    page.locator(".cb-keep").first.click()
    expect(page.locator(".cb-status").first).to_contain_text(f"'kpis.{card.id}' changed on disk")
    assert path.read_bytes() == before
    keep(read_agreement(path), ("kpis", card))


def test_two_panels_of_one_page_are_kept_one_after_the_other(workbook, page: Page) -> None:
    start(page, workbook.url, "00_start_here.ipynb")
    panels = page.locator(".cb-panel").filter(has=page.locator(".cb-keep"))
    assert panels.count() >= 2
    page.locator(".cb-question-1 input").first.check()
    for panel in panels.all():
        panel.locator(".cb-keep").click()
        expect(panel.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")


def test_the_kpi_is_negotiated_with_the_keyboard_and_the_terms_are_kept(workbook, page: Page) -> None:
    """From the first question and the first offer to the debrief and Keep, without the mouse."""
    start(page, workbook.url, "03_kpi_negotiation.ipynb")
    table = page.locator(".cb-panel").filter(has=page.locator(".cb-button-start"))

    def press(name: str) -> None:
        table.locator(f".cb-{name}").focus()
        page.keyboard.press("Enter")

    press("button-start")
    expect(table.locator(".cb-button-offer")).to_be_enabled()
    press("button-ask")
    expect(table.locator(".cb-heard li")).to_have_count(1)
    worth = table.locator(".cb-worth strong")
    before = worth.inner_text()
    table.locator(".cb-offer-target .noUi-handle").focus()
    page.keyboard.press("ArrowRight")
    expect(worth).not_to_have_text(before)
    press("button-offer")
    expect(table.locator(".cb-transcript")).to_contain_text("They offer")
    assert "Their utility" not in table.locator(".cb-transcript").inner_text()
    press("button-accept")
    expect(table.locator(".cb-debrief img")).to_be_visible()
    assert len(table.locator(".cb-debrief img").get_attribute("alt") or "") > 40
    expect(table.locator(".cb-plain")).to_contain_text("You ")
    expect(table.locator(".cb-terms")).to_contain_text("Never asked about")
    expect(table.locator(".cb-barriers")).to_contain_text("Remedy")
    press("keep")
    expect(table.locator(".cb-status")).to_contain_text("Kept in agreement.yaml")
    agreement = read_agreement(workbook.folder / "agreement.yaml").agreement
    agreed = agreement.choices["kpi_negotiation"]["agreed"]
    card = next(k for k in agreement.kpis if k.id == agreement.choices["kpi_negotiation"]["setup"]["card"])
    assert {name: getattr(card, name) for name in agreed} == agreed and len(agreed) == 6
    spoken = table.locator(".cb-transcript").inner_text()
    start(page, workbook.url, "03_kpi_negotiation.ipynb")
    expect(table.locator(".cb-transcript")).to_contain_text("accept")
    assert table.locator(".cb-transcript").inner_text() == spoken


def test_the_panels_fit_a_page_of_1000_pixels(workbook, page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 900})
    for notebook in ("02_kpi_design.ipynb", "03_kpi_negotiation.ipynb", "assignment/essay.ipynb"):
        start(page, workbook.url, notebook)
        wide = page.locator(".cb-panel").evaluate_all("all => all.map(p => p.scrollWidth - p.clientWidth)")
        assert max(wide) <= 1, notebook


def test_the_focus_is_visible(workbook, page: Page) -> None:
    start(page, workbook.url, "02_kpi_design.ipynb")
    page.wait_for_timeout(1000)  # JupyterLab moves the focus to the last cell that ran
    box(page, "name").click()
    page.keyboard.press("Tab")
    name, inside, outline = page.evaluate(
        "() => { const a = document.activeElement; return [a.outerHTML.slice(0, 80),"
        " !!a.closest('.cb-panel'), getComputedStyle(a).outlineStyle] }"
    )
    assert inside, name
    assert outline == "solid", name


ANSWERS = {
    "introduction": "Two firms can mean well and still disagree about what they promised [@frydlinger2019new].",
    "crucial": "A number that both sides trust moves the quarrel to the time before the signature, when it is "
    "cheap [@kaplan2010managing].",
    "barriers": "The table met too late, and each office guarded its own risk [@block2006building].",
    "conclusion": "What is measured must be agreed first [@huang2009rescuing].",
}


def test_the_paper_is_written_checked_and_exported(
    workbook, page: Page, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(page, workbook.url, "assignment/essay.ipynb")
    for slot, text in ANSWERS.items():
        page.locator(f".cb-open-{slot}").click()
        place = box(page, f"text-{slot}")
        place.fill(text)
    kept(page)
    page.wait_for_timeout(500)
    run_all(page)
    page.keyboard.press("Control+s")
    page.get_by_role("menuitem", name="File", exact=True).click()
    item = page.locator(".lm-Menu-item").filter(
        has=page.get_by_text("Export as Alliance Casebook PDF", exact=True)
    )
    with page.expect_download(timeout=60_000) as download:
        item.click()
    pdf = pypdf.PdfReader(io.BytesIO(Path(download.value.path()).read_bytes()))
    text = "\n".join(p.extract_text() for p in pdf.pages)
    for answer in ANSWERS.values():
        assert answer.split(" [@")[0][:40] in " ".join(text.split())
    assert "References" in text
    monkeypatch.setenv("CASEBOOK_AGREEMENT", str(workbook.folder / "agreement.yaml"))
    monkeypatch.setattr(
        "sys.argv", ["casebook", "check", str(workbook.folder / "assignment" / "essay.ipynb")]
    )
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 1  # four sentences are too few words, and the list says so
    assert "words" in capsys.readouterr().out
