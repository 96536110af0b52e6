"""Priors and assumptions: what a parameter may be, and what becomes of it per gram."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cell.drawn import draw_table, drawn

from topotaxy.cell.branches import area_per_gram, density_of
from topotaxy.cell.cycled import carried
from topotaxy.cell.fast import FastCell, simulated_cycles
from topotaxy.cell.numbers import anode_charge, cell_values, circuit_of, electrode_of, kernel_branches
from topotaxy.cell.priors import DRAW, assumed, names_of, of_ion, priors, values_at
from topotaxy.runs.paper import LegSection
from topotaxy.tables import read_table

PRIORS = priors()


@pytest.mark.parametrize("prior", PRIORS, ids=lambda p: p.key)
def test_every_range_has_an_order_a_unit_and_a_source(prior: object) -> None:
    assert prior.low < prior.middle < prior.high  # type: ignore[attr-defined]
    assert prior.scale in ("log", "linear")  # type: ignore[attr-defined]
    assert prior.low > 0.0 or prior.scale == "linear"  # type: ignore[attr-defined]
    assert prior.unit  # type: ignore[attr-defined]
    assert len(prior.source) > 20  # type: ignore[attr-defined]


@given(st.sampled_from(PRIORS), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_shares_and_values_go_both_ways_and_keep_their_order(prior, one: float, other: float) -> None:  # type: ignore[no-untyped-def]
    first, second = prior.at(np.array([one, other]))
    assert prior.share(float(first)) == pytest.approx(one, abs=1e-9)
    assert (first < second) == (one < other) or abs(one - other) < 1e-12
    assert prior.low * (1 - 1e-12) <= first <= prior.high * (1 + 1e-12)


def test_a_parameter_is_inferred_or_assumed_and_never_both() -> None:
    assert not {p.name for p in PRIORS} & set(assumed())
    assert len({p.key for p in PRIORS}) == len(PRIORS)
    for row in read_table("topotaxy.cell", "assumptions"):
        assert row["label"] in ("imposed", "handbook"), row["name"]


@given(st.lists(st.floats(0.0, 1.0), min_size=len(PRIORS) + 1, max_size=len(PRIORS) + 1))
def test_a_point_of_the_cube_is_a_cell(shares: list[float]) -> None:
    values = values_at(PRIORS, np.array(shares), 7)
    assert list(values) == names_of(PRIORS)
    assert values[DRAW] in range(7)
    for ion in ("Na", "Li"):
        own = of_ion(values, ion)
        own.pop(DRAW)
        e = electrode_of(drawn(ion=ion), cell_values(ion, own))
        assert all(math.isfinite(v) for v in e)
        assert anode_charge(e) >= e.capacity


def test_what_belongs_to_another_alkali_is_left_out() -> None:
    assert of_ion({"a": 1.0, "b.Na": 2.0, "b.Li": 3.0}, "Li") == {"a": 1.0, "b": 3.0}


@pytest.mark.parametrize("diameter", [50.0, 200.0, 2000.0])
def test_the_outer_surface_is_that_of_spheres(diameter: float) -> None:
    e = electrode_of(drawn(), cell_values("Na", {"particle_diameter": diameter}))
    assert e.host_area == pytest.approx(6000.0 / (5.9 * diameter))
    assert e.film_area > e.host_area
    bare = electrode_of(drawn(), cell_values("Na", {"particle_diameter": diameter, "carbon_mass_ratio": 0.0}))
    assert bare.film_area == bare.host_area
    assert bare.carbon_store == 0.0


def test_charge_transfer_is_outside_unless_it_is_put_inside() -> None:
    outside, inside = (
        electrode_of(drawn(), cell_values("Na", {"reaction_at_interfaces": where})) for where in (0.0, 1.0)
    )
    assert outside.reaction_area == outside.host_area
    assert inside.reaction_area == 300.0


@pytest.mark.parametrize(("ion", "share"), [("Li", 1.0), ("Na", 1.0 / 13.0)])
def test_alloys_hold_what_their_richest_compound_does(ion: str, share: float) -> None:
    e = electrode_of(drawn(ion=ion, zinc=52.0), cell_values(ion, {"alloy_share": 1.0}))
    assert e.alloy_store == pytest.approx(52.0 * share)


@pytest.mark.parametrize("ratio", [1.0, 1.3])
def test_a_cathode_is_balanced_against_all_that_the_anode_takes(ratio: float) -> None:
    values = cell_values("Na", {"capacity_ratio": ratio})
    e = electrode_of(drawn(), values)
    circuit = circuit_of(e, values, low=0.01, high=3.0, full=True)
    assert circuit.cathode_capacity == pytest.approx(ratio * anode_charge(e))
    assert (circuit.low, circuit.high) == (values["full_lower_cutoff"], values["full_upper_cutoff"])


def test_branches_reach_the_cut_offs_and_are_otherwise_those_of_the_draw() -> None:
    draw = drawn()
    found = kernel_branches(draw, low=-0.5, high=3.5)
    assert found[0, -1] == found[1, -1] == -0.5
    assert found[2, 0] == 3.5
    assert found[:, 1:-1] == pytest.approx(
        np.array([draw.first_discharge, draw.discharge, draw.charge])[:, 1:-1]
    )


def test_rock_salt_has_its_density_and_a_nanometre_squared_its_area() -> None:
    # NiO: 74.692 g/mol, a = 4.177 Å, four formula units; 6.8 g/cm3.
    assert density_of(74.692, 4.177**3 / 4.0) == pytest.approx(6.81, abs=0.02)
    assert area_per_gram(74.692) == pytest.approx(8063.0, rel=1e-3)


@given(st.floats(1e-6, 1.0), st.integers(2, 200), st.integers(1, 500))
def test_a_steady_change_is_carried_over_as_it_is(change: float, at: int, jump: int) -> None:
    assert carried(change, change, at, at - 1, jump) == pytest.approx(change * jump, rel=1e-9)


@pytest.mark.parametrize("power", [-0.5, 0.0])
def test_a_power_of_the_cycles_is_carried_over_exactly(power: float) -> None:
    """What grows as n to the power plus one: its change per cycle at the middle of the cycle."""
    now, then = ((n - 0.5) ** power for n in (100, 50))
    exact = (200.0 ** (power + 1.0) - 100.0 ** (power + 1.0)) / (power + 1.0)
    assert carried(now, then, 100, 50, 100) == pytest.approx(exact, rel=1e-6)
    assert carried(0.0, 1.0, 100, 50, 100) == 0.0


@given(st.integers(1, 3000), st.floats(0.01, 5.0))
def test_no_more_cycles_are_simulated_than_there_are(cycles: int, growth: float) -> None:
    found = simulated_cycles(cycles, growth)
    assert 1 <= found <= cycles
    assert simulated_cycles(cycles, 0.0) == cycles


@pytest.mark.parametrize("growth", [0.5, 3.0])
def test_skipping_keeps_the_first_and_last_cycle_and_the_ledger(growth: float) -> None:
    table = draw_table()
    cell = FastCell(draw=table.draw(0, "Na"), values=cell_values("Na"))
    found = cell.cycle([LegSection(cycles=60, current=0.5)], growth=growth, steps=12, shells=6)
    number = found.column("cycle")
    assert (number[0], number[-1]) == (1.0, 60.0)
    assert (np.diff(number) > 0.0).all()
    assert np.abs(found.column("residual")).max() < 1e-4 * found.column("discharge").sum()
    assert len(number) == simulated_cycles(60, growth)
