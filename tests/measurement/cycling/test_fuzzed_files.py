from __future__ import annotations

import sys

import pytest
from fuzz_readers import formats, fuzz, seeds

# The timer by which an input that hangs is ended is not on Windows.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="fuzzing ends a hang by SIGPROF")


def _fuzzed(name: str, inputs: int) -> None:
    if name == "BioLogic mpr":
        pytest.importorskip("galvani")
    if not seeds(name):
        pytest.skip(f"no {name} file to start from; set TOPOTAXY_DATA")
    outcome = fuzz(name, inputs, seed=inputs)
    assert outcome.counts.total() == inputs
    # Inputs that no longer reach the reader, or that never hurt it, would test nothing.
    assert outcome.counts["refused"] > inputs // 20
    assert len(outcome.reasons) > 3


@pytest.mark.parametrize("name", formats())
def test_a_few_hundred_damaged_files_are_read_or_refused_in_one_line(name, capfd):
    _fuzzed(name, 200)
    # A library that panics prints to the descriptor of stderr itself.
    assert capfd.readouterr() == ("", "")


@pytest.mark.fuzz
@pytest.mark.parametrize("name", formats())
def test_ten_thousand_damaged_files_are_read_or_refused_in_one_line(name):
    _fuzzed(name, 10_000)
