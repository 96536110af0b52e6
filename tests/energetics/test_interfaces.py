"""Energies of interfaces by a potential that is the sum of its pairs, which end at 2.8 Å."""

from __future__ import annotations

from typing import Any

import pytest
from fake_potential import CUT_OFF, PairPotential

pytest.importorskip("ase")

from topotaxy.energetics.plan_product import interface_tasks
from topotaxy.energetics.potentials import interfaces
from topotaxy.energetics.potentials.crystals import crystal
from topotaxy.energetics.potentials.relaxation import structure_document
from topotaxy.energetics.potentials.table import build_table
from topotaxy.material import parse_formula

MGO = {"lattice_parameter": 4.2}
LI2O = {"volume_per_unit": 4.62**3 / 4.0, "structure": structure_document(crystal("Li2O"))}
NI = {"volume_per_unit": 3.5**3 / 4.0}


@pytest.fixture
def unrelaxed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Atoms stay where they are put: the energies are then sums of pairs that can be counted."""
    monkeypatch.setattr(interfaces, "STEPS", 0)
    monkeypatch.setattr(interfaces, "RATTLE", 0.0)
    monkeypatch.setattr(interfaces, "FORCE", 1e6)


def interface(first: str, second: str, crystals: tuple[str, str], *bulk: dict[str, Any]) -> dict[str, Any]:
    return interfaces.interface(PairPotential(), bulk, phases=(first, second), crystals=crystals)  # type: ignore[arg-type]


@pytest.mark.usefixtures("unrelaxed")
@pytest.mark.parametrize(
    ("first", "second", "crystals", "bulk"),
    [
        ("MgO", "Ni", ("rocksalt", "fcc"), (MGO, NI)),
        ("MgO", "Li2O", ("rocksalt", "antifluorite"), (MGO, LI2O)),
    ],
)
def test_crystals_out_of_reach_have_two_surfaces_and_no_adhesion(
    monkeypatch: pytest.MonkeyPatch,
    first: str,
    second: str,
    crystals: tuple[str, str],
    bulk: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    monkeypatch.setitem(interfaces.GAP, crystals, CUT_OFF + 0.5)  # type: ignore[arg-type]
    found = interface(first, second, crystals, *bulk)
    assert found["work_of_adhesion"] == pytest.approx(0.0, abs=1e-9)
    assert found["interface_energy"] == pytest.approx(sum(found["surface_energies"]))
    assert all(surface > 0.0 for surface in found["surface_energies"])


@pytest.mark.usefixtures("unrelaxed")
def test_a_surface_costs_the_pairs_it_cuts() -> None:
    # (001) of MgO cuts one Mg-O contact of a/2 per atom, two a node; next neighbours are out of reach.
    calculator = PairPotential().calculator()
    from ase import Atoms

    pair = Atoms("MgO", positions=[[0, 0, 0], [0, 0, 2.1]], cell=[20.0] * 3, calculator=calculator, pbc=True)
    node = 4.2**2 / 2.0
    expected = -pair.get_potential_energy() * 2.0 / (2.0 * node) * interfaces.JOULE_PER_SQUARE_METRE
    found = interface("MgO", "Ni", ("rocksalt", "fcc"), MGO, NI)
    assert found["surface_energies"][0] == pytest.approx(expected, rel=1e-6)


def test_what_does_not_come_to_rest_is_not_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interfaces, "STEPS", 1)
    found = interface("MgO", "Ni", ("rocksalt", "fcc"), MGO, NI)
    assert not found["converged"]
    assert "not at rest" in found["reason"]
    documents = {"interface-MgO-Ni": {"potential": "fake", "version": "fake 1", "result": found}}
    table = build_table(parse_formula("NiO"), "Li", documents)
    assert table["rows"] == []
    assert table["failed"] == [{"task": "interface-MgO-Ni", "reason": found["reason"]}]


@pytest.mark.usefixtures("unrelaxed")
def test_slabs_that_would_rather_part_are_no_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(interfaces.GAP, ("rocksalt", "fcc"), 0.9)
    found = interface("MgO", "Ni", ("rocksalt", "fcc"), MGO, NI)
    assert found["work_of_adhesion"] < 0.0
    assert not found["converged"]
    assert "more than the two free surfaces" in found["reason"]


def test_no_common_cell_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("topotaxy.energetics.potentials.slabs.LARGEST_CELL", 10)
    assert "no common cell" in interface("MgO", "Ni", ("rocksalt", "fcc"), MGO, NI)["reason"]


@pytest.mark.usefixtures("unrelaxed")
def test_rows_state_the_difference_to_another_potential() -> None:
    found = interface("MgO", "Ni", ("rocksalt", "fcc"), MGO, NI)
    other = found | {"interface_energy": found["interface_energy"] + 0.2}
    name = "interface-frame-Ni"
    one, two = (
        {name: {"potential": p, "version": f"{p} 1", "result": result}}
        for p, result in (("fake", found), ("other", other))
    )
    rows = build_table(parse_formula("MgO"), "Li", one, compared=two)["rows"]
    energy = next(row for row in rows if row["quantity"] == "interface_energy")
    assert (energy["subject"], energy["condition"], energy["unit"]) == ("frame/Ni", "(001)", "J/m^2")
    assert energy["systematic_error"] == pytest.approx(0.2)
    assert "strained by" in energy["method"]


def test_the_hosts_are_the_frame_and_its_hardest_oxide() -> None:
    names = [task.name for task in interface_tasks(parse_formula("Mg0.5Ni0.5O"), "Li")]
    assert names == [
        "interface-MgO-Li2O",
        "interface-MgO-Ni",
        "interface-frame-Li2O",
        "interface-frame-Ni",
        "interface-Ni-Li2O",
    ]
    assert [t.name for t in interface_tasks(parse_formula("NiO"), "Na")] == [
        "interface-frame-Na2O",
        "interface-frame-Ni",
        "interface-Ni-Na2O",
    ]
