"""Figures of one pattern: record, fit, parts, difference, and the positions of every phase's lines."""

from __future__ import annotations

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, Panel, Series, Ticks
from topotaxy.content.palette import INK, NEUTRAL
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import axis_label
from topotaxy.measurement.diffraction.nanodomains import NanoFit
from topotaxy.measurement.diffraction.pair_distribution import PairFit
from topotaxy.measurement.diffraction.refinement import Refinement

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c8c8c")
"""Of the phases, in their order."""
FIT = "#882255"
POINTS = 4000
"""Points of a drawn pattern: peaks are narrow."""


def pattern_figure(one: Analysed, name: str) -> Figure:
    """Return a pattern with its fit, the difference and the positions of every phase's lines.

    Parameters
    ----------
    one : Analysed
        What the analysis of one record found.
    name : str
        Of the figure.
    """
    record = one.record
    if one.nano is not None and one.prepared is not None:
        panels: tuple[Panel, ...] = _nano_panels(one, one.nano)
    elif one.pairs is not None:
        panels = _pair_panels(one, one.pairs)
    elif one.refinement is None or one.prepared is None:
        x, y = thinned(record.x, record.intensity, limit=POINTS)
        ticks = (
            (Ticks(x=np.array([p.position for p in one.peaks]), name="peaks", colour=FIT),)
            if one.peaks
            else ()
        )
        panels = (
            Panel(
                title="Pattern",
                x_label=axis_label(record.axis),
                y_label=f"Intensity ({record.intensity_unit or 'as in the file'})",
                series=(Series(x=x, y=y, name=record.origin, key="record", colour=INK, width=1.0),),
                ticks=ticks,
            ),
        )
    else:
        panels = _fitted_panels(one, one.refinement)
    return Figure(
        name=name,
        title=f"Pattern of {record.source}",
        reading=_reading(one),
        caption=f"A {record.origin} pattern, read as {record.format}.",
        alt=f"Powder pattern of {record.source} with its fit and the difference.",
        panels=panels,
    )


def _reading(one: Analysed) -> str:
    if one.pairs is not None:
        return f"Dots are the {one.record.origin} function, the line is that of the fitted structures."
    if one.prepared is None or (one.refinement is None and one.nano is None):
        return f"The {one.record.origin} pattern as it is; no phase was fitted to it."
    return (
        f"Dots are the {one.record.origin} pattern, the line is the sum of phases and background; the "
        "difference in units of the expected noise should scatter between −2 and 2."
    )


def _fitted_panels(one: Analysed, result: Refinement) -> tuple[Panel, ...]:
    assert one.prepared is not None
    fit, data = result.fit, one.prepared.data
    x, y, total, background, residual = thinned(
        data.x, data.y, fit.total, fit.background, fit.residual, limit=POINTS
    )
    ticks = []
    for k, name in enumerate(result.names):
        centres = fit.model.peaks(k, fit.values).centre[: len(fit.model.phases[k])]
        seen = centres[(centres > data.x[0]) & (centres < data.x[-1])]
        ticks.append(Ticks(x=seen, name=name, colour=COLOURS[k % len(COLOURS)]))
    return (
        Panel(
            title="Pattern and fit",
            x_label="2θ (°)",
            y_label="Intensity",
            series=(
                Series(
                    x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5
                ),
                Series(x=x, y=total, name="fit", key="fit", colour=FIT, width=1.2),
                Series(
                    x=x,
                    y=background,
                    name="background",
                    key="background",
                    colour=NEUTRAL,
                    dash="dash",
                    width=1.0,
                ),
            ),
            ticks=tuple(ticks),
        ),
        Panel(
            title="Difference over its standard deviation",
            x_label="2θ (°)",
            y_label="(Record − fit) / σ",
            series=(Series(x=x, y=residual, name="difference", key="difference", colour=INK, width=0.8),),
        ),
    )


def _nano_panels(one: Analysed, fit: NanoFit) -> tuple[Panel, ...]:
    assert one.prepared is not None
    data = one.prepared.data
    x, y, total, background, *parts = thinned(
        data.x, data.y, fit.total, fit.background, *(p + fit.background for p in fit.parts), limit=POINTS
    )
    series = [
        Series(x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5),
        Series(x=x, y=total, name="fit", key="fit", colour=FIT, width=1.2),
        Series(
            x=x, y=background, name="background", key="background", colour=NEUTRAL, dash="dash", width=1.0
        ),
    ]
    for k, (domain, part) in enumerate(zip(fit.domains, parts, strict=True)):
        name = domain.structure.name
        series.append(Series(x=x, y=part, name=name, key=name, colour=COLOURS[k % len(COLOURS)], width=1.0))
    difference = thinned(data.x, fit.residual, limit=POINTS)
    return (
        Panel(title="Pattern and fit", x_label="2θ (°)", y_label="Intensity", series=tuple(series)),
        Panel(
            title="Difference over its standard deviation",
            x_label="2θ (°)",
            y_label="(Record − fit) / σ",
            series=(
                Series(
                    x=difference[0],
                    y=difference[1],
                    name="difference",
                    key="difference",
                    colour=INK,
                    width=0.8,
                ),
            ),
        ),
    )


def _pair_panels(one: Analysed, fit: PairFit) -> tuple[Panel, ...]:
    x, y = thinned(one.record.x, one.record.intensity, limit=POINTS)
    at, calculated = thinned(fit.x, fit.calculated, limit=POINTS)
    return (
        Panel(
            title="Pair distribution",
            x_label="r (Å)",
            y_label="G (Å⁻²)",
            series=(
                Series(
                    x=x, y=y, name="record", key="record", colour=INK, width=0.0, symbol="circle", size=2.5
                ),
                Series(x=at, y=calculated, name="fit", key="fit", colour=FIT, width=1.2),
            ),
        ),
    )
