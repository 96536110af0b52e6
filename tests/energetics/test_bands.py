"""Bands of which the answer is known, and the exchange that a half turn brings to its end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_potential import PairPotential

pytest.importorskip("ase")

from topotaxy.energetics.potentials import bands, exchange, product
from topotaxy.energetics.potentials.crystals import crystal
from topotaxy.energetics.potentials.relaxation import structure_document

SALT = {"structure": structure_document(crystal("Li2O"))}


class Cosine:
    """One atom in E = h (1 - cos 2πx)/2: minima a unit apart, a barrier of h."""

    name = "cosine"
    version = "1"
    height = 0.4

    def calculator(self) -> Any:
        from ase.calculators.calculator import Calculator, all_changes

        class Wave(Calculator):  # type: ignore[misc,unused-ignore]
            implemented_properties = ("energy", "forces")

            def calculate(
                self, atoms: Any = None, properties: Any = None, changes: Any = all_changes
            ) -> None:
                super().calculate(atoms, properties, changes)
                phase = 2 * np.pi * self.atoms.positions[:, 0]
                forces = np.zeros((len(self.atoms), 3))
                forces[:, 0] = -Cosine.height * np.pi * np.sin(phase)
                energy = float((0.5 * Cosine.height * (1 - np.cos(phase))).sum())
                self.results = {"energy": energy, "free_energy": energy, "forces": forces}

        return Wave()

    def correction(self, symbols: Any) -> float:
        return 0.0


def ends() -> list[Any]:
    from ase import Atoms

    return [Atoms("H", positions=[[x, 0.0, 0.0]], cell=[9.0] * 3, pbc=True) for x in (0.0, 1.0)]


@pytest.mark.parametrize("images", [3, 4])
def test_the_climbing_image_finds_the_top(images: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "FORCE", 0.01)
    found = bands.band(Cosine(), ends(), images, mirrored=True)  # type: ignore[arg-type]
    assert found["converged"]
    assert found["barrier"] == pytest.approx(Cosine.height, abs=1e-3)
    assert found["coordinate"][-1] == pytest.approx(1.0)
    assert len(found["profile"]) == len(found["structures"]) == images + 2
    # Four images cannot be symmetric about a top that one of them has climbed.
    assert found["error"] == pytest.approx(
        np.abs(np.subtract(found["profile"], found["profile"][::-1])).max(), abs=2e-3
    )


def test_a_curve_sees_the_top_that_images_miss() -> None:
    x = np.array([0.0, 1 / 3, 2 / 3, 1.0])
    profile = 0.5 * (1 - np.cos(2 * np.pi * x))
    slopes = np.pi * np.sin(2 * np.pi * x)
    error = bands._error(profile, x, slopes, mirrored=False)
    assert error == pytest.approx(1.0 - profile.max(), abs=0.05)
    assert bands._error(profile, x, np.zeros(4), mirrored=False) == pytest.approx(0.0)
    assert bands._error(np.array([0.0, 0.2, 0.5, 0.0]), x, np.zeros(4), mirrored=True) == pytest.approx(0.3)


def test_stops_are_images_of_the_way() -> None:
    middle = ends()[0]
    middle.positions[0] = [0.5, 0.3, 0.0]
    first, last = ends()
    chain = bands._interpolated([first, middle, last], 5)
    assert len(chain) == 7
    assert chain[3].positions[0] == pytest.approx(middle.positions[0])


def test_a_half_turn_gives_the_end_of_the_exchange() -> None:
    cell, a, hole = product.product(SALT)
    centre = hole + 0.5 * a * product.NEIGHBOUR
    turn = np.diag([-1.0, -1.0, 1.0])
    rng = np.random.default_rng(1)
    first = product._with(cell, "Ni", [hole + np.array([0.1, 0.2, 0.3])])
    first.positions[: len(cell)] += 0.02 * rng.standard_normal((len(cell), 3))
    last = bands.moved(first, cell, rotation=turn, shift=centre - turn @ centre)
    assert last.get_chemical_symbols() == first.get_chemical_symbols()
    assert np.abs(bands.displacement_within(cell, last.positions[:-1] - cell.positions)).max() < 0.1
    energies = []
    for atoms in (first, last):
        atoms.calc = PairPotential().calculator()
        energies.append(atoms.get_potential_energy())
    assert energies[1] == pytest.approx(energies[0], abs=1e-8)
    arrived = bands.displacement_within(cell, (last.positions[-1] - hole - a * product.NEIGHBOUR)[None])[0]
    assert arrived == pytest.approx([-0.1, -0.2, 0.3])


def test_an_exchange_starts_from_a_neutral_cell_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((bands, "STEPS"), (bands, "CLIMB_AFTER"), (exchange, "STEPS")):
        monkeypatch.setattr(module, name, 1)
    monkeypatch.setattr(exchange, "FORCE", 1e6)
    found = exchange.exchange(PairPotential(), SALT, metal="Ni", partner="Mg")
    assert found["ends"] == pytest.approx([exchange.OFF] * 2, abs=1e-3)
    symbols = found["structures"][0]["symbols"]
    assert (symbols.count("Li"), symbols.count("O"), symbols.count("Mg"), symbols.count("Ni")) == (
        62,
        32,
        1,
        1,
    )
    first, last = found["profile"][0], found["profile"][-1]
    assert last == pytest.approx(first, abs=1e-3)
    monkeypatch.setattr(exchange, "NEAR", 0.01)
    gone = exchange.exchange(PairPotential(), SALT, metal="Ni", partner="Mg")
    assert not gone["converged"]
    assert "leaves its hole" in gone["reason"]
