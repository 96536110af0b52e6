from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.observables import from_json
from topotaxy.runs.labels import label_of
from topotaxy.spec import Spec, load_spec
from topotaxy.studies.ablation import Ablation, arms_of, effects_of, formula_text, run_ablation
from topotaxy.studies.ablation_table import (
    ablation_cells,
    ablation_csv,
    ablation_document,
    ablation_markdown,
)
from topotaxy.studies.text import value_text


def _spec(formula: str, *grains: str, **lattice: object) -> Spec:
    return Spec.model_validate(
        {
            "name": "small",
            "electrode": {"formula": formula, "grains": list(grains)},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 2},
            "lattice": {"cells": 3, "replicas": 6, "seed": 4, **lattice},
        }
    )


SPEC = _spec("Mg0.4Ni0.6O0.9S0.1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ablation") / "out"


class Stop(Exception):
    """Ends a run from inside its progress."""


@pytest.fixture(scope="module")
def ablation(folder: Path) -> Ablation:
    """An ablation that was stopped in its third arm, and went on."""

    def stop_in_the_third_arm(done: int, total: int, text: str) -> None:
        if "arm 3" in text:
            raise Stop

    with pytest.raises(Stop):
        run_ablation(SPEC, folder, progress=stop_in_the_third_arm)
    finished = folder / "no-inert-cations" / "run.nc"
    before = finished.stat().st_mtime_ns
    with pytest.raises(InputError, match="--resume"):
        run_ablation(SPEC, folder)
    found = run_ablation(SPEC, folder, resume=True)
    assert finished.stat().st_mtime_ns == before
    return found


def test_every_arm_is_a_run_of_its_own_with_the_same_seeds(ablation: Ablation, folder: Path) -> None:
    names = [arm.name for arm in ablation.arms]
    assert names == [
        "reference",
        "no-inert-cations",
        "no-sulfur",
        "no-disorder",
        "no-coherency",
        "no-mobility",
        "no-transport",
        "no-reach",
    ]
    for name in names:
        spec = load_spec(folder / name / "spec.toml")
        assert spec.lattice.seed == 4
        for switch in ("mobility", "coherency", "disorder", "transport", "reach"):
            assert getattr(spec.lattice, switch) == (name != f"no-{switch}")
    assert load_spec(folder / "no-inert-cations" / "spec.toml").electrode.formula == "NiO0.9S0.1"
    assert load_spec(folder / "no-sulfur" / "spec.toml").electrode.formula == "Mg0.4Ni0.6O"
    assert ablation.inert == ("Mg",)


def test_taking_away_what_is_inert_adds_capacity_for_sure(ablation: Ablation) -> None:
    (effect,) = (
        e for e in ablation.effects if (e.arm, e.outcome) == ("no-inert-cations", "discharge_capacity")
    )
    assert effect.difference is not None
    assert effect.difference.value > 100
    assert effect.significant


def test_the_label_of_a_headline_number_names_what_it_rests_on(ablation: Ablation, folder: Path) -> None:
    document = json.loads((folder / "reference" / "labels.json").read_text(encoding="utf-8"))
    assert set(document["ablated"]) == {arm.name for arm in ablation.arms} - {"reference"}
    entries = {(e["quantity"], e["subject"], e["state"], e["cycle"]): e for e in document["labels"]}
    capacity = entries[("specific_capacity_discharge", "", None, 1)]
    assert capacity["label"] == label_of("specific_capacity_discharge", SPEC)
    assert "inert cations" in capacity["reason"]
    headline = [
        o
        for o in from_json((folder / "reference" / "observables.json").read_text(encoding="utf-8"))
        if o.label
    ]
    assert len(entries) == len(headline)
    arm = json.loads((folder / "no-mobility" / "labels.json").read_text(encoding="utf-8"))
    assert {e["label"] for e in arm["labels"]} == {"imposed"}


def test_the_tables_hold_every_effect_in_every_form(ablation: Ablation) -> None:
    document = ablation_document(ablation)
    rows = list(csv.DictReader(io.StringIO(ablation_csv(ablation))))
    assert len(rows) == len(document["effects"]) == len(ablation.effects)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    head, cells = ablation_cells(ablation)
    text = ablation_markdown(ablation)
    assert all(cell in text for row in cells for cell in row)
    assert len(head) == 9
    reference = next(e for e in ablation.effects if (e.arm, e.outcome) == ("reference", "efficiency"))
    assert reference.difference is None
    assert value_text(reference.value, reference.error) in text


def test_a_finished_ablation_is_read_again_and_not_run(ablation: Ablation, folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("run.nc")}
    again = run_ablation(SPEC, folder, resume=True)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("run.nc")} == before
    assert ablation_document(again) == ablation_document(ablation)


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 4 replicas"):
        run_ablation(_spec("NiO", replicas=1), tmp_path / "out")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("keep")
    with pytest.raises(InputError, match="holds no ablation"):
        run_ablation(SPEC, tmp_path / "mine", resume=True)
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_cannot_be_taken_away() -> None:
    arms = {arm.name: arm for arm in arms_of(_spec("NiO", mobility=False), ())}
    assert arms["no-inert-cations"].spec is None
    assert arms["no-sulfur"].spec is None
    assert arms["no-mobility"].spec is None
    assert arms["no-coherency"].spec is not None
    everything = arms_of(_spec("NiO"), ("Ni",))[0]
    assert (everything.spec, everything.what) == (None, "no cation reacts in the reference run")


def test_an_arm_that_cannot_be_balanced_says_so() -> None:
    # More anions than cations: with oxygen for fluorine Mg would have to be above 2+.
    arm = arms_of(_spec("Mg0.5Zn0.4O0.8F0.2"), ())[1]
    assert arm.spec is None
    assert "cannot be run" in arm.what


def test_a_composite_loses_its_inert_grains() -> None:
    spec = load_spec("composite-na")
    arm = arms_of(spec, ("Mg", "Zn"))[0]
    assert arm.spec is not None
    assert arm.spec.electrode.grains == ("CoO", "NiO", "CuO")
    assert parse_formula(arm.spec.electrode.formula).cation_fractions == pytest.approx(
        {"Co": 1 / 3, "Ni": 1 / 3, "Cu": 1 / 3}
    )


def test_a_formula_reads_back_as_written() -> None:
    for name in ("heos-na", "heof-na", "ni06mg04o-na"):
        c = parse_formula(load_spec(name).electrode.formula)
        again = parse_formula(formula_text({**c.cations, **c.anions}))
        assert (again.cations, again.anions) == (c.cations, c.anions)


def test_numbers_that_only_some_arms_have_are_compared_where_they_are() -> None:
    def cycles(capacity: float) -> xr.Dataset:
        values = capacity + np.arange(4.0)[:, None]
        state = ("replica", "cycle", "state")
        return xr.Dataset(
            {
                "discharge_capacity": (("replica", "cycle"), values),
                "charge_capacity": (("replica", "cycle"), values),
                "mean_voltage_discharge": (("replica", "cycle"), np.full((4, 1), 0.5)),
                "mean_voltage_charge": (("replica", "cycle"), np.full((4, 1), 1.5)),
                "home_fraction": (state, np.full((4, 1, 2), 0.5)),
                "framework_fraction": (state, np.full((4, 1, 2), 0.5)),
                "trapped_fraction": (("replica", "cycle"), np.full((4, 1), np.nan)),
            },
            coords={"state": ["discharged", "charged"], "cycle": [1]},
        )

    arms = [a for a in arms_of(_spec("NiO"), ()) if a.name == "no-mobility"]
    reference = arms[0].__class__(name="reference", what="", spec=_spec("NiO"))
    effects = effects_of([reference, *arms], {"reference": cycles(100.0), "no-mobility": cycles(90.0)})
    found = {(e.arm, e.outcome): e for e in effects}
    assert ("reference", "retention") not in found
    assert ("reference", "trapped_fraction") not in found
    assert found[("no-mobility", "discharge_capacity")].significant
    assert not found[("no-mobility", "home_fraction")].significant
