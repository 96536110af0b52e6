"""Self-absorption of fluorescence: how much a thick sample lowers the oscillations."""

from __future__ import annotations

from collections.abc import Mapping

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.record import AbsorptionRecord

# Mean energy of the K alpha lines relative to the K edge, for Z from 20 to 40: 0.90 within 0.01 (X-ray Data
# Booklet, table 1-2).
ALPHA_OVER_EDGE = 0.90


def damping(record: AbsorptionRecord) -> float:
    """Return by what share self-absorption lowers oscillations in a thick sample at 45°, 0 to 1.

    ``s = μ_edge / (μ_total + μ_fluorescence)`` just above the edge (Tröger et al. 1992,
    doi:10.1103/PhysRevB.46.3283); attenuation by the Henke factors of periodictable.

    Parameters
    ----------
    record : AbsorptionRecord
        Of a K edge, with the formula of the sample.

    Raises
    ------
    InputError
        Where it cannot be said; the message is the reason.
    """
    if record.edge != "K" or not record.element:
        raise InputError("the estimate is for K edges of a known absorber")
    atoms = amounts(record.formula)
    if record.element not in atoms:
        raise InputError(f"the formula {record.formula!r:.40} holds no {record.element}")
    low, high = float(record.energy_ev[0]) / 1000.0, float(record.energy_ev[-1]) / 1000.0
    own = {record.element: atoms[record.element]}
    edge = _attenuation(own, high) - _attenuation(own, low)
    emitted = _attenuation(atoms, ALPHA_OVER_EDGE * 0.5 * (low + high))
    whole = _attenuation(atoms, high) + emitted
    if not whole > 0.0:
        raise InputError(f"the formula {record.formula!r:.40} holds no atoms")
    return max(0.0, min(1.0, edge / whole))


def amounts(formula: str) -> dict[str, float]:
    """Return the atoms of a chemical formula by element.

    Parameters
    ----------
    formula : str
        As files state it, ``NiO`` or ``Ni_0.2Mg_0.8O``.

    Raises
    ------
    InputError
        Where none is stated, or it is no formula.
    """
    import periodictable

    if not formula.strip():
        raise InputError("no formula of the sample is stated")
    try:
        compound = periodictable.formula(formula.replace("_", ""))
    except Exception as error:
        # The parser raises errors of its own, and of whatever it stumbles over.
        raise InputError(f"{formula!r:.40} is no chemical formula") from error
    found: dict[str, float] = {}
    for atom, count in compound.atoms.items():
        symbol = str(getattr(atom, "symbol", ""))
        found[symbol] = found.get(symbol, 0.0) + float(count)
    return found


def _attenuation(atoms: Mapping[str, float], energy_kev: float) -> float:
    """Return the attenuation of atoms in common units: f2 over energy, summed."""
    import numpy as np
    import periodictable

    total = 0.0
    for symbol, count in atoms.items():
        element = periodictable.elements.symbol(symbol)
        _, f2 = element.xray.scattering_factors(energy=energy_kev)  # type: ignore[no-untyped-call]
        if f2 is None or not np.isfinite(f2):
            raise InputError(f"no scattering factor of {symbol} at {energy_kev:.3g} keV")
        total += count * float(f2) / energy_kev
    return total
