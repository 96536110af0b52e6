from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.energetics import lattice_energies
from topotaxy.errors import InputError
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.state import VACANT, counts_from_fractions, pristine_configuration
from topotaxy.material import ANION_CHARGE, parse_formula


@given(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=8), st.integers(1, 5000))
def test_largest_remainder_shares_out_every_site(weights: list[float], sites: int) -> None:
    fractions = {str(i): w / sum(weights) for i, w in enumerate(weights)}
    counts = counts_from_fractions(fractions, sites)
    assert sum(counts.values()) == sites
    assert all(abs(counts[k] - f * sites) < 1 for k, f in fractions.items())


@pytest.mark.parametrize(
    "formula",
    [
        "NiO",
        "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11",
        "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9F0.1",
        "CoO0.9S0.1",
        "Ni0.9Zn0.1O",
    ],
)
@pytest.mark.parametrize("cells", [2, 3, 8])
def test_pristine_box_is_neutral_and_has_the_composition(formula: str, cells: int) -> None:
    composition = parse_formula(formula)
    energies = lattice_energies(composition, "Na", 298.15)
    geometry = geometry_from_cells(cells)
    c = pristine_configuration(geometry, composition, energies, np.random.default_rng(3))
    anions = sum(ANION_CHARGE[energies.anions[x]] for x in c.anion)
    assert int(c.valence.sum()) + anions == 0
    per_anion = sum(composition.anions.values())
    for s, element in enumerate(energies.species):
        assert abs((c.species == s).sum() - composition.cations[element] / per_anion * geometry.sites) <= 1
    assert sorted(c.identity[c.species != VACANT]) == np.flatnonzero(c.species != VACANT).tolist()


@pytest.mark.parametrize(("formula", "says"), [("NiF2", "rock salt"), ("Cu2O", "rock salt")])
def test_other_structures_are_refused(formula: str, says: str) -> None:
    composition = parse_formula(formula)
    energies = lattice_energies(composition, "Li", 298.15)
    with pytest.raises(InputError, match=says):
        pristine_configuration(geometry_from_cells(2), composition, energies, np.random.default_rng(0))


def test_a_box_too_small_to_be_neutral_says_so() -> None:
    composition = parse_formula("Ni0.95O0.9F0.1")
    energies = lattice_energies(composition, "Na", 298.15)
    with pytest.raises(InputError, match=r"neutral with whole atoms .* another lattice.cells"):
        pristine_configuration(geometry_from_cells(3), composition, energies, np.random.default_rng(3))


def test_an_element_of_less_than_one_atom_is_named() -> None:
    composition = parse_formula("Ni0.999Zn0.001O")
    energies = lattice_energies(composition, "Na", 298.15)
    pristine_configuration(geometry_from_cells(8), composition, energies, np.random.default_rng(0))
    with pytest.raises(InputError, match=r"Zn .* less than one atom .* larger"):
        pristine_configuration(geometry_from_cells(3), composition, energies, np.random.default_rng(0))


def test_a_salt_without_a_metal_is_refused() -> None:
    with pytest.raises(InputError, match="nothing in NaF can be reduced"):
        lattice_energies(parse_formula("NaF"), "Na", 298.15)


def test_valences_above_two_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"3\+"):
        lattice_energies(parse_formula("Li0.1Co0.9O"), "Li", 298.15)
