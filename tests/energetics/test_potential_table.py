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
from topotaxy.energetics.potentials.table import build_table, displacement_voltage, standard_error
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
    assert sum(errors) / len(errors) < 0.1


def test_a_number_that_was_not_computed_is_absent() -> None:
    table = read_table_text(json.dumps(GOOD), where="t")
    assert table.number("barrier", "Ni", "forward") is None
    assert isinstance(table.number("conversion_voltage", "NiO", "bulk"), PotentialNumber)
