"""What never changes during a run: neighbours, energies and Boltzmann factors, as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import BOLTZMANN, LatticeEnergies
from topotaxy.lattice.footprint import footprint_of
from topotaxy.lattice.frame import Frame, rigid_frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import alkali_energies, site_energies
from topotaxy.portable import exp, over

MOST_AT_SITE = 6 * 24
"""Bound of the sum of q over the six anions of an octahedral site."""

MOST_AT_TETRAHEDRON = 4 * 24
"""Bound of the sum of q over the four anions of a tetrahedral site."""

LARGEST_EXPONENT = 340.0
"""Keeps products of two factors of configurations that never occur within the range of a double."""


class Tables(NamedTuple):
    """Neighbour tables of :class:`~topotaxy.lattice.geometry.Geometry`, energies and factors.

    Sites with the same anions around them are of one class (``site_class``, ``alkali_class``);
    energies and factors are tabulated by class. A redox event of cost ΔE has the weight
    exp(-ΔE/2kT), a product of factors: ``half_site`` (reduction and oxidation, class,
    species, valence before) and ``half_alkali`` (A+ enters, A+ leaves with the opposite sign;
    class) for the one-body terms,
    ``half_site_excess[MOST_AT_SITE + Σ_6 q]`` and ``half_tetrahedral_excess[MOST_AT_TETRAHEDRON
    + Σ_4 q]`` for the change -4 Σ_6 q + 6 Σ_4 q + 24 of Σq². ``beside`` to ``touched_blocks`` are
    those of :class:`~topotaxy.lattice.footprint.Footprint`. What concerns blocks is that of
    :class:`~topotaxy.lattice.frame.Frame`. ``pool_sites`` and ``pool_blocks`` (blocks, most) are
    the sites within reach of the cluster of a block and their blocks, padded with -1.
    """

    octahedral_tetrahedra: NDArray[np.uint32]
    octahedral_octahedra: NDArray[np.int32]
    tetrahedral_octahedra: NDArray[np.int32]
    tetrahedral_tetrahedra: NDArray[np.int32]
    beside: NDArray[np.int32]
    near_tetrahedra: NDArray[np.int32]
    near_sites: NDArray[np.int32]
    touched_tetrahedra: NDArray[np.int16]
    touched_sites: NDArray[np.int16]
    touched_counts: NDArray[np.int64]
    touched_blocks: NDArray[np.int8]
    site_class: NDArray[np.uint16]
    site_energy: NDArray[np.float64]
    half_site: NDArray[np.float64]
    alkali_class: NDArray[np.uint16]
    alkali_energy: NDArray[np.float64]
    half_alkali: NDArray[np.float64]
    half_site_excess: NDArray[np.float64]
    half_tetrahedral_excess: NDArray[np.float64]
    metal_bond: NDArray[np.float64]
    block_neighbours: NDArray[np.int32]
    reach: NDArray[np.int32]
    pool_sites: NDArray[np.int32]
    pool_blocks: NDArray[np.int32]
    strain_grid: NDArray[np.float64]
    fading: NDArray[np.float64]
    highest_valence: NDArray[np.int8]
    stiffness: float
    thermal_energy: float
    sites_per_block: int
    elastic: float
    growth: float
    interface: float
    surface: float
    block_volume: float
    pool_capacity: int
    flip_rate: float


def tables_from(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8], frame: Frame | None = None
) -> Tables:
    """Tabulate the energies for one arrangement of anions; without ``frame`` it is rigid."""
    frame = rigid_frame(geometry, energies) if frame is None else frame
    kt = BOLTZMANN * energies.temperature
    stiffness = energies.valence_stiffness / 288.0
    by_site, site_class = np.unique(site_energies(geometry, energies, anion), axis=0, return_inverse=True)
    by_tetrahedron, alkali_class = np.unique(alkali_energies(geometry, energies, anion), return_inverse=True)
    steps = np.zeros((2, *by_site.shape))
    steps[0, :, :, 1:] = by_site[:, :, :-1] - by_site[:, :, 1:]
    steps[1, :, :, :-1] = -steps[0, :, :, 1:]

    def half_factor(energy: NDArray[np.floating]) -> NDArray[np.float64]:
        return over(exp, np.clip(-energy / (2 * kt), -LARGEST_EXPONENT, LARGEST_EXPONENT))

    at_site = np.arange(-MOST_AT_SITE, MOST_AT_SITE + 1)
    at_tetrahedron = np.arange(-MOST_AT_TETRAHEDRON, MOST_AT_TETRAHEDRON + 1)
    pool_sites = _sites_within_reach(geometry)
    footprint = footprint_of(geometry)
    return Tables(
        octahedral_tetrahedra=geometry.octahedral_tetrahedra.astype(np.uint32),
        octahedral_octahedra=geometry.octahedral_octahedra,
        tetrahedral_octahedra=geometry.tetrahedral_octahedra,
        tetrahedral_tetrahedra=geometry.tetrahedral_tetrahedra,
        beside=footprint.beside,
        near_tetrahedra=footprint.near_tetrahedra,
        near_sites=footprint.near_sites,
        touched_tetrahedra=footprint.tetrahedra,
        touched_sites=footprint.sites,
        touched_counts=footprint.counts,
        touched_blocks=footprint.touched_blocks,
        site_class=site_class.reshape(-1).astype(np.uint16),
        site_energy=by_site,
        half_site=half_factor(steps),
        alkali_class=alkali_class.reshape(-1).astype(np.uint16),
        alkali_energy=by_tetrahedron,
        half_alkali=np.stack([half_factor(by_tetrahedron), -half_factor(-by_tetrahedron)]),
        half_site_excess=half_factor(stiffness * (24 - 4 * at_site)),
        half_tetrahedral_excess=half_factor(stiffness * 6 * at_tetrahedron),
        metal_bond=energies.metal_bond,
        highest_valence=np.where(energies.reducible, 2, 0).astype(np.int8),
        block_neighbours=geometry.block_neighbours,
        reach=geometry.reach,
        pool_sites=pool_sites,
        pool_blocks=_blocks_of(pool_sites, geometry.sites_per_block),
        strain_grid=frame.strain_grid,
        fading=frame.fading,
        stiffness=stiffness,
        thermal_energy=kt,
        sites_per_block=geometry.sites_per_block,
        elastic=frame.elastic,
        growth=frame.growth,
        interface=frame.interface,
        surface=frame.surface,
        block_volume=frame.block_volume,
        pool_capacity=frame.capacity,
        flip_rate=frame.flip_rate,
    )


def _sites_within_reach(geometry: Geometry) -> NDArray[np.int32]:
    sites, places = np.nonzero(geometry.reach >= 0)
    blocks = geometry.reach[sites, places]
    order = np.argsort(blocks, kind="stable")
    counts = np.bincount(blocks, minlength=geometry.blocks)
    within = np.full((geometry.blocks, counts.max()), -1, dtype=np.int32)
    within[np.arange(counts.max()) < counts[:, None]] = sites[order]
    return within


def _blocks_of(sites: NDArray[np.int32], per_block: int) -> NDArray[np.int32]:
    rows = [np.unique(row[row >= 0] // per_block) for row in sites]
    blocks = np.full((len(rows), max(map(len, rows))), -1, dtype=np.int32)
    for own, row in zip(blocks, rows, strict=True):
        own[: len(row)] = row
    return blocks
