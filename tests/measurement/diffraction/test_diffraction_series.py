"""A series: its order, the cycler beside it, lines that move and lines that stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_diffraction_complaints import pattern
from test_diffraction_formats import read, shared

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import TECHNIQUE, Options
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.series import beside, lines_of, natural, ordered, read_cycler


def test_names_sort_by_their_numbers() -> None:
    assert sorted(["10.txt", "9.txt", "1.txt"], key=natural) == ["1.txt", "9.txt", "10.txt"]


def test_order_is_by_clock_where_clocks_differ_and_by_name_where_not() -> None:
    by_clock, said = ordered([pattern(source=f"{k}", time=1e9 - 600.0 * k) for k in (1, 2, 3)])
    assert [r.source for r in by_clock] == ["3", "2", "1"]
    assert "clocks" in said[0]
    by_name, _ = ordered([pattern(source=f"{k}.txt", time=1e9) for k in (10, 9, 1)])
    assert [r.source for r in by_name] == ["1.txt", "9.txt", "10.txt"]
    assert [r.frame for r in by_name] == [1, 2, 3]


def test_charge_is_the_integral_of_the_current(tmp_path: Path) -> None:
    path = tmp_path / "cycler.txt"
    path.write_text("00:00:00 3.0 36\n01:00:00 3.5 36\n02:00:00 4.0 0\n")
    cycler = read_cycler(path)
    np.testing.assert_allclose(cycler.charge, [0.0, 36.0, 54.0])
    records, _ = beside([pattern(source="1"), pattern(source="4")], cycler, 1200.0)
    assert records[1].voltage == pytest.approx(3.5)
    assert records[1].charge == pytest.approx(36.0)
    with pytest.raises(InputError, match="scan_interval"):
        beside(records, cycler, None)


def test_a_cycler_that_is_none_is_refused(tmp_path: Path) -> None:
    for text in ("", "hello\n", "00:00:00 3 1\nbroken\n", "01:00:00 3 1\n00:00:00 3 1\n"):
        path = tmp_path / "c.txt"
        path.write_text(text)
        with pytest.raises(InputError):
            read_cycler(path)


def peak(position: float) -> Peak:
    return Peak(position=position, position_error=0.004, width=0.15, area=100.0, area_error=2.0)


def test_a_line_that_moves_is_told_from_one_that_stays() -> None:
    rng = np.random.default_rng(1)
    series = [
        [peak(30.0 + 0.02 * k + 0.004 * rng.normal()), peak(44.8 + 0.004 * rng.normal())]
        + ([peak(60.0)] if k == 3 else [])
        for k in range(20)
    ]
    moving, still = lines_of(series)
    assert moving.moves
    assert moving.motion == pytest.approx(0.38, abs=0.05)
    assert not still.moves


def test_the_real_operando_series() -> None:
    """Window and collector stay, three lines of the electrode move by some tenths of a degree."""
    folder = shared("diffraction/operando/charge.txt").parent
    options = Options(radiation="X-ray", cycler=str(folder / "charge.txt"), scan_interval=600.0)
    numbers = (1, 13, 25, 37, 49, 61, 73, 85, 97)
    records = [r for k in numbers for r in read(folder / f"{k}.txt")]
    found = observed(records, options)
    lines = lines_of([one.peaks for one in found.details])
    still = [line.centre for line in lines if not line.moves]
    moving = [line.centre for line in lines if line.moves]
    for position in (38.54, 42.31, 44.80, 49.39, 65.17):
        assert min(abs(position - at) for at in still) < 0.1
    for position in (30.7, 58.1):
        assert min(abs(position - at) for at in moving) < 0.35
    assert all(one.record.voltage is not None for one in found.details)
    sections = TECHNIQUE.shown(tuple(one.record for one in found.details), found)
    assert any(section.anchor == "series" for section in sections)
