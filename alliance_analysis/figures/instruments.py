"""Small instruments of an agreement as tables: disputes, ways to score partners, shared data, a registered pilot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd

from alliance_analysis.drafting.fields import printed
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.measurement.disputes import Dispute
from alliance_analysis.measurement.pilot import PilotCard
from alliance_analysis.measurement.ranking import DIGITS, Method, Normalisation, rank
from alliance_analysis.measurement.scorecard import Scorecard, composite
from alliance_analysis.measurement.sensitivity import reversals
from alliance_analysis.measurement.sharing import SharingMatrix, check

WAYS: dict[str, tuple[Method, Normalisation]] = {
    "Weighted sum, smallest to largest": ("weighted_sum", "minmax"),
    "TOPSIS, vector": ("topsis", "vector"),
}
"""Ways that score partners against one another, so that a third one can turn two round."""


def disputes(log: Sequence[Dispute], card: Scorecard, *, synthetic: bool) -> Exhibit:
    """Return the log of disputed values: who objected and why, how it ended, and the value that counts now."""
    known = {measure.id: measure for measure in card.measures}
    rows = []
    for one in log:
        unit = known[one.measure].unit
        counts = one.reported if one.settled_value is None else one.settled_value
        rows.append({
            "Measure": safe(known[one.measure].name),
            "Reported": printed(one.reported, unit, 1),
            "Claimed": printed(one.claimed, unit, 1),
            "By, and why": f"{safe(one.raised_by.capitalize())}, {one.raised}: {safe(one.reason)}",
            "Outcome": f"{(one.outcome or 'open').capitalize()}"
            + (f", {one.settled}: {safe(one.grounds or '')}" if one.outcome else ""),
            "Counts now": printed(counts, unit, 1),
        })  # fmt: skip
    return Exhibit(
        "disputes",
        "Disputed Values and How They Ended",
        "; ".join(f"{r['Measure']}, reported {r['Reported']}, {r['Outcome']}" for r in rows) + ".",
        table=pd.DataFrame(rows),
        widths=(15, 11, 10, 28, 26, 10),
        note="An open dispute changes nothing yet: the reported value counts until it is settled.",
        synthetic=synthetic,
    )


def ways_to_score(card: Scorecard, values: pd.DataFrame, *, synthetic: bool) -> Exhibit:
    """Return the score and the place of every partner (rows of `values`) in four ways, and any rank reversal."""
    weights = {measure.id: measure.weight for measure in card.measures}
    directions = {measure.id: measure.direction for measure in card.measures}
    methods: tuple[Literal["arithmetic", "geometric"], ...] = ("arithmetic", "geometric")
    partners = {str(name): {str(k): float(x) for k, x in row.items()} for name, row in values.iterrows()}
    scores: dict[str, pd.Series[float]] = {
        f"{method.capitalize()} mean, floor to target": pd.Series(
            [composite(card, row, method).score for row in partners.values()], partners.keys()
        )
        for method in methods
    }
    turned = []
    for name, (method, how) in WAYS.items():
        scores[name] = rank(values, weights, directions, method, how).scores
        turned += [
            f"{name}: without {safe(r.removed.capitalize())}, {safe(r.behind.capitalize())} is ahead of "
            f"{safe(r.ahead.capitalize())}."
            for r in reversals(values, weights, directions, method, how)
        ]
    table = pd.DataFrame(
        {
            name: [f"{s:.3f} ({p:.0f})" for s, p in zip(found, found.round(DIGITS).rank(ascending=False), strict=True)]
            for name, found in scores.items()
        }
    )  # fmt: skip
    table.insert(0, "Partner", [safe(str(name).capitalize()) for name in values.index])
    said = " ".join(turned) or "none when any one partner is left out."
    return Exhibit(
        "ways_to_score",
        "The Same Partners, Scored in Four Ways",
        "; ".join(f"{name}: {found.idxmax()} first" for name, found in scores.items())
        + f". Reversal: {said}",
        table=table,
        widths=(12, 22, 22, 22, 16),
        sources=("hwang1981multiple",),
        note=f"Place in brackets. Rank reversal: {said} The first two ways hold each partner against agreed floors and "
        "targets, so no partner can change another's score.",
        synthetic=synthetic,
    )


def sharing(
    matrix: SharingMatrix, kpis: Mapping[str, str], names: Mapping[str, str], *, synthetic: bool
) -> Exhibit:
    """Return who sees which data, and what follows for each KPI (`kpis` and `names`: printed names by id)."""
    parties = list(dict.fromkeys(p for item in matrix.items for p in (item.held_by, *item.access)))
    rows = [
        {
            "Data": safe(item.name),
            **{safe(names.get(p, p)): "holds it" if p == item.held_by else item.access[p] for p in parties},
            "For the KPIs": safe(", ".join(kpis.get(k, k) for k in item.kpis)) or "none",
            "Reason": safe(item.reason or ""),
        }
        for item in matrix.items
    ]
    found = [
        f"“{safe(kpis[f.kpi])}” {f.finding}: {safe(f.why)}; {f.remedy}." for f in check(matrix, list(kpis))
    ]
    return Exhibit(
        "sharing_matrix",
        "Who Sees Which Data",
        "; ".join(f"{row['Data']}: " + ", ".join(str(row[safe(names.get(p, p))]) for p in parties) for row in rows)
        + f". {len(found)} findings.",
        table=pd.DataFrame(rows),
        note=" ".join(found) or "Both sides can check every KPI.",
        synthetic=synthetic,
    )  # fmt: skip


def pilot(card: PilotCard, unit: str, *, synthetic: bool) -> Exhibit:
    """Return a pilot card as it is registered before the first observation, with the size that follows from it."""
    real, chance = card.chances
    rows = {
        "Question": safe(card.question),
        "Unit, and the better side": f"{safe(unit)}, {card.direction}",
        "Smallest effect worth having": f"{card.smallest_effect:g}",
        "Standard deviation of one observation": f"{card.standard_deviation:g}",
        "Level, power": f"{card.alpha:.0%}, {card.power:.0%}",
        "Observations": f"{card.per_arm} with and {card.per_arm} without the change, at each of {card.sites} sites",
        "Stopped for harm": f"from half of the observations on, if the mean is worse by {card.stop_for_harm:g}",
        "Rolled out": "only if every site improves",
        "Chance of a roll-out": f"{real:.0%} if the effect is real, {chance:.4%} if there is none",
        "Registered, starts": f"{card.registered}, {card.starts}",
    }
    return Exhibit(
        "pilot_card",
        "A Pilot Card",
        "; ".join(f"{name}: {value}" for name, value in rows.items()) + ".",
        table=pd.DataFrame({"Field": list(rows), "What stands in it": list(rows.values())}),
        widths=(35, 65),
        synthetic=synthetic,
    )
