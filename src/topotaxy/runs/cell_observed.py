"""From a simulated cell to observables: its record by the path of measured cells, and what a model adds."""

from __future__ import annotations

from typing import Any

from topotaxy.cell.experiment import CellRun
from topotaxy.measurement.cycling.metrics import Cell, cell_of, observables_of_cell
from topotaxy.observables import Conditions, Direction, Label, Observable, Role, observable, state_after
from topotaxy.runs.as_cycler import record_of_cell
from topotaxy.runs.paper import load_paper, paper_names

_EFFICIENCIES = ("initial_coulombic_efficiency", "coulombic_efficiency")
_QUANTITIES = {
    "discharge": ("specific_capacity_discharge",),
    "charge": ("specific_capacity_charge", "rate_capacity"),
    "efficiency": _EFFICIENCIES,
    "mean efficiency": _EFFICIENCIES,
    "retention": ("capacity_retention",),
}
"""Observables that are the same quantity as what a paper's number reads."""


def measured_cell(run: CellRun) -> Cell:
    """Return the metrics of a cell's record.

    Parameters
    ----------
    run : CellRun
        A finished protocol.
    """
    conditions = Conditions(
        sample=run.formula,
        temperature=run.temperature,
        particle_size=run.particle_diameter,
        electrode=run.ion if run.role != "full-cell" else run.spec.cell.counter,
        lower_cutoff=run.lower_cutoff,
        upper_cutoff=run.upper_cutoff,
    )
    return cell_of(record_of_cell(run), role=run.role, origin="simulated", conditions=conditions)


def observables_of_cell_run(run: CellRun, cell: Cell | None = None) -> list[Observable]:
    """Return what a cycler would see of a cell and what its model knows besides, every number labelled.

    Directions are the cell's, as on a cycler; ``conditions.role`` says whether it is a full cell, whose
    discharge takes the alkali out of the conversion material.

    Parameters
    ----------
    run : CellRun
        A finished protocol.
    cell : Cell, optional
        Its metrics, where they are there already.
    """
    cell = measured_cell(run) if cell is None else cell
    fitted = _fitted(run)
    found = [o.model_copy(update={"label": _label(run, o, fitted)}) for o in observables_of_cell(cell)]
    return [*found, *_states(run, cell)]


def _states(run: CellRun, cell: Cell) -> list[Observable]:
    """What trapped metal and film hold, and how much of the material lives, at the end of each cycle."""
    found = []
    states = run.states
    common: dict[str, Any] = {
        "origin": "simulated",
        "technique": "cell model",
        "source": run.spec.name,
        "label": _other_label(run),
        "state": state_after(_ends_in(run.role), run.role),
    }
    for index, cycle in enumerate(states.cycle):
        conditions = cell.conditions.model_copy(
            update={"cycle": int(cycle), "current": float(states.current[index])}
        )
        for quantity, value, method in (
            ("trapped_capacity", states.trapped[index], "charge in metal that is not given back"),
            ("film_capacity", states.film[index], "charge in surface film since assembly"),
            ("active_fraction", states.active[index], "what time and throughput have left of the material"),
        ):
            found.append(observable(quantity, float(value), conditions=conditions, method=method, **common))
    return found


def _ends_in(role: Role) -> Direction:
    """Direction in which a cycle of a cell ends."""
    return "discharge" if role == "full-cell" else "charge"


def _fitted(run: CellRun) -> frozenset[str]:
    """Quantities of this material in this kind of cell that its parameters were fitted to.

    The same quantity of the same sample counts as fitted, whatever its cycle and current: it could not
    have been
    held out. A charge whose discharge and efficiency were fitted follows from them.
    """
    if run.material.basis != "learned" or run.material.posterior not in paper_names():
        return frozenset()
    paper = load_paper(run.material.posterior)
    numbers = paper.computed()
    found: set[str] = set()
    for target in paper.target:
        number = numbers[target.claim]
        own = paper.runs[number.run]
        if target.use != "held-out" and own.table == run.spec.cell.material and own.role == run.role:
            found.update(_QUANTITIES.get(number.read, ()))
    if {"specific_capacity_discharge", "initial_coulombic_efficiency"} <= found:
        found.add("specific_capacity_charge")
    return frozenset(found)


def _label(run: CellRun, o: Observable, fitted: frozenset[str]) -> Label:
    """Imposed where parameters are, or come from priors alone; calibrated as :func:`_fitted` says; else
    held-out."""
    if o.quantity in fitted and not run.spec.cell.parameters:
        return "calibrated"
    return _other_label(run)


def _other_label(run: CellRun) -> Label:
    return "imposed" if run.spec.cell.parameters or run.material.basis == "prior" else "held-out"
