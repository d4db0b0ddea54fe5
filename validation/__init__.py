"""Training runs on real data with noisy labels: ``python -m validation``.

`validation.theory` holds them against exact predictions; `validation.experiments` asks of them what the paper
claims; `validation.runs` trains, `validation.data` gives what to train on.
"""
