"""Run a cell through its protocol and read observables and a cycler's record from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.cycling import (
    ABSOLUTE_TOLERANCE,
    FEASIBLE_SHARE,
    RELATIVE_TOLERANCE,
    has_compiler,
)
from topotaxy.cell.environment import load_pybamm
from topotaxy.cell.inputs import calibration
from topotaxy.cell.parameters import full_cell_parameters_of, half_cell_parameters
from topotaxy.cell.protocol import CellSpec, experiment_from_spec, material_branches
from topotaxy.errors import InputError
from topotaxy.observables import Label, Observable, observable

WORTH_COMPILING = 100
"""Cycles from which compiling, which takes seconds, pays."""

PER_GRAM = "per gram of pristine conversion material"


@dataclass(frozen=True, kw_only=True)
class CellCycle:
    """One cycle: capacities (mAh/g), mean voltages (V), what holds charge at its end (mAh/g)."""

    cycle: int
    current: float
    discharge: float
    charge: float
    discharge_voltage: float
    charge_voltage: float
    film: float
    trapped: float
    incoherent: float


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """A finished protocol.

    ``record`` has the columns of a cycler by their Battery Data Format names: current negative on
    discharge, capacities and energies as running totals of each cycle; ``mass`` of the conversion
    material in g.
    """

    spec: CellSpec
    ion: str
    mass: float
    cycles: tuple[CellCycle, ...]
    record: Mapping[str, NDArray[np.float64]]


def run_cell(spec: CellSpec) -> CellRun:
    """Run the protocol of a cell.

    Raises
    ------
    InputError
        Where material, parameter or counter electrode cannot be used, or a current cannot be
        drawn.
    """
    pybamm = load_pybamm()
    from topotaxy.cell.model import ConversionFullCell, ConversionHalfCell

    branches = material_branches(spec.cell.material)
    full = spec.cell.counter != "metal"
    if full and branches.ion != "Na":
        raise InputError(f"a cathode of sodium beside a table with {branches.ion}; expected one with Na")
    make = full_cell_parameters_of if full else half_cell_parameters
    parameters = make(branches, spec.cell.parameters)
    simulation = pybamm.Simulation(
        ConversionFullCell() if full else ConversionHalfCell(),
        experiment=experiment_from_spec(spec, parameters),
        parameter_values=pybamm.ParameterValues(parameters),
        solver=pybamm.IDAKLUSolver(
            rtol=RELATIVE_TOLERANCE,
            atol=ABSOLUTE_TOLERANCE,
            options={"compile": spec.cycles > WORTH_COMPILING and has_compiler()},
        ),
    )
    level = pybamm.logger.level
    pybamm.set_logging_level("ERROR")
    try:
        solution = simulation.solve(calc_esoh=False)
    except pybamm.SolverError as error:
        tried = ", ".join(f"{i:g}" for i in dict.fromkeys(current for _, current in spec.currents()))
        raise InputError(
            f"a current of the protocol ({tried} A/g) cannot be drawn: {str(error).splitlines()[0]:.80}; "
            "expected lower currents"
        ) from None
    finally:
        pybamm.logger.setLevel(level)
    mass = float(parameters["Active mass [g]"])
    side = "Negative" if full else "Positive"
    currents = [current for _, current in spec.currents()]
    _check_complete(solution, currents)
    cycles = tuple(
        _cycle(n, current, found, mass, side)
        for n, (current, found) in enumerate(zip(currents, solution.cycles, strict=True), start=1)
    )
    least = FEASIBLE_SHARE * branches.capacity
    for c in cycles:
        if min(c.discharge, c.charge) < least:
            raise InputError(
                f"{c.current:g} A/g cannot be drawn in cycle {c.cycle}: a cut-off was met after "
                f"{min(c.discharge, c.charge):.1f} mAh/g, less than {least:.0f}; expected a lower current"
            )
    return CellRun(spec=spec, ion=branches.ion, mass=mass, cycles=cycles, record=_record(solution))


def _check_complete(solution: Any, currents: Sequence[float]) -> None:
    pybamm = load_pybamm()
    done = len(solution.cycles)
    for number, cycle in enumerate(solution.cycles, start=1):
        if any(isinstance(step, pybamm.EmptySolution) for step in cycle.steps):
            raise InputError(
                f"{currents[number - 1]:g} A/g cannot be drawn in cycle {number}: the cell is past its "
                "cut-off as soon as the current flows; expected a lower current"
            )
    last = solution.cycles[-1]
    if done < len(currents) or ("event" in last.termination and "experiment" not in last.termination):
        raise InputError(
            f"{currents[done - 1]:g} A/g cannot be drawn in cycle {done}: the step ended with "
            f"'{last.termination:.60}' and not at its cut-off; expected a lower current"
        )


def _cycle(number: int, current: float, found: Any, mass: float, side: str) -> CellCycle:
    passed = {1: 0.0, -1: 0.0}
    energy = {1: 0.0, -1: 0.0}
    for step in found.steps:
        charge, work = step["Discharge capacity [A.h]"].entries, step["Discharge energy [W.h]"].entries
        change = float(charge[-1] - charge[0])
        if abs(change) > 1e-12:
            way = 1 if change > 0.0 else -1
            passed[way] += abs(change)
            energy[way] += abs(float(work[-1] - work[0]))
    last = found.steps[-1]

    def held(kind: str) -> float:
        return float(last[f"{side} electrode {kind} charge [A.h]"].entries[-1]) / mass * 1e3

    return CellCycle(
        cycle=number,
        current=current,
        discharge=passed[1] / mass * 1e3,
        charge=passed[-1] / mass * 1e3,
        discharge_voltage=energy[1] / max(passed[1], 1e-30),
        charge_voltage=energy[-1] / max(passed[-1], 1e-30),
        film=held("film"),
        trapped=held("trapped"),
        incoherent=float(last[f"{side} electrode incoherent fraction"].entries[-1]),
    )


def _record(solution: Any) -> dict[str, NDArray[np.float64]]:
    parts = []
    steps = 0
    for number, cycle in enumerate(solution.cycles, start=1):
        time, voltage, current, charge, energy, step = (
            np.concatenate(column)
            for column in zip(
                *(_step_columns(found, steps + n) for n, found in enumerate(cycle.steps, 1)), strict=True
            )
        )
        steps += len(cycle.steps)
        change, work = np.diff(charge, prepend=charge[0]), np.diff(energy, prepend=energy[0])
        out = change > 0.0
        parts.append(
            {
                "test_time_second": time,
                "voltage_volt": voltage,
                "current_ampere": -current,
                "cycle_count": np.full(len(time), float(number)),
                "step_count": step,
                "charging_capacity_ah": np.cumsum(np.where(out, 0.0, -change)),
                "discharging_capacity_ah": np.cumsum(np.where(out, change, 0.0)),
                "charging_energy_wh": np.cumsum(np.where(out, 0.0, -work)),
                "discharging_energy_wh": np.cumsum(np.where(out, work, 0.0)),
            }
        )
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _step_columns(step: Any, number: int) -> tuple[NDArray[np.float64], ...]:
    names = ("Voltage [V]", "Current [A]", "Discharge capacity [A.h]", "Discharge energy [W.h]")
    found = tuple(np.asarray(step[name].entries, dtype=float) for name in names)
    return (np.asarray(step.t, dtype=float), *found, np.full(len(step.t), float(number)))


def observables_of_cell(run: CellRun) -> list[Observable]:
    """Return capacities, voltages, efficiencies and losses of every cycle, with labels.

    A half cell is read in the half-cell convention. In a full cell discharge is the cell's, which
    empties the conversion electrode; its state then is *charged*.
    """
    full = run.spec.cell.counter != "metal"
    found: list[Observable] = []
    kind = "full cell" if full else "half cell"
    common: dict[str, Any] = {
        "origin": "simulated",
        "technique": f"cell model, {kind}",
        "source": run.spec.name,
    }
    for c in run.cycles:
        fields = {**common, "cycle": c.cycle, "label": _label(run, c, capacity=False)}
        charges = {**fields, "label": _label(run, c, capacity=True)}
        at = f"{PER_GRAM}, at {c.current:g} A/g, to the cut-off"
        names = ("charge", "discharge") if full else ("discharge", "charge")
        ours = dict(zip(("discharge", "charge"), names, strict=True))
        for name in ("discharge", "charge"):
            theirs = ours[name]
            found.append(observable(f"specific_capacity_{name}", getattr(c, theirs), method=at, **charges))
            if not full:
                voltage = getattr(c, f"{theirs}_voltage")
                found.append(
                    observable(f"mean_voltage_{name}", voltage, method="energy over charge", **fields)
                )
        if full:
            found.append(
                observable("cell_voltage", c.discharge_voltage, method="energy over charge", **fields)
            )
        first, second = getattr(c, ours["discharge"]), getattr(c, ours["charge"])
        name = "initial_coulombic_efficiency" if c.cycle == 1 else "coulombic_efficiency"
        found.append(observable(name, second / first, method="out over in of the anode", **charges))
        found.append(
            observable(
                "trapped_fraction",
                c.trapped / max(c.trapped, first),
                method="charge in trapped metal over charge taken",
                **fields,
            )
        )
    last, of = run.cycles[-1], "discharge" if full else "charge"
    same = [c for c in run.cycles if c.cycle >= 2 and c.current == last.current]
    if len(same) > 1:
        found.append(
            observable(
                "capacity_retention",
                getattr(last, of) / getattr(same[0], of),
                method=f"{of} over that of cycle {same[0].cycle}, at {last.current:g} A/g",
                label="imposed" if run.spec.cell.parameters else "held-out",
                cycle=last.cycle,
                **common,
            )
        )
    return found


def _label(run: CellRun, c: CellCycle, *, capacity: bool) -> Label:
    """Imposed where parameters were; calibrated for the very capacities fitted to; else held-out."""
    if run.spec.cell.parameters:
        return "imposed"
    fitted = {t.claim for t in calibration().targets}
    here = run.spec.cell.material == "heos-na" and run.spec.cell.counter == "metal"
    if capacity and here and c.cycle == 1 and c.current == 0.1 and {"na.discharge", "na.charge"} <= fitted:
        return "calibrated"
    return "held-out"
