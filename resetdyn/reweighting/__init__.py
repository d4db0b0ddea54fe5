"""Reweighting: one run answers for a whole grid of reset rates, and says where it cannot."""

from resetdyn.reweighting.answer import reweight

__all__ = ["reweight"]
