"""What makes a result one that can be saved."""

from __future__ import annotations

from resetdyn.storage import Path_


class Saved:
    """Base of the results: `save` writes one, and :func:`resetdyn.load` reads it."""

    def save(self, path: Path_) -> None:
        """Save as .npz, with the problem, the method and the version: whole or not at all.

        :func:`resetdyn.load` returns the same result, bit for bit. Functions of an exact result are found
        again by solving its problem when they are first asked for. A function of the user's own (a force, a
        score) is not saved: what needs it says so.

        Parameters
        ----------
        path : path
            Where; what was there is replaced.

        Raises
        ------
        OSError
            If it cannot be written.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> import resetdyn as rd
        >>> problem = rd.FirstPassage(rd.Brownian(1.0), 1.0, rd.Level(0.0), rd.Poisson(1.0))
        >>> with TemporaryDirectory() as folder:
        ...     rd.solve(problem).save(f"{folder}/mean.npz")
        ...     again = rd.load(f"{folder}/mean.npz")
        >>> again.problem == problem, round(again.mean, 6), round(again.survival(1.0), 6)
        (True, 1.718282, 0.507945)
        """
        from resetdyn.saving.files import save

        save(self, path)
