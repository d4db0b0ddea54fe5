"""Results: what comes back, how it was obtained (`method`) and how far to trust it (`error`).

Exact results carry functions that are evaluated when asked; Monte Carlo results carry the samples, or a
summary of them.  An `error` is an absolute one on `mean`: an estimate of the numerical error for theory, a
standard error for Monte Carlo.
"""

from resetdyn.results.first_passage import FirstPassageResult
from resetdyn.results.first_passage_summary import FirstPassageSummary
from resetdyn.results.samples import FirstPassageSamples, RenewalEstimate, SteadyStateSamples
from resetdyn.results.sgd import SGDMoments, SGDSteadyStateResult
from resetdyn.results.steady_state import EntropyRates, SteadyStateResult, Transient
from resetdyn.results.steady_state_summary import SteadyStateSummary
from resetdyn.results.tails import TailIndex
from resetdyn.results.walk import WalkSteadyStateResult

__all__ = [
    "EntropyRates",
    "FirstPassageResult",
    "FirstPassageSamples",
    "FirstPassageSummary",
    "RenewalEstimate",
    "SGDMoments",
    "SGDSteadyStateResult",
    "SteadyStateResult",
    "SteadyStateSamples",
    "SteadyStateSummary",
    "TailIndex",
    "Transient",
    "WalkSteadyStateResult",
]
