"""What binary oxides against lithium say of the interface energy and the mobility of metal.

The lattice leaves two numbers that neither tables nor derivations fix: the energy γ of the
interface between coherent and incoherent regions (with the nucleation factor φ only γ φ^(1/3)
matters) and the barrier of metal atoms. Their prior is uniform: γ over the energies of
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

from topotaxy.energetics import assumptions_with
from topotaxy.lattice import box_from_spec, run_replica
from topotaxy.spec import Spec

FITTED_TO = ("NiO/Li", "CoO/Li")
PRIOR = (0.2, 0.6)
"""Of γ, J/m² (Porter and Easterling, Phase Transformations in Metals and Alloys, ch. 3)."""

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


def misfit(found: Outcome) -> float:
    """Minus twice the logarithm of the likelihood of one material."""
    grains = (found.domain - GRAIN) / GRAIN_ERROR if np.isfinite(found.domain) else MISSED_GRAINS
    return (found.coherent / KEPT_LATTICE) ** 2 + grains**2


def main() -> None:
    """Print the posterior and what it predicts."""
    parser = argparse.ArgumentParser(description="Posterior of interface energy and metal barrier.")
    parser.add_argument("--predict", nargs="*", default=[], metavar="FORMULA/ION")
    parser.add_argument("--grains", type=int, default=4)
    parser.add_argument("--cells", type=int, default=6)
    parser.add_argument("--cycles", type=int, default=5, help="cycles of the predictions")
    parser.add_argument("--points", type=int, nargs=2, default=(9, 5), help="grid of the two parameters")
    chosen = parser.parse_args()
    table = assumptions_with()
    barrier = table["exchange_barrier"]
    grid = [
        {"frame_interface_energy": float(g), "exchange_barrier": float(b), "incoherent_hop_barrier": float(b)}
        for g in np.linspace(*PRIOR, chosen.points[0])
        for b in np.linspace(barrier.low, barrier.high, chosen.points[1])
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:

        def everywhere(pair: str, cycles: int) -> list[Outcome]:
            return list(pool.map(lambda p: outcome(pair, cycles, chosen.cells, chosen.grains, p), grid))

        penalty = np.zeros(len(grid))
        for pair in FITTED_TO:
            found = everywhere(pair, 1)
            penalty += [misfit(each) for each in found]
        weights = np.exp(-0.5 * (penalty - penalty.min()))
        weights /= weights.sum()
        axes = {key: np.array([point[key] for point in grid]) for key in grid[0]}
        for key in ("frame_interface_energy", "exchange_barrier"):
            mean = float(weights @ axes[key])
            spread = float(np.sqrt(weights @ (axes[key] - mean) ** 2))
            print(f"{key}: {mean:.3f} ± {spread:.3f} (prior {axes[key].min():g} to {axes[key].max():g})")
        together = np.average(
            (axes["frame_interface_energy"] - weights @ axes["frame_interface_energy"])
            * (axes["exchange_barrier"] - weights @ axes["exchange_barrier"]),
            weights=weights,
        )
        print(f"covariance: {together:.2g}")
        print(f"effective points of the grid: {1.0 / (weights**2).sum():.1f} of {len(grid)}")
        for pair in chosen.predict:
            found = everywhere(pair, chosen.cycles)
            cells = []
            for name in ("coherent", "domain", "efficiency", "retention"):
                values = np.array([getattr(each, name) for each in found])
                known = np.isfinite(values) & (weights > 0)
                if not known.any():
                    cells.append(f"{name} none")
                    continue
                share = weights[known] / weights[known].sum()
                mean = share @ values[known]
                spread = np.sqrt(share @ (values[known] - mean) ** 2)
                cells.append(f"{name} {mean:.2f} ± {spread:.2f}")
            print(f"{pair}: " + ", ".join(cells))


if __name__ == "__main__":
    main()
