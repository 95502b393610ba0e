"""What lies on the table when one KPI card is negotiated, and what each side makes of it.

The options come from the student's card. Your side's importance and alternative are the student's choice; every value
and everything on the counterpart's side is invented for teaching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from alliance_analysis.agreement import Agreement, KpiCard, example_path, read_agreement
from alliance_analysis.agreement.choices import choice_in
from alliance_analysis.agreement.kpi import (
    Adjustment,
    Fraction,
    Identifier,
    Months,
    Number,
    Text,
    Transparency,
)
from alliance_analysis.negotiation.terms import (
    LABELS,
    OPTIONS,
    Side,
    Terms,
    phrase,
    printed,
    targets_around,
    values,
)
from alliance_analysis.negotiation.utility import Issue, Option, Package, Party
from alliance_analysis.records import Record

NAME = "kpi_negotiation"
"""The part of `choices` in the agreement file that holds a negotiation."""

PREFERRED_CARD = "on_time_delivery"

ALTERNATIVES = MappingProxyType(
    {
        "second_provider": (0.55, "Another partner’s offer"),
        "tender_again": (0.40, "A new search"),
        "own_people": (0.30, "On our own"),
    }
)
"""What a side does without an agreement, and what that is worth to it (its reserved value; invented)."""

Range = tuple[float, float]

THEIR_WEIGHTS: Mapping[str, Range] = MappingProxyType(
    {
        "target": (0.25, 0.55),
        "at_risk": (0.20, 0.50),
        "gainshare": (0.10, 0.35),
        "review_months": (0.10, 0.30),
        "baseline_adjustment": (0.10, 0.40),
        "transparency": (0.10, 0.35),
    }
)
"""The range from which each of the counterpart's weights is drawn, before they are made to sum to 1 (invented)."""

LEANINGS: Mapping[str, Mapping[str, Range]] = MappingProxyType(
    {
        "price_only_buyer": {
            "at_risk": (1.2, 1.6), "gainshare": (1.2, 1.6), "target": (0.05, 0.15), "review_months": (0.05, 0.15),
            "baseline_adjustment": (0.05, 0.15), "transparency": (0.05, 0.15),
        },
        "relationship_builder": {
            "review_months": (0.35, 0.60), "baseline_adjustment": (0.35, 0.60), "transparency": (0.35, 0.60),
        },
    }
)  # fmt: skip
"""Where a character's weights are drawn from other ranges."""

THEIR_RESERVED: Range = (0.30, 0.45)
"""The range from which the counterpart's reserved value is drawn (invented)."""

Character = Literal[
    "hard_bargainer", "conceder", "mirror", "deadline_player", "price_only_buyer", "relationship_builder", "even_handed",
    "person",
]  # fmt: skip
RENAMED = {"tough": "hard_bargainer", "conceding": "conceder", "mirrors_you": "mirror"}
"""Characters as older files name them."""

Alternative = Literal["second_provider", "tender_again", "own_people"]
Rank = Annotated[int, Field(ge=1, le=5)]
Several = Field(min_length=2, max_length=12)


class Importance(Record):
    """How much each term matters to a side, from 1 to 5; the shares of their sum are the weights."""

    target: Rank = 3
    at_risk: Rank = 3
    gainshare: Rank = 2
    review_months: Rank = 2
    baseline_adjustment: Rank = 2
    transparency: Rank = 2


class Opposite(Record):
    """What a person on the other side of a hot seat plays for: hidden until the negotiation has ended."""

    importance: Importance
    alternative: Alternative


class Setup(Record):
    """Everything that a negotiation needs besides the moves; with them it gives the whole transcript.

    Options run from the easiest for the provider to the most demanding; a term without options is not on the table.
    `side` is yours; `opposite` is what a person opposite plays for (None for a computer). `before` holds the terms
    that stood on the card before the negotiation. Rates, at-risk amount
    and gainshare are fractions; the review cadence is in months. Each round after the first costs both sides the
    share `delay_cost` of what an agreement is worth.
    """

    card: Identifier
    name: Text
    unit: Text
    before: Terms
    you: Text
    them: Text
    side: Side = "customer"
    targets: Annotated[list[Number], Several]
    at_risks: Annotated[list[Fraction], Several]
    gainshares: Annotated[list[Fraction], Field(max_length=12)] = Field(default_factory=list)
    reviews: Annotated[list[Months], Several]
    adjustments: Annotated[list[Adjustment], Field(max_length=3)] = Field(default_factory=list)
    transparencies: Annotated[list[Transparency], Field(max_length=3)] = Field(default_factory=list)
    importance: Importance = Importance()
    alternative: Alternative = "tender_again"
    character: Character = "even_handed"
    rounds: Annotated[int, Field(ge=2, le=12)] = 6
    delay_cost: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    seed: Annotated[int, Field(ge=0, le=9999)] = 1
    opposite: Opposite | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_older_files(cls, given: Any) -> Any:
        """Read what was written when three terms were negotiated: the same moves then give the same transcript."""
        if not isinstance(given, dict) or "proposed" not in given:
            return given
        new = {name: value for name, value in given.items() if not name.startswith("proposed")}
        new["before"] = {"target": given["proposed"], "at_risk": given.get("proposed_at_risk")}
        if "character" in new:
            new["character"] = RENAMED.get(str(new["character"]), new["character"])
        return new

    @model_validator(mode="after")
    def _in_order(self) -> Setup:
        for options in (self.targets, self.at_risks, self.gainshares, self.reviews):
            if list(options) not in (sorted(set(options)), sorted(set(options), reverse=True)):
                raise ValueError(f"the options {options} must be in order, each once")
        for names in (self.adjustments, self.transparencies):
            if len(set(names)) < len(names):
                raise ValueError(f"the options {names} must each stand once")
        if self.character == "price_only_buyer" and self.side != "vendor":
            raise ValueError("the price-only buyer buys: take the provider's side")
        return self

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The terms on the table, in the order of every package."""
        units = {"target": self.unit, "at_risk": "fraction of the fee", "gainshare": "fraction of the gain",
                 "review_months": "months"}  # fmt: skip
        given: list[Sequence[Option]] = [self.targets, self.at_risks, self.gainshares, self.reviews]
        given += [self.adjustments, self.transparencies]
        return tuple(
            Issue(name, label, units.get(name, "choice"), tuple(options))
            for (name, label), options in zip(LABELS.items(), given, strict=True)
            if options
        )

    @property
    def their_side(self) -> Side:
        """The counterpart's side."""
        return "vendor" if self.side == "customer" else "customer"

    @property
    def parties(self) -> tuple[Party, Party]:
        """Your side and the counterpart; the counterpart's weights and reserved value come from the seed."""
        names = [issue.id for issue in self.issues]
        mine = {name: getattr(self.importance, name) for name in names}
        you = self._party("you", self.you, mine, ALTERNATIVES[self.alternative][0])
        if self.opposite:
            theirs = {name: getattr(self.opposite.importance, name) for name in names}
            return you, self._party("them", self.them, theirs, ALTERNATIVES[self.opposite.alternative][0])
        drawn: list[float] = np.random.default_rng(self.seed).random(len(names) + 1).tolist()
        ranges = {**THEIR_WEIGHTS, **LEANINGS.get(self.character, {})}
        raw = {
            n: ranges[n][0] + x * (ranges[n][1] - ranges[n][0]) for n, x in zip(names, drawn, strict=False)
        }
        low, high = THEIR_RESERVED
        return you, self._party("them", self.them, raw, round(low + drawn[-1] * (high - low), 2))

    def _party(self, id: str, name: str, raw: Mapping[str, float], reserved: float) -> Party:
        side = self.side if id == "you" else self.their_side
        weights = {issue: x / sum(raw.values()) for issue, x in raw.items()}
        return Party(id, name, weights, {issue.id: values(issue, side) for issue in self.issues}, reserved)

    def printed(self, issue: str, option: Option) -> str:
        """Return an option as a reader wants it: percent, its unit, or in words.

        >>> setup_from(read_agreement(example_path()).agreement).printed("at_risk", 0.08)
        '8%'
        """
        return printed(issue, option, self.unit)

    def told(self, package: Package) -> str:
        """Return a package as a phrase."""
        terms = zip(self.issues, package, strict=True)
        return ", ".join(phrase(issue.id, option, self.unit) for issue, option in terms)

    def terms(self, package: Package) -> Terms:
        """Return a package as terms.

        >>> setup = setup_from(read_agreement(example_path()).agreement)
        >>> setup.terms(tuple(issue.options[0] for issue in setup.issues)).transparency
        'result'
        """
        return Terms.model_validate(dict(zip((i.id for i in self.issues), package, strict=True)))

    def offer(self, package: Package) -> Move:
        """Return the move that offers a package."""
        return Move.model_validate({"do": "offer", **self.terms(package).model_dump()})


def setup_from(agreement: Agreement, **choices: Any) -> Setup:
    """Return what there is to negotiate about one card of the agreement, with the panel's choices filled in.

    The card is the one kept last, else `on_time_delivery`, else the first with a target and a baseline, else the
    labelled example's. After an agreed negotiation the card holds the agreed terms; the options then stay where
    they were.
    """
    ready = [card for card in agreement.kpis if card.target is not None and card.baseline is not None]
    if not ready:
        return setup_from(read_agreement(example_path()).agreement, **choices)
    wanted = (agreement.choices.get("kpi_design", {}).get("card"), PREFERRED_CARD)
    card = next((card for name in wanted for card in ready if card.id == name), ready[0])
    assert card.target is not None and card.baseline is not None
    earlier = negotiation_in(agreement)
    if earlier and earlier.agreed and earlier.setup.card == card.id and earlier.agreed.target == card.target:
        before, targets = earlier.setup.before, earlier.setup.targets
        table = {**_table(card.model_copy(update=before.model_dump())), "targets": targets}
    else:
        table = _table(card)
    sides = sorted(agreement.parties, key=lambda p: p.side != "customer")
    names = {"customer": sides[0].name if sides else "The customer"}
    names["vendor"] = next((p.name for p in sides[1:] if p.side != "customer"), "The provider")
    side = choices.get("side", "customer")
    unit = card.unit or ("fraction" if 0 <= min(card.target, card.baseline.value) <= 1 else "units")
    told = {"card": card.id, "name": card.name, "unit": unit, "you": names[side]}
    told["them"] = names["vendor" if side == "customer" else "customer"]
    return Setup.model_validate({**told, **table, **choices})


def _table(card: KpiCard) -> dict[str, Any]:
    """Return the terms that stand on a card and the options of each, the card's own among them."""
    assert card.target is not None and card.baseline is not None
    higher = card.direction == "higher" if card.direction else card.target >= card.baseline.value
    options = {
        name: sorted({*usual, getattr(card, name)} - {None}, reverse=name != "at_risk")
        if name in ("at_risk", "gainshare", "review_months") else list(usual)
        for name, usual in OPTIONS.items()
    }  # fmt: skip
    return {
        "before": Terms(**{name: getattr(card, name) for name in LABELS}),
        "targets": targets_around(card.baseline.value, card.target, higher=higher),
        "at_risks": options["at_risk"],
        "gainshares": options["gainshare"],
        "reviews": options["review_months"],
        "adjustments": options["baseline_adjustment"],
        "transparencies": options["transparency"],
    }


class Move(Terms):
    """One move of the student: an offer with its terms, asking about one, accepting theirs, or walking away.

    `by` is "them" for a move of the person opposite in a hot seat.
    """

    by: Literal["them"] | None = None
    do: Literal["offer", "ask", "accept", "walk_away"]
    about: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Move:
        needed = (self.target, self.at_risk, self.review_months)
        if self.do == "offer" and None in needed:
            raise ValueError("an offer has at least a target, an at-risk amount and a review cadence")
        if self.do != "offer" and self.package:
            raise ValueError("only an offer has terms")
        if (self.do == "ask") != (self.about is not None):
            raise ValueError("a question, and only a question, says what it is about")
        return self


ACCEPT, WALK_AWAY = Move(do="accept"), Move(do="walk_away")


def ask(about: str) -> Move:
    """Return the move that asks why a term matters to the counterpart.

    >>> ask("target").about
    'target'
    """
    return Move(do="ask", about=about)


class Negotiation(Record):
    """A negotiation as it stands in the agreement file: the setup, your moves, and the terms if it came to any."""

    setup: Setup
    moves: list[Move] = Field(default_factory=list)
    agreed: Terms | None = None


def negotiation_in(agreement: Agreement) -> Negotiation | None:
    """Return the negotiation kept in the file, or None; raises BadInput with every fault if it was edited badly."""
    return choice_in(agreement, NAME, Negotiation)
