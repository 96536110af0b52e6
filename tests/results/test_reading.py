"""Datasets that lead out of their file, contain themselves or declare what they do not hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from topotaxy.errors import InputError
from topotaxy.files import regular_file
from topotaxy.results.reading import read_dataset
from topotaxy.results.schema import schema_of


@pytest.fixture
def good(tmp_path: Path) -> Path:
    tree = xr.DataTree.from_dict(
        {
            "/": xr.Dataset(attrs={"name": "made"}),
            "/cycles": xr.Dataset(
                {"capacity": (("replica", "cycle"), np.arange(6.0).reshape(2, 3))},
                coords={"cycle": [1, 2, 3], "state": ("cycle", np.array(["a", "b", "c"], dtype=object))},
            ),
        }
    )
    path = tmp_path / "run.nc"
    tree.to_netcdf(path, engine="h5netcdf")
    return path


def test_a_dataset_comes_back(good: Path) -> None:
    tree = read_dataset(good)
    assert tree.attrs["name"] == "made"
    assert tree["cycles"]["capacity"].values.tolist() == [[0, 1, 2], [3, 4, 5]]


def external_link(file: h5py.File) -> None:
    file["stolen"] = h5py.ExternalLink("/etc/hostname", "/")


def soft_link(file: h5py.File) -> None:
    file["cycles/again"] = h5py.SoftLink("/cycles/capacity")


def external_storage(file: h5py.File) -> None:
    file.create_dataset("stolen", shape=(8,), dtype="u1", external=[("/etc/hostname", 0, 8)])


def cycle(file: h5py.File) -> None:
    file["cycles/inner"] = file["cycles"]


def terabytes(file: h5py.File) -> None:
    file.create_dataset("huge", shape=(10**6, 10**6), dtype="f8", chunks=(10, 10))


def references(file: h5py.File) -> None:
    data = file.create_dataset("refs", shape=(1,), dtype=h5py.ref_dtype)
    data[0] = file["cycles"].ref


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(4,), dtype="f8")
    layout[:] = h5py.VirtualSource("/elsewhere.h5", "x", shape=(4,))
    file.create_virtual_dataset("virtual", layout)


def deep(file: h5py.File) -> None:
    group = file
    for _ in range(40):
        group = group.create_group("g")


def compound(file: h5py.File) -> None:
    file.create_dataset("pair", shape=(2,), dtype=[("a", "f8"), ("b", "i4")])


@pytest.mark.parametrize(
    "damage",
    [external_link, soft_link, external_storage, cycle, terabytes, references, virtual, deep, compound],
)
def test_tricks_are_refused_in_one_line(good: Path, damage: Callable[[h5py.File], None]) -> None:
    with h5py.File(good, "r+") as file:
        damage(file)
    with pytest.raises(InputError) as refused:
        read_dataset(good)
    assert "\n" not in str(refused.value)
    assert str(good) in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"not hdf5", b"\x89HDF\r\n\x1a\n" + bytes(40)])
def test_what_is_no_dataset_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.nc"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a readable netCDF"):
        read_dataset(path)


def test_truncated_anywhere_never_raises_anything_else(good: Path) -> None:
    whole = good.read_bytes()
    for length in range(0, len(whole), max(1, len(whole) // 20)):
        good.write_bytes(whole[:length])
        with pytest.raises(InputError):
            read_dataset(good)


def test_flipped_bytes_are_read_or_refused(good: Path) -> None:
    """A few bytes changed: read, or one line; nothing else."""
    whole = bytearray(good.read_bytes())
    rng = np.random.default_rng(0)
    for _ in range(40):
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 6)):
            broken[place] = rng.integers(0, 256)
        good.write_bytes(bytes(broken))
        # Anything but InputError ends the test.
        with suppress(InputError):
            read_dataset(good)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are other ones there")
def test_links_pipes_devices_and_long_names_are_refused(good: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.nc"
    link.symlink_to(good)
    pipe = tmp_path / "pipe.nc"
    os.mkfifo(pipe)
    for path in (link, pipe, Path("/dev/null"), tmp_path, tmp_path / "absent", tmp_path / ("x" * 300)):
        with pytest.raises(InputError):
            read_dataset(path)


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(1000))
    assert regular_file(path) == 1000
    with pytest.raises(InputError, match="at most"):
        regular_file(path, most=999)


@pytest.mark.parametrize("name", ["run", "cell"])
@pytest.mark.parametrize("values", [[np.inf], [1.0], ["one"]])
def test_numbers_of_another_type_than_declared_are_refused(
    tmp_path: Path, name: str, values: list[object]
) -> None:
    """A cycle is a whole number: an infinity there would reach what counts with it."""
    schema, path = schema_of(name), tmp_path / "run.nc"
    assert schema.of("cycles")["cycle"].type == "int"
    for content, right in ((values, False), ([1], True)):
        groups = {
            "/": xr.Dataset(attrs={"schema": schema.name}),
            "/cycles": xr.Dataset(coords={"cycle": np.array(content)}),
        }
        xr.DataTree.from_dict(groups).to_netcdf(path, engine="h5netcdf")
        if right:
            assert read_dataset(path)["cycles"].sizes["cycle"] == 1
        else:
            with pytest.raises(InputError, match=r"/cycles/cycle is .*, expected int"):
                read_dataset(path)
        path.unlink()


@pytest.mark.parametrize(
    "units", ["months since 0-0-0", "days since 1-1-1", "common_years since 2000", "hours"]
)
def test_units_that_look_like_a_calendar_are_units(tmp_path: Path, units: str) -> None:
    """They asked for a package that reads calendars; numbers stay numbers."""
    path = tmp_path / "run.nc"
    xr.Dataset({"capacity": ("cycle", [1.0, 2.0], {"units": units})}).to_netcdf(path, engine="h5netcdf")
    found = read_dataset(path)["capacity"]
    assert found.values.tolist() == [1.0, 2.0]
    assert found.attrs["units"] == units
