"""Charge, anions and identities are conserved over ten cycles; the same seed, the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.lattice import Box, Replica, box_from_spec, kernel, run_replica
from topotaxy.lattice.hamiltonian import valence_excess
from topotaxy.material import ANION_CHARGE
from topotaxy.spec import Spec

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
HEOF = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9F0.1"


def make_spec(formula: str, ion: str = "Na", cycles: int = 10, cells: int = 4, **changes: object) -> Spec:
    return Spec.model_validate(
        {
            "name": "test",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": cycles, **changes},
            "lattice": {"cells": cells, "replicas": 1, "seed": 5},
        }
    )


def cycled(folder: Path, spec: Spec, seed: int = 5) -> Replica:
    return run_replica(box_from_spec(spec), np.random.SeedSequence(seed), folder / "replica.npz")


def assert_conserved(box: Box, replica: Replica) -> None:
    """Of every kept configuration: anions, identities, elements, charge."""
    start = replica.pristine
    ends = [half.configuration for half in replica.half_cycles if half.configuration is not None]
    assert ends
    for end in [*ends, replica.configuration]:
        assert np.array_equal(end.anion, start.anion)
        # Every identity is on one site or in one metal object, and has the species it started with.
        seated = end.identity[end.identity >= 0]
        pooled = np.flatnonzero(end.metal_of >= 0)
        assert sorted([*seated, *pooled]) == sorted(start.identity[start.identity >= 0])
        filled = end.identity >= 0
        assert np.array_equal(end.species[filled], start.species[end.identity[filled]])
        assert np.array_equal(filled, end.species >= 0)
        assert np.array_equal(end.element, start.element)
        anions = sum(ANION_CHARGE[box.energies.anions[x]] for x in end.anion)
        assert int(end.valence.sum()) + int(end.alkali.sum()) + anions == 0
        # Sum of q = 12 (cation charge + A+ - anion charge): zero in total.
        assert int(valence_excess(box.geometry, box.energies, end).sum()) == 0
        mg = box.energies.species.index("Mg") if "Mg" in box.energies.species else 0
        in_objects = (end.element[pooled] == mg).sum()
        assert (end.species == mg).sum() + in_objects == (start.species == mg).sum()
        # An object that has atoms has a centre of its own, and no other has one.
        there = np.unique(end.metal_of[pooled])
        assert np.array_equal(there, np.flatnonzero(end.centre >= 0))
        assert len(np.unique(end.centre[there])) == len(there)
        assert not (end.valence[end.species >= 0] == 0).any()


@pytest.mark.parametrize(
    ("formula", "ion"), [(HEOS, "Na"), (HEOF, "Li"), ("NiO", "Na"), ("Co0.9Mg0.1O", "K")]
)
def test_conservation_over_ten_cycles(tmp_path: Path, formula: str, ion: str) -> None:
    spec = make_spec(formula, ion)
    replica = cycled(tmp_path, spec)
    assert len(replica.half_cycles) == 20
    assert_conserved(box_from_spec(spec), replica)


@pytest.mark.parametrize("cells", [5, pytest.param(8, marks=pytest.mark.slow)])
def test_conservation_over_a_hundred_cycles(tmp_path: Path, cells: int) -> None:
    spec = make_spec(HEOS, cycles=100, cells=cells)
    box = box_from_spec(spec)
    replica = cycled(tmp_path, spec)
    assert len(replica.half_cycles) == 200
    assert_conserved(box, replica)
    # Capacity is the charge of whole electrons: what came in less what went out is what A+ is there.
    held = sum(h.capacity if h.direction == "discharge" else -h.capacity for h in replica.half_cycles)
    electrons = int(replica.configuration.alkali.sum())
    assert held == pytest.approx(electrons * box.capacity_per_electron, abs=1e-6)
    # Metal gathered on the way, so that objects were made and unmade under these laws.
    assert replica.half_cycles[-2].measures.domain_size > 0.5


def test_capacity_is_the_charge_that_the_cations_took(tmp_path: Path) -> None:
    spec = make_spec(HEOS, cycles=3)
    box = box_from_spec(spec)
    replica = cycled(tmp_path, spec)
    held = 0.0
    for half in replica.half_cycles:
        assert half.curve is not None
        assert half.configuration is not None
        taken = half.curve.charge_by_element[-1].sum()
        assert taken == pytest.approx(half.capacity, abs=1e-9)
        assert half.curve.charge[-1] == pytest.approx(half.capacity, abs=1e-9)
        held += half.capacity if half.direction == "discharge" else -half.capacity
        electrons = int(half.configuration.alkali.sum())
        assert held == pytest.approx(electrons * box.capacity_per_electron, abs=1e-6)
        # At constant current, charge is current times time, up to the noise of single events;
        # six standard deviations of it, exceeded once in 10^8 half-cycles of any seed.
        # mAh/g = A/g times s / 3.6
        noise = np.sqrt(half.tally[kernel.REDUCED] + half.tally[kernel.OXIDISED]) * box.capacity_per_electron
        assert half.duration * spec.protocol.current / 3.6 == pytest.approx(half.capacity, abs=6 * noise)


def test_same_seed_same_numbers_and_other_seed_other_numbers(tmp_path: Path) -> None:
    spec = make_spec(HEOS, cycles=2, cells=3)
    runs = []
    for name, seed in [("a", 5), ("b", 5), ("c", 6)]:
        (tmp_path / name).mkdir()
        runs.append(cycled(tmp_path / name, spec, seed))
    first, second, other = ([h.capacity for h in r.half_cycles] for r in runs)
    assert first == second
    assert first != other
    for a, b in zip(runs[0].half_cycles, runs[1].half_cycles, strict=True):
        assert a.curve is not None
        assert b.curve is not None
        assert a.curve.voltage.tobytes() == b.curve.voltage.tobytes()
    assert (tmp_path / "a/replica.npz").read_bytes()[:4] == b"PK\x03\x04"


def test_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop_at_two(cycle: int) -> None:
        if cycle == 2:
            raise Stop

    spec = make_spec(HEOS, cycles=4, cells=3)
    box, seed = box_from_spec(spec), np.random.SeedSequence(5)
    whole = run_replica(box, seed, tmp_path / "whole.npz")
    with pytest.raises(Stop):
        run_replica(box, seed, tmp_path / "part.npz", tick=stop_at_two)
    resumed = run_replica(box, seed, tmp_path / "part.npz")
    for a, b in zip(whole.half_cycles, resumed.half_cycles, strict=True):
        assert (a.cycle, a.direction, a.capacity, a.mean_voltage) == (
            b.cycle,
            b.direction,
            b.capacity,
            b.mean_voltage,
        )
        assert np.array_equal(a.measures.metal_coordination, b.measures.metal_coordination, equal_nan=True)
        assert a.curve is not None
        assert b.curve is not None
        assert np.array_equal(a.curve.charge_by_element, b.curve.charge_by_element)
    for name in whole.configuration._fields:
        assert np.array_equal(getattr(whole.configuration, name), getattr(resumed.configuration, name))


def test_metal_comes_back_from_no_farther_than_the_reach(tmp_path: Path) -> None:
    spec = make_spec(HEOS, cycles=2, cells=6)
    box = box_from_spec(spec)
    replica = cycled(tmp_path, spec)
    nearest = box.spacing / np.sqrt(2.0)
    volts = max(
        abs(v - cut)
        for v in box.kinetics.equilibrium_voltage
        for cut in (spec.cell.lower_cutoff, spec.cell.upper_cutoff)
    )
    for half in replica.half_cycles:
        assert 0.0 < 10.0 * half.exchange_distance <= box.kinetics.reach_per_volt * volts * nearest
    near = spec.model_copy(update={"lattice": spec.lattice.model_copy(update={"reach": False})})
    (tmp_path / "near").mkdir()
    for half in cycled(tmp_path / "near", near).half_cycles:
        assert 0.0 < 10.0 * half.exchange_distance <= 1.02 * nearest
        assert half.clipped == 0.0


def test_metal_oxide_and_salt_fit_into_the_room_there_is(tmp_path: Path) -> None:
    # Every cation is an ion on a site or an atom of metal, and every A+ is in a tetrahedron of its own:
    # volumes of salt and remaining host are those of the sites, and metal adds its own.
    spec = make_spec("NiO", "Li", cycles=1)
    end = cycled(tmp_path, spec).half_cycles[0].configuration
    assert end is not None
    atoms = int((end.metal_of >= 0).sum())
    assert int((end.species >= 0).sum()) + atoms == len(end.species)
    assert int(end.alkali.sum()) <= 2 * len(end.species)
