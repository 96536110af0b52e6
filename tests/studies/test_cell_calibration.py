from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from topotaxy.cell.inputs import Target, calibration, cell_inputs, with_values
from topotaxy.errors import InputError


def test_every_parameter_lies_within_its_bounds_and_has_a_source() -> None:
    for p in calibration().parameters:
        assert p.low < p.value < p.high
        assert p.low < p.start < p.high
        assert len(p.source) > 20
        assert p.scale in ("linear", "log")


def test_no_more_parameters_than_numbers_fitted_to() -> None:
    plan = calibration()
    assert len(plan.parameters) <= len(plan.targets)


def test_targets_are_claims_of_the_paper() -> None:
    from topotaxy.evidence import load_ledger

    claims = {c.id for c in load_ledger(calibration().paper).claims if c.kind == "value"}
    assert {t.claim for t in calibration().targets} <= claims


def test_fitted_values_are_written_and_nothing_else() -> None:
    from importlib import resources

    text = (resources.files("topotaxy.cell") / "calibration.toml").read_text(encoding="utf-8")
    same = {p.name: p.value for p in calibration().parameters}
    assert with_values(text, same).split() == text.split()
    changed = tomllib.loads(with_values(text, {"cell_resistance": 12.345678}))
    found = {p["name"]: p for p in changed["parameter"]}
    assert found["cell_resistance"]["value"] == 12.35
    assert found["interface_charge"]["value"] == same["interface_charge"]
    with pytest.raises(InputError, match="no parameter 'size'"):
        with_values(text, {"size": 1.0})


def test_assumptions_and_fitted_parameters_are_one_table() -> None:
    values = cell_inputs({"particle_diameter": 80.0})
    assert values["particle_diameter"] == 80.0
    assert values["interface_charge"] == calibration().parameters[0].value


def test_a_fit_finds_the_parameters_that_made_its_numbers() -> None:
    from topotaxy.runs.paper import load_paper
    from topotaxy.studies.calibration import calibrate
    from topotaxy.studies.paper_cells import PaperCells

    truth = {"interface_charge": 0.9, "cell_resistance": 60.0}
    plan = calibration()
    two = replace(
        plan,
        parameters=tuple(p for p in plan.parameters if p.name in truth),
        targets=(Target(claim="na.charge", sigma=0.02), Target(claim="na.rate", sigma=0.02)),
    )
    cells = PaperCells(load_paper(plan.paper))
    cells.set(truth)
    stated = {t.claim: cells.number(t.claim) for t in two.targets}
    found = calibrate(stated, cells=cells, plan=two)
    for p in found.parameters:
        assert p.value == pytest.approx(truth[p.name], rel=0.02)
        assert p.at_bound == ""
    assert found.correlations[0, 0] == pytest.approx(1.0)


def test_what_cannot_be_met_ends_at_a_bound_and_says_so() -> None:
    from topotaxy.studies.calibration import calibrate

    plan = calibration()
    one = replace(
        plan,
        parameters=tuple(p for p in plan.parameters if p.name == "interface_charge"),
        targets=(Target(claim="na.charge", sigma=0.02),),
    )
    found = calibrate({"na.charge": 2000.0}, plan=one)
    assert found.parameters[0].at_bound == "upper"


@pytest.mark.slow
def test_calibrating_again_gives_the_shipped_values() -> None:
    from topotaxy.evidence import load_ledger
    from topotaxy.studies.calibration import calibrate

    stated = {c.id: c.stated.value for c in load_ledger(calibration().paper).claims if c.kind == "value"}
    found = calibrate(stated)
    for p, shipped in zip(found.parameters, calibration().parameters, strict=True):
        assert p.value == pytest.approx(shipped.value, rel=0.05)
    for _, stated_value, computed in found.targets:
        assert computed == pytest.approx(stated_value, rel=5e-3)
