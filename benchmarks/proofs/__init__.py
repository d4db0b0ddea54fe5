"""The long proofs: deliberate faults, many seeds, many digits. Their tables stand in ``docs/proofs.md``."""
