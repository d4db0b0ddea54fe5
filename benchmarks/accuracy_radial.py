r"""How accurate are radial passages and run-and-tumble?  ``python -m benchmarks.accuracy_radial [--make]``.

References by mpmath, 90 digits, straight from the transforms, nothing being done about cancellation but to
carry digits; ``--make`` computes and stores them, a plain run checks all of them (the tests take a few).

- Run-and-tumble motion, speed and distance 1: ``T~ = e^(-q) / (1 + k)``.
- Bessel process, ``D = x = 1``: ``T~ = (x / a)^nu K_nu(q x) / K_nu(q a)``, or ``2^(1 - nu) q^nu K_nu(q) /
  Gamma(nu)`` for ``a = 0``; ``(d / w dw)^n w^nu K_nu(w) = (-1)^n w^(nu - n) K_(nu - n)(w)`` follows.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from multiprocessing import Pool
from typing import Any

import numpy as np
from mpmath import mp, mpf

from benchmarks.references import FOLDER, divide, exponential, load, root, statistics
from resetdyn.theory import renewal
from resetdyn.theory.bessel import log_passage
from resetdyn.theory.passage import Passage
from resetdyn.theory.run_and_tumble import RunAndTumblePassage

SETS = 2100
_DIGITS = 90
_ORDER = 3


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


def _bessel_passage(nu: float, target: float) -> Passage:
    passage = log_passage(1.0, 2 * nu - 1, 1.0, target)
    assert passage is not None
    return passage


def _rates(rng: np.random.Generator) -> Any:
    return 10 ** rng.uniform(-8, 8, SETS)


def _bessel_sets(rng: np.random.Generator) -> Any:
    nu = np.where(rng.random(SETS) < 0.3, rng.integers(-4, 13, SETS) / 2, rng.uniform(-2, 20, SETS))
    target = 1 / (1 + 10 ** rng.uniform(-3, 3, SETS))
    origin = rng.random(SETS) < 0.25
    nu = np.where(origin & (nu <= 0), 0.05 - nu, nu)
    return np.column_stack([_rates(rng), nu, np.where(origin, 0.0, target)])


def _run_and_tumble_sets(rng: np.random.Generator) -> Any:
    return np.column_stack([_rates(rng), 10 ** rng.uniform(-4, 4, SETS)])


Sets = Callable[[np.random.Generator], Any]
FORMS: dict[str, tuple[Callable[..., list[float]], Sets, Callable[..., Passage]]] = {
    "bessel": (bessel, _bessel_sets, _bessel_passage),
    "run_and_tumble": (
        run_and_tumble,
        _run_and_tumble_sets,
        lambda tumble_rate: RunAndTumblePassage(1.0, tumble_rate, 1.0),
    ),
}


def errors(form: str, count: int | None = None) -> Any:
    """Return the relative errors of three moments and of the log-mean, and the one claimed."""
    passage_of = FORMS[form][2]
    rows, values = load(form)
    out = []
    for row, known in zip(rows[:count].tolist(), values[:count].tolist(), strict=True):
        passage, rate = passage_of(*row[1:]), row[0]
        found = [renewal.poisson_moment(k, rate, passage, passage) for k in (1, 2, 3)]
        log_mean = passage.log_mean(rate, 0)[0]
        relative = [0.0 if f == k else abs(f / k - 1) for f, k in zip(found, known, strict=False)]
        claimed = passage.precision * (1 + abs(log_mean))
        out.append([*relative, abs(log_mean - known[3]) / (1 + abs(known[3])), claimed])
    return np.array(out)


def _row(task: tuple[str, list[float]]) -> list[float]:
    with mp.workdps(_DIGITS):
        return FORMS[task[0]][0](*task[1])


def make(forms: list[str]) -> None:
    """Compute and store the references."""
    FOLDER.mkdir(exist_ok=True)
    with Pool(2, initializer=os.nice, initargs=(10,)) as pool:
        for form in forms:
            rows = FORMS[form][1](np.random.default_rng([1871, *form.encode()]))
            values = np.array(pool.map(_row, [(form, row) for row in rows.tolist()], chunksize=8))
            np.savez_compressed(FOLDER / f"{form}.npz", parameters=rows, values=values)
            print(f"{form}: {len(rows)} sets", flush=True)


def main() -> None:
    """Make the references, or print how far the answers are from them."""
    parser = argparse.ArgumentParser(description="accuracy of the radial and the run-and-tumble passages")
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
