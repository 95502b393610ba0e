"""Texts marked in nbgrader's formgrader, in a real browser, reach the sheet, the grades and the feedback."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from alliance_analysis.grading.answers import grade_id
from alliance_analysis.grading.collect import collect
from alliance_analysis.grading.course import Course, open_course
from alliance_analysis.grading.feedback import feedback
from alliance_analysis.grading.grade import grade
from alliance_analysis.grading.gradebook import table
from alliance_analysis.grading.marks_sheet import write_sheet
from alliance_analysis.grading.questions import variant
from alliance_analysis.grading.release import lay, release
from tests.browser.conftest import free_port, shut_down, wait_for

pytest.importorskip("nbgrader")
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """One student's work, graded, its two texts waiting."""
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "roster.csv").write_text("id,platform\ns-01,1201\n", encoding="utf-8")
    lay(folder)
    course = open_course(folder)
    (path,) = release(course)
    notebook = nbformat.read(path, as_version=4)
    right = {name: question.right for name, question in variant(course.seed("s-01")).items()}
    for cell in notebook.cells:
        name = grade_id(cell)
        if name in right:
            cell.source = cell.source.replace("...", str(right[name]))
        elif name in ("essay-threshold", "essay-alignment"):
            cell.source += "\n\nMy claim, with my own number."
    with zipfile.ZipFile(folder / "in.zip", "w") as archive:
        archive.writestr("one_1201_77_measures.ipynb", nbformat.writes(notebook))
    collect(course, folder / "in.zip")
    grade(course)
    return course


@pytest.fixture
def formgrader(course: Course, tmp_path: Path) -> Iterator[str]:
    """JupyterLab started in the course's folder, as the page on grading says."""
    port = free_port()
    options = [
        f"--port={port}",
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.allow_root=True",
        "--IdentityProvider.token=",
    ]
    private = {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", *options],
            cwd=course.folder, env={**os.environ, **private}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}", server, tmp_path / "server.log")
            yield f"http://127.0.0.1:{port}/formgrader"
        finally:
            shut_down(server)


def test_marks_given_in_the_formgrader_count(
    course: Course, formgrader: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{formgrader}/gradebook/measures/measures")
    page.get_by_role("link", name="Submission #1").click()
    expect(page.get_by_text("My claim, with my own number.").first).to_be_visible()
    for fields in (
        "input.extra-credit",
        "textarea.comment",
    ):  # the page's script has them in hand: it fills in hints
        expect(page.locator(fields).last).to_have_attribute("placeholder", re.compile("."), timeout=30_000)
    for name, points in (("essay-threshold", "4"), ("essay-alignment", "2.5")):
        box = page.locator(f"input#{name}")
        box.fill(points)
        with page.expect_response(lambda r: "/api/grade/" in r.url and r.request.method == "PUT"):
            box.press("Tab")
    for at, said in (
        (0, "Well computed."),
        (-1, "The limit is *missing*."),
    ):  # of the first answer, of the last text
        comment = page.locator("textarea.comment").nth(at)
        comment.fill(said)
        with page.expect_response(lambda r: "/api/comment/" in r.url and r.request.method == "PUT"):
            comment.press("Tab")

    write_sheet(course, tmp_path / "marks.xlsx")
    header, *rows = load_workbook(tmp_path / "marks.xlsx").active.iter_rows(values_only=True)
    earned = {row[header.index("slot")]: row[header.index("earned")] for row in rows}
    assert earned == {"essay-threshold": 4, "essay-alignment": 2.5}
    table(course, tmp_path / "grades.csv")
    (row,) = csv.DictReader((tmp_path / "grades.csv").open(encoding="utf-8-sig"))
    assert (row["state"], row["total"]) == ("graded", "16.5")
    (returned,) = feedback(course)
    text = next(path for path in returned.files if path.suffix == ".html").read_text(encoding="utf-8")
    for said in ("16.5 of 20 points", "Well computed.", "The limit is *missing*."):
        assert said in " ".join(re.sub("<[^>]+>", "", text).split()), said
    grade(course)
    table(course, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "grades.csv").read_bytes(), "marks stay"
