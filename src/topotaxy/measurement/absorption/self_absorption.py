"""Self-absorption of fluorescence: how much a thick sample lowers the oscillations."""

from __future__ import annotations

from topotaxy.measurement.absorption.record import AbsorptionRecord

# Mean energy of the K alpha lines relative to the K edge, for Z from 20 to 40: 0.90 within 0.01 (X-ray Data
# Booklet, table 1-2).
ALPHA_OVER_EDGE = 0.90


def damping(record: AbsorptionRecord) -> float | None:
    """Return by what share self-absorption lowers oscillations in a thick sample at 45°, 0 to 1.

    ``s = μ_edge / (μ_total + μ_fluorescence)`` just above the edge (Tröger et al. 1992,
    doi:10.1103/PhysRevB.46.3283); attenuation by the Henke factors of periodictable. None where the
    composition is unknown or the edge is not a K edge of a formula that can be read.
    """
    import periodictable

    if record.edge != "K" or not record.formula or not record.element:
        return None
    try:
        compound = periodictable.formula(record.formula.replace("_", ""))
    except Exception:
        # The parser raises errors of its own, and of whatever it stumbles over.
        return None
    atoms = {getattr(atom, "symbol", ""): count for atom, count in compound.atoms.items()}
    if record.element not in atoms:
        return None
    middle = 0.5 * float(record.energy_ev[0] + record.energy_ev[-1]) / 1000.0
    low, high = float(record.energy_ev[0]) / 1000.0, float(record.energy_ev[-1]) / 1000.0
    alpha = ALPHA_OVER_EDGE * middle
    above = _attenuation(atoms, high)
    emitted = _attenuation(atoms, alpha)
    own_above = _attenuation({record.element: atoms[record.element]}, high)
    own_below = _attenuation({record.element: atoms[record.element]}, low)
    if None in (above, emitted, own_above, own_below) or not above or emitted is None:
        return None
    edge = (own_above or 0.0) - (own_below or 0.0)
    return max(0.0, min(1.0, edge / (above + emitted)))


def _attenuation(atoms: dict[str, float], energy_kev: float) -> float | None:
    """Return the attenuation of atoms in common units: f2 over energy, summed."""
    import numpy as np
    import periodictable

    total = 0.0
    for symbol, count in atoms.items():
        element = periodictable.elements.symbol(symbol)
        _, f2 = element.xray.scattering_factors(energy=energy_kev)  # type: ignore[no-untyped-call]
        if f2 is None or not np.isfinite(f2):
            return None
        total += count * float(f2) / energy_kev
    return total
