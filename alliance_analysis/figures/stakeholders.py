"""Who must agree at home: the table and what the organisation makes of it, who blocks, and what remedies would change."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from alliance_analysis.figures.exhibit import Exhibit, safe
from alliance_analysis.figures.style import BLUE, GREEN, GREY, INK, ORANGE
from alliance_analysis.negotiation.organisation import Limit, Organisation, Stakeholder
from alliance_analysis.negotiation.remedies import REMEDIES, printed
from alliance_analysis.negotiation.sitting import Chosen, effects, sit
from alliance_analysis.negotiation.stakeholders import AgreementSet, Binding, agreement_set, size

INVENTED = "All limits, wishes, votes and sizes are assumptions for teaching, not findings."
NOT_KEPT = "You have kept nothing yet: this is a table without HR and IT, to show what the page will hold."


def _caption(what: str, kept: bool) -> str:
    return what if kept else f"{what} (Demonstration)"


def _note(kept: bool, *parts: str) -> str:
    return " ".join([*filter(None, parts), INVENTED, *([] if kept else [NOT_KEPT])])


def told(limit: Limit, organisation: Organisation) -> str:
    """Return a limit as a phrase.

    >>> from alliance_analysis.negotiation.remedies import recruiting
    >>> told(Limit("target", most=0.96, unless=((Limit("review_months", most=1),),)), recruiting())
    'target at most 96% (unless review cadence at most every month)'
    """
    label = next(issue.label for issue in organisation.terms if issue.id == limit.issue)
    label = label[0].lower() + label[1:]
    if limit.least > -np.inf and limit.most < np.inf:
        text = f"{label} from {printed(limit.issue, limit.least)} to {printed(limit.issue, limit.most)}"
    else:
        least = limit.least > -np.inf
        bound = printed(limit.issue, limit.least if least else limit.most)
        text = (
            f"{label} {bound}"
            if bound in ("yes", "no")
            else f"{label} at {'least' if least else 'most'} {bound}"
        )
    ways = " or ".join(" and ".join(told(c, organisation) for c in conditions) for conditions in limit.unless)
    return f"{text} (unless {ways})" if ways else text


def package_told(organisation: Organisation, package: tuple[object, ...]) -> str:
    """Return a package, added terms included, as a phrase."""
    parts = (
        f"{issue.label[0].lower()}{issue.label[1:]} {printed(issue.id, option)}"  # type: ignore[arg-type]
        for issue, option in zip(organisation.terms, package, strict=True)
    )
    return ", ".join(parts)


def _binding(binding: Binding, organisation: Organisation) -> str:
    if binding.limit is None:
        return f"the quorum of {organisation.quorum:.0%}"
    return f"{organisation.of(binding.who).name}: {told(binding.limit, organisation)}"


def left(found: AgreementSet) -> str:
    """Say in words how many packages are left, and where none is, which limits conflict."""
    whole = f"{found.zone:,} packages that both sides prefer to their alternatives"
    if found.size:
        return f"Of the {whole}, everyone can sign {found.size:,}."
    if not found.conflict:
        return "No package is better for both sides than their alternatives."
    smallest = "; ".join(_binding(b, found.organisation) for b in found.conflict)
    count = (
        f"these {len(found.conflict)} cannot all be met" if len(found.conflict) > 1 else "this cannot be met"
    )
    return f"Of the {whole}, nobody can sign any: {count} ({smallest}), and no smaller set of limits is to blame."


def outcome(chosen: Chosen) -> str:
    """Say in words what the table agrees on, and whether the organisation can sign it."""
    organisation = chosen.after
    found = sit(organisation, chosen.seated)
    if found.package is None:
        return "The table finds no package that it could agree on."
    refusing = [organisation.of(name).name for name in found.refusals]
    reasons = [f"{' and '.join(refusing)} cannot sign"] if refusing else []
    if found.approval < found.quorum - 1e-9:
        reasons.append(f"only {found.approval:.0%} of all votes approve, {found.quorum:.0%} are needed")
    verdict = "the organisation can sign it" if found.signed else "; ".join(reasons)
    terms = package_told(organisation, found.package)
    many = "the only package" if found.choices == 1 else f"one of {found.choices} packages"
    return f"The table agrees on {terms} ({many} open to it): {verdict}."


def sitting(chosen: Chosen, *, kept: bool = True) -> Exhibit:
    """Return who sat at the table, what it agreed on, and who can sign that."""
    organisation = chosen.after
    found, told_ = sit(organisation, chosen.seated), outcome(chosen)
    everything = left(agreement_set(organisation))
    rows = []
    for s in organisation.stakeholders:
        limits = found.refusals.get(s.id, ())
        why = "; ".join(f"{told(limit, organisation)}: {limit.because}" for limit in limits)
        rows.append((
            safe(s.name),
            "at the table" if s.id in found.seated else "not asked",
            "–" if found.package is None else "refuses" if limits else "can sign",
            safe(why) if why else "–",
        ))  # fmt: skip
    return Exhibit(
        "sitting",
        _caption("The Table, and Who Can Sign", kept),
        f"{told_} {everything}",
        table=pd.DataFrame(rows, columns=["Who", "Place", "The table’s package", "Because"]),
        widths=(16, 16, 20, 48),
        note=_note(kept, told_, everything),
        synthetic=True,
    )


def blockers(chosen: Chosen, *, kept: bool = True) -> Exhibit:
    """Return the blocking index of every stakeholder, before and after the chosen remedies."""
    before, after = agreement_set(chosen.before), agreement_set(chosen.after)
    names = [s.name for s in before.organisation.stakeholders]
    pairs = [(before.blocking[s.id], after.blocking[s.id]) for s in before.organisation.stakeholders]
    both = bool(chosen.remedies)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(names))
        series = [("before remedies", ORANGE, "///", 0), ("with the chosen remedies", BLUE, "", 1)]
        height = 0.38 if both else 0.6
        for label, colour, hatch, side in series if both else series[:1]:
            shift = (side - 0.5) * height if both else 0.0
            values = [pair[side] for pair in pairs]
            axes.barh(
                rows + shift,
                values,
                height,
                color=colour,
                hatch=hatch,
                edgecolor=INK,
                linewidth=0.6,
                label=label,
            )
            for row, value in enumerate(values):
                axes.text(value + 0.01, row + shift, f"{value:.0%}", va="center", fontsize=8)
        axes.set_yticks(rows, names)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.1)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        axes.set_xlabel("Blocking index: share of otherwise acceptable packages that it removes")
        axes.tick_params(axis="y", length=0)
        if both:
            figure.legend(loc="outside upper left", ncols=2)

    shown = "; ".join(
        f"{name} {was:.0%}" + (f", then {now:.0%}" if both else "")
        for name, (was, now) in zip(names, pairs, strict=True)
    )
    sizes = f"{before.size} packages can be signed before remedies" + (
        f", {after.size} after" if both else ""
    )
    return Exhibit(
        "blocking",
        _caption("Who Blocks", kept),
        f"Blocking index by stakeholder: {shown}. {sizes}.",
        draw,
        size=(6.5, 3.4 if both else 2.7),
        note=_note(kept, f"{sizes}. An index of 100% says that without this stakeholder something could be signed, "
                         "and with it nothing."),
        synthetic=True,
    )  # fmt: skip


def sizes(chosen: Chosen, *, kept: bool = True) -> Exhibit:
    """Return the size of the agreement set before remedies, with each one alone, and with the chosen ones together."""
    before, together = size(chosen.before), size(chosen.after)
    alone = {name: found[0] for name, found in effects(chosen).items()}
    labels = ["Before remedies", *(REMEDIES[name].label for name in alone)]
    values = [before, *alone.values()]
    if chosen.remedies:
        labels, values = [*labels, "The chosen together"], [*values, together]
    marked = [name in chosen.remedies for name in alone]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        colours = [GREY, *(BLUE if mark else "white" for mark in marked), GREEN]
        hatches = ["", *("" if mark else "///" for mark in marked), "..."]
        top = max(*values, 1)
        for row, (value, colour, hatch) in enumerate(zip(values, colours, hatches, strict=False)):
            axes.barh(row, value, 0.66, color=colour, hatch=hatch, edgecolor=INK, linewidth=0.7)
            change = "" if row == 0 else f"  ({value - before:+d})"
            axes.text(value + 0.012 * top, row, f"{value}{change}", va="center", fontsize=8)
        axes.axvline(before, color=INK, linewidth=0.9, linestyle="--")
        axes.set_yticks(range(len(labels)), labels)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.16 * top)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel("Packages that everyone can sign")
        axes.tick_params(axis="y", length=0)

    told_ = "; ".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
    return Exhibit(
        "agreement_sizes",
        _caption("Size of the Agreement Set by Remedy", kept),
        f"Packages that everyone can sign: {told_}.",
        draw,
        size=(6.5, 3.7),
        note=_note(kept, "Each remedy alone; filled bars are the chosen ones. Sizes do not add up: a remedy can open "
                         "what another one still closes."),
        synthetic=True,
    )  # fmt: skip


def assumptions(chosen: Chosen, *, kept: bool = True) -> Exhibit:
    """Return what each remedy changes in the model, the assumption behind its size, and what it brings."""
    before, found = size(chosen.before), effects(chosen)
    rows = []
    for name, remedy in REMEDIES.items():
        used = chosen.sizes.get(name, remedy.size)
        mark = " (yours)" if used != remedy.size else ""
        rows.append((
            f"<strong>{safe(remedy.label)}</strong>" if name in chosen.remedies else safe(remedy.label),
            safe(remedy.changes),
            f"{safe(remedy.assumption)}: {remedy.printed(used)}{mark}",
            f"{found[name][0] - before:+d}",
            str(found[name][1]),
        ))  # fmt: skip
    return Exhibit(
        "remedy_assumptions",
        _caption("Nine Remedies and Their Assumptions", kept),
        "Change in the number of packages that everyone can sign: "
        + "; ".join(f"{REMEDIES[name].label} {alone - before:+d}" for name, (alone, _) in found.items()) + ".",
        table=pd.DataFrame(
            rows, columns=["Remedy", "What it changes in the model", "Assumption", "Alone", "With the chosen"]
        ),
        widths=(20, 34, 26, 8, 12),
        note=_note(kept, f"Chosen ones in bold. “Alone” is the change from the {before} packages before remedies."),
        synthetic=True,
    )  # fmt: skip


def interests(organisation: Organisation) -> Exhibit:
    """Return everyone's hard limits with their reasons, and wishes."""
    say = functools.partial(told, organisation=organisation)

    def row(s: Stakeholder) -> tuple[str, ...]:
        limits = "<br>".join(safe(f"{say(x)}: {x.because}" if x.because else say(x)) for x in s.limits)
        readings = "".join(
            f"<br>Reads {printed('target', 0.95)} as {printed('target', 0.95 + shift)}"
            for issue, shift in s.readings.items()
            if issue == "target" and shift
        )
        return (
            safe(s.name) + readings,
            limits or "–",
            safe("; ".join(map(say, s.wishes))),
            f"{s.presence:.0%}",
        )

    rows = [row(s) for s in organisation.stakeholders]
    return Exhibit(
        "interests",
        "Hard Limits and Wishes of Everyone Who Has a Say",
        "; ".join(f"{s.name}: {', '.join(map(say, s.limits))}" for s in organisation.stakeholders) + ".",
        table=pd.DataFrame(rows, columns=["Who", "Signs only", "Approves of", "Present"]),
        widths=(16, 50, 25, 9),
        note=f"Each has a veto and one vote; approval is the share of its wishes that a package meets. {INVENTED}",
        synthetic=True,
    )
