"""A notebook as it was handed in, made gradable again: every fault is said, and what was done about it."""

from __future__ import annotations

import copy
import json
import warnings
from collections import defaultdict
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from alliance_analysis.errors import one_line
from alliance_analysis.grading.answers import MARK, grade_id
from alliance_analysis.reports.notebook import KERNEL

LARGE_OUTPUT = 1_000_000
"""More stored output than this is worth a word, in characters."""


class Unusable(Exception):
    """A file that cannot be graded at all; the text says why."""


@dataclass(frozen=True)
class Mended:
    """A gradable notebook, and each fault with what was done about it."""

    notebook: NotebookNode
    findings: tuple[str, ...]


def parsed(raw: bytes, max_bytes: int) -> NotebookNode:
    """Return the notebook in a file; raises Unusable with the reason if there is none."""
    if len(raw) > max_bytes:
        raise Unusable(
            f"the file has {len(raw) / 1e6:,.0f} MB, over the limit of {max_bytes / 1e6:,.0f} MB: not opened"
        )
    if not raw.strip():
        raise Unusable("the file is empty")
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unusable(f"the file is no UTF-8 text (byte {error.start + 1})") from None
    except json.JSONDecodeError as error:
        raise Unusable(f"the file is broken JSON (line {error.lineno}: {error.msg})") from None
    except RecursionError:
        raise Unusable("the file is nested too deeply to be a notebook") from None
    if not isinstance(data, dict) or not {"cells", "worksheets"} & set(data):
        raise Unusable("the file is JSON, but no notebook")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what `mend` puts right: missing and repeated cell ids
            notebook: NotebookNode = nbformat.reads(json.dumps(data), as_version=4)
        notebook.nbformat_minor = 5
        for cell in notebook.cells:  # what every later step relies on
            cell.source, cell.metadata = str(cell.source), cell.metadata
            if cell.cell_type == "code":
                cell.outputs = list(cell.get("outputs", []))
    except Exception as error:  # nbformat raises many kinds
        raise Unusable(f"the file is no readable notebook ({one_line(error)[:100]})") from None
    return notebook


def mend(notebook: NotebookNode, source: NotebookNode) -> Mended:
    """Return the notebook with exactly the graded cells of the source (a student's copy), each once and in order.

    - A cell that lost its grade id is known again by its cell id; a graded cell that is missing is put back as it
      was handed out, so that it earns nothing.
    - Of copies of an answer the last that was changed counts; the others stay as ordinary cells.
    - Test cells, points and question texts are those of the source, whatever the file says.
    """
    notebook = copy.deepcopy(notebook)
    findings = [*_kernel(notebook), *_outputs(notebook)]
    wanted = {name: cell for cell in source.cells if (name := grade_id(cell))}
    places: dict[str, list[int]] = defaultdict(list)
    for at, cell in enumerate(notebook.cells):
        name = grade_id(cell)
        if name in wanted:
            places[str(name)].append(at)
        elif name is None and cell.get("id") in wanted:
            findings.append(f"the cell '{cell.id}' had lost its grade id: restored")
            places[cell.id].append(at)
        elif name is not None:
            findings.append(f"the grade id '{name}' is none of this assignment: an ordinary cell now")
    cells: list[NotebookNode | None] = [_ordinary(cell) for cell in notebook.cells]
    missing: list[str] = []
    for name, cell in wanted.items():
        if not (found := places[name]):
            missing.append(name)
            continue
        chosen = [at for at in found if notebook.cells[at].source.strip() != cell.source.strip()] or found
        if len(found) > 1:
            which = "the last changed one counts" if _answered(cell) else "the source's counts"
            findings.append(f"the cell '{name}' stands {len(found)} times: {which}")
        cells[found[0]], spare = _counting(cell, notebook.cells[chosen[-1]], findings), found[1:]
        for at in spare:
            if not _answered(cell) or at == chosen[-1]:
                cells[at] = None
    kept = [cell for cell in cells if cell is not None]
    _restore(kept, wanted, missing, findings)
    notebook.cells = _distinct(_questions(kept, source))
    nbformat.validate(notebook)
    return Mended(notebook, tuple(findings))


def _kernel(notebook: NotebookNode) -> list[str]:
    name = notebook.metadata.get("kernelspec", {}).get("name", KERNEL)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": KERNEL},
            MARK: notebook.metadata.get(MARK, ""),
        }
    )
    return (
        [] if name == KERNEL else [f"it was saved for the kernel '{str(name)[:40]}': graded with '{KERNEL}'"]
    )


def _outputs(notebook: NotebookNode) -> list[str]:
    size = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            size += len(json.dumps(cell.outputs)) if cell.outputs else 0
            cell.outputs, cell.execution_count = [], None
    return [f"{size / 1e6:,.1f} MB of stored output: dropped"] if size > LARGE_OUTPUT else []


def _answered(cell: NotebookNode) -> bool:
    return bool(cell.metadata["nbgrader"]["solution"])


def _ordinary(cell: NotebookNode) -> NotebookNode:
    cell = copy.deepcopy(cell)
    cell.metadata = nbformat.from_dict({})
    return cell


def _counting(ours: NotebookNode, theirs: NotebookNode, findings: list[str]) -> NotebookNode:
    """Return the cell that counts: ours, with the student's text if it is theirs to write."""
    cell, name = copy.deepcopy(ours), str(grade_id(ours))
    if _answered(ours):
        cell.source = theirs.source
        if theirs.cell_type != ours.cell_type:
            findings.append(
                f"the cell '{name}' had become a {theirs.cell_type} cell: a {ours.cell_type} cell again"
            )
    elif theirs.source.strip() != ours.source.strip():
        findings.append(f"the test cell '{name}' had been changed: the source's counts")
    return cell


def _restore(
    kept: list[NotebookNode], wanted: dict[str, NotebookNode], missing: list[str], findings: list[str]
) -> None:
    order = list(wanted)
    for name in missing:
        before = order[: order.index(name)]
        at = next((i + 1 for b in reversed(before) for i, cell in enumerate(kept) if grade_id(cell) == b), 0)
        kept.insert(at, copy.deepcopy(wanted[name]))
        earns = "it earns nothing" if _answered(wanted[name]) else "the answer is tested all the same"
        kind = "cell" if _answered(wanted[name]) else "test cell"
        findings.append(f"the {kind} '{name}' had been deleted: restored; {earns}")


def _questions(cells: list[NotebookNode], source: NotebookNode) -> list[NotebookNode]:
    """Put the question texts of the source where the student's copy has them."""
    texts = {cell.id: cell.source for cell in source.cells if not grade_id(cell)}
    for cell in cells:
        if not grade_id(cell) and cell.get("id") in texts and cell.cell_type == "markdown":
            cell.source = texts[cell.id]
    return cells


def _distinct(cells: list[NotebookNode]) -> list[NotebookNode]:
    taken = {cell.id for cell in cells if grade_id(cell)}
    for number, cell in enumerate(cells):
        if not grade_id(cell) and (not cell.get("id") or cell.id in taken):
            cell["id"] = f"handed-in-{number}"
        taken.add(cell.id)
    return cells
