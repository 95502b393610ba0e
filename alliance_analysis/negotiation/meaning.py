"""The meaning test: do both sides mean the same by the same word?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alliance_analysis.errors import BadInput, Fault


@dataclass(frozen=True)
class Meaning:
    """One term, what each side means by it, and how far apart they are.

    `definitions` are numbers in `unit`, stated blind; `ratio` is the largest over the smallest, infinite where only
    the smallest is 0; the term passes if the ratio is within the tolerance.
    """

    term: str
    unit: str
    definitions: Mapping[str, float]
    ratio: float
    passed: bool

    @property
    def text(self) -> str:
        """The finding in one sentence."""
        said = ", ".join(f"{side} {number:g}" for side, number in self.definitions.items())
        verdict = "one meaning" if self.passed else "not the same thing: write the definition down"
        return f"“{self.term}” in {self.unit}: {said}; ratio {self.ratio:.4g}, {verdict}."


def meaning_test(term: str, unit: str, definitions: Mapping[str, float], tolerance: float = 1.1) -> Meaning:
    """Compare what each side means by a term, as numbers of the same unit and direction.

    Dispersion = max / min of the definitions; passed if it is at most `tolerance` (a ratio of at least 1).
    Raises BadInput, naming the side, for fewer than two sides or a number below 0.

    >>> meaning_test("quick delivery", "days", {"customer": 1, "vendor": 30}).text
    '“quick delivery” in days: customer 1, vendor 30; ratio 30, not the same thing: write the definition down.'
    """
    faults = [
        Fault(f"{side} says that '{term}' is {number:g} {unit}", "use a number of at least 0", field=side)
        for side, number in definitions.items()
        if not (math.isfinite(number) and number >= 0)
    ]
    if len(definitions) < 2:
        faults.append(
            Fault(f"'{term}' has {len(definitions)} definition", "ask both sides, without the other")
        )
    if not tolerance >= 1:
        faults.append(Fault(f"the tolerance is {tolerance:g}", "use a ratio of at least 1"))
    if faults:
        raise BadInput(faults)
    low, high = min(definitions.values()), max(definitions.values())
    ratio = 1.0 if high == low else high / low if low > 0 else math.inf
    return Meaning(term, unit, dict(definitions), ratio, ratio <= tolerance * (1 + 1e-12))
