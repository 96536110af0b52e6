"""A paper's simulated electrode under virtual instruments, and runs of its other materials, kept in a folder.

What is in the folder already is taken up: a stopped reproduction goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from topotaxy.evidence import load_ledger
from topotaxy.observables import Observable, from_json
from topotaxy.spec import load_spec
from topotaxy.studies.comparison import material_of
from topotaxy.studies.electrodes import Electrode, of_run, truth
from topotaxy.studies.instrument_claims import claim_rows
from topotaxy.studies.instruments_seen import Computed, Seen
from topotaxy.studies.known_electrodes import RUN_CELLS, RUN_REPLICAS
from topotaxy.studies.paper_looks import SEED, balance, energy_loss, pristine_cell, spots_seen
from topotaxy.studies.paper_microscopy import mapped, resolved, twinned
from topotaxy.studies.virtual_laboratory import OBSERVABLES, measured

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
ABSORBERS = ("Ni", "Cu", "Zn")
LINES = ("Mg", "Co", "Ni", "Cu", "Zn")


def rows_of_instruments(
    paper: str,
    folder: Path,
    *,
    done: set[str],
    progress: Progress | None = None,
    materials: bool = True,
    known: Mapping[str, Computed] | None = None,
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
    known : mapping of str to Computed, optional
        What the cells say of single claims, by their ids.
    """
    ledger = load_ledger(paper)
    seen = seen_of(paper, folder, progress=progress, materials=materials)
    return claim_rows(ledger, seen, done=done, known=known)


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
    twinned(electrode, place)
    others: dict[str, Sequence[Observable]] = {}
    missing: dict[str, str] = {}
    for material, spec in material_runs(paper).items():
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


def material_runs(paper: str) -> dict[str, str]:
    """Return the bundled specifications of a paper's materials by their ids, the electrode's own first.

    Parameters
    ----------
    paper : str
        Name of a bundled paper.
    """
    name = ELECTRODES[paper]
    own = material_of(load_spec(name), load_ledger(paper))
    return {**({own: name} if own else {}), **MATERIALS[paper]}


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
        Number of independent boxes.
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
