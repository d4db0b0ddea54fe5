"""Exact answers, no sampling."""
