from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from topotaxy.cell.branches import (
    BRANCHES,
    KINDS,
    branch_from_curves,
    branch_names,
    branches_from_json,
    branches_to_json,
    load_branches,
    trapping_law,
)
from topotaxy.errors import InputError


@pytest.mark.parametrize("name", branch_names())
def test_shipped_tables_survive_a_round_trip(name: str) -> None:
    table = load_branches(name)
    assert branches_from_json(branches_to_json(table), where=name) == table


@pytest.mark.parametrize("name", branch_names())
def test_charge_lies_above_discharge_on_average(name: str) -> None:
    table = load_branches(name)
    for kind in KINDS:
        grains = getattr(table, kind)
        assert np.mean(grains.charge) > np.mean(grains.discharge)
        for branch in BRANCHES:
            assert (np.diff(getattr(grains, branch)) <= 1e-9).all()


def test_sodium_lies_below_lithium_by_the_conversion_voltages() -> None:
    from topotaxy.material import conversion_voltages, parse_formula

    sodium, lithium = load_branches("heos-na"), load_branches("heos-li")
    composition = parse_formula(sodium.formula)
    expected = [
        conversion_voltages(composition, "Li", 298.15)[0][el]
        - conversion_voltages(composition, "Na", 298.15)[0][el]
        for el in ("Co", "Ni")
    ]
    found = np.mean(lithium.coherent.charge[20:80]) - np.mean(sodium.coherent.charge[20:80])
    assert found == pytest.approx(np.mean(expected), abs=0.15)


@settings(deadline=None)
@given(
    hnp.arrays(float, st.integers(2, 40), elements=st.floats(-0.5, 3.0)),
)
def test_a_branch_falls_whatever_the_curve(voltages: np.ndarray) -> None:
    x = np.linspace(0.0, 1.0, len(voltages))
    branch = np.array(branch_from_curves([x], [voltages]))
    assert (np.diff(branch) <= 1e-9).all()
    assert branch.max() <= voltages.max() + 1e-4
    assert branch.min() >= voltages.min() - 1e-4


def test_a_falling_curve_is_kept() -> None:
    x = np.linspace(0.0, 1.0, 101)
    v = 1.2 - 0.8 * x
    assert np.allclose(branch_from_curves([x, x], [v, v]), v, atol=1e-4)


def test_the_trapping_law_finds_its_own_parameters() -> None:
    n = np.arange(1, 31)
    ultimate, rate, order = 0.6, 0.3, 2.0
    shares = ultimate * (1.0 - (1.0 + (order - 1.0) * rate * n / ultimate) ** (-1.0 / (order - 1.0)))
    law = trapping_law(shares, 0.01)
    assert law.ultimate == pytest.approx(ultimate, rel=0.02)
    assert law.rate == pytest.approx(rate, rel=0.05)
    assert law.order == pytest.approx(order, rel=0.05)


def test_an_unknown_table_names_those_there_are() -> None:
    with pytest.raises(InputError, match="heos-na"):
        load_branches("../heos-na")


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("schema"),
        lambda d: d.update(schema="other"),
        lambda d: d["coherent"].pop("charge"),
        lambda d: d["coherent"]["charge"].reverse(),
        lambda d: d["incoherent"].update(discharge=[1.0]),
        lambda d: d.update(nucleation=3),
        lambda d: d.update(surplus=1),
    ],
)
def test_a_damaged_table_is_refused_in_one_line(damage) -> None:  # type: ignore[no-untyped-def]
    document = json.loads(branches_to_json(load_branches("heos-na")))
    damage(document)
    with pytest.raises(InputError) as found:
        branches_from_json(json.dumps(document), where="table.json")
    assert str(found.value).startswith("table.json:")


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(InputError, match=r"table\.json"):
        branches_from_json("{", where="table.json")
