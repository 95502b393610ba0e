"""Who holds the link between two organisations, and how long they need to decide."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from alliance_analysis.errors import BadInput

WORKDAY = 8.0
"""Working hours in a day."""


def link_lost(leaving: float, contacts: int, together: float = 0.0) -> float:
    """Return the chance that a year ends without any contact left: together + (1 - together) * leaving^contacts.

    `leaving` is one contact's yearly chance to go, each independent of the others; `together` is the chance that a
    reorganisation takes all of them at once, against which more contacts do not help.

    >>> [round(link_lost(0.25, n), 3) for n in (1, 3)], round(link_lost(0.25, 3, together=0.05), 3)
    ([0.25, 0.016], 0.065)
    """
    if not (0 <= leaving <= 1 and 0 <= together <= 1):
        raise BadInput("a yearly chance lies from 0 to 1", "correct it", field="leaving, together")
    if contacts < 0:
        raise BadInput(f"{contacts} contacts cannot be", "count them", field="contacts")
    return together + (1 - together) * leaving**contacts


def single_points(links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the people or roles whose leaving would cut the network in two (its articulation points), sorted.

    `links` are pairs who talk to each other, inside one organisation or across.

    >>> single_points([("buyer", "planner"), ("planner", "key account"), ("key account", "engineer")])
    ('key account', 'planner')
    """
    pairs = [tuple(pair) for pair in links]
    names = sorted({name for pair in pairs for name in pair})
    if not names or any(one == other for one, other in pairs):
        raise BadInput(
            "the network needs links between two different people or roles", "list them", field="links"
        )
    whole = _pieces(names, pairs)
    found = []
    for name in names:
        rest = [n for n in names if n != name]
        left = [pair for pair in pairs if name not in pair]
        if rest and _pieces(rest, left) > whole:
            found.append(name)
    return tuple(found)


def _pieces(names: Sequence[str], pairs: Sequence[tuple[str, ...]]) -> int:
    at = {name: index for index, name in enumerate(names)}
    rows, columns = [at[a] for a, _ in pairs], [at[b] for _, b in pairs]
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(len(names), len(names)))
    return int(connected_components(graph, directed=False, return_labels=False))


@dataclass(frozen=True)
class Approval:
    """One approval on the way to a decision: working days it takes, and how busy its holder is (0 to under 1)."""

    days: float
    busy: float = 0.0


def decision_days(approvals: Sequence[Approval], overlap: float = WORKDAY) -> float:
    """Return the expected working days until a decision: sum of days / (1 - busy), times 8 hours over the overlap.

    A holder who is busy for a share of the time keeps papers waiting: in a queue with random arrivals and handling
    times (M/M/1) the time in the system is days / (1 - busy). `overlap` is the hours a day in which both sides work;
    that waiting grows in proportion to it is an assumption.

    >>> decision_days([Approval(2)]), decision_days([Approval(5)] * 6), decision_days([Approval(5, 0.5)] * 6)
    (2.0, 30.0, 60.0)
    """
    if not 0 < overlap <= WORKDAY:
        raise BadInput(
            f"{overlap} hours of overlap cannot be", f"use more than 0 and up to {WORKDAY:g}", field="overlap"
        )
    for index, step in enumerate(approvals):
        if not (math.isfinite(step.days) and step.days >= 0 and 0 <= step.busy < 1):
            raise BadInput("days must be 0 or more, and busy from 0 to under 1", "correct them",
                           field=f"approvals.{index}")  # fmt: skip
    return math.fsum(step.days / (1 - step.busy) for step in approvals) * WORKDAY / overlap
