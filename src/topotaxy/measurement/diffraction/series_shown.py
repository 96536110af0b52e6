"""Figures of a series: a map of the patterns and a waterfall beside the voltage, numbers against charge."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.figure import Figure, ImagePanel, Panel, Series
from topotaxy.content.numbers import fixed
from topotaxy.content.palette import INK
from topotaxy.content.section import Paragraph, Part, Section, Table
from topotaxy.measurement.diffraction.analysed import Analysed
from topotaxy.measurement.diffraction.dataset import axis_label
from topotaxy.measurement.diffraction.series import Line, lines_of
from topotaxy.measurement.technique import Observed
from topotaxy.observables import Observable

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8c8c8c")
COLUMNS = 600
MOST_CURVES = 12
"""Curves of a waterfall; more run into each other."""

Floats = NDArray[np.float64]


def series_section(analysed: Sequence[Analysed], observed: Observed) -> Section:
    """Return the section of a series.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    observed : Observed
        What the analysis found: numbers, remarks, and what is absent.
    """
    parts: list[Part] = [Paragraph(_sentence(analysed))]
    alike = [one for one in analysed if one.record.axis == analysed[0].record.axis]
    if len(alike) > 1:
        parts += [map_figure(alike), waterfall(alike)]
    listed = lines_of([one.peaks for one in analysed])
    if listed:
        parts.append(line_table(listed))
    trends = trend_figure(analysed, observed.observables)
    if trends is not None:
        parts.append(trends)
    return Section(anchor="series", title="Series", parts=tuple(parts))


def _sentence(analysed: Sequence[Analysed]) -> str:
    known = sum(one.record.voltage is not None for one in analysed)
    beside = f"the voltage is known at {known} of them" if known else "no cycler's record stands beside them"
    return f"{len(analysed)} patterns; {beside}."


def _place(analysed: Sequence[Analysed]) -> tuple[Floats, str]:
    """Return what the series runs along: charge where it is known of all, else the number of the pattern."""
    charges = [one.record.charge for one in analysed]
    if all(c is not None for c in charges):
        return np.array(charges, dtype=float), "charge passed (mAh)"
    return np.arange(1.0, len(analysed) + 1.0), "pattern"


def line_table(lines: Sequence[Line]) -> Table:
    """Return the lines of a series, those that move told from those that stay.

    Parameters
    ----------
    lines : sequence of Line
        Lines through a series.
    """
    return Table(
        caption="Lines through the series",
        head=("mean position", "patterns", "moves by", "uncertainty", ""),
        rows=tuple(
            (
                fixed(line.centre, 3),
                str(len(line.positions)),
                fixed(line.motion, 3),
                fixed(float(np.median(line.errors)), 4),
                "moves" if line.moves else "stays",
            )
            for line in lines
        ),
        numeric=frozenset({0, 1, 2, 3}),
        note="A line that stays belongs to a window, a collector or a phase that does not react.",
    )


def map_figure(analysed: Sequence[Analysed]) -> Figure:
    """Return the series as a map, first pattern at the bottom, with the voltage beside it.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    """
    low = max(one.record.x[0] for one in analysed)
    high = min(one.record.x[-1] for one in analysed)
    grid = np.linspace(low, high, COLUMNS)
    values = np.array([np.interp(grid, one.record.x, one.record.intensity) for one in analysed])
    panels: list[Panel | ImagePanel] = [
        ImagePanel(
            title="Series",
            values=np.log10(np.maximum(values, max(float(values.max()) * 1e-4, 1e-12))),
            x_range=(low, high),
            y_range=(0.5, len(analysed) + 0.5),
            x_label=axis_label(analysed[0].record.axis),
            y_label="pattern",
            colour_bar="log10 of the intensity",
            equal_axes=False,
            origin_on_top=False,
        )
    ]
    voltages = [
        (k, one.record.voltage) for k, one in enumerate(analysed, start=1) if one.record.voltage is not None
    ]
    if voltages:
        number, volt = np.array(voltages, dtype=float).T
        panels.append(
            Panel(
                title="Voltage",
                x_label="voltage (V)",
                y_label="pattern",
                series=(
                    Series(
                        x=volt, y=number, name="voltage", key="voltage", colour=INK, symbol="circle", size=4.0
                    ),
                ),
            )
        )
    return Figure(
        name="series-map",
        title="The series as a map",
        reading="Lines of phases that stay run straight up; those that react bend, fade or appear.",
        caption="Intensity on a logarithmic scale; the voltage stands beside it where it is known.",
        alt="Map of intensity against the axis and the number of the pattern.",
        panels=tuple(panels),
    )


def waterfall(analysed: Sequence[Analysed]) -> Figure:
    """Return some patterns of the series above each other.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    """
    chosen = np.unique(np.linspace(0, len(analysed) - 1, min(len(analysed), MOST_CURVES)).round().astype(int))
    top = max(float(np.percentile(analysed[k].record.intensity, 99.8)) for k in chosen)
    curves = []
    for place, k in enumerate(chosen):
        record = analysed[k].record
        curves.append(
            Series(
                x=record.x,
                y=record.intensity + 0.35 * top * place,
                name=record.source,
                key=str(k),
                colour=INK,
                width=0.8,
                in_legend=False,
            )
        )
    return Figure(
        name="series-waterfall",
        title="The series as curves",
        reading="The first pattern is at the bottom; each is moved up by the same step.",
        caption="At most twelve patterns of the series.",
        alt="Patterns of the series above each other.",
        panels=(
            Panel(
                title="Patterns",
                x_label=axis_label(analysed[0].record.axis),
                y_label="intensity, shifted",
                series=tuple(curves),
                hide_y_numbers=True,
            ),
        ),
    )


def trend_figure(analysed: Sequence[Analysed], found: Sequence[Observable]) -> Figure | None:
    """Return lattice parameters and shares of phases along the series, or None where there are none.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    found : sequence of Observable
        Observables of the records.
    """
    place, label = _place(analysed)
    sources = {one.record.source: k for k, one in enumerate(analysed)}
    panels = []
    for quantity, title, axis in (
        ("lattice_parameter", "Lattice parameter", "a (Å)"),
        ("phase_fraction", "Share of phases", "share by weight"),
    ):
        series = _trends(found, quantity, lambda o: sources.get(o.source), place)
        if series:
            panels.append(Panel(title=title, x_label=label, y_label=axis, series=series))
    if not panels:
        return None
    return Figure(
        name="series-trends",
        title="Along the series",
        reading="Bars are one statistical standard deviation; a pattern whose fit failed leaves a gap.",
        caption="From the fits of the patterns one by one.",
        alt="Lattice parameters and shares of phases along the series.",
        panels=tuple(panels),
    )


def _trends(
    found: Sequence[Observable], quantity: str, index: Callable[[Observable], int | None], place: Floats
) -> tuple[Series, ...]:
    grouped: dict[str, list[tuple[float, float, float]]] = {}
    for entry in found:
        k = index(entry)
        if entry.quantity == quantity and entry.bound is None and k is not None:
            grouped.setdefault(entry.subject.text, []).append(
                (place[k], entry.value, entry.uncertainty or 0.0)
            )
    made = []
    for number, (name, rows) in enumerate(grouped.items()):
        if len(rows) < 2:
            continue
        x, y, error = np.array(rows).T
        made.append(
            Series(
                x=x,
                y=y,
                error=error,
                name=name,
                key=name,
                colour=COLOURS[number % len(COLOURS)],
                symbol="circle",
                size=4.0,
            )
        )
    return tuple(made)
