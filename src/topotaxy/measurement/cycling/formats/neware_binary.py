"""Neware's own files, .nda and .ndax, read by fastnda (Empa, BSD-3-Clause)."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import direction
from topotaxy.measurement.cycling.contents import Contents, Floats
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.cycling.record import KIND
from topotaxy.measurement.files import archive
from topotaxy.measurement.files.listening import listening, panics_unprinted

NDA_MAGIC = b"NEWARE"
DATA_PART = "data.ndc"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins as an nda, or is an archive with the data part of an ndax.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    if head.startswith(NDA_MAGIC):
        return True
    if not archive.is_zip(head):
        return False
    try:
        with archive.opened(path) as parts:
            return DATA_PART in parts.namelist()
    except InputError:
        return False


def read(path: Path) -> Contents:
    """Read the records, with the file's own number of the cycle, which may count loops of the schedule.

    Parameters
    ----------
    path : path
        The file.
    """
    remark = None
    with path.open("rb") as file:
        zipped = archive.is_zip(file.read(len(archive.ZIP_MAGIC)))
    if zipped:
        remark = _look_into(path)
    frame, said = _records(path, ".ndax" if zipped else ".nda")
    if frame.height == 0:
        raise InputError("holds no records: the test was never run, or its data are lost", where=path.name)
    arrays = {name: frame[name].to_numpy() for name in frame.columns if name != "step_type"}
    kinds = frame["step_type"] if "step_type" in frame.columns else None
    lacking = [name for name in ("test_time_second", "voltage_volt", "current_ampere") if name not in arrays]
    if lacking:
        raise InputError(f"lacks {', '.join(lacking)}: its data are damaged", where=path.name)
    columns: dict[str, Any] = {
        "test_time_second": arrays["test_time_second"],
        "voltage_volt": arrays["voltage_volt"],
        "current_ampere": arrays["current_ampere"],
        "unix_time_second": arrays.get("unix_time_second"),
        "cycle_count": arrays.get("cycle_count"),
        "step_count": arrays.get("step_count"),
        "step_index": arrays.get("step_id"),
        "step_capacity_ah": arrays.get("step_net_capacity_ah"),
        "step_energy_wh": arrays.get("step_net_energy_wh"),
        KIND: None if kinds is None else _ways(kinds),
    }
    notes = [*said]
    if remark:
        notes.append(f"the file's remark: {remark!r:.80}")
    return Contents(columns, instrument="Neware", notes=tuple(notes), counts_loops=True)


def _ways(kinds: Any) -> Floats:
    """Return what the types of steps say, one for each row, from a series of categories."""
    known = kinds.unique().cast(str).to_list()
    ways = direction.ways_of_kinds([str(kind) for kind in known])
    found: Floats = kinds.cast(str).replace_strict(known, ways, return_dtype=float).to_numpy()
    return found


def _look_into(path: Path) -> str | None:
    """Check every XML part of an ndax before the data are unpacked; return the remark on the test.

    Raises
    ------
    InputError
        Where a part is damaged, or is no XML in the encoding it declares.
    """
    from defusedxml import DefusedXmlException, ElementTree

    remark = None
    with archive.opened(path) as parts:
        for name in parts.namelist():
            data = archive.part(parts, name, where=path.name)
            if not name.lower().endswith(".xml"):
                continue
            archive.no_entities(data, name, where=path.name)
            try:
                text = _text_of(data)
                root = ElementTree.fromstring(text.partition("?>")[2] if text.startswith("<?xml") else text)
            except (ValueError, LookupError, ElementTree.ParseError, DefusedXmlException) as error:
                raise InputError(
                    f"its part {name!r:.60} is damaged ({error!s:.120})", where=path.name
                ) from error
            info = root.find("config/TestInfo") if name.endswith("TestInfo.xml") else None
            remark = info.get("Remark") if info is not None else remark
    return remark or None


# Fields that an operator types. No number hangs on them.
_TYPED = re.compile(
    rb'(\b\w*(?:remark|name|creator|builder|barcode|note|comment|project|batch|operator|user)\w*\s*=\s*")([^"]*)"',
    re.IGNORECASE,
)


def _text_of(data: bytes) -> str:
    """Return the text of an XML part, which is declared as GB2312, a name that the parser does not know.

    What operators type is in whatever their computer writes: it is decoded by itself.

    Raises
    ------
    ValueError
        Where anything else is not in the declared encoding.
    """
    encoding = "gb2312" if b"GB2312" in data[:200].upper() else "utf-8"

    def typed(match: re.Match[bytes]) -> bytes:
        text = _decoded(match.group(2), encoding).replace("<", " ").replace("&", " ")
        return match.group(1) + text.encode("ascii", "xmlcharrefreplace") + b'"'

    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return _TYPED.sub(typed, data).decode(encoding)


def _decoded(data: bytes, encoding: str) -> str:
    for candidate in (encoding, "utf-8", "gb18030"):
        try:
            return data.decode(candidate)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", errors="replace")


def _records(path: Path, suffix: str) -> tuple[Any, list[str]]:
    """Return fastnda's table, and what it warned of."""
    import shutil
    import tempfile

    import fastnda

    if path.suffix.lower() != suffix:
        # fastnda goes by the ending.
        with tempfile.TemporaryDirectory() as folder:
            renamed = Path(folder) / f"record{suffix}"
            shutil.copyfile(path, renamed)
            return _read_by_fastnda(fastnda, renamed, path.name)
    return _read_by_fastnda(fastnda, path, path.name)


def _read_by_fastnda(fastnda: Any, path: Path, name: str) -> tuple[Any, list[str]]:
    with listening("fastnda") as said, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            with panics_unprinted():
                frame = fastnda.read(path, cycle_mode="raw", columns="bdf")
        except BaseException as error:
            # A panic of polars does not derive from Exception.
            if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
                raise
            raise InputError(
                f"is damaged or of a version that fastnda does not read ({error!s:.120})", where=name
            ) from error
    return frame, [f"fastnda: {text}" for text in (*said, *(str(warning.message) for warning in caught))]


FORMAT = cycler_format("Neware binary", (".nda", ".ndax"), recognises, read)
