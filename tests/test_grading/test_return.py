"""Marks come back with checks, grades reach the platform's table, and no cell can act as a formula."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from alliance_analysis.cli import grading as commands
from alliance_analysis.errors import BadInput
from alliance_analysis.grading import marks, marks_sheet
from alliance_analysis.grading.answers import grade_id
from alliance_analysis.grading.collect import Intake, collect
from alliance_analysis.grading.course import Course, Student
from alliance_analysis.grading.feedback import feedback, page
from alliance_analysis.grading.grade import grade
from alliance_analysis.grading.gradebook import fill, harmless, table
from alliance_analysis.grading.marks import enter, read_marks, waiting
from alliance_analysis.grading.marks_sheet import COLUMNS, OPEN, as_shown, write_sheet
from alliance_analysis.grading.questions import variant
from alliance_analysis.grading.release import read_source, release

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

TEXT = "=SUM(A1) *my* claim [@nobody2020] at 100 % and $5.\n\n# No heading\n\n- no list 🙂"


@pytest.fixture(scope="module")
def graded(class_of_14: Course) -> Course:
    """Return a course in which s-01 did everything, s-02 handed in an untouched copy late, and s-03 a broken file."""
    pytest.importorskip("nbgrader")
    course = class_of_14
    release(course)
    notebook = nbformat.read(course.folder / "release" / "s-01" / "measures.ipynb", as_version=4)
    right = {name: q.right for name, q in variant(course.seed("s-01")).items()}
    for cell in notebook.cells:
        name = grade_id(cell)
        if name in right:
            cell.source = f"{cell.source.split('=')[0]}= {right[name]!r}"
        elif name in ("essay-threshold", "essay-alignment"):
            cell.source = TEXT
    untouched = (course.folder / "release" / "s-02" / "measures.ipynb").read_bytes()
    with zipfile.ZipFile(course.folder / "in.zip", "w") as archive:
        for name, raw, day in (
            ("one_1201_77_measures.ipynb", nbformat.writes(notebook).encode(), 2),
            ("Student Two_1202_assignsubmission_file/measures.ipynb", untouched, 8),
            ("three_1203_79_measures.ipynb", b"{", 2),
        ):
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, day, 12, 0, 0)), raw)
    told = {"s-02": datetime(2026, 3, 8, 12, tzinfo=UTC)}
    collect(course, course.folder / "in.zip", told)
    grade(course)
    return course


def marked(course: Course, path: Path, *rows: dict[str, str]) -> Path:
    write_sheet(course, path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for name, value in row.items():
            sheet.cell(number, list(COLUMNS).index(name) + 1).value = value
    book.save(path)
    return path


def test_a_text_that_looks_like_a_formula_stays_a_text(graded: Course, tmp_path: Path) -> None:
    assert write_sheet(graded, tmp_path / "m.xlsx", anonymous=True) == 4
    sheet, guide = load_workbook(tmp_path / "m.xlsx").worksheets
    rows = list(sheet.iter_rows(min_row=2))
    assert {row[0].value for row in rows} == {graded.code("s-01"), graded.code("s-02")}
    at = {name: column for column, name in enumerate(COLUMNS)}
    texts = [row[at["text"]] for row in rows if row[at["text"]].value]
    assert [cell.value for cell in texts] == [TEXT, TEXT]
    assert {cell.data_type for cell in texts} == {"s"}
    numbers = {row[at["numbers"]].value for row in rows}
    assert numbers == {
        "\n".join(f"{name}: {question.shown}" for name, question in variant(graded.seed(s)).items())
        for s in ("s-01", "s-02")
    }
    locked = {name: rows[0][column].protection.locked for name, column in at.items()}
    assert sheet.protection.sheet and [name for name, shut in locked.items() if not shut] == list(OPEN)
    choices = {str(choice.sqref): choice.formula1 for choice in sheet.data_validations.dataValidation}
    first, last = re.findall(r"\d+", choices["G2:G5 K2:K5"])
    levels = [guide.cell(row, 1).value for row in range(int(first), int(last) + 1)]
    assert levels == [level.level for level in graded.rubric.levels]
    said = [cell.value for (cell,) in guide.iter_rows(min_col=3, max_col=3) if cell.value]
    assert len([line for line in said if line.startswith("Evidence: ")]) == 1, "of one of the two texts"
    assert len([line for line in said if line.startswith("Claim: ")]) == 2
    everything = " ".join(str(cell.value) for row in rows for cell in row)
    assert "s-01" not in everything and "s-02" not in everything


WRONG: list[tuple[dict[str, str], str]] = [
    ({"level": "goood", "grader": "ab"}, "did you mean 'good'"),
    ({"level": "good"}, "nobody gave it"),
    ({"level": "good", "grader": "ab", "comments": "limits"}, "did you mean 'limit'"),
    ({"who": "s-99"}, "nobody whose work was graded"),
    ({"slot": "essay"}, "no text of this assignment"),
    ({"slot": "essay-alignment"}, "earlier line already"),
    ({"level": "good", "grader": "ab", "second level": "weak", "second grader": "cd"}, "more than one level apart"),
    ({"level": "good", "grader": "ab", "second level": "fair", "second grader": "ab"}, "the same grader"),
    ({"second level": "good", "second grader": "cd"}, "needs a first level"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_mark_is_said_by_line(row: dict[str, str], said: str, graded: Course, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        read_marks(graded, marked(graded, tmp_path / "m.xlsx", row))
    assert {fault.line for fault in caught.value.faults} <= {2, 3}


def mark_first(course: Course, folder: Path) -> None:
    """Mark both texts of s-01: 3.5 and 5 points."""
    first = {"level": "good", "grader": "ab", "second level": "fair", "second grader": "cd"}
    second = {"level": "excellent", "grader": "ab", "comments": "limit, source", "remark": "Well done"}
    enter(course, read_marks(course, marked(course, folder / "first.xlsx", first, second)).marks)


def test_marks_of_two_graders_reach_the_table_and_survive_another_grading(
    graded: Course, tmp_path: Path
) -> None:
    mark_first(graded, tmp_path)
    for _ in range(2):
        found = table(graded, tmp_path / "g.csv")
        rows = {row["id"]: row for row in csv.DictReader((tmp_path / "g.csv").open(encoding="utf-8-sig"))}
        assert rows["s-01"]["total"] == f"{10 + 0.7 * 5 + 5:g}"
        assert (rows["s-02"]["total"], rows["s-02"]["late penalty"]) == ("0", "4")  # 20 points, 2 days begun
        assert rows["s-12"]["name"].startswith("'=HYPERLINK")
        assert found.grades == 2 and {who for who, _ in found.without} == {f"s-{n:02d}" for n in range(3, 15)}
        grade(graded)


def test_two_graders_mark_a_copy_each(graded: Course, tmp_path: Path) -> None:
    """Sorted, a row deleted, a column added, levels typed in capitals, a row begun; the mean of the two counts."""
    one = marked(graded, tmp_path / "ab.xlsx", {"level": "GOOD ", "grader": "ab", "comments": "Limit"})
    two = marked(graded, tmp_path / "cd.xlsx", {"level": "fair", "grader": "cd"}, {"remark": "later"})
    book = load_workbook(two)
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    sheet.delete_rows(2, 4)
    for row in reversed(rows[:3]):
        sheet.append([*row, "seen twice"])
        sheet.cell(sheet.max_row, list(COLUMNS).index("text") + 1).data_type = "s"
    sheet.cell(1, len(COLUMNS) + 1).value = "my own"
    book.save(two)
    found = read_marks(graded, one, two)
    assert [(m.student, m.slot, m.levels) for m in found.marks] == [
        ("s-01", "essay-threshold", (("ab", "good"), ("cd", "fair")))
    ]
    assert found.begun == ("s-01, essay-alignment (line 3): remark, but no level",)
    assert read_marks(graded, one, one).marks == read_marks(graded, one).marks, "the same sheet twice"
    enter(graded, found.marks)
    (again,) = enter(graded, read_marks(graded, one).marks)
    assert again == "s-01, essay-threshold: 3.5 becomes 4"
    sheet.cell(4, list(COLUMNS).index("level") + 1).value = "none"
    book.save(two)
    with pytest.raises(BadInput, match=r"more than one level apart \(ab good; cd none\)") as caught:
        read_marks(graded, one, two)
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(two, 4)]


def test_a_level_for_an_empty_text_is_said_by_student_and_question(
    graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = {"level": "good", "grader": "ab"}
    nothing, either = {"level": "none", "grader": "ab"}, {"second level": "fair", "second grader": "cd"}
    found = read_marks(graded, marked(graded, tmp_path / "m.xlsx", good, {}, good | either, nothing))
    assert found.empty == ("s-02, essay-threshold: 'good' and 'fair', but there is no text",)
    assert len(found.marks) == 3, "it is a warning: a text may have come by another way"
    monkeypatch.setattr(marks, "enter", lambda course, marks: [])
    commands.marks(graded.folder, [tmp_path / "m.xlsx"])
    assert "no text     s-02, essay-threshold: 'good' and 'fair'" in capsys.readouterr().out


def test_no_mark_is_lost_to_a_new_sheet_or_given_to_another_text(graded: Course, tmp_path: Path) -> None:
    sheet = marked(graded, tmp_path / "m.xlsx", {"level": "good", "grader": "ab"})
    before = sheet.read_bytes()
    with pytest.raises(BadInput, match="marks may stand in it"):
        write_sheet(graded, sheet)
    assert sheet.read_bytes() == before
    old = marked(graded, tmp_path / "old.xlsx", {"level": "good", "grader": "ab", "text": "An older text."})
    with pytest.raises(BadInput, match="not the text that was graded last") as caught:
        read_marks(graded, old)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(2, "text")]
    formula = marked(graded, tmp_path / "f.xlsx", {"level": "good", "grader": "ab", "remark": "=A1"})
    with pytest.raises(BadInput, match="a formula without a stored value"):
        read_marks(graded, formula)


def test_a_long_text_is_set_small_enough_for_its_row(
    graded: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row of a spreadsheet is 409 points high at most."""
    words = {"short": 150, "long": 500}
    heights, sizes = {}, {}
    for name, number in words.items():
        said = {"essay-threshold": "promise " * number, "essay-alignment": ""}
        monkeypatch.setattr(marks_sheet, "texts_of", lambda *_, said=said: said)
        write_sheet(graded, tmp_path / f"{name}.xlsx")
        sheet = load_workbook(tmp_path / f"{name}.xlsx").worksheets[0]
        heights[name] = sheet.row_dimensions[2].height
        sizes[name] = sheet.cell(2, list(COLUMNS).index("text") + 1).font.size
    assert sizes == {"short": 11, "long": 8}
    lines = {"short": 150 * 8 / COLUMNS["text"], "long": 500 * 8 / (COLUMNS["text"] * 11 / 8)}
    assert lines["short"] * 15 < heights["short"] < 409 and lines["long"] * 11 * 0.95 < heights["long"] <= 409


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not here")
def test_a_sheet_saved_by_libreoffice_is_read_alike(graded: Course, tmp_path: Path) -> None:
    sheet = marked(
        graded, tmp_path / "m.xlsx", {"level": "good", "grader": "ab", "remark": "Gut,\n und klar."}
    )
    (tmp_path / "out").mkdir()
    run = [
        "soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to",
        "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(sheet),
    ]  # fmt: skip
    done = subprocess.run(run, capture_output=True, check=False, timeout=180)
    if not (tmp_path / "out" / "m.xlsx").exists():
        pytest.skip(f"LibreOffice has no Calc: {done.stderr.decode()[-200:]}")
    assert read_marks(graded, tmp_path / "out" / "m.xlsx") == read_marks(graded, sheet)


def test_an_anonymous_sheet_names_nobody_on_its_way_back(graded: Course, tmp_path: Path) -> None:
    hidden = graded.student("s-02")
    assert as_shown("By s-02, student two; not s-020.", hidden) == "By […], […]; not s-020."
    write_sheet(graded, tmp_path / "m.xlsx", anonymous=True)
    book = load_workbook(tmp_path / "m.xlsx")
    rows = book.worksheets[0].iter_rows(min_row=2)
    row = next(r for r in rows if (r[0].value, r[1].value) == (graded.code("s-01"), "essay-alignment"))
    for name, value in (("level", "excellent"), ("grader", "ab")):
        row[list(COLUMNS).index(name)].value = value
    book.save(tmp_path / "m.xlsx")
    found = read_marks(graded, tmp_path / "m.xlsx")
    assert found.coded and [mark.student for mark in found.marks] == ["s-01"]
    said = " ".join([*enter(graded, found.marks), *waiting(graded, coded=True)])
    assert "s-0" not in said


def test_the_platforms_own_tables_are_filled(graded: Course, tmp_path: Path) -> None:
    mark_first(graded, tmp_path)
    canvas = tmp_path / "canvas.csv"
    canvas.write_text(
        "Student,ID,SIS Login ID,Measuring (9),Final\n    Points Possible,,,20,\n"
        '"=cmd|x, One",1201,s-01,,A\nTwo,1202,s-02,,-\nThree,1203,s-03,,\nOther,9,x,,\n',
        encoding="utf-8",
    )
    found = fill(graded, canvas, tmp_path / "out.csv", "measuring")
    rows = list(csv.reader((tmp_path / "out.csv").open(encoding="utf-8-sig")))
    assert [row[3] for row in rows[2:]] == ["18.5", "0", "", ""]
    assert rows[2][0] == "'=cmd|x, One" and rows[3][4] == "-"
    reasons = dict(found.without)
    assert reasons["Other"] == "not on the roster" and "broken JSON" in reasons["s-03"]
    ours = dict(table(graded, tmp_path / "g.csv").without)
    assert (reasons["s-03"], "nothing was handed in") == (ours["s-03"], ours["s-14"]), "the same in both"
    assert ("s-14", "not in the platform's gradebook") in found.without
    canvas.write_text(
        "LastName;FirstName;ID;SIS Login ID;Section;Measuring (9);Measuring Current Score\n;;;;;Manual Posting;\n"
        "    Points Possible;;;;;20,00;(read only)\nOne;A;1201;s-01;x;;\nTwo;B;1202;s-02;x;EX;\n",
        encoding="utf-8-sig",
    )
    found = fill(graded, canvas, tmp_path / "out.csv", "measuring")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[3:] == ["One;A;1201;s-01;x;18.5;", "Two;B;1202;s-02;x;EX;"] and found.grades == 1
    assert ("s-02", "stands as EX there: left so") in found.without
    moodle = tmp_path / "moodle.csv"
    moodle.write_text(
        "Identifier,Full name,Grade,Maximum grade\nParticipant 1201,One,,20.00\n", encoding="utf-8"
    )
    assert fill(graded, moodle, tmp_path / "out.csv").grades == 1
    moodle.write_text(
        "Identifier,Full name,Grade,Maximum Grade\nParticipant 1201,One,,100\n", encoding="utf-8"
    )
    with pytest.raises(BadInput, match="100 points there and 20 here"):
        fill(graded, moodle, tmp_path / "out.csv")
    with pytest.raises(BadInput, match="which column is it"):
        fill(graded, canvas, tmp_path / "out.csv")


def test_nbgraders_own_programming_interface_sees_the_class(graded: Course, tmp_path: Path) -> None:
    mark_first(graded, tmp_path)
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.CourseDirectory.root = str(graded.folder.resolve())
    seen = NbGraderAPI(CourseDirectory(config=config)).get_submissions("measures")
    states = {one["student"]: (one["autograded"], one["score"], one["max_score"]) for one in seen}
    assert states == {"s-01": (True, 18.5, 20.0), "s-02": (True, 0.0, 20.0)}


def test_feedback_says_what_counts_and_returns_under_the_platforms_names(
    graded: Course, tmp_path: Path
) -> None:
    mark_first(graded, tmp_path)
    found = {one.student: one for one in feedback(graded)}
    assert [student for student, one in found.items() if one.files] == ["s-01", "s-02", "s-03"]
    assert not any(one.why for one in found.values() if one.files)
    with zipfile.ZipFile(graded.folder / "feedback" / "return.zip") as archive:
        assert sorted(archive.namelist()) == [
            "Student Two_1202_assignsubmission_file/measures.html",
            "Student Two_1202_assignsubmission_file/measures.pdf",
            "one_1201_77_measures.html",
            "one_1201_77_measures.pdf",
            "three_1203_79_measures.html",
            "three_1203_79_measures.pdf",
        ]
        pages = PdfReader(io.BytesIO(archive.read("one_1201_77_measures.pdf"))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert "Student Two" in "".join(p.extract_text() for p in PdfReader(found["s-02"].files[0]).pages[:1])
    for said in ("18.5 of 20 points", "*my* claim [@nobody2020]", "# No heading", "U+1F642", "Good:", "That is right.",
                 "Read for: Claim", "To do next. The next level, good:"):  # fmt: skip
        assert said in text, said
    untouched = next(path for path in found["s-02"].files if path.suffix == ".html").read_text(
        encoding="utf-8"
    )
    plain = html.unescape(" ".join(re.sub("<[^>]+>", " ", untouched).split()))
    assert "0 of 20 points : 0, less 4 for late work" in plain
    for question in variant(graded.seed("s-02")).values():
        assert f"The right answer is {question.shown} ." in plain and question.way in plain
    assert plain.count("no answer") >= 5 and plain.count("To do next.") == 7
    for path in (path for one in found.values() for path in one.files if path.suffix == ".html"):
        said, owner = path.read_text(encoding="utf-8"), path.parent.name
        others = [s.id for s in graded.students if s.id != owner and s.id in re.sub("<[^>]+>", " ", said)]
        assert not others and str(graded.folder) not in said and "Traceback" not in said
    (broken,) = [path for path in found["s-03"].files if path.suffix == ".html"]
    assert "broken JSON" in broken.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "name", "called"),
    [
        ("two_1202_9_measures.ipynb", "Student Two", "Student Two"),
        ("Student Two_1202_assignsubmission_file/measures.ipynb", "Student Two", "Student Two"),
        ("s-02/measures.ipynb", "Student Two", "Student Two"),
        ("two_1202_9_measures.ipynb", "", "s-02"),
        ("two_1202_9_measures.ipynb", "\u4e8c\u53f7 🙂", "s-02"),
        ("anon_x1_9_measures.ipynb", "Student Two", "a code"),
        ("Participant_1202_assignsubmission_file/measures.ipynb", "Student Two", "a code"),
    ],
)
def test_feedback_calls_a_student_by_name_but_where_the_platform_hides_it(
    path: str, name: str, called: str, course: Course
) -> None:
    named = replace(course, students=(Student("s-02", name, "1202"),))
    notebook = page(named, read_source(named), Intake("s-02", "unusable", path), None)
    said = notebook.metadata["casebook"]["author"]
    assert said == (course.code("s-02") if called == "a code" else called)


@pytest.mark.parametrize("text", ["=1+1", "+cmd|x", "-1+1", "@SUM(1)", "\t=1", "\uff1d1"])
def test_no_cell_acts_as_a_formula(text: str) -> None:
    book = Workbook()
    book.active["A1"] = harmless(text)
    assert harmless(text).startswith("'") and book.active["A1"].data_type == "s"
    assert harmless("-2.5") == "-2.5" and harmless("-") == "-"


def test_a_text_handed_in_anew_waits_without_the_old_comment(course: Course, tmp_path: Path) -> None:
    """After the first feedback a better file comes by mail, late by its own time."""
    pytest.importorskip("nbgrader")
    release(course)
    for step, text in (("first", "A topic."), ("second", "A claim, with my own number.")):
        for student in ("s-01", "s-02"):
            notebook = nbformat.read(course.folder / "release" / student / "measures.ipynb", as_version=4)
            for cell in notebook.cells:
                if (grade_id(cell) or "").startswith("essay"):
                    cell.source = text if student == "s-01" else "The same text as before."
            path = tmp_path / step / student / "measures.ipynb"
            path.parent.mkdir(parents=True)
            nbformat.write(notebook, path)
            os.utime(path, (course.rules.due.timestamp() + 3 * 86_400 * (step == "second"),) * 2)
        entries = {entry.student: entry for entry in collect(course, tmp_path / step).students}
        grade(course)
        if step == "first":
            mark_all(course, tmp_path / "m.xlsx", "weak")
            feedback(course)
    assert "its time is the file's own, which may be that of a download" in entries["s-01"].findings
    assert course.late(entries["s-01"].submitted) == "late by 3 days begun: it loses 30% of all points"
    assert waiting(course) == ["s-01, essay-threshold", "s-01, essay-alignment"]
    feedback(course)
    with zipfile.ZipFile(course.folder / "feedback" / "return.zip") as archive:
        assert sorted(archive.namelist()) == [
            f"s-0{n}/measures.{kind}" for n in (1, 2) for kind in ("html", "pdf")
        ], "no two files of one name"
        new, old = (archive.read(f"s-0{n}/measures.html").decode() for n in (1, 2))
    assert (
        "Not everything has been marked yet" in new and "Weak:" not in new and "late by 3 days begun" in new
    )
    assert "Weak:" in old
    mark_all(course, tmp_path / "again.xlsx", "good")
    assert not waiting(course)


def mark_all(course: Course, path: Path, level: str) -> None:
    write_sheet(course, path)
    book = load_workbook(path)
    for row in book.worksheets[0].iter_rows(min_row=2):
        row[list(COLUMNS).index("level")].value, row[list(COLUMNS).index("grader")].value = level, "ab"
    book.save(path)
    enter(course, read_marks(course, path).marks)
