"""Ranges of numbers over the points of a study."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from topotaxy.spec import load_spec
from topotaxy.studies.sensitivity_points import Study, study_of
from topotaxy.studies.sensitivity_ranges import LEAST_POINTS, ranges_table


@pytest.fixture(scope="module")
def study() -> Study:
    return study_of(load_spec("nio-na"), number=4, seed=1, cells=6, cycles=2, replicas=4)


def _rows(study: Study, values: list[float | None]) -> list[dict[str, str]]:
    found = {
        point: [
            ["voltage_hysteresis", "", "", 1, "V", value, 0.01],
            ["domain_size", "", "", 1, "nm", 1.0, None],
        ]
        for point, value in enumerate(values)
    }
    return list(csv.DictReader(io.StringIO(ranges_table(study, found))))


def test_nine_points_in_ten_lie_between_the_ends_whatever_their_order(study: Study) -> None:
    values = np.random.default_rng(3).permutation(np.linspace(0.2, 1.2, 101)).tolist()
    (size, row) = _rows(study, values)
    assert (row["quantity"], row["points"]) == ("voltage_hysteresis", "101")
    assert [float(row[key]) for key in ("low", "median", "high")] == pytest.approx([0.25, 0.7, 1.15])
    assert {float(size[key]) for key in ("low", "median", "high")} == {1.0}
    assert float(row["current"]) == pytest.approx(study.spec.protocol.current)


def test_what_is_unknown_at_a_point_does_not_count_and_few_points_make_no_range(study: Study) -> None:
    known = [0.5] * LEAST_POINTS
    rows = _rows(study, [*known, None, float("nan")])
    assert {row["quantity"]: row["points"] for row in rows} == {
        "voltage_hysteresis": str(LEAST_POINTS),
        "domain_size": str(LEAST_POINTS + 2),
    }
    assert [row["quantity"] for row in _rows(study, [*known[1:], None])] == ["domain_size"]
