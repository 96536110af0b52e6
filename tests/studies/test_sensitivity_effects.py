"""Effects over the ranges of made-up inputs: exact for known models, whole only where both ends are known."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.errors import InputError
from topotaxy.spec import Spec
from topotaxy.studies import sensitivity, sensitivity_points
from topotaxy.studies.morris import STEP, trajectories
from topotaxy.studies.sensitivity import COLUMNS, EFFECTS_FILE, Key, effects_of, effects_table
from topotaxy.studies.sensitivity_points import (
    POINTS_FILE,
    Study,
    finished_points,
    run_study,
    study_of,
    value_at,
)
from topotaxy.studies.sensitivity_ranges import RANGES_FILE

SPEC = Spec.model_validate(
    {
        "name": "made-up",
        "electrode": {"formula": "NiO"},
        "cell": {"ion": "Na"},
        "protocol": {"cycles": 2},
        "lattice": {"cells": 3, "replicas": 4},
    }
)


def named(name: str, low: float, high: float) -> Assumption:
    return Assumption(
        name=name, value=low, unit="1", low=low, high=high, label="imposed", meaning="", source=""
    )


INPUTS = (named("slope", -1.0, 3.0), named("decades", 1e-4, 1e2), named("dead", 2.0, 5.0))


def study(number: int = 4, seed: int = 3) -> Study:
    unit = trajectories(len(INPUTS), number, np.random.default_rng(seed))
    return Study(spec=SPEC, inputs=INPUTS, unit=unit, seed=seed)


Found = dict[int, list[list[Any]]]
KEY: Key = ("yield", "", "charged", 1, "nm")


def answers(design: Study, model: Callable[[Mapping[str, float]], float], error: float | None = 0.0) -> Found:
    """One number at every point, as a run of it would give it."""
    found: Found = {}
    for point in range(design.points):
        values = design.at(point).lattice.parameters
        found[point] = [["yield", "", "charged", 1, "nm", model(values), error]]
    return found


def test_a_linear_model_has_its_slope_over_the_range() -> None:
    design = study()
    found = effects_of(design, answers(design, lambda v: 2.5 * v["slope"] - 1.0))[KEY]
    assert found["slope"].mean == pytest.approx(2.5 * 4.0 * STEP)
    assert found["slope"].size == pytest.approx(2.5 * 4.0 * STEP)
    assert found["decades"].size == found["dead"].size == 0.0
    assert {item.steps for item in found.values()} == {4}


def test_a_range_of_decades_is_gone_through_by_its_logarithm() -> None:
    """Two thirds of six decades are four of them, wherever the step begins."""
    design = study()
    found = effects_of(design, answers(design, lambda v: math.log10(v["decades"])))[KEY]
    assert found["decades"].mean == pytest.approx(4.0)
    assert found["decades"].size == pytest.approx(4.0)


def test_a_square_has_the_effect_of_where_its_steps_begin() -> None:
    """(x + 1)² from -1 to 3: with x = -1 + 4u it is 16 u², and a step up from u adds 16 (2 u + S) S."""
    design = study(number=6)
    found = effects_of(design, answers(design, lambda v: (v["slope"] + 1.0) ** 2))[KEY]["slope"]
    starts = [min(points[:, 0]) for points in design.unit]
    changes = [16.0 * (2.0 * u + STEP) * STEP for u in starts]
    assert found.mean == pytest.approx(np.mean(changes))
    assert found.size == pytest.approx(math.sqrt(np.mean(np.square(changes))))


def test_errors_of_both_ends_are_the_noise_of_a_change() -> None:
    design = study()
    found = effects_of(design, answers(design, lambda v: 5.0 * v["slope"], error=0.3))[KEY]
    assert found["slope"].noise == pytest.approx(math.hypot(0.3, 0.3))
    assert found["dead"].size == 0.0
    assert found["dead"].p == pytest.approx(1.0)
    assert found["slope"].p < 1e-9


def test_a_step_counts_only_where_both_ends_are_known() -> None:
    design = study()
    whole = answers(design, lambda v: v["slope"])
    # The first point of the first trajectory is the end of one step alone.
    part = {point: numbers for point, numbers in whole.items() if point != 0}
    lost = [name for name, item in effects_of(design, part)[KEY].items() if item.steps == 3]
    assert len(lost) == 1
    # A point in the middle ends one step and begins another.
    part = {point: numbers for point, numbers in whole.items() if point != 1}
    assert sorted(i.steps for i in effects_of(design, part)[KEY].values()) == [3, 3, 4]
    # A number without an error is not known either.
    bare = {**whole, 1: [[*whole[1][0][:-1], None]]}
    assert effects_of(design, bare) == effects_of(design, part)


def test_no_step_leads_from_one_trajectory_to_the_next() -> None:
    design = study(number=2)
    per = len(INPUTS) + 1
    whole = answers(design, lambda v: v["slope"])
    shifted = {p: [[*n[0][:5], n[0][5] + 100.0 * (p >= per), n[0][6]]] for p, n in whole.items()}
    assert effects_of(design, shifted)[KEY]["slope"].mean == pytest.approx(
        effects_of(design, whole)[KEY]["slope"].mean
    )


def test_one_change_alone_says_nothing() -> None:
    design = study(number=2)
    whole = answers(design, lambda v: v["slope"])
    first = {point: numbers for point, numbers in whole.items() if point <= len(INPUTS)}
    assert effects_of(design, first)[KEY] == {}


def rows_of(design: Study, found: Found) -> list[dict[str, str]]:
    text = effects_table(design, effects_of(design, found), len(found))
    assert text.splitlines()[0] == ",".join(COLUMNS)
    return list(csv.DictReader(text.splitlines()))


def test_the_table_names_what_moves_first_and_nothing_that_is_noise() -> None:
    design = study(number=8)
    rng = np.random.default_rng(0)
    noise = {point: float(rng.normal(0.0, 0.2)) for point in range(design.points)}
    found = answers(design, lambda v: 3.0 * v["slope"], error=0.2)
    found = {p: [[*n[0][:5], n[0][5] + noise[p], n[0][6]]] for p, n in found.items()}
    rows = rows_of(design, found)
    assert [row["input"] for row in rows if row["moves"] == "1"] == ["slope"]
    assert rows[0]["input"] == "slope"
    sizes = [float(row["size"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_what_is_certain_and_smaller_than_its_noise_does_not_move() -> None:
    """Many small steps of one sign are beyond chance together, and none of them beyond its own noise."""
    design = study(number=200)
    found = answers(design, lambda v: 0.3 * v["slope"], error=0.6)
    item = effects_of(design, found)[KEY]["slope"]
    assert item.size < item.noise
    forced = {KEY: {"slope": replace(item, p=1e-6)}}
    (row,) = csv.DictReader(effects_table(design, forced, len(found)).splitlines())
    assert row["moves"] == "0"


def test_the_table_says_of_what_and_how_many_points_it_is() -> None:
    design = study()
    found = answers(design, lambda v: v["slope"])
    del found[15]
    (row, *_) = rows_of(design, found)
    assert (row["electrode"], row["ion"], row["unit"], row["state"]) == ("NiO", "Na", "nm", "charged")
    assert "15 of 16 points" in row["source"]
    assert "4 replicas" in row["source"]
    assert "seed 3" in row["source"]


def test_no_effects_make_a_table_with_its_head_alone() -> None:
    assert effects_table(study(), {}, 0).splitlines() == [",".join(COLUMNS)]


# --- points


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-2.0, 5.0), (1.0, 9.99), (1e-6, 1e3), (0.5, 5.0)])
def test_places_rise_from_one_end_to_the_other(low: float, high: float) -> None:
    item = named("x", low, high)
    found = [value_at(item, place) for place in np.linspace(0.0, 1.0, 9)]
    assert found == sorted(found)
    assert (found[0], found[-1]) == (pytest.approx(low), pytest.approx(high))
    decades = low > 0.0 and high >= 10.0 * low
    assert found[4] == pytest.approx(math.sqrt(low * high) if decades else 0.5 * (low + high))


def test_a_point_has_its_inputs_and_seed_and_all_else_of_the_study() -> None:
    design = study()
    for point in (0, 5, design.points - 1):
        spec = design.at(point)
        place = design.unit.reshape(design.points, -1)[point]
        assert spec.lattice.parameters == {
            item.name: pytest.approx(value_at(item, float(x))) for item, x in zip(INPUTS, place, strict=True)
        }
        assert spec.lattice.seed == design.seed + point
        own, other = spec.model_dump(), SPEC.model_dump()
        for document in (own, other):
            document["lattice"] = {
                k: v for k, v in document["lattice"].items() if k not in ("parameters", "seed")
            }
        assert own == other


def test_what_the_specification_sets_is_not_varied() -> None:
    document = SPEC.model_dump()
    document["lattice"]["parameters"] = {"matrix_pressure": 1.5}
    given = {"number": 2, "seed": 1, "cells": 3, "cycles": 1, "replicas": 4}
    design = study_of(Spec.model_validate(document), **given)  # type: ignore[arg-type]
    names = {item.name for item in design.inputs}
    assert names == {n for n, i in assumptions_with().items() if i.high > i.low} - {"matrix_pressure"}
    assert all(design.at(p).lattice.parameters["matrix_pressure"] == 1.5 for p in range(0, design.points, 7))
    lattice = design.spec.lattice
    assert (lattice.cells, lattice.replicas, design.spec.protocol.cycles) == (3, 4, 1)


def test_the_digest_is_of_all_that_a_point_follows_from() -> None:
    one = study()
    wider = replace(one, inputs=(*INPUTS[:2], named("dead", 2.0, 6.0)))
    protocol = SPEC.protocol.model_copy(update={"current": 0.3})
    others = [
        study(seed=4),
        study(number=5),
        replace(one, seed=9),
        wider,
        replace(one, spec=SPEC.model_copy(update={"protocol": protocol})),
    ]
    assert study().digest == one.digest
    assert len({one.digest, *(o.digest for o in others)}) == 6


def line(design: Study, point: int, **changes: Any) -> str:
    row = {"digest": design.digest, "point": point, "numbers": [], **changes}
    return json.dumps(row) + "\n"


def test_a_line_that_was_cut_off_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    design, path = study(), tmp_path / POINTS_FILE
    whole = line(design, 0) + line(design, 3)
    path.write_text(whole + line(design, 4)[:-9], encoding="utf-8")
    assert set(finished_points(design, path)) == {0, 3}
    assert path.read_text(encoding="utf-8") == whole
    assert finished_points(design, tmp_path / "none") == {}


@pytest.mark.parametrize("point", [-1, 16, 10**9])
def test_a_point_that_the_design_has_not_is_of_another_study(tmp_path: Path, point: int) -> None:
    path = tmp_path / POINTS_FILE
    path.write_text(line(study(), 0) + line(study(), point), encoding="utf-8")
    with pytest.raises(InputError, match="line 2: belongs to another study"):
        finished_points(study(), path)


@pytest.mark.parametrize("text", ["[]\n", "{}\n", '"x"\n', "{\n", "null\n"])
def test_a_damaged_line_is_one_line_of_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / POINTS_FILE
    path.write_text(line(study(), 0) + text, encoding="utf-8")
    with pytest.raises(InputError, match="line 2: not a line of a study") as raised:
        finished_points(study(), path)
    assert "\n" not in str(raised.value)


def test_stopped_after_any_point_a_study_comes_to_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design, done = study(number=2), []

    def numbers(document: dict[str, Any]) -> list[list[Any]]:
        return [["yield", "", "charged", 1, "nm", document["lattice"]["parameters"]["slope"], 0.1]]

    monkeypatch.setattr(sensitivity_points, "numbers_at", numbers)
    whole = run_study(design, tmp_path / "a")
    text = (tmp_path / "a" / POINTS_FILE).read_text(encoding="utf-8")
    for count in range(0, design.points, 3):
        folder = tmp_path / f"b{count}"
        folder.mkdir()
        (folder / POINTS_FILE).write_text("".join(text.splitlines(keepends=True)[:count]), encoding="utf-8")
        done.clear()
        again = run_study(design, folder, progress=lambda n, total: done.append((n, total)))
        assert again == whole
        assert (folder / POINTS_FILE).read_text(encoding="utf-8") == text
        assert done == [(n, design.points) for n in range(count + 1, design.points + 1)]


def test_what_is_there_is_judged_without_simulating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("simulated")

    monkeypatch.setattr(sensitivity, "run_study", never)
    assert sensitivity.main(["nio-na", "--out", str(tmp_path), "--trajectories", "2", "--effects"]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / EFFECTS_FILE), str(tmp_path / RANGES_FILE)]
    assert (tmp_path / EFFECTS_FILE).read_text(encoding="utf-8").splitlines() == [",".join(COLUMNS)]
