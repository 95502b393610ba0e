"""An organisation as it negotiates: everyone with a say, their hard limits and wishes, and what can be at fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.negotiation.utility import MAX_PACKAGES, Issue, Party


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

    @property
    def shape(self) -> tuple[int, ...]:
        """How many options each of the terms has."""
        return tuple(len(issue.options) for issue in self.terms)

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
    if (packages := math.prod(organisation.shape)) > MAX_PACKAGES:
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
