"""One micrograph looked at: spots, their lattice, its indexing, its scale and its strain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.crystals import Crystal, Indexed, indexed
from topotaxy.measurement.imaging.details import Details, details_of
from topotaxy.measurement.imaging.internal_standard import axis_scales
from topotaxy.measurement.imaging.lattice import Lattice, lattice_of
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.pattern_spots import pattern_spots
from topotaxy.measurement.imaging.phase_analysis import StrainMap, strain_map
from topotaxy.measurement.imaging.record import Floats, Micrograph, per_length
from topotaxy.measurement.imaging.spacings import Spacing, of_other_crystals, spacings_of
from topotaxy.measurement.imaging.spots import Search, Spot, image_spots
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

    Parameters
    ----------
    record : Micrograph
        Image or pattern; without a scale where an internal standard gives it.
    options : ImagingOptions
        What is asked for, and the calibration error.
    crystals : sequence of Crystal
        Candidate phases.

    Raises
    ------
    InputError
        Where the internal standard is none of the candidates.
    """
    pattern = record.kind == "diffraction"
    search, centre, lattice = _spots_and_lattice(record)
    if lattice is None:
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
            reasons={"interplanar_spacing": _no_lattice(search, pattern)} | why_not,
            details=details,
        )
    record, answer, error = _indexed(record, lattice, options, crystals)
    reasons: dict[str, str] = {}
    spacings: tuple[Spacing, ...] = ()
    if record.calibrated:
        spacings = spacings_of(record, lattice, answer, error)
        if answer is not None:
            spacings += of_other_crystals(record, lattice, answer, crystals, error)
    else:
        reasons["interplanar_spacing"] = "no scale: state the pixel size, or a crystal as internal standard"
    details, why_not = details_of(record, lattice, answer, centre, options, crystals)
    strain, reference, no_strain = _strain(record, lattice, options)
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
        reasons=reasons | why_not | ({"strain": no_strain} if no_strain else {}),
        twin=None if pattern else twin_of(record.image, lattice, record.pixel_size),
        details=details,
    )


def _spots_and_lattice(record: Micrograph) -> tuple[Search, Floats | None, Lattice | None]:
    """Spots, the direct beam of a pattern, and the lattice of one crystal where the spots share one."""
    if record.kind == "diffraction":
        stated = -record.corner / record.pixel_size if record.centred else None
        search, centre = pattern_spots(record.image, stated)
        lattice = lattice_of(search.found, TOLERANCE, LEAST_IN_PATTERN)
        if lattice is not None and len(lattice.members) < LEAST_SHARE * len(search.found):
            lattice = None
        return search, centre, lattice
    search = image_spots(record.image)
    tolerance = TOLERANCE / min(record.image.shape)
    lattice = lattice_of(search.found, tolerance)
    return search, None, lattice and without_twin(lattice, record.pixel_size, tolerance)


def _no_lattice(search: Search, pattern: bool) -> str:
    where = "the pattern" if pattern else "the Fourier transform"
    if not math.isfinite(search.limit):
        return "the image is too small, or all of one value"
    count = len(search.found)
    found = "no spot stands" if not count else f"{count} peak(s) without a common lattice stand"
    return f"{found} above the detection limit in {where} (amplitude {search.limit:.3g})"


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
    size, skew, left = axis_scales(lattice, record.pixel_size, answer)
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
        + f"; rows and columns {math.degrees(math.acos(-skew)):.2f}° apart"
        + f"; spacings of the standard are left with {100 * left:.2f} %"
    )
    changed = replace(
        record, pixel_size=size, skew=skew, kind="image", calibrated=True, notes=(*record.notes, said)
    )
    # Lengths are now the crystal's own: nothing is left to correct by.
    return changed, replace(answer, scale=1.0), left


def _strain(
    record: Micrograph, lattice: Lattice, options: ImagingOptions
) -> tuple[StrainMap | None, tuple[slice, slice] | None, str]:
    if record.kind == "diffraction":
        return None, None, "a diffraction pattern has no map of strain"
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
