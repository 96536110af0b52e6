"""The cells behind a paper's numbers: built once, run at any values of the calibrated parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.cell.branches import load_branches
from topotaxy.cell.cycling import Cycler, CyclingHistory, Leg
from topotaxy.cell.inputs import calibration, cell_inputs
from topotaxy.measurement.cycling.metrics import Cell, cell_of
from topotaxy.measurement.cycling.metrics.cycles import FIRST, mean_coulombic_efficiency
from topotaxy.observables import Conditions
from topotaxy.runs.as_cycler import record_of_history
from topotaxy.runs.paper import PaperNumber, PaperProtocol, PaperRun

_PYBAMM_NAMES = {
    "interface_charge": "interface charge density [C.m-2]",
    "frame_interface_energy": "frame interface energy [J.m-2]",
}


class PaperCells:
    """Runs of one paper at one set of calibrated parameters, each made once.

    Parameters
    ----------
    paper : PaperProtocol
        Protocols and numbers.
    rtol, atol : float
        Of the integration; finer than for a single run, since a calibration takes differences.
    assumptions : mapping, optional
        Assumptions of the cell to replace, by name.
    """

    def __init__(
        self,
        paper: PaperProtocol,
        *,
        rtol: float = 1e-5,
        atol: float = 1e-7,
        assumptions: Mapping[str, float] | None = None,
    ) -> None:
        self.paper = paper
        self._rtol, self._atol = rtol, atol
        self._assumptions = dict(assumptions or {})
        self._built: dict[tuple[str, str], Cycler] = {}
        self._numbers = paper.computed()
        self._histories: dict[str, CyclingHistory] = {}
        self._parameters: dict[str, float] = {p.name: p.value for p in calibration().parameters}

    def set(self, parameters: Mapping[str, float]) -> None:
        """Use other values of the calibrated parameters from now on."""
        self._parameters = {**self._parameters, **parameters}
        self._histories = {}

    def history(self, name: str) -> CyclingHistory:
        """Return a run of the paper with the parameters in use; discharge is that of the cell."""
        if name not in self._histories:
            run = self.paper.runs[name]
            legs = [Leg(cycles=leg.cycles, current=leg.current) for leg in run.legs]
            if run.role == "full-cell":
                found = self._full(run).run(legs, keep_curves=run.curves, skip=run.skip)
            else:
                cell, values = self._half(run), self._inputs("Positive", run.table)
                found = cell.run(legs, values=values, keep_curves=run.curves, skip=run.skip)
            self._histories[name] = found
        return self._histories[name]

    def cell(self, name: str) -> Cell:
        """Return the metrics of a run, by the path of measured cells."""
        run = self.paper.runs[name]
        record = record_of_history(self.history(name), source=name, first=FIRST[run.role])
        return cell_of(record, role=run.role, origin="simulated", conditions=self.conditions(run))

    def number(self, claim: str) -> float:
        """Return the computed number of a claim."""
        return value_of(self._numbers[claim], self.cell(self._numbers[claim].run))

    def conditions(self, run: PaperRun) -> Conditions:
        """Return the conditions that the numbers of a run share."""
        branches = load_branches(run.table)
        values = cell_inputs(self._assumptions)
        full = run.role == "full-cell"
        return Conditions(
            sample=branches.formula,
            role=run.role,
            temperature=branches.temperature,
            particle_size=values[run.diameter or "particle_diameter"],
            electrode=run.cathode or branches.ion,
            lower_cutoff=values["full_lower_cutoff"] if full else branches.lower_cutoff,
            upper_cutoff=values["full_upper_cutoff"] if full else branches.upper_cutoff,
        )

    def _half(self, run: PaperRun) -> Cycler:
        from topotaxy.cell.model import ConversionHalfCell
        from topotaxy.cell.parameters import shipped_parameters

        key = run.table, run.diameter
        if key not in self._built:
            overrides = dict(self._assumptions)
            if run.diameter:
                overrides["particle_diameter"] = cell_inputs(overrides)[run.diameter]
            self._built[key] = Cycler(
                ConversionHalfCell(),
                shipped_parameters(run.table, overrides),
                free=[*self._inputs("Positive", run.table)],
                rtol=self._rtol,
                atol=self._atol,
            )
        return self._built[key]

    def _full(self, run: PaperRun) -> Cycler:
        """Full cell, balanced with the parameters in use."""
        from topotaxy.cell.model import ConversionFullCell
        from topotaxy.cell.parameters import full_cell_parameters

        parameters = full_cell_parameters(run.table, {**self._assumptions, **self._parameters})
        return Cycler(ConversionFullCell(), parameters, first_step="charge", rtol=self._rtol, atol=self._atol)

    def _inputs(self, side: str, table: str) -> dict[str, float]:
        """The calibrated parameters under PyBaMM's names, and the interface area that follows."""
        from topotaxy.cell.parameters import interface_area

        branches = load_branches(table)
        values = cell_inputs({**self._assumptions, **self._parameters})
        found: dict[str, Any] = {
            f"{side} electrode {name}": values[own] for own, name in _PYBAMM_NAMES.items()
        }
        found["EC diffusivity [m2.s-1]"] = values["film_diffusivity"]
        found["Contact resistance [Ohm]"] = values["cell_resistance"] / values["electrode_area"]
        grams = branches.density * 1e6 * values["active_fraction"]
        found[f"{side} electrode interface area to volume ratio [m-1]"] = (
            interface_area(branches, values) * grams
        )
        return found


def value_of(number: PaperNumber, cell: Cell) -> float:
    """Read a number of a paper from the metrics of its run.

    Raises
    ------
    ValueError
        Where the run has no such number: a fault of the paper's protocol.
    """
    if number.read == "retention":
        if cell.retention is None or cell.retention.last != number.cycle:
            raise ValueError(f"{number.claim}: no retention at cycle {number.cycle}")
        return cell.retention.value
    if number.read == "mean efficiency":
        if cell.role is None or cell.retention is None:
            raise ValueError(f"{number.claim}: no mean of so few cycles")
        return mean_coulombic_efficiency(cell.totals, cell.role, first=cell.retention.reference)
    at = int((cell.totals.cycle == number.cycle).argmax())
    if cell.totals.cycle[at] != number.cycle:
        raise ValueError(f"{number.claim}: the run skipped cycle {number.cycle}")
    if number.read == "efficiency":
        return float(cell.efficiency[at])
    if number.read == "discharge voltage":
        return float(cell.mean_voltage["discharge"][at])
    return float(cell.totals.capacity("discharge" if number.read == "discharge" else "charge")[at])
