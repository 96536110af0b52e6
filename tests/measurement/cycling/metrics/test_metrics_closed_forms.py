"""Records in closed form: ramps of current, straight voltages, fades and plateaus whose numbers are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cells import Half, anode_cycle, made, sloped

from topotaxy.measurement.cycling import CyclingRecord, checked
from topotaxy.measurement.cycling.metrics import CycleTotals, cell_of, observables_of_cell
from topotaxy.measurement.cycling.metrics.curves import differential_of, shown_cycles
from topotaxy.measurement.cycling.metrics.cycles import (
    at_half_capacity,
    coulombic_efficiency,
    delivered,
    energy_efficiency,
    mean_coulombic_efficiency,
    mean_voltage,
)
from topotaxy.measurement.cycling.metrics.dq_dv import differential_capacity
from topotaxy.measurement.cycling.metrics.fade import Fade, fitted_fade
from topotaxy.measurement.cycling.metrics.film_bounds import SizedLoss, film_bounds, specific_area
from topotaxy.measurement.cycling.metrics.half_cycles import rows_of
from topotaxy.measurement.cycling.metrics.knee import Knee, knee_of
from topotaxy.measurement.cycling.metrics.rates import rate_steps
from topotaxy.measurement.cycling.metrics.remarks import why_no_role
from topotaxy.measurement.cycling.metrics.sweeps import Exponent, Split, Sweep, by_rate, dunn_split, exponent
from topotaxy.measurement.cycling.metrics.sweeps import warnings_of as warned

positive = st.floats(0.1, 10.0)


def uncounted(
    current: np.ndarray, time: np.ndarray, voltage: np.ndarray | None = None, **known: float
) -> CyclingRecord:
    """A file of time, voltage and current alone."""
    columns = {
        "test_time_second": time,
        "voltage_volt": np.linspace(1.0, 0.0, len(time)) if voltage is None else voltage,
        "current_ampere": current,
    }
    return checked(columns, source="made", format="made", sign_stated=True, **known)  # type: ignore[arg-type]


@given(milliampere=positive, hours=positive, rows=st.integers(6, 80), seed=st.integers(0, 999))
@settings(max_examples=25)
def test_a_constant_current_passes_itself_times_time_however_it_is_sampled(
    milliampere: float, hours: float, rows: int, seed: int
) -> None:
    share = np.linspace(0.0, 1.0, rows)
    # Uneven rows, none of which looks like a gap.
    share[1:-1] += np.random.default_rng(seed).uniform(-0.3, 0.3, rows - 2) / rows
    record = uncounted(np.full(rows, -1e-3 * milliampere), 3600.0 * hours * share)
    (half,) = cell_of(record).half_cycles
    assert 1e3 * half.capacity == pytest.approx(milliampere * hours, rel=1e-9)
    assert half.current == pytest.approx(1e-3 * milliampere)
    assert half.direction == "discharge"


@given(first=positive, last=positive, hours=positive)
@settings(max_examples=25)
def test_a_ramp_of_current_passes_its_mean_times_time(first: float, last: float, hours: float) -> None:
    share = np.linspace(0.0, 1.0, 41)
    record = uncounted(1e-3 * (first + (last - first) * share), 3600.0 * hours * share, share)
    (half,) = cell_of(record).half_cycles
    assert 1e3 * half.capacity == pytest.approx(0.5 * (first + last) * hours, rel=1e-9)
    # Energy of a straight voltage under a ramp: the integral of (a + bx)x.
    expected = hours * (0.5 * first + (last - first) / 3.0)
    assert 1e3 * half.energy == pytest.approx(expected, rel=1e-3)
    # Charge goes by the square of a current that rises evenly: half of it passed below the root mean square.
    middle = math.sqrt(0.5 * (first**2 + last**2))
    assert 1e3 * half.current == pytest.approx(middle, abs=0.03 * abs(last - first) + 1e-9)


@given(start=st.floats(0.1, 4.0), end=st.floats(0.1, 4.0), rows=st.integers(5, 60))
@settings(max_examples=25)
def test_a_straight_curve_has_its_middle_for_a_mean_and_at_half(start: float, end: float, rows: int) -> None:
    cell = cell_of(made([[Half("discharge", 1.0, sloped(start, end), rows=rows)]], sign_stated=True))
    assert cell.mean_voltage["discharge"][0] == pytest.approx(0.5 * (start + end))
    half = cell.half_cycles[0]
    passed = cell.rows.passed(half)
    assert at_half_capacity(cell.rows.voltage[half.rows], passed) == pytest.approx(0.5 * (start + end))


@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_mean_of_a_power_is_one_over_its_exponent_and_one(power: int) -> None:
    half = Half("charge", 2.0, lambda share: share**power, rows=4001)
    cell = cell_of(made([[half]]))
    assert cell.mean_voltage["charge"][0] == pytest.approx(1.0 / (power + 1.0), rel=1e-6)


@given(put_in=positive, given_back=st.floats(0.05, 1.2), low=st.floats(0.2, 1.0), high=st.floats(1.0, 3.0))
@settings(max_examples=25)
def test_energy_efficiency_is_the_coulombic_one_times_the_ratio_of_voltages(
    put_in: float, given_back: float, low: float, high: float
) -> None:
    charge = put_in * given_back
    halves = [
        Half("discharge", put_in, sloped(low + 0.1, low)),
        Half("charge", charge, sloped(high, high + 0.1)),
    ]
    cell = cell_of(made([halves, halves], sign_stated=True), role="half-cell-anode")
    assert cell.efficiency == pytest.approx([given_back] * 2)
    ratio = cell.mean_voltage["discharge"] / cell.mean_voltage["charge"]
    # What a discharge gives is held against what the charge after it takes.
    assert cell.energy_efficiency == pytest.approx(ratio / cell.efficiency)


RECORD = made([anode_cycle(1.0, 0.8, 2.0), anode_cycle(0.9, 0.75, 2.0), anode_cycle(0.85, 0.7, 2.0)])


def changed(record: CyclingRecord, **columns: np.ndarray) -> CyclingRecord:
    return replace(record, table=record.table.assign(**columns))


@pytest.mark.parametrize("mass", [1e-4, 1e-3, 0.5])
def test_a_mass_divides_charges_and_currents_and_nothing_else(mass: float) -> None:
    plain, weighed = cell_of(RECORD), cell_of(RECORD.with_sample(mass=mass))
    assert weighed.totals.discharge * mass == pytest.approx(plain.totals.discharge)
    assert weighed.current["charge"] * mass == pytest.approx(plain.current["charge"])
    assert weighed.hysteresis == pytest.approx(plain.hysteresis)
    assert weighed.retention is not None
    assert plain.retention is not None
    assert weighed.retention.value == pytest.approx(plain.retention.value)
    assert (plain.totals.unit, weighed.totals.unit) == ("mAh", "mAh/g")


@given(volts=st.floats(-0.5, 3.0))
@settings(max_examples=10)
def test_another_reference_shifts_voltages_and_no_hysteresis(volts: float) -> None:
    plain = cell_of(RECORD)
    shifted = cell_of(changed(RECORD, voltage_volt=RECORD.table["voltage_volt"] + volts))
    for way in ("charge", "discharge"):
        assert shifted.mean_voltage[way] == pytest.approx(plain.mean_voltage[way] + volts)
    assert shifted.hysteresis == pytest.approx(plain.hysteresis)
    assert shifted.hysteresis_at_half == pytest.approx(plain.hysteresis_at_half)
    assert shifted.totals.charge == pytest.approx(plain.totals.charge)


@pytest.mark.parametrize("times", [0.5, 10.0])
def test_a_cell_run_faster_passes_the_same(times: float) -> None:
    table = RECORD.table
    fast = changed(
        RECORD,
        test_time_second=table["test_time_second"] / times,
        current_ampere=table["current_ampere"] * times,
    )
    plain, other = cell_of(RECORD), cell_of(fast)
    assert other.totals.discharge == pytest.approx(plain.totals.discharge)
    assert other.current["discharge"] == pytest.approx(times * plain.current["discharge"])


def test_charge_and_discharge_exchanged_exchange_everything() -> None:
    table = RECORD.table
    turned = changed(
        RECORD,
        current_ampere=-table["current_ampere"],
        charging_capacity_ah=table["discharging_capacity_ah"],
        discharging_capacity_ah=table["charging_capacity_ah"],
    )
    plain, other = cell_of(RECORD, role="half-cell-anode"), cell_of(turned, role="half-cell-cathode")
    assert other.totals.charge == pytest.approx(plain.totals.discharge)
    assert other.hysteresis == pytest.approx(-plain.hysteresis)
    assert other.efficiency == pytest.approx(plain.efficiency)
    assert other.energy_efficiency == pytest.approx(1.0 / plain.energy_efficiency)
    assert (plain.delivered, other.delivered) == ("charge", "discharge")


def test_rows_between_rows_of_a_straight_curve_add_nothing() -> None:
    coarse, fine = (
        cell_of(made([[Half("discharge", 1.0, sloped(1.0, 0.2), rows=rows)]])) for rows in (21, 2001)
    )
    assert fine.totals.discharge == pytest.approx(coarse.totals.discharge)
    assert fine.totals.discharge_energy == pytest.approx(coarse.totals.discharge_energy)


@pytest.mark.parametrize("hours", [0.5, 2.0, 20.0])
def test_a_c_rate_is_one_over_the_hours_that_it_takes(hours: float) -> None:
    # C/n passes the capacity in n hours: 400 mAh/g of 2 mg at C/20 is 0.02 A/g.
    record = made([anode_cycle(0.8, 0.8, 0.8 / hours)] * 2, mass=2e-3)
    cell = cell_of(record)
    half = cell.half_cycles[0]
    time = cell.rows.time[half.rows]
    assert (time[-1] - time[0]) / 3600.0 == pytest.approx(hours)
    assert cell.current["discharge"] == pytest.approx([0.4 / hours] * 2)


@given(kept=st.floats(0.8, 1.0), count=st.integers(3, 12))
@settings(max_examples=15)
def test_a_geometric_fade_keeps_its_ratio_to_the_number_of_cycles(kept: float, count: int) -> None:
    cycles = [anode_cycle(1.0, 0.9 * kept**k) for k in range(count)]
    found = cell_of(made(cycles), role="half-cell-anode").retention
    assert found is not None
    assert (found.reference, found.last) == (2, count)
    assert found.value == pytest.approx(kept ** (count - 2))


CYCLES = np.arange(1, 81)
BENT = 500.0 - 0.2 * CYCLES - 3.0 * np.maximum(CYCLES - 50, 0) + 0.1 * np.sin(CYCLES * 2.4)


@given(times=st.floats(1e-3, 1e3), later=st.integers(0, 500))
@settings(max_examples=10)
def test_losses_are_shares_and_cycles_are_counted_from_anywhere(times: float, later: int) -> None:
    one, other = (fitted_fade(c, q) for c, q in ((CYCLES, BENT), (CYCLES + later, times * BENT)))
    assert isinstance(one, Fade)
    assert isinstance(other, Fade)
    assert other.rate == pytest.approx(one.rate, rel=1e-6)
    assert other.uncertainty == pytest.approx(one.uncertainty, rel=1e-6)
    assert other.law == one.law
    bend, moved = knee_of(CYCLES, BENT), knee_of(CYCLES + later, times * BENT)
    assert isinstance(bend, Knee)
    assert isinstance(moved, Knee)
    assert bend.cycle == pytest.approx(50.0, abs=1.0)
    assert moved.cycle == pytest.approx(bend.cycle + later, abs=0.5)
    assert moved.after == pytest.approx(bend.after, rel=1e-3)


@given(shift=st.floats(-2.0, 2.0), times=st.floats(0.1, 50.0))
@settings(max_examples=10)
def test_a_differential_follows_shift_and_scale_and_the_direction_is_no_matter(
    shift: float, times: float
) -> None:
    voltage = np.linspace(0.2, 1.2, 1500)
    charge = np.diff(1.0 / (1.0 + np.exp(-(voltage - 0.6) / 0.02)), prepend=0.0)
    plain = differential_capacity(voltage, charge)
    other = differential_capacity(voltage + shift, times * charge)
    assert plain is not None
    assert other is not None
    assert plain.peaks == pytest.approx([0.6], abs=0.005)
    assert other.peaks == pytest.approx(plain.peaks + shift, abs=0.005)
    assert other.value.max() == pytest.approx(times * plain.value.max(), rel=1e-3)
    # Down instead of up: the charge of each step belongs to the row that it ends in.
    down = differential_capacity(voltage[::-1], np.concatenate(([0.0], charge[:0:-1])))
    assert down is not None
    assert down.value == pytest.approx(plain.value, abs=1e-6 * plain.value.max())


def test_the_differential_of_a_cell_integrates_to_its_capacity() -> None:
    cell = cell_of(RECORD.with_sample(mass=1e-3))
    assert shown_cycles(cell) == [1, 2, 3]
    assert shown_cycles(cell, most=2) == [1, 3]
    for way in ("discharge", "charge"):
        curve = differential_of(cell, 2, way)
        assert curve is not None
        assert curve.value.sum() * curve.level == pytest.approx(cell.totals.capacity(way)[1], rel=1e-6)
    assert differential_of(cell, 9, "charge") is None
    doubted = replace(RECORD, doubts={(2, "charge"): "two charges"})
    assert differential_of(cell_of(doubted), 2, "charge") is None


def totals(cycle: list[int], discharge: list[float], charge: list[float], **known: bool) -> CycleTotals:
    q, e = np.array(discharge), np.array(charge)
    first = np.full(len(cycle), known.get("discharge_first", True))
    return CycleTotals(
        unit="mAh",
        cycle=np.array(cycle),
        discharge=q,
        charge=e,
        discharge_energy=0.5 * q,
        charge_energy=1.5 * e,
        discharge_first=first,
    )


def test_a_mean_over_cycles_that_were_skipped_counts_each_once() -> None:
    # 0.8 at cycle 1, 0.9 at cycle 2, 0.5 at cycle 6: those between are 0.8, 0.7 and 0.6.
    found = totals([1, 2, 6], [1.0, 1.0, 1.0], [0.8, 0.9, 0.5])
    assert mean_coulombic_efficiency(found, "half-cell-anode", first=1) == pytest.approx(4.3 / 6.0)
    assert mean_coulombic_efficiency(found, "half-cell-anode", first=6) == pytest.approx(0.5)
    assert math.isnan(mean_coulombic_efficiency(found, "half-cell-anode", first=7))


def test_halves_that_are_missing_have_no_ratio_and_those_of_the_next_cycle_only_if_it_is_next() -> None:
    found = totals([1, 2, 3], [1.0, math.nan, 1.0], [0.8, 0.8, math.nan])
    assert coulombic_efficiency(found, "half-cell-anode") == pytest.approx([0.8, np.nan, np.nan], nan_ok=True)
    assert mean_voltage(found, "charge") == pytest.approx([1.5, 1.5, np.nan], nan_ok=True)
    charged_first = totals([1, 2, 4], [1.0, 0.9, 0.8], [0.5, 0.7, 0.6], discharge_first=False)
    ratio = coulombic_efficiency(charged_first, "half-cell-anode")
    assert ratio == pytest.approx([0.7, np.nan, np.nan], nan_ok=True)
    assert energy_efficiency(charged_first, "full-cell") == pytest.approx(
        [0.5 / 0.75, 0.45 / 1.05, 0.4 / 0.9]
    )
    assert delivered(found, None)[0] == "discharge"
    assert delivered(found, "half-cell-anode")[0] == "charge"


def test_nothing_passed_has_no_half_and_no_current_no_step() -> None:
    assert math.isnan(at_half_capacity(np.ones(3), np.zeros(3)))
    assert math.isnan(at_half_capacity(np.empty(0), np.empty(0)))
    assert at_half_capacity(np.array([0.7, 0.1]), np.array([1.0, 1.5])) == 0.7
    none = np.full(3, np.nan)
    assert rate_steps(np.arange(3), none, none, none) == []
    alone = rate_steps(np.arange(1, 4), none, none, np.array([1.0, 2.0, 3.0]))
    assert [(s.first, s.last, s.capacity) for s in alone] == [(1, 3, 2.0)]
    assert math.isnan(alone[0].current("charge"))
    assert alone[0].cycles == "cycles 1 to 3"


@pytest.mark.parametrize("b", [0.5, 0.7, 1.0])
def test_the_exponent_is_that_of_the_law_and_the_last_sweep_of_a_rate_counts(b: float) -> None:
    voltage = np.linspace(0.0, 1.0, 101)
    shape = np.exp(-(((voltage - 0.5) / 0.2) ** 2))
    rates = (1e-4, 2e-4, 5e-4, 1e-3)
    forming = [Sweep(rate=r, rising=True, voltage=voltage, current=9.0 * shape) for r in rates]
    sweeps = [Sweep(rate=r, rising=True, voltage=voltage, current=r**b * shape) for r in rates]
    found = exponent([*forming, *sweeps], rising=True)
    assert isinstance(found, Exponent)
    assert found.value == pytest.approx(b)
    assert found.r2 == pytest.approx(1.0)
    assert found.peak_voltages == pytest.approx([0.5] * 4)
    assert [s.rate for s in by_rate(sweeps[::-1], rising=True)] == list(rates)
    assert exponent(sweeps, rising=False) == "0 scan rates, 3 are needed"
    split = dunn_split(sweeps, rising=True)
    assert isinstance(split, Split)
    if b != 0.7:
        assert split.share == pytest.approx([float(b == 1.0)] * 4, abs=1e-9)
        # The term that is not there has the sign of its rounding, which says nothing.
        assert not any("wrong sign" in text or "outside 0 to 1" in text for text in warned(None, split))
    assert any("five over a decade" in text for text in warned(found, None))


def test_a_term_of_the_wrong_sign_and_a_share_above_all_are_warned_of() -> None:
    voltage = np.linspace(0.0, 1.0, 101)
    rates = (1e-4, 2e-4, 5e-4, 1e-3)
    sweeps = [
        Sweep(rate=r, rising=True, voltage=voltage, current=np.full(101, r - 2e-3 * r**0.5)) for r in rates
    ]
    against = [replace(s, current=np.full(101, 1.0 * s.rate - 3e-3 * s.rate**0.5 + 0.2)) for s in sweeps]
    for wrong in (sweeps, against):
        split = dunn_split(wrong, rising=True)
        assert isinstance(split, Split)
        said = warned(None, split)
        assert any("has the wrong sign at 100% of the voltages" in text for text in said)
    split = dunn_split(sweeps, rising=True)
    assert isinstance(split, Split)
    assert any("outside 0 to 1" in text for text in warned(None, split))


def test_sweeps_without_a_common_window_or_their_own_current_are_told() -> None:
    def sweep(rate: float, low: float, sign: float) -> Sweep:
        voltage = np.linspace(low, low + 0.1, 30)
        return Sweep(rate=rate, rising=True, voltage=voltage, current=np.full(30, sign * rate))

    apart = [sweep(1e-4 * k, 0.2 * k, 1.0) for k in (1, 2, 4)]
    assert dunn_split(apart, rising=True) == "the sweeps share no range of voltage"
    against = [sweep(1e-4 * k, 0.2, -1.0) for k in (1, 2, 4)]
    assert exponent(against, rising=True) == "a sweep has no current in its own direction"


@given(times=st.floats(0.1, 10.0))
@settings(max_examples=10)
def test_a_film_is_the_same_in_particles_of_another_density(times: float) -> None:
    one, other = SizedLoss(loss=60.0, size=50.0), SizedLoss(loss=20.0, size=400.0)
    plain, denser = (film_bounds(one, other, 6.0 * k) for k in (1.0, times))
    # Area goes by one over the density, and the charge on it the other way.
    assert denser.high == pytest.approx(times * plain.high)
    assert denser.share_small == pytest.approx(plain.share_small)
    assert specific_area(50.0, 6.0) * 6.0 * 50.0 == pytest.approx(6000.0)


@pytest.mark.parametrize(
    ("first", "mean", "says"),
    [("discharge", 0.5, "--role half-cell-anode"), ("charge", 3.5, "full-cell or half-cell-cathode")],
)
def test_a_role_that_voltages_fit_is_named_and_none_where_they_fit_none(
    first: str, mean: float, says: str
) -> None:
    other = "charge" if first == "discharge" else "discharge"
    halves = [Half(way, 1.0, sloped(mean, mean + 0.1)) for way in (first, other)]
    text = why_no_role(rows_of(made([halves], sign_stated=True)))
    assert says in text
    odd = [Half(way, 1.0, sloped(4.0 - mean, 4.1 - mean)) for way in (first, other)]
    assert "--role" not in why_no_role(rows_of(made([odd], sign_stated=True)))


def test_every_observable_of_a_cell_stands_once_for_its_conditions() -> None:
    found = observables_of_cell(cell_of(RECORD.with_sample(mass=1e-3, area=1.0), role="half-cell-anode"))
    keys = [(o.quantity, o.subject.text, o.conditions.model_dump_json()) for o in found]
    assert len(set(keys)) == len(keys)
    assert {o.origin for o in found} == {"measured"}
    assert all(math.isfinite(o.value) and o.method for o in found)
