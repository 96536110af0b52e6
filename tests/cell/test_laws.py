"""Each law of the cell at one point: limits, order, and what is exact in small cases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cell.drawn import GRID, drawn

from topotaxy.cell.half_cycles import fresh_state
from topotaxy.cell.laws import branch, handed_over, living, open_circuit, ramp, stored, thicker
from topotaxy.cell.numbers import cell_values, circuit_of, electrode_of, kernel_branches
from topotaxy.cell.particle import diffused, mean_of, shells_of
from topotaxy.cell.structures import ACTIVE, AGE, CATHODE, SIZE, THROUGH, Electrode, Q

FALLING = 2.0 - 1.5 * GRID


def electrode(**given_values: float) -> Electrode:
    return electrode_of(drawn(), cell_values("Na", given_values))


@settings(deadline=None, max_examples=25)
@given(st.floats(-0.2, 1.2), st.floats(1e-6, 0.3))
def test_a_branch_falls_everywhere(x: float, further: float) -> None:
    assert branch(FALLING, x + further) < branch(FALLING, x)


def test_a_branch_is_that_of_its_points_inside() -> None:
    for x in (0.0, 0.005, 0.3333, 0.99, 1.0):
        assert branch(FALLING, x) == pytest.approx(2.0 - 1.5 * x, abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.floats(-5.0, 5.0), st.floats(1e-3, 0.2))
def test_a_ramp_is_rounded_by_less_than_its_width(potential: float, width: float) -> None:
    found = ramp(potential, 1.0, width)
    sharp = max(0.0, 1.0 - potential)
    assert sharp - 1e-12 <= found <= sharp + width * math.log(2.0) + 1e-12


@settings(deadline=None, max_examples=25)
@given(st.floats(0.01, 2.9), st.floats(0.0, 1.0), st.floats(1e-4, 0.5))
def test_stores_fill_as_the_potential_falls_and_as_the_host_reacts(v: float, x: float, by: float) -> None:
    e = electrode()
    assert stored(e, v, x, 1.0) > stored(e, v + by, x, 1.0)
    assert stored(e, v, min(1.0, x + by), 1.0) >= stored(e, v, x, 1.0)


def test_stores_hold_at_zero_potential_what_they_are_said_to_hold() -> None:
    e = electrode(double_layer=1e-12, store_width=1e-4, alloy_width=1e-4)
    whole = e.interface_store + e.film_store + e.alloy_store + e.carbon_store
    assert stored(e, 0.0, 1.0, 1.0) == pytest.approx(whole, rel=1e-3)
    # What is on carbon stays when the material dies.
    assert stored(e, 0.0, 1.0, 0.0) == pytest.approx(e.carbon_store, rel=1e-3)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.0, 2.0), st.floats(0.1, 1e5), st.floats(0.0, 1e-7))
def test_film_at_one_potential_is_solved_exactly(potential: float, dt: float, before: float) -> None:
    """The rate at the mean thickness of the step, since dL/dt (1 + k L / D) does not change in it."""
    e = electrode(film_rate=1e-11, film_diffusivity=1e-20)
    after = thicker(e, before, potential, dt)
    rate = e.film_rate * math.exp(-0.5 * (potential - e.film_potential) / e.thermal_voltage)
    at_mean = 1.0 + 0.5 * (before + after) / e.film_diffusivity * rate
    grown = dt * e.solvent * e.film_volume / e.film_electrons * rate / at_mean
    assert after - before == pytest.approx(grown, rel=1e-6, abs=1e-20)


def test_film_grows_with_the_square_root_of_time_where_diffusion_limits_it() -> None:
    e = electrode(film_rate=1e-6, film_diffusivity=1e-20)
    thickness, times, found = 1e-12, np.geomspace(1e3, 1e6, 4), []
    now = 0.0
    for time in times:
        for step in np.diff(np.linspace(now, time, 2001)):
            thickness = thicker(e, thickness, 0.05, step)
        now = time
        found.append(thickness)
    slopes = np.diff(np.log(found)) / np.diff(np.log(times))
    assert slopes == pytest.approx(0.5, abs=0.01)


def test_film_grows_evenly_where_the_reaction_limits_it() -> None:
    e = electrode(film_rate=1e-14, film_diffusivity=1e-10)
    first = thicker(e, 0.0, 0.3, 100.0)
    assert thicker(e, first, 0.3, 100.0) == pytest.approx(2.0 * first, rel=1e-3)


def test_the_first_branch_holds_where_more_is_reduced_than_ever() -> None:
    assert handed_over(0.5, 0.5) == pytest.approx(1.0, abs=1e-3)
    assert handed_over(0.3, 0.5) == pytest.approx(0.0, abs=1e-6)
    e, branches = electrode(), kernel_branches(drawn())
    new, _ = open_circuit(e, branches, 0.5, 0.5, 0.0, -1.0, 0.5)
    again, _ = open_circuit(e, branches, 0.5, 0.5, 0.0, -1.0, 0.9)
    assert new == pytest.approx(0.6, abs=1e-3)
    assert again == pytest.approx(0.8, abs=1e-3)


def test_hysteresis_goes_between_the_later_branches() -> None:
    e, branches = electrode(), kernel_branches(drawn())
    down, middle, up = (open_circuit(e, branches, 0.5, 0.2, 0.0, h, 1.0)[0] for h in (-1.0, 0.0, 1.0))
    assert middle == pytest.approx(0.5 * (down + up))
    assert up > down


@pytest.mark.parametrize("trapped", [0.0, 0.1, 0.4])
def test_what_is_trapped_does_not_move(trapped: float) -> None:
    e, branches = electrode(), kernel_branches(drawn())
    assert open_circuit(e, branches, trapped, 0.2, trapped, 1.0, 1.0)[1] == pytest.approx(0.0)
    assert open_circuit(e, branches, 1.0, 0.2, trapped, 1.0, 1.0)[1] == pytest.approx(1.0)


def test_loss_of_material_adds_both_causes_and_never_takes_all() -> None:
    e = electrode(loss_time=0.1, loss_throughput=0.2)
    state = np.zeros(SIZE)
    assert living(e, state) == 1.0
    state[AGE], state[THROUGH] = 4000.0, 500.0
    assert living(e, state) == pytest.approx(1.0 - 0.1 * 2.0 - 0.2 * 0.5)
    state[THROUGH] = 1e9
    assert 0.0 < living(e, state) < 0.1


@pytest.mark.parametrize("shells", [1, 2, 8, 40])
def test_shells_fill_the_particle(shells: int) -> None:
    mesh = shells_of(shells)
    assert mesh[0].sum() == pytest.approx(1.0)
    assert mean_of(np.full(shells, 0.3), mesh) == pytest.approx(0.3)
    assert (mesh[0] > 0.0).all()


@settings(deadline=None, max_examples=25)
@given(st.floats(1.0, 1e5), st.lists(st.floats(0.0, 1.0), min_size=6, max_size=6))
def test_diffusion_keeps_what_is_there_and_evens_it_out(dt: float, values: list[float]) -> None:
    e, mesh, c = electrode(solid_diffusivity=1e-16), shells_of(6), np.array(values)
    base, unit, work = np.empty(6), np.empty(6), np.empty((3, 6))
    diffused(e, c, dt, mesh, base, unit, work)
    assert mean_of(base, mesh) == pytest.approx(mean_of(c, mesh), abs=1e-9)
    assert mean_of(unit, mesh) == pytest.approx(1.0, rel=1e-9)
    assert base.max() <= c.max() + 1e-9
    assert base.min() >= c.min() - 1e-9


@pytest.mark.parametrize("full", [False, True])
def test_a_fresh_cell_is_pristine_and_holds_its_alkali_in_the_cathode(full: bool) -> None:
    e = electrode()
    values: dict[str, Any] = cell_values("Na")
    circuit = circuit_of(e, values, low=0.01, high=3.0, full=full)
    c = np.ones(5)
    state = fresh_state(e, circuit, kernel_branches(drawn()), c)
    assert state[ACTIVE] == 1.0
    assert c == pytest.approx(c[0])
    assert c[0] < 0.01
    assert state[CATHODE] == pytest.approx(circuit.cathode_capacity, rel=5e-3)
    assert state[Q] < 0.5 * circuit.cathode_capacity
