"""Energy-loss records to observables: edge energies, white lines, valence fractions, thickness, maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from topotaxy.measurement.energy_loss.combination import LossCombination, combined
from topotaxy.measurement.energy_loss.dataset import dataset_of
from topotaxy.measurement.energy_loss.edges import GAP, Edge, edges_in
from topotaxy.measurement.energy_loss.maps import edge_map
from topotaxy.measurement.energy_loss.onset import half_rise
from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.energy_loss.references import References, low_loss_of, references_in
from topotaxy.measurement.energy_loss.seen import SeenEdge, SeenLoss
from topotaxy.measurement.energy_loss.white_lines import WIDEST_SPREAD, WhiteLines, white_lines
from topotaxy.measurement.energy_loss.zero_loss import zero_loss
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Conditions, Observable, Subject, observable

ALIGNED_ERROR = 0.1
"""eV: what a zero-loss peak leaves of the axis, half a channel or so (estimate)."""
LARGEST_MAP = 128 * 128
"""Pixels beyond which maps are made of blocks of pixels."""
SEED = 20


def observed(records: Sequence[LossRecord], options: EnergyLossOptions) -> Observed:
    """Return observables, what is absent and why, remarks.

    Parameters
    ----------
    records : sequence of LossRecord
        Spectra or spectrum images.
    options : EnergyLossOptions
        References, elements, windows.

    Raises
    ------
    InputError
        Where a reference cannot be read or holds no edge.
    """
    references = references_in(options)
    numbers: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    details = []
    for record in records:
        seen, mine, missing, said = _one(record, references, options)
        details.append(seen)
        numbers += mine
        remarks += said
        if missing:
            absent[record.source] = missing
    return Observed(
        observables=tuple(numbers),
        absent=absent,
        remarks=tuple(dict.fromkeys(remarks)),
        dataset=dataset_of(details),
        details=tuple(details),
    )


def _one(
    record: LossRecord, references: References, options: EnergyLossOptions
) -> tuple[SeenLoss, list[Observable], dict[str, str], list[str]]:
    energy, total = record.energy, record.total
    remarks: list[str] = []
    low = low_loss_of(options)
    peak = zero_loss(energy, total) if record.reaches_zero else None
    shift = peak.position if peak is not None else 0.0
    if low is not None and peak is None:
        shift = low.peak.position
        remarks.append(f"axis moved by {-shift:.3f} eV, by the zero-loss peak of the low-loss file")
    energy = energy - shift - options.loss_axis_shift
    seen = SeenLoss(
        record=record,
        energy=energy,
        total=total,
        peak=peak,
        aligned=peak is not None or low is not None,
        edges=(),
    )
    numbers = _thickness(seen)
    missing: dict[str, str] = {}
    edges = []
    found = edges_in(
        energy, total, record.variance, elements=options.loss_elements, width=options.background_width
    )
    for edge in found:
        values = total if low is None else low.single(energy, total, edge, options.background_width)
        one, mine, why = _edge(seen, edge, values, references, options)
        edges.append(one)
        numbers += mine
        missing |= {key: text for key, text in why.items() if key not in missing}
    if not found and peak is None:
        wanted = " of the elements that are stated" if options.loss_elements else ""
        missing["edge_energy"] = f"no edge{wanted} stands out of the background in this range"
    if not record.counted:
        remarks.append(f"{record.source} is not in counts: scatter is taken from the data")
    return replace(seen, edges=tuple(edges)), numbers, missing, remarks


def _common(seen: SeenLoss, edge: Edge | None) -> dict[str, Any]:
    beam = seen.record.beam_energy
    return {
        "technique": "energy_loss",
        "origin": seen.record.origin,
        "source": seen.record.source,
        "subject": Subject() if edge is None else Subject(element=edge.element, line=edge.name),
        "conditions": Conditions(radiation="" if beam is None else f"electron, {beam / 1e3:.0f} keV"),
    }


def _thickness(seen: SeenLoss) -> list[Observable]:
    if seen.peak is None or seen.peak.thickness <= 0.0:
        return []
    # What is beyond the range is lost, and where the peak ends is a choice: a tenth is an estimate.
    return [
        observable(
            "relative_thickness",
            seen.peak.thickness,
            systematic=0.1 * seen.peak.thickness,
            method=f"logarithm of all over zero-loss intensity, which ends at {seen.peak.end:.2f} eV",
            **_common(seen, None),
        )
    ]


def _edge(
    seen: SeenLoss, edge: Edge, total: Floats, references: References, options: EnergyLossOptions
) -> tuple[SeenEdge, list[Observable], dict[str, str]]:
    width, variance = options.background_width, seen.record.variance
    numbers: list[Observable] = []
    missing: dict[str, str] = {}
    onset = half_rise(seen.energy, total, variance, edge, width=width)
    if onset is None:
        missing["edge_energy"] = (
            f"the rise of {edge.element} {edge.name} is lost in noise or in the background"
        )
    else:
        numbers.append(
            observable(
                "edge_energy",
                onset.energy,
                uncertainty=onset.uncertainty,
                systematic=float(
                    np.hypot(onset.spread, ALIGNED_ERROR if seen.aligned else options.loss_axis_error)
                ),
                method="half height of the rise to the first maximum; systematic: axis and background window",
                **_common(seen, edge),
            )
        )
    lines = None
    combination: LossCombination | None = None
    pair = references.of(edge)
    if edge.has_lines:
        rng = np.random.default_rng(SEED)
        lines = white_lines(seen.energy, total, variance, edge, width=width, rng=rng)
        numbers += _line_numbers(seen, edge, lines, references, missing)
        if pair is None:
            missing["reduced_fraction"] = references.lacks(edge)
        else:
            combination = combined(
                seen.energy, total, variance, edge, *pair.shapes, width=width, imposed=pair.imposed
            )
            numbers.append(_share(seen, edge, combination))
    elif edge.element == "Zn":
        missing["reduced_fraction"] = "zinc has no empty 3d state: its L edge has no white line to tell by"
    shapes = pair.shapes if pair is not None and combination is not None else None
    mapped = None
    if seen.record.counts.ndim == 3:
        image = _blocks(seen.record.counts)
        mapped = edge_map(seen.energy, image, edge, width=width, whole=combination, shapes=shapes)
    return (
        SeenEdge(
            edge=edge,
            onset=None if onset is None else onset.energy,
            lines=lines,
            combination=combination,
            map=mapped,
        ),
        numbers,
        missing,
    )


def _blocks(image: Floats) -> Floats:
    """A spectrum image in blocks of pixels, where it has very many."""
    rows, columns, _ = image.shape
    by = 1
    while (rows // by) * (columns // by) > LARGEST_MAP:
        by += 1
    cut = image[: rows // by * by, : columns // by * by]
    return np.asarray(cut.reshape(rows // by, by, columns // by, by, -1).sum(axis=(1, 3)))


def _share(seen: SeenLoss, edge: Edge, found: LossCombination) -> Observable:
    kind = "two imposed references" if found.imposed else "two references"
    return observable(
        "reduced_fraction",
        found.share,
        uncertainty=found.share_uncertainty,
        systematic=found.window_spread,
        method=(
            f"combination of {kind} by atoms with free offset ({found.offset:.2f} eV), from "
            f"{found.energy[0]:.0f} to {found.energy[-1]:.0f} eV, chi² {found.chi_square:.2g}; systematic: "
            "windows of the background"
        ),
        label="imposed" if found.imposed else None,
        **_common(seen, edge),
    )


def _line_numbers(
    seen: SeenLoss, edge: Edge, lines: WhiteLines | None, references: References, missing: dict[str, str]
) -> list[Observable]:
    """White-line numbers, or why there are none."""
    where = f"{edge.element} {edge.name}"
    if lines is None:
        for quantity in ("white_line_intensity", "white_line_ratio"):
            missing[quantity] = f"no step of {where} stands above the background"
        return []
    found = []
    window = f"{seen.energy[0]:.0f}" if seen.energy[0] > edge.energy - GAP - 40.0 else "40 eV before the edge"
    method = f"steps and lines above a power law from {window}; systematic: windows of the background"
    worst = max(lines.ratio_spread, lines.ratio_uncertainty)
    if worst > WIDEST_SPREAD * lines.ratio or lines.ratio > 50.0:
        much = f"{100.0 * worst / lines.ratio:.0f} %" if worst < lines.ratio else "more than itself"
        missing["white_line_ratio"] = (
            f"that of {where} moves by {much} with noise or the window of the background: it says nothing"
        )
    else:
        found.append(
            observable(
                "white_line_ratio",
                lines.ratio,
                uncertainty=lines.ratio_uncertainty,
                systematic=lines.ratio_spread,
                method=f"L3 over L2 area; {method}",
                **_common(seen, edge),
            )
        )
    reference = references.white_lines(edge)
    if reference is None:
        missing["white_line_intensity"] = "relative to pristine: give its spectrum (--loss-oxides)"
        return found
    relative = lines.intensity / reference.intensity
    spread = float(np.hypot(lines.intensity_spread, reference.intensity_spread * relative))
    if spread > WIDEST_SPREAD * max(lines.intensity, reference.intensity):
        missing["white_line_intensity"] = (
            f"that of {where} moves by {spread / reference.intensity:.2g} of the reference's with the window"
        )
        return found
    found.append(
        observable(
            "white_line_intensity",
            relative,
            uncertainty=float(
                np.hypot(lines.intensity_uncertainty, reference.intensity_uncertainty * relative)
                / reference.intensity
            ),
            systematic=spread / reference.intensity,
            method=f"area of L3 and L2 over the step height, over that of the oxide reference; {method}",
            **_common(seen, edge),
        )
    )
    return found
