"""Electrodes whose mechanism is known, as all instruments see them: what library and blind test share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from topotaxy.observables import Observable
from topotaxy.spec import load_spec
from topotaxy.specimen.electrode_states import MECHANISMS
from topotaxy.studies.electrodes import Electrode, by_hand, of_run
from topotaxy.studies.virtual_laboratory import measured

MATERIALS = (("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "Na", 0.7), ("NiO", "Li", 0.6))
"""Pristine material, alkali, and share of reducible cations that react, of electrodes by hand: less of
NiO, so that enough is left to be a frame."""
RUNS = ("heos-na", "nio-li", "ni06mg04o-na")
"""Bundled specifications whose lattice makes electrodes."""
RUN_CELLS, RUN_REPLICAS = 6, 2
"""Edge of the box and replicas of those runs: as small as gives a pattern (2,000 cations)."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Known:
    """An electrode, and what the instruments said of it."""

    electrode: Electrode
    observables: tuple[Observable, ...]


def known_electrodes(
    folder: Path,
    *,
    materials: Sequence[tuple[str, str, float]] = MATERIALS,
    names: Sequence[str] = tuple(MECHANISMS),
    runs: Sequence[str] = RUNS,
    seed: int = 1,
    progress: Progress | None = None,
) -> Iterator[Known]:
    """Yield electrodes with what the instruments say of them; what is there is read, the rest made.

    Parameters
    ----------
    folder : path
        Each electrode has a folder of its own in it, with the instruments' files.
    materials : sequence of (formula, ion, reacted share)
        Of electrodes made by hand.
    names : sequence of str
        Mechanisms made by hand, of each material.
    runs : sequence of str
        Bundled specifications that are run with a small box.
    seed : int
        Of specimens and noise.
    progress : callable, optional
        Told what is being looked at.
    """
    for number, (formula, ion, reacted) in enumerate(materials):
        for name in names:
            electrode = by_hand(name, formula, ion, reacted=reacted, seed=seed + number)
            if progress is not None:
                progress(f"{name}, {formula} with {ion}")
            place = folder / f"{name}-{formula}-{ion}"
            yield Known(electrode=electrode, observables=tuple(measured(electrode, place, seed=seed)))
    for name in runs:
        if progress is not None:
            progress(f"{name}, reactive lattice")
        electrode = lattice_electrode(name, folder / f"{name}-run")
        yield Known(
            electrode=electrode, observables=tuple(measured(electrode, folder / f"{name}-seen", seed=seed))
        )


def lattice_electrode(name: str, folder: Path) -> Electrode:
    """Return the electrode that the lattice makes of a bundled specification: one cycle of a small box."""
    from topotaxy.runs.run import run

    spec = load_spec(name)
    small = spec.model_copy(
        update={
            "protocol": spec.protocol.model_copy(update={"cycles": 1}),
            "lattice": spec.lattice.model_copy(update={"cells": RUN_CELLS, "replicas": RUN_REPLICAS}),
        }
    )
    run(small, folder, resume=True)
    return of_run(folder, formula=spec.electrode.formula, ion=spec.cell.ion)
