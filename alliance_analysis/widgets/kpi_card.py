"""The panel in which a student fills a KPI card, sees what the lint finds, and a vendor's real past beside it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets as w

from alliance_analysis.agreement import KpiCard
from alliance_analysis.drafting import track_record
from alliance_analysis.drafting.examples import CARD, CHOICES, EXAMPLES, example_of, kept_card
from alliance_analysis.drafting.fields import printed, told_apart
from alliance_analysis.drafting.library import Template
from alliance_analysis.drafting.lint import Judgement, Lint, lint
from alliance_analysis.drafting.rules import Context
from alliance_analysis.drafting.track_record import OWN, with_card
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit, kpi
from alliance_analysis.widgets.kpi_controls import PERCENT
from alliance_analysis.widgets.kpi_form import KpiForm
from alliance_analysis.widgets.kpi_library import LibraryPicker
from alliance_analysis.widgets.kpi_view import CSS, findings, pair, within
from alliance_analysis.widgets.panel import Panel, Shown, field, styled

NEW = ""
"""The choice of a new card, which gets its id from its name when it is kept."""

CHOSEN = ("example", "vendor", "start", "end")
"""What a student chooses beside the card; remembered under ".", which no card can have as its id."""

UNKEPT: dict[tuple[Path, str], dict[str, tuple[str, str]]] = {}
"""By file and card, for each control: what stood there when typing began, and what has been typed since."""


class KpiCardPanel(Panel):
    """Fill a KPI card; Keep writes it into `kpis`, and the choices into `choices.kpi_design`."""

    name = CHOICES
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        agreement = self.opened.agreement
        try:
            vendor, start, end = track_record.chosen(agreement)
        except AllianceError as error:
            vendor, start, end = track_record.START.values()
            self.say(f"{error}. The usual vendor and period stand in.", good=False)
        self._kept_choices = dict(zip(CHOSEN, (example_of(agreement), vendor, start, end), strict=True))
        example, vendor, start, end = self._unkept_choices().values()
        quarters = list(track_record.deliveries(vendor).index)
        self.example = field(
            w.Dropdown, "Example (fictional)", "The alliance for which you write the card",
            options=[(e.title, key) for key, e in EXAMPLES.items()], value=example,
        )  # fmt: skip
        self.which = field(w.Dropdown, "Card", "The card that you work on", options=[("", CARD)])
        self._offer_cards(self._last_card())
        self.vendor = field(
            w.Dropdown, "Stand-in vendor (real)", "Whose real deliveries stand in for your partner's past",
            options=list(track_record.VENDORS.items()), value=vendor,
        )  # fmt: skip
        ends = zip(
            ("Baseline, first quarter", "Baseline, last quarter"), within(start, end, quarters), strict=True
        )
        self.start, self.end = (
            field(w.Dropdown, label, "The period that counts as the past", options=quarters, value=value)
            for label, value in ends
        )
        self.form = KpiForm(agreement)
        self.form.suggest_roles(self.example.value == "hr_recruiting")
        self.library = LibraryPicker(
            self._use, lambda key: self.form.controls[key].description.partition(":")[0]
        )
        self.lacks, self.words, self.series = w.HTML(), w.HTML(), Shown(height="430px")
        for widget, name in ((self.lacks, "lacks"), (self.words, "words"), (self.series, "series")):
            widget.add_class(f"cb-{name}")
        self.mend = w.Button(
            description="Go to the first", tooltip="Put the cursor where the first finding is mended"
        )
        self.mend.add_class("cb-mend")
        self.mend.on_click(lambda _: self.form.go_to(self.found[0].rule.id) if self.found else None)
        self._drawn: tuple[Any, ...] = ()
        self._holds = 0
        self.found: tuple[Judgement, ...] = ()
        self._kept_values: dict[str, str] = {}
        self._show_card()
        self._at_first = self.draft()[0]
        for name in (*CHOSEN, "which"):
            getattr(self, name).add_class(f"cb-choice-{name}")
            getattr(self, name).style = {"description_width": "150px"}
        self.example.observe(self._exchange, "value")
        self.which.observe(self._other_card, "value")
        self.vendor.observe(self._other_vendor, "value")
        for control in (self.start, self.end):
            control.observe(self._update, "value")
        for name in CHOSEN:
            getattr(self, name).observe(self._typed, "value")
        for control in self.form.controls.values():
            control.observe(self._typed, "value")

    def _kept(self, id: str) -> KpiCard | None:
        return next((card for card in self.opened.agreement.kpis if card.id == id), None)

    def body(self) -> list[w.Widget]:
        """Return the choices, the library, the form in tabs beside findings and the past, and Keep."""
        self.form.tabs.layout.min_height = "420px"
        choices = pair([self.example, self.which, self.vendor], [self.start, self.end])
        form = [self.form.tabs, self.keep_button(self.keep)]
        found = [self.lacks, self.mend]
        box = w.VBox([
            styled(CSS), choices, self.library.view, pair(form, found), w.VBox([self.words, self.series])
        ])  # fmt: skip
        box.add_class("cb-kpi")
        return [box]

    def still(self) -> Exhibit:
        """Return the card of the form as it stands in the file, blanks included."""
        return kpi.card(self._kept(self.which.value) or self._at_first, self.opened.agreement)

    def draft(self) -> tuple[KpiCard, list[str]]:
        """Return the card as typed so far, and what is wrong in it."""
        id, faults = self.which.value or self._new_id(), list[str]()
        base = None
        try:
            if self.form.controls["past"].value != OWN:
                base = track_record.baseline(self.vendor.value, self.start.value, self.end.value)
        except AllianceError as error:
            told = str(error)
            faults.append(f"{told[:1].upper()}{told[1:]}.")
        if base and self.form.controls["scale"].value != PERCENT:
            faults.append(
                "The past: deliveries are a rate; choose “our own measurement” for a KPI in another unit."
            )
            base = None
        card, wrong = self.form.read(id, base)
        return card, [*faults, *wrong]

    def _new_id(self) -> str:
        """Return an id for a new card from its name, unlike every other in the file."""
        words = re.sub(r"[^a-z0-9]+", "_", self.form.controls["name"].value.casefold()).strip("_")[:50]
        name = words if words[:1].isalpha() else f"kpi_{words}".strip("_")
        used, count = {card.id for card in self.opened.agreement.kpis} | {CARD}, 2
        template = self._template
        id = name = template.id if template and template.name == self.form.controls["name"].value else name
        while id in used:
            id, count = f"{name}_{count}", count + 1
        return id

    def keep(self) -> bool:
        """Write the card and the choices into the agreement file; with a wrong number, say so and write nothing."""
        card, faults = self.draft()
        if faults:
            self.say(f"Nothing was kept. {' '.join(faults)}", good=False)
            return False
        choices = {name: getattr(self, name).value for name in CHOSEN}
        chosen = choices | {"card": card.id, "past": self.form.controls["past"].value}
        if not self.save(("kpis", card), ("choices", {self.name: chosen})):
            return False
        for place in (self._place(), self._place(".")):
            UNKEPT.pop(place, None)
        self._kept_choices = choices
        self.form.agreement = self.opened.agreement
        with self._hold():
            self._offer_cards(card.id)
        self._kept_values = self.form.values()
        return True

    def _offer_cards(self, chosen: str) -> None:
        mine = self._kept(CARD) or EXAMPLES[self.example.value].start()
        cards = {CARD: mine.name} | {card.id: card.name for card in self.opened.agreement.kpis}
        begun = {} if self._kept(CARD) else {CARD: f"{mine.name} (begun, for you to fill)"}
        self.which.options = [*told_apart({**cards, **begun}), ("a new card", NEW)]
        self.which.value = chosen if chosen in cards or chosen == NEW else CARD

    def _show_card(self) -> None:
        """Fill the form with the chosen card, and put back what was typed and not kept."""
        self._template: Template | None = None
        kept = self._kept(self.which.value)
        card = kept or (EXAMPLES[self.example.value].start() if self.which.value == CARD else None)
        own = bool(kept and kept.baseline and not kept.baseline.source.startswith(track_record.STAND_IN))
        last = kept is not None and kept_card(self.opened.agreement).id == kept.id
        own = own or not card or (last and not track_record.stands_in(self.opened.agreement))
        with self._hold():
            self.form.fill(card, OWN if own else "stand_in", start=kept is None)
            self._kept_values = self.form.values()
            back = self.form.restore(UNKEPT.get(self._place(), {}))
        if back or self._unkept_choices() != self._kept_choices:
            self.say("What you had typed and not kept is still here. Press Keep to keep it.", good=None)
        self._update()

    def _place(self, card: str | None = None) -> tuple[Path, str]:
        return self.opened.path.resolve(), self.which.value if card is None else card

    def _unkept_choices(self) -> dict[str, str]:
        """Return the choices as last made in this session, or as kept where the file has moved on since."""
        made = UNKEPT.get(self._place("."), {})
        whole = {name: before for name, (before, _) in made.items()} == self._kept_choices
        return {name: made[name][1] for name in CHOSEN} if whole else self._kept_choices

    def _last_card(self) -> str:
        """Return the card last typed in and not kept, else the one kept last."""
        typed = [card for path, card in UNKEPT if path == self._place("")[0] and card != "."]
        return typed[-1] if typed else str(self.chosen.get("card", CARD))

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Let several controls change before anything is redrawn or remembered as typed."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def _typed(self, _: object) -> None:
        """Remember what is typed and not kept, for as long as this session of the notebook lasts."""
        if self._holds:
            return
        self.changed()
        self._remember()
        self._update()

    def _remember(self) -> None:
        now, here = self.form.values(), self._place()
        UNKEPT.pop(here, None)  # the card last typed in stands last
        UNKEPT[here] = {key: (self._kept_values[key], typed) for key, typed in now.items()}
        UNKEPT[self._place(".")] = {k: (self._kept_choices[k], getattr(self, k).value) for k in CHOSEN}

    def _other_card(self, _: object) -> None:
        if not self._holds:
            self.status.value = ""
            self._show_card()

    def _use(self, entry: Template, over: Collection[str]) -> tuple[str, list[str]]:
        """Fill the form from a template of the library; return what to say of its card, and what was left as typed."""
        where = ""
        stands = (
            entry.category == "delivery" and entry.unit.startswith(PERCENT) and entry.direction == "higher"
        )
        with self._hold():
            if self.which.value == CARD and not self._kept(CARD):  # another KPI is another card
                typed = UNKEPT.pop(self._place(), {})
                went = " What you had typed went with it." if any(a != b for a, b in typed.values()) else ""
                back = f"To go back, choose “{self.which.label}” under Card."
                where = f"This is another KPI, so it has a new card.{went} {back} "
                self.which.value, self._kept_values = NEW, self.form.blank()
            left = self.form.prefill(entry.card(), "stand_in" if stands else OWN, over)
            self._template = entry
        self._typed(None)
        return where, left

    def _exchange(self, change: dict[str, Any]) -> None:
        """Exchange the starting words of one example for the other's; what the student wrote stays."""
        old, new = EXAMPLES[change["old"]], EXAMPLES[change["new"]]
        for key, before, after in (("name", old.name, new.name), ("unit", old.counted, new.counted)):
            if self.form.controls[key].value == before:
                self.form.controls[key].value = after
        self.form.suggest_roles(change["new"] == "hr_recruiting")
        with self._hold():
            self._offer_cards(self.which.value) if self.which.value else None

    def _other_vendor(self, _: object) -> None:
        quarters = list(track_record.deliveries(self.vendor.value).index)
        with self._hold():  # the period is whole again only after both ends have changed
            wanted = within(self.start.value, self.end.value, quarters, least=4)
            for control, quarter in zip((self.start, self.end), wanted, strict=True):
                control.options = quarters
                control.value = quarter
        self._update()

    def _lint(self, card: KpiCard) -> Lint:
        """Return the findings on this card beside the others in the file, those of the whole set last."""
        agreement, past = self.opened.agreement, {}
        if card.baseline and self.form.controls["past"].value != OWN:
            past = {card.id: track_record.past(self.vendor.value, self.start.value, self.end.value)}
        whole = lint(with_card(agreement, card), Context(None, past, tuple(p.id for p in agreement.parties)))
        mine = tuple(found for found in whole.judgements if found.card is None or found.card.id == card.id)
        return Lint(whole.cards, mine)

    def _update(self, _: object = None) -> None:
        if self._holds:
            return
        card, faults = self.draft()
        result = self._lint(card)
        self.found = result.findings
        self.lacks.value = findings(result, faults)
        self.mend.disabled = not self.found
        own = self.form.controls["past"].value == OWN
        self.series.layout.display = "none" if own else None
        if own or card.baseline is None:
            self.words.value = escape(_own_past(card)) if own else ""
            return
        choice = (self.vendor.value, self.start.value, self.end.value)
        self.words.value = f'<div aria-live="polite">{escape(track_record.in_words(card, *choice))}</div>'
        if (*choice, card.target) != self._drawn:
            self._drawn = (*choice, card.target)
            self.series.show(replace(kpi.vendor_series(*choice, target=card.target), size=(6.5, 3.2)))


def _own_past(card: KpiCard) -> str:
    """Say what stands in the tab “The past”, or that it is to be filled."""
    if card.baseline is None:
        return "The past of this KPI is your own measurement: fill the tab “The past”."
    base = card.baseline
    was = printed(base.value, card.unit, 1)
    return f"The past of this KPI is your own measurement: {was} from {base.start} to {base.end}. A chart needs its series."
