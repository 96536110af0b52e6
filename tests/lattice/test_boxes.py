"""Boxes of any size are one crystal, and what a replica records of itself adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.lattice import Box, Replica, box_from_spec, kernel, run_replica
from topotaxy.lattice.geometry import Geometry, geometry_from_cells, sites_around
from topotaxy.lattice.history import snapshot
from topotaxy.lattice.simulation import new_replica
from topotaxy.material import molar_mass, parse_formula, theoretical_capacity
from topotaxy.spec import Spec

SEED = np.random.SeedSequence(11)
TABLES = (
    ("octahedral_anions", "octahedral", "anion"),
    ("octahedral_tetrahedra", "octahedral", "tetrahedral"),
    ("octahedral_octahedra", "octahedral", "octahedral"),
    ("tetrahedral_anions", "tetrahedral", "anion"),
    ("tetrahedral_octahedra", "tetrahedral", "octahedral"),
    ("tetrahedral_tetrahedra", "tetrahedral", "tetrahedral"),
    ("anion_octahedra", "anion", "octahedral"),
    ("anion_tetrahedra", "anion", "tetrahedral"),
)


def where(geometry: Geometry, kind: str, shift: np.ndarray) -> np.ndarray:
    """Index that each site of a kind has once all are shifted (in lattice parameters)."""
    positions = getattr(geometry, f"{kind}_position")
    quarter = np.rint(4.0 * positions).astype(int) % (4 * geometry.cells)
    moved = np.rint(4.0 * (positions + shift)).astype(int) % (4 * geometry.cells)
    index = {tuple(p): i for i, p in enumerate(quarter.tolist())}
    return np.array([index[tuple(p)] for p in moved.tolist()])


@pytest.mark.parametrize("cells", [2, 3, 5])
@pytest.mark.parametrize("shift", [(0.5, 0.5, 0.0), (0.0, -0.5, 0.5), (1.0, 0.0, 0.0)])
def test_a_lattice_vector_takes_every_neighbour_to_a_neighbour(
    cells: int, shift: tuple[float, float, float]
) -> None:
    g = geometry_from_cells(cells)
    place = {kind: where(g, kind, np.array(shift)) for kind in ("octahedral", "tetrahedral", "anion")}
    for name, centre, neighbour in TABLES:
        table = getattr(g, name)
        moved = np.sort(place[neighbour][table], axis=1)
        assert np.array_equal(moved, np.sort(table[place[centre]], axis=1)), name


@pytest.mark.parametrize(("cells", "block"), [(3, 1), (5, 2), (5, 5), (7, 3)])
def test_neighbourhood_is_mutual_in_odd_boxes_of_any_regions(cells: int, block: int) -> None:
    g = geometry_from_cells(cells, block)
    for name, centre, neighbour in TABLES:
        back = f"{neighbour}_{'octahedra' if centre == 'octahedral' else 'tetrahedra'}"
        back = f"{neighbour}_anions" if centre == "anion" else back
        edges = {(i, j) for i, row in enumerate(getattr(g, name).tolist()) for j in row}
        assert edges == {(i, j) for j, row in enumerate(getattr(g, back).tolist()) for i in row}, name


@given(square=st.integers(0, 40))
@settings(max_examples=15)
def test_sites_around_are_those_of_a_cube_and_none_is_left_out(square: int) -> None:
    offsets = sites_around(square)
    found = {tuple(o) for o in offsets.tolist()}
    assert len(found) == len(offsets)
    # Octahedral sites are one fcc lattice: inversion and exchange of axes take it to itself.
    assert found == {(-x, -y, -z) for x, y, z in found} == {(y, z, x) for x, y, z in found}
    span = range(-7, 8)
    every = {(x, y, z) for x in span for y in span for z in span if (x + y + z) % 2 == 0}
    assert found == {o for o in every if sum(c * c for c in o) <= square}


@pytest.mark.parametrize("cells", [2, 3, 5])
def test_every_grid_point_is_a_site_or_an_anion(cells: int) -> None:
    g = geometry_from_cells(cells)
    edge = 2 * cells
    flat = (g.grid[:, 0] * edge + g.grid[:, 1]) * edge + g.grid[:, 2]
    assert np.array_equal(g.site_at[flat], np.arange(g.sites))
    assert (g.site_at == -1).sum() == g.sites
    assert np.allclose(g.grid / 2.0, g.octahedral_position)


def box_of(formula: str = "Ni0.5Mg0.5O", **changes: Any) -> Box:
    document: dict[str, Any] = {
        "name": "small",
        "electrode": {"formula": formula},
        "cell": {"ion": "Na", **changes.pop("cell", {})},
        "protocol": {"cycles": 2, **changes.pop("protocol", {})},
        "lattice": {"cells": 2, "seed": 4, **changes},
    }
    return box_from_spec(Spec.model_validate(document))


@pytest.mark.parametrize("cells", [2, 3, 4])
def test_what_is_specific_does_not_depend_on_the_box(cells: int) -> None:
    small, box = box_of(), box_of(cells=cells)
    times = (cells / 2) ** 3
    assert box.geometry.sites == times * small.geometry.sites
    assert box.electrons_per_second == pytest.approx(times * small.electrons_per_second)
    assert box.capacity_per_electron == pytest.approx(small.capacity_per_electron / times)
    assert (box.spacing, box.atomic_volume) == (small.spacing, small.atomic_volume)


@pytest.mark.parametrize("formula", ["NiO", "Ni0.5Mg0.5O", "NiCoO2", "CuO0.9F0.1"])
def test_all_electrons_of_the_box_are_the_theoretical_capacity(formula: str) -> None:
    box, composition = box_of(formula), parse_formula(formula)
    units = box.geometry.sites / sum(composition.anions.values())
    electrons = sum(amount * composition.mean_valences[el] for el, amount in composition.cations.items())
    expected = theoretical_capacity(electrons, molar_mass(composition))
    assert electrons * units * box.capacity_per_electron == pytest.approx(expected, rel=1e-9)
    # The current takes as long for it as the specification says: capacity over A/g.
    seconds = electrons * units / box.electrons_per_second
    assert seconds / 3600.0 * box.spec.protocol.current * 1000.0 == pytest.approx(expected, rel=1e-9)


def test_a_current_twice_as_large_passes_twice_as_much() -> None:
    one, two = (box_of(protocol={"current": i}) for i in (0.1, 0.2))
    assert two.electrons_per_second == pytest.approx(2.0 * one.electrons_per_second)
    assert two.capacity_per_electron == one.capacity_per_electron


def test_switches_leave_out_what_they_name() -> None:
    plain = box_of()
    assert plain.registry is not None
    assert box_of(coherency=False).registry is None
    without = box_of(reach=False)
    assert plain.kinetics.reach_per_volt > 0.0
    assert without.kinetics.reach_per_volt == 0.0
    assert np.array_equal(without.kinetics.metal_hop_rate, plain.kinetics.metal_hop_rate)


def test_the_matrix_swells_by_what_can_react_inside_the_window() -> None:
    # Mg reacts at none of these voltages, Ni at the first: half-way the salt of Ni alone.
    ni, mixed = box_of("NiO"), box_of()
    assert mixed.spacing < ni.spacing
    assert mixed.atomic_volume == ni.atomic_volume
    # Where nothing can, all stand for it.
    shut = box_of(cell={"lower_cutoff": 2.5, "upper_cutoff": 3.0})
    assert shut.spacing > mixed.spacing
    assert shut.atomic_volume != mixed.atomic_volume


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("Cu2O", "cations per anion"),
        ("Fe2O3", "valences up to 2"),
        ("Ni0.99Cu0.01O", "less than one atom in a box of 32 sites"),
        ("Na2O", "reduced to a metal"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_runs(formula: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        box_of(formula)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Box, Replica]:
    box = box_of("Ni0.5Cu0.25Mg0.25O", cells=3)
    return box, run_replica(box, SEED, tmp_path_factory.mktemp("ran") / "replica.npz")


def test_charge_in_less_charge_out_is_what_the_ions_have_lost(ran: tuple[Box, Replica]) -> None:
    box, replica = ran
    held = 0.0
    for half in replica.half_cycles:
        held += half.capacity if half.direction == "discharge" else -half.capacity
        c = half.configuration
        assert c is not None
        taken = int(replica.pristine.valence.sum()) - int(c.valence.sum())
        assert held == pytest.approx(taken * box.capacity_per_electron, abs=1e-9)
        net = int(half.tally[kernel.REDUCED]) - int(half.tally[kernel.OXIDISED])
        sense = 1 if half.direction == "discharge" else -1
        assert half.capacity == pytest.approx(sense * net * box.capacity_per_electron)


def test_a_curve_goes_one_way_and_its_elements_add_up(ran: tuple[Box, Replica]) -> None:
    box, replica = ran
    for half in replica.half_cycles:
        assert half.curve is not None
        assert (np.diff(half.curve.charge) >= 0.0).all()
        assert half.curve.charge[-1] == pytest.approx(half.capacity)
        assert half.curve.charge_by_element[-1].sum() == pytest.approx(half.capacity)
        window = box.spec.cell
        ends = {"discharge": window.lower_cutoff, "charge": window.upper_cutoff}
        assert half.curve.voltage[-1] == ends[half.direction]
        # At constant current time is charge.
        seconds = half.capacity / box.capacity_per_electron / box.electrons_per_second
        assert half.duration == pytest.approx(seconds, rel=0.2)
        tried = dict(
            zip((kernel.HOPPED, kernel.CATION_HOPPED, kernel.METAL_HOPPED), half.tally[8:11], strict=True)
        )
        assert all(half.tally[kind] <= trials for kind, trials in tried.items())


def test_the_same_seed_is_the_same_replica_and_another_is_not(
    ran: tuple[Box, Replica], tmp_path: Path
) -> None:
    box, replica = ran
    again = run_replica(box, SEED, tmp_path / "again.npz")
    other = new_replica(box, np.random.SeedSequence(12))
    assert [h.capacity for h in again.half_cycles] == [h.capacity for h in replica.half_cycles]
    for one, two in zip(again.configuration, replica.configuration, strict=True):
        assert np.array_equal(one, two)
    assert not np.array_equal(other.pristine.species, replica.pristine.species)
    # What differs is the arrangement, not how many there are.
    assert np.array_equal(np.sort(other.pristine.species), np.sort(replica.pristine.species))


def test_without_disorder_seeds_differ_in_nothing_but_their_numbers() -> None:
    box = box_of(disorder=False)
    one, two = (new_replica(box, np.random.SeedSequence(s)) for s in (1, 2))
    assert np.array_equal(one.pristine.species, two.pristine.species)
    assert one.rng.random() != two.rng.random()
    # Site after site along x, then y, then z, no cation is ever more than one ahead of its share.
    row = one.pristine.species[np.lexsort(box.geometry.octahedral_position.T)]
    for species in (0, 1):
        ahead = np.cumsum(row == species) - 0.5 * np.arange(1, len(row) + 1)
        assert np.abs(ahead).max() <= 1.0
    assert not np.array_equal(one.pristine.species, new_replica(box_of(), SEED).pristine.species)


def test_a_snapshot_stays_what_it_was(ran: tuple[Box, Replica]) -> None:
    _, replica = ran
    taken = snapshot(replica)
    state, number = taken.rng.bit_generator.state, len(taken.half_cycles)
    drawn = replica.rng.random()
    replica.half_cycles.append(replica.half_cycles[-1])
    try:
        assert taken.rng.bit_generator.state == state
        assert len(taken.half_cycles) == number
        assert taken.rng.random() == drawn
    finally:
        replica.half_cycles.pop()
