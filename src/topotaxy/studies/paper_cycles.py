"""A paper's figures of cells as simulated counterparts: first cycles, other powders and materials, ageing.

Cells are those of the reproduction, at the central point of its posterior; other materials are runs of the
reactive lattice, read from their folders.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR
from topotaxy.content.curves import thinned
from topotaxy.content.figure import Absent, Figure, Marker, Panel, Series, Swatch
from topotaxy.content.palette import INK, LINES
from topotaxy.evidence import Ledger
from topotaxy.observables import Observable, from_json
from topotaxy.runs.paper import PaperRun
from topotaxy.studies.paper_cells import PaperCells
from topotaxy.studies.paper_curves import curves_of_run
from topotaxy.studies.virtual_laboratory import OBSERVABLES

Values = NDArray[np.float64]
Half = tuple[str, Values, Values]
"""Direction, capacity (mAh/g) and voltage (V) of a half-cycle."""

CAPACITY, VOLTAGE = "capacity / mAh g⁻¹", "voltage / V"
DIRECTIONS = (Swatch(name="discharge", dash="solid"), Swatch(name="charge", dash="dash"))
LONG = 1000
"""Cycles of a run from which it is one of ageing."""
CURVES = "curves.csv"


def cycling_figures(
    cells: PaperCells, ledger: Ledger, folder: Path, materials: Mapping[str, str]
) -> list[Figure | Absent]:
    """Return the counterparts of a paper's figures of cells, in their order.

    Parameters
    ----------
    cells : PaperCells
        The paper's cells at the central point of their posterior.
    ledger : Ledger
        What the paper states.
    folder : path
        Of the reproduction; runs of other materials are in it.
    materials : mapping of str to str
        Names of the materials in words to the names of their runs, the paper's own first.
    """
    runs = {name: run for name, run in cells.paper.runs.items() if run.role == "half-cell-anode"}
    return [
        first_cycles(cells, ledger, runs),
        coarse_powder(cells, ledger, runs),
        materials_figure(folder, materials),
        ageing(cells, ledger, runs),
        order_of_materials(folder, materials),
    ]


def _first(run: PaperRun) -> bool:
    return len(run.legs) == 1 and run.legs[0].cycles == 1


def _halves(cells: PaperCells, name: str) -> list[Half]:
    return [
        (
            "discharge" if current[0] > 0 else "charge",
            np.abs(current) * seconds / COULOMB_PER_MILLIAMPERE_HOUR,
            voltage,
        )
        for seconds, voltage, current in curves_of_run(cells, name, (1,))[1]
    ]


def _lines(halves: Sequence[Half], name: str, colour: str, *, in_legend: bool = True) -> list[Series]:
    found = []
    for direction, capacity, voltage in halves:
        x, y = thinned(capacity, voltage)
        found.append(
            Series(
                x=x,
                y=y,
                name=f"{name}, {direction}",
                key=name,
                colour=colour,
                dash="solid" if direction == "discharge" else "dash",
                in_legend=in_legend,
            )
        )
    return found


def first_cycles(cells: PaperCells, ledger: Ledger, runs: Mapping[str, PaperRun]) -> Figure | Absent:
    """Return the first cycles of the powder against each alkali (Figures 2a and b).

    Parameters
    ----------
    cells : PaperCells
        The paper's cells.
    ledger : Ledger
        What the paper states.
    runs : mapping of str to PaperRun
        Half cells of the paper, by name.
    """
    panels: list[Panel] = []
    for name, run in runs.items():
        if not _first(run) or run.diameter:
            continue
        stated = [
            Marker(at=claim.stated.value, text=f"stated: {claim.stated.value:g}")
            for claim in ledger.values("specific_capacity_discharge", "specific_capacity_charge")
            if claim.material == run.material
            and claim.cell
            and run.table.lower().endswith(f"-{ledger.cell[claim.cell].ion.lower()}")
        ]
        series = _lines(_halves(cells, name), run.title, LINES[len(panels)], in_legend=False)
        panels.append(
            Panel(
                title=run.title,
                x_label=CAPACITY,
                y_label=VOLTAGE,
                series=tuple(series),
                markers=tuple(stated),
            )
        )
    return _figure(
        "figure-2a-b",
        "Figures 2a and b: the first cycle",
        "A long plateau on discharge and one far above it on charge are a conversion; what lies between the "
        "ends of the two is lost.",
        "Curves are the cell's at the central point of its posterior, whose branches are those of the "
        "reactive lattice, so their shape is a result. The stated first discharge with sodium was used in "
        "the fit of what is stored beside the couples, no number with lithium was. One size of particles, "
        "so corners are sharper than a powder's.",
        panels,
        swatches=DIRECTIONS,
    )


def coarse_powder(cells: PaperCells, ledger: Ledger, runs: Mapping[str, PaperRun]) -> Figure | Absent:
    """Return the first cycle of the coarse powder beside that of the fine one (Figure 2c).

    Parameters
    ----------
    cells : PaperCells
        The paper's cells.
    ledger : Ledger
        What the paper states.
    runs : mapping of str to PaperRun
        Half cells of the paper, by name.
    """
    coarse = next((name for name, run in runs.items() if _first(run) and run.diameter), "")
    if not coarse:
        return Absent("Figure 2c: no coarse powder is among the paper's runs")
    fine = next(
        (n for n, r in runs.items() if _first(r) and not r.diameter and r.table == runs[coarse].table), ""
    )
    series = []
    efficiencies = []
    for name, words, colour in ((fine, "fine powder", LINES[0]), (coarse, "coarse powder", LINES[1])):
        if name:
            series += _lines(_halves(cells, name), words, colour)
            history = cells.history(name)
            efficiencies.append(f"{words} {100 * history.charge[0] / history.discharge[0]:.1f} %")
    stated = [
        f"{100 * claim.stated.value:.1f} %"
        for claim in ledger.values("initial_coulombic_efficiency")
        if claim.particle_size is not None
    ]
    return _figure(
        "figure-2c",
        "Figure 2c: the first cycle of the coarse powder",
        "A coarse powder has less surface on which a film grows, and longer ways in.",
        f"First-cycle efficiency as computed: {', '.join(efficiencies)}"
        + (f"; stated for the coarse one: {', '.join(stated)}" if stated else "")
        + ". The size of the fine powder is an estimate, as the paper does not state it.",
        [Panel(title="", x_label=CAPACITY, y_label=VOLTAGE, series=tuple(series), wide=True)],
        swatches=DIRECTIONS,
    )


def materials_figure(folder: Path, materials: Mapping[str, str]) -> Figure | Absent:
    """Return the first cycles of the paper's materials by the reactive lattice (Figure 2d).

    Parameters
    ----------
    folder : path
        Of the reproduction.
    materials : mapping of str to str
        Names in words to names of runs.
    """
    series, efficiencies = [], []
    for colour, (words, name) in zip(LINES, materials.items(), strict=False):
        halves = _curves(folder / f"{name}-cycled" / CURVES)
        if not halves:
            continue
        series += _lines(halves, words, colour)
        for one in _observables(folder / f"{name}-cycled", "initial_coulombic_efficiency"):
            efficiencies.append(f"{words} {100 * one.value:.1f} ± {100 * (one.uncertainty or 0.0):.1f} %")
    if not series:
        return Absent("Figure 2d: the other materials were not run")
    return _figure(
        "figure-2d",
        "Figure 2d: first cycles of the materials that the paper compares",
        "Materials that lose little have ends of discharge and charge close together.",
        "The reactive lattice alone, without film, carbon or any other store beside the couples, in boxes of "
        f"2.5 nm: efficiencies are higher and capacities lower than a cell's ({'; '.join(efficiencies)}). "
        "The oxyfluoride's fluorine content is not stated and is an assumption.",
        [Panel(title="", x_label=CAPACITY, y_label=VOLTAGE, series=tuple(series), wide=True)],
        swatches=DIRECTIONS,
    )


def ageing(cells: PaperCells, ledger: Ledger, runs: Mapping[str, PaperRun]) -> Figure | Absent:
    """Return capacity over the cycles of the powder's long tests (Figure 2e).

    Parameters
    ----------
    cells : PaperCells
        The paper's cells.
    ledger : Ledger
        What the paper states.
    runs : mapping of str to PaperRun
        Half cells of the paper, by name.
    """
    series = []
    for colour, name in zip(LINES, (n for n, r in runs.items() if r.legs[-1].cycles >= LONG), strict=False):
        history, title = cells.history(name), runs[name].title
        x, y = np.asarray(history.cycle, dtype=float), np.asarray(history.charge, dtype=float)
        series.append(Series(x=x, y=y, name=title, key=title, colour=colour))
    for claim in ledger.values("rate_capacity"):
        if series and claim.cycle is not None and claim.cycle >= LONG:
            x, y = np.array([float(claim.cycle)]), np.array([claim.stated.value])
            series.append(
                Series(x=x, y=y, name="stated", key="stated", colour=INK, width=0.0, symbol="star", size=10.0)
            )
    return _figure(
        "figure-2e",
        "Figure 2e: capacity over the cycles, the powder",
        "A fall that slows down is a loss by time; one that goes on, by throughput.",
        "The cell at the central point of its posterior, which was fitted to the stated end of the test at "
        "0.5 A/g; how the loss runs in between is that of two assumed laws, of time and of throughput.",
        [_over_cycles(series)] if series else [],
    )


def order_of_materials(folder: Path, materials: Mapping[str, str]) -> Figure | Absent:
    """Return capacity over the first cycles of the paper's materials (Figure 2e).

    Parameters
    ----------
    folder : path
        Of the reproduction.
    materials : mapping of str to str
        Names in words to names of runs.
    """
    series = []
    for colour, (words, name) in zip(LINES, materials.items(), strict=False):
        own = _observables(folder / f"{name}-cycled", "specific_capacity_charge")
        if own:
            series.append(
                Series(
                    x=np.array([float(one.conditions.cycle or 0) for one in own]),
                    y=np.array([one.value for one in own]),
                    error=np.array([one.uncertainty or 0.0 for one in own]),
                    name=words,
                    key=words,
                    colour=colour,
                    symbol="circle",
                )
            )
    return _figure(
        "figure-2e-materials",
        "Figure 2e: capacity over the cycles, the materials",
        "The paper has the oxysulfide fade least; here all lines are level.",
        "The lattice's first three cycles in boxes of 2.5 nm in the place of hundreds of cells: none of the "
        "materials ages in them, and the paper's order of the materials is not to be had from them.",
        [_over_cycles(series)] if series else [],
    )


def _over_cycles(series: Sequence[Series]) -> Panel:
    return Panel(
        title="",
        x_label="cycle",
        y_label=CAPACITY,
        series=tuple(series),
        y_from_zero=True,
        whole_numbers=True,
        wide=True,
    )


def _curves(path: Path) -> list[Half]:
    """The first cycle of a run's curves; nothing where the file is not there."""
    if not path.is_file():
        return []
    rows = [
        row for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()) if row["cycle"] == "1"
    ]
    return [
        (
            direction,
            np.array([float(r["charge_mAh_per_g"]) for r in rows if r["direction"] == direction]),
            np.array([float(r["voltage_V"]) for r in rows if r["direction"] == direction]),
        )
        for direction in ("discharge", "charge")
    ]


def _observables(folder: Path, quantity: str) -> list[Observable]:
    path = folder / OBSERVABLES
    if not path.is_file():
        return []
    return [
        one
        for one in from_json(path.read_text(encoding="utf-8"), where=str(path))
        if one.quantity == quantity and isinstance(one.value, float)
    ]


def _figure(
    name: str,
    title: str,
    reading: str,
    differs: str,
    panels: Sequence[Panel],
    *,
    swatches: tuple[Swatch, ...] = (),
) -> Figure | Absent:
    if not panels:
        return Absent(f"{title}: no run of the paper is of it")
    return Figure(
        name=name,
        title=title,
        reading=reading,
        caption=f"What differs from the paper's: {differs}",
        alt=title,
        panels=tuple(panels),
        swatches=swatches,
    )
