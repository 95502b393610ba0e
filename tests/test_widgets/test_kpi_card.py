"""The KPI panel: from the file to the form and back, live counts, and nothing written unless it is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import keep, open_agreement
from alliance_analysis.drafting.examples import CARD, CHOICES
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.drafting.track_record import VENDORS, baseline
from alliance_analysis.widgets.kpi_card import NEW, UNKEPT, KpiCardPanel

# panel.field also sets the tooltip's old name, which ipywidgets deprecates.

FILLED = {
    "name": "Candidate shortlists on time",
    "scale": "fraction",
    "unit": "shortlists",
    "direction": "higher",
    "perspective": "process",
    "indicator": "leading",
    "measures": "output",
    "benefits": "both",
    "pairs_with": "time_to_fill",
    "period": "quarter",
    "operational_goal": "Managers interview within two weeks",
    "strategic_goal": "Fill skilled jobs before the line starts",
    "rationale": "The first visible cause of a late hire",
    "gaming_note": "Weak candidates could fill the list",
    "data_source": "Applicant tracking system",
    "source_confirmed_by": "Owner of the applicant data",
    "measurement_method": "Shortlists on time, of all due in the quarter, by first promised date",
    "transparency_rule": "Both see the rate; names stay with the customer",
    "owner_customer": "Operations lead, speaking for the hiring managers",
    "owner_vendor": "A role of our own",
    "target": "95",
    "watch": "92,5 %",
    "breach": "85%",
    "at_risk": "5",
    "past": "stand_in",
    **dict.fromkeys(("base_value", "base_start", "base_end", "base_count", "base_source"), ""),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


def fill(panel: KpiCardPanel, **changed: str) -> KpiCardPanel:
    for key, value in (FILLED | changed).items():
        panel.form.controls[key].value = value
    return panel


def test_without_a_file_the_form_starts_and_nothing_is_written(path: Path) -> None:
    panel = KpiCardPanel(path)
    assert panel.view is panel.view and not path.exists()
    controls = panel.form.controls
    assert (controls["name"].value, controls["direction"].value) == ("Candidate shortlists on time", "higher")
    given = ("name", "scale", "unit", "direction", "past")
    assert not [k for k, c in controls.items() if k not in given and c.value]
    assert "14 errors bar a signature" in panel.lacks.value
    assert "[target missing]" in panel.still().to_html()


def test_a_filled_form_is_kept_and_shown_again(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    assert "Nothing bars a signature" in panel.lacks.value
    assert panel.keep() and "cb-good" in panel.status.value
    agreement = open_agreement(path).agreement
    card = next(card for card in agreement.kpis if card.id == CARD)
    assert lint_card(card).ready and card.source_confirmed_by == "it_data_owner"
    assert (card.pairs_with, card.measures, card.period) == ("time_to_fill", "output", "quarter")
    assert (card.target, card.at_risk, card.unit) == (0.95, 0.05, "fraction of shortlists")
    assert card.thresholds and (card.thresholds.watch, card.thresholds.breach) == (0.925, 0.85)
    assert card.owners == {"customer": "operations_lead", "vendor": "A role of our own"}
    assert card.baseline == baseline(VENDORS["Aurobindo Pharma"], "2012Q1", "2013Q4")
    again = KpiCardPanel(path)
    shown = {key: control.value for key, control in again.form.controls.items()}
    agreed_later = dict.fromkeys(("gainshare", "review_months", "baseline_adjustment", "transparency"), "")
    assert shown == FILLED | agreed_later | {"watch": "92.5", "breach": "85"}
    assert again.still().to_html() == panel.still().to_html()


def test_keeping_twice_adds_nothing(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    assert panel.keep()
    first = path.read_bytes()
    assert panel.keep() and KpiCardPanel(path).keep()
    assert path.read_bytes() == first


def test_keeping_leaves_the_other_cards_alone(path: Path) -> None:
    before = open_agreement(path).agreement
    assert fill(KpiCardPanel(path)).keep()
    after = open_agreement(path).agreement
    assert [card for card in after.kpis if card.id != CARD] == before.kpis
    assert after.parties == before.parties and after.accords == before.accords


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("target", "soon", "Target: “soon” is not a number"),
        ("target", "0.95", "write 95 for 95%"),
        ("target", "nan", "Target: nan is not between 0 and 100"),
        ("at_risk", "120", "At-risk amount: 120 is not between 0 and 100"),
        ("watch", "80", "The watch threshold must lie above the breach threshold"),
        ("name", " ", "Name: the card needs a name"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(path: Path, field: str, typed: str, told: str) -> None:
    panel = fill(KpiCardPanel(path), **{field: typed})
    assert told in panel.lacks.value
    assert not panel.keep() and told in panel.status.value and "cb-bad" in panel.status.value
    assert not path.exists()


def test_a_draft_with_blanks_may_be_kept(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.form.controls["at_risk"].value = "0.5"
    assert panel.keep()
    card = open_agreement(path).agreement.kpis[-1]
    assert card.at_risk == 0.005 and card.target is None
    assert len(lint_card(card).of("error")) == 13


def test_a_reversed_period_is_said_and_not_kept(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    panel.start.value = "2014Q1"
    assert "after it ends" in panel.lacks.value and "Baseline" in panel.lacks.value
    assert not panel.keep() and not path.exists()


def test_another_vendor_brings_its_own_quarters_and_past(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    before = panel.series.value
    panel.vendor.value = VENDORS["Pharmacy Direct"]
    assert (panel.start.value, panel.end.value) == ("2014Q1", "2015Q3")
    assert "In 7 of 7 quarters this vendor met it" in panel.words.value
    assert panel.series.value != before
    assert panel.keep()
    chosen = open_agreement(path).agreement.choices[CHOICES]
    assert chosen == {
        "example": "hr_recruiting", "vendor": "PHARMACY DIRECT", "start": "2014Q1", "end": "2015Q3",
        "card": CARD, "past": "stand_in",
    }  # fmt: skip
    again = KpiCardPanel(path)
    assert (again.vendor.value, again.start.value) == ("PHARMACY DIRECT", "2014Q1")


def test_the_other_example_changes_its_own_words_only(path: Path) -> None:
    panel = fill(KpiCardPanel(path), unit="vacancies")
    panel.example.value = "watch_joint_venture"
    controls = panel.form.controls
    assert (controls["name"].value, controls["unit"].value) == ("Watches delivered on time", "vacancies")
    assert controls["owner_vendor"].options == ()
    assert panel.keep()
    assert "The manufacturing partner" in panel.still().to_html()


def test_a_file_changed_elsewhere_is_not_written_over(path: Path) -> None:
    assert fill(KpiCardPanel(path)).keep()
    panel = fill(KpiCardPanel(path), target="97")
    assert fill(KpiCardPanel(path), target="96").keep()
    changed = path.read_bytes()
    assert not panel.keep() and "changed on disk" in panel.status.value
    assert path.read_bytes() == changed


def test_a_vendor_that_the_data_do_not_know_is_said(path: Path) -> None:
    assert fill(KpiCardPanel(path)).keep()
    path.write_text(
        path.read_text(encoding="utf-8").replace("vendor: Aurobindo Pharma Limited", "vendor: Acme"),
        encoding="utf-8",
    )
    panel = KpiCardPanel(path)
    assert "there is no vendor" in panel.status.value
    assert panel.vendor.value == VENDORS["Aurobindo Pharma"]


def test_every_control_has_a_label_and_a_class() -> None:
    for key, control in KpiCardPanel(Path("none.yaml")).form.controls.items():
        assert control.description and f"cb-{key.replace('_', '-')}" in control._dom_classes


def test_the_list_of_findings_follows_the_typing_and_reads_without_colour(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    assert 'tabindex="0"' in panel.lacks.value and "▲ Warning" in panel.lacks.value
    panel.form.controls["benefits"].value = "department"
    assert "One department alone looks good by it." in panel.lacks.value
    panel.form.controls["name"].value = "Time to fill a vacancy"
    assert "✗ Error" in panel.lacks.value and "time_to_fill, on_time_delivery" in panel.lacks.value
    assert "1 error bars a signature" in panel.lacks.value
    assert panel.found[0].rule.id == "unique_names"


def test_go_to_the_first_opens_the_tab_where_it_is_mended(path: Path) -> None:
    panel = fill(KpiCardPanel(path), owner_vendor="")
    assert panel.found[0].rule.id == "two_owners"
    panel.mend.click()
    assert panel.form.tabs.get_title(panel.form.tabs.selected_index) == "How much"
    for rule in {found.rule.id for found in KpiCardPanel(path).found}:
        panel.form.tabs.selected_index = None
        panel.form.go_to(rule)
        assert panel.form.tabs.selected_index is not None or rule in ("few", "some_joint"), rule


def test_what_was_typed_and_not_kept_comes_back_when_the_page_runs_again(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.form.controls["target"].value = "94"
    panel.form.controls["rationale"].value = "Half a sentence"
    panel.vendor.value = VENDORS["Cipla"]
    again = KpiCardPanel(path)
    assert again.form.controls["target"].value == "94" and "not kept is still here" in again.status.value
    assert (
        again.form.controls["rationale"].value == "Half a sentence" and again.vendor.value == VENDORS["Cipla"]
    )
    assert not path.exists()
    assert again.keep() and not [place for place in UNKEPT if place[0] == path.resolve()]
    assert "not kept" not in KpiCardPanel(path).status.value


def test_what_was_typed_gives_way_to_a_file_that_moved_on(path: Path) -> None:
    assert fill(KpiCardPanel(path)).keep()
    panel = KpiCardPanel(path)
    panel.form.controls["target"].value, panel.form.controls["at_risk"].value = "97", "6"
    text = path.read_text(encoding="utf-8").replace("target: 0.95", "target: 0.96")
    path.write_text(text, encoding="utf-8")
    again = KpiCardPanel(path)
    assert again.form.controls["target"].value == "96" and again.form.controls["at_risk"].value == "6"


def test_the_library_fills_what_is_blank_and_asks_about_the_rest(path: Path) -> None:
    panel = KpiCardPanel(path)
    controls = panel.form.controls
    controls["rationale"].value = "My own reason"
    panel.library.category.value = "hr_recruiting"
    panel.library.kpi.value = "quality_of_hire"
    assert panel.library.replace.layout.display == "none" and "day 90" in panel.library.about.value
    panel.library.fill.click()
    assert panel.which.value == NEW
    told = panel.library.message.value
    assert "a new card" in told and "What you had typed went with it" in told
    assert "choose “Candidate shortlists on time (begun, for you to fill)” under Card" in told
    assert controls["name"].value == "Hires who meet the profile after 90 days"
    assert controls["rationale"].value == "My own reason" and "Rationale" in panel.library.message.value
    assert panel.library.replace.layout.display is None
    panel.library.replace.click()
    assert controls["rationale"].value.startswith("Speed without it is waste")
    assert panel.library.replace.layout.display == "none"
    assert panel.keep()
    kept = open_agreement(path).agreement
    assert [card.id for card in kept.kpis][-1] == "quality_of_hire"
    assert kept.choices[CHOICES]["card"] == "quality_of_hire" and kept.choices[CHOICES]["past"] == "own"
    again = KpiCardPanel(path)
    assert again.which.value == "quality_of_hire" and "Hires who meet" in again.still().to_html()


def test_after_a_template_the_begun_card_is_found_again_under_card(path: Path) -> None:
    panel = KpiCardPanel(path)
    begun, before = panel.which.value, panel.form.values()
    panel.library.kpi.value = "lead_time"
    panel.library.fill.click()
    assert "went with it" not in panel.library.message.value
    panel.which.value = begun
    assert panel.form.values() == before
    panel.which.value = "time_to_fill"
    panel.library.fill.click()
    assert panel.which.value == "time_to_fill" and "new card" not in panel.library.message.value


def test_another_template_replaces_the_first_without_asking(path: Path) -> None:
    panel = KpiCardPanel(path)
    for wanted in ("lead_time", "availability"):
        panel.library.kpi.value = wanted
        panel.library.fill.click()
        assert panel.library.replace.layout.display == "none"
    controls = panel.form.controls
    assert (controls["scale"].value, controls["unit"].value) == ("fraction", "agreed hours")
    assert controls["pairs_with"].value == ""  # planned maintenance has no card yet
    assert "not another card of the agreement" not in panel.lacks.value


def test_the_unfinished_card_is_told_apart_from_a_finished_one_and_an_own_past_is_said(path: Path) -> None:
    panel = KpiCardPanel(path)
    assert "for you to fill" in panel.which.label
    panel.which.value = "time_to_fill"
    base = panel.opened.agreement.kpis[1].baseline
    assert base and "fill the tab" not in panel.words.value and str(base.start) in panel.words.value
    for key in ("base_value", "base_start", "base_end", "base_count", "base_source"):
        panel.form.controls[key].value = ""
    assert "fill the tab" in panel.words.value


def test_a_unit_and_how_it_is_counted_are_replaced_together(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.form.controls["unit"].value = "vacancies"
    panel.library.kpi.value = "lead_time"
    panel.library.fill.click()
    assert (panel.form.controls["scale"].value, panel.form.controls["unit"].value) == (
        "fraction",
        "vacancies",
    )
    panel.library.replace.click()
    assert (panel.form.controls["scale"].value, panel.form.controls["unit"].value) == ("number", "days")


def test_a_card_in_another_unit_brings_its_own_past(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.library.kpi.value = "lead_time"
    panel.library.fill.click()
    own = {"target": "12", "watch": "14", "breach": "16", "base_value": "13,5", "base_start": "2025-01-01",
           "base_end": "2025-06-30", "base_source": "Order system", "base_count": "210"}  # fmt: skip
    for key, value in own.items():
        panel.form.controls[key].value = value
    assert panel.series.layout.display == "none" and panel.keep()
    card = open_agreement(path).agreement.kpis[-1]
    assert (card.id, card.unit, card.target) == ("lead_time", "days", 12)
    assert card.baseline and (card.baseline.value, card.baseline.observations) == (13.5, 210)
    assert KpiCardPanel(path).form.controls["base_value"].value == "13.5"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"base_value": "13"}, "The past: first day, last day, where it was measured missing."),
        ({"base_start": "spring"}, "The past: baseline, last day, where it was measured missing."),
        (
            {"base_value": "13", "base_start": "1.5.", "base_end": "2025-01-01", "base_source": "x"},
            "write days as",
        ),
        (
            {"base_value": "13", "base_start": "2025-02-01", "base_end": "2025-01-01", "base_source": "x"},
            "ends (2025-01-01) before it starts",
        ),
    ],
)
def test_a_wrong_past_is_said_and_nothing_is_written(path: Path, typed: dict[str, str], told: str) -> None:
    panel = KpiCardPanel(path)
    panel.library.kpi.value = "lead_time"
    panel.library.fill.click()
    for key, value in typed.items():
        panel.form.controls[key].value = value
    assert not panel.keep() and told in panel.status.value and not path.exists()


def test_deliveries_cannot_stand_in_for_days(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.form.controls["scale"].value = "number"
    assert not panel.keep() and "deliveries are a rate" in panel.status.value


def test_every_card_of_the_file_can_be_mended_and_a_new_one_gets_an_id_of_its_own(path: Path) -> None:
    panel = KpiCardPanel(path)
    panel.which.value = "time_to_fill"
    controls = panel.form.controls
    assert (controls["scale"].value, controls["target"].value, controls["past"].value) == (
        "number",
        "45",
        "own",
    )
    before = panel.opened.agreement.kpis[1]
    assert panel.draft() == (before, [])
    panel.which.value = NEW
    assert controls["name"].value == "" and "Name: the card needs a name." in panel.lacks.value
    controls["name"].value = "Time to fill"
    assert panel.keep() and panel.which.value == "time_to_fill_2"
    assert open_agreement(path).agreement.kpis[1] == before


def test_agreed_terms_stay_on_a_card_that_is_kept_again(path: Path) -> None:
    terms = {
        "gainshare": 0.35,
        "review_months": 2,
        "baseline_adjustment": "like_for_like",
        "transparency": "records",
    }
    opened = open_agreement(path)
    card = opened.agreement.kpis[0].model_copy(update=terms)
    keep(opened, ("kpis", card), ("choices", {"kpi_design": {"card": card.id}}))
    panel = KpiCardPanel(path)
    assert (
        panel.form.controls["gainshare"].value == "35" and panel.form.controls["review_months"].value == "2"
    )
    assert panel.keep()
    kept = next(c for c in open_agreement(path).agreement.kpis if c.id == card.id)
    assert {name: getattr(kept, name) for name in terms} == terms
