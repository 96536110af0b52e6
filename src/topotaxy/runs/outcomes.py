"""The few numbers by which runs are compared, replica by replica."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.material import electrode_composition
from topotaxy.runs.charge_budget import active_capacity
from topotaxy.runs.folder import DATA_FILE
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A number that one replica gives: its name, words, unit and how it is read from the cycles."""

    name: str
    words: str
    unit: str
    read: Callable[[xr.Dataset, float], Values | None]


def _first(name: str) -> Callable[[xr.Dataset, float], Values | None]:
    return lambda cycles, _: np.asarray(cycles[name].isel(cycle=0).values, dtype=float)


def _measure(name: str, state: str, cycle: int) -> Callable[[xr.Dataset, float], Values | None]:
    """A measure of the lattice by state; none where the run does not have it."""

    def read(cycles: xr.Dataset, _: float) -> Values | None:
        if name not in cycles:
            return None
        at = cycles[name].isel(cycle=cycle)
        return np.asarray((at.sel(state=state) if "state" in at.dims else at).values, dtype=float)

    return read


def _ratio(over: Values, under: Values) -> Values:
    return np.divide(over, under, out=np.full_like(over, np.nan), where=under > 0.0)


def _efficiency(cycles: xr.Dataset, _: float) -> Values:
    first = cycles.isel(cycle=0)
    return _ratio(first["charge_capacity"].values, first["discharge_capacity"].values)


def _reversible(cycles: xr.Dataset, active: float) -> Values | None:
    first = np.asarray(cycles["charge_capacity"].isel(cycle=0).values, dtype=float)
    return first / active if active > 0.0 else None


def retention_reference(cycles: int) -> int:
    """The cycle that retention is held against: the first differs in kind (virgin lattice)."""
    return 2 if cycles > 2 else 1


def retention(cycles: xr.Dataset) -> Values:
    """Charge capacity of the last cycle over that of the reference cycle, by replica."""
    charge = cycles["charge_capacity"].values
    return _ratio(charge[:, -1], charge[:, retention_reference(cycles.sizes["cycle"]) - 1])


def _retention(cycles: xr.Dataset, _: float) -> Values | None:
    return retention(cycles) if cycles.sizes["cycle"] > 1 else None


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        name="discharge_capacity",
        words="first discharge",
        unit="mAh/g",
        read=_first("discharge_capacity"),
    ),
    Outcome(name="charge_capacity", words="first charge", unit="mAh/g", read=_first("charge_capacity")),
    Outcome(name="efficiency", words="first-cycle efficiency", unit="1", read=_efficiency),
    Outcome(name="reversible_fraction", words="reversible fraction", unit="1", read=_reversible),
    Outcome(
        name="home_fraction",
        words="home fraction",
        unit="1",
        read=_measure("home_fraction", "charged", -1),
    ),
    Outcome(
        name="framework_fraction",
        words="framework fraction",
        unit="1",
        read=_measure("framework_fraction", "discharged", -1),
    ),
    Outcome(
        name="coherent_fraction",
        words="coherent fraction",
        unit="1",
        read=_measure("coherent_fraction", "discharged", -1),
    ),
    Outcome(
        name="domain_size",
        words="domain size",
        unit="nm",
        read=_measure("domain_size", "discharged", 0),
    ),
    Outcome(
        name="trapped_fraction",
        words="trapped fraction",
        unit="1",
        read=_measure("trapped_fraction", "charged", -1),
    ),
    Outcome(name="retention", words="retention", unit="1", read=_retention),
)
"""What ablations and comparisons set side by side, in this order."""

NOTES = (
    "Reversible fraction: first charge capacity over that of the couples claimed active (of those inside "
    "the window where nothing is claimed); above one where other cations react too. Retention: charge "
    "capacity of the last cycle over that of the second. Home and trapped fraction: charged, last cycle. "
    "Framework and coherent fraction: discharged, last cycle; inert phases of a composite count too. "
    "Domain size: metal objects of two atoms or more at the first discharge, mean diameter by volume over "
    "the replicas that have any. After ±: one standard error over the replicas."
)


def outcomes_of(
    spec: Spec, cycles: xr.Dataset, wanted: Sequence[Outcome] = OUTCOMES
) -> dict[str, Values | None]:
    """Return each outcome (replica,); ``None`` where the run has no such number."""
    active = active_capacity(spec, electrode_composition(spec.electrode))
    return {outcome.name: outcome.read(cycles, active) for outcome in wanted}


def cycles_in(folder: Path) -> xr.Dataset:
    """Load the cycles of a finished run into memory."""
    import xarray as xr

    with xr.open_dataset(folder / DATA_FILE, group="cycles", engine="h5netcdf") as cycles:
        return cycles.load()
