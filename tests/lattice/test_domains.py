"""Domains and distances of configurations whose answer is known by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.lattice.clusters import coordination
from topotaxy.lattice.distances import Spacings, anion_distances, metal_distances, spacings_of
from topotaxy.lattice.domains import DIAMETERS, distribution, domain_volumes, interface_area, mean_size
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.state import VACANT, Configuration, pristine_configuration
from topotaxy.material import lattice_parameter, parse_formula, product_volume


class Made(NamedTuple):
    geometry: Geometry
    energies: LatticeEnergies
    spacings: Spacings
    state: Configuration


def made(formula: str) -> Made:
    composition = parse_formula(formula)
    energies = lattice_energies(composition, "Na", 298.15)
    geometry = geometry_from_cells(4, 2)
    state = pristine_configuration(geometry, composition, energies, np.random.default_rng(1))
    return Made(geometry, energies, spacings_of(composition, energies), state)


def reduced(start: Made, sites: list[int]) -> Configuration:
    valence = start.state.valence.copy()
    valence[sites] = 0
    return start.state._replace(valence=valence)


def clustered(start: Made, block: int) -> Configuration:
    """Every cation of a block in its cluster."""
    mine = np.arange(block * start.geometry.sites_per_block, (block + 1) * start.geometry.sites_per_block)
    species, identity = start.state.species.copy(), start.state.identity.copy()
    pooled, incoherent = start.state.pooled.copy(), start.state.incoherent.copy()
    pooled[identity[mine]] = block
    species[mine], identity[mine], incoherent[block] = VACANT, -1, 1
    return start.state._replace(species=species, identity=identity, pooled=pooled, incoherent=incoherent)


def contacts_of(start: Made, state: Configuration) -> np.ndarray:
    metal = (state.species != VACANT) & (state.valence == 0)
    return metal[start.geometry.octahedral_octahedra].sum(axis=1)


def test_the_pristine_frame_has_its_own_spacing_and_no_metal() -> None:
    start = made("NiO")
    found = anion_distances(start.geometry, start.energies, start.spacings, 0.0, start.state)
    assert found == pytest.approx([lattice_parameter(parse_formula("NiO")) / 2])
    volumes = domain_volumes(start.geometry, start.energies, start.state)
    assert np.isnan(mean_size(volumes))
    assert np.isnan(distribution(volumes)).all()
    none = np.zeros(start.geometry.blocks, dtype=np.int64)
    contacts = contacts_of(start, start.state)
    assert np.isnan(
        metal_distances(start.energies, start.spacings, 0.0, contacts, volumes, none, start.state)
    ).all()


def test_two_metal_atoms_in_the_frame_lie_a_cation_spacing_apart_and_stretch_with_it() -> None:
    start = made("NiO")
    state = reduced(start, [0, int(start.geometry.octahedral_octahedra[0, 0])])
    none = np.zeros(start.geometry.blocks, dtype=np.int64)
    contacts = contacts_of(start, state)
    for strain in (0.0, 0.1):
        found = metal_distances(
            start.energies, start.spacings, strain, contacts, none.astype(float), none, state
        )
        assert found == pytest.approx([start.spacings.frame / np.sqrt(2) * (1 + strain)])


def test_metal_of_a_cluster_has_the_distance_of_its_own_metal() -> None:
    start = made("NiO")
    state = clustered(start, 3)
    volumes = domain_volumes(start.geometry, start.energies, state)
    sizes = np.bincount(state.pooled[state.pooled >= 0], minlength=start.geometry.blocks)
    found = metal_distances(
        start.energies, start.spacings, float("nan"), contacts_of(start, state), volumes, sizes, state
    )
    # fcc nickel: 2.49 Å (a = 3.524 Å).
    assert found == pytest.approx([2.492], abs=0.005)
    atoms = start.geometry.sites_per_block
    assert mean_size(volumes) == pytest.approx(0.1 * np.cbrt(6 * atoms * product_volume("Ni") / np.pi))
    shares = distribution(volumes)
    assert shares.sum() == pytest.approx(1)
    assert DIAMETERS[np.argmax(shares)] <= mean_size(volumes) <= DIAMETERS[np.argmax(shares) + 1]


def test_a_cation_outside_the_frame_has_the_bonds_of_its_own_oxide() -> None:
    start = made("Ni0.5Mg0.5O")
    incoherent = np.ones_like(start.state.incoherent)
    state = start.state._replace(incoherent=incoherent)
    found = anion_distances(start.geometry, start.energies, start.spacings, float("nan"), state)
    for s, element in enumerate(start.energies.species):
        assert found[s] == pytest.approx(lattice_parameter(parse_formula(f"{element}O")) / 2)


def test_a_lone_atom_has_no_interface_and_two_have_what_they_lack() -> None:
    start = made("NiO")
    none = np.zeros(start.geometry.blocks, dtype=np.int64)

    def area(sites: list[int]) -> float:
        state = reduced(start, sites)
        metal = (state.species != VACANT) & (state.valence == 0)
        return interface_area(start.energies, state, metal, contacts_of(start, state), none)

    assert area([0]) == 0.0
    face = np.sqrt(3) / 4 * (4 * product_volume("Ni")) ** (2 / 3) / 100
    beside = int(start.geometry.octahedral_octahedra[0, 0])
    assert area([0, beside]) == pytest.approx(2 * 5.5 * face / 1.5)


@given(st.lists(st.floats(0, 5e4), min_size=1, max_size=20))
def test_a_distribution_is_a_share_and_its_mean_is_the_mean_size(volumes: list[float]) -> None:
    found = distribution(np.array(volumes))
    if not any(volumes):
        assert np.isnan(found).all()
        return
    assert found.sum() == pytest.approx(1)
    mean = mean_size(np.array(volumes))
    centres = 0.5 * (DIAMETERS[1:] + DIAMETERS[:-1])
    if mean < DIAMETERS[-2] and found[-1] == 0:
        assert found @ centres == pytest.approx(mean, abs=0.5 * (DIAMETERS[1] - DIAMETERS[0]) + 1e-9)


def test_a_single_atom_has_no_neighbours() -> None:
    assert coordination(1) == 0.0
