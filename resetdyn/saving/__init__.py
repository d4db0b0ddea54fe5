"""Results in files: saved whole or not at all, and read back without running what a file contains."""
