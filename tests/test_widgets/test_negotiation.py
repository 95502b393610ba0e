"""The negotiation panel: a game from start to Keep, and the file that gives it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import open_agreement, read_agreement
from alliance_analysis.negotiation import LABELS, Package, recorded
from alliance_analysis.widgets.negotiation import UNKEPT, NegotiationPanel

HARD = (0.94, 0.12, 0.2, 1, "none", "system")
SOFT = (0.82, 0.0, 0.6, 6, "industry_index", "result")

# panel.field also sets the tooltip's old name, which ipywidgets deprecates.


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agreement.yaml"


@pytest.fixture(autouse=True)
def a_kernel_of_its_own() -> None:
    UNKEPT.clear()


def play(panel: NegotiationPanel, *offers: Package) -> None:
    panel.buttons["start"].click()
    for package in offers:
        for control, value in zip(panel.terms.values(), package, strict=True):
            control.value = value
        panel.buttons["offer"].click()


def agreed(path: Path) -> NegotiationPanel:
    UNKEPT.clear()  # another person's session
    panel = NegotiationPanel(path)
    play(panel, HARD, (0.9, 0.08, 0.4, 3, "like_for_like", "records"))
    panel.buttons["accept"].click()
    return panel


def test_keep_takes_the_terms_onto_the_card_and_a_second_keep_adds_nothing(path: Path) -> None:
    panel = agreed(path)
    assert panel.run is not None and panel.run.agreed
    assert panel.keep()
    assert "stricter than its target" in panel.status.value and "cb-hint" in panel.status.value
    kept = read_agreement(path).agreement
    card = next(c for c in kept.kpis if c.id == panel.run.setup.card)
    assert tuple(getattr(card, name) for name in LABELS) == panel.run.agreed
    assert tuple(kept.choices["kpi_negotiation"]["agreed"].values()) == panel.run.agreed
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
    play(panel, HARD)
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
    play(panel, HARD)
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
    assert state() == {"start", "ask", "offer", "walk_away"}
    assert all(control.disabled for control in panel.choice.values())
    panel.buttons["offer"].click()
    assert state() == {"start", "ask", "offer", "accept", "walk_away"}
    panel.buttons["accept"].click()
    assert state() == {"start"}


def test_what_an_offer_is_worth_follows_the_sliders(path: Path) -> None:
    panel = NegotiationPanel(path)
    before = panel.worth.value
    panel.choice["at_risk"].value = 5
    assert panel.worth.value != before
    for control, value in zip(panel.terms.values(), SOFT, strict=True):
        control.value = value
    assert f"<strong>{0.4 * 2 / 16:.2f}</strong>" in panel.worth.value  # an adjusted baseline is worth 0.4
    assert "below your alternative" in panel.worth.value


def test_a_badly_edited_file_is_told_and_the_page_still_shows(path: Path) -> None:
    agreed(path).keep()
    path.write_text(path.read_text(encoding="utf-8").replace("do: accept", "do: shout"), encoding="utf-8")
    panel = NegotiationPanel(path)
    assert panel.run is None and "choices.kpi_negotiation" in panel.status.value
    assert "Demonstration" in panel.still().caption


def test_what_was_asked_is_heard_and_not_offered_again(path: Path) -> None:
    panel = NegotiationPanel(path)
    panel.buttons["start"].click()
    panel.about.value = "at_risk"
    panel.buttons["ask"].click()
    assert "Our margin is thin" in panel.heard.value
    assert "at_risk" not in [value for _, value in panel.about.options] and len(panel.about.options) == 5
    panel.buttons["walk_away"].click()
    assert "at-risk amount" not in panel.end.value.split("Never asked about")[1]
    assert panel.keep() and NegotiationPanel(path).heard.value == panel.heard.value


def test_what_is_not_kept_survives_a_second_run_of_the_page(path: Path) -> None:
    panel = NegotiationPanel(path)
    panel.choice["target"].value = 5
    assert NegotiationPanel(path).choice["target"].value == 5
    play(panel, HARD)
    again = NegotiationPanel(path)
    assert again.run == panel.run and "not kept is still here" in again.status.value
    assert again.keep() and not UNKEPT
    assert NegotiationPanel(path).status.value == ""


def test_what_is_not_kept_gives_way_to_a_file_that_moved_on(path: Path) -> None:
    panel = NegotiationPanel(path)
    play(panel, HARD)
    unkept = dict(UNKEPT)
    agreed(path).keep()
    UNKEPT.update(unkept)
    assert NegotiationPanel(path).run != panel.run


def test_the_price_only_buyer_sets_you_on_the_providers_side(path: Path) -> None:
    panel = NegotiationPanel(path)
    panel.choice["character"].value = "price_only_buyer"
    assert panel.choice["side"].value == "vendor" and panel.choice["side"].disabled
    play(panel, HARD)
    assert panel.run is not None and panel.run.setup.you == "The recruiting provider"
    panel.buttons["walk_away"].click()
    assert "Debrief" not in panel.plain.value and "did not agree" in panel.plain.value


def test_the_debrief_opens_with_a_plain_sentence_and_names_the_barriers(path: Path) -> None:
    panel = agreed(path)
    assert panel.plain.value.count("You agreed on terms worth") == 1
    assert panel.barriers.layout.display is None and "never spelled out" in panel.barriers.value


def test_a_negotiation_over_three_terms_opens_in_the_panel(path: Path) -> None:
    path.write_bytes((Path(__file__).parents[1] / "data" / "exemplar_agreement.yaml").read_bytes())
    panel = NegotiationPanel(path)
    assert panel.run is not None and panel.run.agreed == (0.922, 0.05, 3)
    assert panel.terms["gainshare"].layout.display == "none"
    panel.buttons["start"].click()
    assert panel.terms["gainshare"].layout.display is None and len(panel.package) == 6


def test_every_slider_goes_up_to_the_right_and_its_label_says_its_value(path: Path) -> None:
    panel = NegotiationPanel(path)
    for name in ("target", "at_risk", "gainshare"):
        values = [value for _, value in panel.terms[name].options]
        assert values == sorted(values) and not panel.terms[name].readout
    panel.terms["gainshare"].value = 0.4
    panel.terms["gainshare"].index += 1
    assert panel.terms["gainshare"].value > 0.4
    assert panel.terms["gainshare"].description.endswith(f": {panel.terms['gainshare'].label}")


def test_the_panel_names_the_kpi_before_it_starts_and_speaks_of_keeping_only_after_a_keep(path: Path) -> None:
    panel = NegotiationPanel(path)
    assert panel.setup().name in panel.says.value
    assert not panel.keep()
    panel.buttons["start"].click()
    assert panel.status.value == ""
    play_on(panel)
    assert panel.keep()
    panel.move(panel.setup().offer(panel.package))
    assert "not kept yet" in panel.status.value


def play_on(panel: NegotiationPanel) -> None:
    for control, value in zip(panel.terms.values(), HARD, strict=True):
        control.value = value
    panel.buttons["offer"].click()
