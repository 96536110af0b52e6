"""What binary oxides against lithium say of the interface energy and the mobility of metal.

The lattice leaves two numbers that neither tables nor derivations fix: the energy γ of the
interface between coherent and incoherent regions and the barrier of metal atoms. With the nucleation
factor φ only γ φ^(1/3) matters, and with the prefactor ν of hops only the barrier less kT ln ν: so
the data fix two combinations of the four, and the posterior of all four follows from that of two.
Their prior is uniform: γ over the energies of
semicoherent and incoherent interfaces, the barrier over its range in
``energetics/tables/assumptions.csv``. The likelihood knows binary oxides against lithium only:
NiO and CoO lose their lattice in the first discharge, and leave metal grains of 2 ± 1 nm
(Poizot et al., Nature 407 (2000) 496, 10.1038/35035045). What follows for other materials is
then a prediction.

    python examples/posterior.py [--predict FORMULA/ION ...] [--grains 4] [--cells 6]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from topotaxy.energetics import BOLTZMANN, assumptions_with
from topotaxy.lattice import box_from_spec, run_replica
from topotaxy.spec import Spec

FITTED_TO = ("NiO/Li", "CoO/Li")
PRIOR = (0.2, 0.6)
"""Of γ, J/m² (Porter and Easterling, Phase Transformations in Metals and Alloys, ch. 3)."""

GRID = (0.1, 0.6)
"""γ at the shipped φ that the lattice is run at: a smaller φ acts as a smaller γ."""

NEGLIGIBLE = 1e-4
"""Weight of a point, over the largest, below which it is not run for a prediction."""

KEPT_LATTICE = 0.1
"""Standard deviation of the coherent fraction around zero after the first discharge."""

GRAIN, GRAIN_ERROR = 2.0, 1.0
"""nm."""

MISSED_GRAINS = 6.0
"""Standard deviations charged where there is no metal grain at all."""


@dataclass(frozen=True)
class Outcome:
    """Means over grains: coherent fraction and domain size (nm) discharged; efficiency; retention."""

    coherent: float
    domain: float
    efficiency: float
    retention: float


def outcome(pair: str, cycles: int, cells: int, grains: int, parameters: dict[str, float]) -> Outcome:
    """Cycle some grains of ``FORMULA/ION`` with these parameters."""
    formula, ion = pair.split("/")
    spec = Spec.model_validate(
        {
            "name": "posterior",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": cycles},
            "lattice": {"cells": cells, "parameters": parameters},
        }
    )
    box = box_from_spec(spec)
    with tempfile.TemporaryDirectory() as folder:
        replicas = [
            run_replica(
                box,
                np.random.SeedSequence([1, index]),
                Path(folder) / f"{index}.npz",
                grain=(index + 0.5) / grains,
            )
            for index in range(grains)
        ]
    halves = [replica.half_cycles for replica in replicas]
    sizes = [h[0].measures.domain_size for h in halves if np.isfinite(h[0].measures.domain_size)]
    charges = np.array([[half.capacity for half in h if half.direction == "charge"] for h in halves])
    taken = sum(h[0].capacity for h in halves)
    return Outcome(
        coherent=float(np.mean([h[-2].measures.coherent_fraction for h in halves])),
        domain=float(np.mean(sizes)) if sizes else float("nan"),
        efficiency=float(charges[:, 0].sum() / taken) if taken else float("nan"),
        retention=float(charges[:, -1].sum() / charges[:, 0].sum()) if charges[:, 0].sum() else float("nan"),
    )


@dataclass(frozen=True)
class Marginal:
    """Mean and standard deviation of one parameter, before and after the data."""

    name: str
    prior: tuple[float, float]
    posterior: tuple[float, float]

    def __str__(self) -> str:
        return f"{self.name}: {self.posterior[0]:.3f} ± {self.posterior[1]:.3f}, prior " + (
            f"{self.prior[0]:.3f} ± {self.prior[1]:.3f}"
        )


def all_four(energies: np.ndarray, barriers: np.ndarray, penalty: np.ndarray) -> list[Marginal]:
    """Posterior of γ, log10 φ, the barrier and log10 ν, all uniform before.

    ``penalty`` (energies, barriers) is minus twice the log-likelihood at the shipped φ and ν.
    Beyond the grid the nearest point is taken: there the lattice breaks, or holds, whatever
    comes.
    """
    table = assumptions_with()
    factor, attempts = table["nucleation_factor"], table["attempt_frequency"]
    kt = BOLTZMANN * 298.15
    draws = np.random.default_rng(1).uniform(size=(4, 200_000))
    energy = PRIOR[0] + draws[0] * (PRIOR[1] - PRIOR[0])
    log_factor = np.log10(factor.low) + draws[1] * np.log10(factor.high / factor.low)
    barrier = barriers[0] + draws[2] * (barriers[-1] - barriers[0])
    log_attempts = np.log10(attempts.low) + draws[3] * np.log10(attempts.high / attempts.low)
    alike = energy * (10.0**log_factor / factor.value) ** (1.0 / 3.0)
    as_barrier = barrier - kt * np.log(10.0**log_attempts / attempts.value)
    inside = (np.clip(alike, energies[0], energies[-1]), np.clip(as_barrier, barriers[0], barriers[-1]))
    chance = np.exp(-0.5 * RegularGridInterpolator((energies, barriers), penalty - penalty.min())(inside))
    chance /= chance.sum()
    named = {
        "γ, J/m²": energy,
        "log10 φ": log_factor,
        "barrier, eV": barrier,
        "log10 ν (1/s)": log_attempts,
        "γ (φ/0.3)^(1/3), J/m²": alike,
    }
    found = []
    for name, values in named.items():
        mean = float(chance @ values)
        spread = float(np.sqrt(chance @ (values - mean) ** 2))
        found.append(Marginal(name, (float(values.mean()), float(values.std())), (mean, spread)))
    return found


def misfit(found: Outcome) -> float:
    """Minus twice the logarithm of the likelihood of one material."""
    grains = (found.domain - GRAIN) / GRAIN_ERROR if np.isfinite(found.domain) else MISSED_GRAINS
    return (found.coherent / KEPT_LATTICE) ** 2 + grains**2


def two(axes: dict[str, np.ndarray], weights: np.ndarray) -> list[str]:
    """Say the posterior of γ and the barrier at the shipped φ and ν; ``weights`` add up to one."""
    lines, off = [], []
    for key in ("frame_interface_energy", "exchange_barrier"):
        values = axes[key][weights > 0]
        off.append(axes[key] - weights @ axes[key])
        spread = float(np.sqrt(weights @ off[-1] ** 2))
        lines.append(
            f"{key}: {weights @ axes[key]:.3f} ± {spread:.3f} (prior {values.min():g} to {values.max():g})"
        )
    lines.append(f"covariance: {weights @ (off[0] * off[1]):.2g}")
    lines.append(f"effective points of the grid: {1.0 / (weights**2).sum():.1f} of {(weights > 0).sum()}")
    return lines


def prediction(found: list[Outcome], weights: np.ndarray) -> str:
    """Say mean and standard deviation of each outcome over the posterior."""
    cells = []
    for name in ("coherent", "domain", "efficiency", "retention"):
        values = np.array([getattr(each, name) for each in found])
        known = np.isfinite(values)
        if not known.any():
            cells.append(f"{name} none")
            continue
        share = weights[known] / weights[known].sum()
        mean = share @ values[known]
        cells.append(f"{name} {mean:.2f} ± {np.sqrt(share @ (values[known] - mean) ** 2):.2f}")
    return ", ".join(cells)


def main() -> None:
    """Print the posterior and what it predicts."""
    parser = argparse.ArgumentParser(description="Posterior of interface energy and metal barrier.")
    parser.add_argument("--predict", nargs="*", default=[], metavar="FORMULA/ION")
    parser.add_argument("--grains", type=int, default=4)
    parser.add_argument("--cells", type=int, default=6)
    parser.add_argument("--cycles", type=int, default=5, help="cycles of the predictions")
    parser.add_argument("--points", type=int, nargs=2, default=(11, 5), help="grid of the two parameters")
    chosen = parser.parse_args()
    barrier = assumptions_with()["exchange_barrier"]
    energies = np.linspace(*GRID, chosen.points[0])
    barriers = np.linspace(barrier.low, barrier.high, chosen.points[1])
    grid = [
        {"frame_interface_energy": float(g), "exchange_barrier": float(b), "incoherent_hop_barrier": float(b)}
        for g in energies
        for b in barriers
    ]
    axes = {key: np.array([point[key] for point in grid]) for key in grid[0]}
    with ThreadPoolExecutor(os.cpu_count()) as pool:

        def everywhere(pair: str, cycles: int, points: list[dict[str, float]]) -> list[Outcome]:
            return list(pool.map(lambda p: outcome(pair, cycles, chosen.cells, chosen.grains, p), points))

        penalty = sum(np.array([misfit(each) for each in everywhere(pair, 1, grid)]) for pair in FITTED_TO)
        allowed = axes["frame_interface_energy"] >= PRIOR[0] - 1e-9
        weights = np.where(allowed, np.exp(-0.5 * (penalty - penalty[allowed].min())), 0.0)
        weights /= weights.sum()
        print("\n".join(two(axes, weights)))
        print("with φ and ν free as well:")
        for marginal in all_four(energies, barriers, penalty.reshape(chosen.points)):
            print(f"  {marginal}")
        kept = np.flatnonzero(weights > NEGLIGIBLE * weights.max())
        for pair in chosen.predict:
            found = everywhere(pair, chosen.cycles, [grid[index] for index in kept])
            print(f"{pair}: {prediction(found, weights[kept])}")


if __name__ == "__main__":
    main()
