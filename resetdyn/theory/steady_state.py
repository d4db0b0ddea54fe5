"""Steady states under resetting."""
ROUTES: dict = {}
