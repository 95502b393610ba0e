"""Incidents: the headline figures of the publisher's file."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd

from alliance_analysis import datasets


def percent_met(rows: pd.DataFrame) -> float:
    return round(100 * float(rows["met"].sum() / rows["incidents"].sum()), 1)


def test_how_many_met_their_agreement() -> None:
    table = datasets.load("incident_sla")
    assert table["incidents"].sum() == 24_918
    assert percent_met(table) == 63.4
    assert percent_met(table[table["handoffs"] == "0"]) == 78.4
    assert percent_met(table[table["handoffs"] != "0"]) == 45.6
    waiting = table[table["waited_for_vendor"]]
    assert waiting["incidents"].sum() == 259
    assert percent_met(waiting) == 5.8


def test_more_handoffs_fewer_agreements_met() -> None:
    table = datasets.load("incident_sla")
    by = [percent_met(rows) for _, rows in table.groupby("handoffs")]
    assert set(table["handoffs"]) == set(datasets.incidents.HANDOFFS.values())
    assert by == sorted(by, reverse=True)


def test_nearly_all_were_opened_in_three_months() -> None:
    """The README says so; the later months carry no trend."""
    by = datasets.load("incident_sla").groupby("month")["incidents"].sum()
    assert by.loc["2016-03":"2016-05"].sum() / by.sum() > 0.98
    assert by.loc["2016-06":].max() < 100


def test_a_second_count_without_pandas(raw: Path) -> None:
    """The verdict of the event with the most modifications, by the most hand-offs; ties fall to the later event."""
    last: dict[str, tuple[int, int, bool]] = {}
    handoffs: dict[str, int] = {}
    with zipfile.ZipFile(raw / datasets.incidents.EVENTS.path) as packed:
        text = io.StringIO(packed.read(packed.namelist()[0]).decode("utf-8"))
    for place, row in enumerate(csv.DictReader(text)):
        number = row["number"]
        seen = (int(row["sys_mod_count"]), place, row["made_sla"] == "true")
        last[number] = max(last.get(number, seen), seen)
        handoffs[number] = max(handoffs.get(number, 0), int(row["reassignment_count"]))
    table = datasets.load("incident_sla").groupby("handoffs")["met"].sum()
    assert sum(met for *_, met in last.values()) == table.sum()
    assert sum(met for number, (*_, met) in last.items() if handoffs[number] >= 6) == table["6 or more"]


def test_the_last_event_gives_the_verdict(tmp_path: Path) -> None:
    """Synthetic: one incident, its events out of order; reassigned four times, kept waiting once, missed at the end."""
    header = "number,ident_state,reassignment_count,sys_mod_count,sys_updated_at,made_sla,opened_at,priority"
    events = [
        "1,Closed,4,9,3/5/2016 10:00,false,1/5/2016 09:00,2",
        "1,New,0,0,1/5/2016 09:00,true,1/5/2016 09:00,3",
        "1,Awaiting Vendor,4,5,2/5/2016 10:00,true,1/5/2016 09:00,3",
    ]
    path = tmp_path / "log.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("log.csv", "\n".join([header, *events]))
    (row,) = datasets.incidents.verdicts(path).to_dict("records")
    assert row == {
        "month": "2016-05", "priority": 2, "handoffs": "3 to 5", "waited_for_vendor": True, "incidents": 1, "met": 0,
    }  # fmt: skip
