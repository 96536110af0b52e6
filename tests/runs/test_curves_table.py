from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from topotaxy.results import schema_of
from topotaxy.runs.curves_table import COLUMNS, POINTS, curves_csv


def table(voltage: list[list[float]], charge: list[list[float]]) -> list[dict[str, str]]:
    """Curves of replicas, one half-cycle each."""
    dataset = schema_of("run").dataset(
        "curves",
        {
            "charge": np.array(charge)[:, None, :],
            "voltage": np.array(voltage)[:, None, :],
            "charge_by_element": np.zeros((len(charge), 1, len(charge[0]), 1)),
            "cycle": [3],
            "direction": ["charge"],
            "element": ["Ni"],
        },
    )
    return list(csv.DictReader(io.StringIO(curves_csv(dataset))))


def test_mean_and_spread_of_replicas_at_equal_charge() -> None:
    rows = table([[0.0, 1.0], [0.2, 1.2]], [[0.0, 100.0], [0.0, 100.0]])
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == POINTS
    for row in rows:
        assert (row["cycle"], row["direction"], row["replicas"]) == ("3", "charge", "2")
        share = float(row["charge_mAh_per_g"]) / 100.0
        assert float(row["voltage_V"]) == pytest.approx(share + 0.1, abs=1e-4)
        assert float(row["voltage_spread_V"]) == pytest.approx(0.2 / np.sqrt(2.0), abs=1e-4)


def test_a_replica_counts_as_far_as_it_goes() -> None:
    rows = table([[0.0, 1.0], [0.0, 1.0]], [[0.0, 100.0], [0.0, 50.0]])
    assert [row["replicas"] for row in rows] == ["2"] * (POINTS // 2) + ["1"] * (POINTS // 2)
    assert rows[-1]["voltage_spread_V"] == ""


def test_a_single_replica_has_no_spread_and_gaps_are_left_out() -> None:
    rows = table([[0.0, 1.0, np.nan]], [[0.0, 10.0, np.nan]])
    assert {row["voltage_spread_V"] for row in rows} == {""}
    assert float(rows[-1]["charge_mAh_per_g"]) == 10.0
