"""Nothing numerical decides: boxes, partitions into regions and caps give the same within their errors.

By default a few replicas of two cycles; under ``slow`` more of them over twenty cycles.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sampling import RISK
from scipy.stats import t as student

from topotaxy.lattice import box_from_spec, run_replica
from topotaxy.spec import Spec

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
MATERIALS = [("NiO", "Li"), (HEOS, "Na")]
CAPS = {
    "alkali_hops_per_electron": 20.0,
    "cation_hops_per_electron": 6.0,
    "metal_hops_per_electron": 100.0,
    "registry_trials_per_electron": 40.0,
}
VARIED: dict[str, dict[str, object]] = {
    "odd box": {"cells": 9},
    "larger box": {"cells": 10},
    "larger regions": {"block": 4},
    "caps doubled": {"parameters": {k: 2 * v for k, v in CAPS.items()}},
    "caps halved": {"parameters": {k: v / 2 for k, v in CAPS.items()}},
}
NUMBERS = ("efficiency", "retention", "domain size", "hysteresis")
SYSTEMATIC = (0.02, 0.03, 0.15, 0.05)
"""Differences that would not matter: of efficiency and retention, nm, V."""


def _numbers(
    folder: Path, formula: str, ion: str, replicas: int, cycles: int, **lattice: object
) -> np.ndarray:
    """The numbers of each replica, shape (replicas, 4)."""
    spec = Spec.model_validate(
        {
            "name": "numerics",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "protocol": {"cycles": cycles},
            "lattice": {"cells": 8, "replicas": 1, **lattice},
        }
    )
    box, found = box_from_spec(spec), []
    for index, seed in enumerate(np.random.SeedSequence(21).spawn(replicas)):
        path = folder / f"{index}.npz"
        path.unlink(missing_ok=True)
        halves = run_replica(box, seed, path).half_cycles
        discharge, charge = halves[:2]
        reference = halves[3].capacity if cycles > 2 else charge.capacity
        found.append(
            (
                charge.capacity / discharge.capacity,
                halves[-1].capacity / reference,
                discharge.measures.domain_size,
                halves[3].mean_voltage - halves[2].mean_voltage,
            )
        )
    return np.array(found)


_AS_SHIPPED: dict[tuple[str, str, int, int], np.ndarray] = {}
"""What the variations are compared with, made once."""


def _compared(folder: Path, formula: str, ion: str, what: str, replicas: int, cycles: int) -> None:
    key = (formula, ion, replicas, cycles)
    if key not in _AS_SHIPPED:
        _AS_SHIPPED[key] = _numbers(folder, formula, ion, replicas, cycles)
    here = _AS_SHIPPED[key]
    there = _numbers(folder, formula, ion, replicas, cycles, **VARIED[what])
    difference = np.abs(there.mean(axis=0) - here.mean(axis=0))
    error = np.sqrt((here.var(axis=0, ddof=1) + there.var(axis=0, ddof=1)) / replicas)
    margin = student.isf(0.5 * RISK**0.5, replicas - 1) * error
    for name, gap, width, allowed in zip(NUMBERS, difference, margin, SYSTEMATIC, strict=True):
        assert gap < width + allowed, (name, here.mean(axis=0), there.mean(axis=0))


@pytest.mark.parametrize("what", VARIED)
def test_nickel_oxide_does_not_hang_on_numerics(tmp_path: Path, what: str) -> None:
    _compared(tmp_path, "NiO", "Li", what, 4, 2)


@pytest.mark.slow
@pytest.mark.parametrize(("formula", "ion"), MATERIALS)
@pytest.mark.parametrize("what", VARIED)
def test_twenty_cycles_do_not_hang_on_numerics(tmp_path: Path, formula: str, ion: str, what: str) -> None:
    _compared(tmp_path, formula, ion, what, 8, 20)


def test_a_box_too_small_for_the_reach_says_so(tmp_path: Path) -> None:
    spec = Spec.model_validate(
        {
            "name": "small",
            "electrode": {"formula": HEOS},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 1},
            "lattice": {"cells": 4, "replicas": 1},
        }
    )
    halves = run_replica(box_from_spec(spec), np.random.SeedSequence(1), tmp_path / "r.npz").half_cycles
    assert max(half.clipped for half in halves) > 0.5
