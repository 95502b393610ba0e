"""The two fictional examples in which a student designs a KPI card, and the card that a page shows."""

from __future__ import annotations

from dataclasses import dataclass

from alliance_analysis.agreement import Agreement, KpiCard

CARD = "on_time_delivery"
"""The id of the card that a student designs."""

CHOICES = "kpi_design"
"""Where the example, the card, the vendor and the baseline period stand in `choices`."""


@dataclass(frozen=True)
class Example:
    """One fictional alliance: its title, the two parties by id, and what the on-time KPI counts in it."""

    title: str
    names: dict[str, str]
    name: str
    counted: str

    def start(self) -> KpiCard:
        """Return the card as a student finds it: a name, a unit and a direction, the rest blank."""
        return KpiCard(id=CARD, name=self.name, unit=f"fraction of {self.counted}", direction="higher")


EXAMPLES = {
    "hr_recruiting": Example(
        "HR and recruiting outsourcing",
        {"customer": "The manufacturer (human resources)", "vendor": "The recruiting provider"},
        "Candidate shortlists on time",
        "shortlists",
    ),
    "watch_joint_venture": Example(
        "Watch joint venture",
        {"customer": "The brand partner", "vendor": "The manufacturing partner"},
        "Watches delivered on time",
        "watch deliveries",
    ),
}
"""Every example by its id in the agreement file."""


def example_of(agreement: Agreement) -> str:
    """Return the id of the example that the student chose; the one of the labelled example where none is kept."""
    chosen = agreement.choices.get(CHOICES, {}).get("example")
    return chosen if isinstance(chosen, str) and chosen in EXAMPLES else "hr_recruiting"


def party_names(agreement: Agreement) -> dict[str, str]:
    """Return each party's name by its id.

    Where a student works on the watch example, parties that still carry the labelled example's names are printed
    with the names that fit; a student's own names stand.
    """
    shipped, fitting = EXAMPLES["hr_recruiting"].names, EXAMPLES[example_of(agreement)].names
    return {
        party.id: fitting[party.id] if shipped.get(party.id) == party.name else party.name
        for party in agreement.parties
    }


def kept_card(agreement: Agreement) -> KpiCard:
    """Return the card that the student kept last; before one is kept, the file's first card, or the start of one.

    >>> from alliance_analysis.agreement import open_agreement
    >>> from pathlib import Path
    >>> kept_card(open_agreement(Path("no such file.yaml")).agreement).name
    'Shortlists delivered on time'
    """
    chosen = agreement.choices.get(CHOICES, {}).get("card", CARD)
    mine = [card for card in agreement.kpis if card.id == chosen]
    return (mine or agreement.kpis or [EXAMPLES[example_of(agreement)].start()])[0]
