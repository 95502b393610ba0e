"""What a package is worth to each side: additive utility, its attribution to issues, and the zone.

A *package* is a tuple with one option per issue, in the order of the issues.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alliance_analysis.errors import BadInput, Fault, nearest

Option = float | int | str
Package = tuple[Option, ...]
Floats = NDArray[np.float64]

DIGITS = 12
"""Utilities are rounded to this many decimals, so that equal ones are equal in floating point too."""

MAX_PACKAGES = 2_000_000
"""More packages than this are not listed one by one; the frontier needs no list."""


@dataclass(frozen=True)
class Issue:
    """One thing to be agreed, with the options on the table.

    >>> Issue("review", "Review cadence", "months", (1, 3, 6)).options
    (1, 3, 6)
    """

    id: str
    label: str
    unit: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Party:
    """One side: the weight of each issue, the value of each option in [0, 1], and its reserved value.

    `weights` sum to 1. `reserved` is the utility of the side's best alternative to an agreement, in [0, 1].
    """

    id: str
    name: str
    weights: Mapping[str, float]
    values: Mapping[str, Mapping[Option, float]]
    reserved: float


EXAMPLE = (
    (Issue("price", "Price", "million", (1, 2, 3)), Issue("wait", "Waiting", "weeks", (0, 4))),
    (
        Party(
            "buyer", "Buyer", {"price": 0.3, "wait": 0.7},
            {"price": {1: 1.0, 2: 0.5, 3: 0.0}, "wait": {0: 1.0, 4: 0.0}}, reserved=0.5,
        ),
        Party(
            "seller", "Seller", {"price": 0.8, "wait": 0.2},
            {"price": {1: 0.0, 2: 0.5, 3: 1.0}, "wait": {0: 0.0, 4: 1.0}}, reserved=0.3,
        ),
    ),
)  # fmt: skip
"""The issues and parties of the runnable examples: a buyer in a hurry and a seller who looks at the price."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Packages and what they are worth: `utilities` has one row per package and one column per party."""

    packages: tuple[Package, ...]
    utilities: Floats

    def __len__(self) -> int:
        return len(self.packages)

    def of(self, package: Package) -> tuple[float, ...]:
        """Return the utilities of one package, in the order of the parties."""
        return tuple(float(u) for u in self.utilities[self.packages.index(package)])


def _faults(issues: Sequence[Issue], parties: Sequence[Party]) -> Iterator[Fault]:
    if not issues or not parties:
        yield Fault("there is nothing to negotiate", "name at least one issue and one party")
    for issue in issues:
        if not issue.options or len(set(issue.options)) < len(issue.options):
            yield Fault(f"the options of '{issue.id}' are empty or repeat", "name each option once")
    for party in parties:
        yield from _weights({issue.id for issue in issues}, party)
        if not 0 <= party.reserved <= 1:
            yield Fault(f"{party.name}'s reserved value is {party.reserved:g}", "use 0 to 1")
        for issue in issues:
            table = party.values.get(issue.id, {})
            for option in issue.options:
                if option not in table:
                    yield Fault(f"{party.name} has no value for {issue.id} = {option}", "add it")
                elif not 0 <= table[option] <= 1:
                    worth = f"{party.name}'s value of {issue.id} = {option} is {table[option]:g}"
                    yield Fault(worth, "use 0 (worst) to 1 (best)")


def _weights(names: set[str], party: Party) -> Iterator[Fault]:
    for name in sorted(set(party.weights) ^ names):
        if name in names:
            yield Fault(f"{party.name} gives no weight to the issue '{name}'", "add it (0 is a weight)")
        else:
            yield Fault(f"{party.name} weighs '{name}', which is no issue", nearest(name, names))
    for name, weight in party.weights.items():
        if not 0 <= weight <= 1:
            yield Fault(f"{party.name}'s weight of the issue '{name}' is {weight:g}", "use 0 to 1")
    total = math.fsum(party.weights.values())
    if not math.isclose(total, 1, abs_tol=1e-9):
        shares = ", ".join(f"{name} {weight:g}" for name, weight in party.weights.items())
        yield Fault(f"{party.name}'s weights sum to {total:g} ({shares})", "they must sum to 1")


def check(issues: Sequence[Issue], parties: Sequence[Party]) -> None:
    """Raise one BadInput that names every weight, option or value at fault, with its issue and its party."""
    faults = list(_faults(issues, parties))
    if faults:
        raise BadInput(faults)


def contributions(issue: Issue, parties: Sequence[Party]) -> Floats:
    """Return weight times value of each option (rows) for each party (columns)."""
    rows = [[p.weights[issue.id] * p.values[issue.id][o] for p in parties] for o in issue.options]
    return np.array(rows, dtype=np.float64)


def attribution(issues: Sequence[Issue], party: Party, package: Package) -> dict[str, float]:
    """Return what each issue of a package adds to the party's utility; the parts sum to it.

    Raises BadInput if the package names an option that is not on the table.

    >>> issues, (buyer, seller) = EXAMPLE
    >>> attribution(issues, buyer, (2, 0))
    {'price': 0.15, 'wait': 0.7}
    """
    fits(issues, package)
    return {
        issue.id: party.weights[issue.id] * party.values[issue.id][option]
        for issue, option in zip(issues, package, strict=True)
    }


def fits(issues: Sequence[Issue], package: Package) -> None:
    """Raise BadInput, naming the issue, if the package is not one option of each issue."""
    if len(package) != len(issues):
        raise BadInput(f"the package has {len(package)} terms for {len(issues)} issues", "one term per issue")
    for issue, option in zip(issues, package, strict=True):
        if option not in issue.options:
            options = ", ".join(str(o) for o in issue.options)
            raise BadInput(f"{option} is not an option of the issue '{issue.id}'", f"use one of {options}")


def utility(issues: Sequence[Issue], party: Party, package: Package) -> float:
    """Return the party's utility of a package: the sum over issues of weight times value (M01).

    U_p(x) = sum_i w_pi v_pi(x_i), from 0 to 1, rounded to twelve decimals.

    >>> issues, (buyer, seller) = EXAMPLE
    >>> utility(issues, buyer, (2, 0)), utility(issues, seller, (2, 0))
    (0.85, 0.4)
    """
    total = 0.0
    for part in attribution(issues, party, package).values():
        total += part
    return float(np.round(total, DIGITS))


def outcomes(issues: Sequence[Issue], parties: Sequence[Party]) -> Outcomes:
    """Return every package with its utilities; raises BadInput if there are more than MAX_PACKAGES."""
    check(issues, parties)
    count = math.prod(len(issue.options) for issue in issues)
    if count > MAX_PACKAGES:
        raise BadInput(f"{count:,} packages are too many to list", "use frontier(), which needs no list")
    packages: list[Package] = [()]
    sums = np.zeros((1, len(parties)))
    for issue in issues:
        packages = [(*package, option) for package in packages for option in issue.options]
        sums = (sums[:, None, :] + contributions(issue, parties)[None]).reshape(-1, len(parties))
    return Outcomes(tuple(packages), np.round(sums, DIGITS))


def acceptable(utilities: Floats, parties: Sequence[Party]) -> NDArray[np.bool_]:
    """Return which rows of `utilities` give every party at least its reserved value."""
    reserved = np.round([party.reserved for party in parties], DIGITS)
    return np.asarray((utilities >= reserved).all(axis=1))


def zone(issues: Sequence[Issue], parties: Sequence[Party]) -> Outcomes:
    """Return the zone of possible agreement: the packages that no side would leave for its alternative (M02).

    It may be empty. A utility equal to the reserved value is inside.

    >>> zone(*EXAMPLE).packages
    ((2, 0), (3, 0))
    """
    found = outcomes(issues, parties)
    inside = np.flatnonzero(acceptable(found.utilities, parties))
    return Outcomes(tuple(found.packages[i] for i in inside), found.utilities[inside])
