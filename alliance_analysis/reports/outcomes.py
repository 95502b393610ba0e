"""Numbers that a notebook records for whoever compares many runs of it: a batch keeps them in its ledger."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from nbformat import NotebookNode

MIME = "application/vnd.casebook.outcomes+json"


@dataclass(frozen=True)
class Outcomes:
    """Named numbers, left out of the report and folded away in a notebook.

    Rates are fractions, and a share's name starts with "share". A name says its unit where it has one, and
    "invented" where the number rests on an invented input.

    >>> Outcomes({"evidence cards": 25}).values["evidence cards"]
    25
    """

    values: Mapping[str, float]

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        said = f"{len(self.values)} numbers recorded for comparison with other runs"
        lines = "".join(f"<li>{escape(name)}: {float(value):.6g}</li>" for name, value in self.values.items())
        return {
            "text/plain": said,
            "text/html": f"<details><summary>{said}</summary><ul>{lines}</ul></details>",
            MIME: {name: float(value) for name, value in self.values.items()},
        }


def outcomes(notebook: NotebookNode) -> dict[str, float]:
    """Return every finite number that an executed notebook recorded; of two with one name the later counts.

    >>> import nbformat
    >>> shown = nbformat.v4.new_output("display_data", {MIME: {"share": 0.5}})
    >>> outcomes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[shown])]))
    {'share': 0.5}
    """
    found: dict[str, float] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found.update(output.get("data", {}).get(MIME, {}))
    return {name: float(v) for name, v in found.items() if isinstance(v, int | float) and math.isfinite(v)}
