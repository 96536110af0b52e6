"""Metal objects against limits that are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.lattice.metal import SURFACE, lost_bonds, object_energy, size_classes, surface_distances


def test_a_single_atom_lacks_six_bonds_and_bulk_none() -> None:
    assert lost_bonds(1) == 6.0
    assert lost_bonds(10**12) < 1e-3
    assert pytest.approx(6.65, abs=0.005) == SURFACE


def test_a_large_object_has_the_surface_energy_of_its_sphere() -> None:
    # γ A = 3 ε / 2 for an atom of a (111) face of area √3/4 a², a³ = 4 Ω.
    bond, volume, atoms = 0.17, 11.0, 10_000
    face = np.sqrt(3) / 4 * (4 * volume) ** (2 / 3)
    gamma = 1.5 * bond / face
    sphere = (36 * np.pi) ** (1 / 3) * (atoms * volume) ** (2 / 3)
    assert object_energy(np.array([atoms]), np.array([bond])) == pytest.approx(gamma * sphere, rel=1e-12)


def test_an_object_displaces_its_volume() -> None:
    r = np.array([0.0, 3.0, 6.0, 12.0])
    found = surface_distances(11.0 * np.arange(501.0), r)
    assert found.shape == (501, 4)
    assert np.allclose(found[0], r)
    radius = (3 * 500 * 11.0 / (4 * np.pi)) ** (1 / 3)
    # What lay within r of the centre lies between the surface and where r is now.
    room = 4 * np.pi / 3 * ((found[500] + radius) ** 3 - radius**3)
    assert np.allclose(room, 4 * np.pi / 3 * r**3)
    assert (np.diff(found[:, 1:], axis=0) < 0).all()


def test_radii_that_count_as_one_differ_little() -> None:
    found = size_classes(4001)
    assert found[0] == 0
    assert found[1] == 1
    assert set(np.diff(found)) == {0, 1}
    for one in np.unique(found[1:]):
        atoms = np.flatnonzero(found == one)
        assert len(atoms) == 1 or atoms[-1] < 1.08 * atoms[0]
        assert (atoms[-1] / atoms.mean()) ** (1 / 3) < 1.014
