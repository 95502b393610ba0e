"""The form of the clauses: it shows and changes what the text says, and loses nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest
from ipywidgets.widgets.widget import _instances

from alliance_analysis.agreement import ELEMENTS, example_path
from alliance_analysis.figures.agreement import clause_table
from alliance_analysis.widgets.accord_clauses import fields
from alliance_analysis.widgets.accord_studio import AccordStudioPanel
from alliance_analysis.widgets.record_fields import Spec, record_of, specs
from alliance_analysis.widgets.record_form import Records

BROKEN = "cannot be read as a form"


@pytest.fixture
def panel(tmp_path: Path) -> AccordStudioPanel:
    path = tmp_path / "agreement.yaml"
    path.write_bytes(example_path().read_bytes())
    panel = AccordStudioPanel(path)
    assert panel.view
    panel.shown.value = "Contradictions"  # a table, as a picture would be drawn after every step
    return panel


def every(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def find(panel: AccordStudioPanel, label: str, at: int = 0) -> Any:
    """Return the control of that label in the form; `at` counts where several are called the same."""
    found = [x for x in every(panel.clauses.form) if getattr(x, "description", "").startswith(label)]
    return found[at]


def lists(panel: AccordStudioPanel) -> list[Records]:
    return [widget for widget in every(panel.clauses.form) if isinstance(widget, Records)]


def inside(spec: Spec) -> Iterator[Spec]:
    yield spec
    for hint in (spec.hint, *spec.parts):
        if model := record_of(hint):
            for inner in specs(model).values():
                yield from inside(inner)


def test_every_field_is_explained_and_every_control_is_labelled(panel: AccordStudioPanel) -> None:
    for key in ELEMENTS:
        found = [inner for spec in fields(key).values() for inner in inside(spec)]
        assert not [spec.name for spec in found if not spec.help or "_" in spec.label]
        panel.element.value = key
        controls = [x for x in every(panel.clauses.form) if isinstance(x, w.ValueWidget | w.Button)]
        assert not [x for x in controls if not isinstance(x, w.HTML) and not (x.description and x.tooltip)]
        assert controls


def test_every_free_field_writes_to_its_own_place_and_back_again(panel: AccordStudioPanel) -> None:
    for key in filter(fields, ELEMENTS):
        panel.element.value = key
        text, draft = panel.clauses.text.value, panel.draft
        free = [x for x in every(panel.clauses.form) if isinstance(x, w.Text | w.Textarea) and x.value]
        free = [
            x for x in free if (key, x.description) != ("feedback_plan", "Short name")
        ]  # the review names it
        written = set()
        for control in free:
            before = control.value
            control.value = str(int(before) // 2 or 2) if before.isdigit() else f"{before}1"
            assert panel.draft != draft and panel.clauses.wrong.value == "", control.description
            written.add(panel.clauses.text.value)
            control.value = before
            assert (panel.clauses.text.value, panel.draft.clauses) == (text, draft.clauses), (
                control.description
            )
        assert len(written) == len(free) > 0


def test_rates_are_percent_with_a_decimal_comma_and_numbers_are_checked(panel: AccordStudioPanel) -> None:
    panel.element.value = "future_demand_management_plan"
    band = find(panel, "Band")
    assert (band.value, band.description) == ("20", "Band, plus or minus (%)")
    band.value = "12,5 %"
    assert panel.draft.clauses.forecast and panel.draft.clauses.forecast.band == 0.125
    printed = clause_table(panel.draft, panel.element.value)
    assert printed and "12.5%" in printed.alt and "band: 0.125" in panel.clauses.text.value
    draft = panel.draft
    for typed, why in (("250", "write a number from 0 to 100"), ("a fifth", "“a fifth” is not a number")):
        band.value = typed
        assert f"Forecast, Band, plus or minus (%): {why}" in panel.clauses.wrong.value
        assert panel.draft == draft and not panel.keep()
    band.value = ""
    assert panel.draft.clauses.forecast and panel.draft.clauses.forecast.band is None
    assert panel.clauses.wrong.value == "" and panel.keep()
    find(panel, "Looks ahead").value = ""
    assert "Forecast, Looks ahead (months): still to be filled in" in panel.clauses.wrong.value
    for label in ("Shared every", "Outside"):
        find(panel, label).value = ""
    assert panel.draft.clauses.forecast is None, "a record without any field is not said"


def test_an_entry_is_added_filled_in_and_removed(panel: AccordStudioPanel) -> None:
    panel.element.value = "anticipated_change_plan"
    before, text = panel.draft, panel.clauses.text.value
    contingencies, risks = lists(panel)
    contingencies.add.click()
    assert contingencies.entries.index == 3 and "4. new: still empty" in contingencies.entries.options[3]
    assert "Contingencies 4, Event: still to be filled in" in panel.clauses.wrong.value
    assert panel.draft == before
    find(panel, "Event").value = "price"
    find(panel, "Trigger").value = "Fuel doubles"
    find(panel, "Response").value = "The fee follows an index"
    find(panel, "Owner").value = "finance_controller"
    added = panel.draft.clauses.contingencies[3]
    assert (added.event, added.trigger, added.owner) == ("price", "Fuel doubles", "finance_controller")
    assert contingencies.entries.options[3][0] == "4. price: Fuel doubles"
    contingencies.remove.click()
    assert panel.clauses.text.value == text and panel.draft.clauses == before.clauses
    risks.entries.index = 1
    find(panel, "The recruiting provider", 1).value = "45"  # its control of the second risk
    assert panel.draft.clauses.risks[1].control == {"customer": 0.5, "vendor": 0.45}
    assert panel.draft.clauses.risks[0] == before.clauses.risks[0]
    find(panel, "Short name").value = "Scarce skills, Müller"
    assert panel.draft.clauses.risks[1].id == "scarce_skills_muller"
    risks.remove.click()
    risks.remove.click()
    assert panel.draft.clauses.risks == [] and risks.remove.disabled
    risks.add.click()
    assert find(panel, "Short name").value == "risk 1"


def test_roles_are_those_of_the_file_and_ticks_keep_their_order(panel: AccordStudioPanel) -> None:
    panel.element.value = "anticipated_change_plan"
    find(panel, "Legal counsel").value = True
    assert panel.draft.clauses.rebasing
    assert panel.draft.clauses.rebasing.approved_by == [
        "hr_process_owner",
        "vendor_delivery_lead",
        "legal_counsel",
    ]
    panel.element.value = "process_ownership_plan"
    find(panel, "Legal counsel").value = "consulted"
    find(panel, "Delivery lead").value = ""
    duties = {
        "hr_process_owner": "accountable",
        "operations_lead": "responsible",
        "legal_counsel": "consulted",
    }
    assert panel.draft.clauses.processes[0].duties == duties
    assert [title for title, _ in find(panel, "Delivery lead").options][:2] == ["none", "accountable"]


def test_form_and_text_are_in_step(panel: AccordStudioPanel) -> None:
    panel.element.value = "feedback_plan"
    panel.clauses.text.value = panel.clauses.text.value.replace("month: 12", "month: 14")
    milestones = lists(panel)[0]
    milestones.entries.index = 1
    assert find(panel, "Due after").value == "14"
    find(panel, "Due after").value = "15"
    assert "month: 15" in panel.clauses.text.value and panel.draft.clauses.milestones[1].month == 15
    whole = panel.clauses.text.value
    odd = ["review: [", "review: 3", "milestones: {a: 1}", "reviews: {}", "1: 2", "milestones: [3]"]
    odd += [f"review: {{every_months: {value}}}" for value in ("[3]", "2025-01-31", "{1: 2}")]
    for text in (*odd, whole + "  dance: yes\n"):
        panel.clauses.text.value = text
        assert len(panel.clauses.form.children) == 1 and BROKEN in panel.clauses.form.children[0].value, text
        assert panel.clauses.wrong.value
    panel.clauses.text.value = whole
    assert len(lists(panel)) == 1 and panel.clauses.wrong.value == ""


def test_a_value_that_is_not_on_offer_is_shown_and_left_alone(panel: AccordStudioPanel) -> None:
    panel.element.value = "conflict_arbitration_charter"
    text = panel.clauses.text.value.replace("level_1: vendor_delivery_lead", "level_1: nobody")
    panel.clauses.text.value = text
    level = find(panel, "Level 1")
    assert level.value == "nobody" and "the role 'nobody' is not listed" in panel.status.value.replace(
        "&#x27;", "'"
    )
    find(panel, "Watch").value = "25"
    assert "level_1: nobody" in panel.clauses.text.value
    level.value = "steering_chair"
    assert panel.draft.clauses.escalation and panel.draft.clauses.escalation.level_1 == "steering_chair"


def test_what_cannot_stand_yet_waits_until_it_is_mended(panel: AccordStudioPanel) -> None:
    panel.element.value = "feedback_plan"
    find(panel, "Every").value = "often"
    panel.element.value = "exit"
    assert panel.clauses.wrong.value == ""
    find(panel, "Notice").value = "9"
    assert panel.draft.exit and panel.draft.exit.notice_months == 9
    assert not panel.keep() and "Feedback plan, Review, Every (months)" in panel.status.value
    again = AccordStudioPanel(panel.opened.path)
    assert again.view and again.element.value == "exit" and find(again, "Notice").value == "9"
    again.element.value = "feedback_plan"
    assert find(again, "Every").value == "often" and "“often” is not a number" in again.clauses.wrong.value
    find(again, "Every").value = "3"
    assert again.keep()


def test_only_the_controls_of_the_shown_element_exist(panel: AccordStudioPanel) -> None:
    for key in ELEMENTS:
        panel.element.value = key
    panel.element.value = "measurement_charter"
    before = len(_instances)
    for key in ("anticipated_change_plan", "communication_plan", "measurement_charter"):
        panel.element.value = key
    after = len(_instances)
    assert after == before
