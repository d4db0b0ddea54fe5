"""Training on noisy labels, with and without resetting: a setting, the run it describes, and what was seen.

Data flow one way: `Setting` -> `train` -> `Record`; `collect` does that for thousands of settings, in several
processes, and keeps what was done.
"""

from validation.runs.collect import Study
from validation.runs.setting import Setting
from validation.runs.train import Record, train

__all__ = ["Record", "Setting", "Study", "train"]
