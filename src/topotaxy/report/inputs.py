"""What went in: parameters, calibration, versions, and how to run it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.content.numbers import plain_number, unit_text
from topotaxy.report.atoms import atoms_section
from topotaxy.report.folder import RunFolder
from topotaxy.report.headline_tables import chip
from topotaxy.report.markup import Markup, joined, table, tag

STATES = {
    "pristine": "as made, before any charge has passed",
    "discharged": "alkaliated: the end of a half cycle in which the electrode takes up the alkali metal. "
    "In a half cell against the metal this is the discharge, also for a material meant as an anode.",
    "charged": "dealkaliated: the end of the half cycle that follows",
    "cycle": "one discharge and the charge after it, counted from 1",
}


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []


def _absent(what: str, folder: RunFolder, key: str) -> Markup:
    why = folder.missing.get("provenance.json", f"provenance.json has no list {key!r}")
    return tag("p", f"{what} absent, because {why}.", class_="absent")


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    return plain_number(float(value))


HEAD = ["Parameter", "Meaning", "Value", "Range", "Label", "Source", "Row"]


def inputs_section(folder: RunFolder) -> Markup:
    """Return everything that went in: parameters, calibration, handbook values, what atoms say."""
    return joined(
        parameter_table(folder), calibration_table(folder), handbook_table(folder), atoms_section(folder)
    )


def _input_row(entry: Mapping[str, Any]) -> list[str]:
    unit = unit_text(str(entry.get("unit", "")))
    known = entry.get("low") is not None and entry.get("high") is not None
    name = f"{str(entry.get('name', '')).replace('_', ' ')} {entry.get('subject', '')}".strip()
    return [
        name,
        str(entry.get("meaning", "")),
        f"{_value(entry.get('value'))} {unit}".strip(),
        f"{_value(entry['low'])} to {_value(entry['high'])}" if known else "–",
        chip(str(entry.get("label", ""))),
        str(entry.get("source", "")),
        str(entry.get("row", "–")),
    ]


def parameter_table(folder: RunFolder) -> Markup:
    """Return the assumptions of the model with range, label, source and row."""
    given = folder.provenance.get("parameters")
    if not isinstance(given, list):
        return _absent("The parameters are", folder, "parameters")
    rows = [_input_row(p) for p in _records(given)]
    if not rows:
        return tag("p", "The run records no parameter.", class_="absent")
    return table(HEAD, rows, caption="Parameters of the model", numeric=frozenset({2, 3}))


def handbook_table(folder: RunFolder) -> Markup:
    """Return the tabulated values behind the energies, folded away, each with its row."""
    given = folder.provenance.get("handbook")
    if not isinstance(given, list):
        return _absent("The handbook values are", folder, "handbook")
    rows = [_input_row(p) for p in _records(given)]
    if not rows:
        return tag("p", "The run records no handbook value.", class_="absent")
    listing = table(HEAD, rows, caption="Handbook values", numeric=frozenset({2, 3}))
    return tag("details", tag("summary", f"Handbook values ({len(rows)})"), listing)


def calibration_table(folder: RunFolder) -> Markup:
    """Return what was fitted to what."""
    given = folder.provenance.get("calibration")
    if not isinstance(given, list):
        return _absent("The list of calibrations is", folder, "calibration")
    rows = [
        [str(c.get("parameter", "")).replace("_", " "), str(c.get("fitted_to", "")), str(c.get("source", ""))]
        for c in _records(given)
    ]
    if not rows:
        return tag("p", "Nothing was fitted: the list of calibrations of this run is empty.")
    return table(["Parameter", "Fitted to", "Source"], rows, caption="Calibration: what was fitted to what")


def provenance_table(folder: RunFolder) -> Markup:
    """Return versions, seed, platform and cost."""
    p = folder.provenance
    if not p:
        why = folder.missing.get("provenance.json", "provenance.json is empty")
        return tag("p", f"The provenance is absent, because {why}.", class_="absent")
    versions = p.get("versions")
    packages = ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, dict) else ""
    wall = p.get("wall_time_s")
    events = p.get("events")
    facts = {
        "topotaxy": str(p.get("topotaxy", "")),
        "Started": str(p.get("started", "")),
        "Seed": str(p.get("seed", "")),
        "Wall time": f"{wall:.1f} s" if isinstance(wall, (int, float)) else "",
        "Events": f"{events:,}" if isinstance(events, int) else str(events or ""),
        "Python": str(p.get("python", "")),
        "Platform": str(p.get("platform", "")),
        "Packages": packages,
    }
    rows = [[name, text] for name, text in facts.items() if text]
    return table(["Item", "Value"], rows, caption="Provenance")


def reproduction(folder: RunFolder) -> Markup:
    """Return the command that repeats the run, and the specification it needs."""
    seed = folder.provenance.get("seed", folder.attrs.get("seed"))
    option = f" --seed {seed}" if seed is not None else ""
    command = tag("pre", tag("code", f"topotaxy simulate spec.toml --out again{option}"))
    version = folder.provenance.get("topotaxy") or folder.attrs.get("topotaxy_version")
    with_version = (
        f" With topotaxy {version} and the package versions above, the numbers are the same."
        if version
        else ""
    )
    text = tag(
        "p",
        "In the run folder, this repeats the run; spec.toml is the specification as it was run."
        f"{with_version}",
    )
    listing = None
    if folder.spec_text:
        listing = tag(
            "details",
            tag("summary", "The specification (spec.toml)"),
            tag("pre", tag("code", folder.spec_text)),
        )
    return joined(text, command, listing)


def state_definitions() -> Markup:
    """Return what the report means by its states."""
    return tag(
        "dl",
        *[tag("div", tag("dt", word), tag("dd", meaning)) for word, meaning in STATES.items()],
        class_="terms",
    )
