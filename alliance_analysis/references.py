"""The bibliography: short citations for tables, and which entries still want checking."""

from __future__ import annotations

import functools
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import pypandoc

from alliance_analysis import content
from alliance_analysis.errors import BadInput, RunFailed, nearest

_CITATION = re.compile(
    r"""\[(-?@[\w-]+(?:; ?-?@[\w-]+)*)\]|<span class="cite" data-key="([^"]*)">[^<]*</span>"""
)
_CODE = re.compile(r"(^```.*?^```|`[^`\n]*`)", re.MULTILINE | re.DOTALL)


def bibliography_path() -> Path:
    """Return the bibliography that every notebook cites from."""
    return content.folder("casebook") / "references.bib"


@functools.cache
def _entries() -> dict[str, dict[str, Any]]:
    path = bibliography_path()
    run = subprocess.run(
        [pypandoc.get_pandoc_path(), "-f", "biblatex", "-t", "csljson", str(path)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if run.returncode:
        raise RunFailed(f"the bibliography cannot be read: {run.stderr.strip()}", file=path)
    return {entry["id"]: entry for entry in json.loads(run.stdout)}


def known(key: str) -> bool:
    """Return whether the bibliography has a reference.

    >>> known("huang2009rescuing"), known("huang2009")
    (True, False)
    """
    return key in _entries()


def entry(key: str) -> dict[str, Any]:
    """Return one reference as CSL JSON; raises BadInput with the nearest key.

    >>> entry("huang2009rescuing")["DOI"]
    '10.1109/MITP.2009.15'
    """
    entries = _entries()
    if key not in entries:
        raise BadInput(f"there is no reference '{key}'", nearest(key, entries), file=bibliography_path())
    return entries[key]


def _family(name: dict[str, str]) -> str:
    return name.get("literal") or " ".join(
        filter(None, (name.get("non-dropping-particle"), name.get("family")))
    )


def short(key: str, item: Mapping[str, Any] | None = None) -> str:
    """Return a reference as an author-date citation without brackets; `item` is one from elsewhere, as CSL JSON.

    >>> short("huang2009rescuing")
    'Huang & Goo, 2009'
    """
    item = item or entry(key)
    names = [_family(name) for name in item.get("author", [])]
    if not names:
        author = f"“{item.get('title-short') or item.get('title', key)}”"
    elif len(names) > 2:
        author = f"{names[0]} et al."
    else:
        author = " & ".join(names)
    year = item.get("issued", {}).get("date-parts", [[None]])[0][0]
    return f"{author}, {year or 'n.d.'}"


def cite(keys: Iterable[str], *, brackets: bool = True) -> str:
    """Return a citation of one or more keys as HTML that reads in a notebook and is set in APA in a document.

    The years of works by the same authors stand together. A minus before a key leaves out the authors, where the
    sentence names them.

    >>> cite(["huang2009rescuing"])
    '<span class="cite" data-key="huang2009rescuing">(Huang &amp; Goo, 2009)</span>'
    >>> cite(["-huang2009rescuing"])
    '<span class="cite" data-key="-huang2009rescuing">(2009)</span>'

    Without `brackets` it reads so on the page, in a note that names its source; a document sets it by its own rules.

    >>> cite(["huang2009rescuing"], brackets=False)
    '<span class="cite" data-key="huang2009rescuing">Huang &amp; Goo, 2009</span>'
    """
    wanted = list(dict.fromkeys(keys))
    if not wanted:
        return ""
    years: dict[tuple[str, ...], dict[str, None]] = {}
    for key in wanted:
        bare = key.removeprefix("-")
        author, _, year = short(bare).rpartition(", ")
        names = (author, *map(_family, entry(bare).get("author", []))) if bare == key else ("",)
        years.setdefault(names, {})[year] = None
    shown = "; ".join(", ".join(filter(None, (author, *found))) for (author, *_), found in years.items())
    said = escape(f"({shown})" if brackets else shown, quote=False)
    return f'<span class="cite" data-key="{";".join(wanted)}">{said}</span>'


def readable(markdown: str) -> str:
    """Return Markdown whose bracketed citations read as author and year in a notebook; code is left as it is.

    What reads so already is written anew from its keys.

    >>> readable("See [@huang2009rescuing].").startswith('See <span class="cite"')
    True
    >>> readable("Write `[@huang2009rescuing]`.")
    'Write `[@huang2009rescuing]`.'
    """

    def said(found: re.Match[str]) -> str:
        return cite(re.findall(r"-?[\w-]+", (found[1] or found[2]).replace("@", "")))

    pieces = _CODE.split(markdown)
    return "".join(piece if at % 2 else _CITATION.sub(said, piece) for at, piece in enumerate(pieces))


def still_to_check(key: str) -> str:
    """Return in words what is still to check in a reference, with what is known of it; "" if nothing is.

    >>> still_to_check("kaplan2010managing")
    'pages. One listing prints pages 114–121'
    """
    marks, note = to_check(key), str(entry(key).get("note", "")).rstrip(".")
    if not marks:
        return ""
    what = "the whole entry" if "all" in marks else ", ".join(marks)
    return f"{what}. {note}" if note else what


def check_mark(key: str) -> str:
    """Return the mark that a document prints behind a reference that is still to check, or nothing.

    >>> check_mark("kaplan2010managing"), check_mark("huang2009rescuing")
    ('[to check: pages]', '')
    """
    marks = to_check(key)
    what = "" if marks == ("all",) else f": {', '.join(marks)}"
    return f"[to check{what}]" if marks else ""


def to_check(key: str) -> tuple[str, ...]:
    """Return what is still to check in a reference ("DOI", "pages", ...; "all" for the whole entry).

    >>> to_check("huang2009rescuing")
    ()
    """
    words = str(entry(key).get("keyword", "")).replace(",", " ").split()
    marks = [
        word.removeprefix("to-check").lstrip("-") or "all" for word in words if word.startswith("to-check")
    ]
    return tuple("DOI" if mark == "doi" else mark for mark in marks)
