"""Damage that knows the structure of a file: whole columns, rows, cells, row groups and parts, not bytes.

What is left is well formed, so that it reaches what lies behind a reader's first checks.
"""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
from collections.abc import Callable

EXTREME = [
    "NaN",
    "inf",
    "-1",
    "0",
    "",
    "1e308",
    "-1e-320",
    "9" * 30,
    "x",
    "1,5",
    "12:00:00",
    "03/01/2024 12:00:00",
]
"""Cells that a table may hold by mistake."""

_ROW = re.compile(rb"<row [^>]*>.*?</row>|<row [^>]*/>", re.DOTALL)
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})(\d+)"')
REFERENCES = [b"A1", b"XFD1048576", b"ZZZ9", b"A99999999999", b"XFD1"]


def of_text(data: bytes, rng: random.Random) -> bytes:
    """Return delimited text with columns or rows moved, doubled, dropped or filled otherwise.

    Parameters
    ----------
    data : bytes
        A whole file.
    rng : random.Random
        What happens.
    """
    lines = data.split(b"\n")
    delimiter = max((b"\t", b";", b","), key=lambda mark: data.count(mark))
    widest = max(line.count(delimiter) for line in lines)
    rows = [line.split(delimiter) for line in lines]
    table = [k for k, row in enumerate(rows) if len(row) >= max(widest - 1, 2)]
    if len(table) < 3:
        return data
    kind = rng.choice(_TEXT)
    return b"\n".join(delimiter.join(row) for row in kind(rows, table, rng))


Rows = list[list[bytes]]


def _column(rows: Rows, table: list[int], rng: random.Random) -> int:
    return rng.randrange(min(len(rows[k]) for k in table))


def _fill_column(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    place, cell = _column(rows, table, rng), rng.choice(EXTREME).encode()
    for k in table[1:]:
        rows[k][place] = cell
    return rows


def _drop_column(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    place = _column(rows, table, rng)
    for k in table:
        del rows[k][place]
    return rows


def _double_column(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    place = _column(rows, table, rng)
    for k in table:
        rows[k].insert(place, rows[k][place])
    return rows


def _swap_columns(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    one, other = _column(rows, table, rng), _column(rows, table, rng)
    # The headings stay: one column's numbers under another's name.
    for k in table[1:]:
        rows[k][one], rows[k][other] = rows[k][other], rows[k][one]
    return rows


def _turn_column(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    place = _column(rows, table, rng)
    for k in table[1:]:
        cell = rows[k][place].strip()
        rows[k][place] = cell[1:] if cell.startswith(b"-") else b"-" + cell
    return rows


def _move_rows(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    one, other = sorted(rng.sample(table[1:], 2))
    return [*rows[:one], *rows[other:], *rows[one:other]]


def _double_rows(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    one, other = sorted(rng.sample(table[1:], 2))
    return [*rows[:other], *rows[one:other], *rows[other:]]


def _drop_rows(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    one, other = sorted(rng.sample(table[1:], 2))
    return [*rows[:one], *rows[other:]]


def _one_cell(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    rows[rng.choice(table)][_column(rows, table, rng)] = rng.choice(EXTREME).encode()
    return rows


def _many_columns(rows: Rows, table: list[int], rng: random.Random) -> Rows:
    count = rng.choice((10, 1000))
    for k in table:
        rows[k] += [b"more" if k == table[0] else b"1"] * count
    return rows


_TEXT: list[Callable[[Rows, list[int], random.Random], Rows]] = [
    *(_fill_column, _drop_column, _double_column, _swap_columns, _turn_column),
    *(_move_rows, _double_rows, _drop_rows, _one_cell, _many_columns),
]


def of_parquet(data: bytes, rng: random.Random) -> bytes:
    """Return a parquet file with other types, nulls, row groups or columns, or with one page damaged.

    Parameters
    ----------
    data : bytes
        A whole file of numbers.
    rng : random.Random
        What happens.
    """
    import pyarrow as pa
    from pyarrow import parquet

    table = parquet.read_table(io.BytesIO(data))
    place = rng.randrange(table.num_columns)
    name, column = table.column_names[place], table.column(place)
    count = table.num_rows
    kind = rng.randrange(9)
    if kind == 0:
        table = table.remove_column(place)
    elif kind == 1:
        table = table.set_column(place, name, pa.array([None] * count, column.type))
    elif kind == 2:
        holes = [None if rng.random() < 0.1 else value for value in column.to_pylist()]
        table = table.set_column(place, name, pa.array(holes, column.type))
    elif kind == 3:
        other = rng.choice((pa.string(), pa.float16(), pa.int8(), pa.list_(pa.float64()), pa.bool_()))
        table = table.set_column(place, name, pa.nulls(count, other))
    elif kind == 4:
        table = table.append_column(name, column)
    elif kind == 5:
        table = table.set_column(place, name, pa.array([rng.choice((float("nan"), 1e308, -1.0))] * count))
    elif kind == 6:
        table = table.slice(0, rng.choice((0, 1, 2)))
    elif kind == 7:
        one, other = sorted(rng.sample(range(count), 2))
        table = pa.concat_tables([table.slice(other), table.slice(one, other - one)])
    else:
        table = pa.concat_tables([table] * rng.choice((2, 50)))
    target = io.BytesIO()
    parquet.write_table(
        table,
        target,
        row_group_size=rng.choice((1, 7, 10_000)),
        compression=rng.choice(("none", "snappy", "zstd")),
        use_dictionary=rng.random() < 0.5,
    )
    made = bytearray(target.getvalue())
    if rng.random() < 0.3:
        # The footer says where the pages are; cut or change one of them, or the footer's own numbers.
        at = rng.randrange(4, len(made) - 8)
        made[at : at + rng.randrange(1, 9)] = rng.randbytes(rng.randrange(1, 9))
    return bytes(made)


def of_sheet(data: bytes, rng: random.Random) -> bytes:
    """Return the XML of a sheet with rows moved, doubled or dropped, or cells that say they are elsewhere.

    Parameters
    ----------
    data : bytes
        A part of a workbook.
    rng : random.Random
        What happens.
    """
    found = list(_ROW.finditer(data))
    if len(found) < 3:
        return data
    kind = rng.randrange(4)
    one, other = sorted(rng.sample(range(len(found)), 2))
    if kind == 0:
        return data[: found[one].start()] + data[found[other].start() :]
    if kind == 1:
        piece = data[found[one].start() : found[other].end()]
        return data[: found[other].end()] + piece + data[found[other].end() :]
    if kind == 2:
        first, second = found[one].group(), found[other].group()
        return (
            data[: found[one].start()]
            + second
            + data[found[one].end() : found[other].start()]
            + first
            + (data[found[other].end() :])
        )
    references = list(_REFERENCE.finditer(data))
    at = rng.choice(references)
    return data[: at.start()] + b' r="' + rng.choice(REFERENCES) + b'"' + data[at.end() :]


def rezipped(data: bytes, change: Callable[[str, bytes], bytes], rng: random.Random) -> bytes:
    """Return an archive whose parts are changed, doubled, renamed or stored in another order and way.

    Parameters
    ----------
    data : bytes
        A whole archive.
    change : callable
        From name and bytes of a part to other bytes.
    rng : random.Random
        What happens.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    name = rng.choice([name for name, _ in parts])
    parts = [(other, change(other, part) if other == name else part) for other, part in parts]
    kind = rng.randrange(8)
    if kind == 0:
        rng.shuffle(parts)
    elif kind == 1:
        parts.append((name, b""))
    elif kind == 2:
        parts = [(f"x/{other}" if other == name else other, part) for other, part in parts]
    target = io.BytesIO()
    method = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2))
    with warnings.catch_warnings(), zipfile.ZipFile(target, "w", method) as archive:
        # A name that is there twice is on purpose.
        warnings.simplefilter("ignore")
        for other, part in parts:
            archive.writestr(zipfile.ZipInfo(other), part, compress_type=method)
    return target.getvalue()
