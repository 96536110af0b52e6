from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.evidence import load_ledger
from topotaxy.spec import Spec, load_spec
from topotaxy.studies.comparison import Comparison, Row, material_of, orders_among, run_comparison
from topotaxy.studies.comparison_table import (
    comparison_cells,
    comparison_document,
    comparison_markdown,
    order_cells,
)

LEDGER = load_ledger("fang2022")


def _small(name: str) -> Spec:
    spec = load_spec(name)
    return spec.model_copy(
        update={
            "protocol": spec.protocol.model_copy(update={"cycles": 2}),
            "lattice": spec.lattice.model_copy(update={"cells": 3, "replicas": 4}),
        }
    )


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return run_comparison([_small("heos-na"), _small("heo-na")], LEDGER, tmp_path_factory.mktemp("runs"))


def test_materials_are_found_by_name_or_formula() -> None:
    assert material_of(load_spec("nios-na"), LEDGER) == "nios"
    assert material_of(load_spec("composite-na"), LEDGER) == "composite"
    renamed = load_spec("heo-na").model_copy(update={"name": "mine"})
    assert material_of(renamed, LEDGER) == "heo"
    assert material_of(load_spec("nio-na"), LEDGER) == ""
    # Same formula, but grains: not the material of the publication.
    assert material_of(load_spec("composite-na").model_copy(update={"name": "mine"}), LEDGER) == ""


def test_what_is_stated_stands_beside_its_number(comparison: Comparison) -> None:
    head, rows = comparison_cells(comparison)
    assert [row[0] for row in rows] == ["heos-na", "heo-na"]
    at = dict(zip(head, rows[0], strict=True))
    assert at["first-cycle efficiency"].endswith("(0.907)")
    assert "0.812 at 0.5 A/g, cycle 1500" in at["retention"]
    assert "(" not in "".join(rows[1])
    document = comparison_document(comparison)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert {order["id"] for order in document["orders"]} == {
        "order.ice.heos_heo",
        "order.retention.heos_heo",
    }
    text = comparison_markdown(comparison)
    assert all(cell in text for row in order_cells(comparison)[1] for cell in row)


def test_finished_runs_are_taken_as_they_are(comparison: Comparison, tmp_path: Path) -> None:
    specs = [_small("heos-na")]
    first = run_comparison(specs, LEDGER, tmp_path)
    with pytest.raises(InputError, match="--resume"):
        run_comparison(specs, LEDGER, tmp_path)
    assert comparison_document(run_comparison(specs, LEDGER, tmp_path, resume=True)) == comparison_document(
        first
    )
    with pytest.raises(InputError, match="'heos-na'"):
        run_comparison([*specs, *specs], LEDGER, tmp_path)


def _row(name: str, efficiency: float) -> Row:
    values = efficiency + 1e-3 * np.arange(4)
    nothing = dict.fromkeys(
        ("reversible_fraction", "domain_size", "home_fraction", "framework_fraction", "coherent_fraction")
    )
    return Row(
        spec=load_spec(name),
        material=name.rpartition("-")[0],
        outcomes={"efficiency": values, "retention": None, **nothing},
    )


@pytest.mark.parametrize(
    ("heos", "verdict"),
    [(0.95, "comes out"), (0.75, "comes out the other way round"), (0.85, "not resolved")],
)
def test_an_order_comes_out_or_not_with_its_significance(heos: float, verdict: str) -> None:
    (order,) = orders_among([_row("heos-na", heos), _row("heo-na", 0.85)], LEDGER)
    assert order.verdict == verdict
    assert order.difference.value == pytest.approx(heos - 0.85)


def test_materials_with_other_ions_are_not_compared() -> None:
    assert orders_among([_row("heos-na", 0.9), _row("heo-li", 0.8)], LEDGER) == []
