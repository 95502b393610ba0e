"""Escalation of a shortfall: who must act by when, what moves it on, and a log that can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from alliance_analysis.agreement.clauses import Clocks
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record

State = Literal["watch", "level_1", "level_2", "steering_committee", "arbitration", "remediation", "closed"]
Event = Literal["signal", "clock", "remedy", "resolved"]

TRANSITIONS: dict[State, dict[Event, State]] = {
    "watch": {"signal": "level_1", "clock": "closed", "resolved": "closed"},
    "level_1": {"clock": "level_2", "remedy": "remediation", "resolved": "closed"},
    "level_2": {"clock": "steering_committee", "remedy": "remediation", "resolved": "closed"},
    "steering_committee": {"clock": "arbitration", "remedy": "remediation", "resolved": "closed"},
    "arbitration": {"remedy": "remediation", "resolved": "closed"},
    "remediation": {"signal": "level_2", "clock": "steering_committee", "resolved": "closed"},
    "closed": {},
}
"""Where each event leads from each state; what is not listed is not allowed."""


class RemediationStep(Record):
    """One step of a remediation and the date by which it is done."""

    text: Text
    due: date


class Remediation(Record):
    """What both sides will do about a shortfall; `sponsors` maps each of two parties to its accountable role."""

    response: Literal["remediation plan", "budget reallocation", "revised milestone"]
    sponsors: Annotated[dict[Identifier, Text], Field(min_length=2, max_length=2)]
    steps: Annotated[list[RemediationStep], Field(min_length=1)]
    due: date
    readjustment_criteria: Text

    @model_validator(mode="after")
    def _steps_end_in_time(self) -> Remediation:
        late = [step.text for step in self.steps if step.due > self.due]
        if late:
            raise ValueError(f"after the due date {self.due}: {', '.join(late)}")
        return self


class Entry(Record):
    """One line of the log: what happened, when, by which role, and the state it led to."""

    on: date
    event: Event
    state: State
    by: Text
    note: Text | None = None
    remediation: Remediation | None = None


class Escalation(Record):
    """One escalation of one KPI, from the signal that put it on watch to its close.

    The log is only ever added to (`advance`). Reading it replays it: every entry must be an allowed transition, in
    the order of dates, a clock no earlier than it runs out, and a remedy with its remediation.
    """

    id: Identifier
    kpi: Identifier
    opened: date
    reason: Text
    clocks: Clocks
    log: list[Entry] = Field(default_factory=list)

    @model_validator(mode="after")
    def _replayed(self) -> Escalation:
        faults = [
            f"log[{i}]: {what}"
            for i, entry in enumerate(self.log)
            if (what := _fault(self.clocks, self.opened, self.log[:i], entry))
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def state(self) -> State:
        """The state now."""
        return self.log[-1].state if self.log else "watch"

    @property
    def due(self) -> date | None:
        """The day on which the present state's clock runs out; None where none runs."""
        return _due(self.clocks, self.opened, self.log)


def _due(clocks: Clocks, opened: date, log: list[Entry]) -> date | None:
    state, since = (log[-1].state, log[-1].on) if log else ("watch", opened)
    if state == "remediation":
        return log[-1].remediation.due if log[-1].remediation else None
    days = getattr(clocks, state, None)
    return None if days is None else date.fromisoformat(str(np.busday_offset(since, days, roll="backward")))


def _fault(clocks: Clocks, opened: date, log: list[Entry], entry: Entry) -> str:
    """Return what is wrong with the next entry of a log, or nothing."""
    state, since = (log[-1].state, log[-1].on) if log else ("watch", opened)
    allowed, due, fault = TRANSITIONS[state], _due(clocks, opened, log), ""
    if entry.event not in allowed:
        choice = f"one of {', '.join(allowed)}" if allowed else "nothing: open a new escalation"
        fault = f"'{entry.event}' is not allowed in the state '{state}'; allowed is {choice}"
    elif entry.state != allowed[entry.event]:
        fault = f"'{entry.event}' leads from '{state}' to '{allowed[entry.event]}', not to '{entry.state}'"
    elif entry.on < since:
        fault = f"the entry of {entry.on} stands after one of {since}"
    elif entry.event == "clock" and due is not None and entry.on < due:
        fault = f"the clock of '{state}' runs until {due}"
    elif (entry.event == "remedy") != (entry.remediation is not None):
        fault = "a remedy needs its remediation (two sponsors, steps, due date, criteria), and nothing else has one"
    elif entry.remediation and entry.remediation.due < entry.on:
        fault = f"the remediation is due ({entry.remediation.due}) before it is agreed ({entry.on})"
    return fault


def advance(
    case: Escalation,
    event: Event,
    on: date,
    by: str,
    *,
    note: str | None = None,
    remediation: Remediation | None = None,
) -> Escalation:
    """Return the escalation with one more entry in its log.

    Raises BadInput for what the table does not allow (naming what it does), for a date before the last entry, for a
    clock that still runs, and for a remedy without its remediation.

    >>> clocks = Clocks(watch=20, level_1=5, level_2=5, steering_committee=10)
    >>> case = Escalation(id="e1", kpi="on_time", opened=date(2025, 3, 3), reason="below the limit", clocks=clocks)
    >>> case = advance(case, "signal", date(2025, 3, 10), "data owner", note="8 in a row below the mean")
    >>> case.state, case.due.isoformat()
    ('level_1', '2025-03-17')
    >>> advance(case, "signal", date(2025, 3, 12), "data owner")
    Traceback (most recent call last):
        ...
    alliance_analysis.errors.BadInput: ... allowed is one of clock, remedy, resolved
    """
    state = TRANSITIONS[case.state].get(event, case.state)
    try:
        entry = Entry(on=on, event=event, state=state, by=by, note=note, remediation=remediation)
    except ValidationError as error:
        raise BadInput(
            [Fault(e["msg"], field=".".join(map(str, e["loc"]))) for e in error.errors()]
        ) from None
    fault = _fault(case.clocks, case.opened, case.log, entry)
    if fault:
        raise BadInput(fault, field=case.id)
    return case.model_copy(update={"log": [*case.log, entry]})


def follow(case: Escalation, signals: Mapping[date, str], until: date) -> Escalation:
    """Return the escalation after the clocks and the control chart's signals up to and including `until`.

    `signals` maps a day to the rule that fired. A clock that runs out is entered on that day, after a signal of the
    same day. A signal in a state that takes none is left out: the shortfall is in hand already.
    """
    while case.state != "closed":
        last = case.log[-1].on if case.log else case.opened
        ahead = [day for day in signals if last < day <= until and "signal" in TRANSITIONS[case.state]]
        due = case.due
        if ahead and (due is None or min(ahead) <= due):
            case = advance(case, "signal", min(ahead), "control chart", note=signals[min(ahead)])
        elif due is not None and due <= until:
            case = advance(case, "clock", due, "clock")
        else:
            break
    return case


@dataclass(frozen=True)
class Span:
    """A stay in one state: first day, last day (None while it lasts), and working days so far."""

    state: State
    start: date
    end: date | None
    working_days: int


def spans(case: Escalation, until: date) -> tuple[Span, ...]:
    """Return the stays in each state, in order, the last one counted up to `until`; closed has no stay."""
    starts: list[tuple[State, date]] = [("watch", case.opened), *((e.state, e.on) for e in case.log)]
    ends = [day for _, day in starts[1:]] + [None]
    return tuple(
        Span(state, start, end, int(np.busday_count(start, end or max(until, start))))
        for (state, start), end in zip(starts, ends, strict=True)
        if state != "closed"
    )


def time_to_resolution(case: Escalation) -> int | None:
    """Return the working days from opening to close, or None while the escalation is open."""
    return int(np.busday_count(case.opened, case.log[-1].on)) if case.state == "closed" else None
