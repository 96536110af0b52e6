"""The smooth background of EXAFS: AUTOBK as one linear least-squares problem.

AUTOBK (Newville et al. 1993, doi:10.1103/PhysRevB.47.14126) chooses the spline that leaves least below
``rbkg`` in χ(R). The spline is linear in its coefficients and the transform is linear, so that the best one
follows from one linear solution, without iteration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.normalisation import Normalised
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.transform import GRID_POINTS, K_STEP, KINETIC, matrix, wave_number

USUAL_RBKG = 1.0
"""Å, below every distance of two atoms in an oxide after the phase shift."""
CLAMPED_POINTS = 3
SHORTEST = 4.0
"""1/Å; a scan that ends below it has no EXAFS."""


@dataclass(frozen=True, kw_only=True)
class Exafs:
    """χ(k) on an even grid.

    Attributes
    ----------
    k, chi:
        1/Å in steps of 0.05 from 0, (n,); χ in units of the edge step, (n,).
    e0:
        Threshold, eV.
    energy_ev, background:
        Spline in units of the absorption at the energies of the grid, (n,).
    step_error:
        Relative standard deviation of the edge step, which scales χ.
    splines:
        What the background is made of, (n, m); a fit may then leave open which mixture of them it is. None
        where nothing was taken out.
    """

    k: Floats
    chi: Floats
    e0: float
    energy_ev: Floats
    background: Floats
    step_error: float
    name: str = ""
    splines: Floats | None = None


def exafs(
    spectrum: Normalised,
    *,
    e0: float | None = None,
    rbkg: float = USUAL_RBKG,
    weight: int = 2,
    k_max: float | None = None,
    clamp: float = 1.0,
) -> Exafs:
    """Return χ(k) of a normalised spectrum.

    Parameters
    ----------
    e0 : eV
        That of the spectrum where not given.
    rbkg : Å
        Below it nothing is left in χ(R).
    weight : power of k in the transform
    k_max : 1/Å
        End of the data where not given.
    clamp : weight of the demand that χ ends near zero

    Raises
    ------
    InputError
        Where the scan ends too soon above the edge.
    """
    from scipy.interpolate import BSpline

    at = spectrum.e0 if e0 is None else e0
    record = spectrum.record
    above = record.energy_ev >= at
    reached = float(wave_number(record.energy_ev[-1:] - at)[0])
    last = min(reached, k_max) if k_max else reached
    if last < SHORTEST or above.sum() < 20:
        raise InputError(
            f"ends {max(last, 0.0):.1f} 1/Å above the edge; EXAFS needs {SHORTEST:g} at least",
            where=record.name,
        )
    k = np.arange(0.0, last + 1e-9, K_STEP)
    measured = _on_grid(k, record.energy_ev - at, record.absorption)
    count = int(np.clip(int(2.0 * rbkg * last / np.pi) + 2, 5, 128))
    knots = np.concatenate([[0.0] * 3, np.linspace(0.0, last, count - 2), [last] * 3])
    splines = BSpline.design_matrix(np.clip(k, 0.0, last - 1e-9), knots, 3).toarray()
    r = np.arange(0.0, rbkg + 1e-9, np.pi / (K_STEP * GRID_POINTS))
    low_r = matrix(k, r, low=0.0, high=float(k[-1]), taper=0.1, weight=weight)
    ends = np.zeros((CLAMPED_POINTS, len(k)))
    ends[np.arange(CLAMPED_POINTS), len(k) - 1 - np.arange(CLAMPED_POINTS)] = clamp
    rows = np.concatenate([low_r, ends])
    coefficients = np.linalg.lstsq(rows @ splines, rows @ measured, rcond=1e-10)[0]
    background = splines @ coefficients
    return Exafs(
        k=k,
        chi=(measured - background) / spectrum.step,
        e0=at,
        energy_ev=at + k**2 / KINETIC,
        background=background,
        step_error=spectrum.step_error,
        name=record.name,
        splines=splines,
    )


def _on_grid(k: Floats, above_ev: Floats, values: Floats) -> Floats:
    """Return values at even steps of k.

    Points denser than the grid are averaged over each step first, as a beamline that oversamples expects.
    """
    from scipy.interpolate import CubicSpline

    measured_k = wave_number(above_ev)
    near = measured_k > -2.0
    x, y = measured_k[near], values[near]
    bins = np.round(x / (0.5 * K_STEP)).astype(np.int64)
    _, group = np.unique(bins, return_inverse=True)
    if group[-1] + 1 < len(x):
        counts = np.bincount(group)
        x, y = np.bincount(group, weights=x) / counts, np.bincount(group, weights=y) / counts
    return np.asarray(CubicSpline(x, y)(np.minimum(k, x[-1])))
