"""The update of the contribution bars: arrays against a plain Python loop of the same model, in one run, on one core.

    python benchmarks/simulation.py [ROUNDS]

Both divide the joint present value of the same study (2,000 paths, 40 quarters, eight sets of accords) by Shapley, on
the same random numbers; the loop is the one that the tests hold the arrays against. Rounds alternate. The loop takes
minutes, so it runs on a part of the paths, and its time is scaled up.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "test_simulation"))
import plain

from alliance_analysis.simulation.assumptions import values
from alliance_analysis.simulation.contribution import COALITIONS, Study, contribution
from alliance_analysis.simulation.model import draws

PART = 100
"""Paths that the plain loop runs in each round."""


def looped(study: Study, paths: int) -> dict[str, float]:
    """Return the Shapley shares over the first paths by the plain loop."""
    drawn, assumed, place = (
        draws(study.paths, study.quarters, study.seed),
        values(),
        study.environment.model_dump(),
    )
    numbers = [plain.numbers(drawn, path) for path in range(paths)]
    worth = {}
    for accords in COALITIONS:
        scores = {key: 4.0 for key, accord in plain.ACCORD_OF.items() if accord in accords}
        runs = [plain.alliance(scores, place, assumed, path) for path in numbers]
        worth[accords] = sum(first + second for first, second, *_ in runs) / paths
    return plain.shapley(worth)


def main() -> None:
    """Run the benchmark and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    study = Study()
    contribution(study)
    times: dict[str, list[float]] = {"arrays": [], "plain loop, scaled": []}
    for _ in range(rounds):
        start = time.perf_counter()
        contribution(study)
        times["arrays"].append(time.perf_counter() - start)
        start = time.perf_counter()
        shares = looped(study, PART)
        times["plain loop, scaled"].append((time.perf_counter() - start) * study.paths / PART)
    print(f"{study.paths:,} paths, {study.quarters} quarters, {rounds} rounds, ms      p50      p95      max")
    for name, found in times.items():
        p50, p95 = np.percentile(found, [50, 95]) * 1000
        print(f"  {name:36} {p50:8,.0f} {p95:8,.0f} {max(found) * 1000:8,.0f}")
    ours, loop = (float(np.median(found)) for found in times.values())
    print(f"  the plain loop takes {loop / ours:.0f} times as long")
    whole = contribution(study)
    for accord, share in shares.items():
        apart = (share - whole.shares[accord].mean) / (
            whole.shares[accord].error * np.sqrt(study.paths / PART)
        )
        print(
            f"  {accord:12} loop on {PART} paths {share:6.3f}, arrays {whole.shares[accord].mean:6.3f} ({apart:+.1f} s.e.)"
        )


if __name__ == "__main__":
    main()
