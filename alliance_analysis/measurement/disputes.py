"""The right to dispute a measured value: with a reason, and with an outcome that is kept."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import model_validator

from alliance_analysis.agreement.kpi import Identifier, Number, Text
from alliance_analysis.records import Record


class Dispute(Record):
    """One side's objection to a measured value, with its reason and, once settled, its outcome.

    `reported` and `claimed` are values in the measure's unit; `settled_value` is the one that counts afterwards.
    """

    id: Identifier
    measure: Identifier
    period: Text
    raised_by: Identifier
    raised: date
    reported: Number
    claimed: Number
    reason: Text
    outcome: Literal["value stands", "value corrected", "withdrawn"] | None = None
    settled: date | None = None
    settled_value: Number | None = None
    grounds: Text | None = None

    @model_validator(mode="after")
    def _settled_in_full(self) -> Dispute:
        if (self.outcome is None) != (self.settled is None) or (self.outcome is None) != (
            self.grounds is None
        ):
            raise ValueError(
                f"'{self.id}': an outcome needs its date ('settled') and its 'grounds', and they need it"
            )
        if (self.outcome == "value corrected") != (self.settled_value is not None):
            raise ValueError(
                f"'{self.id}': 'settled_value' belongs to the outcome 'value corrected', and only there"
            )
        if self.settled and self.settled < self.raised:
            raise ValueError(
                f"'{self.id}': it is settled ({self.settled}) before it was raised ({self.raised})"
            )
        return self
