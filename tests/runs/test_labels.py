from __future__ import annotations

import json

import pytest

from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.observables import Conditions, Observable, observable
from topotaxy.observables.vocabulary import VOCABULARY
from topotaxy.runs.labels import label_of, labelled, labels_text, moved_by, over_inputs, reliances
from topotaxy.spec import Spec, load_spec
from topotaxy.tables import read_table
from topotaxy.toml_documents import bundled_names


def _spec(formula: str, ion: str, **lattice: object) -> Spec:
    return Spec.model_validate(
        {"name": "x", "electrode": {"formula": formula}, "cell": {"ion": ion}, "lattice": lattice}
    )


@pytest.mark.parametrize(
    ("formula", "ion", "quantity", "label"),
    [
        ("NiO", "Li", "voltage_hysteresis", "calibrated"),
        ("NiO", "Li", "mean_voltage_charge", "calibrated"),
        ("NiO", "Na", "voltage_hysteresis", "held-out"),
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Li", "mean_voltage_discharge", "held-out"),
        ("NiO", "Na", "specific_capacity_discharge", "bounded"),
        ("NiO", "Li", "specific_capacity_discharge", "held-out"),
        ("NiO", "Li", "reduced_fraction", "held-out"),
        ("NiO", "Li", "specific_capacity_charge", "held-out"),
        ("NiO", "Li", "domain_size", "held-out"),
        ("NiO", "Na", "initial_coulombic_efficiency", "held-out"),
        ("NiO", "Li", "coherent_fraction", "imposed"),
        ("NiO", "Li", "bond_length", "imposed"),
    ],
)
def test_labels_follow_the_list_of_calibrations(formula: str, ion: str, quantity: str, label: str) -> None:
    assert label_of(quantity, _spec(formula, ion)) == label


def test_anything_set_by_hand_makes_every_result_imposed() -> None:
    spec = _spec("NiO", "Na", parameters={"cation_barrier": 1.0}, mobility=False)
    label, reason = labelled("reduced_fraction", spec)
    assert label == "imposed"
    assert reason == "the specification sets cation_barrier and switches off mobility"


def test_the_reason_names_what_was_fitted() -> None:
    assert "monovalent_offset was fitted" in labelled("voltage_hysteresis", _spec("NiO", "Na")).reason


def test_no_bundled_specification_imposes_anything() -> None:
    for name in bundled_names("specs"):
        assert label_of("reduced_fraction", load_spec(name)) == "held-out"


def _seen(value: float, uncertainty: float | None, quantity: str = "home_fraction") -> Observable:
    return observable(
        quantity, value, uncertainty=uncertainty, origin="simulated", state="charged", label="emergent"
    )


def test_a_label_names_the_arms_that_change_its_number() -> None:
    headline = [_seen(0.2, 0.01), _seen(0.9, 0.01, "framework_fraction"), _seen(0.5, None, "strain")]
    arms = {
        "no-mobility": [_seen(1.0, 0.0), _seen(0.91, 0.01, "framework_fraction"), _seen(0.1, None, "strain")],
        "no-inert-cations": [_seen(0.1, 0.01)],
    }
    found = reliances(headline, arms, 8)
    assert {item.quantity: [r.without for r in rs] for item, rs in found.items()} == {
        "home_fraction": ["no-mobility", "no-inert-cations"]
    }
    spec = _spec("NiO", "Na")
    document = json.loads(labels_text(headline, spec, found, {"no-mobility": "metal stays"}))
    home, frame, strain = document["labels"]
    assert home["label"] == "held-out"
    assert home["reason"].endswith("not to this number; rests on mobility, inert cations")
    assert home["rests_on"][0]["difference"] == pytest.approx(0.8)
    assert frame["reason"].endswith("no arm of the ablation changes it")
    assert strain["rests_on"] == []
    plain = json.loads(labels_text(headline, spec))
    assert plain["ablated"] is None
    assert all(entry["rests_on"] is None for entry in plain["labels"])


HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def test_what_moves_a_number_is_looked_up_in_the_study_of_it() -> None:
    item = _seen(0.3, 0.01)
    rows = [
        row
        for row in read_table("topotaxy.energetics", "sensitivity")
        if (row["quantity"], row["state"]) == ("home_fraction", "charged")
    ]
    moving = [row["input"] for row in rows if row["moves"] == "1"]
    found = moved_by(item, _spec(HEOS, "Na"))
    assert found is not None
    assert set(found) == set(moving)
    assert len(found) == len(set(found))
    # Not studied is not the same as not moved.
    assert moved_by(item, _spec("NiO", "K")) is None
    specs = _spec(HEOS, "Na"), _spec("NiO", "K")
    entries = [json.loads(labels_text([item], spec))["labels"][0] for spec in specs]
    assert entries[0]["moved_by"] == list(found)
    assert entries[1]["moved_by"] is None


def test_the_study_names_known_inputs_and_only_effects_beyond_noise() -> None:
    known = assumptions_with()
    for row in read_table("topotaxy.energetics", "sensitivity"):
        assert row["input"] in known
        assert row["quantity"] in VOCABULARY
        assert row["source"]
        if row["moves"] == "1":
            assert float(row["size"]) > float(row["noise"])
            assert float(row["p"]) < 0.05


def test_a_range_over_inputs_is_of_this_number_of_this_electrode_as_shipped() -> None:
    (row,) = [
        r
        for r in read_table("topotaxy.energetics", "input_ranges")
        if (r["electrode"], r["ion"], r["quantity"], r["cycle"]) == (HEOS, "Na", "voltage_hysteresis", "1")
    ]
    item = observable(
        "voltage_hysteresis", 0.8, origin="simulated", label="held-out", conditions=Conditions(cycle=1)
    )
    spec = _spec(HEOS, "Na")
    found = over_inputs(item, spec)
    assert found == {key: float(row[key]) for key in ("low", "median", "high")} | {
        "points": int(row["points"])
    }
    assert json.loads(labels_text([item], spec))["labels"][0]["over_inputs"] == found
    faster = spec.model_copy(update={"protocol": spec.protocol.model_copy(update={"current": 1.0})})
    for other in (_spec(HEOS, "K"), _spec(HEOS, "Na", parameters={"reach_per_volt": 2.0}), faster):
        assert over_inputs(item, other) is None
    assert over_inputs(item.model_copy(update={"conditions": item.conditions.updated(cycle=3)}), spec) is None
