"""The title page, as a record that a notebook shows and the exporter sets."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from typing import Any, Literal

MIME = "application/vnd.casebook.front+json"

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
"""The months as a title page spells them, whatever the machine's language."""


@dataclass(frozen=True)
class Front:
    """What the title page says. `date` is an ISO date and also stamps the PDF; it is never today's by itself.

    >>> Front("Timex in India", date="2026-01-15").spelled_date
    'January 15, 2026'
    """

    title: str
    subtitle: str = ""
    author: str = ""
    course: str = ""
    institution: str = ""
    instructor: str = ""
    date: str = ""
    lang: str = "en-US"
    spacing: Literal["single", "double"] = "single"

    @property
    def spelled_date(self) -> str:
        """Return the date as the title page prints it, or an empty text."""
        if not self.date:
            return ""
        day = datetime.date.fromisoformat(self.date)
        return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        lines = [
            self.subtitle,
            self.author,
            self.institution,
            self.course,
            self.instructor,
            self.spelled_date,
        ]
        small = "<br>".join(escape(line) for line in lines if line)
        return {
            "text/plain": "\n".join([self.title, *(line for line in lines if line)]),
            "text/html": f"<h1>{escape(self.title)}</h1><p>{small}</p>",
            MIME: asdict(self),
        }
