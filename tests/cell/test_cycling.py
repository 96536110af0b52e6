from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from topotaxy.errors import InputError


@pytest.fixture(scope="module")
def cell(pybamm: Any) -> Any:
    from topotaxy.cell.cycling import Cycler
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    free = ["Positive electrode loss of active material by throughput"]
    return Cycler(ConversionHalfCell(), shipped_parameters("heos-na"), free=free, compiled=False)


def test_it_agrees_with_an_experiment_of_pybamm(pybamm: Any, cell: Any) -> None:
    from topotaxy.cell.cycling import Leg
    from topotaxy.cell.model import ConversionHalfCell
    from topotaxy.cell.parameters import shipped_parameters

    parameters = shipped_parameters("heos-na")
    mass = parameters["Active mass [g]"]
    steps = pybamm.Experiment(
        [(f"Discharge at {500 * mass} mA until 0.01 V", f"Charge at {500 * mass} mA until 3 V")] * 3
    )
    simulation = pybamm.Simulation(
        ConversionHalfCell(), experiment=steps, parameter_values=pybamm.ParameterValues(parameters)
    )
    theirs = simulation.solve(calc_esoh=False)
    ours = cell.run([Leg(cycles=3, current=0.5)])
    for cycle, found in enumerate(theirs.cycles):
        for step, name in zip(found.steps, ("discharge", "charge"), strict=True):
            charge = step["Discharge capacity [A.h]"].entries
            capacity = abs(charge[-1] - charge[0]) / mass * 1e3
            assert getattr(ours, name)[cycle] == pytest.approx(capacity, rel=2e-3)


def test_losses_only_grow_and_add_up(cell: Any) -> None:
    from topotaxy.cell.cycling import Leg

    r = cell.run([Leg(cycles=10, current=0.2)])
    for name in ("film", "hours"):
        assert (np.diff(getattr(r, name)) > 0.0).all()
    assert (np.diff(r.active) < 0.0).all()


def test_throughput_costs_active_material(cell: Any) -> None:
    from topotaxy.cell.cycling import Leg

    name = "Positive electrode loss of active material by throughput"
    legs = [Leg(cycles=5, current=0.5)]
    found = [cell.run(legs, values={name: loss}) for loss in (0.0, 2.0, 5.0)]
    assert found[0].charge[-1] > found[1].charge[-1] > found[2].charge[-1]


def test_slower_currents_cost_more_in_as_many_cycles(cell: Any) -> None:
    """Loss goes by time and throughput: a constant loss per cycle would give the same here."""
    from topotaxy.cell.cycling import Leg

    slow, fast = (cell.run([Leg(cycles=10, current=i)]) for i in (0.5, 2.0))
    assert slow.active[-1] < fast.active[-1]
    assert slow.film[-1] > fast.film[-1]


@pytest.mark.parametrize("current", [60.0, 1000.0])
def test_a_current_that_cannot_be_drawn_is_an_error(cell: Any, current: float) -> None:
    from topotaxy.cell.cycling import Leg

    with pytest.raises(InputError, match="cannot be drawn"):
        cell.run([Leg(cycles=1, current=current)])


def test_only_free_parameters_may_change(cell: Any) -> None:
    from topotaxy.cell.cycling import Leg

    with pytest.raises(InputError, match="not a free parameter"):
        cell.run([Leg(cycles=1, current=0.1)], values={"Electrode width [m]": 1.0})


def test_unknown_overrides_are_refused(pybamm: Any) -> None:
    from topotaxy.cell.parameters import shipped_parameters

    with pytest.raises(InputError, match="unknown cell parameter 'particle_size'"):
        shipped_parameters("heos-na", {"particle_size": 1.0})


def test_curves_are_those_of_the_cycle(cell: Any) -> None:
    from topotaxy.cell.cycling import Leg

    r = cell.run([Leg(cycles=2, current=0.5)], keep_curves=(2,))
    discharge, charge = r.curves[2]
    assert set(r.curves) == {2}
    assert discharge[0, -1] / 3600.0 * 500.0 == pytest.approx(r.discharge[1], rel=1e-4)
    assert discharge[1, -1] == pytest.approx(0.01, abs=1e-3)
    assert charge[1, -1] == pytest.approx(3.0, abs=1e-3)
    assert (discharge[2] > 0.0).all()
    assert (charge[2] < 0.0).all()
