"""The short test before and after the course, and what to read again."""

from __future__ import annotations

import pandas as pd

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.review.quiz import Score, chance, gain, items


def quiz_result(before: Score | None, after: Score | None) -> Exhibit:
    """Return the results of both tests; the reasons and the pages to read again only once the second was taken."""
    known = {item.id: item for item in items()}
    taken = {"before": before, "after": after}
    said = "; ".join(
        f"{when} {len(s.right)} of {s.total}" if s else f"{when} not taken" for when, s in taken.items()
    )
    grown = gain(before, after) if before and after else None
    gained = (
        f" Normalised gain {grown:+.0%} of what was left to learn.".replace("-", "−")
        if grown is not None
        else ""
    )
    missed = [known[name] for name in (*after.wrong, *after.open)] if after else []
    rows = [
        {"Read again": safe(item.taught), "Question": safe(item.question), "Answer": safe(item.options[item.right]),
         "Why": safe(item.why)}
        for item in missed
    ] or [
        {"Test": f"{when.capitalize()} the course", "Right answers": f"{len(s.right)} of {s.total}" if s else "not taken"}
        for when, s in taken.items()
    ]  # fmt: skip
    later = "" if after else " What was missed, and why, appears after the second test."
    return Exhibit(
        "test_result",
        "Before and After",
        f"Right answers: {said}.{gained}",
        table=pd.DataFrame(rows),
        widths=(16, 32, 26, 26) if missed else (),
        note=f"Right answers: {said}.{gained}{later} Guessing gets {chance(items()):.0%} on average. Scored here; "
        "the answers stand in your agreement file and go nowhere.",
    )
