"""Ready for a partner, and which one: the pentad, the seven steps, fits, and what due diligence is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREY, INK, ORANGE, RED, SKY
from alliance_analysis.review.diligence import REMEDIES, TYPES, Check, posterior, worth_of
from alliance_analysis.review.partner import Choice
from alliance_analysis.review.readiness import Counted, Graded, Pentad, readiness

GRADES = (1, 2, 3, 4)


def pentad_radar(found: Pentad, *, synthetic: bool) -> Exhibit:
    """Return the five grades on five axes, with the weakest areas and their land mines marked."""
    areas = readiness().areas
    weakest = {area.id for area in found.weakest}
    angles = np.pi / 2 - np.arange(len(areas)) * 2 * np.pi / len(areas)
    values = [found.grades[area.id] for area in areas]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.set_aspect("equal")
        axes.axis("off")
        closed = np.append(angles, angles[0])
        for grade in GRADES:
            need = grade == 3
            axes.plot(grade * np.cos(closed), grade * np.sin(closed), color=INK if need else GREY,
                      linewidth=1.1 if need else 0.6, linestyle="--" if need else "-", zorder=1)  # fmt: skip
            axes.text(0.06, grade + 0.02, str(grade), fontsize=7.5, color=INK, va="bottom")
        axes.plot([], [], color=INK, linestyle="--", linewidth=1.1, label="needed in every area")
        rim = np.append(values, values[0])
        axes.fill(rim * np.cos(closed), rim * np.sin(closed), color=SKY, alpha=0.35, zorder=2)
        axes.plot(rim * np.cos(closed), rim * np.sin(closed), color=BLUE, zorder=3, label="your grades")
        for area, angle, value in zip(areas, angles, values, strict=True):
            axes.plot([0, 4 * np.cos(angle)], [0, 4 * np.sin(angle)], color=GREY, linewidth=0.6, zorder=1)
            low = area.id in weakest
            axes.plot(value * np.cos(angle), value * np.sin(angle), "D" if low else "o", color=RED if low else BLUE,
                      markeredgecolor=INK, markersize=9 if low else 6, zorder=4)  # fmt: skip
            side = "center" if abs(np.cos(angle)) < 0.1 else ("left" if np.cos(angle) > 0 else "right")
            base = "bottom" if np.sin(angle) > 0.9 else ("top" if np.sin(angle) < -0.5 else "center")
            axes.text(4.45 * np.cos(angle), 4.45 * np.sin(angle), f"{area.name}: {value}", ha=side, va=base,
                      fontweight="bold" if low else "normal")  # fmt: skip
        axes.plot(
            [], [], "D", color=RED, markeredgecolor=INK, markersize=9, label="weakest: look for its land mine"
        )
        axes.set_xlim(-7.2, 7.2)
        axes.set_ylim(-4.6, 5.0)
        figure.legend(loc="outside lower center", ncols=3, handlelength=1.6, columnspacing=1.2)

    mines = " ".join(
        f"Land mine of {safe(area.name.lower())}: {safe(area.land_mine.lower())}." for area in found.weakest
    )
    told = (
        "Ready in every area." if found.ready else "Not ready: a strong area does not make up for a weak one."
    )
    top = " The belief has to start at the top, and does not yet." if found.top else ""
    return Exhibit(
        "pentad",
        "The Pentad: Five Areas of Partnering",
        "Grades from 1 to 4: "
        + "; ".join(f"{area.name} {found.grades[area.id]}" for area in areas)
        + f". Weakest: {', '.join(area.name for area in found.weakest)}. {told}",
        draw,
        size=(6.5, 4.3),
        sources=("rigsbeend0000",),
        note=f"{told}{top} {mines}",
        synthetic=synthetic,
    )


def steps() -> Exhibit:
    """Return the seven steps as gates, each with its artefact, beside ISO 44001 and the four stages of review."""
    rows = [
        {
            "Step": f"{number}. <strong>{safe(step.name)}</strong>",
            "What it does": safe(step.does),
            "Artefact": safe(step.artefact),
            "Gate": safe(step.gate),
            "ISO 44001": safe("; ".join(step.iso)),
            "Four stages": safe("; ".join(step.stage)),
        }
        for number, step in enumerate(readiness().steps, start=1)
    ]
    stages = {stage for step in readiness().steps for stage in step.iso}
    return Exhibit(
        "steps",
        "Seven Steps With Their Gates, Beside Two Other Frameworks",
        f"{len(rows)} steps, each with artefact and gate, beside {len(stages)} stages of ISO 44001 and "
        f"{len({stage for step in readiness().steps for stage in step.stage})} stages of a review framework.",
        table=pd.DataFrame(rows),
        widths=(15, 26, 18, 18, 13, 10),
        sources=("rigsbeend0000", "iso2017collaborative", "reviewblognd0000"),
        note="Which stage stands beside which step is this workbook’s reading; the names of the eight stages are "
        "from public summaries of the standard. Of the four stages, their author prints only the list.",
    )


def keys(found: Graded) -> Exhibit:
    """Return the seven keys as questions to oneself, with the ratings given; the lowest stand out."""
    low = min(found.keys.values(), default=0)
    told = {k.id: f"{found.keys[k.id]} of 5" if k.id in found.keys else "not rated" for k in readiness().keys}
    rows = [
        {"Key": f"<strong>{safe(k.name)}</strong>", "Question": safe(k.question),
         "You": f"<strong>{told[k.id]}</strong>" if found.keys.get(k.id) == low else told[k.id]}
        for k in readiness().keys
    ]  # fmt: skip
    lowest = [k.name for k in readiness().keys if found.keys.get(k.id) == low]
    return Exhibit(
        "seven_keys",
        "Seven Keys, Rated by Yourself",
        f"{len(rows)} keys. " + "; ".join(f"{k.name}: {told[k.id]}" for k in readiness().keys) + ".",
        table=pd.DataFrame(rows),
        widths=(18, 64, 18),
        sources=("rigsbeend0000",),
        note=f"Lowest, where to begin: {', '.join(lowest)}." if lowest else "Nothing is rated yet.",
    )


def expectations(found: Graded) -> Exhibit:
    """Return the five areas in which a partner is expected to deliver, what counts as evidence, and what was kept."""
    counted = {e.id: found.expectations.get(e.id, Counted()) for e in readiness().expectations}
    rows = [
        {"Area": f"<strong>{safe(e.name)}</strong>", "Ask for": safe(e.ask), "Evidence": safe(e.evidence),
         "Expected": safe(counted[e.id].expected or ""), "Seen": safe(counted[e.id].seen or "")}
        for e in readiness().expectations
    ]  # fmt: skip
    unseen = [
        e.name.lower() for e in readiness().expectations if counted[e.id].expected and not counted[e.id].seen
    ]
    return Exhibit(
        "expectations",
        "Five Expectations of a Partner, and Their Evidence",
        f"{len(rows)} areas. "
        + "; ".join(
            f"{e.name}: expected {counted[e.id].expected or 'nothing yet'}, seen {counted[e.id].seen or 'nothing yet'}"
            for e in readiness().expectations
        )
        + ".",
        table=pd.DataFrame(rows),
        widths=(16, 25, 25, 17, 17),
        sources=("rigsbeend0000",),
        note="An empty cell under Seen is an unrealistic expectation until it is filled."
        + (f" Expected and not seen: {', '.join(unseen)}." if unseen else ""),
    )


def spectrum() -> Exhibit:
    """Return the spectrum from teamwork to contractual partnership."""
    rows = [
        {"Form": f"<strong>{safe(f.name)}</strong>", "What binds": safe(f.binds), "When it fits": safe(f.fits),
         "How it ends": safe(f.ends)}
        for f in readiness().spectrum
    ]  # fmt: skip
    return Exhibit(
        "spectrum",
        "The Spectrum of Partnering",
        f"{len(rows)} forms of working together: {', '.join(f.name for f in readiness().spectrum)}.",
        table=pd.DataFrame(rows),
        widths=(20, 25, 35, 20),
        sources=("rigsbeend0000",),
        note=f"What companies share in an alliance: {', '.join(readiness().activities)}.",
    )


def partner_fits(found: Choice, *, synthetic: bool) -> Exhibit:
    """Return each candidate's strategic and operational fit, with the floor that the weaker one must reach."""
    order = sorted(found.fits, key=lambda fit: int(found.ranking.ranks[fit.candidate]), reverse=True)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = range(len(order))
        axes.plot([], [], color=GREY, linewidth=2, label="the weaker fit decides")
        for at, fit in enumerate(order):
            axes.plot([fit.strategic, fit.operational], [at, at], color=GREY, linewidth=2, zorder=1)
            axes.text(1.03, at, "passes" if fit.passes else "kept out", va="center", fontsize=8.5,
                      fontweight="normal" if fit.passes else "bold")  # fmt: skip
        axes.scatter(
            [f.strategic for f in order], places, 75, color=BLUE, marker="o", label="strategic fit", zorder=2
        )
        axes.scatter([f.operational for f in order], places, 60, color=ORANGE, marker="s", edgecolor=INK,
                     linewidth=0.8, label="operational fit", zorder=3)  # fmt: skip
        axes.axvline(order[0].floor, color=INK, linestyle="--", linewidth=1.2)
        axes.text(order[0].floor, len(order) - 0.45, " floor", fontsize=8.5, va="bottom")
        names = [
            f"{int(found.ranking.ranks[f.candidate])}. {f.candidate} ({found.ranking.scores[f.candidate]:.2f})"
            for f in order
        ]
        axes.set_yticks(places, names)
        axes.set_xlim(0, 1.2)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.set_ylim(-0.6, len(order) - 0.2)
        axes.set_xlabel("Fit from 0 to 1; in brackets the score of the ranking")
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper left", ncols=3, handlelength=1.4)

    turned = f" {', '.join(found.turned_away)} ranks higher and is kept out." if found.turned_away else ""
    chosen = f"Chosen: {found.first}.{turned}" if found.first else "No candidate passes the gate."
    return Exhibit(
        "partner_fits",
        "Candidates: Ranked, and Held Against the Gate",
        "; ".join(
            f"{f.candidate}: strategic {f.strategic:.2f}, operational {f.operational:.2f}"
            for f in reversed(order)
        )
        + f". Floor {order[0].floor:.2f}. {chosen}",
        draw,
        size=(6.5, 1.6 + 0.45 * len(order)),
        sources=("rigsbeend0000",),
        note=f"Ranking by {'weighted sum' if found.ranking.method == 'weighted_sum' else 'TOPSIS'}. {chosen}",
        synthetic=synthetic,
    )


def diligence(
    checks: Sequence[Check], prior: Mapping[str, float], signing: Mapping[str, float], money: str
) -> Exhibit:
    """Return the chance of each type of partner before and after each check was passed, and what each check is worth."""
    after = {check.name: posterior(prior, [(check, True)]) for check in checks}
    every = posterior(prior, [(check, True) for check in checks])
    rows = [
        {
            "The partner is": f"<strong>{kind.capitalize()}</strong>: {safe(TYPES[kind])}",
            "Before": f"{prior[kind]:.0%}",
            **{f"After: {safe(name)}": f"{chances[kind]:.0%}" for name, chances in after.items()},
            "After all": f"{every[kind]:.0%}",
            "What to do": safe(REMEDIES[kind]),
        }
        for kind in prior
    ]
    worth = [worth_of([check], prior, signing) for check in checks]
    told = " ".join(
        f"{check.name}: worth {w.value:.2f} {money} before its cost of {w.cost:g}."
        for check, w in zip(checks, worth, strict=True)
    )
    return Exhibit(
        "diligence",
        "What Two Kinds of Due Diligence Tell, and What They Are Worth",
        f"Chance of a sound partner: {prior['sound']:.0%} before; "
        + "; ".join(f"{chances['sound']:.0%} after {name.lower()}" for name, chances in after.items())
        + f"; {every['sound']:.0%} after all. {told}",
        table=pd.DataFrame(rows),
        widths=(27, 9, 15, 15, 9, 25),
        note=f"Columns after a check hold the chances once it was passed. {told}",
        synthetic=True,
    )
