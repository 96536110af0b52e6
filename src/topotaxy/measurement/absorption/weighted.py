"""Spectra as a fit sees them: transformed to a range of R, in units of the noise, background left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.background import Exafs
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.shells import Shell, chi_of, slopes_of
from topotaxy.measurement.absorption.transform import Window, independent_points, range_matrix

Places = np.ndarray[Any, np.dtype[np.intp]]

NOISE_RANGE = (15.0, 25.0)
"""Å; nothing of the structure is left there, so that it tells the noise (Newville et al. 1999)."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """What of a spectrum is fitted: k, R, weights of k and window.

    With ``open_background`` only that part is compared which no mixture of the background's splines could
    have made. The background was chosen so that nothing is left below rbkg, the tails of the first shell
    included, which takes from that shell; left open, the choice has no say.
    """

    k: tuple[float, float] = (3.0, 12.0)
    r: tuple[float, float] = (1.2, 3.2)
    weights: tuple[int, ...] = (1, 2, 3)
    taper: float = 1.0
    kind: Window = "hanning"
    open_background: bool = False

    def within(self, data: Exafs) -> Range:
        """Return the range with its end where the data end, less half the taper.

        Parameters
        ----------
        data : Exafs
        """
        end = min(self.k[1], float(data.k[-1]) - 0.5 * self.taper)
        return replace(self, k=(self.k[0], end))


@dataclass(frozen=True, kw_only=True)
class Task:
    """A spectrum, its shells, and the range."""

    data: Exafs
    shells: tuple[Shell, ...]
    range: Range = field(default_factory=Range)


class Weighted:
    """One spectrum's transform to the fitted part of χ(R), in units of its noise."""

    def __init__(self, task: Task) -> None:
        data, limits = task.data, task.range.within(task.data)
        if limits.k[1] - limits.k[0] < 3.0:
            raise InputError(
                f"data end at k = {float(data.k[-1]):.1f} 1/Å: too short for a fit from {limits.k[0]:g}",
                where=data.name,
            )
        points = len(data.k)
        blocks = []
        for weight in limits.weights:
            in_k = (*limits.k, limits.taper, weight, limits.kind)
            rest = range_matrix(points, *NOISE_RANGE, *in_k) @ data.chi
            noise = max(float(np.sqrt(np.mean(rest**2))), 1e-12)
            blocks.append(range_matrix(points, *limits.r, *in_k) / noise)
        self.task = task
        rows = np.concatenate(blocks)
        lowest = limits.r[0]
        if limits.open_background and data.splines is not None:
            rows = _without(rows, data.splines)
            # Below what the splines reach they leave nothing to be compared.
            lowest = max(lowest, 0.5 * np.pi * data.splines.shape[1] / float(data.k[-1]))
        # Rows count neighbouring R again and again: each spectrum weighs as its independent points.
        self.independent = independent_points(*limits.k, lowest, limits.r[1])
        rows, used = _fewest(rows * np.sqrt(self.independent / len(rows)))
        self.rows, self.k = rows, data.k[used]
        self.data = rows @ data.chi[used]

    def left(self, values: Mapping[str, float]) -> Floats:
        """Return what the model leaves, (rows,).

        Parameters
        ----------
        values : mapping of str to float
            Parameters by name.
        """
        return np.asarray(self.data - self.rows @ chi_of(self.task.shells, self.k, values))

    def slopes(self, values: Mapping[str, float], names: Sequence[str]) -> Floats:
        """Return the derivatives of :meth:`left` by the parameters, (rows, n).

        Parameters
        ----------
        values : mapping of str to float
            Parameters by name.
        names : sequence of str
            Parameters by which the derivative is taken.
        """
        return np.asarray(-self.rows @ slopes_of(self.task.shells, self.k, values, names))


def _without(rows: Floats, splines: Floats) -> Floats:
    """Return a transform that no background changes: what splines could make of it is projected out."""
    seen = rows @ splines
    basis, sizes, _ = np.linalg.svd(seen, full_matrices=False)
    kept = basis[:, sizes > 1e-6 * sizes[0]]
    return np.asarray(rows - kept @ (kept.T @ rows))


def _fewest(rows: Floats) -> tuple[Floats, Places]:
    """Return rows with the same sums of squares, as few as there can be, and the points of k that they see.

    Neighbouring R say the same ten times over, and points outside the window nothing.
    """
    used = np.flatnonzero(np.any(rows != 0.0, axis=0))
    _, sizes, turned = np.linalg.svd(rows[:, used], full_matrices=False)
    kept = sizes > 1e-9 * sizes[0]
    return np.asarray(sizes[kept, None] * turned[kept]), used
