"""resetdyn: `rd.solve`, a new problem at each call, as in a sweep."""

import dataclasses

import resetdyn as rd
from benchmarks.peers.cases import CASES


def value(case):
    problem = CASES[case["key"]].problem
    rates = iter(range(10**9))

    def solved():  # another rate, so that nothing is remembered, by too little to be seen
        reset = problem.reset
        if case["reset_rate"]:
            reset = rd.Poisson(case["reset_rate"] * (1 + 1e-15 * next(rates)))
        return rd.solve(dataclasses.replace(problem, reset=reset)).mean

    return solved
