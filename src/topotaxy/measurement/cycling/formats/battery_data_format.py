"""The Battery Data Format of the Battery Data Alliance, as csv or parquet.

Columns by their machine-readable names (``voltage_volt``) or preferred labels (``Voltage / V``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.recognise import Format
from topotaxy.measurement.cycling.record import ALWAYS, EITHER_WAY, SOMETIMES
from topotaxy.measurement.files import delimited

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "step capacity": "step_capacity_ah",
    "charging energy": "charging_energy_wh",
    "discharging energy": "discharging_energy_wh",
    "step energy": "step_energy_wh",
    "ambient temperature": "ambient_temperature_celsius",
    "temperature t1": "temperature_t1_celsius",
    "internal resistance": "internal_resistance_ohm",
}
_KNOWN = {*ALWAYS, *SOMETIMES, *EITHER_WAY}
# More rows than a cell's test has, and memory enough for them.
MOST_ROWS = 5_000_000


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
    """Whether the header has the format's names, or the file is parquet."""
    if head.startswith(PARQUET_MAGIC):
        return True
    return delimited.find_header(delimited.head_lines(head)[:1], _is_header) is not None


def read(path: Path) -> Contents:
    """Read the table, and a mass, area or reference that a parquet written by topotaxy carries."""
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
    arrays = table.floats([heading for heading, _ in filled.values()])
    return Contents(
        {name: arrays[heading] * scale for name, (heading, scale) in filled.items()}, notes=table.notes
    )


def _read_parquet(path: Path) -> Contents:
    # Not polars, whose reader ends the process on some damaged files.
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, memory_map=False) as file:
            schema = file.schema_arrow
            named = _named(schema.names)
            missing = [name for name in REQUIRED if name not in named]
            if missing:
                raise InputError(f"lacks the columns {', '.join(missing)}", where=path.name)
            rows = file.metadata.num_rows
            if rows > MOST_ROWS:
                raise InputError(f"promises {rows} rows, more than the {MOST_ROWS} read", where=path.name)
            for name, (heading, _) in named.items():
                kind = schema.field(heading).type
                if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
                    raise InputError(f"its column {name} is {kind!s:.40}, not numbers", where=path.name)
            table = file.read(columns=[heading for heading, _ in named.values()], use_threads=False)
            columns: dict[str, Any] = {
                name: table[heading].cast(pa.float64()).to_numpy() * scale
                for name, (heading, scale) in named.items()
            }
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise InputError(f"is a damaged parquet file ({error!s:.120})", where=path.name) from error
    return Contents(columns)


FORMAT = Format("Battery Data Format", (".csv", ".parquet"), recognises, read)
