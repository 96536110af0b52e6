"""Each check of the self-test finds the fault that it is there for."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from topotaxy import caching, material, results
from topotaxy.evidence import inference
from topotaxy.studies import self_test as subject
from topotaxy.studies.self_test import COPYLEFT, Check, Extra


def test_a_full_disk_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, passed in ((99_000_000, False), (101_000_000, True)):
        monkeypatch.setattr(subject.shutil, "disk_usage", lambda path, free=free: SimpleNamespace(free=free))
        assert subject.CHECKS["disk"]()[0] is passed
    assert "0.1 GB free" in subject.CHECKS["disk"]()[1]


def test_a_folder_that_cannot_be_written_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(**_: Any) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(subject.tempfile, "TemporaryFile", refused)
    monkeypatch.setattr(subject, "CHECKS", {"disk": subject.CHECKS["disk"]})
    (found,) = subject.self_test()
    assert not found.passed
    assert found.found.startswith("PermissionError: read-only")


@pytest.mark.parametrize(("off", "passed"), [(0.0, True), (0.05, False), (-0.05, False)])
def test_a_wrong_handbook_is_found(off: float, passed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    voltage = (-211.7 + 375.5) / (2 * 96.485) + off
    monkeypatch.setattr(material, "describe", lambda formula: {"conversion_voltage": {"Na": {"Ni": voltage}}})
    assert subject.CHECKS["handbook"]()[0] is passed


def test_a_dataset_that_does_not_read_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import xarray as xr

    other = xr.DataTree.from_dict({"/": xr.Dataset({"x": ("n", np.zeros(5))})})
    monkeypatch.setattr(results, "read_dataset", lambda path: other)
    assert subject.CHECKS["dataset"]()[0] is False


def test_a_judge_that_is_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """log N(1; 0, 1.25) less the norm of its likelihood: -1.2047."""
    right = 0.5 * np.log(0.2) - 0.4
    for off, passed in ((0.1, True), (0.2, False), (-0.2, False)):
        monkeypatch.setattr(
            inference,
            "sequential_monte_carlo",
            lambda *_, off=off: SimpleNamespace(log_evidence=right + off),
        )
        found, text = subject.CHECKS["judge"]()
        assert bool(found) is passed
        assert "-1.20 exactly" in text


def test_where_compiled_code_is_kept_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert str(tmp_path) in subject.CHECKS["compiled code"]()[1]
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    lost = Path(tempfile.gettempdir()) / "lost"
    monkeypatch.setattr(caching, "compiled_code_folder", lambda package: lost)
    passed, text = subject.CHECKS["compiled code"]()
    assert passed
    assert text == f"kept in {lost}, for this machine's uptime only"
    monkeypatch.setattr(caching, "compiled_code_folder", lambda package: None)
    assert subject.CHECKS["compiled code"]()[1] == "kept in numba's own place"


def test_a_check_is_told_as_soon_as_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def check(name: str) -> tuple[bool, str]:
        done.append(name)
        return True, name

    monkeypatch.setattr(subject, "CHECKS", {name: lambda name=name: check(name) for name in "ab"})
    checks = subject.self_test()
    first = next(checks)
    assert isinstance(first, Check)
    assert done == ["a"]
    assert first.found.startswith("a (")
    assert [c.name for c in checks] == ["b"]


def test_a_fault_of_many_lines_is_cut_to_one_that_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> tuple[bool, str]:
        raise RuntimeError("x" * 5000)

    monkeypatch.setattr(subject, "CHECKS", {"one": broken})
    (found,) = subject.self_test()
    assert len(found.found) < 300


def test_versions_of_what_is_missing_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "pybamm":
            raise subject.importlib.metadata.PackageNotFoundError
        return f"{name} 1"

    monkeypatch.setattr(subject.importlib.metadata, "version", version)
    found = subject.versions()
    assert found["pybamm"] == "missing"
    assert found["numpy"] == "numpy 1"


def test_extras_of_what_is_not_installed_at_all_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise subject.importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(subject.importlib.metadata, "requires", requires)
    assert subject.extras() == []


def test_every_copyleft_of_an_extra_is_told() -> None:
    both = Extra("x", (), tuple(COPYLEFT))
    assert all(f"{name} is {licence}" in both.licence for name, licence in COPYLEFT.items())
    assert Extra("x", ("galvani",), ("galvani",)).licence
    assert Extra("x", (), ("numpy",)).licence == ""
