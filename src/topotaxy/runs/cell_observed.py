"""From a simulated cell to observables: its record by the path of measured cells, and what a model adds."""

from __future__ import annotations

from itertools import islice
from typing import Any

from topotaxy.cell.experiment import CellRun
from topotaxy.cell.inputs import calibration
from topotaxy.measurement.cycling.metrics import Cell, cell_of, observables_of_cell
from topotaxy.observables import Conditions, Direction, Label, Observable, Role, observable, state_after
from topotaxy.runs.as_cycler import record_of_cell
from topotaxy.runs.paper import PaperRun, load_paper

_QUANTITY = {"discharge": "specific_capacity_discharge", "charge": "specific_capacity_charge"}
_EFFICIENCIES = ("initial_coulombic_efficiency", "coulombic_efficiency")


def measured_cell(run: CellRun) -> Cell:
    """Return the metrics of a cell's record."""
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
    """What trapped metal and film hold, and how many grains are coherent, at the end of each cycle."""
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
            ("coherent_fraction", 1.0 - states.incoherent[index], "share of grains that keep their frame"),
        ):
            found.append(observable(quantity, float(value), conditions=conditions, method=method, **common))
    return found


def _ends_in(role: Role) -> Direction:
    """Direction in which a cycle of a cell ends."""
    return "discharge" if role == "full-cell" else "charge"


def _fitted(run: CellRun) -> set[tuple[str, int]]:
    """Quantity and cycle of the capacities that parameters were fitted to, of this very cell and protocol."""
    plan = calibration()
    paper = load_paper(plan.paper)
    numbers = paper.computed()
    found = set()
    for target in plan.targets:
        number = numbers[target.claim]
        if number.read in _QUANTITY and _same_protocol(run, paper.runs[number.run], number.cycle):
            found.add((_QUANTITY[number.read], number.cycle))
    return found


def _same_protocol(run: CellRun, protocol: PaperRun, cycles: int) -> bool:
    """Whether the first cycles of a cell are those of a protocol."""
    blocks = list(islice(run.spec.currents(), cycles))
    plain = all(
        block.charge_current in (None, current) and block.hold is None and not block.rest
        for block, current in blocks
    )
    return (
        plain
        and run.spec.cell.material == protocol.table
        and run.role == protocol.role
        and not protocol.diameter
        and [current for _, current in blocks] == list(islice(protocol.currents(), cycles))
    )


def _label(run: CellRun, o: Observable, fitted: set[tuple[str, int]]) -> Label:
    """Imposed where parameters are; calibrated for capacities fitted to and their quotient; else held-out."""
    cycle = o.cycle or 0
    quotient = o.quantity in _EFFICIENCIES and {(name, cycle) for name in _QUANTITY.values()} <= fitted
    if not run.spec.cell.parameters and ((o.quantity, cycle) in fitted or quotient):
        return "calibrated"
    return _other_label(run)


def _other_label(run: CellRun) -> Label:
    return "imposed" if run.spec.cell.parameters else "held-out"
