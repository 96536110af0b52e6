"""Imposed L2,3 edges: steps with a line on each, for virtual spectra and where no reference is free."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np

from topotaxy.measurement.energy_loss.edges import Edge
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.tables import read_table

PACKAGE = "topotaxy.measurement.energy_loss"
State = Literal["metal", "oxide"]


@cache
def constant(name: str) -> float:
    """Return a constant of ``imposed_constants.csv``.

    Parameters
    ----------
    name : str
        Of its row.
    """
    return next(float(r["value"]) for r in read_table(PACKAGE, "imposed_constants") if r["name"] == name)


@cache
def _row(element: str, state: State) -> dict[str, str] | None:
    rows = read_table(PACKAGE, "imposed")
    return next((r for r in rows if (r["element"], r["state"]) == (element, state)), None)


def is_imposed(element: str) -> bool:
    """Return whether the table has both states of an element.

    Parameters
    ----------
    element : str
        Symbol.
    """
    return _row(element, "metal") is not None and _row(element, "oxide") is not None


def steps(energy: Floats, first: float, second: float, width: float) -> Floats:
    """Return two smooth steps that together reach one, 2/3 at the first, and fall as a power law.

    Hyperbolic tangents and no arctangents, whose tails would lift the background before the edge.

    Parameters
    ----------
    energy : array (n,)
        eV.
    first, second : float
        Energies of L3 and L2, eV.
    width : float
        eV; from 12 to 88 % of a step takes twice this.
    """
    rise = [0.5 * (1.0 + np.tanh((energy - at) / width)) for at in (first, second)]
    both = 2.0 / 3.0 * rise[0] + 1.0 / 3.0 * rise[1]
    fall = np.where(energy > first, (np.maximum(energy, 1.0) / first) ** -constant("fall"), 1.0)
    return np.asarray(both * fall)


def line(energy: Floats, at: float, width: float) -> Floats:
    """Return a line of unit area: half Gaussian, half Lorentzian of one full width at half maximum.

    Parameters
    ----------
    energy : array (n,)
        eV.
    at, width : float
        Centre and full width at half maximum, eV.
    """
    z = (energy - at) / (0.5 * width)
    gauss = np.exp(-np.log(2.0) * z**2) * np.sqrt(np.log(2.0) / np.pi) * 2.0 / width
    lorentz = 2.0 / (np.pi * width) / (1.0 + z**2)
    return np.asarray(0.5 * (gauss + lorentz))


def shape(energy: Floats, edge: Edge, state: State, *, resolution: float = 0.8) -> Floats:
    """Return an imposed edge whose continuum behind both lines is one on average over 12 eV, (n,).

    Parameters
    ----------
    energy : array (n,)
        eV.
    edge : Edge
        An L3 edge of an element of ``imposed.csv``.
    state : {"metal", "oxide"}
        Which one.
    resolution : float
        Full width at half maximum of the spectrometer, eV, added in quadrature.

    Raises
    ------
    KeyError
        Where the table does not have the element.
    """
    row = _row(edge.element, state)
    if row is None or edge.partner is None:
        raise KeyError(edge.element)
    at = edge.energy + float(row["shift"])
    second = at + edge.partner - edge.energy
    widths = np.hypot(float(row["width"]) + np.array([0.0, constant("l2_broadening")]), resolution)
    area = float(row["holes"]) * constant("line_per_hole")
    share = constant("l3_share")
    # The steps start where the lines do, at the binding energy of this state.
    lift = float(np.hypot(constant("step_width"), resolution))
    total = steps(energy, at, second, lift)
    total = total + area * share * line(energy, at, float(widths[0]))
    total = total + area * (1.0 - share) * line(energy, second, float(widths[1]))
    behind = np.linspace(edge.end, edge.end + 12.0, 25)
    level = float(steps(behind, at, second, lift).mean())
    return np.asarray(total / level)
