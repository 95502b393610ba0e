"""The negotiation panel: a game from start to Keep, and the file that gives it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import open_agreement, read_agreement
from alliance_analysis.negotiation import recorded
from alliance_analysis.widgets.negotiation import NegotiationPanel

# panel.field also sets the tooltip's old name, which ipywidgets deprecates.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


def play(panel: NegotiationPanel, *offers: tuple[float, float, int]) -> None:
    panel.buttons["start"].click()
    for package in offers:
        for control, value in zip(panel.terms.values(), package, strict=True):
            control.value = value
        panel.buttons["offer"].click()


def agreed(path: Path) -> NegotiationPanel:
    panel = NegotiationPanel(path)
    play(panel, (0.94, 0.12, 1), (0.9, 0.08, 3))
    panel.buttons["accept"].click()
    return panel


def test_keep_takes_the_terms_onto_the_card_and_a_second_keep_adds_nothing(path: Path) -> None:
    panel = agreed(path)
    assert panel.run is not None and panel.run.agreed
    assert panel.keep()
    kept = read_agreement(path).agreement
    card = next(c for c in kept.kpis if c.id == panel.run.setup.card)
    assert (card.target, card.at_risk) == panel.run.agreed[:2]
    assert kept.choices["kpi_negotiation"]["agreed"]["review_months"] == panel.run.agreed[2]
    text = path.read_bytes()
    assert panel.keep() and path.read_bytes() == text


def test_tomorrows_panel_is_where_todays_was(path: Path) -> None:
    panel = agreed(path)
    panel.keep()
    tomorrow = NegotiationPanel(path)
    assert tomorrow.run == panel.run == recorded(open_agreement(path).agreement)
    assert tomorrow.still().alt == panel.still().alt
    assert tomorrow.debrief.value == panel.debrief.value != ""
    assert tomorrow.keep() and tomorrow.opened.digest == panel.opened.digest


def test_an_open_negotiation_is_kept_and_taken_up_again(path: Path) -> None:
    panel = NegotiationPanel(path)
    play(panel, (0.94, 0.12, 1))
    before = read_agreement(path).agreement.kpis if path.exists() else panel.opened.agreement.kpis
    assert panel.keep() and read_agreement(path).agreement.kpis == before
    later = NegotiationPanel(path)
    assert later.debrief.layout.display == "none"
    later.buttons["walk_away"].click()
    assert later.run is not None and later.run.ending == "you_walked_away" and len(later.run.turns) == 3


def test_starting_again_finds_the_card_as_it_was_before(path: Path) -> None:
    """Agreed terms do not become the next negotiation's proposal; a walk-away takes them off the card again."""
    panel = agreed(path)
    first = panel.opened.agreement.kpis[0]
    panel.keep()
    assert read_agreement(path).agreement.kpis[0] != first
    panel.buttons["start"].click()
    play(panel, (0.94, 0.12, 1))
    assert panel.run is not None and panel.run.setup.targets == NegotiationPanel().setup().targets
    panel.buttons["walk_away"].click()
    assert panel.keep()
    assert read_agreement(path).agreement.kpis[0] == first


def test_keep_is_refused_after_the_file_changed_elsewhere(path: Path) -> None:
    panel, other = agreed(path), agreed(path)
    assert other.keep()
    text = path.read_bytes()
    assert not panel.keep()
    assert "changed on disk" in panel.status.value and path.read_bytes() == text


def test_nothing_is_kept_before_the_first_offer(path: Path) -> None:
    panel = NegotiationPanel(path)
    assert not panel.keep() and not path.exists()
    panel.buttons["start"].click()
    assert not panel.keep() and not path.exists()


def test_buttons_follow_the_state_of_play(path: Path) -> None:
    panel = NegotiationPanel(path)
    state = lambda: {n for n, b in panel.buttons.items() if not b.disabled}  # noqa: E731
    assert state() == {"start"}
    panel.buttons["start"].click()
    assert state() == {"start", "offer", "walk_away"}
    assert all(control.disabled for control in panel.choice.values())
    panel.buttons["offer"].click()
    assert state() == {"start", "offer", "accept", "walk_away"}
    panel.buttons["accept"].click()
    assert state() == {"start"}


def test_what_an_offer_is_worth_follows_the_sliders(path: Path) -> None:
    panel = NegotiationPanel(path)
    before = panel.worth.value
    panel.choice["at_risk"].value = 5
    assert panel.worth.value != before
    panel.terms["target"].value, panel.terms["at_risk"].value, panel.terms["review_months"].value = (
        0.82,
        0.0,
        6,
    )
    assert "<strong>0.00</strong>" in panel.worth.value and "below your alternative" in panel.worth.value


def test_a_badly_edited_file_is_told_and_the_page_still_shows(path: Path) -> None:
    agreed(path).keep()
    path.write_text(path.read_text(encoding="utf-8").replace("do: accept", "do: shout"), encoding="utf-8")
    panel = NegotiationPanel(path)
    assert panel.run is None and "choices.kpi_negotiation" in panel.status.value
    assert "Demonstration" in panel.still().caption
