r"""How accurate are the further passages?  ``python -m benchmarks.accuracy_radial [--make]``.

References by mpmath, 90 digits, straight from the transforms, nothing being done about cancellation but to
carry digits; ``--make`` computes and stores them, a plain run checks all of them (the tests take a few).

- Radial Ornstein-Uhlenbeck process, ``k = D = 1``: ``T~ = J(z_x) / J(z_a)`` with ``alpha = s / 2`` and
  ``J = int_0^inf (t / (1 + t))^alpha (1 + t)^(b - 1) e^(-z t) (z + (1 + alpha - b) / (1 + t)) dt``, which
  changes sign, by the trapezoidal rule, with ``t = exp(u - exp(-u))`` at small `alpha`, in ``log t`` around
  the peak else; `by_hyperu` has the mean from `mpmath.hyperu` where `alpha` is not large: a second witness.
- Run-and-tumble motion, speed and distance 1: ``T~ = e^(-q) / (1 + k)``.
- Bessel process, ``D = x = 1``: ``T~ = (x / a)^nu K_nu(q x) / K_nu(q a)``, or ``2^(1 - nu) q^nu K_nu(q) /
  Gamma(nu)`` for ``a = 0``; ``(d / w dw)^n w^nu K_nu(w) = (-1)^n w^(nu - n) K_(nu - n)(w)`` follows.
- Random walk of steps -1 and 1 under geometric resetting, either convention for ties, at 400 digits:
  ``F = ((1 - sqrt(1 - 4 p_1 p_(-1) u^2)) / (2 p_1 u))^n``.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from multiprocessing import Pool
from typing import Any, NamedTuple

import numpy as np
from mpmath import mp, mpf

import resetdyn as rd
from benchmarks.accuracy import relative
from benchmarks.references import FOLDER, divide, exponential, load, root, statistics
from resetdyn.theory.passages.bessel import log_passage
from resetdyn.theory.passages.kummer import KummerPassage
from resetdyn.theory.passages.passage import Passage
from resetdyn.theory.passages.run_and_tumble import RunAndTumblePassage
from resetdyn.theory.resetting import renewal
from resetdyn.theory.resetting.geometric_renewal import by_generating

SETS = 2100
_DIGITS = 90
_ORDER = 3
_STEP = 0.02


def bessel(rate: float, nu: float, target: float) -> list[float]:
    s, order, a = mpf(rate), (1 + mpf(2 * nu - 1)) / 2, mpf(target)
    q = mp.sqrt(s)

    def scaled(z: Any) -> list[Any]:
        w = q * z
        return [
            (-z * z / 2) ** n / mp.factorial(n) * w ** (order - n) * mp.besselk(order - n, w)
            for n in range(_ORDER + 1)
        ]

    if target == 0:
        unit = [mp.gamma(order) * 2 ** (order - 1), *[mpf(0)] * _ORDER]
        return statistics(divide(scaled(mpf(1)), unit), s)
    return statistics(divide(scaled(mpf(1)), scaled(a)), s)


def run_and_tumble(rate: float, tumble_rate: float) -> list[float]:
    s, g, zeros = mpf(rate), mpf(tumble_rate), [mpf(0)] * (_ORDER - 1)
    q = root([s * (s + 2 * g), 2 * (s + g), mpf(1), *zeros[1:]])
    k = divide([s, mpf(1), *zeros], q)  # sqrt(s / (s + 2 g)) = s / q
    k[0] += 1
    return statistics(divide(exponential([-c for c in q]), k), s)


_TABLE: dict[int, tuple[Any, ...]] = {}


def _node(j: int) -> tuple[Any, ...]:
    """Return t, log(t / (1 + t)), log(1 + t) and the weight of a node of ``t = exp(u - exp(-u))``."""
    if j not in _TABLE:
        u = j * mpf(_STEP)
        w = u - mp.exp(-u)
        t = mp.exp(w)
        outer = mp.log1p(t)
        _TABLE[j] = t, w - outer, outer, mpf(_STEP) * (1 + mp.exp(-u)) * t
    return _TABLE[j]


def _around_the_peak(alpha: Any, z: Any) -> list[tuple[Any, ...]]:
    """Return the same in ``log t``, to where the integrand is down by exp(-200)."""
    power = alpha + 1
    peak = 2 * power / z / (1 + mp.sqrt(1 + 4 * power / z))
    h = min(mpf("0.3") * (1 + peak) / mp.sqrt(power * (1 + 2 * peak)), mpf("0.03"))
    top, nodes = -mp.log1p(1 / peak), []
    for side in (1, -1):
        j, depth = (0 if side == 1 else 1), mpf(0)
        while depth < 200:
            t = peak * mp.exp(side * j * h)
            inner = -mp.log1p(1 / t)
            nodes.append((t, inner, mp.log1p(t), h * t))
            depth = power * (top - inner) + z * (t - peak)
            j += 1
    return nodes


def kummer_integral(alpha: Any, b: Any, z: Any) -> list[Any]:
    """Return the series of J in `alpha`."""
    if alpha < 20:
        nodes = [_node(j) for j in range(int(-5.2 / _STEP), int((mp.log(170 / z) + 1) / _STEP) + 1)]
    else:
        nodes = _around_the_peak(alpha, z)
    sums = [mpf(0)] * (_ORDER + 1)
    for t, inner, outer, weight in nodes:
        power, before = weight * mp.exp(alpha * inner + (b - 1) * outer - z * t), mpf(0)
        factor = z + (1 + alpha - b) / (1 + t)
        for n in range(_ORDER + 1):
            sums[n] += factor * power + before / (1 + t)
            before, power = power, power * inner / (n + 1)
    return sums


def kummer(rate: float, dim: float, start: float, target: float) -> list[float]:
    alpha, b = mpf(rate) / 2, mpf(dim) / 2
    far, near = (kummer_integral(alpha, b, mpf(place) ** 2 / 2) for place in (start, target))
    return statistics([c / mpf(2) ** n for n, c in enumerate(divide(far, near))], mpf(rate))


def by_hyperu(rate: float, dim: float, start: float, target: float) -> float:
    """Return the logarithm of the mean from Kummer's function, at a rate above 0 that is not large."""
    far, near = (mp.hyperu(mpf(rate) / 2, mpf(dim) / 2, mpf(place) ** 2 / 2) for place in (start, target))
    return float(mp.log((near / far - 1) / mpf(rate)))


def random_walk(p: float, up: float, distance: float, process_wins: float) -> list[float]:
    with mp.workdps(400):
        r, q, down = mpf(up), 1 - mpf(p), 1 - mpf(up)

        def survival(z: Any) -> Any:
            u = q * z
            hit = ((1 - mp.sqrt(1 - 4 * r * down * u * u)) / (2 * r * u)) ** int(distance)
            alive = (1 - hit) / (1 - u)
            return alive / (1 - p * z * ((alive - 1) / u if process_wins else alive))

        c = mp.taylor(survival, 1, 2)
        moments = [c[0], c[0] + 2 * c[1], c[0] + 6 * c[1] + 6 * c[2]]
        return [float(m) if m < mpf(10) ** 308 else np.inf for m in moments] + [float(mp.log(c[0]))]


class Answer(NamedTuple):
    """What the package says: three moments, the logarithm of the mean, and the relative error it claims."""

    moments: list[float]
    log_mean: float
    claimed: float


def _poisson(passage: Passage | None, rate: float) -> Answer:
    assert passage is not None
    log_mean = passage.log_mean(rate, 0)[0]
    moments = [renewal.poisson_moment(k, rate, passage, passage) for k in (1, 2, 3)]
    return Answer(moments, log_mean, passage.precision * (1 + abs(log_mean)))


def _geometric(p: float, up: float, distance: float, process_wins: float) -> Answer:
    reset = rd.Geometric(p, ties="process" if process_wins else "reset")
    walk = rd.RandomWalk({-1: 1 - up, 1: up})
    result = by_generating(rd.FirstPassage(walk, distance, rd.Level(0.0), reset))
    assert result is not None
    return Answer([result.moment(k) for k in (1, 2, 3)], result.log_mean, result.error / result.mean)


def _rates(rng: np.random.Generator, sets: int) -> Any:
    return 10 ** rng.uniform(-8, 8, sets)


def _bessel_sets(rng: np.random.Generator, sets: int) -> Any:
    nu = np.where(rng.random(sets) < 0.3, rng.integers(-4, 13, sets) / 2, rng.uniform(-2, 20, sets))
    target = 1 / (1 + 10 ** rng.uniform(-3, 3, sets))
    origin = rng.random(sets) < 0.25
    nu = np.where(origin & (nu <= 0), 0.05 - nu, nu)
    return np.column_stack([_rates(rng, sets), nu, np.where(origin, 0.0, target)])


def _kummer_sets(rng: np.random.Generator, sets: int) -> Any:
    rates = np.where(rng.random(sets) < 0.1, 0.0, _rates(rng, sets))
    start = 10 ** rng.uniform(-2, 1, sets)
    target = start / (1 + 10 ** rng.uniform(-3, 3, sets))
    return np.column_stack([rates, rng.integers(2, 11, sets), start, target])


def _run_and_tumble_sets(rng: np.random.Generator, sets: int) -> Any:
    return np.column_stack([_rates(rng, sets), 10 ** rng.uniform(-4, 4, sets)])


def _random_walk_sets(rng: np.random.Generator, sets: int) -> Any:
    p, up = 10 ** rng.uniform(-8, -0.05, sets), rng.integers(8, 57, sets) / 64
    u = 1 - p
    root = 2 * (1 - up) * u / (1 + np.sqrt(1 - 4 * up * (1 - up) * u * u))
    distance = np.minimum(
        (10 ** rng.uniform(0, 3.5, sets)).astype(int), (500 / -np.log(root)).astype(int) + 1
    )
    return np.column_stack([p, up, distance, rng.integers(0, 2, sets)])


Sets = Callable[[np.random.Generator, int], Any]
FORMS: dict[str, tuple[Callable[..., list[float]], Sets, Callable[..., Answer]]] = {
    "bessel": (bessel, _bessel_sets, lambda r, nu, a: _poisson(log_passage(1.0, 2 * nu - 1, 1.0, a), r)),
    "kummer": (
        kummer,
        _kummer_sets,
        lambda rate, dim, x, a: _poisson(KummerPassage(1.0, 1.0, int(dim), x, a), rate),
    ),
    "run_and_tumble": (
        run_and_tumble,
        _run_and_tumble_sets,
        lambda rate, tumble_rate: _poisson(RunAndTumblePassage(1.0, tumble_rate, 1.0), rate),
    ),
    "random_walk": (random_walk, _random_walk_sets, _geometric),
}


def compared(form: str, own: list[float], known: list[float]) -> list[float]:
    """Return the relative errors of three moments and of the log-mean of one set, and the one claimed."""
    found = FORMS[form][2](*own)
    moments = [relative(f, k) for f, k in zip(found.moments, known, strict=False)]
    return [*moments, abs(found.log_mean - known[3]) / (1 + abs(known[3])), found.claimed]


def errors(form: str, count: int | None = None) -> Any:
    """Return the errors of stored sets, a row each."""
    rows, values = load(form)
    return np.array(
        [compared(form, *pair) for pair in zip(rows[:count].tolist(), values[:count].tolist(), strict=True)]
    )


def parameters(form: str, sets: int = SETS, seed: int = 1871) -> Any:
    """Return parameter sets of a form, one in each row; by default those that are stored."""
    return FORMS[form][1](np.random.default_rng([seed, *form.encode()]), sets)


def row(task: tuple[str, list[float]]) -> list[float]:
    """Return the values of one set."""
    with mp.workdps(_DIGITS):
        return FORMS[task[0]][0](*task[1])


def make(forms: list[str]) -> None:
    """Compute and store the references."""
    FOLDER.mkdir(exist_ok=True)
    with Pool(2, initializer=os.nice, initargs=(10,)) as pool:
        for form in forms:
            rows = parameters(form)
            values = np.array(pool.map(row, [(form, own) for own in rows.tolist()], chunksize=8))
            np.savez_compressed(FOLDER / f"{form}.npz", parameters=rows, values=values)
            print(f"{form}: {len(rows)} sets", flush=True)


def main() -> None:
    """Make the references, or print how far the answers are from them."""
    parser = argparse.ArgumentParser(description="accuracy of radial, run-and-tumble and discrete passages")
    parser.add_argument("--make", action="store_true", help="compute the references (minutes)")
    parser.add_argument("forms", nargs="*", choices=[*FORMS, []], help="by default all")
    given = parser.parse_args()
    forms = given.forms or list(FORMS)
    if given.make:
        make(forms)
    print(f"{'form':16s} {'sets':>5s} {'mean':>9s} {'second':>9s} {'third':>9s} {'log_mean':>9s}  covered")
    for form in forms:
        table = errors(form)
        worst = " ".join(f"{e:9.1e}" for e in table[:, :4].max(axis=0))
        print(f"{form:16s} {len(table):5d} {worst}  {np.mean(table[:, 0] <= table[:, 4]):.2%}")


if __name__ == "__main__":
    main()
