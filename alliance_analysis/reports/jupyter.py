"""The course document in JupyterLab's export menu and in `jupyter nbconvert --to casebook_pdf`."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError
from alliance_analysis.reports.export import export


class CasebookPdfExporter(Exporter):
    """Turn a notebook into the PDF that is handed in."""

    export_from_notebook = "Alliance Casebook PDF"
    output_mimetype = "application/pdf"

    def _file_extension_default(self) -> str:
        return ".pdf"

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the PDF, and the resources as nbconvert left them."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        folder = (resources or {}).get("metadata", {}).get("path")
        with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
            try:
                out = export(nb, Path(scratch) / "report.pdf", folder=Path(folder) if folder else None)
            except AllianceError as error:
                raise type(error)(_readable(error)) from None
            return out.read_bytes(), resources or {}


def _readable(error: AllianceError) -> str:
    """Return an error for JupyterLab's page, which breaks no line and puts "nbconvert failed" before it."""
    lines = ["", "The document was not made.", ""]
    for fault in error.faults:
        place = ", ".join(filter(None, [str(fault.file or ""), fault.field]))
        for part in (
            f"{place}:" if place else "",
            f"{fault.what}.",
            f"{fault.remedy}." if fault.remedy else "",
        ):
            lines += textwrap.wrap(part, 90)
        lines.append("")
    return "\n".join(lines)
