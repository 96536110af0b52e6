"""From records to observables: fits where phases are given, peaks where not, G(r) for pair distributions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import dataset
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.nano_observed import from_domains, from_pairs
from topotaxy.measurement.diffraction.nanodomains import fit_domains
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.pair_distribution import fit_pairs
from topotaxy.measurement.diffraction.peaks import Peak, peaks
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.preparing import beam, prepared, two_theta
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.rietveld import Refinement, accuracy, refine_phases
from topotaxy.measurement.diffraction.series import beside, ordered, read_cycler
from topotaxy.measurement.diffraction.structure import Structure, inverse_spacings
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Conditions, Observable, Subject, observable

NANO_TERMS = 8
"""Terms of the background beside domains of nanometres: a prior holds those from the fourth on down."""
SHOWN_REFLECTIONS = 4
"""Spacings of the first reflections are given, of each phase."""


def observed(records: Sequence[Pattern], options: Options) -> Observed:
    """Return what powder patterns say.

    A pattern of a series whose fit fails is left out with its reason; it spoils no other. The fit of a series
    starts from the last one that succeeded.

    Raises
    ------
    InputError
        Where a phase of the options is not known, or the only pattern cannot be analysed.
    """
    structures = tuple(phase(text) for text in options.phases)
    domains = tuple(phase(text) for text in options.nano_phases)
    if domains and len(structures) != 1:
        raise InputError("nano_phases stand beside one frame: give exactly one of phases")
    found: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    analysed: list[Analysed] = []
    last: Refinement | None = None
    records, order = ordered(records)
    remarks += order
    if options.cycler is not None:
        records, when = beside(records, read_cycler(Path(options.cycler)), options.scan_interval)
        remarks += when
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
        if one.refinement is not None:
            found += from_refinement(record, one.refinement, options)
            last = one.refinement
            for name in one.refinement.absent:
                absent.setdefault(record.source, {})["lattice_parameter"] = (
                    f"{name} shows no line; the most that it may be is given as a bound"
                )
        elif one.nano is not None:
            found += from_domains(one.nano, _common(record, options), options.pristine_lattice_parameter)
        elif one.pairs is not None:
            found += from_pairs(one.pairs, _common(record, options), known=options.pair_damping is not None)
        elif one.peaks:
            found += from_peaks(record, one.peaks)
        for quantity, reason in _missing(record, one, options).items():
            absent.setdefault(record.source, {})[quantity] = reason
    return Observed(
        observables=tuple(found),
        absent=absent,
        remarks=tuple(remarks),
        dataset=dataset(analysed),
        details=tuple(analysed),
    )


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
        return Analysed(record=record, prepared=ready, peaks=peaks(ready.data, lines)), said
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
            spread=options.spread,
        )
        return Analysed(record=record, prepared=ready, nano=nano), said
    start = None
    if last is not None and {s.name for s in last.structures} == {s.name for s in structures}:
        start = last.fit.values
    result = refine_phases(ready.data, rays, structures, options, instrument=instrument, start=start)
    fit = result.fit
    if fit.at_bound:
        said.append(f"{record.source}: at a bound: {', '.join(str(key) for key in fit.at_bound)}")
    if not fit.converged:
        said.append(f"{record.source}: the fit stopped before it converged")
    return Analysed(record=record, prepared=ready, refinement=result), said


def conditions_of(record: Pattern, options: Options) -> Conditions:
    """Return the conditions that a record's observables share."""
    text = ""
    if record.radiation and record.wavelength:
        text = f"{record.radiation}, {record.wavelength:.5f} Å"
    return Conditions(
        sample=options.sample_name or record.title,
        cycle=record.cycle,
        temperature=record.temperature,
        radiation=text,
    )


def _common(record: Pattern, options: Options) -> dict[str, Any]:
    return {
        "state": record.state,
        "conditions": conditions_of(record, options),
        "technique": "diffraction",
        "origin": record.origin,
        "source": record.source,
    }


def from_refinement(record: Pattern, result: Refinement, options: Options) -> list[Observable]:
    """Return the observables of a fit."""
    common = _common(record, options)
    found: list[Observable] = []
    for structure in result.structures:
        found += _cell(result, structure, options, common)
        found += _shape(result, structure, options, common)
    found += _amounts(result, options, common)
    for key in result.fit.free:
        if key.kind == "share":
            found.append(
                observable(
                    "occupancy",
                    min(max(result.fit.values[key], 0.0), 1.0),
                    uncertainty=result.fit.uncertainty(key),
                    subject=Subject(
                        phase=key.phase, element=key.element.split("/")[0], note=f"site {key.site}"
                    ),
                    method="refined share of the site, B held"
                    if not options.refine_displacements
                    else "refined share",
                    **common,
                )
            )
    return found


def _cell(
    result: Refinement, structure: Structure, options: Options, common: dict[str, Any]
) -> list[Observable]:
    name = structure.name
    found = []
    cubic = structure.free_lengths == ("a",)
    lengths = {}
    for kind in structure.free_lengths:
        value, statistical, systematic = result.cell(Key(kind, name))
        lengths[kind] = value
        if kind not in ("a", "b", "c"):
            continue
        found.append(
            observable(
                "lattice_parameter",
                value,
                uncertainty=statistical,
                systematic=systematic,
                subject=Subject(phase=name, note="" if cubic else kind),
                method="Rietveld refinement; systematic: spread over corrections of positions and others",
                **common,
            )
        )
    if not cubic:
        return found
    a, statistical, systematic = result.cell(Key("a", name))
    relative = statistical / a
    reflections = next(p for p in result.fit.model.phases if p.structure.name == name)
    cell = structure.cell_of(lengths)
    inverse = inverse_spacings(reflections.hkl, cell)
    for hkl, one in list(zip(reflections.hkl, inverse, strict=True))[:SHOWN_REFLECTIONS]:
        found.append(
            observable(
                "interplanar_spacing",
                1.0 / float(one),
                uncertainty=relative / float(one),
                systematic=systematic / a / float(one),
                subject=Subject(phase=name, reflection=(int(hkl[0]), int(hkl[1]), int(hkl[2]))),
                method="from the refined cell",
                **common,
            )
        )
    if options.pristine_lattice_parameter is not None:
        found.append(
            observable(
                "strain",
                a / options.pristine_lattice_parameter - 1.0,
                uncertainty=relative * a / options.pristine_lattice_parameter,
                systematic=systematic / options.pristine_lattice_parameter,
                subject=Subject(phase=name),
                method=f"refined cell over {options.pristine_lattice_parameter:g} Å",
                **common,
            )
        )
    return found


def _shape(
    result: Refinement, structure: Structure, options: Options, common: dict[str, Any]
) -> list[Observable]:
    """Size and microstrain; bounds where the instrument's own widths are not known."""
    fit, name = result.fit, structure.name
    known = bool(options.resolution_values())
    found = []
    size, strain = Key("size", name), Key("strain", name)
    wavelength = fit.model.beam.wavelength
    k = accuracy("scherrer")
    if size in fit.free and fit.values[size] > 0.0:
        sigma = fit.uncertainty(size) or 0.0
        width = math.radians(fit.values[size])
        value = k * wavelength / width / 10.0
        if fit.values[size] > 2.0 * sigma:
            found.append(
                observable(
                    "crystallite_size",
                    value,
                    uncertainty=None if not known else value * math.hypot(sigma / fit.values[size], 0.05),
                    bound=None if known else "lower",
                    subject=Subject(phase=name),
                    method=f"Scherrer, K = {k:g}, Lorentzian"
                    + ("" if known else "; the instrument's own width is in it"),
                    **common,
                )
            )
    if strain in fit.free:
        sigma = fit.uncertainty(strain) or 0.0
        value = math.radians(fit.values[strain]) / 4.0
        found.append(
            observable(
                "microstrain",
                value if known else value + 2.0 * math.radians(sigma) / 4.0,
                uncertainty=math.radians(sigma) / 4.0 if known else None,
                bound=None if known else "upper",
                subject=Subject(phase=name),
                method="width over 4 tanθ, Lorentzian"
                + ("" if known else "; the instrument's own width is in it"),
                **common,
            )
        )
    return found


def _amounts(result: Refinement, options: Options, common: dict[str, Any]) -> list[Observable]:
    values, statistical, systematic = result.fractions()
    names = result.names
    found = []
    absolute = (
        options.internal_standard is not None
        and options.standard_fraction is not None
        and options.internal_standard in names
    )
    factor = 1.0
    if absolute:
        assert options.standard_fraction is not None
        assert options.internal_standard is not None
        measured = float(values[names.index(options.internal_standard)])
        # What the standard is short of its weighed share is amorphous, or not among the phases.
        factor = options.standard_fraction / measured / (1.0 - options.standard_fraction)
    for name, value, own, shared in zip(names, values, statistical, systematic, strict=True):
        if absolute and name == options.internal_standard:
            continue
        if len(names) == 1 and not absolute:
            break
        found.append(
            observable(
                "phase_fraction",
                float(value) * factor,
                uncertainty=float(own) * factor,
                systematic=float(shared) * factor,
                subject=Subject(phase=name),
                method="by weight, absolute by internal standard"
                if absolute
                else "by weight, of the crystalline phases fitted",
                **common,
            )
        )
    for name, most in result.bounds.items():
        found.append(
            observable(
                "phase_fraction",
                min(most, 1.0),
                bound="upper",
                subject=Subject(phase=name),
                method="by weight, at most, at 95 %: the phase shows no line",
                **common,
            )
        )
    return found


def from_peaks(record: Pattern, found: Sequence[Peak]) -> list[Observable]:
    """Return the spacings of peaks that no phase explains, strongest first."""
    wavelength = record.wavelength
    if record.axis != "two_theta" or wavelength is None:
        return []
    common = _common(record, Options())
    ranked = sorted(found, key=lambda peak: -peak.area)
    made = []
    for rank, peak in enumerate(ranked, start=1):
        d = peak.spacing(wavelength)
        error = d * math.radians(peak.position_error) / 2.0 / math.tan(math.radians(peak.position / 2.0))
        made.append(
            observable(
                "interplanar_spacing",
                d,
                uncertainty=error,
                subject=Subject(rank=rank),
                method="position of one peak, no correction of zero or displacement",
                **common,
            )
        )
    return made


def _missing(record: Pattern, one: Analysed, options: Options) -> dict[str, str]:
    """Return what users would look for and did not get, with the reason."""
    missing = {}
    if one.pairs is not None:
        missing["phase_fraction"] = "one phase is fitted to a pair distribution function"
    elif one.refinement is None and one.nano is None:
        reason = (
            "no phases were given: option phases"
            if not options.phases
            else f"an axis of {record.axis} is not fitted"
        )
        missing["lattice_parameter"] = missing["phase_fraction"] = reason
    if one.refinement is not None:
        if len(one.refinement.names) == 1 and options.internal_standard is None:
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
