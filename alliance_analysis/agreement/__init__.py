"""What is agreed: the agreement file, its KPI cards, its three accords and its exit card."""

from alliance_analysis.agreement.accords import ACCORDS, ELEMENTS, Accords, Element, Exit
from alliance_analysis.agreement.files import (
    Agreement,
    AgreementFile,
    example_path,
    keep,
    open_agreement,
    read_agreement,
)
from alliance_analysis.agreement.kpi import Baseline, KpiCard, Thresholds

__all__ = [
    "ACCORDS",
    "ELEMENTS",
    "Accords",
    "Agreement",
    "AgreementFile",
    "Baseline",
    "Element",
    "Exit",
    "KpiCard",
    "Thresholds",
    "example_path",
    "keep",
    "open_agreement",
    "read_agreement",
]
