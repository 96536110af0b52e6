"""The compiled cell: conservation, limits that can be worked out, convergence, and skipped cycles."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from tests.cell.drawn import QUIET, drawn

from topotaxy.cell.cycled import COLUMNS
from topotaxy.cell.fast import FastCell, simulated_cycles
from topotaxy.cell.half_cycles import FRESH
from topotaxy.cell.numbers import anode_charge, cell_values, circuit_of, early_rate, electrode_of
from topotaxy.errors import InputError


def legs(*pairs: tuple[int, float]) -> list[Any]:
    return [SimpleNamespace(cycles=n, current=i) for n, i in pairs]


def cell(*, full: bool = False, lattice: dict[str, Any] | None = None, **changes: float) -> FastCell:
    return FastCell(draw=drawn(**(lattice or {})), values=cell_values("Na", changes), full=full)


FAST = {"solid_diffusivity": 1e-12, "exchange_current": 1e3, "cell_resistance": 1e-6, "hysteresis_decay": 1e6}


def test_alone_and_slow_a_branch_gives_its_own_capacity_and_voltage() -> None:
    """With all else off the first discharge ends where its branch meets the cut-off."""
    row = cell(**QUIET, **FAST).cycle(legs((1, 0.001)), steps=200).rows[0]
    reached = 1.0 - 0.01 / 1.2
    assert row[COLUMNS.index("discharge")] == pytest.approx(450.0 * (reached - FRESH), rel=3e-3)
    mean = row[COLUMNS.index("discharge_energy")] / row[COLUMNS.index("discharge")]
    assert mean == pytest.approx(1.2 * (1.0 - 0.5 * (reached + FRESH)), abs=0.01)
    assert row[COLUMNS.index("charge")] == pytest.approx(450.0 * reached, rel=3e-3)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("diameter", [100.0, 2000.0])
def test_alkali_is_conserved(full: bool, diameter: float) -> None:
    """What flowed is in the host, the stores, the film, or dead material: to 1e-6 of the charge passed."""
    found = cell(
        full=full,
        lattice={"early_loss": 0.06, "later_loss": 0.09},
        particle_diameter=diameter,
        loss_time=0.1,
        loss_throughput=0.1,
    ).cycle(legs((10, 0.1), (30, 0.5), (10, 2.0)))
    passed = found.column("discharge").sum() + found.column("charge").sum()
    assert np.abs(found.column("residual")).max() < 1e-6 * passed / 50


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("diameter", [100.0, 2000.0])
@pytest.mark.parametrize("current", [0.1, 0.5, 5.0])
def test_halved_steps_and_doubled_shells_change_little(full: bool, diameter: float, current: float) -> None:
    own = cell(full=full, particle_diameter=diameter, exchange_current=1.0, cell_resistance=30.0)
    coarse, fine = (own.cycle(legs((2, current)), steps=n, shells=m) for n, m in ((40, 10), (80, 20)))
    assert_allclose(coarse.column("charge"), fine.column("charge"), atol=0.005 * 450.0)
    assert_allclose(coarse.column("discharge"), fine.column("discharge"), atol=0.005 * 450.0)


def test_skipped_cycles_are_carried_over() -> None:
    own = cell(loss_time=0.1, loss_throughput=0.05, lattice={"early_loss": 0.05, "later_loss": 0.08})
    every, some = own.cycle(legs((400, 0.5))), own.cycle(legs((400, 0.5)), growth=0.5)
    assert len(some.rows) == simulated_cycles(400, 0.5) < 25
    assert some.rows[-1, 0] == every.rows[-1, 0] == 400
    assert some.at("charge", 400) == pytest.approx(every.at("charge", 400), rel=5e-3)
    assert some.at("hours", 400) == pytest.approx(every.at("hours", 400), rel=1e-2)
    assert some.at("film", 400) == pytest.approx(every.at("film", 400), rel=2e-2)


def test_stores_add_their_charge_and_no_more() -> None:
    """Slow enough, a store takes what it can hold at the cut-off on discharge."""
    stores = {"film_store": 60.0, "carbon_store": 80.0, "interface_charge": 0.4, "alloy_share": 1.0}
    slow = legs((2, 0.005))
    without = cell(**QUIET).cycle(slow).rows[1]
    values = {**QUIET, **stores}
    with_stores = cell(**values).cycle(slow).rows[1]
    e = electrode_of(drawn(), cell_values("Na", values))
    held = anode_charge(e) - e.capacity
    assert held == pytest.approx(60.0 + 10.0 + 0.4 * 300.0 / 3.6 + 5.0 / 13.0, rel=1e-6)
    assert with_stores[2] - without[2] == pytest.approx(held, rel=0.05)


def test_early_loss_is_that_of_the_draw() -> None:
    own = cell(lattice={"early_loss": 0.08, "later_loss": 0.1}, **QUIET, **FAST).cycle(legs((8, 0.01)))
    held = np.cumsum(own.column("discharge") - own.column("charge")) / 450.0
    assert held[0] == pytest.approx(0.08, abs=0.006)
    assert held[-1] == pytest.approx(0.1, abs=0.006)


def test_resistance_and_exchange_limit_the_rate() -> None:
    """Each alone takes charge away at a high current, more the larger it is."""
    high = legs((2, 5.0))
    easy = cell(**QUIET, **FAST).cycle(high).rows[1, 3]
    for name, values in {
        "cell_resistance": (20.0, 100.0),
        "exchange_current": (0.1, 0.01),
        "solid_diffusivity": (1e-17, 2e-18),
    }.items():
        some, more = (cell(**{**QUIET, **FAST, name: v}).cycle(high).rows[1, 3] for v in values)
        assert easy > some > more, name


def test_reaction_at_interfaces_is_easier() -> None:
    """The surface of metal objects is larger than that of the particles."""
    outer, inner = (
        cell(**QUIET, exchange_current=0.01, reaction_at_interfaces=v).cycle(legs((1, 5.0))).rows[0, 2]
        for v in (0.0, 1.0)
    )
    assert inner > outer


def test_film_grows_with_the_square_root_where_diffusion_limits_it() -> None:
    film = (
        cell(film_rate=1e-8, film_potential=0.8, film_diffusivity=1e-21)
        .cycle(legs((200, 0.5)))
        .column("film")
    )
    slope = math.log(film[199] / film[49]) / math.log(4.0)
    assert slope == pytest.approx(0.5, abs=0.05)


def test_loss_of_active_material_follows_its_law() -> None:
    found = cell(loss_time=0.1, loss_throughput=0.0).cycle(legs((50, 1.0)))
    assert_allclose(found.column("active"), 1.0 - 0.1 * np.sqrt(found.column("hours") / 1000.0), rtol=1e-9)


def test_a_full_cell_loses_what_its_film_takes() -> None:
    """Alkali comes from the cathode alone: film without loss of material costs a full cell its capacity."""
    film = {**QUIET, "film_rate": 1e-9, "film_diffusivity": 1e-20, "capacity_ratio": 1.0}
    half = cell(**film).cycle(legs((50, 0.5)))
    full = cell(full=True, **film).cycle(legs((50, 0.5)))
    assert half.at("charge", 50) / half.at("charge", 2) > 0.99
    lost = full.at("discharge", 2) - full.at("discharge", 50)
    grown = full.at("film", 50) - full.at("film", 2)
    assert 0.5 * grown < lost <= 1.05 * grown


def test_parameters_per_area_become_per_gram() -> None:
    e = electrode_of(drawn(), cell_values("Na"))
    thin, thick = (
        circuit_of(e, cell_values("Na", {"loading": m, "cell_resistance": 50.0}), low=0.01, high=3.0)
        for m in (1.0, 2.0)
    )
    assert thin.resistance == pytest.approx(0.05)  # 50 Ohm.cm2 at 1 mg/cm2: 0.05 V per A/g
    assert thick.resistance == pytest.approx(2.0 * thin.resistance)


@pytest.mark.parametrize(("first", "later"), [(0.0, 0.0), (0.1, 0.1), (0.02, 0.1), (0.1, 0.05)])
def test_early_rate_gives_the_first_loss_back(first: float, later: float) -> None:
    reached = later * (1.0 - math.exp(-early_rate(first, later)))
    assert reached == pytest.approx(min(first, later), abs=0.01 * max(later, 1e-9) + 1e-12)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="unknown cell parameter"):
        cell_values("Na", {"film_rates": 1.0})
    with pytest.raises(InputError, match="finite"):
        cell_values("Na", {"film_rate": math.nan})
    for bad in ([], legs((1, 0.0))):
        with pytest.raises(InputError, match="legs"):
            cell().cycle(bad)
