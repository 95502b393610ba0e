"""The live chart: what it draws anew, and that the picture is the one a fresh figure would give."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from alliance_analysis.drafting.histories import history
from alliance_analysis.figures import fair, live
from alliance_analysis.figures import what_if as show
from alliance_analysis.figures.escalation_record import escalations
from alliance_analysis.figures.live import LiveChart
from alliance_analysis.measurement.charts import chart
from alliance_analysis.measurement.rules import rule_set
from alliance_analysis.measurement.what_if import WhatIf, what_if

RECORD = history("vendor:STRIDES ARCOLAB LIMITED").read()
TRUST = history("trust:RAS").read()
PAST = chart(RECORD, "p")


def held(threshold: float, past=PAST) -> WhatIf:
    return what_if(past, threshold, "higher", credit=2.0)


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def same(one: bytes, other: bytes) -> bool:
    """The palettes of two pictures may differ by a shade."""
    return bool((np.abs(pixels(one) - pixels(other)).max(axis=2) > 40).mean() < 0.001)


def test_a_moved_picture_is_the_one_drawn_anew() -> None:
    moved = LiveChart()
    for threshold in (0.7, 0.95, 0.85):
        last = moved.png(held(threshold), 0.5, 1.0)
    assert same(last, LiveChart().png(held(0.85), 0.5, 1.0))
    assert not same(last, LiveChart().png(held(0.7), 0.5, 1.0))


def test_other_rules_baseline_and_record_follow_in_place() -> None:
    moved = LiveChart()
    figure = moved.figure
    steps = (
        (PAST, (0.5, 1.0)),
        (chart(RECORD, "p", rules=rule_set("nelson")), (0.5, 1.0)),
        (
            chart(RECORD, "XmR", RECORD.labels[0], RECORD.labels[12], rules=rule_set("western electric")),
            (0.5, 1.0),
        ),
        (chart(TRUST, "p'"), (0.4, 1.0)),
        (PAST, (0.5, 1.0)),
    )
    for past, span in steps:
        assert same(moved.png(held(0.8, past), *span), LiveChart().png(held(0.8, past), *span))
    assert moved.figure is figure


def test_only_what_moved_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    for name in ("_draw_frame", "_draw_chart"):
        whole = getattr(LiveChart, name)
        monkeypatch.setattr(
            LiveChart, name, lambda self, *a, name=name, whole=whole: (drawn.append(name), whole(self, *a))[1]
        )
    moved = LiveChart()
    moved.png(held(0.8), 0.5, 1.0)
    assert drawn == ["_draw_frame", "_draw_chart"]
    for threshold in (0.7, 0.9):
        moved.png(held(threshold), 0.5, 1.0)
    assert len(drawn) == 2
    moved.png(held(0.9, chart(RECORD, "p", rules=rule_set("limits"))), 0.5, 1.0)
    assert drawn[2:] == ["_draw_chart"]


def test_a_picture_is_small() -> None:
    assert len(LiveChart().png(held(0.8), 0.5, 1.0)) < 40_000
    assert live.COLOURS <= 256


def test_the_alternative_text_says_what_the_picture_shows() -> None:
    found = held(0.9)
    text = show.alt(found)
    for label in np.array(RECORD.labels)[found.breached][: show.LISTED]:
        assert label in text
    assert "Threshold 90%" in text and RECORD.name in text


def test_the_sentence_names_what_changed_and_nothing_else() -> None:
    before, after = held(0.8), held(0.955)
    said = show.moved("Threshold: 80% to 95.5%", before, after)
    assert said.startswith("Threshold: 80% to 95.5%: ") and said.count(". ") == 0 and said.endswith(".")
    assert f"{int(after.breached.sum())} quarters in breach instead of {int(before.breached.sum())}" in said
    assert "false alarms a year" in said
    assert "nothing that is counted here changes" in show.moved("x", before, before)


def test_where_nothing_can_be_quoted_the_table_says_why() -> None:
    found = held(0.85, chart(TRUST, "p'"))
    table = show.table(found)
    assert show.NOT_QUOTED in table.to_html() and found.false.reason in table.note.replace("&gt;", ">")
    assert show.NOT_QUOTED not in show.table(held(0.85)).to_html()


def test_escalations_are_drawn_and_told() -> None:
    exhibit = escalations(held(0.955), synthetic=True)
    assert exhibit.png.startswith(b"\x89PNG")
    assert exhibit.alt.startswith("2 escalations")
    assert escalations(held(0.1), synthetic=True).png


def test_flags_and_sample_sizes_agree_with_the_rooms_they_show() -> None:
    flags = fair.flags([TRUST])
    assert flags.table is not None
    assert flags.table.iloc[0, 3] == str(int(chart(TRUST, "p'", rules=rule_set("limits")).outside.sum()))
    sizes = fair.sample_sizes(0.95, [0.9], [434, 435, 1000])
    assert sizes.table is not None and sizes.table.iloc[0].tolist() == ["90%", "435", "2 of 3"]
