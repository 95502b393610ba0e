"""What is left to mend, part by part, each with a way to the part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

import ipywidgets as w

from alliance_analysis.reports.essay_check import Check
from alliance_analysis.reports.essay_findings import Finding


class Left:
    """The list of `casebook check` in the studio; `jump` opens a part by its id."""

    def __init__(self, parts: Mapping[str, str], jump: Callable[[str], None]) -> None:
        self.head = w.HTML()
        self.head.add_class("cb-findings")
        self.rows = {part: self._row(part, name, jump) for part, name in {"": "The paper", **parts}.items()}
        self.view = w.VBox([self.head, *(row for row, _ in self.rows.values())])

    def _row(self, part: str, name: str, jump: Callable[[str], None]) -> tuple[w.HBox, w.HTML]:
        button = w.Button(description=name, tooltip=f"Go to: {name}")
        button.layout = w.Layout(flex="0 0 150px")
        button.add_class(f"cb-jump-{part or 'paper'}")
        button.on_click(lambda _: jump(part))
        said = w.HTML()
        row = w.HBox([button, said], layout=w.Layout(display="none"))
        row.add_class("cb-found")
        return row, said

    def show(self, found: Check) -> None:
        """Show a check: first what holds the paper back, then what is only worth a look."""
        left = sum(not finding.warning for finding in found.findings)
        said = (
            f"Still to mend: {left}" if left else f"Nothing is left to mend: the paper is {found.verdict()}"
        )
        self.head.value = (
            f'<div role="status"><strong class="{"cb-bad" if left else "cb-good"}">{said}.</strong> '
            f'<span class="cb-help">{escape(found.pages_said())}.</span></div>'
        )
        for part, (row, html) in self.rows.items():
            mine = [f for f in found.findings if (f.slot if f.slot in self.rows else "") == part]
            html.value = f"<ul>{''.join(map(_item, sorted(mine, key=lambda f: f.warning)))}</ul>"
            row.layout.display = None if mine else "none"


def _item(finding: Finding) -> str:
    kind = "cb-help" if finding.warning else "cb-bad"
    worth = "worth a look: " if finding.warning else ""
    return (
        f'<li><span class="{kind}">{worth}{escape(finding.what)}</span>: '
        f'<span class="cb-help">{escape(finding.remedy)}</span></li>'
    )
