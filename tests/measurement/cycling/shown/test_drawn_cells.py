"""Figures of cells: what is drawn is what passed, signs and colours tell directions and cells apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from topotaxy.content.figure import Absent, Figure, Panel, Series
from topotaxy.content.palette import CHARGE, DISCHARGE
from topotaxy.measurement.cycling import CyclingRecord, checked
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.analysis_dataset import analysis_tree
from topotaxy.measurement.cycling.shown import CyclingData, cycling_data
from topotaxy.measurement.cycling.shown.figures import (
    curve_voltage_figure,
    differential_figure,
    drawable,
    rate_figure,
)

POINTS = 400
CURRENT, MASS = 1e-3, 2e-3
HALF = 500.0
"""mAh/g of each half-cycle: 1 mA for an hour through 2 mg."""


def record(
    name: str = "cell", *, mass: float | None = MASS, rates: tuple[float, ...] = (1.0, 1.0)
) -> CyclingRecord:
    """A cycle at each of the rates, straight lines between 1 V and 0 V."""
    share = np.linspace(0.0, 1.0, POINTS)
    time, voltage, current, number, clock = [], [], [], [], 0.0
    for cycle, rate in enumerate(rates, start=1):
        for sign in (-1.0, 1.0):
            time.append(clock + 3600.0 / rate * share)
            voltage.append(1.0 - share if sign < 0 else share)
            current.append(np.full(POINTS, sign * rate * CURRENT))
            number.append(np.full(POINTS, float(cycle)))
            clock += 3600.0 / rate
    columns = {
        "test_time_second": np.concatenate(time),
        "voltage_volt": np.concatenate(voltage),
        "current_ampere": np.concatenate(current),
        "cycle_count": np.concatenate(number),
    }
    return checked(columns, source=name, format="made", mass=mass, reference="Na+/Na")


def data(*records: CyclingRecord) -> CyclingData:
    measured = [one for one in records if one.origin == "measured"]
    simulated = [one for one in records if one.origin == "simulated"]
    analysis = analysis_of(measured, simulated=simulated, role="half-cell-anode")
    return cycling_data(analysis_tree(analysis), analysis.observables)


def lines(figure: Figure | Absent) -> list[Series]:
    assert isinstance(figure, Figure)
    return [s for panel in figure.panels if isinstance(panel, Panel) for s in panel.series]


def test_a_straight_line_is_drawn_straight_between_its_ends() -> None:
    for line in lines(curve_voltage_figure(data(record()))):
        falls = "discharge" in line.name
        expected = 1.0 - line.x / HALF if falls else line.x / HALF
        np.testing.assert_allclose(line.y, expected, atol=2.0 / POINTS)
        assert line.x.max() == pytest.approx(HALF, rel=1e-6)


def test_the_area_of_a_differential_curve_is_the_capacity_and_discharge_points_down() -> None:
    drawn = lines(differential_figure(data(record())))
    assert {np.sign(line.y.sum()) for line in drawn} == {-1.0, 1.0}
    for line in drawn:
        sign = -1.0 if "discharge" in line.name else 1.0
        assert (sign * line.y >= 0.0).all()
        # All but the half window that smoothing puts beyond each end of the voltages.
        assert sign * np.trapezoid(line.y, line.x) == pytest.approx(HALF, rel=0.03)


def test_the_axis_of_large_numbers_is_in_the_larger_unit() -> None:
    small = differential_figure(data(record()))
    large = differential_figure(data(record(mass=MASS / 10.0)))
    assert isinstance(small, Figure)
    assert isinstance(large, Figure)
    ratio = np.abs(lines(large)[0].y).max() / np.abs(lines(small)[0].y).max()
    assert ratio == pytest.approx(10.0 / 1000.0, rel=1e-6)
    units = [
        panel.y_label for figure in (small, large) for panel in figure.panels[:1] if isinstance(panel, Panel)
    ]
    assert "mAh" in units[0]
    assert "mAh" not in units[1]


def test_one_cell_has_a_colour_for_each_direction_and_several_have_one_each() -> None:
    alone = lines(curve_voltage_figure(data(record())))
    assert {(line.key, line.colour) for line in alone} == {("discharge", DISCHARGE), ("charge", CHARGE)}
    both = lines(curve_voltage_figure(data(record("one"), record("two"))))
    assert {line.key for line in both} == {"one", "two"}
    assert len({(line.key, line.colour) for line in both}) == 2
    assert len({line.colour for line in both}) == 2


def test_a_cell_in_another_unit_is_not_on_the_axes_and_is_named() -> None:
    given = data(record("weighed"), record("unweighed", mass=None))
    together, said = drawable(given)
    assert [cell.name for cell in together] == ["weighed"]
    assert "unweighed" in said
    figure = curve_voltage_figure(given)
    assert {line.key for line in lines(figure)} == {"weighed"}
    assert isinstance(figure, Figure)
    assert "unweighed" in figure.caption


def test_a_simulated_cell_lies_under_the_measured_one_in_grey_and_alone_it_is_the_cell() -> None:
    simulated = replace(record("model"), origin="simulated")
    over = lines(curve_voltage_figure(data(record(), simulated)))
    assert {line.key for line in over} == {"discharge", "charge", "simulated"}
    assert {line.key for line in lines(curve_voltage_figure(data(simulated)))} == {"discharge", "charge"}


def test_rates_are_points_from_three_steps_on() -> None:
    assert isinstance(rate_figure(data(record(rates=(1.0, 1.0, 2.0, 2.0)))), Absent)
    (line,) = lines(rate_figure(data(record(rates=(1.0, 1.0, 2.0, 2.0, 4.0, 4.0)))))
    np.testing.assert_allclose(np.sort(line.x), np.array([1.0, 2.0, 4.0]) * CURRENT / MASS, rtol=1e-6)
    np.testing.assert_allclose(line.y, HALF, rtol=1e-6)
