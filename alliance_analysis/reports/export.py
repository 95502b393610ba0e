"""One route from a notebook to a course document: Markdown, then pandoc, then Typst for PDF."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import tempfile
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import AllianceError, BadInput, Fault, nearest
from alliance_analysis.records import write_atomic
from alliance_analysis.references import bibliography_path
from alliance_analysis.reports.convert import EPOCH, FORMATS, Job
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.markdown import front_data, title_heading, to_markdown
from alliance_analysis.reports.notebook import is_essay, read_notebook
from alliance_analysis.reports.own_readings import carried
from alliance_analysis.reports.prose import plain

SPACINGS = ("single", "double")


def front_of(notebook: NotebookNode) -> Front:
    """Return the title page: the `Front` that a cell shows, else `notebook.metadata["casebook"]`.

    Where neither has a title, the first heading is the title.

    >>> import nbformat
    >>> notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Two partners")])
    >>> notebook.metadata["casebook"] = {"course": "Strategic Alliances", "date": "2026-01-15"}
    >>> front_of(notebook).title
    'Two partners'
    """
    said = front_data(notebook)
    names = [field.name for field in dataclasses.fields(Front)]
    faults = [
        Fault(f"'{name}' says nothing to the title page", nearest(name, names), field=f"casebook.{name}")
        for name in said
        if name not in names and difflib.get_close_matches(name, names, cutoff=0.75)
    ]
    values = {name: said[name] for name in names if said.get(name) not in (None, "")}
    faults += [
        Fault(f"{value!r} is not text", "put it in quotation marks", field=f"casebook.{name}")
        for name, value in values.items()
        if not isinstance(value, str)
    ]
    spacing = str(values.get("spacing", "single"))
    if spacing not in SPACINGS:
        faults.append(
            Fault(f"'{spacing}' is no spacing", nearest(spacing, SPACINGS), field="casebook.spacing")
        )
    try:
        datetime.date.fromisoformat(str(values.get("date", EPOCH)))
    except ValueError:
        faults.append(
            Fault(f"'{values['date']}' is not a date", "write it as 2026-01-15", field="casebook.date")
        )
    if "title" not in values:
        first = title_heading(notebook)
        if first is None:
            faults.append(Fault("the notebook has no title", "give it a first heading, '# ...'"))
        else:
            values["title"] = plain(first[1].group(1))
    if faults:
        raise BadInput(faults)
    return Front(**values)


def export(
    notebook: NotebookNode | Path,
    out: Path,
    *,
    bibliography: Path | None = None,
    show_code: bool = False,
    timings: dict[str, float] | None = None,
    folder: Path | None = None,
    as_is: bool = False,
    fill_pages: bool = True,
) -> Path:
    """Write a notebook as a course document and return its path; the same notebook gives the same bytes.

    Parameters
    ----------
    notebook
        An executed notebook, or its file.
    out
        The document; `.pdf`, `.docx` or `.html` says which. It is replaced in one step, or not at all.
    bibliography
        BibTeX file; `casebook/references.bib` unless given.
    show_code
        Print the code and its printed output too.
    timings
        Filled with the seconds that "pandoc" and "typst" took.
    folder
        Where the pictures that the text names are; the notebook's own folder unless given.
    as_is
        Print an essay as the notebook shows it, also where its agreement file says something else.
    fill_pages
        Move the exhibits of a single-spaced PDF until its pages are full: it is set several times. Without it a large
        figure may leave a page half empty.

    Raises
    ------
    BadInput
        Something in the notebook cannot be printed as it stands: every such place is named. Or `out` cannot be written:
        it is open elsewhere, or no such file may be there.
    RunFailed
        A cell of the notebook ended in an error, an essay differs from its agreement file, or a converter failed.
    """
    if out.suffix.lower() not in FORMATS:
        raise BadInput(f"'{out.suffix}' is not a document format", nearest(out.suffix, FORMATS), file=out)
    file = None
    if isinstance(notebook, Path):
        file, folder = notebook, folder or notebook.parent
        notebook = read_notebook(notebook)
    timings = {} if timings is None else timings
    bibliography = bibliography or bibliography_path()
    try:
        if folder and not as_is and is_essay(notebook):
            from alliance_analysis.reports.essay_page import refuse_old  # draws on all evidence: a second

            refuse_old(notebook, folder)
        front = front_of(notebook)
        with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
            job = Job(
                Path(scratch),
                front,
                bibliography,
                folder or Path.cwd(),
                timings,
                carried(notebook),
                fill_pages,
            )
            to_markdown(notebook, job.workdir, show_code=show_code)
            result = job.run(out.suffix.lower())
            _write(out, result.read_bytes())
    except AllianceError as error:
        if file is None:
            raise
        raise type(error)(
            [dataclasses.replace(fault, file=fault.file or file) for fault in error.faults]
        ) from error
    return out


def _write(out: Path, content: bytes) -> None:
    try:
        write_atomic(out, content)
    except (
        FileExistsError,
        FileNotFoundError,
        IsADirectoryError,
        NotADirectoryError,
        PermissionError,
    ) as error:
        remedy = "close it where it is open, or name another place; nothing was changed"
        raise BadInput(f"the document cannot be written there ({error.strerror})", remedy, file=out) from None


def __getattr__(name: str) -> Any:
    # nbconvert takes a second to import; only JupyterLab's export menu needs it.
    if name in ("CasebookPdfExporter", "CasebookWordExporter"):
        from alliance_analysis.reports import jupyter

        return getattr(jupyter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
