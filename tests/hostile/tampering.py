"""Ways to be at the files of a run: byte by byte, and along their structure."""

from __future__ import annotations

import contextlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

Tamper = Callable[[Path, np.random.Generator], None]


def flipped(path: Path, rng: np.random.Generator) -> None:
    content = bytearray(path.read_bytes())
    for place in rng.integers(0, len(content), rng.integers(1, 8)):
        content[place] ^= int(rng.integers(1, 256))
    path.write_bytes(bytes(content))


def cut(path: Path, rng: np.random.Generator) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(rng.integers(0, len(content)))])


def grown(path: Path, rng: np.random.Generator) -> None:
    path.write_bytes(path.read_bytes() + rng.bytes(int(rng.integers(1, 100))))


def repeated(path: Path, rng: np.random.Generator) -> None:
    """A piece stands twice, or in the place of another."""
    content = path.read_bytes()
    a, b = sorted(int(n) for n in rng.integers(0, len(content), 2))
    path.write_bytes(content[:b] + content[a:b] + content[b:])


def exchanged(path: Path, rng: np.random.Generator) -> None:
    """A file of the same folder in the place of this one."""
    others = [p for p in path.parent.iterdir() if p.is_file() and p != path]
    path.write_bytes(others[int(rng.integers(len(others)))].read_bytes())


def linked(path: Path, rng: np.random.Generator) -> None:
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    path.symlink_to([kept, Path("/etc/hostname"), Path("nothing"), Path(path.name)][int(rng.integers(4))])


def piped(path: Path, rng: np.random.Generator) -> None:
    path.unlink()
    os.mkfifo(path)


def foldered(path: Path, rng: np.random.Generator) -> None:
    path.unlink()
    path.mkdir()


def removed(path: Path, rng: np.random.Generator) -> None:
    path.unlink()


def emptied(path: Path, rng: np.random.Generator) -> None:
    path.write_bytes(b"")


def one_number(path: Path, rng: np.random.Generator) -> None:
    """Another digit somewhere in a text."""
    content = bytearray(path.read_bytes())
    digits = [i for i, c in enumerate(content) if chr(c).isdigit()]
    if digits:
        place = digits[int(rng.integers(len(digits)))]
        content[place] = ord("0") + (content[place] - ord("0") + int(rng.integers(1, 10))) % 10
    path.write_bytes(bytes(content))


def json_value(path: Path, rng: np.random.Generator) -> None:
    """One value of a JSON document is another, or of another kind, or gone."""
    with contextlib.suppress(ValueError):
        document = json.loads(path.read_text(encoding="utf-8"))
        holders: list[tuple[object, object]] = []
        _gather(document, holders)
        holder, key = holders[int(rng.integers(len(holders)))]
        values = [None, True, -1, 1e308, "", "x" * 1000, [], {}, [[[[]]]], "\u202e", 0.5]
        if rng.random() < 0.2:
            del holder[key]  # type: ignore[attr-defined]
        else:
            holder[key] = values[int(rng.integers(len(values)))]  # type: ignore[index]
        path.write_text(json.dumps(document), encoding="utf-8")


def _gather(item: object, found: list[tuple[object, object]]) -> None:
    pairs = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for key, value in list(pairs):
        found.append((item, key))
        _gather(value, found)


def hdf5_structure(path: Path, rng: np.random.Generator) -> None:
    """One object of an HDF5 file is another: attribute, type, shape, link, name, place of its data."""
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        if not names:
            return
        name = names[int(rng.integers(len(names)))]
        change = HDF5_CHANGES[int(rng.integers(len(HDF5_CHANGES)))]
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError):
            change(file, name, rng)


def _attribute(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    keys = [
        *file[name].attrs,
        "units",
        "_FillValue",
        "scale_factor",
        "coordinates",
        "DIMENSION_LIST",
        "CLASS",
    ]
    values = [
        "x" * 5000,
        1e308,
        np.arange(1000.0),
        b"\xff\xfe",
        -1,
        np.nan,
        "days since 1900-01-01",
        [],
        "a b c",
    ]
    key = keys[int(rng.integers(len(keys)))]
    if rng.random() < 0.2 and key in file[name].attrs:
        del file[name].attrs[key]
    else:
        file[name].attrs[key] = values[int(rng.integers(len(values)))]


def _dataset(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    """Another type or shape of the same name."""
    if isinstance(file[name], h5py.Dataset):
        shapes: list[tuple[int, ...]] = [(), (0,), (1,), (3, 4, 5), (1, 1, 1, 1, 1), (100_000,)]
        kinds = ["f8", "f4", "i1", "u8", "S5", h5py.string_dtype(), "c16", "f2", bool]
        del file[name]
        file.create_dataset(name, shape=shapes[int(rng.integers(6))], dtype=kinds[int(rng.integers(9))])


def _value(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    found = file[name]
    # What was declared huge before would be read and written whole here.
    few = isinstance(found, h5py.Dataset) and 0 < found.size <= 1_000_000
    if few and found.dtype.kind in "iuf":
        values = found[()].reshape(-1) if found.shape else np.array([found[()]])
        extremes = [np.inf, np.nan, -1e300, 1e300] if found.dtype.kind == "f" else [-1, 127, 2**31 - 1]
        with np.errstate(all="ignore"):
            values[int(rng.integers(len(values)))] = np.array(
                extremes[int(rng.integers(len(extremes)))]
            ).astype(found.dtype)
        found[...] = values.reshape(found.shape)


def _link(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    links = [h5py.SoftLink("/cycles"), h5py.ExternalLink("/etc/hostname", "/"), h5py.SoftLink(f"/{name}")]
    chosen = int(rng.integers(4))
    del file[name]
    file[name] = links[chosen] if chosen < 3 else file["/"]


def _gone(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    del file[name]


def _elsewhere(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    del file[name]
    file.create_dataset(name, shape=(8,), dtype="u1", external=[("/etc/hostname", 0, 8)])


def _huge(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    del file[name]
    file.create_dataset(name, shape=(10 ** int(rng.integers(7, 16)),), dtype="f8", chunks=(1000,))


def _group(file: h5py.File, name: str, rng: np.random.Generator) -> None:
    del file[name]
    file.create_group(name)


HDF5_CHANGES = (
    _attribute,
    _attribute,
    _dataset,
    _dataset,
    _value,
    _value,
    _link,
    _gone,
    _elsewhere,
    _huge,
    _group,
)


def array_of_checkpoint(path: Path, rng: np.random.Generator) -> None:
    """One array of a checkpoint is another: its type, shape, length, one value, or another's content."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    names = list(arrays)
    name = names[int(rng.integers(len(names)))]
    values = arrays[name]
    how = int(rng.integers(7))
    if how == 0:
        values = values.astype(["f4", "i2", "u8", "f8", "U8"][int(rng.integers(5))])
    elif how == 1:
        values = values.reshape(-1)[: int(rng.integers(0, max(values.size, 1)))]
    elif how == 2:
        values = np.roll(values, 1 + int(rng.integers(5)))
    elif how == 3:
        values = arrays[names[int(rng.integers(len(names)))]]
    elif how == 4 and values.size:
        values = values.copy()
        flat = values.reshape(-1)
        extremes = [-1, 2**62, 0, 127] if values.dtype.kind in "iub" else [np.nan, np.inf, -1e300, 0.0]
        with np.errstate(all="ignore"):
            flat[int(rng.integers(values.size))] = np.array(extremes[int(rng.integers(4))]).astype(
                values.dtype
            )
    elif how == 5:
        values = np.concatenate([values, values])
    else:
        values = values[None]
    np.savez(path, **(arrays | {name: values}))


def rezipped(path: Path, rng: np.random.Generator) -> None:
    """The members of an archive in another order, compressed, twice, renamed, or one of them gone."""
    with zipfile.ZipFile(path) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    how = int(rng.integers(5))
    if how == 1:
        members.append(members[int(rng.integers(len(members)))])
    elif how == 2:
        members.pop(int(rng.integers(len(members))))
    elif how == 3:
        name, content = members.pop(int(rng.integers(len(members))))
        members.append((f"../{name}", content))
    rng.shuffle(members)  # type: ignore[arg-type]
    method = zipfile.ZIP_DEFLATED if how == 4 or rng.random() < 0.3 else zipfile.ZIP_STORED
    import warnings

    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)


def checkpoint_of_another(path: Path, rng: np.random.Generator) -> None:
    """The checkpoint of the other replica."""
    others = sorted(p for p in path.parent.iterdir() if p != path)
    path.write_bytes(others[int(rng.integers(len(others)))].read_bytes())


ANY: tuple[Tamper, ...] = (
    flipped,
    cut,
    grown,
    repeated,
    exchanged,
    linked,
    piped,
    foldered,
    removed,
    emptied,
)
TEXT: tuple[Tamper, ...] = (*ANY, one_number, one_number, one_number)
JSON: tuple[Tamper, ...] = (*TEXT, json_value, json_value, json_value)
HDF5: tuple[Tamper, ...] = (*ANY, *(hdf5_structure,) * 10)
CHECKPOINT: tuple[Tamper, ...] = (
    *ANY,
    *(array_of_checkpoint,) * 8,
    rezipped,
    rezipped,
    checkpoint_of_another,
)
