"""Principal components of a series of spectra, and how many species it needs by a stated test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.normalisation import Normalised
from topotaxy.measurement.absorption.record import Floats

SIGNIFICANCE = 0.05
DRIFT = 0.9
"""A component whose correlation with the derivative of the mean is above this is a drift of energies."""
TEST = "F test of reduced eigenvalues at 5 % (Malinowski 1989, doi:10.1002/cem.1180030106)"


@dataclass(frozen=True, kw_only=True)
class Components:
    """Components of a series.

    Attributes
    ----------
    count:
        Number of species: components whose eigenvalue is above that of the rest by the test, less one where a
        component is the derivative of the mean.
    drifts:
        Whether one of them is that derivative: energies that drift look like a species.
    eigenvalues:
        Of the matrix of spectra, not centred, (n,).
    significance:
        Chance of an eigenvalue that large if it were noise, (n - 1,).
    energy_ev, spectra:
        Grid and the components as spectra, (n, m).
    """

    count: int
    drifts: bool
    eigenvalues: Floats
    significance: Floats
    energy_ev: Floats
    spectra: Floats
    test: str = TEST


def components(spectra: Sequence[Normalised], *, span: tuple[float, float] = (-20.0, 80.0)) -> Components:
    """Return the components of a series of one edge.

    Parameters
    ----------
    spectra : sequence of Normalised
        Four at least; they are put on the first one's step.
    span : (float, float)
        Range around the median E0, eV.

    Raises
    ------
    InputError
        Where there are fewer than four spectra.
    """
    if len(spectra) < 4:
        raise InputError("the number of species needs four spectra at least", where=spectra[0].record.source)
    e0 = float(np.median([one.e0 for one in spectra]))
    step = float(np.median(np.diff(spectra[0].energy_ev[np.abs(spectra[0].energy_ev - e0) < 20.0])))
    grid = np.arange(e0 + span[0], e0 + span[1], max(step, 0.05))
    rows = np.stack([np.interp(grid, one.energy_ev, one.flat) for one in spectra])
    _, singular, right = np.linalg.svd(rows, full_matrices=False)
    eigenvalues = singular**2
    chance = significance(eigenvalues, *rows.shape)
    above = np.flatnonzero(chance > SIGNIFICANCE)
    count = int(above[0]) if len(above) else len(chance)
    drifts = count > 1 and _is_derivative(right[1 : min(count, 3)], rows.mean(axis=0))
    return Components(
        count=count - int(drifts),
        drifts=drifts,
        eigenvalues=eigenvalues,
        significance=chance,
        energy_ev=grid,
        spectra=right * singular[:, None],
    )


def _is_derivative(parts: Floats, mean: Floats) -> bool:
    """Whether a component is, but for its share of the mean, the derivative of the mean."""
    slope = np.gradient(mean)
    unit = mean / np.linalg.norm(mean)
    slope = slope - (slope @ unit) * unit
    for part in parts:
        rest = part - (part @ unit) * unit
        if abs(rest @ slope) > DRIFT * np.linalg.norm(rest) * np.linalg.norm(slope):
            return True
    return False


def significance(eigenvalues: Floats, rows: int, columns: int) -> Floats:
    """Return the chance of each eigenvalue, were it one of noise, (n - 1,).

    Parameters
    ----------
    eigenvalues : (n,)
        Of the matrix of spectra, falling.
    rows, columns : int
        Shape of that matrix.

    Notes
    -----
    Reduced eigenvalues ``λ_j / ((r - j + 1)(c - j + 1))`` of noise are equal but for scatter; the ratio of
    one to the pool of those below follows F(1, n - j) (Malinowski 1989, doi:10.1002/cem.1180030106).
    """
    from scipy.stats import f

    count = len(eigenvalues)
    weight = np.array([(rows - j) * (columns - j) for j in range(count)], dtype=float)
    found = []
    for j in range(count - 1):
        below = eigenvalues[j + 1 :].sum()
        ratio = (weight[j + 1 :].sum() / weight[j]) * eigenvalues[j] / max(below, 1e-300)
        found.append(float(f.sf(ratio, 1, count - j - 1)))
    return np.array(found)
