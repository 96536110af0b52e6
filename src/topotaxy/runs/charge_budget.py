"""The capacity budget of a run, its interfaces taken from the lattice where that has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from topotaxy.constants import AVOGADRO
from topotaxy.material import BudgetTerm, Composition, capacity_budget, molar_mass
from topotaxy.results.schema import schema_of
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

SQUARE_METRES = 1e-18
"""m² per nm²."""


def interface_per_gram(composition: Composition, area: float) -> float:
    """Metal/salt interface in m²/g of pristine material, from ``area`` in nm² per cation.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the host, with their amounts.
    area : float
        Interface of metal and salt, nm² per cation.

    Returns
    -------
    float
        m²/g.
    """
    cations = sum(composition.cations.values())
    return area * SQUARE_METRES * cations * AVOGADRO / molar_mass(composition)


def active_capacity(spec: Spec, composition: Composition) -> float:
    """Capacity (mAh/g) of the couples that count in full: those claimed active, or inside the window.

    Parameters
    ----------
    spec : Spec
        Claims, cut-offs, alkali and temperature.
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts.
    """
    terms = capacity_budget(
        composition,
        spec.cell.ion,
        active=[el for el in spec.electrode.claimed_active if el in composition.cations] or None,
        lower=spec.cell.lower_cutoff,
        upper=spec.cell.upper_cutoff,
        temperature=spec.cell.temperature,
    )
    return sum(t.capacity for t in terms if t.term.startswith("couple "))


def budget_of(spec: Spec, composition: Composition, cycles: xr.Dataset) -> xr.Dataset:
    """Return the budget of the measured first cycle, or of the simulated one where none was given.

    Parameters
    ----------
    spec : Spec
        With the measured capacities, where it has them.
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts.
    cycles : Dataset
        Group ``cycles`` of the run.
    """
    measured = spec.measured
    discharge, charge, source = measured.discharge_capacity, measured.charge_capacity, measured.source
    simulated = discharge is None or charge is None
    if discharge is None or charge is None:
        discharge = float(cycles.discharge_capacity[:, 0].mean())
        charge = float(cycles.charge_capacity[:, 0].mean())
        source = "this run"
    area = _interface(composition, cycles)
    terms = capacity_budget(
        composition,
        spec.cell.ion,
        discharge,
        charge,
        active=spec.electrode.claimed_active or None,
        interface_area=area,
        lower=spec.cell.lower_cutoff,
        upper=spec.cell.upper_cutoff,
        temperature=spec.cell.temperature,
        carbon_mass_ratio=spec.electrode.carbon_mass_ratio,
    )
    attributes: dict[str, object] = {
        "subject": "simulated" if simulated else "measured",
        "discharge_capacity": discharge,
        "charge_capacity": charge,
        "source": source,
    }
    if area is not None:
        attributes["interface_area"] = area
        attributes["interface_area_units"] = "m^2/g"
    return _dataset(terms, attributes)


def _interface(composition: Composition, cycles: xr.Dataset) -> float | None:
    """Interface at the end of the first discharge, m²/g; none where the lattice does not measure it."""
    if "interface_area" not in cycles:
        return None
    area = cycles["interface_area"].isel(cycle=0).sel(state="discharged").mean()
    return interface_per_gram(composition, float(area))


def _dataset(terms: Sequence[BudgetTerm], attributes: dict[str, object]) -> xr.Dataset:
    return schema_of("run").dataset(
        "budget",
        {
            **{name: [getattr(term, name) for term in terms] for name in ("capacity", "low", "high")},
            "basis": np.array([term.basis for term in terms], dtype=object),
            "term": [term.term for term in terms],
        },
        attrs=attributes,
    )
