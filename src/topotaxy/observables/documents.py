"""Observables as JSON, CSV and xarray, and the published schema of the JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from topotaxy.errors import InputError
from topotaxy.observables.conditions import Conditions
from topotaxy.observables.observable import Observable
from topotaxy.observables.subject import Subject
from topotaxy.observables.vocabulary import VOCABULARY

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "topotaxy/observables/2"
READABLE = (SCHEMA, "topotaxy/observables/1")
"""Schemas that :func:`from_json` takes; in the first one ``subject`` is text and ``cycle`` a field."""


PLAIN = tuple(name for name in Observable.model_fields if name not in ("subject", "conditions"))
"""Fields that are one number or one text."""
_SUBJECT = tuple(Subject.model_fields)
_CONDITIONS = tuple(name for name in Conditions.model_fields if name != "cycle")
COLUMNS = (
    *PLAIN,
    "subject",
    "cycle",
    *(f"subject.{name}" for name in _SUBJECT),
    *(f"conditions.{name}" for name in _CONDITIONS),
)
"""Columns of the flat forms; ``subject`` is its text, for people."""
NUMERIC = frozenset(
    {
        "value",
        "uncertainty",
        "systematic",
        "cycle",
        "subject.percentile",
        "subject.rank",
        *(
            f"conditions.{name}"
            for name in (
                "reference_cycle",
                "current",
                "temperature",
                "particle_size",
                "lower_cutoff",
                "upper_cutoff",
                "depth",
            )
        ),
    }
)
WHOLE = frozenset({"cycle", "subject.rank", "conditions.reference_cycle"})
_NULLABLE = NUMERIC | {"bound", "state", "label", "conditions.role", "subject.reflection"}


def entry_of(observable: Observable) -> dict[str, Any]:
    """Return an observable as it stands in JSON: of subject and conditions only what is said.

    Parameters
    ----------
    observable : Observable
        One observable.
    """
    plain = {name: getattr(observable, name) for name in PLAIN}
    subject = {"text": observable.subject.text} | {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in observable.subject
        if name in _SUBJECT and value not in (None, "")
    }
    return plain | {
        "cycle": observable.cycle,
        "subject": subject,
        "conditions": observable.conditions.known(),
    }


def to_json(observables: Sequence[Observable]) -> str:
    """Serialise to the published JSON shape.

    Parameters
    ----------
    observables : Sequence[Observable]
        Observables in the order in which they are to stand.
    """
    return json.dumps(
        {"schema": SCHEMA, "observables": [entry_of(o) for o in observables]},
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


def from_json(text: str, *, where: str = "observables") -> list[Observable]:
    """Read what :func:`to_json` wrote.

    Parameters
    ----------
    text : str
        Content of an ``observables.json``.
    where : str
        What messages name as the source of the text.

    Raises
    ------
    InputError
        One line that names the entry and the field at fault.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.200})", where=where) from None
    if not isinstance(document, dict) or document.get("schema") not in READABLE:
        raise InputError(f'expected an object with "schema": "{SCHEMA}"', where=where)
    entries = document.get("observables")
    if not isinstance(entries, list):
        raise InputError('expected a list under "observables"', where=where)
    return _validated(entries, where)


def _validated(entries: Iterable[Any], where: str) -> list[Observable]:
    found = []
    for index, entry in enumerate(entries):
        try:
            found.append(Observable.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "entry"
            message = first["msg"].removeprefix("Value error, ")
            raise InputError(f"observable {index}, {field:.60}: {message}", where=where) from None
    return found


def _flat(observable: Observable) -> list[Any]:
    """Return an observable in the order of :data:`COLUMNS`, None for what is not said."""
    subject, conditions = observable.subject, observable.conditions
    of_subject = (getattr(subject, name) for name in _SUBJECT)
    return [
        *(getattr(observable, name) for name in PLAIN),
        subject.text,
        observable.cycle,
        *(" ".join(map(str, value)) if isinstance(value, tuple) else value for value in of_subject),
        *(getattr(conditions, name) for name in _CONDITIONS),
    ]


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of the flat forms, or one that names its subject by text only, as fields."""
    fields: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {"subject": {}, "conditions": {}}
    for column, value in row.items():
        part, dot, name = str(column).partition(".")
        if not dot or part not in parts:
            fields[column] = value
        elif value not in (None, ""):
            parts[part][name] = value
    if parts["subject"]:
        hkl = parts["subject"].get("reflection")
        if isinstance(hkl, str):
            parts["subject"]["reflection"] = hkl.split()
        fields["subject"] = parts["subject"]
    if parts["conditions"]:
        fields["conditions"] = parts["conditions"]
    return fields


def to_csv(observables: Sequence[Observable]) -> str:
    """Serialise to CSV, one row an observable, empty cells for null.

    Parameters
    ----------
    observables : Sequence[Observable]
        Observables in the order in which they are to stand.
    """
    rows = [COLUMNS, *map(_flat, observables)]
    text = _as_csv(rows, csv.QUOTE_MINIMAL)
    # Before Python 3.13 a lone carriage return goes out unquoted, and cannot be read back.
    return _as_csv(rows, csv.QUOTE_ALL) if "\r" in text else text


def _as_csv(rows: Iterable[Sequence[Any]], quoting: Literal[0, 1]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue()


def from_csv(text: str, *, where: str = "observables") -> list[Observable]:
    """Read what :func:`to_csv` wrote; errors as in :func:`from_json`.

    Parameters
    ----------
    text : str
        Content of an ``observables.csv``.
    where : str
        What messages name as the source of the text.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True, restkey="(cell beyond the last column)")
    try:
        missing = {"quantity", "value", "unit", "origin"} - set(reader.fieldnames or [])
        if missing:
            raise InputError(f"missing column {sorted(missing)[0]!r}", where=where)
        rows = [
            _nested({k: None if k in _NULLABLE and v == "" else v for k, v in row.items()}) for row in reader
        ]
    except csv.Error as error:
        raise InputError(f"not CSV (line {reader.line_num}: {error})", where=where) from None
    return _validated(rows, where)


def to_xarray(observables: Sequence[Observable]) -> xr.Dataset:
    """Return a dataset along ``observable``, one variable a column of the flat form.

    Parameters
    ----------
    observables : Sequence[Observable]
        Observables in the order in which they are to stand.
    """
    import numpy as np
    import xarray as xr

    columns: dict[str, Any] = {}
    rows = [_flat(o) for o in observables]
    for place, name in enumerate(COLUMNS):
        values = [row[place] for row in rows]
        if name in NUMERIC:
            data = np.array([np.nan if v is None else float(v) for v in values], dtype=float)
        else:
            data = np.array(["" if v is None else v for v in values], dtype=object)
        columns[name] = ("observable", data)
    return xr.Dataset(columns, attrs={"schema": SCHEMA})


def from_xarray(dataset: xr.Dataset) -> list[Observable]:
    """Read what :func:`to_xarray` made; errors as in :func:`from_json`.

    Parameters
    ----------
    dataset : xr.Dataset
        What :func:`to_xarray` returned.
    """
    absent = [name for name in COLUMNS if name not in dataset]
    if absent or "observable" not in dataset.sizes:
        raise InputError(f"missing variable {[*absent, 'observable'][0]!r}", where="dataset")
    rows = []
    for index in range(dataset.sizes["observable"]):
        row: dict[str, Any] = {}
        for name in COLUMNS:
            cell = dataset[name].values[index]
            if name in NUMERIC:
                row[name] = None if math.isnan(cell) else (int(cell) if name in WHOLE else float(cell))
            else:
                row[name] = str(cell) or (None if name in _NULLABLE else "")
        rows.append(_nested(row))
    return _validated(rows, "dataset")


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of :func:`to_json`'s output (published in ``docs/schema/``)."""
    entry = Observable.model_json_schema()
    definitions = entry.pop("$defs", {})
    entry["description"] = entry["description"].partition("\n")[0]
    for definition in definitions.values():
        definition["description"] = definition["description"].partition("\n")[0]
    # Computed: readers find them, writers need not give them.
    definitions["Subject"]["properties"]["text"] = {"type": "string", "description": "for people"}
    entry["properties"]["cycle"] = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
    entry["properties"]["quantity"]["enum"] = sorted(VOCABULARY)
    entry["allOf"] = [
        {
            "if": {"properties": {"quantity": {"enum": sorted(quantities)}}},
            "then": {"properties": {"unit": {"const": unit}}},
        }
        for unit, quantities in _quantities_by_unit().items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA,
        "title": "topotaxy observables",
        "type": "object",
        "$defs": definitions,
        "required": ["schema", "observables"],
        "properties": {
            "schema": {"const": SCHEMA},
            "observables": {"type": "array", "items": entry},
        },
    }


def _quantities_by_unit() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, quantity in VOCABULARY.items():
        groups.setdefault(quantity.unit, []).append(name)
    return groups
