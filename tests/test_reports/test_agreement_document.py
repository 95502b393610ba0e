"""The agreement as a document: dated, versioned, the same bytes, and everything that is agreed stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from alliance_analysis.agreement import ELEMENTS, example_path, read_agreement
from alliance_analysis.cli import app
from alliance_analysis.errors import BadInput
from alliance_analysis.figures.agreement import section_table
from alliance_analysis.records import as_plain
from alliance_analysis.reports.agreement_document import document, write

OPENED = read_agreement(example_path())


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(OPENED, tmp_path_factory.mktemp("pdf") / "agreement.pdf", "2026-02-02", "1.0")


def test_the_document_is_dated_versioned_and_holds_what_is_agreed(pdf: Path) -> None:
    reader = PdfReader(pdf)
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert "version 1.0" in text and "February 2, 2026" in text
    assert OPENED.digest and OPENED.digest[:16] in text
    for info in ELEMENTS.values():
        assert info.title in text
    for words in (
        "Joint steering committee",
        "Stopped if time to fill worsens",
        "Signatures",
        "Contradictions Inside",
    ):
        assert words in text
    assert "hr_process_owner" not in text  # roles are printed by their title
    assert "{" not in text and "20%" in text  # no value as the program sees it, rates in percent
    assert reader.trailer["/Root"].get("/MarkInfo", {}).get("/Marked")


def test_the_same_file_date_and_version_give_the_same_bytes(pdf: Path, tmp_path: Path) -> None:
    again = write(OPENED, tmp_path / "again.pdf", "2026-02-02", "1.0")
    assert again.read_bytes() == pdf.read_bytes()
    other = write(OPENED, tmp_path / "other.pdf", "2026-02-03", "1.0")
    assert other.read_bytes() != pdf.read_bytes()


@pytest.mark.parametrize(
    ("date", "version", "field"), [("2026-13-01", "1.0", "date"), ("2026-01-01", " ", "version")]
)
def test_a_date_that_is_none_and_an_empty_version_are_refused(date: str, version: str, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        document(OPENED, date, version)
    assert caught.value.faults[0].field == field


def test_without_date_and_version_it_is_an_undated_draft(tmp_path: Path) -> None:
    out = tmp_path / "agreement.html"
    run = CliRunner().invoke(app, ["agreement", "print", str(example_path()), "-o", str(out)])
    assert run.exit_code == 0, run.output
    text = out.read_text(encoding="utf-8")
    assert "Agreement, draft" in text and "version draft" not in text and "January 1, 2000" not in text


def test_each_field_of_a_record_stands_on_its_own_line() -> None:
    table = section_table(OPENED.agreement, as_plain(OPENED.agreement.investment), "money", "Money")
    assert table is not None and table.table is not None
    lines = str(table.table["What is agreed"][0]).split("<br>")
    assert lines[0] == "Forecast of vacancies and candidates by plant" and "Amount: 120" in lines
    (first, *_) = as_plain(OPENED.agreement.investment)["commitments"]
    assert sum(line.startswith("Tranches: ") for line in lines) == len(first["tranches"]) > 1
    assert not any(line.startswith("label:") for line in lines)


def test_the_command_compares_two_versions(tmp_path: Path) -> None:
    later = tmp_path / "later.yaml"
    text = example_path().read_text(encoding="utf-8")
    later.write_text(text.replace("  notice_months: 6", "  notice_months: 9"), encoding="utf-8")
    run = CliRunner().invoke(app, ["agreement", "diff", str(example_path()), str(later)])
    assert run.exit_code == 0
    assert "exit.notice_months" in run.output and "changed" in run.output and "9" in run.output
    same = CliRunner().invoke(app, ["agreement", "diff", str(later), str(later)])
    assert "agree on the same" in same.output


def test_the_command_prints_html(tmp_path: Path) -> None:
    out = tmp_path / "agreement.html"
    args = [
        "agreement",
        "print",
        str(example_path()),
        "--date",
        "2026-02-02",
        "--version",
        "2",
        "-o",
        str(out),
    ]
    run = CliRunner().invoke(app, args)
    assert run.exit_code == 0, run.output
    assert "version 2" in out.read_text(encoding="utf-8")
