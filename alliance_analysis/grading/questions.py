"""The questions of the graded assignment: each drawn from a student's seed, its right answer computed by the package."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alliance_analysis.cases.measures import Growth
from alliance_analysis.datasets import load
from alliance_analysis.incentives.service_credits import service_credit
from alliance_analysis.measurement.charts import E2, chart
from alliance_analysis.measurement.series import series
from alliance_analysis.negotiation.frontier import frontier
from alliance_analysis.negotiation.utility import Issue, Option, Party
from alliance_analysis.review.alignment import alignment

QUARTERS = range(8, 13)
"""How many quarters of a vendor a student may get."""


@dataclass(frozen=True)
class Question:
    """One question of one variant: its text (Markdown), the right answer, and how far a number may be off.

    `way` is how the answer is found, with the question's own numbers; `term` is the glossary's word for what is asked.
    A question with `options` is a choice; its answer is one of them.
    """

    text: str
    right: float | str
    tolerance: float = 0.0
    options: tuple[str, ...] = ()
    way: str = ""
    term: str = ""

    @property
    def shown(self) -> str:
        """The right answer as the question asks for it.

        >>> Question("", 0.1 + 0.6, 0.006).shown, Question("", 12500.0, 0.5).shown, Question("", "B").shown
        ('0.70', '12,500', 'B')
        """
        if isinstance(self.right, str):
            return self.right
        return f"{self.right:,.{max(0, round(-math.log10(self.tolerance)))}f}"

    def accepts(self, answer: Any) -> bool:
        """Return whether an answer is right; anything that is no number or no option is not.

        >>> question = Question("How much?", 0.25, 0.001)
        >>> [question.accepts(answer) for answer in (0.2504, "0.25", 0.26, None, True, "many")]
        [True, True, False, False, False, False]
        """
        if self.options:
            return isinstance(answer, str) and answer.strip().casefold() == str(self.right).casefold()
        if isinstance(answer, bool) or not isinstance(answer, int | float | str):
            return False
        try:
            return math.isclose(float(answer), float(self.right), rel_tol=0, abs_tol=self.tolerance)
        except ValueError:
            return False


def variant(seed: int) -> dict[str, Question]:
    """Return the questions of a student; the same seed gives the same ones.

    >>> list(variant(7)) == list(QUESTIONS), variant(7) == variant(7), variant(7) == variant(8)
    (True, True, False)
    """
    return {
        name: draw(np.random.default_rng([seed, number]))
        for number, (name, draw) in enumerate(QUESTIONS.items())
    }


def _limits(generator: np.random.Generator) -> Question:
    vendor, quarters, shares = _windows()[generator.integers(len(_windows()))]
    found = chart(series(quarters, list(shares), name=vendor, unit="fraction of delivery lines"))
    return Question(
        f"One vendor of health supplies delivered these shares of its delivery lines on time (real data):\n\n"
        f"{_table({'Quarter': quarters, 'On time': [f'{share:.3f}' for share in shares]})}\n\n"
        "What is the **lower natural process limit** of the individual values (XmR chart, all quarters as the baseline)? "
        "Give a fraction to three decimals, such as 0.712. It may lie below 0.",
        float(found.lower[0]),
        0.002,
        way="The mean of the values, less 2.66 times the mean of the moves from one quarter to the next: "
        f"{found.limits.centre:.5f} − {E2:.4f} × {found.limits.mean_range:.5f} = {found.lower[0]:.3f}",
        term="Natural process limits",
    )


@functools.cache
def _windows() -> list[tuple[str, tuple[str, ...], tuple[float, ...]]]:
    """Return every stretch of quarters without a gap in which a vendor's share varies enough to be worth a chart."""
    found = []
    for vendor, rows in load("vendor_delivery").groupby("vendor"):
        ordinals = pd.PeriodIndex(rows["quarter"], freq="Q").asi8
        shares = (rows["on_time"] / rows["lines"]).round(3).to_numpy()
        for size, at in itertools.product(QUARTERS, range(len(rows))):
            part = slice(at, at + size)
            whole = at + size <= len(rows) and ordinals[at + size - 1] - ordinals[at] == size - 1
            if whole and len(set(shares[part])) >= size // 2:
                found.append(
                    (str(vendor), tuple(rows["quarter"].iloc[part]), tuple(map(float, shares[part])))
                )
    return found


def _credit(generator: np.random.Generator) -> Question:
    fee, at_risk = int(generator.integers(40, 120)) * 10_000, int(generator.integers(8, 16)) / 100
    weights = dict(zip(("On time", "Defects", "Uptime"), generator.permutation([0.5, 0.3, 0.2]), strict=True))
    short = dict(zip(weights, generator.permutation([0.0, 0.5, 1.0]), strict=True))
    rows = {
        "KPI": list(weights),
        "Share of the at-risk amount": [f"{weight:.0%}" for weight in weights.values()],
        "Severity this month": [f"{value:g}" for value in short.values()],
    }
    credit = service_credit(fee, at_risk, weights, short)
    return Question(
        f"A month's fee is {fee:,} dollars, of which {at_risk:.0%} is at risk (invented numbers). A severity of 0 means "
        f"kept, 1 means broken.\n\n{_table(rows)}\n\nWhat **service credit** is due for this month, in dollars?",
        credit.amount,
        0.5,
        way="; ".join(f"{line.what}: {line.how} = {line.amount:,.0f}" for line in credit.lines)
        + f"; together {credit.amount:,.0f}",
        term="Service credit",
    )


def _dominated(generator: np.random.Generator) -> Question:
    steps = np.sort(generator.choice(np.arange(20, 91, 5), (2, 4), replace=True), axis=1)
    while any(len(set(row)) < 4 for row in steps):
        steps = np.sort(generator.choice(np.arange(20, 91, 5), (2, 4), replace=True), axis=1)
    yours, theirs = steps[0][::-1] / 100, steps[1] / 100
    better = int(generator.integers(4))
    yours, theirs = (
        np.append(side, side[better] - int(generator.integers(1, 3)) / 100) for side in (yours, theirs)
    )
    order = generator.permutation(5)
    names = tuple("ABCDE")
    values: list[dict[Option, float]] = [
        dict(zip(names, map(float, side[order]), strict=True)) for side in (yours, theirs)
    ]
    issue = Issue("package", "Package", "", names)
    parties = [
        Party(who, who, {"package": 1.0}, {"package": value}, 0.0)
        for who, value in zip(("you", "them"), values, strict=True)
    ]
    on = {package[0] for package in frontier([issue], parties).packages}
    (right,) = set(names) - on
    mine, theirs_of = values
    by = next(n for n in names if n != right and mine[n] >= mine[right] and theirs_of[n] >= theirs_of[right])
    rows = {"Package": list(names)}
    for who, value in zip(("You", "Them"), values, strict=True):
        rows[who] = [f"{utility:.2f}" for utility in value.values()]
    return Question(
        "Five packages are on the table, with their utility to each side (invented numbers):\n\n"
        f"{_table(rows)}\n\nWhich package is **dominated**? Answer with its letter.",
        right,
        options=names,
        way=f"{by} is better than {right} for you ({mine[by]:.2f} against {mine[right]:.2f}) and for them "
        f"({theirs_of[by]:.2f} against {theirs_of[right]:.2f}); of no other package can that be said",
        term="Dominated",
    )


def _growth(generator: np.random.Generator) -> Question:
    before, bought = int(generator.integers(300, 900)), int(generator.integers(20, 120))
    sold, change = int(generator.integers(10, 60)), int(generator.integers(-40, 90))
    data = Growth(
        label="sales", previous=before, current=before - sold + bought + change,
        excluded_current=bought, excluded_previous=sold, why="scope", evidence=[],
    )  # fmt: skip
    return Question(
        f"Sales were {data.previous:g} million dollars last year and {data.current:g} million this year. In this year's "
        f"figure stand {bought} million of a business bought since; in last year's stand {sold} million of a business "
        "sold since (invented numbers).\n\nWhat is **like-for-like growth**? Give a fraction to three decimals, such as "
        "0.052; a fall is negative.",
        data.like_for_like,
        0.0006,
        way="Leave out of each year what the other does not have: "
        f"({data.current:g} − {bought}) / ({data.previous:g} − {sold}) − 1 = {data.like_for_like:.3f}",
        term="Like for like",
    )


def _alignment(generator: np.random.Generator) -> Question:
    goals = ("Cost", "Quality", "Speed", "New products")
    cuts = [
        np.diff([0, *np.sort(generator.choice(np.arange(1, 20), 3, replace=False)), 20]) / 20
        for _ in range(2)
    ]
    first, second = (dict(zip(goals, map(float, cut), strict=True)) for cut in cuts)
    rows = {
        "Goal": list(goals),
        "First partner": [f"{first[goal]:.2f}" for goal in goals],
        "Second partner": [f"{second[goal]:.2f}" for goal in goals],
    }
    return Question(
        f"Two partners weigh four goals (invented numbers; each side's weights add up to 1):\n\n{_table(rows)}\n\n"
        "What is the **overlap** of their goals, the share of weight that both put on the same goals? Give a fraction to "
        "two decimals.",
        alignment(first, second).overlap,
        0.006,
        way="The smaller of the two weights of each goal, added up: "
        f"{' + '.join(f'{min(first[goal], second[goal]):.2f}' for goal in goals)} = {alignment(first, second).overlap:.2f}",
        term="Overlap",
    )


QUESTIONS: Mapping[str, Callable[[np.random.Generator], Question]] = {
    "limits": _limits,
    "credit": _credit,
    "dominated": _dominated,
    "growth": _growth,
    "alignment": _alignment,
}
"""How each question is drawn, by its name in the source notebook."""


def _table(columns: Mapping[str, Iterable[str]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in zip(*columns.values(), strict=True)]
    return "\n".join(lines)
