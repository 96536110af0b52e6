"""Bands of which the answer is known, and the two ends of an exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_potential import PairPotential

pytest.importorskip("ase")

from topotaxy.energetics.potentials import bands, exchange
from topotaxy.energetics.potentials.crystals import crystal
from topotaxy.energetics.potentials.relaxation import atoms_of, structure_document

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
    found = bands.band(Cosine(), ends(), images)  # type: ignore[arg-type]
    assert found["converged"]
    assert found["barrier"] == pytest.approx(Cosine.height, abs=1e-3)
    assert found["coordinate"][-1] == pytest.approx(1.0)
    assert len(found["profile"]) == len(found["structures"]) == images + 2
    # An image stands on the top: the curve between images has nothing to add.
    assert found["error"] == pytest.approx(0.0, abs=2e-3)


def test_a_curve_sees_the_top_that_images_miss() -> None:
    x = np.array([0.0, 1 / 3, 2 / 3, 1.0])
    profile = 0.5 * (1 - np.cos(2 * np.pi * x))
    slopes = np.pi * np.sin(2 * np.pi * x)
    assert bands._between(profile, x, slopes) == pytest.approx(1.0 - profile.max(), abs=0.05)
    assert bands._between(profile, x, np.zeros(4)) == pytest.approx(0.0)


def exchanged(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for module, name in ((bands, "STEPS"), (bands, "CLIMB_AFTER"), (exchange, "STEPS")):
        monkeypatch.setattr(module, name, 1)
    monkeypatch.setattr(exchange, "FORCE", 1e6)
    return exchange.exchange(PairPotential(), SALT, metal="Ni", partner="Mg")


def test_an_exchange_is_neutral_and_symmetric(monkeypatch: pytest.MonkeyPatch) -> None:
    found = exchanged(monkeypatch)
    symbols = found["structures"][0]["symbols"]
    assert (symbols.count("Li"), symbols.count("O")) == (62, 32)
    assert (symbols.count("Mg"), symbols.count("Ni")) == (1, 1)
    assert found["away"] == {"start": pytest.approx([exchange.OFF] * 2, abs=0.01), "stop": [0.0, 0.0]}
    # The half turn about the axis through the tetrahedra takes the stop to itself and M0 to Mg's hole.
    start, stop = (np.array(found["structures"][i]["positions"]) for i in (0, -1))
    cell = atoms_of(found["structures"][0])
    turn = np.diag([-1.0, -1.0, 1.0])
    turned = (stop - stop[-1]) @ turn.T + stop[-1]
    for place, symbol in zip(turned, symbols, strict=True):
        apart = np.linalg.norm(bands.displacement_within(cell, stop - place), axis=1)
        assert apart.min() < 1e-3
        assert symbols[int(apart.argmin())] == symbol
    ends_of_start = (start[-2:] - stop[-1]) @ turn.T + stop[-1]
    assert bands.displacement_within(cell, ends_of_start - start[[-1, -2]]) == pytest.approx(0.0, abs=1e-3)


def test_an_atom_that_leaves_its_place_is_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "NEAR", 0.1)
    gone = exchanged(monkeypatch)
    assert not gone["converged"]
    assert "no start of the way, leaves its place: Ni 0.3 Å, Mg 0.3 Å" in gone["reason"]
