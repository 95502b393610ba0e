"""The report on one case: its parts in the order in which a reader wants them.

The notebook `reports/case_report` calls one part a cell. Nothing here asks which case it is: reports differ because
the cases' data differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from IPython.display import Markdown

from alliance_analysis import __version__
from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import Case, load_case
from alliance_analysis.cases.measures import MEASURES
from alliance_analysis.cases.model import GRADES, Contradiction, Question
from alliance_analysis.figures import Exhibit, accords, evidence, measures, timeline
from alliance_analysis.figures.accords import Focus
from alliance_analysis.figures.exit import exit_clause
from alliance_analysis.figures.threshold_table import vendors_below
from alliance_analysis.references import readable
from alliance_analysis.reports.case_numbers import case_numbers
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.outcomes import Outcomes
from alliance_analysis.reports.parameters import Reader

QUESTIONS_DRAWN = 3


@dataclass(frozen=True)
class CaseReport:
    """A report on one case for one reader.

    Parameters
    ----------
    case
        Name of the case.
    reader
        "student", or "instructor", who also gets what to listen for and the teaching note.
    prepared_for
        The name on the title page; a role or an id in examples.
    date
        ISO date of the title page.
    focus
        The accord to look at, or "all".
    margin
        Low and high margin as fractions, invented by the reader, that turn forgone revenue into contribution.
    seed
        Seed of the exercise that is drawn for this reader.
    threshold
        On-time threshold as a fraction, held against real vendors.
    exit_notice
        Notice of an exit clause, in months, with which the right to leave is priced.

    >>> report = CaseReport("timex", date="2026-01-15")
    >>> report.front().spelled_date
    'January 15, 2026'
    """

    case: str
    reader: Reader = "student"
    prepared_for: str = ""
    date: str = ""
    focus: Focus = "all"
    margin: tuple[float, float] = (0.05, 0.25)
    seed: int = 0
    threshold: float = 0.95
    exit_notice: float = 6.0
    data: Case = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "data", load_case(self.case))
        object.__setattr__(self, "margin", tuple(self.margin))

    # the title page and the story

    def front(self) -> Front:
        """Return the title page."""
        edition = {"student": "Case report", "instructor": "Case report, instructor's edition"}[self.reader]
        focus = "" if self.focus == "all" else f", {self.focus} accord"
        return Front(self.data.file.title, subtitle=edition + focus, author=self.prepared_for, date=self.date)

    def brief(self) -> Markdown:
        """Return the case in brief, its numbers computed."""
        paragraphs = [fill(paragraph, self.data) for paragraph in self.data.file.brief]
        question = f"**The question this case asks.** {self.data.file.question}"
        return Markdown("\n\n".join([*paragraphs, question]))

    # the record

    def timeline(self) -> Exhibit:
        """Return the timeline figure."""
        return timeline.timeline(self.data)

    def events(self) -> Exhibit:
        """Return the table of dated events."""
        return timeline.events(self.data)

    def evidence(self) -> Exhibit:
        """Return the graded evidence cards."""
        return evidence.evidence(self.data)

    def contradictions(self) -> Exhibit:
        """Return the points on which sources disagree."""
        return evidence.contradictions(self.data)

    def claims(self) -> Exhibit:
        """Return the teaching text's claims beside the record."""
        return evidence.claims(self.data)

    # the accords

    def agreement(self) -> Exhibit:
        """Return the agreement as far as it is documented."""
        return evidence.documented(self.data)

    def accord_grid(self) -> Exhibit:
        """Return which accord elements existed, were missing or failed."""
        return accords.accord_grid(self.data, self.focus)

    def findings(self) -> Exhibit:
        """Return the findings behind the grid."""
        return accords.findings(self.data, self.focus)

    # the numbers

    def numbers(self, level: int = 2) -> Parts:
        """Return every quantitative exhibit for which the case has data, and the reason where it has none.

        `level` is that of their headings.
        """
        return Parts(tuple(self._numbers("#" * level)))

    def _numbers(self, heading: str) -> Iterator[Markdown | Exhibit]:
        file = self.data.file
        for name in MEASURES:
            measure = getattr(file, name)
            if measure is None:
                continue
            yield Markdown(f"{heading} {measures.TITLES[name]}")
            reading = getattr(measure, "reading", "")
            if reading:
                yield Markdown(fill(reading, self.data))
            for draw in measures.DRAWN[name]:
                yield draw(self.data, measure, self.margin) if name == "forgone" else draw(self.data, measure)
        missing = [f"- **{measures.TITLES[m]}:** {reason}" for m, reason in file.absent.items()]
        if missing:
            yield Markdown(f"{heading} What cannot be counted here\n\n" + "\n".join(missing))

    # what follows from it

    def pitfalls(self) -> Exhibit:
        """Return the pitfalls by the five areas."""
        return evidence.pitfalls(self.data)

    def remedies(self) -> Exhibit:
        """Return what an accord could have changed."""
        return accords.remedies(self.data, self.focus)

    def threshold_table(self) -> Exhibit:
        """Return how often real vendors missed the threshold."""
        return vendors_below(self.threshold)

    def exit_clause(self) -> Exhibit:
        """Return what a right to leave would have been worth at the start."""
        return exit_clause(self.data, self.exit_notice, self.margin)

    def counterfactuals(self) -> Markdown:
        """Return the counterfactual exercises in focus."""
        chosen = [c for c in self.data.file.counterfactuals if self.focus in ("all", c.focus)]
        text = []
        for number, item in enumerate(chosen, start=1):
            text.append(
                f"**Exercise {number}. {item.title}** ({item.focus} accord; evidence {', '.join(item.evidence)}). "
                f"{item.task}"
            )
            if self.reader == "instructor":
                text.append(f"> *A good answer:* {item.check}")
        return Markdown("\n\n".join(text))

    def questions(self) -> Markdown:
        """Return the discussion questions in focus; an instructor sees what to listen for."""
        lines = []
        for number, item in enumerate(self._in_focus(), start=1):
            lines.append(f"{number}. {item.text}")
            if self.reader == "instructor":
                lines.append(f"\n    *Listen for:* {item.listen_for}\n")
        return Markdown("\n".join(lines))

    def _in_focus(self) -> list[Question]:
        return [q for q in self.data.file.questions if self.focus in ("all", q.focus) or q.focus == "all"]

    def drawn(self) -> tuple[str, Contradiction, list[int]]:
        """Draw this reader's exercise: the party to speak for, the contradiction to judge, the questions to answer."""
        generator = np.random.default_rng(self.seed)
        parties = [party.name for party in self.data.file.parties]
        party = parties[generator.integers(len(parties))]
        point = self.data.file.contradictions[generator.integers(len(self.data.file.contradictions))]
        count = len(self._in_focus())
        numbers = generator.choice(count, size=min(QUESTIONS_DRAWN, count), replace=False) + 1
        return party, point, sorted(int(n) for n in numbers)

    def task(self) -> Markdown:
        """Return the exercise drawn for this reader."""
        party, point, numbers = self.drawn()
        *head, last = [str(n) for n in numbers]
        which = f"{', '.join(head)} and {last}" if head else last
        readings = "; ".join(f"“{reading.says}” (grade {reading.grade})" for reading in point.readings)
        text = (
            f"Seed {self.seed} drew this for you; the same seed always draws the same. "
            f"Speak for **{escape(party, quote=False)}** and answer questions {which} "
            f"from its side of the table. Then judge one contradiction: {_sentence(point.point)} The readings are: "
            f"{readings}. Say which reading you would put into a KPI's data-source field, and what evidence would "
            f"change your mind."
        )
        if self.reader == "instructor":
            text += f"\n\n> *What it teaches:* {point.lesson}"
        return Markdown(text)

    def teaching_note(self) -> Markdown:
        """Return the teaching note, for an instructor only."""
        if self.reader != "instructor":
            return Markdown("")
        body = re.sub(r"\A#[^\n]*\n", "", self.data.teaching_note).strip()
        return Markdown(
            "# Teaching note\n\n" + readable(re.sub(r"^(#+) ", r"#\1 ", body, flags=re.MULTILINE))
        )

    def methods(self) -> Markdown:
        """Return how the report was made: grades, limits, parameters, version."""
        file = self.data.file
        grades = [g for card in file.evidence for g in card.grades]
        counted = ", ".join(f"{grades.count(g)} {g} ({name})" for g, name in GRADES.items() if g in grades)
        low, high = self.margin
        margin = f"{low:.0%} to {high:.0%}"
        used = (
            f"{margin}, invented"
            if file.forgone
            else f"{margin}, not used: this case has no forgone revenue on record"
        )
        settings = [
            f"case {self.case}",
            f"reader {self.reader}",
            f"prepared for {self.prepared_for or '(no name given)'}",
            f"date {self.date or 'none'}",
            f"focus {self.focus}",
            f"margin {used}",
            f"seed {self.seed}",
            f"threshold {self.threshold:.1%}",
            f"exit notice {self.exit_notice:g} months",
        ]
        limits = "\n".join(f"- {limit}" for limit in file.limits)
        checks = "Element names of the accords follow @goo2009role and were not checked against the article. "
        return Markdown(
            f"The {len(file.evidence)} evidence cards carry these grades: {counted}. A card may have more than one. "
            "Growth, index and per-month figures are computed from the reported numbers; no computed number was typed "
            f"in. {checks}The accords come from research on service-level agreements in IT outsourcing "
            f"{readable('[@huang2009rescuing]')}; to read alliances through them is an extension.\n\n"
            f"What this record cannot show:\n\n{limits}\n\n"
            f"This report was made with version {__version__} of the Alliance Casebook from: {'; '.join(settings)}."
        )

    def outcomes(self) -> Outcomes:
        """Return the numbers by which many reports are compared; a batch keeps them, the report does not show them."""
        return Outcomes(case_numbers(self.data, self.focus, self.margin))


@dataclass(frozen=True)
class Parts:
    """Several exhibits and texts that one cell shows one after the other."""

    parts: tuple[Any, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            display(part)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def fill(text: str, case: Case) -> str:
    """Return a text of the casebook with its `{placeholders}` computed from the case.

    >>> fill("{forgone.months} months", load_case("timex"))
    '24 months'
    """
    text = readable(text)
    return re.sub(r"\{([a-z_]+)(?:\[([^\]]+)\])?\.([a-z_]+)\}", lambda m: _value(case, *m.groups()), text)


def _value(case: Case, subject: str, label: str | None, name: str) -> str:
    file, percent = case.file, measures.percent
    values: dict[str, Any] = {}
    if subject == "count":
        values = {
            "contradictions": len(file.contradictions),
            "events": len(file.timeline),
            "evidence": len(file.evidence),
            "elements": len(ELEMENTS),
            "initiatives": len(file.initiatives.items) if file.initiatives else 0,
            "succeeded": sum(i.outcome == "succeeded" for i in file.initiatives.items)
            if file.initiatives
            else 0,
        }
    elif subject == "growth" and file.growth:
        found = {c.label: c for c in file.growth.comparisons}[str(label)]
        values = {"headline": percent(found.headline), "like_for_like": percent(found.like_for_like)}
    elif subject == "forgone" and file.forgone:
        per_month = f"{file.forgone.per_month:g} million {file.forgone.currency}"
        revenue = f"{file.forgone.revenue:g} million {file.forgone.currency}"
        values = {"revenue": revenue, "months": f"{file.forgone.total_months:g}", "per_month": per_month}
    elif subject == "volumes" and file.volumes:
        volume, revenue_ = (
            sorted(file.volumes.changes().values()),
            sorted(file.volumes.revenue_changes().values()),
        )
        values = {
            "spread": f"{percent(volume[0], 0)} to {percent(volume[-1], 0)}",
            "price_change": percent(file.volumes.price_change),
            "revenue_change": f"{percent(revenue_[0])} to {percent(revenue_[-1])}",
        }
    if name not in values:
        raise KeyError(f"the case '{file.id}' has no value for {{{subject}.{name}}}")
    return str(values[name])
