"""Alternating offers with a computer counterpart, and the transcript of a negotiation with it.

Everything follows from the setup and the student's moves; nothing is drawn while the negotiation runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from alliance_analysis.agreement import Agreement, example_path, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.characters import (
    CHARACTERS,
    aim,
    answer_about,
    counter,
    ground,
    losses,
    named,
    reason,
    upper,
)
from alliance_analysis.negotiation.setups import ACCEPT, Move, Setup, negotiation_in, setup_from
from alliance_analysis.negotiation.terms import known
from alliance_analysis.negotiation.utility import Package, attribution, fits

Ending = Literal["open", "agreement", "you_walked_away", "they_walked_away", "out_of_rounds"]


@dataclass(frozen=True)
class Turn:
    """One line of the transcript.

    `utilities` are (yours, the counterpart's) of the terms; `aim` is the utility below which the counterpart did not
    go in that round (None on your turns); `about` is the term of a question or of what hurts most.
    """

    round: int
    who: Literal["you", "them"]
    act: Literal["offer", "ask", "answer", "accept", "walk_away"]
    terms: Package | None = None
    utilities: tuple[float, ...] = ()
    aim: float | None = None
    about: str | None = None
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

    def offers(self, who: Literal["you", "them"]) -> tuple[Turn, ...]:
        """Return one side's offers in their order."""
        return tuple(turn for turn in self.turns if turn.who == who and turn.act == "offer")

    @property
    def theirs(self) -> Package | None:
        """The counterpart's offer that lies on the table, if any."""
        offers = self.offers("them")
        return offers[-1].terms if offers and not self.ended else None

    @property
    def round(self) -> int:
        """The round in which your next offer would fall."""
        return 1 + len(self.offers("you"))

    @property
    def asked(self) -> tuple[str, ...]:
        """The terms about which you asked."""
        return tuple(turn.about for turn in self.turns if turn.act == "ask" and turn.about)


def replay(setup: Setup, moves: Sequence[Move]) -> Transcript:
    """Return the transcript that these moves give; the same setup and moves always give the same one.

    In each round you offer and the counterpart answers: it accepts what reaches its aim, leaves after several offers
    in a row below its reserved value, and otherwise names the package nearest to yours that reaches its aim, with
    its reason. Asking about a term costs no round. After the last round there is no agreement. Raises BadInput,
    naming the move, for a move after the end, an acceptance with nothing to accept, a question asked twice, or
    terms that are not on the table.
    """
    run = Transcript(setup, (), (), "open")
    for number, move in enumerate(moves, start=1):
        try:
            run = played(run, move)
        except BadInput as error:
            raise BadInput([replace(f, field=f"move {number}") for f in error.faults]) from None
    return run


def played(run: Transcript, move: Move) -> Transcript:
    """Return the transcript after one more move of yours and the answer to it; raises BadInput as `replay` does."""
    if run.ended:
        raise BadInput("the negotiation has ended before this move", "start again")
    setup, step, moves = run.setup, run.round, (*run.moves, move)
    if setup.character == "person":
        return _person(run, move)
    if move.do == "walk_away":
        turns = (Turn(max(step - 1, 1), "you", "walk_away"),)
        return replace(run, moves=moves, turns=run.turns + turns, ending="you_walked_away")
    if move.do == "accept":
        if run.theirs is None:
            raise BadInput("there is no offer to accept yet", "make an offer first")
        turns = (replace(run.offers("them")[-1], who="you", act="accept", aim=None, about=None, reason=""),)
        return replace(run, moves=moves, turns=run.turns + turns, ending="agreement")
    if move.do == "ask":
        about = str(move.about)
        known(about, setup.issues)
        if about in run.asked:
            raise BadInput(f"'{about}' was asked about already", "read the answer in the transcript")
        said = Turn(step, "them", "answer", about=about, reason=answer_about(setup, about))
        return replace(run, moves=moves, turns=(*run.turns, Turn(step, "you", "ask", about=about), said))
    fits(setup.issues, move.package)
    yours = Turn(step, "you", "offer", move.package, ground(setup).found.of(move.package))
    answer, ending = _answer(setup, (*run.offers("you"), yours))
    return replace(run, moves=moves, turns=(*run.turns, yours, answer), ending=ending)


def _person(run: Transcript, move: Move) -> Transcript:
    """Return the transcript after one move in a hot seat, where a person makes the other side's moves."""
    who: Literal["you", "them"] = move.by or "you"
    others = run.offers("you" if who == "them" else "them")
    step = len(run.offers(who)) + 1
    turn, ending = Turn(step, who, "walk_away"), run.ending
    if move.do == "walk_away":
        turn, ending = (
            replace(turn, round=max(step - 1, 1)),
            "you_walked_away" if who == "you" else "they_walked_away",
        )
    elif move.do == "accept":
        if not others:
            raise BadInput("there is no offer to accept yet", "make an offer first")
        turn, ending = replace(others[-1], who=who, act="accept"), "agreement"
    elif move.do == "offer":
        fits(run.setup.issues, move.package)
        turn = Turn(step, who, "offer", move.package, ground(run.setup).found.of(move.package))
        over = step == run.setup.rounds and len(others) == run.setup.rounds
        ending = "out_of_rounds" if over else "open"
    else:
        raise BadInput("a person is asked in person", "ask across the table")
    return replace(run, moves=(*run.moves, move), turns=(*run.turns, turn), ending=ending)


def _answer(setup: Setup, yours: Sequence[Turn]) -> tuple[Turn, Ending]:
    """Return what the counterpart says to the last of your offers."""
    found, them, step = ground(setup).found, setup.parties[1], len(yours)
    packages, worths = [turn.terms or () for turn in yours], [turn.utilities[1] for turn in yours]
    package, worth = packages[-1], worths[-1]
    top = float(found.utilities[:, 1].max())
    aims = [
        aim(setup.character, t, setup.rounds, top=top, reserved=them.reserved, worths=worths[:t])
        for t in range(1, step + 1)
    ]
    says = Turn(step, "them", "offer", package, found.of(package), aims[-1])
    if worth >= aims[-1]:
        parts = attribution(setup.issues, them, package)
        best = upper(named(setup, max(parts, key=parts.__getitem__), package))
        return replace(says, act="accept", reason=f"Agreed. {best} makes it worth our while."), "agreement"
    hurts = losses(setup, package)
    worst = max(hurts, key=hurts.__getitem__)
    gone = replace(says, act="walk_away", terms=None, utilities=(), about=worst)
    patience = CHARACTERS[setup.character].patience
    below = next((i for i, w in enumerate(reversed(worths)) if w >= them.reserved), step)
    if below >= patience:
        told = f"{below} offers in a row were worth less to us than no agreement. "
        told += f"{upper(named(setup, worst, package))} was the main obstacle."
        return replace(gone, reason=told), "they_walked_away"
    if step == setup.rounds:
        told = f"The rounds are over, and {named(setup, worst, package)} goes too far for us."
        return replace(gone, reason=told), "out_of_rounds"
    terms = counter(setup, packages, aims[-1])
    hurt, told = reason(setup, step, package, terms, step > 1 and aims[-1] < aims[-2])
    warning = "We would do better without an agreement. " if below else ""
    if below == patience - 1:
        warning += "One more offer like this, and we leave. "
    return replace(says, terms=terms, utilities=found.of(terms), about=hurt, reason=warning + told), "open"


SHOWN_MOVES = ((1.0, 0.8, 0.8, 1.0, 1.0, 1.0), (0.85, 0.8, 0.8, 0.5, 0.5, 1.0), (0.7, 0.65, 0.5, 0.5, 0.5, 0.5),
               (0.65, 0.5, 0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5, 0.5, 0.5))  # fmt: skip
"""The demonstration's offers: how demanding each term is, from 0 to 1 of its scale."""

SHOWN_SEED = 10
"""The demonstration's counterpart; not the one with which a student's panel starts."""


def demonstration(setup: Setup) -> Transcript:
    """Return a labelled demonstration: fixed offers until the counterpart accepts; then the student accepts."""
    run = replay(setup, ())
    for asked in SHOWN_MOVES:
        options = (issue.options for issue in setup.issues)
        package = tuple(o[round(share * (len(o) - 1))] for o, share in zip(options, asked, strict=True))
        run = played(run, setup.offer(package))
        if run.ended:
            break
    if not run.ended:
        run = played(run, ACCEPT)
    return replace(run, kept=False)


def recorded(agreement: Agreement) -> Transcript:
    """Return the negotiation kept in the agreement file, or the labelled demonstration.

    The demonstration is played on the labelled example's card, never on the student's own.
    """
    kept = negotiation_in(agreement)
    if kept:
        return replay(kept.setup, kept.moves)
    return demonstration(setup_from(read_agreement(example_path()).agreement, seed=SHOWN_SEED))
