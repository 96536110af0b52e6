"""Make the tables that the cell reads, from runs of the lattice.

``python -m topotaxy.studies.cell_tables SPEC...`` runs the lattice of each specification
(three minutes each) and writes ``NAME.json`` beside the tables that ship, or into ``--out``. With
``--calibrate`` the cell is then fitted again and ``cell/calibration.toml`` gets the new values.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.branches import (
    POINTS,
    Branches,
    Nucleation,
    area_per_gram,
    branches_to_json,
    density_of,
    grains_from_run,
    kind_of_replicas,
    trapped_shares,
    trapping_law,
)
from topotaxy.cell.nucleation import barrier_profile, fitted_scale, predicted_share
from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.material import electrode_composition, molar_mass
from topotaxy.runs.phases import phases_of
from topotaxy.runs.run import simulate
from topotaxy.spec import Spec, load_spec
from topotaxy.version import __version__

if TYPE_CHECKING:
    import xarray as xr

QUASI_STATIC = 0.01
"""A/g: slow against the lattice's own redox rate, so that the branches hold no kinetics."""

COHERENT_INTERFACE = 0.6
"""J/m²: an interface so dear that no grain leaves the frame; only for the branches of coherent grains."""

CHEAPER_INTERFACES = (0.2, 0.15, 0.1)
"""J/m²: tried in turn where no grain leaves the frame as specified; only for incoherent branches."""

SHARE_ENERGIES = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
SHARE_CURRENTS = (0.1, 1.0)
SHARE_REPLICAS = 16
SHARE_CYCLES = 10


def cell_tables(
    spec: Spec, *, cells: int = 6, cycles: int = 20, replicas: int = SHARE_REPLICAS, seed: int = 1
) -> Branches:
    """Run the lattice of a specification as the cell needs it and return its table.

    Three kinds of runs: coherent grains (their interface made too dear to leave the frame) and
    incoherent grains (as specified), both quasi-static; and a scan over interface energies and
    currents that counts the grains that lost coherency, ``replicas`` of them each time. Smaller
    ``cells``, ``cycles`` and ``replicas`` are quicker and noisier.

    Raises
    ------
    InputError
        Where the specification is a composite, or none of its grains is of one of the kinds.
    """
    if spec.electrode.grains:
        raise InputError("a composite has no one table of cell branches", where=spec.name)
    runs = _Runs(spec, cells=cells, seed=seed)
    few = max(1, replicas // 2)
    composition = electrode_composition(spec.electrode)
    mass = molar_mass(composition)
    area = area_per_gram(mass)
    kept = runs(
        current=QUASI_STATIC, cycles=min(10, cycles), replicas=few, interface_energy=COHERENT_INTERFACE
    )
    gone = _lost(runs, current=QUASI_STATIC, cycles=cycles, replicas=few)
    if gone is None:
        raise InputError("no grain loses coherency, with however cheap an interface", where=spec.name)
    lost, energy = gone
    table = assumptions_with(None)
    coherent = grains_from_run(kept, "coherent", avogadro_area=area)
    incoherent = grains_from_run(lost, "incoherent", avogadro_area=area)
    trapping = trapping_law(
        _mean_trapped(runs, lost, energy, cycles, few), float(trapped_shares(kept, "coherent")[1])
    )
    nucleation = _nucleation(spec, runs, kept, max(coherent.capacity, incoherent.capacity), table, replicas)
    phase = phases_of(spec)[0]
    volume = phase.lattice_parameter**3 / 4.0
    return Branches(
        formula=composition.formula,
        ion=spec.cell.ion,
        temperature=spec.cell.temperature,
        lower_cutoff=spec.cell.lower_cutoff,
        upper_cutoff=spec.cell.upper_cutoff,
        molar_mass=round(mass, 4),
        density=round(density_of(mass, volume), 4),
        coherent=coherent,
        incoherent=incoherent,
        nucleation=nucleation,
        trapping=trapping,
        provenance={
            "made_by": f"python -m topotaxy.studies.cell_tables {spec.name}",
            "topotaxy_version": __version__,
            "seed": seed,
            "cells": cells,
            "runs": runs.done,
        },
    )


class _Runs:
    """Runs of one material that differ in current and interface energy, and a list of them."""

    def __init__(self, spec: Spec, *, cells: int, seed: int) -> None:
        self._spec, self._cells, self._seed = spec, cells, seed
        self.done: list[dict[str, float]] = []

    def __call__(
        self, *, current: float, cycles: int, replicas: int, interface_energy: float | None = None
    ) -> xr.DataTree:
        document = self._spec.model_dump()
        document["protocol"].update(current=current, cycles=cycles)
        document["lattice"].update(cells=self._cells, replicas=replicas, seed=self._seed)
        if interface_energy is not None:
            document["lattice"]["parameters"] |= {"frame_interface_energy": interface_energy}
        self.done.append(
            {"current": current, "cycles": cycles, "replicas": replicas}
            | ({} if interface_energy is None else {"frame_interface_energy": interface_energy})
        )
        print(f"{self._spec.name}: {self.done[-1]}", file=sys.stderr)
        return simulate(Spec.model_validate(document))


def _lost(
    runs: _Runs, *, current: float, cycles: int, replicas: int
) -> tuple[xr.DataTree, float | None] | None:
    """Run grains until some lose coherency in the first cycle: as specified, else with cheaper interfaces."""
    for energy in (None, *CHEAPER_INTERFACES):
        run = runs(current=current, cycles=cycles, replicas=replicas, interface_energy=energy)
        if kind_of_replicas(run, "incoherent"):
            return run, energy
    return None


def _mean_trapped(
    runs: _Runs, slow: xr.DataTree, energy: float | None, cycles: int, replicas: int
) -> NDArray[np.float64]:
    """Trapped shares of incoherent grains by cycle: mean over quasi-static and faster currents."""
    found = [trapped_shares(slow, "incoherent")]
    for current in SHARE_CURRENTS:
        run = runs(current=current, cycles=cycles, replicas=replicas, interface_energy=energy)
        if kind_of_replicas(run, "incoherent"):
            found.append(trapped_shares(run, "incoherent"))
    return np.asarray(np.mean(found, axis=0))


def _nucleation(
    spec: Spec, runs: _Runs, kept: xr.DataTree, full: float, table: Mapping[str, Any], replicas: int
) -> Nucleation:
    box = phases_of(spec)[0].box
    reference = table["frame_interface_energy"].value
    cycles = kept["cycles"].to_dataset()
    at_end = cycles["reduced_fraction"].sel(state="discharged").isel(cycle=0).mean("replica")
    x = np.linspace(0.0, 1.0, POINTS)
    barrier = barrier_profile(
        box.composition,
        box.energies,
        spec.cell.ion,
        spec.cell.temperature,
        stoichiometry=x,
        reduced={str(el): float(v) for el, v in zip(at_end["element"].values, at_end.values, strict=True)},
        sites=int(box.geometry.region_sites[0]),
        interface_energy=reference,
    )
    grain = box.geometry
    blocks = len(grain.octahedral_position) // int(grain.region_sites[0])
    common = {
        "stoichiometry": x,
        "reference": reference,
        "attempts": table["attempt_frequency"].value * blocks,
        "median": table["nucleation_factor"].value,
        "spread": table["nucleation_spread"].value,
        "temperature": spec.cell.temperature,
    }
    seen = _shares(runs, full, replicas)
    scale = fitted_scale(seen, barrier=barrier, **common)
    shares = [{**s, "law": round(predicted_share(s, barrier=scale * barrier, **common), 4)} for s in seen]
    finite = np.where(np.isfinite(barrier), scale * barrier, 1e3)
    return Nucleation(
        interface_energy=reference,
        median=common["median"],
        spread=common["spread"],
        attempts=common["attempts"],
        scale=round(scale, 4),
        stoichiometry=tuple(round(float(v), 4) for v in x),
        barrier=tuple(round(float(min(v, 1e3)), 5) for v in finite),
        shares=tuple(shares),
    )


def _shares(runs: _Runs, full: float, replicas: int) -> list[dict[str, float]]:
    found = []
    for energy in SHARE_ENERGIES:
        for current in SHARE_CURRENTS:
            run = runs(current=current, cycles=SHARE_CYCLES, replicas=replicas, interface_energy=energy)
            cycles = run["cycles"].to_dataset()
            left = cycles["coherent_fraction"].sel(state="charged").values
            capacity = float(cycles["discharge_capacity"].isel(cycle=0).mean())
            for n in (1, SHARE_CYCLES):
                found.append(
                    {
                        "interface_energy": energy,
                        "current": current,
                        "cycles": float(n),
                        "capacity": round(capacity, 2),
                        "full": full,
                        "grains": float(len(left)),
                        "gone": float((left[:, n - 1] < 0.5).sum()),
                    }
                )
    return found


def write_tables(names: Sequence[str], out: Path) -> None:
    """Make and write the tables of bundled specifications or TOML files."""
    for name in names:
        spec = load_spec(name)
        table = cell_tables(spec)
        write_atomically(out / f"{spec.name}.json", branches_to_json(table))


def calibrate_again() -> None:
    """Fit the cell's parameters to the shipped tables and write their values where they ship."""
    from topotaxy.cell.inputs import calibration, with_values
    from topotaxy.evidence import load_ledger
    from topotaxy.studies.calibration import calibrate

    ledger = load_ledger(calibration().paper)
    fit = calibrate({c.id: c.stated.value for c in ledger.claims if c.kind == "value"})
    path = Path(__file__).parents[1] / "cell" / "calibration.toml"
    write_atomically(path, with_values(path.read_text(encoding="utf-8"), fit.values()))
    for p in fit.parameters:
        print(f"{p.name} = {p.value:.4g} {p.at_bound and f'at its {p.at_bound} bound'}", file=sys.stderr)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.cell_tables", description=__doc__)
    parser.add_argument("spec", nargs="+", help="bundled names or TOML files")
    parser.add_argument(
        "--calibrate", action="store_true", help="then fit the cell again and write cell/calibration.toml"
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "cell" / "tables")
    arguments = parser.parse_args()
    try:
        write_tables(arguments.spec, arguments.out)
        if arguments.calibrate:
            calibrate_again()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
