"""Every figure of the workbook can be read without colour: no two of its strong colours look the same in grey."""

from __future__ import annotations

import ast
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import alliance_analysis.figures.style as house
from alliance_analysis import content
from alliance_analysis.figures import Exhibit
from alliance_analysis.reports.grey import APART, alike_in_grey, lightness

FIGURES = Path(house.__file__).parent


def drawing() -> Iterator[str]:
    """Every function in `figures/` that makes an exhibit which draws, as file and name; found in the source itself."""
    for path in sorted(FIGURES.glob("*.py")):
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(part, ast.FunctionDef):
                made = [call for call in ast.walk(part) if isinstance(call, ast.Call)]
                named = [
                    call for call in made if isinstance(call.func, ast.Name) and call.func.id == "Exhibit"
                ]
                if any("table" not in {word.arg for word in call.keywords} for call in named):
                    yield f"{path.name}:{part.name}"


def draw_all(out: Path) -> None:
    """Run every page and take all evidence of the model essay; write of each figure who made it, and what looks alike."""
    from IPython.core.interactiveshell import InteractiveShell

    from alliance_analysis.agreement import read_agreement
    from alliance_analysis.reports.essay import evidence, model_path

    made: dict[tuple[str, str], tuple[str, Exhibit]] = {}
    whole = Exhibit.__post_init__

    def noting(exhibit: Exhibit) -> None:
        whole(exhibit)
        frame: Any = sys._getframe(2)
        maker = f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"
        if exhibit.draw and maker != "dataclasses.py:replace":
            made.setdefault((exhibit.label, exhibit.alt), (maker, exhibit))

    Exhibit.__post_init__ = noting  # type: ignore[method-assign]
    for path in sorted(content.folder("notebooks").rglob("*.ipynb")):
        shell = InteractiveShell()
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                shell.run_cell(cell.source).raise_error()
    for item in evidence(read_agreement(model_path())).values():
        if item.draw:
            item.exhibit()
    found = [(maker, label, alike_in_grey(one.png)) for (label, _), (maker, one) in made.items()]
    out.write_text(json.dumps(found), encoding="utf-8")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, list[str] | None]]:
    """(who made it, its label, two colours that look the same) of every figure; made in a process of its own."""
    folder = tmp_path_factory.mktemp("drawn")
    told = {
        "CASEBOOK_AGREEMENT": str(folder / "agreement.yaml"),
        "IPYTHONDIR": str(folder),
        "MPLBACKEND": "agg",
    }
    command = [sys.executable, __file__, str(folder / "drawn.json")]
    run = subprocess.run(
        command, cwd=folder, env={**os.environ, **told}, capture_output=True, encoding="utf-8", check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    found: list[tuple[str, str, list[str] | None]] = json.loads((folder / "drawn.json").read_text("utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("maker", sorted(drawing()))
def test_every_figure_can_be_read_without_colour(
    maker: str, drawn: list[tuple[str, str, list[str] | None]]
) -> None:
    pairs = [(label, pair) for made_by, label, pair in drawn if made_by == maker]
    assert pairs, f"no page and no evidence shows what {maker} draws"
    assert [each for each in pairs if each[1]] == []


def test_no_two_colours_of_the_house_look_the_same_in_grey() -> None:
    """Marks too small to be measured in a picture have these colours too."""
    names = ("INK", "BLUE", "ORANGE", "GREEN", "RED", "PURPLE", "SKY", "YELLOW")
    for one, other in itertools.combinations([getattr(house, name) for name in names], 2):
        assert abs(lightness(one) - lightness(other)) >= APART, (one, other)
    assert set(house.CYCLE) <= {getattr(house, name) for name in names}


def test_lightness_is_that_of_the_standard() -> None:
    """CIE L* of sRGB's primaries under D65, as published (53.24, 87.73, 32.30), and of black and white."""
    wanted = {"#ff0000": 53.24, "#00ff00": 87.73, "#0000ff": 32.30, "#000000": 0.0, "#ffffff": 100.0}
    for colour, value in wanted.items():
        assert 100 * lightness(colour) == pytest.approx(value, abs=0.01)


def test_no_figure_brings_a_colour_of_its_own() -> None:
    own = re.compile(r"#(?!(..)\1\1)[0-9a-fA-F]{6}\b|[\"'](?:C\d|tab:\w+)[\"']")  # a grey is no colour
    known = [getattr(house, name) for name in dir(house) if name.isupper()]
    for path in FIGURES.glob("*.py"):
        text = path.read_text(encoding="utf-8") if path.name != "style.py" else ""
        assert [each.group() for each in own.finditer(text) if each.group() not in known] == [], path.name


if __name__ == "__main__":
    draw_all(Path(sys.argv[1]))
