"""What measured times say about resetting: the result of :func:`resetdyn.advise`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from numpy.typing import ArrayLike

from resetdyn import _checks
from resetdyn._checks import FloatArray
from resetdyn.advice.bounds import Bounds
from resetdyn.advice.luby import Luby
from resetdyn.advice.odds import Odds
from resetdyn.advice.option import Option
from resetdyn.advice.tail import Tail
from resetdyn.saving.saved import Saved


@dataclass(frozen=True, eq=False)
class Advice(Saved):
    """Whether resetting helps measured times, when to reset, and what it brings.

    All intervals hold the truth with 95 % probability; one ends at `inf` where too few slow runs, or censored
    ones, bound it from below only. "Without resetting" means, for times that were taken
    under resetting, at the rate they were taken at.

    Attributes
    ----------
    helps : bool
        Whether Poisson resetting makes the mean time (price included) smaller, as far as it seems.
    probability : float
        Probability that this verdict is right; of one against resetting at most the share of the runs that
        was seen to end, for how slow the others are decides.
    settled : bool
        Whether that is at least 95 %.
    more_samples : float
        How many more runs would settle it if things are as they seem (`inf`: no number would).
    longer : bool
        Whether the verdict would be settled but for runs that were given up, and may hide how slow runs are:
        longer runs, not more of them, would settle it.
    rate : float
        Recommended Poisson rate (per step, the probability of a reset); 0 where resetting does not help.
    rate_interval : tuple of float
        Where the best rate is; to `inf` where the data do not reach as far.
    mean, mean_interval : float, tuple of float
        Mean time at `rate`, corrected for the choice of the rate.
    speedup, speedup_interval : float, tuple of float
        What is spent without resetting over what is spent at `rate`.
    cv, cv_interval : float, tuple of float
        Coefficient of variation without resetting. Above 1, slow resetting helps.
    free_mean, free_mean_interval : float, tuple of float
        Mean time without any resetting (`nan` where times that were taken under resetting do not tell it;
        only a lower bound if `lower_bound`).
    any_helps, any_probability : bool, float
        Whether resets of any kind help (the best fixed period is the fastest of all), and the probability
        that this is right. None and `nan` for times that were taken under resetting.
    poisson, robust : Option
        The best Poisson rate above 0, and the one whose mean has the least upper limit: less is lost with it
        if the estimate is poor.
    sharp : Option or None
        The best fixed period (a run that ends exactly then has ended). None for times taken under resetting,
        as are `gamma` and `weibull` (which are None for steps as well) and `luby`.
    bounds : Bounds or None
        What no protocol can beat, and what one is sure to keep.
    tail : Tail or None
        How heavy the tail is, and how sure it is that mean and variance do not exist (for times without
        resetting of which none was given up, some 300 at least).
    outcomes : Odds or None
        Probability of each outcome against the Poisson rate, and the time until it, where runs have several.
        Each option has its own ``.outcomes`` as well.
    reach : float
        The highest rate that the data tell of.
    lower_bound : bool
        Whether censored runs leave the mean without resetting open.
    n, censored : int
        Numbers of runs, and of those that were given up.
    steps : bool
        Whether times are whole numbers of steps.
    ties : str or None
        In steps, what happens when a step that ends the run is also a reset (see `rd.Geometric`).
    at_rate : float
        The rate that the times were taken at.
    notes : tuple of str
        What to know before relying on this.
    """

    helps: bool
    probability: float
    settled: bool
    more_samples: float
    longer: bool
    rate: float
    rate_interval: tuple[float, float]
    mean: float
    mean_interval: tuple[float, float]
    speedup: float
    speedup_interval: tuple[float, float]
    cv: float
    cv_interval: tuple[float, float]
    free_mean: float
    free_mean_interval: tuple[float, float]
    any_helps: bool | None
    any_probability: float
    poisson: Option
    robust: Option
    sharp: Option | None
    bounds: Bounds | None
    tail: Tail | None
    outcomes: Odds | None
    reach: float
    lower_bound: bool
    n: int
    censored: int
    steps: bool
    ties: str | None
    at_rate: float
    notes: tuple[str, ...]
    _at: Callable[[FloatArray], Any] = field(repr=False)
    _family: Callable[[str], Option | None] = field(repr=False)
    _luby: Callable[[], Luby | None] = field(repr=False)

    @cached_property
    def gamma(self) -> Option | None:
        """The best gamma waits."""
        return self._family("gamma")

    @cached_property
    def weibull(self) -> Option | None:
        """The best Weibull waits."""
        return self._family("Weibull")

    @cached_property
    def luby(self) -> Luby | None:
        """Luby's universal sequence, for comparison (None for times taken under resetting)."""
        return self._luby()

    def mean_at(self, rates: ArrayLike) -> Any:
        """Return what the data say of other Poisson rates.

        Parameters
        ----------
        rates : float or array
            Rates of at least `at_rate`.

        Returns
        -------
        MeanAt
            Arrays ``.mean``, ``.low``, ``.high`` (the 95 % interval of each) and ``.trusted`` (False beyond
            the reach of the data, where ``.extrapolated`` is True and intervals are open above).
        """
        asked = _checks.non_negative_array("rates", rates)
        if (asked < self.at_rate).any():
            raise ValueError(
                f"rates={asked.min():g}: the times were taken at rate {self.at_rate:g}, "
                "and tell of higher rates"
            )
        return self._at(asked)

    def text(self, details: bool = False, unit: str = "") -> str:
        """Return the advice in words: five lines at most, or with all details.

        Parameters
        ----------
        details : bool, optional
            Whether to add the tables and what else is known.
        unit : str, optional
            Unit of the times.
        """
        from resetdyn.advice.details import detailed
        from resetdyn.advice.plain import plain

        return "\n".join((detailed if details else plain)(self, unit))

    def __str__(self) -> str:
        return self.text()

    def as_dict(self) -> dict[str, Any]:
        """Return plain numbers, texts, lists and dicts, as for a JSON file."""
        found: dict[str, Any] = {"best_period": None if self.sharp is None else self.sharp.reset.period}
        for name in (*self.__dataclass_fields__, "gamma", "weibull", "luby"):
            value = getattr(self, name)
            if name.startswith("_"):
                continue
            if isinstance(value, Option | Odds):
                value = value.as_dict()
            elif isinstance(value, Luby | Bounds | Tail):
                value = value._asdict()
            found[name] = value
        return found
