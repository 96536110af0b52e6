"""Maps of elements and high-resolution images of a paper's simulated electrode, by files and analyses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.material import parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import STATES, Sample
from topotaxy.observables import Observable
from topotaxy.specimen import State
from topotaxy.studies.electrodes import Electrode

MAPS, RESOLVED = "maps", "resolved"
"""How the files of either begin."""
MAP_PIXELS = 16
"""Pixels along an edge of a map: 1.6 Å each over a box of six cells, somewhat more than the probe."""
SEED = 31
"""Of the noise of both."""
IMAGED: tuple[State, ...] = ("pristine", "discharged")
"""States of which the paper shows high-resolution images."""


def mapped(electrode: Electrode, folder: Path) -> list[Observable]:
    """Return how uneven each cation is by maps of X-rays of the three states; files that are there are read.

    Parameters
    ----------
    electrode : Electrode
        Its first replica is looked at, along an edge of its box.
    folder : path
        Where the files go.
    """
    technique = recognise.technique_named("energy_dispersive")
    assert technique.instrument is not None
    found: list[Observable] = []
    for number, state in enumerate(STATES):
        path = next(iter(folder.glob(f"{MAPS}-{state}-*")), None)
        if path is None:
            (path,) = probed_files(
                technique,
                electrode.states[state][:1],
                technique.instrument(scan_pixels=MAP_PIXELS),
                np.random.default_rng([SEED, number]),
                folder,
                format=written_format(technique),
                stem=f"{MAPS}-{state}",
            )
        options = map_options(electrode.formula, electrode.ion)
        records = recognise.recognised(path, among=[technique]).format.read(path, options)
        found += analysed(
            {technique.name: list(records)},
            {technique.name: options},
            sample=Sample(name=electrode.formula, state=state),
        ).observables
    return [one for one in found if one.quantity == "segregation_index"]


def map_options(formula: str, ion: str) -> Any:
    """Return the options by which maps are read: all elements of the material, and the alkali.

    Parameters
    ----------
    formula, ion : str
        Pristine material and alkali.
    """
    composition = parse_formula(formula)
    elements = (*composition.cations, *composition.anions, ion)
    # The K lines of the lightest elements lie below what a detector with a window sees.
    seen = tuple(dict.fromkeys(e for e in elements if e != "Li"))
    return recognise.technique_named("energy_dispersive").options(
        x_ray_elements=seen, sublattice=tuple(composition.cations)
    )


def resolved(electrode: Electrode, folder: Path) -> dict[State, Path]:
    """Return files of high-resolution images along [011], by state; those that are there are kept.

    Parameters
    ----------
    electrode : Electrode
        Its first replica is looked at.
    folder : path
        Where the files go.
    """
    from topotaxy.measurement.imaging import Microscope

    technique = recognise.technique_named("imaging")
    found: dict[State, Path] = {}
    for number, state in enumerate(IMAGED):
        path = next(iter(folder.glob(f"{RESOLVED}-{state}-*")), None)
        if path is None:
            (path,) = probed_files(
                technique,
                electrode.states[state][:1],
                Microscope(view="hrtem", beam_along="011"),
                np.random.default_rng([SEED, 10 + number]),
                folder,
                format=written_format(technique),
                stem=f"{RESOLVED}-{state}",
            )
        found[state] = path
    return found


def records_of(folder: Path, pattern: str, technique: str, options: Any) -> list[Any]:
    """Return the records of files in a folder, in the order of their names.

    Parameters
    ----------
    folder : path
        Where the files are.
    pattern : str
        Of their names.
    technique : str
        Whose formats are tried.
    options : model
        Of its analysis.
    """
    kind = recognise.technique_named(technique)
    return [
        record
        for path in sorted(folder.glob(pattern))
        for record in recognise.recognised(path, among=[kind]).format.read(path, options)
    ]
