"""The Battery Data Format of the Battery Data Alliance, as csv or parquet.

Columns by their machine-readable names (``voltage_volt``) or preferred labels (``Voltage / V``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.cycling import direction, headings
from topotaxy.measurement.cycling.contents import Contents, spare
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.cycling.record import ALWAYS, EITHER_WAY, KIND, SOMETIMES, SPARE, CyclingRecord
from topotaxy.measurement.files import delimited

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pyarrow.parquet import ParquetFile

PARQUET_MAGIC = b"PAR1"
REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")

# Preferred label, in lower case without its unit, to machine-readable name.
_LABELS = {
    "test time": "test_time_second",
    "unix time": "unix_time_second",
    "voltage": "voltage_volt",
    "current": "current_ampere",
    "cycle count": "cycle_count",
    "step count": "step_count",
    "step index": "step_index",
    "charging capacity": "charging_capacity_ah",
    "discharging capacity": "discharging_capacity_ah",
    "charge capacity": "charging_capacity_ah",
    "discharge capacity": "discharging_capacity_ah",
    "cycle index": "cycle_count",
    "cycle number": "cycle_count",
    "charge energy": "charging_energy_wh",
    "discharge energy": "discharging_energy_wh",
    "step capacity": "step_capacity_ah",
    "charging energy": "charging_energy_wh",
    "discharging energy": "discharging_energy_wh",
    "step energy": "step_energy_wh",
    "ambient temperature": "ambient_temperature_celsius",
    "temperature t1": "temperature_t1_celsius",
    "internal resistance": "internal_resistance_ohm",
}
_KINDS = ("step type", "step name", "step state", "step kind")
_KNOWN = {*ALWAYS, *SOMETIMES, *EITHER_WAY}
# More rows than a cell's test has, and memory enough for them.
MOST_ROWS = 3_000_000


def _named(header: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Return machine-readable name to heading and scale."""
    found: dict[str, tuple[str, float]] = {}
    for text in header:
        if text in _KNOWN:
            found[text] = (text, 1.0)
            continue
        head = headings.heading(text)
        name = _LABELS.get(head.name)
        if name is None or head.unit is None:
            continue
        scale = headings.UNITS.get(name, {"1": 1.0}).get(head.unit)
        if scale is not None:
            found.setdefault(name, (text, scale))
    return found


def _is_header(header: list[str]) -> bool:
    return all(name in _named(header) for name in REQUIRED) and (
        any(text in REQUIRED for text in header) or all(" / " in text for text in header if text)
    )


def recognises(head: bytes, path: Path) -> bool:
    """Whether the header has the format's names, or the file is parquet.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    if head.startswith(PARQUET_MAGIC):
        return True
    return delimited.find_header(delimited.head_lines(head)[:1], _is_header) is not None


def read(path: Path) -> Contents:
    """Read the table, and a mass, area or reference that a parquet written by topotaxy carries.

    Parameters
    ----------
    path : path
        The file.
    """
    with path.open("rb") as file:
        magic = file.read(len(PARQUET_MAGIC))
    if magic == PARQUET_MAGIC:
        return _read_parquet(path)
    text = delimited.read_text(path)
    at = delimited.find_header(text[: delimited.HEAD_BYTES].splitlines()[:1], _is_header)
    if at is None:
        raise InputError(f"its first line lacks some of {', '.join(REQUIRED)}", where=path.name)
    table = delimited.table(text, header_line=at[0], delimiter=at[1], source=path.name, decimal=".")
    named = _named(table.header)
    filled = {
        name: at
        for name, at in named.items()
        if name in REQUIRED or table.first(at[0]) or any(table.column(at[0]))
    }
    needed = [heading for name, (heading, _) in filled.items() if name not in SPARE]
    arrays = table.floats(needed)
    for name in SPARE:
        if name in filled:
            arrays[filled[name][0]] = spare(table, filled[name][0])
    with np.errstate(over="ignore"):
        columns: dict[str, Any] = {name: arrays[heading] * scale for name, (heading, scale) in filled.items()}
    kind = [text for text in table.header if headings.heading(text).name in _KINDS]
    if len(kind) == 1 and table.header.count(kind[0]) == 1:
        columns[KIND] = direction.ways_of_kinds(table.column(kind[0]))
    used = {heading for heading, _ in filled.values()}
    return Contents(columns, notes=table.notes, unread=headings.like_capacities(table.header, used))


def _read_parquet(path: Path) -> Contents:
    # Not polars, whose reader ends the process on some damaged files.
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            "is a parquet file, which takes the extra: pip install 'topotaxy[parquet]'; or write it as csv",
            where=path.name,
        ) from None
    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            schema = file.schema_arrow
            named = _named(schema.names)
            missing = [name for name in REQUIRED if name not in named]
            if missing:
                raise InputError(f"lacks the columns {', '.join(missing)}", where=path.name)
            groups = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
            if sum(groups) != file.metadata.num_rows:
                raise InputError(
                    f"is a damaged parquet file (it promises {file.metadata.num_rows} rows and its groups "
                    f"{sum(groups)})",
                    where=path.name,
                )
            if sum(groups) > MOST_ROWS:
                raise InputError(
                    f"promises {sum(groups)} rows, more than the {MOST_ROWS} read", where=path.name
                )
            for name, (heading, _) in list(named.items()):
                kind = schema.field(heading).type
                if pa.types.is_floating(kind) or pa.types.is_integer(kind):
                    continue
                if name not in SPARE:
                    raise InputError(f"its column {name} is {kind!s:.40}, not numbers", where=path.name)
                del named[name]
            table = pa.Table.from_batches(
                _batches(file, [heading for heading, _ in named.values()], where=path.name)
            )
            columns: dict[str, Any] = {
                name: table[heading].cast(pa.float64()).to_numpy() * scale
                for name, (heading, scale) in named.items()
            }
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"is a damaged parquet file ({error!s:.120})", where=path.name) from error
    return Contents(columns)


def _batches(file: ParquetFile, headings: list[str], *, where: str) -> Iterator[Any]:
    """The rows, some at a time: what a group holds may be more than it promises."""
    rows = 0
    for batch in file.iter_batches(columns=headings, use_threads=False):
        rows += batch.num_rows
        if rows > MOST_ROWS:
            raise InputError(f"holds more than the {MOST_ROWS} rows read", where=where)
        yield batch


def text_of(record: CyclingRecord) -> str:
    """Return a record as Battery Data Format csv, every number so that it reads back exactly.

    The format has no place for mass, area, reference and role: they are given again when it is read.

    Parameters
    ----------
    record : CyclingRecord
        A checked record of one cell.
    """
    return record.table.to_csv(index=False, lineterminator="\n")


def write(record: CyclingRecord, path: Path) -> None:
    """Write a record as csv; see :func:`text_of`.

    Parameters
    ----------
    record : CyclingRecord
        A checked record of one cell.
    path : path
        Where to.
    """
    write_atomically(path, text_of(record))


def lacks(header: Sequence[str]) -> list[str] | None:
    """Return what a header would need besides; None where it has less than two of the three it must.

    Parameters
    ----------
    header : sequence of str
        Headings as the file has them.
    """
    named = _named(header)
    missing = [name for name in REQUIRED if name not in named]
    return missing if len(missing) <= 1 else None


FORMAT = cycler_format(
    "Battery Data Format", (".csv", ".parquet"), recognises, read, write=write, lacks=lacks
)
