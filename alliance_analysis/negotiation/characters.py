"""Seven characters a computer counterpart can have: when it concedes, what it trades, and how it speaks.

A character follows from its numbers and from your moves; nothing is drawn while the negotiation runs.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from alliance_analysis.negotiation.setups import Setup
from alliance_analysis.negotiation.terms import INTERESTS, LABELS, phrase
from alliance_analysis.negotiation.utility import DIGITS, Floats, Outcomes, Package, outcomes


@dataclass(frozen=True)
class Character:
    """How a counterpart behaves.

    Parameters
    ----------
    name, does
        What it is called, and what it does, for the reader.
    exponent
        e of its concession curve (see `aim`); None for one that has no clock and mirrors you.
    patience
        After so many offers in a row below its reserved value it leaves.
    opens
        What it says when it is asked about a term: why it matters; also beside another term; also its rank.
    listens
        Whether it spares the terms on which you hold firm.
    """

    name: str
    does: str
    exponent: float | None
    patience: int = 3
    opens: Literal["why", "beside another", "rank"] = "beside another"
    listens: bool = False


CHARACTERS: Mapping[str, Character] = MappingProxyType(
    {
        "hard_bargainer": Character("Hard bargainer", "holds out, moves late and says little", 0.35, opens="why"),
        "conceder": Character("Conceder", "moves early and by much", 2.5),
        "mirror": Character("Mirror", "gives as much as it has got from you", None),
        "deadline_player": Character("Deadline player", "hardly moves until the rounds run out", 0.15, opens="why"),
        "price_only_buyer": Character(
            "Price-only buyer", "speaks of quality and counts money; you speak for the provider", 0.7
        ),
        "relationship_builder": Character(
            "Relationship builder", "gives its reasons and spares what you hold firm on", 1.3, 5, "rank", listens=True
        ),
        "even_handed": Character("Even-handed", "moves by the same step each round", 1.0),
    }
)  # fmt: skip
"""Every character by its id."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Every package with its utilities, and where each of its terms lies on its scale from 0 to 1."""

    found: Outcomes
    places: Floats


def ground(setup: Setup) -> Ground:
    """Return all packages of a setup; worked out once."""
    return _ground(setup.model_dump_json())


@functools.lru_cache(maxsize=16)
def _ground(written: str) -> Ground:
    setup = Setup.model_validate_json(written)
    axes = [np.linspace(0, 1, len(issue.options)) for issue in setup.issues]
    places = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    return Ground(outcomes(setup.issues, setup.parties), places)


def aim(
    character: str, step: int, rounds: int, *, top: float, reserved: float, worths: Sequence[float] = ()
) -> float:
    """Return the least utility that the counterpart settles for in round `step` of `rounds`.

    By its clock, aim(t) = U_max - (U_max - r) (t / T)^(1 / e): e < 1 is tough, e > 1 conceding. The mirror lowers its
    aim by what it has got so far: by how much the best of your offers (`worths`, in its own utility) beats the first.

    >>> [round(aim("even_handed", t, 4, top=1.0, reserved=0.4), 2) for t in (1, 2, 3, 4)]
    [0.85, 0.7, 0.55, 0.4]
    >>> round(aim("mirror", 2, 4, top=1.0, reserved=0.4, worths=(0.1, 0.3)), 2)
    0.8
    """
    exponent = CHARACTERS[character].exponent
    if exponent is None:
        lowered = top - (max(worths) - worths[0])
    else:
        lowered = top - (top - reserved) * (step / rounds) ** (1 / exponent)
    return float(np.round(max(reserved, lowered), DIGITS))


def counter(setup: Setup, offers: Sequence[Package], least: float) -> Package:
    """Return the package nearest to your last offer, by steps on each term's scale, that reaches the counterpart's aim.

    One that listens counts a step twice to three times on a term that you have not moved since your first offer.
    """
    here = ground(setup)
    heavy = np.ones(len(setup.issues))
    if CHARACTERS[setup.character].listens and len(offers) > 1:
        kept = np.array([[a == b for a, b in zip(o, offers[0], strict=True)] for o in offers[1:]])
        heavy += 2 * kept.mean(axis=0)
    wanted = here.places[here.found.packages.index(offers[-1])]
    apart = np.round((np.abs(here.places - wanted) * heavy).sum(axis=1), DIGITS)
    worth = here.found.utilities[:, 1]
    reach = np.flatnonzero(worth >= least)
    return here.found.packages[int(reach[np.lexsort((-worth[reach], apart[reach]))[0]])]


def losses(setup: Setup, package: Package) -> dict[str, float]:
    """Return by how much each term falls short of the best for the counterpart, in its utility."""
    them = setup.parties[1]
    return {
        issue.id: them.weights[issue.id]
        * (max(them.values[issue.id].values()) - them.values[issue.id][option])
        for issue, option in zip(setup.issues, package, strict=True)
    }


def named(setup: Setup, issue: str, package: Package) -> str:
    """Return one term of a package as a phrase."""
    option = dict(zip((i.id for i in setup.issues), package, strict=True))[issue]
    return phrase(issue, option, setup.unit)


def reason(setup: Setup, step: int, package: Package, answer: Package, lowered: bool) -> tuple[str, str]:
    """Return the term that hurts most, and the counterpart's words: what it needs, takes, or would rather trade."""
    names, hurts = [issue.id for issue in setup.issues], losses(setup, package)
    changed = [n for n, a, b in zip(names, package, answer, strict=True) if a != b]
    hurt = max(changed, key=hurts.__getitem__)
    said = f"{upper(named(setup, hurt, package))} costs us most; we need {named(setup, hurt, answer)}."
    taken = [named(setup, name, package) for name in names if name not in changed]
    if len(taken) > 2:
        others = [named(setup, name, answer) for name in changed if name != hurt]
        also = f" and {' and '.join(others)}" if others else ""
        said = f"{said[:-1]}{also}. The rest we take as it stands."
    elif taken:
        said += f" In return we take {' and '.join(taken)}."
    else:
        cheap = min((n for n in names if n != hurt), key=setup.parties[1].weights.__getitem__)
        said += f" We could give way more easily on the {LABELS[cheap].lower()}."
    return hurt, " ".join(filter(None, (_manner(setup, step, lowered), said, _why(setup, hurt))))


def _manner(setup: Setup, step: int, lowered: bool) -> str:
    left = setup.rounds - step
    return {
        "hard_bargainer": "That is not enough." if step > 1 else "We did not come to give things away.",
        "conceder": "We would rather agree than be right, so we come towards you.",
        "mirror": "You came towards us, and so do we." if lowered
        else "We answer like with like." if step == 1 else "You have not moved, so neither do we.",
        "deadline_player": f"There are {left} rounds left; we see no reason to hurry." if left > 1
        else "Time is short now: this is what we can still do.",
        "price_only_buyer": "Quality comes first for us, as you know. But the money is not right yet.",
        "relationship_builder": "We want this to hold for years.",
    }.get(setup.character, "")  # fmt: skip


def _why(setup: Setup, issue: str) -> str:
    return INTERESTS[setup.their_side][issue] if setup.character == "relationship_builder" else ""


def answer_about(setup: Setup, issue: str) -> str:
    """Return what the counterpart says when it is asked about a term: true, but as much as its character gives away.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> from alliance_analysis.negotiation import setup_from
    >>> setup = setup_from(read_agreement(example_path()).agreement, character="hard_bargainer")
    >>> answer_about(setup, "at_risk")
    'Our margin is thin: one bad quarter at that rate eats the profit of the year.'
    """
    names, weights = [found.id for found in setup.issues], setup.parties[1].weights
    said = INTERESTS[setup.their_side][issue]
    opens = CHARACTERS[setup.character].opens
    if opens == "beside another":
        other = names[(names.index(issue) + len(names) // 2) % len(names)]
        more = "more" if weights[issue] > weights[other] else "less"
        said += f" It matters {more} to us than the {LABELS[other].lower()}."
    elif opens == "rank":
        place = sorted(names, key=lambda name: -weights[name]).index(issue) + 1
        said += f" Of the {len(names)} terms it is number {place} for us."
    return said


def upper(text: str) -> str:
    """Return a phrase as it stands at the beginning of a sentence."""
    return text[0].upper() + text[1:]
