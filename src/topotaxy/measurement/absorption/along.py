"""A series of spectra along the charge of its cell: the axis, and the figure of its edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.content.figure import Figure, Panel, Series
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats
from topotaxy.measurement.absorption.results import Results

HOUR = 3600.0
_COLOURS = ("#0072B2", "#D55E00")


@dataclass(frozen=True, eq=False)
class Axis:
    """Where each spectrum of a series stands, what that is, and whether it only counts them."""

    values: Floats
    label: str
    counts: bool = False


def axis_of(records: Sequence[AbsorptionRecord], specific_current: float | None) -> Axis:
    """Return the axis of a series: charge, time since the first, or place.

    Parameters
    ----------
    records : sequence of AbsorptionRecord
        In the order given.
    specific_current : float or None
        A/g, constant.
    """
    clocks = [record.time for record in records if record.time is not None]
    if len(clocks) < len(records) or len(set(clocks)) < len(clocks):
        return Axis(np.arange(1.0, len(records) + 1.0), "spectrum, in the order given", counts=True)
    hours = (np.array(clocks) - clocks[0]) / HOUR
    if specific_current is None:
        return Axis(hours, "time since the first spectrum / h")
    return Axis(1000.0 * specific_current * hours, "charge since the first spectrum / mAh g⁻¹")


def series_figure(results: Results) -> Figure | None:
    """Return the edge position of each spectrum of a series against charge; None for fewer than three.

    Files of spectra do not say the charge that had passed. Their clocks and the current of the cell do;
    without the current the axis is time, and without clocks the place in the series.

    Parameters
    ----------
    results : Results
        Foils and references are left out.
    """
    samples = [one for one in results.spectra if not one.record.is_reference and not one.is_foil]
    panels = []
    for edge in dict.fromkeys((one.record.element, one.record.edge) for one in samples):
        group = [one for one in samples if (one.record.element, one.record.edge) == edge]
        if len(group) < 3:
            continue
        along = axis_of([one.record for one in group], results.specific_current)
        species = results.components.get(edge)
        curves = []
        for method, colour in (("half step", _COLOURS[0]), ("integral", _COLOURS[1])):
            known = [
                (x, one.positions[method])
                for x, one in zip(along.values, group, strict=True)
                if method in one.positions
            ]
            if len(known) < 3:
                continue
            energies = np.array([position.energy_ev for _, position in known])
            curves.append(
                Series(
                    x=np.array([x for x, _ in known]),
                    y=energies - energies[0],
                    name=method,
                    key=method,
                    colour=colour,
                    symbol="circle",
                )
            )
        if curves:
            panels.append(
                Panel(
                    title=f"{' '.join(part for part in edge if part)} edge along the series"
                    + (f", {species.count} species" if species else ""),
                    x_label=along.label,
                    y_label="shift against the first / eV",
                    series=tuple(curves),
                    whole_numbers=along.counts,
                )
            )
    if not panels:
        return None
    return Figure(
        name="absorption-series",
        title="Edge along the series",
        reading="A rise is oxidation, a fall reduction; the methods weigh the parts of the edge differently.",
        caption="Edge positions less that of the first spectrum. "
        + (f"Number of species: {test}. " if (test := _test(results)) else "")
        + "Charge is the time by the clocks of the files at the current given; without a current the axis is "
        "time, without clocks the order given.",
        alt="Edge position of each spectrum of a series",
        panels=tuple(panels),
    )


def _test(results: Results) -> str:
    """Return the test by which species were counted; empty where none were."""
    return next((parts.test for parts in results.components.values()), "")
