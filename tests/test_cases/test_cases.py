"""The casebook: every fact is there, every name resolves, and the published figures come out."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from alliance_analysis import content
from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.cases import Case, case_names, load_case
from alliance_analysis.cases.model import AREAS
from alliance_analysis.errors import BadInput
from alliance_analysis.references import bibliography_path, entry, short, to_check
from alliance_analysis.reports.case_report import fill

CASES = ["timex", "ibm_apple", "donnelly", "shorter_cases"]
CARDS = {
    "timex": [f"T{n:02d}" for n in range(1, 18)],
    "ibm_apple": [f"I{n:02d}" for n in range(1, 13)],
    "donnelly": [f"D{n:02d}" for n in range(1, 13)],
    "shorter_cases": [*(f"S{n:02d}" for n in range(1, 9)), "Z01", "Z02"],
}


def test_the_cases_stand_in_reading_order() -> None:
    assert case_names() == CASES


@pytest.mark.parametrize("name", CASES)
def test_no_card_is_lost(name: str) -> None:
    assert set(CARDS[name]) <= {card.id for card in load_case(name).file.evidence}


@pytest.mark.parametrize("name", CASES)
def test_every_source_is_in_the_bibliography(name: str) -> None:
    case = load_case(name)
    assert case.sources()
    for key in case.sources():
        assert short(key)


@pytest.mark.parametrize("name", CASES)
def test_every_filled_field_of_the_agreement_says_how_it_is_known(name: str) -> None:
    agreement = load_case(name).agreement  # raises where one does not
    assert len(agreement.fields()) > 5
    assert all(agreement.basis_of(path) for path in agreement.fields())
    assert "documented" in {entry.basis for entry in agreement.provenance.values()}


@pytest.mark.parametrize("name", CASES)
def test_placeholders_are_filled(name: str) -> None:
    case = load_case(name)
    for text in case.file.brief:
        assert "{" not in fill(text, case)


@pytest.mark.parametrize("name", CASES)
def test_the_report_has_something_for_each_accord(name: str) -> None:
    file = load_case(name).file
    for accord in ("foundation", "governance", "change"):
        assert any(c.focus == accord for c in file.counterfactuals)
        assert sum(q.focus == accord for q in file.questions) >= 2
        assert any(f.accord == accord for f in file.findings)
    assert {f.element for f in file.findings} <= set(ELEMENTS)
    assert len({p.area for p in file.pitfalls}) >= 3
    assert {p.area for p in file.pitfalls} <= set(AREAS)


@pytest.mark.parametrize("name", CASES)
def test_series_name_sources_that_exist(name: str) -> None:
    for path in (content.folder("casebook") / name).glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        assert rows
        for row in rows:
            assert entry(row["source"]), path


def test_a_provenance_gap_is_named(tmp_path: Path) -> None:
    source = content.folder("casebook") / "timex"
    folder = tmp_path / "timex"
    folder.mkdir()
    for name in ("case.yaml", "teaching_note.md"):
        (folder / name).write_bytes((source / name).read_bytes())
    (folder / "agreement.yaml").write_text(
        "schema: 1\ntitle: T\nparties:\n  - {id: a, name: A}\nprovenance:\n  roles: {basis: invented}\n"
    )
    with pytest.raises(BadInput, match=r"parties\.a\.name") as caught:
        _ = Case(folder).agreement
    named = {fault.field for fault in caught.value.faults}
    assert named == {"money.currency", "money.scale", "parties.a.name", "parties.a.side"}


def test_a_wrong_evidence_id_is_named_with_its_line(tmp_path: Path) -> None:
    source = content.folder("casebook") / "timex" / "case.yaml"
    folder = tmp_path / "timex"
    folder.mkdir()
    text = source.read_text(encoding="utf-8").replace("evidence: [T02]", "evidence: [T99]", 1)
    assert "T99" in text
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="no evidence card 'T99'") as caught:
        Case(folder)
    assert text.splitlines()[caught.value.faults[0].line - 1].strip().startswith("evidence: [T99]")


def test_an_unknown_series_or_card_suggests_the_right_one() -> None:
    case = load_case("timex")
    with pytest.raises(BadInput, match=r"did you mean 'volumes\.csv'"):
        case.series("volume.csv")
    with pytest.raises(BadInput, match="no evidence card 'T77'"):
        case.card("T77")


# published figures, computed here a second way from the numbers the sources print


def test_timex_index_and_forgone_revenue() -> None:
    file = load_case("timex").file
    assert file.volumes and file.forgone
    assert sorted(round(v, 3) for v in file.volumes.changes().values()) == [-0.2, -0.16, -0.1]
    assert file.volumes.price_change == pytest.approx(435.7 / 456.6 - 1)
    worst = min(file.volumes.revenue_changes().values())
    assert worst == pytest.approx(1.6 * 435.7 / (2.0 * 456.6) - 1)
    assert round(100 * worst, 1) == -23.7
    assert file.forgone.per_month == 2.5
    assert file.forgone.total_months == 24


def test_donnelly_growth_headline_and_like_for_like() -> None:
    file = load_case("donnelly").file
    assert file.growth
    found = {(round(100 * c.headline, 1), round(100 * c.like_for_like, 1)) for c in file.growth.comparisons}
    assert (52.7, 15.3) in found
    assert (13.7, 7.1) in found
    assert (-4.6, 8.0) in found
    series = load_case("donnelly").series(file.growth.series)
    by_year = series.groupby(series["fiscal"].str[:6])["net_sales"].sum()
    assert by_year["FY1998"] == pytest.approx(764.2)  # the reported year is 763: the report says so
    assert by_year["FY1999"] == pytest.approx(905)


def test_ibm_apple_outcome_is_mixed_by_initiative() -> None:
    file = load_case("ibm_apple").file
    assert file.initiatives
    assert len(file.initiatives.items) == 5
    assert [i.name for i in file.initiatives.items if i.outcome == "succeeded"] == ["PowerPC chip"]
    assert any("exit option" in e.clause.lower() for e in file.initiatives.exits)


# the bibliography


def test_recalled_references_are_marked_to_check() -> None:
    for key in ("kogut1991joint", "goo2009role"):
        assert "DOI" in to_check(key)
    assert to_check("nash1950bargaining") == ("all",)
    assert to_check("huang2009rescuing") == ()


def test_every_reference_says_how_much_of_it_was_seen() -> None:
    entries = re.split(r"\n(?=@)", bibliography_path().read_text(encoding="utf-8"))[1:]
    assert len(entries) > 40
    seen = re.compile(r"keywords += \{seen-(fulltext|abstract|excerpt|metadata|none)\b")
    assert [entry.splitlines()[0] for entry in entries if not seen.search(entry)] == []


def test_an_unknown_reference_suggests_the_nearest() -> None:
    with pytest.raises(BadInput, match="did you mean 'huang2009rescuing'"):
        entry("huang2009rescue")
