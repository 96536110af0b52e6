"""From a run's dataset to observables: means over replicas, with their standard errors."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling.metrics.cycles import EFFICIENCY_METHOD, METHOD
from topotaxy.observables import Direction, Label, Observable, State, observable
from topotaxy.runs.cycled import ROLE, Cycled, conditions_of, cycled
from topotaxy.runs.halves import DIRECTIONS
from topotaxy.runs.labels import label_of
from topotaxy.spec import Spec
from topotaxy.statistics import mean_and_error

if TYPE_CHECKING:
    import xarray as xr

_BY_ELEMENT = {
    "reduced_fraction": "electrons taken up since pristine over electrons to the metal",
    "anion_coordination": "six M-X bonds for an oxidised cation, none for M0",
    "metal_coordination": "M0 among the nearest neighbours of an M0; spread at random: {random:.2f}",
    "anion_distance": "spacing of the frame, or of the rock salt MX outside it; mean over oxidised cations",
    "metal_distance": "spacing of fcc metal in the domains; mean over bonds",
}
_WHOLE = {
    "home_fraction": "cations on the site where they started, by identity",
    "framework_fraction": "cations on the site where they started and not metal",
    "coherent_fraction": "regions of the frame in registry with the host",
    "domain_size": "metal objects of two atoms or more as spheres, mean diameter by volume",
    "frame_strain": "linear, of the registered frame, by the salt in it",
    "frame_stress": "root mean square over the registered regions, from the differences of their content",
    "expansion": "linear, if the whole lattice swells coherently and phase volumes add",
}
_QUANTITY = {
    "anion_coordination": "coordination_number",
    "metal_coordination": "coordination_number",
    "anion_distance": "bond_length",
    "metal_distance": "bond_length",
    "frame_strain": "strain",
    "frame_stress": "stress",
    "expansion": "strain",
}
_SHELL = {
    "anion_coordination": "anion",
    "metal_coordination": "metal",
    "anion_distance": "anion",
    "metal_distance": "metal",
}
_QUANTILES = {"D10": 0.1, "D50": 0.5, "D90": 0.9}
_OVER_TIME = "energy over charge: averaged over time at constant current, the cut-off while it is held"
_INSTEAD_OF = {"expansion": "frame_strain"}
"""What is no observable where the lattice measures the real thing; it stays in the dataset."""


class _Collector:
    """Gathers observables of one run; labels the headline, skips what is unknown."""

    def __init__(self, spec: Spec) -> None:
        self.found: list[Observable] = []
        self._spec = spec
        self._conditions = {direction: conditions_of(spec, direction) for direction in DIRECTIONS}
        self._common: dict[str, Any] = {
            "origin": "simulated",
            "technique": "reactive lattice",
            "source": spec.name,
        }

    def add(
        self,
        quantity: str,
        values: NDArray[np.float64],
        method: str,
        *,
        headline: bool = False,
        state: State | None = None,
        cycle: int,
        reference: int | None = None,
        subject: str = "",
        direction: Direction = "discharge",
    ) -> None:
        """Take a number of each replica; ``direction`` is whose current the conditions name."""
        conditions = self._conditions[direction].updated(cycle=cycle, reference_cycle=reference)
        value, uncertainty = mean_and_error(np.asarray(values, dtype=float))
        label: Label | None = label_of(quantity, self._spec) if headline else None
        if math.isfinite(value):
            self.found.append(
                observable(
                    quantity,
                    value,
                    uncertainty=uncertainty,
                    method=method,
                    label=label,
                    state=state,
                    conditions=conditions,
                    subject=subject,
                    **self._common,
                )
            )


def observables_of(tree: xr.DataTree, kept_cycles: list[int], spec: Spec) -> list[Observable]:
    """Return the observables of a run; those of the headline carry a label.

    Every cycle in ``kept_cycles`` is reported; the headline is the first cycle, and retention
    and the state of the lattice at the last.

    Parameters
    ----------
    tree : DataTree
        By the schema ``run``.
    kept_cycles : sequence of int
        Cycles that are reported.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    """
    cycles = tree["cycles"].to_dataset()
    last = int(cycles["cycle"].values[-1])
    out = _Collector(spec)
    cells = cycled(tree, spec)
    for cycle in kept_cycles:
        _add_capacities(out, cells, cycle, headline=cycle == 1)
        _add_measures(out, cycles, cycle, "discharged", headline=cycle in (1, last))
        _add_measures(out, cycles, cycle, "charged", headline=cycle in (1, last))
    reference = cells.reference_cycle
    if reference is not None:
        out.add(
            "capacity_retention",
            cells.retention,
            f"charge capacity of cycle {last} over that of cycle {reference}",
            headline=True,
            cycle=last,
            reference=reference,
            direction="charge",
        )
    out.add(
        "trapped_fraction",
        cycles["trapped_fraction"][:, -1].values,
        "electrons still held when charged, over capacity of all reducible cations",
        headline=True,
        state="charged",
        cycle=last,
        direction="charge",
    )
    return out.found


def _add_capacities(out: _Collector, cells: Cycled, cycle: int, *, headline: bool) -> None:
    """Capacities, efficiency and voltages, defined where those of measured cells are."""
    at = int(np.flatnonzero(cells.cycle == cycle)[0])
    per_gram = "to the cut-off, per gram of pristine active material"
    efficiency = "initial_coulombic_efficiency" if cycle == 1 else "coulombic_efficiency"
    for name, values, method in (
        ("specific_capacity_discharge", cells.capacity("discharge"), per_gram),
        ("specific_capacity_charge", cells.capacity("charge"), per_gram),
        (efficiency, cells.efficiency, EFFICIENCY_METHOD[ROLE]),
        ("mean_voltage_discharge", cells.mean_voltage("discharge"), _OVER_TIME),
        ("mean_voltage_charge", cells.mean_voltage("charge"), _OVER_TIME),
        ("voltage_hysteresis", cells.hysteresis, METHOD["voltage_hysteresis"]),
    ):
        direction: Direction = "charge" if name.endswith("_charge") else "discharge"
        out.add(name, values[:, at], method, headline=headline, cycle=cycle, direction=direction)


def _add_measures(out: _Collector, cycles: xr.Dataset, cycle: int, state: State, *, headline: bool) -> None:
    at = cycles.sel(cycle=cycle, state=state)
    direction: Direction = "charge" if state == "charged" else "discharge"
    add = partial(out.add, state=state, cycle=cycle, direction=direction)
    random = float(at["metal_coordination_random"].mean())
    for name, method in _WHOLE.items():
        if name not in at or _INSTEAD_OF.get(name) in at:
            continue
        add(_QUANTITY.get(name, name), at[name].values, method, headline=headline)
    if "domain_distribution" in at:
        for name, share in _QUANTILES.items():
            add(
                "domain_size",
                _quantile(at["domain_distribution"], share),
                f"diameter below which {share:.0%} of the metal in domains is, by volume",
                subject=name,
            )
    for name, method in _BY_ELEMENT.items():
        if name not in at:
            continue
        for element in at["element"].values:
            shell = _SHELL.get(name)
            add(
                _QUANTITY.get(name, name),
                at[name].sel(element=element).values,
                method.format(random=random),
                headline=headline,
                subject=f"{element}:{shell}" if shell else str(element),
            )


def _quantile(distribution: xr.DataArray, share: float) -> NDArray[np.float64]:
    """Diameter (nm) below which ``share`` of the metal is, by replica; NaN where there is none."""
    centres = distribution["diameter"].values
    upper = centres + 0.5 * (centres[1] - centres[0])
    below = np.cumsum(distribution.transpose(..., "diameter").values, axis=-1)
    found = np.full(len(below), np.nan)
    for replica, row in enumerate(below):
        if np.isfinite(row).all():
            found[replica] = np.interp(share, [0.0, *row], [centres[0] - (upper[0] - centres[0]), *upper])
    return found
