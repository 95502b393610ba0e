"""A negotiation over one KPI card: the transcript, both sides' utilities, and the terms."""

from __future__ import annotations

from html import escape

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from alliance_analysis.agreement import KpiCard
from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, SKY, YELLOW
from alliance_analysis.negotiation import LABELS, Debrief, Package, Transcript, barriers_met
from alliance_analysis.negotiation import debrief as both_sides
from alliance_analysis.negotiation.characters import named
from alliance_analysis.negotiation.offers import Turn

INVENTED = "The counterpart, its utilities and all value curves are invented for teaching."
NOT_KEPT = (
    "You have kept no negotiation yet: this one is on the fictional example's card, with moves fixed in advance, to "
    "show what the page will hold."
)
ENDINGS = {
    "open": "the negotiation is still open",
    "agreement": "both sides agreed",
    "you_walked_away": "you walked away",
    "they_walked_away": "the counterpart walked away",
    "out_of_rounds": "the rounds ran out without an agreement",
}
ACTS = {"offer": "offer", "ask": "ask", "answer": "answer", "accept": "accept", "walk_away": "walk away"}
SIDES = {"you": ("Your offers", BLUE, "o"), "them": ("The counterpart’s offers", ORANGE, "s")}


def _caption(run: Transcript, what: str) -> str:
    name = escape(run.setup.name, quote=False)
    return f"{what}: {name}" if run.kept else f"{what} (Demonstration): {name}"


def _note(run: Transcript, *parts: str) -> str:
    invented = INVENTED if run.setup.character != "person" else "All value curves are invented for teaching."
    return " ".join([*filter(None, parts), invented, *([] if run.kept else [NOT_KEPT])])


def transcript(run: Transcript) -> Exhibit:
    """Return the transcript as a table: every offer, question, answer and reason; both utilities once it is over."""
    found = both_sides(run) if run.ended else None
    gave = {id(c.turn): c.gave for c in found.concessions} if found else {}
    rows, last = [], dict[str, Package]()
    for turn in run.turns:
        row = {
            "Round": str(turn.round),
            "Who": f"{'You' if turn.who == 'you' else 'They'} {ACTS[turn.act]}",
            "Terms": safe(_changes(run, turn, last.get(turn.who))),
            "Your utility": f"{turn.utilities[0]:.2f}" if turn.utilities else "–",
        }
        if found:
            row["Their utility"] = f"{turn.utilities[1]:.2f}" if turn.utilities else "–"
            row["Gave up"] = f"{gave[id(turn)]:.2f}" if turn.who in last and id(turn) in gave else "–"
        rows.append({**row, "Reason": safe(turn.reason)})
        if turn.act == "offer" and turn.terms:
            last[turn.who] = turn.terms
    columns = [
        "Round",
        "Who",
        "Terms",
        "Your utility",
        *(["Their utility", "Gave up"] if found else []),
        "Reason",
    ]
    count = len(run.offers("you"))
    agreed = f" on {run.setup.told(run.agreed)}" if run.agreed else ""
    return Exhibit(
        "transcript",
        _caption(run, "Transcript of the Negotiation"),
        f"{count} offers in up to {run.setup.rounds} rounds, {len(run.asked)} questions; {ENDINGS[run.ending]}{agreed}.",
        table=pd.DataFrame(rows or [dict.fromkeys(columns, "–")], columns=columns),
        widths=(7, 10, 27, 8, 8, 8, 32) if found else (8, 11, 31, 9, 41),
        note=_note(
            run,
            f"Your alternative is worth {run.setup.parties[0].reserved:.2f} to you.",
            f"Outcome: {ENDINGS[run.ending]}{agreed}.",
            "“Gave up” is what an offer cost its maker beside the offer before it." if found else "",
        ),
        synthetic=True,
    )


def _changes(run: Transcript, turn: Turn, before: Package | None) -> str:
    """Return the terms of a turn in words; only what changed where the same side had offered before."""
    if turn.act in ("ask", "answer") and turn.about:
        return f"about the {LABELS[turn.about].lower()}"
    if turn.terms is None:
        return "–"
    if turn.act == "accept":
        return "the offer on the table" if turn.who == "you" else "your offer"
    whole = run.setup.told(turn.terms)
    if before is None:
        return whole
    names = [issue.id for issue in run.setup.issues]
    new = [
        named(run.setup, n, turn.terms) for n, a, b in zip(names, before, turn.terms, strict=True) if a != b
    ]
    return f"now {', '.join(new)}" if new else "as before"


def debrief(run: Transcript) -> Exhibit:
    """Return every package in the plane of both utilities, with the frontier, the zone and the path of offers."""
    if not run.ended:
        return _closed(run, "debrief", "Both Sides of the Negotiation")
    found = both_sides(run)
    you, them = run.setup.parties

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _ground(axes, found, (you.reserved, them.reserved))
        _path(axes, run)
        for solution, marker, colour in zip(found.solutions, ("D", "^"), (GREEN, PURPLE), strict=False):
            label = {"nash": "Nash", "kalai_smorodinsky": "Kalai-Smorodinsky"}[solution.rule]
            axes.plot(
                *solution.utilities, marker, markersize=13, markerfacecolor="none", markeredgecolor=colour,
                markeredgewidth=1.8, linestyle="none", label=label, zorder=6,
            )  # fmt: skip
        if run.agreed:
            axes.plot(
                *found.reached, "*", markersize=19, color=YELLOW, markeredgecolor=INK, markeredgewidth=1.1,
                linestyle="none", label="Agreed", zorder=7,
            )  # fmt: skip
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("Your utility")
        axes.set_ylabel("The counterpart’s utility")
        figure.legend(loc="outside right center", labelspacing=1.0)

    how = ENDINGS[run.ending]
    ends = f"{run.setup.told(run.agreed)}, " if run.agreed else ""
    told = "; ".join(
        f"{'Nash' if s.rule == 'nash' else 'Kalai-Smorodinsky'} {s.utilities[0]:.2f} and {s.utilities[1]:.2f}"
        for s in found.solutions
    )
    return Exhibit(
        "debrief",
        _caption(run, "Both Sides of the Negotiation"),
        f"{found.in_a_sentence()} {len(found.everything):,} packages by your utility and the counterpart's; "
        f"{len(found.frontier)} lie on the frontier and {found.zone_size:,} in the zone of possible agreement. "
        f"In the end {how}: {ends}"
        f"{found.reached[0]:.2f} for you and {found.reached[1]:.2f} for the counterpart, with reserved values "
        f"{you.reserved:.2f} and {them.reserved:.2f}. {told or 'No solution, as there is no zone'}.",
        draw,
        size=(6.5, 4.2),
        sources=("nash1950bargaining", "kalai1975other"),
        note=_note(run, "Dashed lines are the reserved values; numbers are rounds. Nash and Kalai-Smorodinsky are "
                   "what two rules would choose, not what is fair."),
        synthetic=True,
    )  # fmt: skip


def _ground(axes: Axes, found: Debrief, reserved: tuple[float, float]) -> None:
    """Draw the zone, the reserved values, all packages and the frontier."""
    zone = Rectangle(
        reserved, 1.03 - reserved[0], 1.03 - reserved[1], facecolor=SKY, alpha=0.16, edgecolor="none"
    )
    zone.set_label("Zone of possible agreement")
    axes.add_patch(zone)
    axes.axvline(reserved[0], color=INK, linewidth=0.9, linestyle="--")
    axes.axhline(reserved[1], color=INK, linewidth=0.9, linestyle="--")
    axes.text(
        reserved[0] - 0.012, -0.015, "your reserved value", rotation=90, ha="right", va="bottom", fontsize=7.5
    )
    axes.text(-0.015, reserved[1] - 0.012, "its reserved value", ha="left", va="top", fontsize=7.5)
    axes.plot(
        *found.everything.utilities.T,
        ".",
        color=GREY,
        markersize=4 if len(found.everything) < 1000 else 1.5,
        alpha=0.6 if len(found.everything) < 1000 else 0.35,
        linestyle="none",
        label="A package",
    )
    axes.plot(
        *found.frontier.utilities.T,
        color=INK,
        linewidth=1,
        marker=".",
        markersize=4,
        label="Pareto frontier",
        zorder=3,
    )


def _path(axes: Axes, run: Transcript) -> None:
    """Draw each side's offers as a path of numbered markers; one marker where offers coincide."""
    for side, (label, colour, marker) in SIDES.items():
        offers = [turn for turn in run.turns if turn.who == side and turn.act == "offer"]
        points: dict[tuple[float, ...], list[int]] = {}
        for turn in offers:
            points.setdefault(turn.utilities, []).append(turn.round)
        if not points:
            continue
        axes.plot(
            *zip(*[turn.utilities for turn in offers], strict=True), color=colour, linewidth=1.2, marker=marker,
            markersize=12, markeredgecolor="white", label=label, zorder=4,
        )  # fmt: skip
        for point, rounds in points.items():
            text = str(rounds[0]) if len(rounds) == 1 else f"{rounds[0]}–{rounds[-1]}"
            size = 7.5 if len(rounds) == 1 else 5.5
            ink = "white" if side == "you" else INK
            axes.text(
                point[0],
                point[1],
                text,
                color=ink,
                ha="center",
                va="center_baseline",
                fontsize=size,
                zorder=5,
            )


def terms(run: Transcript) -> Exhibit:
    """Return the agreed terms with what each issue adds on both sides, and what was left on the table."""
    if not run.ended:
        return _closed(run, "terms", "The Terms")
    found = both_sides(run)
    you, them = run.setup.parties
    rows: list[tuple[str, ...]]
    if run.agreed:
        rows = [
            (issue.label, escape(run.setup.printed(issue.id, option), quote=False), _share(you.weights[issue.id], mine),
             _share(them.weights[issue.id], yours))
            for issue, option, mine, yours in zip(
                run.setup.issues, run.agreed, found.parts[0].values(), found.parts[1].values(), strict=True)
        ]  # fmt: skip
        rows.append(("<strong>Together</strong>", "", *(f"<strong>{u:.2f}</strong>" for u in found.reached)))
        if run.setup.delay_cost:
            waited = f"{run.turns[-1].round} rounds at {run.setup.delay_cost:.0%} each after the first"
            rows.append(("After the cost of delay", waited, *(f"{u:.2f}" for u in found.after_delay)))
    else:
        rows = [("No agreement", ENDINGS[run.ending], *(f"{u:.2f}" for u in found.reached))]
        rows += [
            ("A package that both prefer", run.setup.told(s.package), *(f"{u:.2f}" for u in s.utilities))
            for s in found.solutions[:1]
        ]
    if found.solutions:
        rows.append(("Regret", "Nash solution less what was reached", *(f"{r:+.2f}" for r in found.regret)))
    rows.append(("Reserved value", "the alternative", f"{you.reserved:.2f}", f"{them.reserved:.2f}"))
    left = found.left_on_the_table()
    shares = "“Of” compares what an issue adds with its weight, the most it could add." if run.agreed else ""
    warning = "You agreed to less than your alternative is worth to you." if "you" in found.below else ""
    never = ", ".join(LABELS[name].lower() for name in found.never_asked)
    unasked = f"Never asked about: {never}." if never else "You asked about every term."
    unasked = "" if run.setup.character == "person" else unasked
    return Exhibit(
        "terms",
        _caption(run, "The Terms" if run.agreed else "No Agreement"),
        f"{found.in_a_sentence()} {left} {unasked}",
        table=pd.DataFrame(rows, columns=["Issue", "Terms", "Your utility", "The counterpart’s utility"]),
        widths=(24, 32, 22, 22),
        note=_note(
            run, *filter(None, [shares, warning]), f"Left on the table: {left[0].lower()}{left[1:]}", unasked
        ),
        synthetic=True,
    )


def barriers(run: Transcript, card: KpiCard | None = None) -> Exhibit:
    """Return the barriers that an ended negotiation met, what shows each of them, and the remedy."""
    if not run.ended:
        return _closed(run, "barriers", "Barriers Met")
    met = barriers_met(both_sides(run), card)
    rows = [
        (
            safe(m.barrier.label),
            "–" if m.round is None else str(m.round),
            safe(m.shows),
            safe(m.barrier.remedy),
        )
        for m in met
    ]
    sources = tuple(dict.fromkeys(key for m in met for key in m.barrier.sources))
    return Exhibit(
        "barriers",
        _caption(run, "Barriers Met"),
        f"{len(met)} barriers: "
        + ("; ".join(f"{m.barrier.label}: {m.shows.rstrip('.')}" for m in met) or "none")
        + ".",
        table=pd.DataFrame(
            rows or [("None that a transcript can show", "–", "–", "–")],
            columns=["Barrier", "Round", "What shows it", "Remedy"],
        ),
        widths=(24, 8, 36, 32),
        sources=sources,
        note=_note(
            run, "Seen from the moves and the card alone; what happened inside each house does not show here."
        ),
        synthetic=True,
    )


def _share(weight: float, part: float) -> str:
    return f"{part:.2f} of {weight:.2f}"


def _closed(run: Transcript, label: str, title: str) -> Exhibit:
    """Stand in for a debrief while the negotiation is open, so that nothing is given away."""
    return Exhibit(
        label,
        _caption(run, title),
        "The negotiation is still open, so the counterpart's side is not shown.",
        table=pd.DataFrame({"Not yet": ["The counterpart’s side is shown when the negotiation has ended."]}),
        synthetic=True,
    )
