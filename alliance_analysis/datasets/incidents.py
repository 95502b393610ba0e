"""Incidents of one company's IT service desk (amaral2018incident): was the service level agreement met?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alliance_analysis.datasets.raw import RawFile

EVENTS = RawFile(
    "incidents/incident_event_log.zip",
    "88af0d0e2b066fe5de9a396b5baa2dd87ff1ded3117a66c844a2e73b27ac053b",
    "the event log of UCI data set 498 (doi 10.24432/C57S4H), as a zip file with these exact bytes",
)

HANDOFFS = {0: "0", 1: "1", 2: "2", 3: "3 to 5", 6: "6 or more"}
"""The groups of hand-offs (reassignments), by the least number in each."""

_CLOCK = "%d/%m/%Y %H:%M"


def verdicts(path: Path) -> pd.DataFrame:
    """Return incidents and how many met their agreement, by month opened, priority, hand-offs and wait.

    An incident has the verdict and the priority of its last event, the most reassignments that any event counts,
    and waited for a vendor if any event says so.
    """
    events = pd.read_csv(
        path,
        usecols=[
            "number",
            "ident_state",
            "reassignment_count",
            "sys_mod_count",
            "sys_updated_at",
            "made_sla",
            "opened_at",
            "priority",
        ],
    )
    events["updated"] = pd.to_datetime(events["sys_updated_at"], format=_CLOCK)
    events["month"] = pd.to_datetime(events["opened_at"], format=_CLOCK).dt.strftime("%Y-%m")
    events["waiting"] = events["ident_state"] == "Awaiting Vendor"
    events = events.sort_values(["number", "sys_mod_count", "updated"], kind="stable")
    each = events.groupby("number").agg(
        month=("month", "first"),
        priority=("priority", "last"),
        most=("reassignment_count", "max"),
        waited_for_vendor=("waiting", "max"),
        met=("made_sla", "last"),
    )
    edges = [*HANDOFFS, float("inf")]
    each["handoffs"] = pd.cut(each["most"], edges, right=False, labels=list(HANDOFFS.values())).astype(str)
    keys = ["month", "priority", "handoffs", "waited_for_vendor"]
    return each.groupby(keys, as_index=False).agg(incidents=("met", "size"), met=("met", "sum"))
