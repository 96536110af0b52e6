"""Half-cycles as a record: what a simulation gives is what a cycler would count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.metrics import cell_of
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Conditions, Direction
from topotaxy.runs.halves import MASS, Half, record_of_halves


def half(cycle: int, direction: Direction, capacity: float, voltage: float, **changes: object) -> Half:
    whole = {
        "cycle": cycle,
        "direction": direction,
        "current": 0.1,
        "capacity": capacity,
        "energy": capacity * voltage,
    }
    return Half(**{**whole, **changes})  # type: ignore[arg-type]


def record(halves: list[Half]) -> CyclingRecord:
    return record_of_halves(halves, source="x", format="a test", instrument="none", reference="Na+/Na")


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(st.floats(10.0, 900.0), st.floats(10.0, 900.0)), min_size=1, max_size=5),
    st.floats(0.01, 5.0),
)
def test_capacities_energies_and_currents_come_back(pairs: list[tuple[float, float]], current: float) -> None:
    halves = [
        half(n, way, q, v, current=current)
        for n, pair in enumerate(pairs, start=1)
        for way, q, v in (("discharge", pair[0], 0.6), ("charge", pair[1], 1.3))
    ]
    found = record(halves)
    cell = cell_of(found, role="half-cell-anode", origin="simulated", conditions=Conditions())
    for column, way in enumerate(("discharge", "charge")):
        assert cell.totals.capacity(way) == pytest.approx([p[column] for p in pairs], rel=1e-9)
        assert cell.mean_voltage[way] == pytest.approx([0.6, 1.3][column], rel=1e-9)
        assert cell.current[way] == pytest.approx(current, rel=1e-6)
    assert cell.efficiency == pytest.approx([b / a for a, b in pairs], rel=1e-9)


@pytest.mark.parametrize("current", [0.1, 2.0])
def test_time_is_charge_over_current(current: float) -> None:
    discharge = half(1, "discharge", 400.0, 0.6, current=current)
    found = record([discharge, half(1, "charge", 380.0, 1.3, current=current)])
    hours = found.table["test_time_second"].iloc[-1] / 3600.0
    assert hours == pytest.approx(0.780 / (current * MASS))


def test_a_curve_keeps_its_voltages_and_ends_at_the_capacity() -> None:
    charge, voltage = np.linspace(0.0, 399.9, 50), np.linspace(1.2, 0.01, 50)
    one = half(1, "discharge", 400.0, 0.6, curve=(charge, voltage))
    cell = cell_of(record([one]), role="half-cell-anode", origin="simulated", conditions=Conditions())
    assert cell.totals.capacity("discharge")[0] == pytest.approx(400.0)
    assert cell.record.table["voltage_volt"].to_numpy() == pytest.approx(voltage)
    # The run's own energy, not that of the curve.
    assert cell.mean_voltage["discharge"][0] == pytest.approx(0.6, rel=1e-9)


def test_a_curve_that_is_not_there_gives_the_mean_voltage() -> None:
    nothing = np.full(3, np.nan)
    found = record([half(1, "discharge", 400.0, 0.6, curve=(nothing, nothing))])
    assert found.table["voltage_volt"].to_numpy() == pytest.approx([0.6, 0.6])


@pytest.mark.parametrize("capacity", [1e308, np.inf])
@pytest.mark.parametrize("current", [0.1, 1e-300])
def test_numbers_beyond_all_measure_are_refused_in_a_line(capacity: float, current: float) -> None:
    """Of a damaged dataset: no warning of numpy's, no other exception."""
    with pytest.raises(InputError) as refused:
        record([half(1, "discharge", capacity, 1e5, current=current)])
    assert "\n" not in str(refused.value)
