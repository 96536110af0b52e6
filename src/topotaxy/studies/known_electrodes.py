"""Electrodes whose mechanism is known, as all instruments see them: what library and blind test share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from topotaxy.observables import Observable
from topotaxy.spec import load_spec
from topotaxy.specimen.electrode_states import MECHANISMS
from topotaxy.studies.electrodes import CORE_CELLS, IMPOSED_STRAIN, Electrode, by_hand, of_run
from topotaxy.studies.virtual_bench import absorbers_of
from topotaxy.studies.virtual_laboratory import measured


@dataclass(frozen=True, kw_only=True)
class Made:
    """How the electrodes of one material are made by hand, one for each mechanism.

    Attributes
    ----------
    formula, ion:
        Pristine rock salt and alkali.
    reacted:
        Share of the reducible cations that react.
    seed:
        Of the specimens and of all noise.
    cells:
        Edge of the box in cells.
    strain:
        Linear strain of a frame that keeps no metal in registry.
    """

    formula: str
    ion: str
    reacted: float
    seed: int = 1
    cells: int = CORE_CELLS
    strain: float = IMPOSED_STRAIN


LIBRARY = (
    Made(formula="Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", ion="Na", reacted=0.7, seed=1),
    Made(formula="NiO", ion="Li", reacted=0.6, seed=2),
)
"""Materials of the library on which floors of the map are learned; less of NiO reacts, so that enough is
left to be a frame."""
HELD_OUT = (
    Made(formula="Co0.5Ni0.5O", ion="Li", reacted=0.5, seed=11, cells=7, strain=0.02),
    Made(formula="Ni0.6Mg0.4O", ion="Na", reacted=0.8, seed=12, cells=9, strain=0.015),
)
"""Materials of the blind test, none in the library: other compositions, sizes, shares, strains and seeds."""
RUNS = ("heos-na", "heos-li", "nio-li", "ni06mg04o-na", "coo-li")
"""Bundled specifications whose lattice makes electrodes of the blind test."""
SECOND_HELD_OUT = (
    Made(formula="Mg0.25Co0.25Ni0.25Cu0.25O", ion="Li", reacted=0.75, seed=31, strain=0.01),
    Made(formula="Ni0.7Co0.3O0.9S0.1", ion="Na", reacted=0.65, seed=32, cells=7, strain=0.025),
)
SECOND_RUNS = ("nio-na", "coo-na", "heo-li", "heof-li", "ni06mg04o-li")
"""Materials and specifications of a second blind test, chosen after the map had been changed by what the
first showed, and judged once."""
RUN_CELLS, RUN_REPLICAS = 6, 2
"""Edge of the box and replicas of those runs: as small as gives a pattern (2,000 cations)."""
RUN_SEED = 21
"""Of the noise of those."""

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Known:
    """An electrode, and what the instruments said of it."""

    electrode: Electrode
    observables: tuple[Observable, ...]


def made_by_hand(
    folder: Path,
    *,
    materials: Sequence[Made] = LIBRARY,
    names: Sequence[str] = tuple(MECHANISMS),
    progress: Progress | None = None,
) -> Iterator[Known]:
    """Yield electrodes made by hand with what the instruments say of them; what is there is read.

    Parameters
    ----------
    folder : path
        Each electrode has a folder of its own in it, with the instruments' files.
    materials : sequence of Made
        Of what.
    names : sequence of str
        Mechanisms, of each material.
    progress : callable, optional
        Told what is being looked at.
    """
    for made in materials:
        for name in names:
            electrode = by_hand(
                name,
                made.formula,
                made.ion,
                reacted=made.reacted,
                seed=made.seed,
                cells=made.cells,
                strain=made.strain,
            )
            if progress is not None:
                progress(f"{name}, {made.formula} with {made.ion}")
            yield _seen(electrode, folder / f"{name}-{made.formula}-{made.ion}", seed=made.seed)


def made_by_lattice(
    folder: Path, *, runs: Sequence[str] = RUNS, progress: Progress | None = None
) -> Iterator[Known]:
    """Yield electrodes of the reactive lattice with what the instruments say of them; what is there is read.

    Parameters
    ----------
    folder : path
        Each run and what is seen of it have folders of their own in it.
    runs : sequence of str
        Bundled specifications, run with a small box.
    progress : callable, optional
        Told what is being looked at.
    """
    for number, name in enumerate(runs):
        if progress is not None:
            progress(f"{name}, reactive lattice")
        electrode = lattice_electrode(name, folder / f"{name}-run")
        yield _seen(electrode, folder / f"{name}-seen", seed=RUN_SEED + number)


def _seen(electrode: Electrode, place: Path, *, seed: int) -> Known:
    absorbers = absorbers_of(electrode.formula)
    return Known(
        electrode=electrode, observables=tuple(measured(electrode, place, seed=seed, absorbers=absorbers))
    )


def lattice_electrode(name: str, folder: Path) -> Electrode:
    """Return the electrode that the lattice makes of a bundled specification: one cycle of a small box.

    Parameters
    ----------
    name : str
        Of the specification.
    folder : path
        Of the run, which goes on where it stopped.
    """
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
