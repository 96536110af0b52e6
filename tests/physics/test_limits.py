"""Limits of the lattice's physics, each by taking one thing away from nickel oxide against sodium.

As it is, a grain of it loses its lattice in the first discharge and charge in every cycle.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from topotaxy.lattice import Replica, box_from_spec, run_replica, simulation
from topotaxy.lattice.frame import Frame
from topotaxy.spec import Spec


def _cycled(folder: Path, **lattice: object) -> Replica:
    spec = Spec.model_validate(
        {
            "name": "limit",
            "electrode": {"formula": "NiO"},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 2},
            "lattice": {"cells": 6, "replicas": 1, **lattice},
        }
    )
    return run_replica(box_from_spec(spec), np.random.SeedSequence(8), folder / "replica.npz")


def _coherent(replica: Replica) -> list[float]:
    return [half.measures.coherent_fraction for half in replica.half_cycles]


def _changed(monkeypatch: pytest.MonkeyPatch, change: object) -> None:
    plain = simulation.grain_frame
    monkeypatch.setattr(simulation, "grain_frame", lambda box, grain: change(plain(box, grain)))  # type: ignore[operator]


def test_nickel_oxide_collapses(tmp_path: Path) -> None:
    replica = _cycled(tmp_path)
    first, charge = replica.half_cycles[:2]
    assert _coherent(replica)[0] < 0.1
    assert charge.capacity < 0.9 * first.capacity


def test_without_misfit_no_collapse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_misfit(frame: Frame) -> Frame:
        return dataclasses.replace(frame, elastic=0.0, growth=0.0)

    _changed(monkeypatch, no_misfit)
    assert _coherent(_cycled(tmp_path)) == [1.0] * 4


def test_without_fading_no_collapse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_fading(frame: Frame) -> Frame:
        return dataclasses.replace(frame, fading=np.ones_like(frame.fading))

    _changed(monkeypatch, no_fading)
    assert _coherent(_cycled(tmp_path)) == [1.0] * 4


def test_a_rigid_frame_never_collapses(tmp_path: Path) -> None:
    assert _coherent(_cycled(tmp_path, coherency=False)) == [1.0] * 4


def test_without_mobility_collapse_costs_no_charge(tmp_path: Path) -> None:
    replica = _cycled(tmp_path, mobility=False)
    capacities = [half.capacity for half in replica.half_cycles]
    assert _coherent(replica)[0] < 0.1
    assert min(capacities) > 0.97 * max(capacities)
