"""The same seed gives the same bytes on any processor: a run with one kind of its instructions after
another switched off, in numpy, in the C library, in OpenBLAS, and in what numba compiles for."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from processors import SWITCHES
from strict import COMMAND

SPECS = ("heos-na", "composite-na")
"""One grain, and grains that are put together."""

Content = dict[str, bytes]


def _content(folder: Path, seed: int = 11, **environment: str) -> Content:
    """Run the specifications in an interpreter of its own; every variable, attribute and file, in bytes."""
    found: Content = {}
    for spec in SPECS:
        out = folder / spec
        words = ["simulate", spec, "--out", str(out), "--no-report", "--seed", str(seed)]
        size = ["--cells", "4", "--cycles", "2", "--replicas", "1"]
        run = subprocess.run(
            [*COMMAND, *words, *size],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert run.returncode == 0, run.stderr
        found[f"{spec} observables.json"] = (out / "observables.json").read_bytes()
        with xr.open_datatree(out / "run.nc", engine="h5netcdf") as tree:
            for group in tree.subtree:
                found |= _group(f"{spec} {group.path}", group.to_dataset(inherit=False))
    return found


def _group(path: str, data: xr.Dataset) -> Content:
    attributes = {name: np.asarray(value).tolist() for name, value in data.attrs.items()}
    found = {f"{path} attributes": json.dumps(attributes).encode()}
    for name, variable in data.variables.items():
        values = variable.values
        text = values.dtype == object
        found[f"{path} {name}"] = json.dumps(values.tolist()).encode() if text else values.tobytes()
    return found


def _differing(one: Content, other: Content) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Content:
    found = _content(tmp_path_factory.mktemp("plain"))
    assert any(name.endswith("/cycles discharge_capacity") for name in found)
    return found


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_run_has_the_same_bytes_without(switch: str, plain: Content, tmp_path: Path) -> None:
    assert _differing(plain, _content(tmp_path, **SWITCHES[switch])) == []


@pytest.mark.slow
def test_a_run_has_the_same_bytes_compiled_for_any_processor(plain: Content, tmp_path: Path) -> None:
    compiled_anew = {"NUMBA_CPU_NAME": "generic", "NUMBA_CACHE_DIR": str(tmp_path / "compiled")}
    assert _differing(plain, _content(tmp_path, **compiled_anew)) == []


def test_another_seed_has_other_bytes(plain: Content, tmp_path: Path) -> None:
    differing = _differing(plain, _content(tmp_path, seed=12))
    assert "heos-na observables.json" in differing
    assert "composite-na /cycles discharge_capacity" in differing
