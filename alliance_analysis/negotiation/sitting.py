"""Who sat at the table, what they agreed on, and who then refuses to sign it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from pydantic import Field, field_validator

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import Fraction, Identifier
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.negotiation.frontier import among
from alliance_analysis.negotiation.organisation import Limit, Organisation
from alliance_analysis.negotiation.remedies import (
    LEAST_TARGET,
    QUORUM,
    REMEDIES,
    STAKEHOLDERS,
    recruiting,
    remedied,
)
from alliance_analysis.negotiation.solutions import nash
from alliance_analysis.negotiation.stakeholders import approvals, broken, size, within_limits
from alliance_analysis.negotiation.utility import Package, acceptable, listed
from alliance_analysis.records import Record

NAME = "stakeholders"
"""The part of `choices` in the agreement file that holds who sat at the table."""


@dataclass(frozen=True)
class Sitting:
    """A table, its agreement, and what the whole organisation makes of it.

    Parameters
    ----------
    seated
        Who sat at the table.
    choices
        How many packages the table could agree on; only the limits and votes of those seated count there.
    package
        What it agrees on, added terms included: the Nash package of both sides; None where nothing is possible.
    refusals
        For each stakeholder who cannot sign, the hard limits that the package breaks.
    approval, quorum
        Share of all votes that approve of it, and the share that is needed.
    signed
        Whether the organisation can sign.
    """

    seated: tuple[str, ...]
    choices: int
    package: Package | None
    refusals: Mapping[str, tuple[Limit, ...]] = field(default_factory=dict)
    approval: float = 0.0
    quorum: float = 0.0
    signed: bool = False


def sit(organisation: Organisation, seated: Sequence[str]) -> Sitting:
    """Let some stakeholders agree among themselves, then ask everyone.

    The table looks only at the limits of those seated, and at the quorum among their votes. Among the packages left
    it takes the Nash package of the two sides, with the added terms that break the fewest limits of the absent.
    Raises BadInput for an unknown stakeholder or an empty table.

    >>> whole = recruiting()
    >>> found = sit(whole, ["legal", "finance", "operations", "vendor"])
    >>> found.signed, sorted(found.refusals)
    (False, ['hr', 'it'])
    """
    if not seated:
        raise BadInput("nobody sits at the table", "seat at least one stakeholder")
    votes = sum(organisation.of(name).votes for name in seated)
    shape = tuple(len(issue.options) for issue in organisation.terms)
    enough = approvals(organisation, only=seated) >= organisation.quorum * votes - 1e-9
    possible = np.broadcast_to(within_limits(organisation, seated) & enough, shape)
    issues, parties = organisation.issues, organisation.parties
    base = shape[: len(issues)]
    wanted = acceptable(listed(issues, parties), parties).reshape(base)
    wanted = wanted & possible.reshape(*base, -1).any(axis=-1)
    if not wanted.any():
        return Sitting(tuple(seated), 0, None)
    agreed = nash(among(issues, parties, wanted)).package
    at = tuple(issue.options.index(option) for issue, option in zip(issues, agreed, strict=True))
    settings = itertools.product(*(range(len(issue.options)) for issue in organisation.added))
    packages = [
        (*agreed, *(issue.options[n] for issue, n in zip(organisation.added, setting, strict=True)))
        for setting in settings
        if possible[at + setting]
    ]
    everyone = np.broadcast_to(approvals(organisation), shape) / sum(
        s.votes for s in organisation.stakeholders
    )

    def misses(package: Package) -> tuple[int, float]:
        return sum(map(len, broken(organisation, package).values())), -_at(everyone, organisation, package)

    package = min(packages, key=misses)
    refusals = {name: limits for name, limits in broken(organisation, package).items() if limits}
    share = _at(everyone, organisation, package)
    signed = not refusals and share >= organisation.quorum - 1e-9
    return Sitting(tuple(seated), int(wanted.sum()), package, refusals, share, organisation.quorum, signed)


def _at(values: np.ndarray, organisation: Organisation, package: Package) -> float:
    place = (issue.options.index(o) for issue, o in zip(organisation.terms, package, strict=True))
    return float(values[tuple(place)])


class Chosen(Record):
    """What a student chose: who sits at the table, which remedies, and the assumptions that differ from ours.

    `quorum` and `least_target` (what Operations insists on) are fractions; `sizes` holds the sizes of remedies.
    """

    seated: Annotated[list[Identifier], Field(min_length=1)]
    remedies: list[Identifier] = Field(default_factory=list)
    sizes: dict[Identifier, float] = Field(default_factory=dict)
    quorum: Fraction = QUORUM
    least_target: Fraction = LEAST_TARGET

    @field_validator("seated")
    @classmethod
    def _known(cls, seated: list[str]) -> list[str]:
        names = [s.id for s in STAKEHOLDERS]
        if wrong := [name for name in seated if name not in names]:
            raise ValueError(f"'{wrong[0]}' is no stakeholder; {nearest(wrong[0], names)}")
        return [name for name in names if name in seated]

    @field_validator("remedies", "sizes")
    @classmethod
    def _remedies(cls, given: list[str] | dict[str, float]) -> list[str] | dict[str, float]:
        try:
            remedied(recruiting(), list(given), given if isinstance(given, dict) else {})
        except BadInput as error:
            raise ValueError("; ".join(str(fault) for fault in error.faults)) from None
        return given

    @property
    def before(self) -> Organisation:
        """The organisation before the remedies."""
        return recruiting(self.quorum, self.least_target)

    @property
    def after(self) -> Organisation:
        """The organisation with the remedies."""
        return remedied(self.before, self.remedies, self.sizes)


DEMONSTRATION = Chosen(seated=[s.id for s in STAKEHOLDERS if s.id not in ("hr", "it")])
"""What stands in until the student has kept something: a table without HR and IT, and no remedy."""


def chosen(agreement: Agreement) -> tuple[Chosen, bool]:
    """Return what the student chose and true, or the labelled demonstration and false.

    Raises BadInput with every fault if the part was edited badly.
    """
    kept = choice_in(agreement, NAME, Chosen)
    return (DEMONSTRATION, False) if kept is None else (kept, True)


def effects(chosen: Chosen) -> dict[str, tuple[int, int]]:
    """Return for each remedy the size of the agreement set with it alone, and with all chosen ones and it.

    >>> effects(DEMONSTRATION)["cap"]
    (14, 14)
    """
    return {
        name: (
            size(remedied(chosen.before, [name], chosen.sizes)),
            size(remedied(chosen.before, [*chosen.remedies, name], chosen.sizes)),
        )
        for name in REMEDIES
    }
