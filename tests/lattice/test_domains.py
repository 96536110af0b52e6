"""Domains and distances of configurations whose answer is known by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.lattice.distances import Spacings, anion_distances, metal_distances, spacings_of
from topotaxy.lattice.domains import DIAMETERS, distribution, domain_volumes, interface_area, mean_size
from topotaxy.lattice.frame import rigid_frame
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.measures import measures_of
from topotaxy.lattice.metal import coordination
from topotaxy.lattice.state import VACANT, Configuration, object_sizes, pristine_configuration
from topotaxy.material import lattice_parameter, parse_formula, product_volume


class Made(NamedTuple):
    geometry: Geometry
    energies: LatticeEnergies
    spacings: Spacings
    state: Configuration


def made(formula: str) -> Made:
    composition = parse_formula(formula)
    energies = lattice_energies(composition, "Na", 298.15)
    geometry = geometry_from_cells(4)
    state = pristine_configuration(geometry, composition, energies, np.random.default_rng(1))
    return Made(geometry, energies, spacings_of(composition, energies), state)


def gathered(start: Made, objects: list[int]) -> Configuration:
    """Metal objects of so many atoms each, from the first sites on."""
    c = start.state
    species, identity, valence = c.species.copy(), c.identity.copy(), c.valence.copy()
    metal_of, centre = c.metal_of.copy(), c.centre.copy()
    first = 0
    for k, atoms in enumerate(objects):
        mine = np.arange(first, first + atoms)
        species[mine], identity[mine], valence[mine] = VACANT, -1, 0
        metal_of[mine], centre[k] = k, first
        first += atoms
    return c._replace(species=species, identity=identity, valence=valence, metal_of=metal_of, centre=centre)


def test_the_pristine_frame_has_its_own_spacing_and_no_metal() -> None:
    start = made("NiO")
    found = anion_distances(start.geometry, start.energies, start.spacings, 0.0, start.state)
    assert found == pytest.approx([lattice_parameter(parse_formula("NiO")) / 2])
    volumes = domain_volumes(start.energies, start.state)
    assert np.isnan(mean_size(volumes))
    assert np.isnan(distribution(volumes)).all()
    sizes = object_sizes(start.state)
    assert np.isnan(metal_distances(start.energies, volumes, sizes, start.state)).all()


def test_metal_of_a_domain_has_the_distance_of_its_own_metal() -> None:
    start = made("NiO")
    state = gathered(start, [32, 1])
    volumes = domain_volumes(start.energies, state)
    found = metal_distances(start.energies, volumes, object_sizes(state), state)
    # fcc nickel: 2.49 Å (a = 3.524 Å); the single atom has no bond.
    assert found == pytest.approx([2.492], abs=0.005)
    assert mean_size(volumes) == pytest.approx(0.1 * np.cbrt(6 * 32 * product_volume("Ni") / np.pi))
    shares = distribution(volumes)
    assert shares.sum() == pytest.approx(1)
    assert DIAMETERS[np.argmax(shares)] <= mean_size(volumes) <= DIAMETERS[np.argmax(shares) + 1]


def test_a_cation_outside_the_frame_has_the_bonds_of_its_own_oxide() -> None:
    start = made("Ni0.5Mg0.5O")
    state = start.state._replace(registered=np.zeros_like(start.state.registered))
    found = anion_distances(start.geometry, start.energies, start.spacings, float("nan"), state)
    for s, element in enumerate(start.energies.species):
        assert found[s] == pytest.approx(lattice_parameter(parse_formula(f"{element}O")) / 2)


def test_a_single_atom_has_no_interface_and_a_domain_that_of_its_sphere() -> None:
    start = made("NiO")
    assert interface_area(domain_volumes(start.energies, gathered(start, [1, 1]))) == 0.0
    volume = 20 * product_volume("Ni") / 1000
    sphere = (36 * np.pi) ** (1 / 3) * volume ** (2 / 3)
    assert interface_area(domain_volumes(start.energies, gathered(start, [20]))) == pytest.approx(sphere)


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


def test_a_single_atom_has_no_neighbours_and_a_bulk_one_twelve() -> None:
    assert coordination(1) == 0.0
    assert coordination(10**9) == pytest.approx(12.0, abs=0.02)


def test_confined_inlaid_and_lost_are_all_reachable() -> None:
    start = made("NiO")
    g, frame = start.geometry, rigid_frame(start.geometry, start.state)

    def shares(state: Configuration) -> tuple[float, float, float, float]:
        m = measures_of(g, start.energies, frame, start.spacings, state, start.state)
        return m.coherent_fraction, m.confined_fraction, m.inlaid_fraction, m.lost_fraction

    state = gathered(start, [40, 10])
    assert shares(state) == pytest.approx((1.0, 0.2, 0.8, 0.0))
    registered = state.registered.copy()
    registered[g.region_of[state.centre[0]]] = 0
    kept = 1 - 1 / g.regions
    # The smaller object begins at site 40, in another region.
    assert shares(state._replace(registered=registered)) == pytest.approx((kept, 0.2, 0.0, 0.8))
    assert all(np.isnan(v) for v in shares(start.state)[1:])
