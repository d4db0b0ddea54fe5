"""Training with resets: the method itself, for loops of one's own and as estimators.

``resetter.py``
    :class:`~resetdyn.CheckpointResetter`, the method as a component of any training loop; it brings states
    back that are nests of arrays (``nests.py``) in parts (``parts.py``), whatever framework made them.
``losses.py``, ``linear.py``
    losses for noisy labels and the compiled steps of linear models.
``classifier.py``, ``regressor.py``
    SGD with resetting for scikit-learn, what both share (``estimators.py``), their loop (``run.py``)
    and what they take from scikit-learn (``scikit_learn.py``).

Nothing is imported here: each module loads when it is used, and only the estimators need scikit-learn.
"""
