"""An agreement beside real ones: how often a clause stands in filed contracts of its type, and what is usual with it.

From 497 of the 510 contracts of CUAD [@hendrycks2021cuad]; 13 that are no ventures are left out. Redactions and
schedules that were not filed make every count a lower bound, and frequent is not the same as good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import scipy

from alliance_analysis import datasets
from alliance_analysis.agreement import Agreement
from alliance_analysis.errors import BadInput, nearest

CHOICES = "accord_studio"
"""Where the studio's choices stand in `choices`."""

TYPE = "Strategic Alliance"
"""The type of agreement before a student has chosen."""

USUAL = 0.5
"""A clause is called usual if at least this share of the contracts of a type has it: a choice, not a finding."""

LEGAL = {
    "governing_law": "Governing Law", "anti_assignment": "Anti-Assignment", "cap_on_liability": "Cap on Liability",
    "uncapped_liability": "Uncapped Liability", "insurance": "Insurance", "exclusivity": "Exclusivity",
    "non_compete": "Non-Compete", "employee_no_solicit": "No-Solicit of Employees",
    "minimum_commitment": "Minimum Commitment", "volume_restriction": "Volume Restriction",
    "price_restrictions": "Price Restrictions", "most_favoured_nation": "Most Favored Nation",
    "first_refusal": "Rofr/Rofo/Rofn", "license_grant": "License Grant",
    "ownership_of_inventions": "IP Ownership Assignment", "joint_ownership": "Joint IP Ownership",
    "source_code_escrow": "Source Code Escrow", "change_of_control": "Change of Control",
    "termination_for_convenience": "Termination for Convenience", "renewal_term": "Renewal Term",
    "renewal_notice": "Notice Period to Terminate Renewal", "liquidated_damages": "Liquidated Damages",
    "profit_sharing": "Revenue/Profit Sharing",
}  # fmt: skip
"""Each clause of `clauses.legal` by the name that CUAD gives it."""

MEANING = {
    "governing_law": "Whose law decides a dispute", "anti_assignment": "Neither side may pass the contract on unasked",
    "cap_on_liability": "The most that a side can owe in damages",
    "uncapped_liability": "Damages for which that limit does not hold", "insurance": "What a side must be insured for",
    "exclusivity": "A side deals with no one else in this business",
    "non_compete": "A side stays out of the other’s business",
    "employee_no_solicit": "Neither side hires the other’s people away",
    "minimum_commitment": "The least that must be bought or delivered",
    "volume_restriction": "Beyond some volume a fee or a consent is due",
    "price_restrictions": "How far prices may be raised or lowered",
    "most_favoured_nation": "No other customer gets better terms",
    "first_refusal": "The partner is asked first, or may match what a third party offers",
    "license_grant": "A side may use the other’s intellectual property",
    "ownership_of_inventions": "Who owns what is invented in the alliance",
    "joint_ownership": "Both sides own what they make together",
    "source_code_escrow": "A third party holds the source code and hands it over if the vendor fails",
    "change_of_control": "What follows if a partner gets a new owner",
    "termination_for_convenience": "A side may leave without giving a reason",
    "renewal_term": "How long the contract runs on after its first term",
    "renewal_notice": "How long before its end a side must say that it will not renew",
    "liquidated_damages": "A sum agreed beforehand for a breach", "profit_sharing": "Revenue or profit is shared",
}  # fmt: skip
"""What each of these clauses says, in plain words."""

FIELDS: dict[str, Callable[[Agreement], object]] = {
    "Expiration Date": lambda a: a.clauses.term_months,
    "Audit Rights": lambda a: a.clauses.audit,
    "Warranty Duration": lambda a: a.clauses.warranties,
    "Post-Termination Services": lambda a: a.exit and a.exit.transition,
    "Revenue/Profit Sharing": lambda a: a.incentives and a.incentives.gainshare,
}
"""CUAD's clauses that another field of the agreement file answers; a ticked clause counts as well."""

OBSERVED: dict[str, tuple[str, ...]] = {
    "service_level_contents": (
        "Exclusivity", "License Grant", "Warranty Duration", "Price Restrictions", "Insurance", "Cap on Liability",
    ),
    "measurement_charter": ("Audit Rights",),
    "enforcement_plan": ("Liquidated Damages", "Revenue/Profit Sharing"),
    "future_demand_management_plan": ("Minimum Commitment", "Volume Restriction"),
    "anticipated_change_plan": ("Change of Control", "Anti-Assignment"),
    "innovation_plan": ("IP Ownership Assignment", "Joint IP Ownership"),
    "exit": ("Expiration Date", "Termination for Convenience", "Post-Termination Services", "Renewal Term"),
}  # fmt: skip
"""CUAD's clauses that bear on an accord element. What is not here, CUAD does not label: not observable."""


@dataclass(frozen=True)
class Share:
    """How many of so many contracts have something, with Wilson's 95 % interval of the share."""

    found: int
    contracts: int

    @property
    def value(self) -> float:
        """The share, a fraction."""
        return self.found / self.contracts

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval.

        >>> [round(end, 3) for end in Share(10, 18).interval]
        [0.337, 0.754]
        """
        found = scipy.stats.binomtest(self.found, self.contracts).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)


@dataclass(frozen=True)
class Clause:
    """One clause of real contracts: its share in the type, and whether the agreement has it."""

    name: str
    share: Share
    own: bool

    @property
    def usual(self) -> bool:
        """Whether most contracts of the type have it."""
        return self.share.value >= USUAL


@dataclass(frozen=True)
class Pair:
    """Two clauses of which the second answers the first: its share among contracts with the first, and the own ones."""

    first: str
    second: str
    share: Share
    own_first: bool
    own_second: bool

    @property
    def broken(self) -> bool:
        """Whether the agreement has the first clause and lacks the second."""
        return self.own_first and not self.own_second


def types() -> list[str]:
    """Return every type of agreement in the data, those most like an alliance first."""
    first = [TYPE, "Collaboration", "Joint Venture", "Outsourcing", "Service"]
    found = list(datasets.load("contract_clauses")["agreement_type"].unique())
    return first + [name for name in found if name not in first]


def chosen_type(agreement: Agreement) -> str:
    """Return the type of agreement that the student kept, or the one before a choice; raises BadInput if unknown."""
    kept = str(agreement.choices.get(CHOICES, {}).get("contract_type", TYPE))
    if kept not in types():
        field = f"choices.{CHOICES}.contract_type"
        raise BadInput(f"there is no type of agreement '{kept}'", nearest(kept, types()), field=field)
    return kept


def _rows(table: str, kind: str) -> list[dict[str, Any]]:
    found = datasets.load(table)
    return [
        {str(name): value for name, value in row.items()}
        for row in found[found["agreement_type"] == kind].to_dict("records")
    ]


def has(agreement: Agreement, clause: str) -> bool:
    """Return whether an agreement has one of CUAD's clauses, by its fields or by a tick in `clauses.legal`."""
    ticked = {LEGAL[name] for name in agreement.clauses.legal}
    return clause in ticked or (clause in FIELDS and bool(FIELDS[clause](agreement)))


def compare(agreement: Agreement, kind: str | None = None) -> tuple[Clause, ...]:
    """Return the clauses of real contracts of a type beside the agreement, the most frequent first.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> found = compare(read_agreement(example_path()).agreement, "Strategic Alliance")
    >>> found[0].name, found[0].share.found, found[0].share.contracts, found[0].own
    ('Governing Law', 29, 32, True)
    """
    known = {*LEGAL.values(), *FIELDS}
    rows = [
        Clause(row["clause"], Share(row["with_clause"], row["contracts"]), has(agreement, row["clause"]))
        for row in _rows("contract_clauses", kind or chosen_type(agreement))
        if row["clause"] in known
    ]
    return tuple(sorted(rows, key=lambda clause: (-clause.share.value, clause.name)))


def usual_missing(agreement: Agreement, kind: str | None = None) -> tuple[Clause, ...]:
    """Return the clauses that most contracts of the type have and the agreement lacks."""
    return tuple(clause for clause in compare(agreement, kind) if clause.usual and not clause.own)


def pairs(agreement: Agreement, kind: str | None = None) -> tuple[Pair, ...]:
    """Return the clauses that raise a question and those that answer it, where any contract of the type has the first.

    >>> from alliance_analysis.agreement import Agreement
    >>> found = pairs(Agreement(schema=1, title="Draft"), "Strategic Alliance")
    >>> [(p.share.contracts - p.share.found, p.share.contracts) for p in found if p.first.startswith("Termination")]
    [(10, 18)]
    """
    return tuple(
        Pair(row["first"], row["second"], Share(row["both"], row["both"] + row["first_only"]),
             has(agreement, row["first"]), has(agreement, row["second"]))
        for row in _rows("contract_pairs", kind or chosen_type(agreement))
        if row["both"] + row["first_only"]
    )  # fmt: skip


def wording(kind: str) -> dict[str, Share]:
    """Return how many texts of a type have wording about metrics, by kind of wording; nothing where no text is at hand.

    >>> {name: share.found for name, share in wording("Strategic Alliance").items()}
    {'broad': 1, 'quantity': 12, 'service_level': 2, 'strict': 0}
    """
    return {
        row["wording"]: Share(row["with_wording"], row["contracts"])
        for row in _rows("contract_metric_words", kind)
    }


def hits(kind: str, wording: str) -> pd.DataFrame:
    """Return where a wording stands in the texts of a type: contract, words, times, and place (share of the text)."""
    table = datasets.load("contract_metric_hits")
    mine = table[(table["agreement_type"] == kind) & (table["wording"] == wording)]
    return mine[["contract", "words", "times", "place"]].reset_index(drop=True)
