"""What a user would use instead, measured beside resetdyn: ``python -m benchmarks.peers``."""
