"""Putting the phases of a composite together: capacities by mass, measures by number of cations.

Replica n of the composite is made of replica n of every phase. The phases lie side by side at
one voltage, so the charge of the whole at a voltage is the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.material import Composition
from topotaxy.runs.phases import Phase
from topotaxy.spec import Cell

if TYPE_CHECKING:
    import xarray as xr

POINTS = 200
"""Voltages between the cut-offs at which the curve of a composite is given."""

_BY_MASS = ("discharge_capacity", "charge_capacity")
_BY_CHARGE = {"mean_voltage_discharge": "discharge_capacity", "mean_voltage_charge": "charge_capacity"}
_OF_METAL = (
    "domain_size",
    "domain_distribution",
    "confined_fraction",
    "inlaid_fraction",
    "lost_fraction",
    "exchange_distance",
    "metal_coordination",
    "metal_coordination_random",
    "metal_distance",
)
_OF_ELECTRONS = ("trapped_fraction",)


def mixed_cycles(
    composition: Composition, phases: Sequence[Phase], parts: Sequence[xr.Dataset]
) -> xr.Dataset:
    """Return the cycles of the whole; those of its one phase as they are.

    Capacities add up by mass, mean voltages count by charge, what belongs to reduced metal by
    the amount of it, trapped charge by the electrons that a phase can hold, and every other
    measure by cations. What an element's phases do not have stays NaN.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the electrode as a whole, with their amounts.
    phases : sequence of Phase
        Phases of the electrode, with their shares of its mass.
    parts : sequence of Dataset
        Group ``cycles`` of each phase, in their order.
    """
    if len(parts) == 1:
        return parts[0]
    import xarray as xr

    parts = [part.reindex(element=list(composition.cations)) for part in parts]
    stacked = xr.concat(parts, dim="phase", join="exact", combine_attrs="override")
    mass = xr.DataArray([p.mass_fraction for p in phases], dims="phase")
    cations = xr.DataArray([p.share * p.composition.cations_per_anion for p in phases], dims="phase")
    amounts = _amounts(composition, phases)
    metal = amounts * stacked["reduced_fraction"].clip(min=0.0).fillna(0.0)
    electrons = xr.DataArray([_electrons(p) for p in phases], dims="phase") * cations
    found: dict[str, Any] = {}
    for name, variable in stacked.data_vars.items():
        by_element = "element" in variable.dims
        if name in _BY_MASS:
            found[str(name)] = (variable * mass).sum("phase")
            continue
        if name in _BY_CHARGE:
            weight = (stacked[_BY_CHARGE[str(name)]] * mass).clip(min=1e-300)
        elif name in _OF_METAL:
            weight = metal if by_element else metal.sum("element")
        elif name in _OF_ELECTRONS:
            weight = electrons
        else:
            weight = amounts if by_element else cations
        found[str(name)] = _mean(variable, weight).transpose(*parts[0][name].dims)
    whole = xr.Dataset(found, coords=dict(parts[0].coords.items()))
    for name in whole.data_vars:
        whole[name].attrs = dict(parts[0][name].attrs)
    return whole


def _amounts(composition: Composition, phases: Sequence[Phase]) -> xr.DataArray:
    import xarray as xr

    table = [
        [
            p.share * p.composition.cations_per_anion * p.composition.cation_fractions.get(el, 0.0)
            for el in composition.cations
        ]
        for p in phases
    ]
    return xr.DataArray(table, dims=("phase", "element"), coords={"element": list(composition.cations)})


def _electrons(phase: Phase) -> float:
    """Electrons per cation that this phase can hold."""
    return float((phase.fractions * phase.box.energies.reducible).sum())


def _mean(values: xr.DataArray, weight: xr.DataArray) -> xr.DataArray:
    """Weighted mean over the phases that have a value; NaN where none has."""
    known = values.notnull() & (weight > 0.0)
    total = weight.where(known, 0.0).sum("phase")
    return (values.where(known, 0.0) * weight.where(known, 0.0)).sum("phase") / total.where(total > 0.0)


def mixed_curves(
    composition: Composition, phases: Sequence[Phase], parts: Sequence[xr.Dataset], cell: Cell
) -> xr.Dataset:
    """Return the curves of the whole: charges of the phases added up at equal voltage.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the electrode as a whole, with their amounts.
    phases : sequence of Phase
        Phases of the electrode, with their shares of its mass.
    parts : sequence of Dataset
        Group ``curves`` of each phase, charge in mAh per gram of that phase, voltage in V.
    cell : Cell
        The cell; its cut-offs (V) are used.

    Returns
    -------
    Dataset
        Charge (mAh per gram of the whole) at :data:`POINTS` voltages of each half-cycle.
    """
    if len(parts) == 1:
        return parts[0]
    import xarray as xr

    elements = list(composition.cations)
    parts = [part.reindex(element=elements) for part in parts]
    first = parts[0]
    falling = np.linspace(cell.upper_cutoff, cell.lower_cutoff, POINTS)
    shape = (first.sizes["replica"], first.sizes["half_cycle"], POINTS)
    charge, by_element = np.zeros(shape), np.zeros((*shape, len(elements)))
    voltage = np.empty(shape)
    for half, direction in enumerate(first["direction"].values):
        sense = 1.0 if direction == "discharge" else -1.0
        voltage[:, half] = falling[:: int(sense)]
        for replica in range(shape[0]):
            for phase, part in zip(phases, parts, strict=True):
                at = part.isel(replica=replica, half_cycle=half)
                own, each = _charge_at(
                    at["charge"].values,
                    at["charge_by_element"].fillna(0.0).values,
                    sense * at["voltage"].values,
                    sense * voltage[replica, half],
                )
                charge[replica, half] += phase.mass_fraction * own
                by_element[replica, half] += phase.mass_fraction * each
    dims = ("replica", "half_cycle", "point")
    return xr.Dataset(
        {
            "charge": (dims, charge, dict(first["charge"].attrs)),
            "voltage": (dims, voltage, dict(first["voltage"].attrs)),
            "charge_by_element": ((*dims, "element"), by_element, dict(first["charge_by_element"].attrs)),
        },
        coords={"cycle": first["cycle"], "direction": first["direction"], "element": elements},
    )


def _charge_at(
    charge: NDArray[np.float64],
    by_element: NDArray[np.float64],
    driven: NDArray[np.float64],
    wanted: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Charge passed by the time the voltage first went beyond each of ``wanted``.

    ``driven`` and ``wanted`` fall in the sense of the half-cycle. A peak on the way does not
    give charge back: what counts is the lowest value so far.
    """
    known = np.isfinite(charge) & np.isfinite(driven)
    lowest = np.minimum.accumulate(driven[known])
    passed = np.searchsorted(-lowest, -wanted, side="right")
    steps = np.concatenate([[0.0], charge[known]])
    each = np.vstack([np.zeros(by_element.shape[1]), by_element[known]])
    return steps[passed], each[passed]
