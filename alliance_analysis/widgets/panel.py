"""What every panel shares: one look, labelled controls, and a Keep that never overwrites another page's work."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w
from IPython.display import display
from traitlets import TraitError

from alliance_analysis.agreement import AgreementFile, keep, open_agreement
from alliance_analysis.agreement.files import Part
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.reports.outputs import WIDGET

CSS = """<style>
.cb-panel { border: 1px solid var(--jp-border-color2, #bbb); border-radius: 6px; padding: 12px; gap: 12px;
  color: var(--jp-content-font-color1, #222); background: var(--jp-layout-color1, #fff); max-width: 980px; }
.cb-panel .widget-label, .cb-panel .widget-html-content { color: var(--jp-content-font-color1, #222); }
.cb-panel .cb-columns { flex-flow: row wrap; gap: 16px; align-items: flex-start; }
.cb-panel .cb-help { color: var(--jp-content-font-color2, #555); font-size: 0.92em; line-height: 1.35; }
.cb-panel :is(input, select, textarea, button):focus-visible, .cb-panel .noUi-handle:focus-visible {
  outline: 3px solid #0072b2 !important; outline-offset: 1px; }
.cb-panel button { min-height: 34px; }
.cb-exhibit { line-height: 1.4; } .cb-exhibit img { padding: 6px; border-radius: 4px; box-sizing: border-box; }
.cb-table { border-collapse: collapse; } .cb-table td, .cb-table th { padding: 3px 8px; text-align: left; }
.cb-halves { flex-flow: row wrap; gap: 16px; align-items: flex-start; overflow: visible; }
:is(.cb-halves, .cb-live) .widget-inline-hbox { height: auto; min-height: 32px; align-items: center; }
:is(.cb-halves, .cb-live) .widget-inline-hbox > .widget-label { white-space: normal; height: auto; line-height: 1.2;
  padding: 4px 0; }
:is(.cb-halves, .cb-live) .widget-dropdown > select { height: 30px; }
.cb-live :is(.widget-inline-hbox, .widget-inline-hbox > .widget-label) { overflow: visible; }
.cb-live .cb-grid { display: grid; gap: 4px 14px; overflow: visible; }
.cb-live .cb-result .widget-html-content { line-height: 1.4; } .cb-live .slider-container { margin: 0 12px; }
.cb-live .cb-result img { width: 100%; max-width: 680px; height: auto; display: block; border-radius: 4px;
  background: #fff; }
.cb-live .cb-moved { min-height: 4.3em; margin: 8px 0; border-left: 4px solid #e69f00; padding-left: 10px; }
.cb-live .cb-table { width: 100%; }
.cb-note { font-size: 0.92em; } .cb-good::before { content: "\\2713\\00a0"; } .cb-bad::before { content: "\\2717\\00a0"; }
.cb-good { color: var(--jp-success-color0, #1b5e20); } .cb-bad { color: var(--jp-error-color0, #b71c1c); }
.cb-hint { border-left: 4px solid #e69f00; padding-left: 8px; }
</style>"""
"""The one style of every panel; colours follow JupyterLab's theme, light or dark."""

UNRUN = (
    "The form appears here when you run the page: menu Run, Run All Cells. Until then, this is what stood kept "
    "when the page was last saved:"
)
"""What a page says in a panel's place before it is run."""

CHANGED = '<div role="status" class="cb-help">Changed since then; not kept yet.</div>'
"""What a panel says once something is set that differs from what it kept."""

STILL = "Move a control: here stands what your last move changed."
"""What a live panel says before the first move."""

LABEL = {"description_width": "170px"}
CONTROL = "430px"
RESULT = "490px"


class Panel(ABC):
    """A panel on the student's agreement file.

    A subclass builds its controls in `body`, and says in `still` what the page shows before it is run: the same
    result, from the agreement file alone. It calls `save` from its Keep button.
    """

    name: str
    """The panel's part of `choices` in the agreement file."""

    recalls: bool = True
    """Whether a second run of the page finds what was set and not kept; for as long as its kernel lasts."""

    def __init__(self, path: Path | None = None) -> None:
        self.opened: AgreementFile = open_agreement(path)
        self.status = w.HTML(layout=w.Layout(min_height="2.8em"))
        self.status.add_class("cb-status")
        self.source = help_text("")
        self._view: w.Widget | None = None
        self._unkept, self._begun = False, list[Any]()

    @property
    def chosen(self) -> dict[str, Any]:
        """What this panel kept earlier, or nothing."""
        return dict(self.opened.agreement.choices.get(self.name, {}))

    @abstractmethod
    def body(self) -> list[w.Widget]:
        """Return the panel's widgets from top to bottom."""

    @abstractmethod
    def still(self) -> Exhibit:
        """Return what stands in the agreement file for this panel."""

    @property
    def view(self) -> w.Widget:
        """The panel as one widget."""
        if self._view is None:
            self._view = w.VBox([styled(CSS), self.source, *self.body()])
            self._tell_source()
            self._view.add_class("cb-panel")
            self._recall()
        return self._view

    def _recall(self) -> None:
        """Put back what was set and not kept when the page was run before, unless the file has moved on since."""
        place = (type(self), self.opened.path.resolve(), self.name)
        before, SHOWN[place] = SHOWN.get(place), self
        self._begun = [control.value for control in _inputs(self._view)]
        if not self.recalls or before is None or not before._unkept or before._begun != self._begun:
            return
        self.take_over(before)
        for at, control in enumerate(_inputs(before._view)):
            with suppress(TraitError, IndexError):  # a choice that is no longer offered
                list(_inputs(self._view))[at].value = control.value
        self._unkept = True
        self.say("What you had set and not kept is still here. Press Keep to keep it.", good=None)

    def take_over(self, before: Any) -> None:  # noqa: B027
        """Take over from the panel of an earlier run what none of its controls shows."""

    def follow(self) -> None:  # noqa: B027
        """Show what another panel of the page has just kept, where this one shows it too."""

    def save(self, *parts: Part) -> bool:
        """Write the parts (section, value) into the agreement file; say on the panel what happened.

        The other panels of the page know of it, so that each can be kept after the other.
        """
        before = self.opened
        try:
            self.opened = keep(before, *parts)
        except AllianceError as error:
            faults = [replace(f, file=f.file and Path(f.file.name)) for f in error.faults]
            self.say("; ".join(map(str, faults)), good=False)
            return False
        self._unkept = False
        self._tell_source()
        for panel in SHOWN.values():
            same = (panel.opened.path, panel.opened.digest) == (before.path, before.digest)
            if same and panel.name != self.name:
                panel.opened = self.opened
                panel._tell_source()
                panel.follow()
        self.say(f"Kept in {self.opened.path.name}.", good=True)
        return True

    def _tell_source(self) -> None:
        shown = "the labelled example" if self.opened.is_example else self.opened.path.name
        self.source.value = help_text(f"Showing {shown}. Nothing is written until you press Keep.").value

    def say(self, text: str, *, good: bool | None) -> None:
        """Show a message beside the Keep button, read aloud by screen readers; None is neither good nor bad: a hint."""
        kind = "cb-hint" if good is None else "cb-good" if good else "cb-bad"
        self.status.value = f'<div role="status" aria-live="polite" class="{kind}">{escape(text)}</div>'

    def changed(self, _: object = None) -> None:
        """Take back what the panel said of an earlier Keep, as it no longer holds."""
        self._unkept = True
        kept = "Kept in" in self.status.value or self.status.value == CHANGED
        self.status.value = CHANGED if kept else ""

    def keep_button(self, act: Callable[[], object], label: str = "Keep") -> w.HBox:
        """Return the Keep button with its message."""
        button = w.Button(
            description=label, button_style="primary", tooltip="Write this to your agreement file"
        )
        button.layout = w.Layout(flex="0 0 auto", width="130px")
        button.add_class("cb-keep")
        button.on_click(lambda _: act())
        return w.HBox([button, self.status])

    def _ipython_display_(self) -> None:
        still = self.still()
        data = {
            "text/plain": still.alt,
            "text/html": f"<p><strong>{UNRUN}</strong></p>{still.to_html()}",
            WIDGET: {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id},
        }
        display(data, raw=True)


SHOWN: dict[tuple[type[Panel], Path, str], Panel] = {}
"""The panel of each kind that was shown last, by agreement file and part."""


def _inputs(widget: w.Widget) -> Iterator[w.Widget]:
    """Yield every control below a widget, from top to bottom."""
    if isinstance(widget, NO_INPUT):
        return
    if isinstance(widget, w.Box):
        for child in widget.children:
            yield from _inputs(child)
    elif isinstance(widget, w.ValueWidget):
        yield widget


class Mirror(w.VBox):  # type: ignore[misc]
    """Controls that show what another control holds, and come and go with it; a second run recalls that one."""


NO_INPUT = (w.HTML, w.FileUpload, w.IntProgress, Mirror)


def styled(css: str) -> w.HTML:
    """Return a style as a widget that takes no room."""
    return w.HTML(css, layout=w.Layout(display="none"))


def help_text(text: str) -> w.HTML:
    """Return a line of explanation."""
    return w.HTML(f'<div class="cb-help">{escape(text)}</div>')


def columns(*parts: Iterable[w.Widget]) -> w.HBox:
    """Return groups of widgets side by side, one under the other where the page is narrow."""
    widths = (CONTROL, RESULT)
    boxes = [
        w.VBox(list(part), layout=w.Layout(width=width, max_width="100%"))
        for part, width in zip(parts, widths, strict=True)
    ]
    box = w.HBox(boxes)
    box.add_class("cb-columns")
    return box


def halves(*parts: Iterable[w.Widget]) -> w.HBox:
    """Return groups of widgets side by side, also beside JupyterLab's file list; long labels take two lines."""
    boxes = [w.VBox(list(part), layout=w.Layout(flex="1 1 340px", max_width="100%")) for part in parts]
    box = w.HBox(boxes)
    box.add_class("cb-halves")
    return box


def field(kind: type[w.Widget], label: str, help: str, **settings: Any) -> Any:
    """Return one control with its label (unit included) and its explanation as a tooltip."""
    return kind(
        description=label,
        tooltip=help,
        style=LABEL,
        layout=w.Layout(width="98%"),
        **settings,
    )


class Shown(w.HTML):  # type: ignore[misc]
    """An exhibit inside a panel, updated in place; its height is kept, so that the page does not jump."""

    def __init__(self, exhibit: Exhibit | None = None, height: str = "300px") -> None:
        super().__init__(layout=w.Layout(min_height=height, width="auto"))
        if exhibit:
            self.show(exhibit)

    def show(self, exhibit: Exhibit) -> None:
        """Replace what is shown."""
        self.value = exhibit.to_html()
