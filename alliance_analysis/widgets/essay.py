"""The panel in which the student types the essay: one text for each part, with citations and evidence at hand."""

from __future__ import annotations

import datetime
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.figures import Exhibit
from alliance_analysis.references import short
from alliance_analysis.reports.assignment import SlotSpec
from alliance_analysis.reports.essay import Essay
from alliance_analysis.reports.essay_check import check_essay, standing
from alliance_analysis.reports.essay_text import SECTION, Draft, TitlePage, added, notes, tidy, words
from alliance_analysis.widgets.panel import Panel, Shown, columns, field, help_text

LINES = {
    "title": ("Title", "The paper's title, in title case"),
    "student": ("Student", "Your line on the title page, as your course wants it"),
    "course": ("Course", "Number and name of the course"),
    "institution": ("Institution", "Department and institution"),
}
CSS = """<style>
.cb-slot { border-top: 1px solid var(--jp-border-color2, #bbb); padding-top: 10px; margin-top: 4px; }
.cb-slot h4 { margin: 0 0 2px; font-size: 1.05em; } .cb-slot .cb-question { min-height: 5.2em; line-height: 1.4; }
.cb-slot .cb-beside { flex: 0 0 340px; } .cb-slot .cb-write { flex: 1 1 400px; }
.cb-slot textarea { line-height: 1.5 !important; font-family: var(--jp-content-font-family, sans-serif) !important; }
.cb-meter { min-height: 2.2em; line-height: 1.5; }
.cb-meter meter { width: 150px; vertical-align: middle; margin-right: 8px; }
.cb-findings { min-height: 9em; }
</style>"""


WORDS_PER_PAGE = 290
"""About how many words fill a double-spaced page; only the meter's estimate between two measurements uses it."""

UNKEPT: dict[tuple[Path, str], tuple[str, str]] = {}
"""By file and part: the kept text when typing began, and what has been typed since."""


class EssayPanel(Panel):
    """Type the parts of the paper; Keep writes them into `choices.essay`, and measures and checks the paper."""

    name = SECTION
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.essay = Essay.of(self.opened)
        asked, own = self.essay.assignment, self.essay.draft.title_page
        front = self.essay.front()
        shown = {
            "title": front.title,
            "student": own.student,
            "course": front.course,
            "institution": front.institution,
        }
        self.lines = {
            name: _classed(field(w.Text, label, help, value=shown[name]), f"cb-line-{name}")
            for name, (label, help) in LINES.items()
        }
        day = datetime.date.fromisoformat(front.date) if front.date else None
        self.day = _classed(
            field(w.DatePicker, "Date", "The date on the title page", value=day), "cb-line-date"
        )
        self.readings = {key: _notes(key, self.essay) for key in asked.readings}
        self.slots = {spec.id: _Slot(spec, self.essay) for spec in asked.slots}
        exhibits = [(item.says, token) for token, item in self.essay.evidence.items() if item.draw]
        chosen = next((t for t in self.essay.draft.in_body if t in self.essay.evidence), "")
        self.in_body = _classed(
            field(w.Dropdown, "In the body", "The exhibit that stands in the body; the others go into the appendix",
                  options=[("the first one that you name", ""), *exhibits], value=chosen),
            "cb-in-body",
        )  # fmt: skip
        self.in_body.observe(self.changed, "value")
        self._pages: tuple[float, int] | None = None
        self._restore()
        for slot in self.slots.values():
            slot.text.observe(self._typed, "value")
        for control in self.readings.values():
            control.observe(self._noted, "value")
        self._noted()
        self.meter = _classed(w.HTML(), "cb-pages")
        self.meter.add_class("cb-meter")
        self.findings = Shown(height="9em")
        self.findings.add_class("cb-findings")
        self._estimate()

    def body(self) -> list[w.Widget]:
        """Return the title page, the parts of the paper, the page meter, the buttons and the list of what is left."""
        rest = columns([self.lines["student"], self.day], [self.lines["course"], self.lines["institution"]])
        measure = w.Button(
            description="Measure and check", tooltip="Set the pages of what is typed now; writes nothing"
        )
        measure.add_class("cb-measure")
        measure.on_click(lambda _: self.measure())
        buttons = w.HBox([measure, self.keep_button(self.keep)])
        how = help_text(
            "An empty line starts a new paragraph. “Add” puts a citation or a figure into your last sentence, and a "
            "number after it, in a sentence of its own; move it where it belongs. Everything else is yours to write."
        )
        parts = [w.HTML(CSS), self.lines["title"], rest, how, *(slot.view for slot in self.slots.values())]
        if self.readings:
            told = "Your own notes on the assigned reading, a line a note, its page first. They are never printed."
            parts += [help_text(told), *self.readings.values()]
        if self.essay.assignment.appendix and self.essay.assignment.exhibits_in_body:
            parts.append(self.in_body)
        return [*parts, self.meter, buttons, self.findings]

    def still(self) -> Exhibit:
        """Return where the paper in the file stands."""
        return standing(self.essay)

    def _typed(self, _: object) -> None:
        """Remember what is typed and not kept, for as long as this session of the notebook lasts."""
        self.changed()
        self._estimate()
        for name, slot in self.slots.items():
            UNKEPT[self.opened.path.resolve(), name] = (self.essay.draft.slots.get(name, ""), slot.text.value)

    def _noted(self, _: object = None) -> None:
        """Offer each page of the notes as a citation, in every part."""
        if self.opened.agreement.choices.get(SECTION, {}).get("readings", {}) != self._notes():
            self.changed()
        pages = [
            (f"{short(key)}, p. {page}", f"[@{key}, {'pp.' if '–' in page else 'p.'} {page}]")
            for key, text in self._notes().items()
            for page, _ in notes(text)
            if page
        ]
        for slot in self.slots.values():
            slot.offer(pages)

    def _notes(self) -> dict[str, str]:
        given = {key: tidy(control.value) for key, control in self.readings.items()}
        return {key: text for key, text in given.items() if text}

    def _restore(self) -> None:
        """Put back what was typed before the page was run again, unless the file has moved on since."""
        back = 0
        for name, slot in self.slots.items():
            kept = self.essay.draft.slots.get(name, "")
            before, typed = UNKEPT.get((self.opened.path.resolve(), name), (kept, kept))
            if before == kept and tidy(typed) != kept:
                slot.text.value = typed
                back += 1
        if back:
            self.say("What you had typed and not kept is still here. Press Keep to keep it.", good=False)

    def drafted(self) -> Draft:
        """Return what is typed now; texts of parts that the assignment no longer asks for stay."""
        asked = Essay(
            self.essay.assignment, Draft(), {}
        ).front()  # a line of the assignment's need not be kept
        given = {
            "title": asked.title,
            "course": asked.course,
            "institution": asked.institution,
            "date": asked.date,
        }
        lines = {name: control.value.strip() for name, control in self.lines.items()}
        lines["date"] = self.day.value.isoformat() if self.day.value else ""
        own = {name: line for name, line in lines.items() if line != given.get(name)}
        typed = {name: tidy(slot.text.value) for name, slot in self.slots.items()}
        kept = {name: text for name, text in self.essay.draft.slots.items() if name not in typed}
        notes_ = {**self.essay.draft.readings, **dict.fromkeys(self.readings, ""), **self._notes()}
        body = [self.in_body.value] if self.in_body.value else []
        return Draft(title_page=TitlePage(**own), slots={**kept, **typed}, readings=notes_, in_body=body)

    def measure(self) -> bool:
        """Set the paper as it is typed now, show its length and what is left to mend; return whether that worked."""
        try:
            draft = self.drafted()
        except ValidationError as error:
            self.say(str(error.errors()[0]["msg"]).removeprefix("Value error, "), good=False)
            return False
        found = check_essay(Essay(self.essay.assignment, draft, self.essay.evidence))
        self._pages = (found.pages, self._words()) if found.pages is not None else None
        self._measured(found.pages_said(), found.pages, found.limits)
        self.findings.show(found.exhibit())
        return True

    def keep(self) -> bool:
        """Write the paper into the agreement file, then measure and check it."""
        if not self.measure() or not self.save(("choices", {self.name: self.drafted().kept()})):
            return False
        self.essay = Essay.of(self.opened, self.essay.assignment)
        self.say(
            f"Kept in {self.opened.path.name}. Run the cells below to see the paper, then save (Ctrl-S).",
            good=True,
        )
        return True

    def _words(self) -> int:
        return sum(words(slot.text.value) for slot in self.slots.values())

    def _estimate(self) -> None:
        """Show about how long the paper is while it is typed: the pages last set, and the words added since."""
        pages, before = self._pages or (0.0, 0)
        least, most = self.essay.assignment.pages
        about = max(pages + (self._words() - before) / WORDS_PER_PAGE, 0.0)
        said = f"About {about:.1f} of {least} to {most} pages. Press Keep, or Measure and check, to set them."
        self._measured(said, about, (least, most))

    def _measured(self, said: str, pages: float | None = None, limits: tuple[int, int] = (0, 1)) -> None:
        self.meter.value = f'<div role="status">{_bar(pages, limits, "pages")}{escape(said)}</div>'


class _Slot:
    """One part of the paper in the panel: its question, its text, its word count, and what may be added to it."""

    def __init__(self, spec: SlotSpec, essay: Essay) -> None:
        self.spec = spec
        least, most = spec.words
        name = spec.name
        self.text = w.Textarea(
            value=essay.draft.slots.get(spec.id, ""), placeholder=spec.question, rows=max(7, spec.words[1] // 13),
            description=f"Your text: {name}", tooltip=spec.question, layout=w.Layout(width="98%"),
            style={"description_width": "0"},
        )  # fmt: skip
        self.text.add_class(f"cb-text-{spec.id}")
        needs = (
            "Cite a source or show a case, and show evidence of your own run."
            if spec.kind == "answer"
            else ""
        )
        head = w.HTML(
            f'<div class="cb-question"><h4>{escape(name)}</h4>{escape(spec.question)}<br>'
            f'<span class="cb-help">{least} to {most} words. {needs}</span></div>'
        )
        self.fitting = _references(spec, essay)
        self.cite = field(w.Dropdown, "Cite", "References that fit come first", options=self.fitting)
        self.show = field(
            w.Dropdown, "Evidence", "What fits comes first", options=_evidence(spec.evidence, essay)
        )
        self.meter = _classed(w.HTML(), "cb-words")
        self.meter.add_class("cb-meter")
        self.text.observe(self._count, "value")
        self._count()
        rows = [
            _adding(self.cite, "cite", self._add, spec.id),
            _adding(self.show, "evidence", self._add, spec.id),
        ]
        beside, write = w.VBox([head, *rows, self.meter]), w.VBox([self.text])
        beside.add_class("cb-beside")
        write.add_class("cb-write")
        self.view = w.HBox([beside, write])
        self.view.add_class("cb-slot")
        self.view.add_class("cb-columns")

    def _add(self, what: str) -> None:
        label = next((says for says, token in self.show.options if token == what), "")
        self.text.value = added(self.text.value, what, label.rpartition(": ")[0])

    def offer(self, pages: list[tuple[str, str]]) -> None:
        """Put the pages of the student's own notes before the references that fit."""
        before = self.cite.value
        self.cite.options = [*pages, *self.fitting]
        values = [value for _, value in self.cite.options]
        self.cite.value = before if before in values else values[0]

    def _count(self, _: object = None) -> None:
        count, limits = words(self.text.value), (self.spec.words[0], self.spec.words[1])
        said = f"{count} of {limits[0]} to {limits[1]} words"
        self.meter.value = f"<div>{_bar(count, limits, 'words')}{said}</div>"


def _bar(value: float | None, limits: tuple[int, int], what: str) -> str:
    """Return a bar from nothing to a little over the limit; it turns colour outside the limits."""
    if value is None:
        return ""
    least, most = limits
    inside = f'low="{least}" high="{most}" optimum="{(least + most) / 2:g}"'
    return f'<meter min="0" max="{1.25 * most:g}" {inside} value="{value:.2f}" aria-label="{what}"></meter>'


def _notes(key: str, essay: Essay) -> Any:
    """Return the place for notes on one reading."""
    name = short(key)
    control = field(
        w.Textarea, name, f"Notes on {name}: a line a note, its page first",
        value=essay.draft.readings.get(key, ""), placeholder="12: what it says there", rows=4,
    )  # fmt: skip
    return _classed(control, f"cb-notes-{key}")


def _references(spec: SlotSpec, essay: Essay) -> list[tuple[str, str]]:
    offered = [*spec.references, *(key for other in essay.assignment.slots for key in other.references)]
    return [(short(key), f"[@{key}]") for key in dict.fromkeys(offered)]


def _evidence(fitting: list[str], essay: Essay) -> list[tuple[str, str]]:
    order = sorted(
        essay.evidence, key=lambda token: fitting.index(token) if token in fitting else len(fitting)
    )
    return [(essay.evidence[token].says, f"{{{{{token}}}}}") for token in order]


def _adding(choice: Any, what: str, add: Any, slot: str) -> w.HBox:
    """Return a choice with the button that adds it."""
    button = w.Button(description="Add", tooltip=f"Add this to your text ({what})", layout={"width": "64px"})
    button.add_class(f"cb-add-{what}-{slot}")
    button.on_click(lambda _: add(choice.value))
    choice.add_class(f"cb-{what}-{slot}")
    choice.style = {"description_width": "70px"}
    choice.layout.width = "265px"
    return w.HBox([choice, button])


def _classed(widget: Any, name: str) -> Any:
    widget.add_class(name)
    return widget
