"""Readers: what each format says is obeyed, what it does not say is asked for, what is damaged is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pattern_files
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import TECHNIQUE, Options
from topotaxy.measurement.diffraction.record import Pattern

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[4] / "shared" / "data"))
FORMATS = {one.name: one for one in TECHNIQUE.formats()}


def known(path: Path) -> list[str]:
    head = path.read_bytes()[:65536]
    return [name for name, one in FORMATS.items() if one.recognises(head, path)]


def read(path: Path, **options: object) -> list[Pattern]:
    (name,) = known(path)
    return list(FORMATS[name].read(path, Options(**options)))


def written(tmp_path: Path, name: str, text: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here (TOPOTAXY_DATA)")
    return path


@pytest.mark.parametrize("name", pattern_files.EVERY)
def test_each_format_is_known_by_one_reader_and_gives_the_counts(name: str, tmp_path: Path) -> None:
    make, ending = pattern_files.EVERY[name]
    path = written(tmp_path, f"made{ending}", make())
    assert known(path) == [name]
    (pattern,) = read(path)
    np.testing.assert_allclose(pattern.x, pattern_files.TWO_THETA, atol=1e-4)
    np.testing.assert_allclose(pattern.intensity, pattern_files.counts(), rtol=1e-6)
    assert pattern.axis == "two_theta"


@pytest.mark.parametrize(
    "make", [pattern_files.uxd, pattern_files.xrdml, pattern_files.brml, pattern_files.rasx]
)
def test_both_lines_of_the_tube_are_read(make: Callable[[], bytes], tmp_path: Path) -> None:
    (pattern,) = read(written(tmp_path, f"x.{make.__name__}", make()))
    assert pattern.lines == pytest.approx(np.array(pattern_files.LINES))
    assert pattern.radiation == "X-ray"
    assert pattern.anode in ("Cu", "")


def test_gsas_std_has_means_over_counters(tmp_path: Path) -> None:
    """Hand-made: four counters saw the second point, so its deviation is half."""
    body = "".join([" 1   100", " 4   100"] + [" 1   100"] * 8).ljust(80)
    text = f"{'title'.ljust(80)}\n{'BANK 1 10 1 CONST 1000 5 0 0 STD'.ljust(80)}\n{body}\n"
    (pattern,) = read(written(tmp_path, "x.gsas", text))
    assert pattern.esd is not None
    assert pattern.esd[1] == pytest.approx(pattern.esd[0] / 2)
    np.testing.assert_allclose(pattern.x, 10.0 + 0.05 * np.arange(10))


def test_a_time_map_gives_centres_of_unequal_bins(tmp_path: Path) -> None:
    """Two stretches: channels 1 to 3 are 10 ticks wide from 1000, channels 4 to 8 20 ticks from 1030."""
    text = (
        "title\nTIME_MAP1 7 1 TIME_MAP 100\n"
        + "".join(f"{v:8d}" for v in (1, 1000, 10, 4, 1030, 20, 1130))
        + "\nBANK 1 8 1 TIME_MAP 1 STD\n"
        + "".join(f" 1{50 + k:6d}" for k in range(8))
        + "\n"
    )
    (pattern,) = read(written(tmp_path, "x.gsas", text))
    assert pattern.axis == "tof"
    assert pattern.bins == "from edges"
    ticks = np.array([1005, 1015, 1025, 1040, 1060, 1080, 1100])
    np.testing.assert_allclose(pattern.x, ticks * 0.1)


def test_the_axis_of_a_bare_file_is_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, "bare.xy", "\n".join(f"{1 + k * 0.01:.2f} {100 + k}" for k in range(50)))
    with pytest.raises(InputError, match="axis"):
        read(path)
    assert read(path, axis="two_theta")[0].axis == "two_theta"
    (q,) = read(path, axis="q_nm")
    assert q.axis == "q"
    assert q.x[0] == pytest.approx(0.1)


def test_the_header_names_unit_and_axis_of_chi(tmp_path: Path) -> None:
    rows = "\n".join(f"{1 + k * 0.1:.3f} {100 + k}" for k in range(60))
    for words, axis, factor in (
        ("Q (1/nm)", "q", 0.1),
        ("q_A^-1", "q", 1.0),
        ("2-Theta Angle (Degrees)", "two_theta", 1.0),
        ("2th_rad", "two_theta", 180 / np.pi),
    ):
        path = written(tmp_path, "x.chi", f"title\n{words}\nIntensity\n 60\n{rows}\n")
        if axis == "two_theta" and factor > 1:
            path = written(
                tmp_path, "x.chi", f"t\n{words}\nI\n 20\n" + "\n".join(rows.split("\n")[:20]) + "\n"
            )
        (pattern,) = read(path)
        assert pattern.axis == axis
        assert pattern.x[0] == pytest.approx(factor)


def test_lone_carriage_returns_end_lines_too(tmp_path: Path) -> None:
    text = "\r".join(f"{10 + k * 0.02:.3f} {480 + k % 7}" for k in range(300)) + "\r"
    (pattern,) = read(written(tmp_path, "x.prn", text), axis="two_theta")
    assert len(pattern.x) == 300


def test_attenuation_multiplies_counts_and_not_intensities(tmp_path: Path) -> None:
    counts, intensities = (
        read(written(tmp_path, "x.xrdml", pattern_files.xrdml(factor=3.0, element=element)))[0]
        for element in ("counts", "intensities")
    )
    np.testing.assert_allclose(counts.intensity, 3.0 * pattern_files.counts())
    np.testing.assert_allclose(intensities.intensity, pattern_files.counts())
    assert counts.esd is not None
    np.testing.assert_allclose(counts.esd, 3.0 * np.sqrt(np.maximum(pattern_files.counts(), 1)))


def test_repeats_of_one_scan_are_told_from_copies(tmp_path: Path) -> None:
    x = 20.0 + 0.02 * np.arange(200)
    rng = np.random.default_rng(1)
    scans = [rng.poisson(100.0, 200) for _ in range(2)]

    def text(parts: list[np.ndarray]) -> str:
        blocks = ["\n".join(f"{a:.3f} {b}" for a, b in zip(x, part, strict=True)) for part in parts]
        return "2Theta I\n\nline 0 ;repeat 0\n" + "\n\nResult vector\n".join(blocks) + "\n"

    two = written(tmp_path, "two.txt", text(scans))
    (mean,) = read(two)
    np.testing.assert_allclose(mean.intensity, (scans[0] + scans[1]) / 2)
    assert len(read(two, repeats="separate")) == 2
    (copy,) = read(written(tmp_path, "copy.txt", text([scans[0], scans[0]])))
    assert any("equal number for number" in note for note in copy.notes)
    np.testing.assert_allclose(copy.intensity, scans[0])


def test_names_and_addresses_do_not_come_along(tmp_path: Path) -> None:
    text = (
        "# User = Jane Doe\n# Email(s) = jane@example.org\n# Proposal number = 4711\n"
        + pattern_files.xye().decode()
    )
    (pattern,) = read(written(tmp_path, "x.xye", text))
    everything = repr(pattern)
    assert not any(word in everything for word in ("Jane", "example.org", "4711"))


def test_a_scan_that_is_none_of_two_theta_is_refused_by_name(tmp_path: Path) -> None:
    text = pattern_files.uxd().decode().replace("'COUPLED'", "'PHI'")
    with pytest.raises(InputError, match="PHI"):
        read(written(tmp_path, "x.uxd", text))


def test_bruker_raw_4_is_read_from_its_segments(tmp_path: Path) -> None:
    (pattern,) = read(written(tmp_path, "x.raw", pattern_files.raw4()))
    np.testing.assert_allclose(pattern.x, 10.0 + 0.02 * np.arange(50))
    np.testing.assert_allclose(pattern.intensity, np.arange(50))
    assert pattern.lines == ((1.5406, 1.0), (1.54439, 0.5))
    assert pattern.dwell == pytest.approx(2.5)


@pytest.mark.parametrize("declared", [51, 10**9, 0])
def test_bruker_raw_holds_what_it_declares_or_is_refused(declared: int, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(written(tmp_path, "x.raw", pattern_files.raw4(declared=declared)))


@pytest.mark.parametrize("magic", [b"RAW1.01", b"RAW2", b"RAW ", b"RAW_1.06Powdat"])
def test_other_binaries_are_refused_by_name(magic: bytes, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"RAW version|STOE"):
        read(written(tmp_path, "x.raw", magic + bytes(200)))


@pytest.mark.parametrize(
    ("name", "points", "first", "last", "options"),
    [
        ("diffraction/11bmb_8716.fxye", 49494, 0.5, 49.98643179, {}),
        ("diffraction/CPD-Y2O3.PRN", 7251, 5.0, 150.0, {"axis": "two_theta"}),
        ("diffraction/NIST660CBI.gsas", 8378, 15.0066, 124.999123, {}),
        ("diffraction/PBSO4.XRA", 6001, 10.0, 160.0, {}),
        ("diffraction/formats/bruker_v3.raw", 4059, 37.0001, 120.004643, {}),
        ("diffraction/formats/standard.brml", 1757, 4.0, 39.9962, {}),
        ("diffraction/formats/standard_brml_as_text.txt", 1757, 4.0, 39.9962, {}),
        ("diffraction/formats/pd_data.cif", 3728, 8.0, 89.994, {}),
        ("diffraction/operando/53.txt", 3517, 22.112, 72.8833, {}),
        ("neutron/PBSO4.CWN", 2919, 10.0, 155.9, {}),
        ("neutron/hrpt_lbco.xye", 3098, 10.0, 164.85, {}),
    ],
)
def test_real_files(name: str, points: int, first: float, last: float, options: dict[str, str]) -> None:
    (pattern,) = read(shared(name), **options)
    assert len(pattern.x) == points
    assert pattern.x[0] == pytest.approx(first, abs=1e-6)
    assert pattern.x[-1] == pytest.approx(last, abs=1e-4)


def test_one_scan_in_two_real_formats() -> None:
    binary, text = (
        read(shared(f"diffraction/formats/{n}"))[0] for n in ("standard.brml", "standard_brml_as_text.txt")
    )
    np.testing.assert_array_equal(binary.intensity, text.intensity)
    assert binary.wavelength == text.wavelength == pytest.approx(0.55941)


def test_real_time_of_flight_banks() -> None:
    patterns = read(shared("neutron/roundrobin_tof/6729.dat"))
    assert len(patterns) >= 4
    assert all(p.axis == "tof" and p.radiation == "neutron" for p in patterns)


@pytest.mark.parametrize("seed", [1, 2])
def test_damaged_files_are_read_or_refused_in_one_line(seed: int, tmp_path: Path) -> None:
    from fuzz_patterns import MAKERS, run

    found = run(25, seed, tmp_path)
    assert set(found) == set(MAKERS)
    assert all(sum(counts) == 25 for counts in found.values())


@pytest.mark.fuzz
def test_ten_thousand_damaged_files_a_reader(tmp_path: Path) -> None:
    from fuzz_patterns import run

    assert all(sum(counts) == 10_000 for counts in run(10_000, 7, tmp_path).values())
