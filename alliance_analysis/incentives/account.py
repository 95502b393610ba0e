"""The joint account: who pays in, which tranches are released, and why others are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alliance_analysis.agreement import Commitment, Investment, KpiCard
from alliance_analysis.errors import BadInput
from alliance_analysis.incentives.working import figure

QUARTER = 3
"""Months between two instalments."""


@dataclass(frozen=True)
class Entry:
    """One movement of the joint account: paid in (above 0) or released (below 0), and the balance after it."""

    month: float
    commitment: str
    what: str
    amount: float
    balance: float


@dataclass(frozen=True)
class Ledger:
    """The joint account of all commitments; `withheld` says of each tranche that is not released why."""

    entries: tuple[Entry, ...]
    withheld: tuple[tuple[str, str, str], ...]

    @property
    def balance(self) -> float:
        """What stands on the account at the end."""
        return self.entries[-1].balance if self.entries else 0.0


def ledger(
    terms: Investment, cards: Sequence[KpiCard], met: Mapping[str, int], actuals: Mapping[str, float]
) -> Ledger:
    """Return the joint account: what is paid in, which tranches are released, and why others are not.

    Parameters
    ----------
    cards
        The KPI cards; their direction says which side of a gate is better.
    met
        By commitment, how many of its milestones are met, in order.
    actuals
        By KPI, its value now, in the card's unit.

    A tranche waits for the one before it. Raises BadInput if a tranche is larger than what its commitment has on the
    account in its month.
    """
    by_id = {card.id: card for card in cards}
    moves: list[tuple[float, int, str, str, float]] = []
    withheld = []
    for item in terms.commitments:
        check_funds(item)
        for party, share in item.shares.items():
            part = share * item.amount / item.instalments
            moves += [
                (float(QUARTER * at), 0, item.id, f"{party} pays in", part) for at in range(item.instalments)
            ]
        open_ = True
        for number, tranche in enumerate(item.tranches, start=1):
            why = "" if open_ else "the tranche before it is withheld"
            if open_ and number > met.get(item.id, 0):
                why = f"milestone not met: {tranche.milestone}"
            elif open_ and tranche.kpi is not None:
                card, actual = by_id.get(tranche.kpi), actuals.get(tranche.kpi)
                gate = None if card is None else card.model_copy(update={"target": tranche.level})
                if gate is None or actual is None or not gate.met(actual):
                    seen = "not known" if actual is None else f"{actual:g}"
                    why = f"KPI gate: {gate.name if gate else tranche.kpi} stands at {seen}, not at {tranche.level:g}"
            open_ = not why
            if why:
                withheld.append((item.id, tranche.milestone, why))
            else:
                moves.append((tranche.month, 1, item.id, f"released: {tranche.milestone}", -tranche.amount))
    entries, balance = [], 0.0
    for month, _, name, what, amount in sorted(moves, key=lambda move: move[:2]):
        balance += amount
        entries.append(Entry(month, name, what, amount, balance))
    return Ledger(tuple(entries), tuple(withheld))


def check_funds(item: Commitment) -> None:
    """Raise BadInput if a tranche is larger than what its commitment has on the account in its month."""
    spent = 0.0
    for tranche in item.tranches:
        paid = item.amount * min(item.instalments, int(tranche.month // QUARTER) + 1) / item.instalments
        if tranche.amount > paid - spent + 1e-9 * item.amount:
            raise BadInput(
                f"the tranche of {figure(tranche.amount)} in month {tranche.month:g} of '{item.id}' is larger than the "
                f"account: {figure(paid - spent)} is there by then",
                "release it later, make it smaller, or pay in sooner",
                field=f"investment.commitments.{item.id}.tranches",
            )
        spent += tranche.amount


def cost_shares(terms: Investment) -> dict[str, dict[str, float]]:
    """Return what each party bears of each asset class, in money: class -> party -> amount."""
    found: dict[str, dict[str, float]] = {}
    for item in terms.commitments:
        row = found.setdefault(item.asset_class, {})
        for party, share in item.shares.items():
            row[party] = row.get(party, 0.0) + share * item.amount
    return found
