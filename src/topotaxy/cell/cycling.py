"""Long cycling: one discretised model, one compiled solver, half-cycle after half-cycle.

``pybamm.Simulation`` with an ``Experiment`` does the same (a test holds both against each other)
and can do more; here nothing but galvanostatic half-cycles to a cut-off, so that 1,500 cycles take
seconds. All results are per gram of conversion material.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.discretised import film_charge, state_slices
from topotaxy.cell.environment import load_pybamm
from topotaxy.cell.laws import SMALLEST_ACTIVE
from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR, SECONDS_PER_HOUR
from topotaxy.errors import InputError

pybamm = load_pybamm()

NEVER = 20.0
"""V: a cut-off that no half-cycle reaches."""

FEASIBLE_SHARE = 0.05
"""Below this share of the electrode's capacity a half-cycle counts as infeasible, not as small."""

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-4, 1e-6
"""Of the integration; a tenth of them moves capacities after 1,500 cycles by 0.2 %."""

MESH_POINTS = 6
"""Radial points of a particle."""


@dataclass(frozen=True, kw_only=True)
class Leg:
    """Cycles at one current (A/g): ``discharge`` and ``charge`` currents may differ."""

    cycles: int
    current: float
    charge_current: float | None = None


@dataclass(kw_only=True)
class CyclingHistory:
    """What each simulated cycle did, per gram of conversion material.

    Capacities in mAh/g, energies in mWh/g; ``film`` and ``trapped`` are the
    charges held at the end of the cycle, mAh/g; ``active`` the living share of the material;
    ``hours`` since the start. ``discharge`` is that of the *cell*: in a half cell it
    alkaliates the conversion electrode, in a full cell it empties it.
    """

    cycle: list[int] = field(default_factory=list)
    discharge: list[float] = field(default_factory=list)
    charge: list[float] = field(default_factory=list)
    discharge_energy: list[float] = field(default_factory=list)
    charge_energy: list[float] = field(default_factory=list)
    film: list[float] = field(default_factory=list)
    trapped: list[float] = field(default_factory=list)
    active: list[float] = field(default_factory=list)
    hours: list[float] = field(default_factory=list)
    current: list[float] = field(default_factory=list)
    curves: dict[int, list[NDArray[np.float64]]] = field(default_factory=dict)

    def at(self, name: str, cycle: int) -> float:
        """Value of a column at a cycle; between simulated cycles interpolated.

        Parameters
        ----------
        name : str
            Name of the column.
        cycle : int
            Number of the cycle, from 1.
        """
        return float(np.interp(cycle, self.cycle, getattr(self, name)))


def has_compiler() -> bool:
    """Whether PyBaMM can compile its functions; without a C compiler runs are three times slower."""
    return shutil.which("cc") is not None or shutil.which("gcc") is not None


class Cycler:
    """A discretised cell, ready to be cycled many times.

    Parameters
    ----------
    model:
        A :class:`~topotaxy.cell.model.ConversionHalfCell` or ``ConversionFullCell``.
    parameters:
        A parameter set as :mod:`topotaxy.cell.parameters` makes them.
    free:
        Names of parameters that may change from run to run without building again.
    first_step:
        ``"discharge"`` in a half cell; a full cell is assembled discharged and begins with charge.
    """

    def __init__(
        self,
        model: Any,
        parameters: Mapping[str, Any],
        *,
        free: Sequence[str] = (),
        first_step: str = "discharge",
        rtol: float = RELATIVE_TOLERANCE,
        atol: float = ABSOLUTE_TOLERANCE,
        mesh_points: int = MESH_POINTS,
        compiled: bool | None = None,
    ) -> None:
        self._mass = float(parameters["Active mass [g]"])
        self._low = float(parameters["Lower voltage cut-off [V]"])
        self._high = float(parameters["Upper voltage cut-off [V]"])
        self._capacity = float(parameters["Nominal cell capacity [A.h]"]) / self._mass * 1000.0
        self._first = first_step
        self._side = "Positive" if _is_half(model) else "Negative"
        self._free = {name: float(parameters[name]) for name in free}
        values = pybamm.ParameterValues(dict(parameters))
        inputs = ["Current function [A]", "Lower voltage cut-off [V]", "Upper voltage cut-off [V]", *free]
        values.update(dict.fromkeys(inputs, "[input]"))
        self._film_per_metre = film_charge(parameters, self._side)
        self._model = values.process_model(model, inplace=False)
        geometry = model.default_geometry
        values.process_geometry(geometry)
        points = {**model.default_var_pts, "r_n": mesh_points, "r_p": mesh_points}
        mesh = pybamm.Mesh(geometry, model.default_submesh_types, points)
        discretisation = pybamm.Discretisation(mesh, model.default_spatial_methods)
        self._model = discretisation.process_model(self._model, inplace=True)
        self._slices = state_slices(discretisation)
        use_compiler = has_compiler() if compiled is None else compiled
        self._solver = pybamm.IDAKLUSolver(
            rtol=rtol, atol=atol, on_extrapolation="ignore", options={"compile": use_compiler}
        )
        self._loss = tuple(
            float(parameters[f"{self._side} electrode loss of active material by {cause}"])
            for cause in ("time", "throughput")
        )

    def run(
        self,
        legs: Sequence[Leg],
        *,
        values: Mapping[str, float] | None = None,
        keep_curves: Sequence[int] = (),
    ) -> CyclingHistory:
        """Cycle through ``legs`` from a fresh cell.

        Parameters
        ----------
        values:
            Values of the free parameters; the set's own where not given.
        keep_curves:
            Cycles whose voltage curves are kept.

        Raises
        ------
        InputError
            Where a current cannot be drawn: the cut-off is met after less than a twentieth of the
            electrode's capacity.
        """
        given = {**self._free, **(values or {})}
        unknown = sorted(set(given) - set(self._free))
        if unknown:
            raise InputError(f"not a free parameter of this cell: {unknown[0]!r:.60}")
        run = _Run(self, given, set(keep_curves))
        for leg in legs:
            run.leg(leg)
        return run.record


class _Run:
    """One run of a :class:`Cycler`: its solution so far and what is written down."""

    def __init__(self, cell: Cycler, values: Mapping[str, float], keep: set[int]) -> None:
        self._cell, self._values, self._keep = cell, values, keep
        self._solution: Any = None
        self._cycle = 0
        self._hours = 0.0
        self.record = CyclingHistory()

    def leg(self, leg: Leg) -> None:
        for _ in range(leg.cycles):
            self._cycle += 1
            self._one_cycle(leg)

    def _state(self, name: str, y: Any) -> float:
        found = self._cell._slices.get(name)
        if found is None:
            return 0.0
        index, scale = found
        return float(y[index] * scale)

    def _one_cycle(self, leg: Leg) -> None:
        charge = leg.current if leg.charge_current is None else leg.charge_current
        halves = [(1.0, leg.current), (-1.0, charge)]
        if self._cell._first == "charge":
            halves.reverse()
        row: dict[str, tuple[float, float]] = {}
        for sign, current in halves:
            row["discharge" if sign > 0 else "charge"] = self._half(sign, current)
        y = self._solution.y[:, -1]
        r = self.record
        r.cycle.append(self._cycle)
        r.current.append(leg.current)
        for name in ("discharge", "charge"):
            getattr(r, name).append(row[name][0])
            getattr(r, f"{name}_energy").append(row[name][1])
        active = self._active(y)
        r.trapped.append(self._state("trapped fraction", y) * active * self._cell._capacity)
        has_film = "SEI thickness" in self._cell._slices
        per_metre, start = self._cell._film_per_metre
        r.film.append(self._state("SEI thickness", y) * per_metre - start if has_film else 0.0)
        r.active.append(active)
        r.hours.append(self._hours)

    def _active(self, y: Any) -> float:
        if "age" not in self._cell._slices:
            return 1.0
        by_time, by_use = self._cell._loss
        age, used = self._state("age", y), self._state("throughput", y)
        lost = by_time * math.sqrt(age / 1000.0) + by_use * used / 1000.0
        return max(SMALLEST_ACTIVE, 1.0 - lost)

    def _half(self, sign: float, current: float) -> tuple[float, float]:
        """One half-cycle; its capacity (mAh/g) and energy (mWh/g)."""
        cell = self._cell
        amperes = sign * current * cell._mass
        inputs = {
            **self._values,
            "Current function [A]": amperes,
            "Lower voltage cut-off [V]": cell._low if sign > 0 else -NEVER,
            "Upper voltage cut-off [V]": NEVER if sign > 0 else cell._high,
        }
        longest = 4.0 * COULOMB_PER_MILLIAMPERE_HOUR * cell._capacity / current
        before = None if self._solution is None else self._solution.y[:, -1]
        if self._solution is not None:
            self._solution.termination = "final time"
        try:
            solution = cell._solver.step(self._solution, cell._model, longest, inputs=inputs, save=False)
        except pybamm.SolverError as error:
            raise InputError(
                f"{current:g} A/g cannot be drawn in cycle {self._cycle} ({str(error).splitlines()[0]:.120})"
            ) from None
        self._solution = solution
        charge, energy = (self._state(name, solution.y[:, -1]) for name in ("passed", "energy"))
        if before is not None:
            charge -= self._state("passed", before)
            energy -= self._state("energy", before)
        capacity = abs(charge) / cell._mass * 1000.0
        self._check(solution, sign, current, capacity)
        self._hours += float(solution.t[-1] - solution.t[0]) / SECONDS_PER_HOUR
        if self._cycle in self._keep:
            self._keep_curve(solution, current, sign)
        return capacity, capacity * (energy / charge)

    def _check(self, solution: Any, sign: float, current: float, capacity: float) -> None:
        word = "discharge" if sign > 0 else "charge"
        ended = solution.termination
        if "voltage" not in ended:
            raise InputError(
                f"the {word} of cycle {self._cycle} at {current:g} A/g met no cut-off ({ended:.60}); "
                "expected a higher current, or cut-offs that the cell can meet"
            )
        least = FEASIBLE_SHARE * self._cell._capacity
        if self._cycle == 1 and capacity < least:
            raise InputError(
                f"{current:g} A/g cannot be drawn: the {word} met its cut-off after {capacity:.1f} mAh/g, "
                f"less than {least:.0f}; expected a lower current"
            )

    def _keep_curve(self, solution: Any, current: float, sign: float) -> None:
        voltage = np.asarray(solution["Voltage [V]"].entries)
        seconds = np.asarray(solution.t) - float(solution.t[0])
        curve = np.stack([seconds, voltage, np.full(len(seconds), sign * current)])
        self.record.curves.setdefault(self._cycle, []).append(curve)


def _is_half(model: Any) -> bool:
    return str(model.options["working electrode"]) == "positive"
