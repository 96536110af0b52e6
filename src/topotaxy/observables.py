"""Observables: the waist of topotaxy.

Everything before this module makes observables, everything after it reads nothing else.
An observable is one number with its unit, its uncertainty and the definition that gives
it meaning; whether an instrument, a simulation or a paper supplied it is recorded in
``origin`` and changes nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from topotaxy.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = "topotaxy/observables/1"

State = Literal["pristine", "discharged", "charged"]
Origin = Literal["measured", "simulated", "stated"]
Label = Literal["emergent", "calibrated", "held-out", "imposed"]


class Quantity(NamedTuple):
    """Unit and meaning of one word of the vocabulary."""

    unit: str
    meaning: str


VOCABULARY: dict[str, Quantity] = {
    "specific_capacity_discharge": Quantity(
        "mAh/g", "charge passed on discharge (alkaliation, in a half cell) per gram"
    ),
    "specific_capacity_charge": Quantity(
        "mAh/g", "charge passed on charge (dealkaliation, in a half cell) per gram"
    ),
    "capacity_discharge": Quantity("mAh", "charge passed on discharge, where no mass is known"),
    "capacity_charge": Quantity("mAh", "charge passed on charge, where no mass is known"),
    "areal_capacity_discharge": Quantity("mAh/cm^2", "charge passed on discharge per area of electrode"),
    "areal_capacity_charge": Quantity("mAh/cm^2", "charge passed on charge per area of electrode"),
    "coulombic_efficiency": Quantity(
        "1",
        "charge given back over charge put in: charge over discharge in an anode half cell, else the inverse",
    ),
    "initial_coulombic_efficiency": Quantity("1", "coulombic efficiency of the first cycle"),
    "capacity_retention": Quantity("1", "capacity of a late cycle over that of a reference cycle"),
    "mean_voltage_discharge": Quantity("V", "energy over charge of the discharge"),
    "mean_voltage_charge": Quantity("V", "energy over charge of the charge"),
    "voltage_hysteresis": Quantity("V", "mean voltage on charge minus that on discharge"),
    "hysteresis_at_half_capacity": Quantity("V", "charge minus discharge voltage at half of each capacity"),
    "energy_efficiency": Quantity("1", "energy given on discharge over energy taken on charge"),
    "rate_capacity": Quantity("mAh/g", "capacity at a stated current"),
    "capacity_fade_rate": Quantity("1", "share of the capacity lost in one cycle"),
    "knee_cycle": Quantity("1", "cycle at which slow loss of capacity turns into fast loss"),
    "differential_capacity_peak": Quantity("V", "voltage of a maximum of |dQ/dV|"),
    "scan_rate_exponent": Quantity("1", "exponent b of the peak current in the scan rate"),
    "capacitive_fraction": Quantity("1", "share of a sweep's charge in proportion to the scan rate"),
    "film_charge": Quantity("C/m^2", "charge bound in surface film per area of particle"),
    "film_fraction": Quantity("1", "share of the first-cycle loss that surface film makes"),
    "cell_voltage": Quantity("V", "mean output voltage of a full cell"),
    "phase_fraction": Quantity("1", "share of a phase"),
    "lattice_parameter": Quantity("Å", "edge of the conventional cubic cell"),
    "interplanar_spacing": Quantity("Å", "distance of the planes of one reflection"),
    "crystallite_size": Quantity("nm", "size of coherently diffracting domains"),
    "microstrain": Quantity("1", "spread of the lattice parameter, relative"),
    "edge_energy": Quantity("eV", "energy of an absorption edge"),
    "edge_shift": Quantity("eV", "change of an edge energy"),
    "reduced_fraction": Quantity("1", "electrons taken up over electrons to the metal, by element"),
    "coordination_number": Quantity("1", "mean number of neighbours in a shell"),
    "bond_length": Quantity("Å", "mean distance of a shell"),
    "mean_square_displacement": Quantity("Å^2", "Debye-Waller variance of a distance"),
    "binding_energy_shift": Quantity("eV", "shift of a photoemission line"),
    "white_line_intensity": Quantity("1", "intensity of a white line, relative to pristine"),
    "domain_size": Quantity("nm", "size of reduced domains"),
    "strain": Quantity("1", "relative linear change of a spacing against pristine"),
    "stress": Quantity("GPa", "stress of the frame"),
    "twin_density": Quantity("1/nm", "twin boundaries per length"),
    "oxidation_state": Quantity("1", "mean valence of an element"),
    "site_fraction": Quantity("1", "share of a sublattice held by a species"),
    "segregation_index": Quantity("1", "variance of a local composition over the random value"),
    "home_fraction": Quantity("1", "cations on the site where they started (lattice only)"),
    "framework_fraction": Quantity(
        "1", "cations on the site where they started and not metal (lattice only)"
    ),
    "coherent_fraction": Quantity("1", "share of the lattice coherent with its frame (lattice only)"),
    "trapped_fraction": Quantity("1", "electrons still held when charged, over capacity (lattice only)"),
}
"""Every quantity that an observable may carry, with its canonical unit."""


def _no_boolean(given: Any) -> Any:
    if isinstance(given, bool):
        raise ValueError("expected a number, not true or false")
    return given


_NO_BOOLEAN = BeforeValidator(_no_boolean)


class Observable(BaseModel):
    """One observed number.

    Attributes
    ----------
    quantity:
        A word of :data:`VOCABULARY`.
    value, uncertainty:
        In ``unit``; the uncertainty is one standard deviation, or ``None`` where nobody
        determined it. Neither may be NaN or infinite.
    unit:
        The canonical unit of the quantity.
    state, cycle:
        ``pristine``, ``discharged`` (alkaliated) or ``charged``, in the half-cell
        convention; the cycle counts from 1.
    subject:
        An element, a phase, a reflection ``(111)``, a shell ``Ni:metal``, or empty.
    technique, origin, method, source:
        How it was seen; ``measured``, ``simulated`` or ``stated``; the definition in a few
        words; the file, run or publication.
    label:
        For simulated headline numbers: ``emergent``, ``calibrated``, ``held-out`` or
        ``imposed``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity: str
    value: Annotated[float, Field(allow_inf_nan=False), _NO_BOOLEAN]
    uncertainty: Annotated[float, Field(ge=0.0, allow_inf_nan=False), _NO_BOOLEAN] | None = None
    unit: str
    state: State | None = None
    cycle: Annotated[int, Field(ge=1), _NO_BOOLEAN] | None = None
    subject: str = ""
    technique: str = ""
    origin: Origin
    method: str = ""
    source: str = ""
    label: Label | None = None

    @field_validator("quantity")
    @classmethod
    def _known(cls, quantity: str) -> str:
        if quantity not in VOCABULARY:
            raise ValueError(f"unknown quantity {quantity!r:.60}; see topotaxy.observables.VOCABULARY")
        return quantity

    @model_validator(mode="after")
    def _canonical(self) -> Observable:
        expected = VOCABULARY[self.quantity].unit
        if self.unit != expected:
            raise ValueError(f"{self.quantity} is given in {expected!r}, not in {self.unit!r:.20}")
        return self


def observable(quantity: str, value: float, **fields: Any) -> Observable:
    """Make an observable in the canonical unit of its quantity."""
    return Observable(quantity=quantity, value=value, unit=VOCABULARY[quantity].unit, **fields)


def to_json(observables: Sequence[Observable]) -> str:
    """Serialise to the published JSON shape."""
    return json.dumps(
        {"schema": SCHEMA, "observables": [o.model_dump() for o in observables]},
        indent=1,
        ensure_ascii=False,
        allow_nan=False,
    )


def from_json(text: str, *, where: str = "observables") -> list[Observable]:
    """Read what :func:`to_json` wrote.

    Raises
    ------
    InputError
        One line that names the entry and the field at fault.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.200})", where=where) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
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


def to_csv(observables: Sequence[Observable]) -> str:
    """Serialise to CSV, one row an observable, empty cells for null."""
    text = io.StringIO()
    rows = [o.model_dump() for o in observables]
    # Before Python 3.13 a lone carriage return goes out unquoted, and cannot be read back.
    bare_return = any(isinstance(cell, str) and "\r" in cell for row in rows for cell in row.values())
    quoting: Literal[0, 1] = csv.QUOTE_ALL if bare_return else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(
        text, fieldnames=list(Observable.model_fields), lineterminator="\n", quoting=quoting
    )
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def from_csv(text: str, *, where: str = "observables") -> list[Observable]:
    """Read what :func:`to_csv` wrote; errors as in :func:`from_json`."""
    reader = csv.DictReader(io.StringIO(text), strict=True, restkey="(cell beyond the last column)")
    nullable = {"uncertainty", "state", "cycle", "label"}
    try:
        missing = {"quantity", "value", "unit", "origin"} - set(reader.fieldnames or [])
        if missing:
            raise InputError(f"missing column {sorted(missing)[0]!r}", where=where)
        rows = [{k: None if k in nullable and v == "" else v for k, v in row.items()} for row in reader]
    except csv.Error as error:
        raise InputError(f"not CSV (line {reader.line_num}: {error})", where=where) from None
    return _validated(rows, where)


def to_xarray(observables: Sequence[Observable]) -> xr.Dataset:
    """Return a dataset along ``observable``, one variable a field."""
    import numpy as np
    import xarray as xr

    numeric = {"value", "uncertainty", "cycle"}
    columns: dict[str, Any] = {}
    for name in Observable.model_fields:
        values = [getattr(o, name) for o in observables]
        if name in numeric:
            data = np.array([np.nan if v is None else float(v) for v in values], dtype=float)
        else:
            data = np.array(["" if v is None else v for v in values], dtype=object)
        columns[name] = ("observable", data)
    return xr.Dataset(columns, attrs={"schema": SCHEMA})


def from_xarray(dataset: xr.Dataset) -> list[Observable]:
    """Read what :func:`to_xarray` made; errors as in :func:`from_json`."""
    absent = [name for name in Observable.model_fields if name not in dataset]
    if absent or "observable" not in dataset.sizes:
        raise InputError(f"missing variable {[*absent, 'observable'][0]!r}", where="dataset")
    rows = []
    for index in range(dataset.sizes["observable"]):
        row: dict[str, Any] = {}
        for name in Observable.model_fields:
            cell = dataset[name].values[index]
            if name in {"value", "uncertainty", "cycle"}:
                row[name] = None if math.isnan(cell) else (int(cell) if name == "cycle" else float(cell))
            else:
                row[name] = str(cell) or (None if name in {"state", "label"} else "")
        rows.append(row)
    return _validated(rows, "dataset")


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of :func:`to_json`'s output (published in ``docs/schema/``)."""
    entry = Observable.model_json_schema()
    entry["description"] = entry["description"].partition("\n")[0]
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
