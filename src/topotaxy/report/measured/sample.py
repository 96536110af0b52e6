"""What was read, what must be known of it, and what could not be computed."""

from __future__ import annotations

from topotaxy.content.numbers import fixed, plain_number
from topotaxy.report.markup import Markup, joined, table, tag
from topotaxy.report.measured.folder import AnalysisFolder, CellData

_NAMES = {
    "coulombic_efficiency": "coulombic efficiency",
    "initial_coulombic_efficiency": "initial coulombic efficiency",
    "energy_efficiency": "energy efficiency",
    "specific_capacity": "capacity per gram",
    "capacity_retention": "capacity retention",
    "capacity_fade_rate": "loss a cycle",
    "knee_cycle": "knee",
    "rate_capacity": "capacity by rate",
    "differential_capacity_peak": "peaks of dQ/dV",
    "scan_rate_exponent": "exponent b",
    "capacitive_fraction": "capacitive share",
}
NOT_GIVEN = "not given"


def cautions(folder: AnalysisFolder) -> Markup | None:
    """Return what a reader must know before quoting a number: notes of the files, cell by cell."""
    many = len(folder.cells) > 1
    said = [f"{cell.name}: {note}" if many else note for cell in folder.cells for note in cell.notes]
    missing = [
        f"{cell.name}: {why}" if many else why
        for cell in folder.measured
        for name, why in cell.absent.items()
        if name in ("specific_capacity", "coulombic_efficiency") and not cell.swept
    ]
    lines = [*dict.fromkeys(missing), *dict.fromkeys(said)]
    if not lines:
        return None
    return tag(
        "aside",
        tag("h2", "Before quoting these numbers"),
        tag("ul", *[tag("li", f"{line if many else line[0].upper() + line[1:]}.") for line in lines]),
        class_="limits",
    )


def absent_table(folder: AnalysisFolder) -> Markup:
    """Return what could not be computed, with the reason."""
    many = len(folder.measured) > 1
    rows = []
    for cell in folder.measured:
        grouped: dict[str, list[str]] = {}
        for name, why in cell.absent.items():
            grouped.setdefault(why, []).append(_NAMES.get(name, name.replace("_", " ")))
        rows += [[*([cell.name] if many else []), ", ".join(names), why] for why, names in grouped.items()]
    if not rows:
        return tag("p", "Nothing that was asked for is missing.")
    return table([*(["Cell"] if many else []), "Quantity", "Why"], rows, caption="Reasons")


def cell_table(folder: AnalysisFolder) -> Markup:
    """Return file, instrument, sample and role of every cell."""
    names = ["Format", "Instrument", "Rows", "Duration", "Role", "Mass", "Area", "Reference"]
    columns = [_sample(cell) for cell in folder.cells]
    rows = [[name, *[column[index] for column in columns]] for index, name in enumerate(names)]
    head = ["", *[cell.name for cell in folder.cells]]
    return table(head, rows, caption="What was read, and what was said of it")


def _sample(cell: CellData) -> list[str]:
    mass, area = (cell.data.attrs.get(name) for name in ("mass", "area"))
    grams = NOT_GIVEN
    if mass is not None:
        grams = f"{plain_number(1e3 * float(mass))} mg of {cell.text('basis') or 'unstated material'}"
        if cell.simulated:
            grams = "1 g of active material, as capacities per gram are all that a run knows"
    return [
        cell.text("format"),
        cell.text("instrument") or "not named in the file",
        f"{int(cell.data.attrs['rows']):,}",
        f"{fixed(float(cell.data.attrs['duration']) / 3600.0, 1)} h",
        cell.text("role") or NOT_GIVEN,
        grams,
        NOT_GIVEN if area is None else f"{plain_number(float(area))} cm²",
        cell.text("reference").replace("+", "⁺") or NOT_GIVEN,
    ]


def provenance(folder: AnalysisFolder) -> Markup:
    """Return versions and options."""
    found = folder.provenance
    options = [
        f"{key.replace('_', '-')}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in found.get("options", {}).items()
        if value not in (None, [], False)
    ]
    versions = [f"{name} {number}" for name, number in found.get("versions", {}).items()]
    return joined(
        tag(
            "p",
            f"topotaxy {found.get('topotaxy', '')}, Python {found.get('python', '')}, {', '.join(versions)}.",
        ),
        tag("p", "Options: ", "; ".join(options) or "none", "."),
        tag(
            "p",
            "In the same folder: cycles.csv (every cycle), observables.json and .csv (every number "
            "with its definition), analysis.nc (curves and fits), figures/ (SVG, PDF, PNG).",
        ),
    )
