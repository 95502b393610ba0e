"""What the student types: the draft in the agreement file, and the tokens, citations and words of a text."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from ruamel.yaml.scalarstring import LiteralScalarString

from alliance_analysis.agreement import AgreementFile
from alliance_analysis.agreement.kpi import Identifier
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record

SECTION = "essay"
MAX_CHARACTERS = 20_000
"""The longest text of one part that is kept."""

TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_CITED = re.compile(r"(?<![\w@])@([A-Za-z0-9_](?:[\w:.-]*\w)?)")
_CITATION = re.compile(r"\[[^\[\]]*@[^\[\]]*\]")


class TitlePage(Record):
    """The lines of the title page that the student kept; an empty one leaves the assignment's."""

    title: str = ""
    student: str = ""
    course: str = ""
    institution: str = ""
    date: str = ""

    @field_validator("date")
    @classmethod
    def _iso(cls, value: str) -> str:
        try:
            return value and datetime.date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f"'{value}' is not a date; write it as 2026-01-15") from None


class Draft(Record):
    """What stands under `choices.essay` in the agreement file: the title page, and the text of each part by its id."""

    title_page: TitlePage = Field(default_factory=TitlePage)
    slots: dict[Identifier, Annotated[str, Field(max_length=MAX_CHARACTERS)]] = Field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """Return the draft as it is written into the agreement file: empty lines left out, texts as blocks of lines."""
        lines = {name: line for name, line in self.title_page.model_dump().items() if line}
        texts = {name: LiteralScalarString(text) for name, text in self.slots.items() if text}
        return {"title_page": lines, "slots": texts}

    @classmethod
    def of(cls, opened: AgreementFile) -> Draft:
        """Return the draft in an agreement file, empty where nothing was kept; raises BadInput."""
        try:
            return cls.model_validate(opened.agreement.choices.get(SECTION, {}))
        except ValidationError as error:
            faults = [
                Fault(
                    item["msg"].removeprefix("Value error, "),
                    "mend it, or take it out and write it in the essay notebook again",
                    opened.path,
                    field=".".join(["choices", SECTION, *map(str, item["loc"])]),
                )
                for item in error.errors(include_url=False)
            ]
            raise BadInput(faults) from None


def tokens(text: str) -> list[str]:
    """Return the evidence that a text names, each once, in order.

    >>> tokens("From {{number:baseline}} to {{ Number: target }}, see {{figure:debrief}} and {{figure:debrief}}.")
    ['number:baseline', 'number:target', 'figure:debrief']
    """
    return list(dict.fromkeys(name_of(found.group(1)) for found in TOKEN.finditer(text)))


def citations(text: str) -> list[str]:
    """Return the references that a text cites, each once, in order.

    >>> citations("As @huang2009rescuing say, it helps [@kaplan2010managing, p. 116]; write to me@example.org.")
    ['huang2009rescuing', 'kaplan2010managing']
    """
    found = dict.fromkeys(_CITED.findall(text))
    return [key for key in found if not re.match(r"(?:fig|tbl|eq):", key)]


def words(text: str) -> int:
    """Return how many words a text has; an evidence token is one, a citation in brackets is none.

    >>> words("It rose from {{number:baseline}} to 90% – a well-earned gain [@huang2009rescuing].")
    9
    """
    plain = TOKEN.sub(" token ", _CITATION.sub("", text))
    return sum(any(char.isalnum() for char in word) for word in plain.split())


def tidy(text: str) -> str:
    """Return a text as it is kept: no tabs, control characters or spaces at the end of a line.

    >>> tidy("First.  \\r\\n\\n\\n\\tSecond. ")
    'First.\\n\\nSecond.'
    """
    lines = unicodedata.normalize("NFC", text).replace("\t", " ").splitlines()
    clean = ("".join(char for char in line if unicodedata.category(char) != "Cc").strip() for line in lines)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(clean)).strip()


def name_of(written: str) -> str:
    """Return a token's name from what stands between its braces."""
    kind, colon, name = written.partition(":")
    return f"{kind.strip()}{colon}{name.strip()}".lower()
