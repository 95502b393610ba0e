"""What a shared saving pays: marginal tiers, endurance, the both-benefit condition, and vesting over years."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.agreement import Gainshare
from alliance_analysis.agreement.terms import Tier
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import Line, Payment, figure, percent, total, within

FORMULA = (
    "each tier's share of the counted saving, at most the cap; the saving is baseline cost, moved with the industry, "
    "less actual cost, as far as it was held, less the deadband"
)


def tiered(gain: float, tiers: Sequence[Tier]) -> tuple[Line, ...]:
    """Return what each tier pays on a gain (money): its share of the part that lies in it.

    >>> steps = [Tier(above=0, share=0.2), Tier(above=0.3, share=0.35), Tier(above=0.6, share=0.5)]
    >>> round(total(tiered(0.8, steps)), 9)
    0.265
    """
    starts = [tier.above for tier in tiers]
    if not tiers or starts[0] != 0 or any(b <= a for a, b in pairwise(starts)):
        raise BadInput("tiers out of order", "start above 0, and let each tier start higher than the last")
    lines = []
    for tier, end in zip(tiers, [*starts[1:], inf], strict=True):
        part = max(0.0, min(gain, end) - tier.above)
        span = f"above {figure(tier.above)}" + ("" if end == inf else f" to {figure(end)}")
        lines.append(
            Line(f"tier {span}", f"{percent(tier.share)} of {figure(part)}", float(tier.share * part))
        )
    return tuple(lines)


def gainshare(
    terms: Gainshare,
    costs: Sequence[float],
    *,
    industry: Sequence[float] | None = None,
    payee_gains: Sequence[float] | None = None,
) -> tuple[Payment, ...]:
    """Return the gainshare of each quarter.

    Parameters
    ----------
    terms
        As agreed: baseline cost, deadband, tiers, cap, endurance and both-benefit condition.
    costs
        Actual cost of each quarter, in money.
    industry
        Level of the industry's index in each quarter; needed if the terms name one.
    payee_gains
        What the payee itself gained in each quarter before this payment; needed for the both-benefit condition.

    A saving counts as far as it was held: the least of the last `endurance` quarters. Quarters before there are so
    many pay nothing, and are not made up for later.

    >>> from datetime import date
    >>> from alliance_analysis.agreement import Baseline
    >>> past = Baseline(value=10.0, start=date(2024, 1, 1), end=date(2024, 12, 31), source="ledger")
    >>> terms = Gainshare(payee="vendor", kpi="cost", baseline=past, deadband=0.2, endurance=1, both_benefit=False,
    ...                   tiers=[Tier(above=0, share=0.5)], cap=0.4)
    >>> [round(payment.amount, 9) for payment in gainshare(terms, [9.2, 8.0])]
    [0.3, 0.4]
    """
    for needed, given, name in (
        (terms.industry, industry, "the industry's index"),
        (terms.both_benefit, payee_gains, "the payee's own gain"),
    ):
        if needed and (given is None or len(given) != len(costs)):
            raise BadInput(
                f"{name} is not given for each of {len(costs)} quarters", "the terms need it: give one"
            )
    savings = [
        _saving(terms, cost, industry[at] if terms.industry and industry else None)
        for at, cost in enumerate(costs)
    ]
    paid = []
    for at, cost in enumerate(costs):
        both = payee_gains[at] if terms.both_benefit and payee_gains is not None else None
        basis = tuple(_counted(terms, savings[: at + 1], both))
        lines = tiered(max(0.0, total(basis)), terms.tiers)
        if terms.cap is not None and total(lines) > terms.cap:
            lines += (Line("cap", f"no more than {figure(terms.cap)} a quarter", terms.cap - total(lines)),)
        inputs = {"baseline": figure(terms.baseline.value), "cost": figure(cost)}
        paid.append(Payment(f"Gainshare, quarter {at + 1}", FORMULA, inputs, lines, basis))
    return tuple(paid)


def _saving(terms: Gainshare, cost: float, index: float | None) -> tuple[Line, ...]:
    """Return the lines of one quarter's saving against the baseline as the industry moved it."""
    base = terms.baseline.value
    plain = Line("saving", f"baseline {figure(base)} - cost {figure(cost)}", base - within("a cost", cost))
    if terms.industry is None or index is None:
        return (plain,)
    then = terms.industry.at_baseline
    moved = f"baseline x ({within('an index', index):.5g} / {then:.5g} - 1): {terms.industry.name}"
    return plain, Line("industry", moved, base * (index / then - 1))


def _counted(
    terms: Gainshare, savings: Sequence[tuple[Line, ...]], payee_gain: float | None
) -> Iterator[Line]:
    """Yield the lines from the last quarter's saving to the gain that counts."""
    yield from savings[-1]
    sums = [total(saving) for saving in savings]
    last = sums[-terms.endurance :]
    held = min(last) if len(last) == terms.endurance else min(0.0, sums[-1])
    if held != sums[-1]:
        said = (
            f"the least of {terms.endurance} quarters is {figure(held)}"
            if len(last) == terms.endurance
            else f"not yet held for {terms.endurance} quarters"
        )
        yield Line("not held", said, held - sums[-1])
    if held <= 0:
        if held < 0:
            yield Line("no saving", "a cost above the baseline is not shared", -held)
        return
    counted = max(0.0, held - terms.deadband)
    if terms.deadband:
        yield Line("deadband", f"the first {figure(terms.deadband)} is noise", counted - held)
    if payee_gain is not None and payee_gain <= 0 and counted:
        yield Line("both-benefit", f"nothing counts: the payee's own gain was {figure(payee_gain)}", -counted)


def vested(
    amounts: Sequence[float], shares: Sequence[float], stands: Sequence[bool] | None = None
) -> NDArray[np.float64]:
    """Return what is paid in which year of rewards earned year by year: rows are years earned, columns years paid.

    Parameters
    ----------
    amounts
        Earned in each year, in money.
    shares
        Part that is paid in the year itself and in each later one; they add up to 1.
    stands
        For each year of payment, whether the gain still stands. Where not, what was due then from earlier years
        is lost.

    >>> vested([100, 40], [0.5, 0.3, 0.2]).sum(axis=0).tolist()
    [50.0, 50.0, 32.0, 8.0]
    """
    if abs(sum(shares) - 1) > 1e-9 or min(shares) < 0:
        raise BadInput(
            f"the vesting shares {list(shares)} do not add up to 1", "give parts of the whole, none negative"
        )
    last = len(amounts) + len(shares) - 1
    if stands is not None and len(stands) != last:
        raise BadInput(
            f"'stands' has {len(stands)} years, payments run over {last}", "give one for each year of payment"
        )
    paid = np.zeros((len(amounts), last))
    for year, amount in enumerate(amounts):
        for wait, share in enumerate(shares):
            if not wait or stands is None or stands[year + wait]:
                paid[year, year + wait] = within("a reward", amount) * share
    return paid
