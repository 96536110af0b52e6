"""Damaged files of each reader: an image of finite numbers, or one line that says why not."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import micrograph_files as made
import numpy as np
import pytest

from forked import looked_at_in_a_fork
from topotaxy.errors import InputError
from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions
from topotaxy.results import hdf5

IMAGE = made.lattice_image(32)
IN_HDF5 = {"Berkeley EMD", "Velox EMD", "Prismatic EMD", "HyperSpy"}
"""Gone through by a process of their own first, which damage may end."""
READERS = {one.name: one for one in TECHNIQUE.formats()}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process for all files but for the walk over each, so that ten thousand are affordable."""
    if hasattr(os, "fork"):
        monkeypatch.setattr(hdf5, "_looked_at", looked_at_in_a_fork)


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, a piece lost, doubled or zeroed, or the end cut off."""
    changed = bytearray(data)
    kind = int(rng.integers(0, 6))
    start, length = int(rng.integers(0, len(data))), int(rng.integers(1, 200))
    if kind <= 1:
        # Heads are where a changed byte does harm.
        for at in rng.integers(0, min(2000, len(data)), 4):
            changed[at] = int(rng.integers(0, 256))
    elif kind == 2:
        changed = changed[:start]
    elif kind == 3:
        del changed[start : start + length]
    elif kind == 4:
        changed[start:start] = changed[start : start + length]
    else:
        changed[start : start + length] = bytes(len(changed[start : start + length]))
    return bytes(changed)


def fuzz(name: str, count: int, seed: int, folder: Path) -> Counter[str]:
    """What a reader makes of damaged files, counted."""
    rng = np.random.default_rng(seed)
    filename, make = made.EVERY[name][0]
    path = make(folder / filename, IMAGE)
    data = path.read_bytes()
    counts: Counter[str] = Counter()
    for _ in range(count):
        path.write_bytes(damaged(data, rng))
        try:
            records = READERS[name].read(path, ImagingOptions())
        except InputError as refused:
            counts["refused in several lines" if "\n" in str(refused) else "refused"] += 1
        else:
            finite = all(np.isfinite(one.image).all() and (one.pixel_size > 0.0).all() for one in records)
            counts["read" if finite else "read as nonsense"] += 1
    return counts


def check(counts: Counter[str], total: int) -> None:
    assert counts.total() == total
    assert not counts["refused in several lines"]
    assert not counts["read as nonsense"]
    assert counts["refused"] > 0.05 * total


@pytest.mark.parametrize("name", sorted(made.EVERY))
def test_some_damaged_files_are_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    total = 60 if name in IN_HDF5 else 200
    check(fuzz(name, total, 1, tmp_path), total)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", sorted(made.EVERY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ten_thousand_damaged_files_are_read_or_refused_in_one_line(name: str, tmp_path: Path) -> None:
    check(fuzz(name, 10_000, 2, tmp_path), 10_000)
