"""The exact Pareto frontier of a million and of a trillion packages: ours against negmas's exact search, in one run.

    python benchmarks/negotiation.py [DOMAINS]

Both work issue by issue and keep every package (`negmas.preferences.pareto_sampler.MOBANOSParetoSampler`). Each domain has
issues of ten options with curved values: what one side wants more of, the other wants less of. Ours starts from issues
and parties and checks them first; negmas starts from utility functions that were made before the clock starts. Runs
alternate, so that the machine's load falls on both; where both ran, their frontiers are compared.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from negmas import LinearAdditiveUtilityFunction, make_issue
from negmas.preferences.pareto_sampler import MOBANOSParetoSampler

from alliance_analysis.negotiation import Issue, Party, frontier

OPTIONS, OURS, THEIRS = 10, 15, 3


def domain(issues: int, seed: int) -> tuple[tuple[Issue, ...], tuple[Party, Party]]:
    generator = np.random.default_rng(seed)
    table = tuple(Issue(f"i{n}", f"Issue {n}", "", tuple(range(OPTIONS))) for n in range(issues))
    sides = []
    for name, wants in (("up", 1), ("down", -1)):
        raw = generator.uniform(0.5, 1.5, issues)
        steps = np.linspace(0, 1, OPTIONS)[::wants]
        values = {i.id: dict(enumerate((steps ** generator.uniform(0.5, 2)).tolist())) for i in table}
        sides.append(
            Party(name, name, dict(zip(values, (raw / raw.sum()).tolist(), strict=True)), values, 0.3)
        )
    return table, (sides[0], sides[1])


def as_negmas(issues: tuple[Issue, ...], parties: tuple[Party, Party]) -> list[Any]:
    theirs = [make_issue(list(i.options), name=i.id) for i in issues]
    return [
        LinearAdditiveUtilityFunction(
            [dict(p.values[i.id]) for i in issues], weights=[p.weights[i.id] for i in issues], issues=theirs
        )
        for p in parties
    ]


def clocked(act: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = act()
    return 1000 * (time.perf_counter() - start), result


def peer(ufuns: list[Any]) -> list[Any]:
    sampler = MOBANOSParetoSampler()
    sampler.init(*ufuns)
    return sampler.pareto_outcomes()


def measure(issues: int, seeds: range, *, with_peer: bool) -> None:
    ours, theirs, sizes = [], [], []
    for seed in seeds:
        table = domain(issues, seed)
        ufuns = as_negmas(*table) if with_peer else []
        for run in range(OURS):
            took, found = clocked(lambda table=table: frontier(*table))
            ours.append(took)
            if with_peer and run < THEIRS:
                took, outcomes = clocked(lambda ufuns=ufuns: peer(ufuns))
                theirs.append(took)
                assert {tuple(o) for o in outcomes} == set(found.packages), (
                    f"the frontiers differ: seed {seed}"
                )
        sizes.append(len(found))
    low, high = np.percentile(ours, [5, 95])
    print(f"{OPTIONS**issues:,} packages ({issues} issues of {OPTIONS} options, {len(seeds)} domains)")
    print(f"  frontier            {min(sizes)} to {max(sizes)} packages")
    print(f"  ours                median {statistics.median(ours):.2f} ms  (5% {low:.2f}, 95% {high:.2f})")
    if theirs:
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(
            f"  negmas (exact)      median {statistics.median(theirs):.1f} ms: {ratio:,.0f} times ours, same frontier"
        )


if __name__ == "__main__":
    seeds = range(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
    frontier(*domain(3, 0))  # warm
    measure(6, seeds, with_peer=True)
    measure(12, seeds, with_peer=False)
