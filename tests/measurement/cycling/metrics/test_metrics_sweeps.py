"""Voltage sweeps made of known parts."""

from __future__ import annotations

import numpy as np
import pytest
from made_cells import anode_cycle, made

from topotaxy.measurement.cycling import CyclingRecord, checked
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.analysis_dataset import cell_dataset
from topotaxy.measurement.cycling.metrics import absences, cell_of, observables_of_cell
from topotaxy.measurement.cycling.metrics.half_cycles import rows_of
from topotaxy.measurement.cycling.metrics.sweeps import (
    Exponent,
    Split,
    dunn_split,
    exponent,
    sweeps_of,
    warnings_of,
)

RATES = np.array([0.1, 0.2, 0.5, 1.0, 2.0]) * 1e-3


def bell(voltage: np.ndarray) -> np.ndarray:
    return np.exp(-(((voltage - 0.5) / 0.1) ** 2))


def swept(
    capacitive: float, diffusive: float, rates: np.ndarray = RATES, shift: float = 0.0
) -> CyclingRecord:
    """Sweeps from 1 V to 0 and back with i = capacitive v + diffusive v^(1/2) bell(V)."""
    times, voltages, currents = [], [], []
    clock = 0.0
    for number, rate in enumerate(rates):
        for sign in (-1.0, 1.0):
            voltage = np.linspace(1.0, 0.0, 400) if sign < 0 else np.linspace(0.0, 1.0, 400)
            times.append(clock + np.abs(voltage - voltage[0]) / rate + 1e-6)
            clock = float(times[-1][-1])
            seen = voltage - sign * shift * number
            currents.append(sign * (capacitive * rate + diffusive * np.sqrt(rate) * bell(seen)))
            voltages.append(voltage)
    columns = {
        "test_time_second": np.concatenate(times),
        "voltage_volt": np.concatenate(voltages),
        "current_ampere": np.concatenate(currents),
    }
    return checked(columns, source="swept", format="made")


def test_sweeps_are_found_with_their_rates_and_galvanostatic_cycles_are_none() -> None:
    found = sweeps_of(rows_of(swept(1.0, 0.01)))
    assert len(found) == 2 * len(RATES)
    assert sorted({round(s.rate, 9) for s in found}) == pytest.approx(sorted(RATES), rel=1e-3)
    assert {s.rising for s in found} == {False, True}
    # Straight lines in time too, but at constant current.
    assert sweeps_of(rows_of(made([anode_cycle()] * 2))) == []


@pytest.mark.parametrize(("capacitive", "diffusive", "b"), [(1.0, 0.0, 1.0), (0.0, 0.02, 0.5)])
def test_the_exponent_has_its_limits(capacitive: float, diffusive: float, b: float) -> None:
    record = swept(capacitive, diffusive)
    if capacitive:  # a plateau of current alone would be no sweep: give it a shape
        table = record.table.assign(
            current_ampere=record.table["current_ampere"]
            * (0.5 + bell(record.table["voltage_volt"].to_numpy()))
        )
        record = checked(
            {n: table[n] for n in ("test_time_second", "voltage_volt", "current_ampere")},
            source="swept",
            format="made",
        )
    for rising in (False, True):
        found = exponent(sweeps_of(rows_of(record)), rising=rising)
        assert isinstance(found, Exponent)
        assert found.value == pytest.approx(b, abs=1e-3)
        assert found.r2 > 0.9999


def test_the_split_gives_back_what_the_sweeps_were_made_of() -> None:
    capacitive, diffusive = 2.0, 0.05
    found = dunn_split(sweeps_of(rows_of(swept(capacitive, diffusive))), rising=True)
    assert isinstance(found, Split)
    assert found.proportional == pytest.approx(capacitive, rel=1e-3)
    area = float(np.trapezoid(bell(found.voltage), found.voltage))
    expected = capacitive * found.rates / (capacitive * found.rates + diffusive * np.sqrt(found.rates) * area)
    assert found.share == pytest.approx(expected, rel=1e-3)


def test_fewer_than_three_rates_are_no_exponent() -> None:
    cell = cell_of(swept(2.0, 0.05, RATES[:2]))
    why = absences(cell)
    assert "3 are needed" in why["scan_rate_exponent"]
    assert "3 are needed" in why["capacitive_fraction"]
    assert not any(o.quantity == "scan_rate_exponent" for o in observables_of_cell(cell))


def test_a_file_for_each_rate_is_taken_as_one_cell_and_that_is_said() -> None:
    one = analysis_of([swept(2.0, 0.05)]).observables
    several = analysis_of([swept(2.0, 0.05, RATES[i : i + 1]) for i in range(len(RATES))])
    expected = [o.value for o in one if o.quantity in ("scan_rate_exponent", "capacitive_fraction")]
    found = [
        o.value for o in several.observables if o.quantity in ("scan_rate_exponent", "capacitive_fraction")
    ]
    assert found == pytest.approx(expected, rel=1e-9)
    assert any("taken together with those of" in note for note in several.cells[0].notes)
    assert "3 are needed" in several.absent[several.cells[1].name]["scan_rate_exponent"]


def test_a_peak_that_moves_and_too_few_rates_are_warned_of() -> None:
    sweeps = sweeps_of(rows_of(swept(2.0, 0.05, RATES[:4], shift=0.04)))
    found, split = exponent(sweeps, rising=True), dunn_split(sweeps, rising=True)
    assert isinstance(found, Exponent)
    assert isinstance(split, Split)
    said = " ".join(warnings_of(found, split))
    assert "the peak moves by" in said
    assert "4 scan rates" in said
    assert "poorly" in said
    clean = sweeps_of(rows_of(swept(2.0, 0.05)))
    good, whole = exponent(clean, rising=True), dunn_split(clean, rising=True)
    assert isinstance(good, Exponent)
    assert isinstance(whole, Split)
    assert warnings_of(good, whole) == []


def test_a_record_of_sweeps_becomes_observables_and_no_galvanostatic_metrics() -> None:
    cell = cell_of(swept(2.0, 0.05), role="half-cell-anode")
    found = {o.quantity for o in observables_of_cell(cell)}
    assert {"scan_rate_exponent", "capacitive_fraction"} <= found
    assert not found & {"capacity_retention", "knee_cycle", "mean_voltage_charge", "rate_capacity"}
    assert "falling_share" in cell_dataset(cell)


@pytest.mark.parametrize(("capacitive", "diffusive"), [(0.0, 0.02), (0.02, 0.02)])
def test_a_limit_that_is_fitted_well_is_not_called_poor(capacitive: float, diffusive: float) -> None:
    record = swept(capacitive, diffusive)
    noise = 1.0 + 1e-3 * np.random.default_rng(3).standard_normal(len(record.table))
    columns = {name: record.table[name] for name in ("test_time_second", "voltage_volt", "current_ampere")}
    columns["current_ampere"] = columns["current_ampere"] * noise
    split = dunn_split(sweeps_of(rows_of(checked(columns, source="noisy", format="made"))), rising=True)
    assert isinstance(split, Split)
    assert np.median(split.r2) > 0.99
    assert not any("poorly" in said for said in warnings_of(None, split))
