"""Every event's cost equals the difference of the one energy; every counter equals a rebuild."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import inner_functions as inner
import numpy as np
import pytest
from redox_weights import oxidation_weight, reduction_weight

from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import VACANT

FORMULAS = [
    ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "Na"),
    ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9F0.1", "Li"),
    ("Ni0.75O0.5F0.5", "Na"),
    ("Fe0.4Mn0.4Ca0.2O", "K"),
]


# Blocks of every kind: one in all, so small that events reach over two, several along an edge.
REBUILT = [(*pair, 3, None) for pair in FORMULAS]
REBUILT += [(*FORMULAS[0], 5, 1), (*FORMULAS[0], 4, 2), (*FORMULAS[0], 6, 2), (*FORMULAS[2], 6, 3)]


def _random_event(system, rng) -> tuple[str, float] | None:
    """Carry out one random allowed event, whatever it costs; returns its class and cost."""
    tables, state, g = system.tables, system.state, system.geometry
    kt = tables.thermal_energy
    kind = rng.integers(4)
    if kind < 2:
        site, direction = rng.integers(g.sites), rng.integers(8)
        weigh, step = [(reduction_weight, -1), (oxidation_weight, 1)][kind]
        weight = weigh(tables, state, site, direction)
        if weight == 0:
            return None
        name = f"redox {state.valence[site]} to {state.valence[site] + step}"
        inner.apply_redox(tables, state, site, direction, step)
        return name, -2 * kt * np.log(weight)
    if kind == 2 and state.counts[1]:
        start = state.alkali_list[rng.integers(state.counts[1])]
        direction = rng.integers(6)
        end = g.tetrahedral_tetrahedra[start, direction]
        if state.alkali[end]:
            return None
        cost = inner.hop_cost(tables, state, start, end)
        inner.apply_hop(tables, state, start, direction)
        return "hop", cost
    if kind == 3 and state.counts[0]:
        metal = state.metal_list[rng.integers(state.counts[0])]
        direction = rng.integers(12)
        other = g.octahedral_octahedra[metal, direction]
        vacant = state.species[other] == VACANT
        name = "exchange with " + ("vacancy" if vacant else f"M{state.valence[other]}+")
        cost = inner.exchange_cost(tables, state, metal, other)
        inner.apply_exchange(tables, state, metal, direction)
        return name, cost
    return None


@pytest.mark.parametrize(("formula", "ion"), FORMULAS)
def test_cost_of_every_event_class_is_the_difference_of_the_energy(
    system: Callable[..., object], formula: str, ion: str
) -> None:
    s = system(formula, ion, 2, seed=5, valence_stiffness=3.3, monovalent_offset=0.05)
    rng = np.random.default_rng(11)
    seen: Counter[str] = Counter()
    before = s.energy()
    for _ in range(4000):
        event = _random_event(s, rng)
        if event is None:
            continue
        name, cost = event
        after = s.energy()
        assert after - before == pytest.approx(cost, abs=1e-9), name
        before = after
        seen[name] += 1
    expected = {"redox 2 to 1", "redox 1 to 0", "redox 0 to 1", "redox 1 to 2", "hop"}
    expected |= {"exchange with M0+", "exchange with M1+", "exchange with M2+"}
    if "0.75" in formula:
        expected.add("exchange with vacancy")
    assert expected <= set(seen)
    assert min(seen[name] for name in expected) > 5


@pytest.mark.parametrize(("formula", "ion", "cells", "block"), REBUILT)
def test_counters_equal_a_rebuild(
    system: Callable[..., object], formula: str, ion: str, cells: int, block: int | None
) -> None:
    s = system(formula, ion, cells, seed=2, block=block)
    rng = np.random.default_rng(4)
    for _ in range(5000):
        _random_event(s, rng)
    fresh = state_from(s.geometry, s.energies, s.tables, configuration_of(s.state))
    for name in ("site_excess", "tetrahedral_excess", "metal_neighbours", "counts", "electrons"):
        assert np.array_equal(getattr(s.state, name), getattr(fresh, name)), name
    # Weights follow from those integers; compiled variants may differ in the last bit.
    for name in ("weight", "can_reduce", "can_oxidise", "reductions", "oxidations", "sums"):
        np.testing.assert_allclose(getattr(s.state, name), getattr(fresh, name), rtol=1e-13, err_msg=name)
    for listed, place, count in [("metal_list", "metal_place", 0), ("alkali_list", "alkali_place", 1)]:
        n = s.state.counts[count]
        members = getattr(s.state, listed)[:n]
        assert set(members) == set(getattr(fresh, listed)[:n])
        assert np.array_equal(getattr(s.state, place)[members], np.arange(n))


def test_reverse_of_every_event_costs_the_opposite(system: Callable[..., object]) -> None:
    s = system(*FORMULAS[0], 2, seed=7)
    rng = np.random.default_rng(8)
    for _ in range(300):
        _random_event(s, rng)
    kt = s.tables.thermal_energy
    for site in range(s.geometry.sites):
        for direction in range(8):
            forward = reduction_weight(s.tables, s.state, site, direction)
            if forward > 0:
                inner.apply_redox(s.tables, s.state, site, direction, -1)
                back = oxidation_weight(s.tables, s.state, site, direction)
                inner.apply_redox(s.tables, s.state, site, direction, 1)
                assert np.log(forward) * kt == pytest.approx(-np.log(back) * kt, abs=1e-12)


def test_inert_hosts_never_react(system: Callable[..., object]) -> None:
    s = system("Li0.25Cu0.75O0.75F0.25", "Na", 2, seed=1)
    lithium = np.flatnonzero(s.state.species == s.energies.species.index("Li"))
    assert len(lithium) > 0
    weights = [reduction_weight(s.tables, s.state, i, d) for i in lithium for d in range(8)]
    assert max(weights) == 0.0


def test_extreme_parameters_stay_finite(system: Callable[..., object]) -> None:
    s = system("NiO", "Na", 2, valence_stiffness=1000.0, interface_ratio=1.0)
    assert np.isfinite(s.tables.half_site_excess).all()
    assert np.isfinite(s.state.reductions).all()
    assert np.isfinite(s.state.oxidations).all()
