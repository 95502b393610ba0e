"""What the pages offer the essay: nothing before it was kept, and what was kept under the name that the page says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alliance_analysis.agreement import AgreementFile, example_path, open_agreement, read_agreement
from alliance_analysis.cases import load_case
from alliance_analysis.drafting.trial import first_trial, tried
from alliance_analysis.drafting.worth import exit_trial, payment_trial
from alliance_analysis.reports.assignment import read_assignment
from alliance_analysis.reports.essay import Essay, Passage
from alliance_analysis.reports.essay_evidence import evidence, pages
from alliance_analysis.reports.essay_findings import slot_faults
from alliance_analysis.simulation.counterfactual import demonstration
from alliance_analysis.widgets.accord_studio import AccordStudioPanel
from alliance_analysis.widgets.incentives import IncentivePanel


def opened(**choices: object) -> AgreementFile:
    example = read_agreement(example_path())
    kept = {**example.agreement.choices, **choices}
    return replace(example, agreement=example.agreement.model_copy(update={"choices": kept}))


def offered(**choices: object) -> set[str]:
    """Return what is offered for these choices and not without them."""
    return set(evidence(opened(**choices))) - set(evidence(opened()))


def test_every_token_that_is_offered_is_announced_with_its_page() -> None:
    agreement = opened().agreement
    found = evidence(opened(
        incentives=payment_trial(agreement).model_dump(), exit_pricer=exit_trial(agreement).model_dump(),
        thresholds=first_trial(agreement).model_dump(),
    ))  # fmt: skip
    announced = pages()
    assert {token: item.page for token, item in found.items()}.items() <= announced.items()
    assert found["figure:exit_curve"].page == "07_risk_change_and_exit"


def test_the_shipped_assignment_suggests_only_evidence_that_there_may_be() -> None:
    suggested = {token for slot in read_assignment().slots for token in slot.evidence}
    assert suggested <= set(pages())


def test_a_redesigned_case_is_offered_and_its_simulation_marked() -> None:
    mine = {"case_timex": demonstration(load_case("timex")).model_dump()}
    assert offered(**mine) == {"table:redesign_timex", "figure:lived_again_timex"}
    found = evidence(opened(**mine))
    table, figure = found["table:redesign_timex"], found["figure:lived_again_timex"]
    assert (table.own, table.simulated, figure.own, figure.simulated) == (True, False, True, True)
    assert figure.exhibit().synthetic and table.exhibit().label == "redesign_timex"
    assert not offered(case_timex={"relationship": "titan"})


def test_a_threshold_tried_on_a_record_is_offered_with_its_count() -> None:
    trial = first_trial(opened().agreement).model_dump()
    found = evidence(opened(thresholds=trial))
    what = tried(opened(thresholds=trial).agreement)
    assert found["number:threshold_breaches"].text == f"{what.breached.sum()} of {what.chart.series.count}"
    assert found["table:what_if"].exhibit().sources and "figure:control_chart" in found


def test_money_and_exit_runs_are_offered_once_kept() -> None:
    agreement = opened().agreement
    assert "figure:gainshare" in offered(incentives=payment_trial(agreement).model_dump())
    assert "number:exit_right" in offered(exit_pricer=exit_trial(agreement).model_dump())
    assert offered(shocks={"kind": "price"}) == {"figure:shock"}


def test_what_a_student_kept_and_did_not_change_is_the_examples_and_no_evidence_of_an_own_run(
    tmp_path: Path,
) -> None:
    path = tmp_path / "agreement.yaml"
    assert IncentivePanel(path).keep() and AccordStudioPanel(path).keep()
    after = open_agreement(path)
    found = evidence(after)
    assert not [token for token, item in found.items() if item.own and item.page < "1"]
    assert "number:accord_standing" not in found, "no element is scored yet"
    for token in ("number:baseline", "number:target", "figure:gainshare", "number:usual_clauses"):
        assert found[token].example and "the example’s" in found[token].says
    essay = Essay.of(after)
    spec = next(spec for spec in essay.assignment.slots if spec.kind == "answer")
    text = "Our baseline is {{number:baseline}} [@huang2009rescuing]."
    draft = essay.draft.model_copy(update={"slots": {spec.id: text}})
    (shown,) = replace(essay, draft=draft).slot(spec.id).pieces
    assert isinstance(shown, Passage) and shown.slot
    faults = [what for what, _ in slot_faults(spec, shown.slot)]
    assert any("no evidence of your own run" in what and "number:baseline" in what for what in faults)


def test_a_field_that_the_student_changed_is_own_and_the_rest_of_the_card_stays_the_examples() -> None:
    example = opened()
    card = example.agreement.kpis[0].model_copy(update={"target": 0.87})
    kpis = [card, *example.agreement.kpis[1:]]
    found = evidence(replace(example, agreement=example.agreement.model_copy(update={"kpis": kpis})))
    assert found["number:target"].own and found["table:card"].own
    assert found["number:baseline"].example and not found["number:baseline"].own
    mine = card.model_copy(update={"id": "mine"})
    changed = example.agreement.model_copy(
        update={"kpis": [mine], "choices": {"kpi_design": {"card": "mine"}}}
    )
    assert evidence(replace(example, agreement=changed))["number:baseline"].own
