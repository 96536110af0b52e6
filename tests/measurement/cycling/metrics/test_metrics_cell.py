"""Metrics of cells whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_cells import Half, anode_cycle, made, sloped

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checked
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.analysis_dataset import cell_dataset
from topotaxy.measurement.cycling.documents import cell_document, cycles_csv
from topotaxy.measurement.cycling.metrics import Cell, absences, cell_of, observables_of_cell
from topotaxy.observables import Conditions, Observable


def the(cell: Cell, quantity: str, cycle: int | None = None) -> Observable:
    found = [o for o in observables_of_cell(cell) if o.quantity == quantity and o.cycle == cycle]
    assert len(found) == 1
    return found[0]


def test_capacities_are_per_gram_where_a_mass_is_known() -> None:
    cell = cell_of(made([anode_cycle(1.0, 0.8)], mass=2e-3), role="half-cell-anode")
    assert the(cell, "specific_capacity_discharge", 1).value == pytest.approx(500.0)
    assert the(cell, "specific_capacity_charge", 1).value == pytest.approx(400.0)


def test_without_a_mass_capacities_are_in_milliampere_hours_and_that_is_said() -> None:
    cell = cell_of(made([anode_cycle(1.0, 0.8)]), role="half-cell-anode")
    assert the(cell, "capacity_discharge", 1).value == pytest.approx(1.0)
    assert the(cell, "capacity_discharge", 1).unit == "mAh"
    assert "--mass" in absences(cell)["specific_capacity"]
    assert not any(o.quantity.startswith("specific") for o in observables_of_cell(cell))


def test_an_area_gives_areal_capacities_with_or_without_a_mass() -> None:
    for mass in (None, 2e-3):
        cell = cell_of(made([anode_cycle(1.0, 0.8)], mass=mass, area=2.0))
        assert the(cell, "areal_capacity_charge", 1).value == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("role", "value"),
    [("half-cell-anode", 0.8), ("full-cell", None), ("half-cell-cathode", None)],
)
def test_the_efficiency_runs_in_the_direction_of_the_role(role: str, value: float | None) -> None:
    cell = cell_of(made([anode_cycle(1.0, 0.8)]), role=role)  # type: ignore[arg-type]
    found = [o for o in observables_of_cell(cell) if "coulombic" in o.quantity]
    if value is None:  # the discharge came first: no charge of this record is followed by a discharge
        assert not found
        assert "coulombic_efficiency" in absences(cell)
    else:
        assert [o.value for o in found] == [pytest.approx(value)]


def test_a_full_cell_charges_first() -> None:
    halves = [Half("charge", 1.0, sloped(3.0, 4.0)), Half("discharge", 0.9, sloped(3.9, 2.9))]
    cell = cell_of(made([halves, halves]), role="full-cell")
    assert the(cell, "initial_coulombic_efficiency", 1).value == pytest.approx(0.9)
    assert the(cell, "coulombic_efficiency", 2).value == pytest.approx(0.9)
    # 0.9 mAh at 3.4 V over 1.0 mAh at 3.5 V
    assert the(cell, "energy_efficiency", 1).value == pytest.approx(0.9 * 3.4 / 3.5, rel=1e-9)


def test_a_discharge_is_held_against_the_charge_that_follows_it_in_the_next_cycle() -> None:
    """An anode cell whose cycler begins its cycles with the charge."""
    first = [Half("charge", 0.5, sloped(0.5, 1.5)), Half("discharge", 1.0, sloped(1.0, 0.0))]
    second = [Half("charge", 0.7, sloped(0.5, 1.5)), Half("discharge", 0.9, sloped(1.0, 0.0))]
    cell = cell_of(made([first, second]), role="half-cell-anode")
    assert the(cell, "coulombic_efficiency", 1).value == pytest.approx(0.7)
    assert np.isnan(cell.efficiency[1])
    assert "does not begin with a discharge" in absences(cell)["initial_coulombic_efficiency"]


def test_without_a_role_there_is_no_efficiency_and_the_likely_one_is_named_but_not_assumed() -> None:
    cell = cell_of(made([anode_cycle()]))
    assert not any("efficiency" in o.quantity for o in observables_of_cell(cell))
    why = absences(cell)["coulombic_efficiency"]
    assert "--role half-cell-anode" in why
    assert "not assumed" in why


def test_mean_voltages_are_energy_over_charge() -> None:
    curved = Half("discharge", 1.0, lambda share: 1.0 - share**2, rows=2001)
    cell = cell_of(made([[curved, Half("charge", 1.0, sloped(0.5, 1.5))]]))
    assert the(cell, "mean_voltage_discharge", 1).value == pytest.approx(2.0 / 3.0, abs=1e-3)
    assert the(cell, "mean_voltage_charge", 1).value == pytest.approx(1.0, abs=1e-3)
    assert the(cell, "voltage_hysteresis", 1).value == pytest.approx(1.0 / 3.0, abs=2e-3)
    # at half of each capacity: 1.0 V on charge, 1 - 1/4 on discharge
    assert the(cell, "hysteresis_at_half_capacity", 1).value == pytest.approx(0.25, abs=1e-6)


def test_energies_that_the_cycler_counted_win_over_the_integral() -> None:
    record = made([anode_cycle(1.0, 0.8)])
    table = record.table.assign(
        discharging_energy_wh=2.0 * record.table["discharging_capacity_ah"],
        charging_energy_wh=3.0 * record.table["charging_capacity_ah"],
    )
    cell = cell_of(checked(dict(table.items()), source="x", format="made"))
    assert the(cell, "mean_voltage_discharge", 1).value == pytest.approx(2.0)
    assert the(cell, "mean_voltage_charge", 1).value == pytest.approx(3.0)


def test_retention_names_its_cycles_and_takes_another_reference() -> None:
    record = made([anode_cycle(1.0, charge) for charge in (0.8, 0.7, 0.65, 0.6)])
    cell = cell_of(record, role="half-cell-anode")
    found = the(cell, "capacity_retention", 4)
    assert found.value == pytest.approx(0.6 / 0.7)
    assert found.method == "charge capacity of cycle 4 over that of cycle 2"
    assert the(cell_of(record, role="half-cell-anode", reference=1), "capacity_retention", 4).value == (
        pytest.approx(0.75)
    )
    assert "capacity_retention" in absences(cell_of(record, reference=9))


def test_retention_compares_cycles_of_one_current_only() -> None:
    slow = [anode_cycle(1.0, 0.8, current=1.0)] * 3
    fast = [anode_cycle(0.5, 0.4, current=5.0), anode_cycle(0.5, 0.3, current=5.0)]
    cell = cell_of(made([*slow, *fast], mass=1e-3), role="half-cell-anode")
    assert cell.retention is not None
    assert (cell.retention.reference, cell.retention.last) == (4, 5)
    assert [(s.first, s.last, s.count) for s in cell.steps] == [(1, 3, 3), (4, 5, 2)]
    rates = [o for o in observables_of_cell(cell) if o.quantity == "rate_capacity"]
    assert [(o.conditions.current, o.value) for o in rates] == [
        (1.0, pytest.approx(800.0)),
        (5.0, pytest.approx(350.0)),
    ]


def test_every_number_carries_the_conditions_that_the_record_knows() -> None:
    record = made([anode_cycle(1.0, 0.8, current=2.0)] * 2, mass=1e-3).with_sample(reference="Na+/Na")
    given = Conditions(sample="NiO", temperature=298.15)
    found = observables_of_cell(cell_of(record, role="half-cell-anode", conditions=given))
    for o in found:
        assert (o.conditions.sample, o.conditions.temperature) == ("NiO", 298.15)
        assert (o.conditions.role, o.conditions.electrode) == ("half-cell-anode", "Na")
    (second,) = (o for o in found if o.quantity == "specific_capacity_charge" and o.cycle == 2)
    assert second.conditions.current == pytest.approx(2.0)
    (kept,) = (o for o in found if o.quantity == "capacity_retention")
    assert (kept.cycle, kept.conditions.reference_cycle) == (2, 1)


def test_a_last_half_cycle_that_stops_short_is_left_out_and_said() -> None:
    cut = [Half("discharge", 1.0, sloped(1.0, 0.0)), Half("charge", 0.3, sloped(0.5, 0.8))]
    cell = cell_of(made([anode_cycle(), anode_cycle(), cut], rest=0.0), role="half-cell-anode")
    assert cell.unfinished is not None
    assert (cell.unfinished.cycle, cell.unfinished.direction) == (3, "charge")
    assert np.isnan(cell.efficiency[2])
    assert any("ends within the charge of cycle 3" in note for note in cell.notes)
    whole = cell_of(made([anode_cycle(), anode_cycle(), cut], rest=60.0), role="half-cell-anode")
    assert whole.unfinished is None  # the cycler went on to rest: it ended the step itself


def test_the_only_half_cycle_of_its_kind_is_taken_as_whole_and_that_is_said() -> None:
    alone = cell_of(made([anode_cycle()], rest=0.0))
    assert alone.unfinished is None
    assert any("nothing shows whether that was its end" in note for note in alone.notes)
    for more in (made([anode_cycle()], rest=60.0), made([anode_cycle()] * 2, rest=0.0)):
        assert not any("nothing shows" in note for note in cell_of(more).notes)


def test_a_stray_row_between_steps_is_no_half_cycle() -> None:
    """Arbin logs a row of a few microamperes, of either sign, where a step begins."""
    record = made([anode_cycle()])
    table = record.table.copy()
    stray = table.iloc[:1].copy()
    stray["current_ampere"] = 5e-6
    stray["test_time_second"] = 0.0
    table["test_time_second"] += 0.02
    import pandas as pd

    joined = pd.concat([stray, table], ignore_index=True)
    cell = cell_of(checked(dict(joined.items()), source="x", format="made"), role="half-cell-anode")
    assert [h.direction for h in cell.half_cycles] == ["discharge", "charge"]
    assert the(cell, "initial_coulombic_efficiency", 1).value == pytest.approx(0.8)


def test_an_efficiency_above_one_hundred_per_cent_is_pointed_out() -> None:
    cell = cell_of(made([anode_cycle(1.0, 1.04)] * 3), role="half-cell-anode")
    assert any("exceeds 100 %" in note for note in cell.notes)


def test_a_record_without_current_has_no_observables_and_says_why() -> None:
    columns = {
        "test_time_second": np.arange(5.0),
        "voltage_volt": np.full(5, 3.0),
        "current_ampere": np.zeros(5),
    }
    cell = cell_of(checked(columns, source="rest", format="made"), role="half-cell-anode")
    assert observables_of_cell(cell) == []
    assert any("no current flows" in note for note in cell.notes)
    assert "coulombic_efficiency" in absences(cell)


def test_film_bounds_come_from_the_first_losses_of_two_sizes() -> None:
    small, large = (made([anode_cycle(1.0, charge)], mass=1e-3) for charge in (0.8, 0.9))
    analysis = analysis_of([small, large], role="half-cell-anode", sizes=[50.0, 500.0], density=6.0)
    assert analysis.film is not None
    area_small, area_large = 6000.0 / (6.0 * 50.0), 6000.0 / (6.0 * 500.0)
    assert analysis.film.low == pytest.approx(3.6 * 100.0 / (area_small - area_large))
    assert analysis.film.high == pytest.approx(3.6 * 200.0 / area_small)
    with pytest.raises(InputError, match="need --role"):
        analysis_of([small, large], sizes=[50.0, 500.0], density=6.0)
    with pytest.raises(InputError, match="need a density"):
        analysis_of([small, large], role="half-cell-anode", sizes=[50.0, 500.0])


_FLOATS = st.floats(-5.0, 5.0, allow_nan=False)


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 1e4, allow_nan=False), _FLOATS, st.sampled_from([-1.0, -0.1, 0.0, 1e-7, 0.1, 1.0])
        ),
        min_size=1,
        max_size=60,
    ),
    st.sampled_from([None, "half-cell-anode", "full-cell", "half-cell-cathode"]),
    st.sampled_from([None, 1e-3]),
    st.sampled_from([None, 1, 2]),
)
def test_any_record_that_is_valid_is_analysed(
    rows: list[tuple[float, float, float]], role: object, mass: float | None, reference: int | None
) -> None:
    """Whatever a file holds: numbers or reasons, never NaN in an observable and never a crash."""
    time, voltage, current = (np.array(column) for column in zip(*rows, strict=True))
    columns = {"test_time_second": np.cumsum(time), "voltage_volt": voltage, "current_ampere": current}
    # Voltages at random contradict the current's sign, unless that is stated.
    record = checked(columns, source="any", format="made", mass=mass, sign_stated=True)
    analysis = analysis_of([record], role=role, reference=reference)  # type: ignore[arg-type]
    json.dumps(cell_document(analysis.cells[0]), allow_nan=False)
    cycles_csv(analysis)
    dataset = cell_dataset(analysis.cells[0])
    assert dataset.sizes["cycle"] == len(analysis.cells[0].totals.cycle)


def test_loss_is_fitted_over_the_longest_stretch_at_one_current() -> None:
    fast = [anode_cycle(0.5, 0.4 - 0.01 * n, current=5.0) for n in range(8)]
    slow = [anode_cycle(1.0, 0.8)] * 2
    cell = cell_of(made([*slow, *fast, *slow], mass=1e-3), role="half-cell-anode")
    assert cell.fade is not None
    assert (cell.fade.first, cell.fade.last) == (3, 10)
    assert cell.fade.rate == pytest.approx(0.01 / 0.4, rel=1e-6)
