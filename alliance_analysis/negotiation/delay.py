"""What time costs at the table: Rubinstein's alternating offers over one pie, and a cost of each round."""

from __future__ import annotations

from alliance_analysis.errors import BadInput


def first_mover_share(first: float, second: float) -> float:
    """Return the share of the side that offers first, where both discount each further round [rubinstein1982perfect].

    In the one subgame-perfect agreement the first offer is accepted, and its maker keeps
    (1 - d_second) / (1 - d_first d_second); `first` and `second` are what next round's pie is worth now, 0 up to
    but not including 1 (a side to whom waiting costs nothing has no such share). Raises BadInput outside that range.

    >>> round(first_mover_share(0.95, 0.90), 4)
    0.6897
    """
    for discount in (first, second):
        if not 0 <= discount < 1:
            raise BadInput(
                f"a discount factor of {discount:g} does not fit", "use 0 up to but not including 1"
            )
    return (1 - second) / (1 - first * second)


def after_delay(utility: float, cost: float, rounds: int) -> float:
    """Return what an agreement reached after so many rounds is worth; the first round is free.

    >>> after_delay(0.6, 0.05, 3)
    0.5415
    """
    return float(round(utility * (1 - cost) ** max(rounds - 1, 0), 12))
