"""What is paid and why: the trail of a payment, a gainshare over quarters, and pay under noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from alliance_analysis.agreement.files import Money
from alliance_analysis.drafting.worth import QUARTERS, Paid
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, MARKERS, ORANGE, RED
from alliance_analysis.incentives.strength import SCHEMES, Scheme, share_paid, simulated_share
from alliance_analysis.incentives.working import Payment
from alliance_analysis.incentives.working import figure as printed

RUNS = 4000


def unit(money: Money) -> str:
    """Return the currency with its scale.

    >>> unit(Money(currency="USD", scale="thousand"))
    'thousand USD'
    """
    return f"{money.scale} {money.currency}".removeprefix("unit ")


def trail(payment: Payment, money: Money, *, label: str = "payment", synthetic: bool = True) -> Exhibit:
    """Return every line of a payment with its working; the amounts add up to the sums."""
    rows = [(safe(line.what), safe(line.how), _amount(line.amount)) for line in payment.basis]
    if payment.basis:
        rows.append(("<strong>counts</strong>", "sum of the lines above", _amount(payment.counted)))
    rows += [(safe(line.what), safe(line.how), _amount(line.amount)) for line in payment.lines]
    rows.append(("<strong>is paid</strong>", safe(payment.formula), _amount(payment.amount)))
    told = "; ".join(
        f"{line.what}: {line.how}, {_amount(line.amount)}" for line in (*payment.basis, *payment.lines)
    )
    return Exhibit(
        label,
        f"{payment.name}, Line by Line",
        f"{told or 'no line'}. Paid: {_amount(payment.amount)} {unit(money)}.",
        table=pd.DataFrame(rows, columns=["Step", "Working", f"Amount, {unit(money)}"]),
        widths=(24, 58, 18),
        synthetic=synthetic,
    )  # fmt: skip


def service_credit(found: Paid) -> Exhibit:
    """Return the trail of the month's service credit, or why there is none."""
    if found.credit is None:
        return _none("service_credit", "No service credit is due: none is agreed, or no fee recurs")
    return trail(found.credit, found.money, label="service_credit")


def best_quarter(found: Paid) -> Exhibit:
    """Return the trail of the quarter that pays most."""
    if not found.quarters:
        return _none("gainshare_trail", "No gainshare is agreed")
    return trail(
        max(found.quarters, key=lambda quarter: quarter.amount), found.money, label="gainshare_trail"
    )


def _none(label: str, why: str) -> Exhibit:
    return Exhibit(label, "Nothing to Pay", f"{why}.", table=pd.DataFrame({"What": [why]}))


def _amount(value: float) -> str:
    return printed(round(value, 4) + 0.0).replace("-", "−")


def build_gainshare(figure: Figure) -> Callable[[Paid], None]:
    """Draw the axes of a gainshare over its quarters; see `Picture`."""
    axes = figure.subplots()
    at = np.arange(1, QUARTERS + 1)
    looks = ((GREY, ""), (BLUE, "///"), (ORANGE, "xx"))
    bars = [
        axes.bar(at + shift, at, 0.27, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.5, label=name)
        for shift, (colour, hatch), name in zip(
            (-0.28, 0, 0.28), looks, ("saved", "counts", "paid"), strict=True
        )
    ]
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xticks(at)
    axes.set_xlabel("Quarter")
    axes.grid(axis="y")
    figure.legend(loc="outside upper left", ncols=3)

    def move(found: Paid) -> None:
        heights = (found.savings, [q.counted for q in found.quarters], [q.amount for q in found.quarters])
        for group, values in zip(bars, heights, strict=True):
            for bar, height in zip(group, values, strict=True):
                bar.set_height(height)
        axes.set_ylim(0, max(1e-9, 1.12 * max(max(values) for values in heights)))
        axes.set_ylabel(f"Amount, {unit(found.money)}")

    return move


def gainshare_alt(found: Paid) -> str:
    """Return the gainshare over its quarters in words."""
    told = "; ".join(
        f"quarter {number}: saved {_amount(saving)}, counts {_amount(quarter.counted)}, paid {_amount(quarter.amount)}"
        for number, (saving, quarter) in enumerate(zip(found.savings, found.quarters, strict=True), start=1)
    )
    by_year = ", ".join(f"year {year} {_amount(value)}" for year, value in enumerate(found.by_year, start=1))
    return f"In {unit(found.money)}. {told}. Paid after vesting: {by_year}."


def gainshare(found: Paid) -> Exhibit:
    """Return saved, counted and paid over eight quarters."""
    if not found.quarters:
        return _none("gainshare", "No gainshare is agreed")
    by_year = ", ".join(f"{_amount(v)} in year {year}" for year, v in enumerate(found.by_year, start=1))
    return Exhibit(
        "gainshare",
        "What Is Saved, What Counts, and What Is Paid",
        gainshare_alt(found),
        lambda figure: build_gainshare(figure)(found),
        note=f"After vesting: {by_year} ({unit(found.money)}). What was due from an earlier year is lost if no saving "
        "stands at the end of the year of payment; years after the eighth quarter end as that quarter did.",
        synthetic=True,
    )


def pay_under_noise(
    target: float, sigma: float, years: int, *, seed: int = 1, unit: str = "points"
) -> Exhibit:
    """Return the share of a reward that three schemes pay, by true level: closed form, and a seeded simulation."""
    levels = np.linspace(target - 2.5 * sigma, target + 2.5 * sigma, 101)
    checks = levels[10:100:20]
    rng = np.random.default_rng(seed)
    drawn: dict[Scheme, list[float]] = {
        scheme: [simulated_share(scheme, x, target, sigma, years, runs=RUNS, rng=rng)[0] for x in checks]
        for scheme in SCHEMES
    }

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        looks = zip(SCHEMES.items(), (BLUE, ORANGE, GREEN), ("-", "-.", "--"), MARKERS, strict=False)
        for (scheme, name), colour, style, marker in looks:
            axes.plot(
                levels, share_paid(scheme, levels, target, sigma, years), style, color=colour, label=name
            )
            axes.plot(checks, drawn[scheme], marker, color=colour, markeredgecolor=INK, markersize=5)
        axes.axvline(target, color=RED, linewidth=1.2, linestyle=":")
        axes.annotate("target", (target, 0.02), xytext=(4, 0), textcoords="offset points")
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel(f"True level, {unit}")
        axes.set_ylabel("Share of the reward paid")
        axes.grid(axis="y")
        figure.legend(loc="outside upper left", ncols=1)

    at = {"half a sigma short of": target - sigma / 2, "half a sigma beyond": target + sigma / 2}
    told = "; ".join(
        f"{where} the target: "
        + ", ".join(
            f"{scheme} {float(share_paid(scheme, x, target, sigma, years)):.0%}" for scheme in SCHEMES
        )
        for where, x in at.items()
    )
    return Exhibit(
        "pay_under_noise",
        f"The Same Reward Paid in Three Ways over {years} Years",
        f"Share of the reward paid by true level. {told}.",
        draw,
        size=(6.5, 3.6),
        note=f"Yearly figures vary with sigma {sigma:g} around the true level. Lines: closed form. Markers: {RUNS:,} "
        f"simulated runs each, seed {seed}.",
        synthetic=True,
    )
