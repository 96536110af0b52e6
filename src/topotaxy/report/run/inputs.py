"""What went in: parameters, calibration, versions, and how to run it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topotaxy.content.numbers import plain_number, unit_text
from topotaxy.content.section import Code, Group, Paragraph, Part, Table, Terms
from topotaxy.report.run.atoms import atoms_parts
from topotaxy.report.run.folder import RunFolder

STATES = {
    "pristine": "as made, before any charge has passed",
    "discharged": "alkaliated: the end of a half cycle in which the electrode takes up the alkali metal. "
    "In a half cell against the metal this is the discharge, also for a material meant as an anode.",
    "charged": "dealkaliated: the end of the half cycle that follows",
    "cycle": "one discharge and the charge after it, counted from 1",
}


def records(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list; nothing where it is no list.

    Parameters
    ----------
    value : Any
        Anything that came out of JSON.
    """
    return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []


def _absent(what: str, folder: RunFolder, key: str) -> Paragraph:
    why = folder.missing.get("provenance.json", f"provenance.json has no list {key!r}")
    return Paragraph(f"{what} absent, because {why}.")


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    return plain_number(float(value))


def input_parts(folder: RunFolder) -> list[Part]:
    """Return everything that went in: parameters, calibration, handbook values, what atoms say.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    return [
        parameter_table(folder),
        calibration_table(folder),
        handbook_table(folder),
        *atoms_parts(folder),
    ]


def inputs_table(entries: Sequence[Mapping[str, Any]], caption: str) -> Table:
    """Return inputs with value, range and label; meaning, source and row of the table stand under each.

    Parameters
    ----------
    entries : Sequence[Mapping[str, Any]]
        Inputs as the provenance lists them.
    caption : str
        Words above the table.
    """
    return Table(
        caption=caption,
        head=["Parameter", "Value", "Range", "Label"],
        rows=[_input_row(entry) for entry in entries],
        numeric=frozenset({1, 2}),
        label_column=3,
        details=[_input_detail(entry) for entry in entries],
    )


def _input_row(entry: Mapping[str, Any]) -> list[str]:
    unit = unit_text(str(entry.get("unit", "")))
    known = entry.get("low") is not None and entry.get("high") is not None
    name = f"{str(entry.get('name', '')).replace('_', ' ')} {entry.get('subject', '')}".strip()
    return [
        name,
        f"{_value(entry.get('value'))} {unit}".strip(),
        f"{_value(entry['low'])} to {_value(entry['high'])}" if known else "",
        str(entry.get("label", "")),
    ]


def _input_detail(entry: Mapping[str, Any]) -> str:
    said = [str(entry.get("meaning") or "")]
    said += [
        f"{word}: {entry[key]}" for key, word in (("source", "Source"), ("row", "Row")) if entry.get(key)
    ]
    text = ". ".join(part.strip().rstrip(".") for part in said if part.strip())
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def parameter_table(folder: RunFolder) -> Part:
    """Return the assumptions of the model with range, label, source and row.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    given = folder.provenance.get("parameters")
    if not isinstance(given, list):
        return _absent("The parameters are", folder, "parameters")
    found = records(given)
    if not found:
        return Paragraph("The run records no parameter.")
    return inputs_table(found, "Parameters of the model")


def handbook_table(folder: RunFolder) -> Part:
    """Return the tabulated values behind the energies, folded away, each with its row.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    given = folder.provenance.get("handbook")
    if not isinstance(given, list):
        return _absent("The handbook values are", folder, "handbook")
    found = records(given)
    if not found:
        return Paragraph("The run records no handbook value.")
    listing = inputs_table(found, "Handbook values")
    return Group(title=f"Handbook values ({len(found)})", parts=[listing], folded=True)


def calibration_table(folder: RunFolder) -> Part:
    """Return what was fitted to what.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    given = folder.provenance.get("calibration")
    if not isinstance(given, list):
        return _absent("The list of calibrations is", folder, "calibration")
    found = records(given)
    if not found:
        return Paragraph("Nothing was fitted: the list of calibrations of this run is empty.")
    return Table(
        caption="Calibration: what was fitted to what",
        head=["Parameter", "Fitted to"],
        rows=[[str(c.get("parameter", "")).replace("_", " "), str(c.get("fitted_to", ""))] for c in found],
        details=[f"Source: {c['source']}." if c.get("source") else "" for c in found],
    )


def provenance_table(folder: RunFolder) -> Part:
    """Return versions, seed, platform and cost.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    p = folder.provenance
    if not p:
        why = folder.missing.get("provenance.json", "provenance.json is empty")
        return Paragraph(f"The provenance is absent, because {why}.")
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
    return Table(caption="Provenance", head=["Item", "Value"], rows=rows)


def reproduction_parts(folder: RunFolder) -> list[Part]:
    """Return the command that repeats the run, and the specification it needs.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    seed = folder.provenance.get("seed", folder.attrs.get("seed"))
    option = f" --seed {seed}" if seed is not None else ""
    version = folder.provenance.get("topotaxy") or folder.attrs.get("topotaxy_version")
    with_version = (
        f" With topotaxy {version} and the package versions above, the numbers are the same."
        if version
        else ""
    )
    parts: list[Part] = [
        Paragraph(
            "In the run folder, this repeats the run; spec.toml is the specification as it was run."
            f"{with_version}"
        ),
        Code(f"topotaxy simulate spec.toml --out again{option}"),
    ]
    if folder.spec_text:
        parts.append(
            Group(title="The specification (spec.toml)", parts=[Code(folder.spec_text)], folded=True)
        )
    return parts


def state_definitions() -> Terms:
    """Return what the report means by its states."""
    return Terms(list(STATES.items()))
