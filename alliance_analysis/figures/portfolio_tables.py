"""A batch as a whole, in tables: what was run, what was recorded, what stands out, what failed."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.portfolio import invented_note, is_invented, number

_LISTED = 8  # values of one parameter that are printed


def parameters(values: Mapping[str, Mapping[str, int]]) -> Exhibit:
    """Return the table of parameters: how many values each takes, and which, with the number of rows."""
    rows = []
    for name, counts in values.items():
        shown = [f"{safe(value)} ({count})" for value, count in list(counts.items())[:_LISTED]]
        shown += [f"and {len(counts) - _LISTED} more"] if len(counts) > _LISTED else []
        rows.append(
            {"Parameter": safe(name), "Different values": str(len(counts)), "Value (rows)": ", ".join(shown)}
        )
    return Exhibit(
        "parameters",
        "The Parameters of the Rows",
        "; ".join(
            f"{name}: {len(counts)} different value{'s' * (len(counts) != 1)}"
            for name, counts in values.items()
        )
        + ".",
        table=pd.DataFrame(rows),
        widths=(18, 14, 68),
    )


def times(phases: pd.DataFrame) -> Exhibit:
    """Return the table of times; `phases` has phases as columns and rows of the batch as rows, in seconds."""
    rows = [
        {
            "Phase": safe(str(name)),
            "Rows": str(column.count()),
            "Median": f"{column.median():.2f}",
            "Longest": f"{column.max():.2f}",
            "Sum": f"{column.sum():.1f}",
        }
        for name, column in phases.items()
    ]
    return Exhibit(
        "times",
        "Seconds by Phase of a Row",
        "; ".join(f"{row['Phase']}: median {row['Median']} s, longest {row['Longest']} s" for row in rows)
        + ".",
        table=pd.DataFrame(rows),
        widths=(40, 15, 15, 15, 15),
        note="Seconds of work, as the workers measured them; several workers run side by side.",
    )


def summary(outcomes: pd.DataFrame, quartiles: Mapping[str, tuple[float, float, float]]) -> Exhibit:
    """Return the table of outcomes: rows that recorded each, lowest, quartiles, highest."""
    rows = []
    for name, column in outcomes.items():
        label = str(name)
        values = [column.min(), *quartiles[label], column.max()]
        printed = [number(label, float(value)) for value in values]
        heads = ("Lowest", "1st quartile", "Median", "3rd quartile", "Highest")
        rows.append(
            {"Outcome": safe(label), "Rows": str(column.count())} | dict(zip(heads, printed, strict=True))
        )
    return Exhibit(
        "outcomes",
        "What Was Recorded",
        f"{len(rows)} outcomes over {len(outcomes)} rows: "
        + "; ".join(f"{row['Outcome']}, median {row['Median']}" for row in rows)
        + ".",
        table=pd.DataFrame(rows),
        widths=(36, 8, 11, 11, 11, 11, 12),
        note="Quartiles stand at rank (<em>n</em> + 1)<em>p</em>." + invented_note(outcomes),
        synthetic=any(map(is_invented, outcomes)),
    )


def outliers(found: pd.DataFrame) -> Exhibit:
    """Return the table of outliers, one line for equal values of one outcome.

    `found` has the columns outcome, value, low and high (the fences), score, fence, z, count and rows (a text).
    """
    rows = [_outlier(line) for line in found.to_dict("records")]
    bare = found["low"].isna().any() or found["score"].isna().any()
    return Exhibit(
        "outliers",
        "Outliers",
        f"{found['count'].sum()} outliers: "
        + "; ".join(
            f"{r['Outcome']} {r['Value']}, outside by {r['Outside by']}, in {r['Rows']}" for r in rows
        )
        + ".",
        table=pd.DataFrame(rows),
        widths=(26, 10, 16, 10, 10, 28),
        note=("None: too many rows agree for the rule to have a measure." * bool(bare))
        + invented_note(found["outcome"]),
        synthetic=any(map(is_invented, found["outcome"])),
    )


def _outlier(line: Mapping[Hashable, Any]) -> dict[str, str]:
    name, low, high, score = (line[key] for key in ("outcome", "low", "high", "score"))
    return {
        "Outcome": safe(name),
        "Value": number(name, line["value"]),
        "Fences": "none" if math.isnan(low) else f"{number(name, low)} to {number(name, high)}",
        "Modified z": "none" if math.isnan(score) else f"{score:.2f}".replace("-", "−"),
        "Outside by": " and ".join(rule for rule in ("fence", "z") if line[rule]),
        "Rows": safe(line["rows"]),
    }


def _signed(value: float) -> str:
    text = "–" if math.isnan(value) else f"{value:+.2f}".replace("-", "−")
    return "0.00" if text.endswith("0.00") else text


def ranks(correlations: pd.DataFrame) -> Exhibit:
    """Return the table of rank correlations of outcomes with numeric parameters."""
    rows = [
        {"Outcome": safe(str(name))}
        | {safe(str(parameter)): _signed(value) for parameter, value in line.items()}
        for name, line in correlations.iterrows()
    ]
    each = 60 / correlations.shape[1]
    return Exhibit(
        "ranks",
        "Rank Correlation of Outcomes With Numeric Parameters",
        "; ".join(", ".join(f"{key} {value}" for key, value in row.items()) for row in rows) + ".",
        table=pd.DataFrame(rows),
        widths=(40, *[each] * correlations.shape[1]),
        note="Spearman’s rank correlation, from −1 to +1. A dash: one of the two is the same in all rows that recorded "
        "the outcome, or these are fewer than three." + invented_note(correlations.index),
        synthetic=any(map(is_invented, correlations.index)),
    )


def ranking(rows: pd.DataFrame, outcome: str, label: str, caption: str) -> Exhibit:
    """Return rows in order; `rows` has the columns place, row, value and parameters."""
    table = pd.DataFrame(
        {
            "Place": [str(place) for place in rows["place"]],
            "Row": [safe(str(row)) for row in rows["row"]],
            "Value": [number(outcome, value) for value in rows["value"]],
            "Parameters": [safe(text) for text in rows["parameters"]],
        }
    )
    return Exhibit(
        label,
        caption,
        f"{outcome}: " + "; ".join(table["Row"] + ", " + table["Value"]) + ".",
        table=table,
        widths=(9, 30, 13, 48),
        note=f"Value: {safe(outcome)}. Rows with equal values share a place.",
        synthetic=is_invented(outcome),
    )


def failures(groups: pd.DataFrame) -> Exhibit:
    """Return the table of failures; `groups` has the columns kind, reason, count and rows (a text)."""
    table = pd.DataFrame(
        {
            "Kind": [safe(kind) for kind in groups["kind"]],
            "Reason": [safe(" ".join(reason.split())) for reason in groups["reason"]],
            "How many": [str(count) for count in groups["count"]],
            "Rows": [safe(text) for text in groups["rows"]],
        }
    )
    counts = groups.groupby("kind", sort=False)["count"].sum()
    return Exhibit(
        "failures",
        "What Failed, and Why",
        "; ".join(f"{kind}: {number} rows" for kind, number in counts.items()) + ".",
        table=table,
        widths=(15, 45, 10, 30),
    )
