"""The short test before and after the course: the same items in another order, scored on this machine only."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement import Agreement
from alliance_analysis.agreement.kpi import Identifier, Text
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import Problem, Record, read_record

Form = Literal["pretest", "posttest"]
SEEDS: dict[Form, int] = {"pretest": 1, "posttest": 2}
"""The order of items and options in each form follows from its seed."""


class Item(Record):
    """A question with options, the position of the right one, the reason, and the page that teaches it."""

    id: Identifier
    question: Text
    options: Annotated[list[Text], Field(min_length=3, max_length=5)]
    right: Annotated[int, Field(ge=0)]
    why: Text
    taught: Text


class Quiz(Record):
    """The items as they stand in `casebook/quiz.yaml`."""

    schema_: Literal[1] = Field(alias="schema")
    items: Annotated[list[Item], Field(min_length=2)]

    def problems(self) -> Iterator[Problem]:
        """Yield ids that stand twice, equal options, and right answers that are no option."""
        seen: set[str] = set()
        for index, item in enumerate(self.items):
            where = ("items", index)
            if item.id in seen:
                yield (*where, "id"), f"the id '{item.id}' stands twice", "give each item its own"
            seen.add(item.id)
            if item.right >= len(item.options) or len(set(item.options)) < len(item.options):
                yield (*where, "options"), "two options are equal, or none is the right one", "mend them"


@functools.cache
def items() -> tuple[Item, ...]:
    """Return the items in the order of the file."""
    return tuple(read_record(Quiz, content.folder("casebook") / "quiz.yaml").items)


def form(which: Form) -> list[tuple[Item, list[int]]]:
    """Return the items of a form in its order, each with the order in which its options are shown.

    >>> [item.id for item, _ in form("pretest")] == [item.id for item, _ in form("posttest")]
    False
    """
    generator = np.random.default_rng(SEEDS[which])
    order = generator.permutation(len(items()))
    return [(items()[i], generator.permutation(len(items()[i].options)).tolist()) for i in order]


@dataclass(frozen=True)
class Score:
    """How many items were right, and which; an item without an answer counts as wrong."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]
    open: tuple[str, ...]

    @property
    def total(self) -> int:
        """The number of items."""
        return len(self.right) + len(self.wrong) + len(self.open)

    @property
    def share(self) -> float:
        """The share of right answers."""
        return len(self.right) / self.total


def score(answers: Mapping[str, int]) -> Score:
    """Return the score of answers (item id to position of the option in the file); raises BadInput for other answers.

    >>> score({item.id: item.right for item in items()}).share
    1.0
    """
    known = {item.id: item for item in items()}
    faults = [
        Fault(f"there is no item '{name}'", nearest(name, known), field=name)
        for name in set(answers) - set(known)
    ]
    faults += [
        Fault(f"{answers[name]!r} is no option", "answer again", field=name)
        for name, item in known.items()
        if name in answers and answers[name] not in range(len(item.options))
    ]
    if faults:
        raise BadInput(faults)
    given = [item for item in items() if item.id in answers]
    return Score(
        tuple(item.id for item in given if answers[item.id] == item.right),
        tuple(item.id for item in given if answers[item.id] != item.right),
        tuple(item.id for item in items() if item.id not in answers),
    )


def taken(agreement: Agreement, which: Form) -> Score | None:
    """Return the score of a test as it stands in the agreement file, or None where it was not taken."""
    kept = agreement.choices.get(which)
    return None if kept is None else score(kept)  # type: ignore[arg-type]


def gain(before: Score, after: Score) -> float | None:
    """Return the normalised gain (after - before) / (1 - before) of two shares; None where all was right before.

    >>> everything = [item.id for item in items()]
    >>> gain(Score((), tuple(everything), ()), Score(tuple(everything), (), ()))
    1.0
    """
    return None if before.share == 1 else (after.share - before.share) / (1 - before.share)


def chance(questions: Sequence[Item]) -> float:
    """Return the share that guessing gets right on average."""
    return sum(1 / len(item.options) for item in questions) / len(questions)
