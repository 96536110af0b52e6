"""The compiled cell: one half-cycle of a conversion electrode at the level of a single particle.

Per gram of pristine host. The current I (A/g) is positive where it alkaliates the electrode. The
equations are
those of ``docs/cell.md``; each step of charge is implicit in the particle, the film, the stores and the
potential, so that charge is conserved to the last bits whatever the step is.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from topotaxy.cell.particle import diffused, mean_of
from topotaxy.cell.structures import (
    ACTIVE,
    AGE,
    CATHODE,
    FILM,
    LOST,
    PASSED,
    PHI,
    SIZE,
    THROUGH,
    XMAX,
    H,
    L,
    Q,
    Y,
)

MAH = 3.6
"""Coulomb per mAh."""
FIRST_WIDTH = 0.004
"""Stoichiometry over which the first branch hands over to the later ones; numerical."""
SMALLEST_ACTIVE = 0.02
STEEP = 60.0
"""V per unit of stoichiometry by which branches run on beyond their ends; numerical."""
SHORT_STEPS, SHORT = 8, 0.2
"""First steps of a half-cycle, and their length over that of the others: the voltage turns there."""
TOLERANCE = 1e-5
"""Of the balance of currents in a step, over the current; what is left goes into the stores, so none is
lost."""
FRESH = 1e-3
"""Stoichiometry of a fresh electrode; not zero, where no exchange current is left."""


@njit(cache=True, nogil=True)
def branch(values, x):  # type: ignore[no-untyped-def]
    """Voltage of a branch at a stoichiometry, linear between its points and steep beyond its ends."""
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
    """How far a potential is below ``top`` (V), rounded off over ``width``."""
    z = (top - potential) / width
    if z > 30.0:
        return top - potential
    if z < -30.0:
        return 0.0
    return width * math.log1p(math.exp(z))


@njit(cache=True, nogil=True)
def stored(e, potential, mean, active):  # type: ignore[no-untyped-def]
    """Charge in the reversible stores (mAh/g) at a potential and a mean stoichiometry."""
    interface = e.interface_store * max(mean, 0.0) * ramp(potential, e.interface_top, e.store_width)
    film = e.film_store * ramp(potential, e.film_top, e.store_width) / e.film_top
    alloy = e.alloy_store * ramp(potential, e.alloy_top, e.alloy_width) / e.alloy_top
    carbon = e.carbon_store * ramp(potential, e.carbon_top, e.store_width) / e.carbon_top
    layer = e.double_layer * e.host_area / MAH * (e.interface_top - potential)
    return active * (interface / e.interface_top + film + alloy) + carbon + layer


@njit(cache=True, nogil=True)
def thicker(e, thickness, potential, dt):  # type: ignore[no-untyped-def]
    """Film after ``dt`` (s) at one potential: solvent reduced at a rate and diffusing through the film."""
    exponent = -0.5 * (potential - e.film_potential) / e.thermal_voltage
    rate = e.film_rate * math.exp(min(exponent, 200.0))
    grown = e.solvent * e.film_volume / e.film_electrons * rate * dt
    half = 0.5 * rate / e.film_diffusivity
    whole = thickness + half * thickness * thickness + grown
    return 2.0 * whole / (1.0 + math.sqrt(1.0 + 4.0 * half * whole))


@njit(cache=True, nogil=True)
def handed_over(mean, largest):  # type: ignore[no-untyped-def]
    """Share of the first branch: 1 where more is reduced than ever before, rounded off."""
    return 0.5 * (1.0 + math.tanh((mean - largest + 4.0 * FIRST_WIDTH) / FIRST_WIDTH))


@njit(cache=True, nogil=True)
def open_circuit(e, branches, surface, mean, trapped, h, largest):  # type: ignore[no-untyped-def]
    """Potential of the surface without current, and the share of what can move that is reduced there."""
    mobile = (surface - trapped) / (1.0 - trapped)
    fresh = handed_over(mean, largest)
    down = branch(branches[1], mobile)
    if fresh > 1e-9:
        down = fresh * branch(branches[0], surface) + (1.0 - fresh) * down
    return 0.5 * (1.0 + h) * branch(branches[2], mobile) + 0.5 * (1.0 - h) * down, mobile


@njit(cache=True, nogil=True)
def guess(e, branches, state, base, unit, mean, per_current, beyond, j):  # type: ignore[no-untyped-def]
    """Potential, mean stoichiometry and hysteresis of a step with the reaction current ``j`` (A/g)."""
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
def step(e, branches, state, c, current, dt, mesh, base, unit, work, found):  # type: ignore[no-untyped-def]
    """Solve one step; ``found`` gets the reaction current, potential, hysteresis and film.

    What reacts, makes film and is stored adds up to the current: a falling function of the reaction current,
    solved by regula falsi (Illinois) from the last solution.
    """
    n = c.size
    diffused(e, c, dt, mesh, base, unit, work)
    mean = mean_of(base, mesh)
    per_current = dt / (MAH * e.capacity * state[ACTIVE])
    # From the middle of the outermost shell to the surface, by the flux of one unit a step.
    beyond = mesh[2, n - 1] * e.radius * e.radius / (3.0 * e.diffusivity * dt)
    film_scale = e.film_area * e.film_electrons * 96485.33212 / e.film_volume / dt
    j = found[0]
    low, high, f_low, f_high = -1e3 * abs(current), 1e3 * abs(current), 0.0, 0.0
    have_low = have_high = False
    width = 0.02 * abs(current)
    side = 0
    tried, last, before = False, j, 0.0
    phi, total, h = guess(e, branches, state, base, unit, mean, per_current, beyond, j)
    film = state[L]
    for _ in range(80):
        film = thicker(e, state[L], phi, dt)
        charge = stored(e, phi, total, state[ACTIVE])
        f = current - j - film_scale * (film - state[L]) - (charge - state[Q]) * MAH / dt
        if abs(f) < TOLERANCE * abs(current):
            break
        if f > 0.0:
            low, f_low, have_low = j, f, True
            if side == 1:
                f_high *= 0.5
            side = 1
        else:
            high, f_high, have_high = j, f, True
            if side == -1:
                f_low *= 0.5
            side = -1
        if have_low and have_high:
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
    """Voltage of the cell at a potential and film, after ``passed`` (mAh/g) more of reduction."""
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
    """Take a solved step: shells, film, stores, ageing, and the ledger of alkali."""
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


@njit(cache=True, nogil=True)
def living(e, state):  # type: ignore[no-untyped-def]
    """Active share: lost with the square root of time (1,000 h) and with throughput (1,000 cycles)."""
    by_time = e.loss_time * math.sqrt(state[AGE] / 1000.0)
    return max(SMALLEST_ACTIVE, 1.0 - by_time - e.loss_throughput * state[THROUGH] / 1000.0)


@njit(cache=True, nogil=True)
def turning(state, c, mesh, current, steps):  # type: ignore[no-untyped-def]
    """Whether a step meets the hand-over from the later to the first branch, which wants short ones."""
    below = state[XMAX] - mean_of(c, mesh)
    return current > 0.0 and 3.0 * FIRST_WIDTH < below < 8.0 * FIRST_WIDTH + 1.0 / steps


@njit(cache=True, nogil=True)
def half_cycle(e, circuit, branches, state, c, mesh, current, steps, curve):  # type: ignore[no-untyped-def]
    """Run to the cut-off; return charge (mAh/g), energy (mWh/g) and the points written to ``curve``.

    ``curve`` (rows, 2) gets charge and voltage, as far as it has room.
    """
    n = c.size
    base, unit, work, found = np.empty(n), np.empty(n), np.empty((3, n)), np.empty(4)
    found[0] = current
    # Cell voltage falls with reduction in a half cell and rises with it in a full cell.
    falling = (current > 0.0) == (circuit.full == 0)
    cut = circuit.low if falling else circuit.high
    # What is stored runs ahead of what reacts: the faster, the more of a half-cycle is that transient.
    fine = int(steps * (1.0 + abs(current)))
    whole = e.capacity / fine
    charge, energy, count, before = 0.0, 0.0, 0, 0.0
    have_before = False
    for taken in range(60 * fine):
        size = whole * (SHORT if taken < SHORT_STEPS or turning(state, c, mesh, current, fine) else 1.0)
        share, used, low, high = 1.0, 1.0, 0.0, 1.0
        v_low, v_high = before, 0.0
        done = False
        for attempt in range(12):
            used = share
            dt = used * size * MAH / abs(current)
            step(e, branches, state, c, current, dt, mesh, base, unit, work, found)
            sign = 1.0 if current > 0.0 else -1.0
            v = voltage(e, circuit, state, current, found[1], found[3], sign * used * size)
            past = v - cut if falling else cut - v
            if past >= 0.0 and attempt == 0:
                break
            done = True
            if abs(past) < 5e-4 or high - low < 1e-4 or not have_before:
                break
            if past < 0.0:
                high, v_high = share, past
            else:
                low, v_low = share, past
            if attempt == 0:
                v_low = before - cut if falling else cut - before
            part = v_low / (v_low - v_high) if v_low > 0.0 > v_high else 0.5
            share = low + (high - low) * min(max(part, 0.1), 0.9)
        if done and not have_before:
            break
        accept(e, state, c, current, dt, mesh, base, unit, found)
        charge += used * size
        energy += (0.5 * (v + before) if have_before else v) * used * size
        before, have_before = v, True
        if count < curve.shape[0]:
            curve[count, 0], curve[count, 1] = charge, v
            count += 1
        if done:
            break
    return charge, energy, count


@njit(cache=True, nogil=True)
def fresh_state(e, circuit, branches, c):  # type: ignore[no-untyped-def]
    """State of a pristine electrode; in a full cell all alkali is in the cathode."""
    state = np.zeros(SIZE)
    c[:] = FRESH
    state[L], state[H], state[ACTIVE], state[XMAX] = e.film_start, -1.0, 1.0, FRESH
    state[PHI] = branch(branches[0], FRESH)
    state[Q] = stored(e, state[PHI], FRESH, 1.0)
    state[CATHODE] = 0.998 * circuit.cathode_capacity
    return state
