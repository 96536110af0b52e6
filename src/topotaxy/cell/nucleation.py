"""How grains lose coherency in time and with depth of discharge: the lattice's law in closed form.

A grain of nucleation factor φ leaves the frame at the rate ``attempts · exp(-φ W(x)/kT)``, with
W(x) = 16π γ³ / 3 g(x)² the barrier of classical nucleation at stoichiometry x, γ the energy of the
interface and g the gain per volume (docs/model.md). Factors are lognormal over grains. Since the
rate falls so steeply with φ, at any time the grains below a critical factor ψ have gone and those
above have not:

    dψ/dt = attempts · (kT/W) · exp(-ψ W/kT)

which for a constant barrier is ψ = (kT/W) ln(1 + attempts · t). The share gone is the lognormal
distribution up to ψ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import BOLTZMANN, ELEMENTARY_CHARGE
from topotaxy.energetics.coherency import coherency_energies
from topotaxy.energetics.handbook import LatticeEnergies
from topotaxy.material import Composition

SPHERE_BONDS = (36.0 * math.pi) ** (1.0 / 3.0) / 4.0 ** (2.0 / 3.0) * 1.5 / (math.sqrt(3.0) / 4.0)
"""Bonds that a sphere of n fcc atoms lacks, over n^(2/3): 6.65 (see docs/model.md)."""


def barrier_profile(
    composition: Composition,
    energies: LatticeEnergies,
    ion: str,
    temperature: float,
    *,
    stoichiometry: NDArray[np.float64],
    reduced: Mapping[str, float],
    sites: int,
    interface_energy: float,
) -> NDArray[np.float64]:
    """Return the barrier (eV) of a grain of factor 1 at each stoichiometry; infinite without gain.

    ``reduced`` is the share of each cation that is metal at stoichiometry 1 and is taken to grow
    in proportion; ``sites`` of a block; ``interface_energy`` in J/m². The metal of a block gains
    the cohesion of its cluster over that of single atoms with as many metal neighbours as chance
    gives them, in a frame swollen by the product.
    """
    frame = coherency_energies(composition, ion, temperature)
    share = np.array([composition.cation_fractions[el] for el in energies.species])
    metal = share * np.array([reduced.get(str(el), 0.0) for el in energies.species])
    if metal.sum() <= 0.0:
        return np.full(len(stoichiometry), np.inf)
    bond = float(metal @ np.diag(energies.metal_bond)) / float(metal.sum())
    valence = np.array([composition.mean_valences[el] for el in energies.species])
    swelling = float(metal @ (valence * frame.swelling_per_electron)) / frame.site_volume
    gamma = interface_energy * 1e-20 / ELEMENTARY_CHARGE
    barriers = np.full(len(stoichiometry), np.inf)
    for i, x in enumerate(stoichiometry):
        content = float(metal.sum()) * x
        atoms = sites * content
        if atoms < 1.0:
            continue
        stretch = (1.0 + swelling * x) ** (1.0 / 3.0) - 1.0
        fading = float(
            metal @ np.array([np.interp(stretch, frame.strain_grid, row) for row in frame.fading])
        ) / float(metal.sum())
        lost = min(6.0, SPHERE_BONDS / atoms ** (1.0 / 3.0))
        gain = content * bond * (6.0 - 6.0 * content * fading - lost)
        gain /= frame.site_volume * (1.0 + stretch) ** 3
        if gain > 0.0:
            barriers[i] = 16.0 * math.pi / 3.0 * gamma**3 / gain**2
    return barriers


def critical_factor(
    times: NDArray[np.float64], barriers: NDArray[np.float64], *, attempts: float, temperature: float
) -> float:
    """Return ψ after a history of steps of ``times`` (s), each at one of ``barriers`` (eV)."""
    kt = BOLTZMANN * temperature
    psi = 0.0
    for dt, barrier in zip(times, barriers, strict=True):
        if not math.isfinite(barrier) or dt <= 0.0:
            continue
        w = barrier / kt
        psi = float(np.logaddexp(psi * w, math.log(attempts * dt))) / w
    return psi


def share_gone(psi: float, *, median: float, spread: float) -> float:
    """Share of grains whose factor is below ``psi``."""
    if psi <= 0.0:
        return 0.0
    return 0.5 * (1.0 + math.erf(math.log(psi / median) / spread / math.sqrt(2.0)))


def triangular_history(
    *, capacity: float, current: float, cycles: int, steps: int = 40
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Durations (s) and stoichiometries of full cycles at constant current; mAh/g and A/g."""
    half = capacity * 3.6 / current
    edge = (np.arange(steps) + 0.5) / steps
    x = np.concatenate([edge, edge[::-1]])
    return np.full(2 * steps * cycles, half / steps), np.tile(x, cycles)


def fitted_scale(
    observations: Sequence[Mapping[str, float]],
    *,
    stoichiometry: NDArray[np.float64],
    barrier: NDArray[np.float64],
    reference: float,
    attempts: float,
    median: float,
    spread: float,
    temperature: float,
) -> float:
    """Fit the one factor on the barriers that gives the lattice's shares the highest likelihood.

    Each observation has ``interface_energy`` (J/m²), ``current`` (A/g), ``capacity`` (mAh/g),
    ``cycles``, ``grains`` and ``gone`` (counts); binomial likelihood.
    """
    from scipy.optimize import minimize_scalar

    def loss(log_scale: float) -> float:
        total = 0.0
        for seen in observations:
            p = predicted_share(
                seen,
                stoichiometry=stoichiometry,
                barrier=math.exp(log_scale) * barrier,
                reference=reference,
                attempts=attempts,
                median=median,
                spread=spread,
                temperature=temperature,
            )
            p = min(max(p, 1e-6), 1.0 - 1e-6)
            total -= seen["gone"] * math.log(p) + (seen["grains"] - seen["gone"]) * math.log(1.0 - p)
        return total

    found = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20.0)), method="bounded")
    return float(math.exp(found.x))


def predicted_share(
    seen: Mapping[str, float],
    *,
    stoichiometry: NDArray[np.float64],
    barrier: NDArray[np.float64],
    reference: float,
    attempts: float,
    median: float,
    spread: float,
    temperature: float,
) -> float:
    """Share of grains gone after the cycles of an observation (see :func:`fitted_scale`)."""
    times, x = triangular_history(
        capacity=seen["capacity"], current=seen["current"], cycles=int(seen["cycles"])
    )
    x = x * seen["capacity"] / seen["full"]
    at = np.interp(x, stoichiometry, np.where(np.isfinite(barrier), barrier, 1e3))
    at = at * (seen["interface_energy"] / reference) ** 3
    psi = critical_factor(times, at, attempts=attempts, temperature=temperature)
    return share_gone(psi, median=median, spread=spread)
