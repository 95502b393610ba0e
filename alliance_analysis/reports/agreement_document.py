"""The agreement as a dated, versioned document: parties, strategy, KPI cards, three accords, exit, money, signatures."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from alliance_analysis.agreement import ACCORDS, ELEMENTS, Agreement, AgreementFile
from alliance_analysis.drafting.anchors import anchors
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import accord_studio, kpi
from alliance_analysis.figures import agreement as figures
from alliance_analysis.records import as_plain
from alliance_analysis.reports.convert import EPOCH
from alliance_analysis.reports.export import export
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.portfolio_findings import listed

DRAFT = "draft"
"""What a document without a version is called."""


def document(opened: AgreementFile, date: str = "", version: str = DRAFT) -> NotebookNode:
    """Return the agreement as an executed notebook for the exporter.

    `date` is an ISO date; it stands on the title page and stamps the PDF; without one the page has none. `version` is
    free text such as "1.0". Raises BadInput for a date that is none and for an empty version.
    """
    try:
        datetime.date.fromisoformat(date or EPOCH)
    except ValueError:
        raise BadInput(f"'{date}' is not a date", "write it as 2026-01-15", field="date") from None
    if not version.strip():
        raise BadInput("the version is empty", "write it as 1.0", field="version")
    agreement = opened.agreement
    which = DRAFT if version == DRAFT else f"version {version}"
    names = listed([party.name for party in agreement.parties], marked=True)
    front = Front(agreement.title, f"Agreement, {which}", author=names, date=date)
    cells = [_shown(front), *_body(opened)]
    for number, cell in enumerate(cells):
        cell["id"] = f"part-{number}"
    whole: NotebookNode = new_notebook(cells=cells)
    return whole


def write(opened: AgreementFile, out: Path, date: str = "", version: str = DRAFT) -> Path:
    """Write the agreement as PDF, DOCX or HTML; the same file, date and version give the same bytes."""
    return export(document(opened, date, version), out)


def _shown(item: Any) -> NotebookNode:
    bundle = {kind: data for kind, data in item._repr_mimebundle_().items() if data is not None}
    cell: NotebookNode = new_code_cell(
        "", outputs=[new_output("display_data", data=bundle)], execution_count=1
    )
    return cell


def _text(markdown: str) -> NotebookNode:
    cell: NotebookNode = new_markdown_cell(markdown)
    return cell


def _plain(text: str) -> str:
    """Return text of the agreement file as Markdown that prints it as it stands."""
    return re.sub(r"([\\`*_{}\[\]<>#$@|~^])", r"\\\1", text)


def _body(opened: AgreementFile) -> Iterator[NotebookNode]:
    agreement = opened.agreement
    label = f" {_plain(agreement.label.rstrip('.'))}." if agreement.label else ""
    digest = f" File {opened.path.name}, SHA-256 {opened.digest[:16]}." if opened.digest else ""
    yield _text(
        f"## Parties\n\nThis document prints what stands in the agreement file; the file is what counts.{digest}{label}"
    )
    yield _shown(figures.parties(agreement))
    if agreement.strategy:
        yield _text(f"## Strategy\n\n{_plain(agreement.strategy.text)}.")
        yield _shown(accord_studio.strategy_map(agreement))
    none = "" if agreement.kpis else "\n\n*Nothing is agreed yet.*"
    yield _text(f"## Key performance indicators{none}")
    yield from (
        _shown(replace(kpi.card(card, agreement), label=f"card_{card.id}")) for card in agreement.kpis
    )
    for accord in ACCORDS:
        yield _text(f"## {accord.capitalize()} accord\n\n{anchors().accords[accord].says}.")
        for key, info in ELEMENTS.items():
            if info.accord == accord:
                yield from _element(agreement, key)
    for section, title in (("incentives", "Incentives"), ("investment", "Joint investment")):
        terms = getattr(agreement, section)
        table = (
            figures.section_table(agreement, as_plain(terms), section, f"Terms: {title}") if terms else None
        )
        if table:
            unit = f"Sums in {agreement.money.scale} {agreement.money.currency}".replace("unit ", "")
            yield _text(f"## {title}\n\n{unit}.")
            yield _shown(table)
    yield _text("## Open points\n\nContradictions that were found when this document was made.")
    yield _shown(accord_studio.contradictions(agreement))
    names = "".join(
        f"\n\n**{_plain(party.name)}**\\\nRole, signature, date: " + "\\_" * 40 for party in agreement.parties
    )
    yield _text(f"## Signatures{names}")


def _element(agreement: Agreement, key: str) -> Iterator[NotebookNode]:
    part, text = agreement.part(key), agreement.element(key)
    titles = {role.id: role.title for role in agreement.roles}
    owner = f" *Owner: {_plain(titles[part.owner])}.*" if part and part.owner else ""
    said = f"{_plain(text.rstrip('.'))}." if text else "*Nothing is agreed yet.*"
    yield _text(f"### {ELEMENTS[key].title}\n\n{said}{owner}")
    table = figures.clause_table(agreement, key)
    if table:
        yield _shown(table)
