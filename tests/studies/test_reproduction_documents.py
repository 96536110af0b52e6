"""The document and folder of a made-up reproduction: where stated values stand, what is refused, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior
from topotaxy.errors import InputError
from topotaxy.evidence.claims import Ledger
from topotaxy.runs.paper import PaperProtocol
from topotaxy.studies import reproduction, reproduction_folder
from topotaxy.studies.cell_budget import TERMS, Budget
from topotaxy.studies.cell_problem import Datum
from topotaxy.studies.knockouts import Knockout
from topotaxy.studies.posterior_summary import LeftOut
from topotaxy.studies.rate_map import RateCurve
from topotaxy.studies.reproduction import Reproduction, posterior_again, reproduce
from topotaxy.studies.reproduction_document import reproduction_document
from topotaxy.studies.reproduction_folder import (
    DOCUMENT_FILE,
    check_folder,
    named_document,
    whole_document,
    write_reproduction,
)
from topotaxy.studies.reproduction_rows import Reproduced


def claim(name: str, quantity: str, value: str, cell: str = "na", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": "value",
        "material": "m",
        "cell": cell,
        "quantity": quantity,
        "value": value,
        **more,
    }


CLAIMS = (
    claim("first", "specific_capacity_discharge", "600 mAh/g", cycle=1, current="0.1 A/g"),
    claim("kept", "capacity_retention", "80.0 %", cycle=300, current="0.5 A/g"),
    claim("kept.fast", "capacity_retention", "70.0 %", cycle=300, current="2 A/g"),
    claim("kept.coarse", "capacity_retention", "60.0 %", cycle=300, current="0.5 A/g", particle_size="2 um"),
    claim("left", "rate_capacity", "375 mAh/g", cycle=300, current="0.5 A/g"),
    claim("fast", "rate_capacity", "211 mAh/g", current="5 A/g"),
    claim("full.left", "rate_capacity", "300 mAh/g", cell="full", current="0.5 A/g"),
    claim("full.mean", "cell_voltage", "2.1 V", cell="full"),
    claim("spacing", "interplanar_spacing", "2.5 Å", cell="", subject="(111)"),
    {
        "id": "order",
        "kind": "order",
        "quantity": "capacity_retention",
        "relation": "greater",
        "left": {"material": "m"},
        "right": {"material": "m"},
    },
)


def ledger(*claims: Mapping[str, Any]) -> Ledger:
    return Ledger.model_validate(
        {
            "paper": {"citation": "Made up, 2024"},
            "material": {"m": {"formula": "NiO"}},
            "cell": {
                "na": {"ion": "Na"},
                "full": {"ion": "Na", "role": "full-cell", "cathode": "Na3V2(PO4)3/C"},
            },
            "claim": list(claims or CLAIMS),
        }
    )


PROTOCOL = PaperProtocol.model_validate(
    {
        "schema": "topotaxy/paper/1",
        "claims": "made-up",
        "runs": {
            "first": {
                "title": "first cycle",
                "table": "made-na",
                "material": "m",
                "legs": [{"cycles": 1, "current": 0.1}],
                "curves": [1],
            },
            "ageing": {
                "title": "0.5 A/g",
                "table": "made-na",
                "material": "m",
                "legs": [{"cycles": 300, "current": 0.5}],
            },
        },
        "number": [],
        "rate_map": {"table": "made-na", "first": 0.1, "currents": [1.0], "diameters": [50.0]},
    }
)


class Cells:
    """Two runs: a first cycle with its curves, and 300 cycles that lose a third of 450 mAh/g evenly."""

    paper, table, values = PROTOCOL, SimpleNamespace(ions=("Na",)), {"a": 1.0}

    def history(self, name: str) -> Any:
        cycle = np.array([1, 2, 300])
        return SimpleNamespace(cycle=cycle, trapped=0.1 * cycle, film=0.2 * cycle, active=1.0 - cycle / 1e3)

    def cell(self, name: str) -> Any:
        capacity = np.array([500.0, 450.0, 300.123456789])
        return SimpleNamespace(
            delivered="charge",
            totals=SimpleNamespace(capacity=lambda direction: capacity),
            conditions=SimpleNamespace(particle_size=122.0),
        )


def row(name: str, **more: Any) -> Reproduced:
    known = {
        "quantity": "capacity_retention",
        "stated": 0.8,
        "computed": 0.75,
        "uncertainty": 0.05,
        "unit": "1",
        "label": "held-out",
        "agrees": True,
        "why": "so",
        "low": 0.7,
        "high": 0.8,
        "z": 1.0,
    }
    return Reproduced(id=name, **{**known, **more})  # type: ignore[arg-type]


def made(**changes: Any) -> Reproduction:
    rng = np.random.default_rng(0)
    a = np.linspace(1.0, 9.0, 60)
    prior = Prior(
        name="a", ion="", low=0.0, high=10.0, scale="linear", unit="V", meaning="what", source="where"
    )
    posterior = Posterior(
        paper="made-up",
        draws="made",
        names=("a", "b", DRAW),
        points=np.column_stack([a, 10.0 - a, np.zeros(60)]),
        claims=("kept",),
        predicted=(0.7 + 0.1 * rng.random(60))[:, None],
        log_likelihood=np.zeros(60),
        prior_predicted=np.linspace(0.0, 1.0, 21)[:, None],
        log_evidence=-3.5,
        facts={"seed": 4, "evaluations": 99, "stages": 5, "number_of_draws": 7, "draws_made_by": "a command"},
    )
    known: dict[str, Any] = {
        "paper": "made-up",
        "claims": (row("kept"), row("fast", stated=211.0, computed=None, label=None, agrees=None, z=None)),
        "problem": SimpleNamespace(
            priors=(prior, replace(prior, name="b")),
            data=(
                Datum(claim="kept", value=0.8, sigma=0.02, use="fit"),
                Datum(claim="left", value=1.0, sigma=0.02, use="bound", bound="lower"),
                Datum(claim="fast", value=2.0, sigma=0.02, use="held-out"),
            ),
        ),
        "posterior": posterior,
        "left_out": (LeftOut(claim="kept", mean=0.75, spread=0.01, effective=42.0, z=1.0),),
        "budgets": (
            Budget(
                ion="Na",
                stated=580.0,
                terms=dict.fromkeys(TERMS, (1.0, 2.0, 3.0)),
                remainder=(0.0, 1.0, 2.0),
                chance=0.5,
                chance_claimed=None,
            ),
        ),
        "cells": Cells(),
        "recalibrated": False,
    }
    return Reproduction(**{**known, **changes})


# --- the document


def test_the_document_is_plain_data_with_all_numbers_in_their_places() -> None:
    found = reproduction_document(made())
    again = json.loads(json.dumps(found, allow_nan=False))
    assert json.dumps(again) == json.dumps(found)
    kept, fast = found["claims"]
    assert (kept["leave_one_out_z"], kept["leave_one_out_effective"]) == (1.0, 42.0)
    assert kept["prior_predicted"] == pytest.approx([0.05, 0.5, 0.95])
    assert kept["error"] == pytest.approx(0.75 / 0.8 - 1.0)
    assert (fast["error"], fast["prior_predicted"], fast["leave_one_out_effective"]) == (None, None, None)
    assert found["inference"]["particles"] == 60
    assert (found["inference"]["log_evidence"], found["inference"]["seed"]) == (-3.5, 4)


def test_the_document_tells_fitted_numbers_from_bounds_and_predictions() -> None:
    found = reproduction_document(made())
    assert (found["fitted_to"], found["bounded_by"]) == (["kept"], ["left"])
    assert [d["claim"] for d in found["used"]] == ["kept", "left", "fast"]


def test_parameters_stand_with_their_priors_and_what_goes_with_what() -> None:
    found = reproduction_document(made())
    first, second = found["parameters"]
    assert (first["name"], first["prior_low"], first["prior_high"], first["unit"]) == ("a", 0.0, 10.0, "V")
    assert first["low"] <= first["value"] <= first["high"]
    assert second["value"] == pytest.approx(10.0 - first["value"])
    assert found["correlations"] == [["a", "b", pytest.approx(-1.0)]]


def test_what_nobody_sought_is_empty_and_not_absent() -> None:
    found = reproduction_document(made())
    assert found["knockouts"] == []
    assert found["convergence"] is None
    (budget,) = found["budgets"]
    assert budget["chance_claimed"] is None


def test_names_are_of_all_value_claims_and_in_words() -> None:
    found = named_document(made(), ledger())
    assert set(found["names"]) == {c["id"] for c in CLAIMS if c["kind"] == "value"}
    assert found["names"]["kept"] == "Capacity retention, Na half cell, cycle 300, 0.5 A/g"
    assert found["citation"] == "Made up, 2024"


@pytest.fixture
def stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger, curves and a rate map that are known."""

    def curves(cells: Any, name: str) -> dict[int, Any]:
        seconds = np.array([0.0, 1800.0, 3600.0])
        down = [seconds, np.array([1.5, 1.0, 0.5]), np.full(3, 0.2)]
        up = [seconds, np.array([0.6, 1.2, 2.5]), np.full(3, -0.1)]
        return {1: [down, up]}

    curve = RateCurve(diameter=50.0, current=(1.0,), capacity=(123.456789,))
    monkeypatch.setattr(reproduction_folder, "load_ledger", lambda name: ledger())
    monkeypatch.setattr(reproduction_folder, "curves_of_run", curves)
    monkeypatch.setattr(reproduction_folder, "rate_map", lambda plan, values, table: [curve])


def stated_of(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    by_figure: dict[str, list[dict[str, Any]]] = {}
    for point in found["stated"]:
        by_figure.setdefault(point["figure"], []).append(point)
    return by_figure


def test_stated_values_stand_in_the_figure_of_what_they_are_of(stubbed: None) -> None:
    found = stated_of(whole_document(made()))
    assert set(found) == {"ageing", "rate", "voltage: rate_capacity", "voltage: cell_voltage"}
    assert [(p["x"], p["y"]) for p in found["rate"]] == [(5.0, 211.0)]
    assert [p["y"] for p in found["voltage: cell_voltage"]] == [2.1]
    assert [p["y"] for p in found["voltage: rate_capacity"]] == [300.0]


def test_a_stated_retention_stands_at_its_share_of_the_computed_second_cycle(stubbed: None) -> None:
    """80 % of 450 mAh/g; that of another current or size has no computed line to stand at."""
    kept, left = stated_of(whole_document(made()))["ageing"]
    assert (kept["x"], kept["y"]) == (300, pytest.approx(0.8 * 450.0))
    assert "80 % of the computed cycle 2" in kept["name"]
    assert (left["x"], left["y"]) == (300, 375.0)


def test_names_of_claims_are_in_the_ledger_and_not_in_the_code(
    stubbed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = whole_document(made())["stated"]
    renamed = ledger(*[{**c, "id": f"claim-{n}"} for n, c in enumerate(CLAIMS)])
    monkeypatch.setattr(reproduction_folder, "load_ledger", lambda name: renamed)
    assert whole_document(made())["stated"] == plain


def test_only_a_long_run_is_shown_as_ageing_to_six_digits(stubbed: None) -> None:
    (line,) = whole_document(made())["ageing"]
    assert line["name"] == "0.5 A/g"
    assert line["cycle"] == [1.0, 2.0, 300.0]
    assert line["capacity"] == [500.0, 450.0, 300.123]
    assert line["active"] == pytest.approx([0.999, 0.998, 0.7])


def test_kept_curves_are_charge_against_voltage_in_their_sense(stubbed: None) -> None:
    """0.2 A/g for an hour is 200 mAh/g; a current below zero is a charge."""
    down, up = whole_document(made())["curves"]
    assert (down["direction"], up["direction"]) == ("discharge", "charge")
    assert down["capacity"] == [0.0, 100.0, 200.0]
    assert up["capacity"] == [0.0, 50.0, 100.0]
    assert down["voltage"] == [1.5, 1.0, 0.5]
    assert down["name"] == "first cycle, cycle 1"


def test_the_rate_map_is_named_by_its_size(stubbed: None) -> None:
    (line,) = whole_document(made())["rate_map"]
    assert (line["name"], line["current"], line["capacity"]) == ("50 nm", [1.0], [123.457])
    assert whole_document(made())["limits"]


def test_the_file_is_the_document_and_the_same_again(stubbed: None, tmp_path: Path) -> None:
    path = write_reproduction(made(), tmp_path / "new" / "deep")
    assert path == tmp_path / "new" / "deep" / DOCUMENT_FILE
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(whole_document(made())))
    before = path.read_bytes()
    write_reproduction(made(), tmp_path / "new" / "deep")
    assert path.read_bytes() == before


def test_a_number_that_is_none_is_not_written_as_one(stubbed: None, tmp_path: Path) -> None:
    broken = made(claims=(row("kept", computed=float("nan")),))
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_reproduction(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_holds_something_else_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reproduction_folder, "whole_document", lambda found: pytest.fail("computed"))
    (tmp_path / "file").write_text("precious")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "other.txt").write_text("precious")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for name in ("file", "full", "nowhere"):
        with pytest.raises(InputError, match="holds no reproduction"):
            write_reproduction(made(), tmp_path / name)
    assert (tmp_path / "file").read_text() == "precious"


def test_a_new_an_empty_and_an_earlier_folder_are_taken(tmp_path: Path) -> None:
    check_folder(tmp_path / "new")
    check_folder(tmp_path)
    (tmp_path / DOCUMENT_FILE).write_text("{}")
    (tmp_path / "report.html").write_text("")
    check_folder(tmp_path)


# --- asking for one


def test_a_paper_that_cannot_be_reproduced_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no paper 'fang2202'") as raised:
        reproduce("fang2202")
    assert "fang2022" in str(raised.value)
    document = (
        'schema = "topotaxy/paper/1"\nclaims = "fang2022"\nnumber = []\n'
        '[runs.one]\ntitle = "one"\ntable = "t-na"\nmaterial = "m"\nlegs = [{ cycles = 1, current = 0.1 }]\n'
        '[rate_map]\ntable = "t-na"\nfirst = 0.1\ncurrents = [1.0]\ndiameters = [50.0]\n'
    )
    (tmp_path / "mine.toml").write_text(document, encoding="utf-8")
    with pytest.raises(InputError, match="names no draws and targets"):
        reproduce(str(tmp_path / "mine.toml"))


def test_two_seeds_are_run_and_held_against_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    base = made().posterior

    def infer(problem: Any, **options: Any) -> Posterior:
        asked.append(options)
        shift = 0.0 if options["seed"] == 1 else 5.0
        return replace(base, points=base.points + shift, facts={"seed": options["seed"], "stages": 3})

    def knocked(problem: Any, posterior: Posterior, *, progress: Any) -> list[Knockout]:
        assert posterior.facts["seed"] == 1
        return [Knockout(name="no film", chi_squared=9.0, missed=(("kept", -2.5),))]

    monkeypatch.setattr(reproduction, "infer", infer)
    monkeypatch.setattr(reproduction, "knocked_out", knocked)
    found = posterior_again(made().problem, particles=60, moves=3, workers=2)
    assert [a["seed"] for a in asked] == [1, 2]
    assert {(a["particles"], a["moves"], a["workers"]) for a in asked} == {(60, 3, 2)}
    assert found.points.tobytes() == base.points.tobytes()
    assert found.facts["convergence"]["seeds"] == [1, 2]
    assert found.facts["convergence"]["agree"] is False
    assert found.facts["knockouts"] == [{"name": "no film", "chi_squared": 9.0, "missed": [["kept", -2.5]]}]
    assert found.facts["stages"] == 3
