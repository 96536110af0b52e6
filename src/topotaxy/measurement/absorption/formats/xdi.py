"""XDI, the exchange format of XAFS: a header of named fields and columns (https://github.com/XraySpectroscopy/XAS-Data-Interchange)."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.absorption.column_roles import roles_of
from topotaxy.measurement.absorption.columns import Table, spectrum
from topotaxy.measurement.absorption.headings import clock
from topotaxy.measurement.absorption.numbers import number_rows
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.files.delimited import decoded, read_text
from topotaxy.measurement.instrument import HC
from topotaxy.measurement.technique import Format

NAME = "XDI"
_MAGIC = re.compile(r"^#\s*XDI/\d")
_FIELD = re.compile(r"^#\s*([A-Za-z]\w*)\.([\w.-]+):\s*(.*?)\s*$")
_KELVIN = re.compile(r"(-?\d+(?:\.\d+)?)\s*(K|C|°C|deg ?C)\b")
# Fields that name people or accounts, or say where an account's files lie, are not carried on.
_PRIVATE = re.compile(r"user|person|proposal|email|esaf|affiliation|file|path", re.IGNORECASE)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first line says XDI.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Unused: files are known by content.
    """
    text = decoded(head[:200])
    return text is not None and _MAGIC.match(text.lstrip("\ufeff")) is not None


def read(path: Path, options: AbsorptionOptions) -> tuple[AbsorptionRecord, ...]:
    """Read the spectrum.

    Parameters
    ----------
    path : Path
        The file.
    options : AbsorptionOptions
        What the file does not say.

    Raises
    ------
    InputError
        Where columns are not named, lines are damaged, or there is no absorption.
    """
    text = read_text(path)
    lines = text.splitlines()
    end = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    fields: dict[str, str] = {}
    for line in lines[:end]:
        if match := _FIELD.match(line):
            fields[f"{match[1].lower()}.{match[2].lower()}"] = match[3].split("||")[0].strip()
    values, notes = number_rows(lines[end:], source=path.name, first=end + 1)
    names = tuple(fields.get(f"column.{n}", f"column {n}") for n in range(1, values.shape[1] + 1))
    if "column.1" not in fields:
        raise InputError("is XDI without the field Column.1, which has to name the energy", where=path.name)
    values, names, angle_note = _energy_from_angle(values, names, fields, path.name)
    record = spectrum(
        Table(names, values, path.name),
        options,
        format_name=NAME,
        notes=(*notes, *angle_note),
        element=_symbol(fields.get("element.symbol", "")),
        edge=_edge(fields.get("element.edge", "")),
        label=(fields.get("sample.name") or path.stem)[:80],
        sample=fields.get("sample.name", "")[:80],
        formula=fields.get("sample.formula", "")[:80],
        temperature_k=_kelvin(fields.get("sample.temperature", "")),
        instrument=_instrument(fields),
        origin="simulated" if fields.get("topotaxy.origin") == "simulated" else "measured",
        state=_state(fields.get("topotaxy.state", "")),
        cycle=_cycle(fields.get("topotaxy.cycle", "")),
        time=clock(fields.get("scan.start_time", "")),
        parameters={key: value[:120] for key, value in fields.items() if not _PRIVATE.search(key)},
    )
    return (record,)


def write(record: AbsorptionRecord, path: Path) -> None:
    """Write the spectrum so that it reads back as it is (digits of a double).

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    path : Path
        Replaced as a whole or not at all.
    """
    column = "norm" if record.normalised else ("mufluor" if record.mode == "fluorescence" else "mutrans")
    columns = {"energy eV": record.energy_ev, column: record.absorption}
    if record.reference is not None:
        columns["murefer"] = record.reference
    if record.deviation is not None:
        columns["stddev"] = record.deviation
    fields = {
        "Element.symbol": record.element,
        "Element.edge": record.edge,
        "Sample.name": record.label or record.sample,
        "Sample.formula": record.formula,
        "Sample.temperature": "" if record.temperature_k is None else f"{record.temperature_k:g} K",
        "Beamline.name": record.instrument or "",
        "Topotaxy.origin": record.origin,
        "Topotaxy.state": record.state or "",
        "Topotaxy.cycle": "" if record.cycle is None else str(record.cycle),
    }
    lines = ["# XDI/1.0 topotaxy"]
    lines += [f"# Column.{n}: {name}" for n, name in enumerate(columns, start=1)]
    lines += [f"# {key}: {_one_line(value)}" for key, value in fields.items() if value]
    lines += ["# ///", *(f"# {_one_line(note)}" for note in record.notes), "#----", f"# {' '.join(columns)}"]
    rows = np.stack(list(columns.values()), axis=1)
    lines += [" ".join(repr(float(value)) for value in row) for row in rows]
    write_atomically(path, "\n".join(lines) + "\n")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _energy_from_angle(
    values: np.ndarray, names: tuple[str, ...], fields: dict[str, str], source: str
) -> tuple[np.ndarray, tuple[str, ...], tuple[str, ...]]:
    """Add the energy where only the monochromator's angle is given, by Bragg's law."""
    roles = roles_of(names)
    if "energy" in roles or "angle" not in roles:
        return values, names, ()
    try:
        spacing = float(fields.get("mono.d_spacing", ""))
    except ValueError:
        raise InputError(
            "gives angles and no Mono.d_spacing to turn them into energies", where=source
        ) from None
    sine = np.sin(np.radians(values[:, roles["angle"]]))
    if not (spacing > 0.0 and (sine > 0.0).all()):
        raise InputError("its angles and spacing are no Bragg reflection", where=source)
    energy = HC / (2.0 * spacing * sine)
    return np.column_stack([energy, values]), ("energy eV", *names), ("energies by Bragg's law from angles",)


def _symbol(text: str) -> str:
    match = re.fullmatch(r"([A-Za-z]{1,2})\b.*", text.strip())
    return match[1].capitalize() if match else ""


def _edge(text: str) -> str:
    plain = text.strip().upper()
    return plain if plain in ("K", "L1", "L2", "L3") else ""


def _kelvin(text: str) -> float | None:
    if re.search(r"room|ambient|\brt\b", text, re.IGNORECASE):
        return 295.0
    match = _KELVIN.search(text)
    if not match:
        return None
    value = float(match[1]) + (0.0 if match[2] == "K" else 273.15)
    return value if 0.0 < value < 4000.0 else None


def _instrument(fields: dict[str, str]) -> str | None:
    parts = [fields.get(key, "") for key in ("facility.name", "beamline.name")]
    text = " ".join(dict.fromkeys(part for part in parts if part))[:120]
    return text or None


def _state(text: str) -> str | None:
    return text if text in ("pristine", "discharged", "charged") else None


def _cycle(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9]\d{0,5}", text) else None


FORMAT = Format(name=NAME, extensions=(".xdi", ".dat"), recognises=recognises, read=read, write=write)
