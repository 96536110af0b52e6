from __future__ import annotations

import pytest
import spectrum_files
from fuzz_spectra import fuzz


@pytest.mark.parametrize("name", sorted(spectrum_files.EVERY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_some_damaged_files_are_read_or_refused_in_one_line(name):
    counts = fuzz(name, 60, seed=1)
    assert counts.total() == 60
    assert not counts["refused in several lines"]
    assert counts["refused"] > 3


@pytest.mark.fuzz
@pytest.mark.parametrize("name", sorted(spectrum_files.EVERY))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ten_thousand_damaged_files_are_read_or_refused_in_one_line(name):
    counts = fuzz(name, 10_000, seed=2)
    assert counts.total() == 10_000
    assert not counts["refused in several lines"]
