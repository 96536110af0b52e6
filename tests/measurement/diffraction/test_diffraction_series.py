"""A series: its order, the cycler beside it, lines that move and lines that stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from test_diffraction_complaints import pattern
from test_diffraction_formats import read, shared

from topotaxy.content.figure import Figure
from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import TECHNIQUE, Options
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.series import beside, lines_of, natural, ordered, read_cycler
from topotaxy.measurement.technique import Observed


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


@pytest.fixture(scope="module")
def operando() -> Observed:
    """All 25 patterns, with the cycler's record beside them; the files' clocks all say one time."""
    folder = shared("diffraction/operando/charge.txt").parent
    options = Options(radiation="X-ray", cycler=str(folder / "charge.txt"), scan_interval=600.0)
    records = [r for k in range(1, 98, 4) for r in read(folder / f"{k}.txt")]
    return observed(records, options)


def test_the_two_blocks_of_every_real_file_are_one_scan(operando: Observed) -> None:
    """Equal number for number: averaging them would halve the variance on paper only."""
    assert len(operando.details) == 25
    assert all("equal number for number" in " ".join(one.record.notes) for one in operando.details)
    assert [one.record.source for one in operando.details] == [f"{k}.txt" for k in range(1, 98, 4)]


def test_lines_of_the_real_series_that_move_and_that_stay(operando: Observed) -> None:
    """Window and collector stay within 0.04°; five lines of the electrode move by 0.33 to 0.72°, and back."""
    lines = lines_of([one.peaks for one in operando.details])
    for position in (36.00, 38.53, 42.31, 44.79, 49.36, 65.17):
        (line,) = [one for one in lines if abs(one.centre - position) < 0.05]
        assert not line.moves
        assert line.motion < 0.045
    for position in (30.72, 43.93, 54.56, 58.16, 63.89):
        (line,) = [one for one in lines if abs(one.centre - position) < 0.1]
        assert line.moves
        assert 0.3 < line.motion < 0.75
        back = abs(np.median(line.positions[-3:]) - np.median(line.positions[:3]))
        assert back < 0.2 * line.motion
    # One line of the electrode is lost while the cell is charged, and comes back.
    (lost,) = [one for one in lines if abs(one.centre - 36.87) < 0.03]
    assert set(range(8, 17)).isdisjoint(lost.frames.tolist())
    assert {0, 1, 2, 22, 23, 24} <= set(lost.frames.tolist())


def test_every_pattern_of_the_real_series_is_shown_with_its_voltage(operando: Observed) -> None:
    volts = np.array([one.record.voltage for one in operando.details], dtype=float)
    assert np.isfinite(volts).all()
    assert 3.0 < volts.min() < volts.max() < 4.6
    sections = TECHNIQUE.shown(tuple(one.record for one in operando.details), operando)
    (series,) = [section for section in sections if section.anchor == "series"]
    panels = [
        panel.title + panel.y_label
        for part in series.parts
        if isinstance(part, Figure)
        for panel in part.panels
    ]
    assert any("oltage" in text for text in panels)
