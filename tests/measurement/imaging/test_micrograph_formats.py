"""Scales, frames and refusals of each format, from files made here."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import micrograph_files as made
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging import ImagingOptions, Micrograph
from topotaxy.measurement.imaging.formats import berkeley
from topotaxy.measurement.imaging.record import checked, known_unit, lost_block, scale_of
from topotaxy.measurement.recognise import recognised

IMAGE = made.lattice_image(64)
IN_HDF5 = ("Berkeley EMD", "HyperSpy", "Prismatic EMD", "Velox EMD")
"""Each of these is gone through by a process of its own first, which takes a moment."""


def read(path: Path, **options: Any) -> tuple[Micrograph, ...]:
    return tuple(recognised(path).format.read(path, ImagingOptions(**options)))


def read_or_refused(path: Path) -> tuple[Micrograph, ...]:
    """Records of a file; none where it is refused in one line."""
    refused = None
    try:
        return read(path)
    except InputError as error:
        refused = str(error)
    assert "\n" not in refused
    return ()


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(made.EVERY))
def test_pixels_and_scale_are_read_whatever_the_format(tmp_path: Path, name: str) -> None:
    for filename, make in made.EVERY[name]:
        (one,) = read(make(tmp_path / filename, IMAGE))
        np.testing.assert_array_equal(one.image, IMAGE)
        np.testing.assert_allclose(one.pixel_size, made.PIXEL, rtol=1e-6)
        assert one.unit == "Å"


@pytest.mark.parametrize("name", sorted(made.EVERY))
def test_files_cut_anywhere_are_refused_or_whole(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(4)
    for filename, make in made.EVERY[name]:
        data = make(tmp_path / filename, IMAGE).read_bytes()
        for kept in rng.integers(1, len(data) - 1, 4 if name in IN_HDF5 else 12):
            path = tmp_path / filename
            path.write_bytes(data[:kept])
            for one in read_or_refused(path):
                np.testing.assert_array_equal(one.image, IMAGE)


@pytest.mark.parametrize("name", sorted(made.EVERY))
def test_bytes_changed_anywhere_end_in_one_line_or_in_an_image(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(5)
    for filename, make in made.EVERY[name]:
        path = make(tmp_path / filename, IMAGE)
        data = path.read_bytes()
        for _ in range(10 if name in IN_HDF5 else 60):
            changed = bytearray(data)
            # Most of a file is pixels; heads are where a changed byte does harm.
            for at in rng.integers(0, min(3000, len(data)), 3):
                changed[at] = int(rng.integers(0, 256))
            path.write_bytes(bytes(changed))
            assert all(np.isfinite(one.image).all() for one in read_or_refused(path))


def test_a_series_alone_does_not_say_what_it_is(tmp_path: Path) -> None:
    path = made.series(tmp_path / "alone.ser", IMAGE, mode=None)
    assert ".emi" in refusal(path)
    (one,) = read(path, image_kind="image")
    np.testing.assert_allclose(one.pixel_size, made.PIXEL, rtol=1e-9)


def test_a_series_of_a_numbered_name_finds_its_description(tmp_path: Path) -> None:
    path = made.series(tmp_path / "scan_1.ser", IMAGE, mode=None, step=1e8)
    text = "<Label>Mode</Label><Value>TEM uP SA Zoom Diffraction</Value>"
    (tmp_path / "scan.emi").write_text(text, encoding="latin-1")
    (one,) = read(path)
    assert one.kind == "diffraction"
    np.testing.assert_allclose(one.pixel_size, 0.01)


def test_dots_per_inch_are_no_scale(tmp_path: Path) -> None:
    (one,) = read(made.tiff(tmp_path / "plain.tif", IMAGE, tags=[]))
    assert not one.calibrated
    assert one.unit == "px"
    (stated,) = read(tmp_path / "plain.tif", pixel_size=0.2)
    np.testing.assert_allclose(stated.pixel_size, 0.2)
    assert any("as stated" in note for note in stated.notes)


def test_imagej_states_pixels_per_unit(tmp_path: Path) -> None:
    words = b"ImageJ=1.53\nunit=micron\n\0"
    density = struct.pack("<II", 4, 1)
    tags = [(270, 2, len(words), words), (282, 5, 1, density), (283, 5, 1, density)]
    (one,) = read(made.tiff(tmp_path / "ij.tif", IMAGE, tags=tags))
    np.testing.assert_allclose(one.pixel_size, 2500.0)


def test_fei_states_metres_in_text(tmp_path: Path) -> None:
    words = b"[Scan]\r\nPixelWidth=2e-10\r\nPixelHeight=3e-10\r\n\0"
    (one,) = read(made.tiff(tmp_path / "fei.tif", IMAGE, tags=[(34682, 2, len(words), words)]))
    np.testing.assert_allclose(one.pixel_size, (3.0, 2.0))


def test_a_compressed_page_is_refused_by_the_name_of_its_method(tmp_path: Path) -> None:
    path = made.tiff(tmp_path / "lzw.tif", IMAGE, tags=[(259, 3, 1, struct.pack("<H", 5))])
    assert "LZW" in refusal(path)


def test_pages_in_a_circle_are_refused(tmp_path: Path) -> None:
    path = made.tiff(tmp_path / "circle.tif", IMAGE, tags=[])
    data = bytearray(path.read_bytes())
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    path.write_bytes(bytes(data))
    assert "circle" in refusal(path)


def test_a_cell_of_as_many_angstroms_as_pixels_is_no_scale(tmp_path: Path) -> None:
    (one,) = read(made.mrc(tmp_path / "default.mrc", IMAGE, pixel=1.0))
    assert not one.calibrated


def test_frames_of_velox_are_last(tmp_path: Path) -> None:
    frames = np.stack([IMAGE, IMAGE + 1, IMAGE + 2], axis=2)
    every = read(made.velox(tmp_path / "frames.emd", frames))
    assert [one.source for one in every] == [f"frames.emd, frame {n}" for n in (1, 2, 3)]
    np.testing.assert_array_equal(every[2].image, IMAGE + 2)


def test_reciprocal_metres_make_a_pattern(tmp_path: Path) -> None:
    (one,) = read(made.velox(tmp_path / "pattern.emd", IMAGE, unit="1/m", pixel=1.2e8))
    assert (one.kind, one.unit) == ("diffraction", "1/Å")
    np.testing.assert_allclose(one.pixel_size, 0.012)


def test_an_axis_without_a_unit_is_no_scale(tmp_path: Path) -> None:
    (one,) = read(made.hyperspy(tmp_path / "lost.hspy", IMAGE, units="<undefined>"))
    assert not one.calibrated


def test_data_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    other = made.berkeley(tmp_path / "other.emd", IMAGE)
    path = made.berkeley(tmp_path / "links.emd", IMAGE)
    with h5py.File(path, "a") as file:
        file["data/elsewhere"] = h5py.ExternalLink(str(other), "/data/image")
    assert "link" in refusal(path)


def test_a_declared_size_beyond_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.emd"
    with h5py.File(path, "w") as file:
        group = file.create_group("data/image")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", shape=(60000, 60000), dtype="f4", chunks=(100, 100))
    assert "more data than" in refusal(path)


@pytest.mark.parametrize(
    ("text", "kind", "size"),
    [
        ("nm", "image", 10.0),
        ("Å", "image", 1.0),
        ("µm", "image", 1e4),
        ("μm", "image", 1e4),
        ("[n_m]", "image", 10.0),
        ("1/nm", "diffraction", 0.1),
        ("1/m", "diffraction", 1e-10),
    ],
)
def test_units_as_makers_write_them(text: str, kind: str, size: float) -> None:
    assert known_unit(text) == (kind, pytest.approx(size))


@pytest.mark.parametrize("text", ["", "px", "mrad", "eV", "counts"])
def test_other_units_are_no_length(text: str) -> None:
    assert known_unit(text) is None


def test_axes_of_two_units_keep_their_own() -> None:
    size, kind, calibrated, _ = scale_of([2.0, 1.0], ["A", "nm"], "it")
    np.testing.assert_allclose(size, (2.0, 10.0))
    assert (kind, calibrated) == ("image", True)
    with pytest.raises(InputError, match="reciprocal"):
        scale_of([1.0, 1.0], ["nm", "1/nm"], "it")


def test_a_lost_block_is_told_from_a_border_and_from_dark_pixels() -> None:
    whole = np.full((40, 40), 7, dtype=np.uint16)
    lost = whole.copy()
    lost[20, 3:37] = 0
    assert lost_block(lost) == (20, 3)
    border = whole.copy()
    border[:, :4] = 0
    border[-2:] = 0
    dark = np.random.default_rng(1).poisson(1.0, (40, 40))
    for good in (whole, border, dark):
        assert lost_block(good) is None


@pytest.mark.parametrize("change", [lambda r: r.corner, lambda r: r.pixel_size, lambda r: r.image])
def test_what_is_written_reads_back(tmp_path: Path, change: Callable[[Micrograph], Any]) -> None:
    for kind, corner in (("image", (3.0, -2.0)), ("diffraction", (-4.0, -5.0))):
        record = checked(IMAGE, (0.11, 0.12), source="it", format="it", kind=kind, corner=corner)
        path = tmp_path / f"{kind}.emd"
        berkeley.write(record, path)
        (again,) = read(path)
        assert (again.kind, again.unit) == (kind, record.unit)
        np.testing.assert_allclose(change(again), change(record), rtol=1e-9)
