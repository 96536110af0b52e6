"""From the columns of a file to a spectrum: what their names mean, and what an option may say instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.column_roles import Role, Way, role_of, roles_of, ways
from topotaxy.measurement.absorption.identification import identified
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats, Mode, cleaned

LOWEST_ENERGY = 150.0
"""eV; no energy axis of a scan ends below it."""


@dataclass(frozen=True)
class Table:
    """Columns of a file: names as they stand there, values of shape (rows, columns)."""

    names: tuple[str, ...]
    values: Floats
    source: str


def spectrum(
    table: Table,
    options: AbsorptionOptions,
    *,
    format_name: str,
    stated_unit: str = "",
    stated_edge_ev: float | None = None,
    **about: Any,
) -> AbsorptionRecord:
    """Return the spectrum that a table holds.

    Parameters
    ----------
    table : Table
    options : AbsorptionOptions
        Columns, element, detection and unit that the user names replace what the file suggests.
    format_name : str
        Name of the format, for the record.
    stated_unit : {"eV", "keV", ""}
        Unit of the energies as the file states it.
    stated_edge_ev : float or None
        Edge energy as the file states it, eV.
    about
        Further fields of the record.

    Returns
    -------
    AbsorptionRecord
        With element and edge where they are given, or where one edge only fits.

    Raises
    ------
    InputError
        Where no column is known to be the energy or an absorption, several could be, or the unit of the
        energies is in doubt.
    """
    roles = _roles(table, options)
    energy, unit_note = _energies(table, roles, options, stated_unit)
    mode, normalised = _chosen_way(table, roles, options)
    points = cleaned(energy, _columns(table, roles, mode, normalised), where=table.source)
    notes = (*about.pop("notes", ()), *unit_note, *points.notes)
    element, edge = about.pop("element", ""), about.pop("edge", "")
    if options.element:
        element, edge = options.element, options.edge or "K"
    record = AbsorptionRecord(
        source=table.source,
        format=format_name,
        energy_ev=points.energy_ev,
        absorption=points.columns["absorption"],
        reference=points.columns.get("reference"),
        deviation=points.columns.get("deviation"),
        element=element,
        edge=edge,
        mode=mode,
        normalised=normalised,
        notes=notes,
        **about,
    )
    return record if element else identified(record, stated_edge_ev)


def _columns(table: Table, roles: dict[Role, int], mode: Mode, normalised: bool) -> dict[str, Floats]:
    """Return absorption and, where they are there, reference and deviation."""
    columns = {"absorption": _absorption(table, roles, mode, normalised)}
    reference = None if normalised and "mu_reference" not in roles else _reference(table, roles)
    if reference is not None:
        columns["reference"] = reference
    if "deviation" in roles and ("mu_transmitted" in roles or normalised):
        columns["deviation"] = np.abs(table.values[:, roles["deviation"]])
    return columns


def _roles(table: Table, options: AbsorptionOptions) -> dict[Role, int]:
    roles = roles_of(table.names)
    asked: tuple[tuple[Role, int | None], ...] = (
        ("energy", options.energy_column),
        ("i0", options.i0_column),
        ("transmitted", options.it_column),
        ("fluorescence", options.if_column),
        ("reference", options.ir_column),
        ("mu_transmitted", options.mu_column),
    )
    given = {role: number for role, number in asked if number is not None}
    for number in given.values():
        if not 1 <= number <= len(table.names):
            raise InputError(
                f"column {number} was asked for, and there are {len(table.names)}", where=table.source
            )
    if "mu_transmitted" in given or "transmitted" in given or "fluorescence" in given:
        # What was said replaces what names suggest.
        replaced: tuple[Role, ...] = (
            "mu_transmitted",
            "mu_fluorescence",
            "transmitted",
            "fluorescence",
            "normalised",
        )
        for role in replaced:
            roles.pop(role, None)
    return roles | {role: number - 1 for role, number in given.items()}


def _energies(
    table: Table, roles: dict[Role, int], options: AbsorptionOptions, stated: str
) -> tuple[Floats, list[str]]:
    if "wave_number" in roles and "energy" not in roles:
        raise InputError("holds χ(k), not an absorption against energy", where=table.source)
    if "energy" not in roles:
        raise InputError(
            f"no column is known to be the energy; columns: {_listed(table.names)}. "
            "Give energy_column and mu_column (or i0_column and it_column), counted from 1",
            where=table.source,
        )
    name = table.names[roles["energy"]]
    energy = table.values[:, roles["energy"]]
    if "achieved" in roles:
        energy = table.values[:, roles["achieved"]]
        name = table.names[roles["achieved"]]
    unit = options.energy_unit or stated or _unit_in(name)
    if unit:
        return (energy * 1000.0 if unit == "keV" else energy), []
    finite = energy[np.isfinite(energy)]
    highest = float(finite.max()) if len(finite) else 0.0
    if highest < LOWEST_ENERGY:
        raise InputError(
            f"{name!r:.40} ends at {highest:g} and states no unit: give energy_unit, eV or keV",
            where=table.source,
        )
    return energy, [f"{name!r:.40} states no unit: taken as eV, as keV would be beyond every edge"]


def _unit_in(name: str) -> str:
    plain = name.lower()
    if "kev" in plain:
        return "keV"
    return "eV" if re.search(r"\bev\b", plain) else ""


def _chosen_way(table: Table, roles: dict[Role, int], options: AbsorptionOptions) -> Way:
    able = ways(roles)
    if options.normalised and able:
        return able[0][0], True
    if options.mode:
        able = tuple(way for way in able if way[0] == options.mode)
    if not able:
        asked = f" in {options.mode}" if options.mode else ""
        raise InputError(
            f"no columns of an absorption{asked}; columns: {_listed(table.names)}. "
            "Give mu_column, or i0_column with it_column or if_column, counted from 1",
            where=table.source,
        )
    if len(able) > 1 and not able[0][1]:
        return _clearer(table, roles, able)
    return able[0]


def _clearer(table: Table, roles: dict[Role, int], able: tuple[Way, ...]) -> Way:
    """Return the detection whose rise stands out most; files often hold one that saw nothing."""
    ranked = []
    for place, (mode, is_normalised) in enumerate(able):
        values = _absorption(table, roles, mode, is_normalised)
        values = values[np.isfinite(values)]
        scatter = float(np.median(np.abs(np.diff(values, 2)))) if len(values) > 4 else float("inf")
        extent = float(np.subtract(*np.percentile(values, (95.0, 5.0)))) if len(values) > 4 else 0.0
        ranked.append((extent / max(scatter, 1e-12 * max(extent, 1e-300)), -place, (mode, is_normalised)))
    return max(ranked)[2]


def _absorption(table: Table, roles: dict[Role, int], mode: Mode, normalised: bool) -> Floats:
    direct: Role = "mu_fluorescence" if mode == "fluorescence" else "mu_transmitted"
    if "normalised" in roles and mode == "unknown":
        return table.values[:, roles["normalised"]]
    if direct in roles:
        return table.values[:, roles[direct]]
    i0 = table.values[:, roles["i0"]]
    with np.errstate(divide="ignore", invalid="ignore"):
        if mode == "fluorescence":
            channels = [n for n, name in enumerate(table.names) if role_of(name) == "fluorescence"]
            chosen = channels if roles["fluorescence"] in channels else [roles["fluorescence"]]
            return np.asarray(table.values[:, chosen].sum(axis=1) / i0)
        ratio = i0 / table.values[:, roles["transmitted"]]
        return np.log(np.where(ratio > 0.0, ratio, np.nan))


def _reference(table: Table, roles: dict[Role, int]) -> Floats | None:
    """Return the absorption of the foil behind the sample, None where there is none."""
    if "mu_reference" in roles:
        return table.values[:, roles["mu_reference"]]
    if not {"transmitted", "reference"} <= set(roles):
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = table.values[:, roles["transmitted"]] / table.values[:, roles["reference"]]
        return np.log(np.where(ratio > 0.0, ratio, np.nan))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"{place} {name!r:.24}" for place, name in enumerate(names[:16], start=1))
