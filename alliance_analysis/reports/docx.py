"""Word: the reference document with the styles of an APA 7 student paper, and what pandoc leaves to be finished."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LINE = 518
"""The line of a double-spaced paper in twentieths of a point: 25 lines fill a page, as in the PDF (template.typ)."""

_FONT = "Times New Roman"
_CLOCK = (1980, 1, 1, 0, 0, 0)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OFFICE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEADER = (
    f'<?xml version="1.0" encoding="UTF-8"?><w:hdr {_W}><w:p><w:pPr><w:spacing w:line="240" w:lineRule="auto"/>'
    '<w:jc w:val="right"/></w:pPr>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
    '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:hdr>'
)
_SECTION = (
    f'<w:sectPr><w:headerReference xmlns:r="{_R}" w:type="default" r:id="rId90"/>'
    '<w:pgSz w:w="12240" w:h="15840"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440" '
    'w:header="720" w:footer="720" w:gutter="0"/></w:sectPr>'
)
_LINK = (
    '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/>'
    '<w:basedOn w:val="DefaultParagraphFont"/></w:style>'
)
_NEXT = '<w:next w:val="BodyText"/>'
_RULE = 'w:val="single" w:sz="8" w:space="0" w:color="auto"'
_TABLE = (
    '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/><w:tblPr>'
    f"<w:tblBorders><w:top {_RULE}/><w:bottom {_RULE}/></w:tblBorders>"
    '<w:tblCellMar><w:top w:w="40" w:type="dxa"/><w:left w:w="80" w:type="dxa"/>'
    '<w:bottom w:w="40" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
    '<w:tblStylePr w:type="firstRow"><w:pPr><w:keepNext/></w:pPr><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
    '<w:bottom w:val="single" w:sz="4" w:space="0" w:color="auto"/></w:tcBorders>'
    '<w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr></w:style>'
)

_TEXT, _PANDOC = 9360, 7920  # twentieths of a point that the text is wide, and that pandoc takes it to be
_ROW = re.compile(r"<w:tr>(?:<w:trPr>(.*?)</w:trPr>)?", re.DOTALL)
_MODERN = (  # a document of today's Word, whose tables begin at the margin, and not one in its compatibility mode
    b'<w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" '
    b'w:val="15"/></w:compat>'
)
_WHOLE = "<w:cantSplit/>"
_BODY = re.compile(r"<w:tbl>.*?</w:tbl>", re.DOTALL)
_FEW = 8  # as in number.lua
_GRID = re.compile(r'<w:tblLayout w:type="fixed" ?/>.*?</w:tblGrid>', re.DOTALL)
_COLUMN = re.compile(r'<w:gridCol w:w="(\d+)"')
_BREAK = re.compile(
    r'<w:p><w:r><w:br w:type="page" ?/></w:r></w:p>\s*((?:<w:bookmark(?:Start|End) [^>]*>\s*)*<w:p>)'
    r"<w:pPr>(<w:pStyle [^>]*>)"
)


@dataclass(frozen=True)
class _Style:
    """One paragraph style; lengths in twentieths of a point, sizes in half points."""

    name: str
    based: str = "Normal"
    before: int = 0
    after: int = 0
    line: int = 240
    rule: str = "auto"
    align: str = "left"
    first: int = 0
    left: int = 0
    hanging: int = 0
    keep: bool = False
    bold: bool = False
    italic: bool = False
    size: int = 24
    level: int | None = None
    page: bool = False
    once: bool = False  # the space above only where another style stands above
    tabs: str = ""

    @property
    def id(self) -> str:
        return "".join(word[0].upper() + word[1:] for word in self.name.split())

    def xml(self) -> str:
        indent = f'w:left="{self.left}" ' + (
            f'w:hanging="{self.hanging}"' if self.hanging else f'w:firstLine="{self.first}"'
        )
        outline = "" if self.level is None else f'<w:outlineLvl w:val="{self.level}"/>'
        pages = ("<w:keepNext/>" if self.keep else "") + ("<w:pageBreakBefore/>" if self.page else "")
        once = "<w:contextualSpacing/>" if self.once else ""
        weight = ("<w:b/>" if self.bold else "") + ("<w:i/>" if self.italic else "")
        return (
            f'<w:style w:type="paragraph" w:styleId="{self.id}"><w:name w:val="{self.name}"/>'
            f'<w:basedOn w:val="{self.based}"/>{"" if self.level is None else _NEXT}<w:qFormat/>'
            f'<w:pPr>{pages}{self.tabs}<w:spacing w:before="{self.before}" w:after="{self.after}" '
            f'w:line="{self.line}" w:lineRule="{self.rule}"/><w:ind {indent}/>{once}'
            f'<w:jc w:val="{self.align}"/>{outline}</w:pPr>'
            f'<w:rPr>{weight}<w:sz w:val="{self.size}"/><w:szCs w:val="{self.size}"/></w:rPr></w:style>'
        )


def _line(double: bool) -> tuple[int, str]:
    return (LINE, "atLeast") if double else (259, "auto")


def _styles(double: bool) -> list[_Style]:
    after, first = (0, 720) if double else (140, 0)
    line, rule = _line(double)
    above = 0 if double else 240
    tabs = '<w:tabs><w:tab w:val="center" w:pos="4680"/><w:tab w:val="right" w:pos="9360"/></w:tabs>'

    def text(name: str, **said: Any) -> _Style:
        return _Style(name, **{"line": line, "rule": rule, "after": after, **said})

    def front(name: str, **said: Any) -> _Style:
        return _Style(name, line=LINE, rule="atLeast", align="center", **said)

    return [
        text("Body Text", first=first),
        text("First Paragraph", first=first),
        text("Compact", after=0 if double else 60),
        text("Block Text", left=720),
        front("Title", before=2880, bold=True),
        front("Subtitle", bold=True),
        front("Author", before=LINE, once=True),
        text("Body Title", align="center", bold=True, page=True),
        text("heading 1", before=above, align="center", bold=True, keep=True, level=0),
        text("heading 2", before=above, bold=True, keep=True, level=1),
        text("heading 3", before=above, bold=True, italic=True, keep=True, level=2),
        text("heading 4", before=above, left=720, bold=True, keep=True, level=3),
        text("heading 5", before=above, left=720, bold=True, italic=True, keep=True, level=4),
        _Style("Exhibit Number", before=160, after=60, bold=True, keep=True),
        _Style("Exhibit Title", after=60, keep=True),
        _Style("Exhibit Figure", after=60, keep=True),
        _Style("Exhibit Note", before=60, after=120, size=20),
        _Style("Table Text", size=20),
        _Style("Small Table Text", size=18),
        _Style("Equation", before=120, after=120, line=line, rule=rule, tabs=tabs),
        text("Bibliography", left=720, hanging=720),
        _Style("footnote text", size=20),
    ]


def reference_document(default: bytes, *, double: bool) -> bytes:
    """Return pandoc's default reference document with our styles, page and page number; same bytes every time."""
    with zipfile.ZipFile(io.BytesIO(default)) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist()) if not name.endswith("/")}
    styles = parts["word/styles.xml"].decode("utf-8")
    fonts = f'<w:rFonts w:ascii="{_FONT}" w:hAnsi="{_FONT}" w:cs="{_FONT}" w:eastAsia="{_FONT}"/>'
    styles = re.sub(r"<w:rFonts\b[^>]*/>", fonts, styles, count=1)
    spacing = '<w:spacing w:after="0" w:line="{}" w:lineRule="{}"/>'.format(*_line(double))
    styles = re.sub(r"<w:spacing w:after=\"200\" />", spacing, styles, count=1)
    for style in _styles(double):
        styles = _put(styles, style.id, style.xml())
    styles = _put(_put(styles, "Table", _TABLE), "Hyperlink", _LINK)
    parts["word/styles.xml"] = styles.encode("utf-8")
    parts["word/header1.xml"] = _HEADER.encode("utf-8")
    link = f'<Relationship Type="{_R}/header" Id="rId90" Target="header1.xml"/></Relationships>'
    kind = f'<Override PartName="/word/header1.xml" ContentType="{_OFFICE}.header+xml"/></Types>'
    for name, end, new in (
        ("word/_rels/document.xml.rels", "</Relationships>", link),
        ("[Content_Types].xml", "</Types>", kind),
    ):
        parts[name] = parts[name].replace(end.encode(), new.encode())
    parts["word/document.xml"] = re.sub(
        rb"<w:sectPr\b.*?</w:sectPr>", _SECTION.encode(), parts["word/document.xml"], flags=re.DOTALL
    )
    return _packed(parts)


def finish(document: bytes) -> bytes:
    """Return a document of pandoc's whose table rows stay whole, whose tables fill the page, and whose pages start anew.

    A page starts at the paragraph after an empty one with a page break, which Word would print as an empty line. A
    picture whose distances are not given stands an eighth of an inch to the right in LibreOffice.
    """
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["word/settings.xml"] = parts["word/settings.xml"].replace(b"<w:rsids>", _MODERN + b"<w:rsids>", 1)
    text = parts["word/document.xml"].decode("utf-8")
    text = _ROW.sub(lambda row: f"<w:tr><w:trPr>{_WHOLE}{row[1] or ''}</w:trPr>", text)
    text = _BODY.sub(lambda table: _together(table[0]), text)
    text = _GRID.sub(lambda grid: _COLUMN.sub(_widened, grid[0]), text)
    text = text.replace("<wp:inline>", '<wp:inline distT="0" distB="0" distL="0" distR="0">')
    text = _BREAK.sub(r"\1<w:pPr>\2<w:pageBreakBefore/>", text)
    return _packed({**parts, "word/document.xml": text.encode("utf-8")})


def _together(table: str) -> str:
    """Return a table whose last row stays with the note below it, and whose few rows stay with one another."""
    rows = re.split(r"(?=<w:tr>)", table)
    first = len(rows) - 1 if len(rows) > _FEW + 1 else 1
    return "".join(rows[:first]) + re.sub(
        r"<w:pPr><w:pStyle [^>]*>", r"\g<0><w:keepNext/>", "".join(rows[first:])
    )


def _widened(column: re.Match[str]) -> str:
    return f'<w:gridCol w:w="{round(int(column[1]) * _TEXT / _PANDOC)}"'


def _packed(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _CLOCK), content)
    return stream.getvalue()


def _put(styles: str, identifier: str, new: str) -> str:
    pattern = re.compile(rf'<w:style\b[^>]*w:styleId="{identifier}">.*?</w:style>', re.DOTALL)
    styles = pattern.sub("", styles)
    return styles.replace("</w:styles>", f"{new}</w:styles>")
