"""Run a cell through its protocol: what a cycler would record, and what only a model can see."""

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
from topotaxy.cell.ledger import Ledger, ledger_of
from topotaxy.cell.material import CellMaterial, cell_material
from topotaxy.cell.numbers import electrode_of
from topotaxy.cell.parameters import full_cell_parameters_of, half_cell_parameters
from topotaxy.cell.protocol import LONGEST_HOURS, CellSpec, experiment_from_spec
from topotaxy.errors import InputError
from topotaxy.observables import Role

WORTH_COMPILING = 100
"""Cycles from which compiling, which takes seconds, pays."""


@dataclass(frozen=True, kw_only=True)
class CellStates:
    """What no cycler sees, at the end of each cycle; every array (cycles,).

    ``current`` in A/g as the protocol says; ``trapped`` and ``film`` the charge that trapped metal and
    surface film hold, mAh/g; ``active`` the share of the material that still takes part.
    """

    cycle: NDArray[np.int64]
    current: NDArray[np.float64]
    trapped: NDArray[np.float64]
    film: NDArray[np.float64]
    active: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class CellRun:
    """A finished protocol.

    ``record`` has the columns of a cycler by their Battery Data Format names: current negative on
    discharge of the cell, capacities and energies as running totals of each cycle; ``mass`` of the
    conversion material in g. Cut-offs in V, temperature in K, diameter of the particles in nm.
    """

    spec: CellSpec
    formula: str
    ion: str
    mass: float
    lower_cutoff: float
    upper_cutoff: float
    temperature: float
    particle_diameter: float
    material: CellMaterial
    states: CellStates
    ledger: Ledger
    record: Mapping[str, NDArray[np.float64]]

    @property
    def role(self) -> Role:
        """Half cell of the conversion material as anode, or full cell."""
        return "half-cell-anode" if self.spec.cell.counter == "metal" else "full-cell"


def run_cell(spec: CellSpec, material: CellMaterial | None = None) -> CellRun:
    """Run the protocol of a cell.

    Parameters
    ----------
    spec : CellSpec
        Cell, material and protocol that are to be run.
    material : CellMaterial, optional
        What the cell's material comes to; by default draws that ship or lie in a file.

    Raises
    ------
    InputError
        Where material, parameter or counter electrode cannot be used, or a current cannot be
        drawn.
    """
    if material is None and spec.cell.specification is not None:
        raise InputError(
            f"tables of {spec.cell.material!r:.60} have to be made first: topotaxy.simulate makes them, or "
            "hand in what topotaxy.runs.lattice_material returns"
        )
    material = material or cell_material(spec.cell.material)
    full = spec.cell.counter != "metal"
    if full and material.ion != "Na":
        raise InputError(f"a cathode of sodium beside a material with {material.ion}; expected one with Na")
    make = full_cell_parameters_of if full else half_cell_parameters
    parameters = make(material, spec.cell.parameters)
    solution = _solved(spec, parameters, full=full)
    mass = float(parameters["Active mass [g]"])
    side = "Negative" if full else "Positive"
    currents = [current for _, current in spec.currents()]
    _check_complete(solution, currents)
    record = _record(solution)
    values = material.values(spec.cell.parameters)
    _check_drawn(record, currents, mass, FEASIBLE_SHARE * material.draw.capacity)
    return CellRun(
        spec=spec,
        formula=material.formula,
        ion=material.ion,
        mass=mass,
        lower_cutoff=float(parameters["Lower voltage cut-off [V]"]),
        upper_cutoff=float(parameters["Upper voltage cut-off [V]"]),
        temperature=material.temperature,
        particle_diameter=values["particle_diameter"],
        material=material,
        states=_states(solution, currents, mass, side),
        ledger=ledger_of(
            solution, electrode_of(material.draw, values, material.temperature), mass=mass, side=side
        ),
        record=record,
    )


def _solved(spec: CellSpec, parameters: dict[str, Any], *, full: bool) -> Any:
    """PyBaMM's solution of the protocol, with its messages kept back."""
    pybamm = load_pybamm()
    from topotaxy.cell.model import ConversionFullCell, ConversionHalfCell

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
        return simulation.solve(calc_esoh=False)
    except pybamm.SolverError as error:
        tried = ", ".join(f"{i:g}" for i in dict.fromkeys(current for _, current in spec.currents()))
        raise InputError(
            f"a current of the protocol ({tried} A/g) cannot be drawn: {str(error).splitlines()[0]:.80}; "
            "expected lower currents"
        ) from None
    finally:
        pybamm.logger.setLevel(level)


def _check_drawn(
    record: Mapping[str, NDArray[np.float64]], currents: Sequence[float], mass: float, least: float
) -> None:
    """Refuse a cycle of which a counter stopped below ``least`` (mAh/g)."""
    counters = ("discharging_capacity_ah", "charging_capacity_ah")
    for number, current in enumerate(currents, start=1):
        part = record["cycle_count"] == number
        passed = min(float(record[name][part].max()) for name in counters) / mass * 1e3
        longest = 1e3 * current * LONGEST_HOURS
        if longest < least / FEASIBLE_SHARE:
            raise InputError(
                f"{current:g} A/g is too low: in the {LONGEST_HOURS:g} hours for which a half-cycle is "
                f"followed it passes {longest:.3g} of {least / FEASIBLE_SHARE:.0f} mAh/g and meets no "
                f"cut-off; expected {least / FEASIBLE_SHARE / LONGEST_HOURS / 1e3:.2g} A/g or more"
            )
        if passed < least:
            raise InputError(
                f"{current:g} A/g cannot be drawn in cycle {number}: a cut-off was met after "
                f"{passed:.1f} mAh/g, less than {least:.0f}; expected a lower current"
            )


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


def _states(solution: Any, currents: Sequence[float], mass: float, side: str) -> CellStates:
    last = [cycle.steps[-1] for cycle in solution.cycles]

    def held(kind: str) -> NDArray[np.float64]:
        name = f"{side} electrode {kind} charge [A.h]"
        return np.array([float(step[name].entries[-1]) for step in last]) / mass * 1e3

    return CellStates(
        cycle=np.arange(1, len(last) + 1),
        current=np.array(currents),
        trapped=held("trapped"),
        film=held("film"),
        active=np.array([float(step[f"{side} electrode active fraction"].entries[-1]) for step in last]),
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
