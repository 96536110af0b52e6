"""Whatever happens, every atom is in one place, charge is balanced, and only what is meant to move moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from topotaxy.lattice import kernel
from topotaxy.lattice.frame import region_charge
from topotaxy.lattice.places import ACTIVE, ALKALI, FREE, LONE
from topotaxy.lattice.places import VACANT as VACANCIES
from topotaxy.lattice.running import State, configuration_of, state_from
from topotaxy.lattice.simulation import drive_of
from topotaxy.lattice.state import VACANT, Configuration

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
DEFECTS = "Ni0.95O0.9F0.1"

STILL = kernel.Drive(current=0.0, cutoff=0.0, redox_rate=1e-200, transfers=False)
"""Nothing happens but what is switched on."""

KINDS = {
    "hop of A+": ({"hop_rate": 1.0}, {kernel.HOPPED}),
    "hop of an ion": ({"cation_rate": 1.0}, {kernel.CATION_HOPPED}),
    "hop of a single atom": ({"metal_rate": 1.0}, {kernel.METAL_HOPPED}),
    "joining and leaving": ({"transfers": True}, {kernel.JOINED, kernel.LEFT}),
    "registry": ({"registry_rate": 1.0, "registry_step": 1.0}, {kernel.REGISTRY}),
    "redox at a voltage": ({"redox_rate": 1.0, "held": 0.3}, {kernel.REDUCED, kernel.OXIDISED}),
}
"""By name, what switches a kind of event on, and what a trace calls it."""

MOVED = {
    "hop of A+": {"alkali"},
    "hop of an ion": {"species", "valence", "identity", "alkali"},
    "hop of a single atom": {"centre"},
    "joining and leaving": {"metal_of", "centre"},
    "registry": {"registered"},
    "redox at a voltage": {"species", "valence", "identity", "alkali", "metal_of", "centre"},
}
"""Arrays of a configuration that a kind of event may change."""


def run(made: Any, drive: kernel.Drive, events: int, rng: np.random.Generator) -> kernel.Trace:
    trace = kernel.empty_trace(4, len(made.energies.species))
    kernel.run(made.tables, made.state, rng, drive, trace, 1e9, events)
    return trace


def members(state: State, k: int, species: int) -> Iterator[int]:
    identity = int(state.head[k, species])
    while identity >= 0:
        yield identity
        identity = int(state.following[identity])


def check_whole(state: State, pristine: Configuration) -> None:
    """Every cation that started is an ion on one site or a member of one object, and nothing else is."""
    ions = state.species != VACANT
    placed = state.identity[ions].tolist()
    assert np.array_equal(state.element[state.identity[ions]], state.species[ions])
    assert set(state.valence[ions].tolist()) <= {1, 2}
    assert not state.valence[~ions].any()
    assert (state.identity[~ions] == -1).all()
    for k in np.flatnonzero(state.size):
        for species in range(state.composition.shape[1]):
            mine = list(members(state, int(k), species))
            assert len(mine) == state.composition[k, species]
            assert (state.element[mine] == species).all()
            placed += mine
        assert state.composition[k].sum() == state.size[k]
        assert state.object_at[state.centre[k]] == k
    assert sorted(placed) == np.flatnonzero(pristine.element != VACANT).tolist()
    assert np.array_equal(state.element, pristine.element)
    assert np.array_equal(state.anion, pristine.anion)
    assert (state.object_at >= 0).sum() == (state.size > 0).sum()
    assert (state.centre[state.size == 0] == -1).all()


def check_charge(made: Any, pristine: Configuration) -> None:
    """As many A+ came as electrons, by site, by region and by element."""
    state = made.state
    taken = int(pristine.valence.sum()) - int(state.valence.sum())
    assert taken == int(state.alkali.sum()) == int(state.electrons.sum())
    before, now = (region_charge(made.geometry, c) for c in (pristine, configuration_of(state)))
    assert np.array_equal(state.content, before - now)
    for s in range(len(made.energies.species)):
        had = int(pristine.valence[pristine.species == s].sum())
        assert had - int(state.valence[state.species == s].sum()) == state.electrons[s]


def check_lists(state: State) -> None:
    """Lists hold what they are named after, once, and their inverses say where."""
    for name, which, mask in (
        ("alkali", ALKALI, state.alkali == 1),
        ("vacant", VACANCIES, state.species == VACANT),
        ("lone", LONE, state.size == 1),
        ("active", ACTIVE, state.size > 0),
    ):
        listed, place = getattr(state, f"{name}_list"), getattr(state, f"{name}_place")
        number = int(state.counts[which])
        assert sorted(listed[:number].tolist()) == np.flatnonzero(mask).tolist(), name
        assert np.array_equal(place[listed[:number]], np.arange(number)), name
        assert (listed[number:] == -1).all(), name
        assert (place[~mask] == -1).all(), name
    free = state.free_list[: state.counts[FREE]]
    assert sorted(free.tolist()) == np.flatnonzero(state.size == 0).tolist()
    gathered = state.composition[state.size > 1].sum(axis=0)
    assert np.array_equal(state.pooled, gathered)


@pytest.fixture(params=[(HEOS, "Na", 4), (DEFECTS, "Na", 4)], ids=["five cations", "vacancies"])
def reacted(request: pytest.FixtureRequest, system: Callable[..., Any]) -> tuple[Any, Configuration]:
    """A half-reacted box, with the pristine configuration that it came from."""
    formula, ion, cells = request.param
    made = system(formula, ion, cells, coherency=True, temperature=900.0, matrix_pressure=1.0)
    pristine = configuration_of(made.state)
    # Redox alone leaves single atoms about, and the rest makes objects of some of them.
    rng = np.random.default_rng(8)
    run(made, STILL._replace(redox_rate=1.0, held=-0.6), 400, rng)
    run(made, STILL._replace(transfers=True), 20, rng)
    assert (made.state.size == 1).any()
    assert (made.state.size > 1).any()
    return made, pristine


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_event_moves_what_it_moves_and_conserves_the_rest(
    reacted: tuple[Any, Configuration], kind: str
) -> None:
    made, pristine = reacted
    switched, kinds = KINDS[kind]
    rng = np.random.default_rng(3)
    before, electrons = configuration_of(made.state), made.state.electrons.copy()
    trace = run(made, STILL._replace(**switched), 600, rng)
    happened = set(np.flatnonzero(trace.tally[: kernel.HOP_TRIALS]).tolist())
    assert happened <= kinds
    assert happened or kind == "registry"
    after = configuration_of(made.state)
    changed = {
        name
        for name, a, b in zip(Configuration._fields, before, after, strict=True)
        if not np.array_equal(a, b)
    }
    assert changed <= MOVED[kind]
    if kind != "redox at a voltage":
        assert np.array_equal(made.state.electrons, electrons)
        assert trace.clock[1] == 0.0
    else:
        net = int(trace.tally[kernel.REDUCED]) - int(trace.tally[kernel.OXIDISED])
        assert net == trace.clock[1] == (made.state.electrons - electrons).sum()
    check_whole(made.state, pristine)
    check_charge(made, pristine)
    check_lists(made.state)


@pytest.mark.parametrize("direction", ["discharge", "charge"])
def test_all_events_together_conserve(reacted: tuple[Any, Configuration], direction: str) -> None:
    made, pristine = reacted
    for seed in range(3):
        made.react(1_500, np.random.default_rng(seed), direction)
        check_whole(made.state, pristine)
        check_charge(made, pristine)
        check_lists(made.state)


def test_a_hop_of_a_single_atom_carries_its_identity(reacted: tuple[Any, Configuration]) -> None:
    made, _ = reacted
    state = made.state
    lone = {
        int(k): next(i for s in range(state.head.shape[1]) for i in members(state, int(k), s))
        for k in np.flatnonzero(state.size == 1)
    }
    places = {k: int(state.centre[k]) for k in lone}
    run(made, STILL._replace(metal_rate=1.0), 300, np.random.default_rng(1))
    assert any(int(state.centre[k]) != site for k, site in places.items())
    for k, identity in lone.items():
        assert identity in [i for s in range(state.head.shape[1]) for i in members(state, k, s)]


def test_a_pristine_box_that_only_hops_stays_as_it_is(system: Callable[..., Any]) -> None:
    made = system(HEOS, "Na", 3)
    before = configuration_of(made.state)
    drive = STILL._replace(hop_rate=1.0, cation_rate=1.0, metal_rate=1.0, transfers=True)
    trace = kernel.empty_trace(4, 5)
    reason = kernel.run(made.tables, made.state, np.random.default_rng(0), drive, trace, 1e9, 100)
    # No A+, no vacancy, no metal: all that is left is redox, which hardly ever happens.
    assert reason in (kernel.RUNNING, kernel.EXHAUSTED)
    assert not trace.tally[kernel.HOP_TRIALS :].any()
    after = configuration_of(made.state)
    moved = [n for n, a, b in zip(before._fields, before, after, strict=True) if not np.array_equal(a, b)]
    assert set(moved) <= MOVED["redox at a voltage"]


def test_a_clock_stops_at_its_limit_and_time_is_that_of_the_voltages(system: Callable[..., Any]) -> None:
    made = system(HEOS, "Na", 3)
    drive = drive_of(made.box, "discharge")._replace(limit=40.0, cutoff=-9.0)
    trace = kernel.empty_trace(6, 5)
    reason = kernel.RUNNING
    rng = np.random.default_rng(2)
    while reason == kernel.RUNNING:
        reason = kernel.run(made.tables, made.state, rng, drive, trace, 20.0, 500)
    assert reason == kernel.TIMED_OUT
    assert trace.clock[0] == 40.0
    assert trace.voltage_time[:, 1].sum() == pytest.approx(40.0, rel=1e-9)
    assert trace.clock[1] == made.state.electrons.sum()


def test_a_rebuilt_state_lists_the_same_members(reacted: tuple[Any, Configuration]) -> None:
    made, _ = reacted
    configuration = configuration_of(made.state)
    fresh = state_from(made.geometry, made.energies, made.tables, configuration)
    assert all(np.array_equal(a, b) for a, b in zip(configuration_of(fresh), configuration, strict=True))
    for k in np.flatnonzero(made.state.size):
        for s in range(fresh.head.shape[1]):
            assert set(members(fresh, int(k), s)) == set(members(made.state, int(k), s))
