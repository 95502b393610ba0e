"""A class side by side: its deals in the plane of both utilities, its thresholds, its accords, and its two tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alliance_analysis.drafting.trial import Trial
from alliance_analysis.figures.exhibit import Exhibit
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from alliance_analysis.negotiation.debrief import Debrief
from alliance_analysis.review.quiz import Score, gain

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
            axes.plot(*zip(*edge, strict=True), color=GREY, linewidth=0.7, alpha=0.6, zorder=1)
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
        for place, who in _together((who, _place(one.reached)) for who, one in found):
            axes.annotate(who, place, (-6, -13), textcoords="offset points", fontsize=8, ha="right")
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


def _together(places: Iterable[tuple[str, tuple[float, float]]]) -> list[tuple[tuple[float, float], str]]:
    """Return one label for all that stand so close that their labels would overlap."""
    groups: list[tuple[tuple[float, float], str]] = []
    for who, place in places:
        for at, (first, label) in enumerate(groups):
            if max(abs(place[0] - first[0]), abs(place[1] - first[1])) < 0.035:
                groups[at] = (first, f"{label}, {who}")
                break
        else:
            groups.append((place, who))
    return groups


def thresholds(found: Sequence[tuple[str, Trial, str]], *, synthetic: bool) -> Exhibit:
    """Return the thresholds the class chose, lowest first; `found` holds student, trial and the name of the record."""
    ordered = sorted(found, key=lambda each: each[1].threshold)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for at, (_, trial, _) in enumerate(ordered):
            once = trial.window == 1
            axes.plot(
                trial.threshold, at, "o" if once else "D", color=BLUE if once else ORANGE, markeredgecolor=INK
            )
        axes.axvline(
            median(trial.threshold for _, trial, _ in ordered), color=INK, linewidth=1, linestyle="--"
        )
        axes.set_yticks(range(len(ordered)), [f"{who}: {record}" for who, _, record in ordered])
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
        size=(6.5, 1.2 + 0.26 * len(ordered)),
        note="A circle: due at the first miss; a diamond: due after several. The dashed line is the median.",
        synthetic=synthetic,
    )


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
                (0, 1), (before.share, after.share), "o-" if risen else "s--", color=BLUE if risen else ORANGE
            )
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
        note="Squares and dashes: fewer right answers than before. Normalised gain: (after − before) / (1 − before).",
        sources=(),
        synthetic=synthetic,
    )
