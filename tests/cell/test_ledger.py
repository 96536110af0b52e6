"""The ledger of a cell: everything that passed is somewhere, by both implementations of one model."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.cell.experiment import CellRun, run_cell
from topotaxy.cell.ledger import STORES, in_stores
from topotaxy.cell.material import cell_material
from topotaxy.cell.numbers import electrode_of
from topotaxy.cell.protocol import cell_spec_from_text

STEPS = "[[step]]\ncurrent = 0.1\nrest = 0.2\nhold = 0.1\n[[step]]\ncurrent = 1.0\n"


@pytest.fixture(scope="module", params=["", 'counter = "Na3V2(PO4)3"\n'], ids=["half cell", "full cell"])
def run(request: pytest.FixtureRequest) -> CellRun:
    return run_cell(cell_spec_from_text(f'name = "a"\n[cell]\nmaterial = "heos-na"\n{request.param}{STEPS}'))


def test_all_charge_that_passed_is_in_couples_film_stores_or_dead_material(run: CellRun) -> None:
    """Film and couples are PyBaMM's, the stores those of the compiled cell's laws."""
    found = run.ledger
    kept = found.couples + found.lost + found.film + sum(found.stores.values())
    np.testing.assert_allclose(kept, found.passed, atol=1e-4 * found.passed.max())


def test_a_cycle_begins_by_alkaliating_whatever_the_counter_electrode(run: CellRun) -> None:
    found = run.ledger
    assert (found.passed[:, 0] > found.passed[:, 1] + 300.0).all()
    assert (found.couples[:, 0] <= run.material.draw.capacity).all()
    assert (np.diff(found.film.ravel()) >= 0.0).all()


def test_what_is_left_in_couples_is_what_the_metal_has_trapped(run: CellRun) -> None:
    """At the upper cut-off, held until the current has fallen, nothing else is left in them."""
    assert run.ledger.couples[0, 1] == pytest.approx(
        run.states.trapped[0], abs=0.01 * run.material.draw.capacity
    )


def test_each_store_fills_below_its_own_potential_and_follows_its_amount() -> None:
    material = cell_material("heos-na")
    e = electrode_of(material.draw, material.values())
    low, high = (in_stores(e, potential, 1.0, 1.0) for potential in (0.01, 3.0))
    assert set(low) == set(STORES)
    assert all(low[name] >= high[name] for name in STORES)
    twice = in_stores(e._replace(carbon_store=2.0 * e.carbon_store), 0.01, 1.0, 1.0)
    assert twice == pytest.approx(low | {"carbon": 2.0 * low["carbon"]})
    # A dead half of the material takes its stores with it, the carbon stays.
    half = in_stores(e, 0.01, 1.0, 0.5)
    assert half["film"] == pytest.approx(0.5 * low["film"])
    assert half["carbon"] == pytest.approx(low["carbon"])
