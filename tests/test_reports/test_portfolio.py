"""The report over a batch: its arithmetic against publications and peers, its text against the ledger's own SQL."""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import sqlite3
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from scipy import stats
from typer.testing import CliRunner

from alliance_analysis import content
from alliance_analysis.cases import case_names
from alliance_analysis.cli import app
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.reports.case_report import CaseReport, Parts
from alliance_analysis.reports.export import export
from alliance_analysis.reports.ledger import NAME, Entry, Ledger
from alliance_analysis.reports.notebook import read_notebook
from alliance_analysis.reports.outcomes import Outcomes, outcomes
from alliance_analysis.reports.portfolio import NOTEBOOK, Portfolio
from alliance_analysis.reports.portfolio_numbers import (
    is_balanced,
    outliers,
    quartiles,
    rank_correlations,
    shares,
    spread,
    tabulate,
)

HANDBOOK = [
    30, 171, 184, 201, 212, 250, 265, 270, 272, 289, 305, 306, 322, 322, 336, 346, 351, 370, 390, 404, 409, 411, 436,
    437, 439, 441, 444, 448, 451, 453, 470, 480, 482, 487, 494, 495, 499, 503, 514, 521, 522, 527, 548, 550, 559, 560,
    570, 572, 574, 578, 585, 592, 592, 607, 616, 618, 621, 629, 637, 638, 640, 656, 668, 707, 709, 719, 737, 739, 752,
    758, 766, 792, 792, 794, 802, 818, 830, 832, 843, 858, 860, 869, 918, 925, 953, 991, 1000, 1005, 1068, 1441,
]  # fmt: skip
"""Section 7.1.6 of the NIST/SEMATECH e-Handbook of Statistical Methods: 90 values, one of them an outlier."""


def series(*values: float) -> pd.Series:
    return pd.Series(list(values), dtype=float)


def done(number: int, parameters: dict[str, object], recorded: dict[str, float]) -> Entry:
    return Entry(f"r{number}", number, parameters, "", "done", seconds={"total": 2.0}, outcomes=recorded)


def failed(number: int, kind: str = "time-out", what: str = "the cell ran long") -> Entry:
    return Entry(f"r{number}", number, {"n": number}, "", "failed", kind, what)


def batch(folder: Path, *entries: Entry) -> str:
    with Ledger(folder / NAME, write=True) as ledger:
        ledger.start({"notebook_file": "class_run.ipynb", "formats": "pdf"}, entries)
    return str(folder)


def parts(portfolio: Portfolio) -> list[object]:
    named = ("glance", "distributions", "outliers", "sensitivity", "ranking", "failures")
    sections: list[Parts] = [getattr(portfolio, name)() for name in named]
    return [part for section in sections for part in section.parts]


def texts(portfolio: Portfolio) -> str:
    return "\n".join(getattr(part, "data", "") or "" for part in parts(portfolio))


def exhibits(portfolio: Portfolio) -> dict[str, Exhibit]:
    return {part.label: part for part in parts(portfolio) if isinstance(part, Exhibit)}


# the arithmetic


def test_fences_are_those_of_the_handbook() -> None:
    values = series(*HANDBOOK)
    assert quartiles(values) == (429.75, 559.5, 742.25)
    found = spread(values)
    assert found and found.fences == (-39.0, 1211.0)
    by_fence = outliers(values.to_frame("x"))
    assert list(by_fence.loc[by_fence["fence"], "value"]) == [1441.0]


@given(st.lists(st.integers(-1000, 1000), min_size=5, max_size=40))
@settings(max_examples=60, deadline=None)
def test_the_modified_score_is_the_distance_over_the_normal_consistent_deviation(values: list[int]) -> None:
    found = spread(series(*values))
    assert found
    peer = stats.median_abs_deviation(values, scale="normal")
    if peer == 0:
        assert all(math.isnan(found.score(value)) for value in values)
    else:
        expected = [(value - np.median(values)) / peer for value in values]
        assert [found.score(value) for value in values] == pytest.approx(expected, rel=2e-5)


def test_where_rows_agree_a_rule_says_nothing_and_few_rows_are_not_judged() -> None:
    alike = spread(series(2, 2, 2, 2, 2, 2, 9))
    assert alike and alike.fences is None and alike.deviation == 0
    assert alike.beyond(9) == (False, False)
    assert spread(series(1, 2, 3, 900)) is None


@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(2, 6))
@settings(max_examples=40, deadline=None)
def test_eta_squared_is_what_the_f_ratio_says(seed: int, levels: int, each: int) -> None:
    """Eta squared = F (k - 1) / (F (k - 1) + n - k), with scipy's F."""
    generator = np.random.default_rng(seed)
    level = np.repeat(np.arange(levels), each)
    values = generator.normal(level, 1.0)
    ratio = stats.f_oneway(*(values[level == k] for k in range(levels))).statistic
    between, within = levels - 1, levels * (each - 1)
    found = shares(pd.Series(values), pd.DataFrame({"a": level.astype(str)})).eta["a"]
    assert found == pytest.approx(ratio * between / (ratio * between + within))


def fitted(values: np.ndarray, table: pd.DataFrame) -> float:
    """The share of variance that a least-squares fit on indicators of the columns explains."""
    design = np.column_stack([np.ones(len(table)), pd.get_dummies(table).to_numpy(float)])
    residual = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return float(1 - (residual**2).sum() / ((values - values.mean()) ** 2).sum())


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_in_a_balanced_grid_main_effects_interactions_and_rest_are_those_of_a_regression(
    seed: int, repeats: int
) -> None:
    grid = pd.DataFrame(list(itertools.product("xyz", "pq", "uvw")) * repeats, columns=["a", "b", "c"])
    values = np.random.default_rng(seed).normal(size=len(grid))
    found = shares(pd.Series(values), grid)
    mains = fitted(values, grid)
    cells = fitted(values, pd.DataFrame({"cell": grid.agg("".join, axis=1)})) if repeats > 1 else 1.0
    assert sum(found.eta.values()) == pytest.approx(mains)
    assert found.interactions == pytest.approx(cells - mains, abs=1e-9)
    assert found.rest == pytest.approx(1 - cells, abs=1e-9)


def test_a_roster_is_not_taken_for_a_grid() -> None:
    uneven = pd.DataFrame({"a": list("xxxy"), "b": list("pqpq")})
    assert not is_balanced(uneven)
    found = shares(series(1, 2, 3, 5), uneven)
    assert found.interactions is None and set(found.eta) == {"a", "b"}


def test_without_any_bearing_the_average_share_is_the_stated_one() -> None:
    """Exactly: over all orders of six values, eta squared averages (k - 1)/(n - 1)."""
    level = pd.DataFrame({"a": list("xxyyzz")})
    every = [shares(series(*order), level).eta["a"] for order in itertools.permutations([0, 1, 3, 4, 8, 20])]
    assert np.mean(every) == pytest.approx(2 / 5)
    assert shares(series(0, 1, 3, 4, 8, 20), level).chance == {"a": 2 / 5}


def test_a_parameter_with_another_value_in_every_row_gets_no_share() -> None:
    found = shares(series(1, 5, 2, 9), pd.DataFrame({"who": list("abcd"), "case": list("xxyy")}))
    assert set(found.eta) == {"case"}


def test_rank_correlation_is_the_textbook_formula_where_no_ranks_tie() -> None:
    x, y = [4.0, 1.0, 7.0, 3.0, 9.0], [2.0, 8.0, 1.0, 5.0, 3.0]
    ranks = [stats.rankdata(v) for v in (x, y)]
    expected = 1 - 6 * ((ranks[0] - ranks[1]) ** 2).sum() / (5 * 24)
    found = rank_correlations(pd.DataFrame({"x": x}), pd.DataFrame({"y": y}))
    assert found.loc["x", "y"] == pytest.approx(expected)
    assert math.isnan(
        rank_correlations(pd.DataFrame({"x": [1.0, 1.0, 1.0]}), pd.DataFrame({"y": y[:3]})).loc["x", "y"]
    )


# what is recorded, and what a ledger says


@pytest.mark.parametrize("name", case_names())
def test_a_case_report_records_what_its_file_says(name: str) -> None:
    """Counted again from the YAML, without the package's records."""
    folder = content.folder("casebook") / name
    raw = YAML(typ="safe").load((folder / "case.yaml").read_text(encoding="utf-8"))
    found = CaseReport(name, focus="change", margin=(0.1, 0.4)).outcomes().values
    change = {
        "future_demand_management_plan", "anticipated_change_plan", "innovation_plan", "feedback_plan", "exit",
    }  # fmt: skip
    findings = [f["finding"] for f in raw["findings"] if f["element"] in change]
    assert found["evidence cards"] == len(raw["evidence"])
    assert found["contradictions between sources"] == len(raw["contradictions"])
    assert found["elements that existed, in focus"] == findings.count("existed")
    assert found["elements missing, in focus"] == findings.count("missing")
    assert found["elements that failed, in focus"] == findings.count("failed")
    assert found["counterfactual exercises in focus"] == sum(
        c["focus"] == "change" for c in raw["counterfactuals"]
    )
    primary = sum("P" in card["grades"] for card in raw["evidence"])
    assert found["share of evidence cards with a primary document"] == primary / len(raw["evidence"])
    if raw.get("forgone"):
        revenue, unit = raw["forgone"]["revenue"], f"million {raw['forgone']['currency']}"
        assert found[f"forgone revenue, {unit}"] == revenue
        assert found[f"contribution forgone at the low margin (invented), {unit}"] == pytest.approx(
            0.1 * revenue
        )
        assert found[f"contribution forgone at the high margin (invented), {unit}"] == pytest.approx(
            0.4 * revenue
        )
    else:
        assert not [key for key in found if "forgone" in key]


def test_the_committed_case_report_carries_its_numbers_and_no_document_shows_them(tmp_path: Path) -> None:
    notebook = read_notebook(content.folder("notebooks") / "reports" / "case_report.ipynb")
    assert outcomes(notebook) == {k: float(v) for k, v in CaseReport("timex").outcomes().values.items()}
    shown = dict(Outcomes({"secret & number": 41.5})._repr_mimebundle_())
    assert "secret &amp; number: 41.5" in shown["text/html"]
    cells = [
        nbformat.v4.new_markdown_cell("# A title\n\nText."),
        nbformat.v4.new_code_cell("recorded", outputs=[nbformat.v4.new_output("display_data", shown)]),
    ]
    small = nbformat.v4.new_notebook(cells=cells)
    assert outcomes(small) == {"secret & number": 41.5}
    for code in (False, True):
        page = export(small, tmp_path / f"{code}.html", show_code=code).read_text(encoding="utf-8")
        assert "41.5" not in page and "numbers recorded" not in page


def test_the_ledger_is_read_as_plain_sql_reads_it(tmp_path: Path) -> None:
    address = batch(
        tmp_path,
        done(0, {"n": 1, "margin": [0.1, 0.2]}, {"x": 1.5, "share of y": 0.25}),
        done(1, {"n": 2, "margin": [0.1, 0.3]}, {"x": 2.5}),
        failed(2),
    )
    with sqlite3.connect(tmp_path / NAME) as file:
        recorded = {
            row: json.loads(text)
            for row, text in file.execute("SELECT id, outcomes FROM job WHERE state = 'done'")
        }
        states = dict(file.execute("SELECT state, COUNT(*) FROM job GROUP BY state"))
    file.close()
    portfolio = Portfolio(address)
    table = portfolio.rows.outcomes
    assert {row: table.loc[row].dropna().to_dict() for row in table.index} == recorded
    assert (
        f"{sum(states.values())} rows: {states['done']} made, {states['failed']} failed (1 time-out)"
        in texts(portfolio)
    )
    assert list(portfolio.rows.numeric) == ["n", "margin, 2nd number"]


def test_equal_results_stay_equal_and_a_flag_is_no_number() -> None:
    rows = tabulate([done(0, {"on": True}, {"x": 0.1 + 0.2}), done(1, {"on": False}, {"x": 0.3})])
    assert rows.varying == [] and rows.numeric.empty
    assert list(rows.factors["on"]) == ["yes", "no"]


# the report


def test_the_built_in_example_is_the_full_grid_of_the_casebook() -> None:
    portfolio = Portfolio()
    size = len(case_names()) * 4 * 4
    said = texts(portfolio)
    assert f"The batch has {size} rows: {size} made, 0 failed" in said
    assert "full grid: every combination of case (4 values), focus (4 values) and margin (4 values)" in said
    found = shares(portfolio.rows.outcomes["evidence cards"], portfolio.rows.factors)
    assert found.eta == pytest.approx({"case": 1, "focus": 0, "margin": 0}, abs=1e-12)
    contribution = "contribution forgone at the high margin (invented), million USD"
    found = shares(portfolio.rows.outcomes[contribution], portfolio.rows.factors)
    assert found.eta["margin"] == pytest.approx(1) and "case" not in found.eta
    drawn = exhibits(portfolio)
    assert {"parameters", "outcomes", "distributions", "outliers", "shares", "ranks", "best", "worst"} <= set(
        drawn
    )
    assert drawn["outcomes"].synthetic and not drawn["best"].synthetic


@pytest.mark.parametrize(
    ("entries", "sentence", "shown"),
    [
        ([], "No row was made", set()),
        ([failed(0), failed(1)], "No row was made", {"parameters", "failures"}),
        ([done(n, {"n": n}, {}) for n in range(6)], "recorded no outcomes", {"parameters", "times"}),
        ([done(0, {"n": 1}, {"x": 1.0})], "One row has no spread", {"parameters", "times", "outcomes"}),
        (
            [done(n, {"n": n}, {"x": 1.0}) for n in range(6)],
            "None differs|none is better",
            {"parameters", "times", "outcomes"},
        ),
    ],
    ids=["no rows", "all failed", "no outcomes", "one row", "all the same"],
)
def test_a_batch_with_little_to_say_says_so_without_empty_exhibits(
    tmp_path: Path, entries: list[Entry], sentence: str, shown: set[str]
) -> None:
    portfolio = Portfolio(batch(tmp_path, *entries))
    assert re.search(sentence, texts(portfolio))
    assert set(exhibits(portfolio)) == shown
    for reference in re.findall(r"@(?:tbl|fig):([\w-]+)", texts(portfolio)):
        assert reference in shown


def test_the_better_end_is_as_said_and_ties_share_a_place(tmp_path: Path) -> None:
    address = batch(tmp_path, *(done(n, {"n": n}, {"cost": v}) for n, v in enumerate([5.0, 2.0, 9.0, 2.0])))
    lower = exhibits(Portfolio(address, outcome="cost", higher_is_better=False))["ranking"].table
    higher = exhibits(Portfolio(address, outcome="cost"))["ranking"].table
    assert lower is not None and higher is not None
    assert list(zip(lower["Place"], lower["Row"], strict=True)) == [
        ("1", "r1"), ("1", "r3"), ("3", "r0"), ("4", "r2"),
    ]  # fmt: skip
    assert list(higher["Row"]) == ["r2", "r0", "r1", "r3"]
    assert "lower is better" in texts(Portfolio(address, outcome="cost", higher_is_better=False))


def test_failures_are_counted_by_reason(tmp_path: Path) -> None:
    entries = [failed(n) for n in range(5)] + [failed(5, "killed", "no font can show 🙂 <b> [@nobody2000]")]
    table = exhibits(Portfolio(batch(tmp_path, *entries)))["failures"].table
    assert table is not None
    assert list(table["How many"]) == ["5", "1"]
    assert table["Rows"][0] == "r0, r1, r2 and 2 more"
    assert table["Reason"][1] == "no font can show [U+1F642] &lt;b&gt; [@nobody2000]"


def test_what_cannot_be_told_apart_is_named(tmp_path: Path) -> None:
    entries = [
        done(n, {"who": f"w{n}", "case": "ab"[n % 2], "reader": "pq"[n % 2]}, {"x": float(n % 2)})
        for n in range(6)
    ]
    said = texts(Portfolio(batch(tmp_path, *entries)))
    assert "The parameters case and reader always change together" in said
    assert "not told apart from the row itself: who." in said


def test_a_wrong_batch_or_outcome_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="there is no batch here"):
        Portfolio(str(tmp_path / "nothing"))
    address = batch(tmp_path, done(0, {"n": 1}, {"cards": 1.0}))
    with pytest.raises(BadInput, match="no outcome 'card'; did you mean 'cards'"):
        Portfolio(address, outcome="card")


def test_the_committed_report_is_a_tagged_pdf(tmp_path: Path) -> None:
    notebook = read_notebook(content.folder("notebooks") / NOTEBOOK)
    raw = export(notebook, tmp_path / "portfolio.pdf").read_bytes()
    pdf = pypdf.PdfReader(io.BytesIO(raw))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for words in ("Portfolio Report", "Built-in example", "Figure 1", "Table 1", "Methods note"):
        assert words in text, words
    assert not re.search(r"\bnan\b|\bNone\b|Traceback|@fig|@tbl|\[@", text)
    assert raw == export(notebook, tmp_path / "again.pdf").read_bytes()


@pytest.mark.slow
def test_the_command_writes_the_report_on_a_batch(tmp_path: Path) -> None:
    odd = {"score _a_ [@x] | *y*": 3.0}
    address = batch(
        tmp_path, *(done(n, {"n": n}, {k: v + n for k, v in odd.items()}) for n in range(6)), failed(6)
    )
    out = tmp_path / "class.pdf"
    result = CliRunner().invoke(app, ["portfolio", address, "-o", str(out), "-p", "prepared_for=Section 2"])
    assert result.exit_code == 0, result.output
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(out).pages)
    assert "Section 2" in text and "6 made, 1 failed (1 time-out)" in " ".join(text.split())
    with pytest.raises(BadInput, match="is not a format"):
        CliRunner().invoke(app, ["portfolio", address, "-o", "x.txt"], catch_exceptions=False)
