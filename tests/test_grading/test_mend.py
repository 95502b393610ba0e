"""What comes in broken is mended or refused, by name; nothing else changes."""

from __future__ import annotations

import copy
import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from alliance_analysis.errors import BadInput
from alliance_analysis.grading.answers import grade_id, graded
from alliance_analysis.grading.course import Course, open_course
from alliance_analysis.grading.intake import Handed, handed_in
from alliance_analysis.grading.mend import Unusable, mend, parsed
from alliance_analysis.grading.owners import owner
from alliance_analysis.grading.release import filled, read_source

LIMIT = 5_000_000


@pytest.fixture
def copy_of_one(course: Course) -> NotebookNode:
    return filled(read_source(course), course, "s-01")


def cell(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if grade_id(c) == name)


def again(notebook: NotebookNode) -> NotebookNode:
    return parsed(json.dumps(notebook).encode(), LIMIT)


def test_an_untouched_copy_needs_no_mending(copy_of_one: NotebookNode) -> None:
    mended = mend(again(copy_of_one), copy_of_one)
    assert mended.findings == ()
    assert [c.source for c in mended.notebook.cells] == [c.source for c in copy_of_one.cells]


def delete_answer(nb: NotebookNode) -> None:
    nb.cells.remove(cell(nb, "credit"))


def delete_test(nb: NotebookNode) -> None:
    nb.cells.remove(cell(nb, "credit-test"))


def duplicate(nb: NotebookNode) -> None:
    twin = copy.deepcopy(cell(nb, "growth"))
    twin.source = "growth = 0.5"
    nb.cells.append(twin)


def lose_ids(nb: NotebookNode) -> None:
    for each in nb.cells:
        each.metadata = {}


def foreign(nb: NotebookNode) -> None:
    nb.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}


def change_test(nb: NotebookNode) -> None:
    cell(nb, "limits-test").source = "pass"
    cell(nb, "limits-test").metadata["nbgrader"]["points"] = 100


def become_markdown(nb: NotebookNode) -> None:
    old = cell(nb, "alignment")
    at = nb.cells.index(old)
    nb.cells[at] = nbformat.v4.new_markdown_cell("overlap = 0.5", id=old.id, metadata=old.metadata)


def own_ids(nb: NotebookNode) -> None:
    nb.cells[0].metadata["nbgrader"] = {"grade_id": "mine", "grade": True, "points": 50}


def huge(nb: NotebookNode) -> None:
    cell(nb, "limits").outputs = [nbformat.v4.new_output("stream", text="x" * 2_000_000)]


DAMAGE: list[tuple[Callable[[NotebookNode], None], str]] = [
    (delete_answer, "'credit' had been deleted: restored; it earns nothing"),
    (delete_test, "test cell 'credit-test' had been deleted: restored"),
    (duplicate, "'growth' stands 2 times: the last changed one counts"),
    (lose_ids, "'limits' had lost its grade id: restored"),
    (foreign, "saved for the kernel 'ir'"),
    (change_test, "test cell 'limits-test' had been changed"),
    (become_markdown, "'alignment' had become a markdown cell"),
    (own_ids, "'mine' is none of this assignment"),
    (huge, "2.0 MB of stored output: dropped"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGE, ids=[d.__name__ for d, _ in DAMAGE])
def test_every_damage_is_named_and_mended(
    damage: Callable[[NotebookNode], None], said: str, copy_of_one: NotebookNode
) -> None:
    broken = copy.deepcopy(copy_of_one)
    damage(broken)
    mended = mend(again(broken), copy_of_one)
    assert any(said in finding for finding in mended.findings), mended.findings
    want = [(grade_id(c), c.cell_type, c.metadata["nbgrader"]) for c in graded(copy_of_one)]
    assert [(grade_id(c), c.cell_type, c.metadata["nbgrader"]) for c in graded(mended.notebook)] == want
    for each in graded(mended.notebook):
        if not each.metadata["nbgrader"]["solution"]:
            assert each.source == cell(copy_of_one, str(grade_id(each))).source


def test_of_two_answers_the_changed_one_counts_where_the_first_stood(copy_of_one: NotebookNode) -> None:
    broken = copy.deepcopy(copy_of_one)
    duplicate(broken)
    mended = mend(again(broken), copy_of_one).notebook
    assert cell(mended, "growth").source == "growth = 0.5"
    assert len({c.id for c in mended.cells}) == len(mended.cells)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b'{"cells": [', "broken JSON (line 1"),
        (b"\xff\xfe\x00", "no UTF-8"),
        (b"[1, 2]", "no notebook"),
        (b'{"cells": 7, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "no readable notebook"),
        (b"[" * 100_000, "nested too deeply"),
        (b" " * (LIMIT + 1), "over the limit"),
    ],
)
def test_what_is_no_notebook_is_refused_by_its_reason(raw: bytes, said: str) -> None:
    with pytest.raises(Unusable, match=said.replace("(", r"\(")):
        parsed(raw, LIMIT)


def exported(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"{}")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("two_1202_99881_measures.ipynb", "s-02"),
        ("two_LATE_1202_99881_measures-1.ipynb", "s-02"),
        ("Student Two_1202_assignsubmission_file/measures.ipynb", "s-02"),
        ("student two_77_assignsubmission_file_/measures.ipynb", "s-02"),
        ("Student Two_1202_assignsubmission_file_measures.ipynb", "s-02"),
        ("s-02/measures.ipynb", "s-02"),
        ("S-02.ipynb", "s-02"),
        ("../../etc/two_1202_9_measures.ipynb", "s-02"),
        ("measures.ipynb", None),
        ("two_9999_1202_measures.ipynb", None),
        ("de_la_cruz_LATE_1202_99881_my_measures-2.ipynb", "s-02"),
        ("1202_99881_measures.ipynb", "s-02"),
        ("LATE_anon_1202x_99881_measures.ipynb", None),
        ("Participant_1202_assignsubmission_file/1201_7_measures.ipynb", "s-02"),
        ("Teilnehmer in_1202_assignsubmission_file_1201_7_measures.ipynb", "s-02"),
    ],
)
def test_a_file_is_known_by_the_name_its_platform_gives(
    name: str, student: str | None, course: Course, tmp_path: Path
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(exported(name))
    (handed,) = handed_in(path, LIMIT)
    found = owner(handed, course, "").student
    assert (found.id if found else None) == student
    assert bool(handed.odd) == name.startswith("..")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["course", "export.zip"], "nothing was unpacked"


@pytest.mark.parametrize(
    ("name", "late", "upload"),
    [
        ("two_LATE_1202_99881_measures.ipynb", True, 99881),
        ("de_la_cruz_LATE_1202_99881_measures-3.ipynb", True, 99881),
        ("LATE_anon_x1Y2z_99881_measures.ipynb", True, 99881),
        ("two_1202_99881_my_LATE_work.ipynb", False, 99881),
        ("Two_1202_assignsubmission_file/two_LATE_1202_99881_m.ipynb", False, 0),
        ("my_LATE_work.ipynb", False, 0),
    ],
)
def test_what_a_platform_says_of_lateness_and_order_is_read(name: str, late: bool, upload: int) -> None:
    handed = Handed(name, b"", datetime(2026, 3, 9, tzinfo=UTC))
    assert (handed.late_mark, handed.recency[1]) == (late, upload)
    assert handed.own_time is None or name == "my_LATE_work.ipynb"


def test_of_several_uploads_the_newest_has_the_greatest_recency() -> None:
    names = ["a_1202_10_m.ipynb", "a_1202_9_m-2.ipynb", "a_1202_9_m.ipynb", "a_1202_9_m-1.ipynb"]
    same_time = datetime(2026, 3, 9, tzinfo=UTC)
    order = sorted(names, key=lambda name: Handed(name, b"", same_time).recency)
    assert order == [names[2], names[3], names[1], names[0]]


def test_a_zip_says_its_time_in_utc_or_by_this_machines_clock(tmp_path: Path) -> None:
    stamp = struct.pack("<HHBi", 0x5455, 5, 1, 1_772_841_540)  # 2026-03-06T23:59:00Z
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, extra in (
            ("utc.ipynb", stamp),
            ("local.ipynb", b"\x01\x00\x02\x00ab"),
            ("short.ipynb", struct.pack("<HHB", 0x5455, 1, 0)),
        ):
            entry = zipfile.ZipInfo(name, (2026, 3, 1, 12, 0, 0))
            entry.extra = extra
            archive.writestr(entry, b"{}")
    found = {one.path: one.own_time for one in handed_in(tmp_path / "x.zip", LIMIT)}
    here = datetime(2026, 3, 1, 12).astimezone(UTC)
    assert found == {
        "utc.ipynb": datetime(2026, 3, 6, 23, 59, tzinfo=UTC), "local.ipynb": here, "short.ipynb": here,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "student", "odd", "conflict"),
    [
        ("homework.ipynb", "s-01", "known by the mark", ""),
        ("anon_x1Y2z_99_m.ipynb", "s-01", "known by the mark", ""),
        ("x_1201_1_m.ipynb", "s-01", "", ""),
        ("x_1202_1_m.ipynb", "s-02", "made for somebody else", "says 's-02', the mark in the copy 's-01'"),
        ("s-01/x_1202_1_m.ipynb", "s-02", "made for somebody else", "says 's-02' and 's-01', the mark"),
        ("Student Two_1201_assignsubmission_file/m.ipynb", "s-01", "", "says 's-01' and 's-02': counted for 's-01'"),
        ("stranger_77777_99886_m.ipynb", None, "the number 77777 in its name is nobody's on the roster", ""),
        ("A Stranger_77777_assignsubmission_file/m.ipynb", None, "is the copy that was made for 's-01'", ""),
        ("s-01/stranger_77777_99886_m.ipynb", "s-01", "", ""),
    ],
)  # fmt: skip
def test_a_name_says_more_than_the_mark_and_what_disagrees_is_said(
    name: str, student: str | None, odd: str, conflict: str, course: Course
) -> None:
    found = owner(Handed(name, b"", None), course, course.mark("s-01"))
    assert (found.student.id if found.student else None) == student
    assert odd in "; ".join(found.odd) and bool(found.odd) == bool(odd)
    assert conflict in found.conflict and bool(found.conflict) == bool(conflict)
    assert not any("'s-" in said for said in found.odd) or student is None, "no student reads of a classmate"


def test_where_the_roster_has_no_numbers_the_mark_alone_counts(course: Course) -> None:
    (course.folder / "roster.csv").write_text("id\ns-01\ns-02\n", encoding="utf-8")
    without = open_course(course.folder)
    handed = Handed("one_1201_99881_m.ipynb", b"", None)
    for mark, student in ((without.mark("s-01"), without.student("s-01")), ("", None)):
        assert owner(handed, without, mark).student == student


def test_a_source_that_is_neither_folder_nor_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("no zip")
    damaged = exported("a.ipynb").replace(b"PK\x01\x02", b"PK\x01\x03")
    (tmp_path / "y.zip").write_bytes(damaged)
    for path in (tmp_path / "x.zip", tmp_path / "none.zip", tmp_path / "y.zip"):
        with pytest.raises(BadInput):
            list(handed_in(path, LIMIT))
