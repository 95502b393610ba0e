"""The threshold panel: moves, files that cannot be read, and what Keep writes."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import ipywidgets as w
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import read_agreement
from alliance_analysis.drafting.trial import OWN, tried
from alliance_analysis.measurement.series import series
from alliance_analysis.widgets.threshold_controls import span
from alliance_analysis.widgets.thresholds import ThresholdPanel

STABLE = "vendor:STRIDES ARCOLAB LIMITED"
GOOD = "month,value\n" + "\n".join(f"2025-{m:02},{0.9 + 0.01 * (m % 3)}" for m in range(1, 13))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


@pytest.fixture
def panel(path: Path) -> ThresholdPanel:
    panel = ThresholdPanel(path)
    assert panel.view
    return panel


def sentence(panel: ThresholdPanel) -> str:
    found = re.search(r'class="cb-moved"[^>]*>(.*?)</div>', panel.result.value)
    assert found
    return found[1]


def picture(panel: ThresholdPanel) -> tuple[str, str]:
    found = re.search(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', panel.result.value)
    assert found
    return found[1], found[2]


def give(panel: ThresholdPanel, text: str | bytes, name: str = "ours.csv") -> str:
    panel.controls["source"].value = OWN
    data = text if isinstance(text, bytes) else text.encode()
    when = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    panel.file.upload.value = ({"name": name, "type": "text/csv", "size": len(data), "content": memoryview(data),
                                "last_modified": when},)  # fmt: skip
    return str(panel.file.told.value)


def test_a_move_changes_picture_alt_text_and_sentence_in_one_message(panel: ThresholdPanel) -> None:
    before, sent = picture(panel), []
    panel.result.observe(sent.append, "value")
    panel.controls["threshold"].value = 90.0
    assert len(sent) == 1
    assert all(now != then for now, then in zip(picture(panel), before, strict=True))
    assert sentence(panel).startswith("Threshold: 80% to 90%: ")
    assert panel.controls["typed"].value == 90.0


def test_the_threshold_can_be_typed(panel: ThresholdPanel) -> None:
    panel.controls["typed"].value = 85.0
    assert panel.controls["threshold"].value == 85.0 and panel.trial().threshold == 0.85
    assert sentence(panel).startswith("Threshold: 80% to 85%: ")


def test_every_control_moves_the_panel(panel: ThresholdPanel) -> None:
    panel.controls["source"].value = STABLE
    moves: dict[str, Any] = {
        "typed": 91, "window": 3, "breaches": 2, "rules": "nelson", "kind": "XmR", "start": "2010Q1", "end": "2014Q4",
        "at_risk": 8, "direction": "lower", "card": "time_to_fill", "source": "england:all",
    }  # fmt: skip
    for name, value in moves.items():
        before = panel.result.value
        panel.controls[name].value = value
        assert panel.result.value != before, name
        assert panel.controls[name].value == value


def test_grace_stays_possible(panel: ThresholdPanel) -> None:
    panel.controls["breaches"].value = 4
    assert panel.controls["window"].value == 4
    panel.controls["window"].value = 2
    assert panel.controls["breaches"].value == 2


def test_every_control_has_a_label_and_a_tooltip(panel: ThresholdPanel) -> None:
    for control in panel.controls.by_name.values():
        assert control.description and control.tooltip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("month,value\n2026-01,good\n2026-02,0.9\n", "is not a number"),
        ("month,value\n2026-01,0.9\n2026-01,0.8\n", "stands in line 2 already"),
        ("month;value\n2026-01;0,9\n2026-02;0.8\n", "decimal dot among decimal commas"),
        ("month,value\n2026-01,0.9\n2026-02,1.4\n", "is not a share"),
        ("month,value\n2026-01,0.9\n", "no two neighbouring values"),
        ("month,value\n2026-01,0.9\n2026-05,0.8\n2026-06,\n", None),
        ("", "empty"),
        (b"PK\x03\x04 a workbook", "not a text file"),
        ("month,value\n" + "2026-01,0.9\n" * 1_000_000, "rows"),
        (
            "day,value\n" + "\n".join(f"{np.datetime64('2010-01-01') + i},0.9" for i in range(3000)),
            "up to 1,500",
        ),
        ("name,score\na,1\n", "no period column"),
    ],
)
def test_a_bad_file_is_told_and_the_panel_lives_on(
    panel: ThresholdPanel, text: str | bytes, said: str | None
) -> None:
    before = panel.result.value
    told = give(panel, text)
    if said is not None:
        assert said in told and 'role="alert"' in told
        assert panel.result.value == before
    assert panel.file.upload.value == ()
    assert "cb-good" in give(panel, GOOD)
    assert "ours" in panel.result.value
    panel.controls["threshold"].value = panel.controls["threshold"].max
    assert sentence(panel).startswith("Threshold: ")


def test_all_faults_are_listed_and_none_can_inject(panel: ThresholdPanel) -> None:
    told = give(panel, "month,value\n2026-01,<b>x</b>\nmay,0.5\n2026-03,7\n", "<i>.csv")
    assert told.count("<li>") >= 2 and "<b>" not in told and "<i>" not in told


@pytest.mark.parametrize(
    "text",
    [
        "month,value\n2026-01,0.9\n2026-02,0.8\n",
        "month,value\n2026-01,0.9\n2026-02,0.9\n2026-03,0.9\n",
        "month,value\n2026-01,0\n2026-02,0\n",
        "month,value\n2026-01,0.9\n2026-02,0.8\n2026-07,0.9\n2026-08,0.95\n",
        "year;numerator;denominator\n2024;9;10\n2025;8;10\n2026;0;0\n",
    ],
)
def test_small_or_odd_files_give_a_result(panel: ThresholdPanel, text: str) -> None:
    assert "cb-good" in give(panel, text)
    assert "not quoted" in panel.result.value
    panel.controls["typed"].value = panel.controls["typed"].max
    assert sentence(panel).startswith("Threshold: ")


def test_other_units_are_read_again(panel: ThresholdPanel) -> None:
    text = "month,value\n2026-01,95\n2026-02,97\n2026-03,96\n"
    assert "is not a share" in give(panel, text)
    panel.file.numbers.value = "percent"
    assert "cb-good" in panel.file.told.value and panel.record.values[0] == 0.95
    panel.controls["card"].value = "time_to_fill"
    panel.file.numbers.value = "number"
    assert panel.record.unit == "days" and panel.record.values[0] == 95


def test_keep_puts_threshold_and_baseline_on_the_card_and_nothing_else(
    panel: ThresholdPanel, path: Path
) -> None:
    before = panel.opened.agreement.kpis
    panel.controls["threshold"].value = 75.0
    panel.controls["at_risk"].value = 9.0
    assert not path.exists() and panel.keep()
    kept = read_agreement(path).agreement
    card = kept.kpis[0]
    assert card.thresholds and card.thresholds.breach == 0.75 and card.baseline
    untouched = {"thresholds", "baseline", "direction"}
    assert card.model_dump(exclude=untouched) == before[0].model_dump(exclude=untouched)
    assert kept.kpis[1:] == before[1:]
    assert (kept.choices["thresholds"]["threshold"], kept.choices["thresholds"]["at_risk"]) == (0.75, 0.09)
    text = path.read_bytes()
    assert panel.keep() and path.read_bytes() == text


def test_another_process_leaves_the_card_alone(panel: ThresholdPanel, path: Path) -> None:
    panel.controls["source"].value = "trust:RAS"
    assert panel.keep()
    kept = read_agreement(path).agreement
    assert kept.kpis == panel.opened.agreement.kpis and "card stays as it is" in panel.status.value
    assert kept.choices["thresholds"]["source"] == "trust:RAS"


def test_tomorrows_panel_is_where_todays_was(panel: ThresholdPanel, path: Path) -> None:
    give(panel, GOOD)
    panel.controls["typed"].value = 70.0 if panel.controls["typed"].min < 70 else panel.controls["typed"].min
    panel.controls["window"].value = 4
    panel.controls["breaches"].value = 2
    panel.controls["end"].value = "2025-10"
    assert panel.keep()
    later = ThresholdPanel(path)
    assert later.view and later.trial() == panel.trial()
    assert later.record.labels == panel.record.labels and later.controls["source"].value == OWN
    assert "the trial that you kept" in later.start.value
    assert tried(read_agreement(path).agreement).due.tolist() == panel.found.due.tolist()  # type: ignore[union-attr]
    assert later.keep() and later.opened.digest == panel.opened.digest


def test_a_breach_above_the_watch_is_refused(panel: ThresholdPanel, path: Path) -> None:
    panel.controls["threshold"].value = 95.0
    assert not panel.keep() and not path.exists()
    assert "watch threshold" in panel.status.value


def test_keep_is_refused_after_the_file_changed_elsewhere(panel: ThresholdPanel, path: Path) -> None:
    panel.controls["threshold"].value = 75.0
    other = ThresholdPanel(path)
    assert other.keep()
    text = path.read_bytes()
    assert not panel.keep() and "changed on disk" in panel.status.value and path.read_bytes() == text


def test_a_broken_trial_is_told_and_the_panel_starts_anew(panel: ThresholdPanel, path: Path) -> None:
    assert panel.keep()
    path.write_text(
        path.read_text(encoding="utf-8").replace("source: vendor:", "source: vandor:"), encoding="utf-8"
    )
    later = ThresholdPanel(path)
    assert later.view and "starts anew" in later.status.value and later.still().alt


def test_a_baseline_without_limits_is_told_and_the_picture_stays(panel: ThresholdPanel) -> None:
    before = picture(panel)
    panel.controls["start"].value = panel.controls["end"].value
    assert "no two neighbouring values" in sentence(panel) and picture(panel) == before
    panel.controls["start"].value = "2012Q1"
    assert "Baseline, first" in sentence(panel)


def test_a_first_look_shows_the_threshold_alone_and_keeps_nothing(path: Path) -> None:
    panel = ThresholdPanel(path, first_look=True)
    stack, seen = [panel.view], []
    while stack:
        widget = stack.pop()
        seen.append(widget)
        stack += getattr(widget, "children", ())
    assert panel.controls["threshold"] in seen and panel.controls["source"] not in seen
    assert not [widget for widget in seen if isinstance(widget, w.Button)]
    panel.controls["threshold"].value = 90.0
    assert sentence(panel).startswith("Threshold: ") and not path.exists()


def test_before_it_is_run_the_page_shows_the_kept_threshold(panel: ThresholdPanel) -> None:
    panel.controls["threshold"].value = 75.0
    assert "80%" in panel.still().alt
    assert panel.keep() and "75%" in panel.still().alt


@settings(deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8),
    rate=st.booleans(),
    where=st.floats(0, 1),
)
def test_the_range_holds_every_value_and_the_threshold(values: list[float], rate: bool, where: float) -> None:
    numbers = np.array(values)
    if rate:
        numbers = np.abs(numbers) / 1e6
    threshold = where if rate else float(numbers.min() + where * np.ptp(numbers))
    record = series(
        [str(2000 + i) for i in range(len(numbers))], numbers, unit="fraction" if rate else "days"
    )
    low, high, step = span(record, threshold)
    slack = 1e-9 * max(1, abs(low), abs(high))
    assert low - slack <= min(threshold, numbers.min()) and max(threshold, numbers.max()) <= high + slack
    assert 0 < step < high - low and (high - low) / step < 260
    assert not rate or (low >= -slack and high <= 1 + step)


def test_two_cards_of_one_name_are_told_apart_in_the_list(panel: ThresholdPanel, path: Path) -> None:
    assert panel.keep()
    text = path.read_text(encoding="utf-8").replace(
        "name: Time to fill a vacancy", "name: Shortlists delivered on time"
    )
    path.write_text(text, encoding="utf-8")
    shown = [label for label, _ in ThresholdPanel(path).controls["card"].options]
    assert shown == [
        "Shortlists delivered on time (shortlist_on_time)",
        "Shortlists delivered on time (time_to_fill)",
    ]
