"""From a notebook to pandoc Markdown: what the cells show, without code, widgets and kernel chatter."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.reports.front import MIME as FRONT

EXHIBIT = "application/vnd.casebook.exhibit+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
_GONE = {"parameters", "injected-parameters", "remove-cell"}
_PAGE = (6.5, 7.0)  # inches a picture may fill, caption and note left room for
_SCREEN = 96  # pixels of an inch in HTML
_HEADING = re.compile(r"^#[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
_FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)


def to_markdown(notebook: NotebookNode, workdir: Path, *, show_code: bool = False) -> Path:
    """Write the notebook as `body.md`, and its pictures beside it, into `workdir`.

    Every cell starts with a comment that names its number, so that a later error can say where it is.

    Raises
    ------
    BadInput
        An exhibit that breaks its contract, or a picture in a form that not every document can hold.
    RunFailed
        A cell of the notebook ended in an error.
    """
    writer = _Writer(workdir, show_code, _language(notebook))
    heading = title_heading(notebook)
    parts: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        tags = _tags(cell)
        if tags & _GONE or cell.cell_type not in ("markdown", "code"):
            continue
        writer.cell = number
        if cell.cell_type == "markdown":
            text = writer.attachments(cell)
            if heading and heading[0] == number:
                text = text[: heading[1].start()] + text[heading[1].end() :]
            pieces = [text]
        else:
            pieces = writer.code(cell, tags)
        if pieces:
            parts += [f"<!-- casebook cell {number} -->", *pieces]
    body = workdir / "body.md"
    body.write_text("\n\n".join(parts) + "\n", encoding="utf-8", newline="\n")
    return body


def front_data(notebook: NotebookNode) -> Mapping[str, Any]:
    """Return what the notebook says about its title page: the last one that a cell shows, else its metadata."""
    shown = [
        output.data[FRONT]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if FRONT in output.get("data", {})
    ]
    said: Mapping[str, Any] = shown[-1] if shown else notebook.metadata.get("casebook", {})
    return said


def headings(notebook: NotebookNode) -> list[tuple[int, re.Match[str]]]:
    """Return the first-level headings with the number of their cell."""
    found: list[tuple[int, re.Match[str]]] = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            blank = _FENCED.sub(lambda code: " " * len(code.group()), cell.source)
            found += [(number, match) for match in _HEADING.finditer(blank)]
    return found


def title_heading(notebook: NotebookNode) -> tuple[int, re.Match[str]] | None:
    """Return the heading that is the notebook's title.

    It is the first one; where the title page names another title, only one that says the same, or that opens the
    notebook and is the only one of its level.
    """
    found = headings(notebook)
    if not found:
        return None
    title = front_data(notebook).get("title")
    number, heading = found[0]
    before = [cell for cell in notebook.cells[: number - 1] if not _tags(cell) & _GONE]
    opens = len(found) == 1 and heading.start() == 0 and not before
    return found[0] if not title or opens or plain(heading.group(1)) == title.strip() else None


def _tags(cell: NotebookNode) -> set[str]:
    return {str(tag).replace("_", "-") for tag in cell.metadata.get("tags", [])}


def plain(markdown: str) -> str:
    """Return a line of Markdown without its marks.

    >>> plain("The *Timex* case {#timex}")
    'The Timex case'
    """
    text = re.sub(r"\s*\{[^}]*\}\s*$", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(\*\*?|__?|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text).strip()


def one_line(text: str) -> str:
    r"""Return inline Markdown that cannot be taken for a list, a heading or a quotation.

    >>> one_line("1. first\n  line"), one_line("# of offers")
    ('1\\. first line', '\\# of offers')
    """
    text = " ".join(text.split())
    text = re.sub(r"^(\(?(?:\d+|[A-Za-z#]))([.)]\s)", r"\1\\\2", text)
    return re.sub(r"^([#>|:~-]|[+*]\s)", r"\\\1", text)


class _Writer:
    """Turns the cells of one notebook into Markdown and keeps count of its pictures."""

    def __init__(self, workdir: Path, show_code: bool, language: str) -> None:
        self.workdir, self.show_code, self.language = workdir, show_code, language
        self.cell = 0
        self.pictures = 0

    def code(self, cell: NotebookNode, tags: set[str]) -> list[str]:
        pieces = []
        if self.show_code and "remove-input" not in tags and cell.source.strip():
            pieces.append(_fence(cell.source, self.language))
        if "remove-output" not in tags:
            pieces += [piece for output in cell.outputs if (piece := self.output(output))]
        return pieces

    def output(self, output: NotebookNode) -> str:
        if output.output_type == "error":
            raise RunFailed(
                f"the cell ended in {output.ename}: {output.evalue}",
                "mend the cell and run the notebook again",
                field=self.where,
            )
        if output.output_type == "stream":
            return _fence(output.text) if self.show_code and output.name == "stdout" else ""
        return self.bundle(
            {kind: _joined(value) for kind, value in output.data.items()}, output.get("metadata", {})
        )

    def bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        if EXHIBIT in data:
            return self.exhibit(data)
        if WIDGET in data or FRONT in data:
            return ""
        if "text/markdown" in data:
            return str(data["text/markdown"])
        for kind in PICTURES:
            if kind in data:
                return self.bare_picture(kind, data[kind], metadata.get(kind, {}))
        if "image/svg+xml" in data:
            raise BadInput(
                "a picture in SVG cannot go into every document", "show it as PNG", field=self.where
            )
        if "text/html" in data:
            return _html(_missing(_tables(data["text/html"])))
        if "text/latex" in data:
            return str(data["text/latex"])
        return _fence(str(data["text/plain"])) if self.show_code and "text/plain" in data else ""

    def exhibit(self, data: Mapping[str, Any]) -> str:
        said = data[EXHIBIT]
        html = str(data.get("text/html", ""))
        missing = [name for name in ("kind", "label", "caption") if not str(said.get(name, "")).strip()]
        if missing or said["kind"] not in ("figure", "table"):
            raise BadInput(
                f"an exhibit lacks its {' and '.join(missing) or 'kind (figure or table)'}",
                "show it as an Exhibit",
                field=self.where,
            )
        if not re.fullmatch(r"[A-Za-z][\w.-]*", said["label"]):
            raise BadInput(
                f"'{said['label']}' cannot be a label", "use letters, digits, '_' and '-'", field=self.where
            )
        if said["kind"] == "table":
            content = _html(_tables(html))
        else:
            inline = re.search(r'src="data:image/png;base64,([^"]+)"', html)
            width = re.search(r'<img\b[^>]*\bwidth="(\d+)', html)
            image = data.get("image/png") or (inline and inline.group(1))
            if not image:
                raise BadInput(
                    f"the figure '{said['label']}' holds no PNG picture",
                    "run the cell again",
                    field=self.where,
                )
            content = self.picture("image/png", image, float(width.group(1)) if width else None)
        note = re.sub(r"^\*?Note\.\*?\s*", "", str(said.get("note") or ""))
        sources = [str(key) for key in said.get("sources") or ()]
        cited = f"{note} {said['caption']} {html}"
        unseen = [key for key in sources if not re.search(rf"(?<![\w:.-]){re.escape(key)}(?![\w-])", cited)]
        if unseen and "source" not in note.lower():
            note += f" Source{'s' if len(unseen) > 1 else ''}: [{'; '.join('@' + key for key in unseen)}]."
        if said.get("synthetic") and "synthetic data" not in note.lower():
            note = f"Synthetic data. {note}"
        return _div(
            said["kind"], content, said["label"], said["caption"], str(said.get("alt") or ""), note, unseen
        )

    def bare_picture(self, kind: str, image: str, said: Mapping[str, Any]) -> str:
        caption = str(said.get("caption") or "")
        content = self.picture(kind, image, said.get("width"))
        return _div(
            "figure" if caption else "image",
            content,
            str(said.get("label") or ""),
            caption,
            str(said.get("alt") or ""),
        )

    def picture(self, kind: str, image: str, width: float | None) -> str:
        self.pictures += 1
        content = base64.b64decode(image)
        name = f"figure-{self.pictures}.{PICTURES[kind]}"
        (self.workdir / name).write_bytes(content)
        inches = _inches(content, width) if kind == "image/png" else _PAGE[0]
        return f"![]({name}){{width={inches:.3f}in}}"

    def attachments(self, cell: NotebookNode) -> str:
        text = str(cell.source)
        for name, data in cell.get("attachments", {}).items():
            for kind in PICTURES:
                if kind in data and f"attachment:{name}" in text:
                    self.pictures += 1
                    file = f"figure-{self.pictures}.{PICTURES[kind]}"
                    (self.workdir / file).write_bytes(base64.b64decode(_joined(data[kind])))
                    text = text.replace(f"attachment:{name}", file)
        return text

    @property
    def where(self) -> str:
        return f"cell {self.cell}"


def _language(notebook: NotebookNode) -> str:
    return str(notebook.metadata.get("language_info", {}).get("name", "python"))


def _joined(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) else value


def _fence(text: str, language: str = "") -> str:
    ticks = "`" * max([2, *(len(run) for run in re.findall("`+", text))]) + "`"
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def _html(text: str) -> str:
    return _fence(text, "{=html}")


def _tables(html: str) -> str:
    start, end = html.find("<table"), html.rfind("</table>")
    return html[start : end + len("</table>")] if 0 <= start < end else html


def _missing(html: str) -> str:
    return re.sub(r"(<td[^>]*>)\s*(?:NaN|nan|None|NaT|&lt;NA&gt;)\s*(</td>)", r"\1—\2", html)


def _inches(png: bytes, pixels: float | None) -> float:
    wide, high = struct.unpack(">II", png[16:24])
    density = float(_SCREEN)
    at = png.find(b"pHYs", 0, 4096)
    if at > 0 and png[at + 12] == 1:
        density = struct.unpack(">I", png[at + 4 : at + 8])[0] * 0.0254 or density
    width = pixels / _SCREEN if pixels else wide / density
    return min(width, _PAGE[0], _PAGE[1] * wide / high)


def _div(
    kind: str,
    content: str,
    label: str,
    caption: str,
    alt: str,
    note: str = "",
    sources: list[str] | None = None,
) -> str:
    attributes = f'{{.casebook-exhibit kind="{kind}" label="{label}" sources="{" ".join(sources or ())}"}}'
    parts = [
        f"::: {name}\n{one_line(text)}\n:::"
        for name, text in (("caption", caption), ("alt", alt), ("note", note))
        if text.strip()
    ]
    return "\n\n".join([f"::::: {attributes}", *parts, content, ":::::"])
