"""A class side by side: its deals in the plane of both utilities, its thresholds, its accords, and its two tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alliance_analysis.drafting.trial import Trial
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from alliance_analysis.negotiation.debrief import Debrief
from alliance_analysis.review.quiz import Score, gain

MANY = 24
"""From more students than this on, a figure counts them where it would else name each."""

_NAMED, _BINS = 6, 40

Labelled = tuple[str, Debrief]


def deals(found: Sequence[Labelled], *, synthetic: bool) -> Exhibit:
    """Return where every negotiation of the class ended, with the frontier of each setup behind."""
    agreed = [(who, one) for who, one in found if one.improvement]
    on = [(who, one) for who, one in agreed if one.improvement and one.improvement.on_frontier]
    off = [pair for pair in agreed if pair not in on]
    none = [(who, one) for who, one in found if not one.improvement]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for _, one in found:
            edge = sorted(map(tuple, one.frontier.utilities))
            faint = 0.6 if len(found) <= MANY else 0.15
            axes.plot(*zip(*edge, strict=True), color=GREY, linewidth=0.7, alpha=faint, zorder=1)
        for _, one in off:
            assert one.improvement is not None
            better = one.improvement.better_utilities
            axes.annotate(
                "",
                _place(better),
                _place(one.reached),
                arrowprops={"arrowstyle": "->", "color": ORANGE},
                zorder=2,
            )
        for pairs, marker, colour, label in (
            (on, "*", GREEN, "Deal on the frontier"),
            (off, "o", ORANGE, "Deal with value left (arrow: better for both)"),
            (none, "x", PURPLE, "No deal (at the reserved values)"),
        ):
            if pairs:
                places = zip(*(one.reached for _, one in pairs), strict=True)
                axes.plot(*places, marker, color=colour, markeredgecolor=INK if marker != "x" else colour,
                          markersize=11 if marker == "*" else 8, linestyle="none", label=label, zorder=3)  # fmt: skip
        near = 0.035 if len(found) <= MANY else 0.12
        for place, who in _together(((who, _place(one.reached)) for who, one in found), near):
            axes.annotate(who, place, (-8, -13), textcoords="offset points", fontsize=8, ha="right")
        axes.set(
            xlim=(-0.03, 1.05), ylim=(-0.03, 1.05), xlabel="Student’s utility", ylabel="Counterpart’s utility"
        )
        figure.legend(loc="outside lower center", ncols=1)

    told = "; ".join(f"{who}: {one.reached[0]:.2f} and {one.reached[1]:.2f}" for who, one in found)
    return Exhibit(
        "class-deals",
        "Every Deal of the Class",
        f"{len(found)} negotiations: {len(on)} deals on the Pareto frontier, {len(off)} that left value for both sides, "
        f"{len(none)} without a deal. Utilities of student and counterpart: {told}.",
        draw,
        size=(6.5, 5.6),
        note="Numbers are students, in the order of the file names. Grey lines: the Pareto frontier of each negotiation; "
        "setups that differ have frontiers of their own.",
        synthetic=synthetic,
    )


def _place(utilities: Sequence[float]) -> tuple[float, float]:
    you, them = utilities
    return you, them


def _together(
    places: Iterable[tuple[str, tuple[float, float]]], near: float = 0.035
) -> list[tuple[tuple[float, float], str]]:
    """Return one label, below and left of them, for all that stand so close that their labels would overlap."""
    groups: list[tuple[tuple[float, float], list[tuple[str, tuple[float, float]]]]] = []
    for who, place in places:
        for first, members in groups:
            if max(abs(place[0] - first[0]), abs(place[1] - first[1])) < near:
                members.append((who, place))
                break
        else:
            groups.append((place, [(who, place)]))
    return [
        (
            (min(at[0] for _, at in members), min(at[1] for _, at in members)),
            ", ".join(who for who, _ in members) if len(members) < _NAMED else f"{len(members)} students",
        )
        for _, members in groups
    ]


def thresholds(found: Sequence[tuple[str, Trial, str]], *, synthetic: bool) -> Exhibit:
    """Return the thresholds the class chose, lowest first; `found` holds student, trial and the name of the record."""
    ordered = sorted(found, key=lambda each: each[1].threshold)

    records = sorted({record for _, _, record in ordered})
    many = len(ordered) > MANY
    heights = _stacked(ordered) if many else [float(at) for at in range(len(ordered))]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for at, (_, trial, _) in zip(heights, ordered, strict=True):
            once = trial.window == 1
            axes.plot(
                trial.threshold, at, "o" if once else "D", color=BLUE if once else ORANGE, markeredgecolor=INK
            )
        axes.axvline(
            median(trial.threshold for _, trial, _ in ordered), color=INK, linewidth=1, linestyle="--"
        )
        if many:
            axes.set_yticks(range(len(records)), records)
        else:
            axes.set_yticks(heights, [f"{who}: {record}" for who, _, record in ordered])
        axes.set_xlabel("Threshold, in the unit of the record")
        axes.margins(y=0.08)

    told = "; ".join(
        f"{who}: {t.threshold:g} on {record}, due after {t.breaches} of {t.window}"
        for who, t, record in ordered
    )
    return Exhibit(
        "class-thresholds",
        "Thresholds Chosen",
        f"{len(ordered)} thresholds, median {median(t.threshold for _, t, _ in ordered):g}. {told}.",
        draw,
        size=(6.5, 1.2 + (1.6 * len(records) if many else 0.26 * len(ordered))),
        note="A circle: due at the first miss; a diamond: due after several. The dashed line is the median."
        + (" One mark for each student, one above the other." if many else ""),
        synthetic=synthetic,
    )


def _stacked(ordered: Sequence[tuple[str, Trial, str]]) -> list[float]:
    """Return the height of every mark: a row for each record, marks that would touch one above the other."""
    records = sorted({record for _, _, record in ordered})
    low, high = ordered[0][1].threshold, ordered[-1][1].threshold
    width = (high - low) / _BINS or 1.0
    bins = [(record, int((trial.threshold - low) / width)) for _, trial, record in ordered]
    step = min(0.1, 0.8 / max(Counter(bins).values()))
    seen: Counter[tuple[str, int]] = Counter()
    heights = []
    for key in bins:
        heights.append(records.index(key[0]) + step * seen[key])
        seen[key] += 1
    return heights


def accords(first: Mapping[str, int], of: int, *, synthetic: bool) -> Exhibit:
    """Return how many students' own simulations put each accord first; ties count for each."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        bars = axes.barh(list(first)[::-1], list(first.values())[::-1], color=BLUE, edgecolor=INK)
        axes.bar_label(bars, padding=3)
        axes.set_xlim(0, max(1, of) * 1.08)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("Students")

    return Exhibit(
        "class-accords",
        "Which Accord Came First",
        f"Of {of} simulations: " + "; ".join(f"{name} first in {n}" for name, n in first.items()) + ".",
        draw,
        size=(6.5, 2.0),
        note="By Shapley share of the joint net present value, under each student’s own scores and assumptions. Accords "
        "that no clear difference tells apart count as first together.",
        synthetic=synthetic,
    )


def tests(found: Sequence[tuple[str, Score, Score]], *, synthetic: bool) -> Exhibit:
    """Return every student's share of right answers before and after the course."""
    gains = [g for _, before, after in found if (g := gain(before, after)) is not None]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for _, before, after in found:
            risen = after.share >= before.share
            axes.plot(
                (0, 1), (before.share, after.share), "o-" if risen else "s--", color=BLUE if risen else ORANGE,
                alpha=1 if len(found) <= MANY else 0.4,
            )  # fmt: skip
        for place, who in _together((who, (1.0, after.share)) for who, _, after in found):
            axes.annotate(who, place, (8, -3), textcoords="offset points", fontsize=8)
        axes.set_xticks((0, 1), ("Before", "After"))
        axes.set(xlim=(-0.15, 1.25), ylim=(-0.03, 1.03), ylabel="Share of right answers")

    told = "; ".join(f"{who}: {before.share:.0%} to {after.share:.0%}" for who, before, after in found)
    mean = f" Mean normalised gain {sum(gains) / len(gains):.2f}." if gains else ""
    return Exhibit(
        "class-tests",
        "The Test Before and After",
        f"{len(found)} students took both tests.{mean} {told}.",
        draw,
        size=(6.5, 3.6),
        note=f"Squares and dashes: fewer right answers than before.{mean} It is (after − before) / (1 − before), the share "
        "learned of what was left to learn."
        if gains
        else "Squares and dashes: fewer right answers than before.",
        sources=(),
        synthetic=synthetic,
    )
