"""Deliveries of health supplies (usaid2016scms): on time or not, by vendor and by channel."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from alliance_analysis.datasets.raw import RawFile

LINES = RawFile(
    "scms/SCMS_Delivery_History_Dataset.csv",
    "918b992dd3e8d4b64d2a727b2c4ea607603d0c58f19484e73f7b78528c6a8673",
    "USAID's data set a3rc-nmf6, once at data.usaid.gov; that portal is offline",
)

EARLY_DAYS = 7
"""A delivery more than this many days early counts as a miss in the stricter reading."""

MIN_LINES = 50
"""A vendor needs this many delivery lines to enter the table."""

_CHANNELS = {"Direct Drop": "vendor", "From RDC": "warehouse"}


def _lines(path: Path) -> pd.DataFrame:
    """Return one row a delivery line: channel, vendor, scheduled date and delay in days."""
    lines = pd.read_csv(
        path, usecols=["Fulfill Via", "Vendor", "Scheduled Delivery Date", "Delivered to Client Date"]
    )
    scheduled, delivered = (
        pd.to_datetime(lines[name], format="%d-%b-%y")
        for name in ("Scheduled Delivery Date", "Delivered to Client Date")
    )
    delay = (delivered - scheduled).dt.days
    return pd.DataFrame(
        {
            "channel": lines["Fulfill Via"].map(_CHANNELS),
            "vendor": lines["Vendor"],
            "scheduled": scheduled,
            "delay": delay,
            "on_time": delay <= 0,
            "on_the_day": delay == 0,
            "in_window": delay.between(-EARLY_DAYS, 0),
        }
    )


def vendor_delivery(path: Path) -> pd.DataFrame:
    """Return deliveries by vendor and quarter of the scheduled date; direct deliveries only, not warehouse rows."""
    lines = _lines(path).query("channel == 'vendor'")
    lines = lines[lines.groupby("vendor")["delay"].transform("size") >= MIN_LINES]
    lines = lines.assign(quarter=lines["scheduled"].dt.to_period("Q").astype(str))
    return lines.groupby(["vendor", "quarter"], as_index=False).agg(
        lines=("delay", "size"),
        on_time=("on_time", "sum"),
        in_window=("in_window", "sum"),
        median_delay=("delay", "median"),
    )


def channels(path: Path) -> pd.DataFrame:
    """Return all deliveries by channel (vendor or warehouse) and year of the scheduled date."""
    lines = _lines(path)
    return lines.groupby(["channel", lines["scheduled"].dt.year.rename("year")], as_index=False).agg(
        lines=("delay", "size"),
        on_time=("on_time", "sum"),
        on_the_day=("on_the_day", "sum"),
        in_window=("in_window", "sum"),
    )
