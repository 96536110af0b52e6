"""Thermobalance records to observables: change of mass, and the sulfur that it allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.technique import Observed
from topotaxy.measurement.thermogravimetry.end_products import (
    PACKAGE,
    possible_products,
    sulfate_left,
)
from topotaxy.measurement.thermogravimetry.ends import MassChange, mass_change_of
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.oxysulfide import (
    Host,
    Range,
    Scenario,
    scenarios,
    sulfur_range,
    sulfur_share,
)
from topotaxy.measurement.thermogravimetry.record import ZERO_CELSIUS, ThermogravimetryRecord
from topotaxy.observables import Conditions, Observable, Subject, observable
from topotaxy.tables import read_table

if TYPE_CHECKING:
    import xarray as xr

MOST_POINTS = 4000
"""Points of a curve that is kept."""
SULFATES = {"none": (0.0, 0.0), "all": (1.0, 1.0), "unknown": (0.0, 1.0)}
ANION = "anion_fraction"


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What one record says."""

    record: ThermogravimetryRecord
    change: MassChange
    scenarios: tuple[Scenario, ...] = ()
    range: Range | None = None


def assumption(name: str) -> float:
    """Return an estimate of ``tables/assumptions.csv``, in its unit.

    Parameters
    ----------
    name : str
        Of its row.
    """
    row = next(row for row in read_table(PACKAGE, "assumptions") if row["name"] == name)
    return float(row["value"])


def observed(records: Sequence[ThermogravimetryRecord], options: ThermogravimetryOptions) -> Observed:
    """Return change of mass and bounds of the sulfur of each record.

    Parameters
    ----------
    records : sequence of ThermogravimetryRecord
        One run each.
    options : ThermogravimetryOptions
        Formula, dryness, end products, drift.

    Raises
    ------
    InputError
        Where the formula or an end product is not known, or a record has no start or end.
    """
    host = None if options.formula is None else host_of(options.formula)
    found: list[Observable] = []
    absent: dict[str, dict[str, str]] = {}
    remarks: list[str] = []
    details: list[Weighed] = []
    for record in records:
        weighed, mine, missing, said = _one(record, options, host)
        details.append(weighed)
        found += mine
        if missing:
            absent[record.source] = missing
        remarks += [f"{record.source}: {text}" for text in (*record.notes, *said)]
    return Observed(
        observables=tuple(found),
        absent=absent,
        remarks=tuple(remarks),
        dataset=_dataset(details),
        details=tuple(details),
    )


def host_of(formula: str) -> Host:
    """Return cations and number of anions of a formula.

    Parameters
    ----------
    formula : str
        As ``Mg0.5Ni0.5O0.9S0.1``; only how many anions there are counts, not which.

    Raises
    ------
    InputError
        Where the formula cannot be read, or has anions besides oxygen and sulfur.
    """
    from topotaxy.material.composition import parse_formula

    composition = parse_formula(formula)
    others = sorted(set(composition.anions) - {"O", "S"})
    if others:
        raise InputError(f"has {', '.join(others)} among its anions: only O and S are weighed", where=formula)
    return Host(cations=composition.cations, anions=float(sum(composition.anions.values())))


def _one(
    record: ThermogravimetryRecord, options: ThermogravimetryOptions, host: Host | None
) -> tuple[Weighed, list[Observable], dict[str, str], list[str]]:
    drift = assumption("balance_drift") if options.balance_drift is None else 1e3 * options.balance_drift
    change = mass_change_of(record, stretch=options.plateau, dry_at=options.dry_at, drift=drift)
    remarks = _remarks(record, change, options, drift)
    found = [_change_observable(record, change, options)]
    if host is None:
        why = "the cations are not known: --formula, as Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9S0.1"
        return Weighed(record=record, change=change), found, {ANION: why}, remarks
    possible = possible_products(tuple(host.cations), change.end.temperature, options.end_products)
    sulfate = _sulfate(host, change, options)
    waters = (0.0, _water(options))
    bounds = sulfur_range(host, change.value, possible, sulfates=SULFATES[sulfate], waters=waters)
    weighed = Weighed(
        record=record,
        change=change,
        scenarios=tuple(
            scenarios(
                host,
                change.value,
                possible,
                sulfates=sorted(set(SULFATES[sulfate])),
                waters=sorted(set(waters)),
            )
        ),
        range=bounds,
    )
    numbers, missing = _bounds(record, change, host, bounds)
    return weighed, [*found, *numbers], missing, remarks


def _sulfate(host: Host, change: MassChange, options: ThermogravimetryOptions) -> str:
    if options.sulfate is not None:
        return options.sulfate
    return "unknown" if sulfate_left(tuple(host.cations), change.end.temperature) else "none"


def _water(options: ThermogravimetryOptions) -> float:
    if options.water_share is not None:
        return options.water_share
    return 0.0 if options.dry_at is not None else assumption("water_share")


def _common(record: ThermogravimetryRecord, change: MassChange) -> dict[str, Any]:
    return {
        "technique": "thermogravimetry",
        "origin": record.origin,
        "source": record.source,
        "conditions": Conditions(temperature=change.end.temperature),
    }


def _change_observable(
    record: ThermogravimetryRecord, change: MassChange, options: ThermogravimetryOptions
) -> Observable:
    begins = f"{change.start.temperature - ZERO_CELSIUS:.0f} °C"
    ends = f"{change.end.temperature - ZERO_CELSIUS:.0f} °C"
    return observable(
        "mass_change",
        change.value,
        uncertainty=change.uncertainty,
        systematic=change.systematic,
        method=(
            f"mean over the last {options.plateau:g} s ({ends}) over that of {options.plateau:g} s from "
            f"{begins} on, less one; systematic: drift of the balance"
        ),
        **_common(record, change),
    )


def _bounds(
    record: ThermogravimetryRecord, change: MassChange, host: Host, bounds: Range
) -> tuple[list[Observable], dict[str, str]]:
    """Return the bounds as observables, or why there are none."""
    least, most = bounds
    if least is not None and (
        least.sulfur > 1.0 or (most is not None and most.sulfur < max(least.sulfur, 0.0))
    ):
        return [], {ANION: "no end products of the table agree with the change of mass"}
    found = []
    for side, one, limit in (("lower", least, 0.0), ("upper", most, 1.0)):
        if one is None or (one.sulfur < limit if side == "lower" else one.sulfur > limit):
            continue
        slope = _slope(host, change.value, one)
        found.append(
            observable(
                ANION,
                one.sulfur,
                uncertainty=slope * change.uncertainty,
                systematic=slope * change.systematic,
                bound=side,
                subject=Subject(element="S"),
                method=f"conservation of mass, if the sample ended as {one.text}",
                **_common(record, change),
            )
        )
    missing = {}
    if most is None:
        missing[ANION] = (
            "no upper bound: sulfate that may be left at the end makes up for any loss; heat further, or "
            "say --sulfate none"
        )
    elif not found:
        missing[ANION] = "end products and water leave every share from 0 to 1 possible"
    return found, missing


def _slope(host: Host, change: float, one: Scenario) -> float:
    """Return how far the sulfur moves with the change of mass, without sign."""
    step = 1e-6
    moved = sulfur_share(host, change + step, one.products, sulfate=one.sulfate, water=one.water)
    return abs(moved - one.sulfur) / step


def _remarks(
    record: ThermogravimetryRecord, change: MassChange, options: ThermogravimetryOptions, drift: float
) -> list[str]:
    said = []
    relative = abs(change.end.slope) / change.start.mass
    if change.systematic * change.start.mass > (drift if record.absolute else 0.0) * (1.0 + 1e-9):
        said.append(f"the mass still changes by {100 * relative:.2g} % over the last {options.plateau:g} s")
    if options.balance_drift is None and record.absolute:
        said.append(f"the balance's drift is taken as {1e3 * drift:g} µg over the run, an estimate")
    if options.dry_at is None and options.water_share is None:
        said.append("nothing says that the sample was dry at the start: --dry-at 150degC")
    return said


def _dataset(details: Sequence[Weighed]) -> xr.DataTree:
    import xarray as xr

    groups: dict[str, xr.Dataset] = {"/": xr.Dataset(attrs={"records": len(details)})}
    for index, one in enumerate(details):
        record = one.record
        rows = np.unique(np.linspace(0, len(record.time) - 1, MOST_POINTS).round().astype(np.int64))
        columns = {
            "time": (record.time, "s", "time"),
            "temperature": (record.temperature, "K", "temperature of the sample"),
            "mass": (record.mass, record.unit, "mass as the balance shows it"),
        }
        attributes = {
            "source": record.source,
            "format": record.format,
            "origin": record.origin,
            "start_mass": one.change.start.mass,
            "end_mass": one.change.end.mass,
        }
        groups[f"/record_{index}"] = xr.Dataset(
            {
                name: (("point",), values[rows], {"units": unit, "long_name": words})
                for name, (values, unit, words) in columns.items()
            },
            attrs=attributes,
        )
    return xr.DataTree.from_dict(groups)
