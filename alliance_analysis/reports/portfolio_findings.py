"""What a portfolio report says of the recorded outcomes; every part is whole for any batch, or says why it is not."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd
from IPython.display import Markdown

from alliance_analysis.figures import Exhibit, portfolio, portfolio_tables
from alliance_analysis.reports import portfolio_numbers as numbers
from alliance_analysis.reports.portfolio_numbers import Rows

Part = Markdown | Exhibit

RANKED = 5
"""Rows that are printed from each end of a ranking."""

LISTED = 40
"""Most lines of a table of outliers or failures; the text says how many more there are."""

_NAMED = 3  # rows that a line of a table names
_TILES = 16  # outcomes in one figure of shares

_RULES = rf"""Two rules mark an outlier. Tukey's fences lie {numbers.FENCE:g} interquartile ranges below the first and
above the third quartile. The modified z-score of Iglewicz and Hoaglin sets the distance from the median $\tilde{{x}}$
against the median absolute deviation,

$$ z_i = \frac{{0.6745 \, (x_i - \tilde{{x}})}}{{\operatorname{{median}}_j \, |x_j - \tilde{{x}}|}} \label{{eq:score}} $$

and marks what lies beyond {numbers.SCORE:g} on either side. An outlier is a row to look at, not an error; where
many rows share a setting, as in a grid, one odd setting marks all of them."""

_ETA = r"""An outcome's variance is split by one parameter at a time. With $\bar{x}_k$ the mean of the $n_k$ rows that share
value $k$, and $\bar{x}$ the mean of all rows, the share that goes with the parameter is

$$ \eta^2 = \frac{\sum_k n_k (\bar{x}_k - \bar{x})^2}{\sum_i (x_i - \bar{x})^2} \label{eq:eta} $$"""

_LIMITS = (
    "The rows were chosen, not sampled, so nothing is tested for significance. A share says what an outcome went along "
    "with in these rows. It says nothing of values that were not run, nothing of direction, and in a roster nothing of "
    "cause. A share of zero says that the averages do not differ; the parameter can still matter in combination with "
    "another."
)


def nothing(rows: Rows) -> str:
    """Return the sentence that stands where there is no outcome; empty if there is one."""
    if not len(rows.outcomes.index):
        return "No row was made, so there are no outcomes to compare."
    return "The rows recorded no outcomes, so there is nothing to compare." if rows.outcomes.empty else ""


def distributions(rows: Rows) -> Iterator[Part]:
    """Yield how each outcome is spread: the text, a table, and small multiples of those that differ."""
    if why := nothing(rows):
        yield Markdown(why)
        return
    values, varying = rows.outcomes, rows.varying
    same = [str(name) for name in values if name not in varying]
    partly = [str(name) for name in values if values[name].count() < len(values)]
    pages = _pages(varying, "distributions", portfolio.PANELS)
    said = [f"{count(len(values), 'row')} recorded {count(values.shape[1], 'outcome')} (@tbl:outcomes)."]
    if len(values) == 1:
        said.append("One row has no spread to draw.")
    elif same:
        said.append(f"The same in every row that recorded it: {listed(same)}.")
    said += [f"Recorded by some of the rows only: {listed(partly)}."] if partly else []
    said += (
        [f"{_references(pages)} how the {count(len(varying), 'outcome')} that differ are spread."]
        if pages
        else []
    )
    yield Markdown(" ".join(said))
    yield portfolio_tables.summary(values, {str(name): numbers.quartiles(values[name]) for name in values})
    marked = pd.DataFrame(False, index=values.index, columns=values.columns)
    for line in numbers.outliers(values[varying]).to_dict("records"):
        marked.loc[line["row"], line["outcome"]] = True
    for label, names in pages.items():
        yield portfolio.distributions(values[names], marked[names], label)


def outliers(rows: Rows) -> Iterator[Part]:
    """Yield the rules, and the values that stand out by one of them."""
    values = rows.outcomes[rows.varying]
    against = {str(name): numbers.spread(values[name]) for name in values}
    if nothing(rows) or not any(against.values()):
        why = (
            f"Outliers are looked for in outcomes that differ and that {numbers.LEAST} rows or more recorded."
        )
        yield Markdown(nothing(rows) or f"{why} There is none here.")
        return
    found = numbers.outliers(values)
    lines = _grouped(found)
    blind = [name for name, s in against.items() if s and s.fences is None and not s.deviation]
    few = [name for name, s in against.items() if s is None]
    said = [
        f"Of {int(values.count().sum())} values that can differ, {len(found)} stand out by one rule at least"
    ]
    said[0] += " (@tbl:outliers)." if len(found) else "."
    said += (
        [f"Of {len(lines)} different ones the {LISTED} with the largest scores are printed."]
        if len(lines) > LISTED
        else []
    )
    said += [f"Too many rows agree for either rule to judge: {listed(blind)}."] if blind else []
    said += [f"Too few rows recorded it to judge: {listed(few)}."] if few else []
    yield Markdown(f"{_RULES}\n\n{' '.join(said)}")
    if len(found):
        yield portfolio_tables.outliers(lines.head(LISTED))


def _grouped(found: pd.DataFrame) -> pd.DataFrame:
    """Return outliers by distance from the median, equal values of an outcome on one line with their rows."""
    keys = [name for name in found if name != "row"]
    groups = found.groupby(keys, sort=False, dropna=False)["row"]
    lines = groups.agg(count="size", rows=lambda ids: some(list(ids))).reset_index()
    return lines.sort_values("score", key=abs, ascending=False, kind="stable")


def sensitivity(rows: Rows) -> Iterator[Part]:
    """Yield which share of each outcome's variance goes with each parameter, and what that cannot show."""
    varying, factors = rows.varying, rows.factors
    if nothing(rows) or not varying or factors.empty:
        why = "the outcomes do not differ" if not varying else "the parameters do not differ"
        yield Markdown(nothing(rows) or f"There is nothing to split: {why} between the rows.")
        return
    found = {name: numbers.shares(rows.outcomes[name], factors) for name in varying}
    table = pd.DataFrame({name: {**s.eta, **_remainder(s)} for name, s in found.items()}).T
    ends = [
        name
        for name in ("interactions", "rest")
        if name in table and table[name].astype(float).round(2).any()
    ]
    table = table.reindex(columns=[*(n for n in factors if n in table), *ends]).astype(float)
    pages = _pages(varying, "shares", _TILES) if not table.empty else {}
    said = [
        f"{_references(pages)} these shares." if pages else "No parameter has a value that two rows share."
    ]
    said += list(_read(rows.factors, found))
    yield Markdown(f"{_ETA}\n\n{' '.join(said)}\n\n{_LIMITS}")
    for label, names in pages.items():
        yield portfolio.shares(table.loc[names], label)
    correlations = numbers.rank_correlations(rows.outcomes[varying], rows.numeric).dropna(how="all")
    felt = correlations[(correlations.abs() >= 0.005).any(axis=1)]
    if correlations.size:
        silent = len(correlations) - len(felt)
        said = ["For parameters that are numbers, @tbl:ranks adds the direction."] if len(felt) else []
        said += [f"{count(silent, 'outcome')} {'has' if silent == 1 else 'have'} a rank correlation of zero, to two "
                 f"digits, with every numeric parameter."] if silent else []  # fmt: skip
        yield Markdown(" ".join(said))
    if felt.size:
        yield portfolio_tables.ranks(felt)


def _remainder(found: numbers.Shares) -> dict[str, float]:
    if found.interactions is None or found.rest is None:
        return {}
    return {"interactions": found.interactions, "rest": found.rest}


def _read(factors: pd.DataFrame, found: dict[str, numbers.Shares]) -> Iterator[str]:
    """Yield the sentences that say how the shares are to be read, from the shares themselves."""
    for name in factors:
        most = [outcome for outcome, s in found.items() if s.eta.get(str(name), 0) > 0.5]
        if most:
            yield f"More than half of the variance goes with {plain(str(name))} for {listed(most)}."
    balanced = [name for name, s in found.items() if s.interactions is not None]
    if balanced:
        which = "every outcome" if len(balanced) == len(found) else listed(balanced)
        yield (
            f"For {which} the rows are a balanced grid. There the shares are the main effects of an analysis of "
            "variance; with the interactions, the effect of parameters in combination, and the rest they add up to 1."
        )
    if any(len(s.eta) > 1 and s.interactions is None for s in found.values()):
        yield "Where the rows are no balanced grid, shares overlap and need not add up to 1."
    own = [str(name) for name in factors if factors[name].nunique() == len(factors)]
    if own:
        yield f"Another value in every row, and so not told apart from the row itself: {listed(own)}."
    usable = factors[[str(name) for name in factors if name not in own]]
    for one, other in numbers.together(usable):
        yield f"The parameters {plain(one)} and {plain(other)} always change together, so nothing here can tell them apart."
    chances = {name: (usable[name].nunique() - 1) / (len(usable) - 1) for name in usable}
    if chances:
        shown = listed(f"{name} {chance:.2f}" for name, chance in chances.items())
        yield f"A parameter without any bearing would show this much on average, over all rows: {shown}."


def ranking(rows: Rows, outcome: str, higher_is_better: bool) -> Iterator[Part]:
    """Yield the best and the worst rows by one outcome; without a name, by the one that most rows recorded.

    Of several such outcomes the one with the most different values counts.
    """
    known = rows.outcomes
    name = outcome or max(rows.varying, key=lambda n: (known[n].count(), known[n].nunique()), default="")
    if nothing(rows) or not name:
        yield Markdown(
            nothing(rows) or "No outcome differs between the rows, so none is better than another."
        )
        return
    values = rows.outcomes[name].dropna()
    which = "higher" if higher_is_better else "lower"
    said = [
        ""
        if outcome
        else "No outcome was named; this one has the most different values, of those that most rows recorded."
    ]
    said.append(
        f"Rows are ranked by “{plain(name)}”; {which} is better. {count(len(values), 'row')} recorded it."
    )
    if values.nunique() < 2:
        yield Markdown(" ".join([*said, "All have the same value, so none is better than another."]).strip())
        return
    order = pd.DataFrame(
        {"value": values, "place": values.rank(method="min", ascending=not higher_is_better)}
    )
    order = order.sort_values("place", kind="stable").astype({"place": int})
    order["parameters"] = [_parameters(rows, str(row)) for row in order.index]
    order = order.rename_axis("row").reset_index()
    best, worst = int((order["place"] == 1).sum()), int((order["value"] == order["value"].iloc[-1]).sum())
    said.append(f"The best value stands in {count(best, 'row')}, the worst in {count(worst, 'row')}.")
    if len(order) <= 2 * RANKED:
        yield Markdown(" ".join([*said, "@tbl:ranking has all of them."]).strip())
        yield portfolio_tables.ranking(order, name, "ranking", "Rows From Best to Worst")
        return
    said.append(
        f"@tbl:best and @tbl:worst have {RANKED} from each end; of equal rows the earlier come first."
    )
    yield Markdown(" ".join(said).strip())
    yield portfolio_tables.ranking(order.head(RANKED), name, "best", "The Best Rows")
    backwards = order.sort_values("place", ascending=False, kind="stable")
    yield portfolio_tables.ranking(backwards.head(RANKED), name, "worst", "The Worst Rows")


def _parameters(rows: Rows, row: str) -> str:
    return "; ".join(f"{name} {value}" for name, value in rows.factors.loc[row].items()) or "–"


def _pages(names: Sequence[str], label: str, size: int) -> dict[str, list[str]]:
    """Split names evenly over as many exhibits as they need."""
    each = math.ceil(len(names) / max(1, math.ceil(len(names) / size)))
    parts = [list(names[start : start + each]) for start in range(0, len(names), max(1, each))]
    return {label if number == 1 else f"{label}-{number}": part for number, part in enumerate(parts, start=1)}


def _references(pages: Iterable[str]) -> str:
    found = [f"@fig:{label}" for label in pages]
    return f"{listed(found, marked=True)} show{'s' * (len(found) == 1)}"


def plain(text: str) -> str:
    r"""Return text as Markdown that shows it as it is.

    >>> plain("prepared_for *x*")
    'prepared\\_for \\*x\\*'
    """
    return re.sub(r"([\\`*_\[\]<>@$#|~^{}])", r"\\\1", text)


def count(number: int, what: str) -> str:
    """Return a number and what is counted.

    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'s' * (number != 1)}"


def some(ids: Sequence[str]) -> str:
    """Return the ids of rows, or the first of them and how many more there are.

    >>> some(["a", "b"]), some([str(n) for n in range(9)])
    ('a, b', '0, 1, 2 and 6 more')
    """
    return (
        ", ".join(ids)
        if len(ids) <= _NAMED + 1
        else f"{', '.join(ids[:_NAMED])} and {len(ids) - _NAMED} more"
    )


def listed(names: Iterable[str], *, marked: bool = False) -> str:
    """Return names as they stand in a sentence; with `marked` they are Markdown already.

    >>> listed(["case", "focus", "margin"]), listed(["share, all", "cards"])
    ('case, focus and margin', 'share, all; and cards')
    """
    shown = [name if marked else plain(name) for name in names]
    comma = "; " if any("," in name for name in shown) else ", "
    last = "; and " if comma == "; " else " and "
    return last.join(filter(None, [comma.join(shown[:-1]), shown[-1]]))
