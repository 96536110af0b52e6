"""A paper's maps of elements and high-resolution images as simulated counterparts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.figure import Absent, Figure, ImagePanel
from topotaxy.measurement import recognise
from topotaxy.studies.paper_microscopy import MAPS, RESOLVED, records_of


def map_figure(folder: Path) -> Figure | Absent:
    """Maps of the cations, pristine (Figure 1d).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    from topotaxy.measurement.energy_dispersive.observed import observed
    from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions

    options = EnergyDispersiveOptions()
    panels = []
    for record in records_of(folder, f"{MAPS}-pristine-*", "energy_dispersive", options):
        for seen in observed([record], options).details:
            panels += [
                _image(one.line.family.element, np.maximum(one.counts, 0.0), record.pixel)
                for one in seen.maps
                if one.line.family.element in options.sublattice
            ]
    return _figure(
        "figure-1d",
        "Figure 1d: maps of the cations, pristine",
        "Spots that differ from map to map are chance: a column of a random alloy holds few atoms of each.",
        "A field of the box alone, 2.5 nm wide and thick; the paper's is tens of nanometres, in which chance "
        "averages out.",
        panels,
    )


def resolved_figure(folder: Path) -> Figure | Absent:
    """High-resolution images along [011], pristine and discharged (Figures 1e and 4e).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    options = recognise.technique_named("imaging").options()
    panels = []
    for state in ("pristine", "discharged"):
        for record in records_of(folder, f"{RESOLVED}-{state}-*", "imaging", options):
            size = tuple(0.1 * one for one in record.pixel_size)
            panels.append(_image(state, np.asarray(record.image), size))
    return _figure(
        "figure-1e-4e",
        "Figures 1e and 4e: high-resolution images along [011]",
        "Fringes of the frame are straight; metal and salt beside it break them.",
        "Multislice through one box with a corrected objective lens; thickness, defocus and lens of the "
        "paper's images are not known.",
        panels,
    )


def _image(title: str, values: NDArray[np.float64], pixel: tuple[float, ...] | None) -> ImagePanel:
    high, wide = (n * p for n, p in zip(values.shape, pixel or (1.0, 1.0), strict=True))
    return ImagePanel(
        title=title,
        values=values,
        x_range=(0.0, float(wide)),
        y_range=(0.0, float(high)),
        colours="grey",
        scale_bar=(1.0, "1 nm"),
    )


def _figure(name: str, title: str, reading: str, differs: str, panels: list[ImagePanel]) -> Figure | Absent:
    if not panels:
        return Absent(f"{title}: the instruments' files of it are not there")
    return Figure(
        name=name,
        title=title,
        reading=reading,
        caption=f"What differs from the paper's: {differs}",
        alt=title,
        panels=tuple(panels),
    )
