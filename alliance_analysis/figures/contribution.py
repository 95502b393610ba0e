"""What each accord contributes in the simulated alliance: bars, what a move changed, assumptions, environments."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alliance_analysis.agreement import ACCORDS
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE
from alliance_analysis.references import cite
from alliance_analysis.simulation.assumptions import ASSUMPTIONS, ENVIRONMENT
from alliance_analysis.simulation.contribution import (
    CLEAR,
    OUTCOMES,
    Contribution,
    Estimate,
    Outcome,
    Study,
)
from alliance_analysis.simulation.sensitivity import TIE

LOOK = {"foundation": (BLUE, ""), "governance": (ORANGE, "//"), "change": (GREEN, ".."), TIE: (GREY, "xx")}
"""Colour and hatch of each accord."""

INVENTED = (
    "A simulation with invented sizes: only signs come from the literature. It illustrates an argument and cannot "
    "decide the question."
)
SETTING = ", ".join(name.lower() for name, _ in ENVIRONMENT.values())


def printed(value: float, outcome: Outcome, *, sign: bool = False) -> str:
    """Return an outcome as it is printed: survival in percentage points, money in normal quarters.

    >>> printed(0.1234, "survival", sign=True), printed(1.234, "npv")
    ('+12.3', '1.23')
    """
    shown = f"{100 * value:+.1f}" if outcome == "survival" else f"{value:+.2f}"
    return shown if sign else shown.removeprefix("+")


def _with_error(found: Estimate, outcome: Outcome) -> str:
    return f"{printed(found.mean, outcome)} ({printed(found.error, outcome)})"


def unit(outcome: Outcome) -> str:
    """Return the unit in which shares are printed."""
    return "percentage points" if outcome == "survival" else OUTCOMES[outcome][1]


def leaders(first: tuple[str, ...]) -> str:
    """Return who is first, as a clause.

    >>> leaders(("change",)), leaders(("governance", "change"))
    ('the change accord contributes most', 'the governance and change accords tie')
    """
    if len(first) == 1:
        return f"the {first[0]} accord contributes most"
    return f"the {', '.join(first[:-1])} and {first[-1]} accords tie"


def reach(found: Contribution) -> tuple[float, float]:
    """Return a range of the axis that holds every bar and error bar, in printed units."""
    scale = _scale(found.outcome)
    ends = [
        scale * (e.mean + s * CLEAR * e.error)
        for e in (*found.shares.values(), *found.left_out.values())
        for s in (-1, 1)
    ]
    high = max(*ends, 0.1 * scale)
    low = min(*ends, 0.0)
    return (low * 1.15, high * 1.15)


def _scale(outcome: Outcome) -> float:
    return 100.0 if outcome == "survival" else 1.0


@dataclass(eq=False)
class Bars:
    """The artists of the contribution bars; `update` moves them to another contribution without making new ones."""

    axes: Axes
    shares: BarContainer
    errors: list[Line2D]
    lost: Line2D

    @property
    def moving(self) -> list[Artist]:
        """Every artist that `update` may change, in the order of drawing."""
        return [*self.shares, *self.errors, self.lost]

    def update(self, found: Contribution) -> None:
        """Show another contribution: shares with bars of two standard errors, and what is lost without each."""
        scale, rows = _scale(found.outcome), range(len(ACCORDS))
        for row, share in enumerate(found.shares.values()):
            self.shares[row].set_width(scale * share.mean)
            half = CLEAR * share.error
            self.errors[row].set_data([scale * (share.mean - half), scale * (share.mean + half)], [row, row])
        self.lost.set_data([scale * lost.mean for lost in found.left_out.values()], list(rows))


def draw_bars(axes: Axes, found: Contribution, span: tuple[float, float]) -> Bars:
    """Draw the bars with an axis over `span` (printed units)."""
    rows, zero = list(range(len(ACCORDS))), [0.0] * len(ACCORDS)
    bars = axes.barh(rows, zero, height=0.56, color=[LOOK[a][0] for a in ACCORDS],
                     hatch=[LOOK[a][1] for a in ACCORDS], edgecolor="white")  # fmt: skip
    errors = [
        axes.plot([], [], color=INK, linewidth=1.4, marker="|", markersize=9, markeredgewidth=1.4,
                  label="two standard errors" if row == 0 else None)[0]
        for row in rows
    ]  # fmt: skip
    (lost,) = axes.plot(
        [], [], "D", color="white", markeredgecolor=INK, markersize=6, label="lost if it alone is left out"
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(rows, [a.capitalize() for a in ACCORDS])
    axes.set_ylim(2.5, -0.5)
    axes.set_xlim(*span)
    axes.set_xlabel(f"What each accord adds to the gain, in {unit(found.outcome)}")
    made = Bars(axes, bars, errors, lost)
    made.update(found)
    return made


def alt(found: Contribution) -> str:
    """Return the contributions in words."""
    shares = "; ".join(f"{a} {_with_error(found.shares[a], found.outcome)}" for a in ACCORDS)
    name = OUTCOMES[found.outcome][0]
    return (
        f"{name}: Shapley shares of the three accords with standard errors, in {unit(found.outcome)}: {shares}; "
        f"{leaders(found.first)}. Without any accord {printed(found.bare.mean, found.outcome)}, with all three "
        f"{printed(found.full.mean, found.outcome)}."
    )


def place(study: Study) -> str:
    """Return the environment of a study in words."""
    return ", ".join(
        f"{name.lower()} {getattr(study.environment, key):g}" for key, (name, _) in ENVIRONMENT.items()
    )


def bars(found: Contribution) -> Exhibit:
    """Return the contribution of each accord as bars with their standard errors."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        draw_bars(axes, found, reach(found))
        figure.legend(loc="outside lower center", ncols=2)

    return Exhibit(
        "contribution",
        f"What Each Accord Contributes: {OUTCOMES[found.outcome][0]}",
        alt(found),
        draw,
        size=(6.5, 2.7),
        note=f"Standard errors over {found.study.paths:,} paths of {found.study.quarters} quarters, seed "
        f"{found.study.seed}. Environment: {place(found.study)}. {INVENTED}",
        synthetic=True,
    )


def table(found: Contribution) -> Exhibit:
    """Return shares, what is lost without each accord, and what is lost without KPIs, with standard errors."""
    what = found.outcome
    rows = [
        {
            "Accord": accord.capitalize(),
            "Shapley share": _with_error(found.shares[accord], what),
            "Lost if left out alone": _with_error(found.left_out[accord], what),
        }
        for accord in ACCORDS
    ]
    rows.append({"Accord": "All three together", "Shapley share": _with_error(found.gain, what),
                 "Lost if left out alone": "–"})  # fmt: skip
    rows.append({"Accord": "KPIs (charter and service levels)", "Shapley share": "–",
                 "Lost if left out alone": _with_error(found.no_kpis, what)})  # fmt: skip
    return Exhibit(
        "contribution_table" if what == "npv" else f"contribution_{what}",
        f"Contributions in {unit(what).title()}",
        alt(found) + f" Without KPIs {_with_error(found.no_kpis, what)} is lost.",
        table=pd.DataFrame(rows),
        widths=(36, 30, 34),
        note=f"Standard errors in brackets. {OUTCOMES[what][0]} goes from {printed(found.bare.mean, what)} without any "
        f"accord to {printed(found.full.mean, what)} with all three; the shares add up to the gain. {INVENTED}",
        synthetic=True,
    )


def moved(move: str, before: Contribution, after: Contribution) -> str:
    """Return in a sentence what a move changed."""
    what = after.outcome
    told = ", ".join(
        f"{a} {printed(before.shares[a].mean, what)} to {printed(after.shares[a].mean, what)}"
        for a in ACCORDS
    )
    same = before.first == after.first
    first = (
        f"Still {leaders(after.first)}"
        if same
        else f"Now {leaders(after.first)}; before, {leaders(before.first)}"
    )
    return f"{move}. Shares in {unit(what)}: {told}. {first}."


def assumptions(study: Study) -> Exhibit:
    """Return every assumption with its value, range, unit, reason and the source of its sign."""
    rows = [
        {
            "Assumption": safe(item.says),
            "Value": f"{study.assumptions.get(item.key, item.value):.4g}",
            "Range": f"{item.low:.4g} to {item.high:.4g}",
            "Unit": item.unit,
            "Reason and source of its sign": f"{safe(item.reason)} {cite(item.sources) if item.sources else '(invented)'}",
        }
        for item in ASSUMPTIONS.values()
    ]
    sourced = sum(bool(item.sources) for item in ASSUMPTIONS.values())
    own = sum(key in ASSUMPTIONS for key in study.assumptions)
    return Exhibit(
        "assumptions",
        "Everything the Simulation Assumes",
        f"{len(rows)} assumptions with value, range, unit and reason; the sign of {sourced} follows a source, the sign of "
        f"{len(rows) - sourced} is invented, and every size is invented; {own} set by you.",
        table=pd.DataFrame(rows),
        widths=(30, 8, 13, 15, 34),
        note="Ranges follow two rules, written down before any result was seen: half to one and a half times a round "
        "guess for a level, 0.2 to 0.6 for every effect of an accord. The value is the middle. What a partner earns "
        "elsewhere was added later, before any ranking was looked at: without it no partner ever left by choice.",
        synthetic=True,
    )
