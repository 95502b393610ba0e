"""The review: milestones and each partner's own account, the value update, the rhythm, and what was learned."""

from __future__ import annotations

from pathlib import Path

import ipywidgets as w

from alliance_analysis.agreement.clauses import Milestone
from alliance_analysis.agreement.review import Lesson, Outlook, ReviewRecord, ValueUpdate
from alliance_analysis.drafting.examples import party_names
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import review as show
from alliance_analysis.figures.cadence import cadence
from alliance_analysis.records import as_plain
from alliance_analysis.review.cadence import EXAMPLE, Cadence, cadence_in
from alliance_analysis.review.cadence import NAME as CADENCE
from alliance_analysis.review.decision import Decision, decided
from alliance_analysis.widgets.panel import Panel, Shown, field, halves, help_text, styled

CSS = """<style>
.cb-review .jupyter-widget-tab { max-width: 100%; }
.cb-review .widget-checkbox, .cb-review .widget-checkbox label { height: auto; white-space: normal; }
</style>"""
MONEY = {
    "planned": ("Benefit planned, a year", "What this partner planned to gain in a year"),
    "actual": ("Benefit actual, a year", "What it did gain"),
    "cost": ("Own cost, a year", "What the alliance costs this partner, servicing included"),
    "expansion": ("Growing is worth", "Expected net present value of expanding, to this partner"),
    "continuation": ("Going on is worth", "Present value of going on as it is"),
    "recovery": ("Leaving recovers", "What this partner gets back by leaving"),
}
SAID = {
    "needs": ("Changed needs", "What has changed in what we need?"),
    "not_lately": ("Not lately", "What have you not done lately?"),
    "really_need": ("Really need", "What do we really need from you?"),
}


class ReviewPanel(Panel):
    """Fill a review; the quadrant and the decision follow each change, and Keep writes the review section."""

    name = "review"

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        agreement = self.opened.agreement
        self.kept = agreement.review or ReviewRecord(month=12)
        self.names = party_names(agreement)
        outlooks = {o.party: o for o in self.kept.outlook}
        said = {u.party: u for u in self.kept.updates}
        self.month = field(w.BoundedFloatText, "Month of the term", "The month in which you review", min=0,
                           max=600, step=1, value=self.kept.month)  # fmt: skip
        self.met = {m.id: w.Checkbox(value=m.id in self.kept.met, indent=False, description=self._due(m), tooltip=m.text,
                                     layout=w.Layout(width="98%")) for m in agreement.clauses.milestones}  # fmt: skip
        self.money = {
            party: {key: self._money(key, outlooks.get(party)) for key in MONEY} for party in self.names
        }
        self.said = {party: {key: self._text(*SAID[key], getattr(said.get(party), key, None)) for key in SAID}
                     for party in self.names}  # fmt: skip
        last = self.kept.lessons[-1] if self.kept.lessons else None
        sites = ", ".join(last.sites) if last else None
        self.lesson = {
            "seen": self._text(
                "What was seen", "What happened, in one sentence", last.seen if last else None
            ),
            "change": self._text(
                "What changes", "What is done differently from now on", last.change if last else None
            ),
            "thanked": self._text(
                "Who is thanked", "Whom you recognise for it, and how", last.thanked if last else None
            ),
            "sites": self._text("Taken over at", "Sites, separated by commas", sites),
        }
        self.rhythm = {key: field(w.BoundedFloatText, label, help, min=0.1, max=1000, value=getattr(self._cadence(), key))
                       for key, (label, help) in RHYTHM.items()}  # fmt: skip
        self.picture, self.verdict, self.curve = (
            Shown(height="420px"),
            Shown(height="250px"),
            Shown(height="350px"),
        )
        self._classes()
        for control in [
            self.month,
            *self.met.values(),
            *(c for row in self.money.values() for c in row.values()),
        ]:
            control.observe(self._moved, "value")
        for control in self.rhythm.values():
            control.observe(self._beaten, "value")
        for control in [*(c for row in self.said.values() for c in row.values()), *self.lesson.values()]:
            control.observe(self.changed, "value")
        self._draw()
        self._draw_rhythm()

    def _due(self, milestone: Milestone) -> str:
        return f"{'No month' if milestone.month is None else f'Month {milestone.month:g}'}: {milestone.text}"

    def _money(self, key: str, outlook: Outlook | None) -> w.FloatText:
        value = getattr(outlook, key) if outlook else (1.0 if key == "planned" else 0.0)
        control: w.FloatText = field(w.FloatText, *MONEY[key], value=value)
        control.add_class(f"cb-{key}")
        return control

    def _text(self, label: str, help: str, value: str | None) -> w.Textarea:
        control: w.Textarea = field(w.Textarea, label, help, value=value or "", rows=2, placeholder=help)
        return control

    def _cadence(self) -> Cadence:
        try:
            return cadence_in(self.opened.agreement)
        except AllianceError as error:
            self.say(f"{error}. The rhythm starts anew.", good=False)
            return EXAMPLE

    def _classes(self) -> None:
        for number, control in enumerate(self.met.values(), start=1):
            control.add_class(f"cb-met-{number}")
        for number, row in enumerate(self.money.values(), start=1):
            for control in row.values():
                control.add_class(f"cb-partner-{number}")
        self.picture.add_class("cb-quadrant")
        self.verdict.add_class("cb-verdict")
        self.verdict.layout.overflow = "auto"  # a narrow page scrolls the table, not the panel
        self.curve.add_class("cb-rhythm")
        for key, control in self.rhythm.items():
            control.add_class(f"cb-rhythm-{key}")

    def body(self) -> list[w.Widget]:
        """Return the four parts of the review as tabs, and Keep."""
        money = f"{self.opened.agreement.money.scale} {self.opened.agreement.money.currency}".removeprefix(
            "unit "
        )
        own: list[w.Widget] = [help_text(f"Money in {money}; each partner fills its own account.")]
        for party, name in self.names.items():
            own += [w.HTML(f"<strong>{name}</strong>"), *self.money[party].values()]
        none = [] if self.met else [help_text("The change accord lists no milestone yet.")]
        left = [self.month, help_text("Milestones met by then:"), *self.met.values(), *none, *own]
        first = w.VBox([halves(left, [self.picture]), self.verdict])
        said: list[w.Widget] = [
            help_text("What each side tells the other. Ask in a way that invites a complaint.")
        ]
        for party, name in self.names.items():
            said += [w.HTML(f"<strong>{name}</strong>"), *self.said[party].values()]
        rhythm = halves([help_text(f"Money in {money}."), *self.rhythm.values()], [self.curve])
        learned = w.VBox([help_text("The last lesson; the earlier ones stay."), *self.lesson.values()])
        tabs = w.Tab([first, w.VBox(said), rhythm, learned])
        for index, title in enumerate(("Account", "Value update", "Rhythm", "Lesson")):
            tabs.set_title(index, title)
        box = w.VBox([styled(CSS), tabs, self.keep_button(self.keep)])
        box.add_class("cb-review")
        return [box]

    def still(self) -> Exhibit:
        """Return the decision as it stands in the file, or what the review lacks."""
        agreement = self.opened.agreement
        try:
            return show.decision(decided(agreement), agreement, synthetic=self.opened.is_example)
        except AllianceError:
            return show.agenda(agreement, synthetic=self.opened.is_example)

    def record(self) -> ReviewRecord:
        """Return the review as set on the panel; raises BadInput or ValueError for a value that cannot be."""
        month = self.month.value
        met = {name: self.kept.met.get(name, month) for name, control in self.met.items() if control.value}
        outlook = [
            Outlook(party=party, **{key: c.value for key, c in row.items()})
            for party, row in self.money.items()
        ]
        updates = [ValueUpdate(party=party, **{key: c.value.strip() or None for key, c in row.items()})
                   for party, row in self.said.items() if any(c.value.strip() for c in row.values())]  # fmt: skip
        update = {
            "month": month,
            "met": met,
            "outlook": outlook,
            "updates": updates,
            "lessons": self._lessons(),
        }
        return self.kept.model_copy(
            update=update | {"lasting": [name for name in self.kept.lasting if name in met]}
        )

    def _lessons(self) -> list[Lesson]:
        """Return the lessons with the one on the panel: the last one if its first sentence stands, else a new one."""
        seen, change = (self.lesson[key].value.strip() for key in ("seen", "change"))
        earlier = list(self.kept.lessons)
        if not (seen and change):
            return earlier
        again = earlier and earlier[-1].seen == seen
        name = earlier[-1].id if again else f"lesson_{len(earlier) + 1}"
        sites = [site.strip() for site in self.lesson["sites"].value.split(",") if site.strip()]
        lesson = Lesson(
            id=name,
            seen=seen,
            change=change,
            sites=sites,
            thanked=self.lesson["thanked"].value.strip() or None,
        )
        return [*(earlier[:-1] if again else earlier), lesson]

    def decision(self) -> Decision:
        """Return what follows from the panel."""
        return decided(self.opened.agreement.model_copy(update={"review": self.record()}))

    def _moved(self, _: object = None) -> None:
        self.changed()
        self._draw()

    def _draw(self) -> None:
        """Show quadrant and decision; where a value cannot be, say so and leave the earlier picture."""
        agreement, example = self.opened.agreement, self.opened.is_example
        try:
            found = self.decision()
        except (AllianceError, ValueError) as error:
            self.say(_told(error), good=False)
            return
        self.picture.show(show.quadrant(found, agreement, synthetic=example))
        self.verdict.show(show.decision(found, agreement, synthetic=example))

    def _beaten(self, _: object = None) -> None:
        self.changed()
        self._draw_rhythm()

    def _draw_rhythm(self) -> None:
        agreement = self.opened.agreement
        agreed = agreement.clauses.review.every_months if agreement.clauses.review else None
        money = f"{agreement.money.scale} {agreement.money.currency}".removeprefix("unit ")
        self.curve.show(cadence(Cadence(**{k: c.value for k, c in self.rhythm.items()}), money, agreed))

    def keep(self) -> bool:
        """Write the review section, and the inputs of the rhythm as a choice."""
        try:
            record = self.record()
        except (AllianceError, ValueError) as error:
            self.say(f"Nothing was kept. {_told(error)}", good=False)
            return False
        rhythm = {key: control.value for key, control in self.rhythm.items()}
        if not self.save(("review", as_plain(record)), ("choices", {CADENCE: rhythm})):
            return False
        self.kept = record
        self._draw()
        return True


RHYTHM = {
    "issues": ("Issues a year", "Issues that arise in a year and wait for a review"),
    "growth": ("Growth a month", "What one issue costs for each month that it waits"),
    "review": ("Cost of a review", "What one review costs, preparation of both sides included"),
}


def _told(error: Exception) -> str:
    found = getattr(error, "errors", None)
    return "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in found()) if callable(found) else str(error)
