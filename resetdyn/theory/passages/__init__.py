"""First passage without resetting: one process and target a file, each with its transform ``M(s)``."""
