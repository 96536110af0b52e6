from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_spectra_files import MADE, chosen, fuzz

from forked import looked_at_in_a_fork
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


@pytest.mark.parametrize(
    ("technique", "name"), [(None, "no such format"), ("energy_loss", "VAMAS"), ("photoemission", "msa")]
)
def test_a_format_that_is_not_there_is_refused_with_those_that_are(technique: str | None, name: str) -> None:
    with pytest.raises(ValueError, match="there are") as refused:
        chosen(technique, name)
    for one, (makers, _) in MADE.items():
        for each in makers:
            assert (f"{one}: {each}" in str(refused.value)) == (technique in (None, one))
    assert chosen("photoemission", "VAMAS") == [("photoemission", "VAMAS")]
    assert chosen(None, None) == FORMATS


@pytest.mark.fuzz
@pytest.mark.parametrize(("technique", "name"), FORMATS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_ten_thousand_damaged_files_are_read_or_refused_in_one_line(technique: str, name: str) -> None:
    counts = fuzz(technique, name, 10_000, seed=2)
    assert counts.total() == 10_000
    assert not counts["refused in several lines"]
