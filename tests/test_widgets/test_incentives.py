"""The panels of incentives, exit and shocks: what is set is what is paid, kept, and there again tomorrow."""

from __future__ import annotations

from html import unescape
from pathlib import Path

import pytest

from alliance_analysis.agreement import AgreementFile, keep, open_agreement, read_agreement
from alliance_analysis.drafting.shocks import ShockTrial, shock
from alliance_analysis.drafting.worth import example, exit_trial, investment_trial, paid, payment_trial
from alliance_analysis.figures.exit import rights
from alliance_analysis.incentives.investment import partner_case
from alliance_analysis.reports.essay_evidence import evidence
from alliance_analysis.widgets.exit_pricer import ExitPanel
from alliance_analysis.widgets.incentives import IncentivePanel
from alliance_analysis.widgets.investment import InvestmentPanel
from alliance_analysis.widgets.panel import Panel
from alliance_analysis.widgets.shocks import ShockPanel

PANELS = [IncentivePanel, ExitPanel, ShockPanel, InvestmentPanel]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


@pytest.mark.parametrize("kind", PANELS)
def test_nothing_is_written_before_keep_and_keeping_twice_adds_nothing(path: Path, kind: type[Panel]) -> None:
    panel = kind(path)
    assert panel.view is panel.view and not path.exists()
    assert panel.keep()
    text = path.read_bytes()
    assert panel.keep() and path.read_bytes() == text
    assert kind(path).keep() and path.read_bytes() == text


def test_a_share_moved_in_the_investment_panel_makes_it_pay_for_each(path: Path) -> None:
    """The sum of both present values moves only with the difference of their rates; the milestones move the account."""
    panel = InvestmentPanel(path)
    assert panel.terms() == example().investment and "does not pay for each" in panel.told.value
    assert "vendor −8.8" in panel.told.value and "Scheduling" in panel.account.value
    panel.controls["scheduling"]["share"].value = 55
    assert "It pays for each." in panel.told.value
    panel.controls["scheduling"]["met"].value = 0
    assert panel.keep()
    kept = read_agreement(path).agreement
    assert kept.investment and kept.investment.commitments[1].shares == {"customer": 0.55, "vendor": 0.45}
    assert investment_trial(kept).met == {"hiring_forecast": 2, "scheduling": 0}
    assert all(partner_case(kept.investment, party).npv > 0 for party in ("customer", "vendor"))
    panel = InvestmentPanel(path)
    panel.controls["hiring_forecast"]["horizon"].value = 13
    assert "Not back within the contract: customer, vendor" in panel.told.value


@pytest.mark.parametrize("kind", PANELS)
def test_keep_refuses_a_file_that_changed(path: Path, kind: type[Panel]) -> None:
    panel = kind(path)
    panel.keep()
    keep(read_agreement(path), ("choices", {kind.name: {"by": "another page"}}))
    text = path.read_bytes()
    assert not panel.keep() and f"'choices.{kind.name}' changed on disk" in unescape(panel.status.value)
    assert path.read_bytes() == text


@pytest.mark.parametrize("kind", PANELS)
def test_a_broken_choice_is_told_and_the_panel_starts_anew(path: Path, kind: type[Panel]) -> None:
    panel = kind(path)
    panel.keep()
    text = path.read_text(encoding="utf-8")
    for name in ("pattern: relapse", "volatility: 0.4", "kind: disruption", "  scheduling: 2"):
        text = text.replace(f"    {name}", f"    {name.split(':')[0]}: wrong")
    path.write_text(text, encoding="utf-8")
    anew = kind(path)
    assert "starts anew" in anew.status.value and anew.still().alt == panel.still().alt


def test_the_terms_that_are_set_are_the_terms_that_are_kept_and_paid(path: Path) -> None:
    panel = IncentivePanel(path)
    panel.agreed["tier_1"].value, panel.agreed["endurance"].value, panel.agreed["cap"].value = 0.4, 1, 12.0
    panel.happens["pattern"].value = "steady"
    panel.actuals["shortlist_on_time"].value = 0.79
    panel.keep()
    agreement = read_agreement(path).agreement
    assert agreement.incentives and agreement.incentives.gainshare
    share = agreement.incentives.gainshare
    assert (share.tiers[0].share, share.endurance, share.cap) == (0.4, 1, 12.0)
    found = paid(agreement, payment_trial(agreement))
    assert [q.amount for q in found.quarters] == pytest.approx([12.0] * 8)
    assert "<strong>96</strong>" in panel.told.value
    assert found.credit and found.credit.lines[0].amount == pytest.approx(0.04 * 120)
    assert agreement.incentives.service_credits == example().incentives.service_credits  # type: ignore[union-attr]


def test_the_cap_of_the_credits_can_bind_and_is_said(path: Path) -> None:
    panel = IncentivePanel(path)
    for control, worst in ((panel.actuals["shortlist_on_time"], 0.75), (panel.actuals["time_to_fill"], 60)):
        control.value = worst
    panel.agreed["at_risk"].value = 0.06
    assert "(the cap binds)" in panel.told.value and "<strong>7.2</strong>" in panel.told.value


def test_a_loss_of_the_payee_or_a_lucky_quarter_pays_nothing(path: Path) -> None:
    panel = IncentivePanel(path)
    panel.happens["pattern"].value = "one_quarter"
    assert "gainshare pays <strong>0</strong>" in panel.told.value
    panel.happens["pattern"].value = "steady"
    assert "gainshare pays <strong>0</strong>" not in panel.told.value
    panel.happens["payee_gain"].value = -5
    assert "gainshare pays <strong>0</strong>" in panel.told.value


def test_a_saving_that_stands_vests_in_full() -> None:
    agreement = example()
    trial = payment_trial(agreement).model_copy(update={"pattern": "steady"})
    found = paid(agreement, trial)
    assert found.by_year.sum() == pytest.approx(sum(q.amount for q in found.quarters))


def test_the_exit_panel_keeps_the_notice_on_the_exit_card(path: Path) -> None:
    panel = ExitPanel(path)
    before = panel.picture.figure
    panel.controls["notice_months"].value = 12
    shorter = panel.told.value
    assert panel.keep()
    kept = read_agreement(path).agreement
    assert kept.exit and kept.exit.notice_months == 12
    assert kept.exit.triggers == example().exit.triggers  # type: ignore[union-attr]
    assert panel.picture.figure is before
    worth = rights(**exit_trial(kept).model_dump()).today[0]
    assert f"<strong>{worth:.1f}</strong>" in shorter
    assert ExitPanel(path).told.value == shorter


def test_each_button_shows_its_shock(path: Path) -> None:
    panel = ShockPanel(path)
    seen = set()
    for kind in ("price", "technology", "disruption"):
        panel.kind.value = kind
        seen.add(panel.told.value)
        assert kind != "price" or "follows input costs" in panel.told.value
        assert 'alt="' in panel.image.value
    assert len(seen) == 3


def test_a_wider_collar_moves_the_price_shock_to_the_customer() -> None:
    agreement = example()
    borne = [
        shock(agreement, ShockTrial(kind="price", size=0.3, protection=p)).costs["customer"][1]
        for p in (0, 0.05, 0.1, 0.5)
    ]
    assert borne == sorted(borne) and borne[0] == 0 and borne[-1] == pytest.approx(0.3 * 0.6 * 1440)


def test_the_right_to_stop_is_used_only_where_it_loses_less() -> None:
    agreement = example()
    for size in (0.0, 0.3, 0.6, 0.9, 1.0):
        costs = shock(agreement, ShockTrial(kind="technology", size=size, protection=0.5)).costs.values()
        assert sum(b for _, b in costs) <= sum(a for a, _ in costs) + 1e-9
    total = shock(agreement, ShockTrial(kind="technology", size=1.0, protection=0.5)).costs.values()
    assert sum(b for _, b in total) < sum(a for a, _ in total)


def test_the_essay_offers_what_was_kept(path: Path) -> None:
    assert "number:exit_right" not in evidence(open_agreement(path))
    for kind in PANELS:
        kind(path).keep()
    opened: AgreementFile = open_agreement(path)
    offered = evidence(opened)
    assert (
        offered["number:exit_right"].text
        == f"{rights(**exit_trial(opened.agreement).model_dump()).today[0]:.1f}% of the value"
    )
    for token in ("figure:gainshare", "figure:exit_curve", "table:service_credit"):
        assert offered[token].exhibit().synthetic
