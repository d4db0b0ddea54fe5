"""The conditions in noise rate, batch size and learning rate, held against the label-noise model itself."""

import numpy as np
import pytest

import resetdyn as rd

RATES = np.geomspace(1e-6, 1e6, 241)


def model(tau, eta, B, h, q, s=1.0, clean=0.4):
    """Return the collinear model whose gradient noise is that of the labels (its default)."""
    return rd.LabelNoiseQuadratic(
        hessian=h, clean_optimum=clean, wrong_optimum=clean + s, noise_rate=tau, learning_rate=eta,
        batch_size=B, checkpoint=clean + q * s,
    )  # fmt: skip


def random_values(rng):
    return {
        "tau": rng.uniform(0.05, 0.95), "eta": rng.uniform(0.01, 1), "B": int(rng.integers(1, 30)),
        "h": rng.uniform(0.2, 1.9), "q": rng.normal(0, 0.8),
    }  # fmt: skip


def both(verdicts):
    """Whether a test has seen yes and no."""
    return 0 < sum(verdicts) < len(verdicts)


def test_the_steady_risk_in_the_variables_of_practice(rng):
    slopes, some, finite = [], [], []
    for _ in range(150):
        values = random_values(rng)
        it = model(**values, s=rng.choice([-2.0, 0.7]), clean=rng.normal())
        rates = values["h"] * RATES
        risks, without, stay = it.steady_risk(rates), it.steady_risk(0.0), it.steady_risk(np.inf)
        slopes.append(rd.conditions.label_noise_steady_risk_slope.holds(**values))
        assert slopes[-1] == (risks[0] < without)
        some.append(rd.conditions.label_noise_steady_risk.holds(**values))
        assert some[-1] == (min(*risks, stay) < without * (1 - 1e-12))
        finite.append(rd.conditions.label_noise_steady_risk_optimum.holds(**values))
        assert finite[-1] == (min(risks) < min(without, stay) * (1 - 1e-10))
        if finite[-1]:
            rate = rd.conditions.label_noise_steady_risk_optimum.value("optimal_rate", **values)
            assert it.steady_risk(rate) <= min(risks)
            assert it.steady_risk(rate) < min(it.steady_risk([0.95 * rate, 1.05 * rate]))
    assert all(both(verdicts) for verdicts in (slopes, some, finite))


def test_next_to_the_bounds_of_practice(rng):
    """The two checkpoints at which slow resetting turns from help to harm, approached from both sides."""
    for _ in range(30):
        values = random_values(rng)
        tau, noise = values["tau"], values["eta"] * values["h"] / (2 * values["B"])
        half = np.sqrt(4 * tau**2 + noise * tau * (1 - tau))
        for side in (-1, 1):
            for factor, helps in ((0.999, True), (1.001, False)):
                at = {**values, "q": -tau + side * half * factor}
                assert rd.conditions.label_noise_steady_risk_slope.holds(**at) is helps
                it = model(**at)
                assert (it.steady_risk(1e-6 * at["h"]) < it.steady_risk(0.0)) is helps


def ratio(values, rate):
    it = model(**values)
    return it.steady_risk(0.0) / it.steady_risk(rate)


def reduction(values, rate):
    it = model(**values)
    return it.steady_risk(0.0) - it.steady_risk(rate)


def changes(gain, values, rate):
    """Return by how much a gain changes with the batch size and with the noise rate."""
    larger = gain({**values, "B": values["B"] + 1}, rate) - gain(values, rate)
    more, less = ({**values, "tau": values["tau"] + step} for step in (1e-5, -1e-5))
    return larger, gain(more, rate) - gain(less, rate)


def test_where_the_gain_in_steady_risk_grows(rng):
    conditions = rd.conditions
    seen = {name: [] for name in conditions if "_grows_with_" in name and not name.startswith("search")}
    for _ in range(200):
        values = {**random_values(rng), "q": rng.normal(0, 0.5)}
        rate = float(np.exp(rng.normal(0, 2)))
        for kind, gain in (("gain", ratio), ("risk_reduction", reduction)):
            for parameter, change in zip(
                ("batch_size", "noise_rate"), changes(gain, values, rate), strict=True
            ):
                name = f"{kind}_grows_with_{parameter}"
                condition = conditions[name]
                holds = condition.holds(
                    **{n: v for n, v in {**values, "r": rate}.items() if n in condition.variables}
                )
                seen[name].append(holds)
                assert holds == (change > 0), (name, values, rate)
    never = seen.pop("risk_reduction_grows_with_batch_size")
    assert not any(never)
    assert all(both(verdicts) for verdicts in seen.values())


def test_with_the_checkpoint_on_the_clean_optimum_the_ratio_grows_with_both(rng):
    for _ in range(20):
        values = {**random_values(rng), "q": 0.0, "r": float(np.exp(rng.normal()))}
        for name in ("gain_grows_with_batch_size", "gain_grows_with_noise_rate"):
            condition = rd.conditions[name]
            assert condition.holds(**{n: v for n, v in values.items() if n in condition.variables})


def test_at_the_best_rate_the_answer_is_that_at_this_rate(rng):
    """The best rate moves with the batch size, but that changes the gain in second order only."""
    verdicts = []
    for _ in range(400):
        values = {**random_values(rng), "B": 4000, "eta": 1.0, "q": -rng.uniform(0, 3)}
        if not rd.conditions.label_noise_steady_risk_optimum.holds(**values):
            continue
        more = {**values, "B": 4001}
        if not rd.conditions.label_noise_steady_risk_optimum.holds(**more):
            continue
        rates = [
            rd.conditions.label_noise_steady_risk_optimum.value("optimal_rate", **v) for v in (values, more)
        ]
        grows = ratio(more, rates[1]) > ratio(values, rates[0])
        small = {"r": rates[0], **{n: values[n] for n in ("tau", "h", "q")}}
        verdicts.append(rd.conditions.gain_grows_with_batch_size.holds(**small))
        assert verdicts[-1] == grows
    assert len(verdicts) > 5


def peclet(tau, eta, B, g_clean, g_wrong, x0):
    """Return the Peclet number from drift and diffusion."""
    drift = (1 - tau) * g_clean - tau * g_wrong
    gradients = np.array([g_clean, -g_wrong])
    weights = np.array([1 - tau, tau])
    variance = weights @ gradients**2 - (weights @ gradients) ** 2
    return x0 * drift / (eta * variance / B)


def speedup(number):
    """Return the gain of a search, by brute force over the rates."""
    rates = np.geomspace(1e-3, 1e2, 4001)
    return max(1.0, np.max(rates / (2 * number) / np.expm1(np.sqrt(number**2 + rates) - number)))


def random_search(rng):
    return {
        "tau": rng.uniform(0.02, 0.98), "eta": rng.uniform(0.01, 1), "B": rng.uniform(1, 30),
        "g_clean": rng.uniform(0.1, 2), "g_wrong": rng.uniform(0.1, 2), "x0": rng.uniform(0.01, 0.5),
    }  # fmt: skip


def test_the_search_with_noisy_labels_is_decided_by_its_peclet_number(rng):
    verdicts = []
    for _ in range(100):
        values = random_search(rng)
        number = peclet(**values)
        condition = rd.conditions.label_noise_peclet
        assert condition.value("peclet", **values) == pytest.approx(number, rel=1e-12, abs=1e-12)
        verdicts.append(condition.holds(**values))
        assert verdicts[-1] == (number < 1)
        if number > 0:
            edge = {**values, "B": values["B"] / number}
            assert condition.holds(**{**edge, "B": edge["B"] * (1 - 1e-9)})
            assert not condition.holds(**{**edge, "B": edge["B"] * (1 + 1e-9)})
    assert both(verdicts)


def test_the_search_for_the_centre_in_the_variables_of_practice(rng):
    for eta, C, B, h, x0 in rng.uniform(0.1, 2, (30, 5)):
        plain = rd.conditions.ornstein_uhlenbeck_center.holds(k=h, x0=x0, D=eta * C / (2 * B))
        assert rd.conditions.label_noise_center.holds(eta=eta, C=C, B=B, h=h, x0=x0) == plain


def test_where_the_gain_of_a_search_grows(rng):
    """By the speed-up towards the target, by the chance to miss it away from it."""
    with_batch, with_noise = [], []
    for _ in range(200):
        values = random_search(rng)
        number = peclet(**values)
        gain = speedup if number > 0 else lambda away: -np.expm1(2 * away)
        if abs(number) < 0.01 or abs(number) > 8 or 0.98 < number < 1.02:
            continue
        nearby = {**values, "B": values["B"] * 1.001}, {**values, "tau": values["tau"] * 1.0005}
        larger, noisier = (gain(peclet(**v)) - gain(number) for v in nearby)
        few = {n: values[n] for n in ("tau", "g_clean", "g_wrong")}
        with_batch.append(rd.conditions.search_gain_grows_with_batch_size.holds(**few))
        assert with_batch[-1] == (larger > 0)
        with_noise.append(rd.conditions.search_gain_grows_with_noise_rate.holds(**values))
        assert with_noise[-1] == (noisier > 0)
    assert both(with_batch)
    assert both(with_noise)
