"""One computer counterpart with a character, and the transcript of a negotiation with it (M07).

Everything follows from the setup and the student's moves; nothing is drawn while the negotiation runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

import numpy as np

from alliance_analysis.agreement import Agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.setups import (
    ACCEPT,
    Character,
    Move,
    Setup,
    negotiation_in,
    offer,
    setup_from,
)
from alliance_analysis.negotiation.utility import DIGITS, Package, attribution, fits, outcomes

PATIENCE = 3
"""After so many offers in a row below its reserved value the counterpart leaves."""

CHARACTERS = MappingProxyType(
    {
        "tough": (0.35, "Tough", "holds out and moves late"),
        "even_handed": (1.0, "Even-handed", "moves by the same step each round"),
        "conceding": (2.5, "Conceding", "moves early"),
        "mirrors_you": (None, "Mirrors you", "gives as much as it has got from you"),
    }
)
"""The exponent e of each character's concession curve, its name, and what it does; the mirror has no clock."""

Ending = Literal["open", "agreement", "you_walked_away", "they_walked_away", "out_of_rounds"]


@dataclass(frozen=True)
class Turn:
    """One line of the transcript.

    `utilities` are (yours, the counterpart's) of the terms; `aim` is the utility below which the counterpart did not
    go in that round (None on your turns).
    """

    round: int
    who: Literal["you", "them"]
    act: Literal["offer", "accept", "walk_away"]
    terms: Package | None = None
    utilities: tuple[float, ...] = ()
    aim: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Transcript:
    """A negotiation as it went, computed from its setup and the student's moves.

    `kept` is false for the labelled demonstration, which stands in until the student has kept a negotiation.
    """

    setup: Setup
    moves: tuple[Move, ...]
    turns: tuple[Turn, ...]
    ending: Ending
    kept: bool = True

    @property
    def ended(self) -> bool:
        """Whether no further move is possible."""
        return self.ending != "open"

    @property
    def agreed(self) -> Package | None:
        """The agreed package, if there is one."""
        return self.turns[-1].terms if self.ending == "agreement" else None

    @property
    def theirs(self) -> Package | None:
        """The counterpart's offer that lies on the table, if any."""
        last = self.turns[-1] if self.turns else None
        return last.terms if last and last.who == "them" and last.act == "offer" else None

    @property
    def round(self) -> int:
        """The round in which your next offer would fall."""
        return 1 + sum(move.do == "offer" for move in self.moves)


def aim(
    character: Character, step: int, rounds: int, *, top: float, reserved: float, worths: Sequence[float] = ()
) -> float:
    """Return the least utility that the counterpart settles for in round `step` of `rounds`.

    By its clock, aim(t) = U_max - (U_max - r) (t / T)^(1 / e): e < 1 is tough, e > 1 conceding. The mirror lowers its
    aim by what it has got so far: by how much the best of your offers (`worths`, in its own utility) beats the first.

    >>> [round(aim("even_handed", t, 4, top=1.0, reserved=0.4), 2) for t in (1, 2, 3, 4)]
    [0.85, 0.7, 0.55, 0.4]
    >>> round(aim("mirrors_you", 2, 4, top=1.0, reserved=0.4, worths=(0.1, 0.3)), 2)
    0.8
    """
    exponent = CHARACTERS[character][0]
    if exponent is None:
        lowered = top - (max(worths) - worths[0])
    else:
        lowered = top - (top - reserved) * (step / rounds) ** (1 / exponent)
    return float(np.round(max(reserved, lowered), DIGITS))


def replay(setup: Setup, moves: Sequence[Move]) -> Transcript:
    """Return the transcript that these moves give; the same setup and moves always give the same one.

    In each round you offer and the counterpart answers: it accepts what reaches its aim, leaves after PATIENCE offers
    in a row below its reserved value, and otherwise names the package nearest to yours that reaches its aim, with
    its reason. After the last round there is no agreement. Raises BadInput, naming the move, for a move after the
    end, an acceptance with nothing to accept, or terms that are not on the table.
    """
    run = Transcript(setup, (), (), "open")
    for number, move in enumerate(moves, start=1):
        try:
            run = _played(run, move)
        except BadInput as error:
            raise BadInput([replace(f, field=f"move {number}") for f in error.faults]) from None
    return run


def _played(run: Transcript, move: Move) -> Transcript:
    if run.ended:
        raise BadInput("the negotiation has ended before this move", "start again")
    step, moves = run.round, (*run.moves, move)
    if move.do == "walk_away":
        turns = (Turn(max(step - 1, 1), "you", "walk_away"),)
        return replace(run, moves=moves, turns=run.turns + turns, ending="you_walked_away")
    if move.do == "accept":
        if run.theirs is None:
            raise BadInput("there is no offer to accept yet", "make an offer first")
        turns = (replace(run.turns[-1], who="you", act="accept", aim=None, reason=""),)
        return replace(run, moves=moves, turns=run.turns + turns, ending="agreement")
    fits(run.setup.issues, move.terms)
    found = outcomes(run.setup.issues, run.setup.parties)
    yours = Turn(step, "you", "offer", move.terms, found.of(move.terms))
    offers = [t for t in (*run.turns, yours) if t.who == "you"]
    answer, ending = _answer(run.setup, [(t.terms or (), t.utilities[1]) for t in offers])
    return replace(run, moves=moves, turns=(*run.turns, yours, answer), ending=ending)


def _answer(setup: Setup, offers: Sequence[tuple[Package, float]]) -> tuple[Turn, Ending]:
    """Return what the counterpart says to the last of your offers (each with its worth to the counterpart)."""
    found, them, step = outcomes(setup.issues, setup.parties), setup.parties[1], len(offers)
    package, worth = offers[-1]
    worths = [w for _, w in offers]
    top = float(found.utilities[:, 1].max())
    least = aim(setup.character, step, setup.rounds, top=top, reserved=them.reserved, worths=worths)
    says = Turn(step, "them", "offer", package, found.of(package), least)
    parts = attribution(setup.issues, them, package)
    if worth >= least:
        reason = (
            f"Agreed. {_phrase(setup, max(parts, key=parts.__getitem__), package)} makes it worth our while."
        )
        return replace(says, act="accept", reason=reason), "agreement"
    losses = {
        name: them.weights[name] * max(them.values[name].values()) - part for name, part in parts.items()
    }
    worst = _phrase(setup, max(losses, key=losses.__getitem__), package)
    gone = replace(says, act="walk_away", terms=None, utilities=())
    below = next((i for i, w in enumerate(reversed(worths)) if w >= them.reserved), step)
    if below >= PATIENCE:
        reason = (
            f"{below} offers in a row were worth less to us than no agreement. {worst} was the main obstacle."
        )
        return replace(gone, reason=reason), "they_walked_away"
    if step == setup.rounds:
        return replace(
            gone, reason=f"The rounds are over, and {_lower(worst)} goes too far for us."
        ), "out_of_rounds"
    counter = _nearest(setup, package, least)
    warning = "" if not below else "We would do better without an agreement. "
    if below == PATIENCE - 1:
        warning += "One more offer like this, and we leave. "
    reason = warning + _reason(setup, package, counter, losses)
    return replace(says, terms=counter, utilities=found.of(counter), reason=reason), "open"


def _nearest(setup: Setup, package: Package, least: float) -> Package:
    """Return the package nearest to yours, by steps on each issue's scale, that reaches the counterpart's aim."""
    found = outcomes(setup.issues, setup.parties)
    scales = [{o: i / (len(x.options) - 1) for i, o in enumerate(x.options)} for x in setup.issues]

    def apart(index: int) -> tuple[float, float]:
        pairs = zip(scales, found.packages[index], package, strict=True)
        return round(sum(abs(s[a] - s[b]) for s, a, b in pairs), DIGITS), -float(found.utilities[index, 1])

    return found.packages[min(np.flatnonzero(found.utilities[:, 1] >= least).tolist(), key=apart)]


def _reason(setup: Setup, package: Package, counter: Package, losses: dict[str, float]) -> str:
    """Say which term hurts most, and what the counterpart takes as it stands or would rather trade."""
    names = [issue.id for issue in setup.issues]
    changed = [n for n, a, b in zip(names, package, counter, strict=True) if a != b]
    hurt = max(changed, key=losses.__getitem__)
    wanted = setup.printed(hurt, counter[names.index(hurt)])
    text = f"{_phrase(setup, hurt, package)} costs us most; we need {wanted}."
    taken = [_lower(_phrase(setup, n, package)) for n in names if n not in changed]
    if taken:
        return f"{text} In return we take {' and '.join(taken)}."
    weights = setup.parties[1].weights
    cheap = min((n for n in names if n != hurt), key=weights.__getitem__)
    label = next(issue.label for issue in setup.issues if issue.id == cheap)
    return f"{text} We could give way more easily on the {label.lower()}."


def _phrase(setup: Setup, issue: str, package: Package) -> str:
    option = dict(zip((i.id for i in setup.issues), package, strict=True))[issue]
    shown = setup.printed(issue, option)
    return {
        "target": f"A target of {shown}",
        "at_risk": f"An at-risk amount of {shown}",
        "review_months": f"A review {shown}",
    }[issue]


def _lower(phrase: str) -> str:
    return phrase[0].lower() + phrase[1:]


SHOWN_MOVES = ((1.0, 0.8, 1.0), (0.85, 0.8, 0.5), (0.7, 0.65, 0.5), (0.65, 0.5, 0.5), (0.5, 0.5, 0.5))
"""The demonstration's offers: how demanding each term is, from 0 to 1 of its scale."""


SHOWN_SEED = 10
"""The demonstration's counterpart; not the one with which a student's panel starts."""


def demonstration(setup: Setup) -> Transcript:
    """Return a labelled demonstration: fixed offers until the counterpart accepts; then the student accepts."""
    run = replay(setup, ())
    for asked in SHOWN_MOVES:
        options = (issue.options for issue in setup.issues)
        package = tuple(o[round(share * (len(o) - 1))] for o, share in zip(options, asked, strict=True))
        run = replay(setup, (*run.moves, offer(package)))
        if run.ended:
            break
    if not run.ended:
        run = replay(setup, (*run.moves, ACCEPT))
    return replace(run, kept=False)


def recorded(agreement: Agreement) -> Transcript:
    """Return the negotiation kept in the agreement file, or the labelled demonstration on its card."""
    kept = negotiation_in(agreement)
    return replay(kept.setup, kept.moves) if kept else demonstration(setup_from(agreement, seed=SHOWN_SEED))
