"""What a negotiation came to, seen from both sides once it has ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.characters import ground
from alliance_analysis.negotiation.delay import after_delay
from alliance_analysis.negotiation.frontier import Frontier, Improvement, frontier
from alliance_analysis.negotiation.offers import Transcript, Turn
from alliance_analysis.negotiation.solutions import (
    NoZoneOfPossibleAgreement,
    Solution,
    kalai_smorodinsky,
    nash,
)
from alliance_analysis.negotiation.utility import Outcomes, acceptable, attribution


@dataclass(frozen=True)
class Concession:
    """One offer beside the same side's offer before it, in utility.

    `gave` is what its maker gave up, `got` what the other side gained by it; both are 0 for the first offer, and
    negative where something was taken back.
    """

    turn: Turn
    gave: float
    got: float


@dataclass(frozen=True, eq=False)
class Debrief:
    """Both sides' view of an ended negotiation; `of` pairs are (yours, the counterpart's).

    Parameters
    ----------
    run
        The negotiation.
    everything, frontier
        All packages, and those that no other package dominates.
    zone_size
        How many packages both sides prefer to their alternatives.
    reached
        Utilities of the agreed terms, or the reserved values where there is no agreement.
    solutions
        Nash and Kalai-Smorodinsky; empty where there is no zone of possible agreement.
    parts
        What each issue adds to each side's utility of the agreed terms; empty without an agreement.
    improvement
        What the agreed terms leave on the table; None without an agreement.
    """

    run: Transcript
    everything: Outcomes
    frontier: Frontier
    zone_size: int
    reached: tuple[float, ...]
    solutions: tuple[Solution, ...]
    parts: tuple[dict[str, float], ...]
    improvement: Improvement | None

    @property
    def below(self) -> tuple[str, ...]:
        """The sides ("you", "them") that agreed to less than their reserved value."""
        parties = zip(self.run.setup.parties, self.reached, strict=True)
        return tuple(p.id for p, reached in parties if reached < p.reserved)

    @property
    def regret(self) -> tuple[float, ...]:
        """By how much the Nash package beats what each side reached; negative where a side did better than that."""
        if not self.solutions:
            return ()
        pairs = zip(self.solutions[0].utilities, self.reached, strict=True)
        return tuple(round(nash - reached, 12) for nash, reached in pairs)

    @property
    def after_delay(self) -> tuple[float, ...]:
        """What the agreed terms are worth after the cost of the rounds they took; reserved values bear no delay."""
        run, cost = self.run, self.run.setup.delay_cost
        if not run.agreed:
            return self.reached
        return tuple(after_delay(u, cost, run.turns[-1].round) for u in self.reached)

    @property
    def never_asked(self) -> tuple[str, ...]:
        """The terms about whose purpose you never asked."""
        return tuple(i.id for i in self.run.setup.issues if i.id not in self.run.asked)

    @property
    def concessions(self) -> tuple[Concession, ...]:
        """Every offer with what it gave up and gave, in the order of the transcript."""
        last: dict[str, Turn] = {}
        found = []
        for turn in self.run.turns:
            if turn.act != "offer":
                continue
            before, own = last.get(turn.who, turn), 0 if turn.who == "you" else 1
            gave, got = (
                before.utilities[own] - turn.utilities[own],
                turn.utilities[1 - own] - before.utilities[1 - own],
            )
            found.append(Concession(turn, round(gave, 12), round(got, 12)))
            last[turn.who] = turn
        return tuple(found)

    def in_a_sentence(self) -> str:
        """Say plainly what came of it."""
        you, them = self.reached
        reserved, count = self.run.setup.parties[0].reserved, len(self.everything)
        if self.run.agreed is None and not self.zone_size:
            return "You did not agree, and could not: no package was better for both sides than none."
        if self.run.agreed is None:
            return (
                f"You did not agree, although {self.zone_size:,} of {count:,} packages were better for both sides than "
                "no agreement."
            )
        if "you" in self.below:
            return f"You signed for {you:.2f}, less than the {reserved:.2f} that your alternative is worth to you."
        more = "and nothing was left on the table"
        if self.improvement and not self.improvement.on_frontier:
            better = int(self._dominating().sum())
            packages = "package" if better == 1 else "packages"
            more = f"and {better:,} {packages} would have been better for one side and no worse for the other"
        return (
            f"You agreed on terms worth {you:.2f} to you, {you - reserved:.2f} more than your alternative, and {them:.2f} "
            f"to them, {more}."
        )

    def _dominating(self) -> NDArray[np.bool_]:
        gains = self.everything.utilities - np.array(self.reached)
        return np.asarray((gains >= 0).all(axis=1) & (gains > 0).any(axis=1))

    def left_on_the_table(self) -> str:
        """Say in words what both sides could still have gained."""
        setup, better = self.run.setup, self.improvement
        if better is None and not self.solutions:
            return "No package would have given both sides at least their reserved values."
        if better is None:
            found = self.solutions[0]
            told, (you, them) = setup.told(found.package), found.gains
            return (
                f"Both sides preferred {self.zone_size:,} packages to no agreement. The Nash package ({told}) would have "
                f"given you {you:.2f} and the counterpart {them:.2f} more than your alternatives."
            )
        if better.on_frontier:
            return "Nothing: no other package is better for one side without being worse for the other."
        you, them = better.gains
        return (
            f"The best joint improvement is {setup.told(better.better)}: {you:+.3f} for you and {them:+.3f} for the "
            f"counterpart. The agreed terms lie {better.distance:.3f} from the frontier."
        )


def debrief(run: Transcript) -> Debrief:
    """Return both sides' view of a negotiation; raises BadInput while it is still open.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> from alliance_analysis.negotiation import recorded
    >>> debrief(recorded(read_agreement(example_path()).agreement)).zone_size > 0
    True
    """
    if not run.ended:
        raise BadInput("the negotiation has not ended", "the counterpart's side is shown afterwards")
    issues, parties = run.setup.issues, run.setup.parties
    found, everything = frontier(issues, parties), ground(run.setup).found
    try:
        solutions: tuple[Solution, ...] = (nash(found), kalai_smorodinsky(found))
    except NoZoneOfPossibleAgreement:
        solutions = ()
    agreed = run.agreed
    return Debrief(
        run,
        everything,
        found,
        int(acceptable(everything.utilities, parties).sum()),
        everything.of(agreed) if agreed else tuple(p.reserved for p in parties),
        solutions,
        tuple(attribution(issues, p, agreed) for p in parties) if agreed else (),
        found.improvement(agreed) if agreed else None,
    )
