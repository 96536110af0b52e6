"""The pair distribution G(r) of a crystal, whole or in spheres, and its fit: cell, B, size of domains.

G(r) = γ(r) [Σ_j w_j δ(r - r_j) / r - 4π r ρ0], broadened by vibration and by the end of Q (Egami & Billinge,
Underneath the Bragg Peaks, 2012, ch. 3); γ is the overlap of a sphere with itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.debye import crystal_pairs, envelope
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.scattering import Radiation, amplitude
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

LARGEST = 200.0
"""Å: a sphere larger than this is not told from a whole crystal."""
LONGEST_Q = 25.0
"""Å⁻¹: where the transform to G(r) is taken to end (estimate: dedicated beamlines reach 20 to 30)."""
SHORTEST = 1.6
"""Å: below, G(r) holds no pairs of a metal or an oxide of one, and much of the correction's error."""


def pair_function(
    structure: Structure,
    edge: float,
    r: Floats,
    *,
    radiation: Radiation,
    displacement: float,
    diameter: float = math.inf,
    damping: float = 0.0,
    sharpening: float = 0.0,
) -> Floats:
    """Return G(r) of a cubic crystal, Å⁻².

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    edge : float
        Å.
    r : array (n,)
        Å, rising, above 0.
    displacement : float
        Mean square displacement along one axis, Å².
    diameter : float
        Of the spheres that the crystal comes in, Å.
    damping : float
        Å⁻¹: resolution in Q, exp(-(r d)²/2).
    sharpening : float
        Å: correlated motion of neighbours narrows their peak by 1 - sharpening/r.
    """
    basis = tuple(
        (element, *(float(v) for v in point), float(share))
        for site, orbit in zip(structure.sites, structure.orbits, strict=True)
        for point in orbit
        for element, share in site.shares.items()
    )
    crystal = crystal_pairs(basis, math.ceil((float(r[-1]) + 2.0) / edge * 2.0) / 2.0)
    zero = np.zeros(1)
    f = np.real([amplitude(el, zero, radiation=radiation, wavelength=0.2)[0] for el in crystal.species])
    atoms = float(crystal.singles.sum())
    mean = float((crystal.singles * f).sum() / atoms)
    weights = np.einsum("nij,i,j->n", crystal.counts, f, f) / atoms / mean**2
    at = crystal.r * edge
    sigma2 = 2.0 * displacement * np.maximum(1.0 - sharpening / at, 0.2)
    total = np.zeros(len(r))
    for d, w, s2 in zip(at, weights, sigma2, strict=True):
        reach = 5.0 * math.sqrt(s2)
        low, high = np.searchsorted(r, (d - reach, d + reach))
        if low < high:
            x = r[low:high]
            total[low:high] += w / d * np.exp(-((x - d) ** 2) / (2.0 * s2)) / math.sqrt(2.0 * math.pi * s2)
    density = atoms / edge**3
    shaped = total - 4.0 * math.pi * r * density
    if math.isfinite(diameter):
        shaped = shaped * np.where(r < diameter, envelope(r, diameter), 0.0)
    return np.asarray(shaped * np.exp(-0.5 * (r * damping) ** 2))


@dataclass(frozen=True, kw_only=True)
class PairFit:
    """A fitted pair distribution."""

    structure: Structure
    edge: float
    edge_error: float
    displacement: float
    diameter: float
    diameter_error: float
    """Å; infinite, or a lower bound, where the function does not end within the data."""
    scale: float
    calculated: Floats
    x: Floats
    residual: float
    """Root mean square of the difference over that of G."""


def fit_pairs(
    record: Pattern, structure: Structure, *, longest: float = 20.0, damping: float = 0.0
) -> PairFit:
    """Fit cell, displacement, sharpening, scale and size of one cubic phase to G(r).

    Parameters
    ----------
    record : Pattern
        A powder pattern, or a pair distribution function (axis in Å).
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    longest : float
        Å: data beyond are left out.
    damping : float
        Of the instrument, Å⁻¹.

    Raises
    ------
    InputError
        Where the record is none, its radiation is not known, or the phase is not cubic.
    """
    x, y, radiation = _checked(record, structure, longest)

    def shaped(p: Floats) -> tuple[float, Floats]:
        shape = pair_function(
            structure,
            float(p[0]),
            x,
            radiation=radiation,
            displacement=abs(float(p[1])),
            diameter=1.0 / max(float(p[2]), 1e-6),
            sharpening=float(p[3]),
            damping=damping,
        )
        scale = float(shape @ y) / max(float(shape @ shape), 1e-300)
        return scale, scale * shape

    fit = _least(lambda p: shaped(p)[1] - y, structure.cell[0])
    scale, calculated = shaped(fit.x)
    errors = _errors(fit.fun, fit.jac, float(x[-1] - x[0]))
    diameter = 1.0 / max(float(fit.x[2]), 1.0 / LARGEST)
    return PairFit(
        structure=structure,
        edge=float(fit.x[0]),
        edge_error=float(errors[0]),
        displacement=float(fit.x[1]),
        diameter=diameter,
        diameter_error=float(errors[2]) * diameter**2,
        scale=scale,
        calculated=calculated,
        x=x,
        residual=float(np.sqrt(((calculated - y) ** 2).sum() / (y**2).sum())),
    )


def _least(residual: Callable[[Floats], Floats], edge: float) -> Any:
    """Least squares in edge (Å), displacement (Å²), 1/diameter (1/Å) and sharpening, within bounds."""
    from scipy.optimize import least_squares

    return least_squares(
        residual,
        np.array([edge, 0.01, 0.02, 0.3]),
        bounds=([0.97 * edge, 5e-4, 0.0, 0.0], [1.03 * edge, 0.08, 0.2, 2.0]),
        x_scale=[0.01, 0.003, 0.01, 0.2],
        diff_step=1e-5,
        max_nfev=60,
    )


def _errors(residual: Floats, jacobian: Floats, span: float) -> Floats:
    """Return the standard deviations of a fit to G(r) over a span of r, Å.

    Its points are not independent: one in pi over the longest Q is, which is taken as :data:`LONGEST_Q`.
    """
    count = len(residual)
    independent = max(span * LONGEST_Q / math.pi, 8.0)
    variance = float((residual**2).sum()) / max(independent - 5.0, 1.0)
    covariance = np.linalg.pinv(jacobian.T @ jacobian * independent / count) * variance
    return np.asarray(np.sqrt(np.maximum(np.diag(covariance), 0.0)))


def _checked(record: Pattern, structure: Structure, longest: float) -> tuple[Floats, Floats, Radiation]:
    """Return the data to fit and their radiation."""
    if record.axis != "r":
        raise InputError("is no pair distribution function", where=record.source)
    if record.radiation is None:
        raise InputError("does not say X-ray or neutron: give the option radiation", where=record.source)
    if structure.free_lengths != ("a",):
        raise InputError("only cubic phases are fitted to a pair distribution function", where=structure.name)
    kept = (record.x >= SHORTEST) & (record.x <= longest)
    x, y = record.x[kept], record.intensity[kept]
    if len(x) < 50:
        raise InputError("has too few points beyond the shortest distances", where=record.source)
    return x, y, record.radiation
