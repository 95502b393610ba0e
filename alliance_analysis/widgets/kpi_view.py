"""How the KPI panel looks: its style, its two columns, and the findings of the lint as a list."""

from __future__ import annotations

from html import escape

import ipywidgets as w

from alliance_analysis.drafting.lint import Lint
from alliance_analysis.figures.lint import SIGNS, sources_in_words

CSS = """<style>
.cb-kpi .widget-textarea { flex-direction: column; height: auto; }
.cb-kpi .widget-textarea > label { width: 100% !important; text-align: left; padding-left: 4px; box-sizing: border-box; }
.cb-kpi .widget-textarea > textarea { width: 100%; }
.cb-kpi .widget-inline-hbox { height: auto; min-height: 32px; align-items: center; }
.cb-kpi .widget-inline-hbox > .widget-label { white-space: normal; overflow: visible; height: auto; line-height: 1.2; }
.cb-kpi .widget-dropdown > select { height: 30px; flex: 1 1 120px; } .cb-kpi .lm-TabBar-tab { flex: 1 1 auto !important; }
.cb-kpi .cb-pair { flex-flow: row wrap; gap: 10px 16px; align-items: flex-start; overflow: visible; }
.cb-kpi .cb-lacks .widget-html-content, .cb-kpi .cb-words .widget-html-content { line-height: 1.4; }
.cb-kpi .cb-exhibit img { box-sizing: border-box; } .cb-kpi .cb-pair + .cb-pair { margin-top: 12px; }
.cb-kpi .cb-words { min-height: 4em; } .cb-kpi .cb-count { font-weight: 600; font-size: 1.1em; margin: 3px 0; }
.cb-kpi .cb-list { height: 19em; overflow-y: auto; border: 1px solid var(--jp-border-color2, #bbb); padding: 0 8px; }
.cb-kpi .cb-list:focus-visible { outline: 3px solid #0072b2; } .cb-kpi .cb-list li { margin: 6px 0; }
.cb-kpi .cb-list ul { padding-left: 0; list-style: none; margin: 0; }
.cb-kpi .cb-library { border: 1px solid var(--jp-border-color2, #bbb); padding: 8px; margin: 12px 0; }
.cb-kpi .cb-library-about .widget-html-content { line-height: 1.4; height: 13em; overflow-y: auto; }
.cb-kpi .cb-library-about p { margin: 3px 0; }
</style>"""
LEFT, RIGHT = "1 1 350px", "1 1 410px"
"""Shares of the width, chosen so that form and figure stand side by side on a page of 1,000 pixels."""


def findings(result: Lint, faults: list[str]) -> str:
    """Return the findings as a list that can be scrolled with the keyboard, and their count as a spoken line."""
    errors = len(result.of("error"))
    bars = (
        f"{errors} error{' bars' if errors == 1 else 's bar'} a signature"
        if errors
        else "Nothing bars a signature"
    )
    share = (
        ""
        if result.joint_share is None
        else f" Joint outcomes: {result.joint_share:.0%} of {len(result.cards)} cards."
    )
    wrong = "".join(f'<p class="cb-bad">{escape(fault)}</p>' for fault in faults)
    items = "".join(
        f"<li><strong>{SIGNS[found.rule.severity]}.</strong> {escape(found.said or '')} {escape(found.rule.remedy)} "
        f'<span class="cb-help">{escape(found.rule.why)} ({escape(sources_in_words(found))})</span></li>'
        for found in result.findings
    )
    return (
        f'<div aria-live="polite"><p class="cb-count">{bars}</p><p>{result.counted().capitalize()}.{share}</p>{wrong}</div>'
        f'<div class="cb-list" tabindex="0" role="region" aria-label="What the lint found"><ul>{items}</ul></div>'
    )


def pair(*groups: list[w.Widget]) -> w.HBox:
    """Return two groups side by side, one under the other where the page is narrow."""
    boxes = [
        w.VBox(group, layout=w.Layout(flex=flex)) for group, flex in zip(groups, (LEFT, RIGHT), strict=True)
    ]
    box = w.HBox(boxes)
    box.add_class("cb-pair")
    return box


def within(start: str, end: str, quarters: list[str], least: int = 1) -> tuple[str, str]:
    """Return the first and last quarter with deliveries from `start` to `end`; all of them if fewer than `least`.

    >>> within("2012Q1", "2013Q2", ["2011Q4", "2012Q3", "2013Q2"]), within("2012Q1", "2012Q4", ["2011Q4", "2012Q3"], 2)
    (('2012Q3', '2013Q2'), ('2011Q4', '2012Q3'))
    """
    inside = [quarter for quarter in quarters if start <= quarter <= end]
    chosen = inside if len(inside) >= least else quarters
    return chosen[0], chosen[-1]
