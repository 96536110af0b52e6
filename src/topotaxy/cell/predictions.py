"""The numbers that papers state of cells, as the model computes them: one protocol each.

All protocols are written here once, for calibration and for held-out numbers alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from topotaxy.cell.branches import load_branches
from topotaxy.cell.cycling import Cycler, CyclingHistory, Leg
from topotaxy.cell.inputs import calibration, cell_inputs

REFERENCE_CYCLE = 2
"""Retention is against the second cycle: the first starts from a virgin lattice."""

SKIP = 0.002
"""Change of the trapped fraction over which cycles are skipped; docs/cell.md has the error."""

FORMATION = 0.1
"""A/g."""

RATE_TEST = (0.1, 0.2, 0.5, 1.0, 2.0)
"""A/g: steps of five cycles before the rate that is asked for; the usual protocol."""

_PYBAMM_NAMES = {
    "interface_charge": "interface charge density [C.m-2]",
    "frame_interface_energy": "frame interface energy [J.m-2]",
}


class Cells:
    """Cells of one material at one set of calibrated parameters, built once and run as asked.

    Parameters
    ----------
    name:
        Table of branches against sodium, such as ``heos-na``; the partner against lithium is
        found by its ending.
    rtol, atol:
        Of the integration; finer than for a single run, since a calibration takes differences.
    assumptions:
        Assumptions of the cell to replace, by name.
    """

    def __init__(
        self,
        name: str = "heos-na",
        *,
        rtol: float = 1e-5,
        atol: float = 1e-7,
        assumptions: Mapping[str, float] | None = None,
    ) -> None:
        self._name, self._rtol, self._atol = name, rtol, atol
        self._assumptions = dict(assumptions or {})
        self._built: dict[tuple[str, str], Cycler] = {}
        self._parameters: dict[str, float] = {p.name: p.value for p in calibration().parameters}

    def set(self, parameters: Mapping[str, float]) -> None:
        """Use other values of the calibrated parameters from now on."""
        self._parameters = {**self._parameters, **parameters}
        self.__dict__.pop("_rate_runs", None)

    def half(self, ion: str = "Na", *, micrometre: bool = False) -> Cycler:
        """Half cell against an alkali metal, of the fine or of the coarse powder."""
        from topotaxy.cell.model import ConversionHalfCell
        from topotaxy.cell.parameters import shipped_parameters

        size = "coarse" if micrometre else "fine"
        if (ion, size) not in self._built:
            table = self._name[: -len("na")] + ion.lower()
            overrides = dict(self._assumptions)
            if micrometre:
                overrides["particle_diameter"] = cell_inputs(overrides)["micrometre_diameter"]
            parameters = shipped_parameters(table, overrides)
            free = [*self._inputs("Positive", table)]
            self._built[ion, size] = Cycler(
                ConversionHalfCell(), parameters, free=free, rtol=self._rtol, atol=self._atol
            )
        return self._built[ion, size]

    def full(self) -> Cycler:
        """Full cell against Na3V2(PO4)3/C, balanced with the parameters in use."""
        from topotaxy.cell.model import ConversionFullCell
        from topotaxy.cell.parameters import full_cell_parameters

        parameters = full_cell_parameters(self._name, {**self._assumptions, **self._parameters})
        return Cycler(ConversionFullCell(), parameters, first_step="charge", rtol=self._rtol, atol=self._atol)

    def run(
        self, legs: Sequence[Leg], *, ion: str = "Na", micrometre: bool = False, **how: Any
    ) -> CyclingHistory:
        """Run a half cell with the parameters in use."""
        table = self._name[: -len("na")] + ion.lower()
        cell = self.half(ion, micrometre=micrometre)
        return cell.run(legs, values=self._inputs("Positive", table), **how)

    def _inputs(self, side: str, table: str) -> dict[str, float]:
        """The calibrated parameters under PyBaMM's names, and the interface area that follows."""
        from topotaxy.cell.parameters import interface_area

        branches = load_branches(table)
        values = cell_inputs({**self._assumptions, **self._parameters})
        found = {f"{side} electrode {theirs}": values[ours] for ours, theirs in _PYBAMM_NAMES.items()}
        found["EC diffusivity [m2.s-1]"] = values["film_diffusivity"]
        found["Contact resistance [Ohm]"] = values["cell_resistance"] / values["electrode_area"]
        grams = branches.density * 1e6 * values["active_fraction"]
        found[f"{side} electrode interface area to volume ratio [m-1]"] = (
            interface_area(branches, values) * grams
        )
        return found

    def first_cycle(self, ion: str = "Na", *, micrometre: bool = False) -> CyclingHistory:
        """One cycle at 0.1 A/g."""
        return self.run([Leg(cycles=1, current=FORMATION)], ion=ion, micrometre=micrometre)

    def rate(self, current: float) -> float:
        """Charge capacity (mAh/g) of the fifth cycle at ``current`` (A/g) of a rate test."""
        steps = [c for c in RATE_TEST if c < current]
        record = self.run([Leg(cycles=5, current=c) for c in (*steps, current)])
        return record.charge[-1]

    def ageing(
        self, current: float, cycles: int, *, micrometre: bool = False, skip: float | None = SKIP
    ) -> CyclingHistory:
        """Cycles at one current (A/g) from a fresh cell."""
        return self.run([Leg(cycles=cycles, current=current)], micrometre=micrometre, skip=skip)

    @cached_property
    def capacity(self) -> float:
        """Charge of stoichiometry 1, mAh/g."""
        return load_branches(self._name).capacity


def retention(record: CyclingHistory, *, of: str = "charge") -> float:
    """Capacity of the last cycle over that of the reference cycle."""
    return float(getattr(record, of)[-1] / record.at(of, REFERENCE_CYCLE))


def mean_efficiency(record: CyclingHistory) -> float:
    """Mean of charge over discharge from the reference cycle on (anode half cell)."""
    cycle = np.asarray(record.cycle, dtype=float)
    ratio = np.asarray(record.charge) / np.asarray(record.discharge)
    late = cycle >= REFERENCE_CYCLE
    every = np.arange(REFERENCE_CYCLE, cycle[-1] + 1)
    return float(np.interp(every, cycle[late], ratio[late]).mean())
