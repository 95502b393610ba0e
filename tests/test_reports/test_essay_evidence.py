"""What the pages offer the essay: nothing before it was kept, and what was kept under the name that the page says."""

from __future__ import annotations

from dataclasses import replace

from alliance_analysis.agreement import AgreementFile, example_path, read_agreement
from alliance_analysis.cases import load_case
from alliance_analysis.drafting.trial import first_trial, tried
from alliance_analysis.drafting.worth import exit_trial, payment_trial
from alliance_analysis.reports.assignment import read_assignment
from alliance_analysis.reports.essay_evidence import evidence, pages
from alliance_analysis.simulation.counterfactual import demonstration


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
