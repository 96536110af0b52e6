"""Blocks, clusters and the strained frame: every cost is the difference of the one energy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import inner_functions as inner
import numpy as np
import pytest
from redox_weights import oxidation_weight, reduction_weight

from topotaxy.lattice.clusters import SURFACE, cluster_energy, coordination, lost_bonds
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import VACANT
from topotaxy.lattice.straining import FADING_COST, STRAIN
from topotaxy.lattice.weights import ELECTRONS

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
FORMULAS = [(HEOS, "Na"), ("Ni0.95O0.9F0.1", "Na"), ("Co0.5Mg0.5O", "Li")]


def _redox(s, rng) -> tuple[str, float] | None:
    """One random redox event; cost without that of the strain and, for a cluster, of mixing."""
    tables, state = s.tables, s.state
    kt = tables.thermal_energy
    site, direction = rng.integers(s.geometry.sites), rng.integers(8)
    weigh, step = [(reduction_weight, -1), (oxidation_weight, 1)][rng.integers(2)]
    weight = weigh(tables, state, site, direction)
    if weight == 0:
        return None
    fading = step * state.frame[FADING_COST]
    if not state.incoherent[site // tables.sites_per_block]:
        inner.apply_redox(tables, state, site, direction, step)
        return "coherent redox", -2 * kt * np.log(weight) + fading
    reach = [b for b in s.geometry.reach[site] if b >= 0 and state.incoherent[b]]
    if step < 0 and state.valence[site] == 1:
        pool = rng.choice(reach)
        part = state.pool_gain[pool, state.species[site]]
        part /= sum(state.pool_gain[b, state.species[site]] for b in reach)
        inner.apply_redox(tables, state, site, direction, step, pool)
        return "into a cluster", -2 * kt * np.log(weight * part)
    if state.species[site] == VACANT:
        pool = rng.choice([b for b in reach if state.pool_size[b]])
        member = rng.integers(state.pool_size[pool])
        species = state.element[state.pool[pool, member]]
        share = state.pool_count[pool, species] / state.pool_size[pool]
        part = state.pool_loss[pool, species] / share
        part *= tables.half_site[1, tables.site_class[site], species, 0] / state.can_oxidise[site]
        inner.apply_redox(tables, state, site, direction, step, pool, member)
        return "out of a cluster", -2 * kt * np.log(weight * part)
    inner.apply_redox(tables, state, site, direction, step)
    return "incoherent redox", -2 * kt * np.log(weight)


def _exchange(s, rng) -> tuple[str, float] | None:
    tables, state = s.tables, s.state
    if not state.counts[0]:
        return None
    metal = state.metal_list[rng.integers(state.counts[0])]
    direction = rng.integers(12)
    other = s.geometry.octahedral_octahedra[metal, direction]
    start, end = metal // tables.sites_per_block, other // tables.sites_per_block
    if state.incoherent[end]:
        return None
    cost = inner.exchange_cost(tables, state, metal, other)
    inner.apply_exchange(tables, state, metal, direction)
    return "exchange between blocks" if start != end else "exchange", cost


def _transfer(s, rng) -> tuple[str, float] | None:
    state = s.state
    out = np.flatnonzero(state.incoherent)
    full = [b for b in out if state.pool_size[b]]
    if len(out) < 2 or not full:
        return None
    start = rng.choice(full)
    end = rng.choice([b for b in out if b != start])
    if state.pool_size[end] >= s.tables.pool_capacity:
        return None
    member = rng.integers(state.pool_size[start])
    species = state.element[state.pool[start, member]]
    cost = inner.transfer_cost(s.tables, state, start, end, species)
    inner.apply_transfer(s.tables, state, start, member, end)
    return "transfer", cost


def _flip(s, rng) -> tuple[str, float] | None:
    tables, state = s.tables, s.state
    block = rng.integers(s.geometry.blocks)
    per = tables.sites_per_block
    vacant = int((state.species[block * per : (block + 1) * per] == VACANT).sum())
    if state.incoherent[block]:
        if state.pool_size[block] > vacant:
            return None
        members = np.full(per, -1)
        inner.draw_members(tables, state, block, rng, members, np.empty(per, dtype=np.int64))
        layout = np.full(per, -1)
        placed = members >= 0
        layout[placed] = state.element[state.pool[block, members[placed]]]
        cost = -inner.flip_cost(tables, state, block, layout)[0]
        cost += tables.thermal_energy * _arrangements(vacant, int(state.pool_size[block]))
        inner.apply_coherence(tables, state, block, members)
        return "flip back", cost
    layout = np.full(per, -1)
    inner.read_layout(tables, state, block, layout)
    cost = inner.flip_cost(tables, state, block, layout)[0]
    atoms = int((layout >= 0).sum())
    cost -= tables.thermal_energy * _arrangements(vacant + atoms, atoms)
    inner.apply_decoherence(tables, state, block)
    return "flip", cost


def _arrangements(vacant: int, atoms: int) -> float:
    """Logarithm of the ways to place atoms on vacant sites."""
    from math import lgamma

    return lgamma(vacant + 1) - lgamma(vacant - atoms + 1) - lgamma(atoms + 1)


def _random_event(s, rng) -> tuple[str, float] | None:
    pick = rng.random()
    if pick < 0.9:
        return _redox(s, rng)
    return [_exchange, _transfer, _flip][rng.integers(3)](s, rng)


@pytest.mark.parametrize(("formula", "ion"), FORMULAS)
def test_cost_of_every_event_is_the_difference_of_the_energy_at_held_strain(
    system: Callable[..., object], formula: str, ion: str
) -> None:
    s = system(formula, ion, 4, seed=3, rigid=False)
    rng = np.random.default_rng(5)
    seen: Counter[str] = Counter()
    before = s.energy()
    for step in range(6000):
        event = _random_event(s, rng)
        if event is not None:
            name, cost = event
            if "flip" in name:
                # Weights are those of the time before, as for the frame.
                after = s.energy()
                assert after - before == pytest.approx(cost, abs=1e-8), name
                s.refresh()
                before = s.energy()
            else:
                after = s.energy()
                assert after - before == pytest.approx(cost, abs=1e-8), name
                before = after
            seen[name] += 1
        if step % 50 == 0:
            s.refresh()
            before = s.energy()
    wanted = {"coherent redox", "incoherent redox", "into a cluster", "out of a cluster", "flip", "flip back"}
    wanted |= {"transfer", "exchange", "exchange between blocks"}
    assert wanted <= set(seen), seen
    assert min(seen[name] for name in wanted) >= 3, seen


@pytest.mark.parametrize(("formula", "ion"), FORMULAS)
def test_counters_equal_a_rebuild(system: Callable[..., object], formula: str, ion: str) -> None:
    s = system(formula, ion, 4, seed=2, rigid=False)
    rng = np.random.default_rng(4)
    for _ in range(6000):
        event = _random_event(s, rng)
        if event is not None and "flip" in event[0]:
            s.refresh()
    s.refresh()
    fresh = state_from(s.geometry, s.energies, s.tables, configuration_of(s.state))
    names = ("site_excess", "tetrahedral_excess", "metal_neighbours", "counts", "electrons")
    names += ("block_electrons", "pool_size", "pool_count", "coherent")
    for name in names:
        assert np.array_equal(getattr(s.state, name), getattr(fresh, name)), name
    for name in ("bonds", "frame", "pool_gain", "pool_loss", "reductions", "oxidations"):
        np.testing.assert_allclose(getattr(s.state, name), getattr(fresh, name), rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(s.state.sums, fresh.sums, rtol=1e-12)
    inside = s.state.incoherent == 0
    assert s.state.coherent[ELECTRONS] == s.state.block_electrons[inside].sum()
    n = s.state.counts[2]
    assert set(s.state.vacant_list[:n]) == set(fresh.vacant_list[:n])


def test_a_frame_that_only_strains_needs_only_metal_renewed(system: Callable[..., object]) -> None:
    s = system(HEOS, "Na", 4, seed=3, rigid=False)
    rng = np.random.default_rng(6)
    for _ in range(10):
        for _ in range(300):
            event = _random_event(s, rng)
            if event is not None and "flip" in event[0]:
                s.refresh()
        s.refresh(everything=False)
        partly = {name: getattr(s.state, name).copy() for name in ("reductions", "oxidations", "sums")}
        s.refresh()
        for name, values in partly.items():
            np.testing.assert_allclose(getattr(s.state, name), values, rtol=1e-13, err_msg=name)


def test_fading_is_paid_electron_by_electron(system: Callable[..., object]) -> None:
    """Sum of what electrons pay while the frame swells = energy that the bonds lose by it."""
    s = system("NiO", "Na", 4, seed=1, rigid=False)
    rng = np.random.default_rng(1)
    paid = jumped = 0.0
    for _ in range(60_000):
        site, direction = rng.integers(s.geometry.sites), rng.integers(8)
        if s.state.valence[site] == 0 or s.state.alkali[s.tables.octahedral_tetrahedra[site, direction]]:
            continue
        paid += s.state.frame[FADING_COST]
        inner.apply_redox(s.tables, s.state, site, direction, -1)
        before = s.energy()
        s.refresh()
        jumped += s.energy() - before
    assert s.state.electrons[0] > 0.9 * 2 * s.geometry.sites
    assert jumped > 1.0
    assert paid == pytest.approx(jumped, rel=0.02)


def test_uniform_swelling_is_free_and_differences_cost_what_cahn_says(system: Callable[..., object]) -> None:
    s = system("NiO", "Na", 4, rigid=False)
    frame, blocks, n = s.frame, s.geometry.blocks, s.geometry.sites_per_block
    uniform = np.full(blocks, 20)
    assert (uniform**2).sum() - uniform.sum() ** 2 / blocks == 0
    # One half reacted, the other not: Y η² (1/2)² a volume, η from the volumes of the table.
    split = np.repeat([0, 2 * n], blocks // 2).astype(float)
    cost = frame.elastic * ((split**2).sum() - split.sum() ** 2 / blocks)
    eta = (1.0 + frame.growth * 2 * n) ** (1 / 3) - 1.0
    assert cost == pytest.approx(frame.modulus * eta**2 / 4 * blocks * frame.block_volume, rel=1e-9)
    assert frame.growth > 0
    assert s.state.frame[STRAIN] == pytest.approx(0.0, abs=1e-12)


def test_clusters() -> None:
    bonds = np.array([[0.1, 0.15], [0.15, 0.2]])
    assert pytest.approx(6.65, abs=0.01) == SURFACE
    assert cluster_energy(np.array([1, 0]), bonds) == pytest.approx(0.6)
    assert cluster_energy(np.array([0, 0]), bonds) == 0.0
    assert cluster_energy(np.array([1000, 0]), bonds) == pytest.approx(0.1 * SURFACE * 100)
    assert lost_bonds(1) == 6.0
    assert coordination(10**9) == pytest.approx(12.0, abs=0.02)
    # Two clusters always gain by becoming one.
    for n in range(1, 60):
        joined = cluster_energy(np.array([2 * n, 0]), bonds)
        assert joined <= 2 * cluster_energy(np.array([n, 0]), bonds) + 1e-12
