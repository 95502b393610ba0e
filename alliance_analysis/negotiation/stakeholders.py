"""Who must agree at home: hard limits, approvals and vetoes, and the packages that are left."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.negotiation.organisation import Limit, Organisation, Stakeholder, check
from alliance_analysis.negotiation.utility import Option, acceptable, listed

Mask = NDArray[np.bool_]
QUORUM = "quorum"


@dataclass(frozen=True)
class Binding:
    """One hard limit and whose it is; the quorum has no owner and no limit."""

    who: str
    limit: Limit | None = None


@dataclass(frozen=True, eq=False)
class AgreementSet:
    """Which packages survive everyone's limits and the quorum.

    Parameters
    ----------
    organisation
        Whose.
    signable
        One axis per issue (the added ones left out): which packages can be signed.
    zone
        How many packages both sides prefer to their alternatives; only these count.
    removed
        For each stakeholder, how many otherwise acceptable packages it removes: those that could be signed if it had
        no limits and approved of everything.
    blocking
        The blocking index: `removed` as a share of the otherwise acceptable packages (0 where there are none).
    conflict
        Where nothing is left: a smallest set of limits that cannot all be met (no smaller one exists).
    """

    organisation: Organisation
    signable: Mask
    zone: int
    removed: Mapping[str, int]
    blocking: Mapping[str, float]
    conflict: tuple[Binding, ...]

    @property
    def size(self) -> int:
        """How many packages everyone can sign."""
        return int(self.signable.sum())


def agreement_set(organisation: Organisation) -> AgreementSet:
    """Return the packages that everyone can sign, who blocks how much, and, where none is left, why.

    A package is signable if it is in the zone of possible agreement, meets every hard limit of every stakeholder with
    a veto, and its approvals reach the quorum: sum_s votes_s approval_s >= quorum x sum_s votes_s. Raises BadInput,
    naming stakeholder and issue.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> cautious = Stakeholder("legal", "Legal", limits=(Limit("price", most=2),))
    >>> hasty = Stakeholder("plant", "Plant", limits=(Limit("wait", most=0),), wishes=(Limit("price", least=3),))
    >>> found = agreement_set(Organisation(*EXAMPLE, (cautious, hasty), quorum=0.5))
    >>> found.size, found.zone, found.blocking
    (1, 2, {'legal': 0.5, 'plant': 0.0})
    """
    check(organisation)
    zone = _zone(organisation)
    signable = _project(organisation, _signable(organisation, zone))
    removed, blocking = {}, {}
    for stakeholder in organisation.stakeholders:
        otherwise = int(_project(organisation, _signable(organisation, zone, without=stakeholder.id)).sum())
        removed[stakeholder.id] = otherwise - int(signable.sum())
        blocking[stakeholder.id] = removed[stakeholder.id] / otherwise if otherwise else 0.0
    conflict = () if signable.any() or not zone.any() else _conflict(organisation, zone)
    return AgreementSet(organisation, signable, int(zone.sum()), removed, blocking, conflict)


def size(organisation: Organisation) -> int:
    """Return only how many packages everyone can sign."""
    return int(_project(organisation, _signable(organisation, _zone(organisation))).sum())


def broken(organisation: Organisation, package: Sequence[Option]) -> dict[str, tuple[Limit, ...]]:
    """Return the hard limits of each stakeholder with a veto that a package (added terms included) breaks."""
    at = tuple(i.options.index(option) for i, option in zip(organisation.terms, package, strict=True))
    shape = organisation.shape
    return {
        s.id: tuple(
            limit for limit in s.limits if not np.broadcast_to(_met(organisation, s, limit), shape)[at]
        )
        for s in organisation.stakeholders
        if s.veto
    }


def approvals(organisation: Organisation, only: Sequence[str] = (), sure: str = "") -> NDArray[np.float64]:
    """Return the approvals of every package in votes, of all or only of some; the one who is `sure` approves of all."""
    diluted = min(1.0, organisation.attention / organisation.kpis)
    total = np.zeros((1,) * len(organisation.terms))
    for s in organisation.stakeholders:
        if only and s.id not in only:
            continue
        wishes = s.wishes if s.veto else (*s.wishes, *s.limits)
        if s.id == sure:
            total = total + s.votes
        elif wishes:
            met = sum((_met(organisation, s, wish).astype(float) for wish in wishes), np.zeros(1))
            total = total + s.votes * s.presence * diluted * met / len(wishes)
        else:
            total = total + s.votes * s.presence * diluted
    return total


def within_limits(organisation: Organisation, only: Sequence[str]) -> Mask:
    """Return which packages meet the hard limits of some stakeholders."""
    met: Mask = np.ones((1,) * len(organisation.terms), dtype=bool)
    for s in organisation.stakeholders:
        for limit in s.limits if s.veto and s.id in only else ():
            met = met & _met(organisation, s, limit)
    return met


def _signable(organisation: Organisation, zone: Mask, without: str = "") -> Mask:
    votes = math.fsum(s.votes for s in organisation.stakeholders)
    others = [s.id for s in organisation.stakeholders if s.id != without]
    enough = approvals(organisation, sure=without) >= organisation.quorum * votes - 1e-9
    return within_limits(organisation, others) & enough & zone[(...,) + (None,) * len(organisation.added)]


def _met(organisation: Organisation, who: Stakeholder, limit: Limit) -> Mask:
    """Return where a limit holds, with one axis per issue (of length 1 where the issue does not matter)."""
    names = [issue.id for issue in organisation.terms]
    axis = names.index(limit.issue)
    seen = np.array(organisation.terms[axis].options, dtype=float) + who.readings.get(limit.issue, 0.0)
    inside = (seen >= limit.least - 1e-9) & (seen <= limit.most + 1e-9)
    held: Mask = inside.reshape([-1 if i == axis else 1 for i in range(len(names))])
    for conditions in limit.unless:
        held = held | functools.reduce(np.logical_and, (_met(organisation, who, c) for c in conditions))
    return held


def _project(organisation: Organisation, mask: Mask) -> Mask:
    """Return for which packages of the negotiated issues some setting of the added terms is in the mask."""
    whole = np.broadcast_to(mask, organisation.shape)
    extra = range(len(organisation.issues), len(organisation.terms))
    return np.asarray(whole.any(axis=tuple(extra)) if extra else whole)


def _zone(organisation: Organisation) -> Mask:
    inside = acceptable(listed(organisation.issues, organisation.parties), organisation.parties)
    return inside.reshape([len(issue.options) for issue in organisation.issues])


def _conflict(organisation: Organisation, zone: Mask) -> tuple[Binding, ...]:
    """Return a smallest set of limits that no package of the zone meets: each package must break one of them."""
    bindings = [Binding(s.id, limit) for s in organisation.stakeholders if s.veto for limit in s.limits]
    votes = organisation.quorum * math.fsum(s.votes for s in organisation.stakeholders)
    kept = [_met(organisation, organisation.of(b.who), b.limit) for b in bindings if b.limit]
    kept.append(approvals(organisation) >= votes - 1e-9)
    bindings.append(Binding(QUORUM))
    bits = sum((~mask).astype(np.int64) << n for n, mask in enumerate(kept))
    inside = np.broadcast_to(zone[(...,) + (None,) * len(organisation.added)], organisation.shape)
    patterns = {int(p) for p in np.unique(np.broadcast_to(bits, inside.shape)[inside])}
    least = [p for p in patterns if not any(q != p and q & p == q for q in patterns)]
    found = next(hit for size in count() if (hit := _hitting(least, size)) is not None)
    return tuple(bindings[n] for n in sorted(found))


def _hitting(patterns: Sequence[int], size: int) -> tuple[int, ...] | None:
    """Return at most `size` bits of which every pattern has one, or None: one bit of the sparsest must be among them."""
    if not patterns or size == 0:
        return None if patterns else ()
    sparsest = min(patterns, key=lambda p: (p.bit_count(), p))
    for bit in range(sparsest.bit_length()):
        if sparsest >> bit & 1:
            rest = _hitting([p for p in patterns if not p >> bit & 1], size - 1)
            if rest is not None:
                return (bit, *rest)
    return None
