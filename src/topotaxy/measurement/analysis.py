"""Files of one or more techniques to observables, and all of them into one results folder."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement import recognise
from topotaxy.measurement.files import mapping as mapping_files
from topotaxy.measurement.results_folder import SCHEMA
from topotaxy.measurement.sample import Given, Sample
from topotaxy.measurement.technique import Observed, Record, Technique, techniques
from topotaxy.observables import SCHEMA as SCHEMA_OF_OBSERVABLES
from topotaxy.observables import Observable, entry_of, to_csv
from topotaxy.results import PROVENANCE_FILE, write_dataset

if TYPE_CHECKING:
    import xarray as xr

DATA_FILE = "analysis.nc"
_PACKAGES = ("numpy", "scipy", "pandas", "xarray", "pydantic")
BY_MAPPING = "csv by mapping"
VIRTUAL = "virtual"
"""How the name of a virtual instrument begins, in its files too."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """The records of one technique, the options they were analysed with, and what was found in them."""

    technique: Technique[Any]
    records: tuple[Record, ...]
    options: Any
    observed: Observed


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One part for each technique, in the order in which its first file was given."""

    parts: tuple[Part, ...]

    @property
    def observables(self) -> tuple[Observable, ...]:
        """The observables of all parts."""
        return tuple(entry for part in self.parts for entry in part.observed.observables)

    @property
    def absent(self) -> dict[str, dict[str, str]]:
        """What could not be computed, by record and quantity."""
        found: dict[str, dict[str, str]] = {}
        for part in self.parts:
            for source, reasons in part.observed.absent.items():
                found.setdefault(source, {}).update(reasons)
        return found


def analysed_files(
    files: Sequence[Path],
    given: Given,
    *,
    technique: str | None = None,
    format: str | None = None,
    mapping: Path | None = None,
    further: Mapping[str, Sequence[Record]] | None = None,
) -> Analysis:
    """Read files and analyse the records of each technique together.

    Parameters
    ----------
    files : sequence of path
        Of any techniques.
    given : Given
        Options, from flags and a sample's TOML.
    technique, format : str, optional
        Names, instead of recognising them.
    mapping : path, optional
        Mapping file by which the files are read.
    further : mapping, optional
        Technique to records that come from elsewhere, as from a simulation.

    Raises
    ------
    InputError
        Where a file cannot be read, is of no known format, or an option does not suit it.
    """
    among = None if technique is None else [recognise.technique_named(technique)]
    read_by = None if mapping is None else mapping_files.load(mapping, _mapping_keys())
    sources = [_source(path, among, format, read_by) for path in files]
    elsewhere = {recognise.technique_named(name): found for name, found in (further or {}).items() if found}
    kinds = [(path, one.technique) for path, one in zip(files, sources, strict=True)]
    given.check(kinds, tuple(elsewhere))
    records: dict[str, list[Record]] = {}
    options: dict[str, Any] = {}
    for index, (path, one) in enumerate(zip(files, sources, strict=True)):
        name = one.technique.name
        chosen = given.options(one.technique, path=path, place=_place(kinds, index))
        options.setdefault(name, chosen)
        if read_by is not None:
            assert one.technique.mapped is not None
            found = one.technique.mapped(path, read_by, chosen)
        else:
            found = one.format.read(path, chosen)
        records.setdefault(name, []).extend(_of_origin(record) for record in found)
    for source, extra in elsewhere.items():
        records.setdefault(source.name, []).extend(extra)
        if source.name not in options:
            options[source.name] = given.options(source)
    return analysed(records, options, sample=given.sample)


def _place(kinds: Sequence[tuple[Path, Technique[Any]]], index: int) -> Callable[[str], int]:
    """Return the function from an option to the place of a file among those that take it."""
    return lambda name: sum(name in technique.options.model_fields for _, technique in kinds[:index])


def _mapping_keys() -> dict[str, tuple[str, ...]]:
    return {key: values for one in techniques().values() for key, values in one.mapping_keys.items()}


def _source(
    path: Path,
    among: Sequence[Technique[Any]] | None,
    format: str | None,
    mapping: mapping_files.ColumnMapping | None,
) -> recognise.Recognised:
    if mapping is None:
        return recognise.recognised(path, among=among, format=format)
    recognise.first_bytes(path)
    from topotaxy.measurement.technique import Format

    technique = _mapped_technique(mapping, among)
    return recognise.Recognised(
        technique, Format(BY_MAPPING, (".csv",), lambda head, path: False, lambda path, options: ())
    )


def _mapped_technique(
    mapping: mapping_files.ColumnMapping, among: Sequence[Technique[Any]] | None
) -> Technique[Any]:
    """Return the technique that a mapping is for: the one named, or the one that has most of its columns."""
    if among is None and mapping.technique is not None:
        among = [recognise.technique_named(mapping.technique)]
    able = [one for one in among or techniques().values() if one.mapped is not None]
    if not able:
        raise InputError("no reader by a mapping for this technique", where=mapping.where)
    common = {one.name: len(set(one.columns) & set(mapping.columns)) for one in able}
    most = max(common.values())
    best = [one for one in able if common[one.name] == most]
    if len(best) > 1:
        raise InputError(
            f'its columns suit {" and ".join(one.name for one in best)}: say technique = "..." in it',
            where=mapping.where,
        )
    return best[0]


def analysed(
    records: Mapping[str, Sequence[Record]], options: Mapping[str, Any], *, sample: Sample | None = None
) -> Analysis:
    """Analyse the records of each technique.

    Parameters
    ----------
    records : mapping
        Name of a technique to its records.
    options : mapping
        Name of a technique to its options.
    sample : Sample, optional
        For the conditions of observables that do not name theirs.

    Raises
    ------
    InputError
        Where an option does not suit the records.
    """
    parts = []
    for name, found in records.items():
        technique = recognise.technique_named(name)
        observed = technique.observed(tuple(found), options[name])
        if sample is not None:
            observed = _of_sample(observed, sample, technique)
        parts.append(
            Part(technique=technique, records=tuple(found), options=options[name], observed=observed)
        )
    return Analysis(parts=tuple(parts))


def _of_sample(observed: Observed, sample: Sample, technique: Technique[Any]) -> Observed:
    """Return the same observables with the sample in their conditions, where these are silent."""
    entries = []
    for entry in observed.observables:
        said: dict[str, Any] = {} if entry.conditions.sample else {"sample": sample.name}
        state = entry.state
        if technique.of_one_state:
            state = state or sample.state
            if entry.cycle is None:
                said["cycle"] = sample.cycle
        known = entry.conditions
        if all(value == getattr(known, name) for name, value in said.items()) and state == entry.state:
            entries.append(entry)
            continue
        entries.append(entry.model_copy(update={"conditions": known.updated(**said), "state": state}))
    return replace(observed, observables=tuple(entries))


def _of_origin(record: Any) -> Record:
    """Return a record as simulated where its file says that a virtual instrument made it."""
    virtual = (record.instrument or "").lower().startswith(VIRTUAL)
    made: Record = replace(record, origin="simulated") if virtual else record
    return made


def document(analysis: Analysis) -> dict[str, Any]:
    """Return the observables with what is absent, the records and the techniques' own data, as plain data.

    Parameters
    ----------
    analysis : Analysis
        What was found.
    """
    whole: dict[str, Any] = {
        "schema": SCHEMA_OF_OBSERVABLES,
        "observables": [entry_of(o) for o in analysis.observables],
        "absent": analysis.absent,
        "records": [record_document(part, record) for part in analysis.parts for record in part.records],
    }
    for part in analysis.parts:
        whole |= part.observed.document
    return whole


def record_document(part: Part, record: Record) -> dict[str, Any]:
    """Return what is known of a record and its file, as plain data.

    Parameters
    ----------
    part : Part
        Records of one technique with their options.
    record : Record
        One of them.
    """
    return {
        "source": record.source,
        "technique": part.technique.name,
        "format": record.format,
        "instrument": record.instrument,
        "origin": record.origin,
        "notes": list(record.notes),
    }


def dataset(analysis: Analysis, version: str) -> xr.DataTree:
    """Return one tree with a group for each technique.

    Parameters
    ----------
    analysis : Analysis
        What was found.
    version : str
        That of topotaxy.
    """
    import xarray as xr

    attributes = {"schema": SCHEMA, "topotaxy_version": version}
    groups: dict[str, Any] = {"/": xr.Dataset(attrs=attributes)}
    for part in analysis.parts:
        if part.observed.dataset is None:
            continue
        for node in part.observed.dataset.subtree:
            groups[f"/{part.technique.name}{node.path.rstrip('/')}"] = node.to_dataset()
    return xr.DataTree.from_dict(groups)


def write_results(
    analysis: Analysis, out: Path, *, version: str, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Write everything but the report into a folder, the provenance last; return the document.

    Parameters
    ----------
    analysis : Analysis
        What was found.
    out : path
        A folder that is there.
    version : str
        That of topotaxy.
    options : mapping
        What was asked for.
    """
    whole = document(analysis)
    write_dataset(dataset(analysis, version), out / DATA_FILE)
    write_atomically(
        out / "observables.json", json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    )
    write_atomically(out / "observables.csv", to_csv(analysis.observables))
    for part in analysis.parts:
        for name, text in part.observed.files.items():
            write_atomically(out / name, text)
    provenance = {
        "schema": SCHEMA,
        "topotaxy": version,
        "versions": {name: version_of(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "options": dict(options),
        "techniques": {part.technique.name: part.options.model_dump(mode="json") for part in analysis.parts},
        "records": whole["records"],
        **{key: whole[key] for key in ("cells",) if key in whole},
    }
    write_atomically(out / PROVENANCE_FILE, json.dumps(provenance, indent=1, ensure_ascii=False))
    return whole
