"""A package in words: who gains what on which issue, against a reference package."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alliance_analysis.negotiation.utility import (
    Clause,
    Issue,
    Option,
    Package,
    Party,
    attribution,
    check,
    utility,
)

Printer = Callable[[str, Option], str]


@dataclass(frozen=True)
class Explanation:
    """Two packages compared.

    Parameters
    ----------
    package, reference
        The package, and what it is compared with.
    changes
        For each party (by id), what each issue or clause that differs adds to its utility or takes from it.
    gains
        For each party (by id), the difference of its utilities; the sum of its changes.
    text
        The same in words: one sentence for each issue that differs, and one on the whole.
    """

    package: Package
    reference: Package
    changes: dict[str, dict[str, float]]
    gains: dict[str, float]
    text: str


def explain(
    issues: Sequence[Issue],
    parties: Sequence[Party],
    package: Package,
    reference: Package,
    *,
    clauses: Sequence[Clause] = (),
    printed: Printer = lambda _, option: str(option),
) -> Explanation:
    """Return who gains what on which issue when `package` takes the place of `reference`.

    `printed` turns an option of an issue (by id) into a phrase. Raises BadInput for a package that is not on the table.

    >>> from alliance_analysis.negotiation.utility import EXAMPLE
    >>> print(explain(*EXAMPLE, (3, 0), (1, 4)).text)
    Price 3 instead of 1: the buyer loses 0.30, the seller gains 0.80. Waiting 0 instead of 4: the buyer gains 0.70,
    the seller loses 0.20. Together the buyer gains 0.40, the seller gains 0.60: better for both.
    """
    check(issues, parties, clauses)
    changes, gains = {}, {}
    for party in parties:
        now, then = (attribution(issues, party, x, clauses) for x in (package, reference))
        parts = {name: round(now.get(name, 0.0) - then.get(name, 0.0), 12) for name in {**then, **now}}
        same = {i.id for i, a, b in zip(issues, package, reference, strict=True) if a == b}
        both = same | (now.keys() & then.keys() & {clause.id for clause in clauses})
        changes[party.id] = {name: part for name, part in parts.items() if name not in both}
        gains[party.id] = round(
            utility(issues, party, package, clauses) - utility(issues, party, reference, clauses), 12
        )
    labels = {issue.id: issue for issue in issues}
    sentences = []
    for issue, now_, then_ in zip(issues, package, reference, strict=True):
        if now_ != then_:
            terms = f"{issue.label} {printed(issue.id, now_)} instead of {printed(issue.id, then_)}"
            sentences.append(f"{terms}: {_told(parties, {p.id: changes[p.id][issue.id] for p in parties})}.")
    for name in dict.fromkeys(n for parts in changes.values() for n in parts if n not in labels):
        sentences.append(
            f"The clause '{name}': {_told(parties, {p.id: changes[p.id][name] for p in parties})}."
        )
    if not sentences:
        return Explanation(package, reference, changes, gains, "The two packages are the same.")
    whole = f"Together {_told(parties, gains)}: {_verdict(list(gains.values()))}."
    return Explanation(package, reference, changes, gains, " ".join([*sentences, whole]))


def _told(parties: Sequence[Party], amounts: dict[str, float]) -> str:
    return ", ".join(f"{_lower(p.name)} {_moves(amounts[p.id])}" for p in parties)


def _lower(name: str) -> str:
    """Return a party's name inside a sentence."""
    return (
        f"the {name[4:]}" if name.startswith("The ") else f"the {name.lower()}" if " " not in name else name
    )


def _moves(amount: float) -> str:
    if amount == 0:
        return "is as well off"
    return f"{'gains' if amount > 0 else 'loses'} {abs(amount):.{2 if abs(amount) >= 0.005 else 4}f}"


def _verdict(gains: list[float]) -> str:
    whom = "both" if len(gains) == 2 else "all"
    if min(gains) >= 0:
        return (
            f"better for {whom}"
            if min(gains) > 0
            else ("better for one, worse for none" if max(gains) else "equal")
        )
    if max(gains) <= 0:
        return f"worse for {whom}" if max(gains) < 0 else "worse for one, better for none"
    return (
        "better for one at the other's expense" if len(gains) == 2 else "better for some at others' expense"
    )
