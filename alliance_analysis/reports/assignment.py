"""What the essay asks for, as an instructor wrote it into `assignment.yaml`."""

from __future__ import annotations

import datetime
import itertools
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement.kpi import Fraction, Identifier, Text
from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.records import Problem, Record, Where, read_record
from alliance_analysis.references import entry

FILE_NAME = "assignment.yaml"
Count = Annotated[int, Field(ge=0)]
Span = Annotated[list[Count], Field(min_length=2, max_length=2)]
"""The least and the most."""


class Criterion(Record):
    """One thing that a reader looks at."""

    criterion: Text
    means: Text


class Level(Record):
    """How well a text meets its criteria: a short name, the share of the text's points it earns, and what it means."""

    level: Text
    share: Fraction
    means: Text


class Rubric(Record):
    """How texts are read, in the paper and in a graded assignment: the criteria, and the levels from the best down.

    `texts` names the criteria of a text by its id, a part of the paper or a cell of a graded notebook; a text that is
    not named is read by all of them.
    """

    criteria: Annotated[list[Criterion], Field(min_length=1)]
    levels: Annotated[list[Level], Field(min_length=2)]
    texts: dict[str, Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=dict)

    def of(self, text: str) -> tuple[Criterion, ...]:
        """Return the criteria by which a text is read.

        >>> [criterion.criterion for criterion in read_assignment().rubric.of("introduction")]
        ['Claim', 'Form']
        """
        named = self.texts.get(text)
        return tuple(each for each in self.criteria if named is None or each.criterion in named)

    def problems(self) -> Iterator[Problem]:
        """Yield names that stand twice, levels out of order, and criteria that do not exist."""
        criteria, levels = [c.criterion for c in self.criteria], [level.level for level in self.levels]
        for name, names in (("criteria", criteria), ("levels", levels)):
            for at, each in enumerate(names):
                if each in names[:at]:
                    yield (name, at), f"'{each}' stands twice", "give each its own name"
        for at, (better, worse) in enumerate(itertools.pairwise(self.levels), start=1):
            if worse.share >= better.share:
                what = f"the level '{worse.level}' earns no less than '{better.level}' above it"
                yield ("levels", at, "share"), what, "write the levels from the best down"
        for text, named in self.texts.items():
            for each in named:
                if each not in criteria:
                    yield ("texts", text), f"there is no criterion '{each}'", nearest(each, criteria)


class SlotSpec(Record):
    """One part of the paper: an `answer` to a question of the assignment, or a `paragraph` of the student's own.

    `name` is what the page calls it; `heading` is printed in the paper, and may be empty.
    """

    id: Identifier
    kind: Literal["answer", "paragraph"] = "answer"
    name: Text
    heading: str = ""
    question: Text
    words: Span
    references: list[Text] = Field(default_factory=list)
    evidence: list[Text] = Field(default_factory=list)


class Assignment(Record):
    """Everything that stands in `assignment.yaml`.

    >>> [slot.id for slot in read_assignment().slots]
    ['introduction', 'hr', 'crucial', 'problems', 'barriers', 'removal', 'strategy', 'risks', 'important', 'conclusion']
    """

    schema_: Literal[1] = Field(alias="schema")
    title: Text
    course: str = ""
    instructor: str = ""
    institution: str = ""
    opens: datetime.date | None = None
    date: datetime.date | None = None
    pages: Span
    exhibits_in_body: Count = 1
    appendix: bool = True
    readings: list[Text] = Field(default_factory=list)
    overlap: Fraction = 0.1
    rubric: Rubric
    slots: Annotated[list[SlotSpec], Field(min_length=1)]

    def names(self) -> dict[str, str]:
        """Return what the page calls each part, by its id."""
        return {slot.id: slot.name for slot in self.slots}

    def problems(self) -> Iterator[Problem]:
        """Yield ids that stand twice, ranges that end before they start, references and evidence that do not exist."""
        spans: list[tuple[Where, list[int]]] = [(("pages",), self.pages)]
        ids = [slot.id for slot in self.slots]
        keys: list[tuple[Where, list[str]]] = [(("readings",), self.readings)]
        for at, slot in enumerate(self.slots):
            spans.append((("slots", at, "words"), slot.words))
            if slot.id in ids[:at]:
                yield ("slots", at, "id"), f"the id '{slot.id}' stands twice", "give each part its own"
            keys.append((("slots", at, "references"), slot.references))
            for token in sorted(set(slot.evidence) - _offered()):
                from alliance_analysis.reports.essay_evidence import pages  # with every figure: seconds

                if token not in pages():
                    yield (
                        ("slots", at, "evidence"),
                        f"there is no evidence '{token}'",
                        nearest(token, pages()),
                    )
        yield from ((("rubric", *where), what, remedy) for where, what, remedy in self.rubric.problems())
        for where, named in keys:
            for key in named:
                try:
                    entry(key)
                except BadInput as error:
                    yield where, error.faults[0].what, error.faults[0].remedy
        if self.opens and self.date and self.opens > self.date:
            yield ("opens",), "the assignment opens after it is due", "write the earlier date first"
        for where, (least, most) in spans:
            if least > most:
                yield where, f"the range starts at {least}, above its end {most}", "write the smaller first"


def shipped() -> Path:
    """Return the assignment that comes with the workbook."""
    return content.folder("notebooks") / "assignment" / FILE_NAME


def _offered() -> set[str]:
    """Return the evidence that the shipped assignment offers: it is there, as a test sees to."""
    return set(re.findall(r'"((?:number|figure|table):\w+)"', shipped().read_text(encoding="utf-8")))


def read_assignment(path: Path | None = None) -> Assignment:
    """Read the assignment; raises BadInput with every fault of the file.

    Without `path` it is the file that `$CASEBOOK_ASSIGNMENT` names, else `assignment.yaml` here (beside the notebook),
    else the one that came with the workbook.
    """
    here = Path(FILE_NAME) if Path(FILE_NAME).exists() else shipped()
    return read_record(Assignment, path or Path(os.environ.get("CASEBOOK_ASSIGNMENT") or here))
