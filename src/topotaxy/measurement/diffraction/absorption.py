"""Absorption of X-rays by phases, and what grains of unlike absorption do to their shares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.powder import Powder
from topotaxy.measurement.diffraction.scattering import HC, dispersion
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

ELECTRON_RADIUS = 2.8179403205e-5
"""Å (CODATA 2022)."""


def linear_absorption(structure: Structure, wavelength: float) -> float:
    """Return the linear coefficient of photoelectric absorption, 1/µm: μ = 2 r_e λ Σ f'' / V.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    wavelength : float
        Å.
    """
    energy = round(HC / wavelength, 3)
    total = sum(
        len(orbit) * share * dispersion(element, energy).imag
        for site, orbit in zip(structure.sites, structure.orbits, strict=True)
        for element, share in site.shares.items()
    )
    return 2.0 * ELECTRON_RADIUS * wavelength * total / structure.volume * 1e4


def brindley(contrast: Floats) -> Floats:
    """Return the particle absorption factor of spheres for (μ - μ̄) R, within ±1.

    τ = 1 - 1.450 x + 1.426 x², fitted to the table of Brindley 1945 (10.1080/14786444508520918) as in
    Taylor & Matulis 1991 (10.1107/S0021889890008913).

    Parameters
    ----------
    contrast : array
        (μ - μ̄) R.
    """
    x = np.clip(contrast, -0.5, 0.5)
    return np.asarray(1.0 - 1.450 * x + 1.426 * x * x)


def corrected_fractions(model: Powder, weights: Floats, diameter: float) -> Floats:
    """Return shares by weight corrected for microabsorption of grains of one diameter, µm.

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    weights : array (phases,)
        Shares by weight.
    diameter : float
        µm.
    """
    wavelength = model.beam.wavelength
    mu = np.array([linear_absorption(p.structure, wavelength) for p in model.phases])
    density = np.array([p.structure.mass / p.structure.volume for p in model.phases])
    corrected = weights
    for _ in range(5):
        volume = corrected / density
        mean = float((mu * volume).sum() / volume.sum())
        corrected = weights / brindley((mu - mean) * diameter / 2.0)
        corrected = corrected / corrected.sum()
    return np.asarray(corrected)
