"""The same alliance as a plain Python loop, one path at a time, written from the description and not from the code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Any

ACCORD_OF = {
    "service_level_objectives": "foundation",
    "process_ownership_plan": "foundation",
    "service_level_contents": "foundation",
    "communication_plan": "governance",
    "measurement_charter": "governance",
    "conflict_arbitration_charter": "governance",
    "enforcement_plan": "governance",
    "future_demand_management_plan": "change",
    "anticipated_change_plan": "change",
    "innovation_plan": "change",
    "feedback_plan": "change",
    "exit": "change",
}


def numbers(drawn: Any, path: int) -> list[tuple[float, float, float, float]]:
    """The random numbers of one path, quarter by quarter, as Python's own floats."""
    rows = (drawn.issue, drawn.shock, drawn.size, drawn.end)
    return list(zip(*(row[:, path].tolist() for row in rows), strict=True))


def poisson(u: float, mean: float) -> int:
    """The smallest count whose cumulative chance is over u."""
    count, chance = 0, math.exp(-mean)
    total = chance
    while u >= total and count < 60:
        count += 1
        chance *= mean / count
        total += chance
    return count


def alliance(
    scores: Mapping[str, float],
    place: Mapping[str, float],
    a: Mapping[str, float],
    numbers: Sequence[tuple[float, float, float, float]],
    overdone: Sequence[str] = (),
) -> tuple[float, float, int, bool]:
    """Present value of both partners, quarters lived, and whether it stands at the end.

    `numbers` are (issues, shock, size, end) of each quarter.
    """
    get = {key: scores.get(key, 0) for key in ACCORD_OF}
    ok = {key: s / 4 for key, s in get.items()}
    hard, volatile, special, lean = (
        place["difficulty"],
        place["volatility"],
        place["specificity"],
        place["dependence"],
    )
    blurred = 1 - a["blur"] * hard
    contents, charter = ok["service_level_contents"] * blurred, ok["measurement_charter"] * blurred
    enforce = ok["enforcement_plan"] * blurred
    everything = (
        sum(v for k, v in ok.items() if k not in ("service_level_contents", "measurement_charter", "enforcement_plan"))
        + contents + charter + enforce
    ) / 12  # fmt: skip

    clear = (ok["service_level_objectives"] + ok["process_ownership_plan"] + contents) / 3
    seen = a["seen"] + (1 - a["seen"]) * a["detection"] * (ok["communication_plan"] + charter) / 2
    repair = (1 - a["mended"]) * a["repair"] * (ok["conflict_arbitration_charter"] + enforce) / 2
    protect = (1 - a["bargain"]) * a["protection"] * (ok["process_ownership_plan"] + enforce + ok["exit"]) / 3
    absorbed = 1 - a["absorption"] * ok["anticipated_change_plan"]
    ahead = (ok["future_demand_management_plan"] + ok["feedback_plan"]) / 2
    adapts = a["adapts"] + (1 - a["adapts"]) * a["adaptation"] * ahead
    if "foundation" in overdone:
        adapts *= 1 - a["freeze"]
    goal = a["trust"] + (1 - a["trust"]) * a["contract_trust"] * everything
    if "change" in overdone:
        goal -= a["dampening"]
    goal -= a["misfire"] * hard * ok["enforcement_plan"] * (1 - ok["measurement_charter"])
    goal = max(0.0, min(1.0, goal))
    home = a["recovery"] / 2 * (1 - a["stranded"] * (1 + special) / 2 * (1 - a["salvage"] * ok["exit"]))
    cost = a["running"] * sum(get.values()) + a["overdone"] * sum(
        acc in overdone for acc in ACCORD_OF.values()
    )
    strategic = 0.5 + a["strategy_lean"] * (place["strategy"] - 0.5)
    part = (1 - a["squeeze"] * lean * (1 - a["shield"] * enforce)) / 2

    hidden = known = unfit = 0.0
    trust, gains = a["trust"], 1.0
    worth = [0.0, 0.0]
    lived, factor = 0, 1.0
    elsewhere = a["elsewhere"] / 2
    for u_issue, u_shock, u_size, u_end in numbers:
        lived += 1
        factor /= 1 + a["discount"]
        struck = -math.log(1 - u_size) if u_shock < a["shocks"] * volatile else 0.0
        unfit += a["drift"] * volatile + a["shock_size"] * absorbed * struck
        hidden += poisson(u_issue, a["issues"] * (1 - a["clarity"] * clear))
        hidden += a["shock_issues"] * absorbed * struck
        relational = (1 - a["complement"]) + a["complement"] * trust
        known += seen * hidden
        hidden *= 1 - seen
        known -= known * (a["mended"] + repair * relational)
        trouble = hidden + known
        earned = (1 - strategic) * (1 - a["issue_cost"] * trouble) + strategic * gains * math.exp(-unfit)
        keeps = a["bargain"] + protect * relational
        efficiency = 0.0
        for share in (part, 1 - part):
            b = min(1.0, keeps * 2 * share)
            efficiency += (2 * b - b * b) / 2
        earned *= 1 - a["specific"] * special + a["specific"] * special * efficiency
        margins = [part * earned - cost / 2, (1 - part) * earned - cost / 2]
        worth = [w + factor * m for w, m in zip(worth, margins, strict=True)]
        leaves = min(margins) < elsewhere + a["discount"] * home - a["patience"] * trust / 2
        if leaves or u_end < a["ends"] * (1 - a["loyalty"] * trust):
            later = sum(elsewhere / (1 + a["discount"]) ** n for n in range(1, len(numbers) - lived + 1))
            return worth[0] + factor * (home + later), worth[1] + factor * (home + later), lived, False
        unfit -= adapts * unfit
        gains *= 1 + a["growth"] * ok["innovation_plan"] * relational - a["ageing"] * volatile
        trust += a["trust_speed"] * (goal - trust) - a["erosion"] * trouble
        trust = max(0.0, min(1.0, trust))
    return worth[0] + factor * home, worth[1] + factor * home, lived, True


def shapley(worth: Mapping[frozenset[str], float]) -> dict[str, float]:
    """Each accord's mean addition over the six orders."""
    found: dict[str, float] = {}
    for order in permutations(("foundation", "governance", "change")):
        for i, accord in enumerate(order):
            gain = worth[frozenset(order[: i + 1])] - worth[frozenset(order[:i])]
            found[accord] = found.get(accord, 0.0) + gain / 6
    return found
