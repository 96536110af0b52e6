"""Figures of absorption: edge and derivative, χ(k) and |χ(R)| with its fit, components."""

from __future__ import annotations

import numpy as np

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Figure, Marker, Panel, Series
from topotaxy.content.palette import INK, NEUTRAL, element_colour
from topotaxy.measurement.absorption.dataset import LARGEST_R, transformed
from topotaxy.measurement.absorption.edges import derivative, smoothing_width
from topotaxy.measurement.absorption.results import Results, Spectrum
from topotaxy.measurement.absorption.transform import r_grid

MOST_CURVES = 6
_SERIES = ("#1b1f24", "#0072B2", "#009E73", "#E69F00", "#D55E00", "#CC79A7")


def _chosen(results: Results, *, with_exafs: bool = False) -> list[Spectrum]:
    """Return the spectra that are drawn: the first, the last and some between."""
    able = [
        one
        for one in results.spectra
        if not one.record.is_reference and (one.exafs is not None or not with_exafs)
    ]
    if len(able) <= MOST_CURVES:
        return able
    places = np.unique(np.linspace(0, len(able) - 1, MOST_CURVES).round().astype(int))
    return [able[place] for place in places]


def _key(one: Spectrum) -> str:
    return one.record.label or one.record.source


def _colour(one: Spectrum, place: int, count: int) -> str:
    return (
        element_colour(one.record.element)
        if count == 1 and one.record.element
        else _SERIES[place % len(_SERIES)]
    )


def edge_figure(results: Results) -> Figure:
    """Return normalised absorption and its derivative near the edge, one pair of panels for each edge.

    Parameters
    ----------
    results : Results
        Of more than six spectra the first, the last and some between are drawn.
    """
    panels = []
    for edge in dict.fromkeys((one.record.element, one.record.edge) for one in _chosen(results)):
        group = [one for one in _chosen(results) if (one.record.element, one.record.edge) == edge]
        name = " ".join(part for part in edge if part)
        rise, slopes = [], []
        for place, one in enumerate(group):
            near = np.abs(one.normal.energy_ev - one.normal.e0 - 30.0) <= 70.0
            x, y = thinned(one.normal.energy_ev[near], one.normal.flat[near])
            colour = _colour(one, place, len(group))
            rise.append(Series(x=x, y=y, name=_key(one), key=_key(one), colour=colour))
            grid, slope = derivative(one.normal.energy_ev, one.normal.values, smoothing_width(one.normal.e0))
            close = np.abs(grid - one.normal.e0 - 10.0) <= 35.0
            x, y = thinned(grid[close], slope[close])
            slopes.append(Series(x=x, y=y, name=_key(one), key=_key(one), colour=colour, in_legend=False))
        half = group[0].positions.get("half step")
        markers = () if half is None else (Marker(at=half.energy_ev, text="half step", colour=NEUTRAL),)
        panels.append(
            Panel(
                title=f"{name} edge",
                x_label="energy / eV",
                y_label="normalised absorption",
                series=tuple(rise),
                markers=markers,
            )
        )
        panels.append(
            Panel(
                title=f"{name}, derivative",
                x_label="energy / eV",
                y_label="derivative / eV⁻¹",
                series=tuple(slopes),
            )
        )
    return Figure(
        name="absorption-edge",
        title="Absorption edges",
        reading="An edge that moves to lower energy was reduced; one that moves back was oxidised again.",
        caption="Normalised absorption, flattened above the edge, and its derivative, smoothed by a Gaussian "
        "of the monochromator's width.",
        alt="Normalised X-ray absorption against energy, and its derivative",
        panels=tuple(panels),
    )


def exafs_figure(results: Results) -> Figure:
    """Return k²χ(k) and |χ(R)| with the fits, one row for each edge.

    Parameters
    ----------
    results : Results
        Spectra without χ(k) are left out.
    """
    panels = []
    chosen = _chosen(results, with_exafs=True)
    for edge in dict.fromkeys((one.record.element, one.record.edge) for one in chosen):
        group = [one for one in chosen if (one.record.element, one.record.edge) == edge]
        name = " ".join(part for part in edge if part)
        waves, radial = [], []
        for place, one in enumerate(group):
            assert one.exafs is not None
            colour = _colour(one, place, len(group))
            x, y = thinned(one.exafs.k, one.exafs.k**2 * one.exafs.chi)
            waves.append(Series(x=x, y=y, name=_key(one), key=_key(one), colour=colour))
            r = r_grid()
            near = r <= LARGEST_R
            x, y = thinned(r[near], np.abs(transformed(one))[near])
            radial.append(Series(x=x, y=y, name=_key(one), key=_key(one), colour=colour, in_legend=False))
            if one.fit is not None:
                x, y = thinned(r[near], np.abs(transformed(one, fit=True))[near])
                radial.append(
                    Series(x=x, y=y, name=f"{_key(one)}, fit", key="fit", colour=INK, dash="dash", width=1.2)
                )
        panels.append(
            Panel(title=f"{name}, EXAFS", x_label="k / Å⁻¹", y_label="k² χ(k) / Å⁻²", series=tuple(waves))
        )
        panels.append(
            Panel(
                title=f"{name}, transform",
                x_label="R / Å (no phase shift)",
                y_label="|χ(R)| / Å⁻³",
                series=tuple(radial),
                y_from_zero=True,
            )
        )
    return Figure(
        name="absorption-exafs",
        title="EXAFS and its transform",
        reading="The first peak is the anion shell; metal near 2.2 Å, cations of rock salt near 2.7 Å.",
        caption="k² weighted; dashed lines are fits. Peaks lie about 0.3 to 0.5 Å below the distances, which "
        "the fit corrects.",
        alt="EXAFS against wave number and magnitude of its Fourier transform with fits",
        panels=tuple(panels),
    )


def species_figure(results: Results) -> Figure:
    """Return the eigenvalues of the components of each series, over its largest.

    Parameters
    ----------
    results : Results
        With components of one edge at least.
    """
    series = []
    for place, ((element, edge), parts) in enumerate(results.components.items()):
        values = parts.eigenvalues / parts.eigenvalues[0]
        kept = values > 1e-16
        number = np.arange(1, len(values) + 1, dtype=float)
        series.append(
            Series(
                x=number[kept],
                y=values[kept],
                name=f"{element} {edge}: {parts.count} species",
                key=f"{element} {edge}",
                colour=_SERIES[place % len(_SERIES)],
                symbol="circle",
            )
        )
    first = next(iter(results.components.values()))
    return Figure(
        name="absorption-species",
        title="Number of species",
        reading="Components above the level of the rest are needed; the rest is noise.",
        caption=f"Eigenvalues over the largest. Test: {first.test}.",
        alt="Eigenvalues of the components of a series of spectra",
        panels=(
            Panel(
                title="Components",
                x_label="component",
                y_label="eigenvalue over the largest",
                series=tuple(series),
                y_log=True,
                whole_numbers=True,
            ),
        ),
    )
