"""`casebook release`, `collect`, `grade`, `marks`, `feedback` and `grades`: a graded assignment from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from alliance_analysis.cli import console
from alliance_analysis.cli.batch import SOME_FAILED

Folder = Annotated[Path, typer.Argument(help="The folder of the course: course.yaml, roster.csv, source/.")]


def release(folder: Folder) -> None:
    """Write every student's own copy of the assignment to release/ in the course's folder."""
    from alliance_analysis.grading.course import open_course
    from alliance_analysis.grading.release import lay
    from alliance_analysis.grading.release import release as write
    from alliance_analysis.grading.store import need_nbgrader

    need_nbgrader()
    out = console.out()
    for path in lay(folder):
        out.print(f"laid: {path}", markup=False)
    course = open_course(folder)
    written = write(course)
    out.print(f"{len(written)} copies of '{course.assignment}' in {folder / 'release'}", markup=False)
    out.print(
        f"Keep {folder / 'course.key'}: every student's numbers come from it. Hand nobody source/ or the key.",
        markup=False,
    )


def collect(
    folder: Folder,
    source: Annotated[Path, typer.Argument(help="The zip that Canvas or Moodle exports, or a folder.")],
    times: Annotated[
        Path | None,
        typer.Option(
            "--times",
            help="When work was handed in: Moodle's grading worksheet, or a CSV with id and submitted (ISO, with zone).",
        ),
    ] = None,
) -> None:
    """Take in what was handed in: every student and every file is named; exit 3 if any needs a look."""
    from alliance_analysis.grading.collect import collect as take
    from alliance_analysis.grading.course import open_course, read_times

    course = open_course(folder)
    found = take(course, source, read_times(times, course) if times else None)
    out = console.out()
    for entry in found.students:
        out.print(
            f"{entry.state:10}  {entry.student}" + (f"  {entry.path}" if entry.path else ""), markup=False
        )
        for finding in entry.findings:
            out.print(f"            {finding}", markup=False)
        if late := course.late(entry.submitted):
            out.print(f"            {late} (if that is not so, tell its time with --times)", markup=False)
    for path, why in found.strays:
        out.print(f"nobody's    {path}\n            {why}", markup=False)
    for student, why in found.conflicts:
        out.print(f"whose?      {student}\n            {why}", markup=False)
    good = sum(entry.state == "collected" for entry in found.students)
    doubts = f" {len(found.conflicts)} hand-ins may not be whose they seem." if found.conflicts else ""
    out.print(
        f"{good} of {len(found.students)} collected; {len(found.strays)} files are nobody's.{doubts}",
        markup=False,
    )
    if good < len(found.students) or found.strays or found.conflicts:
        raise typer.Exit(SOME_FAILED)


def grade(
    folder: Folder,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Notebooks at a time.")] = 1,
) -> None:
    """Grade what was collected, each notebook fenced off in a process of its own; exit 3 if any was not graded."""
    from alliance_analysis.grading import fence
    from alliance_analysis.grading.course import open_course
    from alliance_analysis.grading.grade import Graded
    from alliance_analysis.grading.grade import grade as grade_all
    from alliance_analysis.grading.marks import waiting

    out = console.out()
    course = open_course(folder)

    def progress(one: Graded) -> None:
        said = f"{one.points:g} of {one.of:g}" if one.state == "graded" else one.state
        out.print(f"{one.student}: {said}", markup=False)
        for finding in one.findings:
            out.print(f"            {finding}", markup=False)

    console.err().print(f"Fence: {fence.said()}.", markup=False)
    found = grade_all(course, workers, progress)
    good = sum(one.state == "graded" for one in found)
    left = len(waiting(course))
    out.print(f"{good} of {len(found)} graded; {left} texts wait to be marked.", markup=False)
    if good < len(found):
        raise typer.Exit(SOME_FAILED)


def marks(
    folder: Folder,
    sheets: Annotated[
        list[Path] | None,
        typer.Argument(help="Marked sheets to read back (.xlsx or .csv), one for each grader."),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", help="The sheet to write.")] = Path("marks.xlsx"),
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Write codes instead of ids.")] = False,
) -> None:
    """Write the texts into a sheet to be marked; given marked SHEETS, check them all and enter their marks."""
    from alliance_analysis.grading.course import open_course
    from alliance_analysis.grading.marks import enter, read_marks, waiting
    from alliance_analysis.grading.marks_sheet import write_sheet

    course, say = open_course(folder), console.out()
    if not sheets:
        rows = write_sheet(course, out, anonymous=anonymous)
        say.print(f"{rows} texts in {out}", markup=False)
        return
    found = read_marks(course, *sheets)
    for line in enter(course, found.marks):
        say.print(f"replaced    {line}", markup=False)
    for line in found.begun:
        say.print(f"begun       {line}", markup=False)
    for line in found.empty:
        say.print(f"no text     {line}", markup=False)
    left = waiting(course, coded=found.coded)
    for line in left:
        say.print(f"waits       {line}", markup=False)
    say.print(f"{len(found.marks)} marks entered; {len(left)} texts wait.", markup=False)


def feedback(folder: Folder) -> None:
    """Write each student's feedback as PDF and HTML, and feedback/return.zip for the platform."""
    from alliance_analysis.grading.course import open_course
    from alliance_analysis.grading.feedback import Returned
    from alliance_analysis.grading.feedback import feedback as write

    out = console.out()

    def progress(one: Returned) -> None:
        said = ", ".join(path.suffix[1:] for path in one.files) or "nothing"
        out.print(f"{one.student}: {said}" + (f" ({one.why})" if one.why else ""), markup=False)

    found = write(open_course(folder), progress)
    out.print(f"To be uploaded: {folder / 'feedback' / 'return.zip'}", markup=False)
    if not all(one.files for one in found):
        raise typer.Exit(SOME_FAILED)


def grades(
    folder: Folder,
    export: Annotated[
        Path | None, typer.Argument(help="The gradebook that Canvas or Moodle exported, to be filled.")
    ] = None,
    column: Annotated[
        str, typer.Option("--column", help="Canvas: the assignment's column, or a part of it.")
    ] = "",
    out: Annotated[Path, typer.Option("-o", "--out", help="The table to write.")] = Path("grades.csv"),
) -> None:
    """Write the grades as CSV, or fill a platform's gradebook; exit 3 if anybody has no grade."""
    from alliance_analysis.grading.course import open_course
    from alliance_analysis.grading.gradebook import fill, table

    course = open_course(folder)
    found = fill(course, export, out, column) if export else table(course, out)
    for who, why in found.without:
        console.out().print(f"no grade    {who}: {why}", markup=False)
    console.out().print(f"{found.grades} grades in {found.path}", markup=False)
    if found.without:
        raise typer.Exit(SOME_FAILED)


COMMANDS = (release, collect, grade, marks, feedback, grades)
"""The commands in the order in which a class needs them."""
