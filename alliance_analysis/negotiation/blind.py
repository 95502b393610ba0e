"""The blind card: both sides fill in the same terms without seeing the other's, and only then compare."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.negotiation.meaning import meaning_test
from alliance_analysis.negotiation.terms import LABELS, Side, Terms, printed
from alliance_analysis.records import Record

NAME = "blind_card"
"""Where the blind card stands in `choices`."""

TOLERANCE = 1.1
"""Definitions further apart than this ratio do not mean the same; terms must be equal."""


class Expected(Terms):
    """What one side expects of the promise; `days_on_time` is how many days late a result may be and still count."""

    days_on_time: Annotated[float, Field(ge=0, le=365)] | None = None


class BlindCard(Record):
    """Both sides' expectations of one KPI, as filled in blind; `unit` is that of the target."""

    unit: str
    customer: Expected = Expected()
    vendor: Expected = Expected()


@dataclass(frozen=True)
class Difference:
    """One line of the comparison: as printed on each side, and whether both mean the same.

    `ratio` is the larger number over the smaller (None for a choice), `same` None where a side left it open.
    """

    label: str
    customer: str
    vendor: str
    ratio: float | None
    same: bool | None


def differences(card: BlindCard) -> tuple[Difference, ...]:
    """Return both cards side by side, line by line.

    >>> card = BlindCard(unit="days", customer=Expected(days_on_time=1), vendor=Expected(days_on_time=30))
    >>> differences(card)[0].ratio, differences(card)[0].same
    (30.0, False)
    """
    return tuple(_lines(card))


def _lines(card: BlindCard) -> Iterator[Difference]:
    for name, label in {"days_on_time": "Late, and it still counts", **LABELS}.items():
        sides = {side: getattr(getattr(card, side), name) for side in ("customer", "vendor")}
        shown = {side: _shown(name, value, card.unit) for side, value in sides.items()}
        if None in sides.values():
            ratio, same = None, None
        elif isinstance(sides["customer"], str):
            ratio, same = None, sides["customer"] == sides["vendor"]
        else:
            found = meaning_test(label, "the same unit", sides, TOLERANCE)
            ratio, same = found.ratio, found.passed if name == "days_on_time" else found.ratio == 1
        yield Difference(label, shown["customer"], shown["vendor"], ratio, same)


def _shown(name: str, value: float | str | None, unit: str) -> str:
    if value is None:
        return "left open"
    return f"up to {value:g} days" if name == "days_on_time" else printed(name, value, unit)


def blind_card_in(agreement: Agreement) -> BlindCard | None:
    """Return the blind card in the file, or None; raises BadInput with every fault if it was edited badly."""
    return choice_in(agreement, NAME, BlindCard)


SIDES: dict[Side, str] = {"customer": "The customer", "vendor": "The provider"}
"""The two sides as printed."""
