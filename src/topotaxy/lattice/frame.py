"""The frame: what a coherent block pays, what an incoherent one gains, as constants of a grain.

Coherent blocks share one lattice. Its strain follows their mean content of product; a block
whose content differs from the mean is strained elastically; metal bonds fade as the cation
sites move apart. An incoherent block is out of all that and pays for its faces.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import BOLTZMANN, LatticeEnergies
from topotaxy.energetics.coherency import CoherencyEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.material import Composition, lattice_parameter, product_volume
from topotaxy.portable import cbrt, exp, log, normal_quantile

COMPACT = cbrt(np.pi / 6.0)
"""Area of a sphere over that of a cube of the same volume.

Domains are built of cubes; with their faces scaled by this, a large compact domain pays what a
sphere pays, so that barriers do not hang on the size of the blocks.
"""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Constants of one grain.

    Attributes
    ----------
    elastic:
        c in c [Σ E² - (Σ E)²/N] over the N coherent blocks, with E the electrons that a block's
        cations have taken, eV.
    growth:
        Relative volume that a coherent block gains per electron.
    strain_grid (k,), fading (species, k):
        Bond of M0 in the frame over the metal's own, by linear strain.
    interface:
        Energy of a face between unlike blocks of the unstrained frame, eV.
    surface:
        The same per area, eV/Å².
    block_volume:
        Å³, unstrained.
    modulus:
        Y = E/(1 - ν), eV/Å³.
    capacity:
        Most metal atoms that fit into an incoherent block.
    flip_rate, hop_rate:
        Attempt frequency of a block (1/s); rate at which an atom tries to leave an incoherent
        block through one pair of sites (1/s).
    """

    elastic: float
    growth: float
    strain_grid: NDArray[np.float64]
    fading: NDArray[np.float64]
    interface: float
    surface: float
    block_volume: float
    modulus: float
    capacity: int
    flip_rate: float
    hop_rate: float


def rigid_frame(geometry: Geometry, energies: LatticeEnergies) -> Frame:
    """Return a frame that neither strains nor fades nor breaks."""
    return Frame(
        elastic=0.0,
        growth=0.0,
        strain_grid=np.array([0.0, 1.0]),
        fading=np.ones((len(energies.species), 2)),
        interface=0.0,
        surface=0.0,
        block_volume=1.0,
        modulus=0.0,
        capacity=geometry.sites_per_block,
        flip_rate=0.0,
        hop_rate=0.0,
    )


def frame_of(
    coherency: CoherencyEnergies,
    geometry: Geometry,
    composition: Composition,
    energies: LatticeEnergies,
    *,
    nucleation_factor: float,
) -> Frame:
    """Return the constants of a grain.

    ``nucleation_factor`` is the grain's barrier over that of a sphere in a perfect crystal. It
    acts as an interface energy lower by its cube root: that gives the factor in
    (16π/3) γ³/g², and keeps the energy a function of the state.
    """
    amounts = [composition.cation_fractions[el] for el in energies.species]
    reducible = math.fsum(x for x, reduced in zip(amounts, energies.reducible, strict=True) if reduced)
    shares = [
        x / reducible if reduced else 0.0 for x, reduced in zip(amounts, energies.reducible, strict=True)
    ]
    sites = geometry.sites_per_block
    stretch = [1.0 + strain for strain in coherency.eigenstrain.tolist()]
    swelling = math.fsum(x * v for x, v in zip(shares, coherency.swelling_per_electron.tolist(), strict=True))
    eigenstrain = cbrt(math.fsum(x * s * s * s for x, s in zip(shares, stretch, strict=True))) - 1.0
    surface = coherency.interface_energy * cbrt(nucleation_factor) * COMPACT
    edge = geometry.block * lattice_parameter(composition)
    volume = coherency.site_volume * sites
    swollen = volume + 2.0 * sites * max(swelling, 0.0)
    return Frame(
        elastic=coherency.modulus * coherency.site_volume * eigenstrain * eigenstrain / (4.0 * sites),
        growth=swelling / volume,
        strain_grid=coherency.strain_grid,
        fading=coherency.fading,
        interface=surface * edge * edge,
        surface=surface / COMPACT,
        block_volume=volume,
        modulus=coherency.modulus,
        capacity=max(sites, int(swollen / min(product_volume(el) for el in energies.species))),
        flip_rate=coherency.nucleation_rate,
        hop_rate=coherency.incoherent_hop_rate,
    )


def grain_factor(median: float, spread: float, place: float) -> float:
    """Nucleation factor of the grain at quantile ``place`` (0 to 1) of a lognormal distribution."""
    return median * exp(spread * normal_quantile(place))


def ceiling(flip_rate: float, trial_rate: float, temperature: float) -> float:
    """Barrier (eV) that keeps flips below ``trial_rate``: what is faster than the experiment is capped."""
    return float(max(0.0, BOLTZMANN * temperature * log(flip_rate / trial_rate)))
