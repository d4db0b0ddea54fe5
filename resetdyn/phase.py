"""Phase diagrams: where in a plane of two parameters does resetting help, and by how much?

For a first-passage problem the quantity is the speed-up ``<T_0> / <T_r>``, the exact mean without resetting
over that with it; for SGD on noisy labels it is the ratio of the steady clean risks.  Above 1 resetting
helps.  Where the reset rate is one of the axes the diagram carries two curves as well: the optimal rate, and
the boundary beyond which resetting does harm, a root of "ratio = 1" and not an interpolation.  Cells are
solved exactly, column by column, or simulated one by one where that is asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from resetdyn import _checks, _description, _simulated, storage
from resetdyn._checks import FloatArray
from resetdyn._column import RESET_RATE, Column, Solved, grid
from resetdyn._sweep import Folder, check_picklable, sweep
from resetdyn.label_noise import LabelNoiseQuadratic
from resetdyn.problems import FirstPassage

_FORMAT = 1
_BISECTION = 1e-9  # relative width at which a transition counts as found


@dataclass(frozen=True, eq=False)
class PhaseDiagram:
    """A quantity over a plane of two parameters, as made by :func:`phase_diagram`.

    Attributes
    ----------
    values, error : (len(y), len(x)) array
        The quantity and its absolute error, a standard error if simulated. The quantity is `inf` where only
        resetting makes a mean finite; the error `inf` where paths were given up, so that a mean is a bound.
    x, y : array
        The parameters' values.
    x_name, y_name, quantity : str
        Their names, and that of the quantity.
    optimum : (len(x),) array
        Optimal reset rate at each x: 0 where resetting never helps, `inf` where it helps the more the
        faster; `nan` where y is not the rate of a Poisson reset, and if simulated.
    boundary : (len(x),) array
        Highest reset rate that does not do harm: 0 where resetting never helps, `nan` outside the range of y.
    transitions : array
        Values of x at which the optimal rate becomes zero, or ceases to be.
    onsets : array
        Optimal rate next to each of these, where it is not zero: almost 0 where it vanishes continuously,
        finite where it jumps. Empty in diagrams of files from before it was kept.
    problem : str
        The problem or model of the first column, as text: its other parameters.
    method : str
        How the values were obtained: "exact", or "simulated" and from how many paths.

    Examples
    --------
    >>> import resetdyn as rd
    >>> def search(diffusion, reset_rate):
    ...     return rd.FirstPassage(rd.Brownian(diffusion), 1.0, rd.Level(0.0), rd.Poisson(reset_rate))
    >>> diagram = rd.phase_diagram(search, x=("diffusion", [1.0, 2.0]), y=("reset_rate", [0.5, 2.0]))
    >>> diagram.optimum.round(4)  # 2.5396 D / x0^2 (Evans and Majumdar)
    array([2.5396, 5.0793])
    """

    values: FloatArray
    error: FloatArray
    x: Any
    y: Any
    x_name: str
    y_name: str
    quantity: str
    optimum: FloatArray
    boundary: FloatArray
    transitions: FloatArray
    problem: str
    method: str = "exact"
    onsets: FloatArray = field(default_factory=lambda: np.array([]))

    def __repr__(self) -> str:
        axes = f"{len(self.x)} values of {self.x_name} x {len(self.y)} of {self.y_name}"
        return f"PhaseDiagram({self.quantity}, {axes}, {self.method}, {self.problem})"

    def plot(self, ax: Any = None) -> Any:
        """Draw the diagram and return its axes (see :func:`resetdyn.plotting.phase_map`)."""
        from resetdyn.plotting import phase_map

        return phase_map(self, ax=ax)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save as .npz, whole or not at all; :func:`resetdyn.load` returns the same diagram, bit for bit."""
        storage.save_arrays(path, type(self).__name__, _FORMAT, asdict(self))

    def to_xarray(self) -> Any:
        """Return an ``xarray.Dataset`` of the quantity, its error and the curves."""
        try:
            import xarray
        except ImportError:
            raise ImportError("to_xarray needs xarray: pip install xarray") from None
        grid, column = (self.y_name, self.x_name), (self.x_name,)
        return xarray.Dataset(
            {
                self.quantity: (grid, self.values),
                "error": (grid, self.error),
                "optimum": (column, self.optimum),
                "boundary": (column, self.boundary),
            },
            coords={self.x_name: self.x, self.y_name: self.y},
            attrs={name: getattr(self, name) for name in ("problem", "method", "transitions", "onsets")},
        )


def phase_diagram(
    build: Callable[..., FirstPassage | LabelNoiseQuadratic],
    x: tuple[str, ArrayLike],
    y: tuple[str, ArrayLike],
    quantity: str | None = None,
    workers: Any = 1,
    progress: bool | None = None,
    simulate: Mapping[str, Any] | None = None,
    rng: Any = None,
    checkpoint: str | os.PathLike[str] | None = None,
) -> PhaseDiagram:
    """Solve a problem over a grid of two of its parameters.

    Parameters
    ----------
    build : callable
        ``build(**{x_name: ..., y_name: ...})`` returns a :class:`FirstPassage` with its own reset, or a
        :class:`LabelNoiseQuadratic`; a model knows no reset, so y must then be ``"reset_rate"``, and the
        model is built once for each x.
    x, y : (str, sequence of float)
        Name and increasing values of the two parameters. A reset rate belongs on y.
    quantity : {"speedup", "mean", "risk_ratio", "risk"}, optional
        Of a problem the speed-up (default), mean without resetting over mean with it, or the mean itself;
        of a model the ratio of the steady clean risks (default) or the risk.
    workers : int, executor or map-like callable, optional
        Who shares the work: processes for exact columns (more than one needs a `build` that can be pickled),
        threads for simulated cells; an executor or dask client, of MPI too; or any map-like callable.
    progress : bool, optional
        Show a bar with the time left; by default on a terminal, after two seconds.
    simulate : dict, optional
        Simulate every cell, with these options of :func:`resetdyn.simulate`: ``n`` (paths of each, 10,000),
        ``dt`` and ``max_time``. The mean without resetting is simulated once for each column, from at least
        10,000 paths. There are no curves then.
    rng : seed, numpy.random.Generator or None, optional
        Source of randomness of the simulations. With the same seed a cell has the same bits whatever the
        workers, and however often the sweep was interrupted.
    checkpoint : path, optional
        Folder in which every finished column or cell is kept, to go on from after an interruption (even
        ``kill -9``): the same call then does what is left, to the same bits. Several processes may share it.

    Returns
    -------
    PhaseDiagram
        Values and errors over the grid, the optimal rate and boundary of each column, the transitions.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, a cell cannot be built or solved (the message says which), or the checkpoint
        is of another sweep.
    OSError
        If the checkpoint cannot be written, before any work.

    Examples
    --------
    >>> import numpy as np, resetdyn as rd
    >>> def search(diffusion, reset_rate):
    ...     process = rd.Brownian(diffusion, drift=-1.0)
    ...     return rd.FirstPassage(process, 1.0, rd.Level(0.0), rd.Poisson(reset_rate))
    >>> diagram = rd.phase_diagram(search, x=("diffusion", [0.25, 1.0, 4.0]), y=("reset_rate", [0.5, 2.0]))
    >>> diagram.values > 1
    array([[False,  True,  True],
           [False,  True,  True]])
    >>> diagram.transitions.round(6)
    array([0.5])

    The same, simulated:

    >>> rough = rd.phase_diagram(search, ("diffusion", [0.25, 1.0]), ("reset_rate", [0.5, 2.0]),
    ...                          simulate={"n": 10_000}, rng=7)
    >>> bool(np.all(abs(rough.values - diagram.values[:, :2]) < 4 * rough.error))
    True
    """
    if not callable(build):
        raise TypeError(f"build={build!r}: give a function of the two that returns an rd.FirstPassage")
    x_name, xs = _axis("x", x)
    y_name, ys = _axis("y", y)
    if x_name in (y_name, RESET_RATE):
        raise ValueError(f"x={x_name!r}, y={y_name!r}: give two parameters, the reset rate on y")
    if y_name == RESET_RATE:
        _checks.non_negative(RESET_RATE, ys[0])
    names = (x_name, y_name)
    if simulate is not None:
        settings = _simulated.settings_of(simulate)
        return _simulate(build, (xs, ys), names, quantity, settings, rng, workers, checkpoint, progress)
    check_picklable(build, workers)
    folder = None
    if checkpoint is not None:
        subjects = [Column(build, names, x, ys[-1].item()) for x in xs.tolist()]
        folder = Folder(
            checkpoint, _description.sweep_text(xs, ys, names, quantity, grid(subjects, ys), "exact")
        )
    solved = partial(_solved, build, names, ys.tolist(), quantity)
    items = {f"column-{j}": x for j, x in enumerate(xs.tolist())}
    columns = [Solved(*c) for c in sweep(solved, items, workers, folder, progress, threads=False)]
    optimum = np.array([c.optimum for c in columns])
    transitions, onsets = _transitions(build, names, xs, ys[-1].item(), optimum)
    return PhaseDiagram(
        values=np.array([c.values for c in columns]).T.copy(),
        error=np.array([c.error for c in columns]).T.copy(),
        x=xs, y=ys, x_name=x_name, y_name=y_name, quantity=columns[0].quantity,
        optimum=optimum,
        boundary=np.array([c.boundary for c in columns]),
        transitions=transitions,
        onsets=onsets,
        problem=repr(Column(build, names, xs[0].item(), ys[-1].item()).subject),
    )  # fmt: skip


def diagram_of(path: storage.Path_, arrays: dict[str, Any]) -> PhaseDiagram:
    """Return the diagram that a file holds, or raise ValueError (see :func:`resetdyn.load`)."""
    names = tuple(f.name for f in fields(PhaseDiagram))
    needed = tuple(name for name in names if name not in ("method", "onsets"))  # files from before them
    storage.check_format(path, arrays, PhaseDiagram.__name__, _FORMAT, needed)
    shape = (np.size(arrays["y"]), np.size(arrays["x"]))
    if not shape == np.shape(arrays["values"]) == np.shape(arrays["error"]):
        raise ValueError(f"{path} holds no diagram over {shape[1]} x {shape[0]} places: save it again")
    return PhaseDiagram(**{name: arrays[name] for name in names if name in arrays})


def _solved(build: Any, names: tuple[str, str], ys: list[float], quantity: str | None, x: float) -> Solved:
    return Column(build, names, x, ys[-1]).solve(ys, quantity)


def _simulate(
    build: Any, axes: Any, names: tuple[str, str], quantity: str | None, settings: dict[str, Any],
    rng: Any, workers: Any, checkpoint: Any, progress: bool | None,
) -> PhaseDiagram:  # fmt: skip
    xs, ys = axes
    columns = [Column(build, names, x, ys[-1].item()) for x in xs.tolist()]
    if any(isinstance(column.subject, LabelNoiseQuadratic) for column in columns):
        raise ValueError("simulate: a LabelNoiseQuadratic is solved exactly; leave simulate out")
    quantity = _checks.choice("quantity", quantity or "speedup", ("speedup", "mean"))
    if checkpoint is not None and rng is None:
        raise ValueError("rng=None, but a sweep that goes on later needs a seed: give rng=7, or any number")
    entropy = tuple(_checks.generator("rng", rng).integers(2**32, size=8, dtype=np.uint32).tolist())
    problems = grid(columns, ys)
    made = _simulated.plan(problems, quantity, settings["n"])
    folder = None
    if checkpoint is not None:
        how = f"simulated with {settings} from {entropy}"
        folder = Folder(checkpoint, _description.sweep_text(xs, ys, names, quantity, problems, how))
    job = partial(_simulated.simulated, settings, entropy)
    results = sweep(job, dict(made.tasks), workers, folder, progress, threads=True)
    values, error = _simulated.filled(made, dict(zip(made.tasks, results, strict=True)))
    nothing = np.full(len(xs), np.nan)
    return PhaseDiagram(
        values=values, error=error, x=xs, y=ys, x_name=names[0], y_name=names[1], quantity=quantity,
        optimum=nothing, boundary=nothing.copy(), transitions=np.array([]), problem=repr(columns[0].subject),
        method=_simulated.method_of(settings),
    )  # fmt: skip


def _transitions(
    build: Any, names: tuple[str, str], xs: Any, top: float, optimum: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return where between two columns the optimal rate vanishes, and what it is on the other side.

    By bisection, in which whole numbers stay whole.
    """
    known = ~np.isnan(optimum[:-1] + optimum[1:])
    found, onsets = [], []
    for i in np.flatnonzero(known & ((optimum[:-1] > 0) != (optimum[1:] > 0))):
        low, high = xs[i].item(), xs[i + 1].item()
        width = 1 if isinstance(low, int) else _BISECTION * max(abs(low), abs(high))
        while high - low > width:
            middle = low + (high - low) // 2 if isinstance(low, int) else (low + high) / 2
            if (Column(build, names, middle, top).optimum() > 0) == (optimum[i] > 0):
                low = middle
            else:
                high = middle
        found.append((low + high) / 2)
        onsets.append(Column(build, names, low if optimum[i] > 0 else high, top).optimum())
    return np.array(found, dtype=float), np.array(onsets, dtype=float)


def _axis(label: str, axis: tuple[str, ArrayLike]) -> tuple[str, Any]:
    try:
        name, values = axis
    except (TypeError, ValueError):
        raise TypeError(f"{label}={axis!r}: give a pair (name, values)") from None
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"{label} has the name {name!r}: give the name of a parameter of build")
    numbers = _checks.finite_array(name, values)
    if numbers.ndim != 1 or len(numbers) < 2 or np.any(np.diff(numbers) <= 0):
        raise ValueError(f"{name}={np.asarray(values)}: give at least two numbers, increasing")
    whole = np.asarray(values).dtype.kind in "iu"
    return name, numbers.astype(int) if whole else np.array(numbers)
