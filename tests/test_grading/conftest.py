from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.grading.course import Course, open_course
from alliance_analysis.grading.release import lay

NAMES = {"s-12": '=HYPERLINK("http://x.example","grade")', "s-02": "Student Two"}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return make_course(tmp_path / "course")


@pytest.fixture(scope="module")
def class_of_14(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return make_course(tmp_path_factory.mktemp("class") / "course")


def make_course(folder: Path) -> Course:
    folder.mkdir()
    lay(folder)
    ids = [f"s-{n:02d}" for n in range(1, 15)]
    lines = [
        f'{i},"{NAMES.get(i, i).replace(chr(34), chr(34) * 2)}",{1200 + n}' for n, i in enumerate(ids, 1)
    ]
    (folder / "roster.csv").write_text("id,name,platform\n" + "\n".join(lines) + "\n", encoding="utf-8")
    rules = (folder / "course.yaml").read_text(encoding="utf-8")
    rules = rules.replace("due: null", "due: 2026-03-06T23:59:00+00:00")
    (folder / "course.yaml").write_text(
        rules.replace("cell_seconds: 20", "cell_seconds: 6"), encoding="utf-8"
    )
    return open_course(folder)
