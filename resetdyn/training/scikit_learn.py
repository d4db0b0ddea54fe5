"""What the estimators take from scikit-learn, 1.4 or newer, and what is said where it is missing."""

from __future__ import annotations

from typing import Any

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.metaestimators import available_if
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted
except ImportError as error:
    raise ImportError(
        "ResettingSGDClassifier and ResettingSGDRegressor need scikit-learn: pip install 'resetdyn[learn]'"
    ) from error

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before 1.6 it was a method

    def validate_data(estimator: Any, X: Any, y: Any = "no_validation", **checks: Any) -> Any:
        """Check the data and the names and number of its features, as scikit-learn does."""
        return estimator._validate_data(X, y, **checks)


__all__ = [
    "BaseEstimator",
    "ClassifierMixin",
    "RegressorMixin",
    "available_if",
    "check_classification_targets",
    "check_is_fitted",
    "check_random_state",
    "validate_data",
]
