"""What the lattice gives the cell: voltage branches, trapped charge, loss of coherency.

The lattice knows two kinds of grains. A *coherent* grain keeps its frame and gives all its charge
back; an *incoherent* one has lost it, and traps metal over its first cycles. Each kind has three
branches of voltage against stoichiometry: first discharge, later discharge, charge. They are taken
at a current so low that the cell's own kinetics add to them and do not count twice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import AVOGADRO
from topotaxy.errors import InputError, choices

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "topotaxy/cell-branches/1"
KINDS = ("coherent", "incoherent")
BRANCHES = ("first_discharge", "discharge", "charge")
POINTS = 101
"""Stoichiometries at which a branch is kept."""


@dataclass(frozen=True, kw_only=True)
class Grains:
    """One kind of grains.

    Attributes
    ----------
    capacity:
        Charge of the first discharge to the lower cut-off, mAh per gram of pristine host.
    interface_area:
        Metal/salt interface at the end of the first discharge, m² per gram of pristine host.
    first_discharge, discharge, charge:
        Voltage (V) at ``POINTS`` equidistant stoichiometries from 0 to 1; falling. The first
        counts all charge taken since pristine over ``capacity``, the others the charge that can
        still move over its maximum.
    """

    capacity: float
    interface_area: float
    first_discharge: tuple[float, ...]
    discharge: tuple[float, ...]
    charge: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Nucleation:
    """How fast grains lose coherency (:mod:`topotaxy.cell.nucleation`).

    ``barrier`` (eV) is that of a grain of factor 1 at the stoichiometries ``stoichiometry``, at
    the interface energy ``interface_energy`` (J/m²); it goes with the cube of that. The factor is
    lognormal over grains with ``median`` and ``spread``; ``attempts`` in 1/s for a grain.
    ``scale`` is what the barriers of the closed form were multiplied by to give the shares that
    the lattice had; ``shares`` lists those, with what the law gives.
    """

    interface_energy: float
    median: float
    spread: float
    attempts: float
    scale: float
    stoichiometry: tuple[float, ...]
    barrier: tuple[float, ...]
    shares: tuple[Mapping[str, float], ...]


@dataclass(frozen=True, kw_only=True)
class Trapping:
    """Metal that an incoherent grain no longer gives back.

    Of its capacity the share ``ultimate`` is trapped in the end. Each cycle's worth of charge
    takes the trapped share y closer: dy/dn = rate (1 - y/ultimate)^order. ``coherent`` is the
    share that a coherent grain loses in its first cycle and keeps. ``observed`` lists the
    lattice's trapped shares after each cycle.
    """

    ultimate: float
    rate: float
    order: float
    coherent: float
    observed: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Branches:
    """What the cell needs of one material against one ion, and where it came from."""

    formula: str
    ion: str
    temperature: float
    lower_cutoff: float
    upper_cutoff: float
    molar_mass: float
    density: float
    coherent: Grains
    incoherent: Grains
    nucleation: Nucleation
    trapping: Trapping
    provenance: Mapping[str, Any]

    @property
    def capacity(self) -> float:
        """Charge that stoichiometry 1 stands for, mAh per gram of pristine host."""
        return max(self.coherent.capacity, self.incoherent.capacity)


def branches_to_json(branches: Branches) -> str:
    """Serialise for the tables that ship."""
    return json.dumps({"schema": SCHEMA, **asdict(branches)}, indent=1, allow_nan=False) + "\n"


def _numbers(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def branches_from_json(text: str, *, where: str) -> Branches:
    """Read what :func:`branches_to_json` wrote.

    Raises
    ------
    InputError
        Where the text is no such table.
    """
    try:
        document = json.loads(text)
        if document.pop("schema") != SCHEMA:
            raise InputError(f'expected "schema": "{SCHEMA}"', where=where)
        for kind in KINDS:
            fields = document[kind]
            for name in BRANCHES:
                fields[name] = _numbers(fields[name])
                _check_branch(fields[name], f"{kind}.{name}", where)
            document[kind] = Grains(**fields)
        nucleation = document["nucleation"]
        nucleation["stoichiometry"] = _numbers(nucleation["stoichiometry"])
        nucleation["barrier"] = _numbers(nucleation["barrier"])
        nucleation["shares"] = tuple(nucleation["shares"])
        document["nucleation"] = Nucleation(**nucleation)
        trapping = document["trapping"]
        trapping["observed"] = _numbers(trapping["observed"])
        document["trapping"] = Trapping(**trapping)
        return Branches(**document)
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"not a table of cell branches ({error!s:.120})", where=where) from None


def _check_branch(voltages: Sequence[float], name: str, where: str) -> None:
    values = np.asarray(voltages)
    if values.shape != (POINTS,) or not np.isfinite(values).all() or (np.diff(values) > 1e-9).any():
        raise InputError(f"{name}: expected {POINTS} falling voltages", where=where)


def branch_names() -> list[str]:
    """Names of the tables that ship, such as ``heos-na``."""
    root = resources.files("topotaxy.cell") / "tables"
    return sorted(item.name.removesuffix(".json") for item in root.iterdir() if item.name.endswith(".json"))


def load_branches(name: str) -> Branches:
    """Load a table that ships with the package.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    known = branch_names()
    if name not in known:
        raise InputError(
            f"no table of cell branches named {name!r:.60}; {choices(name, known)} "
            "'python -m topotaxy.studies.cell_tables SPEC' makes one"
        )
    item = resources.files("topotaxy.cell") / "tables" / f"{name}.json"
    return branches_from_json(item.read_text(encoding="utf-8"), where=name)


def branch_from_curves(
    stoichiometries: Sequence[NDArray[np.float64]], voltages: Sequence[NDArray[np.float64]]
) -> tuple[float, ...]:
    """Average curves of replicas and cycles into one falling branch on the grid of the tables.

    Each curve is brought to the grid, the mean is made monotone by isotonic regression (a lattice
    of some hundred atoms is noisy) and smoothed over three points. Beyond the ends of the curves
    their end values stand.
    """
    grid = np.linspace(0.0, 1.0, POINTS)
    rows = []
    for x, v in zip(stoichiometries, voltages, strict=True):
        kept = np.isfinite(x) & np.isfinite(v)
        order = np.argsort(x[kept])
        rows.append(np.interp(grid, x[kept][order], v[kept][order]))
    falling = _falling(np.mean(rows, axis=0))
    smooth = falling.copy()
    smooth[1:-1] = (falling[:-2] + falling[1:-1] + falling[2:]) / 3.0
    return tuple(round(float(value), 5) for value in smooth)


def _falling(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Isotonic regression to a curve that never rises."""
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(values, increasing=False).x)


def kind_of_replicas(run: xr.DataTree, kind: str) -> list[int]:
    """Replicas of a run that stayed coherent, or that had lost coherency once first charged."""
    coherent = run["cycles"].to_dataset()["coherent_fraction"].sel(state="charged").values
    if kind == "coherent":
        return [r for r in range(len(coherent)) if (coherent[r] > 0.5).all()]
    return [r for r in range(len(coherent)) if coherent[r, 0] < 0.5]


def grains_from_run(run: xr.DataTree, kind: str, *, avogadro_area: float) -> Grains:
    """Read the branches of one kind of grains from a run of the lattice.

    ``avogadro_area`` turns nm² per cation into m² per gram.

    Raises
    ------
    InputError
        Where no replica of the run is of that kind.
    """
    chosen = kind_of_replicas(run, kind)
    if not chosen:
        raise InputError(f"no replica of the run is {kind}", where=str(run.attrs.get("name", "run")))
    cycles, curves = run["cycles"].to_dataset(), run["curves"].to_dataset()
    discharge, charge = cycles["discharge_capacity"].values, cycles["charge_capacity"].values
    held = np.cumsum(discharge - charge, axis=1)
    before = np.concatenate([np.zeros((len(held), 1)), held[:, :-1]], axis=1)
    gathered: dict[str, tuple[list[Any], list[Any]]] = {name: ([], []) for name in BRANCHES}
    for h in range(curves.sizes["half_cycle"]):
        cycle, direction = int(curves["cycle"][h]) - 1, str(curves["direction"].values[h])
        name = direction if direction == "charge" or cycle else "first_discharge"
        for r in chosen:
            q, v = curves["charge"].values[r, h], curves["voltage"].values[r, h]
            span = discharge[r, cycle] if direction == "discharge" else charge[r, cycle]
            x = q / span if direction == "discharge" else 1.0 - q / span
            gathered[name][0].append(x)
            gathered[name][1].append(v)
    area = cycles["interface_area"].sel(state="discharged").values[chosen, 0]
    full = (before + discharge)[chosen, 0]
    return Grains(
        capacity=round(float(np.mean(full)), 2),
        interface_area=round(float(np.mean(area)) * avogadro_area, 2),
        **{name: branch_from_curves(*found) for name, found in gathered.items()},
    )


def trapped_shares(run: xr.DataTree, kind: str) -> NDArray[np.float64]:
    """Charge held when charged over the first discharge, mean of the replicas of a kind, by cycle."""
    chosen = kind_of_replicas(run, kind)
    cycles = run["cycles"].to_dataset()
    discharge, charge = cycles["discharge_capacity"].values, cycles["charge_capacity"].values
    held = np.cumsum(discharge - charge, axis=1) / discharge[:, :1]
    return np.asarray(held[chosen].mean(axis=0))


def trapping_law(incoherent: NDArray[np.float64], coherent: float) -> Trapping:
    """Fit dy/dn = rate (1 - y/ultimate)^order to the trapped shares of incoherent grains by cycle."""
    from scipy.optimize import least_squares

    cycle = np.arange(1, len(incoherent) + 1)

    def law(p: NDArray[np.float64]) -> NDArray[np.float64]:
        ultimate, rate, order = p
        return np.asarray(
            ultimate * (1.0 - (1.0 + (order - 1.0) * rate * cycle / ultimate) ** (-1.0 / (order - 1.0)))
        )

    fit = least_squares(
        lambda p: law(p) - incoherent,
        x0=[min(0.95, 1.1 * float(incoherent[-1])), float(incoherent[0]), 2.0],
        bounds=([float(incoherent[-1]), 1e-4, 1.05], [1.0, 2.0, 6.0]),
    )
    ultimate, rate, order = (float(value) for value in fit.x)
    return Trapping(
        ultimate=round(ultimate, 5),
        rate=round(rate, 5),
        order=round(order, 4),
        coherent=round(max(0.0, coherent), 5),
        observed=tuple(round(float(v), 5) for v in incoherent),
    )


def density_of(molar_mass: float, site_volume: float) -> float:
    """Density in g/cm³ from the molar mass (g/mol) and the volume of a formula unit (Å³)."""
    return float(molar_mass / (AVOGADRO * site_volume * 1e-24))


def area_per_gram(molar_mass: float) -> float:
    """m² per gram for one nm² per cation, one cation a formula unit of ``molar_mass`` (g/mol)."""
    return float(AVOGADRO * 1e-18 / molar_mass)
