"""A release: build it, look into it, install it in fresh environments; `python -m benchmarks.release`."""
