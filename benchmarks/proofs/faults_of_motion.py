"""Faults in how paths move: steps, bridges, barriers, and the random numbers themselves."""

from __future__ import annotations

from benchmarks.proofs.fault import Fault, suite

_BRIDGES = suite("properties_of_bridges")
_STEPS = suite("properties_of_samples", "test_samples_hold_to_the_theory")

FAULTS = [
    Fault(
        "the drift has the wrong sign on one side of a level",
        "resetdyn/simulation/brownian.py",
        "high - x, -motion.across.force)", "high - x, motion.across.force)",
        suite("properties_of_samples", "mirror"),
    ),
    Fault(
        "the chance to arrive against the drift has D twice",
        "resetdyn/simulation/brownian.py",
        "math.exp(-v * b / diffusion)", "math.exp(-v * b / (2 * diffusion))",
        suite("simulation", "drift_away"),
    ),
    Fault(
        "the law of arrivals lacks the 2 of 2 D",
        "resetdyn/simulation/brownian.py",
        "b * b / (2 * diffusion))", "b * b / diffusion)",
        suite("simulation", "inverse_gaussian"),
    ),
    Fault(
        "what comes first, an arrival or a reset, is not asked",
        "resetdyn/simulation/brownian.py",
        "if arrival <= limit and arrival < math.inf:", "if arrival < math.inf:",
        suite("simulation", "direct_sampler"),
    ),
    Fault(
        "the exponent of the bridge is doubled",
        "resetdyn/simulation/bridge.py",
        "exponent = b0 * b1 * (both - bend)", "exponent = 2 * b0 * b1 * (both - bend)",
        _BRIDGES,
    ),
    Fault(
        "the barrier bends the other way in the clock of the bridge",
        "resetdyn/simulation/bridge.py",
        "exponent = b0 * b1 * (both - bend)", "exponent = b0 * b1 * (both + bend)",
        suite("simulation_truth", "loop_without_a_fault"),
    ),
    Fault(
        "the span of the bridge is that of Brownian motion",
        "resetdyn/simulation/bridge.py",
        "math.sinh(stiffness * h) / stiffness if stiffness != 0 else h", "h",
        _BRIDGES,
    ),
    Fault(
        "crossings inside a step come with twice the shape",
        "resetdyn/simulation/bridge.py",
        "b0 * b0 / (2 * diffusion * length)", "b0 * b0 / (diffusion * length)",
        _BRIDGES,
    ),
    Fault(
        "a crossing inside a step is dated at its end",
        "resetdyn/simulation/bridge.py",
        "crossed = length / (1 + 1 / odds)", "crossed = length",
        _BRIDGES,
    ),
    Fault(
        "Gaussian steps lack the 2 of 2 D",
        "resetdyn/simulation/line.py",
        "math.sqrt(2 * line.diffusion * relaxed(2 * line.stiffness, h))",
        "math.sqrt(line.diffusion * relaxed(2 * line.stiffness, h))",
        _STEPS,
    ),
    Fault(
        "the noise relaxes at once the stiffness, not twice",
        "resetdyn/simulation/line.py",
        "relaxed(2 * line.stiffness, h)", "relaxed(line.stiffness, h)",
        _STEPS,
    ),
    Fault(
        "the last step before a reset is a whole one",
        "resetdyn/simulation/line.py",
        "rest = step_of(limit - done, line)", "rest = step_of(step.h if k > 0 else limit, line)",
        suite("simulation_truth", "last_step"),
    ),
    Fault(
        "two directions relax together at twice the rate of one",
        "resetdyn/simulation/gaussian.py",
        "relaxed(linear.rates[i] + linear.rates[j], time)", "relaxed(2 * linear.rates[i], time)",
        suite("simulation_bands", "matrix_exponential"),
    ),
    Fault(
        "noise under a force has the wrong second order",
        "resetdyn/simulation/force.py",
        "((1 / 2 + z * (5 / 24))", "((1 / 3 + z * (5 / 24))",
        suite("simulation_langevin", "series_of_a_step"),
    ),
    Fault(
        "a wall pushes back by half of the spread",
        "resetdyn/simulation/force.py",
        "4 * span * exponential(state)", "2 * span * exponential(state)",
        suite("simulation_langevin", "exact_theory"),
    ),
    Fault(
        "friction is forgotten in the noise of inertia",
        "resetdyn/simulation/inertia.py",
        "math.sqrt(-math.expm1(-2 * bath.friction * h))", "math.sqrt(-math.expm1(-bath.friction * h))",
        suite("simulation_processes", "Inertia and exact_moments"),
    ),
    Fault(
        "stable noise relaxes at the stiffness, not alpha times it",
        "resetdyn/simulation/levy.py",
        "(diffusion * relaxed(alpha * stiffness, h))", "(diffusion * relaxed(stiffness, h))",
        suite("simulation_processes", "Stable"),
    ),
    Fault(
        "a runner tumbles twice as often",
        "resetdyn/simulation/run_and_tumble.py",
        "time + exponential(state) / motion.rate", "time + exponential(state) / (2 * motion.rate)",
        suite("simulation_walks", "tumbles_hold"),
    ),
    Fault(
        "a reset runner keeps its direction",
        "resetdyn/simulation/run_and_tumble.py",
        "return Runner(x, _direction(state), low, high), -1 if low",
        "return Runner(x, walker.direction if again else _direction(state), low, high), -1 if low",
        suite("simulation_walks", "tumbles_hold"),
    ),
    Fault(
        "the alias table of a walk keeps the wrong steps",
        "resetdyn/simulation/random_walk.py",
        "if uniform(state) <= steps.kept[column]", "if uniform(state) >= steps.kept[column]",
        suite("properties_of_samples", "walks_of_any_steps"),
    ),
    Fault(
        "noise of a batch does not fall with its size",
        "resetdyn/simulation/sgd_steps.py",
        "np.sqrt(spread[noisy] / batch)", "np.sqrt(spread[noisy])",
        suite("simulation_sgd", "steady_state"),
    ),
    Fault(
        "a batch without replacement may draw a sample twice",
        "resetdyn/simulation/sgd_steps.py",
        "            order[b] = sample\n", "",
        suite("simulation_sgd", "data or batch"),
    ),
    Fault(
        "every chunk of paths has the same random numbers",
        "resetdyn/simulation/streams.py",
        "if self.branch else (number,)", "if self.branch else (0,)",
        suite("simulation_streams", "independent"),
    ),
    Fault(
        "a path of many steps forgets the time that it took",
        "resetdyn/simulation/paths.py",
        "                    time += taken\n", "",
        suite("simulation_halt", "longer_than_a_stretch"),
    ),
    Fault(
        "a path that a timeout ends counts as arrived",
        "resetdyn/simulation/paths.py",
        "times[i], censored[i] = time + taken, True", "times[i] = time + taken",
        suite("simulation_halt", "timeout"),
    ),
]  # fmt: skip
