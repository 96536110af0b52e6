"""Real exports, which are no part of the project: read to what their makers' programs state."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.thermogravimetry import TECHNIQUE, ThermogravimetryOptions, ThermogravimetryRecord

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[4] / "shared" / "data")) / "tga"


def record(name: str) -> ThermogravimetryRecord:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATA}; set TOPOTAXY_DATA to the folder of instruments' files")
    found = recognised(path)
    assert found.technique.name == "thermogravimetry"
    (one,) = found.format.read(path, ThermogravimetryOptions())
    return one


def test_netzsch_residue_of_the_aspartate() -> None:
    one = record("co_aspartate_air_netzsch.txt")
    assert one.stated_mass == pytest.approx(13.10)
    assert 100 * one.mass[-1] / 13.10 == pytest.approx(25.54, abs=0.005)
    assert one.temperature[-1] - 273.15 == pytest.approx(699.75, abs=0.01)


def test_netzsch_in_two_segments_with_its_artefact() -> None:
    one = record("ash_two_segments_netzsch.txt")
    assert one.stated_mass is not None
    assert 100 * one.mass[-1] / one.stated_mass == pytest.approx(2.033, abs=0.0005)
    assert 100 * one.mass.max() / one.stated_mass == pytest.approx(102.66, abs=0.005)
    assert one.segments is not None
    assert set(np.unique(one.segments)) == {1.0, 2.0}


def test_perkinelmer_with_units_in_its_head() -> None:
    one = record("coke_burnoff_perkinelmer.txt")
    assert (one.mass[0], one.mass[-1]) == pytest.approx((8.8255, 8.4493), abs=5e-5)
    assert len(one.time) == 4737
    assert one.time[-1] == pytest.approx(60 * 78.933333, abs=1e-3)


def test_ta_q_series_in_utf_16() -> None:
    one = record("ta_q500_utf16.txt")
    assert one.stated_mass == pytest.approx(20.8210)
    assert one.mass[0] == pytest.approx(20.8216, abs=1e-4)
    assert one.time.min() > 0.0


def test_ta_trios_starts_off_a_hundred_per_cent() -> None:
    one = record("biochar_oxidation_ta5500.txt")
    assert (one.mass[0], one.mass[-1]) == pytest.approx((5.1427, 0.0171), abs=1e-6)


def test_mettler_cut_at_its_end() -> None:
    one = record("pp_mettler_truncated.txt")
    assert one.time[-1] == 5255.0
    assert any("is cut" in note for note in one.notes)


def test_every_real_file_is_analysed() -> None:
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there; set TOPOTAXY_DATA to the folder of instruments' files")
    for path in sorted(DATA.glob("*.txt")):
        one = record(path.name)
        found = TECHNIQUE.observed((one,), ThermogravimetryOptions())
        assert [o.quantity for o in found.observables] == ["mass_change"]
        assert "anion_fraction" in found.absent[path.name]
