"""Which element and edge a spectrum is of, where its file does not say."""

from __future__ import annotations

from topotaxy.measurement.absorption.edges import steepest_rise
from topotaxy.measurement.absorption.record import AbsorptionRecord, edge_energies

STATED_WITHIN = 3.0
"""eV; authors put E0 at different places of one edge."""
RISE_WITHIN = 0.004
"""Relative; what a monochromator may be off (an estimate)."""
LARGEST_CHEMICAL_SHIFT = 12.0
"""eV; the steepest rise of a compound lies within it of the tabulated edge (an estimate; oxygen and the main
rise of 3d metals come near it)."""


def identified(record: AbsorptionRecord, stated_ev: float | None = None) -> AbsorptionRecord:
    """Return the record with its element and edge, where exactly one edge fits.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    stated_ev : float or None
        Edge energy that the file states, eV; the edge within 3 eV of it is taken. Otherwise the steepest rise
        decides, within 0.4 % and 12 eV at least.

    Returns
    -------
    AbsorptionRecord
        With a note that says which edge was taken and why, or which ones it may be; then none is taken.
    """
    at = steepest_rise(record.energy_ev, record.absorption)
    if stated_ev is not None and record.energy_ev[0] < stated_ev < record.energy_ev[-1]:
        exact = [key for key, energy in edge_energies().items() if abs(energy - stated_ev) <= STATED_WITHIN]
        if len(exact) == 1:
            note = (
                f"taken as the {exact[0][1]} edge of {exact[0][0]}, by the edge energy that the file states"
            )
            return record.updated(element=exact[0][0], edge=exact[0][1], notes=(*record.notes, note))
    reach = max(RISE_WITHIN * at, LARGEST_CHEMICAL_SHIFT)
    near = sorted(
        (abs(energy - at), key) for key, energy in edge_energies().items() if abs(energy - at) <= reach
    )
    if len(near) == 1:
        element, edge = near[0][1]
        note = f"taken as the {edge} edge of {element}, the only one near its rise at {at:.0f} eV"
        return record.updated(element=element, edge=edge, notes=(*record.notes, note))
    among = ", ".join(f"{element} {edge}" for _, (element, edge) in near[:4])
    what = (
        f"the rise at {at:.0f} eV may be {among}: give the element"
        if near
        else f"no edge lies at {at:.0f} eV"
    )
    return record.updated(notes=(*record.notes, what))
