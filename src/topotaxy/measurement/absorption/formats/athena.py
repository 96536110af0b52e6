"""Athena project files, plain (Perl text) and JSON, gzipped or not; parsed and never evaluated."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.identification import identified
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.perl import values_of
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats, cleaned
from topotaxy.measurement.files.archive import inflated
from topotaxy.measurement.files.delimited import decoded
from topotaxy.measurement.technique import Format

NAME = "Athena project"
_MAGIC = re.compile(r'^(# Athena project file|\s*\{\s*"_____header1")')
_GZIP = b"\x1f\x8b"
LARGEST_UNPACKED = 300_000_000
MOST_GROUPS = 2_000
# Parameters kept: ranges and windows of Athena that a user may want to compare with.
_KEPT = re.compile(
    r"^(bkg_(e0|eshift|fixstep|fitted_step|step|nnorm|nor1|nor2|pre1|pre2|rbkg|kw|z)|fft_\w+|bft_\w+)$"
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the text, unpacked where it is gzipped, begins as Athena's does.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Unused: files are known by content.
    """
    text = decoded(_unpacked_head(head))
    return text is not None and _MAGIC.match(text) is not None


def _unpacked_head(head: bytes) -> bytes:
    if not head.startswith(_GZIP):
        return head[:200]
    try:
        return inflated(head[:4096], 200, wbits=31)[0]
    except ValueError:
        return b""


def read(path: Path, options: AbsorptionOptions) -> tuple[AbsorptionRecord, ...]:
    """Read every group that holds an absorption; energy shifts are applied once.

    Parameters
    ----------
    path : Path
        The file.
    options : AbsorptionOptions
        What the file does not say.

    Raises
    ------
    InputError
        Where the file is damaged, or holds no such group.
    """
    text = _text(path)
    groups = list(
        _json_groups(text, path.name) if text.lstrip().startswith("{") else _plain_groups(text, path.name)
    )
    records: list[AbsorptionRecord] = []
    skipped: list[str] = []
    by_name: dict[str, AbsorptionRecord] = {}
    links: dict[str, str] = {}
    for name, arguments, arrays in groups:
        made = _record(path.name, name, arguments, arrays, options, skipped)
        if made is not None:
            by_name[name] = made
            links[name] = str(arguments.get("referencegroup", "") or "")
    for name, record in by_name.items():
        records.append(_with_reference(record, by_name.get(links[name])))
    if not records:
        why = f" ({'; '.join(skipped[:3])})" if skipped else ""
        raise InputError(f"holds no absorption against energy{why}", where=path.name)
    return _noting_twins(records, tuple(skipped))


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_GZIP):
        try:
            data, ended, more = inflated(data, LARGEST_UNPACKED, wbits=31)
        except ValueError as error:
            raise InputError(f"its compressed data are damaged ({error})", where=path.name) from None
        if more:
            raise InputError(
                f"would unpack to more than {LARGEST_UNPACKED / 1e6:.0f} MB: refused", where=path.name
            )
        if not ended:
            raise InputError("is cut short: its compressed data do not end", where=path.name)
    text = decoded(data)
    if text is None or not text.strip():
        raise InputError("is empty or no text", where=path.name)
    return text


_Group = tuple[str, dict[str, Any], dict[str, Floats]]


def _plain_groups(text: str, source: str) -> Iterator[_Group]:
    """Yield name, parameters and arrays of the groups of Perl text."""
    name = ""
    arguments: dict[str, Any] = {}
    arrays: dict[str, Floats] = {}
    count = 0
    ended = False
    for number, line in enumerate(text.splitlines(), start=1):
        where = f"{source}, line {number}"
        if line.startswith("$old_group"):
            found = values_of(line.partition("=")[2], where=where)
            name, arguments, arrays = str(found[0])[:80] if found else "", {}, {}
        elif line.startswith("@args"):
            arguments = _paired(values_of(line.partition("=")[2], where=where))
        elif match := re.match(r"@(x|y|i0|signal|stddev) *=", line):
            arrays[match[1]] = _floats(values_of(line[match.end() :], where=where), where)
        elif line.startswith("[record]"):
            count += 1
            if count > MOST_GROUPS:
                raise InputError(f"holds more than {MOST_GROUPS} groups", where=source)
            yield name, arguments, arrays
            name, arguments, arrays = "", {}, {}
        elif line.strip() in ("1;", "@journal = ();") or line.startswith("@journal"):
            ended = True
    if arrays and not ended:
        raise InputError("is cut short: its last group has no end", where=source)


def _json_groups(text: str, source: str) -> Iterator[_Group]:
    """Yield name, parameters and arrays of the groups of the JSON form."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is damaged or cut JSON ({error!s:.80})", where=source) from None
    if not isinstance(document, dict) or len(document) > MOST_GROUPS:
        raise InputError("is JSON, and no Athena project", where=source)
    for name, group in document.items():
        if name.startswith("_____") or not isinstance(group, dict):
            continue
        given = group.get("args", [])
        arguments = given if isinstance(given, dict) else _paired(given if isinstance(given, list) else [])
        where = f"{source}, group {name!r:.40}"
        arrays = {
            key: _floats(group[key], where)
            for key in ("x", "y", "i0", "signal", "stddev")
            if isinstance(group.get(key), list)
        }
        yield name[:80], arguments, arrays


def _paired(values: list[Any]) -> dict[str, Any]:
    """Return names and values that follow each other, as a dictionary."""
    return {str(key): value for key, value in zip(values[::2], values[1::2], strict=False)}


def _floats(values: list[Any], where: str) -> Floats:
    try:
        if any(isinstance(value, bool) or (isinstance(value, str) and "_" in value) for value in values):
            raise ValueError
        return np.array([float(value) for value in values], dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("an array holds what is no number: it is damaged", where=where) from None


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if np.isfinite(found) else None


def _record(
    source: str,
    name: str,
    arguments: dict[str, Any],
    arrays: dict[str, Floats],
    options: AbsorptionOptions,
    skipped: list[str],
) -> AbsorptionRecord | None:
    label = str(arguments.get("label", "") or name).strip()[:80]
    kind = (
        "chi(k)"
        if str(arguments.get("is_chi", "0")) in ("1", "True")
        else str(arguments.get("recordtype", "mu(E)"))
    )
    if kind.startswith("chi"):
        skipped.append(f"{label} is χ(k)")
        return None
    energy, values = arrays.get("x", np.empty(0)), arrays.get("y", np.empty(0))
    if not len(energy) or len(energy) != len(values):
        raise InputError(
            f"group {label!r:.40} has {len(energy)} energies and {len(values)} absorptions: it is damaged",
            where=source,
        )
    columns = {"absorption": values}
    deviation = arrays.get("stddev")
    if deviation is not None and len(deviation) == len(energy) and (deviation > 0.0).any():
        columns["deviation"] = np.abs(deviation)
    try:
        points = cleaned(energy, columns, where=f"{source}, {label}")
    except InputError as error:
        skipped.append(str(error)[:160])
        return None
    shift = _number(arguments.get("bkg_eshift")) or 0.0
    element = options.element or _symbol(arguments.get("bkg_z"))
    edge = (options.edge or "K") if options.element else str(arguments.get("fft_edge", "") or "").upper()
    notes = [*points.notes]
    if shift:
        notes.append(f"energies moved by {shift:+.3f} eV, as the project says (bkg_eshift)")
    record = AbsorptionRecord(
        source=source,
        format=NAME,
        label=label,
        energy_ev=points.energy_ev + shift,
        absorption=points.columns["absorption"],
        deviation=points.columns.get("deviation"),
        element=element if edge in ("K", "L1", "L2", "L3") else "",
        edge=edge if edge in ("K", "L1", "L2", "L3") and element else "",
        normalised=str(arguments.get("is_nor", "0")) in ("1", "True") or options.normalised,
        energy_shift_ev=shift,
        notes=tuple(notes),
        parameters={
            key: (number if (number := _number(value)) is not None else str(value)[:60])
            for key, value in arguments.items()
            if _KEPT.match(key) and isinstance(value, (str, int, float))
        },
    )
    return record if record.element else identified(record)


def _symbol(value: Any) -> str:
    text = str(value or "").strip().capitalize()
    return text if re.fullmatch(r"[A-Z][a-z]?", text) else ""


def _with_reference(record: AbsorptionRecord, reference: AbsorptionRecord | None) -> AbsorptionRecord:
    """Tie a spectrum to its reference channel; Athena links the two both ways."""
    if reference is None or reference is record:
        return record
    mine, other = _is_reference(record), _is_reference(reference)
    if mine and not other:
        return record.updated(is_reference=True, mode="reference")
    if mine == other:
        return record
    return record.updated(
        reference=np.interp(record.energy_ev, reference.energy_ev, reference.absorption),
        notes=(*record.notes, f"reference channel: {reference.label}"),
    )


def _is_reference(record: AbsorptionRecord) -> bool:
    return re.match(r"\s*ref\b", record.label, re.IGNORECASE) is not None


def _noting_twins(records: list[AbsorptionRecord], skipped: tuple[str, ...]) -> tuple[AbsorptionRecord, ...]:
    """Leave out groups that hold the very data of an earlier one, and say so."""
    kept: list[AbsorptionRecord] = []
    notes = [f"left out: {text}" for text in skipped]
    seen: dict[bytes, str] = {}
    for record in records:
        print_of = record.energy_ev.tobytes() + record.absorption.tobytes()
        if print_of in seen:
            notes.append(f"left out: {record.label} holds the very data of {seen[print_of]} again")
            continue
        seen[print_of] = record.label
        kept.append(record)
    if notes and kept:
        kept[0] = kept[0].updated(notes=(*kept[0].notes, *notes))
    return tuple(kept)


FORMAT = Format(name=NAME, extensions=(".prj",), recognises=recognises, read=read)
