"""The cases: parties, timeline, graded evidence, contradictions, accord findings and real figures.

Everything a case report prints comes from the case's folder.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from alliance_analysis import content
from alliance_analysis.agreement import Agreement, read_agreement
from alliance_analysis.cases.model import CaseFile, Evidence, named_records
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import read_document, validate


class Case:
    """A case: its file, its agreement as documented, its series and its teaching note.

    >>> case = load_case("timex")
    >>> case.file.short
    'Timex'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file: CaseFile = validate(CaseFile, read_document(folder / "case.yaml"))
        if self.file.id != folder.name:
            raise BadInput(
                f"the case's id is '{self.file.id}', its folder is '{folder.name}'",
                "give both the same name",
                file=folder / "case.yaml",
                field="id",
            )

    @functools.cached_property
    def agreement(self) -> Agreement:
        """The agreement as documented; raises BadInput where a filled field says nothing of how it is known."""
        path = self.folder / "agreement.yaml"
        agreement = read_agreement(path).agreement
        known = {card.id for card in self.file.evidence}
        faults = [
            Fault(f"'{name}' has no provenance", "add it under 'provenance'", path, field=name)
            for name in agreement.fields()
            if agreement.basis_of(name) is None
        ]
        faults += [
            Fault(f"provenance names evidence '{card}'", nearest(card, known), path, field=field)
            for field, entry in agreement.provenance.items()
            for card in entry.evidence
            if card not in known
        ]
        if faults:
            raise BadInput(faults)
        return agreement

    def series(self, name: str) -> pd.DataFrame:
        """Return one of the case's CSV series; raises BadInput with the nearest name if there is none."""
        path = self.folder / name
        if not path.is_file():
            options = [p.name for p in self.folder.glob("*.csv")]
            raise BadInput(
                f"the case '{self.file.id}' has no series '{name}'", nearest(name, options), file=path
            )
        return pd.read_csv(path)

    @functools.cached_property
    def teaching_note(self) -> str:
        """The teaching note, in Markdown."""
        return (self.folder / "teaching_note.md").read_text(encoding="utf-8")

    def card(self, identifier: str) -> Evidence:
        """Return one evidence card by its id."""
        cards = {card.id: card for card in self.file.evidence}
        if identifier not in cards:
            raise BadInput(f"there is no evidence card '{identifier}'", nearest(identifier, cards))
        return cards[identifier]

    def sources_of(self, cards: Iterable[str]) -> tuple[str, ...]:
        """Return the keys in references.bib of the sources behind some evidence cards, each once."""
        return tuple(dict.fromkeys(source for card in cards for source in self.card(card).sources))

    def contested(self) -> set[str]:
        """Return the ids of evidence cards on which sources disagree or that contradict a claim."""
        ids = {card for item in self.file.contradictions for card in item.evidence}
        for claim in self.file.claims:
            if claim.verdict in ("contradicted", "imprecise", "wrong"):
                ids.update(claim.evidence)
        return ids

    def sources(self) -> list[str]:
        """Return the keys in references.bib of every source the case names, sorted."""
        keys = {key for _, item in named_records(self.file, ()) for key in getattr(item, "sources", [])}
        for text in [*self.file.brief, self.teaching_note]:
            keys.update(re.findall(r"@([a-z][\w-]*\d{4}\w*)", text))
        return sorted(keys)


def case_folders() -> list[str]:
    """Return the names of the cases in alphabetical order, without reading any.

    >>> case_folders()
    ['donnelly', 'ibm_apple', 'shorter_cases', 'timex']
    """
    return sorted(path.parent.name for path in content.folder("casebook").glob("*/case.yaml"))


def case_names() -> list[str]:
    """Return the names of the cases, in the order in which the course reads them.

    >>> case_names()
    ['timex', 'ibm_apple', 'donnelly', 'shorter_cases']
    """
    return [case.file.id for case in _all_cases()]


@functools.cache
def _all_cases() -> tuple[Case, ...]:
    return tuple(sorted(map(load_case, case_folders()), key=lambda case: case.file.order))


@functools.lru_cache(maxsize=16)
def load_case(name: str) -> Case:
    """Return a case by name; raises BadInput that suggests the right name.

    >>> load_case("timxe")
    Traceback (most recent call last):
    ...
    alliance_analysis.errors.BadInput: there is no case 'timxe'; did you mean 'timex'?
    """
    known(name)
    return Case(content.folder("casebook") / name)


def known(name: str) -> str:
    """Return the name of a case without reading it; raises BadInput that suggests the right name.

    >>> known("timex")
    'timex'
    """
    names = case_folders()
    if name not in names:
        raise BadInput(f"there is no case '{name}'", nearest(name, names))
    return name
