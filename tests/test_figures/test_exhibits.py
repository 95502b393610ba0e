"""Exhibits: caption, alternative text and sources for every one, and figures that repeat to the byte."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from alliance_analysis.cases import case_names
from alliance_analysis.figures import Exhibit, accords, evidence
from alliance_analysis.figures.exhibit import BADGE, MIME
from alliance_analysis.references import entry
from alliance_analysis.reports.case_report import CaseReport


def exhibits(name: str, **settings: object) -> list[Exhibit]:
    report = CaseReport(name, **settings)  # type: ignore[arg-type]
    single = [
        report.timeline(), report.events(), report.evidence(), report.contradictions(), report.claims(),
        report.agreement(), report.accord_grid(), report.findings(), report.pitfalls(), report.remedies(),
    ]  # fmt: skip
    return single + [part for part in report.numbers().parts if isinstance(part, Exhibit)]


@pytest.mark.parametrize("name", case_names())
def test_every_exhibit_of_a_case_is_whole(name: str) -> None:
    found = exhibits(name)
    assert len({e.label for e in found}) == len(found)
    for exhibit in found:
        bundle = exhibit._repr_mimebundle_()
        contract = bundle[MIME]
        assert contract["caption"] and len(contract["alt"]) > 25
        assert "nan" not in re.split(r"\W+", contract["alt"].lower())
        for key in exhibit.sources:
            assert entry(key)
        html = bundle["text/html"]
        assert ("<img" in html and 'alt="' in html) if exhibit.draw else "<th scope" in html
        assert ">nan<" not in html and ">None<" not in html


def test_a_figure_repeats_to_the_byte_whatever_the_notebook_set() -> None:
    first = CaseReport("timex").timeline().png
    with mpl.rc_context({"font.size": 20, "lines.linewidth": 9}):
        assert CaseReport("timex").timeline().png == first


def test_a_figure_can_be_read_without_colour() -> None:
    """Findings differ in letter and hatch, so the grid's tiles differ in grey too."""
    assert len({(letter, hatch) for letter, _, hatch in accords.MARKS.values()}) == len(accords.MARKS)
    assert len({letter for letter, _, _ in accords.MARKS.values()}) == len(accords.MARKS)
    assert Image.open(io.BytesIO(CaseReport("timex").accord_grid().png)).size[0] == 1300


def test_a_synthetic_figure_carries_its_badge_in_the_picture() -> None:
    def draw(figure: Figure) -> None:
        figure.subplots().plot([0, 1])

    plain = Exhibit("x", "X", "A line.", draw)
    badged = Exhibit("x", "X", "A line.", draw, synthetic=True)
    assert plain.png != badged.png
    assert badged._repr_mimebundle_()[MIME]["synthetic"] is True
    assert "Synthetic" in badged.to_html() and "Synthetic" not in plain.to_html()
    table = Exhibit("x", "X", "A line.", table=pd.DataFrame({"a": ["1"]}), synthetic=True)
    assert BADGE in table.to_html() and BADGE not in badged.to_html(), "a reader sees it once"


@pytest.mark.parametrize(
    "wrong",
    [
        {"alt": " "},
        {"caption": ""},
        {"table": pd.DataFrame({"a": ["1"]}), "draw": lambda figure: None},
        {"table": None},
    ],
)
def test_an_exhibit_without_its_parts_is_refused(wrong: dict[str, object]) -> None:
    parts: dict[str, object] = {
        "label": "t",
        "caption": "T",
        "alt": "A table.",
        "table": pd.DataFrame({"a": ["1"]}),
    }
    with pytest.raises(ValueError, match="exhibit 't'"):
        Exhibit(**{**parts, **wrong})  # type: ignore[arg-type]


def test_text_of_the_record_cannot_break_the_page() -> None:
    case = CaseReport("timex").data
    claim = case.file.claims[0].model_copy(update={"claim": "<script>R&D</script>"})
    file = case.file.model_copy(update={"claims": [claim]})
    html = evidence.claims(SimpleNamespace(file=file)).to_html()  # type: ignore[arg-type]
    assert "&lt;script&gt;R&amp;D&lt;/script&gt;" in html
    assert "<script" not in html


def test_focus_shows_one_accord_only() -> None:
    case = CaseReport("timex").data
    assert len(accords.in_focus("all")) == 12
    assert [len(accords.in_focus(f)) for f in ("foundation", "governance", "change")] == [3, 4, 5]
    assert "Exit" not in accords.findings(case, "foundation").to_html()
    assert "Exit" in accords.findings(case, "change").to_html()


def test_a_dollar_sign_is_money_wherever_it_stands() -> None:
    """A page sets what stands between two bare dollar signs as a formula; in a span of its own none is bare."""
    frame = pd.DataFrame({"Cost in $": ["$507 million"]})
    shown = Exhibit("cost", "From $5 to $6", "Money.", table=frame, note="without $44.1 and $7").to_html()
    assert shown.count("$") == shown.count("<span>$</span>") == 6
