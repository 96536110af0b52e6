"""From a record to change of mass and bounds of the sulfur."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.content.numbers import observable_text
from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry import TECHNIQUE, Thermobalance, ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.ends import mass_change_of
from topotaxy.measurement.thermogravimetry.observed import assumption
from topotaxy.measurement.thermogravimetry.probe import composition_of, probe, true_change
from topotaxy.measurement.thermogravimetry.record import checked
from topotaxy.specimen.builders import rock_salt

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def made(mass, *, time=None, temperature=None):
    count = len(mass)
    return checked(
        np.arange(count) * 10.0 if time is None else time,
        300.0 + np.arange(count) * (1.0 if count < 1000 else 0.1) if temperature is None else temperature,
        mass,
        source="made",
        format="made",
    )


def change(record, **options):
    return mass_change_of(record, **({"stretch": 60.0, "dry_at": None, "drift": 0.0} | options))


def test_a_still_mass_changes_by_nothing_and_is_known_exactly() -> None:
    found = change(made(np.full(50, 3.0)))
    assert (found.value, found.uncertainty) == (0.0, 0.0)
    assert found.systematic < 1e-12


def test_the_start_of_a_wet_sample_is_where_it_is_dry() -> None:
    mass = np.concatenate([np.full(40, 10.0), np.full(60, 9.8), np.full(60, 4.9)])
    assert change(made(mass)).value == pytest.approx(-0.51)
    assert change(made(mass), dry_at=345.0).value == pytest.approx(-0.5)
    with pytest.raises(InputError, match="never reaches 900 K"):
        change(made(mass), dry_at=900.0)


def test_noise_is_told_from_slow_change() -> None:
    rng = np.random.default_rng(5)
    slow = 10.0 - 1e-4 * np.arange(4000)
    found = change(made(slow + rng.normal(0.0, 1e-3, 4000)), stretch=2000.0)
    # Standard error of the mean of 201 points at both ends, 10 mg at the start.
    assert found.uncertainty == pytest.approx(np.hypot(1e-3, 1e-3) / np.sqrt(201) / 10.0, rel=0.2)


def test_a_mass_that_still_falls_at_the_end_is_not_known_better_than_it_falls() -> None:
    mass = np.concatenate([np.full(60, 10.0), 10.0 - 0.01 * np.arange(100)])
    found = change(made(mass))
    assert found.systematic == pytest.approx(0.5 * 0.06 / 10.0, rel=0.05)
    observed = TECHNIQUE.observed((made(mass),), ThermogravimetryOptions())
    assert any("still changes" in remark for remark in observed.remarks)


def test_drift_in_per_cent_records_is_not_added_as_milligrams() -> None:
    record = checked(
        np.arange(50.0), 300 + np.arange(50.0), np.full(50, 99.0), source="m", format="m", absolute=False
    )
    assert change(record, drift=0.01).systematic == 0.0


def test_nothing_left_to_divide_by_is_refused() -> None:
    with pytest.raises(InputError, match="starts at a mass of"):
        change(made(np.full(50, -0.1)))


@pytest.mark.parametrize(
    ("columns", "match"),
    [
        (([0.0, 1.0], [300.0, 301.0], [1.0, 1.0]), "cut short"),
        (([0.0, 2.0, 1.0], [300.0, 301.0, 302.0], [1.0, 1.0, 1.0]), "clock runs back in data row 3"),
        (([0.0, 1.0, 2.0], [300.0, np.nan, 302.0], [1.0, 1.0, 1.0]), "temperature is nan in data row 2"),
        (([0.0, 1.0, 2.0], [-3.0, 301.0, 302.0], [1.0, 1.0, 1.0]), "damaged or in other units"),
        (([0.0, 1.0, 2.0], [300.0, 301.0], [1.0, 1.0, 1.0]), "differ in length"),
    ],
)
def test_columns_that_cannot_be_are_refused(columns, match) -> None:
    with pytest.raises(InputError, match=match):
        checked(*columns, source="made", format="made")


def bounds(options: ThermogravimetryOptions, balance: Thermobalance) -> dict:
    records = probe([rock_salt(FORMULA, 5, seed=1)], balance, np.random.default_rng(1))
    found = TECHNIQUE.observed(records, options)
    assert found.observables[0].quantity == "mass_change"
    return {o.bound: o for o in found.observables[1:]} | {"absent": found.absent}


QUIET = Thermobalance(balance_noise=0.0, drift_by_end=0.0, burnt_to=("CoO",))


def test_knowing_more_of_the_end_narrows_the_range() -> None:
    truth = composition_of([rock_salt(FORMULA, 5, seed=1)])[1]
    unknown = bounds(ThermogravimetryOptions(formula=FORMULA), QUIET)
    assert "upper" not in unknown
    assert (
        "no upper bound"
        in unknown["absent"]["Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11, virtual balance"]["anion_fraction"]
    )
    widths = []
    for known in (
        {"sulfate": "none"},
        {"sulfate": "none", "dry_at": 400.0},
        {"sulfate": "none", "dry_at": 400.0, "end_products": ("CoO",)},
        {"sulfate": "none", "dry_at": 400.0, "end_products": ("CoO", "CuO")},
    ):
        found = bounds(ThermogravimetryOptions(formula=FORMULA, **known), QUIET)
        low = found["lower"].value if "lower" in found else 0.0
        assert low - 1e-6 <= truth <= found["upper"].value + 1e-6
        widths.append(found["upper"].value - low)
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1e-6


def test_an_end_that_no_oxide_explains_is_absent() -> None:
    balance = QUIET.model_copy(update={"sulfate_kept": 1.0})
    found = bounds(
        ThermogravimetryOptions(formula=FORMULA, sulfate="none", end_products=("CoO", "CuO")), balance
    )
    assert set(found) == {"absent"}
    (why,) = found["absent"].values()
    assert "agree" in why["anion_fraction"]


def test_what_cannot_be_weighed_is_refused() -> None:
    with pytest.raises(InputError, match="has F among its anions"):
        bounds(ThermogravimetryOptions(formula="MgO0.9F0.2"), QUIET)


def test_the_virtual_balance_shows_the_forward_calculation_without_noise() -> None:
    specimens = [rock_salt(FORMULA, 5, seed=1)]
    record = probe(specimens, QUIET, np.random.default_rng(0))[0]
    assert record.mass[-1] / record.mass[0] - 1.0 == pytest.approx(true_change(specimens, QUIET), abs=1e-9)
    assert record.origin == "simulated"


def test_estimates_have_a_range() -> None:
    assert 0.0 < assumption("water_share") <= 0.03
    assert 0.0 < assumption("balance_drift") <= 0.05


def test_what_is_printed_holds_drift_as_well_as_scatter() -> None:
    found = TECHNIQUE.observed((made(np.full(50, 10.0)),), ThermogravimetryOptions(balance_drift=1e-5))
    # 10 µg of 10 mg are 0.1 %.
    assert "± 0.10 %" in observable_text(found.observables[0])
