"""From a side's alternatives to its reserved value: what is the best course without this agreement worth?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.negotiation.utility import Issue, Package, Party, check, utility


@dataclass(frozen=True)
class Alternative:
    """One course without this agreement: somebody else's offer as a package, or an outside option rated 0 to 1.

    It comes about with `probability`; if it does not, the side is left with `otherwise` (a utility). `cost` is the
    utility that is lost on the way, for example by changing the provider.
    """

    id: str
    label: str
    package: Package | None = None
    rating: float | None = None
    probability: float = 1.0
    otherwise: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class Valued:
    """One alternative with its working: worth if it comes about, and expected."""

    alternative: Alternative
    worth: float
    expected: float

    @property
    def working(self) -> str:
        """The arithmetic in one line."""
        a = self.alternative
        cost = f" - {a.cost:g}" if a.cost else ""
        return f"{a.probability:g} x {self.worth:.3f} + {1 - a.probability:g} x {a.otherwise:g}{cost} = {self.expected:.3f}"


@dataclass(frozen=True)
class ReservedValue:
    """A side's reserved value: that of its best alternative, with every alternative's working, best first."""

    value: float
    valued: tuple[Valued, ...]

    @property
    def best(self) -> Alternative:
        """The alternative that the side would take."""
        return self.valued[0].alternative


def reserved_value(
    issues: Sequence[Issue], party: Party, alternatives: Sequence[Alternative]
) -> ReservedValue:
    """Return the expected utility of the party's best alternative, which is its reserved value.

    r = max over alternatives of q u + (1 - q) o - c, not below 0, with the probability q that it comes about, its
    utility u (a package is valued by the party's own weights and tables), the utility o otherwise and the cost c.
    Equal ones stay in the order given. Raises BadInput, naming party and alternative.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> issues, (buyer, _) = EXAMPLE
    >>> found = reserved_value(issues, buyer, [
    ...     Alternative("rival", "A rival's offer", package=(2, 0), probability=0.6, otherwise=0.2),
    ...     Alternative("own", "Our own people", rating=0.4)])
    >>> found.best.id, found.value, found.valued[0].working
    ('rival', 0.59, '0.6 x 0.850 + 0.4 x 0.2 = 0.590')
    """
    check(issues, [party])
    faults = list(_faults(party, alternatives))
    if faults:
        raise BadInput(faults)
    valued = [_value(issues, party, alternative) for alternative in alternatives]
    ordered = tuple(sorted(valued, key=lambda v: -v.expected))
    return ReservedValue(max(0.0, ordered[0].expected), ordered)


def _value(issues: Sequence[Issue], party: Party, alternative: Alternative) -> Valued:
    worth = alternative.rating
    if alternative.package is not None:
        worth = utility(issues, party, alternative.package)
    assert worth is not None
    q = alternative.probability
    return Valued(
        alternative, worth, round(q * worth + (1 - q) * alternative.otherwise - alternative.cost, 12)
    )


def _faults(party: Party, alternatives: Sequence[Alternative]) -> Iterator[Fault]:
    if not alternatives:
        yield Fault(f"{party.name} has no alternative", "name one; doing nothing, rated 0, is one")
    for alternative in alternatives:
        who = f"{party.name}'s alternative '{alternative.id}'"
        if (alternative.package is None) == (alternative.rating is None):
            yield Fault(f"{who} needs a package or a rating, and not both", "say what it is worth in one way")
        for what in ("rating", "probability", "otherwise", "cost"):
            number = getattr(alternative, what)
            if number is not None and not 0 <= number <= 1:
                yield Fault(f"{who}: {what} is {number:g}", "use 0 to 1")
