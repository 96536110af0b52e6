"""Spectra to observables: position of a line's maximum, and the share of metal by combination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.auger import unheld
from topotaxy.measurement.photoemission.auger_parameter import auger_parameter, auger_region
from topotaxy.measurement.photoemission.background import BACKGROUNDS
from topotaxy.measurement.photoemission.combination import Combination, combined, window
from topotaxy.measurement.photoemission.depth import sampling_depth
from topotaxy.measurement.photoemission.lines import Line, line_of
from topotaxy.measurement.photoemission.maximum import SMOOTHED, maximum_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.overlaps import auger_remark, fitted_auger, sample_elements
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.photoemission.seen import Seen, dataset_of
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Conditions, Observable, Subject, observable


def observed(records: Sequence[PhotoemissionRecord], options: PhotoemissionOptions) -> Observed:
    """Return observables, what is absent and why, remarks.

    Parameters
    ----------
    records : sequence of PhotoemissionRecord
        One region each.
    options : PhotoemissionOptions
        Charge shift, background, references.

    Raises
    ------
    InputError
        Where a reference cannot be read, or only one of the two is given.
    """
    references = _references(options)
    elements = sample_elements(records, options)
    found: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    details: list[Seen] = []
    for record in records:
        seen, numbers, missing = _one(record, references, elements, options)
        details.append(seen)
        found += numbers
        if missing:
            absent[record.source] = missing
    for one in details:
        region = None if one.line is not None else auger_region(options.spectrum_line or one.record.line)
        if region is not None:
            number, why = auger_parameter(one.record, region, details, options.charge_shift)
            found += [] if number is None else [number]
            absent[one.record.source] = {"auger_parameter": why} if why else {}
    absent = {source: reasons for source, reasons in absent.items() if reasons}
    if options.charge_shift == 0.0:
        remarks.append(
            "binding energies stand as the files have them: no charge shift is given (--charge-shift)"
        )
    remarks += list(dict.fromkeys(auger_remark(one, elements) for one in details if one.line is not None))
    return Observed(
        observables=tuple(found),
        absent=absent,
        remarks=tuple(remark for remark in remarks if remark),
        dataset=dataset_of(details),
        details=tuple(details),
    )


def _references(
    options: PhotoemissionOptions,
) -> tuple[tuple[PhotoemissionRecord, ...], tuple[PhotoemissionRecord, ...]] | None:
    reduced, oxidised = options.reduced_reference, options.oxidised_reference
    if not reduced and not oxidised:
        return None
    if not reduced or not oxidised:
        raise InputError("a share needs both references: --reduced-reference and --oxidised-reference")
    return _all(reduced, options), _all(oxidised, options)


def _all(paths: Sequence[Path], options: PhotoemissionOptions) -> tuple[PhotoemissionRecord, ...]:
    return tuple(record for path in paths for record in _read(path, options))


def _read(path: Path, options: PhotoemissionOptions) -> tuple[PhotoemissionRecord, ...]:
    from topotaxy.measurement.technique import formats_in

    try:
        with path.open("rb") as file:
            head = file.read(8192)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    for one in formats_in("topotaxy.measurement.photoemission.formats"):
        if one.recognises(head, path):
            return tuple(one.read(path, options))
    raise InputError("is no spectrum of a known format", where=path.name)


def _one(
    record: PhotoemissionRecord,
    references: tuple[tuple[PhotoemissionRecord, ...], tuple[PhotoemissionRecord, ...]] | None,
    elements: frozenset[str],
    options: PhotoemissionOptions,
) -> tuple[Seen, list[Observable], dict[str, str]]:
    x, y = record.binding_energy - options.charge_shift, record.intensity
    name = options.spectrum_line or record.line
    line = None if auger_region(name) else line_of(name, float(x[0]), float(x[-1]))
    if line is None:
        plain = Seen(record=record, line=None, energy=x, data=y, background=BACKGROUNDS["linear"](x, y))
        return (
            plain,
            [],
            {"binding_energy": "its region is no line of the table, or covers several (a survey)"},
        )
    low, high = max(line.low, float(x[0])), min(line.high, float(x[-1]))
    inside = window(x, low, high)
    if inside.sum() < 8:
        plain = Seen(record=record, line=line, energy=x, data=y, background=BACKGROUNDS["linear"](x, y))
        return plain, [], {"binding_energy": f"has no points between {line.low:g} and {line.high:g} eV"}
    energy, data = x[inside], y[inside]
    background = BACKGROUNDS[options.background](energy, data)
    position, error = maximum_of(energy, data - background, record.deviation[inside])
    numbers: list[Observable] = []
    missing: dict[str, str] = {}
    if position is None:
        missing["binding_energy"] = "the largest point is at an end of the window"
    else:
        numbers.append(_position(record, line, (position, error), (low, high), options))
    untold = told_apart(line, options.charge_uncertainty)
    pair = None if references is None else [_matching(some, line, options) for some in references]
    combination = None
    if pair is None:
        missing["reduced_fraction"] = "no references: --reduced-reference and --oxidised-reference"
    elif pair[0] is None or pair[1] is None:
        missing["reduced_fraction"] = f"a reference holds no {line.name}"
    else:
        if position is not None:
            numbers += _shift(record, line, (position, error), pair[1], options)
        if not untold:
            moved = replace(record, binding_energy=x)
            combination = combined(
                moved,
                pair[0],
                pair[1],
                low=low,
                high=high,
                background=options.background,
                auger=unheld(record, line, elements, (pair[0], pair[1]), (low, high)),
            )
            numbers.append(_share(record, line, combination, (low, high)))
    if untold:
        missing["reduced_fraction"] = untold
    seen = Seen(
        record=record,
        line=line,
        energy=energy,
        data=data,
        background=background,
        position=position,
        uncertainty=error,
        combination=combination,
    )
    return seen, numbers, missing


def _position(
    record: PhotoemissionRecord,
    line: Line,
    at: tuple[float, float | None],
    ends: tuple[float, float],
    options: PhotoemissionOptions,
) -> Observable:
    return observable(
        "binding_energy",
        at[0],
        uncertainty=at[1],
        systematic=options.charge_uncertainty,
        method=(
            f"maximum above a {options.background} background from {ends[0]:g} to {ends[1]:g} eV, parabola "
            f"within {SMOOTHED:g} eV; systematic: charge reference"
        ),
        **_common(record, line),
    )


def _shift(
    record: PhotoemissionRecord,
    line: Line,
    at: tuple[float, float | None],
    oxide: PhotoemissionRecord,
    options: PhotoemissionOptions,
) -> list[Observable]:
    """How far the maximum lies from that of the oxide reference, which is no share."""
    low = max(line.low, float(oxide.binding_energy[0]))
    high = min(line.high, float(oxide.binding_energy[-1]))
    inside = window(oxide.binding_energy, low, high)
    energy, data = oxide.binding_energy[inside], oxide.intensity[inside]
    background = BACKGROUNDS[options.background](energy, data)
    there, error = maximum_of(energy, data - background, oxide.deviation[inside])
    if there is None:
        return []
    return [
        observable(
            "binding_energy_shift",
            at[0] - there,
            uncertainty=float(np.hypot(at[1] or 0.0, error or 0.0)),
            systematic=options.charge_uncertainty,
            method=(
                "maximum less that of the oxide reference; it jumps as the mix changes and is no share; "
                "systematic: charge reference"
            ),
            **_common(record, line),
        )
    ]


def _share(
    record: PhotoemissionRecord, line: Line, found: Combination, ends: tuple[float, float]
) -> Observable:
    return observable(
        "reduced_fraction",
        found.share,
        uncertainty=found.share_uncertainty,
        systematic=float(np.hypot(found.background_spread, found.auger_spread)),
        method=(
            f"combination of two references with free charge shift ({found.shift:.2f} eV), "
            f"{ends[0]:g} to {ends[1]:g} eV, chi² {found.chi_square:.2g}; weighted by depth"
            f"{fitted_auger(found)}"
        ),
        **_common(record, line),
    )


def told_apart(line: Line, charge_uncertainty: float) -> str:
    """Return why metal and oxide cannot be told by a line; empty where they can.

    Parameters
    ----------
    line : Line
        Which one.
    charge_uncertainty : float
        eV, of the charge reference.
    """
    if line.metal is None or line.oxide is None:
        return ""
    apart = abs(line.oxide - line.metal)
    if apart >= 2.0 * charge_uncertainty:
        return ""
    return (
        f"{line.name} of metal and oxide differ by {apart:.1f} eV, no more than the charge reference is good "
        "for: that it is unchanged says nothing; take the Auger lines"
    )


def _matching(
    records: Sequence[PhotoemissionRecord], line: Line, options: PhotoemissionOptions
) -> PhotoemissionRecord | None:
    for record in records:
        found = line_of(record.line, float(record.binding_energy[0]), float(record.binding_energy[-1]))
        if found is not None and found.name == line.name:
            return record
    return None


def _common(record: PhotoemissionRecord, line: Line) -> dict[str, Any]:
    depth = None if record.photon_energy is None else sampling_depth(record.photon_energy, line)
    radiation = "" if record.photon_energy is None else f"X-ray, {record.photon_energy:g} eV"
    return {
        "technique": "photoemission",
        "origin": record.origin,
        "source": record.source,
        "subject": Subject(element=line.element, line=line.level),
        "conditions": Conditions(radiation=radiation, depth=depth),
    }
