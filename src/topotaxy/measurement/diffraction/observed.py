"""From records to observables: fits where phases are given, peaks where not, G(r) for pair distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import dataset
from topotaxy.measurement.diffraction.flight import flight_peaks
from topotaxy.measurement.diffraction.flight_constants import Constants, constants_of
from topotaxy.measurement.diffraction.le_bail import chosen_phases, fit_cells
from topotaxy.measurement.diffraction.nano_observed import from_domains, from_pairs
from topotaxy.measurement.diffraction.nanodomains import fit_domains
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.pair_distribution import fit_pairs
from topotaxy.measurement.diffraction.peaks import Peak, peaks
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.preparing import beam, prepared, two_theta
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.refinement import Refinement
from topotaxy.measurement.diffraction.refinement_observed import common_of, from_refinement
from topotaxy.measurement.diffraction.rietveld import refine_phases
from topotaxy.measurement.diffraction.series import beside, ordered, read_cycler
from topotaxy.measurement.diffraction.structure import Structure
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable, Subject, observable

NANO_TERMS = 8
"""Terms of the background beside domains of nanometres: a prior holds those from the fourth on down."""


def observed(records: Sequence[Pattern], options: Options) -> Observed:
    """Return what powder patterns say.

    A pattern of a series whose fit fails is left out with its reason; it spoils no other. The fit of a series
    starts from the last one that succeeded.

    Parameters
    ----------
    records : sequence of Pattern
        Powder patterns, or pair distribution functions (axis in Å).
    options : Options
        What the user states of radiation, axis, phases and sample.

    Raises
    ------
    InputError
        Where a phase of the options is not known, or the only pattern cannot be analysed.
    """
    structures = tuple(phase(text) for text in options.phases)
    domains = tuple(phase(text) for text in options.nano_phases)
    if domains and len(structures) != 1:
        raise InputError("nano_phases stand beside one frame: give exactly one of phases")
    chosen_phases(options.le_bail, (*structures, *domains))
    found: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    analysed: list[Analysed] = []
    last: Refinement | None = None
    records, remarks = _in_order(records, options)
    for record in records:
        try:
            one, said = _analysed(record, structures, domains, options, last)
        except InputError as error:
            if len(records) == 1:
                raise
            analysed.append(Analysed(record=record, failed=str(error)))
            absent.setdefault(record.source, {})["phase_fraction"] = str(error)
            continue
        analysed.append(one)
        remarks += [text for text in said if text not in remarks]
        last = one.refinement or last
        found += _of_many_cells(_observables(record, one, options), structures, options)
        if reasons := _missing(record, one, options):
            absent.setdefault(record.source, {}).update(reasons)
    return Observed(
        observables=tuple(found),
        absent=absent,
        remarks=tuple(remarks),
        dataset=dataset(analysed),
        details=tuple(analysed),
    )


def _in_order(records: Sequence[Pattern], options: Options) -> tuple[Sequence[Pattern], list[str]]:
    """Return the records in the order of their series, with voltages where known, and what is said."""
    records, order = ordered(records)
    remarks = list(order)
    if options.cycler is not None:
        records, when = beside(records, read_cycler(Path(options.cycler)), options.scan_interval)
        remarks += when
    return records, remarks


def _observables(record: Pattern, one: Analysed, options: Options) -> list[Observable]:
    if one.refinement is not None:
        return from_refinement(record, one.refinement, options)
    if one.nano is not None:
        return from_domains(one.nano, common_of(record, options), options.pristine_lattice_parameter)
    if one.pairs is not None:
        return from_pairs(one.pairs, common_of(record, options), known=options.pair_damping is not None)
    return from_peaks(record, one.peaks, _constants(record, options)) if one.peaks else []


def _of_many_cells(
    found: list[Observable], structures: Sequence[Structure], options: Options
) -> list[Observable]:
    """Return observables with the spread of the first phase's cells in its uncertainty.

    Where lines of several cells overlap, or are split, a fit of one cell ends somewhere among them: it is
    taken as uniform within one standard deviation of their mean.
    """
    if options.cell_spread is None or not structures:
        return found
    name, own = structures[0].name, options.cell_spread / math.sqrt(3.0)
    pristine = options.pristine_lattice_parameter
    shares = {"lattice_parameter": own} | ({"strain": own / pristine} if pristine else {})
    return [
        one.model_copy(update={"systematic": math.hypot(one.systematic or 0.0, shares[one.quantity])})
        if one.quantity in shares and one.subject.phase == name and one.bound is None
        else one
        for one in found
    ]


def _analysed(
    record: Pattern,
    structures: tuple[Structure, ...],
    domains: tuple[Structure, ...],
    options: Options,
    last: Refinement | None,
) -> tuple[Analysed, list[str]]:
    said = list(record.notes)
    if record.axis == "r":
        if not structures:
            return Analysed(record=record), said
        if len(structures) > 1:
            said.append(f"a pair distribution is fitted by one phase: {structures[0].name}")
        return Analysed(
            record=record, pairs=fit_pairs(record, structures[0], damping=options.pair_damping or 0.0)
        ), said
    if record.axis == "other":
        raise InputError("its axis is none of a powder pattern", where=record.source)
    if not structures or record.axis in ("tof", "d"):
        ready = prepared(record, options)
        said += ready.remarks
        lines = record.lines if record.axis == "two_theta" else ()
        if structures:
            said.append(f"an axis of {record.axis} is read and its peaks are fitted; phases are not")
        found = peaks(ready.data, lines)
        if record.axis == "tof":
            found = flight_peaks(ready.data, found, _constants(record, options))
        return Analysed(record=record, prepared=ready, peaks=found), said
    rays, of_beam = beam(record, options)
    said += of_beam
    at = two_theta(record, rays.wavelength)
    ready = prepared(replace(record, axis="two_theta", x=at), options)
    said += ready.remarks
    instrument = options.resolution_values()
    if domains:
        terms = options.background_terms or NANO_TERMS
        nano = fit_domains(
            ready.data,
            rays,
            structures[0],
            domains,
            instrument=instrument,
            terms=terms,
            inlaid=not options.metal_beside_frame,
            spread=options.spread,
        )
        return Analysed(record=record, prepared=ready, nano=nano), said
    if options.le_bail:
        cells = fit_cells(ready.data, rays, structures, options, instrument=instrument)
        return Analysed(record=record, prepared=ready, refinement=cells), said + _troubles(record, cells)
    start = None
    if last is not None and {s.name for s in last.structures} == {s.name for s in structures}:
        start = last.fit.values
    result = refine_phases(ready.data, rays, structures, options, instrument=instrument, start=start)
    return Analysed(record=record, prepared=ready, refinement=result), said + _troubles(record, result)


def _troubles(record: Pattern, result: Refinement) -> list[str]:
    said = []
    if result.fit.at_bound:
        said.append(f"{record.source}: at a bound: {', '.join(str(key) for key in result.fit.at_bound)}")
    if not result.fit.converged:
        said.append(f"{record.source}: the fit stopped before it converged")
    return said


def _constants(record: Pattern, options: Options) -> Constants | None:
    """Return the constants of the record's bank, where they are known."""
    if record.axis != "tof":
        return None
    known = constants_of(options.flight_constants, options.instrument_file)
    if known and (record.bank or 1) not in known:
        raise InputError(f"no flight constants of bank {record.bank or 1}", where=record.source)
    return known.get(record.bank or 1)


def from_peaks(
    record: Pattern, found: Sequence[Peak], constants: Constants | None = None
) -> list[Observable]:
    """Return the spacings of peaks that no phase explains, numbered along the axis.

    Parameters
    ----------
    record : Pattern
        A powder pattern, or a pair distribution function (axis in Å).
    found : sequence of Peak
        Peaks that were found in the pattern.
    constants : Constants, optional
        Of the record's bank, for times of flight; without them these say no spacing.
    """
    wavelength = record.wavelength
    if record.axis == "two_theta" and wavelength is not None:
        method = "position of one peak, no correction of zero or displacement"
    elif record.axis == "tof" and constants is not None:
        method = "where rise and decay of one peak meet, by the constants of the bank"
    else:
        return []
    common = common_of(record, Options())
    made = []
    for rank, peak in enumerate(sorted(found, key=lambda peak: peak.position), start=1):
        if constants is not None:
            d, slope = constants.spacing(peak.position)
            error = slope * peak.position_error
        else:
            assert wavelength is not None
            d = peak.spacing(wavelength)
            error = d * math.radians(peak.position_error) / 2.0 / math.tan(math.radians(peak.position / 2.0))
        made.append(
            observable(
                "interplanar_spacing",
                d,
                uncertainty=error,
                subject=Subject(rank=rank, note=f"bank {record.bank}" if record.bank else ""),
                method=method,
                **common,
            )
        )
    return made


def _missing(record: Pattern, one: Analysed, options: Options) -> dict[str, str]:
    """Return what users would look for and did not get, with the reason."""
    missing = {}
    if one.refinement is not None and one.refinement.absent:
        name = one.refinement.absent[-1]
        missing["lattice_parameter"] = f"{name} shows no line" + (
            "; the most that it may be is given as a bound"
            if name in one.refinement.bounds
            else ", and this pattern does not settle how much of it there may be"
        )
    if one.pairs is not None:
        missing["phase_fraction"] = "one phase is fitted to a pair distribution function"
    elif one.refinement is None and one.nano is None:
        reason = (
            "no phases were given: option phases"
            if not options.phases
            else f"phases are not fitted to an axis of {record.axis}: whether {_named(options)} is there, "
            "how much of it, or how little at most, is not said; spacings of peaks are, where they are known"
        )
        missing["lattice_parameter"] = missing["phase_fraction"] = reason
    if one.refinement is not None:
        if options.le_bail:
            missing["phase_fraction"] = "intensities are taken from the pattern (le_bail): they say no amount"
        elif len(one.refinement.names) == 1 and options.internal_standard is None:
            missing["phase_fraction"] = (
                "one phase alone is all of what was fitted; an absolute amount needs an internal standard"
            )
        if not options.resolution_values():
            missing["crystallite_size"] = (
                "bounds only: the instrument's resolution is not known (option resolution, from a standard)"
            )
        if options.pristine_lattice_parameter is None:
            missing["strain"] = (
                "no lattice parameter of the pristine material was given: option pristine_lattice_parameter"
            )
    return missing


def _named(options: Options) -> str:
    """Return the names of the phases that were asked for."""
    texts = (*options.phases, *options.nano_phases)
    return " or ".join(text.split("=", 1)[0] for text in texts)
