"""The whole cost of a partner beyond the price."""

from __future__ import annotations

from alliance_analysis.incentives.working import Line, Payment, figure, percent, within


def total_cost(
    price: float,
    *,
    defects: tuple[float, float] = (0.0, 0.0),
    late: tuple[float, float] = (0.0, 0.0),
    switching: float = 0.0,
    management: float = 0.0,
) -> Payment:
    """Return the total cost of an offer, with its trail [@ellram1995total].

    Parameters
    ----------
    price, switching, management
        For the volume of one period, in money.
    defects, late
        How often it happens, as a fraction, and what it costs if it always does, in money.

    >>> [round(total_cost(*offer[:1], defects=offer[1], late=offer[2]).amount, 9)
    ...  for offer in ((100, (0.05, 400), (0.10, 150)), (106, (0.01, 400), (0.02, 150)))]
    [135.0, 113.0]
    """
    lines = [Line("price", figure(price), within("the price", price))]
    for name, (rate, cost) in (("defects", defects), ("late delivery", late)):
        within(f"the rate of {name}", rate, high=1)
        lines.append(
            Line(name, f"{percent(rate)} x {figure(cost)}", rate * within(f"the cost of {name}", cost))
        )
    lines += [
        Line(name, figure(cost), within(f"the {name} cost", cost))
        for name, cost in (("switching", switching), ("management", management))
    ]
    parts = "price + defects + late delivery + switching + management"
    return Payment("Total cost", parts, {}, tuple(line for line in lines if line.amount))
