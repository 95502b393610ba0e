"""Who must agree at home: hard limits, approvals and vetoes, and the packages that are left (M08)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.negotiation.utility import MAX_PACKAGES, Issue, Option, Party, acceptable, listed

Mask = NDArray[np.bool_]
QUORUM = "quorum"


@dataclass(frozen=True)
class Limit:
    """A range of one term: a hard limit is not signed outside it, a wish is only disappointed.

    Outside the range it still holds where one of the sets of conditions in `unless` holds whole: a position that turned
    out to be a condition.
    """

    issue: str
    least: float = -math.inf
    most: float = math.inf
    because: str = ""
    unless: tuple[tuple[Limit, ...], ...] = ()


@dataclass(frozen=True)
class Stakeholder:
    """One who has a say.

    Parameters
    ----------
    id, name
        Who.
    limits
        Hard limits; they bind where the stakeholder holds a `veto`, and count as wishes where it does not.
    wishes
        The stakeholder's approval of a package is the share of them that it meets.
    veto
        Whether nothing is signed against the hard limits.
    votes
        Weight of the approval in the quorum.
    presence
        Share of the meetings at which somebody speaks for the stakeholder; without a voice there is no approval.
    readings
        For an issue, by how much the stakeholder's own definition shifts the number (0.01: it reads 95% as 96%).
    """

    id: str
    name: str
    limits: tuple[Limit, ...] = ()
    wishes: tuple[Limit, ...] = ()
    veto: bool = True
    votes: float = 1.0
    presence: float = 1.0
    readings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Organisation:
    """Both sides of a negotiation with everyone behind them.

    Parameters
    ----------
    issues, parties
        What the two sides negotiate, and their preferences; sizes are counted in packages of these issues.
    stakeholders
        Everyone with a say.
    quorum
        Share of all votes that a package needs in approvals.
    added
        Further terms that a remedy brought in. A package is signable if one setting of these makes it so.
    kpis, attention
        Number of KPIs in the agreement, and how many a stakeholder can look into; above that, approvals are diluted.
    """

    issues: tuple[Issue, ...]
    parties: tuple[Party, ...]
    stakeholders: tuple[Stakeholder, ...]
    quorum: float
    added: tuple[Issue, ...] = ()
    kpis: int = 1
    attention: int = 1

    @property
    def terms(self) -> tuple[Issue, ...]:
        """All issues, the added ones last."""
        return (*self.issues, *self.added)

    def of(self, identifier: str) -> Stakeholder:
        """Return one stakeholder; raises BadInput for an unknown one."""
        found = {s.id: s for s in self.stakeholders}
        if identifier not in found:
            raise BadInput(f"'{identifier}' is no stakeholder", nearest(identifier, found))
        return found[identifier]

    def changing(self, change: Callable[[Stakeholder], Stakeholder], *who: str) -> Organisation:
        """Return the organisation with some stakeholders (all, where none is named) changed."""
        names = who or tuple(s.id for s in self.stakeholders)
        return replace(self, stakeholders=tuple(change(s) if s.id in names else s for s in self.stakeholders))


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
    shape = _shape(organisation)
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


def _shape(organisation: Organisation) -> tuple[int, ...]:
    return tuple(len(issue.options) for issue in organisation.terms)


def _project(organisation: Organisation, mask: Mask) -> Mask:
    """Return for which packages of the negotiated issues some setting of the added terms is in the mask."""
    whole = np.broadcast_to(mask, _shape(organisation))
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
    inside = np.broadcast_to(zone[(...,) + (None,) * len(organisation.added)], _shape(organisation))
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


def check(organisation: Organisation) -> None:
    """Raise one BadInput that names every stakeholder and limit at fault."""
    faults = list(_faults(organisation))
    if faults:
        raise BadInput(faults)


def _faults(organisation: Organisation) -> Iterator[Fault]:
    ids = [s.id for s in organisation.stakeholders]
    if not ids or len(set(ids)) < len(ids):
        yield Fault("the stakeholders are none, or one stands twice", "name each once")
    if not 0 <= organisation.quorum <= 1:
        yield Fault(f"the quorum is {organisation.quorum:g}", "use a share of the votes, 0 to 1")
    if organisation.kpis < 1 or organisation.attention < 1:
        yield Fault("the number of KPIs and of those looked into must be at least 1", "correct it")
    if (packages := math.prod(_shape(organisation))) > MAX_PACKAGES:
        yield Fault(
            f"{packages:,} packages are too many to list (at most {MAX_PACKAGES:,})", "offer fewer options"
        )
    names = {issue.id: issue for issue in organisation.terms}
    for s in organisation.stakeholders:
        if not (math.isfinite(s.votes) and s.votes >= 0):
            yield Fault(f"{s.name} has {s.votes:g} votes", "use a number of at least 0")
        if not 0 <= s.presence <= 1:
            yield Fault(f"{s.name}'s presence is {s.presence:g}", "use a share, 0 to 1")
        for limit in (*s.limits, *s.wishes):
            yield from _limit_faults(s, limit, names)


def _limit_faults(who: Stakeholder, limit: Limit, names: Mapping[str, Issue]) -> Iterator[Fault]:
    if limit.issue not in names:
        yield Fault(f"{who.name} limits '{limit.issue}', which is no issue", nearest(limit.issue, names))
    elif any(isinstance(option, str) for option in names[limit.issue].options):
        yield Fault(f"{who.name} limits '{limit.issue}', whose options are no numbers", "number the options")
    if not limit.least <= limit.most:
        told = f"{who.name}'s limit on '{limit.issue}' runs from {limit.least:g} to {limit.most:g}"
        yield Fault(told, "the least comes first")
    for condition in (condition for conditions in limit.unless for condition in conditions):
        yield from _limit_faults(who, condition, names)
