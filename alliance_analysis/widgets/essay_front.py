"""What stands around the text in the studio: what is asked, the lines of the title page, the notes, and the look."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as w

from alliance_analysis.references import short
from alliance_analysis.reports.assignment import Assignment
from alliance_analysis.reports.front import MONTHS
from alliance_analysis.widgets.panel import field

LINES = {
    "title": ("Title", "The paper's title, in title case"),
    "student": ("Student", "Your line on the title page, as your course wants it"),
    "course": ("Course", "Number and name of the course"),
    "institution": ("Institution", "Department and institution"),
    "instructor": ("Instructor", "Name and title of the instructor, as your course wants it"),
}

CSS = """<style>
.cb-studio { flex-flow: row wrap; gap: 16px; align-items: flex-start; }
.cb-parts { flex: 1 1 215px; flex-flow: row wrap; gap: 3px; overflow: visible; }
.cb-parts button { flex: 1 1 215px; height: auto; min-height: 44px; margin: 0; padding: 3px 8px; text-align: left;
  white-space: pre-line; line-height: 1.3; color: var(--jp-content-font-color1, #222);
  background: var(--jp-layout-color1, #fff); border: 1px solid var(--jp-border-color2, #bbb); }
.cb-parts button.cb-current { border-left: 5px solid #0072b2; font-weight: 600; background: var(--jp-layout-color2, #eee); }
.cb-sheet { flex: 1000 1 420px; min-width: min(300px, 100%); overflow: visible; }
.cb-sheet h4 { margin: 0 0 2px; font-size: 1.1em; }
.cb-question { line-height: 1.45; } .cb-sheet .widget-html-content { line-height: 1.4; }
.cb-sheet textarea { line-height: 1.5 !important; font-family: var(--jp-content-font-family, sans-serif) !important;
  font-size: 14px !important; }
.cb-writing { margin: 4px 0; } .cb-writing > .widget-label { margin: 0; padding: 0; }
.cb-todo ul { margin: 2px 0 0; padding: 0; list-style: none; }
.cb-studio-head meter, .cb-todo meter { width: 150px; vertical-align: middle; margin-right: 8px; }
.cb-shelf { border-top: 1px solid var(--jp-border-color2, #bbb); padding-top: 8px; overflow: visible; }
.cb-shelf-row { flex-flow: row wrap; align-items: flex-start; overflow: visible; }
.cb-shelf-row > .widget-dropdown, .cb-shelf-row > .widget-select { flex: 1 1 300px; min-width: 0; }
.cb-shelf .widget-inline-hbox { flex-wrap: wrap; height: auto; }
.cb-shelf .widget-inline-hbox > select { flex: 1 1 180px; min-width: 0; }
.cb-shelf .widget-inline-hbox > .widget-label { text-align: left; }
.cb-source { margin: 0 0 4px 0; } .cb-preview { min-height: 3em; }
.cb-preview .cb-exhibit { max-height: 330px; overflow: auto; }
.cb-other { white-space: pre-wrap; font-family: inherit; margin: 4px 0; }
.cb-found { flex-flow: row wrap; align-items: flex-start; gap: 8px; overflow: visible; }
.cb-found > .widget-html { flex: 1 1 260px; } .cb-found ul { margin: 0; line-height: 1.35; padding-left: 1.1em; }
.cb-found button { white-space: normal; height: auto; line-height: 1.25; padding: 4px 8px; }
.cb-studio-head .widget-html-content, .cb-findings .widget-html-content { line-height: 1.45; }
</style>"""
"""The look of the studio; colours follow JupyterLab's theme."""


def asked_for(asked: Assignment) -> w.HTML:
    """Return what the assignment asks: dates, length, and what a reader marks."""
    named = (("opens", asked.opens), ("due", asked.date))
    dates = [f"{word} {MONTHS[day.month - 1]} {day.day}, {day.year}" for word, day in named if day]
    least, most = (sum(slot.words[end] for slot in asked.slots) for end in (0, 1))
    places = f"figures and tables in the body: {asked.exhibits_in_body}"
    said = [
        *dates,
        f"{asked.pages[0]} to {asked.pages[1]} pages",
        f"{least:,} to {most:,} words in {len(asked.slots)} parts",
        places,
    ]
    rows = "".join(
        f"<li><strong>{escape(c.criterion)}.</strong> {escape(c.means)}</li>" for c in asked.rubric.criteria
    )
    marked = f"<details><summary>What a reader marks</summary><ul>{rows}</ul></details>" if rows else ""
    return w.HTML(f'<div class="cb-help cb-asked">Asked: {escape("; ".join(said))}.{marked}</div>')


def line(name: str, value: str) -> Any:
    """Return the control of a line of the title page."""
    label, told = LINES[name]
    control = field(w.Text, label, told, value=value)
    control.add_class(f"cb-line-{name}")
    return control


def notes_on(key: str, value: str) -> Any:
    """Return the place for notes on one reading."""
    name = short(key)
    control = field(w.Textarea, name, f"Notes on {name}: a line a note, its page first",
                    value=value, placeholder="12: what it says there", rows=6)  # fmt: skip
    control.add_class(f"cb-notes-{key}")
    return control


def button(label: str, name: str, act: Callable[[], object]) -> w.Button:
    """Return a button as wide as its label."""
    button = w.Button(description=label, layout={"width": "auto", "flex": "0 0 auto"})
    button.add_class(f"cb-{name}")
    button.on_click(lambda _: act())
    return button
