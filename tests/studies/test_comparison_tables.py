"""A comparison in words and data: what is stated stands beside its number, with its bound and conditions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.evidence.claims import Ledger
from topotaxy.results import PROVENANCE_FILE
from topotaxy.spec import Spec
from topotaxy.statistics import Difference
from topotaxy.studies.comparison import COMPARED, Comparison, Order, Row
from topotaxy.studies.comparison_files import write_comparison
from topotaxy.studies.comparison_table import (
    comparison_cells,
    comparison_document,
    comparison_markdown,
    conditions,
    order_cells,
    stated_lines,
)
from topotaxy.studies.text import value_text

LEDGER = Ledger.model_validate(
    {
        "paper": {"citation": "Made up, 2024"},
        "material": {"a": {"formula": "NiO"}, "b": {"formula": "CoO"}},
        "cell": {"na": {"ion": "Na"}},
        "claim": [
            {
                "id": "a.first",
                "kind": "value",
                "material": "a",
                "cell": "na",
                "quantity": "initial_coulombic_efficiency",
                "value": "90.5 %",
                "cycle": 1,
            },
            {
                "id": "a.kept",
                "kind": "value",
                "material": "a",
                "cell": "na",
                "quantity": "capacity_retention",
                "value": "80 %",
                "bound": "at least",
                "current": "0.5 A/g",
                "cycle": 200,
            },
            {
                "id": "a.size",
                "kind": "value",
                "material": "a",
                "cell": "na",
                "quantity": "domain_size",
                "value": "3 nm",
                "bound": "at most",
            },
            {
                "id": "a.above.b",
                "kind": "order",
                "quantity": "initial_coulombic_efficiency",
                "relation": "less",
                "left": {"material": "a"},
                "right": {"material": "b"},
            },
        ],
    }
)


def row(name: str, efficiency: Any, **more: Any) -> Row:
    lattice = {"cells": 3, "replicas": 4, "seed": 9, **more.pop("lattice", {})}
    spec = Spec.model_validate(
        {
            "name": f"{name}-na",
            "electrode": {"formula": {"a": "NiO", "b": "CoO"}[name]},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": more.pop("cycles", 2)},
            "lattice": lattice,
        }
    )
    found: dict[str, Any] = {**dict.fromkeys(COMPARED), "efficiency": np.asarray(efficiency), **more}
    return Row(spec=spec, material=name, outcomes=found)


EFFICIENCY = np.array([0.80, 0.82, 0.81, 0.83])


def comparison(*rows: Row, verdict: str = "comes out") -> Comparison:
    orders = ()
    if len(rows) == 2:
        orders = (
            Order(
                claim=LEDGER.claims[-1],
                outcome="efficiency",
                left=rows[0],
                right=rows[1],
                difference=Difference(value=-0.1, error=0.005, p=2e-5),
                verdict=verdict,
            ),
        )
    return Comparison(ledger=LEDGER, rows=rows, orders=orders)


BOTH = comparison(
    row("a", EFFICIENCY, retention=EFFICIENCY - 0.1, domain_size=np.full(4, 2.5)), row("b", EFFICIENCY + 0.1)
)


def test_columns_that_no_material_has_are_left_out() -> None:
    head, rows = comparison_cells(BOTH)
    assert head == ["", "first-cycle efficiency", "domain size, nm", "retention"]
    assert [len(r) for r in rows] == [4, 4]
    assert rows[1][2:] == ["-", "-"]
    assert comparison_cells(comparison(row("b", EFFICIENCY)))[0] == ["", "first-cycle efficiency"]


def test_a_cell_is_the_mean_with_its_error_and_what_is_stated_in_brackets() -> None:
    _, rows = comparison_cells(BOTH)
    own = value_text(float(EFFICIENCY.mean()), float(EFFICIENCY.std(ddof=1) / 2.0))
    assert rows[0][1] == f"{own} (0.905)"
    assert rows[0][2].endswith("(<= 3)")
    assert rows[0][3].endswith("(>= 0.8 at 0.5 A/g, cycle 200)")
    assert "(" not in "".join(rows[1])


def test_without_stated_values_the_numbers_are_the_same() -> None:
    _, bare = comparison_cells(BOTH, stated=False)
    _, full = comparison_cells(BOTH)
    assert bare == [[cell.partition(" (")[0] for cell in cells] for cells in full]


def test_a_line_for_each_number_that_is_stated() -> None:
    lines = stated_lines(BOTH)
    assert len(lines) == 3
    assert all(line.startswith("stated for a-na: ") for line in lines)
    assert lines[0].endswith("first-cycle efficiency 0.905")


@pytest.mark.parametrize(("verdict"), ["comes out", "not resolved"])
def test_an_order_is_told_with_its_sign_and_p(verdict: str) -> None:
    one, other = BOTH.rows
    head, (cells,) = order_cells(comparison(one, other, verdict=verdict))
    assert head == ["claimed order", "left minus right", "p", "in the model"]
    assert cells == ["first-cycle efficiency: a-na < b-na", "-0.100 ± 0.005", "2e-05", verdict]


def test_data_hold_all_materials_outcomes_and_orders() -> None:
    document = comparison_document(BOTH)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    for material, one in zip(document["materials"], BOTH.rows, strict=True):
        assert [o["outcome"] for o in material["outcomes"]] == list(COMPARED)
        by_name = {o["outcome"]: o for o in material["outcomes"]}
        assert by_name["efficiency"]["value"] == pytest.approx(one.outcomes["efficiency"].mean())  # type: ignore[union-attr]
        assert (by_name["home_fraction"]["value"], by_name["home_fraction"]["uncertainty"]) == (None, None)
        assert by_name["domain_size"]["unit"] == "nm"
    stated = {s["id"]: s for o in document["materials"][0]["outcomes"] for s in o["stated"]}
    assert (stated["a.kept"]["value"], stated["a.kept"]["bound"]) == (0.8, "at least")
    assert (stated["a.kept"]["current"], stated["a.kept"]["cycle"]) == (0.5, 200)
    (order,) = document["orders"]
    assert (order["id"], order["relation"], order["left"], order["right"]) == (
        "a.above.b",
        "less",
        "a-na",
        "b-na",
    )


def test_a_number_that_no_replica_has_is_none_in_data_and_a_dash_in_words() -> None:
    absent = comparison(row("a", EFFICIENCY, domain_size=np.full(4, np.nan)))
    outcome = next(
        o for o in comparison_document(absent)["materials"][0]["outcomes"] if o["outcome"] == "domain_size"
    )
    assert (outcome["value"], outcome["uncertainty"]) == (None, None)
    head, rows = comparison_cells(absent)
    assert rows[0][head.index("domain size, nm")].startswith("-")


def test_conditions_that_are_shared_are_told_and_others_said_to_differ() -> None:
    assert conditions(BOTH) == "2 cycles, 4 replicas, 3 cells along an edge, seed 9."
    mixed = comparison(row("a", EFFICIENCY, cycles=5), row("b", EFFICIENCY, lattice={"seed": 3, "cells": 4}))
    assert conditions(mixed) == (
        "different numbers of cycles, 4 replicas, different numbers of cells along an edge, seed 3, 9."
    )


def test_markdown_holds_both_tables_whole() -> None:
    text = comparison_markdown(BOTH)
    lines = text.splitlines()
    tables = [line for line in lines if line.startswith("|")]
    assert len(tables) == 2 + 2 + 2 + 1
    assert {line.count("|") for line in tables[:4]} == {5}
    assert {line.count("|") for line in tables[4:]} == {5}
    assert "Made up, 2024" in text
    assert all(f"- {line}" in lines for line in stated_lines(BOTH))
    assert "claimed order" not in comparison_markdown(comparison(row("b", EFFICIENCY)))


def test_the_folder_holds_data_and_table_and_says_where_they_come_from(tmp_path: Path) -> None:
    (tmp_path / "a-na").mkdir()
    returned = write_comparison(BOTH, tmp_path)
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8")) == returned
    assert (tmp_path / "comparison.md").read_text(encoding="utf-8") == comparison_markdown(BOTH)
    said = json.loads((tmp_path / PROVENANCE_FILE).read_text(encoding="utf-8"))
    assert [s["name"] for s in said["specs"]] == ["a-na", "b-na"]
    assert said["claims"] == "Made up, 2024"
    assert (tmp_path / "a-na").is_dir()
