"""Micrographs to observables: spacings with their calibration, strain with its noise, and what is absent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from topotaxy.content.figure import ImagePanel
from topotaxy.measurement.imaging.analysed import Looked, looked_at
from topotaxy.measurement.imaging.crystals import crystal_of
from topotaxy.measurement.imaging.observed_details import detail_observables, detail_remarks
from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.phase_analysis import StrainMap
from topotaxy.measurement.imaging.record import Floats, Micrograph, per_length
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable, observable
from topotaxy.observables.subject import Subject

MOST_RECORDS = 500
MOST_UNINDEXED = 12
TECHNIQUE = "imaging"
NOT_SEARCHED = {
    "stress": "strain is not stress: that takes elastic constants and the strain of composition",
    "twin_density": "no spots mirror those of a lattice in one of its planes",
}
"""What users of images look for and this analysis does not compute, with the reason."""


def observed(records: Sequence[Micrograph], options: ImagingOptions) -> Observed:
    """Return spacings, strain and its spread, what is absent, and maps.

    Parameters
    ----------
    records : sequence of Micrograph
        At most 500 are looked at.
    options : ImagingOptions
        Candidate phases, calibration error, reference region.

    Raises
    ------
    InputError
        Where a candidate phase cannot be understood.
    """
    crystals = [crystal_of(text) for text in options.crystals]
    details = [looked_at(record, options, crystals) for record in records[:MOST_RECORDS]]
    found: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    if len(records) > MOST_RECORDS:
        remarks.append(f"the first {MOST_RECORDS} of {len(records)} images were looked at")
    for one in details:
        found += _spacings(one, options)
        found += _strains(one, options)
        found += _twins(one)
        found += detail_observables(
            one.details, partial(_entry, one), one.scale_error, one.record.calibrated, crystals
        )
        have = {entry.quantity for entry in found if entry.source == one.record.source}
        reasons = one.reasons | NOT_SEARCHED
        if one.twin is not None:
            reasons["twin_density"] = "spots mirror those of the lattice, but no boundary stands in the image"
        absent[one.record.source] = {q: why for q, why in reasons.items() if q not in have}
        remarks += _remarks(one, options)
    groups = {f"/image_{number}": _dataset(one) for number, one in enumerate(details)}
    return Observed(
        observables=tuple(found),
        absent=absent,
        remarks=tuple(remarks),
        dataset=xr.DataTree.from_dict({"/": xr.Dataset(), **groups}),
        details=tuple(details),
    )


def _entry(one: Looked, quantity: str, value: float, **fields: Any) -> Observable:
    return observable(
        quantity,
        value,
        technique=TECHNIQUE,
        origin=one.record.origin,
        source=one.record.source,
        **fields,
    )


def _spacings(one: Looked, options: ImagingOptions) -> list[Observable]:
    where = "spot of the pattern" if one.record.kind == "diffraction" else "spot of the Fourier transform"
    scale = "internal standard" if options.standard_crystal else "calibration of the microscope"
    chosen = one.spacings if one.answer else one.spacings[:MOST_UNINDEXED]
    return [
        _entry(
            one,
            "interplanar_spacing",
            spacing.value,
            uncertainty=spacing.deviation,
            systematic=spacing.systematic,
            subject=Subject(phase=spacing.phase, reflection=spacing.indices)
            if spacing.indices
            else Subject(rank=spacing.rank),
            method=f"1/|g| of a {where}; systematic: {scale}",
        )
        for spacing in chosen
    ]


def _strains(one: Looked, options: ImagingOptions) -> list[Observable]:
    if one.strain is None:
        return []
    mask = f"Gaussian mask of {options.strain_mask:.3g} |g|"
    found = []
    if one.reference is not None and "strain" not in one.reasons:
        found += _mean_strains(one, mask)
    for axis, values, noise in _maps(one.strain):
        known = np.isfinite(values)
        spread = float(np.std(values[known]))
        by_noise = math.sqrt(float(np.mean(noise[known] ** 2)))
        found.append(
            _entry(
                one,
                "microstrain",
                spread,
                uncertainty=spread / math.sqrt(2.0 * one.strain.areas),
                bound="upper",
                subject=Subject(note=axis),
                method=f"spread of strain by geometric phase analysis ({mask}); noise ({by_noise:.2g}) and "
                "distortions of the scan are in it",
            )
        )
    return found


def _twins(one: Looked) -> list[Observable]:
    """Boundaries over the length across them; the error is that of counting. None seen is no number."""
    if one.twin is None or not one.twin.boundaries or not one.record.calibrated or not one.twin.depth > 0.0:
        return []
    count, nanometres = len(one.twin.boundaries), 0.1 * one.twin.depth
    return [
        _entry(
            one,
            "twin_density",
            count / nanometres,
            uncertainty=math.sqrt(max(count, 1)) / nanometres,
            systematic=one.scale_error * count / nanometres,
            method="boundaries of a lattice with its mirror image over the length across; error of counting",
        )
    ]


def _mean_strains(one: Looked, mask: str) -> list[Observable]:
    """Mean strains outside the reference region: their error is that of noise, the rest is systematic.

    What a map varies by beyond noise are strains and distortions of the scan, which are alike over areas of
    the filter; it counts where it is beyond 3 deviations of what noise varies by.
    """
    assert one.strain is not None
    assert one.reference is not None
    outside = np.isfinite(one.strain.xx)
    outside[one.reference] = False
    inside = np.isfinite(one.strain.xx) & ~outside
    weights = np.where(outside, 1.0 / outside.sum(), 0.0) - np.where(inside, 1.0 / inside.sum(), 0.0)
    area = 4.0 * math.pi * one.strain.resolution**2
    found = []
    for (axis, values, noise), by_noise in zip(
        _maps(one.strain), one.strain.mean_noise(weights), strict=True
    ):
        varied = 0.0
        for part in (outside, inside):
            areas = max(1.0, float(part.sum()) / area)
            spread, expected = float(np.var(values[part])), float(np.mean(noise[part] ** 2))
            if spread > expected * (1.0 + 3.0 * math.sqrt(2.0 / areas)):
                varied += (spread - expected) / areas
        found.append(
            _entry(
                one,
                "strain",
                float(values[outside].mean()),
                uncertainty=by_noise,
                systematic=math.sqrt(varied) if varied > 0.0 else None,
                subject=Subject(note=axis),
                method=f"geometric phase analysis ({mask}): mean outside the reference region against that "
                "in it; systematic: what the map varies by beyond noise, with distortions of the scan",
            )
        )
    return found


def _maps(strain: StrainMap) -> tuple[tuple[str, Floats, Floats], ...]:
    """Normal strains with their noise."""
    return (("along x", strain.xx, strain.xx_noise), ("along y", strain.yy, strain.yy_noise))


def spots(count: int, where: str, verb: str) -> str:
    """Return so many spots with what they do, as ``1 spot lies`` or ``2 spots lie``.

    Parameters
    ----------
    count : int
        How many.
    where : str
        Words between them and the verb; may be empty.
    verb : str
        As it stands after several.
    """
    words = ("1 spot", where, f"{verb}s") if count == 1 else (f"{count} spots", where, verb)
    return " ".join(filter(None, words))


def _remarks(one: Looked, options: ImagingOptions) -> list[str]:
    said = [f"{one.record.source}: {note}" for note in one.record.notes]
    source = one.record.source
    said += detail_remarks(one.details, source, one.record.unit)
    if one.twin is not None:
        at = ", ".join(f"{place:+.1f}" for place in one.twin.boundaries)
        where = f"boundaries {at} {one.record.unit} from the middle, along their normal"
        said.append(
            f"{source}: {spots(one.twin.pairs, 'beside the lattice', 'mirror')} its own; "
            + (where if at else "no boundary stands in the image")
        )
    if one.lattice is not None and one.lattice.strangers:
        said.append(f"{source}: {spots(len(one.lattice.strangers), '', 'lie')} on no point of the lattice")
    seen = {spacing.phase for spacing in one.spacings if spacing.phase}
    for crystal in (text.partition("=")[0].strip() for text in options.crystals) if seen else ():
        if crystal not in seen:
            strongest = max((spot.amplitude for spot in one.search.found), default=0.0)
            said.append(
                f"{source}: no spot is {crystal}'s alone; one of {one.search.limit / strongest:.2g} of the "
                "strongest spot's amplitude would have been seen"
            )
    if one.answer is not None:
        zone = " ".join(map(str, one.answer.zone))
        said.append(f"{source}: indexed as {one.answer.crystal.name} [{zone}]")
        if one.answer.also:
            said.append(f"{source}: {', '.join(one.answer.also)} fit(s) as well within the calibration")
        if one.answer.forbidden:
            named = ", ".join("(" + " ".join(map(str, hkl)) + ")" for hkl in one.answer.forbidden[:8])
            said.append(
                f"{source}: {named} are forbidden there: double diffraction, a cell cut along the beam, "
                "or another phase"
            )
    elif one.lattice is not None and options.crystals:
        said.append(f"{source}: no candidate phase fits the lattice of its spots")
    if one.record.calibrated and not options.standard_crystal and one.spacings:
        said.append(
            f"{source}: absolute spacings carry {100 * options.scale_error:.3g} % for the calibration; "
            "their ratios do not"
        )
    return said


def coarse(values: Floats) -> Floats:
    """Return a map as means of blocks, at most 400 a side: what a figure shows.

    Parameters
    ----------
    values : array (rows, columns)
        Any unit.
    """
    return ImagePanel(title="", values=values, x_range=(0.0, 1.0), y_range=(0.0, 1.0)).coarse()


def _dataset(one: Looked) -> xr.Dataset:
    dims = ("row", "column")
    known: dict[str, Any] = {
        "intensity": (dims, coarse(one.record.image), {"units": "1", "long_name": "intensity, block means"}),
        "pixel_size": (
            ("axis",),
            one.record.pixel_size,
            {"units": one.record.unit, "long_name": "height and width of a pixel of the record"},
        ),
    }
    if one.search.found:
        scale = per_length(one.record) if one.record.calibrated else np.ones(2)
        unit = "1/Å" if one.record.calibrated else "1/px"
        g = np.array([spot.frequency * scale for spot in one.search.found])
        for name, column in (("g_row", 0), ("g_column", 1)):
            known[name] = (("spot",), g[:, column], {"units": unit, "long_name": "frequency of a spot"})
        ratio = np.array([spot.ratio for spot in one.search.found])
        known["ratio"] = (
            ("spot",),
            ratio,
            {"units": "1", "long_name": "power of a spot over the background"},
        )
    if one.strain is not None:
        for name in ("xx", "yy", "xy", "rotation", "xx_noise", "yy_noise", "xy_noise"):
            values = coarse(getattr(one.strain, name))
            known[f"strain_{name}"] = (
                dims,
                values,
                {"units": "1", "long_name": f"strain {name}, block means"},
            )
    return xr.Dataset(known)
