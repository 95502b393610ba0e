"""Review, then grow, maintain, downgrade or close: two measures, each partner's own account, and the reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.clauses import Milestone
from alliance_analysis.agreement.review import Outlook
from alliance_analysis.errors import BadInput, Fault

Verdict = Literal["grow", "maintain", "downgrade", "close"]
VERDICTS: dict[Verdict, str] = {
    "grow": "Grow: set new goals on a higher level",
    "maintain": "Maintain: go on, and correct the course where it is off",
    "downgrade": "Downgrade: narrow the scope, with a plan and a date to look again",
    "close": "Close: by the exit terms, unless a different split keeps both in",
}
HIGH, LOW = 0.9, 0.6
"""From HIGH a share counts as high, under LOW as too low to go on unchanged; both are agreed, not given."""

AGENDA: dict[str, str] = {
    "Changes": "What has changed in either company, in the market, and in what each partner needs?",
    "Value updates": "What does each side still get, and what does it really need from the other?",
    "Business plan": "Does the plan still fit the strategy of both sides? Which goals, measures and targets are new?",
    "Rewards for success": "Who is thanked and paid for what went well, on both sides, and does it show to others?",
}
"""The four items of a review, each with its question."""


@dataclass(frozen=True)
class Account:
    """One partner's own account: share of the planned benefit realised, benefit less cost, and gain from staying."""

    outlook: Outlook

    @property
    def realisation(self) -> float:
        """Actual over planned benefit; may be below 0 or above 1."""
        return self.outlook.actual / self.outlook.planned

    @property
    def net(self) -> float:
        """A year's benefit less what the alliance costs this partner."""
        return self.outlook.actual - self.outlook.cost

    @property
    def staying(self) -> float:
        """Continuation less recovery value; below 0 this partner is better off leaving."""
        return self.outlook.continuation - self.outlook.recovery


@dataclass(frozen=True)
class Decision:
    """The verdict with its working.

    `implementation` is milestones met over milestones due, `realisation` the smallest share of planned benefit that
    a partner realised; `surplus` is what all partners together gain from staying.
    """

    verdict: Verdict
    met: int
    due: int
    accounts: tuple[Account, ...]
    reasons: tuple[str, ...]
    high: float
    low: float

    @property
    def implementation(self) -> float:
        """Share of the due milestones that were met."""
        return self.met / self.due

    @property
    def realisation(self) -> float:
        """The smallest share of planned benefit over the partners."""
        return min(account.realisation for account in self.accounts)

    @property
    def surplus(self) -> float:
        """Continuation less recovery value, summed over the partners."""
        return math.fsum(account.staying for account in self.accounts)

    @property
    def reading(self) -> str:
        """What the two measures say together."""
        done, gained = self.implementation >= self.high, self.realisation >= self.high
        return {
            (True, True): "Done as planned, and the benefit came: the plan was right.",
            (
                True,
                False,
            ): "Done as planned, and the benefit did not come to all: question the plan, not the people.",
            (False, True): "The benefit came without the plan: find out where from before you take credit.",
            (False, False): "Neither done nor gained: first find out which of the two failed the other.",
        }[done, gained]


def milestones_due(
    milestones: Sequence[Milestone], met: Mapping[str, float], month: float
) -> tuple[int, int]:
    """Return how many milestones were met and how many were due by a month; one met early counts in both.

    `met` maps a milestone's id to the month in which it was met; a milestone without a month is due once met.

    >>> listed = [Milestone(id="a", text="A", month=3), Milestone(id="b", text="B", month=6)]
    >>> milestones_due(listed, {"a": 2}, 3), milestones_due(listed, {"a": 2}, 6)
    ((1, 1), (1, 2))
    """
    done = [m for m in milestones if m.id in met and met[m.id] <= month]
    due = [m for m in milestones if m in done or (m.month is not None and m.month <= month)]
    return len(done), len(due)


def decide(met: int, due: int, outlooks: Sequence[Outlook], high: float = HIGH, low: float = LOW) -> Decision:
    """Return whether to grow, maintain, downgrade or close, with the reasons.

    Close if a partner recovers more by leaving than going on is worth to it. Grow if implementation and every
    partner's realisation are high, every partner's own net benefit is above 0, and so is the expected net present
    value of expansion for each. Downgrade if either share is under `low` or a partner loses by the year. Otherwise
    maintain. Raises BadInput without a due milestone, without two partners, or with `low` above `high`.

    >>> one = Outlook(party="a", planned=10, actual=9.5, cost=4, expansion=2, continuation=30, recovery=12)
    >>> decide(9, 10, [one, one.model_copy(update={"party": "b"})]).verdict
    'grow'
    """
    _checked(met, due, outlooks, high, low)
    accounts = tuple(Account(outlook) for outlook in outlooks)
    found = Decision("maintain", met, due, accounts, (), high, low)
    leaving = [a for a in accounts if a.staying < 0]
    if leaving:
        return _with(found, "close", _closing(found, leaving))
    poor = _too_low(found)
    if poor:
        return _with(found, "downgrade", poor)
    bars = _bars(found)
    if bars:
        return _with(found, "maintain", bars)
    gains = ", ".join(f"{a.outlook.party} {a.outlook.expansion:,.4g}" for a in accounts)
    reasons = [f"{met} of {due} milestones met, and every partner realised at least {high:.0%} of its plan",
               f"growing is worth something to each: {gains}"]  # fmt: skip
    return _with(found, "grow", reasons)


def _checked(met: int, due: int, outlooks: Sequence[Outlook], high: float, low: float) -> None:
    faults = []
    if not 0 <= met <= due or due == 0:
        what = f"{met} of {due} milestones met cannot be judged"
        faults.append(Fault(what, "give at least one milestone that was due", field="milestones"))
    parties = [outlook.party for outlook in outlooks]
    if len(parties) < 2 or len(set(parties)) < len(parties):
        faults.append(Fault("the review needs the account of two or more partners", "give one for each",
                            field="outlook"))  # fmt: skip
    if not 0 <= low <= high:
        faults.append(Fault(f"low ({low}) lies above high ({high})", "exchange them", field="low, high"))
    if faults:
        raise BadInput(faults)


def _with(found: Decision, verdict: Verdict, reasons: Sequence[str]) -> Decision:
    return Decision(verdict, found.met, found.due, found.accounts, tuple(reasons), found.high, found.low)


def _closing(found: Decision, leaving: Sequence[Account]) -> list[str]:
    reasons = [
        f"{a.outlook.party} recovers {a.outlook.recovery:,.4g} by leaving; going on is worth "
        f"{a.outlook.continuation:,.4g} to it"
        for a in leaving
    ]
    if found.surplus > 0:
        owed = " and ".join(f"{-a.staying:,.4g} to {a.outlook.party}" for a in leaving)
        reasons.append(
            f"together the partners would still gain {found.surplus:,.4g} by staying: before closing, offer a split "
            f"that moves at least {owed}"
        )
    else:
        reasons.append("no split can keep both in: together they recover more than going on is worth")
    return reasons


def _too_low(found: Decision) -> list[str]:
    reasons = []
    if found.implementation < found.low:
        reasons.append(f"only {found.met} of {found.due} milestones met, under {found.low:.0%}")
    for account in found.accounts:
        name = account.outlook.party
        if account.realisation < found.low:
            reasons.append(f"{name} realised {account.realisation:.0%} of its plan, under {found.low:.0%}")
        if account.net < 0:
            reasons.append(f"{name} pays {-account.net:,.4g} a year more than it gains")
    return reasons


def _bars(found: Decision) -> list[str]:
    """Return what stands against growth."""
    reasons = []
    if found.implementation < found.high:
        reasons.append(f"{found.met} of {found.due} milestones met: not yet {found.high:.0%}")
    for account in found.accounts:
        name = account.outlook.party
        if account.realisation < found.high:
            reasons.append(f"{name} realised {account.realisation:.0%} of its plan: not yet {found.high:.0%}")
        if account.net <= 0:
            reasons.append(f"{name} has no net benefit yet")
        if account.outlook.expansion <= 0:
            reasons.append(f"growing is worth nothing to {name}")
    return reasons


def decided(agreement: Agreement, high: float = HIGH, low: float = LOW) -> Decision:
    """Return the decision for the review as it stands in the agreement; raises BadInput where it says too little.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> decided(read_agreement(example_path()).agreement).verdict
    'maintain'
    """
    record = agreement.review
    if record is None:
        raise BadInput(
            "the agreement has no review yet", "keep one on page 08_review_grow_or_close", field="review"
        )
    due = milestones_due(agreement.clauses.milestones, record.met, record.month)
    return decide(*due, record.outlook, high, low)
