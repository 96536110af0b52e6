"""Current control in closed form.

A redox event of energy ΔE runs at k0 exp(-(ΔE ± eV)/2kT), so the voltage is a common factor
of each class: reductions sum to k0 S_red u and oxidations to k0 S_ox/u, with
u = exp(-eV/2kT). The voltage at which the net rate equals the current I (electrons per
second, positive on discharge) solves S_red u² - (I/k0) u - S_ox = 0. Steps of two electrons run at
k0 D_red u² and k0 D_ox/u², so that with them 2 D_red u⁴ + S_red u³ - (I/k0) u² - S_ox u - 2 D_ox = 0: its
coefficients change sign once, so that it has one positive root (Descartes), which is found in log u.
"""

from __future__ import annotations

import math

from topotaxy.lattice.compiled import of_numbers
from topotaxy.portable import exp, log


@of_numbers
def voltage_factor(current_over_rate, reductions, oxidations):  # type: ignore[no-untyped-def]
    """Return u; 0 or infinity where the current cannot flow at any voltage.

    The rationalised root is taken for negative current: the plain one cancels.

    Parameters
    ----------
    current_over_rate : float
        I/k0, in electrons of the box, dimensionless; positive on discharge.
    reductions, oxidations : float
        Sums S_red and S_ox of the redox weights over the box, dimensionless.
    """
    if current_over_rate >= 0.0:
        if reductions <= 0.0:
            return math.inf
        root = math.sqrt(current_over_rate * current_over_rate + 4.0 * reductions * oxidations)
        return (current_over_rate + root) / (2.0 * reductions)
    if oxidations <= 0.0:
        return 0.0
    root = math.sqrt(current_over_rate * current_over_rate + 4.0 * reductions * oxidations)
    return 2.0 * oxidations / (root - current_over_rate)


@of_numbers
def factor_with_pairs(current_over_rate, reductions, oxidations, double_reductions, double_oxidations):  # type: ignore[no-untyped-def]
    """Return u where there are steps of two electrons too; 0 or infinity where the current cannot flow.

    Parameters
    ----------
    current_over_rate : float
        I/k0, in electrons of the box, dimensionless; positive on discharge.
    reductions, oxidations, double_reductions, double_oxidations : float
        Sums S_red, S_ox, D_red and D_ox of the redox weights over the box, dimensionless.
    """
    if double_reductions <= 0.0 and double_oxidations <= 0.0:
        return voltage_factor(current_over_rate, reductions, oxidations)
    forward = max(current_over_rate, 0.0)
    backward = max(-current_over_rate, 0.0)
    if reductions <= 0.0 and double_reductions <= 0.0 and backward <= 0.0:
        return math.inf
    if oxidations <= 0.0 and double_oxidations <= 0.0 and forward <= 0.0:
        return 0.0
    # What takes electrons grows with u, what gives them falls: halved until the ends touch. At room
    # temperature the ends are 18 V on either side, and the squares below are still numbers.
    low, high = -350.0, 350.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        u = exp(middle)
        taking = backward + reductions * u + 2.0 * double_reductions * u * u
        giving = forward + oxidations / u + 2.0 * double_oxidations / (u * u)
        if taking < giving:
            low = middle
        else:
            high = middle
    return exp(0.5 * (low + high))


@of_numbers
def voltage(factor, thermal_energy):  # type: ignore[no-untyped-def]
    """Return V = -2kT ln u, in volts, for ``thermal_energy`` kT in eV.

    Parameters
    ----------
    factor : float
        u of :func:`voltage_factor`, dimensionless.
    thermal_energy : float
        kT at the temperature of the cell, eV.
    """
    if factor <= 0.0:
        return math.inf
    if math.isinf(factor):
        return -math.inf
    return -2.0 * thermal_energy * log(factor)
