"""Proofs that resetdyn holds under bad input, faults and load; the figures stand in `docs/trust.md`."""
