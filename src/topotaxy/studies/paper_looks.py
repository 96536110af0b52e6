"""Small virtual looks at a paper's electrode and materials: pattern, balance, energy loss, spots of images.

What has been looked at is taken from the folder.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.files import write_atomically
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import STATES, Sample
from topotaxy.measurement.technique import Technique
from topotaxy.observables import Observable, from_json, to_json
from topotaxy.specimen import Specimen, State
from topotaxy.specimen.builders import rock_salt, salt_edge
from topotaxy.studies.electrodes import Electrode
from topotaxy.studies.virtual_bench import CALIBRATION, INDEXING_ERROR, METAL_EDGE, OBSERVABLES

SEED = 1
"""Of the noise of every look."""
SPOTS = "spots.json"
CELLS = 4
"""Conventional cells along the edge of the pristine crystal that a pattern is taken of."""


def _looked(
    technique: Technique[Any],
    specimens: Sequence[Specimen],
    folder: Path,
    stem: str,
    *,
    instrument: Any = None,
    rng: np.random.Generator | None = None,
) -> list[Path]:
    """Files that the virtual instrument writes; by default as it stands, with noise of :data:`SEED`."""
    if instrument is None:
        assert technique.instrument is not None
        instrument = technique.instrument()
    rng = np.random.default_rng(SEED) if rng is None else rng
    format = written_format(technique)
    return probed_files(technique, specimens, instrument, rng, folder, format=format, stem=stem)


def _read(
    technique: Technique[Any], paths: Sequence[Path], options: Any, sample: Sample | None = None
) -> tuple[Observable, ...]:
    """What the analysis says of such files."""
    records = [
        one
        for path in paths
        for one in recognise.recognised(path, among=[technique]).format.read(path, options)
    ]
    return tuple(analysed({technique.name: records}, {technique.name: options}, sample=sample).observables)


def pristine_cell(formula: str, folder: Path) -> list[Observable]:
    """Return the lattice parameter of a pristine rock salt by a virtual pattern.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    folder : Path
        Folder of the look; made if there is none.
    """
    from topotaxy.measurement.diffraction import Instrument, Options

    target = folder / OBSERVABLES
    if target.is_file():
        return list(from_json(target.read_text(encoding="utf-8"), where=str(target)))
    folder.mkdir(parents=True, exist_ok=True)
    technique = recognise.technique_named("diffraction")
    crystal = rock_salt(formula, CELLS, seed=SEED)
    instrument = Instrument(first_angle=30.0, last_angle=90.0, angle_step=0.05)
    paths = _looked(technique, [crystal], folder, "pristine", instrument=instrument)
    options = Options(
        radiation="X-ray",
        emission="Cu Ka",
        polarisation=1.0,
        phases=(f"rock salt=rock salt:{formula}:{crystal.unit_cell_or_raise():.3f}",),
        background_terms=4,
        spread=False,
    )
    found = _read(technique, paths, options, Sample(name=formula, state="pristine"))
    write_atomically(target, to_json(found))
    return list(found)


def balance(electrode: Electrode, folder: Path) -> list[Observable]:
    """Return the content of sulfur by a virtual thermobalance on the pristine specimen.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of the looks at this electrode.
    """
    technique = recognise.technique_named("thermogravimetry")
    path = next(iter(folder.glob("balance-*")), None)
    if path is None:
        (path,) = _looked(technique, electrode.states["pristine"][:1], folder, "balance")
    options = technique.options(formula=electrode.formula, sulfate="none")
    return list(_read(technique, [path], options, Sample(name=electrode.formula, state="pristine")))


def energy_loss(electrode: Electrode, folder: Path) -> list[Observable]:
    """Return edges and white lines of spectra of energy loss; intensities are over the pristine ones.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of the looks at this electrode.
    """
    technique = recognise.technique_named("energy_loss")
    rng = np.random.default_rng(SEED)
    paths: dict[State, Path] = {}
    for state in STATES:
        stem, specimens = f"loss-{state}", electrode.states[state][:1]
        there = next(iter(folder.glob(f"{stem}-*")), None)
        paths[state] = there or _looked(technique, specimens, folder, stem, rng=rng)[0]
    found: list[Observable] = []
    for state, path in paths.items():
        options = technique.options(loss_oxides=() if state == "pristine" else (paths["pristine"],))
        found += _read(technique, [path], options, Sample(name=electrode.formula, state=state))
    return found


def spots_seen(electrode: Electrode, folder: Path) -> dict[str, set[tuple[str, str]]]:
    """Return phase and reflection of every spot of virtual images along a cube edge, by state.

    Candidates are the rock salt with the cell that its pattern shows, an fcc metal and the alkali salt.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of the looks at this electrode.
    """
    from topotaxy.measurement.imaging import ImagingOptions, Microscope

    target = folder / SPOTS
    if target.is_file():
        stored = json.loads(target.read_text(encoding="utf-8"))
        return {state: {(str(p), str(r)) for p, r in spots} for state, spots in stored.items()}
    technique = recognise.technique_named("imaging")
    rng = np.random.default_rng(SEED)
    microscope = Microscope(magnification_error=CALIBRATION)
    found: dict[str, set[tuple[str, str]]] = {}
    for state, specimens in electrode.states.items():
        stem = f"spots-{state}"
        (path,) = _looked(technique, specimens[:1], folder, stem, instrument=microscope, rng=rng)
        edge = specimens[0].unit_cell or electrode.edge
        options = ImagingOptions(
            crystals=(
                f"rock salt=rock salt:{edge:.4f}",
                f"metal=fcc:{METAL_EDGE}",
                f"salt=antifluorite:{salt_edge(electrode.ion, 'O'):.3f}",
            ),
            scale_error=INDEXING_ERROR,
        )
        found[state] = {
            (o.subject.phase, str(o.subject.reflection))
            for o in _read(technique, [path], options)
            if o.quantity == "interplanar_spacing" and o.subject.reflection
        }
    write_atomically(target, json.dumps({s: sorted(v) for s, v in found.items()}, indent=1))
    return found
