"""The key gives every student their own numbers; faults of the roster and a missing extra are said in one line."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alliance_analysis.cli import grading as commands
from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.grading import store
from alliance_analysis.grading.course import Course, LateRule, open_course, read_times
from alliance_analysis.grading.release import filled, lay, read_source
from alliance_analysis.reports.assignment import read_assignment


def test_a_variant_comes_from_key_course_assignment_and_student_alone(course: Course) -> None:
    said = "variant\x1fStrategic Alliances\x1fmeasures\x1fs-01"
    expected = int(hmac.new(course.key, said.encode(), hashlib.sha256).hexdigest()[:12], 16)
    assert course.seed("s-01") == expected == open_course(course.folder).seed("s-01")
    others = [
        course.seed("s-02"),
        replace(course, key=b"another").seed("s-01"),
        replace(course, rules=course.rules.model_copy(update={"course": "Other"})).seed("s-01"),
        replace(course, rules=course.rules.model_copy(update={"assignment": "other"})).seed("s-01"),
    ]
    assert len({expected, *others}) == 5
    assert course.mark("s-01")[:8] != course.code("s-01"), "a student's mark does not give away the code"


def test_the_key_is_made_once_and_for_the_owner_alone(course: Course) -> None:
    key = course.folder / "course.key"
    before = key.read_bytes()
    open_course(course.folder)
    assert key.read_bytes() == before and len(before) == 64
    assert key.stat().st_mode & 0o077 == 0
    (course.folder / "release").mkdir()
    key.unlink()
    with pytest.raises(BadInput, match="every right answer would be wrong"):
        open_course(course.folder)
    assert not key.exists(), "no other key takes its place"


def test_late_work_says_what_it_costs(course: Course) -> None:
    due = course.rules.due
    assert due is not None
    free = replace(
        course, rules=course.rules.model_copy(update={"late": LateRule(grace_minutes=0, per_day=0)})
    )
    for minutes, said, unpunished in (
        (0, "", ""),
        (10, "", "late by 1 day begun: it loses nothing"),
        (20, "late by 1 day begun: it loses 10% of all points", "late by 1 day begun: it loses nothing"),
        (60 * 24 * 9, "late by 9 days begun: it loses 50% of all points", "late by 9 days begun: it loses nothing"),
    ):  # fmt: skip
        when = (due + timedelta(minutes=minutes)).isoformat()
        assert (course.late(when), free.late(when)) == (said, unpunished)
    assert course.late("") == ""


def test_what_an_instructor_edited_is_never_laid_again(course: Course) -> None:
    rules = (course.folder / "course.yaml").read_text(encoding="utf-8")
    assert lay(course.folder) == []
    assert (course.folder / "course.yaml").read_text(encoding="utf-8") == rules


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        ("name\nx\n", "no column 'id'"),
        ("id\n../x\n", "holds '/'"),
        ("id\na\na\n", "stands on line 2 already"),
        ("id,platform\na,1\nb,1\n", "platform number '1' stands on line 2"),
        ("id,platform\na,48213.0\n", r"line 2, platform: .*'48213\.0' is not digits alone; .*such as 48213"),
    ],
)
def test_a_faulty_roster_is_refused_by_line(roster: str, said: str, course: Course) -> None:
    (course.folder / "roster.csv").write_text(roster, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        open_course(course.folder)


@pytest.mark.parametrize(
    "said",
    [
        "Wednesday, 4 March 2026, 2:14 PM",
        "Wednesday, March 4, 2026, 2:14 PM",
        "Wednesday, 4 March 2026, 14:14",
    ],
)
def test_moodles_grading_worksheet_says_when_work_was_handed_in(
    said: str, course: Course, tmp_path: Path
) -> None:
    sheet = tmp_path / "Grades.csv"
    head = 'Identifier,"Full name",Grade,"Last modified (submission)","Last modified (grade)"\n'
    rows = (
        f'"Participant 1202",Two,,"{said}",-\n"Participant 1203",Three,,-,-\n"Participant 9",X,,"{said}",-\n'
    )
    sheet.write_text(head + rows, encoding="utf-8-sig")
    assert read_times(sheet, course) == {"s-02": datetime(2026, 3, 4, 14, 14, tzinfo=UTC)}
    sheet.write_text(head + '"Participant 1202",Two,,"Mittwoch, 4. März 2026",-\n', encoding="utf-8")
    with pytest.raises(BadInput, match="no time with a zone"):
        read_times(sheet, course)


def test_a_source_with_a_grade_id_twice_or_an_unknown_question_is_refused(course: Course) -> None:
    text = course.source.read_text(encoding="utf-8")
    for old, new, said in (
        ('"grade_id": "credit"', '"grade_id": "limits"', "'limits' stands twice"),
        ("{{question:growth}}", "{{question:grwth}}", "did you mean 'growth'"),
    ):
        assert old in text
        course.source.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(BadInput, match=said):
            read_source(course)


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: command.__name__)
def test_without_the_extra_every_command_says_how_to_install_it(
    command: Callable[..., None], course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.importlib.util, "find_spec", lambda name: None)
    given = {"source": tmp_path} if command is commands.collect else {}
    defaults = {"marks": {"out": tmp_path / "m.xlsx"}, "grades": {"out": tmp_path / "g.csv"}}
    with pytest.raises(RunFailed, match=r'pip install "alliance-casebook\[grading\]"') as caught:
        command(course.folder, **given, **defaults.get(command.__name__, {}))
    assert len(caught.value.faults) == 1


def test_one_rubric_stands_in_the_assignment_and_reaches_copies_and_sheet(course: Course) -> None:
    """What an instructor writes there is what a student's copy prints; each text shows its own criteria alone."""
    asked = course.folder / "assignment.yaml"
    text = asked.read_text(encoding="utf-8")
    asked.write_text(text.replace("level: good\n      share: 0.8", "level: sound\n      share: 0.75"))
    edited = open_course(course.folder)
    copy = filled(read_source(edited), edited, "s-01")
    cells = {cell.id: cell.source for cell in copy.cells}
    for identifier in ("essay-threshold", "essay-alignment"):
        shown = cells[f"{identifier}-question"]
        read = [
            line.split(" | ")[0].removeprefix("| ") for line in shown.splitlines() if line.startswith("| ")
        ]
        wanted = [each.criterion for each in read_assignment(asked).rubric.of(identifier)]
        assert read == [
            "Read for",
            "---",
            *wanted,
            "Level",
            "---",
            "excellent",
            "sound",
            "fair",
            "weak",
            "none",
        ]
        assert "| sound | 75% |" in shown and "{{" not in shown
    assert edited.rubric.of("essay-threshold") != edited.rubric.of("essay-alignment")


@pytest.mark.parametrize(
    ("old", "new", "field", "line", "said"),
    [
        ("share: 0.8", "share: 1.8", "levels[1].share", "share: 1.8", "expected less than or equal to 1"),
        ("share: 0.8", "share: 0.2", "levels[2].share", "share: 0.6", "from the best down"),
        ("level: good", "level: fair", "levels[2]", "level: fair", "'fair' stands twice"),
        (
            "alignment: [Claim, ",
            "alignment: [Clam, ",
            "texts.essay-alignment",
            "[Clam",
            "did you mean 'Claim'?",
        ),
        (
            "criterion: Form",
            "criteron: Form",
            "criteria[4].criteron",
            "criteron",
            "did you mean 'criterion'?",
        ),
    ],
)
def test_a_broken_rubric_is_one_clear_error_with_line_and_field(
    old: str, new: str, field: str, line: str, said: str, course: Course
) -> None:
    asked = course.folder / "assignment.yaml"
    text = asked.read_text(encoding="utf-8")
    assert text.count(old) == 1
    asked.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        open_course(course.folder)
    fault = next(fault for fault in caught.value.faults if said in str(fault))
    assert fault.field == f"rubric.{field}" and fault.file == asked
    assert line in asked.read_text(encoding="utf-8").splitlines()[(fault.line or 0) - 1]


def test_criteria_for_a_text_that_there_is_not_are_refused(course: Course) -> None:
    asked = course.folder / "assignment.yaml"
    asked.write_text(asked.read_text(encoding="utf-8").replace("essay-alignment:", "essay-alignmnt:"))
    with pytest.raises(BadInput, match="did you mean 'essay-alignment'"):
        read_source(open_course(course.folder))


LIBRARY = ("Input should", "String should", "datetime", "pattern", "valid ", "instance", "invalid", "None")
"""Words of the libraries that read the file, which nobody who writes it knows."""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("due: 2026-03-06T23:59:00+00:00", "due: 2026-11-20", "a time and its zone; write it as 2026-11-20T23:59:00+01:00"),
        ("due: 2026-03-06T23:59:00+00:00", "due: 2026-11-20T23:59:00", "write it as 2026-11-20T23:59:00+01:00, with"),
        ("due: 2026-03-06T23:59:00+00:00", "due: 31.02.2026", "'31.02.2026' is not a date with a time and its zone"),
        ("due: 2026-03-06T23:59:00+00:00", "due: 20261120", "20261120 is not a date with a time"),
        ("due: 2026-03-06T23:59:00+00:00", "due: 2026-02-31", "line 10: '2026-02-31' is no day or time of the calendar"),
        ("course: Strategic Alliances", "course: 2026", "expected a text, got 2026; put it in quotes"),
        ("course: Strategic Alliances", "course:", "'course' is empty; fill it in"),
        ("assignment: measures", "assignment: My Measures", "a letter first, such as my_measures"),
        ("  number: Your", "  My number: Your", "such as my_number"),
        ("late:\n  grace_minutes: 15\n  per_day: 0.10\n  at_most: 0.50", "late: 0.1", "a group of fields, got 0.1"),
        ("grace_minutes: 15", "grace_minutes: 1.5", "1.5 is not a whole number"),
        ("schema: 1", "shema: 1", "did you mean 'schema'?"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_said_in_plain_words_with_an_example(
    old: str, new: str, said: str, course: Course
) -> None:
    path = course.folder / "course.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        open_course(course.folder)
    assert said in str(caught.value)
    assert not [word for word in LIBRARY if word in str(caught.value)]
    assert all(fault.line for fault in caught.value.faults)


def test_midnight_with_a_zone_is_a_time(course: Course) -> None:
    path = course.folder / "course.yaml"
    text = path.read_text(encoding="utf-8").replace("2026-03-06T23:59:00+00:00", "2026-03-07T00:00:00+01:00")
    path.write_text(text, encoding="utf-8")
    assert open_course(course.folder).rules.due == datetime(2026, 3, 6, 23, tzinfo=UTC)
