"""Who may see which data, and which KPIs can therefore be verified by both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.records import Record

Access = Literal["share", "aggregate", "withhold"]


class DataItem(Record):
    """One set of data: the party that holds it, what each other party may see of it, and the KPIs computed from it.

    "share" is record by record, "aggregate" totals and rates only, "withhold" nothing.
    """

    id: Identifier
    name: Text
    held_by: Identifier
    access: Annotated[dict[Identifier, Access], Field(min_length=1)]
    kpis: list[Identifier] = Field(default_factory=list)
    reason: Text | None = None

    @model_validator(mode="after")
    def _complete(self) -> DataItem:
        if self.held_by in self.access:
            raise ValueError(f"'{self.id}': {self.held_by} holds the data; name the access of the others")
        if "withhold" in self.access.values() and not self.reason:
            raise ValueError(
                f"'{self.id}': withholding needs a 'reason', such as personal data or competition"
            )
        return self


class SharingMatrix(Record):
    """The data-sharing matrix: every item against every partner."""

    items: Annotated[list[DataItem], Field(min_length=1)]

    @model_validator(mode="after")
    def _full(self) -> SharingMatrix:
        parties = {item.held_by for item in self.items} | {p for item in self.items for p in item.access}
        ids = [item.id for item in self.items]
        faults = [f"the id '{name}' stands twice" for name in sorted({n for n in ids if ids.count(n) > 1})]
        faults += [
            f"'{item.id}' does not say what {party} may see"
            for item in self.items
            for party in sorted(parties - item.access.keys() - {item.held_by})
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


class Finding(NamedTuple):
    """What the matrix means for one KPI, and the remedy."""

    kpi: str
    finding: Literal["cannot be verified", "cannot be audited by sample", "has no data source"]
    why: str
    remedy: str


def check(matrix: SharingMatrix, kpis: Sequence[str]) -> tuple[Finding, ...]:
    """Return the KPIs of which a partner cannot check the figure; an empty answer means that all can.

    Withheld data leave a partner with the other's word for it; with aggregates a partner can follow the sum, but
    draw no sample of records (see `audit`).

    >>> item = DataItem(id="orders", name="Orders", held_by="vendor", access={"customer": "aggregate"}, kpis=["on_time"])
    >>> [finding.finding for finding in check(SharingMatrix(items=[item]), ["on_time", "cost"])]
    ['cannot be audited by sample', 'has no data source']
    """
    found = []
    for kpi in kpis:
        sources = [item for item in matrix.items if kpi in item.kpis]
        if not sources:
            found.append(
                Finding(kpi, "has no data source", "no item names it", "name the data it is computed from")
            )
        for item in sources:
            for party, access in item.access.items():
                seen = f"{party} sees {'nothing' if access == 'withhold' else 'only totals'} of {item.name}"
                if access == "withhold":
                    remedy = "share totals, let an independent auditor look, or choose another KPI"
                    found.append(Finding(kpi, "cannot be verified", seen, remedy))
                elif access == "aggregate":
                    remedy = "let an independent auditor draw the sample"
                    found.append(Finding(kpi, "cannot be audited by sample", seen, remedy))
    return tuple(found)
