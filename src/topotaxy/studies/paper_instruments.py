"""The virtual instruments on a paper's simulated electrode and on its other materials, kept in a folder.

What is in the folder already is taken up: a stopped reproduction goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from topotaxy.evidence import load_ledger
from topotaxy.files import write_atomically
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import STATES, Sample
from topotaxy.observables import Observable, from_json, to_json
from topotaxy.spec import load_spec
from topotaxy.specimen import Specimen, State
from topotaxy.specimen.builders import rock_salt, salt_edge
from topotaxy.studies.electrodes import Electrode, of_run, truth
from topotaxy.studies.instrument_claims import claim_rows
from topotaxy.studies.instruments_seen import Seen
from topotaxy.studies.known_electrodes import RUN_CELLS, RUN_REPLICAS
from topotaxy.studies.paper_microscopy import mapped, resolved
from topotaxy.studies.virtual_laboratory import CALIBRATION, METAL_EDGE, OBSERVABLES, measured

Progress = Callable[[str], None]

ELECTRODES = {"fang2022": "heos-na"}
"""Bundled specification of the electrode that a paper looks at with instruments."""
MATERIALS = {
    "fang2022": {
        "heo": "heo-na",
        "heof": "heof-na",
        "nios": "nios-na",
        "coos": "coos-na",
        "composite": "composite-na",
    }
}
"""Bundled specifications of the materials that a paper compares, by their ids in its ledger."""
MATERIAL_REPLICAS, MATERIAL_CYCLES = 4, 3
"""Replicas and cycles of those: the fewest that give an uncertainty and a retention."""
SEED = 1
ABSORBERS = ("Ni", "Cu", "Zn")
LINES = ("Mg", "Co", "Ni", "Cu", "Zn")
SPOTS = "spots.json"


def rows_of_instruments(
    paper: str, folder: Path, *, done: set[str], progress: Progress | None = None, materials: bool = True
) -> list[dict[str, object]]:
    """Return the rows of all claims of a paper that are no numbers of cells.

    Parameters
    ----------
    paper : str
        Name of a bundled paper with a specification in :data:`ELECTRODES`.
    folder : path
        Where runs, files of instruments and observables go, and are taken up.
    done : set of str
        Claims that have a row already.
    progress : callable, optional
        Told what is being done.
    materials : bool
        Whether other materials are simulated too.
    """
    ledger = load_ledger(paper)
    seen = seen_of(paper, folder, progress=progress, materials=materials)
    return claim_rows(ledger, seen, done=done)


def seen_of(paper: str, folder: Path, *, progress: Progress | None = None, materials: bool = True) -> Seen:
    """Return what virtual instruments see of a paper's electrode and of its other materials.

    Parameters
    ----------
    paper : str
        Name of a bundled paper.
    folder : Path
        Folder for runs, files and readings.
    progress : Progress | None
        Called now and then with what is done.
    materials : bool
        Whether the other materials of the paper are run too.
    """
    say = progress or (lambda text: None)
    name = ELECTRODES[paper]
    say(f"{name}, reactive lattice")
    electrode = simulated(name, folder / f"{name}-run", replicas=RUN_REPLICAS, cycles=1)
    place = seen_folder(paper, folder)
    say(f"{name}, virtual instruments")
    observables = measured(electrode, place, seed=SEED, absorbers=ABSORBERS, lines=LINES)
    observables += [*balance(electrode, place), *energy_loss(electrode, place), *mapped(electrode, place)]
    resolved(electrode, place)
    others: dict[str, Sequence[Observable]] = {}
    missing: dict[str, str] = {}
    wanted = {"heos": name, **MATERIALS[paper]}
    for material, spec in wanted.items():
        if not materials:
            missing[material] = "other materials were left out"
            continue
        say(f"{spec}, reactive lattice")
        others[material] = [
            *ran(spec, folder / f"{spec}-cycled"),
            *pristine_cell(load_spec(spec).electrode.formula, folder / f"{spec}-pristine"),
        ]
    return Seen(
        observables=observables,
        spots=spots_seen(electrode, place),
        others=others,
        missing=missing,
        folder=place,
        counted=counted(electrode),
    )


def counted(electrode: Electrode) -> dict[str, float]:
    """Return the share of each cation that is metal in the discharged specimens, by counting.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    """
    known = truth(electrode)
    return {e: float(known[f"reduced.{e}"][0]) for e in electrode.reaction.cations}


def seen_folder(paper: str, folder: Path) -> Path:
    """Return where the files of the virtual instruments are, inside the folder of a reproduction.

    Parameters
    ----------
    paper : str
        Name of a bundled paper.
    folder : Path
        Folder for runs, files and readings.
    """
    return folder / f"{ELECTRODES[paper]}-seen"


def simulated(name: str, folder: Path, *, replicas: int, cycles: int) -> Electrode:
    """Return the electrode of a bundled specification, run with a small box; a finished run is taken up.

    Parameters
    ----------
    name : str
        Name of a bundled specification.
    folder : Path
        Folder for the runs.
    replicas : int
        Independent boxes.
    cycles : int
        Cycles of discharge and charge.
    """
    spec = _run(name, folder, replicas=replicas, cycles=cycles)
    return of_run(folder, formula=spec[0], ion=spec[1])


def _run(name: str, folder: Path, *, replicas: int, cycles: int) -> tuple[str, str]:
    from topotaxy.runs.run import run

    spec = load_spec(name)
    small = spec.model_copy(
        update={
            "protocol": spec.protocol.model_copy(update={"cycles": cycles}),
            "lattice": spec.lattice.model_copy(update={"cells": RUN_CELLS, "replicas": replicas}),
        }
    )
    run(small, folder, resume=True)
    return spec.electrode.formula, spec.cell.ion


def ran(name: str, folder: Path) -> list[Observable]:
    """Return the observables of a material's first cycles.

    Parameters
    ----------
    name : str
        Name of a bundled specification.
    folder : Path
        Folder of runs, files and readings.
    """
    _run(name, folder, replicas=MATERIAL_REPLICAS, cycles=MATERIAL_CYCLES)
    return list(from_json((folder / OBSERVABLES).read_text(encoding="utf-8"), where=str(folder)))


def pristine_cell(formula: str, folder: Path) -> list[Observable]:
    """Return the lattice parameter of a pristine rock salt by a virtual pattern.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    folder : Path
        Folder of runs, files and readings.
    """
    from topotaxy.measurement.diffraction import Instrument, Options

    target = folder / OBSERVABLES
    if target.is_file():
        return list(from_json(target.read_text(encoding="utf-8"), where=str(target)))
    folder.mkdir(parents=True, exist_ok=True)
    technique = recognise.technique_named("diffraction")
    crystal = rock_salt(formula, 4, seed=SEED)
    instrument = Instrument(first_angle=30.0, last_angle=90.0, angle_step=0.05)
    paths = probed_files(
        technique,
        [crystal],
        instrument,
        np.random.default_rng(SEED),
        folder,
        format=written_format(technique),
        stem="pristine",
    )
    options = Options(
        radiation="X-ray",
        emission="Cu Ka",
        polarisation=1.0,
        phases=(f"rock salt=rock salt:{formula}:{crystal.unit_cell_or_raise():.3f}",),
        background_terms=4,
        spread=False,
    )
    records = [
        one for p in paths for one in recognise.recognised(p, among=[technique]).format.read(p, options)
    ]
    found = analysed(
        {"diffraction": records}, {"diffraction": options}, sample=Sample(name=formula, state="pristine")
    ).observables
    write_atomically(target, to_json(found))
    return list(found)


def balance(electrode: Electrode, folder: Path) -> list[Observable]:
    """Return the content of sulfur by a virtual thermobalance on the pristine specimen.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of runs, files and readings.
    """
    technique = recognise.technique_named("thermogravimetry")
    assert technique.instrument is not None
    path = next(iter(folder.glob("balance-*")), None)
    if path is None:
        (path,) = probed_files(
            technique,
            _first(electrode),
            technique.instrument(),
            np.random.default_rng(SEED),
            folder,
            format=written_format(technique),
            stem="balance",
        )
    options = technique.options(formula=electrode.formula, sulfate="none")
    records = recognise.recognised(path, among=[technique]).format.read(path, options)
    return list(
        analysed(
            {technique.name: list(records)},
            {technique.name: options},
            sample=Sample(name=electrode.formula, state="pristine"),
        ).observables
    )


def energy_loss(electrode: Electrode, folder: Path) -> list[Observable]:
    """Return edges and white lines of spectra of energy loss; intensities are over the pristine ones.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of runs, files and readings.
    """
    technique = recognise.technique_named("energy_loss")
    assert technique.instrument is not None
    rng = np.random.default_rng(SEED)
    paths: dict[State, Path] = {}
    for state in STATES:
        there = next(iter(folder.glob(f"loss-{state}-*")), None)
        paths[state] = there or next(
            iter(
                probed_files(
                    technique,
                    electrode.states[state][:1],
                    technique.instrument(),
                    rng,
                    folder,
                    format=written_format(technique),
                    stem=f"loss-{state}",
                )
            )
        )
    found: list[Observable] = []
    for state, path in paths.items():
        options = technique.options(loss_oxides=() if state == "pristine" else (paths["pristine"],))
        records = recognise.recognised(path, among=[technique]).format.read(path, options)
        found += analysed(
            {technique.name: list(records)},
            {technique.name: options},
            sample=Sample(name=electrode.formula, state=state),
        ).observables
    return found


def _first(electrode: Electrode) -> list[Specimen]:
    return [electrode.states["pristine"][0]]


def spots_seen(electrode: Electrode, folder: Path) -> dict[str, set[tuple[str, str]]]:
    """Return phase and reflection of every spot of virtual images along a cube edge, by state.

    Candidates are the rock salt with the cell that its pattern shows, an fcc metal and the alkali salt.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    folder : Path
        Folder of runs, files and readings.
    """
    from topotaxy.measurement.imaging import ImagingOptions, Microscope

    target = folder / SPOTS
    if target.is_file():
        stored = json.loads(target.read_text(encoding="utf-8"))
        return {state: {(str(p), str(r)) for p, r in spots} for state, spots in stored.items()}
    technique = recognise.technique_named("imaging")
    rng = np.random.default_rng(SEED)
    found: dict[str, set[tuple[str, str]]] = {}
    for state, specimens in electrode.states.items():
        (path,) = probed_files(
            technique,
            specimens[:1],
            Microscope(magnification_error=CALIBRATION),
            rng,
            folder,
            format=written_format(technique),
            stem=f"spots-{state}",
        )
        edge = specimens[0].unit_cell or electrode.edge
        options = ImagingOptions(
            crystals=(
                f"rock salt=rock salt:{edge:.4f}",
                f"metal=fcc:{METAL_EDGE}",
                f"salt=antifluorite:{salt_edge(electrode.ion, 'O'):.3f}",
            ),
            scale_error=2.0 * CALIBRATION,
        )
        records = recognise.recognised(path, among=[technique]).format.read(path, options)
        said = analysed({"imaging": list(records)}, {"imaging": options}).observables
        found[state] = {
            (o.subject.phase, str(o.subject.reflection))
            for o in said
            if o.quantity == "interplanar_spacing" and o.subject.reflection
        }
    write_atomically(target, json.dumps({s: sorted(v) for s, v in found.items()}, indent=1))
    return found
