"""The KPI panel: from the file to the form and back, live counts, and nothing written unless it is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import open_agreement
from alliance_analysis.drafting.examples import CARD, CHOICES
from alliance_analysis.drafting.promise import blockers
from alliance_analysis.drafting.track_record import VENDORS, baseline
from alliance_analysis.widgets.kpi_card import KpiCardPanel

# panel.field also sets the tooltip's old name, which ipywidgets deprecates.

FILLED = {
    "name": "Shortlists delivered on time",
    "unit": "shortlists",
    "direction": "higher",
    "perspective": "process",
    "indicator": "leading",
    "operational_goal": "Managers interview within two weeks",
    "strategic_goal": "Fill skilled jobs before the line starts",
    "rationale": "The first visible cause of a late hire",
    "data_source": "Applicant tracking system, confirmed by its owner",
    "measurement_method": "Shortlists on time, of all due in the quarter, by first promised date",
    "transparency_rule": "Both see the rate; names stay with the customer",
    "owner_customer": "Operations lead, speaking for the hiring managers",
    "owner_vendor": "A role of our own",
    "target": "95",
    "watch": "92,5 %",
    "breach": "85%",
    "at_risk": "5",
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
    assert (controls["name"].value, controls["direction"].value) == ("Shortlists delivered on time", "higher")
    assert not [k for k, c in controls.items() if k not in ("name", "unit", "direction") and c.value]
    assert "12 missing before signature" in panel.lacks.value
    assert "[target missing]" in panel.still().to_html()


def test_a_filled_form_is_kept_and_shown_again(path: Path) -> None:
    panel = fill(KpiCardPanel(path))
    assert "could be signed" in panel.lacks.value
    assert panel.keep() and "cb-good" in panel.status.value
    agreement = open_agreement(path).agreement
    card = next(card for card in agreement.kpis if card.id == CARD)
    assert not blockers(card)
    assert (card.target, card.at_risk, card.unit) == (0.95, 0.05, "fraction of shortlists")
    assert card.thresholds and (card.thresholds.watch, card.thresholds.breach) == (0.925, 0.85)
    assert card.owners == {"customer": "operations_lead", "vendor": "A role of our own"}
    assert card.baseline == baseline(VENDORS["Aurobindo Pharma"], "2012Q1", "2013Q4")
    again = KpiCardPanel(path)
    shown = {key: control.value for key, control in again.form.controls.items()}
    assert shown == FILLED | {"watch": "92.5", "breach": "85"}
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
    assert len(blockers(card)) == 11


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
    path.write_text(path.read_text(encoding="utf-8") + "# a note of mine\n", encoding="utf-8")
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
