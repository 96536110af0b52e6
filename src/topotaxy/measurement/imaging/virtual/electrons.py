"""Electrons of a beam and how single atoms scatter them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import ELECTRON_REST_ENERGY
from topotaxy.errors import InputError
from topotaxy.measurement.instrument import HC
from topotaxy.tables import read_table

TERMS = 5


def wavelength(voltage: float) -> float:
    """Return the relativistic wavelength of electrons, Å.

    lambda = h c / sqrt(E (E + 2 m c^2)); E. J. Kirkland, Advanced Computing in Electron Microscopy, 3rd ed.
    (2020), eq. 2.5.

    Parameters
    ----------
    voltage : float
        Accelerating voltage, V.
    """
    return HC / math.sqrt(voltage * (voltage + 2.0 * ELECTRON_REST_ENERGY))


def interaction(voltage: float) -> float:
    """Return the phase that scattering of unit strength makes: lambda times the relativistic mass, Å.

    A wave that passes atoms of the factors f_j (Å) gets the phase lambda gamma sum_j f_j per area; that is
    sigma times the projected potential, as V = h^2 f / (2 pi m e) and sigma = 2 pi m gamma e lambda / h^2
    (Kirkland, eqs. 5.6 and 5.17).

    Parameters
    ----------
    voltage : float
        Accelerating voltage, V.
    """
    return wavelength(voltage) * (1.0 + voltage / ELECTRON_REST_ENERGY)


@lru_cache(maxsize=1)
def _parameters() -> dict[str, NDArray[np.float64]]:
    rows = read_table("topotaxy.measurement.imaging", "scattering_factors")
    return {
        row["element"]: np.array([[float(row[f"{name}{n + 1}"]) for n in range(TERMS)] for name in "ab"])
        for row in rows
    }


def scattering_factor(element: str, g: Any) -> NDArray[np.float64]:
    """Return the electron scattering factor of a neutral atom, Å, without the relativistic mass.

    f(g) = sum_i a_i (2 + b_i g^2) / (1 + b_i g^2)^2; I. Lobato, D. Van Dyck, Acta Cryst. A 70 (2014) 636,
    doi:10.1107/S205327331401643X.

    Parameters
    ----------
    element : str
        Symbol, H to Lr.
    g : array, any shape
        Length of the scattering vector, 1/d, in 1/Å.

    Raises
    ------
    InputError
        For an element that the table does not hold.
    """
    if element not in _parameters():
        raise InputError(f"no electron scattering factor is known of {element!r:.20}")
    squares = np.asarray(g, dtype=np.float64) ** 2
    total = np.zeros_like(squares)
    for a, b in _parameters()[element].T:
        total += a * (2.0 + b * squares) / (1.0 + b * squares) ** 2
    return total


def atomic_number(element: str) -> int:
    """Return the number of protons of an element.

    Parameters
    ----------
    element : str
        Symbol.
    """
    import gemmi

    return int(gemmi.Element(element).atomic_number)
