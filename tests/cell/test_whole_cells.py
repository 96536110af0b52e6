"""Cells anywhere in the range of the priors: alkali is conserved, and what hinders never helps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cell.drawn import QUIET, draw_table, drawn

from topotaxy.cell.fast import Cycles, FastCell
from topotaxy.cell.numbers import cell_values
from topotaxy.cell.priors import DRAW, of_ion, priors, values_at
from topotaxy.runs.paper import LegSection

PRIORS, TABLE = priors(), draw_table()
POINTS = st.lists(st.floats(0.0, 1.0), min_size=len(PRIORS) + 1, max_size=len(PRIORS) + 1)


def cycled(values: dict[str, float], *legs: tuple[int, float], full: bool = False, **numerics: int) -> Cycles:
    cell = FastCell(draw=drawn(), values=cell_values("Na", values), full=full)
    how = {"steps": 20, "shells": 6, **numerics}
    return cell.cycle([LegSection(cycles=n, current=i) for n, i in legs], **how)


@settings(deadline=None, max_examples=40)
@given(POINTS, st.booleans(), st.sampled_from([0.1, 0.5, 2.0]))
def test_alkali_is_conserved_anywhere_in_the_prior(shares: list[float], full: bool, current: float) -> None:
    values = of_ion(values_at(PRIORS, np.array(shares), len(TABLE)), "Na")
    draw = TABLE.draw(int(values.pop(DRAW)), "Na")
    cell = FastCell(draw=draw, values=cell_values("Na", values), full=full)
    found = cell.cycle([LegSection(cycles=4, current=current)], steps=12, shells=8)
    passed = found.column("discharge").sum() + found.column("charge").sum()
    assert np.abs(found.column("residual")).max() <= 1e-6 * max(passed, 1.0)
    assert ((found.column("active") > 0.0) & (found.column("active") <= 1.0)).all()
    assert (np.diff(found.column("film")) >= 0.0).all()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("cell_resistance", (1.0, 50.0, 200.0)),
        ("exchange_current", (10.0, 0.3, 0.01)),
        ("solid_diffusivity", (1e-14, 1e-16, 1e-18)),
    ],
)
def test_what_hinders_costs_capacity(name: str, values: tuple[float, ...]) -> None:
    found = [cycled({**QUIET, name: value}, (2, 2.0), steps=80).at("charge", 2) for value in values]
    assert found[0] > found[1] > found[2]


def test_more_current_gives_less_charge_and_a_wider_gap() -> None:
    rows = [cycled({**QUIET, "cell_resistance": 80.0}, (2, i), steps=80) for i in (0.05, 0.5, 2.0)]
    charges = [r.at("charge", 2) for r in rows]
    gaps = [
        r.at("charge_energy", 2) / r.at("charge", 2) - r.at("discharge_energy", 2) / r.at("discharge", 2)
        for r in rows
    ]
    assert charges == sorted(charges, reverse=True)
    assert gaps == sorted(gaps)


@pytest.mark.parametrize("loading", [0.5, 2.0])
def test_resistance_and_loading_count_as_their_product(loading: float) -> None:
    """The report says that the two are known as a product only: the same product is the same cell."""
    one = cycled({**QUIET, "cell_resistance": 60.0, "loading": 1.0, "counter_exchange": 1e6}, (2, 1.0))
    other = {"cell_resistance": 60.0 / loading, "loading": loading, "counter_exchange": 1e6}
    assert cycled({**QUIET, **other}, (2, 1.0)).at("charge", 2) == pytest.approx(
        one.at("charge", 2), rel=1e-6
    )


@pytest.mark.parametrize("ratio", [1.0, 1.2])
def test_a_full_cell_delivers_no_more_than_its_anode_holds(ratio: float) -> None:
    found = cycled({"capacity_ratio": ratio}, (3, 0.2), full=True)
    assert (found.column("discharge") <= found.column("charge")[0] + 1e-6).all()
    half = cycled({}, (3, 0.2))
    assert found.at("discharge", 3) <= half.at("charge", 3) * 1.02
