"""Barriers to agreement: the list, and which of them a negotiation met."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from alliance_analysis.agreement import KpiCard
from alliance_analysis.negotiation.debrief import Debrief
from alliance_analysis.negotiation.terms import LABELS, MONEY

HEAVY = 0.6
"""A side that gives the money terms more than this share of its weight buys on price."""

LEFT = 0.02
"""Joint gains below this sum, in utility, are too small to be called value left on the table."""


@dataclass(frozen=True)
class Barrier:
    """One barrier: what it is, the remedy, and where it shows.

    `seen` is "table" (in a transcript), "card" (on the KPI card) or "house" (only people inside can tell);
    `sources` are keys in references.bib, none where it comes from the assignment or from this workbook.
    """

    id: str
    label: str
    remedy: str
    seen: Literal["table", "card", "house"]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Met:
    """One barrier as it was met: in which round (None: in the whole), and what shows it."""

    barrier: Barrier
    round: int | None
    shows: str


BARRIERS = {
    barrier.id: barrier
    for barrier in (
        Barrier("unspoken_expectations", "Expectations that were never spelled out",
                "Both sides fill the same card blind, compare, and ask why before the first offer.", "table"),
        Barrier("constraint_unheard", "A constraint that was named and not heard",
                "A workshop of both sides: one states its trade-offs, the other its constraints.", "table"),
        Barrier("position_repeated", "A position repeated, not an interest explained",
                "Say what the term is for, and look for another term that serves it.", "table"),
        Barrier("opening_out_of_reach", "An opening outside the other side’s reach",
                "Ask first; open high on what is light for them.", "table"),
        Barrier("price_only", "Talk of quality, choice by price",
                "Hold what is said against what was chosen last time; compare total cost, not price.", "table",
                ("rigsbeend0000",)),
        Barrier("own_alternative_forgotten", "The own alternative forgotten",
                "Write down what you do without an agreement, and what it is worth, before you sit down.", "table",
                ("rigsbeend0000",)),
        Barrier("difference_split", "The difference split instead of traded",
                "Give way on the term that is lighter for you than for them, and be paid for it.", "table"),
        Barrier("time_ran_out", "Time ran out", "Agree on the calendar first, and on what holds until you agree.",
                "table", ("rubinstein1982perfect",)),
        Barrier("no_common_ground", "No common ground",
                "Bring in a new option or a new term, or part while it is cheap.", "table"),
        Barrier("data_unconfirmed", "No one asked whether the data exist",
                "IT confirms the data source on the card before anyone signs.", "card", ("block2006building",)),
        Barrier("no_baseline", "No baseline", "Three months of measurement only, without payment.", "card",
                ("block2006building",)),
        Barrier("same_words", "Same words, different meanings", "One sheet of definitions, signed by both sides.",
                "card", ("rigsbeend0000",)),
        Barrier("hr_late", "HR comes in after the price is set", "HR owns the process, with a gate before the price.",
                "house", ("block2006building",)),
        Barrier("liability", "Legal sees a KPI as a liability", "A contractual minimum (SLA) beside the target.",
                "house", ("staffingnd0000",)),
        Barrier("partner_late", "The provider sees the draft when it is final", "Draft the card together.", "house"),
        Barrier("too_many", "Too many KPIs", "A cap; rank the cards, report the rest without payment.", "house",
                ("frydlinger2019new",)),
        Barrier("rewards_conflict", "Rewards at home pull the other way",
                "Audit what buyers and sellers are rewarded for.", "house", ("rigsbeend0000",)),
        Barrier("one_champion", "One champion, and the champion leaves", "Name a deputy for every owner.", "house",
                ("rigsbeend0000",)),
        Barrier("half_hearted", "Not carried below the top", "Those who must deliver are at the table.", "house",
                ("rigsbeend0000", "block2006building")),
    )
}  # fmt: skip
"""Every barrier by its id; those that a table shows first."""


def barriers_met(found: Debrief, card: KpiCard | None = None) -> tuple[Met, ...]:
    """Return the barriers that an ended negotiation shows, and those that its KPI card shows, in the order of the list.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> from alliance_analysis.negotiation import debrief, recorded
    >>> run = recorded(read_agreement(example_path()).agreement)
    >>> [met.barrier.id for met in barriers_met(debrief(run))][:1]
    ['unspoken_expectations']
    """
    met = [m for look in LOOKS for m in look(found)]
    if card is not None:
        met += [
            Met(BARRIERS[id], None, shows)
            for id, lacking, shows in (
                (
                    "data_unconfirmed",
                    not card.source_confirmed_by,
                    "No one has confirmed the data source on the card.",
                ),
                ("no_baseline", card.baseline is None, "The card has no baseline."),
                ("same_words", not card.measurement_method, "The card has no measurement method."),
            )
            if lacking
        ]
    return tuple(met)


def _unspoken(found: Debrief) -> Iterator[Met]:
    if found.run.setup.character == "person":
        return  # people ask aloud
    them, setup = found.run.setup.parties[1], found.run.setup
    fair = 1 / len(setup.issues)
    never = [name for name in found.never_asked if them.weights[name] > fair]
    if never:
        names = " and ".join(
            LABELS[name].lower() for name in sorted(never, key=lambda n: -them.weights[n])[:2]
        )
        share = sum(them.weights[name] for name in found.never_asked)
        yield Met(BARRIERS["unspoken_expectations"], None,
                  f"You never asked about what weighs most for them ({names}); what you did not ask about carries "
                  f"{share:.0%} of their weight.")  # fmt: skip


def _unheard(found: Debrief) -> Iterator[Met]:
    """The counterpart named the term that hurts most, and the next offer was no better for it on that term."""
    setup, deaf = found.run.setup, []
    names, them = [issue.id for issue in setup.issues], setup.parties[1]
    theirs = {turn.round: turn.about for turn in found.run.offers("them")}
    mine = found.run.offers("you")
    for before, after in itertools.pairwise(mine):
        about = theirs.get(before.round)
        if about and before.terms and after.terms:
            at = names.index(about)
            if them.values[about][after.terms[at]] <= them.values[about][before.terms[at]]:
                deaf.append((after.round, about))
    if deaf:
        first, about = deaf[0]
        times = f"{len(deaf)} times" if len(deaf) > 1 else "once"
        yield Met(BARRIERS["constraint_unheard"], first,
                  f"They named what costs them most ({LABELS[about].lower()}), and {times} your next offer gave nothing "
                  "on it.")  # fmt: skip


def _repeated(found: Debrief) -> Iterator[Met]:
    mine = found.run.offers("you")
    again = [b.round for a, b in itertools.pairwise(mine) if a.terms == b.terms]
    if again:
        rounds = ", ".join(map(str, again))
        yield Met(
            BARRIERS["position_repeated"], again[0], f"You made the same offer again in round {rounds}."
        )


def _out_of_reach(found: Debrief) -> Iterator[Met]:
    reserved = found.run.setup.parties[1].reserved
    below = [turn.round for turn in found.run.offers("you") if turn.utilities[1] < reserved]
    if below:
        left = "; it left" if found.run.ending == "they_walked_away" else ""
        count = "1 of your offers was" if len(below) == 1 else f"{len(below)} of your offers were"
        yield Met(
            BARRIERS["opening_out_of_reach"], below[0], f"{count} worth less to them than no agreement{left}."
        )


def _price(found: Debrief) -> Iterator[Met]:
    shares = [sum(w for n, w in p.weights.items() if n in MONEY) for p in found.run.setup.parties]
    for who, share in zip(("Your side", "The counterpart"), shares, strict=True):
        if share > HEAVY:
            yield Met(BARRIERS["price_only"], None, f"{who} gives money {share:.0%} of its weight.")


def _forgotten(found: Debrief) -> Iterator[Met]:
    reserved, run = found.run.setup.parties[0].reserved, found.run
    if "you" in found.below:
        yield Met(BARRIERS["own_alternative_forgotten"], run.turns[-1].round,
                  f"You signed for {found.reached[0]:.2f}; your alternative was worth {reserved:.2f}.")  # fmt: skip
    last = run.offers("them")[-1:] if run.ending == "you_walked_away" else ()
    if last and last[0].utilities[0] > reserved:
        shows = f"You left an offer worth {last[0].utilities[0]:.2f} for an alternative worth {reserved:.2f}."
        yield Met(BARRIERS["own_alternative_forgotten"], last[0].round, shows)


def _split(found: Debrief) -> Iterator[Met]:
    if found.improvement and sum(found.improvement.gains) > LEFT:
        you, them = found.improvement.gains
        yield Met(BARRIERS["difference_split"], found.run.turns[-1].round,
                  f"Other terms would have given you {you:+.2f} and them {them:+.2f} at once.")  # fmt: skip


def _late(found: Debrief) -> Iterator[Met]:
    if found.run.ending == "out_of_rounds" and found.zone_size:
        shows = (
            f"{found.zone_size:,} packages were better for both sides than none, and none was found in time."
        )
        yield Met(BARRIERS["time_ran_out"], found.run.setup.rounds, shows)


def _apart(found: Debrief) -> Iterator[Met]:
    if not found.zone_size:
        yield Met(BARRIERS["no_common_ground"], None, "No package gives both sides their reserved values.")


LOOKS: tuple[Callable[[Debrief], Iterator[Met]], ...] = (
    _unspoken, _unheard, _repeated, _out_of_reach, _price, _forgotten, _split, _late, _apart,
)  # fmt: skip
"""How each barrier at the table is seen, in the order of the list."""
