"""What a score of an accord element means, what each accord brings and costs, and how far an agreement goes.

The scores are worded anchors in this workbook's own words (`casebook/accords.yaml`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from alliance_analysis import content
from alliance_analysis.agreement import ACCORDS, ELEMENTS
from alliance_analysis.agreement.accords import AccordName
from alliance_analysis.agreement.clauses import Aim
from alliance_analysis.agreement.kpi import Text
from alliance_analysis.agreement.names import ElementKey
from alliance_analysis.errors import BadInput
from alliance_analysis.records import Problem, Record, read_record

LEVELS = ("absent", "mentioned", "defined", "owned and dated", "tested")
"""The five scores, 0 to 4, in a word."""

LEAN = 0.25
"""Weight by which the accord that an aim leans on exceeds the one that it does not: an invented number."""

FAVOURED: dict[Aim, tuple[AccordName, AccordName]] = {
    "operational": ("foundation", "change"),
    "strategic": ("change", "foundation"),
}
"""For each aim the accord that weighs more and the one that weighs less [@huang2009rescuing]."""


class Prompts(Record):
    """What one accord is, what it brings, and what goes wrong if it is missing or overdone."""

    says: Text
    benefits: Annotated[list[Text], Field(min_length=1)]
    missing: Annotated[list[Text], Field(min_length=1)]
    overdone: Annotated[list[Text], Field(min_length=1)]


class Anchors(Record):
    """The file of anchors and prompts."""

    schema_: Literal[1] = Field(alias="schema")
    accords: dict[AccordName, Prompts]
    elements: dict[ElementKey, Annotated[list[Text], Field(min_length=5, max_length=5)]]

    def problems(self) -> Iterator[Problem]:
        """Yield accords and elements without an entry, and entries for an element that there is not."""
        for section, needed in (("accords", set(ACCORDS)), ("elements", set(ELEMENTS))):
            for name in sorted(needed ^ set(getattr(self, section))):
                yield (
                    (section,),
                    f"'{name}' stands only here or is missing here",
                    "name each of ELEMENTS once",
                )


@functools.cache
def anchors() -> Anchors:
    """Return the anchors and prompts; raises BadInput with every fault of the file.

    >>> anchors().elements["exit"][0]
    'Leaving is not spoken of'
    """
    return read_record(Anchors, content.folder("casebook") / "accords.yaml")


def weights(aim: Aim | None, lean: float = LEAN) -> dict[AccordName, float]:
    """Return the weight of each accord (they add up to 1) for an aim; equal weights without one.

    The direction is that of Huang and Goo (2009): foundation for operational aims, change for strategic ones, found
    in surveys of IT outsourcing. The size, `lean` (0 to 2/3), is invented; governance keeps a third.

    >>> weights("strategic", lean=0.2)
    {'foundation': 0.2333..., 'governance': 0.3333..., 'change': 0.4333...}
    """
    if not 0 <= lean <= 2 / 3:
        raise BadInput(f"a lean of {lean} is outside 0 to 2/3", "give a fraction such as 0.25", field="lean")
    more, less = FAVOURED[aim] if aim else (None, None)
    return {name: 1 / 3 + lean / 2 * ((name == more) - (name == less)) for name in ACCORDS}


@dataclass(frozen=True)
class Standing:
    """How far an agreement goes: per accord the mean score as a fraction of 4, its weight, and the weighted sum.

    `means` counts an element without a score as 0; `open` names those elements.
    """

    means: dict[AccordName, float]
    weights: dict[AccordName, float]
    open: tuple[str, ...]

    @property
    def total(self) -> float:
        """The weighted sum, a fraction: 1 where every element is tested."""
        return sum(self.weights[name] * mean for name, mean in self.means.items())


def standing(scores: Mapping[str, int | None], aim: Aim | None, lean: float = LEAN) -> Standing:
    """Return how far scores (0 to 4, by element) go for an aim; exit counts in the change accord.

    >>> standing({key: 2 for key in ELEMENTS}, "operational").total
    0.5
    """
    means: dict[AccordName, float] = {}
    for name in ACCORDS:
        inside = [scores.get(key) or 0 for key, info in ELEMENTS.items() if info.accord == name]
        means[name] = sum(inside) / (4 * len(inside))
    return Standing(means, weights(aim, lean), tuple(key for key in ELEMENTS if scores.get(key) is None))
