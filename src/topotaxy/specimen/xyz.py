"""Extended XYZ, written and read without loss; it opens in OVITO, ASE and VESTA's likes.

One atom a line, what it says as a whole in ``key=value`` on the second. Layout: Properties and Lattice as
in the specification of libAtoms (https://github.com/libAtoms/extxyz); what is topotaxy's own stands in
columns and keys of its own names, which other programs carry along.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.columns import assumed, cluster_column, header_of, specimen_from
from topotaxy.specimen.periodic import heights
from topotaxy.specimen.specimen import PHASES, Specimen

FORMAT = "specimen/1"
MOST_BYTES = 2_000_000_000
LONGEST_HEADER = 50_000_000
_PROPERTIES = "species:S:1:pos:R:3:valence:R:1:phase:S:1:identity:I:1:cluster:I:1"
_ITEM = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_\-]*)\s*(?:=\s*(\"(?:[^\"\\]|\\.)*\"|[^\s\"]+))?")
_CHUNK = 100_000


def xyz_text(specimen: Specimen) -> str:
    """Return a specimen as extended XYZ; every number reads back to the last bit.

    Parameters
    ----------
    specimen : Specimen
        Any.
    """
    header = header_of(specimen)
    items = [
        f'Lattice="{_numbers(specimen.box.ravel())}"',
        f"Properties={_PROPERTIES}",
        'pbc="{}"'.format(" ".join("T" if p else "F" for p in specimen.periodic)),
        f"topotaxy={FORMAT}",
        f"state={specimen.state}",
        f"cycle={specimen.cycle}",
        f"replica={specimen.replica}",
    ]
    if specimen.unit_cell is not None:
        items.append(f"unit_cell={specimen.unit_cell!r}")
    items += [f"{key}={_quoted(header[key])}" for key in ("formula", "source")]
    items += [f"{key}={_quoted(json.dumps(header[key]))}" for key in ("notes", "centres", "registered")]
    out = io.StringIO()
    out.write(f"{len(specimen)}\n{' '.join(items)}\n")
    clusters = cluster_column(specimen)
    names = np.array(PHASES)[specimen.phases]
    for start in range(0, len(specimen), _CHUNK):
        part = slice(start, start + _CHUNK)
        columns = (
            specimen.elements[part].tolist(),
            *specimen.positions[part].T.tolist(),
            specimen.valences[part].tolist(),
            names[part].tolist(),
            specimen.identities[part].tolist(),
            clusters[part].tolist(),
        )
        out.writelines(
            f"{el} {x!r} {y!r} {z!r} {v!r} {phase} {identity} {cluster}\n"
            for el, x, y, z, v, phase, identity, cluster in zip(*columns, strict=True)
        )
    return out.getvalue()


def _numbers(values: Any) -> str:
    return " ".join(repr(float(v)) for v in values)


def _quoted(text: str) -> str:
    # JSON's own escapes stay ASCII and on one line; a quote inside is escaped as the format asks.
    return json.dumps(text)


def read_xyz(path: Path) -> Specimen:
    """Read extended XYZ, topotaxy's own or another program's.

    Another program's needs species, positions and a lattice (without one: a box around the atoms that does
    not repeat); what else it lacks is assumed and said in the notes.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        Where the file is no extended XYZ, is damaged or too large; the message names the line.
    """
    where = str(path)
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise InputError(f"{size} bytes; at most {MOST_BYTES} are read", where=where)
    with path.open("rb") as file:
        first, second = file.readline(100), file.readline(LONGEST_HEADER + 1)
        count = _count(first, size, where)
        if len(second) > LONGEST_HEADER or not second.endswith(b"\n"):
            raise InputError("line 2: expected key=value, and atoms after it", where=where)
        items = _items(second, where)
        layout = _layout(items, where)
        columns = _columns(file.read(), count, layout, where)
    return _specimen(items, columns, count, path)


def _count(line: bytes, size: int, where: str) -> int:
    text = line.strip()
    if not text.isdigit() or len(text) > 12:
        raise InputError("line 1: expected the number of atoms", where=where)
    count = int(text)
    # An atom takes a symbol and three numbers, eight characters with what parts them.
    if count < 1 or 8 * count > size:
        raise InputError(f"line 1 says {count} atoms, which a file of {size} bytes cannot hold", where=where)
    return count


def _items(line: bytes, where: str) -> dict[str, str]:
    try:
        text = line.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise InputError("line 2 is no UTF-8 text", where=where) from None
    items: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if match is None:
            # Other programs write free text here; it is no fault while the columns are the plain four.
            return (
                {"comment": text}
                if "Properties" not in text and "Lattice" not in text
                else _bad_item(text, place, where)
            )
        key, value = match.group(1), match.group(2)
        if value is not None and value.startswith('"'):
            value = _unquoted(value)
        items[key] = "T" if value is None else value
        place = match.end()
    return items


def _bad_item(text: str, place: int, where: str) -> dict[str, str]:
    raise InputError(
        f"line 2, character {place + 1}: expected key=value, got {text[place : place + 20]!r}", where=where
    )


def _unquoted(value: str) -> str:
    try:
        return str(json.loads(value))
    except ValueError:
        return value[1:-1]


def _layout(items: dict[str, str], where: str) -> list[tuple[str, str]]:
    """Name and kind of every column."""
    parts = items.get("Properties", "species:S:1:pos:R:3").split(":")
    layout: list[tuple[str, str]] = []
    if len(parts) % 3 or len(parts) > 600:
        raise InputError("Properties have to be name:kind:columns, again and again", where=where)
    for name, kind, number in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if kind not in ("S", "R", "I", "L") or not number.isdigit() or not 1 <= int(number) <= 100:
            raise InputError(
                f"Properties: {name}:{kind}:{number} is no column".replace("\n", " "), where=where
            )
        layout += [(f"{name}{k}" if int(number) > 1 else name, kind) for k in range(int(number))]
    names = [name for name, _ in layout]
    if len(set(names)) != len(names) or not {"species", "pos0", "pos1", "pos2"} <= set(names):
        raise InputError("Properties need one species:S:1 and one pos:R:3", where=where)
    return layout


def _columns(data: bytes, count: int, layout: list[tuple[str, str]], where: str) -> dict[str, Any]:
    """The columns of the atoms, each an array."""
    try:
        lines = data.decode("utf-8").split("\n", count)[:count]
    except UnicodeDecodeError:
        raise InputError("atoms are no UTF-8 text", where=where) from None
    if len(lines) < count or not lines[-1].strip():
        present = sum(1 for line in lines if line.strip())
        raise InputError(f"ends after {present} of {count} atoms", where=where)
    parts: list[list[NDArray[Any]]] = [[] for _ in layout]
    # In chunks: the words of all lines at once take much more room than the numbers.
    for start in range(0, count, _CHUNK):
        rows = [line.split() for line in lines[start : start + _CHUNK]]
        for place, row in enumerate(rows, start=start + 3):
            if len(row) != len(layout):
                raise InputError(
                    f"line {place}: {len(row)} columns, expected the {len(layout)} of Properties", where=where
                )
        for column, words, (name, kind) in zip(parts, zip(*rows, strict=True), layout, strict=True):
            column.append(_converted(words, kind, name, start + 3, where))
    return {name: np.concatenate(column) for (name, _), column in zip(layout, parts, strict=True)}


def _converted(words: Sequence[str], kind: str, name: str, first: int, where: str) -> NDArray[Any]:
    """The words of one column as numbers or text."""
    if kind in ("S", "L"):
        return np.array(words)
    convert: Callable[[str], float] = float if kind == "R" else int
    try:
        return np.array([convert(word) for word in words], dtype=np.float64 if kind == "R" else np.int64)
    except (ValueError, OverflowError):
        pass
    for place, word in enumerate(words, start=first):
        try:
            number = convert(word)
        except ValueError:
            number = math.inf
        if kind == "I" and not abs(number) < 2**63:
            raise InputError(f"line {place}: {name} {word!r:.30} cannot be read", where=where)
        if kind == "R":
            try:
                float(word)
            except ValueError:
                raise InputError(f"line {place}: {name} {word!r:.30} cannot be read", where=where) from None
    raise InputError(f"{name} cannot be read", where=where)


def _specimen(items: dict[str, str], columns: dict[str, Any], count: int, path: Path) -> Specimen:
    where = str(path)
    positions = np.stack([columns[f"pos{k}"] for k in range(3)], axis=1).astype(np.float64)
    elements = columns["species"].astype("U")
    if not np.isfinite(positions).all():
        raise InputError("positions have to be finite numbers", where=where)
    if max(map(len, np.unique(elements))) > 2:
        raise InputError(f"{max(np.unique(elements), key=len)!r:.20} is no element", where=where)
    box, periodic = _box(items, positions, where)
    if items.get("topotaxy") == FORMAT and {"valence", "phase", "identity", "cluster"} <= set(columns):
        return specimen_from(
            _header(items, where),
            positions=positions,
            elements=elements,
            valences=columns["valence"],
            phases=columns["phase"].astype("U"),
            identities=columns["identity"],
            clusters=columns["cluster"],
            box=box,
            periodic=periodic,
            where=where,
        )
    valences, phase, clusters, note = assumed(elements)
    stated = columns.get("valence")
    if stated is not None and stated.dtype == np.float64:
        valences, note = stated, "phases are assumed"
    centre = [positions.mean(axis=0).tolist()] if phase == "metal" else []
    return specimen_from(
        {"source": path.name, "notes": [note], "centres": centre, "registered": [False] * len(centre)},
        positions=positions,
        elements=elements,
        valences=valences,
        phases=np.full(count, phase),
        identities=np.arange(count),
        clusters=clusters,
        box=box,
        periodic=periodic,
        where=where,
    )


def _header(items: dict[str, str], where: str) -> dict[str, Any]:
    header: dict[str, Any] = {key: items[key] for key in ("state", "formula", "source") if key in items}
    try:
        for key in ("cycle", "replica"):
            header[key] = int(items.get(key, "0"))
        if "unit_cell" in items:
            header["unit_cell"] = float(items["unit_cell"])
        for key in ("notes", "centres", "registered"):
            header[key] = json.loads(items.get(key, "[]"))
    except (ValueError, RecursionError):
        raise InputError(
            "line 2: cycle, replica, unit_cell, notes, centres or registered cannot be read", where=where
        ) from None
    return header


def _box(items: dict[str, str], positions: Any, where: str) -> tuple[Any, tuple[bool, bool, bool]]:
    if "Lattice" not in items:
        # Atoms in the void: a box around them with a margin, which does not repeat.
        return np.diag(np.ptp(positions, axis=0) + 10.0), (False, False, False)
    try:
        box = np.array([float(v) for v in items["Lattice"].split()]).reshape(3, 3)
    except ValueError:
        raise InputError("Lattice has to be nine numbers", where=where) from None
    if not np.isfinite(box).all() or not abs(np.linalg.det(box)) > 0 or not (heights(box) > 0).all():
        raise InputError("Lattice has no volume", where=where)
    flags = items.get("pbc", "T T T").split()
    if len(flags) != 3 or not all(f in ("T", "F", "1", "0", "True", "False") for f in flags):
        raise InputError("pbc has to be three of T and F", where=where)
    x, y, z = (f in ("T", "1", "True") for f in flags)
    return box, (x, y, z)
