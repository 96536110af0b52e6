from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_spectra_files import MADE, fuzz, looked_at_in_a_fork

from topotaxy.results import hdf5


@pytest.fixture(autouse=True)
def _looked_at_in_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hdf5, "_looked_at", looked_at_in_a_fork)


FORMATS = [(technique, name) for technique, (makers, _) in MADE.items() for name in makers]


@pytest.mark.parametrize(("technique", "name"), FORMATS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_some_damaged_files_are_read_or_refused_in_one_line(technique: str, name: str) -> None:
    counts = fuzz(technique, name, 40, seed=1)
    assert counts.total() == 40
    assert not counts["refused in several lines"]
    assert counts["refused"] > 2


@pytest.mark.fuzz
@pytest.mark.parametrize(("technique", "name"), FORMATS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ten_thousand_damaged_files_are_read_or_refused_in_one_line(technique: str, name: str) -> None:
    counts = fuzz(technique, name, 10_000, seed=2)
    assert counts.total() == 10_000
    assert not counts["refused in several lines"]
