"""PEC's csv: a block of what the test was, and a table in which each row names its test and cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_WORDS = Vocabulary(
    names={
        "test_time_second": ("total time",),
        "voltage_volt": ("voltage",),
        "current_ampere": ("current",),
        "cycle_count": ("cycle",),
        "step_index": ("step",),
        "charging_capacity_ah": ("charge capacity",),
        "discharging_capacity_ah": ("discharge capacity",),
        # Older versions call the energies capacities in mWh.
        "charging_energy_wh": ("charge energy", "charge capacity"),
        "discharging_energy_wh": ("discharge energy", "discharge capacity"),
        "ambient_temperature_celsius": ("ambient temperature", "station temperature"),
        "temperature_t1_celsius": ("cell surface temperature", "temp"),
    },
    needs=(
        ("test",),
        ("cell",),
        ("rack",),
        ("shelf",),
        ("position",),
        ("total time",),
        ("voltage",),
        ("current",),
    ),
    kinds=("instruction name",),
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether a header line has PEC's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return delimited.find_header(delimited.head_lines(head), _WORDS.knows) is not None


def read(path: Path) -> Contents:
    """Read the table of one cell.

    Parameters
    ----------
    path : path
        The file.
    """
    text = delimited.read_text(path)
    at = delimited.find_header(text.splitlines(), _WORDS.knows)
    if at is None:
        raise InputError("has no header line of PEC's", where=path.name)
    table = delimited.table(text, header_line=at[0], delimiter=at[1], source=path.name)
    whole = table.floats([one for one in table.header if headings.heading(one).name in ("test", "cell")])
    for name, values in whole.items():
        numbers = np.unique(values)
        if len(numbers) > 1:
            raise InputError(
                f"holds {len(numbers)} numbers of {name} ({', '.join(f'{n:g}' for n in numbers[:5])}); "
                "export each cell alone",
                where=path.name,
            )
    return _WORDS.contents(table, instrument="PEC")


FORMAT = cycler_format("PEC export", (".csv",), recognises, read, lacks=_WORDS.lacks)
