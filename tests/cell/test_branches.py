"""Branches: falling whatever the curve, and between alkalis apart by the conversion voltages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from topotaxy.cell.branches import branch_from_curves
from topotaxy.cell.draws import draw_names, load_draws


@pytest.mark.parametrize("name", draw_names())
def test_charge_lies_above_discharge_on_average(name: str) -> None:
    mean = load_draws(name).branches.mean(axis=3)
    assert (mean[:, :, 2] > mean[:, :, 1]).all()


def test_sodium_lies_below_lithium_by_the_conversion_voltages() -> None:
    from topotaxy.material import conversion_voltages, parse_formula

    table = load_draws("heos")
    composition = parse_formula(table.formula)
    expected = [
        conversion_voltages(composition, "Li", 298.15)[0][el]
        - conversion_voltages(composition, "Na", 298.15)[0][el]
        for el in ("Co", "Ni")
    ]
    # By charge, not by share: with lithium zinc reacts as well, below the others.
    na, li = table.draw(0, "Na"), table.draw(0, "Li")
    charge = np.linspace(0.2, 0.8, 30) * na.capacity
    grid = np.linspace(0.0, 1.0, len(na.charge))
    apart = np.interp(charge / li.capacity, grid, li.charge) - np.interp(
        charge / na.capacity, grid, na.charge
    )
    assert np.mean(apart) == pytest.approx(np.mean(expected), abs=0.25)


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
