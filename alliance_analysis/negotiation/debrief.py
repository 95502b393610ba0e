"""What a negotiation came to, seen from both sides once it has ended."""

from __future__ import annotations

from dataclasses import dataclass

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.frontier import Frontier, Improvement, frontier
from alliance_analysis.negotiation.offers import Transcript
from alliance_analysis.negotiation.solutions import (
    NoZoneOfPossibleAgreement,
    Solution,
    kalai_smorodinsky,
    nash,
)
from alliance_analysis.negotiation.utility import Outcomes, attribution, outcomes, zone


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

    def left_on_the_table(self) -> str:
        """Say in words what both sides could still have gained."""
        setup, better = self.run.setup, self.improvement
        if better is None and not self.solutions:
            return "No package would have given both sides at least their reserved values."
        if better is None:
            found = self.solutions[0]
            told, (you, them) = setup.told(found.package), found.gains
            return (
                f"Both sides preferred {self.zone_size} packages to no agreement. The Nash package ({told}) would have "
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
    found, everything = frontier(issues, parties), outcomes(issues, parties)
    try:
        solutions: tuple[Solution, ...] = (nash(found), kalai_smorodinsky(found))
    except NoZoneOfPossibleAgreement:
        solutions = ()
    agreed = run.agreed
    return Debrief(
        run,
        everything,
        found,
        len(zone(issues, parties)),
        everything.of(agreed) if agreed else tuple(p.reserved for p in parties),
        solutions,
        tuple(attribution(issues, p, agreed) for p in parties) if agreed else (),
        found.improvement(agreed) if agreed else None,
    )
