"""With the extra installed: the potentials themselves; skipped without it."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from topotaxy.energetics.potentials import POTENTIALS, load_potential

pytestmark = [
    pytest.mark.potentials,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        any(find_spec(module) is None for module in ("torch", "ase", "chgnet", "sevenn")),
        reason="needs the extra [potentials]",
    ),
]


@pytest.mark.parametrize("name", POTENTIALS)
def test_nickel_oxide_is_near_the_handbook(name: str) -> None:
    from topotaxy.energetics.potentials.check import binary_check, check_errors

    (errors,) = check_errors(binary_check(load_potential(name), ["Ni"]))
    assert errors["lattice_parameter"] < 0.015
    assert errors["conversion_voltage"] < 0.15


def test_one_backward_pass_agrees_with_the_package() -> None:
    import numpy as np
    from ase.build import bulk
    from chgnet.model.dynamics import CHGNetCalculator

    atoms = bulk("NiO", "rocksalt", a=4.25, cubic=True)
    atoms.rattle(0.05, seed=1)
    atoms.set_cell(atoms.cell.array * [[1.01, 1.02, 0.99]], scale_atoms=True)
    found = []
    for calculator in (
        load_potential("chgnet").calculator(),
        CHGNetCalculator(use_device="cpu", on_isolated_atoms="ignore"),
    ):
        atoms.calc = calculator
        found.append((atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
    for ours, theirs in zip(*found, strict=True):
        assert np.allclose(ours, theirs, atol=2e-5)


def test_corrections_are_those_of_the_materials_project() -> None:
    from topotaxy.energetics.potentials.corrections import mp2020_correction

    # Wang et al., Sci. Rep. 11 (2021) 15496, table 1: oxide -0.687, Ni -2.541, F -0.462 eV.
    assert mp2020_correction(["Ni", "O"]) == pytest.approx(-0.687 - 2.541)
    assert mp2020_correction(["Na", "Na", "O"]) == pytest.approx(-0.687)
    assert mp2020_correction(["Na", "F"]) == pytest.approx(-0.462)
    assert mp2020_correction(["Ni"] * 4) == 0.0


def test_only_chgnet_knows_moments() -> None:
    from ase.build import bulk

    atoms = bulk("NiO", "rocksalt", a=4.2, cubic=True)
    moments = load_potential("chgnet").moments(atoms)
    assert moments is not None
    nickel = [m for m, symbol in zip(moments, atoms.get_chemical_symbols(), strict=True) if symbol == "Ni"]
    # Two unpaired electrons, and no more than that: Roth, Phys. Rev. 110 (1958) 1333, finds 2.
    assert all(1.0 < m < 2.1 for m in nickel)
    assert load_potential("sevennet").moments(atoms) is None


def test_magnesia_cleaves_near_the_measured_energy() -> None:
    from topotaxy.energetics.assumptions import assumptions_with
    from topotaxy.energetics.potentials.interfaces import JOULE_PER_SQUARE_METRE
    from topotaxy.energetics.potentials.relaxation import relax
    from topotaxy.energetics.potentials.slabs import in_vacuum, rock_salt_slab

    side = 4.257 / 2**0.5
    bulk = rock_salt_slab((2, 0), 2 * side, side / 2**0.5, ["Mg"] * 16, ["O"] * 16)
    free = in_vacuum(bulk, 12.0)
    potential = load_potential("chgnet")
    energies = [relax(a, potential, cell="fixed", fmax=0.05, steps=60).raw for a in (bulk, free)]
    found = (energies[1] - energies[0]) / (2 * (2 * side) ** 2) * JOULE_PER_SQUARE_METRE
    # CHGNet gives three quarters of what Gilman measured, like the functional it was trained on.
    assert found == pytest.approx(assumptions_with(None)["cleavage_energy"].value, rel=0.3)
