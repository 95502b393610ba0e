"""The course document in JupyterLab's File menu and in `jupyter nbconvert --to casebook_pdf` or `casebook_word`."""

from __future__ import annotations

import tempfile
import textwrap
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError
from alliance_analysis.reports.export import export


class _CasebookExporter(Exporter):
    """Turn a notebook into a document that is handed in."""

    suffix = ""

    def _file_extension_default(self) -> str:
        return self.suffix

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[bytes, dict[str, Any]]:
        """Return the document, and the resources as nbconvert left them."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        folder = (resources or {}).get("metadata", {}).get("path")
        with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
            try:
                out = export(
                    nb, Path(scratch) / f"report{self.suffix}", folder=Path(folder) if folder else None
                )
            except AllianceError as error:
                raise type(error)(_readable(error)) from None
            return out.read_bytes(), resources or {}


class CasebookPdfExporter(_CasebookExporter):
    """Turn a notebook into the PDF that is handed in."""

    export_from_notebook = "Alliance Casebook PDF"
    output_mimetype = "application/pdf"
    suffix = ".pdf"


class CasebookWordExporter(_CasebookExporter):
    """Turn a notebook into a Word document, for courses that ask for one."""

    export_from_notebook = "Alliance Casebook Word document"
    output_mimetype = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    suffix = ".docx"


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
