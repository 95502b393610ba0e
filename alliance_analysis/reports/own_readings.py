"""Readings that a student brings along: each as the list of references will print it, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self

from nbformat import NotebookNode
from pydantic import field_validator, model_validator

from alliance_analysis.agreement.kpi import Text
from alliance_analysis.records import Record

MIME = "application/vnd.casebook.readings+json"
"""Under this type a cell shows the readings that it cites, as CSL JSON: a notebook carries what its document lists."""

_FORMS = {
    "year": (r"\d{4}|n\.d\.", "is no year", "2008, or n.d. where none is given"),
    "doi": (r"10\.\d{4,9}/\S+", "is no DOI", "10.1109/MITP.2009.15"),
    "url": (r"https?://\S+\.\S+", "is no address of a page", "https://example.org/report"),
    "pages": (r"[A-Za-z]?\d+(?:[-–][A-Za-z]?\d+)?", "are no pages", "12-34"),
}


class Reading(Record):
    """A book, an article or a page that is not in the casebook's references.

    `author` is written as `Family, Given; Family, Given`, an organisation by its name alone. `container` is the
    journal, the book or the site in which it stands.
    """

    author: str = ""
    year: str
    title: Text
    container: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    publisher: str = ""
    doi: str = ""
    url: str = ""

    @field_validator("*", mode="before")
    @classmethod
    def _written(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value

    @field_validator("doi", mode="after")
    @classmethod
    def _bare(cls, value: str) -> str:
        return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", value.strip())

    @field_validator(*_FORMS, mode="after")
    @classmethod
    def _formed(cls, value: str, info: Any) -> str:
        form, what, like = _FORMS[info.field_name]
        if value and not re.fullmatch(form, value):
            raise ValueError(f"'{value}' {what}; write it as {like}")
        return value

    @field_validator("author", mode="after")
    @classmethod
    def _parted(cls, value: str) -> str:
        if re.search(r"[^;]+,[^;]+(?:,| and | & )", value) or re.search(r"\bet al\b", value):
            raise ValueError(f"the names in '{value}' run together; write Family, Given; Family, Given")
        return value

    @model_validator(mode="after")
    def _found(self) -> Self:
        if not (self.container or self.publisher or self.doi or self.url):
            raise ValueError("nothing says where it can be found; give a container, publisher, doi or url")
        return self

    def csl(self, key: str) -> dict[str, Any]:
        """Return it as CSL JSON, the form in which pandoc reads references.

        >>> Reading(author="Doe, A.; Roe, B.", year="2019", title="On trust", publisher="A Press").csl("doe")["type"]
        'book'
        """
        names = [name.strip() for name in self.author.split(";") if name.strip()]
        authors = [
            {"family": family.strip(), "given": given.strip()} if comma else {"literal": name}
            for name in names
            for family, comma, given in [name.partition(",")]
        ]
        year = re.match(r"\d{4}", self.year)
        said = {
            "id": key,
            "type": self._type(),
            "title": self.title,
            "author": authors,
            "issued": {"date-parts": [[int(year.group())]]} if year else None,
            "container-title": self.container,
            "volume": self.volume,
            "issue": self.issue,
            "page": self.pages.replace("-", "–"),
            "publisher": self.publisher,
            "DOI": self.doi,
            "URL": "" if self.doi else self.url,
        }
        return {name: value for name, value in said.items() if value}

    def _type(self) -> str:
        if self.container:
            return "chapter" if self.publisher else "article-journal"
        return "book" if self.publisher or not self.url else "webpage"


def carried(notebook: NotebookNode) -> dict[str, Mapping[str, Any]]:
    """Return the students' own readings that a notebook carries, as CSL JSON by key."""
    return dict(_carried(notebook))


def _carried(notebook: NotebookNode) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            for item in output.get("data", {}).get(MIME, ()):
                yield item["id"], item
