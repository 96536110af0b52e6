"""The compiled cell: one step of charge of a conversion electrode at the level of a single particle.

Per gram of pristine host. The current I (A/g) is positive where it alkaliates the electrode. Each step of
charge is implicit in the particle, the film, the stores and the potential, so that charge is conserved to the
last bits whatever the step is.
"""

from __future__ import annotations

import math

from numba import njit

from topotaxy.cell.laws import MAH, handed_over, living, open_circuit, stored, thicker
from topotaxy.cell.particle import diffused, mean_of
from topotaxy.cell.structures import ACTIVE, AGE, CATHODE, FILM, LOST, PASSED, PHI, THROUGH, XMAX, H, L, Q, Y

TOLERANCE = 1e-5
"""Of the balance of currents in a step, over the current; what is left goes into the stores, so none is
lost."""


@njit(cache=True, nogil=True)
def guess(e, branches, state, base, unit, mean, per_current, beyond, j):  # type: ignore[no-untyped-def]
    """Potential, mean stoichiometry and hysteresis of a step with the reaction current ``j`` (A/g).

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    base, unit : array (shells,)
        As :func:`~topotaxy.cell.particle.diffused` leaves them.
    mean : float
        Mean stoichiometry of ``base``.
    per_current : float
        Mean stoichiometry that 1 A/g adds in the step.
    beyond : float
        What a unit of flux adds between the outermost shell's middle and the surface.
    j : float
        Reaction current, A/g.
    """
    n = base.size
    u = j * per_current
    surface = base[n - 1] + (unit[n - 1] + beyond) * u
    sense = 1.0 if u > 0.0 else -1.0
    h = -sense + (state[H] + sense) * math.exp(-0.5 * e.hysteresis_decay * abs(u))
    equilibrium, mobile = open_circuit(e, branches, surface, mean + u, state[Y], h, state[XMAX])
    s = min(max(mobile, 1e-4), 1.0 - 1e-4)
    exchange = 2.0 * e.exchange_current * math.sqrt(s * (1.0 - s)) * e.reaction_area * state[ACTIVE]
    return equilibrium - 2.0 * e.thermal_voltage * math.asinh(j / (2.0 * exchange)), mean + u, h


@njit(cache=True, nogil=True)
def bracket(x, f, low, high, f_low, f_high, side):  # type: ignore[no-untyped-def]
    """Take a point of a falling function into the bracket of its root, as the Illinois method does.

    An end that stays for a second time has its value halved (M. Dowell and P. Jarratt, BIT 11, 168 (1971),
    doi:10.1007/BF01934364). A value of zero stands for an end that has no point yet.

    Parameters
    ----------
    x, f : float
        The point, and the function there: not zero.
    low, high : float
        Ends of the bracket, in the unit of ``x``; 0 where there is none yet.
    f_low, f_high : float
        The function there, positive and negative; perhaps halved.
    side : int
        1 where the last point came in as the lower end, -1 as the upper, 0 where there was none.

    Returns
    -------
    low, high, f_low, f_high, side
        As they are with the point.
    """
    if f > 0.0:
        return x, high, f, f_high * 0.5 if side == 1 else f_high, 1
    return low, x, f_low * 0.5 if side == -1 else f_low, f, -1


@njit(cache=True, nogil=True)
def step(e, branches, state, c, current, dt, mesh, base, unit, work, found):  # type: ignore[no-untyped-def]
    """Solve one step; ``found`` gets the reaction current, potential, hysteresis and film.

    What reacts, makes film and is stored adds up to the current: a falling function of the reaction current,
    solved by regula falsi (Illinois) from the last solution.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    current : float
        A/g, positive where it alkaliates the electrode.
    dt : float
        Length of the step, s.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    base, unit : array (shells,)
        Room for the particle's solution.
    work : array (3, shells)
        Room for the three diagonals of the particle.
    found : array (4,)
        Reaction current (A/g) to start from; gets the solution (A/g, V, -, m).
    """
    n = c.size
    diffused(e, c, dt, mesh, base, unit, work)
    mean = mean_of(base, mesh)
    per_current = dt / (MAH * e.capacity * state[ACTIVE])
    # From the middle of the outermost shell to the surface, by the flux of one unit a step.
    beyond = mesh[2, n - 1] * e.radius * e.radius / (3.0 * e.diffusivity * dt)
    film_scale = e.film_area * e.film_electrons * 96485.33212 / e.film_volume / dt
    j, width = found[0], 0.02 * abs(current)
    low, high, f_low, f_high, side = 0.0, 0.0, 0.0, 0.0, 0
    tried, last, before = False, j, 0.0
    phi, total, h = guess(e, branches, state, base, unit, mean, per_current, beyond, j)
    film = state[L]
    for _ in range(80):
        film = thicker(e, state[L], phi, dt)
        charge = stored(e, phi, total, state[ACTIVE])
        f = current - j - film_scale * (film - state[L]) - (charge - state[Q]) * MAH / dt
        if abs(f) < TOLERANCE * abs(current):
            break
        low, high, f_low, f_high, side = bracket(j, f, low, high, f_low, f_high, side)
        if f_low > 0.0 > f_high:
            j = (low * f_high - high * f_low) / (f_high - f_low)
        else:
            # Not bracketed yet: a little beyond where the last two points lead, or a step of its own.
            reach = width
            if tried and f != before:
                reach = min(50.0 * width, 1.5 * abs(f * (j - last) / (f - before)))
            tried, last, before = True, j, f
            j += reach if f > 0.0 else -reach
            width *= 4.0
        phi, total, h = guess(e, branches, state, base, unit, mean, per_current, beyond, j)
    found[0], found[1], found[2], found[3] = j, phi, h, film


@njit(cache=True, nogil=True)
def voltage(e, circuit, state, current, phi, film, passed):  # type: ignore[no-untyped-def]
    """Voltage of the cell at a potential and film, after ``passed`` (mAh/g) more of reduction.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    current : float
        A/g, positive where it alkaliates the electrode.
    phi : float
        Potential of the electrode's surface, V.
    film : float
        Thickness of the film, m.
    passed : float
        Charge since ``state``, mAh/g.

    Returns
    -------
    float
        V.
    """
    drop = current * film * e.film_resistivity / e.host_area
    if circuit.full == 0:
        counter = 2.0 * e.thermal_voltage * math.asinh(current / (2.0 * circuit.counter_exchange))
        return phi - drop - counter - current * circuit.resistance
    s = min(max((state[CATHODE] - passed) / circuit.cathode_capacity, 1e-9), 1.0 - 1e-9)
    exchange = 2.0 * circuit.cathode_exchange * math.sqrt(s * (1.0 - s))
    cathode = circuit.cathode_plateau + circuit.cathode_width * math.log((1.0 - s) / s)
    cathode += 2.0 * e.thermal_voltage * math.asinh(current / (2.0 * exchange))
    return cathode - (phi - drop) + current * circuit.resistance


@njit(cache=True, nogil=True)
def accept(e, state, c, current, dt, mesh, base, unit, found):  # type: ignore[no-untyped-def]
    """Take a solved step: shells, film, stores, ageing, and the ledger of alkali.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
        Changed in place.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last; changed.
    current : float
        A/g, positive where it alkaliates the electrode.
    dt : float
        Length of the step, s.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    base, unit : array (shells,)
        The particle's solution.
    found : array (4,)
        As :func:`step` leaves it.
    """
    j, active = found[0], state[ACTIVE]
    u = j * dt / (MAH * e.capacity * active)
    for i in range(c.size):
        c[i] = base[i] + unit[i] * u
    mean = mean_of(c, mesh)
    grown = e.film_area * e.film_electrons * 96485.33212 / e.film_volume * (found[3] - state[L]) / MAH
    state[Q] += (current - j) * dt / MAH - grown
    state[FILM] += grown
    state[L], state[PHI], state[H] = found[3], found[1], found[2]
    state[PASSED] += current * dt / MAH
    state[CATHODE] -= current * dt / MAH
    if u > 0.0:
        state[XMAX] = max(state[XMAX] + u * handed_over(mean, state[XMAX]), mean)
    if u < 0.0:
        ultimate = e.ultimate_loss * state[XMAX]
        left = (ultimate - state[Y]) * math.exp(e.early_rate * u / (1.0 - state[Y]))
        state[Y] = max(state[Y], ultimate - left)
    state[AGE] += dt / 3600.0
    state[THROUGH] += 0.5 * abs(u)
    state[ACTIVE] = living(e, state)
    state[LOST] += (active - state[ACTIVE]) * e.capacity * mean
