"""Where a report's figures and tables stand: a page is not left empty because what comes next is too high for it.

Typst sets the text once and says where each exhibit came to stand. A figure (or short table) that leaves a large part of
a page empty moves to the top of the next page, and the text flows on before it, as in a journal; a table whose last
row would stand alone on a page gets rows a little closer, or that row gets company. Every change is tried, and kept if
it helps.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import typst

from alliance_analysis.reports import glyphs

TOP, BODY = 72.0, 648.0
"""The upper margin, and the height of the text on US Letter with margins of one inch, in points."""

GAP = 72.0  # points at a page's foot that may stay empty
SHORT = 100.0  # points of text that a last page should have at least
ROWS = ("2.4", "apart")
"""Points above and below the text of a table's cells, in the order tried; 3.2 unless said. Apart: the last two rows."""
LEADING, LEADINGS = (
    0.18,
    (0.15, 0.13, 0.2),
)  # ems between the lines of the text; what is tried for a short last page
MOST = 16  # times that one document is set at most


@dataclass(frozen=True)
class Placing:
    """What is decided: exhibits by their place in the text, from 1."""

    moved: frozenset[int] = frozenset()
    rows: Mapping[int, str] = field(default_factory=dict)
    leading: float = LEADING

    @property
    def inputs(self) -> dict[str, str]:
        """The decisions as the template reads them."""
        return {
            "moved": " ".join(str(at) for at in sorted(self.moved)),
            "rows": " ".join(f"{at}:{inset}" for at, inset in sorted(self.rows.items())),
            "leading": str(self.leading),
        }


def settle(source: Path, inputs: dict[str, str]) -> dict[str, str]:
    """Return what the template of a report needs to know beside `inputs` for its pages to be full.

    Raises typst.TypstError where the document cannot be set.
    """
    fonts = glyphs.fonts()
    compiler = typst.Compiler(str(source), str(source.parent), font_paths=fonts, ignore_system_fonts=True)
    return _Setter(compiler, inputs).settled().inputs


@dataclass(frozen=True)
class _Spot:
    number: int
    y: float

    @property
    def height(self) -> float:
        return self.y - TOP

    @property
    def after(self) -> tuple[int, float]:
        return self.number, self.y


_Marks = dict[int, dict[str, _Spot]]


@dataclass
class _Setter:
    compiler: typst.Compiler
    inputs: dict[str, str]

    times: int = 0

    def settled(self) -> Placing:
        """Return the placing in which every exhibit in turn, and then the last page, stands as well as it can."""
        placing = Placing()
        marks = self.marks(placing)
        for at in sorted(marks):
            for trial in _trials(placing, marks, at):
                if self.times >= MOST:
                    return placing
                tried = self.marks(trial)
                if _better(marks, tried, trial, at):
                    placing, marks = trial, tried
                    break
        for leading in LEADINGS:
            last = marks[0]["last"]
            if last.height >= SHORT or last.number <= 3 or self.times >= MOST:
                break
            trial = replace(placing, leading=leading)
            tried = self.marks(trial)
            if tried[0]["last"].height >= SHORT and _faults(tried) <= _faults(marks):
                return trial
        return placing

    def marks(self, placing: Placing) -> _Marks:
        """Set the text and return where the marks of every exhibit stand."""
        self.times += 1
        self.compiler.compile(
            format="pdf", sys_inputs={**self.inputs, **placing.inputs}
        )  # a query alone forgets nothing
        answer = self.compiler.query("<casebook-mark>", field="value")
        marks: _Marks = {}
        said: dict[str, Any]
        for said in json.loads(answer):
            marks.setdefault(said["at"], {})[said["part"]] = _Spot(said["page"], said["y"])
        return marks


def _trials(placing: Placing, marks: _Marks, at: int) -> Iterator[Placing]:
    """Yield what could be tried for one exhibit, the likeliest first; nothing where it stands well."""
    if at not in placing.moved and _leaves_gap(marks, at):
        group = {at}
        yield replace(placing, moved=placing.moved | group)
        if "whole" in (following := marks.get(at + 1, {})) and "before" not in following:
            yield replace(placing, moved=placing.moved | group | {at + 1})
    if _torn(marks[at]):
        for inset in ROWS:
            yield replace(placing, rows={**placing.rows, at: inset})


def _leaves_gap(marks: _Marks, at: int) -> bool:
    """Whether a large part of the page before is empty because an exhibit is not broken."""
    here = marks[at]
    before = here.get("before") or (marks[at - 1].get("end") if at > 1 else None)
    if "whole" not in here or "anchor" in here or before is None:
        return False
    return here["whole"].number > before.number and TOP + BODY - before.y > GAP


def _torn(here: Mapping[str, _Spot]) -> bool:
    """Whether a table's last row, or its note, stands alone on a page; a row of a third of a page may."""
    if "row 1" not in here:
        return False
    end = here["end"]
    high = here["row 0"].number == end.number and end.y - here["row 0"].y > BODY / 3
    return not high and not here["row 1"].number == here["row 0"].number == end.number


def _better(marks: _Marks, tried: _Marks, trial: Placing, at: int) -> bool:
    """Whether a trial mends what was wrong with the exhibit and puts none out of its order."""
    if at not in trial.moved:
        return not _torn(tried[at])
    anchor, float_ = tried[at]["anchor"], tried[at]["whole"]
    page = marks[at]["whole"].number
    flows = anchor.number < page and TOP + BODY - anchor.y > GAP and float_.number == anchor.number + 1
    return flows and _in_order(tried) and not any(_leaves_section(tried, at) for at in trial.moved)


def _leaves_section(marks: _Marks, at: int) -> bool:
    """Whether a table moves past the beginning of the next section; only a figure may."""
    here = marks[at]
    return "row 0" in here and any(
        here["anchor"].after <= spot.after < here["whole"].after
        for part, spot in marks[0].items()
        if part.startswith("section")
    )


def _faults(marks: _Marks) -> int:
    """Count the exhibits that stand badly, and one more where some are out of order."""
    bad = sum(_torn(here) or _leaves_gap(marks, at) for at, here in marks.items() if at)
    return bad + (not _in_order(marks))


def _in_order(marks: _Marks) -> bool:
    for figures in (True, False):
        spots = [
            m.get("whole") or m["table"]
            for at, m in sorted(marks.items())
            if at and ("row 0" not in m) == figures
        ]
        if any(one.after > two.after for one, two in itertools.pairwise(spots)):
            return False
    return True
