"""A cell on other processors: the same numbers, but not the same bytes.

PyBaMM's solvers use the processor's own exp and linear algebra; no switch of ours reaches them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from processors import ALL_OFF

CELL = 'name = "mine"\n[cell]\nmaterial = "heos-na"\n[[step]]\ncurrent = 1.0\ncycles = 2\n'


def _values(folder: Path, **environment: str) -> dict[str, float]:
    spec = folder / "mine.toml"
    spec.write_text(CELL, encoding="utf-8")
    words = ["simulate", str(spec), "--out", str(folder / "run"), "--no-report", "--json"]
    run = subprocess.run(
        [sys.executable, "-m", "topotaxy.cli", *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)["observables"]
    return {f"{k} {item['quantity']}": item["value"] for k, item in enumerate(found)}


def test_a_cell_has_the_same_numbers_within_the_solvers_tolerance(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("plain", "other")]
    for folder in folders:
        folder.mkdir()
    plain, other = _values(folders[0]), _values(folders[1], **ALL_OFF)
    assert any("specific_capacity_discharge" in name for name in plain)
    # Ten times the solver's relative tolerance: kinks of the branches make its steps go other ways.
    assert other == pytest.approx(plain, rel=1e-3)
