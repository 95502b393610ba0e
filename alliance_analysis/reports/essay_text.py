"""What the student types: the draft in the agreement file, and the tokens, citations and words of a text."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError, field_validator
from ruamel.yaml.scalarstring import LiteralScalarString

from alliance_analysis import content
from alliance_analysis.agreement import AgreementFile
from alliance_analysis.agreement.kpi import Identifier
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Document, Problem, Record, as_plain, read_document, validate
from alliance_analysis.references import known, short
from alliance_analysis.reports.own_readings import Reading

SECTION = "essay"
MAX_CHARACTERS = 20_000
"""The longest text of one part that is kept."""

TOKEN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
CITED = re.compile(r"(?<![\w@])@([A-Za-z0-9_](?:[\w:.-]*\w)?)")
CITATION = re.compile(r"\[[^\[\]]*@[^\[\]]*\]")


Kept = Annotated[str, Field(max_length=MAX_CHARACTERS)]
_NOTE = re.compile(r"(?:pp?\.\s*)?(\d+(?:\s*[-–]\s*\d+)?)\s*[:,.]?\s+(\S.*)")
_BULLET = re.compile(r"^[•‣◦▪▫●○■□➢·\uf0b7\uf0a7]\s*(?=\S)")
ENDED = re.compile(r"[.!?…][”\"’)\*_]*$")
_STOP = re.compile(
    r"(?<!\b[A-Z])(?<!\bal)(?<!\bcf)(?<!\bvs)(?<!e\.g)(?<!i\.e)(?<!\bp)(?<!\bpp)"
    r"[.!?…][”\"’)\*_]*(?=\s+[^\sa-z])|(?=\s*\n\s*\n)"
)
"""Where a sentence ends: at its mark, if none of the common abbreviations stands before it, or with the paragraph."""
RUN = 5
"""How many words in a row count as a run that two texts have in common."""


class TitlePage(Record):
    """The lines of the title page that the student kept; an empty one leaves the assignment's."""

    title: str = ""
    student: str = ""
    course: str = ""
    institution: str = ""
    instructor: str = ""
    date: str = ""

    @field_validator("date")
    @classmethod
    def _iso(cls, value: str) -> str:
        try:
            return value and datetime.date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f"'{value}' is not a date; write it as 2026-01-15") from None


class Draft(Record):
    """What stands under `choices.essay` in the agreement file.

    The title page, the text of each part by its id, and the notes on each reading by its key in the bibliography: a
    line a note, its page first. Notes are never printed. `own_readings` are sources that the casebook's references lack,
    each by a key of the student's own. `in_body` names the exhibits that stand in the body where
    the assignment has an appendix for the others; without it they are the first ones named.
    """

    title_page: TitlePage = Field(default_factory=TitlePage)
    slots: dict[Identifier, Kept] = Field(default_factory=dict)
    readings: dict[Identifier, Kept] = Field(default_factory=dict)
    own_readings: dict[Identifier, Reading] = Field(default_factory=dict)
    in_body: list[Kept] = Field(default_factory=list)

    def kept(self) -> dict[str, Any]:
        """Return the draft as it is written into the agreement file: empty lines left out, texts as blocks of lines."""
        lines = {name: line for name, line in self.title_page.model_dump().items() if line}
        texts = {name: LiteralScalarString(text) for name, text in self.slots.items() if text}
        notes = {key: LiteralScalarString(text) for key, text in self.readings.items() if text}
        own = {key: {n: v for n, v in as_plain(r).items() if v} for key, r in self.own_readings.items()}
        rest: dict[str, Any] = {"readings": notes, "own_readings": own, "in_body": self.in_body}
        return {"title_page": lines, "slots": texts, **{name: given for name, given in rest.items() if given}}

    def problems(self) -> Iterator[Problem]:
        """Yield own readings whose keys the casebook's references have already."""
        for key in self.own_readings:
            if known(key):
                what = f"the casebook's references have '{key}' already ({short(key)})"
                yield ("own_readings", key), what, "cite that one, or give yours another key"

    @classmethod
    def of(cls, opened: AgreementFile) -> Draft:
        """Return the draft in an agreement file, empty where nothing was kept.

        Raises BadInput with the line, the field and the remedy of every fault.
        """
        said = opened.agreement.choices.get(SECTION, {})
        with suppress(ValidationError):
            draft = cls.model_validate(said)
            if not any(draft.problems()):
                return draft
        whole = read_document(opened.path)
        try:
            return validate(cls, Document(whole.path, whole.digest, whole.content["choices"][SECTION]))
        except BadInput as error:
            raise BadInput(map(_placed, error.faults)) from None


def _placed(fault: Fault) -> Fault:
    """Return a fault of the draft with its field as the whole file names it, and a remedy."""
    what, _, remedy = fault.what.partition("; ")
    again = "mend it, or take it out and write it in the essay notebook again"
    field = ".".join(filter(None, ("choices", SECTION, fault.field)))
    return replace(fault, what=what, remedy=fault.remedy or remedy or again, field=field)


def model_path() -> Path:
    """Return the agreement file behind the model essay."""
    return content.folder("casebook") / "exemplar" / "agreement.yaml"


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
    found = dict.fromkeys(CITED.findall(text))
    return [key for key in found if not re.match(r"(?:fig|tbl|eq):", key)]


def words(text: str) -> int:
    """Return how many words a text has; an evidence token is one, a citation in brackets is none.

    >>> words("It rose from {{number:baseline}} to 90% – a well-earned gain [@huang2009rescuing].")
    9
    """
    plain = TOKEN.sub(" token ", CITATION.sub("", text))
    return sum(any(char.isalnum() for char in word) for word in plain.split())


def added(text: str, what: str, label: str = "", after: int | None = None) -> str:
    """Return a text with a citation or evidence added to it, as part of a sentence.

    It goes to the end, or to the end of the sentence of that number (see `sentences`). A sentence that has ended takes
    a citation or an exhibit before its full stop; a number, which no sentence can take by itself, follows in one of its
    own with its label. A sentence that has not ended takes what is added where it stops, and stays open.

    >>> added("A claim. Another.", "[@huang2009rescuing]")
    'A claim. Another [@huang2009rescuing].'
    >>> added("A claim. Another.", "{{number:target}}", "Target", after=0)
    'A claim. Target: {{number:target}}. Another.'
    >>> added("Everyone could sign ", "{{number:target}}", "Target")
    'Everyone could sign {{number:target}}'
    >>> added("A claim [@huang2009rescuing].", "[@kale2009managing]")
    'A claim [@huang2009rescuing; @kale2009managing].'
    """
    at = len(text) if after is None else sentences(text)[after].stop
    body, rest = text[:at].rstrip(), text[at:]
    gap = text[len(body) : at] if "\n" in text[len(body) : at] else " " * bool(body)
    end = ENDED.search(body)
    if what.startswith("{{number:") and (end or not body):
        return f"{body}{gap}{label or 'Value'}: {what}.{rest}"
    piece = f"({what})" if what.startswith("{{") and not what.startswith("{{number:") else what
    said, mark = (body[: end.start()] + end.group()[1:], end.group()[0]) if end else (body, "")
    if piece.startswith("[@") and re.search(
        r"\[@[^][]*\]$", said
    ):  # two citations stand in one pair of brackets
        return f"{said[:-1]}; {piece[1:]}{mark}{rest}"
    return f"{said}{' ' if end else gap}{piece}{mark}{rest}"


def without(text: str, before: str, after: str) -> str:
    """Return a text without the addition that made one text of another; what was typed since stays.

    >>> without("A claim [@doe]. And more.", "A claim.", "A claim [@doe].")
    'A claim. And more.'
    >>> without("Something else.", "A claim.", "A claim [@doe].")
    'Something else.'
    """
    if text == after:
        return before
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    start, _, rest = text.rpartition(after[head : len(after) - tail])
    return start + rest


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def sentences(text: str) -> list[slice]:
    """Return where each sentence of a text stands; a paragraph's last one may lack its full stop.

    >>> text = "As Doe et al. say, 0.5 [@huang2009rescuing, p. 12] is low. Is it? \\n\\nPerhaps"
    >>> [text[found] for found in sentences(text)]
    ['As Doe et al. say, 0.5 [@huang2009rescuing, p. 12] is low.', 'Is it?', 'Perhaps']
    """
    hidden = CITATION.sub(_blanked, TOKEN.sub(_blanked, text))
    ends = [found.end() for found in _STOP.finditer(hidden)]
    pieces = [slice(*bounds) for bounds in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [
        slice(piece.start + len(said) - len(said.lstrip()), piece.start + len(said.rstrip()))
        for piece in pieces
        if (said := text[piece]).strip()
    ]


def _blanked(found: re.Match[str]) -> str:
    return "x" * len(found.group())


def notes(text: str) -> list[tuple[str, str]]:
    """Return the notes on a reading as (page, note), the page empty where the line starts with none.

    >>> notes("p. 12: HR is asked late\\n\\n14-15 vendors see drafts\\nno page")
    [('12', 'HR is asked late'), ('14–15', 'vendors see drafts'), ('', 'no page')]
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [(line, _NOTE.fullmatch(line)) for line in lines]
    return [
        (re.sub(r"\s*[-–]\s*", "–", note.group(1)), note.group(2)) if note else ("", line)
        for line, note in found
    ]


def shared(text: str, other: str) -> float:
    """Return the share of a text's runs of five words that stand in another text too, evidence and citations aside.

    >>> shared("So a measured promise can be kept.", "We say that a measured promise can be broken.")
    0.3333333333333333
    """
    mine, theirs = _word_runs(text), _word_runs(other)
    return sum(run in theirs for run in mine) / len(mine) if mine else 0.0


def _word_runs(text: str) -> set[tuple[str, ...]]:
    plain = re.findall(r"[^\W_]+", TOKEN.sub(" ", CITATION.sub(" ", text)).lower())
    return {tuple(plain[at : at + RUN]) for at in range(len(plain) - RUN + 1)}


def tidy(text: str) -> str:
    """Return a text as it is kept: no tabs, control characters or spaces at the end of a line.

    Lines that begin with the bullet of a word processor become the items of a list.

    >>> tidy("First.  \\r\\n\\n\\n\\tSecond. ")
    'First.\\n\\nSecond.'
    >>> tidy("Two things:\\n• one\\n•\\tanother\\nand that is all.")
    'Two things:\\n\\n- one\\n- another\\n\\nand that is all.'
    """
    lines = unicodedata.normalize("NFC", text).replace("\t", " ").splitlines()
    kept: list[str] = []
    listed = False
    for line in lines:
        clean = "".join(char for char in line if unicodedata.category(char) != "Cc").strip()
        bullet = _BULLET.match(clean)
        if (bullet is not None) != listed:
            kept.append("")
        listed = bullet is not None
        kept.append(_BULLET.sub("- ", clean))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def name_of(written: str) -> str:
    """Return a token's name from what stands between its braces."""
    kind, colon, name = written.partition(":")
    return f"{kind.strip()}{colon}{name.strip()}".lower()
