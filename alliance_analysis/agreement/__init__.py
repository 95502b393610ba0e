"""What is agreed: the agreement file, its KPI cards, its three accords, its exit card and what it all pays."""

from alliance_analysis.agreement.accords import ACCORDS, ELEMENTS, Accords, Element, Exit
from alliance_analysis.agreement.clauses import Clauses, Strategy
from alliance_analysis.agreement.files import (
    Agreement,
    AgreementFile,
    example_path,
    keep,
    open_agreement,
    read_agreement,
)
from alliance_analysis.agreement.kpi import Baseline, KpiCard, Thresholds
from alliance_analysis.agreement.terms import Commitment, Gainshare, Incentives, Investment, ServiceCredits

__all__ = [
    "ACCORDS",
    "ELEMENTS",
    "Accords",
    "Agreement",
    "AgreementFile",
    "Baseline",
    "Clauses",
    "Commitment",
    "Element",
    "Exit",
    "Gainshare",
    "Incentives",
    "Investment",
    "KpiCard",
    "ServiceCredits",
    "Strategy",
    "Thresholds",
    "example_path",
    "keep",
    "open_agreement",
    "read_agreement",
]
