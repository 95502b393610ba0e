"""One part of the paper in the studio: its question, its text, and what it still lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as w

from alliance_analysis.reports.assignment import SlotSpec
from alliance_analysis.reports.essay_findings import Finding, slot_faults
from alliance_analysis.reports.essay_text import words

NEEDS = "Cite a source or show a case, and show evidence of your own run."


class Part:
    """One part: `text` is what the student types, `entry` its line in the list of parts, `view` the open part."""

    def __init__(self, number: int, spec: SlotSpec, text: str) -> None:
        self.spec = spec
        least, most = spec.words
        needs = f" {NEEDS}" if spec.kind == "answer" else ""
        head = w.HTML(
            f'<h4>{number}. {escape(spec.name)}</h4><div class="cb-question">{escape(spec.question)}</div>'
            f'<div class="cb-help">{least} to {most} words.{needs}</div>'
        )
        self.text = w.Textarea(
            value=text, placeholder="Write here. An empty line starts a new paragraph.",
            description=f"Your text: {spec.name}", tooltip=spec.question,
            rows=min(max(8, most // 13), 16), layout=w.Layout(width="100%"), style={"description_width": "0"},
        )  # fmt: skip
        self.text.add_class("cb-writing")
        self.text.add_class(f"cb-text-{spec.id}")
        self.todo, self.other = w.HTML(), w.HTML()
        self.todo.add_class("cb-todo")
        self.entry = w.Button(tooltip=spec.question)
        self.view = w.VBox([head, self.text, self.todo, self.other])
        self.ready = False
        self._more: list[tuple[str, str]] = []

    @property
    def words(self) -> int:
        """How many words are typed."""
        return words(self.text.value)

    def found(self, findings: Iterable[Finding], said: Mapping[str, Any]) -> None:
        """Take what a check of the whole paper holds against this part, beside what its text lacks by itself."""
        own = set(slot_faults(self.spec, said))
        self._more = [pair for f in findings if (pair := (f.what, f.remedy)) not in own]
        self.tell(said)

    def tell(self, said: Mapping[str, Any]) -> None:
        """Show what the part lacks, in the part and in the list; `said` is what its text says (see `Essay.said`)."""
        faults = [*slot_faults(self.spec, said), *self._more]
        self.ready = not faults
        count, (least, most) = self.words, self.spec.words
        state = "ready" if self.ready else f"{len(faults)} to do" if count else "not begun"
        told = f"{count} words, {state}" if count else state
        self.entry.description = f"{'✓' if self.ready else '◐' if count else '○'} {self.spec.name}\n{told}"
        listed = "".join(
            f'<li class="cb-bad">{escape(what)}: <span class="cb-help">{escape(remedy)}</span></li>'
            for what, remedy in faults
            if count
        )
        done = '<li class="cb-good">nothing is missing here</li>' if self.ready else ""
        self.todo.value = (
            f"{bar(count, (least, most), 'words')}<strong>{count} words</strong><ul>{listed}{done}</ul>"
        )

    def show_other(self, told: str, text: str) -> None:
        """Show a second text of this part, so that nothing that was typed is lost; without a text, none."""
        body = f'<pre class="cb-other">{escape(text)}</pre>'
        self.other.value = (
            f'<details open><summary class="cb-hint">{escape(told)}</summary>{body}</details>' if text else ""
        )


def bar(value: float | None, limits: tuple[int, int], what: str) -> str:
    """Return a bar from nothing to a little over the limit; it turns colour outside the limits."""
    if value is None:
        return ""
    least, most = limits
    inside = f'low="{least}" high="{most}" optimum="{(least + most) / 2:g}"'
    return f'<meter min="0" max="{1.25 * most:g}" {inside} value="{value:.2f}" aria-label="{what}"></meter>'
