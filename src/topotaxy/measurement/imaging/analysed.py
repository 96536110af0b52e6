"""One micrograph looked at: spots, their lattice, its indexing, its scale and its strain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.crystals import (
    RATIO_ERROR,
    Crystal,
    Indexed,
    Indices,
    axis_scales,
    family,
    indexed,
    low_families,
)
from topotaxy.measurement.imaging.details import Details, details_of
from topotaxy.measurement.imaging.lattice import Lattice, lattice_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.phase_analysis import StrainMap, strain_map
from topotaxy.measurement.imaging.record import Floats, Micrograph
from topotaxy.measurement.imaging.spots import Search, Spot, image_spots, pattern_spots
from topotaxy.measurement.imaging.twins import Twin, twin_of, without_twin

TOLERANCE = 1.0
"""Bins (of the transform) or pixels (of a pattern) by which a spot may miss its lattice."""
LEAST_IN_PATTERN = 4
"""Spots of a pattern that have to share a lattice; two always do."""
LEAST_SHARE = 0.5
"""Share of a pattern's spots that have to lie on it."""
NO_SCALE = 1e3
"""Relative error of a scale that is not known."""
STANDARD_ERROR = 0.05
"""Largest calibration error at which an internal standard is still looked for, one standard deviation."""
LEAST_ANGLE = math.radians(20.0)


@dataclass(frozen=True, kw_only=True)
class Spacing:
    """Distance of planes, Å: of a family of reflections, or of one spot that has no indices.

    ``deviation`` is one standard deviation of what scatters, ``systematic`` of the length scale; ``phase`` is
    the crystal that the indices are of.
    """

    value: float
    deviation: float
    systematic: float
    indices: Indices | None
    rank: int
    phase: str = ""


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found in one record.

    Attributes
    ----------
    record:
        With the pixel size of the internal standard where one was used.
    search, centre:
        Spots, and the direct beam of a pattern in pixels.
    lattice, answer:
        Their lattice and its indexing; None where there is none.
    spacings:
        Empty where there is no scale.
    scale_error:
        Relative systematic error of lengths.
    strain:
        None where there is none; ``reference`` says against what.
    twin:
        None where no spots mirror those of the lattice.
    details:
        Profile, columns, domains and rings.
    reasons:
        Why something is absent, by quantity.
    """

    record: Micrograph
    search: Search
    centre: Floats | None
    lattice: Lattice | None
    answer: Indexed | None
    spacings: tuple[Spacing, ...]
    scale_error: float
    strain: StrainMap | None
    reference: tuple[slice, slice] | None
    reasons: dict[str, str]
    twin: Twin | None = None
    details: Details = field(default_factory=Details)


def looked_at(record: Micrograph, options: ImagingOptions, crystals: Sequence[Crystal]) -> Looked:
    """Return spots, lattice, indexing, spacings and strain of a record.

    Raises
    ------
    InputError
        Where the internal standard is none of the candidates.
    """
    pattern = record.kind == "diffraction"
    centre: Floats | None = None
    if pattern:
        stated = -record.corner / record.pixel_size if record.centred else None
        search, centre = pattern_spots(record.image, stated)
        lattice = lattice_of(search.found, TOLERANCE, LEAST_IN_PATTERN)
        if lattice is not None and len(lattice.members) < LEAST_SHARE * len(search.found):
            lattice = None
    else:
        search = image_spots(record.image)
        tolerance = TOLERANCE / min(record.image.shape)
        lattice = lattice_of(search.found, tolerance)
        if lattice is not None:
            lattice = without_twin(lattice, record.pixel_size, tolerance)
    reasons: dict[str, str] = {}
    if lattice is None:
        reasons["interplanar_spacing"] = _no_lattice(search, pattern)
        details, why_not = details_of(record, None, None, centre, options, crystals)
        return Looked(
            record=record,
            search=search,
            centre=centre,
            lattice=None,
            answer=None,
            spacings=(),
            scale_error=options.scale_error,
            strain=None,
            reference=None,
            reasons=reasons | why_not,
            details=details,
        )
    record, answer, error = _indexed(record, lattice, options, crystals)
    if not record.calibrated:
        reasons["interplanar_spacing"] = "no scale: state the pixel size, or a crystal as internal standard"
    spacings = _spacings(record, lattice, answer, error) if record.calibrated else ()
    if answer is not None and record.calibrated:
        spacings += _of_other_crystals(record, lattice, answer, crystals, error)
    details, why_not = details_of(record, lattice, answer, centre, options, crystals)
    reasons |= why_not
    strain, reference = None, None
    if pattern:
        reasons["strain"] = "a diffraction pattern has no map of strain"
    else:
        strain, reference, why = _strain(record, lattice, options)
        if why:
            reasons["strain"] = why
    return Looked(
        record=record,
        search=search,
        centre=centre,
        lattice=lattice,
        answer=answer,
        spacings=spacings,
        scale_error=error,
        strain=strain,
        reference=reference,
        reasons=reasons,
        twin=None if pattern else twin_of(record.image, lattice, record.pixel_size),
        details=details,
    )


def _no_lattice(search: Search, pattern: bool) -> str:
    where = "the pattern" if pattern else "the Fourier transform"
    if not math.isfinite(search.limit):
        return "the image is too small, or all of one value"
    count = len(search.found)
    found = "no spot stands" if not count else f"{count} peak(s) without a common lattice stand"
    return f"{found} above the detection limit in {where} (amplitude {search.limit:.3g})"


def per_length(record: Micrograph) -> Floats:
    """Factors from frequencies along rows and columns to 1/Å, (2,)."""
    if record.kind == "diffraction":
        return record.pixel_size
    return np.asarray(1.0 / record.pixel_size, dtype=np.float64)


def _indexed(
    record: Micrograph, lattice: Lattice, options: ImagingOptions, crystals: Sequence[Crystal]
) -> tuple[Micrograph, Indexed | None, float]:
    """Index, and take the scale from the internal standard where there is one."""
    error = options.scale_error
    if options.standard_crystal is None:
        if not record.calibrated:
            return record, None, error
        return record, indexed(lattice, per_length(record)[:, None] * lattice.basis, crystals, error), error
    standard = [one for one in crystals if one.name == options.standard_crystal]
    if not standard:
        raise InputError(f"the internal standard {options.standard_crystal!r:.60} is no candidate phase")
    loose = max(error, STANDARD_ERROR) if record.calibrated else NO_SCALE
    answer = indexed(lattice, per_length(record)[:, None] * lattice.basis, standard, loose)
    if answer is None or record.kind == "diffraction":
        return record, None, error
    size, left = axis_scales(lattice, record.pixel_size, answer)
    if not math.isfinite(left):
        return record, None, error
    change = size / record.pixel_size - 1.0
    said = (
        f"pixel size from {standard[0].name} as internal standard: {size[0]:.5g} x {size[1]:.5g} Å"
        + (
            f", {100 * change[0]:+.2f} and {100 * change[1]:+.2f} % off what was stated"
            if record.calibrated
            else ""
        )
        + f"; spacings of the standard are left with {100 * left:.2f} %"
    )
    changed = replace(record, pixel_size=size, kind="image", calibrated=True, notes=(*record.notes, said))
    return changed, answer, left


def _spacings(
    record: Micrograph, lattice: Lattice, answer: Indexed | None, error: float
) -> tuple[Spacing, ...]:
    scale = per_length(record)
    values, deviations = [], []
    for spot in lattice.members:
        g = spot.frequency * scale
        length = float(np.hypot(*g))
        spread = float(np.hypot(*(g * spot.deviation * scale))) / length**2 * lattice.misfit
        values.append(1.0 / length)
        deviations.append(spread / length)
    every = list(zip(values, deviations, strict=True))
    if answer is None:
        return tuple(
            Spacing(value=d, deviation=s, systematic=error * d, indices=None, rank=n + 1)
            for n, (d, s) in enumerate(every)
        )
    families: dict[Indices, list[tuple[float, float]]] = {}
    for hkl, one in zip(answer.indices, every, strict=True):
        families.setdefault(family(hkl), []).append(one)
    return tuple(
        replace(_mean(members, hkl, rank + 1, error), phase=answer.crystal.name)
        for rank, (hkl, members) in enumerate(families.items())
    )


def _mean(members: list[tuple[float, float]], hkl: Indices, rank: int, error: float) -> Spacing:
    """Weighted mean of a family; its deviation is at least what the members' scatter says."""
    d = np.array([one[0] for one in members])
    weight = 1.0 / np.array([one[1] for one in members]) ** 2
    value = float((weight * d).sum() / weight.sum())
    deviation = 1.0 / math.sqrt(float(weight.sum()))
    if len(d) > 1:
        deviation = max(deviation, float(d.std(ddof=1)) / math.sqrt(len(d)))
    return Spacing(value=value, deviation=deviation, systematic=error * value, indices=hkl, rank=rank)


def _of_other_crystals(
    record: Micrograph, lattice: Lattice, answer: Indexed, crystals: Sequence[Crystal], error: float
) -> tuple[Spacing, ...]:
    """Spacings of spots off the lattice that one other candidate explains.

    Their lengths are compared with those of the indexed crystal in the same image, so that the calibration
    drops out and :data:`RATIO_ERROR` is left. A spot that two candidates explain, or the indexed crystal in
    another direction, is left without a name.
    """
    every = [
        (crystal, hkl, crystal.edge / math.sqrt(sum(i * i for i in hkl)))
        for crystal in crystals
        for hkl in low_families(crystal)
    ]
    found: list[Spacing] = []
    for spot in lattice.strangers:
        one = _spacings(record, replace(lattice, members=(spot,)), None, error)[0]
        true = one.value * answer.scale
        fits = [(c, hkl) for c, hkl, d in every if abs(math.log(true / d)) < 2.0 * RATIO_ERROR]
        if len(fits) == 1 and fits[0][0].name != answer.crystal.name:
            crystal, hkl = fits[0]
            found.append(replace(one, indices=hkl, phase=crystal.name, rank=len(found) + 1))
    return tuple(found)


def _strain(
    record: Micrograph, lattice: Lattice, options: ImagingOptions
) -> tuple[StrainMap | None, tuple[slice, slice] | None, str]:
    pair = _two_spots(lattice)
    if pair is None:
        return None, None, "no two spots in different directions"
    reference = None
    if options.reference_region:
        left, right, top, bottom = options.reference_region
        rows, columns = record.image.shape
        reference = (
            slice(round(top * rows), round(bottom * rows)),
            slice(round(left * columns), round(right * columns)),
        )
    found = strain_map(
        record.image, pair, mask=options.strain_mask, pixel_size=record.pixel_size, reference=reference
    )
    known = np.isfinite(found.xx)
    if not known.any():
        return None, None, "the lattice is too weak against the noise, or the image too small for the mask"
    if reference is None:
        return found, None, "no reference region is stated: strain needs an unstrained part of the image"
    inside = np.zeros(known.shape, dtype=bool)
    inside[reference] = True
    if not (known & inside).any():
        return None, None, "no lattice is seen in the reference region"
    if not (known & ~inside).any():
        return found, reference, "no lattice is seen outside the reference region"
    return found, reference, ""


def _two_spots(lattice: Lattice) -> tuple[Spot, Spot] | None:
    """The strongest spot and the strongest in another direction."""
    ordered = sorted(lattice.members, key=lambda spot: -spot.ratio)
    first = ordered[0]
    for other in ordered[1:]:
        a, b = first.frequency, other.frequency
        sine = abs(float(a[0] * b[1] - a[1] * b[0])) / float(np.hypot(*a) * np.hypot(*b))
        if sine > math.sin(LEAST_ANGLE):
            return first, other
    return None
