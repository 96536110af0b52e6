"""From spectra to observables: edges, shares of species, neighbours and distances by element."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import spectra, spectrum_fits
from topotaxy.measurement.absorption.combination import combined
from topotaxy.measurement.absorption.components import Components, components
from topotaxy.measurement.absorption.dataset import dataset
from topotaxy.measurement.absorption.fitting import Fit, scale_error
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.reference_values import estimates, mean_distance, metals
from topotaxy.measurement.absorption.remarks import remarks
from topotaxy.measurement.absorption.results import Results, Spectrum
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Conditions, Observable, Subject, observable

TECHNIQUE_NAME = "absorption"
SHIFT_METHODS = ("half step", "integral", "first inflection")


def observed(records: Sequence[AbsorptionRecord], options: AbsorptionOptions) -> Observed:
    """Return what the spectra say.

    Parameters
    ----------
    records
        Spectra of one or several edges.
    options
        What the files do not say.
    """
    absent: spectra.Reasons = {}
    results = analysed(records, options, absent)
    found = [entry for one in results.spectra for entry in _of_spectrum(one)]
    found += _against_first(results.spectra)
    return Observed(
        observables=tuple(found),
        absent={name: reasons for name, reasons in absent.items() if reasons},
        remarks=remarks(results),
        dataset=dataset(results),
        details=results,
    )


def analysed(
    records: Sequence[AbsorptionRecord], options: AbsorptionOptions, absent: spectra.Reasons
) -> Results:
    """Return every spectrum with what could be done with it.

    Parameters
    ----------
    records : sequence of AbsorptionRecord
        Spectra as measured: energy (eV) and absorption of each.
    options : AbsorptionOptions
        What the files do not say; energies in eV, distances in Å.
    absent : dict
        Filled with the reasons for what could not be done, by spectrum and quantity.
    """
    done: list[Spectrum] = []
    for record in spectra.prepared(records, options, absent):
        one = spectra.analysed(record, options, absent.setdefault(record.name, {}))
        if one is not None:
            done.append(one)
    for one in done:
        if one.is_foil and options.environment != "none":
            spectrum_fits.fit_foil(one, absent.setdefault(one.name, {}))
    for one in done:
        if not one.is_foil and one.exafs is not None:
            reduction = spectrum_fits.amplitude_reduction(done, one.record.element)
            spectrum_fits.fit_surroundings(one, reduction, options, absent.setdefault(one.name, {}))
    _combinations(done, options, absent)
    return Results(
        spectra=tuple(done),
        components=_components(done, options, absent),
        specific_current=options.specific_current,
    )


def _combinations(done: list[Spectrum], options: AbsorptionOptions, absent: spectra.Reasons) -> None:
    """Fit each spectrum by the standards that were named; the seed is fixed so that errors repeat."""
    standards = [one for one in done if any(word in one.name for word in options.standards)]
    if not options.standards:
        return
    for one in done:
        own = [s for s in standards if s.record.element == one.record.element and s is not one]
        if one in standards or one.record.is_reference:
            continue
        try:
            one.combination = combined(one.normal, [s.normal for s in own], np.random.default_rng(1))
        except InputError as error:
            absent.setdefault(one.name, {})["reduced_fraction"] = str(error)


def _components(
    done: list[Spectrum], options: AbsorptionOptions, absent: spectra.Reasons
) -> dict[tuple[str, str], Components]:
    found: dict[tuple[str, str], Components] = {}
    if not options.components:
        return found
    groups: dict[tuple[str, str], list[Spectrum]] = {}
    for one in done:
        if not one.record.is_reference:
            groups.setdefault((one.record.element, one.record.edge), []).append(one)
    for key, group in groups.items():
        if len(group) > 1:
            try:
                found[key] = components([one.normal for one in group])
            except InputError as error:
                absent.setdefault(group[0].name, {})["number_of_species"] = str(error)
    return found


def _conditions(record: AbsorptionRecord) -> Conditions:
    return Conditions(
        sample=record.sample[:80],
        temperature=record.temperature_k,
        cycle=record.cycle if record.cycle else None,
        radiation=f"X-ray, {record.edge} edge of {record.element}" if record.element else "X-ray",
    )


def _fields(one: Spectrum) -> dict[str, object]:
    return {
        "technique": TECHNIQUE_NAME,
        "origin": one.record.origin,
        "source": one.name[:200],
        "state": one.record.state,
        "conditions": _conditions(one.record),
    }


def _of_spectrum(one: Spectrum) -> Iterator[Observable]:
    if one.record.is_reference:
        return
    edge = Subject(element=one.record.element, line=one.record.edge)
    guess = estimates()["energy_calibrated" if one.calibrated else "energy_uncalibrated"]
    for method, position in one.positions.items():
        yield observable(
            "edge_energy",
            position.energy_ev,
            uncertainty=position.uncertainty_ev,
            systematic=float(np.hypot(guess.deviation, position.systematic_ev)),
            subject=edge,
            method=method,
            **_fields(one),
        )
        foil = one.reference_positions.get(method)
        if foil is not None:
            yield observable(
                "edge_shift",
                position.energy_ev - foil.energy_ev,
                uncertainty=_both(position.uncertainty_ev, foil.uncertainty_ev),
                systematic=_both(position.systematic_ev, foil.systematic_ev),
                subject=edge,
                method=f"{method}, against the foil in the same scan",
                **_fields(one),
            )
    yield from _of_fit(one)
    yield from _of_tied_fit(one)
    if one.combination is not None:
        metal = [
            n for n, name in enumerate(one.combination.names) if "metal" in name or "foil" in name.lower()
        ]
        for place in metal[:1]:
            yield observable(
                "reduced_fraction",
                float(one.combination.shares[place]),
                uncertainty=float(one.combination.errors[place]),
                subject=Subject(element=one.record.element),
                method=f"linear combination of {', '.join(one.combination.names)}"[:200],
                **_fields(one),
            )


def _both(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else float(np.hypot(first, second))


def _of_fit(one: Spectrum) -> Iterator[Observable]:
    """Yield neighbours, distances and variances of the shells of the free fit."""
    fit = one.fit
    if fit is None:
        return
    element = one.record.element
    distance_error = estimates()["distance"].deviation
    if one.is_foil:
        metal = metals()[element]
        subject = Subject(element=element, shell="metal")
        stretch, error = fit.values["stretch"], fit.errors["stretch"]
        at = mean_distance(metal)
        common = {"method": "EXAFS, neighbours of the metal fixed", **_fields(one)}
        yield observable(
            "bond_length",
            stretch * at,
            uncertainty=error * at,
            systematic=distance_error,
            subject=subject,
            **common,
        )
        yield observable(
            "mean_square_displacement",
            fit.values["variance"],
            uncertainty=fit.errors["variance"],
            subject=subject,
            **common,
        )
        return
    if one.s02 is None:
        return
    method = f"EXAFS, S02 {one.s02.value:.2f} from {one.s02.source}"[:200]
    for name in ("anion", "cation", "metal"):
        if f"n_{name}" not in fit.values or not _sure(fit, name):
            continue
        count = fit.values[f"n_{name}"]
        common = {"method": method, "subject": Subject(element=element, shell=name), **_fields(one)}
        scale = scale_error(count, one.s02.value, one.s02.deviation, one.normal.step_error)
        for letter, quantity, shared in (
            ("n", "coordination_number", scale),
            ("r", "bond_length", distance_error),
            ("v", "mean_square_displacement", 0.0),
        ):
            key = f"{letter}_{name}"
            yield observable(
                quantity,
                fit.values[key],
                uncertainty=fit.errors[key],
                systematic=_together(
                    shared,
                    _left_open(fit, one.other_background, key),
                    _left_open(fit, one.other_metal, key),
                ),
                **common,
            )


def _together(*deviations: float) -> float:
    return float(np.sqrt(sum(one * one for one in deviations)))


def _left_open(fit: Fit, other: Fit | None, key: str) -> float:
    """Return the standard deviation of a parameter over two models that serve as well.

    They differ by the background, or by the metal neighbours: those of the formula, or the absorber's own.
    """
    if other is None or key not in other.values:
        return 0.0
    return abs(fit.values[key] - other.values[key]) / float(np.sqrt(2.0))


def _sure(fit: Fit, name: str) -> bool:
    """Whether a shell was found: no parameter at a bound, and more neighbours than their error."""
    stuck = {f"{letter}_{name}" for letter in "nrv"} & set(fit.at_bounds)
    return not stuck and fit.values[f"n_{name}"] > fit.errors[f"n_{name}"]


def _of_tied_fit(one: Spectrum) -> Iterator[Observable]:
    """Yield the share of reduced absorbers where rock salt keeps 6 and 12 neighbours."""
    fit, reduction = one.stoichiometric_fit, one.s02
    if fit is None or reduction is None or "reduced" in fit.at_bounds:
        return
    value = fit.values["reduced"]
    # The share of oxidised absorbers scales with S02 and the edge step as numbers of neighbours do.
    scale = scale_error(1.0 - value, reduction.value, reduction.deviation, one.normal.step_error)
    shared = float(np.hypot(scale, _left_open(fit, one.other_stoichiometric, "reduced")))
    yield observable(
        "reduced_fraction",
        value,
        uncertainty=fit.errors["reduced"],
        systematic=shared,
        subject=Subject(element=one.record.element),
        method="EXAFS, rock salt with 6 and 12 neighbours"
        + (" and metal" if "n_metal" in fit.values else ""),
        **_fields(one),
    )


def _against_first(done: Sequence[Spectrum]) -> Iterator[Observable]:
    """Yield shifts of the later spectra of an edge against the first, or the pristine one."""
    groups: dict[tuple[str, str], list[Spectrum]] = {}
    for one in done:
        if not one.record.is_reference and not one.is_foil:
            groups.setdefault((one.record.element, one.record.edge), []).append(one)
    for group in groups.values():
        first = next((one for one in group if one.record.state == "pristine"), group[0])
        for one in group:
            if one is first:
                continue
            for method in SHIFT_METHODS:
                here, there = one.positions.get(method), first.positions.get(method)
                if here is None or there is None:
                    continue
                yield observable(
                    "edge_shift",
                    here.energy_ev - there.energy_ev,
                    uncertainty=_both(here.uncertainty_ev, there.uncertainty_ev),
                    systematic=_both(here.systematic_ev, there.systematic_ev),
                    subject=Subject(element=one.record.element, line=one.record.edge),
                    method=f"{method}, against {first.name}"[:200],
                    **_fields(one),
                )
