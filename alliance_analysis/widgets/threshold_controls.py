"""The controls of the threshold panel: what they are called and offer, and the trial that they amount to."""

from __future__ import annotations

import math
from typing import Any

import ipywidgets as w
import numpy as np

from alliance_analysis.agreement import Agreement
from alliance_analysis.drafting.fields import printed, told_apart
from alliance_analysis.drafting.histories import histories
from alliance_analysis.drafting.trial import OWN, Trial, card_of
from alliance_analysis.measurement.series import Series
from alliance_analysis.measurement.thresholds import LONGEST_WINDOW
from alliance_analysis.widgets.panel import field

KINDS = {
    "p'": "p′, widened",
    "p": "p, chance alone",
    "XmR": "XmR, single values",
}
RULES = {
    "limits": "beyond the limits only",
    "routine": "Nelson 1 to 4",
    "nelson": "Nelson 1 to 8",
    "western electric": "Western Electric 1 to 4",
}
FIRST_LOOK = ("breaches", "window", "typed", "threshold")
"""The controls that a first look shows."""

RECORD = ("card", "source")
"""The controls that say what the threshold is for, and on which past it is tried."""


class Controls:
    """The controls by name; `trial` reads them, `show` sets them."""

    def __init__(self, agreement: Agreement) -> None:
        records = [*((h.title, h.key) for h in histories().values()), ("My own file (CSV)", OWN)]
        count = {"min": 1, "max": LONGEST_WINDOW, "value": 1}
        self.by_name: dict[str, Any] = {
            "card": field(w.Dropdown, "KPI card", "The card that the threshold is for",
                          options=told_apart({card.id: card.name for card in agreement.kpis or [card_of(agreement)]})),
            "source": field(w.Dropdown, "Record", "The past on which the threshold is tried", options=records),
            "start": field(w.Dropdown, "Baseline, first", "First period of the baseline", options=[""]),
            "end": field(w.Dropdown, "Baseline, last", "Last period of the baseline", options=[""]),
            "kind": field(w.Dropdown, "Chart", "How the limits are computed", options=_swapped(KINDS)),
            "rules": field(w.Dropdown, "Rules", "What counts as a signal", options=_swapped(RULES)),
            "direction": field(w.Dropdown, "Better is", "The side that is better", options=["higher", "lower"]),
            "at_risk": field(w.BoundedFloatText, "At-risk amount (% of fee)", "What a due period costs",
                             min=0, max=100, step=0.5),
            "breaches": field(w.BoundedIntText, "Grace: breaches needed", "Breaches until a credit falls due", **count),
            "window": field(w.BoundedIntText, "Grace: within periods", "The periods in which they are counted", **count),
            "typed": field(w.BoundedFloatText, "Threshold, typed", "The same as a number"),
            "threshold": field(w.FloatSlider, "Threshold", "Where the promise is broken", readout=False),
        }  # fmt: skip
        for name, control in self.by_name.items():
            control.add_class(f"cb-{name.replace('_', '-')}")
            control.style = {"description_width": "125px"}

    def __getitem__(self, name: str) -> Any:
        return self.by_name[name]

    def values(self) -> dict[str, Any]:
        """Return what every control holds."""
        return {name: control.value for name, control in self.by_name.items()}

    def trial(self, record: Series, source: str) -> Trial:
        """Return what is set for a record, without the record itself."""
        held = self.values()
        scale = 100 if record.is_rate else 1
        terms = {"threshold": round(held["threshold"] / scale, 9), "at_risk": round(held["at_risk"] / 100, 6)}
        rest = {
            k: held[k] for k in ("card", "start", "end", "kind", "rules", "direction", "breaches", "window")
        }
        return Trial.model_validate({**rest, **terms, "source": source})

    def label(self, name: str) -> str:
        """Return what a control is called, without its unit."""
        return str(self[name].description).partition(" (")[0]

    def settle(self, name: str, value: Any) -> None:
        """Bring the controls that go with the one moved into line with it."""
        if name == "typed":
            self["threshold"].value = value
        elif name == "breaches":
            self["window"].value = max(value, self["window"].value)
        elif name == "window":
            self["breaches"].value = min(value, self["breaches"].value)

    @staticmethod
    def known(record: Series) -> list[str]:
        """Return the periods of a record that have a value."""
        return [
            label for label, value in zip(record.labels, record.values, strict=True) if np.isfinite(value)
        ]

    def show(self, trial: Trial, record: Series) -> None:
        """Set every control to a trial and offer what its record allows."""
        scale = 100 if record.is_rate else 1
        low, high, step = span(record, trial.threshold)
        for name in ("threshold", "typed"):
            with self[name].hold_trait_notifications():
                self[name].min, self[name].max, self[name].step = (
                    round(x * scale, 9) for x in (low, high, step)
                )
                self[name].value = round(trial.threshold * scale, 9)
            unit = "%" if record.is_rate else record.unit
            self[name].description = f"{'Threshold, typed' if name == 'typed' else 'Threshold'} ({unit})"
        known = self.known(record)
        for name, end in (
            ("start", next((p for p in known if p >= trial.start), known[0])),
            ("end", next((p for p in reversed(known) if p <= trial.end), known[-1])),
        ):
            self[name].options, self[name].value = known, end
        kinds = KINDS if record.numerator is not None else {"XmR": KINDS["XmR"]}
        self["kind"].options, self["kind"].value = _swapped(kinds), trial.kind
        for name in ("card", "source", "rules", "direction", "breaches", "window"):
            self[name].value = getattr(trial, name)
        self["at_risk"].value = 100 * trial.at_risk

    def printed(self, name: str, value: Any, record: Series) -> str:
        """Return what a control holds as it is said of a move.

        >>> from alliance_analysis.agreement import Agreement
        >>> from alliance_analysis.measurement.series import series
        >>> controls = Controls(Agreement(schema=1, title="Draft"))
        >>> controls.printed("rules", "limits", series(["2025", "2026"], [0.5, 0.6]))
        'beyond the limits only'
        """
        if name == "threshold":
            return printed(value / (100 if record.is_rate else 1), record.unit)
        return next((o[0] for o in getattr(self[name], "options", ()) if isinstance(o, tuple) and o[1] == value),
                    f"{value:g}" if isinstance(value, float) else str(value))  # fmt: skip


def span(record: Series, threshold: float) -> tuple[float, float, float]:
    """Return the lowest and highest threshold to be offered, and the step, in the unit of the record.

    The values with a quarter of their range on each side, and `threshold`; a rate stays within 0 and 1.

    >>> from alliance_analysis.measurement.series import series
    >>> span(series(["2025", "2026"], [0.8, 0.9]), 0.95), span(series(["2025", "2026"], [10, 30], unit="days"), 12)
    ((0.775, 0.95, 0.001), (5.0, 35.0, 0.2))
    """
    least, most = float(np.nanmin(record.values)), float(np.nanmax(record.values))
    room = (most - least) / 4
    if room <= max(1e-9 * abs(most), 1e-12):  # as good as constant
        room = 0.05 * abs(most) if abs(most) > 1e-9 else 1.0
    low, high = min(least - room, threshold), max(most + room, threshold)
    if record.is_rate:
        low, high = min(max(low, 0.0), threshold), max(min(high, 1.0), threshold)
    rough = (high - low) / 200
    size = 10.0 ** math.floor(math.log10(rough))
    step = size * next(k for k in (1, 2, 5, 10) if k * size >= rough * (1 - 1e-9))
    low, high = math.floor(low / step + 1e-6) * step, math.ceil(high / step - 1e-6) * step
    return round(low, 12), round(high, 12), step


def _swapped(words: dict[str, str]) -> list[tuple[str, str]]:
    return [(said, key) for key, said in words.items()]
