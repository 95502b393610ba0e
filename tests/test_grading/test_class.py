"""A class in which everything goes wrong that can: every good one is graded, every bad one named, nobody lost."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from alliance_analysis.grading import fence
from alliance_analysis.grading.answers import grade_id
from alliance_analysis.grading.collect import Collection, Intake, collect, read_collection
from alliance_analysis.grading.course import Course, open_course, read_times
from alliance_analysis.grading.grade import Graded, grade
from alliance_analysis.grading.questions import variant
from alliance_analysis.grading.release import read_source, release
from alliance_analysis.grading.store import results

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
pytest.importorskip("nbgrader")

FULL = 10.0
"""Points of the five computed answers."""


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if grade_id(c) == name)


def handed_out(course: Course, student: str) -> NotebookNode:
    return nbformat.read(course.folder / "release" / student / "measures.ipynb", as_version=4)


def good(course: Course, student: str) -> NotebookNode:
    """Return a student's copy with all answers right and both texts written."""
    notebook = handed_out(course, student)
    for name, question in variant(course.seed(student)).items():
        answer = cell(notebook, name)
        answer.source = f"{answer.source.split('=')[0]}= {question.right!r}"
    for name in ("essay-threshold", "essay-alignment"):
        cell(notebook, name).source = f"My text on {name}, with my own number."
    return notebook


def bad_class(course: Course) -> dict[str, bytes]:
    """Return the export of the platform: path in the zip, and the file."""

    def work(number: int) -> NotebookNode:
        return good(course, f"s-{number:02d}")

    by_hand, rights = work(2), variant(course.seed("s-02"))
    cell(by_hand, "limits").source = f"lower_limit = {100 * float(rights['limits'].right):.1f} %"
    cell(by_hand, "dominated").source = f"dominated = package {str(rights['dominated'].right).lower()}"
    cell(by_hand, "growth").source = f"growth = {rights['growth'].right:.3f}".replace(".", ",")
    files: dict[str, NotebookNode | bytes] = {
        "one_1201_1_measures.ipynb": work(1),
        "two_1202_2_measures.ipynb": by_hand,
        "three_LATE_1203_3_measures.ipynb": work(3),
        "four_1204_4_measures.ipynb": b"",
        "five_1205_5_measures.ipynb": json.dumps(work(5)).encode()[:-40],
    }
    loop = work(6)
    cell(loop, "dominated").source += "\nwhile True: pass"
    hog = work(7)
    cell(hog, "dominated").source += "\nhog = bytearray(50 * 10**9)"
    deleted = work(8)
    deleted.cells.remove(cell(deleted, "limits-test"))
    deleted.cells.remove(cell(deleted, "growth"))
    twice = work(9)
    twin = copy.deepcopy(cell(twice, "limits"))
    twin.source = "lower_limit = 99"
    twice.cells.append(twin)
    foreign = work(11)
    foreign.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    loud = work(12)
    cell(loud, "limits").source += "\nfor _ in range(20_000): print('x' * 1000)"
    thief = work(13)
    thief.cells.insert(1, nbformat.v4.new_code_cell(_thief(course)))
    files |= {
        "six_1206_6_measures.ipynb": loop,
        "seven_1207_7_measures.ipynb": hog,
        "eight_1208_8_measures.ipynb": deleted,
        "nine_1209_9_measures.ipynb": twice,
        "my homework (final).ipynb": work(10),
        "eleven_1211_11_measures.ipynb": foreign,
        "../../../=cmd_1212_12_measures.ipynb": loud,
        "thirteen_1213_13_measures.ipynb": thief,
        "notes.txt": b"hello",
    }
    return {
        name: raw if isinstance(raw, bytes) else nbformat.writes(raw).encode() for name, raw in files.items()
    }


def _thief(course: Course) -> str:
    """Return a cell that looks for the key, a network, and a file outside to write."""
    folder = course.folder.resolve()
    return THIEF.format(key=str(folder / "course.key"), marker=str(folder.parent / "marker"))


THIEF = """import socket
found = []
try:
    found.append(open({key!r}).read())
except OSError:
    pass
try:
    socket.create_connection(("127.0.0.1", 9), timeout=2)
except ConnectionRefusedError:
    found.append("a network")
except OSError:
    pass
try:
    open({marker!r}, "w").close()
    found.append("a file to write")
except OSError:
    pass
print("found:", found)"""


@pytest.fixture(scope="module")
def graded(class_of_14: Course) -> tuple[Course, Collection, dict[str, Graded]]:
    course = class_of_14
    release(course)
    export = course.folder.parent / "submissions.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name, raw in bad_class(course).items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 6, 12, 0, 0)), raw)
    collection = collect(course, export)
    found = {one.student: one for one in grade(course, workers=2)}
    return course, collection, found


def test_nobody_is_lost(graded: tuple[Course, Collection, dict[str, Graded]]) -> None:
    course, collection, found = graded
    everyone = [student.id for student in course.students]
    assert [entry.student for entry in collection.students] == everyone == list(found)
    assert collection == read_collection(course)
    assert [path for path, _ in collection.strays] == ["notes.txt"]
    states = {one.student: one.state for one in found.values() if one.state != "graded"}
    assert states == {"s-04": "unusable", "s-05": "unusable", "s-14": "missing"}
    assert not list(course.folder.parent.glob("*cmd*")), "no path of the zip was followed"


EXPECTED = {
    "s-01": (FULL, ""),
    "s-02": (FULL, ""),
    "s-03": (FULL, "Canvas marks it late"),
    "s-04": (0, "the file is empty"),
    "s-05": (0, "broken JSON"),
    "s-06": (FULL, "'dominated' ran too long"),
    "s-07": (FULL, "'dominated' ended in MemoryError"),
    "s-08": (FULL - 2, "the cell 'growth' had been deleted: restored"),
    "s-09": (FULL - 3, "'limits' stands 2 times"),
    "s-10": (FULL, "known by the mark"),
    "s-11": (FULL, "kernel 'ir'"),
    "s-12": (FULL, "its path leads out of the folder"),
    "s-13": (FULL, ""),
    "s-14": (0, "nothing was handed in"),
}


@pytest.mark.parametrize("student", EXPECTED)
def test_each_gets_what_it_earned_and_hears_why(
    student: str, graded: tuple[Course, Collection, dict[str, Graded]]
) -> None:
    one, (points, said) = graded[2][student], EXPECTED[student]
    assert (one.points, one.of) == (points, FULL), one.findings
    if said:
        assert any(said in finding for finding in one.findings), one.findings
    else:
        assert one.findings == ()


def test_only_a_program_is_run(graded: tuple[Course, Collection, dict[str, Graded]]) -> None:
    course, _, found = graded
    run = set()
    for student, one in found.items():
        if one.state == "graded":
            cells = nbformat.read(course.place("autograded", student), as_version=4).cells
            run |= {student for c in cells if c.cell_type == "code" and c.execution_count}
    assert run == {"s-06", "s-07", "s-12", "s-13"}


def test_the_database_says_the_same(graded: tuple[Course, Collection, dict[str, Graded]]) -> None:
    course, _, found = graded
    order = [name for c in read_source(course).cells if (name := grade_id(c))]
    stored = results(course, order)
    assert set(stored) == {one.student for one in found.values() if one.state == "graded"}
    for student, result in stored.items():
        tested = sum(slot.points or 0 for slot in result.slots if not slot.written)
        assert tested == found[student].points
        assert result.waiting == ("essay-threshold", "essay-alignment"), student
        assert result.of == 20
        assert result.penalty == (2.0 if student == "s-03" else 0.0)


def test_output_is_cut_and_the_fence_holds(graded: tuple[Course, Collection, dict[str, Graded]]) -> None:
    course = graded[0]
    assert course.place("autograded", "s-12").stat().st_size < 400_000
    notebook = nbformat.read(course.place("autograded", "s-13"), as_version=4)
    printed = [o.text for c in notebook.cells if c.cell_type == "code" for o in c.outputs if "text" in o]
    if fence.has_namespaces():
        assert printed == ["found: []\n"]


def test_the_same_course_gives_the_same_copies_without_a_hidden_test(course: Course) -> None:
    first = [path.read_bytes() for path in release(course)]
    assert first == [path.read_bytes() for path in release(course)]
    assert len(set(first)) == len(first)
    for raw in first:
        assert b"HIDDEN" not in raw and b"accepts" not in raw and b"{{" not in raw


def test_moodle_and_several_files_and_told_times(course: Course, tmp_path: Path) -> None:
    release(course)
    raw = nbformat.writes(good(course, "s-02")).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        folder = "Student Two_1202_assignsubmission_file/"
        archive.writestr(zipfile.ZipInfo(folder + "old.ipynb", (2026, 3, 1, 0, 0, 0)), b"{}")
        archive.writestr(zipfile.ZipInfo(folder + "measures.ipynb", (2026, 3, 2, 0, 0, 0)), raw)
    (tmp_path / "moodle.zip").write_bytes(stream.getvalue())
    (tmp_path / "times.csv").write_text("id,submitted\ns-02,2026-03-08T00:20:00+00:00\n")
    found = collect(course, tmp_path / "moodle.zip", read_times(tmp_path / "times.csv", course))
    entry = next(e for e in found.students if e.student == "s-02")
    assert entry.state == "collected" and entry.submitted == "2026-03-08T00:20:00+00:00"
    assert any("also handed in" in finding and "old.ipynb" in finding for finding in entry.findings)
    assert len(list((course.folder / "received" / "s-02").iterdir())) == 2


def test_collecting_again_loses_nobody_and_takes_what_is_better(course: Course, tmp_path: Path) -> None:
    """One file by mail after the export; a better one; one that cannot be read; then a student who joined late."""
    release(course)
    hand_in = {
        "s-01": nbformat.writes(good(course, "s-01")),
        "s-02": nbformat.writes(handed_out(course, "s-02")),
    }

    def take(name: str, **files: str) -> dict[str, Intake]:
        for student, text in files.items():
            path = tmp_path / name / student / "measures.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / name).mkdir(exist_ok=True)
        return {entry.student: entry for entry in collect(course, tmp_path / name).students}

    first = take("first", **hand_in)
    by_mail = take("mail", **{"s-03": nbformat.writes(good(course, "s-03"))})
    assert [s for s, e in by_mail.items() if e.state == "collected"] == ["s-01", "s-02", "s-03"]
    assert by_mail["s-01"] == first["s-01"], "it stays as it was, with its name and time"
    better = take("better", **{"s-02": nbformat.writes(good(course, "s-02"))})
    assert "it replaces what was collected before, 's-02/measures.ipynb'" in better["s-02"].findings
    broken = take("broken", **{"s-02": "{", "s-01": hand_in["s-01"]})
    assert broken["s-02"].state == "collected" and "broken JSON" in broken["s-02"].findings[-1]
    assert not [f for f in broken["s-01"].findings if "replaces" in f], "the same file again"
    assert {one.student: one.points for one in grade(course) if one.state == "graded"} == {
        "s-01": FULL, "s-02": FULL, "s-03": FULL,
    }  # fmt: skip
    received = course.folder / "received" / "s-02"
    assert (received / "1.ipynb").read_text(encoding="utf-8") == hand_in["s-02"], "nothing is written over"
    assert len(list(received.iterdir())) == 3
    told = datetime(2026, 3, 8, 12, tzinfo=UTC)
    known = {e.student: e for e in collect(course, tmp_path / "mail", {"s-01": told}).students}
    assert known["s-01"].submitted == told.isoformat(), "told later, of work that stays"
    stamp = course.place("submitted", "s-01").with_name("timestamp.txt")
    assert stamp.read_text(encoding="ascii") == "2026-03-08 12:00:00 UTC"
    course.place("submitted", "s-03").unlink()
    assert take("nothing")["s-03"].state == "missing", "taken back by hand"
    copies = {path.parent.name: path.read_bytes() for path in release(course)}
    with (course.folder / "roster.csv").open("a", encoding="utf-8") as roster:
        roster.write("s-15,late,1215\n")
    joined = {path.parent.name: path.read_bytes() for path in release(open_course(course.folder))}
    assert joined.items() > copies.items() and set(joined) - set(copies) == {"s-15"}


def test_nobody_elses_file_takes_a_students_place(course: Course, tmp_path: Path) -> None:
    """A stranger hands in an empty copy of s-01's, s-02 hands in s-03's own work, two people one anonymous copy."""
    release(course)
    own, empty = nbformat.writes(good(course, "s-01")), nbformat.writes(handed_out(course, "s-01"))
    files = {
        "one_1201_99881_measures.ipynb": own,
        "stranger_77777_99886_measures.ipynb": empty,
        "homework.ipynb": empty,
        "two_1202_99890_measures.ipynb": nbformat.writes(good(course, "s-03")),
        "three_1203_99882_measures.ipynb": nbformat.writes(good(course, "s-03")),
        "anon_aa_5_measures.ipynb": nbformat.writes(good(course, "s-04")),
        "anon_bb_6_measures.ipynb": nbformat.writes(handed_out(course, "s-04")),
    }
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    for times in (1, 2):
        found = collect(course, tmp_path / "in.zip")
        one, two, three, four, *_ = found.students
        assert (one.path, three.findings) == ("one_1201_99881_measures.ipynb", ())
        assert any("'homework.ipynb'" in said and "not counted" in said for said in one.findings)
        ((path, why),) = found.strays
        assert path.startswith("stranger") and why.endswith("kept as strays/1.ipynb"), times
        assert (course.folder / "strays" / "1.ipynb").read_text(encoding="utf-8") == empty
        assert [student for student, _ in found.conflicts] == ["s-02", "s-04"]
        assert "the mark in the copy 's-03'" in found.conflicts[0][1]
        assert "2 people" in found.conflicts[1][1] and "anon_aa_5" in found.conflicts[1][1]
        assert not any("s-03" in said for said in two.findings) and four.state == "collected"
        assert found == read_collection(course)
    points = {one.student: one.points for one in grade(course)}
    assert points["s-01"] == points["s-03"] == FULL
    assert points["s-02"] < FULL, "the numbers of s-03 are not those of s-02"
    (course.folder / "received" / "s-01" / "1.ipynb").unlink()
    collect(course, tmp_path / "in.zip")
    kept = {path.read_text(encoding="utf-8") for path in (course.folder / "received" / "s-01").iterdir()}
    assert kept == {own, empty}, "after a file was taken away nothing is written over"


def test_a_late_mark_is_said_where_nothing_is_due(course: Course, tmp_path: Path) -> None:
    rules = (course.folder / "course.yaml").read_text(encoding="utf-8")
    undue = rules.replace("due: 2026-03-06T23:59:00+00:00", "due: null")
    assert undue != rules
    (course.folder / "course.yaml").write_text(undue, encoding="utf-8")
    course = open_course(course.folder)
    release(course)
    for name in ("one_LATE_1201_1_measures.ipynb", "two_1202_2_measures.ipynb"):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_text(
            nbformat.writes(good(course, f"s-0{name[-16]}")), encoding="utf-8"
        )
    one, two, *_ = collect(course, tmp_path / "in").students
    assert one.findings == ("Canvas marks it late: it loses nothing, as course.yaml has no `due`",)
    assert two.findings == () and one.submitted == ""
