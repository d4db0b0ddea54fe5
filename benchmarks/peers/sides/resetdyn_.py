"""resetdyn: `rd.simulate` at its default step."""

import resetdyn as rd
from benchmarks.peers.cases import CASES

ORDER = None
START = 1000


def draw(case, step):
    problem = CASES[case["key"]].problem
    seed = iter(range(10**9))
    return lambda n: rd.simulate(problem, n, rng=next(seed)).times
