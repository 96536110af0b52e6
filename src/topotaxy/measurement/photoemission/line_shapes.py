"""Shapes of photoelectron lines: mixed Gauss and Lorentz, asymmetric Lorentz, Doniach and Šunjić.

All have a height of one at their centre before they are broadened, and their tail at higher binding energy.
GL(p), SGL(p) and LA(α, β, m) are CasaXPS's names (N. Fairley, CasaXPS Manual 2.3.15, 2009; in words at
xpsfitting.com; V. Jain, M. C. Biesinger and M. R. Linford, Appl. Surf. Sci. 447 (2018) 548,
10.1016/j.apsusc.2018.03.190). Its LF is LA whose tail is damped by a rule that is not published;
curves that it exported are LA times a Gaussian, see :func:`damped_lorentz`.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gamma, log, pi

import numpy as np

from topotaxy.measurement.photoemission.background import Floats

NODES = 61
"""Points of the Gaussian that a shape is broadened with, over 3.5 standard deviations to both sides."""
REACH = 3.5


def gauss_lorentz_product(energy: Floats, centre: float, width: float, *, mix: float) -> Floats:
    """Return the product exp(-4 ln 2 (1-m) z²) / (1 + 4 m z²) with z = (E - centre)/width; GL(100 m), (n,).

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    centre, width : float
        eV; the width at half height is ``width`` where ``mix`` is 0 or 1, and near it between.
    mix : float
        m, from 0 (Gauss) to 1 (Lorentz).
    """
    z = ((energy - centre) / width) ** 2
    return np.asarray(np.exp(-4.0 * log(2.0) * (1.0 - mix) * z) / (1.0 + 4.0 * mix * z))


def gauss_lorentz_sum(energy: Floats, centre: float, width: float, *, mix: float) -> Floats:
    """Return the sum (1-m) exp(-4 ln 2 z²) + m / (1 + 4 z²) with z = (E - centre)/width; SGL(100 m), (n,).

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    centre, width : float
        eV; full width at half height for any ``mix``.
    mix : float
        m, from 0 (Gauss) to 1 (Lorentz).
    """
    z = ((energy - centre) / width) ** 2
    return np.asarray((1.0 - mix) * np.exp(-4.0 * log(2.0) * z) + mix / (1.0 + 4.0 * z))


def asymmetric_lorentz(energy: Floats, centre: float, width: float, *, alpha: float, beta: float) -> Floats:
    """Return a Lorentz line to the power α above its centre and to β below; LA(α, β, 0), (n,).

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    centre, width : float
        eV; full width at half height of the Lorentz line, and of the shape where both powers are one.
    alpha, beta : float
        Above zero; the tail at higher binding energy falls as E^(-2 α), so that its area ends only above 1/2.
    """
    lorentz = 1.0 / (1.0 + 4.0 * ((energy - centre) / width) ** 2)
    return np.asarray(lorentz ** np.where(energy >= centre, alpha, beta))


def damped_lorentz(
    energy: Floats, centre: float, width: float, *, alpha: float, beta: float, reach: float
) -> Floats:
    """Return an asymmetric Lorentz line times exp(-(z/reach)²) with z = (E - centre)/width, (n,).

    The rule is read off curves, not published: those that CasaXPS exported of two lines
    LF(0.54, 10, 80, 100, 6) of stated widths 3.86 and 4.87 eV (FAIRmat-NFDI/pynxtools-xps,
    ``FeO_analyzed_lineshapes_cols.txt``) are this shape of 0.50 of the stated width and a reach of 10.4,
    broadened by a Gaussian of 1.62 of its width, within 0.3 % of their height everywhere.

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    centre, width : float
        eV, of the Lorentz line.
    alpha, beta : float
        Powers above and below the centre.
    reach : float
        Distance at which the line is damped to 1/e, in widths.
    """
    plain = asymmetric_lorentz(energy, centre, width, alpha=alpha, beta=beta)
    return np.asarray(plain * np.exp(-(((energy - centre) / (reach * width)) ** 2)))


def doniach_sunjic(energy: Floats, centre: float, width: float, *, asymmetry: float) -> Floats:
    """Return the line of a metal whose conduction electrons are shaken up, (n,).

    Γ(1-a) cos(πa/2 + (1-a) arctan(x/γ)) / (x² + γ²)^((1-a)/2) over its value at x = 0, with x = centre - E
    and γ half the width (S. Doniach and M. Šunjić, J. Phys. C 3 (1970) 285, 10.1088/0022-3719/3/2/010). Its
    area has no end for any asymmetry above zero; its maximum lies γ |cot(π/(2-a))| above ``centre``.

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    centre, width : float
        Of the level, eV; full width at half height of the Lorentz line of its lifetime.
    asymmetry : float
        a, from 0 (Lorentz) to below 1.
    """
    half, x = 0.5 * width, centre - energy

    def at(x: Floats) -> Floats:
        phase = 0.5 * pi * asymmetry + (1.0 - asymmetry) * np.arctan(x / half)
        return np.asarray(
            gamma(1.0 - asymmetry) * np.cos(phase) / (x**2 + half**2) ** (0.5 * (1.0 - asymmetry))
        )

    return np.asarray(at(x) / at(np.zeros(1)))


def broadened(shape: Callable[[Floats], Floats], energy: Floats, width: float) -> Floats:
    """Return a shape convolved with a Gaussian of unit area, as of a spectrometer, (n,).

    Parameters
    ----------
    shape : callable
        Intensity at energies.
    energy : array (n,)
        eV.
    width : float
        Full width at half maximum of the Gaussian, eV; nothing changes where it is zero.
    """
    if width <= 0.0:
        return shape(energy)
    sigma = width / (8.0 * log(2.0)) ** 0.5
    offsets = np.linspace(-REACH, REACH, NODES)
    weights = np.exp(-0.5 * offsets**2)
    weights /= weights.sum()
    moved = (energy[:, None] - sigma * offsets[None, :]).ravel()
    return np.asarray(shape(moved).reshape(len(energy), NODES) @ weights)
