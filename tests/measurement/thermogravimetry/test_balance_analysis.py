"""What an analysis of a run keeps whatever the file, the sampling, the mass or the order of records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import balance_files
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry import TECHNIQUE, Thermobalance, ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.observed import observed
from topotaxy.measurement.thermogravimetry.probe import composition_of, probe
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord
from topotaxy.measurement.thermogravimetry.shown import shown
from topotaxy.specimen.builders import rock_salt

FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
OPTIONS = ThermogravimetryOptions(formula=FORMULA, sulfate="none", water_share=0.0, balance_drift=1e-8)


@pytest.fixture(scope="module")
def run() -> ThermogravimetryRecord:
    balance = Thermobalance(drift_by_end=0.0, balance_noise=1e-7, burnt_to=("CoO",), sampling=5.0)
    return probe([rock_salt(FORMULA, 6, seed=1)], balance, np.random.default_rng(2))[0]


def numbers(one: ThermogravimetryRecord, options: ThermogravimetryOptions = OPTIONS) -> dict:
    return {(o.quantity, o.bound): o.value for o in observed([one], options).observables}


@pytest.mark.parametrize("name", sorted(balance_files.EVERY))
def test_every_format_is_known_by_itself_alone(tmp_path: Path, name: str) -> None:
    for make in balance_files.EVERY[name]:
        path = balance_files.written(tmp_path, "run.txt", make())
        head = path.read_bytes()[:65536]
        assert [one.name for one in TECHNIQUE.formats() if one.recognises(head, path)] == [name]


def test_the_mass_of_the_sample_cancels(run: ThermogravimetryRecord) -> None:
    tenfold = numbers(replace(run, mass=10.0 * run.mass))
    for key, value in numbers(run).items():
        assert tenfold[key] == pytest.approx(value, rel=1e-9)


def test_half_the_points_give_the_same_change(run: ThermogravimetryRecord) -> None:
    half = replace(run, time=run.time[::2], temperature=run.temperature[::2], mass=run.mass[::2])
    assert numbers(half)["mass_change", None] == pytest.approx(numbers(run)["mass_change", None], abs=1e-4)


def test_records_do_not_depend_on_those_beside_them(run: ThermogravimetryRecord) -> None:
    other = replace(run, mass=run.mass[::-1].copy(), source="other")
    together = observed([other, run], ThermogravimetryOptions()).observables
    (alone,) = observed([run], ThermogravimetryOptions()).observables
    assert [o.value for o in together if o.source == run.source] == [alone.value]


def test_bounds_hold_the_sulfur_of_the_specimen(run: ThermogravimetryRecord) -> None:
    sulfur = composition_of([rock_salt(FORMULA, 6, seed=1)])[1]
    found = numbers(run)
    assert found.get(("anion_fraction", "lower"), 0.0) <= sulfur + 1e-3
    assert found.get(("anion_fraction", "upper"), 1.0) >= sulfur - 1e-3


def test_what_is_known_of_the_end_narrows_the_bounds(run: ThermogravimetryRecord) -> None:
    """With the oxides that were burnt to, both bounds are the sulfur."""
    sulfur = composition_of([rock_salt(FORMULA, 6, seed=1)])[1]
    known = OPTIONS.model_copy(update={"end_products": ("CoO", "CuO")})
    found = numbers(run, known)
    assert found["anion_fraction", "lower"] == pytest.approx(sulfur, abs=2e-3)
    assert found["anion_fraction", "upper"] == pytest.approx(sulfur, abs=2e-3)


def test_an_end_that_no_oxide_can_have_is_said() -> None:
    time = np.arange(200.0)
    one = ThermogravimetryRecord(
        time=time,
        temperature=300.0 + 5.0 * time,
        mass=np.where(time < 100, 10.0, 3.0),
        source="s",
        format="f",
    )
    found = observed([one], OPTIONS.model_copy(update={"plateau": 20.0}))
    assert "no end products of the table agree" in found.absent["s"]["anion_fraction"]


@pytest.mark.parametrize(
    ("products", "said"),
    [
        (("Fe2O3",), "no cation of the material"),
        (("CoO", "Co3O4"), "two end products"),
        (("CoO7",), "no end product"),
    ],
)
def test_end_products_that_cannot_be_are_refused(
    run: ThermogravimetryRecord, products: tuple[str, ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        observed([run], OPTIONS.model_copy(update={"end_products": products}))


def test_a_page_gives_the_change_the_curve_and_each_way_to_end(run: ThermogravimetryRecord) -> None:
    found = observed([run], OPTIONS)
    first, second = shown([run], found)
    text, figure = first.parts
    assert "changes its mass by" in text.text  # type: ignore[union-attr]
    curve = figure.panels[0].series[0]  # type: ignore[union-attr]
    assert max(curve.y) == pytest.approx(100.0, abs=0.5)
    (table,) = second.parts
    shares = [float(row[1]) for row in table.rows]  # type: ignore[union-attr]
    assert shares == sorted(shares)
    assert len(shares) == len(found.details[0].scenarios)


def test_a_page_that_bounds_no_sulfur_gives_the_range_of_what_can_be(run: ThermogravimetryRecord) -> None:
    open_end = observed([run], ThermogravimetryOptions(formula=FORMULA, sulfate="unknown"))
    assert not any(o.quantity == "anion_fraction" for o in open_end.observables)
    shares = [s.sulfur for s in open_end.details[0].scenarios if 0.0 <= s.sulfur <= 1.0]
    text = shown([run], open_end)[0].parts[0].text  # type: ignore[union-attr]
    assert (
        f"leaves its sulfur open: {100 * min(shares):.0f} to {100 * max(shares):.0f} % of the anion" in text
    )
    bare = observed([run], ThermogravimetryOptions())
    assert "sulfur" not in shown([run], bare)[0].parts[0].text  # type: ignore[union-attr]


def test_the_dataset_holds_the_curve_with_units(run: ThermogravimetryRecord) -> None:
    group = observed([run], OPTIONS).dataset["record_0"]
    assert {name: group[name].attrs["units"] for name in ("time", "temperature", "mass")} == {
        "time": "s",
        "temperature": "K",
        "mass": "mg",
    }
    assert group["mass"].values[0] == run.mass[0]
    assert group["mass"].values[-1] == run.mass[-1]
