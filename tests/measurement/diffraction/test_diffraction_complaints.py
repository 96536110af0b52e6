"""What users of diffraction files complained about elsewhere, each as a test with the issue's number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pattern_files
import pytest
from test_diffraction_formats import read, written

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import Options
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.preparing import beam, noise_per_unit, prepared, two_theta
from topotaxy.measurement.diffraction.record import Pattern

OPTIONS = Options(
    radiation="X-ray",
    emission="Cu Ka",
    polarisation=1.0,
    phases=(pattern_files.PHASE,),
    background_terms=4,
    spread=False,
)


def pattern(**fields: object) -> Pattern:
    given = {
        "source": "made",
        "format": "here",
        "axis": "two_theta",
        "x": pattern_files.TWO_THETA,
        "intensity": pattern_files.counts(),
        "intensity_unit": "counts",
        "radiation": "X-ray",
        "lines": pattern_files.LINES,
    }
    return Pattern(**(given | fields))


def test_deviations_of_zero_are_no_infinite_weights(tmp_path: Path) -> None:
    """GSAS-II 314."""
    rows = [
        f"{x:.3f} {y:.2f} 0.0" for x, y in zip(pattern_files.TWO_THETA, pattern_files.counts(), strict=True)
    ]
    (all_zero,) = read(written(tmp_path, "a.xye", "# 2theta\n" + "\n".join(rows) + "\n"))
    assert all_zero.esd is None
    assert any("zero" in note for note in all_zero.notes)
    rows[3] = rows[3].replace(" 0.0", " 0.0")
    mixed = [row if k == 3 else row.replace(" 0.0", " 7.5") for k, row in enumerate(rows)]
    (one_zero,) = read(written(tmp_path, "b.xye", "# 2theta\n" + "\n".join(mixed) + "\n"))
    assert one_zero.esd is not None
    assert one_zero.esd.min() > 0.0


def test_the_second_line_is_not_taken_twice(tmp_path: Path) -> None:
    """GSAS-II 324: a file that gives both lines and an option that names both still makes two lines."""
    (found,) = read(written(tmp_path, "x.uxd", pattern_files.uxd()), emission="Cu Ka")
    rays, _ = beam(found, Options())
    assert len(rays.lines) == 2


def test_an_axis_of_rounded_steps_keeps_its_ends(tmp_path: Path) -> None:
    """GSAS-II 86: a powder CIF whose step is rounded: both ends and the number of points decide."""
    y = "\n".join(f"{v:.0f}" for v in pattern_files.counts()[:1000])
    text = (
        "data_x\n_pd_meas_2theta_range_min 10.0\n_pd_meas_2theta_range_max 30.7\n"
        "_pd_meas_2theta_range_inc 0.0207\n"
        f"loop_\n_pd_meas_counts_total\n{y}\n"
    )
    (found,) = read(written(tmp_path, "x.cif", text))
    assert found.x[-1] == 30.7
    assert found.x[1] - found.x[0] == pytest.approx(20.7 / 999)


def test_edges_of_bins_are_told_from_centres(tmp_path: Path) -> None:
    """GSAS-II 251: a time map gives edges; the record holds centres and says so."""
    head = "title\nTIME_MAP1 4 1 TIME_MAP 1000\n" + "".join(f"{v:8d}" for v in (1, 100, 10, 180))
    body = "".join(f" 1{5:6d}" for _ in range(9))
    (found,) = read(written(tmp_path, "x.gsas", f"{head}\nBANK 1 9 1 TIME_MAP 1 STD\n{body}\n"))
    assert found.bins == "from edges"
    assert found.x[0] == pytest.approx(105.0)


def test_raw_version_1_is_refused_by_name(tmp_path: Path) -> None:
    """GSAS-II 63."""
    with pytest.raises(InputError, match="version 1"):
        read(written(tmp_path, "x.raw", b"RAW " + bytes(100)))


def test_a_wavelength_that_is_not_stated_is_asked_for() -> None:
    """xrayutilities 42 and pyFAI 2839: which wavelength? None is assumed, an anode alone is not enough."""
    with pytest.raises(InputError, match="wavelength"):
        beam(pattern(lines=()), Options())
    with pytest.raises(InputError, match="emission"):
        beam(pattern(lines=(), anode="Cu"), Options())
    with pytest.raises(InputError, match="radiation"):
        beam(pattern(radiation=None), Options())


def test_the_mean_of_a_doublet_is_not_taken_for_a_line() -> None:
    """xrayutilities 42: 1.5418 is no wavelength that diffracts."""
    rays, said = beam(pattern(lines=((1.5418, 1.0),)), Options())
    assert len(rays.lines) == 2
    assert any("mean" in text for text in said)


def test_a_file_and_an_option_that_contradict_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "x.uxd", pattern_files.uxd())
    with pytest.raises(InputError, match=r"1\.5"):
        read(path, emission="Mo Ka")


def test_q_in_inverse_nanometres_is_seen(tmp_path: Path) -> None:
    """pyFAI 2682."""
    far = pattern(axis="q", x=np.linspace(5.0, 60.0, len(pattern_files.TWO_THETA)))
    with pytest.raises(InputError, match="nm"):
        two_theta(far, 1.5405929)


def test_counts_and_other_intensities_are_weighted_apart() -> None:
    """genx 20: counts/s without a dwell have no known noise; with it they are counts again."""
    counts = pattern_files.counts()
    rates = pattern(intensity=counts / 10.0, intensity_unit="counts/s", dwell=10.0)
    np.testing.assert_allclose(prepared(rates, Options()).data.per_count, 0.1)
    unknown = prepared(pattern(intensity=counts / 10.0, intensity_unit=""), Options())
    assert any("estimated" in text for text in unknown.remarks)
    assert unknown.data.per_count[0] == pytest.approx(0.1, rel=0.25)


def test_noise_is_found_from_neighbours() -> None:
    rng = np.random.default_rng(4)
    y = rng.poisson(400.0, 6000) * 2.5
    assert noise_per_unit(np.arange(6000.0), y) == pytest.approx(2.5, rel=0.1)


def test_averages_are_less_uncertain_than_counts(tmp_path: Path) -> None:
    """Dioptas 113: the deviation of a mean is not the root of the mean."""
    y = pattern_files.counts() + 0.5
    rows = [f"{x:.3f} {v:.2f} {np.sqrt(v / 16):.5f}" for x, v in zip(pattern_files.TWO_THETA, y, strict=True)]
    (found,) = read(written(tmp_path, "x.xye", "# 2theta\n" + "\n".join(rows) + "\n"))
    ready = prepared(found, Options())
    assert float(np.median(ready.data.per_count)) == pytest.approx(1 / 16, rel=0.1)


def test_d_in_a_file_of_flight_times_is_asked_about(tmp_path: Path) -> None:
    """mantid 30110."""
    body = "\n".join(f"{0.5 + 0.01 * k:.3f} {10 + k} 3.0" for k in range(30))
    text = f"focused, d-spacing\nBANK 1 30 30 SLOG 0.5 0.8 0.01 0 FXYE\n{body}\n"
    with pytest.raises(InputError, match="speaks of d"):
        read(written(tmp_path, "x.gsa", text))


def test_one_frame_that_fails_spoils_no_other() -> None:
    """mantid 31527: a frame of zeros between two good ones."""
    frames = [
        pattern(
            source=f"frame {k}",
            intensity=pattern_files.counts(k) if k != 2 else np.zeros(len(pattern_files.TWO_THETA)),
        )
        for k in (1, 2, 3)
    ]
    found = observed(frames, OPTIONS)
    cells = {o.source: o for o in found.observables if o.quantity == "lattice_parameter"}
    assert set(cells) == {"frame 1", "frame 3"}
    alone = observed([frames[2]], OPTIONS).observables
    (same,) = [o for o in alone if o.quantity == "lattice_parameter"]
    assert cells["frame 3"].value == pytest.approx(same.value, abs=2 * (same.uncertainty or 0.0))
    assert "frame 2" in found.absent
