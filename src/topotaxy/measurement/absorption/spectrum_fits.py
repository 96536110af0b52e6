"""EXAFS fits of spectra: a foil for S02, then rock salt, metal, or both for the sample."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import models
from topotaxy.measurement.absorption.background import exafs
from topotaxy.measurement.absorption.fitting import Fit
from topotaxy.measurement.absorption.further import ANION_SHELL, CATION_SHELL
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.reference_values import estimates
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
ROOM, NEAR_ROOM = 295.0, 60.0
"""K; within it thermal disorder of metals changes by less than what is said of it beforehand."""
WORSE = 0.01
"""Misfit by which a fit at another threshold may be larger: it is of another range of k, so that smaller
differences say nothing."""
NO_CATIONS = frozenset({"O", "S", "F", "Li", "Na"})
SHORTEST_FOR_FIT = 9.0
"""1/Å; EXAFS that ends below it is not fitted."""


def amplitude_reduction(spectra: Sequence[Spectrum], element: str) -> AmplitudeReduction:
    """Return S02 of an element: mean of its foils, else an estimate.

    A foil whose fit leaves S02 open, as hcp zinc at room temperature does, is not used.

    Parameters
    ----------
    spectra : sequence of Spectrum
        Those that are foils have been fitted.
    element : str
        Symbol of the absorber.
    """
    guess = estimates()["s02"]
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
        usual = estimates()["metal_variance"]
        return AmplitudeReduction(
            value=guess.value,
            deviation=guess.deviation,
            source=why,
            measured=False,
            metal_variance=(usual.value, usual.deviation),
        )
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
        metal_variance=(
            float(np.mean([one.fit.values["variance"] for one in main if one.fit is not None])),
            estimates()["small_metal_variance"].deviation,
        ),
    )


def _is_sure(fit: Fit) -> bool:
    """Whether a foil's S02 is within its usual range and known to 15 %."""
    guess = estimates()["s02"]
    value, error = fit.values["s02"], fit.errors["s02"]
    return guess.low <= value <= guess.high and error <= LARGEST_S02_ERROR * value


def fit_foil(one: Spectrum, reasons: dict[str, str]) -> None:
    """Fit a foil, which gives S02, the distance and its variance; the fit goes into the spectrum.

    Parameters
    ----------
    one : Spectrum
    reasons : dict of str
        Filled where there is no fit, by quantity.
    """
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
    """Fit rock salt, metal, or both; metal is kept only where it is better than chance.

    Parameters
    ----------
    one : Spectrum
        Gets the fits: of both backgrounds, with shells free and tied.
    reduction : AmplitudeReduction
        S02, which stays fixed.
    options : AbsorptionOptions
    reasons : dict of str
        Filled where there is no fit, by quantity.
    """
    one.s02 = reduction
    if not _fittable(one, reasons) or one.exafs is None:
        return
    model = models.Surroundings(
        absorber=one.record.element,
        anion=options.anion,
        cations=cation_shares(options.neighbour or one.record.formula, one.record.element),
        metals=metal_shares(options.neighbour or one.record.formula, one.record.element),
        s02=reduction.value,
        with_oxide=options.environment != "metal",
        with_metal=options.environment != "rock salt",
        metal_variance=reduction.metal_variance if _at_room_temperature(one.record) else None,
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
        stoichiometric = (
            models.surroundings(one.exafs, tied, limits=limits, near=_tied(fit)) if model.with_oxide else None
        )
        again = exafs(one.normal, e0=one.exafs.e0, weight=OTHER_WEIGHT)
        one.other_background = models.surroundings(again, model, limits=limits, near=fit.values)
        if stoichiometric is not None:
            one.other_stoichiometric = models.surroundings(
                again, tied, limits=limits, near=stoichiometric.values
            )
        if model.with_metal and model.metals:
            plainer = replace(model, metals=())
            one.other_metal = models.surroundings(one.exafs, plainer, limits=limits, near=fit.values)
    except InputError as error:
        reasons["coordination_number"] = str(error)
        return
    if fit.r_factor > POOR_FIT:
        reasons["coordination_number"] = (
            f"rock salt and metal leave {100 * fit.r_factor:.0f} % misfit: another structure, or poor data"
        )
        return
    thresholds = {name for name in fit.names if name.startswith("e0_")}
    if thresholds and thresholds <= set(fit.at_bounds):
        reasons["coordination_number"] = (
            "rock salt and metal fit only with a threshold at the end of its range (misfit "
            f"{100 * fit.r_factor:.0f} %): another structure, or poor data"
        )
        return
    one.fit = fit
    if stoichiometric is not None and stoichiometric.r_factor <= POOR_FIT:
        one.stoichiometric_fit = stoichiometric


def _tied(fit: Fit) -> dict[str, float]:
    """Return a start for rock salt with 6 and 12 neighbours from a fit whose shells are free."""
    left = fit.values["n_anion"] / ANION_SHELL + fit.values["n_cation"] / CATION_SHELL
    return {**fit.values, "reduced": float(np.clip(1.0 - 0.5 * left, 0.0, 1.0))}


def _at_room_temperature(record: AbsorptionRecord) -> bool:
    """Whether the sample was, as far as is known, at the temperature that estimates of disorder are for."""
    return record.temperature_k is None or abs(record.temperature_k - ROOM) <= NEAR_ROOM


def _at_threshold(one: Spectrum, fit: Fit, model: models.Surroundings) -> Fit:
    """Return the fit with E0 of the data moved to the threshold that the first fit found.

    The inflection of an oxide lies several eV above its threshold, which bends the wave at low k.
    """
    # That of the environment that the spectrum knows best; a weak one's is open.
    name = min((name for name in fit.names if name.startswith("e0_")), key=lambda name: fit.errors[name])
    if one.exafs is None or abs(fit.values[name]) < SMALL_SHIFT:
        return fit
    by = float(np.clip(fit.values[name], -LARGEST_MOVE, LARGEST_MOVE))
    moved = exafs(one.normal, e0=one.exafs.e0 + by)
    near = {key: value - by if key.startswith("e0_") else value for key, value in fit.values.items()}
    again = models.surroundings(moved, model, limits=models.OXIDE_RANGE, near=near)
    if again.r_factor > fit.r_factor + WORSE and name not in fit.at_bounds:
        return fit
    one.exafs = moved
    return again


def cation_shares(formula: str, absorber: str) -> tuple[tuple[str, float], ...]:
    """Return the cations of a formula with their shares, as far as tables exist for them.

    Parameters
    ----------
    formula : str
    absorber : str
        Symbol.

    Returns
    -------
    tuple of (str, float)
        Empty where the formula is none, or holds no cation but the absorber.
    """
    return _shares(formula, absorber, "oxide", NO_CATIONS)


def metal_shares(formula: str, absorber: str) -> tuple[tuple[str, float], ...]:
    """Return the metals that a formula's reduction can give with their shares; none of magnesium.

    Parameters
    ----------
    formula : str
    absorber : str
        Symbol.

    Returns
    -------
    tuple of (str, float)
        Empty where the formula is none, or holds no such metal but the absorber.
    """
    return _shares(formula, absorber, "metal", {*NO_CATIONS, "Mg"})


def _shares(
    formula: str, absorber: str, environment: str, without: Collection[str]
) -> tuple[tuple[str, float], ...]:
    able = {neighbour for first, neighbour, where in pairs() if first == absorber and where == environment}
    amounts: dict[str, float] = {}
    for element, amount in re.findall(r"([A-Z][a-z]?)(\d*\.?\d*)", formula):
        if element in able and element not in without:
            amounts[element] = amounts.get(element, 0.0) + (float(amount) if amount.strip(".") else 1.0)
    total = sum(amounts.values())
    if total <= 0.0 or set(amounts) == {absorber}:
        return ()
    return tuple((element, amount / total) for element, amount in amounts.items())


def _with(model: models.Surroundings, **fields: bool) -> models.Surroundings:

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
