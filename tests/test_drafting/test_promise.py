"""One promise in three forms, what bars a signature, and the real past that stands in for a partner's."""

from __future__ import annotations

import re

import pytest

from alliance_analysis import datasets
from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.files import example_path, read_agreement
from alliance_analysis.agreement.kpi import Baseline
from alliance_analysis.drafting import track_record
from alliance_analysis.drafting.examples import CARD, CHOICES, EXAMPLES, kept_card, party_names
from alliance_analysis.drafting.fields import FIELDS, printed
from alliance_analysis.drafting.lint import lint_card
from alliance_analysis.drafting.promise import lines, money_at_risk, period, steps
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import kpi

AUROBINDO = track_record.VENDORS["Aurobindo Pharma"]


@pytest.fixture
def agreement() -> Agreement:
    return read_agreement(example_path()).agreement


@pytest.fixture
def whole(agreement: Agreement) -> KpiCard:
    return agreement.kpis[0]


def without(card: KpiCard, field: str) -> KpiCard:
    """Return the card without a field; a period named in the method goes with it."""
    blank = {} if field == "owners" else None
    timeless = {"measurement_method": "Shortlists on time, of all due"} if field == "period" else {}
    return card.model_copy(update={**timeless, field: blank})


def errors(card: KpiCard) -> list[str]:
    return [found.said or "" for found in lint_card(card).of("error")]


def test_only_the_mou_states_no_number(agreement: Agreement, whole: KpiCard) -> None:
    mou, sla, card = steps(whole, agreement)
    assert not re.search(r"\d", mou.text)
    assert all(number in sla.text for number in ("90%", "80%", "4%", "month"))
    assert all(value in card.text for value in ("90%", "87%", "80%", "82%", "118", "4%"))
    assert [step.missing for step in (mou, sla, card)] == [(), (), ()]


def test_an_mou_leaves_out_a_goal_with_a_number_in_it(agreement: Agreement, whole: KpiCard) -> None:
    goal = whole.model_copy(update={"strategic_goal": "Fill 60 jobs"})
    assert not re.search(r"\d", steps(goal, agreement)[0].text)


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "name"])
def test_each_missing_field_is_a_visible_blank(agreement: Agreement, whole: KpiCard, field: str) -> None:
    lacking = without(whole, field)
    label = FIELDS[field].label[:1].lower() + FIELDS[field].label[1:]
    assert f"[{label} missing]" in steps(lacking, agreement)[2].text
    assert label in steps(lacking, agreement)[2].missing
    assert f"[{label} missing]" in kpi.card(lacking, agreement).to_html()


def test_blanks_never_shrink_as_the_promise_grows(agreement: Agreement, whole: KpiCard) -> None:
    empty = EXAMPLES["hr_recruiting"].start()
    counts = [len(step.missing) for step in steps(empty, agreement)]
    assert counts == sorted(counts)
    assert len(errors(empty)) == len(empty.missing()) + 1 == 15  # and the period


@pytest.mark.parametrize("field", [*FIELDS, "watch"])
def test_a_form_states_exactly_the_fields_that_change_its_words(
    agreement: Agreement, whole: KpiCard, field: str
) -> None:
    """What a form is judged by is what its text carries: another value gives another text, and else it does not."""
    marks = whole.thresholds
    assert marks
    others = {
        "name": "Q", "unit": "fraction of posts", "direction": "lower", "target": 0.95, "period": "week",
        "at_risk": 0.07, "thresholds": marks.model_copy(update={"breach": 0.75}), "owners": {"customer": "x"},
        "baseline": None, "perspective": "learning", "indicator": "lagging", "measures": "activity",
        "benefits": "department", "watch": marks.model_copy(update={"watch": 0.85}),
    }  # fmt: skip
    changed = whole.model_copy(update={"thresholds" if field == "watch" else field: others.get(field, "Q q")})
    for before, after in zip(steps(whole, agreement), steps(changed, agreement), strict=True):
        assert (before.text != after.text) is (field in before.states), before.form


def test_a_kpi_needs_two_owners_both_thresholds_and_a_period(agreement: Agreement, whole: KpiCard) -> None:
    one = whole.model_copy(update={"owners": {"vendor": "vendor_delivery_lead"}})
    assert errors(one) == ["Owner on the other side: missing."]
    assert "[owner missing]" in dict(lines(one, agreement))["Owners"]
    assert whole.thresholds
    half = whole.model_copy(update={"thresholds": whole.thresholds.model_copy(update={"breach": None})})
    assert errors(half) == ["Breach threshold: missing."]
    assert "breach threshold" in steps(half, agreement)[1].missing
    timeless = without(whole, "period")
    assert errors(timeless) == ["Measurement period: missing."]
    assert steps(timeless, agreement)[1].missing == ("period",)


@pytest.mark.parametrize(("word", "fee"), [("monthly", 120), ("each quarter", 360), ("a year", 1440)])
def test_the_money_at_risk_follows_the_period(
    agreement: Agreement, whole: KpiCard, word: str, fee: float
) -> None:
    """The example's fee is 120 a month; 4 % of it depends on the card."""
    card = whole.model_copy(update={"measurement_method": f"Counted {word}", "period": None})
    found = money_at_risk(card, agreement)
    assert found == pytest.approx((0.04 * fee, fee))
    assert f"up to {0.04 * fee:g} of {fee:,} thousand USD" in steps(card, agreement)[1].text


def test_parties_are_those_of_the_file_and_fit_the_watch_example(agreement: Agreement) -> None:
    shipped = {party.id: party.name for party in agreement.parties}
    assert EXAMPLES["hr_recruiting"].names == shipped == party_names(agreement)
    watch = agreement.model_copy(update={"choices": {CHOICES: {"example": "watch_joint_venture"}}})
    assert party_names(watch)["vendor"] == "The manufacturing partner"
    own = [party.model_copy(update={"name": "Our firm"}) for party in watch.parties]
    assert set(party_names(watch.model_copy(update={"parties": own})).values()) == {"Our firm"}


def test_an_agreement_without_parties_or_fee_still_reads() -> None:
    bare = Agreement(schema=1, title="Draft")
    texts = [step.text for step in steps(KpiCard(id=CARD, name="On time"), bare)]
    assert "[customer missing]" in texts[0] and "[provider missing]" in texts[1]
    assert kept_card(bare).id == CARD


def test_the_students_card_goes_before_the_files_first(agreement: Agreement) -> None:
    assert kept_card(agreement).id == "shortlist_on_time"
    mine = EXAMPLES["watch_joint_venture"].start()
    assert kept_card(agreement.model_copy(update={"kpis": [*agreement.kpis, mine]})) is mine


def test_every_vendor_has_a_short_name() -> None:
    assert set(track_record.VENDORS.values()) == set(datasets.load("vendor_delivery")["vendor"])
    assert list(track_record.VENDORS) == sorted(track_record.VENDORS, key=str.casefold)


def test_baselines_are_the_published_yearly_rates() -> None:
    """The yearly rates that test_datasets takes from the publisher's file: 73.5, 73.6 and 97.7 %."""
    for year, rate in ((2010, 73.5), (2011, 73.6), (2014, 97.7)):
        found = track_record.baseline(AUROBINDO, f"{year}Q1", f"{year}Q4")
        assert isinstance(found, Baseline)
        assert round(100 * found.value, 1) == rate
        assert (str(found.start), str(found.end)) == (f"{year}-01-01", f"{year}-12-31")


def test_in_words_counts_quarters_as_the_card_judges_them(whole: KpiCard) -> None:
    table = datasets.load("vendor_delivery").query("vendor == @AUROBINDO")
    met = (table["on_time"] * 100 >= table["lines"] * 95).sum()  # in whole numbers, without a rate
    told = track_record.in_words(whole.model_copy(update={"target": 0.95}), AUROBINDO, "2012Q1", "2013Q4")
    assert f"In {met} of {len(table)} quarters" in told


@pytest.mark.parametrize(
    ("vendor", "start", "end", "why"),
    [
        (AUROBINDO, "2014Q1", "2013Q4", "starts .* after it ends"),
        (AUROBINDO, "2007Q2", "2007Q3", "no deliveries"),
        ("Aurobindo Pharma Ltd", "2012Q1", "2013Q4", "did you mean 'Aurobindo Pharma Limited'"),
    ],
)
def test_a_period_without_a_past_is_named(vendor: str, start: str, end: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        track_record.baseline(vendor, start, end)


def test_exhibits_say_what_is_invented_and_what_is_real(agreement: Agreement, whole: KpiCard) -> None:
    series = kpi.vendor_series(AUROBINDO, "2012Q1", "2013Q4", 0.95)
    assert not series.synthetic and series.sources == ("usaid2016scms",)
    assert "89.6% of 164 lines" in series.alt and "95%" in series.alt
    assert series.png != kpi.vendor_series(AUROBINDO, "2012Q1", "2013Q4").png
    assert kpi.card(whole, agreement).synthetic and kpi.promise(whole, agreement).synthetic


def test_what_a_student_types_cannot_break_the_page(agreement: Agreement, whole: KpiCard) -> None:
    evil = whole.model_copy(update={"name": "<script>R&D", "rationale": "<img src=x>"})
    for exhibit in (kpi.card(evil, agreement), kpi.promise(evil, agreement)):
        assert "<script" not in exhibit.to_html() and "<img" not in exhibit.to_html()


def test_values_print_in_their_unit() -> None:
    assert printed(0.9725, "fraction of lines") == "97.25%"
    assert printed(1.0, "fraction", 1) == "100%" and printed(0.0, "fraction") == "0%"
    assert printed(None, "fraction") == "" and printed(52, "days") == "52 days"
    assert period(KpiCard(id="otd", name="On time")) is None


def test_the_natural_limits_are_those_of_the_xmr_chart() -> None:
    """By hand: five rates, four moving ranges; the constant is 3 divided by 2 / sqrt(pi)."""
    found = track_record.natural_limits([0.80, 0.90, 0.85, 0.70, 0.85])
    assert found
    mean, mr = (0.80 + 0.90 + 0.85 + 0.70 + 0.85) / 5, (0.10 + 0.05 + 0.15 + 0.15) / 4
    assert found == pytest.approx((mean - 2.6586807763582736 * mr, 1.0))
    assert track_record.natural_limits([0.9]) is None
    assert track_record.past(AUROBINDO, "2012Q1", "2013Q4").limits == track_record.natural_limits(
        track_record.period(AUROBINDO, "2012Q1", "2013Q4")["rate"].tolist()
    )


def test_deliveries_are_not_held_against_a_kpi_with_a_past_of_its_own(
    agreement: Agreement, whole: KpiCard
) -> None:
    own = agreement.model_copy(update={"choices": {CHOICES: {"past": "own", "card": "time_to_fill"}}})
    assert kept_card(own).id == "time_to_fill"
    assert track_record.rate_target(whole, agreement) == 0.9 and track_record.rate_target(whole, own) is None
    assert track_record.context_of(own, whole).past == {}
    assert set(track_record.context_of(agreement, whole).past) == {"shortlist_on_time"}
