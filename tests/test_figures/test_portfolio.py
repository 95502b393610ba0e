"""The exhibits of a portfolio report: whole, the same every time, and honest about what is invented or not known."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from alliance_analysis.figures import Exhibit, portfolio, portfolio_tables
from alliance_analysis.figures.style import house_style


def frame(columns: int = 3, rows: int = 40) -> pd.DataFrame:
    generator = np.random.default_rng(7)
    return pd.DataFrame({f"outcome {n}": generator.normal(size=rows).round(n % 3) for n in range(columns)})


def marks(values: pd.DataFrame) -> pd.DataFrame:
    return values > values.quantile(0.95)


def drawn(exhibit: Exhibit) -> Figure:
    figure = Figure(figsize=exhibit.size)
    assert exhibit.draw
    with house_style():
        exhibit.draw(figure)
    return figure


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("share of cards", 0.0, "0.0%"),
        ("share of cards", -0.125, "−12.5%"),
        ("cards", 3.0, "3"),
        ("revenue", 1234567.8, "1,234,568"),
        ("revenue", 0.012345678, "0.01235"),
        ("revenue", float("nan"), "–"),
    ],
)
def test_numbers_are_printed_as_their_names_say(name: str, value: float, shown: str) -> None:
    assert portfolio.number(name, value) == shown


@pytest.mark.parametrize("columns", [1, 4, portfolio.PANELS])
def test_there_is_one_panel_an_outcome_and_each_counts_every_row(columns: int) -> None:
    values = frame(columns)
    panels = [
        axes for axes in drawn(portfolio.distributions(values, marks(values))).axes if axes.get_visible()
    ]
    assert len(panels) == columns
    for axes in panels:
        bars = sum(patch.get_height() for patch in axes.containers[0]) if axes.containers else None
        steps = [p.get_data().values.sum() for p in axes.patches if hasattr(p, "get_data")]
        assert (bars if bars is not None else steps[0]) == len(values)


def test_the_median_and_the_outliers_stand_where_they_are() -> None:
    values = pd.DataFrame({"x": [1.0, 2.0, 2.0, 3.0, 50.0]})
    axes = drawn(portfolio.distributions(values, values > 40)).axes[0]
    median, diamonds = axes.lines
    assert list(median.get_xdata()) == [2.0, 2.0]
    assert list(diamonds.get_xdata()) == [50.0]


def test_the_tiles_print_every_share_and_dash_what_is_not_known() -> None:
    table = pd.DataFrame({"case": [1.0, np.nan], "focus": [0.25, 0.5]}, index=["a", "b"])
    exhibit = portfolio.shares(table)
    assert [text.get_text() for text in drawn(exhibit).axes[0].texts] == ["1.00", "0.25", "–", "0.50"]
    assert "a: case 1.00, focus 0.25; b: focus 0.50" in exhibit.alt


def test_figures_repeat_to_the_byte_and_fit_a_page() -> None:
    values = frame(portfolio.PANELS)
    first, second = (portfolio.distributions(values, marks(values)) for _ in range(2))
    assert first.png == second.png
    assert first.size[1] <= 7
    assert Image.open(io.BytesIO(first.png)).size[0] == 1300


def test_only_what_rests_on_an_invented_input_is_badged() -> None:
    real, invented = frame(1), frame(1).rename(columns={"outcome 0": "cost (invented), million USD"})
    for values, expected in ((real, False), (invented, True)):
        made = (
            portfolio.distributions(values, marks(values)),
            portfolio.shares(pd.DataFrame({"case": [0.5]}, index=values.columns)),
            portfolio_tables.summary(values, {str(name): (0.0, 1.0, 2.0) for name in values}),
            portfolio_tables.ranks(pd.DataFrame({"seed": [0.5]}, index=values.columns)),
        )
        assert [exhibit.synthetic for exhibit in made] == [expected] * 4
        assert all(("invented input" in exhibit.note) == expected for exhibit in made)


def test_text_from_outside_cannot_break_a_table() -> None:
    bad = "<script>x</script>"
    counts = portfolio_tables.parameters({bad: {bad: 2}})
    groups = pd.DataFrame([{"kind": bad, "reason": bad, "count": 1, "rows": bad}])
    for exhibit in (counts, portfolio_tables.failures(groups)):
        assert "<script" not in exhibit.to_html()


def test_a_correlation_has_its_sign_and_zero_has_none() -> None:
    table = portfolio_tables.ranks(
        pd.DataFrame({"seed": [-0.001, -0.5, 1.0, np.nan]}, index=list("abcd"))
    ).table
    assert table is not None
    assert list(table["seed"]) == ["0.00", "−0.50", "+1.00", "–"]
