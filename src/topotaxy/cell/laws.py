"""The laws of the compiled cell, each at one point: branches, stores, film, hysteresis, loss of material.

The equations are those of ``docs/cell.md``; potentials in V, per gram of pristine host.
"""

from __future__ import annotations

import math

from numba import njit

from topotaxy.cell.structures import AGE, THROUGH

MAH = 3.6
"""Coulomb per mAh."""
FIRST_WIDTH = 0.004
"""Stoichiometry over which the first branch hands over to the later ones; numerical."""
SMALLEST_ACTIVE = 0.02
STEEP = 60.0
"""V per unit of stoichiometry by which branches run on beyond their ends; numerical."""


@njit(cache=True, nogil=True)
def branch(values, x):  # type: ignore[no-untyped-def]
    """Voltage of a branch at a stoichiometry, linear between its points and steep beyond its ends.

    Parameters
    ----------
    values : array (points,)
        Voltage at equidistant stoichiometries from 0 to 1, V.
    x : float
        Stoichiometry, of all that the cations can take; may lie beyond 0 and 1.
    """
    last = values.size - 1
    if x <= 0.0:
        return values[0] - STEEP * x
    if x >= 1.0:
        return values[last] - STEEP * (x - 1.0)
    s = x * last
    i = int(s)
    return values[i] + (s - i) * (values[i + 1] - values[i])


@njit(cache=True, nogil=True)
def ramp(potential, top, width):  # type: ignore[no-untyped-def]
    """How far a potential is below ``top`` (V), rounded off over ``width``.

    Parameters
    ----------
    potential, top, width : float
        Potential, where the ramp begins, and the width over which it is rounded off, V.
    """
    z = (top - potential) / width
    if z > 30.0:
        return top - potential
    if z < -30.0:
        return 0.0
    return width * math.log1p(math.exp(z))


@njit(cache=True, nogil=True)
def stored(e, potential, mean, active):  # type: ignore[no-untyped-def]
    """Charge in the reversible stores (mAh/g) at a potential and a mean stoichiometry.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    potential : float
        Potential of the electrode against the alkali metal, V.
    mean : float
        Stoichiometry over the whole particle.
    active : float
        Share of the material that still takes part, 0 to 1.
    """
    interface = e.interface_store * max(mean, 0.0) * ramp(potential, e.interface_top, e.store_width)
    film = e.film_store * ramp(potential, e.film_top, e.store_width) / e.film_top
    alloy = e.alloy_store * ramp(potential, e.alloy_top, e.alloy_width) / e.alloy_top
    carbon = e.carbon_store * ramp(potential, e.carbon_top, e.store_width) / e.carbon_top
    layer = e.double_layer * e.host_area / MAH * (e.interface_top - potential)
    return active * (interface / e.interface_top + film + alloy) + carbon + layer


@njit(cache=True, nogil=True)
def thicker(e, thickness, potential, dt):  # type: ignore[no-untyped-def]
    """Film after ``dt`` (s) at one potential: solvent reduced at a rate and diffusing through the film.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    thickness : float
        Thickness of the film before the step, m.
    potential : float
        Potential of the electrode against the alkali metal, V.
    dt : float
        Length of the step, s.

    Returns
    -------
    float
        Thickness after it, m, exact at one potential. PyBaMM's "ec reaction limited": Yang et al., J. Power
        Sources 360 (2017) 28, 10.1016/j.jpowsour.2017.05.110.
    """
    exponent = -0.5 * (potential - e.film_potential) / e.thermal_voltage
    rate = e.film_rate * math.exp(min(exponent, 200.0))
    grown = e.solvent * e.film_volume / e.film_electrons * rate * dt
    half = 0.5 * rate / e.film_diffusivity
    whole = thickness + half * thickness * thickness + grown
    return 2.0 * whole / (1.0 + math.sqrt(1.0 + 4.0 * half * whole))


@njit(cache=True, nogil=True)
def handed_over(mean, largest):  # type: ignore[no-untyped-def]
    """Share of the first branch: 1 where more is reduced than ever before, rounded off.

    Parameters
    ----------
    mean, largest : float
        Stoichiometry now, and the largest one so far.
    """
    return 0.5 * (1.0 + math.tanh((mean - largest + 4.0 * FIRST_WIDTH) / FIRST_WIDTH))


@njit(cache=True, nogil=True)
def open_circuit(e, branches, surface, mean, trapped, h, largest):  # type: ignore[no-untyped-def]
    """Potential of the surface without current, and the share of what can move that is reduced there.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    surface, mean : float
        Stoichiometry at the surface and over the whole particle.
    trapped : float
        Stoichiometry of what no longer moves.
    h : float
        State of hysteresis, from -1 (discharge) to 1 (charge).
    largest : float
        Largest mean stoichiometry so far.

    Returns
    -------
    tuple of float and float
        Potential (V) and share.
    """
    mobile = (surface - trapped) / (1.0 - trapped)
    fresh = handed_over(mean, largest)
    down = branch(branches[1], mobile)
    if fresh > 1e-9:
        down = fresh * branch(branches[0], surface) + (1.0 - fresh) * down
    return 0.5 * (1.0 + h) * branch(branches[2], mobile) + 0.5 * (1.0 - h) * down, mobile


@njit(cache=True, nogil=True)
def living(e, state):  # type: ignore[no-untyped-def]
    """Active share: lost with the square root of time (1,000 h) and with throughput (1,000 cycles).

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    """
    by_time = e.loss_time * math.sqrt(state[AGE] / 1000.0)
    return max(SMALLEST_ACTIVE, 1.0 - by_time - e.loss_throughput * state[THROUGH] / 1000.0)
