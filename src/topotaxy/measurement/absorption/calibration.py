"""Energies put right by the foil that was measured in the same scan."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.edges import first_inflection
from topotaxy.measurement.absorption.normalisation import Normalised, normalised
from topotaxy.measurement.absorption.record import AbsorptionRecord

LARGEST_SHIFT = 30.0
"""eV; a foil further off is of another element."""
REPEATED = 2.0
"""Smallest rise of a foil over its scatter, in units of ten standard deviations of a point."""


@cache
def foil_energies() -> dict[tuple[str, str], float]:
    """Return the first inflections of foils, eV, by element and edge."""
    text = resources.files("topotaxy.measurement.absorption").joinpath("tables/foils.csv").read_text("utf-8")
    return {(row["element"], row["edge"]): float(row["energy"]) for row in csv.DictReader(text.splitlines())}


def reference_of(record: AbsorptionRecord) -> Normalised | None:
    """Return the normalised reference channel, None where there is none that shows the edge.

    Parameters
    ----------
    record : AbsorptionRecord
        Its ``reference`` is the absorption of the foil behind the sample.
    """
    if record.reference is None:
        return None
    foil = AbsorptionRecord(
        source=record.source,
        format=record.format,
        label=f"reference of {record.label}",
        energy_ev=record.energy_ev,
        absorption=record.reference,
        element=record.element,
        edge=record.edge,
        mode="reference",
    )
    try:
        found = normalised(foil)
    except InputError:
        return None
    if found.noise > 1.0 / (10.0 * REPEATED) or found.step_error > 0.5:
        return None
    return found


def calibrated(record: AbsorptionRecord) -> AbsorptionRecord:
    """Return the record with its reference's first inflection at the foil's tabulated energy.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.

    Returns
    -------
    AbsorptionRecord
        The same where the foil has no tabulated energy; with a note and energies as they were where the foil
        rises more than 30 eV away, as one of another element does.
    """
    tabulated = foil_energies().get((record.element, record.edge))
    foil = reference_of(record)
    if foil is None or tabulated is None:
        return record
    at = first_inflection(foil.energy_ev, foil.values)
    shift = tabulated - at
    if abs(shift) > LARGEST_SHIFT:
        note = (
            f"reference rises at {at:.1f} eV: not the {record.edge} edge of {record.element}, energies left"
        )
        return record.updated(notes=(*record.notes, note))
    note = f"energies moved by {shift:+.2f} eV: first inflection of the foil at {tabulated:.2f} eV"
    return record.shifted(shift, note)


def shift_against(spectrum: Normalised, standard: Normalised, *, reach: float = 15.0) -> float:
    """Return by how many eV a spectrum lies above another of the same species, from their derivatives.

    Parameters
    ----------
    spectrum, standard : Normalised
        Spectra in units of their edge step, against energy (eV).
    reach : float
        Largest shift looked for, eV.
    """
    from scipy.optimize import minimize_scalar

    low, high = standard.e0 - 20.0, standard.e0 + 60.0
    grid = np.arange(low, high, 0.1)
    target = np.gradient(np.interp(grid, standard.energy_ev, standard.values), grid)

    def misfit(shift: float) -> float:
        moved = np.gradient(np.interp(grid + shift, spectrum.energy_ev, spectrum.values), grid)
        return float(((moved - target) ** 2).sum())

    coarse = min(np.arange(-reach, reach + 0.25, 0.25), key=misfit)
    found = minimize_scalar(misfit, bounds=(coarse - 0.5, coarse + 0.5), method="bounded")
    return float(found.x)
