"""The glossary: one file of terms that serves the pages' glossaries and the whole of it in `docs/glossary.md`."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement.kpi import Text
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.records import Problem, Record, read_record


class Term(Record):
    """A term: what it means, the page and heading that teach it (`page#Heading`), and the pages whose glossary has it."""

    term: Text
    says: Text
    taught: Text
    pages: list[Text] = Field(default_factory=list)

    @property
    def page(self) -> str:
        """The page that teaches it."""
        return self.taught.partition("#")[0]

    @property
    def heading(self) -> str:
        """The heading under which it is taught."""
        return self.taught.partition("#")[2]


class Glossary(Record):
    """The terms as they stand in `casebook/glossary.yaml`."""

    schema_: int = Field(alias="schema")
    terms: list[Term]

    def problems(self) -> Iterator[Problem]:
        """Yield terms that stand twice."""
        seen: set[str] = set()
        for index, entry in enumerate(self.terms):
            if entry.term.casefold() in seen:
                yield ("terms", index, "term"), f"'{entry.term}' stands twice", "keep one"
            seen.add(entry.term.casefold())


@functools.cache
def terms() -> tuple[Term, ...]:
    """Return every term in the order of the alphabet; raises BadInput with every fault of the file.

    >>> [t.term for t in terms()] == sorted((t.term for t in terms()), key=str.casefold)
    True
    """
    found = read_record(Glossary, content.folder("casebook") / "glossary.yaml").terms
    return tuple(sorted(found, key=lambda entry: entry.term.casefold()))


def of_page(page: str) -> str:
    """Return a page's glossary as Markdown; raises BadInput with the nearest page if none of the terms names it.

    >>> of_page("00_start_here").startswith("- **Accord:** ")
    True
    """
    listed = [entry for entry in terms() if page in entry.pages]
    if not listed:
        raise BadInput(
            f"no term names the page '{page}'", nearest(page, {p for t in terms() for p in t.pages})
        )
    return "\n".join(f"- **{entry.term}:** {entry.says}" for entry in listed)


def anchor(heading: str) -> str:
    """Return the address of a heading inside a notebook, as JupyterLab and GitHub make it.

    >>> anchor("What it means")
    'What-it-means'
    """
    return heading.replace(" ", "-")


def document() -> str:
    """Return the whole glossary as the text of `docs/glossary.md`, each term linked to where it is taught."""
    lines = [
        "# Glossary",
        "",
        "Made from `casebook/glossary.yaml` by `tools/write_glossary.py`; do not edit by hand.",
        "",
    ]
    for entry in terms():
        link = f"../notebooks/{entry.page}.ipynb#{anchor(entry.heading)}"
        lines.append(f"- **{entry.term}:** {entry.says} ([{entry.page}]({link}))")
    return "\n".join(lines) + "\n"
