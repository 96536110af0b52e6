"""A paper's figures as simulated counterparts, each with what differs from the paper's own.

Everything is drawn from the files that the virtual instruments wrote, read as measured ones are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, ImagePanel, Panel, Series
from topotaxy.measurement import recognise
from topotaxy.studies.paper_images import map_figure, resolved_figure

Values = NDArray[np.float64]

STATES = {"pristine": "#000000", "discharged": "#D55E00", "charged": "#0072B2"}
"""States with their colours."""


def _records(folder: Path, pattern: str, technique: str, **options: Any) -> list[Any]:
    kind = recognise.technique_named(technique)
    found: list[Any] = []
    for path in sorted(folder.glob(pattern)):
        found += recognise.recognised(path, among=[kind]).format.read(path, kind.options(**options))
    return found


def _state_of(name: str) -> str:
    return next((state for state in STATES if f"-{state}" in name or f", {state}" in name), "")


def _lines(x: Values, y: Values, state: str, shift: float = 0.0) -> Series:
    x, y = thinned(x, y + shift)
    return Series(x=x, y=y, name=state, key=state, colour=STATES.get(state, "#6b7280"))


def pattern_figure(folder: Path) -> Figure | Absent:
    """Powder pattern of the pristine state (Figure 1b).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    records = _records(folder, "*-pristine-diffraction.xy", "diffraction", radiation="X-ray")
    series = tuple(_lines(r.x, r.intensity, "pristine") for r in records)
    return _figure(
        "figure-1b",
        "Figure 1b: pattern of the pristine material",
        "One set of lines, those of rock salt.",
        "Virtual synchrotron at 20 keV with counting noise; the paper's wavelength, resolution and texture "
        "are not known. A Rietveld fit of it gives the cell in the table of claims.",
        Panel(title="", x_label="2θ / °", y_label="counts", series=series),
    )


def states_figure(folder: Path) -> Figure | Absent:
    """Patterns of the three states above each other (Figure 3a).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    records = _records(folder, "*-diffraction.xy", "diffraction", radiation="X-ray")
    found: dict[str, Any] = {}
    for record, path in zip(records, sorted(folder.glob("*-diffraction.xy")), strict=True):
        found[_state_of(path.name)] = record
    top = max((float(r.intensity.max()) for r in found.values()), default=1.0)
    series = tuple(
        _lines(found[state].x, found[state].intensity / top, state, 0.6 * place)
        for place, state in enumerate(STATES)
        if state in found
    )
    return _figure(
        "figure-3a",
        "Figure 3a: patterns of the three states",
        "Lines of rock salt that stay and move are a frame that persists and swells; a hump is a metal of "
        "nanometres.",
        "Three states of one cycle in place of an operando series; no cell, window or current collector is "
        "in the beam.",
        Panel(
            title="",
            x_label="2θ / °",
            y_label="intensity, shifted",
            series=series,
            hide_y_numbers=True,
            tall=True,
        ),
    )


def _spectra(folder: Path) -> dict[tuple[str, str], Any]:
    """Normalised spectra by element and state."""
    from topotaxy.measurement.absorption.normalisation import normalised

    found: dict[tuple[str, str], Any] = {}
    for path in sorted(folder.glob("*.xdi")):
        state = _state_of(path.name)
        if "foil" in path.name or not state:
            continue
        for record in _records(folder, path.name, "absorption"):
            found[record.element, state] = normalised(record)
    return found


def edges_figure(folder: Path) -> Figure | Absent:
    """Derivatives of the edges by element (Figure 3b to d).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    spectra = _spectra(folder)
    panels = []
    for element in dict.fromkeys(element for element, _ in spectra):
        series = []
        for state in STATES:
            one = spectra.get((element, state))
            if one is None:
                continue
            energy = one.record.energy_ev
            near = (energy > one.e0 - 30.0) & (energy < one.e0 + 60.0)
            slope = np.gradient(one.flat[near], energy[near])
            series.append(_lines(energy[near], slope, state))
        panels.append(
            Panel(
                title=f"{element} K", x_label="energy / eV", y_label="derivative / eV⁻¹", series=tuple(series)
            )
        )
    return _figure(
        "figure-3b-d",
        "Figure 3b to d: derivatives of the edges",
        "Weight at the energy of the metal is the share that was reduced.",
        "Edge shapes are imposed by valence, so only the share of each is a result; the white line of a real "
        "oxide is richer.",
        *panels,
    )


def neighbours_figure(folder: Path, states: Sequence[str] = tuple(STATES)) -> Figure | Absent:
    """Magnitude of the transforms by element (Figure 3e to g).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    states : Sequence[str]
        States in their order.
    """
    panels = [
        Panel(
            title=f"{element} K",
            x_label="R / Å (no phase shift)",
            y_label="|χ(R)| / Å⁻³",
            series=tuple(series),
        )
        for element, series in _transforms(folder, states).items()
    ]
    return _figure(
        "figure-3e-g",
        "Figure 3e to g: transforms of the EXAFS",
        "First peak: anions; near 2.2 Å: metal; near 2.7 Å: cations of rock salt.",
        "Single scattering, thermal disorder from a table, k from 3 to 12 Å⁻¹ with k² weight; the paper's "
        "window and weight are not known.",
        *panels,
    )


def alike_figure(folder: Path) -> Figure | Absent:
    """Transforms of all elements, pristine (Figure 1c).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    colours = ("#000000", "#D55E00", "#0072B2", "#009E73")
    series = []
    for colour, (element, lines) in zip(colours, _transforms(folder, ("pristine",)).items(), strict=False):
        for line in lines:
            series.append(Series(x=line.x, y=line.y, name=f"{element} K", key=f"{element} K", colour=colour))
    return _figure(
        "figure-1c",
        "Figure 1c: surroundings of the cations, pristine",
        "Peaks at the same distances for every element are one random metal sublattice.",
        "Mg and Co are left out: the edge of Mg needs soft X-rays, that of Co is measured on request.",
        Panel(title="", x_label="R / Å (no phase shift)", y_label="|χ(R)| / Å⁻³", series=tuple(series)),
    )


def _transforms(folder: Path, states: Sequence[str]) -> dict[str, list[Series]]:
    from topotaxy.measurement.absorption.background import exafs
    from topotaxy.measurement.absorption.transform import forward, r_grid

    found: dict[str, list[Series]] = {}
    spectra = _spectra(folder)
    r = r_grid()
    near = r <= 4.5
    # In the order of the states, whatever that of the files: legends follow the lines.
    for element in dict.fromkeys(element for element, _ in spectra):
        for state in states:
            one = spectra.get((element, state))
            if one is None:
                continue
            waves = exafs(one)
            radial = np.abs(forward(waves.k, waves.chi, low=3.0, high=12.0))
            found.setdefault(element, []).append(_lines(r[near], radial[: len(r)][near], state))
    return found


def images_figure(folder: Path) -> Figure | Absent:
    """Dark-field images of the three states (Figure 4a to c).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    panels = []
    for state, record in _images(folder).items():
        high, wide = (0.1 * n * p for n, p in zip(record.image.shape, record.pixel_size, strict=True))
        panels.append(
            ImagePanel(
                title=state,
                values=record.image,
                x_range=(0.0, float(wide)),
                y_range=(0.0, float(high)),
                colours="grey",
                scale_bar=(1.0, "1 nm"),
            )
        )
    return _figure(
        "figure-4a-c",
        "Figure 4a to c: dark-field images",
        "Columns of the frame are dots; metal of nanometres blurs them.",
        "Virtual microscope along a cube edge through the whole box, brightness as Z^1.7, no channelling; "
        "the paper's images are of one thin edge of a particle.",
        *panels,
    )


def profiles_figure(folder: Path) -> Figure | Absent:
    """Intensity along a row of columns (Figure 4d and k).

    Parameters
    ----------
    folder : Path
        Folder of runs, files and readings.
    """
    series = []
    for place, (state, record) in enumerate(_images(folder).items()):
        image = np.asarray(record.image, dtype=np.float64)
        band: Values = image[len(image) // 2 - 5 : len(image) // 2 + 5].mean(axis=0)
        x: Values = 0.1 * float(record.pixel_size[1]) * np.arange(len(band), dtype=np.float64)
        series.append(_lines(x, band / band.mean(), state, 1.0 * place))
    return _figure(
        "figure-4d",
        "Figure 4d and k: intensity along a row",
        "Equal distances between maxima are a uniform spacing; small maxima between them are atoms that the "
        "pristine frame does not have.",
        "Mean of ten rows of pixels through the middle of the image, divided by its mean and shifted.",
        Panel(title="", x_label="distance / nm", y_label="intensity, shifted", series=tuple(series)),
    )


def _images(folder: Path) -> dict[str, Any]:
    found = {}
    for state in STATES:
        records = _records(folder, f"*-{state}-imaging*.emd", "imaging")
        if records:
            found[state] = records[0]
    return found


def _figure(
    name: str, title: str, reading: str, differs: str, *panels: Panel | ImagePanel
) -> Figure | Absent:
    if not any(isinstance(panel, ImagePanel) or panel.series for panel in panels):
        return Absent(f"{title}: the instruments' files of it are not there")
    return Figure(
        name=name,
        title=title,
        reading=reading,
        caption=f"What differs from the paper's: {differs}",
        alt=title,
        panels=tuple(panels),
    )


FIGURES: tuple[Callable[[Path], Figure | Absent], ...] = (
    pattern_figure,
    alike_figure,
    states_figure,
    edges_figure,
    neighbours_figure,
    images_figure,
    profiles_figure,
    map_figure,
    resolved_figure,
)
"""Counterparts in the order of the page; the first stands on top."""
