"""Maps of elements and high-resolution images of a paper's simulated electrode, by files and analyses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.files import write_atomically
from topotaxy.material import parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import STATES, Sample
from topotaxy.observables import Observable
from topotaxy.specimen import State
from topotaxy.specimen.builders import salt_edge
from topotaxy.studies.electrodes import Electrode
from topotaxy.studies.virtual_bench import CALIBRATION, METAL_EDGE

MAPS, RESOLVED = "maps", "resolved"
"""How the files of either begin."""
TWIN, CRYSTALS = "twin", "plate-crystals.json"
"""How the file of the twin begins, and the file of the lattices that are looked for."""
TWIN_SIZE = (4, 18, 19)
"""Repeats along [1-10] and [11-2], and planes between two mirrors: 4 nm between them."""
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
                Microscope(view="hrtem", beam_along="011", magnification_error=CALIBRATION),
                np.random.default_rng([SEED, 10 + number]),
                folder,
                format=written_format(technique),
                stem=f"{RESOLVED}-{state}",
            )
        found[state] = path
    return found


def twinned(electrode: Electrode, folder: Path) -> Path:
    """Return the file of an image along [110] of a twin of the pristine material, built by hand.

    The lattices that are looked for in images of the electrode are written beside it.

    Parameters
    ----------
    electrode : Electrode
        Whose material it is.
    folder : path
        Where the files go; those that are there are kept.
    """
    from topotaxy.measurement.imaging import Microscope
    from topotaxy.specimen.twins import twin

    edge = electrode.edge
    salt = salt_edge(electrode.ion, "O")
    crystals = [
        f"oxide=rock salt:{edge:.4f}",
        f"alloy=fcc:{METAL_EDGE}",
        f"{electrode.ion}2O=antifluorite:{salt:.3f}",
    ]
    write_atomically(folder / CRYSTALS, json.dumps(crystals))
    path = next(iter(folder.glob(f"{TWIN}-*")), None)
    if path is None:
        technique = recognise.technique_named("imaging")
        (path,) = probed_files(
            technique,
            [twin(electrode.formula, TWIN_SIZE, lattice_parameter=edge)],
            Microscope(view="haadf", beam_along="x", magnification_error=CALIBRATION),
            np.random.default_rng([SEED, 20]),
            folder,
            format=written_format(technique),
            stem=f"{TWIN}-by-hand",
        )
    return path


def records_of(folder: Path, pattern: str, technique: str, options: Any) -> list[Any]:
    """Return the records of files in a folder, in the order of their names.

    Parameters
    ----------
    folder : path
        Where the files are.
    pattern : str
        Pattern of the names of the files.
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
