"""The shipped calibration does what its table says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sampling import margin

from topotaxy.lattice import Replica, box_from_spec, run_replica
from topotaxy.spec import Spec
from topotaxy.tables import read_table

REPLICAS = 8
"""Of each material: a calibration is of means, and single replicas scatter."""

ROWS = {row["parameter"]: row for row in read_table("topotaxy.energetics", "calibration")}


def _replicas(pair: str, cycles: int, number: int, folder: Path) -> list[Replica]:
    formula, ion = pair.split("/")
    spec = Spec.model_validate(
        {
            "name": "fit",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": cycles},
            "lattice": {"cells": 8, "replicas": 1},
        }
    )
    box, seeds = box_from_spec(spec), np.random.SeedSequence(3).spawn(number)
    return [run_replica(box, seed, folder / f"{formula}-{i}.npz") for i, seed in enumerate(seeds)]


def test_hysteresis_of_binary_oxides_against_lithium(tmp_path: Path) -> None:
    row = ROWS["monovalent_offset"]
    target, tolerance = float(row["target"]), float(row["tolerance"])
    means, margins = [], []
    for pair in row["materials"].split():
        found = []
        for replica in _replicas(pair, 2, REPLICAS, tmp_path):
            discharge, charge = replica.half_cycles[2:]
            assert charge.capacity > 0.75 * discharge.capacity, f"{pair} does not recharge"
            found.append(charge.mean_voltage - discharge.mean_voltage)
        means.append(np.mean(found))
        margins.append(margin(found))
        assert abs(means[-1] - target) < tolerance + margins[-1], pair
    assert abs(np.mean(means) - target) < tolerance + np.mean(margins)


@pytest.mark.parametrize("pair", ROWS["valence_stiffness"]["materials"].split())
def test_binary_oxides_begin_to_react_with_sodium(tmp_path: Path, pair: str) -> None:
    (replica,) = _replicas(pair, 1, 1, tmp_path)
    assert replica.half_cycles[0].capacity > float(ROWS["valence_stiffness"]["target"])


def test_every_row_says_what_kind_of_use_it_is() -> None:
    assert {row["kind"] for row in ROWS.values()} <= {"fit", "bound"}
    assert all(row["tolerance"] for row in ROWS.values() if row["kind"] == "fit")
