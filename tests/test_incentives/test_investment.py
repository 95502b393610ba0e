"""Investment, trust and risk: golden values, a second computation, and what the models say must rise or fall."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from alliance_analysis.agreement import Agreement, Investment, example_path, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.account import cost_shares, ledger
from alliance_analysis.incentives.investment import (
    cash_flows,
    failure_against_success,
    internal_rates,
    net_present_value,
    partner_case,
    term_warnings,
)
from alliance_analysis.incentives.relational import (
    critical_discount,
    disclosure_value,
    hold_up,
    self_enforcement,
)
from alliance_analysis.incentives.risk import (
    borch,
    by_exposure_and_control,
    cost_of_risk,
    dual_sourcing,
    hedge,
    indexed_price,
)
from alliance_analysis.incentives.total_cost import total_cost

GOOD = {"shortlist_on_time": 0.92, "time_to_fill": 45.0}
ALL = {"hiring_forecast": 3, "scheduling": 2}


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return read_agreement(example_path()).agreement


@pytest.fixture(scope="module")
def terms(agreement: Agreement) -> Investment:
    assert agreement.investment
    return agreement.investment


def test_the_account_never_overdraws_and_ends_empty(agreement: Agreement, terms: Investment) -> None:
    found = ledger(terms, agreement.kpis, ALL, GOOD)
    balances = [entry.balance for entry in found.entries]
    assert np.cumsum([entry.amount for entry in found.entries]) == pytest.approx(balances)
    assert min(balances) >= -1e-9 and found.balance == pytest.approx(0) and not found.withheld


def test_a_tranche_waits_for_milestone_gate_and_the_one_before(
    agreement: Agreement, terms: Investment
) -> None:
    late = ledger(
        terms, agreement.kpis, {"hiring_forecast": 1, "scheduling": 2}, GOOD | {"shortlist_on_time": 0.86}
    )
    assert [(name, why.split(":")[0]) for name, _, why in late.withheld] == [
        ("hiring_forecast", "milestone not met"),
        ("hiring_forecast", "the tranche before it is withheld"),
        ("scheduling", "KPI gate"),
    ]
    assert late.balance == pytest.approx(50 + 40 + 35)
    slow = ledger(
        terms, agreement.kpis, ALL, GOOD | {"time_to_fill": 51.0}
    )  # lower is better: 51 fails a gate at 50
    assert [name for name, *_ in slow.withheld] == ["hiring_forecast"]


def test_a_tranche_larger_than_the_account_is_an_error(agreement: Agreement, terms: Investment) -> None:
    item = terms.commitments[0]
    early = item.tranches[1].model_copy(update={"month": 3.0, "amount": 50.0})
    first = item.tranches[0]
    bad = terms.model_copy(
        update={
            "commitments": [item.model_copy(update={"tranches": [first, early, item.tranches[2]]})],
        }
    )
    with pytest.raises(BadInput, match="larger than the account: 30 is there by then"):
        ledger(bad, agreement.kpis, ALL, GOOD)
    with pytest.raises(BadInput, match="larger than the account"):
        cash_flows(bad, "vendor")


def test_both_partners_flows_add_up_to_what_is_spent_and_returned(terms: Investment) -> None:
    both = cash_flows(terms, "customer") + cash_flows(terms, "vendor")
    spent = sum(item.amount for item in terms.commitments)
    returned = sum(
        sum(item.returns.values()) / 12 * (item.horizon_months - item.tranches[-1].month)
        for item in terms.commitments
    )
    managed = sum(terms.management_cost.values()) / 12 * (len(both) - 1)
    assert both.sum() == pytest.approx(returned - spent - managed)
    assert sum(sum(row.values()) for row in cost_shares(terms).values()) == pytest.approx(spent)


def test_a_stop_costs_only_what_was_released(terms: Investment) -> None:
    stopped = sum(
        cash_flows(terms, party, {"hiring_forecast": 1, "scheduling": 1}) for party in ("customer", "vendor")
    )
    managed = sum(terms.management_cost.values()) / 12 * (len(stopped) - 1)
    assert stopped.sum() == pytest.approx(-(30 + 25) - managed)
    for party in ("customer", "vendor"):
        found = failure_against_success(terms, party)
        assert found.ungated < found.gated < found.success


def test_npv_and_irr_agree_with_the_polynomial() -> None:
    """Second computation: the roots of the polynomial in 1 / (1 + r)."""
    flows = [-100, 30, 40, 50, 20]
    roots = np.roots(flows[::-1])
    real = [1 / x.real - 1 for x in roots if abs(x.imag) < 1e-9 and x.real > 0]
    assert internal_rates(flows, per_year=1) == pytest.approx(real)
    assert net_present_value(flows, real[0], per_year=1) == pytest.approx(0, abs=1e-9)
    assert net_present_value(flows, 0) == pytest.approx(40)


def test_several_internal_rates_are_all_found_and_said(terms: Investment) -> None:
    assert internal_rates([-100, 230, -132], per_year=1) == pytest.approx((0.1, 0.2))
    assert internal_rates([100, 10, 10], per_year=1) == ()
    case = partner_case(terms, "customer")
    assert "change sign" not in case.rate_in_words  # contributions, then returns
    stop = partner_case(terms, "customer", {"hiring_forecast": 1})
    assert "change sign" in stop.rate_in_words  # refunds in between


def test_payback_is_where_the_curve_stays_above_zero(terms: Investment) -> None:
    case = partner_case(terms, "customer")
    assert case.payback is not None and case.break_even is not None
    assert case.cumulative[case.payback] >= 0 > case.cumulative[case.payback - 1]
    assert case.break_even >= case.payback
    assert case.npv == pytest.approx(sum(f / 1.08 ** (m / 12) for m, f in enumerate(case.flows)))


def test_a_term_shorter_than_the_payback_only_warns(terms: Investment) -> None:
    cases = [partner_case(terms, party) for party in ("customer", "vendor")]
    assert term_warnings(cases, 48) == ()
    assert [line.split(":")[0] for line in term_warnings(cases, 12)] == ["customer", "vendor"]


@pytest.mark.parametrize(
    ("share", "invested", "efficiency"), [(0.5, 25, 0.75), (0.6, 36, 0.84), (0.8, 64, 0.96), (1, 100, 1)]
)
def test_the_golden_hold_up(share: float, invested: float, efficiency: float) -> None:
    found = hold_up(10, share)
    assert (found.invested, found.efficiency) == pytest.approx((invested, efficiency))


@pytest.mark.parametrize(("share", "specificity", "risk"), [(0.5, 1, 0), (0.3, 0.4, 0), (0.6, 0.8, 0.5)])
def test_the_investment_is_what_the_investor_would_choose(
    share: float, specificity: float, risk: float
) -> None:
    """Second computation: the investor's own problem, solved as numbers."""
    found = hold_up(10, share, specificity=specificity, risk_cost=risk)
    kept = (1 - specificity) + share * specificity
    best = minimize_scalar(
        lambda i: -(kept * 20 * np.sqrt(i) - (1 + risk) * i), bounds=(0, 200), method="bounded"
    )
    assert found.invested == pytest.approx(best.x, abs=1e-3)


def test_fair_risk_and_low_specificity_raise_the_investment() -> None:
    """A vendor who bears less of the risk invests more; so does one who can use the asset elsewhere."""
    by_risk = [hold_up(10, 0.5, risk_cost=cost_of_risk(s, 2, 1)).invested for s in (0, 0.3, 0.6, 1)]
    by_use = [hold_up(10, 0.5, specificity=s).invested for s in (0, 0.3, 0.6, 1)]
    assert by_risk == sorted(by_risk, reverse=True) and by_use == sorted(by_use, reverse=True)
    assert by_use[0] == pytest.approx(100)


def test_the_golden_relational_contract_and_what_a_good_fallback_does_to_it() -> None:
    assert [critical_discount(10, 14, p) for p in (2, 4, 6, 8)] == pytest.approx([1 / 3, 0.4, 0.5, 2 / 3])
    assert self_enforcement(10, 14, 4, interest=0.2, ending=0.1).actual == pytest.approx(0.75)


@pytest.mark.parametrize("discount", [0.35, 0.45])
def test_the_critical_discount_is_where_both_streams_are_worth_the_same(discount: float) -> None:
    """Second computation: 400 years of payments, with and without breaking the promise once."""
    weights = discount ** np.arange(400)
    keep, broken = 10 * weights.sum(), 14 + 4 * weights[1:].sum()
    assert (keep >= broken) == (discount >= critical_discount(10, 14, 4))


def test_disclosure_agrees_with_the_integral() -> None:
    at = np.linspace(0, 5, 5_001)
    left = np.array([30 * np.exp(-0.5 * 0.6 * 0.3 * t) for t in at])
    gain = np.exp(-0.08 * at) * (10 * 0.6**0.5 + left - 30)
    found = disclosure_value(0.6, 10, 30, leak=0.5, clean_team=0.7, interest=0.08, years=5)
    assert found == pytest.approx(np.trapezoid(gain, at), rel=1e-5)
    assert disclosure_value(0, 10, 30, leak=0.5, interest=0.08, years=5) == 0


def test_the_golden_risk_shares_and_borch_is_the_cheapest() -> None:
    shares = borch({"a": 8, "b": 2})
    assert shares == pytest.approx({"a": 0.8, "b": 0.2})
    best = minimize_scalar(
        lambda s: cost_of_risk(s, 9, 8) + cost_of_risk(1 - s, 9, 2), bounds=(0, 1), method="bounded"
    )
    assert best.x == pytest.approx(shares["a"], abs=1e-5)
    assert by_exposure_and_control({"a": 3, "b": 1}, {"a": 1, "b": 3}) == pytest.approx({"a": 0.5, "b": 0.5})


def test_the_golden_index_and_a_collar_that_binds() -> None:
    weights, moved = {"fixed": 0.2, "pay": 0.5, "fuel": 0.3}, {"pay": (100.0, 112.0), "fuel": (100.0, 105.0)}
    assert indexed_price(100, weights, moved).amount == pytest.approx(107.5)
    assert indexed_price(100, weights, moved, (0.92, 1.08)).lines[-1].what != "collar"
    held = indexed_price(100, weights, moved, (0.95, 1.05))
    assert held.amount == pytest.approx(105) and held.lines[-1].amount == pytest.approx(-2.5)
    fallen = {"pay": (100.0, 70.0), "fuel": (100.0, 90.0)}
    assert indexed_price(100, weights, fallen, (0.92, 1.08)).amount == pytest.approx(92)


def test_the_hedge_is_the_regression_of_changes_and_levels_mislead() -> None:
    """Two random walks with one drift: hardly anything moves together, and the levels claim that it does."""
    rng = np.random.default_rng(4)
    own, other = (100 + np.cumsum(1 + rng.normal(0, 1, 200)) for _ in range(2))
    found = hedge(own, other)
    assert found.ratio == pytest.approx(np.polyfit(np.diff(other), np.diff(own), 1)[0])
    assert abs(found.ratio) < 0.2 and found.removed < 0.05 and found.from_levels > 0.8
    left = [
        np.var(np.diff(own) - h * np.diff(other)) for h in (found.ratio, found.ratio - 0.1, found.ratio + 0.1)
    ]
    assert min(left) == left[0]


def test_dual_sourcing_agrees_with_simulation() -> None:
    rng = np.random.default_rng(5)
    down = rng.random((400_000, 2)) < (0.1, 0.2)
    part, spare = 0.3, 0.4
    shares = np.array([1 - part, part])
    missing = np.where(down.all(axis=1), 1.0, np.where(down, np.maximum(shares - spare, 0), 0).sum(axis=1))
    bought = 100 * (1 - part) + 105 * part
    found = dual_sourcing(part, price=100, premium=0.05, outage=(0.1, 0.2), loss=500, flexible=spare)
    assert found.expected == pytest.approx(bought + 500 * missing.mean(), rel=0.01)
    assert found.outage == pytest.approx(150)


def test_the_golden_total_cost() -> None:
    cheap = total_cost(100, defects=(0.05, 400), late=(0.10, 150))
    partner = total_cost(106, defects=(0.01, 400), late=(0.02, 150))
    assert (cheap.amount, partner.amount) == pytest.approx((135, 113))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: critical_discount(10, 9, 4), "no dilemma"),
        (lambda: hold_up(10, 1.2), "the share is 1.2"),
        (lambda: net_present_value([1], -0.1), "discount rate is -0.1"),
        (lambda: borch({"a": 0, "b": 0}), "no party tolerates"),
        (lambda: by_exposure_and_control({"a": 1}, {"b": 1}), "different parties"),
        (lambda: indexed_price(100, {"fixed": 0.5}, {}), "add up to 0.5"),
        (lambda: indexed_price(100, {"fixed": 0.5, "pay": 0.5}, {}), "index for 'pay' is missing"),
        (lambda: hedge([1, 2, 3], [1, 2, 3]), "four or more"),
        (lambda: dual_sourcing(1.2, price=1, premium=0, outage=(0, 0), loss=0, flexible=0), "second source"),
        (lambda: total_cost(1, late=(-0.1, 1)), "rate of late delivery"),
    ],
)  # fmt: skip
def test_impossible_inputs_are_named(call: object, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        call()  # type: ignore[operator]
