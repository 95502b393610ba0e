"""The one shape of evidence: what a page offers the essay once the student has kept something there."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from alliance_analysis.agreement import Agreement
from alliance_analysis.drafting.examples import CHOICES
from alliance_analysis.drafting.worth import example
from alliance_analysis.figures import Exhibit

Kept = TypeVar("Kept")

EXAMPLES = " (the example’s, not yours)"
"""What stands behind evidence that is still the labelled example's."""


@dataclass(frozen=True)
class Evidence:
    """One piece of evidence: its token (`number:target`), what it is, and the number as printed or the exhibit.

    `own` is true for what comes from the student's own work, false for a case and for a value that is still the
    labelled example's (`example`); `simulated` for what a model or a computer's counterpart made of it: that
    illustrates and does not prove. `page` is the notebook it comes from.
    """

    token: str
    says: str
    text: str = ""
    draw: Callable[[], Exhibit] | None = None
    own: bool = True
    simulated: bool = False
    example: bool = False
    page: str = ""

    def exhibit(self) -> Exhibit:
        """Return the exhibit under the name by which the essay refers to it; it is made once."""
        return self._made

    @functools.cached_property
    def _made(self) -> Exhibit:
        if self.draw is None:
            raise ValueError(f"'{self.token}' is a number")
        return dataclasses.replace(self.draw(), label=self.token.partition(":")[2])


@dataclass(frozen=True)
class Offer(Generic[Kept]):
    """What one page offers: `kept` returns what stands in the agreement file, or None where nothing was kept.

    `numbers` maps a name to what it is and how it is printed (nothing where it is unknown), `exhibits` a token to what
    it is (a text, or what says it of what was kept) and how it is drawn. `own` and `simulated` are as in `Evidence`.
    `made_of` returns what of the file it is made of: where that stands in the labelled example too, the offer is the
    example's and not the student's own.
    """

    page: str
    kept: Callable[[Agreement], Kept | None]
    numbers: Mapping[str, tuple[str, Callable[[Kept], str]]] = field(default_factory=dict)
    exhibits: Mapping[str, tuple[str | Callable[[Kept], str], Callable[[Kept], Exhibit]]] = field(
        default_factory=dict
    )
    own: bool = True
    simulated: bool = False
    made_of: Callable[[Agreement], object] | None = None

    def tokens(self) -> list[str]:
        """Return every token that the page may offer."""
        return [*(f"number:{name}" for name in self.numbers), *self.exhibits]

    def evidence(self, agreement: Agreement) -> Iterator[Evidence]:
        """Yield what the page offers for what was kept."""
        kept = self.kept(agreement)
        if kept is None:
            return
        example = self._examples(agreement)
        of = functools.partial(
            Evidence,
            own=self.own and not example,
            simulated=self.simulated,
            example=example,
            page=self.page,
        )
        marks = f"{' (simulated)' if self.simulated else ''}{EXAMPLES if example else ''}"
        for name, (what, write) in self.numbers.items():
            if text := write(kept):
                yield of(f"number:{name}", f"{what}: {text}{EXAMPLES if example else ''}", text)
        for token, (told, draw) in self.exhibits.items():
            said = told if isinstance(told, str) else told(kept)
            says = f"{token.partition(':')[0].capitalize()}: {said}{marks}"
            yield of(token, says, draw=functools.partial(draw, kept))

    def _examples(self, agreement: Agreement) -> bool:
        """Return whether all that it is made of still stands as it does in the labelled example."""
        if self.made_of is None:
            return False
        card = {CHOICES: agreement.choices.get(CHOICES, {})}
        shipped = example().model_copy(update={"choices": card})
        return self.made_of(agreement) == self.made_of(shipped)


def spelled(number: int) -> str:
    """Return a number as APA writes it in a sentence: below ten in words.

    >>> spelled(4), spelled(12)
    ('four', '12')
    """
    small = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    return small[number] if number < len(small) else str(number)
