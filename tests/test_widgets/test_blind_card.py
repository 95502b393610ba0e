"""The blind card's panel: one side after the other, and nothing shown before both are full."""

from __future__ import annotations

from pathlib import Path

from alliance_analysis.agreement import read_agreement
from alliance_analysis.widgets.blind_card import BlindCardPanel


def test_each_side_is_covered_before_the_other_fills_in_its_own(tmp_path: Path) -> None:
    panel = BlindCardPanel(tmp_path / "agreement.yaml")
    shown = lambda: [s for s, box in panel.boxes.items() if box.layout.display is None]  # noqa: E731
    assert shown() == ["customer"] and panel.compared.layout.display == "none"
    panel.sides["customer"]["days_on_time"].value = "one"
    panel.hand_over()
    assert shown() == ["customer"] and "number from 0 to 365" in panel.status.value
    panel.sides["customer"]["days_on_time"].value = "1"
    panel.hand_over()
    assert shown() == ["vendor"] and not panel.keep()
    panel.sides["vendor"]["days_on_time"].value = "30"
    panel.sides["vendor"]["at_risk"].value = 0.05
    panel.hand_over()
    assert shown() == [] and "not the same" in panel.compared.value
    assert panel.keep()
    kept = read_agreement(tmp_path / "agreement.yaml").agreement.choices["blind_card"]
    assert kept["vendor"] == {"days_on_time": 30.0, "at_risk": 0.05}
    again = BlindCardPanel(tmp_path / "agreement.yaml")
    assert again.compared.value == panel.compared.value
    assert "Demonstration" not in again.still().caption
    panel.hand_over()
    assert shown() == ["customer"] and panel.sides["vendor"]["at_risk"].value == ""
