"""All conditions by name: the module that derives each, in a function of its own name, and what it says.

The table of contents is apart from the derivations, so that it can be read without running any.
"""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """Where a condition is derived, and what it says."""

    module: str
    title: str


CATALOGUE: dict[str, Entry] = {
    "small_rate": Entry(
        "small_rate",
        "Slow resetting from any start to any place helps if <T^2> from the start exceeds 2 <T><T>",
    ),
    "cv": Entry("small_rate", "Slow resetting to the start helps if the coefficient of variation exceeds 1"),
    "transition_order": Entry(
        "small_rate",
        "The optimal rate grows from 0 continuously if the second-order coefficient is positive",
    ),
    "optimum_cv": Entry(
        "optimum_cv", "Any process: raising the rate helps as long as CV > 1 under resetting"
    ),
    "peclet": Entry(
        "drift_diffusion",
        "Diffusion with drift: resetting helps if the Peclet number is below 1",
    ),
    "drift_away": Entry(
        "drift_diffusion",
        "Drift away from the target: it may be missed for ever, and resetting always helps",
    ),
    "z_star": Entry(
        "drift_diffusion",
        "Diffusion without drift: raising the rate helps up to x0 sqrt(r / D) = 2 + W(-2 exp(-2))",
    ),
    "ornstein_uhlenbeck_center": Entry(
        "ornstein_uhlenbeck",
        "Ornstein-Uhlenbeck, target at the centre: resetting helps below a critical stiffness",
    ),
    "interval": Entry(
        "interval",
        "Interval without drift: resetting helps within (5 - sqrt 5) / 10 of an end, in units of its length",
    ),
    "interval_drift": Entry(
        "interval_drift",
        "Interval with drift: slow resetting helps where the exact moments have CV > 1",
    ),
    "interval_drift_order": Entry(
        "interval_drift",
        "Interval with drift: the optimal rate grows from 0 continuously on one side of a tricritical point",
    ),
    "interval_drift_rate": Entry(
        "interval_rate",
        "Interval with drift: a finite rate may help although CV < 1",
    ),
    "logarithmic_mean": Entry(
        "logarithmic",
        "Logarithmic potential: without resetting the mean is finite if beta U0 > 1",
    ),
    "logarithmic": Entry("logarithmic", "Logarithmic potential: resetting helps if -1 < beta U0 < 5"),
    "ball": Entry(
        "ball",
        "A ball in d dimensions: raising the rate helps as long as the mean's slope is negative",
    ),
    "ball_3d": Entry(
        "ball",
        "A ball in 3 dimensions: raising the rate helps up to z = 2 + W(-2 exp(-2) a / R0)",
    ),
    "run_and_tumble": Entry(
        "run_and_tumble",
        "Run and tumble: raising the rate helps as long as the mean's slope is negative",
    ),
    "random_target": Entry(
        "random_target",
        "A target at an exponential distance: raising the rate helps up to D / (4 l^2)",
    ),
    "informed": Entry(
        "informed",
        "Resetting on the far side only beats the best constant rate above a rate of 0.917 D / x0^2",
    ),
    "refractory": Entry(
        "refractory", "Refractory times of mean W: slow resetting helps if CV^2 > 1 + 2 W / <T>"
    ),
    "return_speed": Entry(
        "return_speed",
        "Returns at constant speed: slow resetting helps above a critical speed",
    ),
    "return_speed_brownian": Entry(
        "return_speed",
        "Diffusion with returns at constant speed: raising the rate helps below a speed-dependent rate",
    ),
    "sharp_helps": Entry(
        "sharp",
        "A period helps if the mean time searched within it, over its success, is below <T>",
    ),
    "sharp_period": Entry("sharp", "A longer period is better as long as hazard times mean exceeds 1"),
    "sharp_best": Entry("sharp", "The best period beats any law of reset times"),
    "discrete_reset_wins": Entry(
        "discrete_time",
        "Discrete time, reset wins ties: slow resetting helps if CV^2 > 1 + 1 / <T>",
    ),
    "discrete_process_wins": Entry(
        "discrete_time",
        "Discrete time, process wins ties: slow resetting helps if CV^2 > 1 - 1 / <T>",
    ),
    "discrete_optimum": Entry(
        "discrete_optimum",
        "Discrete time, reset wins ties: raising the probability helps as long as CV^2 > 1 + 1 / <T_r>",
    ),
    "sparre_andersen": Entry(
        "discrete_optimum",
        "A walk from the target's edge: raising the probability helps up to 1/4, where the mean is 4",
    ),
    "bound_harmonic": Entry("bounds", "No protocol has a mean below the harmonic mean 1 / <1/T>"),
    "bound_median": Entry("bounds", "Resetting helps any process whose mean exceeds 4.311 of its medians"),
    "success": Entry(
        "splitting",
        "Slow resetting raises the success probability if successes are faster than failures",
    ),
    "success_interval": Entry(
        "splitting",
        "Exit from an interval: resetting makes the nearer end more likely, whatever the drift",
    ),
    "partial_steady": Entry(
        "partial",
        "Partial resets from x to c x: a steady variance exists if c^2 < 1",
    ),
    "steady_risk_slope": Entry(
        "steady_risk",
        "Slow resetting lowers the steady clean risk if D / k > delta (delta + 4 Delta)",
    ),
    "steady_risk_any": Entry(
        "steady_risk",
        "Some rate lowers the steady clean risk if D / k exceeds the smaller of two bounds",
    ),
    "steady_risk_optimum": Entry(
        "steady_risk",
        "The best rate is finite if delta (delta + 4 Delta) < D / k < delta (delta + Delta)",
    ),
    "steady_risk_stay": Entry(
        "steady_risk",
        "Staying at the checkpoint (an infinite rate) is best if D / k reaches two bounds",
    ),
    "early_stopping_checkpoint": Entry(
        "early_stopping",
        "Staying at the checkpoint is best at any noise if delta (delta + Delta) <= 0",
    ),
    "steady_risk_slope_matrix": Entry(
        "steady_risk_matrix",
        "Slow resetting in d dimensions: the slope of the steady clean risk couples the directions",
    ),
    "drift_reversal": Entry(
        "drift_reversal",
        "The latent bias reverses the drift where (1 - tau) |g_clean|^2 + tau g_clean . g_wrong < 0",
    ),
    "drift_reversal_collinear": Entry(
        "drift_reversal",
        "Between the two optima the drift is reversed where (1 - tau) |g_clean| < tau |g_wrong|",
    ),
    "label_noise_peclet": Entry(
        "label_noise",
        "Search with noisy labels: resetting helps if the net pull is weak against the gradient noise",
    ),
    "label_noise_center": Entry(
        "label_noise",
        "Search for the training optimum: resetting helps below a critical Hessian",
    ),
    "label_noise_steady_risk_slope": Entry(
        "label_noise",
        "Slow resetting lowers the steady clean risk, in noise rate, batch size and learning rate",
    ),
    "label_noise_steady_risk": Entry(
        "label_noise",
        "Some reset rate lowers the steady clean risk, in noise rate, batch size and learning rate",
    ),
    "label_noise_steady_risk_optimum": Entry(
        "label_noise",
        "The best reset rate of the steady risk is finite, in noise rate, batch size and learning rate",
    ),
    "gain_grows_with_batch_size": Entry(
        "gain",
        "The risk ratio (without / with resetting) grows with batch size near the clean optimum",
    ),
    "gain_grows_with_noise_rate": Entry(
        "gain",
        "The risk ratio (without / with resetting) grows with noise unless the checkpoint is slightly early",
    ),
    "risk_reduction_grows_with_batch_size": Entry(
        "gain",
        "The risk difference (without minus with resetting) never grows with batch size",
    ),
    "risk_reduction_grows_with_noise_rate": Entry(
        "gain",
        "The risk difference (without minus with resetting) grows with noise unless the checkpoint is late",
    ),
    "search_gain_grows_with_batch_size": Entry(
        "search_gain",
        "The gain of a search grows with batch size where the latent bias has reversed the drift",
    ),
    "search_gain_grows_with_noise_rate": Entry(
        "search_gain",
        "The gain of a search grows with the noise rate wherever resetting helps",
    ),
    "ridge_continuous": Entry(
        "ridge",
        "Resetting at rate r turns the stationary mean into ridge regression with penalty r",
    ),
    "ridge_discrete": Entry(
        "ridge",
        "Resetting with probability p per step is ridge regression with penalty p / ((1 - p) eta)",
    ),
    "filter_sharp": Entry(
        "filter_sharp",
        "Resetting after a fixed period: ridge regression with a penalty that depends on the direction",
    ),
}
