"""Minibatch SGD under resetting: exact moments in discrete time, stability, filters, risk."""
