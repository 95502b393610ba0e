"""What a student may put into the essay as evidence: numbers, figures and tables of the own run, and case exhibits.

Each module holds what one room of the workbook offers, all in the one shape of `offer.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from alliance_analysis.agreement import AgreementFile
from alliance_analysis.reports.essay_evidence import accords, cases, kpi, negotiation, review, worth
from alliance_analysis.reports.essay_evidence.offer import Evidence, Offer

__all__ = ["Evidence", "Offer", "evidence", "pages"]


@functools.cache
def _offers() -> tuple[Offer[Any], ...]:
    own = (*kpi.OFFERS, *negotiation.OFFERS, *accords.OFFERS, *worth.OFFERS, *review.OFFERS)
    return (*own, accords.LABORATORY, *cases.offers())


def evidence(opened: AgreementFile) -> dict[str, Evidence]:
    """Return all evidence that an agreement file offers, by token; what was not kept yet is not offered.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> evidence(read_agreement(example_path()))["number:target"].text
    '90%'
    """
    found = (item for offer in _offers() for item in offer.evidence(opened.agreement))
    return {item.token: item for item in found}


def pages() -> Mapping[str, str]:
    """Return every token that there may be, with the page on which it is kept.

    >>> pages()["figure:debrief"]
    '03_kpi_negotiation'
    """
    return {token: offer.page for offer in _offers() for token in offer.tokens()}
