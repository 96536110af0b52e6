"""The steps that every spectrum goes through: energies, normalisation, edge positions, χ(k), fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.background import exafs
from topotaxy.measurement.absorption.calibration import calibrated, reference_of
from topotaxy.measurement.absorption.edges import Position, first_inflection, half_step, mean_rise
from topotaxy.measurement.absorption.merging import deglitched, merged
from topotaxy.measurement.absorption.normalisation import Normalised, normalised
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord, of_one_edge
from topotaxy.measurement.absorption.results import Spectrum

Reasons = dict[str, dict[str, str]]


def prepared(
    records: Sequence[AbsorptionRecord], options: AbsorptionOptions, absent: Reasons
) -> list[AbsorptionRecord]:
    """Return records with energies calibrated and glitches out, repeats merged where asked for.

    Parameters
    ----------
    records : sequence of AbsorptionRecord
        Spectra as measured: energy (eV) and absorption of each.
    options : AbsorptionOptions
        What the files do not say; energies in eV, distances in Å.
    absent : dict
        Filled with the reasons why repeats could not be merged, by spectrum.
    """
    ready = []
    for record in records:
        one = calibrated(record) if options.calibrate == "reference" else record
        if options.deglitch:
            one = deglitched(one, first_inflection(one.energy_ev, one.absorption))
        ready.append(one)
    if not options.merge:
        return ready
    done: list[AbsorptionRecord] = []
    for group in of_one_edge(ready).values():
        for wanted in (False, True):
            repeats = [record for record in group if record.is_reference is wanted]
            if len(repeats) < 2:
                done += repeats
                continue
            try:
                done.append(merged(repeats))
            except InputError as error:
                absent.setdefault(repeats[0].name, {})["mean_of_repeats"] = str(error)
                done += repeats
    return done


def is_foil(record: AbsorptionRecord) -> bool:
    """Whether a record is of the absorber's metal, by its formula or name.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    """
    if record.is_reference or (record.element and record.formula.strip() == record.element):
        return True
    text = f"{record.sample} {record.label}"
    return (
        re.search(rf"\b{record.element}[ _-]*(foil|metal)\b", text, re.IGNORECASE) is not None
        if record.element
        else False
    )


def positions(spectrum: Normalised) -> dict[str, Position]:
    """Return the edge by each method that could be applied.

    Parameters
    ----------
    spectrum : Normalised
        A spectrum in units of its edge step, against energy (eV).
    """
    step_error = spectrum.step_error
    found = {
        "half step": half_step(
            spectrum.energy_ev, spectrum.values, spectrum.e0, noise=spectrum.noise, step_error=step_error
        ),
        "integral": mean_rise(
            spectrum.energy_ev, spectrum.values, spectrum.e0, noise=spectrum.noise, step_error=step_error
        ),
        "first inflection": Position(first_inflection(spectrum.energy_ev, spectrum.values, spectrum.e0)),
    }
    return {name: position for name, position in found.items() if position is not None}


def analysed(
    record: AbsorptionRecord, options: AbsorptionOptions, reasons: dict[str, str]
) -> Spectrum | None:
    """Return a spectrum with its edge positions and χ(k); None where it cannot be normalised.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    options : AbsorptionOptions
        What the files do not say; energies in eV, distances in Å.
    reasons : dict of str
        Filled with the reasons for what could not be done, by quantity.
    """
    try:
        normal = normalised(record)
    except InputError as error:
        reasons["edge_energy"] = str(error)
        return None
    reference = reference_of(record)
    found = Spectrum(
        record=record,
        normal=normal,
        positions=positions(normal),
        reference_positions=positions(reference) if reference is not None else {},
        calibrated=any("first inflection of the foil" in note for note in record.notes),
        is_foil=is_foil(record),
    )
    for method in ("half step", "integral"):
        if method not in found.positions:
            reasons[f"edge_energy_{method}".replace(" ", "_")] = (
                "the normalised absorption does not rise through its levels"
            )
    if options.environment == "none" or record.edge != "K":
        return found
    try:
        found.exafs = exafs(normal)
    except InputError as error:
        reasons["coordination_number"] = str(error)
    return found
