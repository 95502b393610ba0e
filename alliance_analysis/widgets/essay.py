"""The studio in which the student writes the essay: a list of its parts, one of them open, evidence at hand."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement import open_agreement
from alliance_analysis.figures import Exhibit
from alliance_analysis.references import short
from alliance_analysis.reports.essay import Essay
from alliance_analysis.reports.essay_check import Check, check_essay, standing
from alliance_analysis.reports.essay_findings import Finding
from alliance_analysis.reports.essay_length import WORDS_PER_PAGE
from alliance_analysis.reports.essay_text import SECTION, Draft, TitlePage, added, notes, tidy, without
from alliance_analysis.widgets import unkept
from alliance_analysis.widgets.essay_front import CSS, LINES, asked_for, button, line, notes_on
from alliance_analysis.widgets.essay_left import Left
from alliance_analysis.widgets.essay_part import Part, bar
from alliance_analysis.widgets.essay_reading import ReadingForm
from alliance_analysis.widgets.essay_shelf import END, Shelf
from alliance_analysis.widgets.later import Later
from alliance_analysis.widgets.panel import Panel, field, help_text, styled

FRONT, NOTES = "front", "notes"
"""The entries of the list that are no part of the text."""


CHANGED = (
    "The file changed on disk since this page read it, so nothing was written. Press “Read the file again”: "
    "what you typed stays. Then press Keep."
)


class EssayPanel(Panel):
    """Write the paper part by part; Keep writes it into `choices.essay`. Pages and findings follow the typing."""

    name = SECTION
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.essay = Essay.of(self.opened)
        asked = self.essay.assignment
        texts = _texts_of(self.essay)
        self.slots = {spec.id: Part(at, spec, texts[spec.id]) for at, spec in enumerate(asked.slots, start=1)}
        self.lines = {name: line(name, texts[name]) for name in LINES}
        front = self.essay.front()
        day = datetime.date.fromisoformat(front.date) if front.date else None
        self.day = field(w.DatePicker, "Date", "The date on the title page", value=day)
        self.day.add_class("cb-line-date")
        self.readings = {key: notes_on(key, texts[key]) for key in asked.readings}
        self.in_body = field(
            w.Dropdown, "In the body", "The exhibit that stands in the body; the others go into the appendix"
        )
        self.in_body.add_class("cb-in-body")
        self.shelf, self.reading = (
            Shelf(self._add, self._take_back),
            ReadingForm(self.keep, self.keep, self._moved),
        )
        self.sheet, self.meter = w.VBox(), w.HTML()
        self.findings = Left(
            {name: slot.spec.name for name, slot in self.slots.items()}, lambda part: self.open(part or FRONT)
        )
        self.sheet.add_class("cb-sheet")
        self.meter.add_class("cb-studio-head")
        steps = (("Previous", -1), ("Next", 1))
        self.steps = w.HBox([button(name, name.lower(), lambda by=by: self.step(by)) for name, by in steps])  # type: ignore[misc]
        self.entries: dict[str, w.Button] = {}
        self._pages: tuple[float, int] | None = None
        self._addition = ("", "")
        self.checking: Later[Check] = Later(self._begin_check, self._checked, wait=1.5)
        self.saving: Later[None] = Later(self._begin_saving, lambda _: None, wait=0.8)
        self._offer_exhibits()
        self.reading.show(self.essay.draft.own_readings)
        self._kept, self._aside = self._texts(), unkept.remembered(self.opened.path)
        self._restore()
        for name, slot in self.slots.items():
            slot.tell(self.essay.said(name, slot.text.value))
            slot.text.observe(lambda _, name=name: self._typed(name), "value")
        for control in (*self.lines.values(), self.day, self.in_body):
            control.observe(self._moved, "value")
        for control in self.readings.values():
            control.observe(self._noted, "value")
        self.again = button("Read the file again", "reread", self.reread)
        self.again.layout.display = "none"
        self.current = ""
        self._tell()

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        if self.essay.draft.slots:
            self.checking.ask()

    # what is on the page

    def body(self) -> list[w.Widget]:
        """Return what the assignment asks, where the paper stands, the list of parts, the open one, Keep and the check."""
        entries = [(FRONT, "Title page"), *((name, "") for name in self.slots), (NOTES, "Readings")]
        for name, label in entries:
            entry = self.slots[name].entry if name in self.slots else w.Button(description=label)
            entry.add_class(f"cb-open-{name}")
            entry.on_click(lambda _, name=name: self.open(name))
            self.entries[name] = entry
        listed = w.VBox(list(self.entries.values()))
        listed.add_class("cb-parts")
        studio = w.HBox([listed, self.sheet])
        studio.add_class("cb-studio")
        self.open(self._next() or FRONT)
        check = button("Check now", "measure", lambda: self.checking.ask(0))
        keep = w.HBox([self.keep_button(self.keep), self.again, check])
        keep.add_class("cb-shelf-row")
        return [styled(CSS), asked_for(self.essay.assignment), self.meter, studio, keep, self.findings.view]

    def still(self) -> Exhibit:
        """Return where the paper in the file stands."""
        return standing(self.essay)

    def open(self, name: str) -> None:
        """Open one part of the paper, the title page or the notes."""
        for other, entry in self.entries.items():
            (entry.add_class if other == name else entry.remove_class)("cb-current")
        self.current, self.shelf.undo.disabled = name, True
        self.shelf.where.value = END
        if name in self.slots:
            self.shelf.serve(self.essay, self.slots[name].spec, self._noted_pages())
            self.shelf.follow(self.slots[name].text.value)
            self.sheet.children = [self.slots[name].view, self.steps, self.shelf.view]
        elif name == NOTES:
            told = (
                "Your own notes on the assigned readings: a line a note, its page first. They are never printed; "
                "their pages are offered as citations."
            )
            head = [w.HTML("<h4>Notes on readings</h4>"), help_text(told), *self.readings.values()]
            self.sheet.children = [*(head if self.readings else ()), self.reading.view, self.steps]
        else:
            asked = self.essay.assignment
            chosen = [self.in_body] if asked.appendix and asked.exhibits_in_body else []
            head = [w.HTML("<h4>Title page</h4>")]
            self.sheet.children = [*head, *self.lines.values(), self.day, *chosen, self.steps]

    def step(self, by: int) -> None:
        """Open the part so many places further on, if there is one."""
        names = list(self.entries)
        at = names.index(self.current) + by
        if 0 <= at < len(names):
            self.open(names[at])

    def _next(self) -> str:
        return next((name for name, slot in self.slots.items() if not slot.ready), "")

    def _add(self, what: str, label: str, after: int | None) -> None:
        """Add to the open part, and put the cursor back into it."""
        if what and self.current in self.slots:
            text = self.slots[self.current].text
            before = text.value
            text.value = added(before, what, label, after)
            self._addition, self.shelf.undo.disabled, self.shelf.where.value = (
                (before, text.value),
                False,
                END,
            )
            text.focus()

    def _take_back(self) -> None:
        """Take the last addition out again; what was typed since stays."""
        text, (before, after) = self.slots[self.current].text, self._addition
        text.value = without(text.value, before, after)
        self.shelf.undo.disabled = True
        text.focus()

    # what follows the typing

    def _typed(self, name: str) -> None:
        slot = self.slots[name]
        slot.tell(self.essay.said(name, slot.text.value))
        if name == self.current:
            self.shelf.follow(slot.text.value)
        self._moved()

    def _moved(self, _: object = None) -> None:
        """Take back the word of an earlier Keep, count again, and let the pages be set at the next pause."""
        self.changed()
        self._tell()
        self._save_unkept()
        self.checking.ask()

    def _noted(self, _: object = None) -> None:
        self._moved()
        self.shelf.offer(self._noted_pages())

    def _noted_pages(self) -> list[tuple[str, str]]:
        """Return each page of the student's notes as a citation."""
        return [
            (f"{short(key)}, p. {page}", f"[@{key}, {'pp.' if '–' in page else 'p.'} {page}]")
            for key, control in self.readings.items()
            for page, _ in notes(tidy(control.value))
            if page
        ]

    def _tell(self, found: Check | None = None) -> None:
        """Say how many parts are ready, how many words and pages there are, and what comes next."""
        ready = sum(slot.ready for slot in self.slots.values())
        count = sum(slot.words for slot in self.slots.values())
        limits = self.essay.assignment.pages
        if found:
            self._pages = (found.pages, count) if found.pages is not None else None
            pages = found.pages
            said = found.pages_said() + (", as the PDF is set" if pages is not None else "")
        else:
            set_, before = self._pages or (0.0, 0)
            pages = max(set_ + (count - before) / WORDS_PER_PAGE, 0.0)
            said = f"About {pages:.1f} of {limits[0]} to {limits[1]} pages"
        name = self._next()
        after = f"Next: {self.slots[name].spec.name}." if name else "Every part is ready."
        self.meter.value = (
            f'<div class="cb-pages">{bar(pages, (limits[0], limits[1]), "pages")}<strong>{escape(said)}</strong></div>'
            f"<div>{ready} of {len(self.slots)} parts ready, {count:,} words. {escape(after)}</div>"
        )

    def drafted(self) -> Draft:
        """Return what is typed now; texts of parts that the assignment no longer asks for stay."""
        blank = Essay(
            self.essay.assignment, Draft(), {}
        ).front()  # a line of the assignment's need not be kept
        lines = {name: control.value.strip() for name, control in self.lines.items()}
        lines["date"] = self.day.value.isoformat() if self.day.value else ""
        own = {name: line for name, line in lines.items() if line != getattr(blank, name, "")}
        typed = {name: tidy(slot.text.value) for name, slot in self.slots.items()}
        noted = {key: tidy(control.value) for key, control in self.readings.items()}
        draft, body = self.essay.draft, [self.in_body.value] if self.in_body.value else []
        return Draft(title_page=TitlePage(**own), slots={**draft.slots, **typed},
                     readings={**draft.readings, **noted}, own_readings=draft.own_readings, in_body=body)  # fmt: skip

    # the check

    def _begin_check(self) -> Callable[[], Check]:
        """Take the paper as it is typed now; it is set beside the typing."""
        try:
            essay = Essay(self.essay.assignment, self.drafted(), self.essay.evidence)
        except ValidationError as error:
            asked = self.essay.assignment
            fault = Finding(None, "", _told(error), "write less, or write it elsewhere")
            return lambda: Check((fault,), None, asked)
        return lambda: check_essay(essay)

    def _checked(self, found: Check) -> None:
        for name, slot in self.slots.items():
            held = [f for f in found.findings if f.slot == name and not f.warning]
            slot.found(held, self.essay.said(name, slot.text.value))
        self._tell(found)
        self.findings.show(found)

    def measure(self) -> None:
        """Set the paper as it is typed now, show its length and what is left to mend; writes nothing."""
        self.checking.now()

    # keeping

    def keep(self, drop: str | None = None) -> bool:
        """Write the paper into the agreement file, without the reading to drop; the check follows beside it.

        A reading of the student's own that is typed and not kept goes with it, if it is whole.
        """
        given, wrong = self.reading.given()
        wrong = {key: told for key, told in wrong.items() if key != drop}
        before = self.essay.draft.own_readings
        own = {key: reading for key, reading in {**before, **given}.items() if key != drop}
        try:
            draft = self.drafted().model_copy(update={"own_readings": own})
        except ValidationError as error:
            self.say(_told(error), good=False)
            return False
        if not self.save(("choices", {self.name: draft.kept()})):
            if "changed on disk" in self.status.value:
                self.again.layout.display = None
                self.say(CHANGED, good=False)
            return False
        self.essay = dataclasses.replace(self.essay, draft=draft)
        self._kept, self._aside = self._texts(), {}
        self._show_aside("")
        self.reading.kept(own, wrong)
        if own != before and self.current in self.slots:
            self.open(self.current)  # which offers its references anew
        told = f"Kept in {self.opened.path.name}. Run the cells below to see the paper, then save (Ctrl-S)."
        if wrong:
            told = f"Kept in {self.opened.path.name}, but not the reading of your own: {'; '.join(wrong.values())}. "
            told += "Mend it under Readings, and press Keep again."
        self.say(told, good=None if wrong else True)
        self._save_unkept()
        self.checking.ask(0)
        return True

    def reread(self) -> None:
        """Read the file again after another page wrote it; what is typed here stays, what differs there is shown."""
        typed, self.opened = self._texts(), open_agreement(self.opened.path)
        self.essay = Essay.of(self.opened, self.essay.assignment)
        self._offer_exhibits()
        before, self._kept = self._kept, _texts_of(self.essay)
        for name, control in self._controls().items():
            if typed[name] == before[name] and typed[name] != self._kept[name]:
                control.value = self._kept[name]
        for name, slot in self.slots.items():
            slot.tell(self.essay.said(name, slot.text.value))
        self._aside = {
            name: ("", self._kept[name])
            for name in self.slots
            if len({typed[name], before[name], self._kept[name]}) == 3
        }
        self._show_aside("In the file stands another text of this part")
        self.again.layout.display = "none"
        self.reading.show(self.essay.draft.own_readings)
        self._tell_source()
        self.open(self.current)
        self.say("Read again. What you typed is still here; press Keep to keep it.", good=None)

    def _controls(self) -> dict[str, Any]:
        """Return every control that holds a text of the student's own, by name."""
        return {**{name: slot.text for name, slot in self.slots.items()}, **self.readings, **self.lines}

    def _texts(self) -> dict[str, str]:
        return {name: tidy(control.value) for name, control in self._controls().items()}

    def _save_unkept(self) -> None:
        if not self.saving.ask():
            self.saving.now()

    def _begin_saving(self) -> Callable[[], None]:
        """Let what is typed and not kept wait in a file of its own, which outlives the page and the kernel."""
        now = {name: (self._kept[name], text) for name, text in self._texts().items()}
        waiting = {
            **self._aside,
            **self.reading.waiting(),
            **{name: pair for name, pair in now.items() if pair[0] != pair[1]},
        }
        return lambda: unkept.remember(self.opened.path, waiting)

    def _restore(self) -> None:
        """Put back what was typed and never kept; where the file has moved on since, show it beside."""
        controls, back = self._controls(), self.reading.restore(self._aside)
        for name, (before, typed) in list(self._aside.items()):
            if name in controls and before == self._kept[name]:
                controls[name].value = typed
                back = True
            if name not in self.slots or before == self._kept[name] or typed == self._kept[name]:
                del self._aside[name]
        self._show_aside("You had typed this here and not kept it; the file has moved on since")
        if back or self._aside:
            self.say("What you had typed and not kept is still here. Press Keep to keep it.", good=None)

    def _show_aside(self, told: str) -> None:
        for name, slot in self.slots.items():
            slot.show_other(told, self._aside.get(name, ("", ""))[1])

    def _offer_exhibits(self) -> None:
        """Offer every figure and table for the place in the body."""
        chosen = next((t for t in self.essay.draft.in_body if t in self.essay.evidence), "")
        exhibits = [(item.says, token) for token, item in self.essay.evidence.items() if item.draw]
        self.in_body.options = [("the first one that you name", ""), *exhibits]
        self.in_body.value = chosen


def _texts_of(essay: Essay) -> dict[str, str]:
    """Return every text of the student's own as an essay holds it, by name."""
    front = essay.front()
    lines = {
        "title": front.title,
        "student": front.author,
        "course": front.course,
        "institution": front.institution,
        "instructor": front.instructor,
    }
    parts = {spec.id: essay.draft.slots.get(spec.id, "") for spec in essay.assignment.slots}
    return {**parts, **{key: essay.draft.readings.get(key, "") for key in essay.assignment.readings}, **lines}


def _told(error: ValidationError) -> str:
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
