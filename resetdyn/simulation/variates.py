"""Random variates for compiled loops, from a state that the caller owns (four unsigned 64-bit words).

The generator is xoshiro256++ (Blackman and Vigna, ACM TOMS 47, 36 (2021)).  Normals and exponentials come
from the ziggurat with 256 layers (Marsaglia and Tsang, J. Stat. Softw. 5, 8 (2000)), the layer and the
position in it from disjoint bits of one word (Doornik (2005) on why that matters).  All of it is inlined
into the calling loop; `np.random.normal` inside numba is ten times slower.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from resetdyn._checks import FloatArray
from resetdyn.simulation.kernel import State, inlined

Curve = Callable[[float], float]

_LAYERS = 256
_LAYER_MASK = np.uint64(_LAYERS - 1)
_NORMAL_EDGE = 3.6541528853610088  # where the normal's tail begins
_EXPONENTIAL_EDGE = 7.69711747013104972

_U1, _U11, _U17, _U19, _U23, _U32, _U41, _U45 = (np.uint64(i) for i in (1, 11, 17, 19, 23, 32, 41, 45))
_LOW_HALF = np.uint64(0xFFFFFFFF)
_UNIT_53 = 2.0**-53
_UNIT_52 = 2.0**-52


def _layers(edge: float, area: float, inverse: str) -> tuple[FloatArray, FloatArray]:
    """Return the right ends of the layers, widest first and 0 last, and the density there.

    Layer 0 is the base strip together with the tail: a rectangle of the same area, wider than `edge`.
    """
    laws: dict[str, tuple[Curve, Curve]] = {
        "normal": (lambda x: math.exp(-x * x / 2), lambda y: math.sqrt(-2 * math.log(y))),
        "exponential": (lambda x: math.exp(-x), lambda y: -math.log(y)),
    }
    density, solve = laws[inverse]
    x = [area / density(edge), edge]
    while len(x) < _LAYERS:
        x.append(solve(density(x[-1]) + area / x[-1]))
    x.append(0.0)
    return np.array(x), np.array([density(value) for value in x])


_NORMAL_X, _NORMAL_F = _layers(
    _NORMAL_EDGE,
    _NORMAL_EDGE * math.exp(-(_NORMAL_EDGE**2) / 2)
    + math.sqrt(math.pi / 2) * math.erfc(_NORMAL_EDGE / math.sqrt(2)),
    "normal",
)
_EXPONENTIAL_X, _EXPONENTIAL_F = _layers(
    _EXPONENTIAL_EDGE, (_EXPONENTIAL_EDGE + 1) * math.exp(-_EXPONENTIAL_EDGE), "exponential"
)


@inlined
def ahead(
    s0: np.uint64, s1: np.uint64, s2: np.uint64, s3: np.uint64
) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return the next 64 random bits and the state after them (xoshiro256++).

    For loops that hold the state in registers: through memory it takes longer than to compute.
    """
    total = s0 + s3
    result = ((total << _U23) | (total >> _U41)) + s0
    shifted = s1 << _U17
    s2 ^= s0
    s3 ^= s1
    return result, s0 ^ s3, s1 ^ s2, s2 ^ shifted, (s3 << _U45) | (s3 >> _U19)


@inlined
def bits(state: State) -> np.uint64:
    """Return the next 64 random bits."""
    result, state[0], state[1], state[2], state[3] = ahead(state[0], state[1], state[2], state[3])
    return result


@inlined
def uniform(state: State) -> float:
    """Return a uniform number in (0, 1], so that its logarithm is finite."""
    return ((bits(state) >> _U11) + _U1) * _UNIT_53


@inlined
def below(state: State, n: int) -> np.int64:
    """Return a uniform whole number in [0, n), for n < 2**32, without bias (Lemire, 2019)."""
    bound = np.uint64(n)
    product = (bits(state) >> _U32) * bound
    if (product & _LOW_HALF) < bound:
        threshold = (_LOW_HALF + _U1 - bound) % bound
        while (product & _LOW_HALF) < threshold:
            product = (bits(state) >> _U32) * bound
    return np.int64(product >> _U32)


@inlined
def normal(state: State) -> float:
    """Return a standard normal number."""
    return normal_of(state, bits(state))


@inlined
def tried(word: np.uint64) -> tuple[float, bool]:
    """Return the first try for a normal number, and whether it is one, as are 99 % of all."""
    layer = word & _LAYER_MASK
    x = (np.int64(word) >> 11) * _UNIT_52 * _NORMAL_X[layer]
    return x, abs(x) < _NORMAL_X[layer + _U1]


@inlined
def normal_of(state: State, word: np.uint64) -> float:
    """Return the normal number that begins with these bits."""
    while True:
        x, inside = tried(word)
        if inside:
            return x
        layer = word & _LAYER_MASK
        if layer == 0:
            while True:
                beyond = -math.log(uniform(state)) / _NORMAL_EDGE
                if -2 * math.log(uniform(state)) > beyond * beyond:
                    return math.copysign(_NORMAL_EDGE + beyond, x)
        low, high = _NORMAL_F[layer], _NORMAL_F[layer + _U1]
        if low + uniform(state) * (high - low) < math.exp(-x * x / 2):
            return x
        word = bits(state)


@inlined
def exponential(state: State) -> float:
    """Return an exponential number of mean 1."""
    while True:
        word = bits(state)
        layer = word & _LAYER_MASK
        x = (word >> _U11) * _UNIT_53 * _EXPONENTIAL_X[layer]
        if x < _EXPONENTIAL_X[layer + _U1]:
            return x
        if layer == 0:
            return _EXPONENTIAL_EDGE - math.log(uniform(state))
        low, high = _EXPONENTIAL_F[layer], _EXPONENTIAL_F[layer + _U1]
        if low + uniform(state) * (high - low) < math.exp(-x):
            return x


@inlined
def inverse_gaussian(state: State, mean: float, shape: float) -> float:
    """Return an inverse-Gaussian number (Michael, Schucany and Haas, Am. Stat. 30, 88 (1976)).

    A mean of `inf` gives the Levy law ``shape / normal**2``, a shape of `inf` the mean itself.
    """
    z = normal(state)
    if math.isinf(mean):
        return shape / (z * z)
    # The smaller root of the quadratic, written so that nothing cancels.
    spread = mean * z * z / (2 * shape)
    small = mean / (1 + spread + math.sqrt(spread * (2 + spread)))
    return small if uniform(state) * (mean + small) <= mean else mean * (mean / small)
