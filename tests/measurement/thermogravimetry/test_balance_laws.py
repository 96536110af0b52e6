"""Laws of ends of a run, of text tables, of records and of the virtual balance."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry import Thermobalance, ThermogravimetryOptions, rows
from topotaxy.measurement.thermogravimetry.ends import mass_change_of
from topotaxy.measurement.thermogravimetry.observed import assumption, host_of, observed
from topotaxy.measurement.thermogravimetry.oxysulfide import Host
from topotaxy.measurement.thermogravimetry.probe import burnt, composition_of, probe, true_change
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked
from topotaxy.specimen.builders import rock_salt


def record(mass, *, temperature=None, step: float = 10.0, **known) -> ThermogravimetryRecord:
    mass = np.asarray(mass, dtype=float)
    time = step * np.arange(len(mass))
    kelvin = np.linspace(300.0, 1300.0, len(mass)) if temperature is None else temperature
    return checked(time, kelvin, mass, source="run", format="made", **known)


def change(one: ThermogravimetryRecord, *, stretch: float = 100.0, dry_at=None, drift: float = 0.0):
    return mass_change_of(one, stretch=stretch, dry_at=dry_at, drift=drift)


@given(st.floats(1.0, 50.0), st.floats(-0.9, 0.5))
def test_a_step_between_plateaus_is_its_height(start: float, height: float) -> None:
    mass = np.where(np.arange(200) < 100, start, start * (1.0 + height))
    found = change(record(mass))
    assert found.value == pytest.approx(height, abs=1e-12)
    assert found.uncertainty == pytest.approx(0.0, abs=1e-12)
    assert found.systematic == pytest.approx(0.0, abs=1e-12)


@given(st.floats(0.1, 1000.0))
def test_a_change_does_not_depend_on_the_unit_of_mass(scale: float) -> None:
    mass = 10.0 - 2.0 / (1.0 + np.exp(-(np.arange(300) - 150.0) / 5.0))
    assert change(record(scale * mass)).value == pytest.approx(change(record(mass)).value, rel=1e-9)


def test_the_error_of_a_mean_falls_with_the_root_of_its_points() -> None:
    """Of white noise: within 5 standard deviations of what it should be."""
    rng = np.random.default_rng(3)
    mass = 10.0 + 0.01 * rng.normal(size=20_000)
    for points in (100, 400, 1600):
        found = change(record(mass, step=1.0), stretch=float(points))
        wanted = 0.01 / math.sqrt(points)
        assert found.end.deviation == pytest.approx(wanted, rel=5.0 / math.sqrt(points))
        assert found.uncertainty == pytest.approx(math.sqrt(2.0) * wanted / 10.0, rel=5.0 / math.sqrt(points))


def test_a_slow_drift_does_not_count_as_scatter() -> None:
    found = change(record(np.linspace(10.0, 9.0, 1000)))
    # Neighbours differ by the drift between two points alone.
    step = abs(found.start.slope) / (found.start.points - 1)
    assert found.start.deviation == pytest.approx(step / math.sqrt(2.0 * found.start.points))
    # Half of what the mass still changes by at the end is not known.
    assert found.systematic == pytest.approx(0.5 * abs(found.end.slope) / found.start.mass)


@given(st.floats(0.001, 0.1))
def test_the_drift_of_the_balance_is_over_the_starting_mass(drift: float) -> None:
    assert change(record(np.full(50, 8.0)), drift=drift).systematic == pytest.approx(drift / 8.0)


def test_a_drift_in_milligrams_says_nothing_of_a_record_in_per_cent() -> None:
    assert change(record(np.full(50, 100.0), absolute=False), drift=0.01).systematic < 1e-12


def test_the_start_is_where_the_sample_is_dry() -> None:
    mass = np.where(np.arange(300) < 50, 10.5, 10.0)
    wet, dry = change(record(mass)), change(record(mass), dry_at=900.0)
    assert wet.value == pytest.approx(10.0 / 10.5 - 1.0)
    assert dry.value == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(InputError, match="never reaches 9999 K"):
        change(record(mass), dry_at=9999.0)


def test_points_far_apart_have_an_end_of_two_points() -> None:
    found = change(record([10.0, 10.0, 8.0, 8.0], step=1000.0), stretch=1.0)
    assert (found.start.points, found.end.points) == (2, 2)
    assert found.value == pytest.approx(-0.2)


def test_nothing_is_divided_by_no_mass() -> None:
    with pytest.raises(InputError, match="starts at a mass of 0"):
        change(record(np.zeros(50)))


@pytest.mark.parametrize(
    ("time", "temperature", "mass", "why"),
    [
        ([0, 1], [300, 301], [1, 1], "holds 2 data rows"),
        ([0, 1, 2], [300, 301], [1, 1, 1], "differ in length"),
        ([0, 2, 1], [300] * 3, [1] * 3, "clock runs back in data row 3"),
        ([0, 1, 2], [300, -5, 300], [1] * 3, "temperature is -5 in data row 2"),
        ([0, 1, 2], [300, 5000, 300], [1] * 3, "temperature is 5000 in data row 2"),
        ([0, 1, 2], [300] * 3, [1, 1, math.nan], "mass is nan in data row 3"),
        ([0, 1, 2], [300] * 3, [1, 1, 1e9], "mass is 1e.09 in data row 3"),
        ([0, math.inf, 2], [300] * 3, [1] * 3, "time is inf in data row 2"),
    ],
)
def test_what_no_run_can_be_is_refused_with_its_row(time, temperature, mass, why: str) -> None:
    with pytest.raises(InputError, match=why):
        checked(time, temperature, mass, source="run", format="made")


def test_rows_are_named_by_their_lines() -> None:
    with pytest.raises(InputError, match="in line 19"):
        checked([0, 2, 1], [300] * 3, [1] * 3, source="run", format="made", lines=[17, 18, 19])


def test_clocks_may_stand_still() -> None:
    assert len(checked([0, 1, 1, 2], [300] * 4, [1] * 4, source="run", format="made").time) == 4


NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=20), st.sampled_from([".", ","]))
def test_tables_read_back(values, decimal: str) -> None:
    lines = ["head", *(f"{a!r};{b!r};text".replace(".", decimal) for a, b in values), "end"]
    found, places, after = rows.table(lines, 1, (1, 0), source="t", delimiter=";", decimal=decimal, count=3)
    np.testing.assert_array_equal(found, [[b, a] for a, b in values])
    assert places == list(range(2, len(values) + 2))
    assert after == len(values) + 1


def test_a_row_that_is_cut_or_holds_a_word_is_refused_with_its_line() -> None:
    for line, why in (("1;2", "2 fields where the header has 3"), ("1;x;3", "column 2 is 'x'")):
        with pytest.raises(InputError, match=f"t, line 2: .*{why}"):
            rows.table(["1;2;3", line], 0, (0, 1), source="t", delimiter=";", count=3)


def test_empty_lines_are_passed_over() -> None:
    found, places, _ = rows.table(["1 2", "", "3 4"], 0, (0, 1), source="t", delimiter=None)
    assert found.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert places == [1, 3]


@pytest.mark.parametrize("text", ["", "x", "1_0", "nan", "inf", "--1", "1e", "0x10"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert rows.number(text) is None


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [(" 1.5 ", ".", 1.5), ("1,5", ",", 1.5), ("-2e-3", ".", -0.002), ("7.", ".", 7.0)],
)
def test_numbers_of_either_decimal_sign(text: str, decimal: str, value: float) -> None:
    assert rows.number(text, decimal) == value


@pytest.mark.parametrize("unit", ["°C", "[°C]", "C", "deg C", "degC", "\x9bC", "Â°C"])
def test_degrees_celsius_in_any_code_page(unit: str) -> None:
    assert rows.kelvin(np.array([0.0, 100.0]), unit, source="t").tolist() == [273.15, 373.15]


def test_kelvin_stays_and_fahrenheit_is_refused() -> None:
    assert rows.kelvin(np.array([300.0]), "K", source="t").tolist() == [300.0]
    with pytest.raises(InputError, match="expected °C or K"):
        rows.kelvin(np.array([300.0]), "°F", source="t")


def test_scales_are_to_seconds_and_milligrams() -> None:
    assert rows.scale("[min]", rows.TIME_UNITS, "time", source="t") == 60.0
    assert rows.scale("μg", rows.MASS_UNITS, "mass", source="t") == pytest.approx(1e-3)
    with pytest.raises(InputError, match="its mass is in 'lb', expected one of mg"):
        rows.scale("lb", rows.MASS_UNITS, "mass", source="t")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_is_read_in_the_encoding_of_balances(tmp_path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Temp./°C;1\n".encode(encoding))
    assert rows.text_of(path) == "Temp./°C;1\n"


@given(st.integers(0, 12))
def test_a_head_cut_within_a_character_is_text(kept: int) -> None:
    data = "ab°C€".encode()[:kept]
    found = rows.decoded(data)
    assert found is not None
    assert "ab°C€".startswith(found)


def test_zero_bytes_and_empty_files_are_refused(tmp_path) -> None:
    for data, why in ((b"1\x002", "zero bytes"), (b" \n", "is empty")):
        path = tmp_path / "a.txt"
        path.write_bytes(data)
        with pytest.raises(InputError, match=why):
            rows.text_of(path)


FORMULA = "Mg0.5Ni0.5O0.9S0.1"
QUIET = Thermobalance(balance_noise=0.0, drift_by_end=0.0, sampling=20.0)


@pytest.mark.parametrize("sulfur", [0.0, 0.05, 0.2])
def test_a_quiet_balance_shows_the_true_change_and_the_sulfur(sulfur: float) -> None:
    host = rock_salt(f"Mg0.5Ni0.5O{1 - sulfur}S{sulfur}" if sulfur else "Mg0.5Ni0.5O", 6, seed=2)
    (one,) = probe([host], QUIET, np.random.default_rng(1))
    share = composition_of([host])[1]
    assert share == pytest.approx(sulfur, abs=0.01)
    options = ThermogravimetryOptions(formula=FORMULA, sulfate="none", water_share=0.0, balance_drift=0.0)
    found = observed([one], options).observables
    (mass,) = [o for o in found if o.quantity == "mass_change"]
    assert mass.value == pytest.approx(true_change([host], QUIET), abs=1e-5)
    for bound in [o for o in found if o.quantity == "anion_fraction"]:
        assert bound.value == pytest.approx(share, abs=2e-4)


def test_a_run_has_the_length_and_the_ramp_that_were_asked_for() -> None:
    balance = replace_model(QUIET, heating_rate=20.0, hold=120.0)
    (one,) = probe([rock_salt("NiO", 3, seed=1)], balance, np.random.default_rng(1))
    ramp = (balance.final_temperature - balance.start_temperature) / 20.0 * 60.0
    assert one.time[-1] == pytest.approx(ramp + 120.0, abs=balance.sampling)
    assert one.temperature[0] == balance.start_temperature
    assert one.temperature.max() == balance.final_temperature
    rising = one.temperature < balance.final_temperature
    assert np.diff(one.temperature[rising]) == pytest.approx(balance.sampling * 20.0 / 60.0)


def replace_model(balance: Thermobalance, **fields) -> Thermobalance:
    return balance.model_copy(update=fields)


def test_specimens_are_weighed_together() -> None:
    """Two boxes of one size: the share of sulfur is the mean of both."""
    both = [rock_salt("NiO0.8S0.2", 4, seed=1), rock_salt("NiO", 4, seed=1)]
    each = [composition_of([one])[1] for one in both]
    assert composition_of(both)[1] == pytest.approx(np.mean(each))


def test_sulfate_that_is_kept_adds_its_mass() -> None:
    host = [rock_salt("NiO0.8S0.2", 4, seed=1)]
    changes = [true_change(host, replace_model(QUIET, sulfate_kept=kept)) for kept in (0.0, 0.5, 1.0)]
    assert changes[2] - changes[1] == pytest.approx(changes[1] - changes[0])
    assert changes[0] < changes[1]


def test_what_cannot_be_burnt_is_refused() -> None:
    host = rock_salt("NiO", 3, seed=1)
    elements = host.elements.copy()
    elements[host.is_element("Ni")] = "Na"
    with pytest.raises(InputError, match="holds Na"):
        probe([replace(host, elements=elements)], QUIET, np.random.default_rng(1))
    elements = host.elements.copy()
    elements[host.is_element("O")] = "F"
    with pytest.raises(InputError, match="no oxygen or sulfur"):
        composition_of([replace(host, elements=elements)])


def test_a_run_of_too_many_points_is_refused() -> None:
    with pytest.raises(InputError, match="the run would have"):
        probe([rock_salt("NiO", 3, seed=1)], replace_model(QUIET, sampling=1e-6), np.random.default_rng(1))


def test_stated_end_products_decide() -> None:
    host = Host(cations={"Co": 1.0}, anions=1.0)
    named = [
        burnt(host, replace_model(QUIET, burnt_to=(p,), final_temperature=1200.0)) for p in ("CoO", "Co3O4")
    ]
    assert [one["Co"].formula for one in named] == ["CoO", "Co3O4"]


def test_cations_and_anion_sites_come_from_the_formula() -> None:
    host = host_of("Mg0.2Ni0.8O0.75S0.25")
    assert host.cations == {"Mg": 0.2, "Ni": 0.8}
    assert host.anions == pytest.approx(1.0)
    with pytest.raises(InputError, match="only O and S are weighed"):
        host_of("NiF2")


@pytest.mark.parametrize("name", ["water_share", "balance_drift"])
def test_assumptions_are_above_zero_and_used_where_nothing_is_said(name: str) -> None:
    assert assumption(name) > 0.0


def test_what_is_assumed_is_said() -> None:
    (one,) = probe([rock_salt(FORMULA, 4, seed=1)], QUIET, np.random.default_rng(1))
    remarks = " ".join(observed([one], ThermogravimetryOptions()).remarks)
    assert "drift is taken as 10 µg" in remarks
    assert "dry at the start" in remarks
    silent = ThermogravimetryOptions(dry_at=400.0, balance_drift=1e-8)
    assert not observed([one], silent).remarks


def test_without_a_formula_there_is_a_change_and_a_reason() -> None:
    (one,) = probe([rock_salt(FORMULA, 4, seed=1)], QUIET, np.random.default_rng(1))
    found = observed([one], ThermogravimetryOptions())
    assert [o.quantity for o in found.observables] == ["mass_change"]
    assert "--formula" in found.absent[one.source]["anion_fraction"]


def test_sulfate_that_may_be_left_leaves_no_upper_bound() -> None:
    balance = replace_model(QUIET, final_temperature=900.0)
    (one,) = probe([rock_salt(FORMULA, 4, seed=1)], balance, np.random.default_rng(1))
    found = observed([one], ThermogravimetryOptions(formula=FORMULA))
    assert "upper" not in {o.bound for o in found.observables}
    assert "--sulfate none" in found.absent[one.source]["anion_fraction"]
