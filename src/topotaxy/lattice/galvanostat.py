"""Current control in closed form.

A redox event of energy ΔE runs at k0 exp(-(ΔE ± eV)/2kT), so the voltage is a common factor
of each class: reductions sum to k0 S_red u and oxidations to k0 S_ox/u, with
u = exp(-eV/2kT). The voltage at which the net rate equals the current I (electrons per
second, positive on discharge) solves S_red u² - (I/k0) u - S_ox = 0.
"""

from __future__ import annotations

import math

from topotaxy.lattice.compiled import of_numbers
from topotaxy.portable import log


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
