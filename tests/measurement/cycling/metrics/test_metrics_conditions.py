"""Unlike conditions, masses that contradict, straight curves, errors: laws of what is compared and quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_cells import Half, anode_cycle, made, sloped

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingOptions, CyclingRecord, checked
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.differences import Difference
from topotaxy.measurement.cycling.documents import difference_document
from topotaxy.measurement.cycling.metrics import cell_of, observables_of_cell
from topotaxy.measurement.cycling.metrics.half_cycles import rows_of
from topotaxy.measurement.cycling.metrics.sweeps import exponent, sweeps_of
from topotaxy.measurement.cycling.observed import observed

MASS = 1e-3


def cycles(count: int = 3, current: float = 1.0, low: float = 0.0, high: float = 1.5) -> list[list[Half]]:
    """Anode cycles between two cut-offs."""
    down = Half("discharge", 1.0, sloped(1.0, low), current)
    return [[down, Half("charge", 0.8, sloped(0.5, high), current)]] * count


def measured(**known: float) -> CyclingRecord:
    return replace(made(cycles(**known), mass=MASS), source="measured")  # type: ignore[arg-type]


def simulated(**known: float) -> CyclingRecord:
    record = made(cycles(**known), mass=MASS, origin="simulated")  # type: ignore[arg-type]
    return replace(record, source="run", cutoffs=(known.get("low", 0.0), known.get("high", 1.5)))


def capacity(differences: Sequence[Difference]) -> Difference:
    return next(d for d in differences if d.quantity == "specific_capacity_discharge" and d.cycle == 2)


def test_numbers_under_like_conditions_are_subtracted() -> None:
    found = capacity(analysis_of([measured()], [simulated()], role="half-cell-anode").differences)
    assert found.unlike == ""
    assert found.difference == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("other", "said"),
    [({"current": 8.26}, "current 1.0 against 8.26"), ({"high": 1.2}, "upper cutoff 1.5 against 1.2")],
)
def test_numbers_under_unlike_conditions_are_named_and_not_subtracted(
    other: dict[str, float], said: str
) -> None:
    found = capacity(analysis_of([measured()], [simulated(**other)], role="half-cell-anode").differences)
    assert said in found.unlike
    assert found.difference is None
    assert found.uncertainty is None
    document = difference_document(found)
    assert document["difference"] is None
    assert document["measured"] == pytest.approx(1000.0)


def test_two_measured_cells_at_different_currents_have_no_mean_to_compare() -> None:
    cells = [measured(), replace(measured(current=2.0), source="another")]
    found = capacity(analysis_of(cells, [simulated()], role="half-cell-anode").differences)
    assert "current" in found.unlike


@pytest.mark.parametrize(("count", "known"), [(1, False), (2, False), (3, False), (4, True), (6, True)])
def test_no_standard_error_from_fewer_than_four_cells(count: int, known: bool) -> None:
    runs = [replace(simulated(), source=f"replica {k}") for k in range(count)]
    found = capacity(analysis_of([measured()], runs, role="half-cell-anode").differences)
    assert (found.simulated_uncertainty is not None) == known


@pytest.mark.parametrize(("count", "known"), [(2, False), (4, True)])
def test_no_deviation_between_fewer_than_four_cycles_of_a_rate(count: int, known: bool) -> None:
    record = made([*cycles(count), *cycles(count, current=3.0)], mass=MASS)
    rates = [o for o in observables_of_cell(cell_of(record)) if o.quantity == "rate_capacity"]
    assert len(rates) == 2
    assert all((o.uncertainty is not None) == known for o in rates)


def test_cut_offs_are_where_half_cycles_end() -> None:
    conditions = cell_of(measured(low=0.05, high=1.4)).conditions
    assert (conditions.lower_cutoff, conditions.upper_cutoff) == (pytest.approx(0.05), pytest.approx(1.4))


def test_where_charge_ends_half_cycles_no_cut_off_is_read() -> None:
    uneven = [
        [Half("discharge", 1.0, sloped(1.0, 0.1 * k)), Half("charge", 0.8, sloped(0.5, 1.5))]
        for k in range(4)
    ]
    conditions = cell_of(made(uneven)).conditions
    assert conditions.lower_cutoff is None
    assert conditions.upper_cutoff == pytest.approx(1.5)


def test_a_mass_in_the_file_that_contradicts_the_given_one_refuses_until_it_is_said_of_what() -> None:
    record = replace(measured(), stated_mass=0.853e-3)
    with pytest.raises(InputError, match=r"states a mass of 0\.853 mg, --mass is 1 mg.*--basis"):
        observed([record], CyclingOptions(mass=MASS))
    found = observed([record], CyclingOptions(mass=MASS, basis="electrode"))
    assert any("states a mass of 0.853 mg" in remark for remark in found.remarks)
    same = replace(record, stated_mass=1.01e-3)
    assert not any(
        "states a mass" in remark for remark in observed([same], CyclingOptions(mass=MASS)).remarks
    )


def test_joined_files_become_one_cell() -> None:
    record = made(cycles(2))
    options = CyclingOptions(join=True)
    found = observed([replace(record, source="a"), replace(record, source="b")], options)
    (cell,) = found.document["cells"]
    assert cell["name"] == "a + b"
    assert cell["cycles"] == [1, 2, 3, 4]


@given(st.lists(st.floats(0.2, 3.0), min_size=1, max_size=3), st.floats(0.0, 0.005))
def test_a_straight_curve_at_held_currents_is_no_sweep(currents: list[float], noise: float) -> None:
    """At one current or at several, with the noise of a galvanostat: a capacitor's curve is no
    voltammogram."""
    wave = np.sin(np.arange(600) * 2.399963)
    parts, clock = [], 0.0
    level = np.repeat(currents, 200) * (1.0 + noise * wave[: 200 * len(currents)])
    time = clock + 10.0 * np.arange(len(level))
    parts = {
        "test_time_second": time,
        "voltage_volt": np.linspace(0.0, 1.0, len(level)),
        "current_ampere": level,
    }
    assert sweeps_of(rows_of(checked(parts, source="straight", format="made"))) == []


def test_a_rest_beside_a_straight_curve_makes_no_sweep_of_it() -> None:
    record = made([anode_cycle()] * 2, rest=600.0)
    assert not cell_of(record, role="half-cell-anode").swept


def test_peaks_of_one_height_at_all_rates_have_no_exponent() -> None:
    voltage = np.linspace(0.0, 1.0, 400)
    columns: dict[str, list[np.ndarray]] = {"test_time_second": [], "voltage_volt": [], "current_ampere": []}
    clock = 0.0
    for rate in (1e-4, 2e-4, 5e-4):
        columns["test_time_second"].append(clock + voltage / rate + 1e-6)
        clock = float(columns["test_time_second"][-1][-1])
        columns["voltage_volt"].append(voltage)
        columns["current_ampere"].append(1e-3 * np.exp(-(((voltage - 0.5) / 0.2) ** 2)))
        # Back without a current, so that each rate is a sweep of its own.
        columns["test_time_second"].append(np.array([clock + 1.0]))
        columns["voltage_volt"].append(np.array([0.0]))
        columns["current_ampere"].append(np.array([0.0]))
        clock += 1.0
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    record = checked(whole, source="made", format="made", sign_stated=True)
    sweeps = sweeps_of(rows_of(record))
    assert len(sweeps) == 3
    assert exponent(sweeps, rising=True) == "the peak current is the same at all scan rates"
