"""Escalation: a check of the whole table, a state machine that replays its log, and clocks in working days."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from pydantic import ValidationError

from alliance_analysis.agreement.clauses import Clocks
from alliance_analysis.errors import BadInput
from alliance_analysis.measurement.escalation import (
    TRANSITIONS,
    Escalation,
    Event,
    Remediation,
    RemediationStep,
    State,
    advance,
    follow,
    spans,
    time_to_resolution,
)
from alliance_analysis.records import as_plain, parse, render, validate

MONDAY = date(2025, 3, 3)
CLOCKS = Clocks(watch=20, level_1=5, level_2=5, steering_committee=10)
OPENED = Escalation(id="e1", kpi="on_time", opened=MONDAY, reason="below the limit", clocks=CLOCKS)


def plan(by: date, **changes: Any) -> Remediation:
    return Remediation.model_validate(
        {
            "response": "budget reallocation",
            "sponsors": {"customer": "operations lead", "vendor": "delivery lead"},
            "steps": [RemediationStep(text="open a second dock", due=by)],
            "due": by,
            "readjustment_criteria": "three months inside the limits",
        }
        | changes
    )


def reachable(start: State) -> set[State]:
    seen: set[State] = set()
    ahead: list[State] = [start]
    while ahead:
        state = ahead.pop()
        seen.add(state)
        ahead += [after for after in TRANSITIONS[state].values() if after not in seen]
    return seen


def test_every_state_is_reachable_and_can_reach_closed() -> None:
    assert set(TRANSITIONS) == set(get_args(State)) == reachable("watch")
    assert all("closed" in reachable(state) for state in TRANSITIONS)
    assert TRANSITIONS["closed"] == {}


def test_clocks_alone_end_in_closed_or_arbitration() -> None:
    """Nobody can stall by silence: every state but arbitration and closed has a clock, and clocks make no circle."""
    for state in TRANSITIONS:
        path: list[State] = [state]
        while "clock" in TRANSITIONS[path[-1]]:
            path.append(TRANSITIONS[path[-1]]["clock"])
            assert len(path) == len(set(path))
        assert path[-1] in ("closed", "arbitration")


class Machine(RuleBasedStateMachine):
    """Any order of allowed events keeps the log replayable, and any other event is refused and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.case, self.state, self.today = OPENED, "watch", MONDAY

    @precondition(lambda self: self.state != "closed")
    @rule(event=st.sampled_from(get_args(Event)), days=st.integers(0, 40))
    def try_event(self, event: Event, days: int) -> None:
        on = self.today + timedelta(days)
        due = self.case.due
        allowed = event in TRANSITIONS[self.state] and not (event == "clock" and due is not None and on < due)  # type: ignore[index]
        remediation = plan(on + timedelta(30)) if event == "remedy" else None
        before = self.case
        if not allowed:
            with pytest.raises(BadInput):
                advance(self.case, event, on, "role", remediation=remediation)
            return
        self.case = advance(self.case, event, on, "role", remediation=remediation)
        self.state, self.today = TRANSITIONS[self.state][event], on  # type: ignore[index]
        assert self.case.model_copy(update={"log": self.case.log[:-1]}) == before

    @rule(event=st.sampled_from(get_args(Event)))
    @precondition(lambda self: self.state == "closed")
    def nothing_follows(self, event: Event) -> None:
        with pytest.raises(BadInput, match="open a new escalation"):
            advance(self.case, event, self.today, "role")

    @invariant()
    def replaying_the_log_gives_the_state(self) -> None:
        again = validate(Escalation, parse(render(as_plain(self.case)), Path("escalation.yaml")))
        assert again == self.case
        assert again.state == self.case.state == self.state
        days = sum(span.working_days for span in spans(self.case, self.today))
        assert days == np.busday_count(MONDAY, self.today)
        if self.state == "closed":
            assert time_to_resolution(self.case) == days


Machine.TestCase.settings = settings(max_examples=25, stateful_step_count=12, deadline=None)
TestMachine = Machine.TestCase


def test_an_illegal_transition_names_what_is_allowed() -> None:
    with pytest.raises(
        BadInput,
        match="'remedy' is not allowed in the state 'watch'; allowed is one of signal, clock, resolved",
    ):
        advance(OPENED, "remedy", MONDAY, "role", remediation=plan(date(2025, 5, 2)))


def test_a_clock_counts_working_days() -> None:
    level = advance(OPENED, "signal", date(2025, 3, 7), "data owner")  # a Friday
    assert level.due == date(2025, 3, 14)
    with pytest.raises(BadInput, match="runs until 2025-03-14"):
        advance(level, "clock", date(2025, 3, 13), "clock")
    saturday = advance(OPENED, "signal", date(2025, 3, 8), "data owner")
    assert saturday.due == date(2025, 3, 14)


def test_clocks_and_signals_drive_it() -> None:
    """Signal on day 5, then 5 and 5 and 10 working days of silence: arbitration after 25 working days."""
    signals = {date(2025, 3, 10): "beyond a limit", date(2025, 3, 12): "beyond a limit"}
    case = follow(OPENED, signals, date(2025, 12, 31))
    assert [entry.event for entry in case.log] == ["signal", "clock", "clock", "clock"]
    assert case.state == "arbitration" and case.due is None
    assert case.log[-1].on == np.busday_offset(MONDAY, 25).item()
    assert [span.working_days for span in spans(case, date(2025, 4, 8))] == [5, 5, 5, 10, 1]
    assert time_to_resolution(case) is None
    assert follow(case, signals, date(2026, 12, 31)) == case
    quiet = follow(OPENED, {}, date(2025, 12, 31))
    assert quiet.state == "closed" and time_to_resolution(quiet) == 20
    assert follow(OPENED, signals, date(2025, 3, 9)) == OPENED
    last_day = follow(OPENED, {date(2025, 3, 31): "beyond a limit"}, date(2025, 3, 31))
    assert last_day.state == "level_1"


def test_a_remediation_that_fails_comes_back_and_one_that_holds_closes() -> None:
    level = advance(OPENED, "signal", date(2025, 3, 10), "data owner")
    agreed = advance(level, "remedy", date(2025, 3, 12), "leads", remediation=plan(date(2025, 4, 30)))
    assert (agreed.state, agreed.due) == ("remediation", date(2025, 4, 30))
    assert follow(agreed, {date(2025, 4, 1): "beyond a limit"}, date(2025, 4, 2)).state == "level_2"
    assert follow(agreed, {}, date(2025, 4, 30)).state == "steering_committee"
    closed = advance(agreed, "resolved", date(2025, 4, 25), "both sponsors")
    assert time_to_resolution(closed) == np.busday_count(MONDAY, date(2025, 4, 25))


@pytest.mark.parametrize(
    "changes",
    [{"sponsors": {"customer": "lead"}}, {"sponsors": {"a": "x", "b": "y", "c": "z"}}, {"steps": []}, {"due": None},
     {"readjustment_criteria": " "}, {"response": "apology"}, {"due": date(2025, 5, 1)}],
)  # fmt: skip
def test_a_remediation_lacks_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        plan(date(2025, 5, 2), **changes)


def test_a_remedy_has_its_remediation_and_nothing_else_has_one() -> None:
    level = advance(OPENED, "signal", date(2025, 3, 10), "data owner")
    with pytest.raises(BadInput, match="a remedy needs its remediation"):
        advance(level, "remedy", date(2025, 3, 12), "leads")
    with pytest.raises(BadInput, match="a remedy needs its remediation"):
        advance(level, "resolved", date(2025, 3, 12), "leads", remediation=plan(date(2025, 5, 2)))
    with pytest.raises(BadInput, match="before it is agreed"):
        advance(level, "remedy", date(2025, 5, 3), "leads", remediation=plan(date(2025, 5, 2)))
    with pytest.raises(BadInput, match="by"):
        advance(level, "resolved", date(2025, 3, 12), " ")


@pytest.mark.parametrize(
    ("entry", "says"),
    [({"state": "arbitration"}, "leads from 'watch' to 'level_1'"), ({"event": "remedy"}, "not allowed"),
     ({"on": date(2025, 3, 1)}, "stands after")],
)  # fmt: skip
def test_a_log_that_was_tampered_with_cannot_be_read(entry: dict[str, Any], says: str) -> None:
    content = as_plain(advance(OPENED, "signal", date(2025, 3, 10), "data owner"))
    content["log"][0] |= entry
    with pytest.raises(BadInput, match=says):
        validate(Escalation, parse(render(content), Path("escalation.yaml")))
