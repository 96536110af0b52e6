"""The cells behind a paper's numbers, at the central point of a posterior: histories by the path of
measured cells."""

from __future__ import annotations

from typing import Any

from topotaxy.cell.cycling import CyclingHistory
from topotaxy.cell.draws import DrawTable
from topotaxy.cell.fast import FastCell
from topotaxy.cell.posterior import Posterior
from topotaxy.measurement.cycling.metrics import Cell, cell_of
from topotaxy.measurement.cycling.metrics.cycles import FIRST, mean_coulombic_efficiency
from topotaxy.observables import Conditions
from topotaxy.runs.as_cycler import record_of_history
from topotaxy.runs.paper import PaperNumber, PaperProtocol, PaperRun
from topotaxy.studies.fast_paper import FastPaper, Numerics, ion_of

FINE = Numerics(steps=40, shells=12, growth=0.5)
"""For what is shown."""


class PaperCells:
    """Runs of one paper at the central point of its posterior, each made once.

    Parameters
    ----------
    paper : PaperProtocol
        Protocols and numbers.
    posterior : Posterior
        Whose central point is used.
    table : DrawTable
        Draws that it stands on.
    """

    def __init__(self, paper: PaperProtocol, posterior: Posterior, table: DrawTable) -> None:
        self.paper, self.table = paper, table
        self.values = posterior.values(posterior.central)
        self._model = FastPaper(protocol=paper, table=table, numerics=FINE)
        self._histories: dict[str, CyclingHistory] = {}

    def fast(self, name: str) -> FastCell:
        """Return the compiled cell of a run.

        Parameters
        ----------
        name : str
            Name of the run in the paper's protocol.
        """
        return self._model.cell(self.paper.runs[name], self.values)

    def history(self, name: str) -> CyclingHistory:
        """Return a run of the paper; discharge is that of the cell.

        Parameters
        ----------
        name : str
            Name of the run in the paper's protocol.
        """
        if name not in self._histories:
            found = self._model.cycles(name, self.values)
            columns: dict[str, Any] = {
                key: [float(v) for v in found.column(key)]
                for key in (
                    "discharge",
                    "charge",
                    "discharge_energy",
                    "charge_energy",
                    "film",
                    "trapped",
                    "active",
                    "hours",
                    "current",
                )
            }
            cycle = [int(n) for n in found.column("cycle")]
            self._histories[name] = CyclingHistory(cycle=cycle, **columns)
        return self._histories[name]

    def cell(self, name: str) -> Cell:
        """Return the metrics of a run, by the path of measured cells.

        Parameters
        ----------
        name : str
            Name of the run in the paper's protocol.
        """
        run = self.paper.runs[name]
        record = record_of_history(self.history(name), source=name, first=FIRST[run.role])
        return cell_of(record, role=run.role, origin="simulated", conditions=self.conditions(run))

    def conditions(self, run: PaperRun) -> Conditions:
        """Return the conditions that the numbers of a run share.

        Parameters
        ----------
        run : PaperRun
            One run of the paper's protocol.
        """
        cell = self._model.cell(run, self.values)
        full = run.role == "full-cell"
        return Conditions(
            sample=self.table.formula,
            role=run.role,
            temperature=self.table.temperature,
            particle_size=cell.values["particle_diameter"],
            electrode=run.cathode or ion_of(run.table, self.table),
            lower_cutoff=cell.values["full_lower_cutoff"] if full else self.table.lower_cutoff,
            upper_cutoff=cell.values["full_upper_cutoff"] if full else self.table.upper_cutoff,
        )


def value_of(number: PaperNumber, cell: Cell) -> float:
    """Read a number of a paper from the metrics of its run.

    Parameters
    ----------
    number : PaperNumber
        What is read, at which cycle.
    cell : Cell
        Metrics of the run.

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
