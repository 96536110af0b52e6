"""The study of inputs: its points, its file, and what it says of a model that is known."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.errors import InputError
from topotaxy.spec import load_spec
from topotaxy.studies import sensitivity, sensitivity_points
from topotaxy.studies.sensitivity import EFFECTS_FILE, effects_of, effects_table
from topotaxy.studies.sensitivity_points import (
    POINTS_FILE,
    Study,
    finished_points,
    numbers_at,
    run_study,
    study_of,
    value_at,
)


def _study(**changes: Any) -> Study:
    given: dict[str, Any] = {"number": 2, "seed": 3, "cells": 4, "cycles": 1, "replicas": 4}
    return study_of(load_spec("heos-na"), **(given | changes))


def _by_hand(document: dict[str, Any]) -> list[list[Any]]:
    """A model of which the answer is known: one input counts, one number is sometimes absent."""
    value = document["lattice"]["parameters"]["matrix_pressure"]
    numbers: list[list[Any]] = [["yield", "", "charged", 1, "1", 10.0 * value, 0.1]]
    if value > 2.0:
        numbers.append(["seldom", "Cu", "", 1, "nm", 1.0, None])
    return numbers


def test_inputs_stay_inside_their_ranges_and_reach_their_ends() -> None:
    for item in assumptions_with().values():
        ends = value_at(item, 0.0), value_at(item, 1.0)
        assert ends == pytest.approx((item.low, item.high))
        between = value_at(item, 0.5)
        assert min(ends) <= between <= max(ends)
    rate = assumptions_with()["redox_rate"]
    assert value_at(rate, 0.5) == pytest.approx(np.sqrt(rate.low * rate.high))


def test_every_point_has_replicas_of_its_own_and_all_its_inputs() -> None:
    study = _study()
    specs = [study.at(point) for point in range(study.points)]
    assert len({spec.lattice.seed for spec in specs}) == study.points
    names = {item.name for item in study.inputs}
    assert all(set(spec.lattice.parameters) == names for spec in specs)
    assert names >= {"matrix_pressure", "monovalent_offset", "valence_stiffness", "reach_per_volt"}


def test_a_study_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, asked = _study(), []

    def counted(document: dict[str, Any]) -> list[list[Any]]:
        asked.append(document["lattice"]["seed"])
        return _by_hand(document)

    monkeypatch.setattr(sensitivity_points, "numbers_at", counted)
    whole = run_study(study, tmp_path / "whole")
    assert len(asked) == study.points
    text = (tmp_path / "whole" / POINTS_FILE).read_text()
    cut = tmp_path / "cut"
    cut.mkdir()
    # Killed while it wrote its twelfth line.
    lines = text.splitlines(keepends=True)
    (cut / POINTS_FILE).write_text("".join(lines[:11]) + lines[11][:40])
    asked.clear()
    again = run_study(study, cut)
    assert len(asked) == study.points - 11
    assert again == whole
    assert (cut / POINTS_FILE).read_text() == text
    tables = [effects_table(study, effects_of(study, found), len(found)) for found in (again, whole)]
    assert tables[0] == tables[1]


def test_what_counts_is_found_and_the_rest_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sensitivity_points, "numbers_at", _by_hand)
    study = _study(number=4)
    found = run_study(study, tmp_path)
    rows = list(csv.DictReader(effects_table(study, effects_of(study, found), len(found)).splitlines()))
    moving = [row for row in rows if row["moves"] == "1"]
    assert [(row["quantity"], row["input"]) for row in moving] == [("yield", "matrix_pressure")]
    pressure = assumptions_with()["matrix_pressure"]
    assert float(moving[0]["mean_effect"]) == pytest.approx(
        10 * (pressure.high - pressure.low) * 2 / 3, rel=0.01
    )
    # Without an error nothing is said.
    assert {row["quantity"] for row in rows} == {"yield"}


def test_the_points_of_another_study_are_refused(tmp_path: Path) -> None:
    path = tmp_path / POINTS_FILE
    path.write_text(json.dumps({"digest": _study(seed=4).digest, "point": 0, "numbers": []}) + "\n")
    with pytest.raises(InputError, match="line 1: belongs to another study"):
        finished_points(_study(), path)
    path.write_text("nonsense\n")
    with pytest.raises(InputError, match="line 1: not a line of a study"):
        finished_points(_study(), path)
    assert len({_study().digest, _study(seed=4).digest, _study(cells=5).digest, _study(number=3).digest}) == 4


def test_too_little_to_tell_noise_is_refused() -> None:
    with pytest.raises(InputError, match="at least 2 trajectories"):
        _study(replicas=3)
    with pytest.raises(InputError, match="at least 2 trajectories"):
        _study(number=1)


def test_a_point_gives_headline_numbers_with_their_errors() -> None:
    numbers = numbers_at(_study(cells=2).at(0).model_dump(mode="json"))
    by_key = {(q, s, z): (v, e) for q, s, z, _, _, v, e in numbers}
    value, error = by_key["specific_capacity_discharge", "", ""]
    assert value > 0.0
    assert error is not None
    assert ("reduced_fraction", "Zn", "discharged") in by_key


def test_the_command_line_tells_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert sensitivity.main(["heos-na", "--out", str(tmp_path), "--trajectories", "1"]) == 2
    assert "at least 2 trajectories" in capsys.readouterr().err
    assert not (tmp_path / EFFECTS_FILE).exists()
