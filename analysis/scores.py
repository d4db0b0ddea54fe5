"""All z-scores of a study together: if theory and error bars are right, they are standard normal."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.stats import beta, norm

from analysis import figures
from analysis.claims import LIMIT, Claim, Illustration
from resetdyn import plotting


def illustrate(claims: Iterable[Claim]) -> Illustration:
    """Return the figure of the claims' ordered z-scores against what chance alone would give."""
    z = np.sort([claim.z for claim in claims if claim.should_hold])
    z = z[np.isfinite(z)]
    rank = np.arange(1, len(z) + 1)
    expected = norm.ppf((rank - 0.5) / len(z))
    low, high = (norm.ppf(beta.ppf(q, rank, rank[::-1])) for q in (0.025, 0.975))
    with plotting.style():
        figure, axes = figures.new()
        axes.fill_between(expected, low, high, color=figures.SKY, alpha=0.3, lw=0, label="95 % by chance")
        axes.plot(expected, expected, color=figures.BLACK, lw=1, label="standard normal")
        axes.plot(expected, z, "o", ms=3.5, mfc="white", mec=figures.BLUE, label="claims that should hold")
        for limit in (-LIMIT, LIMIT):
            axes.axhline(limit, color=figures.RED, ls=":")
        axes.set(xlabel="expected z", ylabel="z found")
        axes.legend(loc="upper left", bbox_to_anchor=(0, 0.93))
    return Illustration(
        "z_scores",
        "The z-scores of all claims, in order, against those of as many standard normal numbers. Points on "
        "the line mean that neither is a theory off nor an error bar too large or too small; beyond the "
        "dotted lines a claim does not hold.",
        figure,
    )
