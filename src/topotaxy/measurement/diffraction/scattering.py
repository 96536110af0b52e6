"""What one atom scatters: form factors with dispersion for X-rays, coherent lengths for neutrons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]
Radiation = Literal["X-ray", "neutron"]

HC = 12398.419843320026
"""Planck's constant times the speed of light, eV Å (CODATA 2018, exact)."""

LIGHTEST_WITH_DISPERSION = 3
"""Below this atomic number the tables of Cromer & Liberman hold nothing; dispersion is below 1e-3."""


@lru_cache(maxsize=256)
def _element(symbol: str) -> object:
    import gemmi

    element = gemmi.Element(symbol)
    if element.atomic_number == 0:
        raise InputError(f"{symbol!r:.20} is no element")
    return element


@lru_cache(maxsize=4096)
def dispersion(symbol: str, energy: float) -> complex:
    """Return f' + i f'' in electrons at a photon energy in eV (Cromer & Liberman 1981, by gemmi).

    Parameters
    ----------
    symbol : str
        Element.
    energy : float
        eV.
    """
    import gemmi

    element = _element(symbol)
    if element.atomic_number < LIGHTEST_WITH_DISPERSION:  # type: ignore[attr-defined]
        return 0j
    real, imaginary = gemmi.cromer_liberman(element.atomic_number, energy)  # type: ignore[attr-defined]
    return complex(real, imaginary)


def amplitude(symbol: str, s2: Floats, *, radiation: Radiation, wavelength: float) -> Complexes:
    """Return the scattering amplitude of an atom at rest.

    Parameters
    ----------
    symbol : str
        Element.
    s2 : array
        (sin θ / λ)², Å⁻², any shape.
    radiation : {"X-ray", "neutron"}
        Electrons for X-rays (International Tables C 6.1.1.4, with dispersion), fm for neutrons (Sears 1992).
    wavelength : float
        Å; only the dispersion of X-rays depends on it.

    Raises
    ------
    InputError
        Where the symbol is no element.
    """
    element = _element(symbol)
    if radiation == "neutron":
        return np.full(np.shape(s2), complex(element.neutron92.calculate_sf(0.0)))  # type: ignore[attr-defined]
    coefficients = element.it92  # type: ignore[attr-defined]
    if coefficients is None:
        raise InputError(f"no X-ray form factor of {symbol} in International Tables C 6.1.1.4")
    # Waasmaier-Kirfel form of gemmi: sum a exp(-b s²) + c.
    a, b, c = np.asarray(coefficients.a), np.asarray(coefficients.b), float(coefficients.c)
    f0 = (a * np.exp(-b * np.asarray(s2, dtype=float)[..., None])).sum(-1) + c
    return np.asarray(f0 + dispersion(symbol, round(HC / wavelength, 3)), dtype=np.complex128)


def mean_amplitude(
    shares: Mapping[str, float], s2: Floats, *, radiation: Radiation, wavelength: float
) -> Complexes:
    """Return the sum of amplitudes weighted by shares, as of a mixed site with its vacancies.

    Parameters
    ----------
    shares : mapping
        Share of each element.
    s2 : array
        (sin θ / λ)², Å⁻², any shape.
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    """
    total = np.zeros(np.shape(s2), dtype=np.complex128)
    for symbol, share in shares.items():
        total += share * amplitude(symbol, s2, radiation=radiation, wavelength=wavelength)
    return total


def mean_square(
    shares: Mapping[str, float], s2: Floats, *, radiation: Radiation, wavelength: float
) -> Floats:
    """Return the sum of |amplitude|² weighted by shares.

    Parameters
    ----------
    shares : mapping
        Share of each element.
    s2 : array
        (sin θ / λ)², Å⁻², any shape.
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    """
    total = np.zeros(np.shape(s2))
    for symbol, share in shares.items():
        total += share * np.abs(amplitude(symbol, s2, radiation=radiation, wavelength=wavelength)) ** 2
    return total
