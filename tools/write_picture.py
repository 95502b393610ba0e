"""Write docs/images/report.png, the pages of a report that the README shows, from a run of the report itself.

Run it after a change of the report's look: `.venv/bin/python tools/write_picture.py`.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import typst
from PIL import Image, ImageOps

from alliance_analysis.references import bibliography_path
from alliance_analysis.reports import glyphs
from alliance_analysis.reports.convert import Job
from alliance_analysis.reports.execute import execute
from alliance_analysis.reports.export import front_of
from alliance_analysis.reports.markdown import to_markdown
from alliance_analysis.reports.run import notebook_path

OUT = Path(__file__).resolve().parents[1] / "docs" / "images" / "report.png"
PAGES, PPI, APART = slice(1, 3), 70, 24


def main() -> None:
    """Run the report on the first case, set it, and put two of its pages side by side."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        notebook = execute(notebook_path(), {"case": "timex"}, folder / "report.ipynb").notebook
        job = Job(folder, front_of(notebook), bibliography_path(), folder, {})
        to_markdown(notebook, folder)
        job.run(".pdf")
        pages = typst.compile(
            str(folder / "result.typ"),
            format="png",
            ppi=PPI,
            root=scratch,
            font_paths=glyphs.fonts(),
            ignore_system_fonts=True,
            sys_inputs=job.inputs,
        )
    assert isinstance(pages, list)
    shown = [
        ImageOps.expand(Image.open(io.BytesIO(page)).convert("RGB"), 1, "#b0b0b0") for page in pages[PAGES]
    ]
    size = (sum(page.width for page in shown) + APART * (len(shown) - 1), shown[0].height)
    picture, left = Image.new("RGB", size, "white"), 0
    for page in shown:
        picture.paste(page, (left, 0))
        left += page.width + APART
    picture.quantize(128, dither=Image.Dither.NONE).save(OUT, optimize=True)


if __name__ == "__main__":
    main()
