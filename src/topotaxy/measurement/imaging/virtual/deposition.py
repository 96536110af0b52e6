"""Atoms onto a periodic grid: cubic B-splines, whose transform is known and divided out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.record import Floats


def deposited(places: Floats, strength: Floats | None, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return atoms spread over the points of a periodic grid, (rows, columns).

    The sum over the grid is that of the strengths.

    Parameters
    ----------
    places : array (n, 2)
        In steps of the grid.
    strength : array (n,), optional
        1 for each where None.
    shape : (rows, columns)
        Of the grid.
    """
    from topotaxy.measurement.imaging.virtual.deposition_kernel import spread

    grid = np.zeros(shape, dtype=np.float32)
    weights = np.ones(len(places)) if strength is None else np.ascontiguousarray(strength, dtype=np.float64)
    spread(np.ascontiguousarray(places, dtype=np.float64), weights, grid)
    return grid


def undone(shape: tuple[int, int]) -> tuple[Floats, Floats]:
    """Return 1 over the transform of the spline along rows and, half of it, along columns.

    Its transform is sinc^4 of the frequency in cycles per step.

    Parameters
    ----------
    shape : (rows, columns)
        Of the grid.
    """
    down: Floats = np.sinc(np.fft.fftfreq(shape[0])) ** -4.0
    across: Floats = np.sinc(np.fft.rfftfreq(shape[1])) ** -4.0
    return down, across


def grid_for(edges: Floats, step: float) -> tuple[int, int]:
    """Return the rows and columns of a grid with about this step whose transform is fast.

    Parameters
    ----------
    edges : array (2,)
        Å.
    step : float
        Largest step, Å.
    """
    from scipy import fft

    rows, columns = (max(16, int(fft.next_fast_len(math.ceil(float(edge) / step)))) for edge in edges)
    return rows, columns


def frequencies(shape: tuple[int, int], edges: Floats, *, half: bool) -> tuple[Floats, Floats]:
    """Return frequencies along rows (a column) and columns (a row), 1/Å.

    Parameters
    ----------
    shape : (rows, columns)
        Of the grid.
    edges : array (2,)
        Å.
    half : bool
        Whether only the columns that are not negative are meant, as of a real transform.
    """
    rows: Floats = np.asarray(np.fft.fftfreq(shape[0], float(edges[0]) / shape[0]), dtype=np.float64)
    step = float(edges[1]) / shape[1]
    columns = np.fft.rfftfreq(shape[1], step) if half else np.fft.fftfreq(shape[1], step)
    return rows[:, None], np.asarray(columns, dtype=np.float64)[None]


def workers() -> int:
    """Return the number of cores that this process may use."""
    import os

    # sched_getaffinity counts the cores that the process may use; not every system has it.
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else max(1, os.cpu_count() or 1)
