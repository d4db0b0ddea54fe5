"""Faults in when resets come and what they do, sampled or in training."""

from __future__ import annotations

from benchmarks.proofs.fault import Fault, suite

_TIES = suite("simulation_walks", "walks_hold")
_SGD = suite("simulation_sgd", "geometrically or either_side or law_of_a_plain_loop")
_RESETTER = suite("training_resetter", "come_when or copied or geometric or coin or brings_back")

FAULTS = [
    Fault(
        "a pause after a reset takes no time",
        "resetdyn/simulation/restart.py",
        "return pause + distance / restart.speed", "return distance / restart.speed",
        suite("simulation_resets", "resets_under_pauses or during_a_pause"),
    ),
    Fault(
        "a journey back takes no time",
        "resetdyn/simulation/restart.py",
        "return pause + distance / restart.speed", "return pause",
        suite("simulation_resets", "journey"),
    ),
    Fault(
        "a partial reset leaves what it should take",
        "resetdyn/simulation/restart.py",
        "place = restart.factor * x", "place = (1 - restart.factor) * x",
        suite("properties_of_samples", "leave_their_factor"),
    ),
    Fault(
        "the clock of the next reset runs on during a pause",
        "resetdyn/simulation/paths.py",
        "                times[i], ends[i] = time, end\n                break\n"
        "            reset_at = time + waiting_time(state, clock)",
        "                times[i], ends[i] = time, end\n                break\n"
        "            reset_at = max(time, time - costs + waiting_time(state, clock))",
        suite("simulation_resets", "resets_under_pauses"),
    ),
    Fault(
        "the time that a reset costs is dropped",
        "resetdyn/simulation/paths.py",
        "            time += costs\n", "",
        suite("simulation_resets", "resets_under_pauses or during_a_pause"),
    ),
    Fault(
        "the best state so far is kept, not copied",
        "resetdyn/simulation/paths.py",
        "                    best, lowest = copied(walker.x), now\n",
        "                    best, lowest = walker.x, now\n",
        suite("simulation_checkpoint"),
    ),
    Fault(
        "the worst state so far is taken for the best",
        "resetdyn/simulation/paths.py",
        "                if now < lowest:\n", "                if now > lowest:\n",
        suite("simulation_checkpoint"),
    ),
    Fault(
        "a sharp reset is seen at its end, not at a random time",
        "resetdyn/simulation/ages.py",
        "uniform(state) * ages.period", "ages.period",
        suite("simulation_steady", "sharp"),
    ),
    Fault(
        "candidates of resets strike at twice their rate",
        "resetdyn/simulation/rate_field.py",
        "return uniform(state) * most <= rate", "return uniform(state) * most <= 2 * rate",
        suite("simulation_resets", "exact_theory and problem16"),
    ),
    Fault(
        "a walk's reset comes one step late",
        "resetdyn/simulation/random_walk.py",
        "return 1 + int(min(exponential(state)", "return 2 + int(min(exponential(state)",
        _TIES,
    ),
    Fault(
        "the other side wins the ties of a walk",
        "resetdyn/simulation/random_walk.py",
        "(left > 0 or bell.process_wins)", "(left > 0 or not bell.process_wins)",
        _TIES,
    ),
    Fault(
        "a reset of SGD comes one step late",
        "resetdyn/simulation/sgd_paths.py",
        "return max(1, int(min(math.ceil(", "return 1 + max(1, int(min(math.ceil(",
        _SGD,
    ),
    Fault(
        "the other side wins the ties of SGD",
        "resetdyn/simulation/sgd_paths.py",
        "if wait > 0 or clock.process_wins:", "if wait > 0 or not clock.process_wins:",
        _SGD,
    ),
    Fault(
        "a reset of SGD does not clear the momentum",
        "resetdyn/simulation/sgd_paths.py",
        "            if not clock.keep:\n                stop(walker)\n            if score is None:",
        "            if clock.keep:\n                stop(walker)\n            if score is None:",
        suite("simulation_sgd_training", "law_of_a_plain_loop"),
    ),
    Fault(
        "the momentum of SGD is not cleared on the way to its steady state",
        "resetdyn/simulation/sgd_paths.py",
        "        walker.theta[:] = origin\n        stop(walker)\n", "        walker.theta[:] = origin\n",
        suite("simulation_sgd_training", "momentum"),
    ),
    Fault(
        "the resetter is one step late",
        "resetdyn/training/resetter.py",
        "if self.active and step >= self._due:", "if self.active and step > self._due:",
        _RESETTER,
    ),
    Fault(
        "the resetter's patience counts from the first step, not from the best",
        "resetdyn/training/resetter.py",
        "quiet_since = max(self.warm_up, self.best_step or 1)", "quiet_since = max(self.warm_up, 1)",
        _RESETTER,
    ),
    Fault(
        "the resetter takes the worst state for the best",
        "resetdyn/training/resetter.py",
        "value < self.best_score\n", "value > self.best_score\n",
        _RESETTER,
    ),
    Fault(
        "a checkpoint is not copied when it is taken",
        "resetdyn/training/checkpoint.py",
        "nests.refreshed(self.leaves.get(path), leaf)", "leaf",
        _RESETTER,
    ),
    Fault(
        "a checkpoint is not copied when it is handed out",
        "resetdyn/training/checkpoint.py",
        "nests.copied(self.leaves[place])", "self.leaves[place]",
        _RESETTER,
    ),
    Fault(
        "sharp resets of the resetter have one step more",
        "resetdyn/training/reset_times.py",
        "else round(1 / self.probability)", "else round(1 / self.probability) + 1",
        _RESETTER,
    ),
    Fault(
        "a squared error has the slope of twice its value",
        "resetdyn/training/losses.py",
        "return scores - _as_rows(scores, labels)", "return 2 * (scores - _as_rows(scores, labels))",
        suite("training_losses", "derivatives or squared"),
    ),
]  # fmt: skip
