"""Two people at one table by exchanging a file: each side's setup stays private, and each move is sealed.

The file holds no weights and no alternative, only a promise (a digest) of each side's setup. Each entry's seal covers
all entries before it, so that a changed, removed or reordered move shows. When it is over both sides reveal what they
played for, and the promise shows whether it is what they sat down with. This is a check among classmates, not
cryptography against a determined forger.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis.errors import BadInput
from alliance_analysis.negotiation.offers import Transcript, replay
from alliance_analysis.negotiation.setups import Alternative, Importance, Move, Opposite, Setup
from alliance_analysis.negotiation.terms import Side, Terms
from alliance_analysis.records import Problem, Record, as_plain, read_record, render, write_atomic

NAME = "hot_seat"
"""The part of `choices` that holds a student's private side."""

Seal = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
NAMES: dict[Side, str] = {"customer": "the customer", "vendor": "the provider"}


class Private(Record):
    """What one side plays for; `word` is a secret word of the student's own, so that no one can guess the rest."""

    side: Side
    importance: Importance = Importance()
    alternative: Alternative = "tender_again"
    word: Annotated[str, Field(min_length=4, max_length=60)]

    @property
    def promise(self) -> str:
        """The digest that stands in the table file."""
        return _digest(self.model_dump(mode="json"))


class Entry(Terms):
    """One entry of the table file: a side sits down, moves, or reveals what it played for."""

    by: Side
    do: Literal["sit", "offer", "accept", "walk_away", "reveal"]
    promise: Seal | None = None
    played_for: Private | None = None
    seal: Seal


class Table(Record):
    """A table file: what is negotiated, and every entry in its order. `setup` holds no side's interests."""

    schema_: Literal[1] = Field(alias="schema")
    setup: Setup
    entries: list[Entry] = Field(default_factory=list)

    def problems(self) -> Iterator[Problem]:
        """Yield the first entry whose seal does not fit what stands before it, or that was made out of turn."""
        movers = [(n, e.by) for n, e in enumerate(self.entries) if e.do in ("offer", "accept", "walk_away")]
        for (_, before), (number, by) in itertools.pairwise(movers):
            if by == before:
                yield (
                    ("entries", number),
                    f"{NAMES[by]} moved twice in a row",
                    "ask for the file as it was sent",
                )
                return
        last = _digest(self.setup.model_dump(mode="json"))
        for number, entry in enumerate(self.entries):
            if entry.seal != _sealed(last, entry):
                what = f"entry {number + 1} does not fit its seal: it, or one before it, was changed after it was made"
                yield ("entries", number), what, "ask the other side for the file as it was sent"
                return
            last = entry.seal

    @property
    def last(self) -> str:
        """The seal of the last entry."""
        return self.entries[-1].seal if self.entries else _digest(self.setup.model_dump(mode="json"))

    def of(self, side: Side, do: str) -> Entry | None:
        """Return a side's first entry of one kind."""
        return next((entry for entry in self.entries if (entry.by, entry.do) == (side, do)), None)

    @property
    def turn(self) -> Side | None:
        """Whose move it is: the side that sat down first begins; None when it is over."""
        if not self.entries or transcript_of(self, "customer").ended:
            return None
        moves = [entry for entry in self.entries if entry.do in ("offer", "accept", "walk_away")]
        first = self.entries[0].by
        return _other(moves[-1].by) if moves else first


def _other(side: Side) -> Side:
    return "vendor" if side == "customer" else "customer"


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8")).hexdigest()


def _sealed(last: str, entry: Entry) -> str:
    return _digest([last, entry.model_dump(mode="json", exclude={"seal"})])


def _with(table: Table, **entry: object) -> Table:
    made = Entry.model_validate({**entry, "seal": "0" * 64})
    sealed = made.model_copy(update={"seal": _sealed(table.last, made)})
    return table.model_copy(update={"entries": [*table.entries, sealed]})


def laid(setup: Setup, rounds: int = 6) -> Table:
    """Return an empty table over the terms of a setup, without anyone's interests in it.

    >>> from alliance_analysis.agreement import example_path, read_agreement
    >>> from alliance_analysis.negotiation import setup_from
    >>> table = laid(setup_from(read_agreement(example_path()).agreement))
    >>> sit(table, Private(side="vendor", word="lantern")).turn
    'vendor'
    """
    open_ = setup.model_dump(exclude={"importance", "alternative", "seed", "opposite", "delay_cost"})
    names = (setup.you, setup.them) if setup.side == "customer" else (setup.them, setup.you)
    shared = {"side": "customer", "you": names[0], "them": names[1], "character": "person", "rounds": rounds}
    return Table(schema=1, setup=Setup.model_validate({**open_, **shared}))


def sit(table: Table, mine: Private) -> Table:
    """Sit down on one side; raises BadInput if the side is taken."""
    if table.of(mine.side, "sit"):
        raise BadInput(
            f"{NAMES[mine.side]} sits at this table already", "take the other side, or another file"
        )
    return _with(table, by=mine.side, do="sit", promise=mine.promise)


def move(table: Table, mine: Private, made: Move) -> Table:
    """Add a move; raises BadInput if it is not yours to move, or what `replay` refuses."""
    known(table, mine)
    if table.turn is None:
        raise BadInput("the negotiation at this table is over", "reveal what you played for")
    if table.turn != mine.side:
        raise BadInput(
            f"it is for {NAMES[table.turn]} to move", "send the file to the other side, and wait for it"
        )
    added = _with(table, by=mine.side, do=made.do, **made.model_dump(exclude={"by", "do", "about"}))
    transcript_of(added, mine.side)
    return added


def known(table: Table, mine: Private, seen: str | None = None) -> None:
    """Raise BadInput if this is another table, an older copy of it, or a setup other than the one promised.

    `seen` is the seal of the last entry that this side saw.
    """
    here = table.of(mine.side, "sit")
    if here is None:
        raise BadInput(
            f"{NAMES[mine.side]} has not sat down at this table", "choose the right file, or sit down"
        )
    if here.promise != mine.promise:
        raise BadInput(
            "your setup is not the one with which you sat down at this table", "use the same side and word"
        )
    if seen is not None and seen not in [entry.seal for entry in table.entries]:
        raise BadInput(
            "this file does not hold the last entry that you saw", "it is an older copy or another table"
        )


def reveal(table: Table, mine: Private) -> Table:
    """Show what you played for; raises BadInput before the end, or if it is not what was promised."""
    known(table, mine)
    if table.turn is not None:
        raise BadInput("the negotiation is still open", "reveal when it is over")
    if table.of(mine.side, "reveal"):
        return table
    return _with(table, by=mine.side, do="reveal", played_for=mine)


def transcript_of(table: Table, side: Side, mine: Private | None = None) -> Transcript:
    """Return the table as one side sees it; the other side's interests count only once both have revealed theirs.

    Raises BadInput if a revealed setup is not the one that was promised.
    """
    setup = table.setup
    own = mine or Private(side=side, word="none yet")
    seats = (
        {"you": setup.you, "them": setup.them}
        if side == "customer"
        else {"you": setup.them, "them": setup.you}
    )
    chosen: dict[str, object] = {
        "side": side,
        "importance": own.importance,
        "alternative": own.alternative,
        **seats,
    }
    shown = {by: entry for by in NAMES if (entry := table.of(by, "reveal"))}
    for by, entry in shown.items():
        sat = table.of(by, "sit")
        if entry.played_for is None or sat is None or entry.played_for.promise != sat.promise:
            raise BadInput(
                f"what {NAMES[by]} revealed is not what it sat down with", "ask them which one holds"
            )
    theirs = shown[_other(side)].played_for if len(shown) == 2 else None
    if theirs:
        chosen["opposite"] = Opposite(importance=theirs.importance, alternative=theirs.alternative)
    moves = [
        Move.model_validate({**entry.model_dump(include=set(Terms.model_fields)), "do": entry.do,
                             "by": None if entry.by == side else "them"})
        for entry in table.entries if entry.do in ("offer", "accept", "walk_away")
    ]  # fmt: skip
    return replay(setup.model_copy(update=chosen), moves)


def seen_by(table: Table, mine: Private) -> Transcript:
    """Return the transcript for one side's eyes: still open, so nothing is given away, until both have revealed."""
    run = transcript_of(table, mine.side, mine)
    return run if run.setup.opposite else replace(run, ending="open")


def read_table(path: Path) -> Table:
    """Read a table file; raises BadInput, with the entry, if it is no table file or was changed by hand."""
    return read_record(Table, path)


def write_table(path: Path, table: Table) -> None:
    """Write a table file."""
    write_atomic(path, render({"schema": 1, **{k: v for k, v in as_plain(table).items() if k != "schema_"}}))
