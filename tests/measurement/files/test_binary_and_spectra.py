"""Bytes, tags, HDF5 and spectra in files: bounded by what is there, round trips, refusals in one line."""

from __future__ import annotations

import importlib
import json
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import h5py
import numpy as np
import pytest
import spectrum_image_files as made
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.energy_dispersive import XRayRecord
from topotaxy.measurement.energy_loss import LossRecord
from topotaxy.measurement.files import emd, gatan_tags, hdf5, text
from topotaxy.measurement.files import hyperspy as hyperspy_axes
from topotaxy.measurement.files import velox as velox_metadata
from topotaxy.measurement.files.spectra import berkeley, bruker, digital_micrograph, hyperspy, msa, velox
from topotaxy.measurement.files.spectra.stored import (
    ENERGIES,
    LENGTHS,
    StoredSpectrum,
    energy_unit,
    length_of,
    lost_run,
    record_of,
    stored,
    stored_of,
)
from topotaxy.measurement.files.stored import Bytes, content, frame_names
from topotaxy.results.hdf5 import opened_hdf5

COUNTS = np.random.default_rng(1).poisson(500.0, 64)


@given(st.binary(max_size=200), st.integers(-5, 250), st.integers(-5, 250))
def test_a_piece_is_what_stands_there_or_is_refused(data: bytes, at: int, length: int) -> None:
    read = Bytes(data, "a.dat")
    if at >= 0 and length >= 0 and at + length <= len(data):
        assert read.piece(at, length) == data[at : at + length]
    else:
        with pytest.raises(InputError, match=r"a\.dat: (is cut short|points to)"):
            read.piece(at, length)


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=9), st.sampled_from("<>"))
def test_numbers_unpack_as_they_were_packed(values: list[int], order: str) -> None:
    kinds = "i" * len(values)
    read = Bytes(b"xy" + struct.pack(order + kinds, *values), "a.dat", order)
    assert read.unpack(kinds, 2) == tuple(values)
    other = ">" if order == "<" else "<"
    assert read.unpack("i", 2, other) == struct.unpack(other + "i", struct.pack(order + "i", values[0]))
    with pytest.raises(InputError, match="4 bytes are missing"):
        read.unpack(kinds + "i", 2)


@given(st.integers(1, 5), st.integers(1, 7), st.sampled_from(["u1", "i2", "f4", "f8"]), st.sampled_from("<>"))
def test_pixels_have_the_shape_that_is_stated(rows: int, columns: int, kind: str, order: str) -> None:
    wanted = np.arange(rows * columns).reshape(rows, columns).astype(np.dtype(kind).newbyteorder(order))
    read = Bytes(b"head" + wanted.tobytes(), "a.dat", order)
    np.testing.assert_array_equal(read.pixels(4, (rows, columns), kind), wanted)
    with pytest.raises(InputError, match="bytes are missing"):
        read.pixels(4, (rows + 1, columns), kind)


@pytest.mark.parametrize("shape", [(0, 3), (-1, 2), (2**40, 2**40)])
def test_a_shape_that_cannot_be_is_refused_before_anything_is_laid_out(shape: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=r"a\.dat: (its data have the shape|is cut short)"):
        Bytes(bytes(100), "a.dat").pixels(0, shape, "f8")


def test_links_and_folders_are_no_content(tmp_path: Path) -> None:
    path = tmp_path / "a.dat"
    path.write_bytes(b"abc")
    assert content(path).data == b"abc"
    link = tmp_path / "link"
    link.symlink_to(path)
    for one in (link, tmp_path):
        with pytest.raises(InputError):
            content(one)


def test_frames_are_numbered_where_there_are_many() -> None:
    assert frame_names("a.tif", 1) == ["a.tif"]
    assert frame_names("a.tif", 3) == ["a.tif, frame 1", "a.tif, frame 2", "a.tif, frame 3"]


def tags_of(data: bytes) -> dict[str, Any]:
    return gatan_tags.Tags(Bytes(data, "a.dm3")).tree


@pytest.mark.parametrize("version", [3, 4])
def test_tags_hold_what_was_written(tmp_path: Path, version: int) -> None:
    path = made.digital_micrograph(tmp_path / f"a.dm{version}", COUNTS, 100.0, 0.5, version=version)
    data = content(path)
    (image,) = gatan_tags.images(gatan_tags.Tags(data).tree, "a")
    assert gatan_tags.dimensions(image) == [64]
    assert gatan_tags.is_spectrum(image)
    np.testing.assert_array_equal(gatan_tags.array_of(image, data, "a"), COUNTS)
    steps, starts, units = gatan_tags.calibrations(image["ImageData"], 1)
    assert (steps, starts, units) == ([0.5], [-200.0], ["eV"])
    assert gatan_tags.microscope(image) is None


@given(st.integers(0, 1500), st.integers(0, 255))
def test_tags_with_a_wrong_byte_are_read_or_refused_in_one_line(at: int, value: int) -> None:
    body = bytearray(_dm3())
    body[at % len(body)] = value
    said = ""
    try:
        data = Bytes(bytes(body), "a.dm3")
        for image in gatan_tags.images(gatan_tags.Tags(data).tree, "a.dm3"):
            gatan_tags.calibrations(image["ImageData"], len(gatan_tags.dimensions(image)))
            gatan_tags.array_of(image, data, "a.dm3")
    except InputError as error:
        said = str(error)
    assert "\n" not in said


@given(st.integers(0, 1500))
def test_tags_that_are_cut_short_are_refused(kept: int) -> None:
    whole = _dm3()
    if kept < len(whole):
        with pytest.raises(InputError, match=r"a\.dm3"):
            tags_of(whole[:kept])


def _dm3() -> bytes:
    import tempfile

    if not _KEPT:
        with tempfile.TemporaryDirectory() as folder:
            path = made.digital_micrograph(Path(folder) / "a.dm3", COUNTS, 100.0, 0.5)
            _KEPT.append(path.read_bytes())
    return _KEPT[0]


_KEPT: list[bytes] = []


def test_tags_deeper_than_any_file_s_are_refused() -> None:
    group = b""
    for _ in range(60):
        group = struct.pack(">BH", 20, 1) + b"a" + b"\0\0" + struct.pack(">i", 1 if group else 0) + group
    data = struct.pack(">iii", 3, 0, 1) + b"\0\0" + struct.pack(">i", 1) + group
    with pytest.raises(InputError, match="more than 40 deep"):
        tags_of(data)


def test_a_file_of_another_version_is_no_dm3() -> None:
    with pytest.raises(InputError, match="no DM3 or DM4"):
        tags_of(struct.pack(">iii", 7, 0, 1) + bytes(20))


@pytest.mark.parametrize(
    ("about", "missing"),
    [({}, 2), ({"Calibrations": 3}, 2), ({"Calibrations": {"Dimension": {"0": {"Scale": "x"}}}}, 1)],
)
def test_axes_without_a_calibration_have_no_step(about: dict[str, Any], missing: int) -> None:
    steps, starts, units = gatan_tags.calibrations(about, 2)
    assert len(steps) == len(starts) == len(units) == 2
    assert np.isnan(steps[:missing]).all()


def test_members_behind_links_are_none_and_datasets_have_no_members(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_group("own")
        file["soft"] = h5py.SoftLink("/own")
        file["far"] = h5py.ExternalLink("/etc/hostname", "/")
        file.create_dataset("huge", shape=(10**15,), dtype="f8", chunks=(1000,))
        file.attrs.update({"text": "a", "bytes": np.bytes_(b"b"), "many": np.array([3, 4]), "none": []})
        assert hdf5.own(file, "own") is not None
        for name in ("soft", "far", "nosuch"):
            assert hdf5.own(file, name) is None
        assert hdf5.own(file["huge"], "x") is None
        # A dataset can be gone through like a group, each number a step: this one would take years.
        assert hdf5.names_in(file["huge"]) == []
        assert hdf5.names_in(None) == []
        assert sorted(hdf5.names_in(file)) == ["far", "huge", "own", "soft"]
        said = [hdf5.said(file, name) for name in ("text", "bytes", "many", "none", "nosuch")]
        assert said == ["a", "b", "3", "", ""]


@pytest.mark.parametrize(
    "place", ["Experiments", "Data/Spectrum", "Data/SpectrumStream", "Data/EelsSpectrumImage"]
)
def test_a_dataset_in_a_group_s_place_is_refused_at_once(tmp_path: Path, place: str) -> None:
    path = tmp_path / "a.hspy"
    with h5py.File(path, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        file.create_dataset(place, shape=(1_000_000,), dtype="u1", chunks=(1000,))
    head = path.read_bytes()
    for module in (hyperspy, velox, berkeley):
        assert module.signals(head, path) <= {"loss"}
    for read in (lambda: hyperspy.read(path, "loss"), lambda: velox.losses(path), lambda: velox.x_rays(path)):
        with pytest.raises(InputError) as refused:
            read()
        assert "\n" not in str(refused.value)


def test_what_is_no_hdf5_answers_no_question(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    for data in (b"", b"hello", hdf5.SIGNATURE, hdf5.SIGNATURE + bytes(200)):
        path.write_bytes(data)
        assert not hdf5.looks(data, path, lambda file: True)
        with pytest.raises(InputError), opened_hdf5(path, kind="EMD"):
            pass


def test_an_axis_of_emd_is_even_and_as_long_as_its_data(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.emd", "w") as file:
        group = file.create_group("g")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=np.zeros((4, 3)))
        group.create_dataset("dim1", data=[0.0, 2.0, 4.0, 6.0]).attrs["units"] = "[eV]"
        group.create_dataset("dim2", data=[1.0, 1.5]).attrs["units"] = "[n_m]"
        assert emd.data_groups(file) == [group]
        assert emd.energy_axis(group) == 1
        assert emd.axis(group, 1, 4, "a")[:2] == (2.0, 0.0)
        assert emd.axis(group, 2, 3, "a") == (0.5, 1.0, "[n_m]")
        with pytest.raises(InputError, match="absent or of another length"):
            emd.axis(group, 1, 9, "a")
        with pytest.raises(InputError, match=r"dim3 .* absent"):
            emd.axis(group, 3, 4, "a")
        group["dim1"][...] = [0.0, 2.0, 4.5, 6.0]
        with pytest.raises(InputError, match="is uneven"):
            emd.axis(group, 1, 4, "a")


def test_axes_that_are_not_navigated_are_the_signal(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.hspy", "w") as file:
        file.create_dataset("data", data=np.zeros((2, 3, 4)))
        for n, navigate in enumerate(("True", "1", "False")):
            file.create_group(f"axis-{n}").attrs["navigate"] = navigate
        assert hyperspy_axes.signal_axes(file) == [2]


def test_metadata_of_velox_are_json_in_bytes(tmp_path: Path) -> None:
    about = {"Optics": {"AccelerationVoltage": "200000"}, "Scan": 3}
    with h5py.File(tmp_path / "a.emd", "w") as file:
        column = np.frombuffer(json.dumps(about).encode() + b"\0" * 9, dtype=np.uint8)[:, None]
        file.create_dataset("good/Metadata", data=column)
        file.create_dataset("bad/Metadata", data=np.frombuffer(b"{no json", dtype=np.uint8)[:, None])
        file.create_dataset("flat/Metadata", data=np.zeros(3))
        assert velox_metadata.metadata(file["good"], "a") == about
        assert velox_metadata.metadata(file["flat"], "a") == {}
        with pytest.raises(InputError, match="no JSON"):
            velox_metadata.metadata(file["bad"], "a")
    assert velox_metadata.section(about, "Optics") == about["Optics"]
    assert velox_metadata.section(about, "Scan", "Deeper") == {}
    assert velox_metadata.number("2e5") == 2e5
    assert np.isnan([velox_metadata.number(t) for t in (None, "x", {})]).all()


@pytest.mark.parametrize("unit", sorted(LENGTHS))
def test_lengths_scale_and_have_no_sign(unit: str) -> None:
    one = length_of(1.0, unit)
    assert one is not None
    assert length_of(-3.0, f"[{unit.upper()}]") == pytest.approx(3.0 * one)


@pytest.mark.parametrize("step", [0.0, float("nan"), float("inf")])
def test_a_pixel_of_no_size_has_no_scale(step: float) -> None:
    assert length_of(step, "nm") is None
    assert length_of(1.0, "furlong") is None


def test_energies_are_in_electronvolts() -> None:
    assert {unit: energy_unit(unit) for unit in ENERGIES} == ENERGIES
    assert energy_unit(" [keV] ") == 1000.0


@given(st.floats(-1000.0, 5000.0), st.floats(0.01, 20.0), st.sampled_from(["eV", "keV"]))
def test_an_axis_is_linear_in_its_channels(offset: float, step: float, unit: str) -> None:
    size = energy_unit(unit) or 0.0
    if abs(offset + 64 * step) * size > 2e5 or abs(offset) * size > 2e5:
        return
    one = stored(COUNTS, offset=offset, step=step, unit=unit, source="a")
    np.testing.assert_allclose(one.energy, size * (offset + step * np.arange(64)))
    np.testing.assert_array_equal(one.counts, COUNTS)


def test_counts_below_zero_are_no_counts() -> None:
    assert stored(COUNTS, offset=0.0, step=1.0, unit="eV", source="a").counted
    assert not stored(COUNTS - 500, offset=0.0, step=1.0, unit="eV", source="a").counted


@given(st.integers(0, 60), st.integers(1, 12))
def test_a_run_of_zeros_is_lost_where_counts_are_high_on_both_sides(at: int, length: int) -> None:
    counts = np.full(64, 500.0)
    counts[at : at + length] = 0.0
    end = min(at + length, 64)
    assert lost_run(counts) == (end - at >= 4 and at >= 2 and end <= 62)
    assert not lost_run(0.01 * counts)


@pytest.mark.parametrize("kind", [LossRecord, XRayRecord])
def test_records_and_stored_spectra_turn_into_one_another(kind: Any) -> None:
    one = StoredSpectrum(
        energy=np.arange(64.0),
        counts=COUNTS.astype(float),
        source="a",
        pixel=(1.0, 2.0),
        beam_energy=2e5,
        counted=False,
        instrument="virtual thing",
        notes=("n",),
    )
    record = record_of(kind, one, "made")
    assert record.format == "made"
    assert record.origin == "simulated"
    again = stored_of(record)
    for name in ("source", "pixel", "beam_energy", "counted", "instrument", "notes"):
        assert getattr(again, name) == getattr(one, name)
    np.testing.assert_array_equal(again.counts, one.counts)


@pytest.mark.parametrize("shape", [(64,), (2, 3, 64), (1, 5, 64)])
def test_hyperspy_files_read_back_with_their_scale(tmp_path: Path, shape: tuple[int, ...]) -> None:
    counts = np.random.default_rng(2).poisson(50.0, shape)
    pixel = (2.0, 3.0) if len(shape) == 3 else None
    one = stored(counts, offset=5.0, step=0.25, unit="eV", source="a", pixel=pixel, beam_energy=3e5)
    path = tmp_path / "a.hspy"
    hyperspy.write(one, "loss", path)
    (again,) = hyperspy.read(path, "loss")
    np.testing.assert_array_equal(again.counts, one.counts)
    np.testing.assert_allclose(again.energy, one.energy)
    assert again.pixel == pixel
    assert again.beam_energy == pytest.approx(3e5)
    with pytest.raises(InputError, match="no such spectrum"):
        hyperspy.read(path, "x-ray")


def msa_text(*values: str, **header: str) -> str:
    known = {"FORMAT": "EMSA/MAS Spectral Data File", "NPOINTS": str(len(values)), "XUNITS": "eV"}
    known |= {"XPERCHAN": "1.0", "OFFSET": "0.0", "SIGNALTYPE": "ELS"} | header
    lines = [f"#{key} : {value}" for key, value in known.items() if value]
    return "\n".join([*lines, "#SPECTRUM : begin", *values, "#ENDOFDATA :"]) + "\n"


def read_msa(folder: Path, content: str) -> StoredSpectrum:
    path = folder / "a.msa"
    path.write_text(content, encoding="utf-8")
    (one,) = msa.read(path)
    return one


TWENTY = [f"{n}." for n in range(1, 21)]


def test_msa_takes_energies_beside_counts_and_evens_them_out(tmp_path: Path) -> None:
    even = [f"{100 + 0.5 * n}, {n + 1}" for n in range(20)]
    one = read_msa(tmp_path, msa_text(*even, DATATYPE="XY", XPERCHAN=""))
    np.testing.assert_allclose(one.energy, 100.0 + 0.5 * np.arange(20))
    np.testing.assert_allclose(one.counts, np.arange(1.0, 21.0))
    uneven = [f"{100 + 0.5 * n + 0.02 * n * n}, {5.0 + n}" for n in range(20)]
    one = read_msa(tmp_path, msa_text(*uneven, DATATYPE="XY", YUNITS="Counts"))
    assert any("uneven" in note for note in one.notes)
    assert not one.counted
    assert np.diff(one.energy) == pytest.approx(one.energy[1] - one.energy[0])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (msa_text(*TWENTY, NPOINTS="30"), "states 30 points and holds 20: it is cut short"),
        (msa_text(*TWENTY, XPERCHAN=""), "states no width of its channels"),
        (msa_text(*TWENTY, XUNITS="nm"), "not in eV or keV"),
        (msa_text(*TWENTY[:19], "x"), "holds 'x', no number"),
        (msa_text(*TWENTY, OFFSET="a"), "OFFSET is 'a', no number"),
        (msa_text("1, 2, 3", *["4, 5"] * 9, DATATYPE="XY"), "an energy without its count"),
        (msa_text(*["5, 1"] * 20, DATATYPE="XY", NPOINTS=""), "energies do not rise"),
    ],
)
def test_an_msa_that_is_damaged_says_where(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_msa(tmp_path, content)


def test_more_points_than_stated_are_read_and_said(tmp_path: Path) -> None:
    one = read_msa(tmp_path, msa_text(*TWENTY, NPOINTS="17"))
    assert len(one.counts) == 20
    assert any("states 17 points" in note for note in one.notes)


@pytest.mark.parametrize(("signal", "wanted"), [("ELS", "loss"), ("EDS", "x-ray"), ("CLS", ""), ("", "")])
def test_an_msa_says_what_it_is_of(signal: str, wanted: str) -> None:
    assert msa.signal(msa_text(*TWENTY, SIGNALTYPE=signal).encode()) == wanted
    assert msa.signal(b"#SIGNALTYPE : ELS") == ""


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=20))
def test_rows_of_text_read_back(values: list[tuple[float, float]]) -> None:
    lines = ["head", *(f" {a!r}\t{b!r} rest" for a, b in values), "", "end"]
    found, after = text.rows_of(lines, 1, least=2, source="a")
    np.testing.assert_array_equal(found, values)
    assert after == len(values) + 1
    with pytest.raises(InputError, match="a, line 1: has no row of numbers"):
        text.rows_of(lines, 0, least=2, source="a")


@pytest.mark.parametrize(
    ("given_text", "value"),
    [("1486.6 eV", 1486.6), ("600", 600.0), ("", None), ("Al Ka", None), ("-3", None), ("1e9", None)],
)
def test_an_energy_is_a_number_below_100_kev(given_text: str, value: float | None) -> None:
    assert text.energy_of(given_text) == value


@pytest.mark.parametrize(
    ("data", "said"), [(b"", "is empty"), (b"a\0b\n", "is no text"), (b"\xff\xfea", "within a character")]
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said):
        text.text_of(path)


def test_padding_before_the_end_of_a_line_can_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.vms"
    path.write_bytes(b"one\0\0\r\ntwo\0\n")
    assert text.text_of(path, nulls=True).split() == ["one", "two"]
    with pytest.raises(InputError, match="is no text"):
        text.text_of(path)


def test_gpl_readers_are_loaded_by_nothing_but_their_own_files() -> None:
    """RosettaSciIO and galvani are GPL-3: extras, imported when a file that takes them is read."""
    asked = (
        "import sys; from topotaxy.measurement.technique import techniques\n"
        "[t.formats() for t in techniques().values()]\n"
        "from topotaxy.measurement.files.spectra import bruker; bruker.is_composite(b'AAMVHFSS')\n"
        "print([m for m in ('rsciio', 'galvani') if m in sys.modules])"
    )
    source = str(Path(importlib.import_module("topotaxy").__file__ or "").parents[1])
    done = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": source, "PATH": ""},
    )
    assert done.stdout.strip() == "[]"


def test_a_bruker_file_without_the_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rsciio.bruker", None)
    path = tmp_path / "a.bcf"
    path.write_bytes(b"AAMVHFSS" + bytes(100))
    with pytest.raises(InputError, match=r"pip install topotaxy\[em\]"):
        bruker.read(path)


def test_what_a_library_makes_of_a_damaged_bcf_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: Any, **known: Any) -> Any:
        raise KeyError("many\nlines")

    monkeypatch.setitem(sys.modules, "rsciio", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "rsciio.bruker", SimpleNamespace(file_reader=fails))
    path = tmp_path / "a.bcf"
    path.write_bytes(b"AAMVHFSS" + bytes(100))
    with pytest.raises(InputError, match="cannot be read as bcf") as refused:
        bruker.read(path)
    assert "\n" not in str(refused.value)
    path.write_bytes(b"something else")
    with pytest.raises(InputError, match="no Bruker composite file"):
        bruker.read(path)


def test_a_bcf_is_read_with_the_axes_that_the_library_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signal = {
        "data": np.random.default_rng(1).poisson(20.0, (2, 3, 64)),
        "axes": [
            {"scale": 2.0, "units": "nm", "offset": 0.0},
            {"scale": 0.003, "units": "µm", "offset": 0.0},
            {"scale": 0.01, "units": "keV", "offset": -0.2},
        ],
        "metadata": {"Acquisition_instrument": {"TEM": {"beam_energy": 200.0}}},
    }
    monkeypatch.setitem(sys.modules, "rsciio", SimpleNamespace())
    monkeypatch.setitem(
        sys.modules, "rsciio.bruker", SimpleNamespace(file_reader=lambda *a, **k: [signal, {"data": [1]}])
    )
    path = tmp_path / "a.bcf"
    path.write_bytes(b"AAMVHFSS" + bytes(100))
    (one,) = bruker.read(path)
    assert one.pixel == pytest.approx((2.0, 3.0))
    assert one.energy[0] == pytest.approx(-200.0)
    assert one.beam_energy == pytest.approx(2e5)


def test_lines_of_spectra_in_dm_are_images_of_one_row(tmp_path: Path) -> None:
    path = made.digital_micrograph(tmp_path / "a.dm3", COUNTS, 100.0, 0.5, signal="X-ray")
    assert digital_micrograph.signals(path.read_bytes()[:100], path) == {"x-ray"}
    with pytest.raises(InputError, match="no such spectrum"):
        digital_micrograph.read(path, "loss")
    assert digital_micrograph.signals(b"", path) == set()
