"""What the simulation of an alliance assumes: the environment a student sets, and every number behind the model.

Ranges follow two rules, fixed before any result was looked at. A level (how often, how much) is a round guess, and
its range goes from half of the guess to one and a half times it. An effect (which share of a loss, a gap or a rate
an accord takes away) has the same range everywhere, 0.2 to 0.6, so that no accord is favoured by its range. The
value is the middle of the range. Only signs come from the literature; every size is invented. `elsewhere` was added
later, before any ranking was looked at: without it no partner ever left by choice.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from alliance_analysis.agreement import ELEMENTS
from alliance_analysis.errors import BadInput, Fault, nearest
from alliance_analysis.records import Record

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Lean = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]


class Environment(Record):
    """Where the alliance lives, each from 0 (none, or operational) to 1 (most, or strategic).

    `dependence` goes from -1 to 1: above 0 the first partner depends more on the second than the other way
    round.

    >>> Environment().volatility
    0.5
    """

    volatility: Share = 0.5
    specificity: Share = 0.5
    strategy: Share = 0.5
    dependence: Lean = 0.0
    difficulty: Share = 0.5


ENVIRONMENT = {
    "volatility": ("Volatility", "How often the market, the technology or an owner changes"),
    "specificity": ("Asset specificity", "How much is worth little outside this alliance"),
    "strategy": ("Strategy", "0: run an operation well; 1: win new markets or technology"),
    "dependence": ("Dependence asymmetry", "Above 0 the first partner needs the second more"),
    "difficulty": ("Measurement difficulty", "How hard it is to measure what matters"),
}
"""How each part of the environment is printed, and what it asks."""


@dataclass(frozen=True)
class Assumption:
    """One number behind the model: its range, unit, what it says, why it has its sign, and the sources of the sign.

    `value` is the middle of the range. Without sources the sign is invented as well.
    """

    key: str
    low: float
    high: float
    unit: str
    says: str
    reason: str
    sources: tuple[str, ...] = ()

    @property
    def value(self) -> float:
        """The value that is used unless a student sets another."""
        return (self.low + self.high) / 2


def _level(key: str, guess: float, unit: str, says: str, reason: str, *sources: str) -> Assumption:
    return Assumption(key, round(guess / 2, 9), round(guess * 1.5, 9), unit, says, reason, sources)


def _effect(key: str, says: str, reason: str, *sources: str) -> Assumption:
    return Assumption(key, 0.2, 0.6, "share", says, reason, sources)


MECHANISMS: dict[str, tuple[str, ...]] = {
    "clarity": ("service_level_objectives", "process_ownership_plan", "service_level_contents"),
    "detection": ("communication_plan", "measurement_charter"),
    "repair": ("conflict_arbitration_charter", "enforcement_plan"),
    "absorption": ("anticipated_change_plan",),
    "adaptation": ("future_demand_management_plan", "feedback_plan"),
    "growth": ("innovation_plan",),
    "protection": ("process_ownership_plan", "enforcement_plan", "exit"),
    "shield": ("enforcement_plan",),
    "contract_trust": tuple(ELEMENTS),
    "salvage": ("exit",),
}
"""Which elements work through which mechanism; a mechanism is as strong as the mean of its elements."""

MEASURED = ("service_level_contents", "measurement_charter", "enforcement_plan")
"""Elements that weaken where what matters is hard to measure (`blur`)."""

FULL = 4
"""The highest score of an element, at which it works fully."""

QUARTER = "share of normal margin a quarter"
ASSUMPTIONS: dict[str, Assumption] = {
    item.key: item
    for item in (
        # Money
        _level("discount", 0.02, "a quarter", "Discount rate", "A later sum is worth less"),
        _level("strategy_lean", 0.5, "share", "How far the strategy moves margin from operations to strategic gains",
               "Foundation accords matter for operational aims, change accords for strategic ones", "huang2009rescuing"),
        # Issues: foundation clarity, governance detection and repair
        _level("issues", 1.0, "issues a quarter", "New issues where nothing is clear", "Partners misunderstand"),
        _effect("clarity", "Share of new issues that a clear foundation prevents",
                "What is defined is not disputed", "goo2009role"),
        _level("issue_cost", 0.05, QUARTER, "Operating margin that one open or hidden issue costs",
               "Trouble costs time and rework"),
        _level("seen", 0.3, "share a quarter", "Hidden issues that come to light by themselves", "Trouble shows in time"),
        _effect("detection", "Share of what would stay hidden that communication and measurement bring to light",
                "Who measures and talks sees earlier", "dyer2001how"),
        _level("mended", 0.3, "share a quarter", "Open issues that are mended by goodwill", "People solve problems"),
        _effect("repair", "Share of what would stay open that arbitration and enforcement mend",
                "A path to settle disputes is shorter than none", "goo2009role"),
        # Shocks and drift of fit: change accord
        _level("shocks", 0.2, "chance a quarter", "Chance of a shock where volatility is 1", "The world moves"),
        _level("shock_size", 0.2, "loss of fit", "Mean loss of fit from one shock (exponential)", "A shock hurts"),
        _level("shock_issues", 1.0, "issues a shock", "New issues that a shock of mean size brings",
               "Change raises questions that the text does not answer", "klein1978vertical"),
        _level("drift", 0.02, "loss of fit a quarter", "Steady loss of fit where volatility is 1", "Terms grow old"),
        _level("adapts", 0.15, "share a quarter", "Lost fit that is regained by goodwill", "People adapt"),
        _effect("absorption", "Share of a shock that a plan for expected change absorbs",
                "What was foreseen is agreed already", "goo2009role"),
        _effect("adaptation", "Share of what would stay lost that forecasts and feedback regain each quarter",
                "Who looks ahead and learns adapts sooner", "kale2009managing"),
        # Strategic value
        _level("ageing", 0.01, "share a quarter", "Strategic gains that grow old where volatility is 1",
               "Rivals move on"),
        _level("growth", 0.01, "share a quarter", "Growth of strategic gains with a full innovation plan",
               "Change accords serve strategic benefits", "huang2009rescuing"),
        # Specific investment and hold-up
        _level("specific", 0.5, "share of margin", "Margin that needs specific assets where specificity is 1",
               "Special assets earn more together", "dyer1998relational"),
        _level("bargain", 0.4, "share", "Return on its own investment that a partner keeps without an accord",
               "The other side can ask for part of it once it is made", "klein1978vertical"),
        _effect("protection", "Share of the rest that ownership, enforcement and exit terms protect",
                "Formal safeguards support specific investment", "poppo2002formal"),
        _effect("squeeze", "Share of margin that the more dependent partner loses where dependence is 1",
                "Dependence is bargaining power for the other", "das2000instabilities"),
        _effect("shield", "Share of that squeeze that enforcement prevents", "A rule binds the stronger side as well"),
        # Trust, and how it works with the contract
        _level("trust", 0.4, "trust, 0 to 1", "Trust that grows without an accord", "People begin with some trust"),
        _effect("contract_trust", "Share of missing trust that all eleven elements and exit terms bring",
                "All elements relate positively to trust", "goo2008facilitating"),
        _level("trust_speed", 0.2, "share a quarter", "How fast trust moves to its level", "Trust takes time"),
        _level("erosion", 0.01, "trust an issue and quarter", "Trust lost by one unresolved issue",
               "Open trouble wears trust down", "das2000instabilities"),
        _level("complement", 0.5, "share", "How far repair, protection and innovation work only with trust",
               "Contracts and relational governance are complements", "poppo2002formal", "cao2015revisiting"),
        # Risks of the accords
        _level("dampening", 0.2, "trust, 0 to 1", "Trust lost where the change accord is overdone",
               "Change elements dampened trust", "goo2009role"),
        _effect("freeze", "Share of adaptation lost where the foundation accord is overdone",
                "A frozen scope does not move"),
        _level("misfire", 0.2, "trust, 0 to 1", "Trust lost by full enforcement of what is measured badly",
               "Rewards on a poor measure steer effort to the wrong task", "holmstrom1991multitask"),
        _effect("blur", "Share by which measuring and enforcing weaken where difficulty is 1",
                "What cannot be verified cannot be enforced", "baker2002relational"),
        _level("running", 0.001, QUARTER, "Cost of running one element, for each point of its score",
               "Meetings, reports and drafts cost money"),
        _level("overdone", 0.005, QUARTER, "Extra cost of each element of an overdone accord", "Oversight crowds out work"),
        # Ending
        _level("ends", 0.02, "chance a quarter", "Chance that the alliance ends for a reason from outside",
               "Owners, strategies and laws change", "goo2007investigation"),
        _effect("loyalty", "Share of such ends that full trust prevents", "Partners who trust find a way",
                "goo2007investigation"),
        _level("patience", 0.1, QUARTER, "Loss that a partner with full trust bears before it leaves",
               "Trust gives time"),
        _level("elsewhere", 0.5, QUARTER, "What a partner earns elsewhere, of its own normal margin, once it has ended",
               "People and capital find other work"),
        _level("recovery", 6.0, "quarters of own normal margin", "What a partner takes home at an orderly end",
               "Assets and people have a use elsewhere", "kogut1991joint"),
        _level("stranded", 0.6, "share", "Recovery that is lost where specificity is 1 and nothing is agreed",
               "Half of it is lost even without specificity: a disorderly end", "klein1978vertical"),
        _effect("salvage", "Share of that loss that exit terms save", "A price and a transition are agreed in peace",
                "kogut1991joint"),
    )
}  # fmt: skip
"""Every number behind the model, by key."""


def values(given: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the value of every assumption, with those in `given` set by the student.

    Raises BadInput, with all faults, for a key that does not exist and a value outside its range.

    >>> values({"discount": 0.03})["discount"]
    0.03
    """
    faults = [fault for key, value in (given or {}).items() if (fault := _fault(key, value))]
    if faults:
        raise BadInput(faults)
    return {**_middle(), **(given or {})}


def _fault(key: str, value: float) -> Fault | None:
    if key not in ASSUMPTIONS:
        return Fault(f"there is no assumption '{key}'", nearest(key, ASSUMPTIONS))
    item = ASSUMPTIONS[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not item.low <= value <= item.high:
        what = f"the assumption '{key}' is {value!r}, outside its range"
        return Fault(what, f"choose from {item.low:g} to {item.high:g} ({item.unit})", field=key)
    return None


@functools.cache
def _middle() -> dict[str, float]:
    return {item.key: item.value for item in ASSUMPTIONS.values()}
