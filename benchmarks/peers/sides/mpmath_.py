"""mpmath: the mean from parabolic cylinder functions, to 15 digits."""

import mpmath


def value(case):
    k, center = 1.0, 1.5 if case["reset_rate"] else 1.0
    scale = (k / case["diffusion"]) ** 0.5
    z, a = (case["start"] - center) * scale, (case["target"] - center) * scale

    def hit(s):
        growth = mpmath.exp((z**2 - a**2) / 4)
        return growth * mpmath.pcfd(-s / k, z) / mpmath.pcfd(-s / k, a)

    def mean():
        rate = case["reset_rate"]
        if rate:
            return float((1 / hit(rate) - 1) / rate)
        return float(-mpmath.diff(hit, 0))

    return mean
