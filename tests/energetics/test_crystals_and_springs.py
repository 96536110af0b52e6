"""Crystals by their coordination, and relaxations of springs between nearest neighbours in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ase")

from topotaxy.energetics.cells import representative_cell, rock_salt_cell
from topotaxy.energetics.potentials.crystals import crystal, prototype_crystal, reference_phases
from topotaxy.energetics.potentials.displacement import START_STRAIN, returned, vacated
from topotaxy.energetics.potentials.frame import (
    atoms_from_cell,
    elastic,
    formula_units,
    off_sites,
    reference,
    rock_salt_binary,
)
from topotaxy.energetics.potentials.interfaces import JOULE_PER_SQUARE_METRE
from topotaxy.energetics.potentials.relaxation import (
    atoms_of,
    corrected_energy,
    relax,
    structure_document,
)
from topotaxy.errors import InputError
from topotaxy.material import parse_formula

GPA = 160.21766208
"""One eV/Å³, in GPa."""


LENGTH, DEPTH, STIFFNESS, CUT_OFF = 2.1, 0.7, 3.0, 2.7
"""Å, eV, eV/Å² and Å: every pair nearer than the last is a spring, second neighbours are free."""


class Springs:
    """Springs between nearest neighbours, whose crystals have energies and constants in closed form."""

    name = "springs"
    version = "1"

    def calculator(self) -> Any:
        from ase.calculators.calculator import Calculator, all_changes
        from ase.neighborlist import neighbor_list

        class Harmonic(Calculator):  # type: ignore[misc,unused-ignore]
            implemented_properties = ("energy", "free_energy", "forces", "stress")

            def calculate(
                self, atoms: Any = None, properties: Any = None, changes: Any = all_changes
            ) -> None:
                super().calculate(atoms, properties, changes)
                first, d, vector = neighbor_list("idD", self.atoms, CUT_OFF)
                energy = 0.5 * float((0.5 * STIFFNESS * (d - LENGTH) ** 2 - DEPTH).sum())
                pull = (STIFFNESS * (d - LENGTH) / d)[:, None] * vector
                forces = np.zeros((len(self.atoms), 3))
                np.add.at(forces, first, pull)
                virial = 0.5 * vector.T @ pull / self.atoms.get_volume()
                self.results = {
                    "energy": energy,
                    "free_energy": energy,
                    "forces": forces,
                    "stress": virial[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]],
                }

        return Harmonic()

    def correction(self, symbols: Sequence[str]) -> float:
        return -0.5 * sum(symbol == "O" for symbol in symbols)

    def moments(self, atoms: Any) -> None:
        return


POTENTIAL = Springs()


def neighbours(atoms: Any, reach: float) -> dict[str, set[tuple[str, int]]]:
    """By element, the numbers of neighbours of each element within ``reach``."""
    from ase.neighborlist import neighbor_list

    first, second = neighbor_list("ij", atoms, reach)
    symbols = atoms.get_chemical_symbols()
    found: dict[str, set[tuple[str, int]]] = {}
    for i, symbol in enumerate(symbols):
        near = [symbols[j] for j in second[first == i]]
        found.setdefault(symbol, set()).update((other, near.count(other)) for other in set(near))
    return found


def nearest(atoms: Any) -> float:
    distances = (atoms * (2, 2, 2)).get_all_distances(mic=True)
    return float(distances[distances > 0.1].min())


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        ("Ni", {"Ni": {("Ni", 12)}}),
        ("Co", {"Co": {("Co", 12)}}),
        ("Na", {"Na": {("Na", 8)}}),
        ("MgO", {"Mg": {("O", 6)}, "O": {("Mg", 6)}}),
        ("ZnO", {"Zn": {("O", 4)}, "O": {("Zn", 4)}}),
        ("Na2O", {"Na": {("O", 4)}, "O": {("Na", 8)}}),
        ("CuO", {"Cu": {("O", 4)}, "O": {("Cu", 4)}}),
    ],
)
def test_a_prototype_has_its_coordination(phase: str, expected: dict[str, set[tuple[str, int]]]) -> None:
    atoms = crystal(phase)
    assert neighbours(atoms, 1.1 * nearest(atoms)) == expected


@pytest.mark.parametrize("phase", sorted(reference_phases()))
def test_a_crystal_holds_whole_formula_units(phase: str) -> None:
    from ase.formula import Formula

    atoms = crystal(phase)
    symbols = atoms.get_chemical_symbols()
    units = formula_units(symbols, phase)
    assert units >= 1
    assert {s: symbols.count(s) for s in set(symbols)} == {
        s: units * n for s, n in Formula(phase).count().items()
    }
    assert atoms.pbc.all()
    # No two atoms sit on each other.
    assert nearest(atoms) > 1.5


def test_an_unknown_phase_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no crystal structure of TiO .* known are Li, Na"):
        crystal("TiO")


@pytest.mark.parametrize(("phase", "bonds"), [("Ni", 6), ("MgO", 6)])
def test_bulk_at_rest_is_its_bonds(phase: str, bonds: int) -> None:
    found = reference(POTENTIAL, phase)
    correction = POTENTIAL.correction(["O"]) if "O" in phase else 0.0
    assert found["converged"]
    assert found["energy_per_unit"] == pytest.approx(-bonds * DEPTH + correction, abs=2e-4)
    volume = LENGTH**3 / np.sqrt(2.0) if phase == "Ni" else 2.0 * LENGTH**3
    assert found["volume_per_unit"] == pytest.approx(volume, rel=2e-3)


@pytest.mark.parametrize("start", [3.9, 4.4])
def test_a_rock_salt_ends_at_two_bond_lengths_wherever_it_starts(start: float) -> None:
    found = rock_salt_binary(POTENTIAL, "Zn", "O", start)
    assert found["lattice_parameter"] == pytest.approx(2.0 * LENGTH, rel=2e-3)
    assert found["energy_per_unit"] == pytest.approx(-6.0 * DEPTH - 0.5, abs=2e-4)
    assert found["pressure"] == pytest.approx(0.0, abs=1.0)


def test_elastic_constants_of_a_rock_salt_of_springs() -> None:
    # Each bond of stiffness k takes the load along its axis alone: C11 = k/r, C12 = C44 = 0.
    host = {"structure": structure_document(prototype_crystal("MgO", "rocksalt", 2.0 * LENGTH))}
    found = elastic(POTENTIAL, host)
    scale = STIFFNESS / LENGTH * GPA
    assert found["c11"] == pytest.approx(scale, rel=0.01)
    assert found["c12"] == pytest.approx(0.0, abs=0.01 * scale)
    assert found["c44"] == pytest.approx(0.0, abs=0.01 * scale)
    assert found["bulk_modulus"] == pytest.approx(scale / 3.0, rel=0.01)
    assert max(found["spread"].values()) < 0.01 * scale


def test_elastic_constants_of_an_fcc_metal_of_springs() -> None:
    # Born: C11 = 2 k/a, C12 = C44 = k/a of central forces between the nearest neighbours of fcc.
    a = np.sqrt(2.0) * LENGTH
    host = {"structure": structure_document(prototype_crystal("Ni", "fcc", a))}
    found = elastic(POTENTIAL, host)
    scale = STIFFNESS / a * GPA
    assert found["c11"] == pytest.approx(2.0 * scale, rel=0.02)
    assert found["c12"] == pytest.approx(scale, rel=0.02)
    assert found["c44"] == pytest.approx(scale, rel=0.02)


@pytest.mark.parametrize("a", [4.0, 4.1, 4.25])
def test_pressure_is_what_the_energy_gains_in_volume(a: float) -> None:
    def energy(edge: float) -> float:
        atoms = prototype_crystal("MgO", "rocksalt", edge)
        return relax(atoms, POTENTIAL, cell="fixed", fmax=0.1, steps=0).raw

    step = 1e-3
    slope = (energy(a + step) - energy(a - step)) / ((a + step) ** 3 - (a - step) ** 3)
    atoms = prototype_crystal("MgO", "rocksalt", a)
    found = relax(atoms, POTENTIAL, cell="fixed", fmax=0.1, steps=0)
    assert found.pressure == pytest.approx(-slope * GPA, rel=1e-3, abs=0.05)


def test_what_of_the_cell_is_free_moves_and_the_rest_stays() -> None:
    start = prototype_crystal("MgO", "rocksalt", 4.0)
    start.set_cell(start.cell.array * [[1.0, 1.02, 1.05]], scale_atoms=True)
    before = start.cell.lengths()
    ends = {
        freedom: relax(start, POTENTIAL, cell=freedom, fmax=0.01, steps=200).atoms.cell.lengths()  # type: ignore[arg-type]
        for freedom in ("fixed", "height", "volume", "full")
    }
    assert ends["fixed"] == pytest.approx(before)
    assert ends["height"][:2] == pytest.approx(before[:2])
    assert ends["height"][2] == pytest.approx(2.0 * LENGTH, rel=2e-3)
    assert ends["volume"] / ends["volume"][0] == pytest.approx(before / before[0])
    assert ends["full"] == pytest.approx([2.0 * LENGTH] * 3, rel=2e-3)
    # The start is left as it was.
    assert start.cell.lengths() == pytest.approx(before)
    assert start.calc is None


def test_a_correction_is_added_once_and_by_composition() -> None:
    atoms = prototype_crystal("MgO", "rocksalt", 4.2)
    found = relax(atoms, POTENTIAL, cell="fixed", fmax=1.0, steps=0)
    assert found.energy - found.raw == pytest.approx(-0.5 * 4)
    probe = atoms.copy()
    probe.calc = POTENTIAL.calculator()
    assert corrected_energy(probe, POTENTIAL) == pytest.approx(found.energy)


@pytest.mark.parametrize("phase", ["CuO", "Zn", "Li2O"])
def test_a_structure_comes_back_from_its_document(phase: str) -> None:
    atoms = crystal(phase)
    atoms.rattle(0.05, seed=3)
    back = atoms_of(structure_document(atoms))
    assert back.get_chemical_symbols() == atoms.get_chemical_symbols()
    assert back.positions == pytest.approx(atoms.positions, abs=1e-5)
    assert back.cell.array == pytest.approx(atoms.cell.array, abs=1e-6)
    assert back.pbc.all()
    assert structure_document(back) == structure_document(atoms)


def test_joule_per_square_metre_is_exact() -> None:
    assert pytest.approx(1.602176634e-19 * 1e20, rel=1e-7) == JOULE_PER_SQUARE_METRE


@pytest.mark.parametrize("formula", ["NiO", "Ni0.5Mg0.5O"])
def test_atoms_of_a_cell_lie_on_its_sites_and_a_drift_of_all_is_none(formula: str) -> None:
    cell = rock_salt_cell(parse_formula(formula), lattice_parameter=4.2)
    atoms = atoms_from_cell(cell)
    assert tuple(atoms.get_chemical_symbols()) == cell.symbols
    assert atoms.cell.lengths() == pytest.approx([8.4] * 3)
    for drift in ([0.0, 0.0, 0.0], [0.7, -1.1, 0.3]):
        moved = atoms.copy()
        moved.positions += drift
        assert off_sites(cell, structure_document(moved)).max() == pytest.approx(0.0, abs=2e-5)


@pytest.fixture(scope="module")
def frame() -> Any:
    return atoms_from_cell(rock_salt_cell(parse_formula("Ni0.5Mg0.5O"), lattice_parameter=4.2))


@pytest.mark.parametrize("ion", sorted(START_STRAIN))
@pytest.mark.parametrize("state", ["removed", "left", "held"])
def test_two_alkali_ions_balance_the_cation_that_they_replace(frame: Any, ion: str, state: Any) -> None:
    site = representative_cell("Ni0.5Mg0.5O", 2, 0).sites("Ni")[3]
    half = 1.05 * np.array([1.0, -1.0, 1.0])
    after = vacated(frame, site, ion, state, half)
    symbols, before = after.get_chemical_symbols(), frame.get_chemical_symbols()
    assert symbols.count(ion) == 2
    # Where M0 stays it carries no charge; its two electrons are those of the two ions.
    assert before.count("Ni") - symbols.count("Ni") == (0 if state == "left" else 1)
    assert symbols.count("O") == before.count("O")
    assert after.get_volume() == pytest.approx(frame.get_volume() * (1.0 + START_STRAIN[ion]) ** 3)
    scale = 1.0 + START_STRAIN[ion]
    offsets = after.positions[-2:] / scale - frame.positions[site]
    assert offsets[0] == pytest.approx(half)
    assert offsets[1] == pytest.approx(-half if state != "removed" else -0.2 * half)
    # The ion on the tetrahedron has its four anions at the distance of the rock salt's tetrahedra.
    distances = after.get_distances(len(after) - 2, range(len(after) - 2), mic=True)
    anions = sorted(d for d, s in zip(distances, symbols, strict=False) if s == "O")[:4]
    assert anions == pytest.approx([scale * np.sqrt(3.0) / 4.0 * 4.2] * 4, rel=1e-6)


def test_reduced_metal_that_is_left_starts_off_its_site_and_off_the_way(frame: Any) -> None:
    half = 1.05 * np.array([1.0, 1.0, -1.0])
    after = vacated(frame, 5, "Na", "left", half)
    step = after.positions[5] / (1.0 + START_STRAIN["Na"]) - frame.positions[5]
    assert np.linalg.norm(step) == pytest.approx(0.1 * 4.2, rel=1e-6)
    assert step @ half == pytest.approx(0.0, abs=1e-9)


def test_the_way_back_from_an_unrelaxed_displacement_ends_where_it_began() -> None:
    cell = rock_salt_cell(parse_formula("NiO"), lattice_parameter=2.0 * LENGTH)
    atoms = atoms_from_cell(cell)
    energy = relax(atoms, POTENTIAL, cell="fixed", fmax=1.0, steps=0).energy
    host = {"structure": structure_document(atoms), "energy": energy}
    there = vacated(atoms, 7, "Na", "removed", 1.0 * np.ones(3))
    found = returned(POTENTIAL, host, {"structure": structure_document(there)}, site=7, ion="Na")
    assert found["element"] == "Ni"
    assert found["energy_change"] == pytest.approx(0.0, abs=1e-3)
    assert sorted(found["structure"]["symbols"]) == sorted(cell.symbols)
