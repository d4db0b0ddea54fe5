"""ppf-approx: `mfpt`, minus the derivative of a transform at 0, for diffusion in a box with resets."""

from ppf_approx.mfpt import mfpt


def value(case):
    return lambda: mfpt(case["drift"], case["diffusion"], case["start"], case["reset_rate"])
