"""Repeats of one measurement: glitches out, then mean and scatter on one grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats

GLITCH = 12.0
"""A point is a glitch where it is off its neighbours by this many times what points nearby usually are."""
MOST_GLITCHES = 20
"""Points; a spectrum with more is noisy or oscillates, and is left as it is."""
GAP = 1
"""Neighbours on either side that a point is not compared with, so that a glitch of two points shows."""
NEAR_EDGE = (-25.0, 80.0)
"""eV around the rise; there the spectrum itself may jump and nothing is taken out."""


def glitches(record: AbsorptionRecord, e0: float) -> np.ndarray:
    """Return which points are glitches, (n,): the worst of their surroundings, far off a cubic through them.

    The misfit of a point is compared with the median misfit of those nearby, which the oscillations of EXAFS
    raise for all alike. Of a glitch of several points the worst is named; take it out and look again.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    e0 : float
        Threshold, eV; from 25 below to 80 above it nothing is taken for a glitch.
    """
    energy, values = record.energy_ev, record.absorption
    far = GAP + 3
    misfit = np.zeros(len(values))
    if len(values) <= 2 * far:
        return misfit > 0.0
    windows = np.lib.stride_tricks.sliding_window_view
    offsets = np.r_[0 : far - GAP, far + GAP + 1 : 2 * far + 1]
    x, y = windows(energy, 2 * far + 1), windows(values, 2 * far + 1)
    spans = (x[:, offsets] - x[:, [far]]) / (x[:, [-1]] - x[:, [0]])
    # The value of each cubic at its middle, by the pseudo-inverse of all windows at once.
    weights = np.linalg.pinv(spans[:, :, None] ** np.arange(4))[:, 0, :]
    misfit[far:-far] = np.abs(y[:, far] - (weights * y[:, offsets]).sum(axis=1))
    usual = _running(misfit, 12, np.median)
    worst = misfit >= _running(misfit, far, np.max)
    outside = (energy < e0 + NEAR_EDGE[0]) | (energy > e0 + NEAR_EDGE[1])
    floor = 2e-3 * float(np.ptp(values))
    return np.asarray(outside & worst & (misfit > np.maximum(GLITCH * usual, floor)))


def _running(values: Floats, reach: int, of: Callable[..., Any]) -> Floats:
    if len(values) <= reach:
        return np.full(len(values), float(of(values)))
    padded = np.pad(values, reach, mode="reflect")
    return np.asarray(of(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=1))


def deglitched(record: AbsorptionRecord, e0: float) -> AbsorptionRecord:
    """Return the record without its glitches, and a note that says where they were.

    Parameters
    ----------
    record : AbsorptionRecord
        Returned as it is where it has none, or more than 20.
    e0 : float
        Threshold, eV.
    """
    found: list[float] = []
    clean = record
    for _ in range(MOST_GLITCHES):
        flagged = glitches(clean, e0)
        if not flagged.any():
            break
        found += [float(energy) for energy in clean.energy_ev[flagged]]
        if len(found) > MOST_GLITCHES:
            return record
        clean = _without(clean, flagged)
    if not found:
        return record
    places = ", ".join(f"{energy:.1f}" for energy in sorted(found)[:6])
    return clean.updated(notes=(*record.notes, f"{len(found)} points left out as glitches, at {places} eV"))


def _without(record: AbsorptionRecord, flagged: np.ndarray) -> AbsorptionRecord:
    kept = ~flagged
    return record.updated(
        energy_ev=record.energy_ev[kept],
        absorption=record.absorption[kept],
        reference=None if record.reference is None else record.reference[kept],
        deviation=None if record.deviation is None else record.deviation[kept],
    )


def merged(records: Sequence[AbsorptionRecord], *, label: str = "") -> AbsorptionRecord:
    """Return the mean of repeats on the first one's energies, with the deviation of the mean.

    Parameters
    ----------
    records
        Of one edge, in one detection; two at least.

    Raises
    ------
    InputError
        Where they are of different edges or detections, or have no energies in common.
    """
    first = records[0]
    if len(records) < 2:
        raise InputError("merging needs two spectra at least", where=first.name)
    kinds = {(record.element, record.edge, record.mode, record.normalised) for record in records}
    if len(kinds) > 1:
        raise InputError("spectra to merge are of different edges or detections", where=first.source)
    low = max(float(record.energy_ev[0]) for record in records)
    high = min(float(record.energy_ev[-1]) for record in records)
    energy = first.energy_ev[(first.energy_ev >= low) & (first.energy_ev <= high)]
    stack = np.stack([np.interp(energy, record.energy_ev, record.absorption) for record in records])
    scaled, factors = _on_one_scale(stack)
    references = [record for record in records if record.reference is not None]
    reference: Floats | None = None
    if len(references) == len(records):
        reference = np.mean([np.interp(energy, r.energy_ev, r.reference) for r in references], axis=0)  # type: ignore[arg-type]
    notes = (*first.notes, f"mean of {len(records)} spectra; deviations are of the mean")
    if float(np.ptp(factors)) > 0.02:
        notes = (
            *notes,
            f"scales of the spectra differed by {100 * float(np.ptp(factors)):.0f} % and were evened",
        )
    return first.updated(
        energy_ev=energy,
        absorption=scaled.mean(axis=0),
        deviation=np.maximum(scaled.std(axis=0, ddof=1) / np.sqrt(len(records)), 1e-300),
        reference=reference,
        label=label or f"{first.label}, mean of {len(records)}",
        notes=notes,
    )


def _on_one_scale(stack: Floats) -> tuple[Floats, Floats]:
    """Bring spectra to the scale and offset of their mean, as thickness and gains change between scans."""
    mean = stack.mean(axis=0)
    design = np.stack([mean, np.ones_like(mean)], axis=1)
    found = np.array([np.linalg.lstsq(design, row, rcond=None)[0] for row in stack])
    return (stack - found[:, 1:]) / found[:, :1], found[:, 0]
