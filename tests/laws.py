"""Mixtures of gamma laws: first-passage times with everything in closed form."""

from scipy import stats


def random_law(rng):
    """Return a mixture of two gamma laws: its density, survival, transform and moments."""
    weight, (a, b), (s, t) = rng.uniform(0.05, 0.95), rng.uniform(0.4, 5, 2), rng.uniform(0.1, 3, 2)
    parts = [(weight, stats.gamma(a, scale=s), a, s), (1 - weight, stats.gamma(b, scale=t), b, t)]
    return Law(parts)


class Law:
    """A mixture of gamma laws."""

    def __init__(self, parts):
        self.parts = parts

    def pdf(self, t):
        return sum(w * law.pdf(t) for w, law, _, _ in self.parts)

    def sf(self, t):
        return sum(w * law.sf(t) for w, law, _, _ in self.parts)

    def moment(self, n):
        return sum(w * law.moment(n) for w, law, _, _ in self.parts)

    def transform(self, r):
        return sum(w * (1 + scale * r) ** -shape for w, _, shape, scale in self.parts)

    def lasting(self, period):
        """Return the mean of min(T, period): t times a gamma density is one of a higher shape."""
        ended = sum(w * a * s * stats.gamma(a + 1, scale=s).cdf(period) for w, _, a, s in self.parts)
        return ended + period * self.sf(period)

    def sharp(self, period):
        return self.lasting(period) / (1 - self.sf(period))


def slope_at_0(mean, h=1e-4):
    """Return the derivative at rate 0 by extrapolated differences."""
    m = [mean(n * h) for n in (1, 2, 3, 4)]
    return (-25 * mean(0) + 48 * m[0] - 36 * m[1] + 16 * m[2] - 3 * m[3]) / (12 * h)
