"""The control chart, the operating curve and the funnel: whole, repeatable, readable without colour, movable in place."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from alliance_analysis.figures import control, control_artists, thresholds
from alliance_analysis.figures.style import house_style
from alliance_analysis.measurement.charts import ControlChart, chart
from alliance_analysis.measurement.funnel import funnel
from alliance_analysis.measurement.rules import NELSON, RULE_SETS
from alliance_analysis.measurement.series import series
from alliance_analysis.measurement.thresholds import Grace, operating_curve


def months(count: int) -> list[str]:
    return [f"{2020 + at // 12}-{at % 12 + 1:02}" for at in range(count)]


def shifted(seed: int = 1, count: int = 36) -> ControlChart:
    values = np.random.default_rng(seed).normal(0.95, 0.01, count)
    values[24:] -= 0.025
    kept = [at for at in range(count) if at != 10]
    data = series([months(count)[at] for at in kept], values[kept], name="On time", unit="fraction")
    return chart(data, end="2021-12", rules=NELSON)


def counts(kind: str = "p") -> ControlChart:
    rng = np.random.default_rng(3)
    of = rng.integers(5, 300, 30)
    return chart(
        series(months(30), numerator=rng.binomial(of, 0.9), denominator=of, name="R&D <on time>"), kind
    )


def test_the_words_say_what_the_picture_shows() -> None:
    exhibit = control.control_chart(shifted(), 0.93)
    for said in (
        "35 periods from 2020-01 to 2022-12",
        "Nelson 1",
        "Nelson 2 (nine points",
        "threshold is drawn at 93%",
    ):
        assert said in exhibit.alt
    assert "2020-11; moving ranges do not bridge a gap" in exhibit.full_note
    assert "nan" not in (exhibit.alt + exhibit.full_note).lower().replace("finan", "")
    steep = chart(series(months(12), np.linspace(0.8, 0.9, 12)))
    assert "No false-alarm rate can be given" in control.control_chart(steep).full_note
    assert "no rule flags a point" in control.control_chart(counts()).alt.lower()
    assert "<on" not in control.control_chart(counts()).caption


@pytest.mark.parametrize("kind", ["p", "p'"])
def test_figures_repeat_to_the_byte_and_are_small(kind: str) -> None:
    one, two = control.control_chart(counts(kind), 0.85), control.control_chart(counts(kind), 0.85)
    assert one.png == two.png and len(one.png) < 200_000
    assert Image.open(io.BytesIO(one.png)).size[0] == 1300


@pytest.mark.parametrize(
    "odd",
    [
        series(["2026-01", "2026-02"], [0.9, 0.8]),
        series(months(12), [0.9] * 12),
        series(months(12), [0.0] * 12, unit="days"),
        series([str(p) for p in np.arange("2000-01-01", "2011-01-01", dtype="datetime64[D]")],
               np.random.default_rng(1).normal(size=4018), unit="days"),
    ],
)  # fmt: skip
def test_odd_series_are_drawn(odd: object) -> None:
    assert control.control_chart(chart(odd), 0.5).png  # type: ignore[arg-type]


def test_rules_differ_in_shape() -> None:
    longest = max(len(rules) for rules in RULE_SETS.values())
    assert len({shape for shape, _ in control_artists.FLAGS}) == len(control_artists.FLAGS) >= longest


def painted(first: ControlChart, then: ControlChart | None, threshold: float | None) -> bytes:
    with house_style():
        figure = Figure(figsize=(6, 3))
        canvas = FigureCanvasAgg(figure)
        artists = control_artists.draw(figure.subplots(), first, threshold if then is None else None)
        if then is not None:
            artists.update(then, threshold)
            control_artists.frame(artists.axes, then, threshold)
        canvas.draw()
        return bytes(canvas.buffer_rgba())


def test_an_update_in_place_is_the_chart_drawn_anew() -> None:
    one, other = shifted(1), shifted(5)
    assert painted(one, other, 0.94) == painted(other, None, 0.94)
    assert painted(one, other, 0.94) != painted(one, None, 0.94)


def test_only_moving_artists_move() -> None:
    """What a panel keeps as its background does not change when the chart does."""
    with house_style():
        figure = Figure(figsize=(6, 3))
        canvas = FigureCanvasAgg(figure)
        artists = control_artists.draw(figure.subplots(), shifted(1), 0.93)
        for artist in artists.moving:
            artist.set_animated(True)
        canvas.draw()
        before = bytes(canvas.buffer_rgba())
        artists.update(shifted(5), 0.9)
        canvas.draw()
        assert bytes(canvas.buffer_rgba()) == before
        for artist in artists.moving:
            artists.axes.draw_artist(artist)
        assert bytes(canvas.buffer_rgba()) != before


def test_each_point_carries_one_mark_and_the_numbers_of_its_rules() -> None:
    found = shifted()
    with house_style():
        artists = control_artists.draw(Figure().subplots(), found)
    marked = [int(x) for mark in artists.marks.values() for x in np.asarray(mark.get_xdata())]
    assert sorted(marked) == list(found.flagged)
    shown = {text.get_text() for text in artists.numbers} - {""}
    numbers = {number for text in shown for number in text.split(",")}
    assert numbers <= {str(f.rule.number) for f in found.findings} and numbers


def test_the_operating_curve_and_the_funnel() -> None:
    curve = operating_curve(np.linspace(0.88, 1, 61), 0.95, "higher", size=200, grace=Grace(2, 3))
    exhibit = thresholds.operating_curve(curve, 0.96)
    assert "higher is better" in exhibit.alt and "2 of 3" in exhibit.alt
    assert f"at 94% {curve.breach[30]:.1%}" in exhibit.alt
    rng = np.random.default_rng(2)
    of = rng.integers(50, 5000, 30)
    over = rng.binomial(of, 0.9)
    over[4] = of[4] * 0.5
    pictures = set()
    for dispersion in ("none", "multiplicative", "additive"):
        units = funnel([f"unit <{at}>" for at in range(30)], over, of, dispersion=dispersion)  # type: ignore[arg-type]
        drawn = thresholds.funnel_plot(units, "On time", synthetic=True)
        assert "A unit <4>" in drawn.alt and "A unit &lt;4&gt;" in drawn.full_note
        pictures.add(drawn.png)
    assert exhibit.png and len(pictures) == 3
