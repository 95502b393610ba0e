"""A real past that stands in for a partner's: deliveries of sixteen vendors by quarter, and a baseline from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from alliance_analysis import datasets
from alliance_analysis.agreement import Agreement, KpiCard
from alliance_analysis.agreement.kpi import Baseline
from alliance_analysis.drafting.examples import CHOICES
from alliance_analysis.drafting.fields import printed
from alliance_analysis.drafting.promise import relative
from alliance_analysis.drafting.rules import Context, Past
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.measurement.charts import E2

VENDORS = {
    "AbbVie Logistics": "ABBVIE LOGISTICS (FORMERLY ABBOTT LOGISTICS BV)",
    "Aurobindo Pharma": "Aurobindo Pharma Limited",
    "Bristol-Myers Squibb": "BRISTOL-MYERS SQUIBB",
    "Chembio Diagnostics": "CHEMBIO DIAGNOSTIC SYSTEMS, INC.",
    "Cipla": "CIPLA LIMITED",
    "Hetero Labs": "HETERO LABS LIMITED",
    "Merck Sharp & Dohme": "MERCK SHARP & DOHME IDEA GMBH (FORMALLY MERCK SHARP & DOHME B.V.)",
    "Mylan Laboratories": "MYLAN LABORATORIES LTD (FORMERLY MATRIX LABORATORIES)",
    "Orasure Technologies": "Orasure Technologies Inc.",
    "Orgenics": "Orgenics, Ltd",
    "Pharmacy Direct": "PHARMACY DIRECT",
    "S. Buys Wholesaler": "S. BUYS WHOLESALER",
    "Shanghai Kehua": "SHANGHAI KEHUA BIOENGINEERING CO.,LTD.  (KHB)",
    "Standard Diagnostics": "Standard Diagnostics, Inc.",
    "Strides Arcolab": "STRIDES ARCOLAB LIMITED",
    "Trinity Biotech": "Trinity Biotech, Plc",
}
"""Short name of each vendor, and the name under which the publisher lists it."""

STAND_IN = "Stand-in for the partner's past"
"""How the source of a baseline begins that a vendor's deliveries stand in for."""

OWN = "own"
"""The choice of a past that the student measured, in place of a vendor's deliveries."""

START = {"vendor": "Aurobindo Pharma Limited", "start": "2012Q1", "end": "2013Q4"}
"""The vendor and the baseline period before a student has chosen."""


def short_name(vendor: str) -> str:
    """Return a vendor's short name; raises BadInput with the nearest name if the data have no such vendor.

    >>> short_name("CIPLA LIMITED")
    'Cipla'
    """
    for short, full in VENDORS.items():
        if full == vendor:
            return short
    raise BadInput(f"there is no vendor '{vendor}' in the delivery data", nearest(vendor, VENDORS.values()))


def deliveries(vendor: str) -> pd.DataFrame:
    """Return a vendor's quarters with delivery lines due, lines on time and the on-time rate (a fraction).

    One row a quarter with data, indexed by quarter ("2010Q3"). Source: usaid2016scms, direct deliveries.

    >>> float(deliveries("CIPLA LIMITED")["lines"].sum())
    175.0
    """
    short_name(vendor)
    table = datasets.load("vendor_delivery")
    mine = table[table["vendor"] == vendor].set_index("quarter")[["lines", "on_time"]]
    return mine.assign(rate=mine["on_time"] / mine["lines"])


def period(vendor: str, start: str, end: str) -> pd.DataFrame:
    """Return the quarters from `start` to `end`; raises BadInput if the period is reversed or empty."""
    if start > end:
        raise BadInput(f"the baseline period starts ({start}) after it ends ({end})", "exchange the two")
    found = deliveries(vendor).loc[start:end]
    if found.empty:
        raise BadInput(
            f"{short_name(vendor)} has no deliveries from {start} to {end}", "choose other quarters"
        )
    return found


def baseline(vendor: str, start: str, end: str) -> Baseline:
    """Return the baseline of a period: all lines on time over all lines due, so that each line counts once.

    >>> baseline("Aurobindo Pharma Limited", "2006Q3", "2015Q3").value
    0.8593
    """
    found = period(vendor, start, end)
    first, last = pd.Period(start, "Q"), pd.Period(end, "Q")
    return Baseline(
        value=round(float(found["on_time"].sum() / found["lines"].sum()), 4),
        start=date(first.year, first.start_time.month, 1),
        end=last.end_time.date(),
        source=f"{STAND_IN}: direct deliveries of {short_name(vendor)}, {start} to {end}, "
        "USAID delivery history",
        observations=int(found["lines"].sum()),
    )


def chosen(agreement: Agreement) -> tuple[str, str, str]:
    """Return the vendor, start and end quarter that the student kept, or those before a choice.

    Raises BadInput if the file names a vendor or a period without data.
    """
    kept = {**START, **agreement.choices.get(CHOICES, {})}
    vendor, start, end = (str(kept[name]) for name in ("vendor", "start", "end"))
    period(vendor, start, end)
    return vendor, start, end


def stands_in(agreement: Agreement) -> bool:
    """Return whether a vendor's deliveries stand in for the past, or the student brought a past of their own."""
    return agreement.choices.get(CHOICES, {}).get("past") != OWN


def no_series(card: KpiCard, agreement: Agreement) -> str:
    """Say that deliveries are only an exercise for a card whose past the student measured; nothing for another card.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> example = read_agreement(example_path()).agreement
    >>> no_series(example.kpis[0], example)
    ''
    """
    if stands_in(agreement):
        return ""
    return (
        f"The past of “{card.name}” is your own measurement, and your file holds no series of it. The deliveries here are "
        "those of another business: they show how a target or a threshold behaves on a record, not how your partner does."
    )


def rate_target(card: KpiCard, agreement: Agreement | None = None) -> float | None:
    """Return the card's target if it can be held against deliveries: a rate, for which they stand in; else None."""
    fits = (card.unit or "fraction").startswith("fraction") and (agreement is None or stands_in(agreement))
    return card.target if fits else None


def natural_limits(values: Sequence[float]) -> tuple[float, float] | None:
    """Return the natural process limits of single values in time order, cut to 0 and 1; None for fewer than two.

    Mean plus and minus E2 mean moving ranges, as on the XmR chart [@wheeler2000understanding]. `values` are rates.

    >>> natural_limits([0.90, 0.80, 0.85])
    (0.6505..., 1.0)
    """
    if len(values) < 2:
        return None
    centre, spread = float(np.mean(values)), E2 * float(np.mean(np.abs(np.diff(values))))
    return max(0.0, centre - spread), min(1.0, centre + spread)


def past(vendor: str, start: str, end: str) -> Past:
    """Return the on-time rates of the baseline period's quarters with deliveries, and their natural limits."""
    rates = tuple(float(rate) for rate in period(vendor, start, end)["rate"])
    return Past(rates, natural_limits(rates))


def with_card(agreement: Agreement, card: KpiCard) -> tuple[KpiCard, ...]:
    """Return the agreement's cards with this one in its place, or at their end."""
    others = {found.id: found for found in agreement.kpis}
    return tuple({**others, card.id: card}.values())


def context_of(agreement: Agreement, card: KpiCard, record: Past | None = None) -> Context:
    """Return what the lint of one card needs: the other cards, the parties, and the card's `record`.

    Without a record, the chosen vendor's deliveries stand in, where the card's target can be held against them.
    """
    if record is None and rate_target(card, agreement) is not None:
        record = past(*chosen(agreement))
    cards, parties = with_card(agreement, card), tuple(party.id for party in agreement.parties)
    return Context(cards, {card.id: record} if record else {}, parties)


def in_words(card: KpiCard, vendor: str, start: str, end: str) -> str:
    """Return what a card's target means beside a vendor's past: against the baseline, and in how many quarters met.

    >>> card = KpiCard(id="otd", name="On time", unit="fraction of lines", direction="higher", target=0.95)
    >>> in_words(card, "PHARMACY DIRECT", "2014Q1", "2015Q3").endswith("In 7 of 7 quarters this vendor met it.")
    True
    """
    found, inside = deliveries(vendor), period(vendor, start, end)
    base, target = baseline(vendor, start, end).value, rate_target(card)
    past = (
        f"From {start} to {end}, {short_name(vendor)} delivered {inside['on_time'].sum():,} of "
        f"{inside['lines'].sum():,} lines on time: a baseline of {printed(base, 'fraction', 1)}."
    )
    if target is None or card.direction is None:
        return f"{past} There is no target yet to hold against it."
    met, met_inside = (sum(map(card.met, rates)) for rates in (found["rate"], inside["rate"]))
    part = "" if len(inside) == len(found) else f", {met_inside} of {len(inside)} in the baseline period"
    return (
        f"{past} {relative(target, base, card)} In {met} of {len(found)} quarters this vendor met it{part}."
    )
