"""X-ray records to observables: atomic and site fractions, segregation with its null and power."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.measurement.energy_dispersive.composition import (
    OVERLAP,
    among,
    composition,
    measured_lines,
)
from topotaxy.measurement.energy_dispersive.dataset import dataset_of
from topotaxy.measurement.energy_dispersive.fit import fitted, windowed
from topotaxy.measurement.energy_dispersive.line_scan import line_scan
from topotaxy.measurement.energy_dispersive.maps import ElementMap, element_maps
from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.energy_dispersive.seen import SeenXRays
from topotaxy.measurement.energy_dispersive.segregation import LENGTH, MODULATION, random_alloy_index
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Conditions, Observable, Subject, observable

SEED = 21
FEWEST_COUNTS = 50.0
MOST_FOREIGN = 0.5
"""Share of other elements in its window beyond which an element is not taken for there, unasked."""


def observed(records: Sequence[XRayRecord], options: EnergyDispersiveOptions) -> Observed:
    """Return observables, what is absent and why, remarks.

    Parameters
    ----------
    records : sequence of XRayRecord
        Spectra or maps.
    options : EnergyDispersiveOptions
        Elements, k-factors, sublattice.
    """
    numbers: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    details = []
    for record in records:
        if record.total.sum() < FEWEST_COUNTS:
            absent[record.source] = {"atomic_fraction": "has hardly any X-rays: no line can be told"}
            continue
        seen = _seen(record, options)
        details.append(seen)
        mine, missing = _numbers(seen, options)
        numbers += mine
        if missing:
            absent[record.source] = missing
        remarks += _remarks(seen, options)
    return Observed(
        observables=tuple(numbers),
        absent=absent,
        remarks=tuple(dict.fromkeys(remarks)),
        dataset=dataset_of(details),
        details=tuple(details),
    )


def _seen(record: XRayRecord, options: EnergyDispersiveOptions) -> SeenXRays:
    fit = fitted(
        record.energy,
        record.total,
        elements=options.x_ray_elements,
        beam_energy=record.beam_energy,
        resolution=options.mn_resolution or record.resolution,
    )
    lines = measured_lines(fit, options.stated_factors(), by=options.line_intensity)
    if not options.x_ray_elements:
        lines = tuple(one for one in lines if windowed(fit, one.family).foreign < MOST_FOREIGN)
    whole = composition(fit, lines, by=options.line_intensity)
    sites = None if whole is None else among(whole, options.sublattice)
    maps: tuple[ElementMap, ...] = ()
    scan = None
    if record.counts.ndim == 3 and lines:
        maps = element_maps(
            record.counts,
            fit,
            lines,
            by=options.line_intensity,
            sublattice=options.sublattice,
            counted=record.counted,
            null_maps=options.null_maps,
            rng=np.random.default_rng(SEED),
        )
        if options.line_scan:
            scan = line_scan(maps, options.line_scan, pixel=record.pixel)
    return SeenXRays(record=record, fit=fit, lines=lines, whole=whole, sites=sites, maps=maps, scan=scan)


def _common(seen: SeenXRays) -> dict[str, Any]:
    beam = seen.record.beam_energy
    return {
        "technique": "energy_dispersive",
        "origin": seen.record.origin,
        "source": seen.record.source,
        "conditions": Conditions(radiation="" if beam is None else f"electron, {beam / 1e3:.0f} keV"),
    }


def _numbers(seen: SeenXRays, options: EnergyDispersiveOptions) -> tuple[list[Observable], dict[str, str]]:
    common, missing = _common(seen), {}
    how = "lines fitted together" if options.line_intensity == "fit" else "windows"
    stated = "stated" if options.k_factors else "estimated"
    method = f"Cliff and Lorimer with {stated} k-factors by weight; {how}"
    found = []
    for quantity, part in (("atomic_fraction", seen.whole), ("site_fraction", seen.sites)):
        if part is None:
            continue
        for n, element in enumerate(part.elements):
            spread = float(np.sqrt(max(float(part.factors[n, n]), 0.0)))
            where = "" if quantity == "atomic_fraction" else f"; among {', '.join(part.elements)}"
            found.append(
                observable(
                    quantity,
                    float(part.fractions[n]),
                    uncertainty=float(np.sqrt(max(float(part.counting[n, n]), 0.0))),
                    systematic=spread if spread > 0.0 else None,
                    method=f"{method}{where}",
                    subject=Subject(element=element),
                    **common,
                )
            )
    if seen.whole is None:
        missing["atomic_fraction"] = (
            "fewer than two elements with a line and a k-factor: --x-ray-elements, --k-factors"
        )
    if seen.sites is None:
        missing["site_fraction"] = f"fewer than two of {', '.join(options.sublattice)[:80]} were found"
    for one in seen.maps:
        if one.segregation is None:
            why = one.reason or "nothing is said for it"
            missing.setdefault("segregation_index", f"{one.line.family.text}: {why}")
        else:
            found.append(_segregation(one, options, common))
    if seen.record.counts.ndim == 1:
        missing["segregation_index"] = "it is one spectrum and no map"
    return found, missing


def _segregation(one: ElementMap, options: EnergyDispersiveOptions, common: dict[str, Any]) -> Observable:
    found = one.segregation
    assert found is not None
    words = [
        "relative standard deviation of the local share from pixel to pixel beyond counting",
        f"p {found.p_value:.2g} of X-rays at random places",
        f"power {found.power:.2f} for {MODULATION:.0%} over {LENGTH:g} pixels",
    ]
    if options.column_atoms is not None:
        words.append(
            f"a random alloy of {options.column_atoms:g} atoms has "
            f"{random_alloy_index(min(max(found.share, 1e-6), 1.0), options.column_atoms):.3g}"
        )
    if not found.seen:
        words.append("upper bound at 95 %")
    return observable(
        "segregation_index",
        found.index if found.seen else found.upper,
        uncertainty=found.uncertainty if found.seen else None,
        bound=None if found.seen else "upper",
        method="; ".join(words),
        subject=Subject(element=one.line.family.element),
        **common,
    )


def _remarks(seen: SeenXRays, options: EnergyDispersiveOptions) -> list[str]:
    said = []
    for line in seen.lines:
        window = windowed(seen.fit, line.family)
        if window.foreign > OVERLAP:
            said.append(
                f"{window.foreign:.0%} of the lines within the window of {line.family.text} "
                f"({line.family.main / 1e3:.3f} keV) are {' and '.join(window.others)}: a map or a number by "
                f"windows is not of {line.family.element}"
            )
    wanted = [one for one in options.x_ray_elements if one not in {n.family.element for n in seen.lines}]
    for element in wanted:
        said += _not_there(seen, element)
    if not options.k_factors and seen.whole is not None:
        said.append("k-factors are estimates without the detector: fractions are good to 15 to 30 %")
    if abs(seen.fit.shift) > 8.0:
        said.append(
            f"the energy axis of {seen.record.source} is off by {seen.fit.shift:.0f} eV and was moved"
        )
    return said


def _not_there(seen: SeenXRays, element: str) -> list[str]:
    """What windows would have said of an element that the fit does not find."""
    for n in seen.fit.of(element):
        window = windowed(seen.fit, seen.fit.families[n])
        text = seen.fit.families[n].text
        if window.counts > 5.0 * window.error and window.foreign > OVERLAP:
            return [
                f"no {element} is found by the fit, while the window of {text} holds {window.counts:.0f} "
                f"counts: {' and '.join(window.others)}, so that a map by windows is one of those"
            ]
    return [f"no line of {element} is found"]
