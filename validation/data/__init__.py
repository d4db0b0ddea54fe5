"""Data with wrong labels: sets and files, kinds of corruption, features, and splits that are honest.

`load` gives what experiments train on; `binary_task` is the two-digit task that the theory is held to.
"""

from validation.data.binary import BATCH_SIZE, LEARNING_RATE, NOISE_RATES, BinaryTask, binary_task
from validation.data.corruption import corrupt
from validation.data.datasets import SHIPPED, Raw, raw
from validation.data.splits import Split, load

__all__ = [
    "BATCH_SIZE",
    "LEARNING_RATE",
    "NOISE_RATES",
    "SHIPPED",
    "BinaryTask",
    "Raw",
    "Split",
    "binary_task",
    "corrupt",
    "load",
    "raw",
]
