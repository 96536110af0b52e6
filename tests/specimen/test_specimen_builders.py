"""Crystals: counts, densities, distances and coordination that geometry gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.material import lattice_parameter, parse_formula, product_volume
from topotaxy.specimen.builders import antifluorite, joined, random_alloy, rock_salt, strained
from topotaxy.specimen.periodic import close_pairs
from topotaxy.specimen.sites import shared_out

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def shells(specimen, reach: float) -> dict[float, float]:
    """Neighbours per atom at each distance, rounded."""
    _, vectors = close_pairs(specimen.positions, specimen.box, specimen.periodic, reach)
    distance = np.round(np.sqrt((vectors**2).sum(axis=1)), 6)
    found, counts = np.unique(distance, return_counts=True)
    return {float(d): 2.0 * n / len(specimen) for d, n in zip(found, counts, strict=True)}


def test_shells_of_rock_salt() -> None:
    a = 4.2
    crystal = rock_salt("NiO", 3, lattice_parameter=a)
    found = shells(crystal, 1.01 * a)
    expected = {a / 2: 6, a / np.sqrt(2): 12, a * np.sqrt(3) / 2: 8, a: 6}
    assert list(found.values()) == list(expected.values())
    np.testing.assert_allclose(list(found), list(expected), atol=1e-6)


def test_antifluorite_has_the_volume_of_its_salt_and_eight_around_four() -> None:
    salt = antifluorite("Na", "O", 3)
    assert salt.volume / (len(salt) / 3) == pytest.approx(product_volume("Na2O"))
    a = salt.box[0, 0] / 3
    pairs, _ = close_pairs(salt.positions, salt.box, salt.periodic, a * np.sqrt(3) / 4 * 1.01)
    around = np.bincount(pairs.ravel(), minlength=len(salt))
    assert set(around[salt.is_element("Na")]) == {4}
    assert set(around[salt.is_element("O")]) == {8}


def test_alloy_has_its_formula_to_the_last_atom_and_is_neutral() -> None:
    crystal = rock_salt(HEOS, 5, seed=3)
    counts = crystal.counts()
    composition = parse_formula(HEOS)
    for element, share in {**composition.cation_fractions, **composition.anion_fractions}.items():
        assert abs(counts[element] - 500 * share) < 1
    assert crystal.valences.sum() == 0
    assert crystal.unit_cell == lattice_parameter(composition)


def test_alloy_is_random_not_ordered() -> None:
    # Co beside Co among twelve, against chance; 6 standard deviations of a binomial, risk 2e-9.
    crystal = rock_salt(HEOS, 8, seed=11)
    cations = crystal.subset(~crystal.is_element("O", "S"))
    pairs, _ = close_pairs(cations.positions, cations.box, cations.periodic, 0.72 * crystal.unit_cell)
    like = (cations.elements[pairs] == "Co").all(axis=1).mean()
    n = int((cations.elements == "Co").sum())
    chance = n * (n - 1) / (len(cations) * (len(cations) - 1))
    assert abs(like - chance) < 6 * np.sqrt(chance * (1 - chance) / len(pairs))


def test_same_seed_same_alloy_other_seed_another() -> None:
    one, two, other = (rock_salt(HEOS, 3, seed=s).elements for s in (5, 5, 6))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_vacancies_leave_their_number_free() -> None:
    crystal = random_alloy(cations={("Ni", 2): 0.75}, anions={("O", -2): 1.0}, lattice_parameter=4.2, cells=2)
    assert crystal.counts() == {"Ni": 24, "O": 32}
    assert crystal.identities.max() == 63


@given(strain=st.lists(st.floats(-0.2, 0.2), min_size=9, max_size=9))
@settings(max_examples=30, deadline=None)
def test_strain_moves_box_and_atoms_alike(strain: list[float]) -> None:
    tensor = np.array(strain).reshape(3, 3) * 0.5
    crystal = rock_salt("NiO", 2)
    made = strained(crystal, tensor)
    fractions = np.linalg.solve(made.box.T, made.positions.T).T
    np.testing.assert_allclose(fractions, crystal.positions / np.diag(crystal.box), atol=1e-12)
    assert made.volume == pytest.approx(crystal.volume * np.linalg.det(np.eye(3) + tensor))
    back = strained(made, np.linalg.inv(np.eye(3) + tensor) - np.eye(3))
    np.testing.assert_allclose(back.positions, crystal.positions, atol=1e-9)


def test_isotropic_strain_scales_the_unit_cell() -> None:
    assert strained(rock_salt("NiO", 2), 0.036).unit_cell == pytest.approx(
        1.036 * rock_salt("NiO", 2).unit_cell
    )


@given(shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=6), sites=st.integers(1, 5000))
def test_sharing_out_is_within_one_and_complete(shares: list[float], sites: int) -> None:
    total = sum(shares)
    fractions = {("X", k): share / total for k, share in enumerate(shares)}
    counts = shared_out(fractions, sites)
    assert sum(counts.values()) == sites
    assert all(abs(counts[k] - fractions[k] * sites) < 1 for k in counts)


def test_joined_keeps_every_atom_and_identities_apart() -> None:
    one, two = rock_salt("NiO", 2), rock_salt("MgO", 2)
    both = joined(one, two)
    assert len(both) == len(one) + len(two)
    assert len(set(both.identities.tolist())) == len(both)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: rock_salt("Na2O", 2), "cations per anion"),
        (lambda: rock_salt("NiO", 0), "at least one cell"),
        (lambda: rock_salt("NiO", 10_000), "smaller box"),
        (lambda: rock_salt("NiO", 2, lattice_parameter=-1.0), "lattice parameter"),
        (lambda: antifluorite("Na", "F", 2), "A2X"),
        (lambda: strained(rock_salt("NiO", 2), -1.0), "inside out"),
        (lambda: strained(rock_salt("NiO", 2), [1.0, 2.0]), "shape"),
        (
            lambda: random_alloy(
                cations={("Ni", 2): 1.2}, anions={("O", -2): 1}, lattice_parameter=4.2, cells=2
            ),
            "at most 1",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make()
