"""What a code cell shows, as pandoc Markdown: exhibits, tables and pictures, without widgets and kernel chatter."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from alliance_analysis.errors import BadInput, RunFailed
from alliance_analysis.reports.front import MIME as FRONT
from alliance_analysis.reports.outcomes import MIME as OUTCOMES
from alliance_analysis.reports.prose import hold, one_line, prose

EXHIBIT = "application/vnd.casebook.exhibit+json"
SLOT = "application/vnd.casebook.slot+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
INLINE = re.compile(r'src="data:image/png;base64,([^"]+)"')
_PAGE = (6.5, 7.0)  # inches a picture may fill, caption and note left room for
_SCREEN = 96  # pixels of an inch in HTML


class Writer:
    """Turns the cells of one notebook into Markdown and keeps count of its pictures."""

    def __init__(self, workdir: Path, show_code: bool, language: str) -> None:
        self.workdir, self.show_code, self.language = workdir, show_code, language
        self.cell = 0
        self.pictures = 0

    def code(self, cell: NotebookNode, tags: set[str]) -> list[str]:
        """Return what a code cell shows, one piece of Markdown for each output."""
        pieces = []
        if self.show_code and "remove-input" not in tags and cell.source.strip():
            pieces.append(_fence(cell.source, self.language))
        if "remove-output" not in tags:
            pieces += [piece for output in cell.outputs if (piece := self._output(output))]
        return pieces

    def _output(self, output: NotebookNode) -> str:
        if output.output_type == "error":
            raise RunFailed(
                f"the cell ended in {output.ename}: {output.evalue}",
                "mend the cell and run the notebook again",
                field=self._where,
            )
        if output.output_type == "stream":
            return _fence(output.text) if self.show_code and output.name == "stdout" else ""
        return self._bundle(
            {kind: _joined(value) for kind, value in output.data.items()}, output.get("metadata", {})
        )

    def _bundle(self, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> str:
        picture = next((kind for kind in PICTURES if kind in data), None)
        result = ""
        if EXHIBIT in data:
            result = self._exhibit(data)
        elif {WIDGET, FRONT, OUTCOMES} & data.keys():
            pass
        elif "text/markdown" in data:
            result = prose(str(data["text/markdown"]))
        elif picture:
            result = self._bare_picture(picture, data[picture], metadata.get(picture, {}))
        elif "image/svg+xml" in data:
            remedy = "show it as PNG"
            raise BadInput("a picture in SVG cannot go into every document", remedy, field=self._where)
        elif "text/html" in data:
            result = _html(_dashes(_tables(data["text/html"])))
        elif "text/latex" in data:
            result = str(data["text/latex"])
        elif self.show_code and "text/plain" in data:
            result = _fence(str(data["text/plain"]))
        return result

    def _exhibit(self, data: Mapping[str, Any]) -> str:
        said = data[EXHIBIT]
        html = str(data.get("text/html", ""))
        missing = [name for name in ("kind", "label", "caption") if not str(said.get(name, "")).strip()]
        if missing or said["kind"] not in ("figure", "table"):
            what = f"an exhibit lacks its {' and '.join(missing) or 'kind (figure or table)'}"
            raise BadInput(what, "show it as an Exhibit", field=self._where)
        if not re.fullmatch(r"[A-Za-z][\w.-]*", said["label"]):
            what = f"'{said['label']}' cannot be a label"
            raise BadInput(what, "use letters, digits, '_' and '-'", field=self._where)
        if said["kind"] == "table":
            content = _html(_tables(html))
        else:
            inline = INLINE.search(html)
            width = re.search(r'<img\b[^>]*\bwidth="(\d+)', html)
            image = data.get("image/png") or (inline and inline.group(1))
            if not image:
                what = f"the figure '{said['label']}' holds no PNG picture"
                raise BadInput(what, "run the cell again", field=self._where)
            content = self._picture("image/png", image, float(width.group(1)) if width else None)
        return _div(said, content, *_note(said, html))

    def _bare_picture(self, kind: str, image: str, said: Mapping[str, Any]) -> str:
        numbered = {"kind": "figure" if said.get("caption") else "image", **said}
        return _div(numbered, self._picture(kind, image, said.get("width")))

    def _picture(self, kind: str, image: str, width: float | None) -> str:
        try:
            content = base64.b64decode(image)
            inches = _inches(content, width) if kind == "image/png" else _PAGE[0]
        except (ValueError, struct.error):
            what = f"a picture is no {PICTURES[kind].upper()} file"
            raise BadInput(
                what, "show it again, from a file that opens elsewhere", field=self._where
            ) from None
        return f"![]({self._save(kind, content)}){{width={inches:.3f}in}}"

    def _save(self, kind: str, content: bytes) -> str:
        self.pictures += 1
        name = f"figure-{self.pictures}.{PICTURES[kind]}"
        (self.workdir / name).write_bytes(content)
        return name

    def attachments(self, cell: NotebookNode) -> str:
        """Return the text of a Markdown cell, with the pictures pasted into it saved as files."""
        text = str(cell.source)
        for name, data in cell.get("attachments", {}).items():
            kind = next((kind for kind in PICTURES if kind in data), None)
            if kind and f"attachment:{name}" in text:
                content = base64.b64decode(_joined(data[kind]))
                text = text.replace(f"attachment:{name}", self._save(kind, content))
        return text

    @property
    def _where(self) -> str:
        return f"cell {self.cell}"


def _note(said: Mapping[str, Any], html: str) -> tuple[str, list[str]]:
    """Return the note, and the sources that nothing in the exhibit cites."""
    note = re.sub(r"^\*?Note\.\*?\s*", "", str(said.get("note") or ""))
    cited = f"{note} {said['caption']} {html}"
    keys = [str(key) for key in said.get("sources") or ()]
    silent = [key for key in keys if not re.search(rf"(?<![\w:.-]){re.escape(key)}(?![\w-])", cited)]
    if silent and "source" not in note.lower():
        note += f" Source{'s' if len(silent) > 1 else ''}: [{'; '.join('@' + key for key in silent)}]."
    if said.get("synthetic") and "synthetic data" not in note.lower():
        note = f"Synthetic data. {note}"
    return note, silent


def _joined(value: Any) -> Any:
    lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if lines else value


def _fence(text: str, language: str = "") -> str:
    ticks = "`" * max([2, *(len(run) for run in re.findall("`+", text))]) + "`"
    return f"{ticks}{language}\n{text.rstrip()}\n{ticks}"


def _html(text: str) -> str:
    return _fence(hold(text), "{=html}")


def _tables(html: str) -> str:
    start, end = html.find("<table"), html.rfind("</table>")
    return html[start : end + len("</table>")] if 0 <= start < end else html


def _dashes(html: str) -> str:
    return re.sub(r"(<td[^>]*>)\s*(?:NaN|nan|None|NaT|&lt;NA&gt;)\s*(</td>)", r"\1—\2", html)


def _inches(png: bytes, pixels: float | None) -> float:
    if not png.startswith(b"\x89PNG"):
        raise ValueError("this is no PNG")
    wide, high = (float(side) for side in struct.unpack(">II", png[16:24]))
    density = float(_SCREEN)
    at = png.find(b"pHYs", 0, 4096)
    if at > 0 and png[at + 12] == 1:
        density = struct.unpack(">I", png[at + 4 : at + 8])[0] * 0.0254 or density
    width = pixels / _SCREEN if pixels else wide / density
    return float(min(width, _PAGE[0], _PAGE[1] * wide / high))


def _div(said: Mapping[str, Any], content: str, note: str = "", sources: Iterable[str] = ()) -> str:
    label = str(said.get("label") or "")
    attributes = f'kind="{said["kind"]}" label="{label}" sources="{" ".join(sources)}"'
    texts = {"caption": said.get("caption"), "alt": said.get("alt"), "note": note}
    parts = [f"::: {name}\n{one_line(str(text))}\n:::" for name, text in texts.items() if text]
    return "\n\n".join([f"::::: {{.casebook-exhibit {attributes}}}", *parts, content, ":::::"])
