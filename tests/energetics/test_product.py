"""Reduced metal in the product, by a potential that is the sum of its pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_potential import PairPotential

pytest.importorskip("ase")

from topotaxy.energetics.potentials import bands, barriers, product
from topotaxy.energetics.potentials.crystals import crystal
from topotaxy.energetics.potentials.relaxation import atoms_of, structure_document

A = 4.62
SALT = {"structure": structure_document(crystal("Li2O"))}


def energy(atoms: Any) -> float:
    probe = atoms.copy()
    probe.calc = PairPotential().calculator()
    return float(probe.get_potential_energy())


def dimer(distance: float) -> float:
    from ase import Atoms

    return energy(Atoms("Ni2", positions=[[0, 0, 0], [0, 0, distance]], cell=[20.0] * 3, pbc=True))


def test_the_hole_is_the_cation_site_of_the_rock_salt() -> None:
    cell, a, hole = product.product(SALT, strain=0.1)
    assert a == pytest.approx(1.1 * A)
    assert cell.get_chemical_formula() == "Li64O32"
    offsets = cell.positions - hole
    offsets -= 2 * a * np.rint(offsets / (2 * a))
    distances = np.linalg.norm(offsets, axis=1)
    near = [cell.symbols[int(i)] for i in np.argsort(distances)[:14]]
    assert near == ["Li"] * 8 + ["O"] * 6
    assert np.sum(np.isclose(distances, a / 2)) == 6
    assert np.sum(np.isclose(distances, np.sqrt(3) / 4 * a)) == 8


def test_filling_every_hole_costs_the_contacts_it_makes() -> None:
    # M-M contacts, a/sqrt(2) = 3.27 Å, lie beyond the cut-off; what remains are six O and eight A.
    full = product.held(PairPotential(), SALT, metal="Ni", strain=0.0)["full"]
    assert full == pytest.approx(6 * dimer(A / 2) + 8 * dimer(np.sqrt(3) / 4 * A), abs=1e-6)


@pytest.fixture(scope="module")
def single() -> dict[str, Any]:
    return product.embedding(PairPotential(), SALT, metal="Ni", starts=2)


def test_the_lowest_of_several_starts_counts(single: dict[str, Any]) -> None:
    assert len(single["minima"]) == 2
    assert single["energy_change"] == pytest.approx(min(single["minima"]), abs=1e-3)
    assert single["moment"] is None
    assert [symbol for symbol, _ in single["surroundings"]].count("Ni") == 0


def test_another_anion_beside_the_hole_is_in_the_reference_too() -> None:
    # All pairs are alike, so that the element of the anion cannot matter.
    beside = product.embedding(PairPotential(), SALT, metal="Ni", starts=1, neighbour="S")
    assert beside["structure"]["symbols"].count("S") == 1
    assert beside["neighbour"] == "S"


def test_the_shifted_end_is_the_same_minimum(single: dict[str, Any]) -> None:
    cell, a, _ = product.product(SALT)
    first = atoms_of(single["structure"])
    last = bands.moved(first, cell, a * product.NEIGHBOUR)
    assert last.get_chemical_symbols() == first.get_chemical_symbols()
    assert energy(last) == pytest.approx(energy(first), abs=1e-4)
    with pytest.raises(ValueError, match="shift does not take the crystal"):
        bands.moved(first, cell, a * np.array([0.5, 0.0, 0.0]))


def test_a_band_that_is_not_at_rest_says_so(single: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "STEPS", 1)
    monkeypatch.setattr(bands, "CLIMB_AFTER", 1)
    band = barriers.barrier(PairPotential(), SALT, single, path="direct")
    assert len(band["profile"]) == barriers.IMAGES["direct"] + 2
    assert band["end_difference"] == pytest.approx(0.0, abs=1e-3)
    assert not band["converged"]
    assert "not at rest" in band["reason"]


def test_a_way_over_the_tetrahedron_states_its_stop(
    single: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bands, "STEPS", 1)
    monkeypatch.setattr(bands, "CLIMB_AFTER", 1)
    band = barriers.barrier(PairPotential(), SALT, single, path="tetrahedron")
    assert band["converged"] or band["reason"]
    assert len(band["stop_apart"]) == 2
    if "end_difference" in band:
        assert band["end_difference"] == pytest.approx(band["stop"], abs=1e-3)
