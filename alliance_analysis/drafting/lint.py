"""KPI lint: hold one card, or all cards of an agreement, against the rules, and say what to mend."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from alliance_analysis.agreement import KpiCard
from alliance_analysis.drafting.rules import CARD_RULES, SET_RULES, Cards, Context, Rule, Severity, joint

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""An error bars a signature, a warning wants an answer, a note is good to know."""

Verdict = Literal["kept", "broken", "open"]


@dataclass(frozen=True)
class Judgement:
    """One rule held against one card, or against the set (`card` is None): what is wrong, "" or None (open)."""

    rule: Rule[Any]
    card: KpiCard | None
    said: str | None

    @property
    def verdict(self) -> Verdict:
        """Whether the rule is kept, broken, or cannot be judged yet."""
        return "open" if self.said is None else "broken" if self.said else "kept"


@dataclass(frozen=True)
class Lint:
    """Every rule held against every card, and the set of cards that was judged."""

    cards: Cards
    judgements: tuple[Judgement, ...]

    @property
    def findings(self) -> tuple[Judgement, ...]:
        """The broken rules: errors first, then warnings, then notes."""
        broken = [found for found in self.judgements if found.verdict == "broken"]
        return tuple(sorted(broken, key=lambda found: SEVERITIES.index(found.rule.severity)))

    def of(self, severity: Severity) -> tuple[Judgement, ...]:
        """Return the findings of one severity."""
        return tuple(found for found in self.findings if found.rule.severity == severity)

    def breaks(self, rule: str) -> bool:
        """Return whether a rule is broken anywhere."""
        return any(found.rule.id == rule for found in self.findings)

    @property
    def ready(self) -> bool:
        """Whether nothing bars a signature."""
        return not self.of("error")

    @property
    def joint_share(self) -> float | None:
        """Joint outcomes as a share (0 to 1) of all cards, unclassified ones included; None without cards."""
        return sum(map(joint, self.cards)) / len(self.cards) if self.cards else None

    def counted(self) -> str:
        """Return the findings in words, as "2 errors, 1 warning, no notes"."""
        counts = [(len(self.of(severity)), severity) for severity in SEVERITIES]
        return ", ".join(f"{n or 'no'} {severity}{'' if n == 1 else 's'}" for n, severity in counts)


def lint_card(card: KpiCard, context: Context | None = None) -> Lint:
    """Hold one card against every rule for cards.

    What needs the other cards of the agreement, a track record or the parties is open where `context` lacks it.

    >>> found = lint_card(KpiCard(id="otd", name="On time", unit="fraction of orders", target=95))
    >>> found.of("error")[-1].said, found.ready
    ('Outside 0 to 1: target 95.', False)
    """
    context = context or Context()
    return Lint((card,), tuple(Judgement(rule, card, rule.check(card, context)) for rule in CARD_RULES))


def lint(cards: Iterable[KpiCard], context: Context | None = None) -> Lint:
    """Hold all cards of an agreement against the rules for each card and for the set.

    >>> twice = [KpiCard(id=name, name="On time delivery") for name in ("otd", "otd_2")]
    >>> lint(twice).breaks("unique_names")
    True
    """
    whole = tuple(cards)
    beside = replace(context or Context(), cards=whole)
    each = [found for card in whole for found in lint_card(card, beside).judgements]
    return Lint(whole, (*each, *(Judgement(rule, None, rule.check(whole, beside)) for rule in SET_RULES)))
