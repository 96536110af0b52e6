"""The steps that every spectrum goes through: energies, normalisation, edge positions, χ(k), fit."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import models
from topotaxy.measurement.absorption.background import exafs
from topotaxy.measurement.absorption.calibration import calibrated, reference_of
from topotaxy.measurement.absorption.edges import Position, first_inflection, half_step, mean_rise
from topotaxy.measurement.absorption.fitting import Fit
from topotaxy.measurement.absorption.merging import deglitched, merged
from topotaxy.measurement.absorption.normalisation import Normalised, normalised
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord, of_one_edge
from topotaxy.measurement.absorption.results import AmplitudeReduction, Spectrum
from topotaxy.measurement.absorption.scattering import pairs

POOR_FIT = 0.05
"""Misfit (R factor) above which a model does not describe a spectrum."""
OTHER_WEIGHT = 1
"""Power of k in a second background; what it changes is what the choice of a background leaves open."""
LARGEST_S02_ERROR = 0.15
"""Relative; what is known no better is no measurement of S02."""
SMALL_SHIFT = 2.0
"""eV; a threshold nearer than this to E0 leaves the wave as it is."""
LARGEST_MOVE = 8.0
"""eV; inflections of oxides lie no further above their threshold."""
SHORTEST_FOR_FIT = 9.0
"""1/Å; EXAFS that ends below it is not fitted."""

Reasons = dict[str, dict[str, str]]


def prepared(
    records: Sequence[AbsorptionRecord], options: AbsorptionOptions, absent: Reasons
) -> list[AbsorptionRecord]:
    """Return records with energies calibrated and glitches out, repeats merged where asked for."""
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
    """Whether a record is of the absorber's metal, by its formula or name."""
    if record.is_reference or (record.element and record.formula.strip() == record.element):
        return True
    text = f"{record.sample} {record.label}"
    return (
        re.search(rf"\b{record.element}[ _-]*(foil|metal)\b", text, re.IGNORECASE) is not None
        if record.element
        else False
    )


def positions(spectrum: Normalised) -> dict[str, Position]:
    """Return the edge by each method that could be applied."""
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
    """Return a spectrum with its edge positions and χ(k); None where it cannot be normalised."""
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


def amplitude_reduction(spectra: Sequence[Spectrum], element: str) -> AmplitudeReduction:
    """Return S02 of an element: mean of its foils, else an estimate.

    A foil whose fit leaves S02 open, as hcp zinc at room temperature does, is not used.
    """
    guess = models.estimates()["s02"]
    foils = [
        one
        for one in spectra
        if one.is_foil and one.fit is not None and one.record.element == element and _is_sure(one.fit)
    ]
    main = [one for one in foils if not one.record.is_reference] or foils
    if not main:
        why = "estimate"
        if any(one.is_foil and one.record.element == element for one in spectra):
            why = "estimate, as the foil leaves it open"
        return AmplitudeReduction(value=guess.value, deviation=guess.deviation, source=why, measured=False)
    values = np.array([one.fit.values["s02"] for one in main if one.fit is not None])
    errors = [
        float(np.hypot(one.fit.errors["s02"], one.fit.values["s02"] * one.normal.step_error))
        for one in main
        if one.fit is not None
    ]
    scatter = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return AmplitudeReduction(
        value=float(values.mean()),
        deviation=float(np.hypot(np.mean(errors), scatter / np.sqrt(len(values)))),
        source=f"foil of {element}, {main[0].name}" + (f" and {len(main) - 1} more" if len(main) > 1 else ""),
        measured=True,
    )


def _is_sure(fit: Fit) -> bool:
    """Whether a foil's S02 is within its usual range and known to 15 %."""
    guess = models.estimates()["s02"]
    value, error = fit.values["s02"], fit.errors["s02"]
    return guess.low <= value <= guess.high and error <= LARGEST_S02_ERROR * value


def fit_foil(one: Spectrum, reasons: dict[str, str]) -> None:
    """Fit a foil, which gives S02, the distance and its variance."""
    if not _fittable(one, reasons) or one.exafs is None:
        return
    try:
        fit = models.foil(one.exafs, one.record.element)
    except InputError as error:
        reasons["coordination_number"] = str(error)
        return
    if fit.r_factor > POOR_FIT:
        reasons["bond_length"] = f"the metal's shells leave a misfit of {100 * fit.r_factor:.0f} %"
        return
    one.fit = fit


def fit_surroundings(
    one: Spectrum, reduction: AmplitudeReduction, options: AbsorptionOptions, reasons: dict[str, str]
) -> None:
    """Fit rock salt, metal, or both; metal is kept only where it is better than chance."""
    one.s02 = reduction
    if not _fittable(one, reasons) or one.exafs is None:
        return
    model = models.Surroundings(
        absorber=one.record.element,
        anion=options.anion,
        cations=cation_shares(options.neighbour or one.record.formula, one.record.element),
        s02=reduction.value,
        with_oxide=options.environment != "metal",
        with_metal=options.environment != "rock salt",
    )
    limits = models.OXIDE_RANGE
    try:
        fit = models.surroundings(one.exafs, model, limits=limits)
        fit = _at_threshold(one, fit, model)
        if options.environment == "auto":
            plain = models.surroundings(one.exafs, _with(model, with_metal=False), limits=limits)
            if not models.better_with(fit, plain):
                model, fit = _with(model, with_metal=False), plain
                reasons["coordination_number_metal"] = (
                    "no metal shell: the fit without it is as good (F test at 1 %)"
                )
        tied = _with(model, stoichiometric=True)
        stoichiometric = models.surroundings(one.exafs, tied, limits=limits) if model.with_oxide else None
        again = exafs(one.normal, e0=one.exafs.e0, weight=OTHER_WEIGHT)
        one.other_background = models.surroundings(again, model, limits=limits)
        if stoichiometric is not None:
            one.other_stoichiometric = models.surroundings(again, tied, limits=limits)
    except InputError as error:
        reasons["coordination_number"] = str(error)
        return
    if fit.r_factor > POOR_FIT:
        reasons["coordination_number"] = (
            f"rock salt and metal leave {100 * fit.r_factor:.0f} % misfit: another structure, or poor data"
        )
        return
    one.fit = fit
    if stoichiometric is not None and stoichiometric.r_factor <= POOR_FIT:
        one.stoichiometric_fit = stoichiometric


def _at_threshold(one: Spectrum, fit: Fit, model: models.Surroundings) -> Fit:
    """Return the fit with E0 of the data moved to the threshold that the first fit found.

    The inflection of an oxide lies several eV above its threshold, which bends the wave at low k.
    """
    name = "e0_oxide" if "e0_oxide" in fit.values else "e0_metal"
    if one.exafs is None or abs(fit.values[name]) < SMALL_SHIFT:
        return fit
    by = float(np.clip(fit.values[name], -LARGEST_MOVE, LARGEST_MOVE))
    moved = exafs(one.normal, e0=one.exafs.e0 + by)
    again = models.surroundings(moved, model, limits=models.OXIDE_RANGE)
    if again.r_factor > fit.r_factor and name not in fit.at_bounds:
        return fit
    one.exafs = moved
    return again


def cation_shares(formula: str, absorber: str) -> tuple[tuple[str, float], ...]:
    """Return the cations of a formula with their shares, as far as tables exist for them.

    Empty where the formula is none, or holds no cation but the absorber.
    """
    able = {neighbour for first, neighbour, where in pairs() if first == absorber and where == "oxide"}
    able -= {"O", "S", "F", "Li", "Na"}
    amounts: dict[str, float] = {}
    for element, amount in re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", formula):
        if element in able:
            amounts[element] = amounts.get(element, 0.0) + (float(amount) if amount.strip(".") else 1.0)
    total = sum(amounts.values())
    if total <= 0.0 or set(amounts) == {absorber}:
        return ()
    return tuple((element, amount / total) for element, amount in amounts.items())


def _with(model: models.Surroundings, **fields: bool) -> models.Surroundings:
    from dataclasses import replace

    return replace(model, **fields)  # type: ignore[arg-type]


def _fittable(one: Spectrum, reasons: dict[str, str]) -> bool:
    """Whether there is EXAFS long enough of an absorber that tables are shipped for."""
    if one.exafs is None:
        return False
    if not any(absorber == one.record.element for absorber, _, _ in pairs()):
        reasons["coordination_number"] = (
            f"no scattering tables for {one.record.element or 'an unknown absorber'}"
        )
        return False
    end = float(one.exafs.k[-1])
    if end < SHORTEST_FOR_FIT:
        reasons["coordination_number"] = f"EXAFS ends at {end:.1f} 1/Å; a fit needs {SHORTEST_FOR_FIT:g}"
        return False
    return True
