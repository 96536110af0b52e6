"""Constant tables of the compiled loop: neighbours, energies, half factors, distances."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import BOLTZMANN, LatticeEnergies, LatticeKinetics
from topotaxy.lattice.frame import Frame
from topotaxy.lattice.geometry import Geometry, sites_around
from topotaxy.lattice.hamiltonian import alkali_energies, atomic_volumes, site_energies
from topotaxy.lattice.metal import lost_bonds, size_classes, surface_distances
from topotaxy.lattice.surroundings import LEAST_PAD, padded, shared_anions, surroundings_of
from topotaxy.portable import exp, over

LONGEST = 62
"""Square of the longest separation, in half lattice parameters, over which ions and metal see each
other: four cells, so that boxes of eight cells and more have the same."""

MOST_ATOMS = 4000
"""Atoms of the largest object; nothing joins it. A sphere of Ni of 4.4 nm."""

CONTACT = 1.02
"""Distance, in nearest-neighbour distances, up to which a site touches a surface."""

Q_SITE, Q_TETRAHEDRON = 144, 96
"""Bounds of the sum of q over the six anions of a site, and over the four of a tetrahedron."""


class Tables(NamedTuple):
    """What does not change during a run.

    ``half_reduce`` and ``half_oxidise`` (classes, species, 2): exp of half the energy, in kT, of an ion's
    own part of the step between 0 (a single M0) and 1, and 1 and 2; ``direct_reduce`` and ``direct_oxidise``
    (classes, species) of the step of two electrons, with its factor. ``empty`` and ``filled`` (alkali
    classes, 193): the part of a tetrahedron in redox weights by its sum of q; ``site_reduce`` and
    ``site_oxidise`` (289,) that of the site; ``pair`` (8, 8) that of two tetrahedra around a site that are
    filled or emptied at once, over the product of their own; ``direct`` the factor of such steps, 0 where
    there are none. ``offset_place`` (m,): sites around a site, nearest first, in
    ``padded_site``, the box with its periodic images around it; ``offset_shell`` (m,)
    half the square of their separation and ``within`` (shells + 1,) the number of them below a shell.
    ``size_class`` (atoms + 2,): objects whose radii count as one; ``distance`` (classes, shells): from the
    surface of an object, Å; ``touching`` (classes,) the number of sites in contact with it. Å, eV, 1/s.

    ``bin_along`` (2 cells,): bin of a point of the grid, and ``bin_start`` (bins + 1,) the first point of
    each. Places of sites and tetrahedra in ``padded_site`` and ``padded_tetrahedron``, which have one shape:
    ``site_place`` (n,), ``tetrahedron_place`` (2n,); differences of places: ``tetrahedron_beside`` (8,) from
    a site to its tetrahedra, ``site_beside`` (2, 4) from both kinds of these to their sites,
    ``site_neighbour`` (12,) and ``tetrahedron_neighbour`` (6,) to the neighbours of a kind.
    ``felt_tetrahedra`` and ``felt_sites``, with ``_by``, by kind of change: what is felt and by how much, of
    :mod:`topotaxy.lattice.surroundings`, as ``hop_shared``, ``hop_own`` and ``beside_shared`` are.
    """

    octahedral_tetrahedra: NDArray[np.int32]
    octahedral_octahedra: NDArray[np.int32]
    grid: NDArray[np.int16]
    region_of: NDArray[np.int32]
    region_start: NDArray[np.int32]
    region_neighbours: NDArray[np.int32]
    cells: int
    bins: int
    bin_along: NDArray[np.int32]
    bin_start: NDArray[np.int32]
    site_class: NDArray[np.int16]
    site_energy: NDArray[np.float64]
    half_reduce: NDArray[np.float64]
    half_oxidise: NDArray[np.float64]
    direct_reduce: NDArray[np.float64]
    direct_oxidise: NDArray[np.float64]
    pair: NDArray[np.float64]
    direct: float
    alkali_class: NDArray[np.int16]
    alkali_energy: NDArray[np.float64]
    empty: NDArray[np.float64]
    filled: NDArray[np.float64]
    site_reduce: NDArray[np.float64]
    site_oxidise: NDArray[np.float64]
    reducible: NDArray[np.int8]
    bonds: NDArray[np.float64]
    volumes: NDArray[np.float64]
    lost_bonds: NDArray[np.float64]
    offset_place: NDArray[np.int32]
    padded_site: NDArray[np.int32]
    padded_tetrahedron: NDArray[np.int32]
    site_place: NDArray[np.int32]
    tetrahedron_place: NDArray[np.int32]
    tetrahedron_kind: NDArray[np.int8]
    tetrahedron_beside: NDArray[np.int32]
    site_beside: NDArray[np.int32]
    site_neighbour: NDArray[np.int32]
    tetrahedron_neighbour: NDArray[np.int32]
    felt_counts: NDArray[np.int32]
    felt_tetrahedra: NDArray[np.int32]
    felt_tetrahedra_by: NDArray[np.int32]
    felt_sites: NDArray[np.int32]
    felt_sites_by: NDArray[np.int32]
    hop_shared: NDArray[np.int32]
    hop_own: NDArray[np.int32]
    beside_shared: NDArray[np.int32]
    offset_shell: NDArray[np.int32]
    within: NDArray[np.int32]
    size_class: NDArray[np.int32]
    distance: NDArray[np.float64]
    touching: NDArray[np.int32]
    nearest: float
    stiffness: float
    thermal_energy: float
    elastic: NDArray[np.float64]
    cap: NDArray[np.float64]
    faces: NDArray[np.float64]
    pressure: float
    surface: float
    site_volume: float
    region_charge: NDArray[np.int64]
    equilibrium_voltage: NDArray[np.float64]
    reach_per_volt: float
    metal_hop_rate: NDArray[np.float64]
    blocked_hop_rate: float


def tables_from(
    geometry: Geometry,
    energies: LatticeEnergies,
    kinetics: LatticeKinetics,
    anion: NDArray[np.int8],
    frame: Frame,
    *,
    spacing: float,
    atomic_volume: float,
) -> Tables:
    """Build the tables of a box.

    Parameters
    ----------
    geometry, energies, kinetics : Geometry, LatticeEnergies, LatticeKinetics
        Sites of the box, energies of its material (eV) and rates (1/s).
    anion : array of int8, shape (n,)
        Index among the anion symbols of each anion.
    frame : Frame
        Constants of the grain: k and W by region (eV), pressure, interface energy.
    spacing : float
        Å, lattice parameter of the matrix as it is swollen half-way through conversion, in which distances
        to metal are counted.
    atomic_volume : float
        Volume of an atom of metal, mean over the metals, Å³.
    """
    kt = BOLTZMANN * energies.temperature
    shared = shared_anions(geometry)
    parts = (
        _neighbours(geometry)
        | shared
        | {"pair": _pairs(shared["beside_shared"], energies.valence_stiffness / 288.0, kt)}
        | _of_energies(geometry, energies, kinetics, anion)
        | _of_distances(geometry, spacing, atomic_volume)
        | {
            "thermal_energy": kt,
            "elastic": frame.elastic,
            "cap": frame.cap,
            "faces": frame.faces,
            "pressure": frame.pressure,
            "surface": frame.surface,
            "site_volume": frame.site_volume,
            "region_charge": frame.charge,
            "equilibrium_voltage": kinetics.equilibrium_voltage,
            "reach_per_volt": kinetics.reach_per_volt,
            "metal_hop_rate": kinetics.metal_hop_rate,
            "blocked_hop_rate": kinetics.blocked_hop_rate,
        }
    )
    return _of_one_kind(Tables(**parts))


def _neighbours(geometry: Geometry) -> dict[str, Any]:
    """Who neighbours whom, and the bins in which metal objects are looked for."""
    names = (
        "octahedral_tetrahedra",
        "octahedral_octahedra",
        "region_of",
        "region_start",
        "region_neighbours",
        "cells",
    )
    bins, edge = geometry.cells // 4, 2 * geometry.cells
    bins = bins if bins >= 3 else 1
    along = np.arange(edge, dtype=np.int32) * bins // edge
    return {name: getattr(geometry, name) for name in names} | {
        "bins": bins,
        "bin_along": along,
        "bin_start": np.searchsorted(along, np.arange(bins + 1)).astype(np.int32),
        "grid": geometry.grid.astype(np.int16),
    }


def _of_energies(
    geometry: Geometry, energies: LatticeEnergies, kinetics: LatticeKinetics, anion: NDArray[np.int8]
) -> dict[str, Any]:
    """Energies by class of site, and what they make of redox weights."""
    kt = BOLTZMANN * energies.temperature
    stiffness = energies.valence_stiffness / 288.0
    site, site_class = np.unique(
        site_energies(geometry, energies, anion).reshape(geometry.sites, -1), axis=0, return_inverse=True
    )
    site = site.reshape(-1, *energies.cation_bond.shape[:2])
    alkali, alkali_class = np.unique(alkali_energies(geometry, energies, anion), return_inverse=True)
    half, factor = _half_steps(site, energies, kinetics, kt)
    tetrahedral = 6.0 * stiffness * np.arange(-Q_TETRAHEDRON, Q_TETRAHEDRON + 1, dtype=np.float64)
    octahedral = 4.0 * stiffness * np.arange(-Q_SITE, Q_SITE + 1, dtype=np.float64)
    return {
        "site_class": site_class.reshape(-1).astype(np.int16),
        "site_energy": site,
        "half_reduce": over(exp, -half) * factor,
        "half_oxidise": over(exp, half) * factor,
        "direct_reduce": over(exp, -half.sum(axis=2)) * kinetics.two_electron_factor,
        "direct_oxidise": over(exp, half.sum(axis=2)) * kinetics.two_electron_factor,
        "direct": kinetics.two_electron_factor,
        "alkali_class": alkali_class.reshape(-1).astype(np.int16),
        "alkali_energy": alkali,
        "empty": over(exp, -(alkali[:, None] + tetrahedral) / (2.0 * kt)),
        "filled": over(exp, (alkali[:, None] + tetrahedral) / (2.0 * kt)),
        "site_reduce": over(exp, (octahedral - 24.0 * stiffness) / (2.0 * kt)),
        "site_oxidise": over(exp, -(octahedral + 24.0 * stiffness) / (2.0 * kt)),
        "reducible": energies.reducible.astype(np.int8),
        "bonds": np.diag(energies.metal_bond),
        "volumes": atomic_volumes(energies),
        "stiffness": stiffness,
    }


def _of_distances(geometry: Geometry, spacing: float, atomic_volume: float) -> dict[str, Any]:
    """Sites around a site, and their distances from metal objects of every size."""
    span = min(LONGEST, geometry.cells**2 - 1)
    offsets = sites_around(span)
    shell = (offsets**2).sum(axis=1) // 2
    separations = 0.5 * spacing * np.sqrt(2.0 * np.arange(span // 2 + 1))
    nearest = spacing / np.sqrt(2.0)
    most = min(geometry.sites, MOST_ATOMS)
    size_class = size_classes(most + 1)
    middle = np.array([np.flatnonzero(size_class == c).mean() for c in range(size_class[-1] + 1)])
    distance = surface_distances(middle * atomic_volume, separations)
    pad = max(int(np.abs(offsets).max()), LEAST_PAD)
    wide = 2 * (geometry.cells + pad)
    within = np.searchsorted(shell, np.arange(span // 2 + 2))
    touching = within[(distance <= CONTACT * nearest).sum(axis=1)]
    return {
        "lost_bonds": np.array([lost_bonds(n) for n in range(len(size_class))]),
        "offset_place": ((offsets[:, 0] * wide + offsets[:, 1]) * wide + offsets[:, 2]).astype(np.int32),
        "padded_site": padded(geometry.site_at.reshape((2 * geometry.cells,) * 3), pad),
        **surroundings_of(geometry, pad),
        "offset_shell": shell.astype(np.int32),
        "within": within.astype(np.int32),
        "size_class": size_class,
        "distance": distance,
        "touching": touching.astype(np.int32),
        "nearest": float(nearest),
    }


def _of_one_kind(tables: Tables) -> Tables:
    """Every array contiguous and writeable, so that what is compiled serves every material."""
    fields = tables._asdict()
    fields |= {k: np.array(v, order="C") for k, v in fields.items() if isinstance(v, np.ndarray)}
    return Tables(**fields)


def _pairs(shared: NDArray[np.int32], stiffness: float, kt: float) -> NDArray[np.float64]:
    """What two tetrahedra around a site make of each other in a step of two electrons.

    Of two steps of one electron each, the second finds the sum of q over the six anions of the site lower
    by 3, and that over the four of its tetrahedron by 6, less 3 for every anion that the two have in
    common: Δ(Σq²) is that of both alone, less 24, and 18 for every such anion.
    """
    common = shared.astype(np.float64)
    return over(exp, stiffness * (24.0 - 18.0 * common) / (2.0 * kt))


def _half_steps(
    site: NDArray[np.float64], energies: LatticeEnergies, kinetics: LatticeKinetics, kt: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies of the steps 1 to 0 and 2 to 1 over 2kT, shape (classes, species, 2), and their factors."""
    half = np.zeros((*site.shape[:2], 2))
    half[:, :, 0] = (6.0 * np.diag(energies.metal_bond) - site[:, :, 1]) / (2.0 * kt)
    half[:, :, 1] = (site[:, :, 1] - site[:, :, 2]) / (2.0 * kt)
    factor = np.ones((1, site.shape[1], 2))
    factor[0, :, 1] = kinetics.step_factor
    return half, factor
