"""Figures of cells: nothing is drawn of nothing, stated values are starred, shares are in per cent."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.content.curves import MAX_POINTS
from topotaxy.content.figure import Absent, Figure, Marker, Panel
from topotaxy.report.cell.figures import (
    AgeingLine,
    RateLine,
    StatedPoint,
    VoltageCurve,
    ageing_figure,
    rate_figure,
    voltage_figure,
)

STATED = StatedPoint(x=1.0, y=641.0, name="first charge")


def curve(name: str, direction: str = "discharge", points: int = 5) -> VoltageCurve:
    capacity = np.linspace(0.0, 500.0, points)
    return VoltageCurve(name=name, direction=direction, capacity=capacity, voltage=3.0 - capacity / 250.0)


def ageing(name: str, cycles: int = 4) -> AgeingLine:
    cycle = np.arange(1.0, cycles + 1)
    return AgeingLine(
        name=name, cycle=cycle, capacity=500 - cycle, trapped=cycle, film=2 * cycle, active=1 - cycle / 100
    )


def panels(figure: Figure | Absent) -> list[Panel]:
    assert isinstance(figure, Figure)
    return [panel for panel in figure.panels if isinstance(panel, Panel)]


def test_nothing_is_drawn_of_nothing() -> None:
    assert isinstance(voltage_figure([], voltage="V"), Absent)
    assert isinstance(rate_figure([]), Absent)
    assert isinstance(rate_figure([RateLine(name="a", current=np.array([]), capacity=np.array([]))]), Absent)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_each_cycle_has_a_colour_of_its_own_in_both_directions(count: int) -> None:
    names = [f"cycle {n}" for n in range(count)]
    both = [curve(name, direction) for name in names for direction in ("discharge", "charge")]
    (panel,) = panels(voltage_figure(both, voltage="V"))
    colour = {name: {s.colour for s in panel.series if s.key == name} for name in names}
    assert all(len(found) == 1 for found in colour.values())
    assert len(set.union(*colour.values())) == count
    assert {s.dash for s in panel.series if s.name.endswith(", charge")} == {"dash"}


def test_long_curves_are_thinned_between_the_same_ends() -> None:
    (panel,) = panels(voltage_figure([curve("a", points=20_000)], voltage="V"))
    (line,) = panel.series
    assert len(line.x) <= MAX_POINTS
    assert (line.x[0], line.x[-1]) == (0.0, 500.0)


def test_stated_voltages_are_lines_and_named_in_the_caption() -> None:
    figure = voltage_figure([curve("a")], voltage="V", stated=[Marker(at=2.0, text="stated", axis="y")])
    assert isinstance(figure, Figure)
    assert panels(figure)[0].markers[0].at == 2.0
    assert "stated" in figure.caption


def test_currents_are_on_a_logarithmic_axis_with_stars_at_stated_values() -> None:
    line = RateLine(name="2 µm", current=np.array([0.1, 1.0]), capacity=np.array([500.0, 400.0]))
    (panel,) = panels(rate_figure([line], [STATED]))
    assert panel.x_log
    assert panel.y_from_zero
    star = panel.series[-1]
    assert (star.symbol, star.width) == ("star", 0.0)
    assert (star.x[0], star.y[0]) == (1.0, 641.0)


def test_living_material_is_in_per_cent_and_charge_as_it_is() -> None:
    capacity, trapped, film, active = panels(ageing_figure([ageing("a"), ageing("b")]))
    np.testing.assert_allclose(capacity.series[0].y, [499, 498, 497, 496])
    np.testing.assert_allclose(trapped.series[0].y, [1, 2, 3, 4])
    np.testing.assert_allclose(film.series[0].y, [2, 4, 6, 8])
    np.testing.assert_allclose(active.series[0].y, [99, 98, 97, 96])
    assert "%" in active.y_label


def test_one_cell_alone_needs_no_legend_and_stated_values_do() -> None:
    alone = ageing_figure([ageing("a")])
    assert not alone.legend()
    assert set(ageing_figure([ageing("a")], [STATED]).legend()) == {"a", "stated"}
    assert set(ageing_figure([ageing("a"), ageing("b")]).legend()) == {"a", "b"}


def test_stated_values_stand_in_the_panel_of_capacity_alone() -> None:
    capacity, *others = panels(ageing_figure([ageing("a")], [STATED]))
    assert any(s.key == "stated" for s in capacity.series)
    assert not any(s.key == "stated" for panel in others for s in panel.series)
