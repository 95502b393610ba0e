"""What a package is worth to each side: utility by issue and by clause, its attribution, and the zone.

A *package* is a tuple with one option per issue, in the order of the issues.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
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


@dataclass(frozen=True)
class Clause:
    """A clause whose effect depends on several terms at once, so that utilities no longer add up by issue.

    Where every issue in `when` takes one of the options named there, each party in `effects` gains (or, below 0,
    loses) so much utility.

    >>> Clause("rush", {"price": (1,), "wait": (0,)}, {"seller": -0.2}).effects
    {'seller': -0.2}
    """

    id: str
    when: Mapping[str, Collection[Option]]
    effects: Mapping[str, float]


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


def check(issues: Sequence[Issue], parties: Sequence[Party], clauses: Sequence[Clause] = ()) -> None:
    """Raise one BadInput that names every weight, option, value or clause at fault, with its issue and its party."""
    faults = [
        *_table_faults(issues, parties),
        *(fault for party in parties for fault in _party_faults(issues, party)),
        *(fault for clause in clauses for fault in _clause_faults(issues, parties, clause)),
    ]
    if faults:
        raise BadInput(faults)


def _table_faults(issues: Sequence[Issue], parties: Sequence[Party]) -> Iterator[Fault]:
    if not issues or not parties:
        yield Fault("there is nothing to negotiate", "name at least one issue and one party")
    for what, ids in (("issue", [i.id for i in issues]), ("party", [p.id for p in parties])):
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            yield Fault(f"the {what} '{name}' stands twice", "give each its own id")
    for issue in issues:
        if not issue.options:
            yield Fault(f"the issue '{issue.id}' has no options", "name at least one")
        elif len(set(issue.options)) < len(issue.options):
            yield Fault(f"the options of the issue '{issue.id}' repeat", "name each option once")


def _party_faults(issues: Sequence[Issue], party: Party) -> Iterator[Fault]:
    names = {issue.id for issue in issues}
    yield from _weight_faults(names, party)
    if not 0 <= party.reserved <= 1:
        yield Fault(f"{party.name}'s reserved value is {party.reserved:g}", "use 0 to 1")
    for name in party.values.keys() - names:
        yield Fault(f"{party.name} values '{name}', which is no issue", nearest(name, names))
    for issue in issues:
        table = party.values.get(issue.id, {})
        if missing := [str(option) for option in issue.options if option not in table]:
            have = f"{party.name}'s table for the issue '{issue.id}' has {len(table)} values"
            told = f"{have} and no value for {issue.id} = {', '.join(missing)}"
            yield Fault(told, f"give one for each of the {len(issue.options)} options")
        elif len(table) > len(issue.options):
            extra = ", ".join(str(option) for option in table if option not in issue.options)
            yield Fault(f"{party.name} values {issue.id} = {extra}, which is no option", "leave it out")
        for option, worth in table.items():
            if not 0 <= worth <= 1:
                told = f"{party.name}'s value of {issue.id} = {option} is {worth:g}"
                yield Fault(told, "use 0 (worst) to 1 (best)")


def _weight_faults(names: set[str], party: Party) -> Iterator[Fault]:
    for name in sorted(party.weights.keys() ^ names):
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


def _clause_faults(issues: Sequence[Issue], parties: Sequence[Party], clause: Clause) -> Iterator[Fault]:
    options, sides = {issue.id: issue.options for issue in issues}, {party.id for party in parties}
    for name, wanted in clause.when.items():
        if name not in options:
            yield Fault(f"the clause '{clause.id}' names '{name}', which is no issue", nearest(name, options))
        elif wrong := [str(option) for option in wanted if option not in options[name]]:
            told = f"the clause '{clause.id}' names {name} = {', '.join(wrong)}, which is no option"
            yield Fault(told, f"use some of {', '.join(map(str, options[name]))}")
    for name, effect in clause.effects.items():
        if name not in sides:
            yield Fault(f"the clause '{clause.id}' names '{name}', which is no party", nearest(name, sides))
        elif not -1 <= effect <= 1:
            yield Fault(f"the clause '{clause.id}' changes {name}'s utility by {effect:g}", "use -1 to 1")


def contributions(issue: Issue, parties: Sequence[Party]) -> Floats:
    """Return weight times value of each option (rows) for each party (columns)."""
    rows = [[p.weights[issue.id] * p.values[issue.id][o] for p in parties] for o in issue.options]
    return np.array(rows, dtype=np.float64)


def attribution(
    issues: Sequence[Issue], party: Party, package: Package, clauses: Sequence[Clause] = ()
) -> dict[str, float]:
    """Return what each issue of a package, and each clause that applies, adds to the party's utility; the sum is it.

    Raises BadInput if the package names an option that is not on the table.

    >>> issues, (buyer, seller) = EXAMPLE
    >>> attribution(issues, buyer, (2, 0))
    {'price': 0.15, 'wait': 0.7}
    """
    fits(issues, package)
    terms = {issue.id: option for issue, option in zip(issues, package, strict=True)}
    parts = {name: party.weights[name] * party.values[name][option] for name, option in terms.items()}
    for clause in clauses:
        if all(terms[name] in wanted for name, wanted in clause.when.items()):
            parts[clause.id] = clause.effects.get(party.id, 0.0)
    return parts


def fits(issues: Sequence[Issue], package: Package) -> None:
    """Raise BadInput, naming the issue, if the package is not one option of each issue."""
    if len(package) != len(issues):
        raise BadInput(f"the package has {len(package)} terms for {len(issues)} issues", "one term per issue")
    for issue, option in zip(issues, package, strict=True):
        if option not in issue.options:
            options = ", ".join(str(o) for o in issue.options)
            raise BadInput(f"{option} is not an option of the issue '{issue.id}'", f"use one of {options}")


def utility(issues: Sequence[Issue], party: Party, package: Package, clauses: Sequence[Clause] = ()) -> float:
    """Return the party's utility of a package: the sum over issues of weight times value.

    U_p(x) = sum_i w_pi v_pi(x_i), from 0 to 1, rounded to twelve decimals; a clause that applies adds its effect.

    >>> issues, (buyer, seller) = EXAMPLE
    >>> utility(issues, buyer, (2, 0)), utility(issues, seller, (2, 0))
    (0.85, 0.4)
    >>> utility(issues, seller, (2, 0), [Clause("rush", {"price": (1, 2), "wait": (0,)}, {"seller": -0.2})])
    0.2
    """
    total = 0.0
    for part in attribution(issues, party, package, clauses).values():
        total += part
    return float(np.round(total, DIGITS))


def listed(issues: Sequence[Issue], parties: Sequence[Party], clauses: Sequence[Clause] = ()) -> Floats:
    """Return the utilities of every package (rows, the last issue varying fastest) for each party (columns).

    Raises BadInput for preferences at fault and for more than MAX_PACKAGES packages.
    """
    check(issues, parties, clauses)
    count = math.prod(len(issue.options) for issue in issues)
    if count > MAX_PACKAGES:
        what = f"{count:,} packages are too many to list (at most {MAX_PACKAGES:,})"
        if clauses:
            why = f"the clause '{clauses[0].id}' makes a list necessary"
            raise BadInput(f"{what}, and {why}", "offer fewer options, or leave the clause out")
        raise BadInput(what, "use frontier(), which needs no list")
    sums = np.zeros((1, len(parties)))
    for issue in issues:
        sums = (sums[:, None, :] + contributions(issue, parties)[None]).reshape(-1, len(parties))
    for clause in clauses:
        applies = np.ones(1, dtype=np.bool_)
        for issue in issues:
            wanted = clause.when.get(issue.id, issue.options)
            applies = np.outer(applies, [option in wanted for option in issue.options]).ravel()
        sums[applies] += [clause.effects.get(party.id, 0.0) for party in parties]
    return np.round(sums, DIGITS)


def outcomes(issues: Sequence[Issue], parties: Sequence[Party], clauses: Sequence[Clause] = ()) -> Outcomes:
    """Return every package with its utilities; raises BadInput if there are more than MAX_PACKAGES."""
    utilities = listed(issues, parties, clauses)
    return Outcomes(tuple(itertools.product(*(issue.options for issue in issues))), utilities)


def acceptable(utilities: Floats, parties: Sequence[Party]) -> NDArray[np.bool_]:
    """Return which rows of `utilities` give every party at least its reserved value."""
    reserved = np.round([party.reserved for party in parties], DIGITS)
    return np.asarray((utilities >= reserved).all(axis=1))


def zone(issues: Sequence[Issue], parties: Sequence[Party], clauses: Sequence[Clause] = ()) -> Outcomes:
    """Return the zone of possible agreement: the packages that no side would leave for its alternative.

    It may be empty. A utility equal to the reserved value is inside.

    >>> zone(*EXAMPLE).packages
    ((2, 0), (3, 0))
    """
    found = outcomes(issues, parties, clauses)
    inside = np.flatnonzero(acceptable(found.utilities, parties))
    return Outcomes(tuple(found.packages[i] for i in inside), found.utilities[inside])
