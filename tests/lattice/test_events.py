"""Every event obeys detailed balance with the one energy; all that is kept equals a rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

import inner_functions as inner
import numpy as np
import pytest

from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.places import MEAN, OXIDISE_TWO, REDUCE, REDUCE_TWO, VOLTAGE
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import VACANT
from topotaxy.lattice.tables import Q_SITE

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
FORMULAS = [
    (HEOS, "Na", 4, None),
    ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9F0.1", "Li", 3, None),
    ("Ni0.95O0.9F0.1", "Na", 4, 2),
    ("Fe0.4Mn0.4Ca0.2O", "K", 5, 2),
]


def _shell(system, a: int, b: int) -> int:
    gap = np.abs(system.geometry.grid[a] - system.geometry.grid[b])
    gap = np.minimum(gap, 2 * system.geometry.cells - gap)
    return int((gap * gap).sum()) // 2


def _place_weight(system, site: int, direction: int, which: int) -> float:
    """Tetrahedron, site and region: the parts that every redox event has."""
    t, s = system.tables, system.state
    around = (t.site_reduce, t.site_oxidise)[which][s.site_excess[site] + Q_SITE]
    weight = float(s.weight[t.octahedral_tetrahedra[site, direction]])
    weight = max(weight if which == REDUCE else -weight, 0.0)
    return weight * around * float(s.region_factor[t.region_of[site], which])


def _ion_weight(system, site: int, which: int, k: int, species: int) -> float:
    """The ion's part of one way: k the object that takes or gives, -1 for a single atom or none."""
    t, s = system.tables, system.state
    kind, z = t.site_class[site], int(s.valence[site])
    if which == REDUCE:
        if z == 2:
            return float(t.half_reduce[kind, species, 1])
        weight = float(t.half_reduce[kind, species, 0])
        if k < 0:
            return weight if s.object_at[site] < 0 else 0.0
        if s.near[0, site] != k:
            return 0.0
        row = t.size_class[s.size[k]]
        return weight * s.gain[k, species] * s.exchange[row, _shell(system, s.centre[k], site), species]
    if z == 1:
        return float(t.half_oxidise[kind, species, 1])
    if s.near[0, site] != k:
        return 0.0
    shell = _shell(system, s.centre[k], site)
    if s.size[k] == 1:
        if s.centre[k] != site:
            return 0.0
    else:
        d, gap, there = t.distance[t.size_class[s.size[k] - 1], shell], np.inf, -1
        # From scratch: no other object may be nearer once the atom has gone.
        for other in np.flatnonzero(s.size):
            away = _shell(system, s.centre[other], site)
            if other != k and away < t.distance.shape[1]:
                gap, there = min(
                    (gap, there), (t.distance[t.size_class[s.size[other]], away], s.centre[other])
                )
        if (d, s.centre[k]) > (gap, there):
            return 0.0
    # The share n_s/n belongs to the choice among atoms, not to the one that is chosen.
    share = s.composition[k, species] / s.size[k]
    exchange = s.exchange[t.size_class[s.size[k] - 1], shell, species]
    return float(t.half_oxidise[kind, species, 0] * s.loss[k, species] / share * exchange)


def _redox(system, rng) -> tuple[str, float] | None:
    """One redox event of any weight: its class, and the log of the ratio of forward and backward weights."""
    g, s = system.geometry, system.state
    site, direction = int(rng.integers(g.sites)), int(rng.integers(8))
    which = int(rng.integers(2))
    species, z, owner = int(s.species[site]), int(s.valence[site]), int(s.near[0, site])
    k = -1
    if which == REDUCE:
        if species == VACANT:
            return None
        # A single atom three times in four, so that there are some.
        k = owner if z == 1 and rng.random() < 0.75 else -1
        name = "2 to 1" if z == 2 else "to a single atom" if k < 0 else f"to {min(int(s.size[k]), 3)} atoms"
    else:
        if species == VACANT:
            if owner < 0:
                return None
            k, species = owner, int(rng.choice(np.flatnonzero(s.composition[owner])))
        elif z != 1:
            return None
        name = "1 to 2" if k < 0 else f"from {min(int(s.size[k]), 3)} atoms"
    if not system.tables.reducible[species]:
        return None
    forward = _place_weight(system, site, direction, which) * _ion_weight(system, site, which, k, species)
    if forward == 0.0:
        return None
    if which == REDUCE:
        inner.reduce(system.tables, s, site, direction, k)
        gone = int(s.object_at[site]) if z == 1 and k < 0 else k
    else:
        single = k >= 0 and s.size[k] == 1
        inner.oxidise(system.tables, s, site, direction, k, species, 0)
        gone = -1 if single else k
    backward = _place_weight(system, site, direction, 1 - which)
    backward *= _ion_weight(system, site, 1 - which, gone, species)
    return name, float(np.log(forward) - np.log(backward))


@pytest.mark.parametrize(("formula", "ion", "cells", "block"), FORMULAS)
@pytest.mark.parametrize("coherency", [False, True])
def test_redox_obeys_detailed_balance(
    system: Callable[..., object], formula: str, ion: str, cells: int, block: int | None, coherency: bool
) -> None:
    made = system(formula, ion, cells, block=block, coherency=coherency, voltage=-0.4, matrix_pressure=3.0)
    rng = np.random.default_rng(7)
    seen: Counter[str] = Counter()
    before = made.energy()
    for step in range(1200):
        if step % 300 == 299 and coherency:
            inner.change_registry(made.tables, made.state, int(rng.integers(made.geometry.regions)))
            before = made.energy()
        found = _redox(made, rng)
        if found is None:
            continue
        after = made.energy()
        expected = -(after - before) / made.tables.thermal_energy
        assert found[1] == pytest.approx(expected, abs=1e-7), found[0]
        seen[found[0]] += 1
        before = after
    assert set(seen) >= {"2 to 1", "1 to 2", "to a single atom", "to 1 atoms", "to 2 atoms", "from 1 atoms"}
    assert set(seen) >= {"to 3 atoms", "from 2 atoms", "from 3 atoms"}


def _direct_weight(system, site: int, pair: tuple[int, int], which: int, k: int, species: int) -> float:
    """A step of two electrons by what the sums are made of, all of it: place, ion, metal and region."""
    t, s = system.tables, system.state
    sign, column = (1.0, REDUCE_TWO) if which == REDUCE else (-1.0, OXIDISE_TWO)
    both = [max(sign * float(s.weight[t.octahedral_tetrahedra[site, i]]), 0.0) for i in pair]
    around = (t.site_reduce, t.site_oxidise)[which][s.site_excess[site] + Q_SITE] ** 2
    weight = both[0] * both[1] * float(t.pair[pair]) * around * s.region_factor[t.region_of[site], column]
    one = (t.half_reduce, t.half_oxidise)[which][t.site_class[site], species, 0]
    direct = (t.direct_reduce, t.direct_oxidise)[which][t.site_class[site], species]
    if which == REDUCE and k < 0:
        return float(weight * direct) if s.object_at[site] < 0 else 0.0
    # As for M+, but over a distance twice: the object's part is that of one electron over the ion's.
    valence = int(s.valence[site])
    s.valence[site] = min(valence, 1)
    part = _ion_weight(system, site, which, k, species) / one
    s.valence[site] = valence
    atoms = s.size[k] - (which != REDUCE)
    exchange = s.exchange[t.size_class[atoms], _shell(system, s.centre[k], site), species]
    return float(weight * direct * part * exchange) if part else 0.0


@pytest.mark.parametrize(("formula", "ion", "cells", "block"), FORMULAS)
def test_steps_of_two_electrons_obey_detailed_balance(
    system: Callable[..., object], formula: str, ion: str, cells: int, block: int | None
) -> None:
    made = system(
        formula, ion, cells, block=block, coherency=True, voltage=-0.4, matrix_pressure=3.0,
        two_electron_factor=0.01, monovalent_step_factor=0.1,
    )  # fmt: skip
    g, s, rng, seen = made.geometry, made.state, np.random.default_rng(8), Counter[str]()
    before = made.energy()
    for step in range(1500):
        if step % 400 == 399:
            inner.change_registry(made.tables, made.state, int(rng.integers(g.regions)))
            before = made.energy()
        site, which = int(rng.integers(g.sites)), int(rng.integers(2))
        first, second = (int(i) for i in rng.choice(8, 2, replace=False))
        species, k = int(s.species[site]), int(s.near[0, site])
        if which == REDUCE:
            k = k if rng.random() < 0.75 else -1
            if species == VACANT or s.valence[site] != 2:
                continue
        else:
            if species != VACANT or k < 0:
                continue
            species = int(rng.choice(np.flatnonzero(s.composition[k])))
        if not made.tables.reducible[species] or (which == REDUCE and k < 0 and s.object_at[site] >= 0):
            continue
        forward = _direct_weight(made, site, (first, second), which, k, species)
        if forward == 0.0:
            continue
        far = 1.0
        if k >= 0:
            atoms = made.tables.size_class[s.size[k] - (which != REDUCE)]
            far = float(s.exchange[atoms, _shell(made, s.centre[k], site), species])
        if which == REDUCE:
            name = "to none" if k < 0 else f"to {min(int(s.size[k]), 3)}"
            inner.reduce(made.tables, s, site, first, -1)
            inner.reduce(made.tables, s, site, second, k)
            gone = int(s.object_at[site]) if k < 0 else k
        else:
            name = f"from {min(int(s.size[k]), 3)}"
            gone = -1 if s.size[k] == 1 else k
            inner.oxidise(made.tables, s, site, first, k, species, 0)
            inner.oxidise(made.tables, s, site, second, -1, -1, 0)
        backward = _direct_weight(made, site, (first, second), 1 - which, gone, species)
        after = made.energy()
        expected = -(after - before) / made.tables.thermal_energy
        assert np.log(forward) - np.log(backward) == pytest.approx(expected, abs=1e-7), name
        # Half of the energy either way: what is left is the factor and the distance, for two charges.
        assert forward * backward == pytest.approx((0.01 * far**2) ** 2, rel=1e-6), name
        seen[name] += 1
        before = after
    assert set(seen) >= {"to none", "to 1", "to 2", "to 3", "from 1", "from 2", "from 3"}


def test_sums_of_steps_of_two_electrons_are_over_every_pair_and_every_way(
    system: Callable[..., object],
) -> None:
    made = system(HEOS, "Na", 3, two_electron_factor=0.01)
    made.react(4_000, np.random.default_rng(5))
    g, s, t = made.geometry, made.state, made.tables
    total = np.zeros(2)
    for site in range(g.sites):
        species, near = int(s.species[site]), int(s.near[0, site])
        for pair in combinations(range(8), 2):
            if species != VACANT and s.valence[site] == 2 and t.reducible[species]:
                for k in {-1, near}:
                    total[0] += _direct_weight(made, site, pair, REDUCE, k, species)
            elif species == VACANT and near >= 0:
                share = s.composition[near] / s.size[near]
                for other in np.flatnonzero(share):
                    way = _direct_weight(made, site, pair, 1 - REDUCE, near, int(other))
                    total[1] += way * share[other]
    assert total.min() > 0.0
    assert s.sums[1, REDUCE_TWO : OXIDISE_TWO + 1] == pytest.approx(total, rel=1e-10)


@pytest.mark.parametrize(
    ("formula", "ion", "cells", "block", "direct"), [(*f, 0.0) for f in FORMULAS[:3]] + [(*FORMULAS[0], 1e-3)]
)
def test_what_is_kept_equals_a_rebuild(
    system: Callable[..., object], formula: str, ion: str, cells: int, block: int | None, direct: float
) -> None:
    made = system(formula, ion, cells, block=block, coherency=True, fastest=1e-2, two_electron_factor=direct)
    rng = np.random.default_rng(3)
    for direction in ("discharge", "charge", "discharge"):
        made.react(15_000, rng, direction)
        s = made.state
        fresh = state_from(
            made.geometry,
            made.energies,
            made.tables,
            configuration_of(s),
            voltage=float(s.held[VOLTAGE]),
            fastest=1e-2,
        )
        # The frame is held where it was; the rebuild holds it where it is.
        inner.hold_frame(made.tables, s)
        sees = (s.valence == 1) | (direct > 0.0)
        seen = (s.species < 0) | (sees & (made.tables.reducible[s.species] == 1))
        assert np.array_equal(s.near[0, seen], fresh.near[0, seen])
        known = seen & np.isnan(s.floor)
        assert np.array_equal(s.near[1, known], fresh.near[1, known])
        assert (~known & seen).any() or direction == "discharge"
        assert np.all(s.near[:, ~seen] == -1)
        assert np.array_equal(s.pooled, fresh.pooled)
        assert np.array_equal(s.redox, fresh.redox)
        for name in (
            "site_excess",
            "tetrahedral_excess",
            "content",
            "composition",
            "size",
            "electrons",
            "weight",
        ):
            assert np.array_equal(getattr(s, name), getattr(fresh, name)), name
        assert np.allclose(s.sums, fresh.sums, rtol=1e-12, atol=0)
        assert np.allclose(s.rates, fresh.rates, rtol=1e-9, atol=0)
        assert np.array_equal(np.sort(s.vacant_list), np.sort(fresh.vacant_list))
        assert np.array_equal(np.sort(s.lone_list), np.sort(fresh.lone_list))


def test_hops_cost_the_difference_of_energy(system: Callable[..., object]) -> None:
    made = system(HEOS, "Na", 3)
    rng = np.random.default_rng(5)
    made.react(3_000, rng)
    before, s = made.energy(), made.state
    for _ in range(60):
        start = int(rng.choice(np.flatnonzero(s.alkali)))
        end = int(rng.choice(made.geometry.tetrahedral_tetrahedra[start]))
        if s.alkali[end]:
            continue
        cost = inner.hop_cost(made.tables, s, start, end)
        inner.hop(made.tables, s, start, end)
        after = made.energy()
        assert after - before == pytest.approx(cost, abs=1e-8)
        before = after


def test_atoms_leave_and_join_in_detailed_balance(system: Callable[..., object]) -> None:
    made = system(HEOS, "Na", 4, coherency=True, fastest=1e-3, matrix_pressure=1.0)
    rng = np.random.default_rng(2)
    made.react(60_000, rng)
    t, s = made.tables, made.state
    tried = 0
    for k in np.flatnonzero(s.size > 1)[:20]:
        site = int(rng.choice(np.flatnonzero(s.object_at < 0)))
        species = int(rng.choice(np.flatnonzero(s.composition[k])))
        before, cost, n = made.energy(), inner.leaving_cost(t, s, int(k), species), int(s.size[k])
        inner.leave(t, s, int(k), species, 0, site)
        after = made.energy()
        assert after - before == pytest.approx(cost, abs=1e-8)
        out, back = (f(t, s, species, n, cost) for f in (inner.rate_of_leaving, inner.rate_of_joining))
        assert np.log(out / back) == pytest.approx(-cost / t.thermal_energy, abs=1e-9)
        assert out * t.touching[t.size_class[n - 1]] <= 1e-3 * (1 + 1e-12)
        inner.join(t, s, int(s.object_at[site]), int(k))
        assert made.energy() == pytest.approx(before, abs=1e-8)
        tried += 1
    assert tried > 3


def test_an_atom_leaves_twenty_over_the_whole_saddle(system: Callable[..., object]) -> None:
    made = system("NiO", "Li", 4)
    t, s = made.tables, made.state
    n = 20
    for _ in range(n):
        site = int(np.flatnonzero(s.species >= 0)[0])
        inner.reduce(t, s, site, int(np.flatnonzero(s.alkali[t.octahedral_tetrahedra[site]] == 0)[0]), -1)
        direction = int(np.flatnonzero(s.alkali[t.octahedral_tetrahedra[site]] == 0)[0])
        inner.reduce(t, s, site, direction, -1)
        if s.size.max() > 1 or (s.size > 0).sum() > 1:
            first, last = np.flatnonzero(s.size > 0)[[0, -1]]
            k = int(last if s.size[last] == 1 else first)
            inner.join(t, s, k, int(first if k != first else last))
    k = int(np.argmax(s.size))
    assert s.size[k] == n
    bond = float(t.bonds[0])

    def phi(atoms: int) -> float:
        return atoms * bond * float(t.lost_bonds[atoms])

    saddle = 6 * bond + phi(n - 1) - phi(n)
    assert 0.6 < saddle < 1.0
    rate = float(s.rates[1]) / float(t.touching[t.size_class[n - 1]])
    assert rate == pytest.approx(float(t.metal_hop_rate[0]) * np.exp(-saddle / t.thermal_energy), rel=1e-9)


def test_registry_costs_the_difference_of_energy(system: Callable[..., object]) -> None:
    made = system("NiO", "Na", 6, coherency=True, matrix_pressure=2.0)
    rng = np.random.default_rng(4)
    made.react(60_000, rng)
    for _ in range(40):
        region = int(rng.integers(made.geometry.regions))
        cost, saddle = inner.loss_cost(made.tables, made.state, region)
        before, registered = made.energy(), bool(made.state.registered[region])
        inner.change_registry(made.tables, made.state, region)
        difference = made.energy() - before
        assert difference == pytest.approx(cost if registered else -cost, abs=1e-8)
        assert saddle >= max(0.0, cost)


@pytest.mark.parametrize(("formula", "ion", "cells", "block"), FORMULAS[::2])
def test_hops_of_ions_cost_the_difference_of_energy(
    system: Callable[..., object], formula: str, ion: str, cells: int, block: int | None
) -> None:
    # The hop is written into a configuration by hand, and its energy counted from scratch.
    made = system(formula, ion, cells, block=block, coherency=True)
    rng = np.random.default_rng(6)
    made.react(6_000, rng)
    t, seen = made.tables, Counter[int]()
    # A+ anywhere: the costs hold for any configuration.
    before = configuration_of(made.state)
    before = before._replace(alkali=(rng.random(len(before.alkali)) < 0.4).astype(np.int8))
    s = state_from(made.geometry, made.energies, t, before)
    mean = float(s.held[MEAN])
    start_energy = energy(made.geometry, made.energies, before, made.frame, mean)
    for _ in range(1500):
        end = int(rng.choice(s.vacant_list[s.vacant_list >= 0]))
        start = int(rng.choice(t.octahedral_octahedra[end]))
        if s.species[start] == VACANT:
            continue
        filled = [i for i in t.octahedral_tetrahedra[end] if s.alkali[i]]
        empty = [i for i in t.octahedral_tetrahedra[start] if not s.alkali[i]]
        number = int(rng.integers(min(len(filled), len(empty), 2) + 1))
        out = [int(i) for i in rng.permutation(filled)[:number]]
        into = [int(i) for i in rng.permutation(empty)[:number]]
        moved = before._replace(
            **{name: getattr(before, name).copy() for name in ("species", "valence", "identity", "alkali")}
        )
        for name in ("species", "valence", "identity"):
            column = getattr(moved, name)
            column[end], column[start] = column[start], column[end]
        moved.alkali[out], moved.alkali[into] = 0, 1
        pairs = [*zip(out, into, strict=True), (-1, -1), (-1, -1)][:2]
        cost = inner.cation_hop_cost(t, s, start, end, *(i for pair in pairs for i in pair))
        after = energy(made.geometry, made.energies, moved, made.frame, mean)
        assert after - start_energy == pytest.approx(cost, abs=1e-7)
        seen[number] += 1
    assert min(seen[n] for n in range(3)) > 10


def test_ions_hop_only_by_metropolis_of_the_one_energy(system: Callable[..., object]) -> None:
    # At a temperature where uphill hops are common: the mean of exp(-ΔE/kT) over tries is tested by
    # enumeration elsewhere; here that what is refused leaves no trace and what is done conserves all.
    made = system(HEOS, "Na", 3, temperature=1200.0)
    rng = np.random.default_rng(6)
    made.react(20_000, rng)
    s, moved = made.state, 0
    for _ in range(4000):
        before = [a.copy() for a in (s.species, s.alkali, s.valence, s.site_excess, s.tetrahedral_excess)]
        if inner.try_cation_hop(made.tables, s, rng):
            moved += 1
            assert s.valence.sum() == before[2].sum()
            assert s.alkali.sum() == before[1].sum()
        else:
            now = (s.species, s.alkali, s.valence, s.site_excess, s.tetrahedral_excess)
            assert all(np.array_equal(a, b) for a, b in zip(before, now, strict=True))
    assert moved > 10
