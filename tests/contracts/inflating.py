"""Small files that declare a great deal: every number of a head made huge, one at a time.

Nothing here knows a format. A text has its whole numbers replaced; an archive those of its parts, or
a part that unpacks to far more than it takes; an HDF5 file its shapes, chunks and numbers; any other each
number of two, four or eight bytes that could be a count, in either order of bytes.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import h5py
import numpy as np

Made = tuple[str, Callable[[], bytes]]
"""What was done, and what makes the file."""
HUGE = (10**9, 10**14, 2**31 - 1, -1)
HEAD = 4_000
"""Bytes of a file, or of a part of an archive, in which sizes are declared."""
BOMB = 300_000_000
"""Bytes that the part of an archive unpacks to."""
NUMBER = re.compile(rb"(?<![\w.+-])\d{1,7}(?![\w.])")


def inflated(data: bytes) -> Iterator[Made]:
    """Yield files that declare more than they hold, each with what was done; the same ones every time."""
    if data.startswith(b"\x89HDF"):
        yield from _hdf5(data)
    elif data.startswith(b"PK\x03\x04"):
        yield from _archive(data)
    elif b"\x00" in data[:HEAD]:
        yield from _binary(data)
    else:
        yield from _text(data)


def _text(data: bytes) -> Iterator[Made]:
    for found in NUMBER.finditer(data, 0, min(HEAD, len(data))):
        for huge in HUGE:
            what = f"{found[0].decode()} at {found.start()} is {huge}"
            yield what, partial(_put, data, found.start(), found.end(), str(huge).encode())


def _put(data: bytes, start: int, end: int, other: bytes) -> bytes:
    return data[:start] + other + data[end:]


def _binary(data: bytes) -> Iterator[Made]:
    for size, kinds in ((4, ("<i4", ">i4")), (2, ("<i2", ">i2")), (8, ("<i8", ">i8"))):
        for kind in kinds:
            for at in range(0, min(HEAD, len(data)) - size):
                count = int(np.frombuffer(data, kind, 1, at)[0])
                # What has a byte beside it that is none is no number of this size, or none that counts.
                if 0 < count <= 65_536:
                    most = 2 ** (8 * size - 1) - 1
                    for huge in HUGE:
                        if abs(huge) <= most:
                            whole = np.array([huge], kind).tobytes()
                            yield f"{kind} at {at} is {huge}", partial(_put, data, at, at + size, whole)


def _archive(data: bytes) -> Iterator[Made]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, part in parts.items():
        changed = _binary(part) if b"\x00" in part[:HEAD] else _text(part)
        for what, make in changed:
            yield f"{name}: {what}", lambda name=name, make=make: _zipped(parts | {name: make()})
        yield f"{name} unpacks to {BOMB} bytes", partial(_bomb, parts, name)


def _bomb(parts: dict[str, bytes], name: str) -> bytes:
    part = parts[name]
    rest = b" " * BOMB if part[:1] == b"<" else b"0 " * (BOMB // 2)
    return _zipped(parts | {name: part[:1] + rest if part[:1] == b"<" else part + rest})


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def _hdf5(data: bytes) -> Iterator[Made]:
    with h5py.File(io.BytesIO(data)) as file:
        names: list[str] = []
        file.visititems(lambda name, found: names.append(name) if isinstance(found, h5py.Dataset) else None)
        attributes = [(name, key) for name in ["/", *names] for key in file[name].attrs]
    for name in names:
        yield f"{name} has 1e12 elements", partial(_changed, data, name, (10**6, 10**6))
        yield (
            f"{name} has one chunk of 4e9 bytes",
            partial(_changed, data, name, (22_000, 22_000), (22_000, 22_000)),
        )
        yield f"{name} has 5e8 elements", partial(_changed, data, name, (500_000_000,), (10_000,))
        yield f"{name} is huge", partial(_numbers, data, name, None)
    for name, key in attributes:
        yield f"{key} of {name} is huge", partial(_numbers, data, name, key)


def _changed(
    data: bytes, name: str, shape: tuple[int, ...], chunks: tuple[int, ...] | None = (1000, 1000)
) -> bytes:
    """A dataset of another shape that takes no room, with the attributes that it had."""
    target = io.BytesIO(data)
    with h5py.File(target, "r+") as file:
        before = file[name]
        kind = before.dtype if before.dtype.kind in "iuf" else np.dtype("f8")
        attrs = {key: before.attrs[key] for key in before.attrs}
        del file[name]
        after = file.create_dataset(name, shape=shape, dtype=kind, chunks=chunks)
        for key, value in attrs.items():
            try:
                after.attrs[key] = value
            except (TypeError, OSError):
                continue
    return target.getvalue()


def _numbers(data: bytes, name: str, key: str | None) -> bytes:
    """Numbers of a dataset, or of an attribute, as large as they can be."""
    target = io.BytesIO(data)
    with h5py.File(target, "r+") as file, warnings.catch_warnings(action="ignore"):
        values = file[name].attrs[key] if key is not None else file[name][()]
        values = np.array(values)
        if values.dtype.kind in "iuf":
            most = 1e15 if values.dtype.kind == "f" else np.iinfo(values.dtype).max
            values = np.full_like(values, most)
            if key is None:
                file[name][...] = values
            else:
                file[name].attrs[key] = values
    return target.getvalue()


def some(data: bytes, most: int) -> list[Made]:
    """Return at most so many of them, spread over the whole."""
    every = list(inflated(data))
    return every[:: max(-(-len(every) // most), 1)]


def kept(path: Path, content: bytes) -> Path:
    """A file beside another, with the same ending."""
    other = path.with_name(f"huge-{path.name}")
    other.write_bytes(content)
    return other
