"""The hot seat: two people exchange a file; what is private stays so, and what was changed shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import example_path, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation import debrief, hot_seat, setup_from, utility
from alliance_analysis.negotiation.hot_seat import Private, Table
from alliance_analysis.negotiation.setups import ACCEPT, WALK_AWAY, Importance

SETUP = setup_from(read_agreement(example_path()).agreement)
HARD = (0.94, 0.12, 0.2, 1, "none", "system")
MIDDLE = (0.88, 0.08, 0.4, 3, "like_for_like", "records")
CUSTOMER = Private(side="customer", importance=Importance(target=5), alternative="own_people", word="harbour")
VENDOR = Private(side="vendor", importance=Importance(at_risk=5), alternative="tender_again", word="lantern")


def table(*, seated: bool = True) -> Table:
    found = hot_seat.sit(hot_seat.laid(SETUP), CUSTOMER)
    return hot_seat.sit(found, VENDOR) if seated else found


def finished() -> Table:
    found = hot_seat.move(table(), CUSTOMER, SETUP.offer(HARD))
    found = hot_seat.move(found, VENDOR, SETUP.offer(MIDDLE))
    return hot_seat.move(found, CUSTOMER, ACCEPT)


def test_a_whole_game_through_the_file_and_both_see_the_same_from_their_own_side(tmp_path: Path) -> None:
    path, found = tmp_path / "table.yaml", finished()
    for mine in (CUSTOMER, VENDOR):
        hot_seat.write_table(path, found)
        found = hot_seat.reveal(hot_seat.read_table(path), mine)
    hot_seat.write_table(path, found)
    found = hot_seat.read_table(path)
    ours, theirs = (hot_seat.seen_by(found, mine) for mine in (CUSTOMER, VENDOR))
    assert ours.agreed == theirs.agreed == MIDDLE
    assert debrief(ours).reached == debrief(theirs).reached[::-1]
    assert [t.who for t in ours.turns] == ["you", "them", "you"] and [t.who for t in theirs.turns] == [
        "them",
        "you",
        "them",
    ]
    us, them = ours.setup.parties
    assert (us.reserved, them.reserved) == (0.30, 0.40)
    assert us.weights["target"] == 5 / 16 and them.weights["at_risk"] == 5 / 16
    assert debrief(ours).reached[1] == utility(ours.setup.issues, theirs.setup.parties[0], MIDDLE)


def test_the_file_holds_no_ones_interests_before_both_reveal(tmp_path: Path) -> None:
    path = tmp_path / "table.yaml"
    hot_seat.write_table(path, finished())
    text = path.read_text(encoding="utf-8")
    assert "harbour" not in text and "own_people" not in text and "target: 5" not in text
    assert not hot_seat.seen_by(finished(), CUSTOMER).ended
    half = hot_seat.reveal(finished(), CUSTOMER)
    assert not hot_seat.seen_by(half, VENDOR).ended


@pytest.mark.parametrize(
    ("old", "new"),
    [("target: 0.94", "target: 0.92"), ("gainshare: 0.4", "gainshare: 0.5"), ("do: accept", "do: walk_away"),
     ("rounds: 6", "rounds: 9")],
)  # fmt: skip
def test_whatever_is_changed_by_hand_shows(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "table.yaml"
    hot_seat.write_table(path, finished())
    text = path.read_text(encoding="utf-8")
    at = text.rindex(old)
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    with pytest.raises(BadInput, match="does not fit its seal"):
        hot_seat.read_table(path)


def test_each_wrong_turn_and_wrong_file_has_its_own_message() -> None:
    offer, found = SETUP.offer(HARD), table()
    with pytest.raises(BadInput, match="it is for the customer to move"):
        hot_seat.move(found, VENDOR, offer)
    moved = hot_seat.move(found, CUSTOMER, offer)
    with pytest.raises(BadInput, match="it is for the provider to move"):
        hot_seat.move(moved, CUSTOMER, offer)
    with pytest.raises(BadInput, match="sits at this table already"):
        hot_seat.sit(found, VENDOR)
    with pytest.raises(BadInput, match="has not sat down"):
        hot_seat.move(table(seated=False), VENDOR, offer)
    with pytest.raises(BadInput, match="not the one with which you sat down"):
        hot_seat.move(moved, VENDOR.model_copy(update={"alternative": "own_people"}), offer)
    with pytest.raises(BadInput, match="older copy or another table"):
        hot_seat.known(found, CUSTOMER, moved.last)
    hot_seat.known(moved, CUSTOMER, found.last)
    with pytest.raises(BadInput, match="still open"):
        hot_seat.reveal(moved, VENDOR)
    with pytest.raises(BadInput, match="no offer to accept"):
        hot_seat.move(found, CUSTOMER, ACCEPT)
    with pytest.raises(BadInput, match="is over"):
        hot_seat.move(finished(), VENDOR, offer)


def test_what_is_revealed_must_be_what_was_promised() -> None:
    done = finished()
    lied = VENDOR.model_copy(update={"alternative": "second_provider"})
    with pytest.raises(BadInput, match="not the one with which you sat down"):
        hot_seat.reveal(done, lied)
    forged = hot_seat._with(hot_seat.reveal(done, CUSTOMER), by="vendor", do="reveal", played_for=lied)
    with pytest.raises(BadInput, match="the provider revealed is not what it sat down with"):
        hot_seat.seen_by(forged, CUSTOMER)


def test_a_second_move_in_a_row_with_a_right_seal_is_seen(tmp_path: Path) -> None:
    entry = SETUP.offer(HARD).model_dump(exclude={"by", "do", "about"})
    forged = hot_seat._with(table(), by="customer", do="offer", **entry)
    forged = hot_seat._with(forged, by="customer", do="offer", **entry)
    hot_seat.write_table(tmp_path / "table.yaml", forged)
    with pytest.raises(BadInput, match="the customer moved twice in a row"):
        hot_seat.read_table(tmp_path / "table.yaml")


def test_the_rounds_run_out_after_the_last_offer_of_both() -> None:
    found = hot_seat.sit(hot_seat.sit(hot_seat.laid(SETUP, rounds=2), VENDOR), CUSTOMER)
    for _ in range(2):
        assert found.turn == "vendor"  # who sat down first begins
        found = hot_seat.move(found, VENDOR, SETUP.offer(MIDDLE))
        found = hot_seat.move(found, CUSTOMER, SETUP.offer(HARD))
    assert found.turn is None
    for mine in (CUSTOMER, VENDOR):
        found = hot_seat.reveal(found, mine)
    assert hot_seat.seen_by(found, VENDOR).ending == "out_of_rounds"
    walked = hot_seat.move(table(), CUSTOMER, WALK_AWAY)
    assert hot_seat.transcript_of(walked, "vendor").ending == "they_walked_away"
