"""Is this essay ready to hand in? What is left to mend, each with its place and its remedy."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.agreement import read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import essay as figures
from alliance_analysis.reports import essay_findings as find
from alliance_analysis.reports import essay_page as page
from alliance_analysis.reports import essay_sources as sources
from alliance_analysis.reports import essay_wording as wording
from alliance_analysis.reports.assignment import Assignment
from alliance_analysis.reports.essay import Essay, model_path
from alliance_analysis.reports.essay_findings import Finding
from alliance_analysis.reports.essay_length import length, measured
from alliance_analysis.reports.essay_run import fresh
from alliance_analysis.reports.essay_text import Draft, citations, words
from alliance_analysis.reports.markdown import front_data
from alliance_analysis.reports.notebook import read_notebook
from alliance_analysis.reports.outputs import SLOT


@dataclass(frozen=True)
class Check:
    """What a check found, the body's length in pages (None if it cannot be set), and what is asked.

    `marked` is how many references print with a mark that something in them is still to check.
    """

    findings: tuple[Finding, ...]
    pages: float | None
    assignment: Assignment
    marked: int = 0

    @property
    def limits(self) -> tuple[int, int]:
        """The least and the most pages."""
        least, most = self.assignment.pages
        return least, most

    @property
    def ready(self) -> bool:
        """Whether nothing is left to mend."""
        return all(finding.warning for finding in self.findings)

    def pages_said(self) -> str:
        """Return the length as the page meter says it.

        >>> from alliance_analysis.reports.assignment import read_assignment, shipped
        >>> Check((), 1.5926, read_assignment(shipped())).pages_said()
        '1.6 of 3 to 4 pages'
        """
        least, most = self.limits
        if self.pages is None:
            return f"Not measurable yet; {least} to {most} pages are asked"
        return f"{self.pages:.1f} of {least} to {most} pages"

    def verdict(self) -> str:
        """Return whether the paper is ready, in words.

        >>> from alliance_analysis.reports.assignment import read_assignment, shipped
        >>> Check((), 3.5, read_assignment(shipped()), marked=1).verdict()
        'ready to hand in; 1 reference still carries a [to check] mark in the PDF'
        """
        if not self.ready:
            return "not ready to hand in"
        carry = "reference still carries" if self.marked == 1 else "references still carry"
        mark = f"; {self.marked} {carry} a [to check] mark in the PDF" if self.marked else ""
        return f"ready to hand in{mark}"

    def where(self, finding: Finding) -> str:
        """Return the place of a finding in words, its part by the name that the assignment gives it."""
        return finding.where(self.assignment.names())

    def exhibit(self) -> Exhibit:
        """Return the list as a table."""
        rows = [(self.where(f), f.what, f.remedy, f.warning) for f in self.findings]
        return figures.readiness(rows, self.verdict(), f"{self.pages_said()}.")

    def as_json(self) -> dict[str, Any]:
        """Return the check as plain values; docs/how-to/check-an-essay.md says what each means."""
        found = [asdict(finding) for finding in self.findings]
        said = {"schema": 1, "ready": self.ready, "pages": self.pages, "limits": list(self.limits)}
        return {**said, "findings": found, "marked": self.marked}


def check(
    notebook: NotebookNode, assignment: Assignment, *, folder: Path | None = None, cells: bool = True
) -> Check:
    """Check a paper as it stands in an executed notebook.

    `folder` is where the pictures that the text names are. `cells` says whether the numbers of the cells mean
    something to the reader. Raises BadInput if the notebook shows no part of the assignment's paper.
    """
    shown = dict(find.shown_slots(notebook))
    failed = {number: output for number, output in find.outputs(notebook) if output.output_type == "error"}
    if not shows_paper(notebook):
        raise BadInput(
            "the notebook shows no part of the essay", "open it in JupyterLab, Run, Run All Cells, save it"
        )
    titled, names = front_data(notebook), assignment.names()
    findings = [*page.lacking(notebook, [*([] if titled else [page.TITLE_PAGE]), *names], names)]
    findings += find.title_page(notebook) if titled else []
    for spec in assignment.slots:
        if spec.id in shown:
            number, said = shown[spec.id]
            findings += [Finding(number, spec.id, *rest) for rest in find.slot_faults(spec, said)]
    findings += find.displays(notebook)
    findings += find.crowded(notebook, assignment)
    findings += find.colourless(notebook, folder or Path())
    findings += sources.by_hand(notebook, shown)
    findings += sources.typed(shown)
    findings += sources.rounded(shown)
    findings += wording.unnamed(notebook, shown)
    findings += wording.repeated(shown, names)
    findings += sources.readings(assignment, shown)
    marked = list(sources.references(notebook, shown))
    findings += marked
    findings += sources.borrowed(model_essay(), assignment, shown)
    size, faults = None, list[Finding]()
    if failed:
        for number, output in failed.items():
            findings.append(
                Finding(
                    number, "", f"the cell ended in an error: {output.evalue}", "mend it and run it again"
                )
            )
    else:
        size, faults = measured(notebook, folder)
    findings += [*faults, *length(size, assignment, shown)]
    findings = [replace(f, slot=find.part_of(f, shown)) for f in findings]
    if not cells:
        findings = [Finding(None, f.slot, f.what, f.remedy, f.warning) for f in findings]
    return Check(tuple(findings), size.pages if size else None, assignment, len(marked))


def check_file(path: Path, *, run: bool = True) -> Check:
    """Check the essay notebook in a file, by the assignment beside it if there is one, and against the agreement file.

    `essay_page.agreement_of` says which that is; without one the notebook stands for itself. With `run` a copy of the
    notebook also runs from top to bottom in a fresh kernel, and must show what the saved one shows.
    """
    notebook = read_notebook(path)
    assignment, kept = page.assignment_of(path.parent), page.agreement_of(notebook, path.parent)
    opened = read_agreement(kept) if kept else None
    late = (
        tuple(page.differences(notebook, Essay.of(opened, assignment)))
        if opened and shows_paper(notebook)
        else ()
    )
    if late:  # what is wrong in the old text may be mended in the new one
        return Check(late, None, assignment)
    with ThreadPoolExecutor(1) as beside_it:  # the kernel is a process of its own: both work at the same time
        looking = beside_it.submit(check, notebook, assignment, folder=path.parent)
        again = fresh(notebook, path, kept) if run and shows_paper(notebook) else []
        found = looking.result()
    more = sources.unused(Draft.of(opened)) if opened else ()
    return replace(found, findings=(*found.findings, *more, *again))


def shows_paper(notebook: NotebookNode) -> bool:
    """Return whether a notebook shows any part of a paper, or a cell that failed: something to check."""
    kinds = ((output.output_type, output.get("data", {})) for _, output in find.outputs(notebook))
    return any(kind == "error" or SLOT in data for kind, data in kinds)


@functools.cache
def model_essay() -> str:
    """Return the text of the model essay, which no student's own may repeat."""
    return "\n\n".join(Draft.of(read_agreement(model_path())).slots.values())


def check_essay(essay: Essay, *, folder: Path | None = None) -> Check:
    """Check a paper as it would look now; `folder` is where the pictures are that it names.

    Where the notebook is known whose kernel this is, each part that has lost its cell there is found too.
    """
    try:
        paper = essay.paper()
    except BadInput as error:
        faults = tuple(Finding(None, str(f.field or ""), f.what, f.remedy) for f in error.faults)
        return Check(faults, None, essay.assignment)
    found, notebook = check(paper, essay.assignment, folder=folder, cells=False), page.open_page()
    names = essay.assignment.names()
    lost = page.lacking(notebook, [page.TITLE_PAGE, *names], names, run=False) if notebook else ()
    return replace(found, findings=(*lost, *found.findings, *sources.unused(essay.draft)))


def standing(essay: Essay, pages: str = "") -> Exhibit:
    """Return the table of where an essay stands, from the agreement file alone."""
    rows = []
    for spec in essay.assignment.slots:
        text = essay.draft.slots.get(spec.id, "")
        said = essay.used(spec.id)
        rows.append((spec.name, words(text), spec.words, len(citations(text)), len(said)))
    least, most = essay.assignment.pages
    return figures.standing(rows, pages or f"The paper may have {least} to {most} pages.")
