"""Regions decide nothing about registry: barrier, number of starts and speed of the border go by volume."""

from __future__ import annotations

from collections.abc import Callable

import inner_functions as inner
import numpy as np
import pytest

from topotaxy.lattice.hamiltonian import border_area
from topotaxy.lattice.places import LOST


def _full_of_metal(system: Callable[..., object], cells: int, block: int, **parameters: float):  # type: ignore[no-untyped-def]
    """Pristine oxide that feels the pressure of as much metal as it could give, whatever the box."""
    made = system("NiO", "Li", cells, block=block, coherency=True, **parameters)
    made.state.pooled[0] = made.geometry.sites
    return made


def _loss_rate(made, region: int) -> float:  # type: ignore[no-untyped-def]
    """Rate of loss of a region over that of an elementary step."""
    cost, saddle = inner.loss_cost(made.tables, made.state, region)
    factor = inner.change_factor(made.tables, made.state, region, cost, saddle)
    return float(factor * np.exp(-max(0.0, cost) / made.tables.thermal_energy))


@pytest.mark.parametrize(("cells", "block"), [(5, 5), (8, 2), (8, 4), (8, 8), (10, 5)])
def test_loss_starts_as_often_in_a_volume_whatever_the_regions(
    system: Callable[..., object], cells: int, block: int
) -> None:
    # 1.8 GPa: a critical nucleus of 0.31 nm fits into every region.
    made = _full_of_metal(system, cells, block, matrix_pressure=1.8)
    t, sites = made.tables, made.geometry.sites
    gain = t.pressure * t.volumes[0] / t.site_volume
    barrier = 16.0 * np.pi / 3.0 * t.surface**3 / gain**2
    total = sum(_loss_rate(made, r) for r in range(made.geometry.regions))
    assert np.log(total / sites) == pytest.approx(-barrier / t.thermal_energy, abs=1e-6)


@pytest.mark.parametrize("block", [2, 4, 8])
def test_a_nucleus_larger_than_a_region_passes_its_barrier_in_steps(
    system: Callable[..., object], block: int
) -> None:
    # At 0.7 GPa the critical nucleus is as large as seven of the smallest regions.
    made = _full_of_metal(system, 16, block, matrix_pressure=0.7)
    t, s = made.tables, made.state
    gain = t.pressure * t.volumes[0] / t.site_volume
    barrier = 16.0 * np.pi / 3.0 * t.surface**3 / gain**2
    height, top = 0.0, 0.0
    for region in range(made.geometry.regions // 4):
        cost, saddle = inner.loss_cost(t, s, region)
        top = max(top, height + saddle)
        height += cost
        inner.change_registry(t, s, region)
    assert top == pytest.approx(barrier, rel=1e-9)
    assert s.clock[LOST] == made.geometry.region_sites[: made.geometry.regions // 4].sum()


@pytest.mark.parametrize("pressure", [0.0, 0.01, 1.0])
def test_a_flat_border_moves_as_fast_whatever_the_regions(
    system: Callable[..., object], pressure: float
) -> None:
    speeds = []
    for block in (2, 4):
        made = _full_of_metal(system, 16, block, matrix_pressure=pressure)
        t, s, g = made.tables, made.state, made.geometry
        slab = np.flatnonzero(np.array([g.grid[g.region_start[r], 0] for r in range(g.regions)]) < 16)
        for region in slab:
            inner.change_registry(t, s, int(region))
        there = next(r for r in range(g.regions) if s.registered[r])
        n = int(g.region_sites[there])
        cost, saddle = inner.loss_cost(t, s, there)
        onward = inner.change_factor(t, s, there, cost, saddle)
        if pressure == 0.0:
            # Nothing drives it: n steps of a walk, and no more than a rounding error of cost.
            assert cost == pytest.approx(0.0, abs=1e-6)
            speeds.append(onward * n * n / t.faces[there, 0])
        else:
            # The half of the grain that is lost no longer presses.
            net = onward * (1.0 - np.exp(-abs(cost) / t.thermal_energy)) * n
            assert net / t.faces[there, 0] < 1.0
            speeds.append(net / t.faces[there, 0])
    assert speeds[1] == pytest.approx(speeds[0], rel=1e-6)


def test_the_border_is_a_sphere_and_at_most_a_slab(system: Callable[..., object]) -> None:
    made = system("NiO", "Li", 8, coherency=True)
    frame, sites = made.frame, made.geometry.sites
    assert border_area(frame, 0, sites) == 0.0
    assert border_area(frame, sites, sites) == 0.0
    volume = 30 * frame.site_volume
    radius = (3 * volume / (4 * np.pi)) ** (1 / 3)
    assert border_area(frame, 30, sites) == pytest.approx(4 * np.pi * radius**2, rel=1e-12)
    assert border_area(frame, sites - 30, sites) == border_area(frame, 30, sites)
    edge = (sites * frame.site_volume) ** (1 / 3)
    assert border_area(frame, sites // 2, sites) == pytest.approx(2 * edge * edge, rel=1e-12)


@pytest.mark.parametrize("block", [2, 4, 8])
def test_without_a_drive_the_whole_border_must_be_paid(system: Callable[..., object], block: int) -> None:
    made = system("NiO", "Li", 8, block=block, coherency=True)
    t, s = made.tables, made.state
    slab = 2.0 * (made.geometry.sites * t.site_volume) ** (2 / 3) * t.surface
    height, top = 0.0, 0.0
    for region in range(made.geometry.regions):
        cost, saddle = inner.loss_cost(t, s, region)
        top = max(top, height + saddle)
        height += cost
        inner.change_registry(t, s, region)
    assert top == pytest.approx(slab, rel=1e-9)
    assert height == pytest.approx(0.0, abs=1e-6)


def test_what_is_wholly_lost_finds_no_way_back(system: Callable[..., object]) -> None:
    made = system("NiO", "Li", 8, coherency=True)
    for region in range(made.geometry.regions):
        inner.change_registry(made.tables, made.state, region)
    cost, saddle = inner.loss_cost(made.tables, made.state, 0)
    # Without metal nothing is gained by registry, and a first region of it would have to pay its border.
    assert cost < -100.0 * made.tables.thermal_energy
    assert saddle == 0.0
