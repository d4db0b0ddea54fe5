"""Steady states under resetting, and the transients that lead to them."""
