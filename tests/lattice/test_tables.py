"""Laws of the constant tables, and of how a half-cycle is driven."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics import BOLTZMANN
from topotaxy.lattice import box_from_spec
from topotaxy.lattice.geometry import sites_around
from topotaxy.lattice.kernel import empty_trace
from topotaxy.lattice.metal import lost_bonds, size_classes, surface_distances
from topotaxy.lattice.simulation import _curve, _exchange_distance, _mean_voltage, drive_of, metal_cap
from topotaxy.lattice.tables import CONTACT, LONGEST, MOST_ATOMS, Q_SITE, Q_TETRAHEDRON
from topotaxy.spec import Spec, load_spec


@pytest.mark.parametrize("cells", [2, 3, 5])
def test_weights_of_both_directions_obey_detailed_balance(cells: int, system: Callable[..., object]) -> None:
    t = system("Ni0.5Cu0.5O", "Na", cells).tables
    kt = t.thermal_energy
    assert kt == pytest.approx(BOLTZMANN * 298.15)
    # Forth over back is exp(-ΔE/kT): of an ion, of A+ that comes and goes, of the sum of q.
    steps = t.site_energy[:, :, :-1] - t.site_energy[:, :, 1:]
    steps[:, :, 0] += 6.0 * t.bonds - t.site_energy[:, :, 0]
    assert np.log(t.half_oxidise / t.half_reduce) * kt == pytest.approx(steps, abs=1e-9)
    assert t.empty * t.filled == pytest.approx(np.ones_like(t.empty))
    q = np.arange(-Q_SITE, Q_SITE + 1)
    assert np.log(t.site_reduce / t.site_oxidise) * kt == pytest.approx(4.0 * t.stiffness * q, abs=1e-9)
    assert t.empty.shape[1] == 2 * Q_TETRAHEDRON + 1


@pytest.mark.parametrize("cells", [3, 4, 5])
def test_sites_in_contact_are_those_within_contact(cells: int, system: Callable[..., object]) -> None:
    t = system("NiO", "Li", cells).tables
    assert len(t.offset_place) == len(sites_around(min(LONGEST, cells**2 - 1)))
    for row in range(1, len(t.touching)):
        near = np.flatnonzero(t.distance[row] <= CONTACT * t.nearest)
        assert t.touching[row] == (t.offset_shell <= near.max()).sum()
    # A point touches its own site and the twelve around it; an atom with its radius no fewer.
    assert t.touching[0] == 13 <= t.touching[1]
    assert (np.diff(t.touching[1:]) >= 0).all()
    assert (np.diff(t.distance, axis=1) > 0.0).all()
    assert len(t.size_class) == min(4 * cells**3, MOST_ATOMS) + 2


@given(most=st.integers(13, 6000))
@settings(max_examples=20)
def test_every_size_has_one_class_and_classes_are_in_order(most: int) -> None:
    found = size_classes(most)
    assert found[0] == 0
    assert set(np.diff(found).tolist()) <= {0, 1}
    assert found[:13].tolist() == list(range(13))


@given(atoms=st.integers(1, 4000), separation=st.floats(0.0, 60.0))
def test_a_matrix_that_is_pushed_aside_keeps_its_volume(atoms: int, separation: float) -> None:
    volume = 11.0 * atoms
    (d,) = surface_distances(np.array([volume]), np.array([separation]))[0]
    radius = (3.0 * volume / (4.0 * math.pi)) ** (1 / 3)
    shell = (4.0 * math.pi / 3.0) * ((d + radius) ** 3 - radius**3)
    assert shell == pytest.approx(4.0 * math.pi / 3.0 * separation**3, rel=1e-6, abs=1e-6)
    assert 0.0 < lost_bonds(atoms) <= 6.0


def _box(charge_current: float | None = None, **lattice: object) -> object:
    spec = load_spec("heos-na").model_dump()
    spec["protocol"]["charge_current"] = charge_current
    spec["lattice"] = spec["lattice"] | {"cells": 3, **lattice}
    return box_from_spec(Spec.model_validate(spec))


def test_a_current_is_electrons_a_second() -> None:
    box = _box()
    down, up = drive_of(box, "discharge"), drive_of(box, "charge")
    assert down.current == -up.current > 0.0
    assert (down.cutoff, up.cutoff) == (0.01, 3.0)
    # 0.1 A/g for an hour is 100 mAh/g.
    passed = 3600.0 * down.current * box.capacity_per_electron
    assert passed == pytest.approx(100.0)
    assert math.isnan(down.held)


def test_a_charge_has_its_own_current_and_what_goes_by_the_electron_goes_with_it() -> None:
    names = {"cation_hops_per_electron": 1e-9, "metal_hops_per_electron": 1e-9}
    one, two = _box(parameters=names), _box(parameters=names, charge_current=0.025)
    assert drive_of(two, "discharge") == pytest.approx(drive_of(one, "discharge"), nan_ok=True)
    slow, fast = drive_of(two, "charge"), drive_of(one, "charge")
    # Limited by the electron, every rate falls with the current; the redox rate is the material's.
    for rate in ("current", "hop_rate", "cation_rate", "metal_rate", "registry_rate"):
        assert getattr(slow, rate) == pytest.approx(0.25 * getattr(fast, rate)), rate
    assert slow.redox_rate == fast.redox_rate
    assert metal_cap(two, "charge") == pytest.approx(0.25 * metal_cap(two, "discharge"))


@pytest.mark.parametrize(
    ("switch", "gone"),
    [
        ("mobility", ("metal_rate", "transfers")),
        ("transport", ("cation_rate",)),
        ("coherency", ("registry_rate",)),
    ],
)
def test_a_switch_stops_its_own_events_alone(switch: str, gone: tuple[str, ...]) -> None:
    on = drive_of(_box(), "charge")._asdict()
    off = drive_of(_box(**{switch: False}), "charge")._asdict()
    changed = {name for name in on if on[name] != off[name] and name != "held"}
    assert changed == set(gone)
    assert not any(off[name] for name in gone)


@pytest.mark.parametrize("times", [0.5, 2.0])
def test_caps_go_by_the_electron(times: float) -> None:
    names = ("cation_hops_per_electron", "metal_hops_per_electron", "registry_trials_per_electron")
    plain = _box()
    values = {n: getattr(plain.kinetics, n) * times for n in names}
    other = _box(parameters=values)
    assert metal_cap(other, "charge") == pytest.approx(times * metal_cap(plain, "charge"))
    one, two = drive_of(plain, "charge"), drive_of(other, "charge")
    assert two.registry_rate == pytest.approx(times * one.registry_rate)
    assert two.cation_rate <= other.kinetics.cation_hop_rate


def test_a_voltage_at_constant_current_is_a_mean_over_time() -> None:
    flowed = np.array([2.0 * 30.0 + 1.0 * 10.0, 40.0])
    assert _mean_voltage(flowed, 100.0, 100.0, 0.01) == pytest.approx(1.75)
    # Ten electrons more at the cut-off.
    assert _mean_voltage(flowed, 100.0, 110.0, 0.01) == pytest.approx((175.0 + 0.1) / 110.0)
    assert _mean_voltage(np.zeros(2), 0.0, 0.0, 0.01) == 0.01


def test_nothing_exchanged_has_no_distance() -> None:
    trace = empty_trace(4, 2)
    assert math.isnan(_exchange_distance(trace))
    trace.exchange[:3] = 4.0, 20.0, 9.0
    assert _exchange_distance(trace) == pytest.approx(0.5)


@pytest.mark.parametrize("direction", ["discharge", "charge"])
def test_a_curve_ends_at_its_charge_and_cut_off(direction: str) -> None:
    box = _box()
    drive, kinds = drive_of(box, direction), 5
    trace = empty_trace(6, kinds)
    trace.voltage_time[:4] = [(1.0, 1.0), (1.8, 2.0), (0.8, 1.0), (0.01, 0.1)]
    sense = 1 if direction == "discharge" else -1
    trace.electrons[:4] = sense * np.arange(4)[:, None] * 3
    trace.clock[:] = 4.1, 3.2 * box.bin_width
    before = np.zeros(kinds, dtype=np.int64)
    after = before + sense * 10
    found = _curve(box, trace, before, after, drive)
    assert (np.diff(found.charge) >= 0.0).all()
    assert found.charge[-1] == pytest.approx(trace.clock[1] * box.capacity_per_electron)
    assert found.voltage[-1] == drive.cutoff
    # The bin that the cut-off broke off counts with the one before.
    assert found.voltage[-2] == pytest.approx(0.81 / 1.1)
    assert (found.charge_by_element[-1] == 10 * box.capacity_per_electron).all()
    assert (found.charge_by_element >= 0.0).all()
