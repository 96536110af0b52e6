"""Records of one or more cells, measured and simulated, to observables, differences and bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.differences import Difference, differences_of
from topotaxy.measurement.cycling.metrics import (
    Cell,
    FilmBounds,
    Role,
    SizedLoss,
    absences,
    cell_of,
    film_bounds,
    observables_of_cell,
)
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Observable, observable


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Cells in the order given, simulated ones after measured ones, and what follows from several."""

    cells: tuple[Cell, ...]
    observables: tuple[Observable, ...]
    absent: dict[str, dict[str, str]]
    differences: tuple[Difference, ...] = ()
    film: FilmBounds | None = None


def analysis_of(
    measured: Sequence[CyclingRecord],
    simulated: Sequence[CyclingRecord] = (),
    *,
    role: Role | None = None,
    reference: int | None = None,
    sizes: Sequence[float] = (),
    density: float | None = None,
) -> Analysis:
    """Analyse records by one path, whatever their origin.

    Parameters
    ----------
    measured : sequence of CyclingRecord
        Measured cells, in the order given.
    simulated : sequence of CyclingRecord
        Simulated cells; they are anode half cells.
    role : Role, optional
        What the measured cells are; without it there is no efficiency.
    reference : int, optional
        The cycle that retention is held against.
    sizes : sequence of float
        Diameters of the particles, nm, one a measured cell; none for no bounds of the film.
    density : float, optional
        Density of the particles, g/cm³.

    Raises
    ------
    InputError
        Where the sizes do not suit the records or the losses.
    """
    names = _names([*measured, *simulated])
    cells = [
        cell_of(record, name=name, role=role, reference=reference)
        for record, name in zip(measured, names, strict=False)
    ]
    cells += [
        cell_of(record, name=name, role="half-cell-anode", reference=reference, origin="simulated")
        for record, name in zip(simulated, names[len(measured) :], strict=True)
    ]
    cells = _with_sweeps_together(cells)
    found = [(cell, observables_of_cell(cell)) for cell in cells]
    absent = {cell.name: absences(cell) for cell in cells}
    film = _film(cells[: len(measured)], sizes, density) if sizes else None
    observables = [o for _, mine in found for o in mine]
    if film is not None:
        observables += _film_observables(film, cells[: len(measured)])
    differences = differences_of(
        [mine for cell, mine in found if cell.origin == "measured"],
        [mine for cell, mine in found if cell.origin == "simulated"],
    )
    return Analysis(
        cells=tuple(cells),
        observables=tuple(observables),
        absent=absent,
        differences=tuple(differences),
        film=film,
    )


def _with_sweeps_together(cells: list[Cell]) -> list[Cell]:
    """Give the sweeps of all files to the first that has any: potentiostats write a file for each rate."""
    swept = [cell for cell in cells if cell.swept]
    if len(swept) < 2:
        return cells
    first = swept[0]
    names = ", ".join(cell.name for cell in swept[1:])
    together = replace(
        first,
        sweeps=[sweep for cell in swept for sweep in cell.sweeps],
        notes=(*first.notes, f"its sweeps are taken together with those of {names}, as of one cell"),
    )
    return [together if cell is first else cell for cell in cells]


def _names(records: Sequence[CyclingRecord]) -> list[str]:
    """Sources, numbered where two are the same."""
    sources = [record.source for record in records]
    names = []
    for index, source in enumerate(sources):
        again = sources[:index].count(source)
        names.append(f"{source} ({again + 1})" if again else source)
    return names


def _film(cells: list[Cell], sizes: Sequence[float], density: float | None) -> FilmBounds:
    if density is None:
        raise InputError("particle sizes need a density, as in --density '5.9 g/cm3'")
    if len(sizes) != 2 or len(cells) != 2:
        raise InputError(
            f"bounds of the film need two files and two particle sizes, got {len(cells)} and {len(sizes)}"
        )
    losses = [SizedLoss(loss=_first_loss(cell), size=size) for cell, size in zip(cells, sizes, strict=True)]
    return film_bounds(losses[0], losses[1], density)


def _first_loss(cell: Cell) -> float:
    if cell.record.mass is None:
        raise InputError("bounds of the film need the masses: --mass '1.23 mg'", where=cell.name)
    if cell.role is None:
        raise InputError("bounds of the film need --role, which says what is lost", where=cell.name)
    why = absences(cell).get("initial_coulombic_efficiency")
    if why is not None or not math.isfinite(cell.efficiency[0]):
        raise InputError(
            f"has no initial coulombic efficiency ({why or 'cycle 1 is not whole'})", where=cell.name
        )
    put_in = cell.totals.capacity("discharge" if cell.role == "half-cell-anode" else "charge")[0]
    return float(put_in * (1.0 - cell.efficiency[0]))


def _film_observables(film: FilmBounds, cells: list[Cell]) -> list[Observable]:
    common: dict[str, Any] = {
        "origin": "measured",
        "technique": "galvanostatic cycling",
        "source": ", ".join(cell.name for cell in cells),
    }
    method = (
        "first-cycle loss of two particle sizes: film on smooth spheres, of one charge per area; trapping "
        "that is not smaller in larger particles"
    )
    found = [
        observable("film_charge", value, subject=f"{side} bound", method=method, **common)
        for side, value in (("lower", film.low), ("upper", film.high))
    ]
    for which, share in (("smaller", film.share_small), ("larger", film.share_large)):
        for side, value in zip(("lower", "upper"), share, strict=True):
            found.append(
                observable(
                    "film_fraction",
                    value,
                    subject=f"{which} particles, {side} bound",
                    method=method,
                    **common,
                )
            )
    return found
