"""An electrode through virtual instruments into real files, and those through their analyses to observables.

The instruments' settings are those that a careful laboratory would choose; what a specimen cannot say (film,
polarisation of the cell) is drawn. Nothing of a specimen reaches the observables but through a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from topotaxy.files import write_atomically
from topotaxy.observables import Observable, from_json, to_json
from topotaxy.studies.electrodes import Electrode
from topotaxy.studies.virtual_bench import (
    ABSORBERS,
    CALIBRATION,
    LINES,
    METAL_EDGE,
    OBSERVABLES,
    Bench,
)
from topotaxy.studies.virtual_cycling import couples, cycling
from topotaxy.studies.virtual_spectra import absorption, photoemission
from topotaxy.studies.virtual_structure import diffraction, frame_edge, imaging


def measured(
    electrode: Electrode,
    folder: Path,
    *,
    seed: int,
    absorbers: tuple[str, ...] = ABSORBERS,
    lines: tuple[str, ...] = LINES,
) -> list[Observable]:
    """Return what every instrument says of an electrode; what is there already is read.

    Parameters
    ----------
    electrode : Electrode
        An electrode with specimens of its three states.
    folder : path
        Where the instruments' files and ``observables.json`` go.
    seed : int
        Of all noise and of what is drawn.
    absorbers, lines : tuple of str
        Cations whose edges and whose photoemission lines are measured, of those that there are.

    Raises
    ------
    InputError
        Where a specimen does not suit an instrument.
    """
    target = folder / OBSERVABLES
    if target.is_file():
        return from_json(target.read_text(encoding="utf-8"), where=str(target))
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        electrode=electrode,
        folder=folder,
        rng=np.random.default_rng(seed),
        absorbers=absorbers,
        lines=lines,
    )
    found: list[Observable] = []
    for technique in INSTRUMENTS.values():
        found += [one.model_copy(update={"origin": "simulated"}) for one in technique(bench)]
    write_atomically(target, to_json(found))
    return found


__all__ = ["CALIBRATION", "INSTRUMENTS", "METAL_EDGE", "OBSERVABLES", "couples", "frame_edge", "measured"]

INSTRUMENTS: Mapping[str, Callable[[Bench], list[Observable]]] = {
    "cycling": cycling,
    "diffraction": diffraction,
    "absorption": absorption,
    "photoemission": photoemission,
    "imaging": imaging,
}
"""What an electrode is looked at with, in this order."""
