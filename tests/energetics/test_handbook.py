from __future__ import annotations

import numpy as np
import pytest

from topotaxy.energetics import lattice_energies
from topotaxy.energetics.handbook import metal_bond_from_interface
from topotaxy.material import FARADAY, formation_gibbs, parse_formula


def test_bond_of_nickel_from_an_interface_of_one_joule() -> None:
    # By hand: A = sqrt(3)/4 (3.524 Å)² = 5.377 Å² = 0.3356 eV per J/m²; ε = 2/3 of it.
    bond = metal_bond_from_interface(interface_energy=1.0, atomic_volume=3.524**3 / 4)
    assert bond == pytest.approx(0.2237, abs=2e-4)


def test_bonds_follow_the_surface_energy_of_each_metal() -> None:
    energies = lattice_energies(parse_formula("Ni0.5Zn0.5O"), "Na", 298.15)
    nickel, zinc = energies.metal_bond.diagonal()
    assert nickel > 1.8 * zinc
    assert energies.metal_bond[0, 1] == pytest.approx((nickel + zinc) / 2)
    assert np.array_equal(energies.metal_bond, energies.metal_bond.T)


def test_six_contacts_make_the_formation_energy_of_the_binary() -> None:
    energies = lattice_energies(parse_formula("Cu0.5Ni0.5O0.8S0.2"), "Li", 298.15)
    for s, element in enumerate(energies.species):
        for x, anion in enumerate(energies.anions):
            expected = formation_gibbs(f"{element}{anion}") / FARADAY
            # Rock-salt CuO lies 22.2 kJ/mol above tenorite; of sulfides nothing is tabulated.
            expected += 22_200 / FARADAY if (element, anion) == ("Cu", "O") else 0.0
            assert 6 * energies.cation_bond[s, 2, x] == pytest.approx(expected)
    cuprous = formation_gibbs("Cu2O") / FARADAY / 2
    copper, oxygen = energies.species.index("Cu"), energies.anions.index("O")
    assert 6 * energies.cation_bond[copper, 1, oxygen] == pytest.approx(cuprous)
    assert 8 * energies.alkali_bond[oxygen] == pytest.approx(formation_gibbs("Li2O") / FARADAY)


def test_without_a_tabulated_phase_the_monovalent_state_lies_midway() -> None:
    offset = 0.15
    energies = lattice_energies(parse_formula("NiO"), "Na", 298.15, overrides={"monovalent_offset": offset})
    divalent, monovalent = energies.cation_bond[0, 2, 0] * 6, energies.cation_bond[0, 1, 0] * 6
    assert monovalent == pytest.approx(divalent / 2 + offset)
    assert energies.monovalent_phase.tolist() == [False]


def test_every_cation_but_alkali_hosts_may_be_reduced() -> None:
    energies = lattice_energies(parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O"), "Na", 298.15)
    assert energies.reducible.all()
    hosts = lattice_energies(parse_formula("Li0.25Cu0.75O0.75F0.25"), "Na", 298.15)
    assert dict(zip(hosts.species, hosts.reducible, strict=True)) == {"Li": False, "Cu": True}
