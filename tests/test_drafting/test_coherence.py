"""Contradictions inside an agreement: each rule is broken by one change to the example, and by nothing else in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import Agreement, example_path, read_agreement
from alliance_analysis.drafting.coherence import RULES, coherence

EXAMPLE = example_path().read_text(encoding="utf-8")
KEPT = {"in_time"}
"""What the example breaks as it stands: a note."""

BROKEN = [
    ("term", "  term_months: 36\n", "", "not said"),
    ("commitment", "      horizon_months: 36\n", "      horizon_months: 48\n",
     "binds capital for 48 months, the agreement runs for 36"),
    ("vesting", "vesting: [0.5, 0.3, 0.2]", "vesting: [0.4, 0.3, 0.2, 0.1]", "vest over 4 years"),
    ("horizon", "  horizon_months: 36", "  horizon_months: 60", "looks 60 months ahead"),
    ("horizon", "  rebid_months: 36", "  rebid_months: 12", "again after 12 months"),
    ("late", "      month: 18", "      month: 40", "month 40 of 36"),
    ("transition", "  transition: >-\n    The vendor serves open vacancies for three months after the end and hands over "
     "all data within 30 days\n", "", "nothing says how work and data"),
    ("notice", "  notice_months: 6", "  notice_months: 36", "Notice is 36 months"),
    ("owner", "      customer: operations_lead\n      vendor: vendor_delivery_lead\n", "      customer: legal_counsel\n",
     "sits where it could be decided"),
    ("accountable", "hr_process_owner: responsible, vendor_delivery_lead: informed",
     "hr_process_owner: accountable, vendor_delivery_lead: informed", "2 accountable roles"),
    ("accountable", "{it_data_owner: accountable,", "{it_data_owner: consulted,", "no accountable role"),
    ("sides", "        vendor_delivery_lead: operations\n        vendor_account_lead: finance\n", "", "no seat for"),
    ("decides", "    decides: [budget]\n", "", "No role decides on budget"),
    ("agenda", "        - Whether the joint investment is enough\n", "", "2 agenda items"),
    ("clock", "    clocks: {watch: 20, level_1: 5, level_2: 5, steering_committee: 10}\n", "", "no clocks"),
    ("top", "    arbitration: An expert whom both sides named on signing\n", "", "who decides when"),
    ("restated", "    restatement: The month is restated and the service credit computed again\n", "", "nothing follows"),
    ("rebasing", "    rule: Three months of measurement only; the target moves by as much as the baseline did\n", "",
     "no rule says how"),
    ("events", "    - event: price", "    - event: disruption", "Nothing is agreed for: price"),
    ("whole_risks", "bears: {customer: 0.6, vendor: 0.4}", "bears: {customer: 0.6, vendor: 0.3}", "add up to 90%"),
    ("powerless", "bears: {customer: 0.6, vendor: 0.4}", "bears: {customer: 0.3, vendor: 0.7}",
     "bears 70% of it and controls 10%"),
    ("pilots", "      stop_rule: Stopped if time to fill worsens by five days for two months\n", "", "no stop rule"),
    ("turning", "      kind: turning_point", "      kind: milestone", "No milestone is a turning point"),
    ("objectives", "      elements: [innovation_plan, feedback_plan]\n", "", "no accord element"),
    ("scored", "      owner: finance_controller\n      score: 3", "      score: 3", "Enforcement plan is scored 3"),
    ("cap", "    at_risk: 0.06", "    at_risk: 0.07", "11% of the fee at risk, the cap is 10%"),
    ("at_risk", "    at_risk: 0.06", "    at_risk: 0.97", "101% of the fee"),
]  # fmt: skip
"""The rule, what stands in the example, the slip, and what is said."""


def agreement(tmp_path: Path, text: str) -> Agreement:
    path = tmp_path / "agreement.yaml"
    path.write_text(text, encoding="utf-8")
    return read_agreement(path).agreement


def test_the_example_has_no_error_and_no_warning() -> None:
    found = coherence(read_agreement(example_path()).agreement)
    assert {f.rule.id for f in found.findings} == KEPT
    assert [f.rule.id for f in found.judgements if f.verdict == "open"] == ["cadence"]


@pytest.mark.parametrize(
    ("rule", "old", "new", "said"), BROKEN, ids=[f"{r[0]}-{i}" for i, r in enumerate(BROKEN)]
)
def test_one_slip_breaks_one_rule(tmp_path: Path, rule: str, old: str, new: str, said: str) -> None:
    assert old in EXAMPLE
    found = coherence(agreement(tmp_path, EXAMPLE.replace(old, new, 1)))
    broken = {f.rule.id: f.said or "" for f in found.findings}
    assert said in broken[rule]
    assert set(broken) - KEPT <= {rule, *({"cap"} if rule == "at_risk" else set())}


def test_money_on_a_kpi_without_a_baseline_is_an_error(tmp_path: Path) -> None:
    found = read_agreement(example_path()).agreement
    cards = [card.model_copy(update={"baseline": None}) for card in found.kpis]
    result = coherence(found.model_copy(update={"kpis": cards}))
    assert len([f for f in result.of("error") if f.rule.id == "baseline"]) == 1


def test_a_review_that_no_meeting_takes_up_is_found() -> None:
    found = read_agreement(example_path()).agreement
    monthly = {"kpi_negotiation": {"agreed": {"target": 0.9, "at_risk": 0.05, "review_months": 1}}}
    assert coherence(found.model_copy(update={"choices": monthly})).breaks("cadence")


def test_an_empty_draft_is_open_rather_than_broken() -> None:
    result = coherence(Agreement(schema=1, title="Draft"))
    assert {f.rule.id for f in result.findings} == {"term", "exit"}
    assert len([f for f in result.judgements if f.verdict == "open"]) == len(RULES) - 2


def test_every_rule_has_reason_and_remedy_and_an_id_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.why and rule.remedy and rule.title for rule in RULES)
    tested = {rule for rule, *_ in BROKEN} | {"baseline", "cadence", "exit", "triggers", *KEPT}
    assert tested == {rule.id for rule in RULES}


def test_an_exit_that_is_scored_and_says_nothing_is_found() -> None:
    found = read_agreement(example_path()).agreement
    assert found.exit
    bare = found.model_copy(update={"exit": found.exit.model_copy(update={"triggers": []})})
    assert coherence(bare).breaks("triggers")
