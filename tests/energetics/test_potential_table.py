from __future__ import annotations

import json
from typing import Any

import pytest

from topotaxy.energetics.potential_tables import (
    PotentialNumber,
    potential_table,
    read_table_text,
    shipped_tables,
)
from topotaxy.energetics.potentials.rows.entry import standard_error
from topotaxy.energetics.potentials.rows.voltage import displacement_voltage
from topotaxy.energetics.potentials.table import build_table
from topotaxy.errors import InputError
from topotaxy.material import conversion_voltage, parse_formula

TABLES = shipped_tables()


def document(name: str, **result: Any) -> dict[str, Any]:
    return {"task": name, "potential": "fake", "version": "fake 1", "result": {"converged": True, **result}}


def bulk_documents() -> dict[str, dict[str, Any]]:
    """Energies per formula unit that give NiO/Na a bulk voltage of exactly 1 V."""
    energies = {"Ni": -5.0, "Na": -1.0, "Na2O": -9.0, "NiO": -10.0}
    return {f"reference-{p}": document(p, energy_per_unit=e) for p, e in energies.items()}


def test_bulk_voltage_follows_from_the_energies() -> None:
    table = build_table(parse_formula("NiO"), "Na", bulk_documents())
    (row,) = table["rows"]
    assert row["value"] == pytest.approx(1.0)
    handbook = conversion_voltage("Ni", {"O": 1.0}, "Na", method="enthalpy")
    assert row["systematic_error"] == pytest.approx(abs(1.0 - handbook), abs=1e-4)


def test_displacement_into_bulk_products_gives_the_bulk_voltage() -> None:
    # If the frame changed by exactly -MO + A2O, confinement would cost nothing.
    assert displacement_voltage(-9.0 + 10.0, metal=-5.0, alkali=-1.0) == pytest.approx(1.0)


def test_unconverged_tasks_are_failed_and_not_averaged() -> None:
    documents = bulk_documents()
    documents["reference-NiO"]["result"] |= {"converged": False, "force": 0.5}
    table = build_table(parse_formula("NiO"), "Na", documents)
    assert table["rows"] == []
    assert table["failed"] == [{"task": "reference-NiO", "reason": "not converged: 0.500 eV/Å remain"}]


def test_standard_error_needs_two() -> None:
    assert standard_error([1.0]) is None
    assert standard_error([1.0, 3.0]) == pytest.approx(1.0)


def test_nothing_to_make_a_table_from() -> None:
    with pytest.raises(InputError, match="no finished task"):
        build_table(parse_formula("NiO"), "Na", {})


GOOD = build_table(parse_formula("NiO"), "Na", bulk_documents())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": "x"}, "schema"),
        ({"ion": 3}, '"ion"'),
        ({"rows": {}}, '"rows"'),
        ({"rows": [{"quantity": "a"}]}, "row 0: expected the fields"),
        ({"rows": [GOOD["rows"][0] | {"value": "high"}]}, "row 0, value"),
        ({"rows": [GOOD["rows"][0] | {"value": True}]}, "row 0, value"),
    ],
)
def test_a_damaged_table_is_refused_with_the_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table_text(json.dumps(GOOD | change), where="t.json")


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(InputError, match="neither a file nor shipped"):
        potential_table("no-such-table")


@pytest.mark.parametrize("name", TABLES)
def test_shipped_tables_state_what_each_number_rests_on(name: str) -> None:
    table = potential_table(name)
    assert table.rows
    assert table.version
    formula = parse_formula(table.formula)
    keys = [(row.quantity, row.subject, row.condition) for row in table.rows]
    assert len(keys) == len(set(keys))
    for row in table.rows:
        assert row.method, row
        assert row.sites >= 1
        assert (row.standard_error is None) == (row.sites == 1), row
        assert row.origin.endswith(table.version)
    for row in table.rows:
        if row.quantity == "displacement_voltage":
            assert row.subject in formula.cations
            assert row.systematic_error is not None


@pytest.mark.parametrize("name", TABLES)
def test_shipped_tables_keep_the_binaries_near_the_handbook(name: str) -> None:
    rows = [row for row in potential_table(name).rows if row.quantity == "conversion_voltage"]
    errors = [row.systematic_error for row in rows if row.systematic_error is not None]
    assert rows
    # The mean over five binaries is held to 0.1 V; one of them alone may lie beyond.
    assert sum(errors) / len(errors) < (0.1 if len(errors) >= 5 else 0.15)


def test_a_number_that_was_not_computed_is_absent() -> None:
    table = read_table_text(json.dumps(GOOD), where="t")
    assert table.number("barrier", "Ni", "forward") is None
    assert isinstance(table.number("conversion_voltage", "NiO", "bulk"), PotentialNumber)


def elastic(name: str, constants: tuple[float, float, float]) -> dict[str, Any]:
    c11, c12, c44 = constants
    return document(name, c11=c11, c12=c12, c44=c44, bulk_modulus=(c11 + 2 * c12) / 3)


def test_the_frame_is_as_uncertain_as_its_binaries_are_wrong() -> None:
    from topotaxy.energetics.potentials.rows.frame import measured_constants

    measured = measured_constants("Ni")
    soft = tuple(0.8 * measured[name] for name in ("c11", "c12", "c44"))
    documents = {"elastic-binary-NiO": elastic("b", soft), "elastic-0": elastic("f", (200.0, 100.0, 50.0))}
    rows = build_table(parse_formula("NiO"), "Na", documents)["rows"]
    frame = {row["quantity"]: row for row in rows if row["subject"] == ""}
    assert frame["c11"]["systematic_error"] == pytest.approx(0.2 * 200.0)
    assert frame["c11"]["systematic_basis"]
    # Without a binary nobody knows the error: absent, not guessed.
    alone = build_table(parse_formula("NiO"), "Na", {"elastic-0": documents["elastic-0"]})["rows"]
    assert all(row["systematic_error"] is None for row in alone)


def test_a_frame_that_is_the_sum_of_its_binaries_has_no_energy_of_mixing() -> None:
    formula = parse_formula("Ni0.5Mg0.5O0.5S0.5")
    energies = {"NiO": -10.0, "MgO": -12.0, "NiS": -9.0, "MgS": -8.0}
    documents = {
        f"binary-{p}": document(p, energy_per_unit=e, lattice_parameter=4.2) for p, e in energies.items()
    }
    frame = {
        "energy": 2 * sum(energies.values()) / 4,
        "lattice_parameter": 4.5,
        "structure": {"symbols": ["Ni", "Mg", "O", "S"]},
        "cells": 2,
        "formula": "",
        "mismatch": 0.0,
        "force": 0.0,
        "annealing_steps": 0,
    }
    documents["frame-0"] = document("frame-0", **frame)
    table = build_table(formula, "Na", documents)
    (mixing,) = [row for row in table["rows"] if row["quantity"] == "mixing_energy"]
    assert mixing["value"] == pytest.approx(0.0, abs=1e-9)
    assert mixing["condition"] == "against rock-salt binaries"
    del documents["binary-NiS"]
    table = build_table(formula, "Na", documents)
    assert not [row for row in table["rows"] if row["quantity"] == "mixing_energy"]


def test_two_potentials_at_one_task_give_its_systematic_error() -> None:
    def embedded(change: float) -> dict[str, Any]:
        result = {
            "metal": "Ni",
            "neighbour": None,
            "energy_change": change,
            "minima": [change, change + 0.1],
            "surroundings": [["O", 2.0], ["O", 2.0], ["O", 2.1]],
            "moment": None,
        }
        return bulk_documents() | {"embedding-Na-Ni": document("embedding-Na-Ni", **result)}

    table = build_table(parse_formula("NiO"), "Na", embedded(-3.0), compared=embedded(-3.5))
    (row,) = [row for row in table["rows"] if row["quantity"] == "metal_embedding"]
    assert row["value"] == pytest.approx(2.0)
    assert row["systematic_error"] == pytest.approx(0.5)
    assert "0.10 eV" in row["method"]


@pytest.mark.parametrize(("distance", "condition"), [(2.4, "together"), (7.7, "gone apart")])
def test_two_atoms_that_flew_apart_are_no_bond(distance: float, condition: str) -> None:
    pair = document("p", metal="Ni", bond=0.3, distance=distance, lattice_parameter=5.6, started="holes")
    table = build_table(parse_formula("NiO"), "Na", bulk_documents() | {"pair-Na-Ni": pair})
    (row,) = [row for row in table["rows"] if row["quantity"] == "metal_bond"]
    assert row["condition"] == f"Na2O, two atoms {condition}"


def test_a_failed_band_is_listed_and_has_no_row() -> None:
    band = document("b", metal="Ni", reason="band not at rest after 90 steps") | {}
    band["result"]["converged"] = False
    table = build_table(parse_formula("NiO"), "Na", bulk_documents() | {"barrier-Na-Ni-direct": band})
    assert table["failed"] == [{"task": "barrier-Na-Ni-direct", "reason": "band not at rest after 90 steps"}]
    assert not [row for row in table["rows"] if row["quantity"] == "barrier"]


def test_a_barrier_counts_from_the_lowest_point_of_the_way() -> None:
    # Downhill to a stop: the atom has to climb back out of it, although no image lies above the end.
    band = document(
        "b", metal="Ni", profile=[0.0, -0.1, -0.5], stop=-0.5, images=1, steps=9, force=0.1, path="over"
    )
    table = build_table(parse_formula("NiO"), "Na", bulk_documents() | {"barrier-Na-Ni-tetrahedron": band})
    rows = {row["quantity"]: row for row in table["rows"] if row["condition"] == "tetrahedron"}
    assert rows["barrier"]["value"] == pytest.approx(0.5)
    assert "profile 0.00 -0.10 -0.50" in rows["barrier"]["method"]
    assert rows["barrier_stop"]["value"] == pytest.approx(-0.5)


def test_an_atom_off_its_site_shows() -> None:
    from topotaxy.energetics.cells import rock_salt_cell

    cell = rock_salt_cell(parse_formula("NiO"), lattice_parameter=4.2)
    positions = cell.positions.copy()
    positions[0, 0] += 1.0
    frame = {
        "energy": 0.0,
        "lattice_parameter": 4.2,
        "structure": {
            "symbols": list(cell.symbols),
            "positions": positions.tolist(),
            "cell": [[8.4, 0, 0], [0, 8.4, 0], [0, 0, 8.4]],
        },
        "formula": "",
        "cells": 2,
        "mismatch": 0.0,
        "force": 0.0,
        "annealing_steps": 0,
    }
    rows = build_table(parse_formula("NiO"), "Na", {"frame-0": document("frame-0", **frame)})["rows"]
    away = {row["condition"]: row["value"] for row in rows if row["quantity"] == "site_displacement"}
    # Less one part in 64, because the cell as a whole may have moved.
    assert away["farthest atom"] == pytest.approx(63 / 64, abs=1e-3)
    assert away["root mean square"] == pytest.approx((63 / 64 / 64) ** 0.5, abs=1e-3)
