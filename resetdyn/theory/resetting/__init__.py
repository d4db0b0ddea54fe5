"""First passage under resetting: from the reset-free passage by renewal, whatever the law of resets."""
