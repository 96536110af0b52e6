"""Exchange with metal as a running state holds it, against the definitions counted out anew."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from test_hamiltonian import reacted

from topotaxy.lattice.metal import lost_bonds, object_energy
from topotaxy.lattice.places import EPOCH, LARGEST, LOST, REACH, VOLTAGE
from topotaxy.lattice.running import State, state_from
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.lattice.tables import CONTACT, Tables
from topotaxy.material import parse_formula

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O"
COMPOSITION = parse_formula(FORMULA)


def stood(
    make: Callable[..., object], cells: int, seed: int, voltage: float, fastest: float = np.inf
) -> tuple[object, Configuration, State]:
    made = make(FORMULA, "Na", cells, voltage=voltage)
    c = reacted(made.geometry, COMPOSITION, seed, 30 * cells)
    state = state_from(made.geometry, made.energies, made.tables, c, voltage=voltage, fastest=fastest)
    return made, c, state


def overpotentials(tables: Tables, voltage: float) -> np.ndarray:
    return np.abs(voltage - tables.equilibrium_voltage)


@pytest.mark.parametrize("voltage", [0.02, 0.9, 2.5])
def test_the_reach_grows_with_the_overpotential_from_contact_on(
    voltage: float, system: Callable[..., object]
) -> None:
    made, _, state = stood(system, 3, 1, voltage)
    t = made.tables
    drive = overpotentials(t, voltage)[t.reducible == 1]
    expected = np.maximum(CONTACT, t.reach_per_volt * drive).max() * t.nearest
    assert state.held[VOLTAGE] == voltage
    assert state.held[REACH] == pytest.approx(expected)


@pytest.mark.parametrize("voltage", [0.02, 2.5])
def test_the_weight_over_a_distance_is_that_of_cabrera_and_mott(
    voltage: float, system: Callable[..., object]
) -> None:
    made, _, state = stood(system, 4, 2, voltage)
    t, eta = made.tables, overpotentials(made.tables, voltage)
    rows = np.flatnonzero(state.row_epoch == state.clock[EPOCH])
    assert len(rows) > 1
    for row in rows:
        for shell, distance in enumerate(t.distance[row]):
            steps = max(distance / t.nearest, 1.0)
            for s in range(len(eta)):
                within = distance <= max(CONTACT, t.reach_per_volt * eta[s]) * t.nearest
                expected = math.exp(-eta[s] / (2.0 * t.thermal_energy) * (1.0 - 1.0 / steps))
                weight = state.exchange[row, shell, s]
                assert weight == pytest.approx(expected if within and t.reducible[s] else 0.0, rel=1e-12)


def test_in_equilibrium_ions_are_exchanged_in_contact_only(system: Callable[..., object]) -> None:
    made = system("NiO", "Na", 4)
    level = float(made.tables.equilibrium_voltage[0])
    c = reacted(made.geometry, parse_formula("NiO"), 4, 120)
    state = state_from(made.geometry, made.energies, made.tables, c, voltage=level)
    assert state.held[REACH] == pytest.approx(CONTACT * made.tables.nearest)
    valid = state.row_epoch == state.clock[EPOCH]
    near = made.tables.distance[valid] <= CONTACT * made.tables.nearest
    assert np.array_equal(state.exchange[valid, :, 0] == 1.0, near)
    assert not state.exchange[valid, :, 0][~near].any()


# From twelve cells on, objects are looked for by bins.
@pytest.mark.parametrize(("cells", "seed"), [(3, 0), (4, 5), (5, 7), (12, 1), (13, 2)])
def test_the_nearest_objects_are_the_nearest(cells: int, seed: int, system: Callable[..., object]) -> None:
    made, c, state = stood(system, cells, seed, 1.0)
    t, grid = made.tables, made.geometry.grid
    objects = np.flatnonzero(c.centre >= 0)
    shells = t.distance.shape[1]
    for site in range(made.geometry.sites):
        ion = c.species[site]
        if ion != VACANT and not (c.valence[site] == 1 and t.reducible[ion]):
            assert (state.near[:, site] == -1).all()
            continue
        gap = np.abs(grid[c.centre[objects]] - grid[site])
        gap = np.minimum(gap, 2 * cells - gap)
        shell = (gap**2).sum(axis=1) // 2
        far = [
            (t.distance[t.size_class[state.size[k]], h], c.centre[k], k)
            for k, h in zip(objects, shell, strict=True)
            if h < shells
        ]
        ranked = [k for _, _, k in sorted(far)[:2]]
        assert state.near[: len(ranked), site].tolist() == ranked
        assert (state.near[len(ranked) :, site] == -1).all()


@pytest.mark.parametrize("fastest", [math.inf, 1e-3])
def test_atoms_leave_by_their_energy_and_no_faster_than_the_cap(
    fastest: float, system: Callable[..., object]
) -> None:
    made, _, state = stood(system, 4, 3, 1.0, fastest)
    t, bonds = made.tables, np.diag(made.energies.metal_bond)
    leaves = state.rates[len(state.rates) // 2 :]
    assert (state.size > 1).any()
    for k in np.flatnonzero(state.size > 1):
        counts, atoms, total = state.composition[k].astype(int), int(state.size[k]), 0.0
        sites = t.touching[t.size_class[atoms - 1]]
        for s in np.flatnonzero(counts):
            without = counts.copy()
            without[s] -= 1
            cost = 6.0 * bonds[s] + object_energy(without, bonds) - object_energy(counts, bonds)
            rate = t.metal_hop_rate[s] * math.exp(-max(cost, 0.0) / t.thermal_energy)
            total += min(rate, fastest / sites) * counts[s] / atoms * sites
        assert leaves[k] == pytest.approx(total, rel=1e-9)
    assert state.rates[1] == pytest.approx(leaves.sum(), rel=1e-12)
    assert state.clock[LARGEST] == state.size.max()
    assert state.clock[LOST] == 0
    assert lost_bonds(1) == 6.0


def test_without_metal_there_is_nothing_to_exchange_with(system: Callable[..., object]) -> None:
    made = system(FORMULA, "Li", 3)
    state = made.state
    assert (state.near == -1).all()
    assert not state.rates.any()
    assert not state.gain.any()
    # Pristine: nothing can be given back, and every ion that may react can take an electron.
    assert not state.redox[:, 1].any()
    can = made.energies.reducible[state.species]
    assert np.array_equal(state.redox[:, 0] > 0.0, can)
