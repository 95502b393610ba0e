"""The hot seat's panel: two students, two folders, one file that goes to and fro."""

from __future__ import annotations

import shutil
from pathlib import Path

from alliance_analysis.agreement import read_agreement
from alliance_analysis.negotiation import recorded
from alliance_analysis.widgets.hot_seat import HotSeatPanel


def seat(folder: Path, side: str, word: str) -> HotSeatPanel:
    folder.mkdir(exist_ok=True)
    panel = HotSeatPanel(folder / "agreement.yaml")
    panel.choice["side"].value, panel.word.value = side, word
    return panel


def test_two_students_play_to_the_debrief(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    customer, vendor = seat(one, "customer", "harbour"), seat(two, "vendor", "lantern")
    send = lambda a, b: shutil.copy(a / "table.yaml", b / "table.yaml")  # noqa: E731
    vendor.buttons["read"].click()
    assert "put it there, or sit down first" in vendor.status.value
    customer.word.value = "abc"
    customer.buttons["sit"].click()
    assert "at least four letters" in customer.status.value and not (one / "table.yaml").exists()
    customer.word.value = "harbour"
    customer.buttons["sit"].click()
    assert "your move" in customer.says.value and customer.buttons["accept"].disabled
    customer.buttons["offer"].click()
    assert "the provider to move" in customer.says.value and customer.buttons["offer"].disabled
    send(one, two)
    vendor.buttons["read"].click()
    vendor.buttons["sit"].click()
    assert "Their offer" in vendor.says.value
    vendor.buttons["accept"].click()
    vendor.buttons["reveal"].click()
    assert not vendor.keep() and "both reveal" in vendor.status.value
    old = (one / "table.yaml").read_bytes()
    send(two, one)
    customer = HotSeatPanel(one / "agreement.yaml")  # tomorrow
    assert customer.word.value == "harbour" and customer.table is not None
    customer.buttons["reveal"].click()
    assert "You agreed on terms" in customer.says.value or "You signed" in customer.says.value
    assert customer.shown[1].layout.display is None and "img" in customer.shown[1].value
    assert customer.keep()
    run = recorded(read_agreement(one / "agreement.yaml").agreement)
    assert run.kept and run.setup.character == "person" and run.agreed
    (one / "table.yaml").write_bytes(old)
    customer.buttons["read"].click()
    assert "older copy" in customer.status.value
    send(one, two)
