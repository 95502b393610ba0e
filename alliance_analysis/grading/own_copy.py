"""What a student's own copy says to the student: how each answer is read, and what is still empty; never what is right."""

from __future__ import annotations

import os
import re
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display
from nbformat import NotebookNode

from alliance_analysis.grading.answers import (
    FORMS,
    MARK,
    forms,
    grade_id,
    graded,
    heading,
    read,
    readings,
    written,
)
from alliance_analysis.grading.typed import Form

_LEFT = "style='text-align:left'"
_GOOD, _BAD = ("\u2713", "#1b5e20"), ("\u2717", "#b71c1c")


def listen() -> None:
    """Let every answer cell that is run say how it is read, also where it is no Python."""
    if (shell := get_ipython()) is not None:
        steps = shell.input_transformer_manager.cleanup_transforms
        steps[:] = [*(step for step in steps if step is not _heard), _heard]
        display(HTML(_line(True, "Ready: run a box with Shift+Enter, and it says how your answer is read.")))


def _heard(lines: list[str]) -> list[str]:
    """Put a saying of its reading in the place of a plain answer; a program stays as it is."""
    source = "".join(lines)
    form = _form_of(source)
    shell: Any = get_ipython()
    if form is None or read(source, form, shell.user_ns).state == "program":
        return lines
    return [f"__import__({__name__!r}, fromlist=['']).say({form.variable!r}, {source!r})\n"]


def _form_of(source: str) -> Form | None:
    lines = [line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) != 1:
        return None
    return next((f for f in FORMS.values() if re.match(rf"{f.variable}\s*=(?!=)", lines[0])), None)


def say(variable: str, source: str) -> None:
    """Say how an answer is read, and give its variable the value."""
    form = next(form for form in FORMS.values() if form.variable == variable)
    shell: Any = get_ipython()
    reading = read(source, form)
    shell.user_ns[variable] = reading.value
    display(HTML(_line(reading.state == "read", reading.said)))


def _line(good: bool, said: str) -> str:
    sign, colour = _GOOD if good else _BAD
    return (
        f'<div role="status" style="color:var(--jp-content-font-color1,{colour})">{sign} {escape(said)}</div>'
    )


def table() -> None:
    """Show how every answer in the saved file is read, and which texts are empty."""
    if (path := _own_file()) is None:
        display(
            HTML(
                _line(
                    False, "This copy was not found: save it, and leave it in the folder where you opened it."
                )
            )
        )
        return
    notebook = nbformat.read(path, as_version=4)
    rows = [_row(good, title, said) for title, good, said in standing(notebook, _run())]
    saved = f"{datetime.fromtimestamp(path.stat().st_mtime):%H:%M:%S}"
    head = f"<caption {_LEFT}>{escape(path.name)}, as it was saved at {saved}</caption>"
    display(
        HTML(
            f"<table>{head}<tr><th></th><th {_LEFT}>Question</th><th {_LEFT}>Your answer</th></tr>{''.join(rows)}</table>"
        )
    )


def standing(notebook: NotebookNode, run: dict[str, str] | None = None) -> list[tuple[str, bool, str]]:
    """Return for every question its heading, whether there is a readable answer, and what is to be said of it.

    `run` holds, by variable, the answer cells as they were last run: what differs there has not been saved.
    """
    present = {name.removesuffix("-test") for cell in graded(notebook) if (name := grade_id(cell))}
    asked = forms(notebook) | {name: form for name, form in FORMS.items() if name in present}
    found = []
    sources = {grade_id(cell): cell.source for cell in notebook.cells}
    for name, reading in readings(notebook, asked).items():
        last = (run or {}).get(asked[name].variable)
        if last is not None and last.strip() != sources.get(name, "").strip():
            found.append(
                (
                    heading(notebook, name),
                    False,
                    "typed but not saved: press Ctrl+S, then run this cell again",
                )
            )
        else:
            found.append((heading(notebook, name), reading.state in ("read", "program"), reading.said))
    for cell in graded(notebook):
        if cell.cell_type == "markdown":
            words = len(written(cell).split())
            found.append(
                (
                    heading(notebook, str(grade_id(cell))),
                    words > 0,
                    f"{words} words" if words else "no text yet",
                )
            )
    return found


def _row(good: bool, title: str, said: str) -> str:
    sign, _ = _GOOD if good else _BAD
    return f"<tr><td>{sign}</td><td {_LEFT}>{escape(title)}</td><td {_LEFT}>{escape(said)}</td></tr>"


def _run() -> dict[str, str]:
    """Return every answer cell as it was last run in this kernel, by variable."""
    shell: Any = get_ipython()
    history = shell.history_manager.input_hist_raw if shell is not None else []
    return {form.variable: source for source in history if (form := _form_of(source))}


def _own_file() -> Path | None:
    """Return the file of this copy: the one JupyterLab has opened, or the only copy in the folder."""
    session = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if _is_copy(session):
        return session
    copies = [path for path in sorted(Path().glob("*.ipynb")) if _is_copy(path)]
    return copies[0] if len(copies) == 1 else None


def _is_copy(path: Path) -> bool:
    try:
        return path.is_file() and bool(nbformat.read(path, as_version=4).metadata.get(MARK))
    except (OSError, ValueError, nbformat.ValidationError):
        return False
