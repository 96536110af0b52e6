"""Velox and Berkeley files: events in pixels, detectors together, axes wherever they stand."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import h5py
import numpy as np
import pytest
import spectrum_image_files as made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.files.spectra import berkeley, velox

CHANNELS = 64
COUNTS = np.random.default_rng(1).poisson(300.0, CHANNELS)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(st.integers(0, CHANNELS - 1), max_size=30),
    st.integers(0, 2**31),
)
def test_events_of_a_stream_are_all_counted_in_their_pixels(
    tmp_path: Path, rows: int, columns: int, events: list[int], seed: int
) -> None:
    """Each event at a drawn place among the ends of pixels, over two frames."""
    rng = np.random.default_rng(seed)
    pixels = rows * columns
    where = np.sort(rng.integers(0, 2 * pixels, len(events)))
    wanted = np.zeros((pixels, CHANNELS))
    stream: list[int] = []
    at = 0
    for event, place in zip(events, where, strict=True):
        while at < place:
            stream.append(velox.NEXT_PIXEL)
            at += 1
        stream.append(event)
        wanted[place % pixels, event] += 1
    stream += [velox.NEXT_PIXEL] * (2 * pixels - at)
    path = made.velox_stream(tmp_path / f"{seed}.emd", stream, rows, columns, CHANNELS)
    if not events:
        with pytest.raises(InputError, match="no counts"):
            velox.x_rays(path)
        return
    (one,) = velox.x_rays(path)
    np.testing.assert_array_equal(one.counts.reshape(pixels, CHANNELS), wanted)


def streams(path: Path, count: int, **raster: Any) -> Path:
    """As many detectors with one event each in the first pixel."""
    made.velox_stream(path, [5, velox.NEXT_PIXEL], 2, 2, CHANNELS)
    with h5py.File(path, "a") as file:
        parent = file["Data/SpectrumStream"]
        for number in range(1, count):
            parent.copy("0123", f"{number:04d}")
        if raster:
            held = parent[f"{count - 1:04d}"]
            del held["AcquisitionSettings"]
            settings = {"bincount": str(CHANNELS), "RasterScanDefinition": raster}
            held.create_dataset("AcquisitionSettings", data=[json.dumps(settings).encode()])
    return path


@pytest.mark.parametrize("count", [1, 2, 4])
def test_detectors_of_one_image_are_added(tmp_path: Path, count: int) -> None:
    (one,) = velox.x_rays(streams(tmp_path / "a.emd", count))
    assert one.counts[0, 0, 5] == count
    assert one.counts.sum() == count
    assert one.notes == (() if count == 1 else (f"{count} detectors together",))


def test_detectors_of_different_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="images of different sizes"):
        velox.x_rays(streams(tmp_path / "a.emd", 2, Width=3, Height=2))


def test_an_image_that_no_memory_holds_is_refused_unread(tmp_path: Path) -> None:
    path = made.velox_stream(tmp_path / "a.emd", [5, velox.NEXT_PIXEL], 10**5, 10**5, CHANNELS)
    with pytest.raises(InputError, match="numbers are more than"):
        velox.x_rays(path)


def sums(path: Path, spectra: dict[str, Any]) -> Path:
    made.velox_x_rays(path, COUNTS, -100.0, 10.0)
    with h5py.File(path, "a") as file:
        parent = file["Data/Spectrum"]
        for name, values in spectra.items():
            group = parent.create_group(name)
            group.create_dataset("Data", data=np.asarray(values, dtype="<u4")[:, None])
            parent.copy(parent["0123/Metadata"], group, "Metadata")
        del parent["0123"]
    return path


def test_a_sum_of_detectors_stands_for_them_all(tmp_path: Path) -> None:
    first, second = COUNTS, COUNTS[::-1]
    path = sums(tmp_path / "a.emd", {"a": first, "b": second, "c": first + second})
    (one,) = velox.x_rays(path)
    np.testing.assert_array_equal(one.counts, first + second)
    assert one.notes == ("sum of 2 detectors",)
    assert one.source == "a.emd"


def test_spectra_without_a_sum_are_kept_apart(tmp_path: Path) -> None:
    path = sums(tmp_path / "a.emd", {"a": COUNTS, "b": COUNTS[::-1], "c": COUNTS + 1})
    assert [one.source for one in velox.x_rays(path)] == [f"a.emd, spectrum {n}" for n in (1, 2, 3)]


@pytest.mark.parametrize("volts", ["200000", "80000", "nonsense", "-5", "1e9"])
def test_a_beam_is_stated_where_it_can_be_one(tmp_path: Path, volts: str) -> None:
    path = made.velox_losses(tmp_path / "a.emd", COUNTS, 100.0, 0.5)
    with h5py.File(path, "a") as file:
        group = file["Data/EelsSpectrumImage/0123"]
        del group["Metadata"]
        about = json.dumps({"Optics": {"AccelerationVoltage": volts}}).encode()
        group.create_dataset("Metadata", data=np.frombuffer(about, dtype=np.uint8)[:, None])
    (one,) = velox.losses(path)
    assert one.beam_energy == (float(volts) if volts in ("200000", "80000") else None)
    assert not one.counted


def test_ranges_come_in_the_order_of_their_energies(tmp_path: Path) -> None:
    path = made.velox_losses(tmp_path / "a.emd", COUNTS, 500.0, 0.5)
    with h5py.File(path, "a") as file:
        parent = file["Data/EelsSpectrumImage"]
        parent.copy("0123", "0456")
        del parent["0456/AcquisitionMetadata"]
        about = json.dumps({"Data": {"offset": -20.0, "dispersion": 0.5}}).encode()
        parent["0456"].create_dataset(
            "AcquisitionMetadata", data=np.frombuffer(about, dtype=np.uint8)[:, None]
        )
    assert [one.energy[0] for one in velox.losses(path)] == [-20.0, 500.0]


@pytest.mark.parametrize("missing", ["AcquisitionMetadata", "Data"])
def test_an_image_of_losses_without_its_parts_is_refused(tmp_path: Path, missing: str) -> None:
    path = made.velox_losses(tmp_path / "a.emd", COUNTS, 100.0, 0.5)
    with h5py.File(path, "a") as file:
        del file["Data/EelsSpectrumImage/0123"][missing]
    with pytest.raises(InputError, match=r"states no energy axis|no such spectrum"):
        velox.losses(path)


@pytest.mark.parametrize("along", [0, 1, 2])
def test_the_energy_of_a_berkeley_cube_may_be_any_axis(tmp_path: Path, along: int) -> None:
    cube = np.random.default_rng(2).poisson(20.0, (2, 3, CHANNELS)).astype("<u4")
    path = tmp_path / "a.emd"
    with h5py.File(path, "w") as file:
        group = file.create_group("data/cube")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=np.moveaxis(cube, 2, along))
        sizes = [(2.0, "[n_m]"), (3.0, "[n_m]")]
        sizes.insert(along, (0.5, "[eV]"))
        for number, (step, unit) in enumerate(sizes, start=1):
            dim = group.create_dataset(f"dim{number}", data=[0.0, step])
            dim.attrs["units"], dim.attrs["name"] = unit, "energy loss" if unit == "[eV]" else "x"
    assert berkeley.signals(path.read_bytes(), path) == {"loss"}
    (one,) = berkeley.read(path, "loss")
    np.testing.assert_array_equal(one.counts, cube)
    assert one.pixel == pytest.approx((2.0, 3.0))
    assert one.energy[1] - one.energy[0] == 0.5


@pytest.mark.parametrize(
    ("name", "signal"), [("energy loss", {"loss"}), ("X-ray energy", {"x-ray"}), ("energy", {""})]
)
def test_a_berkeley_spectrum_is_what_its_axis_says(tmp_path: Path, name: str, signal: set[str]) -> None:
    path = made.berkeley(tmp_path / "a.emd", COUNTS, 100.0, 0.5, name=name)
    assert berkeley.signals(path.read_bytes(), path) == signal


def test_several_spectra_of_a_file_are_numbered(tmp_path: Path) -> None:
    path = made.berkeley(tmp_path / "a.emd", COUNTS, 100.0, 0.5)
    with h5py.File(path, "a") as file:
        file.copy("data/spectrum", "data/other")
    found = berkeley.read(path, "loss")
    assert [one.source for one in found] == ["a.emd, spectrum 1", "a.emd, spectrum 2"]
