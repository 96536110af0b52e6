"""``topotaxy analyse``: cyclers' files, or simulated runs, to observables, figures and a report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.running import writing_to
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.measurement.cycling.analysis import Analysis
    from topotaxy.measurement.cycling.metrics import Role
    from topotaxy.measurement.cycling.record import CyclingRecord

_ROLES = ("half-cell-anode", "full-cell", "half-cell-cathode")
_IONS = ("Li", "Na", "K")


def analyse(
    files: Annotated[
        list[Path],
        typer.Argument(help="Files of cyclers, or folders of simulated runs.", metavar="FILE..."),
    ],
    mass: Annotated[
        list[str] | None,
        typer.Option(help="Mass that capacities refer to, as in 1.23mg; once, or once a file."),
    ] = None,
    basis: Annotated[str | None, typer.Option(help="What that mass is of (active material).")] = None,
    area: Annotated[str | None, typer.Option(help="Area of the electrode, as in 1.13cm2.")] = None,
    role: Annotated[
        str | None,
        typer.Option(help="half-cell-anode, full-cell or half-cell-cathode; without it no efficiency."),
    ] = None,
    ion: Annotated[
        str | None, typer.Option(help="Li, Na or K: the metal that a half cell's voltage is against.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the results (FILE-analysis).")] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file that names the columns of a csv.")] = None,
    format: Annotated[
        str | None, typer.Option(help="Name of the files' format, where more than one would fit.")
    ] = None,
    overlay: Annotated[
        Path | None, typer.Option(help="Folder of a simulated run to lay over the measurement.")
    ] = None,
    reference_cycle: Annotated[
        int | None, typer.Option(help="Cycle that retention is held against (the second).")
    ] = None,
    particle_size: Annotated[
        list[str] | None,
        typer.Option(help="Diameter of the particles, as in 50nm, once for each of two files: film bounds."),
    ] = None,
    density: Annotated[str | None, typer.Option(help="Density of the particles, as in 5.9g/cm3.")] = None,
    allow_missing_cycles: Annotated[
        bool, typer.Option("--allow-missing-cycles", help="Read files whose cycle numbers skip some.")
    ] = False,
    bdf: Annotated[
        bool, typer.Option("--bdf", help="Also write every cell as Battery Data Format csv.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Read cycling data; write capacities, efficiencies, voltages, dQ/dV, fade, and a report.

    The format is known by the content of a file. Nothing is guessed: without a mass capacities are in
    mAh, without a role there is no efficiency, and the report says so. A simulated run takes the same
    path as a measured cell, and --overlay puts both on the same axes.

    Examples:

    topotaxy analyse cell.ndax --mass 1.23mg --role half-cell-anode --ion Na

    topotaxy analyse cell.res --mass 0.85mg --role half-cell-anode --ion Li --overlay heos-li

    topotaxy analyse heos-na --bdf --out heos-na-cells

    topotaxy analyse small.ndax large.ndax --mass 1.1mg --mass 1.3mg --role half-cell-anode --particle-size
    50nm --particle-size 2um --density 5.9g/cm3
    """
    _check_choices(role, ion)
    measured, simulated = _records(
        files,
        masses=[_quantity(text, "mass", "--mass") for text in mass or ()],
        basis=basis,
        area=None if area is None else _quantity(area, "area", "--area"),
        reference=None if ion is None else f"{ion}+/{ion}",
        mapping=mapping,
        format=format,
        missing="note" if allow_missing_cycles else "refuse",
    )
    if overlay is not None:
        simulated += _simulated(overlay)
    _check_overlay(measured, simulated, full_cell=role == "full-cell")
    from topotaxy.measurement.cycling.analysis import analysis_of

    analysis = analysis_of(
        measured,
        simulated,
        role=_role(role),
        reference=reference_cycle,
        sizes=[_quantity(text, "particle_size", "--particle-size") for text in particle_size or ()],
        density=None if density is None else _quantity(density, "density", "--density"),
    )
    folder = out if out is not None else Path(f"{_stem(files[0])}-analysis")
    options = {
        "files": [str(path) for path in files],
        "mass": mass,
        "basis": basis,
        "area": area,
        "role": role,
        "ion": ion,
        "mapping": None if mapping is None else str(mapping),
        "format": format,
        "overlay": None if overlay is None else str(overlay),
        "reference_cycle": reference_cycle,
        "particle_size": particle_size,
        "density": density,
        "allow_missing_cycles": allow_missing_cycles,
    }
    document, report = _written(analysis, folder, options, bdf=bdf, with_report=not no_report)
    if json:
        write_json(document)
        message(f"analysis: {folder}" if report is None else f"report: {report}")
    else:
        _show(analysis, folder, report)


def _check_choices(role: str | None, ion: str | None) -> None:
    if role is not None and role not in _ROLES:
        raise InputError(f"--role is one of {', '.join(_ROLES)}, got {role!r:.40}")
    if ion is not None and ion not in _IONS:
        raise InputError(f"--ion is one of {', '.join(_IONS)}, got {ion!r:.40}")
    if role == "full-cell" and ion is not None:
        raise InputError("--ion names the metal that a half cell is measured against; a full cell has none")


def _role(name: str | None) -> Role | None:
    from topotaxy.measurement.cycling.metrics import ROLES

    return next((role for role in ROLES if role == name), None)


def _quantity(text: str, dimension: str, option: str) -> float:
    """A positive quantity with its unit, a space between them or not."""
    from topotaxy.units import canonical_value

    spaced = re.sub(r"^\s*([-+0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(?=[^\s0-9.])", r"\1 ", text)
    example = {"mass": "1.23mg", "area": "1.13cm2", "particle_size": "50nm", "density": "5.9g/cm3"}
    if " " not in spaced.strip():
        raise InputError(f"{option} needs a unit, as in {example[dimension]}, got {text!r:.40}")
    # cm2 and cm3 as people write them.
    powered = re.sub(r"(?<=[a-z])([23])(?![0-9])", r"^\1", spaced)
    try:
        value = canonical_value(powered, dimension)
    except InputError:
        raise InputError(
            f"{option}: expected a quantity such as {example[dimension]}, got {text!r:.40}"
        ) from None
    if not value > 0.0:
        raise InputError(f"{option} has to be positive, got {text!r:.40}")
    return value


def _records(
    files: list[Path],
    *,
    masses: list[float],
    basis: str | None,
    area: float | None,
    reference: str | None,
    mapping: Path | None,
    format: str | None,
    missing: str,
) -> tuple[list[CyclingRecord], list[CyclingRecord]]:
    from topotaxy.measurement.cycling import read

    cyclers = [path for path in files if not path.is_dir()]
    if len(masses) not in (0, 1, len(cyclers)):
        raise InputError(f"--mass is given once, or once for each of {len(cyclers)} files, got {len(masses)}")
    if basis is not None and not masses:
        raise InputError("--basis says what --mass is of, and no mass is given")
    each: list[float | None] = [*masses] if masses else [None]
    weights = iter(each if len(each) == len(cyclers) else each * len(cyclers))
    measured: list[CyclingRecord] = []
    simulated: list[CyclingRecord] = []
    for path in files:
        if path.is_dir():
            simulated += _simulated(path)
            continue
        measured.append(
            read(
                path,
                mapping=mapping,
                format=format,
                mass=next(weights),
                basis=basis,
                reference=reference,
                area=area,
                missing_cycles=missing,
            )
        )
    return measured, simulated


def _simulated(folder: Path) -> list[CyclingRecord]:
    if not folder.is_dir():
        raise InputError("no such folder; expected that of a simulated run", where=str(folder))
    from topotaxy.runs.as_cycler import records_of_run

    return records_of_run(folder)


def _check_overlay(measured: list[CyclingRecord], simulated: list[CyclingRecord], *, full_cell: bool) -> None:
    """A measured and a simulated cell share axes only in the same units and against the same metal."""
    if not measured or not simulated:
        return
    if full_cell:
        raise InputError("a simulated run is a half cell; it cannot be laid over a full cell")
    for record in measured:
        if record.mass is None:
            raise InputError(
                "needs a mass beside a simulated run, whose capacities are per gram: --mass 1.23mg",
                where=record.source,
            )
        if record.reference not in (None, simulated[0].reference):
            raise InputError(
                f"is measured against {record.reference}, the simulated run against {simulated[0].reference}",
                where=record.source,
            )


def _stem(path: Path) -> str:
    """The file's name without its endings; a folder's name as it is."""
    name = path.resolve().name
    if path.is_dir():
        return name
    return name.removesuffix(".csv").removesuffix(".bdf").removesuffix(Path(name).suffix) or name


def _written(
    analysis: Analysis, folder: Path, options: dict[str, Any], *, bdf: bool, with_report: bool
) -> tuple[dict[str, Any], Path | None]:
    """Write the folder; return the document and the path of the report, if any."""
    from topotaxy.measurement.cycling.analysis_files import whole_folder, write_analysis
    from topotaxy.version import __version__

    with writing_to(folder.parent), whole_folder(folder) as work:
        document = write_analysis(analysis, work, version=__version__, options=options, bdf=bdf)
        if with_report:
            from topotaxy.report.measured import write_cycling_report

            write_cycling_report(work)
    return document, folder / "report.html" if with_report else None


def _show(analysis: Analysis, folder: Path, report: Path | None) -> None:
    from topotaxy.cli.analysis_tables import analysis_tables

    paths = [f"analysis  {folder}", *([f"report    {report}"] if report is not None else [])]
    write_tables(*analysis_tables(analysis), *paths)
