"""Observables of a refinement: cells, spacings, strain, size and microstrain, shares, occupancies."""

from __future__ import annotations

import math
from typing import Any

from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.refinement import Refinement, accuracy
from topotaxy.measurement.diffraction.reflections import inverse_spacings
from topotaxy.measurement.diffraction.structure import Structure
from topotaxy.observables import Conditions, Observable, Subject, observable

SHOWN_REFLECTIONS = 4
"""Spacings of the first reflections are given, of each phase."""


def conditions_of(record: Pattern, options: Options) -> Conditions:
    """Return the conditions that a record's observables share.

    Parameters
    ----------
    record : Pattern
        A powder pattern, or a pair distribution function (axis in Å).
    options : Options
        What the user states of radiation, axis, phases and sample.
    """
    text = ""
    if record.radiation and record.wavelength:
        text = f"{record.radiation}, {record.wavelength:.5f} Å"
    return Conditions(
        sample=options.sample_name or record.title,
        cycle=record.cycle,
        temperature=record.temperature,
        radiation=text,
    )


def common_of(record: Pattern, options: Options) -> dict[str, Any]:
    """Return what all observables of a record have in common.

    Parameters
    ----------
    record : Pattern
        A powder pattern, or a pair distribution function (axis in Å).
    options : Options
        What the user states of radiation, axis, phases and sample.
    """
    return {
        "state": record.state,
        "conditions": conditions_of(record, options),
        "technique": "diffraction",
        "origin": record.origin,
        "source": record.source,
    }


def from_refinement(record: Pattern, result: Refinement, options: Options) -> list[Observable]:
    """Return the observables of a fit: cells, widths, shares and occupancies.

    Parameters
    ----------
    record : Pattern
        A powder pattern, or a pair distribution function (axis in Å).
    result : Refinement
        A fit, what was dropped, and how its numbers move under other assumptions.
    options : Options
        What the user states of radiation, axis, phases and sample.
    """
    common = common_of(record, options)
    found: list[Observable] = []
    for structure in result.structures:
        found += _cell(result, structure, options, common)
        found += _shape(result, structure, options, common)
    if not any(_free_intensities(result, name) for name in result.names):
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
    how = "Le Bail fit" if _free_intensities(result, name) else "Rietveld refinement"
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
                method=f"{how}; systematic: spread over corrections of positions and others",
                **common,
            )
        )
    if cubic:
        found += _of_cubic(result, structure.with_cell(structure.cell_of(lengths)), options, common)
    return found


def _of_cubic(
    result: Refinement, structure: Structure, options: Options, common: dict[str, Any]
) -> list[Observable]:
    """Spacings of the first reflections and the strain, both as uncertain as the edge."""
    name = structure.name
    a, statistical, systematic = result.cell(Key("a", name))
    reflections = next(p for p in result.fit.model.phases if p.structure.name == name)
    hkl = reflections.hkl[:SHOWN_REFLECTIONS]
    found = []
    for row, inverse in zip(hkl, inverse_spacings(hkl, structure.cell), strict=True):
        found.append(
            observable(
                "interplanar_spacing",
                1.0 / float(inverse),
                uncertainty=statistical / a / float(inverse),
                systematic=systematic / a / float(inverse),
                subject=Subject(phase=name, reflection=(int(row[0]), int(row[1]), int(row[2]))),
                method="from the refined cell",
                **common,
            )
        )
    reference = options.pristine_lattice_parameter
    if reference is not None:
        found.append(
            observable(
                "strain",
                a / reference - 1.0,
                uncertainty=statistical / reference,
                systematic=systematic / reference,
                subject=Subject(phase=name),
                method=f"refined cell over {reference:.5g} Å",
                **common,
            )
        )
    return found


def _free_intensities(result: Refinement, name: str) -> bool:
    model = result.fit.model
    return model.intensities[model.names.index(name)] is not None


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
