"""Frames that take up alkali, and clusters of metal, by a potential that is the sum of its pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from fake_potential import PairPotential

pytest.importorskip("ase")

from topotaxy.energetics.cells import CELLS, representative_cell
from topotaxy.energetics.potentials import clusters, frame, loading
from topotaxy.energetics.potentials.crystals import crystal
from topotaxy.energetics.potentials.relaxation import atoms_of, structure_document
from topotaxy.energetics.potentials.rows.loading import cluster_rows, loading_rows


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An ideal frame, and relaxations of no step: pairs that all attract know no rock salt."""
    monkeypatch.setattr(loading, "STEPS", 0)
    atoms = frame.atoms_from_cell(representative_cell("Ni0.5Co0.5O", CELLS, 0))
    return {"structure": structure_document(atoms), "energy": 0.0}


@pytest.mark.parametrize("mode", ["removed", "inserted"])
@pytest.mark.parametrize("electrons", [0.0, 0.25, 1.0])
def test_charge_is_balanced_and_metal_is_where_it_is_said_to_be(
    host: dict[str, Any], electrons: float, mode: loading.Mode
) -> None:
    found = loading.loading(
        PairPotential(), host, ion="Li", electrons=electrons, mode=mode, cations=32, seed=1
    )
    symbols = found["structure"]["symbols"]
    assert symbols.count("Li") == found["alkali"] == round(32 * electrons)
    assert symbols.count("O") == 32
    out = 32 - symbols.count("Ni") - symbols.count("Co")
    assert out == sum(found["taken"].values()) == (round(16 * electrons) if mode == "removed" else 0)
    # Where it starts: at its share of the full swelling, every atom shaken by 0.05 Å along each axis.
    assert found["linear_strain"] == pytest.approx(0.05 * electrons, abs=1e-5)
    assert found["anion_shift"] == pytest.approx(0.05 * np.sqrt(3.0), rel=0.2)


def test_only_displacements_within_the_net_count_as_such(host: dict[str, Any]) -> None:
    before = atoms_of(host["structure"])
    after = before.copy()
    after.set_cell(before.cell.array * 1.2, scale_atoms=True)
    after.positions += [0.3, 0.1, -0.2]
    assert loading._anion_shift(before, after)[0] == pytest.approx(0.0, abs=1e-9)
    oxygen = [i for i, s in enumerate(after.get_chemical_symbols()) if s == "O"]
    after.positions[oxygen[:16], 0] += 0.4
    after.positions[oxygen[16:], 0] -= 0.4
    shift, half = loading._anion_shift(before, after)
    assert shift == pytest.approx(0.4, abs=1e-9)
    near = np.sort(before.get_distances(oxygen[0], oxygen[1:], mic=True))[0]
    assert half == pytest.approx(1.2 * near / 2.0, rel=1e-6)


def test_no_tetrahedron_is_filled_twice_and_each_is_one(host: dict[str, Any]) -> None:
    atoms = atoms_of(host["structure"])
    a = float(atoms.get_volume() / 8.0) ** (1.0 / 3.0)
    places = loading._tetrahedra(atoms, list(range(32)), np.random.default_rng(2))
    offsets = np.array(places)[:, None] - np.array(places)[None]
    offsets -= 2 * a * np.rint(offsets / (2 * a))
    apart = np.linalg.norm(offsets, axis=2)[np.triu_indices(len(places), 1)]
    assert len(places) > 55
    assert apart.min() > 0.4 * a
    for place in places[:10]:
        far = atoms.positions - place
        far -= 2 * a * np.rint(far / (2 * a))
        near = np.argsort(np.linalg.norm(far, axis=1))[:8]
        assert sorted(atoms.symbols[int(i)] == "O" for i in near) == [False] * 4 + [True] * 4


def test_the_voltage_of_loading_counts_metal_and_alkali_as_bulk() -> None:
    value = {
        "mode": "removed",
        "electrons": 0.5,
        "alkali": 16,
        "taken": {"Ni": 5, "Co": 3},
        "energy_change": -7.0,
        "linear_strain": 0.05,
        "anion_shift": 0.2,
    }
    results = {
        "loading-Na-removed-0.50-0": value,
        "loading-Na-removed-0.50-1": value | {"energy_change": -3.0, "linear_strain": 0.07},
        "reference-Na": {"energy_per_unit": -1.0},
        "reference-Ni": {"energy_per_unit": -5.0},
        "reference-Co": {"energy_per_unit": -6.0},
    }
    rows = {r["quantity"]: r for r in loading_rows("Na", results)}
    # -7 + 5(-5) + 3(-6) + 16 = -34 and -30 eV for 16 A+.
    assert rows["loading_voltage"]["value"] == pytest.approx((34.0 + 30.0) / 2 / 16)
    assert rows["loading_voltage"]["standard_error"] == pytest.approx(2.0 / 16)
    assert rows["frame_strain"]["value"] == pytest.approx(0.06)
    assert rows["frame_strain"]["condition"] == "0.50 Na a cation, metal in bulk"
    without = {k: v for k, v in results.items() if k != "reference-Co"}
    assert "loading_voltage" not in {r["quantity"] for r in loading_rows("Na", without)}


SALT = {
    "structure": structure_document(crystal("Li2O")),
    "energy_per_unit": -1.0,
    "volume_per_unit": crystal("Li2O").get_volume() / 4,
}
METAL = {"energy_per_unit": -2.0, "volume_per_unit": 10.9}


@pytest.mark.parametrize("atoms", [1, 13])
def test_a_cluster_keeps_the_salt_neutral_and_has_room(monkeypatch: pytest.MonkeyPatch, atoms: int) -> None:
    monkeypatch.setattr(clusters, "STEPS", 2)
    found = clusters.cluster(PairPotential(), SALT, METAL, metal="Ni", atoms=atoms, seed=3)
    symbols = found["structure"]["symbols"]
    assert symbols.count("Ni") == atoms
    assert symbols.count("Li") == 2 * symbols.count("O") == 2 * (108 - found["units"])
    assert found["units"] * SALT["volume_per_unit"] > 0.8 * atoms * 10.9
    (row,) = cluster_rows("Li", {f"cluster-Li-Ni-{atoms}": found})
    assert row["value"] == pytest.approx(found["excess_energy"], abs=1e-4)


def test_the_excess_of_a_cluster_is_over_bulk_salt_and_bulk_metal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "STEPS", 1)
    dear = METAL | {"energy_per_unit": METAL["energy_per_unit"] + 0.5}
    found = [
        clusters.cluster(PairPotential(), SALT, bulk, metal="Ni", atoms=6, seed=3) for bulk in (METAL, dear)
    ]
    assert found[0]["excess_energy"] - found[1]["excess_energy"] == pytest.approx(6 * 0.5)
    host = crystal("Li2O") * (3, 3, 3)
    host.calc = PairPotential().calculator()
    unit = (host.get_potential_energy() + PairPotential().correction(host.get_chemical_symbols())) / 108
    kept = 108 - found[0]["units"]
    assert found[0]["excess_energy"] == pytest.approx(found[0]["energy"] - kept * unit + 12.0, abs=1e-6)


def test_atoms_of_a_cluster_are_those_of_the_metal_nearest_to_one() -> None:
    shape = clusters._sphere_of_metal(13, 10.9, np.random.default_rng(1))
    apart = np.linalg.norm(shape[:, None] - shape[None], axis=2)
    bond = (4 * 10.9) ** (1 / 3) / np.sqrt(2)
    # A cuboctahedron: the middle one has twelve neighbours, the others five each.
    assert sorted(np.isclose(apart, bond).sum(axis=1).tolist()) == [5] * 12 + [12]
