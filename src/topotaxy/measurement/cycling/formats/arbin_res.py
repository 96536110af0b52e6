"""Arbin's .res, a Microsoft Access (Jet 4) database, read by access-parser (Apache-2.0) without a driver."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checks
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files.listening import listening

JET_MAGIC = b"\x00\x01\x00\x00Standard Jet DB"
ACE_MAGIC = b"\x00\x01\x00\x00Standard ACE DB"
DATA = "Channel_Normal_Table"
GENERAL = "Global_Table"
# The database is held in memory as Python objects: about five times its size.
LARGEST = 300_000_000
PAGE = 4096
_DEFINITION = 2

_COLUMNS = {
    "test_time_second": "Test_Time",
    "voltage_volt": "Voltage",
    "current_ampere": "Current",
    "cycle_count": "Cycle_Index",
    "step_index": "Step_Index",
    "charging_capacity_ah": "Charge_Capacity",
    "discharging_capacity_ah": "Discharge_Capacity",
    "charging_energy_wh": "Charge_Energy",
    "discharging_energy_wh": "Discharge_Energy",
}
_SPARE = {"internal_resistance_ohm": "Internal_Resistance"}
"""Columns that no metric needs, and that refuse no file."""


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file is an Access database; that it is Arbin's shows when it is read.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return head.startswith((JET_MAGIC, ACE_MAGIC))


def read(path: Path) -> Contents:
    """Read the table of the channel, in the order of its data points.

    Parameters
    ----------
    path : path
        The file.
    """
    size = path.stat().st_size
    if size > LARGEST:
        raise InputError(
            f"is {size / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} MB read", where=path.name
        )
    if size % PAGE:
        raise InputError(f"its size is no multiple of {PAGE} bytes: it is cut short", where=path.name)
    _no_circles(path)
    data, general = _tables(path)
    lacking = [name for name in ("Data_Point", "Test_ID", *_COLUMNS.values()) if not len(data.get(name, ()))]
    if lacking:
        raise InputError(
            f"its table {DATA} lacks {', '.join(lacking)[:200]}, or holds no rows", where=path.name
        )
    point = _column(data, "Data_Point", path)
    tests = np.unique(_column(data, "Test_ID", path))
    if len(tests) > 1:
        raise InputError(
            f"holds {len(tests)} tests ({', '.join(f'{test:.0f}' for test in tests[:5])}); export each alone",
            where=path.name,
        )
    order = np.argsort(point, kind="stable")
    gaps = np.flatnonzero(np.diff(point[order]) != 1)
    if gaps.size:
        before, after = point[order][gaps[0]], point[order][gaps[0] + 1]
        what = "is there twice" if before == after else f"is followed by {after:.0f}"
        raise InputError(f"data point {before:.0f} {what}: the database is damaged", where=path.name)
    columns: dict[str, Any] = {name: _column(data, theirs, path)[order] for name, theirs in _COLUMNS.items()}
    for name, theirs in _SPARE.items():
        if len(data.get(theirs, ())) == len(order):
            columns[name] = np.asarray(data[theirs], dtype=object)[order]
    mass = _mass(general)
    return Contents(
        columns,
        instrument="Arbin",
        notes=() if mass is None else (f"the file states a mass of {mass:.6g} g; it does not say of what",),
        stated_mass=mass,
        first_row=int(point[order][0]),
    )


def _no_circles(path: Path) -> None:
    """Refuse a database whose definition of a table goes on in a page that it has been in.

    Its reader would follow such a list for ever. Pages of definitions begin with 2, and name the page that
    they go on in, or zero (Jet 4, https://github.com/mdbtools/mdbtools, HACKING).

    Raises
    ------
    InputError
        Where a list returns, or leads out of the file.
    """
    follows: dict[int, int] = {}
    with path.open("rb") as file:
        for page, data in enumerate(iter(lambda: file.read(PAGE), b"")):
            if data[0] == _DEFINITION:
                follows[page] = int.from_bytes(data[4:8], "little")
    whole: set[int] = set()
    for page in follows:
        seen: list[int] = []
        while page and page not in whole:
            if page in seen or page not in follows:
                raise InputError(
                    f"is a damaged database: the definition of a table goes on in page {page}, "
                    f"{'where it has been' if page in seen else 'which holds none'}",
                    where=path.name,
                )
            seen.append(page)
            page = follows[page]
        whole.update(seen)


def _tables(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the channel's table and the general one, by column.

    Raises
    ------
    InputError
        Where the database is damaged: a row that its reader would leave out refuses the file.
    """
    from access_parser import AccessParser

    class Database(AccessParser):  # type: ignore[misc]
        def parse_msys_table(self) -> dict[str, Any]:
            # How columns are to be shown (currency, masks): Arbin's need none of it.
            return {}

    with listening("access_parser", logging.ERROR) as said:
        try:
            database = Database(str(path))
            if DATA not in database.catalog:
                raise InputError(
                    f"is an Access database without the table {DATA}: not Arbin's", where=path.name
                )
            data = dict(database.parse_table(DATA))
            general = dict(database.parse_table(GENERAL)) if GENERAL in database.catalog else {}
        except (InputError, MemoryError):
            raise
        except Exception as error:
            raise InputError(
                f"is a damaged database ({type(error).__name__}: {error!s:.80})", where=path.name
            ) from error
    if said:
        raise InputError(f"is a damaged database ({said[0]:.100})", where=path.name)
    return data, general


def _column(data: dict[str, Any], name: str, path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        values = np.array(data[name], dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"its column {name} holds something that is not a number", where=path.name
        ) from error
    checks.finite(name, values, where=path.name)
    return values


def _mass(general: dict[str, Any]) -> float | None:
    """Return the mass, in g, that the operator typed in; one gram is what stands there where none was."""
    masses = general.get("MASS") or []
    if masses and isinstance(masses[0], float) and 0 < masses[0] < 1e3 and masses[0] != 1.0:
        return float(masses[0])
    return None


FORMAT = cycler_format("Arbin res", (".res",), recognises, read)
