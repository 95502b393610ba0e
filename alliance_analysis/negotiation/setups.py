"""What lies on the table when one KPI card is negotiated, and what each side makes of it.

The issues come from the student's card. Your side's importance and alternative are the student's choice; every value
curve and everything on the counterpart's side is invented for teaching.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, JsonValue, ValidationError, model_validator

from alliance_analysis.agreement import Agreement, KpiCard, example_path, read_agreement
from alliance_analysis.agreement.kpi import Fraction, Identifier, Number, Text
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.negotiation.utility import Issue, Option, Package, Party
from alliance_analysis.records import Record, dotted

NAME = "kpi_negotiation"
"""The part of `choices` in the agreement file that holds a negotiation."""

PREFERRED_CARD = "on_time_delivery"
AT_RISK = (0.0, 0.03, 0.05, 0.08, 0.10, 0.12, 0.15)
REVIEW = (1, 3, 6)

ALTERNATIVES = MappingProxyType(
    {
        "second_provider": (0.55, "A second provider’s offer"),
        "tender_again": (0.40, "A new tender"),
        "own_people": (0.30, "Our own people"),
    }
)
"""What your side does without an agreement, and what that is worth to it (its reserved value; invented)."""

THEIR_WEIGHTS = MappingProxyType(
    {"target": (0.25, 0.55), "at_risk": (0.20, 0.50), "review_months": (0.10, 0.30)}
)
"""The range from which each of the counterpart's weights is drawn, before they are made to sum to 1 (invented)."""

THEIR_RESERVED = (0.30, 0.45)
"""The range from which the counterpart's reserved value is drawn (invented)."""

Character = Literal["tough", "even_handed", "conceding", "mirrors_you"]
Rank = Annotated[int, Field(ge=1, le=5)]


class Importance(Record):
    """How much each issue matters to your side, from 1 to 5; the shares of their sum are the weights."""

    target: Rank = 3
    at_risk: Rank = 3
    review_months: Rank = 2


class Setup(Record):
    """Everything that a negotiation needs besides the moves; with them it gives the whole transcript.

    Options run from the easiest for the counterpart to the most demanding. `proposed` and `proposed_at_risk` stood on
    the card before the negotiation. Rates and the at-risk amount are fractions; the review cadence is in months.
    """

    card: Identifier
    name: Text
    unit: Text
    proposed: Number
    proposed_at_risk: Fraction | None = None
    you: Text
    them: Text
    targets: Annotated[list[Number], Field(min_length=2, max_length=12)]
    at_risks: Annotated[list[Fraction], Field(min_length=2, max_length=12)]
    reviews: Annotated[list[Annotated[int, Field(ge=1, le=60)]], Field(min_length=2, max_length=12)]
    importance: Importance = Importance()
    alternative: Literal["second_provider", "tender_again", "own_people"] = "tender_again"
    character: Character = "even_handed"
    rounds: Annotated[int, Field(ge=2, le=12)] = 6
    seed: Annotated[int, Field(ge=0, le=9999)] = 1

    @model_validator(mode="after")
    def _in_order(self) -> Setup:
        for options in (self.targets, self.at_risks, self.reviews):
            if list(options) not in (sorted(set(options)), sorted(set(options), reverse=True)):
                raise ValueError(f"the options {options} must be in order, each once")
        return self

    @property
    def is_rate(self) -> bool:
        """Whether the target is a fraction, printed in percent."""
        return self.unit.startswith("fraction")

    @property
    def issues(self) -> tuple[Issue, Issue, Issue]:
        """The three issues, in the order of every package."""
        return (
            Issue("target", "Target", self.unit, tuple(self.targets)),
            Issue("at_risk", "At-risk amount", "fraction of the fee", tuple(self.at_risks)),
            Issue("review_months", "Review cadence", "months", tuple(self.reviews)),
        )

    @property
    def parties(self) -> tuple[Party, Party]:
        """Your side and the counterpart; the counterpart's weights and reserved value come from the seed."""
        ranks = self.importance.model_dump()
        weights = {name: rank / sum(ranks.values()) for name, rank in ranks.items()}
        generator = np.random.default_rng(self.seed)
        drawn: list[float] = generator.random(4).tolist()
        raw = [low + x * (high - low) for (low, high), x in zip(THEIR_WEIGHTS.values(), drawn, strict=False)]
        low, high = THEIR_RESERVED
        theirs = dict(zip(THEIR_WEIGHTS, (x / sum(raw) for x in raw), strict=True))
        yours, reserved = ALTERNATIVES[self.alternative][0], round(low + drawn[3] * (high - low), 2)
        return (
            Party("you", self.you, weights, _values(self.issues, (0.8, 0.9), {1: 1.0, 3: 0.7}), yours),
            Party(
                "them",
                self.them,
                theirs,
                _values(self.issues, (1.4, 1.1), {3: 0.7, 6: 1.0}, easy=True),
                reserved,
            ),
        )

    def printed(self, issue: str, option: Option) -> str:
        """Return an option as a reader wants it: percent, or its unit.

        >>> setup_from(read_agreement(example_path()).agreement).printed("at_risk", 0.08)
        '8%'
        """
        if issue == "review_months":
            return "every month" if option == 1 else f"every {option:g} months"
        if issue == "at_risk" or self.is_rate:
            return f"{100 * float(option):.6g}%"
        return f"{float(option):g} {self.unit}"

    def told(self, package: Package) -> str:
        """Return a package as a phrase."""
        target, at_risk, review = (self.printed(i.id, o) for i, o in zip(self.issues, package, strict=True))
        return f"target {target}, at-risk amount {at_risk}, review {review}"


def _values(
    issues: Sequence[Issue], powers: tuple[float, float], review: dict[int, float], *, easy: bool = False
) -> dict[str, Mapping[Option, float]]:
    """Return the value tables: powers of how demanding an option is; `easy` for the side that wants it easy."""
    tables: dict[str, Mapping[Option, float]] = {}
    for issue, power in zip(issues[:2], powers, strict=True):
        first, last = float(issue.options[0]), float(issue.options[-1])
        asked = {option: ((float(option) - first) / (last - first)) ** power for option in issue.options}
        tables[issue.id] = {option: 1 - x if easy else x for option, x in asked.items()}
    months, worth = zip(*sorted({1: 0.0, 6: 0.0, **review}.items()), strict=True)
    tables[issues[2].id] = {o: float(np.interp(float(o), months, worth)) for o in issues[2].options}
    return tables


def targets_around(baseline: float, target: float, *, higher: bool) -> list[float]:
    """Return five to seven targets from the baseline to above the card's target, in the card's unit.

    The steps are a quarter of the way from the baseline to the target, rounded as far as they stay about even; the
    card's target itself is always among them.

    >>> targets_around(0.82, 0.90, higher=True)
    [0.82, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94]
    >>> targets_around(52, 45, higher=False)
    [52.0, 50.0, 48.0, 47.0, 45.0, 43.0, 42.0]
    """
    way = target - baseline
    if way == 0 or (way > 0) != higher:  # the baseline is met already: start a little below the target
        way = (0.05 * abs(target) or 1.0) * (1 if higher else -1)
    rate = 0 <= baseline <= 1 and 0 <= target <= 1
    raw = [target + way * k / 4 for k in range(-4, 3)]
    raw = [x for x in raw if (x >= 0 or min(baseline, target) < 0) and (x <= 1 or not rate)]
    digits = 0
    while digits < 12 and not _even([round(x, digits) for x in raw], raw, abs(way) / 4, target):
        digits += 1
    own = round(target, digits)
    return sorted(
        {float(target) if round(x, digits) == own else round(x, digits) for x in raw}, reverse=not higher
    )


def _even(rounded: list[float], raw: list[float], step: float, target: float) -> bool:
    exact = any(abs(r - target) < 1e-9 for r in rounded)
    return exact and all(abs(r - x) <= 0.3 * step for r, x in zip(rounded, raw, strict=True))


def setup_from(agreement: Agreement, **choices: Any) -> Setup:
    """Return what there is to negotiate about one card of the agreement, with the panel's choices filled in.

    The card is `on_time_delivery`, else the first with a target and a baseline, else the labelled example's. After
    an agreed negotiation the card holds the agreed target; the options then stay where they were.
    """
    ready = [card for card in agreement.kpis if card.target is not None and card.baseline is not None]
    if not ready:
        return setup_from(read_agreement(example_path()).agreement, **choices)
    wanted = (
        agreement.choices.get("kpi_design", {}).get("card"),
        PREFERRED_CARD,
    )  # the card that was kept last
    card = next((card for name in wanted for card in ready if card.id == name), ready[0])
    assert card.target is not None and card.baseline is not None
    earlier = negotiation_in(agreement)
    if earlier and earlier.agreed and earlier.setup.card == card.id and earlier.agreed.target == card.target:
        table = earlier.setup.model_dump(
            include={"proposed", "proposed_at_risk", "targets", "at_risks", "reviews"}
        )
    else:
        table = _table(card, card.baseline.value, card.target)
    sides = sorted(agreement.parties, key=lambda p: p.side != "customer")
    them = next((p.name for p in sides[1:] if p.side != "customer"), "The other side")
    unit = card.unit or ("fraction" if 0 <= min(card.target, card.baseline.value) <= 1 else "units")
    told = {"card": card.id, "name": card.name, "unit": unit}
    you = sides[0].name if sides else "Your side"
    return Setup.model_validate({**told, "you": you, "them": them, **table, **choices})


def _table(card: KpiCard, baseline: float, target: float) -> dict[str, Any]:
    higher = card.direction == "higher" if card.direction else target >= baseline
    at_risks = sorted({*AT_RISK, card.at_risk} - {None})  # type: ignore[type-var]
    targets = targets_around(baseline, target, higher=higher)
    return {
        "proposed": target,
        "proposed_at_risk": card.at_risk,
        "targets": targets,
        "at_risks": at_risks,
        "reviews": sorted(REVIEW, reverse=True),
    }


class Move(Record):
    """One move of the student: an offer with its three terms, accepting theirs, or walking away."""

    do: Literal["offer", "accept", "walk_away"]
    target: Number | None = None
    at_risk: Fraction | None = None
    review_months: int | None = None

    @model_validator(mode="after")
    def _whole(self) -> Move:
        given = [term is not None for term in (self.target, self.at_risk, self.review_months)]
        if (self.do == "offer") != all(given) or (self.do != "offer" and any(given)):
            raise ValueError(
                "an offer has a target, an at-risk amount and a review cadence; other moves have none"
            )
        return self

    @property
    def terms(self) -> Package:
        """The terms of an offer."""
        assert self.target is not None and self.at_risk is not None and self.review_months is not None
        return (self.target, self.at_risk, self.review_months)


def offer(package: Package) -> Move:
    """Return the move that offers a package.

    >>> offer((0.9, 0.05, 3)).terms
    (0.9, 0.05, 3)
    """
    return Move.model_validate({"do": "offer", **dict(zip(Terms.model_fields, package, strict=True))})


ACCEPT, WALK_AWAY = Move(do="accept"), Move(do="walk_away")


class Terms(Record):
    """What was agreed."""

    target: Number
    at_risk: Fraction
    review_months: int


class Negotiation(Record):
    """A negotiation as it stands in the agreement file: the setup, your moves, and the terms if it came to any."""

    setup: Setup
    moves: list[Move] = Field(default_factory=list)
    agreed: Terms | None = None


def negotiation_in(agreement: Agreement) -> Negotiation | None:
    """Return the negotiation kept in the file, or None; raises BadInput with every fault if it was edited badly."""
    kept: dict[str, JsonValue] | None = agreement.choices.get(NAME)
    if kept is None:
        return None
    try:
        return Negotiation.model_validate(kept)
    except ValidationError as error:
        remedy = f"mend it, or delete '{NAME}' under 'choices' and negotiate again"
        raise BadInput(
            Fault(
                item["msg"].removeprefix("Value error, "),
                remedy,
                field=dotted(("choices", NAME, *item["loc"])),
            )
            for item in error.errors(include_url=False)
        ) from None
