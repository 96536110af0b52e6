"""``topotaxy analyse``: instruments' files, or simulated runs, to observables, figures and a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.options import NoReport, ObservablesAsJson
from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import writing_to
from topotaxy.cli.technique_options import given_options
from topotaxy.errors import InputError
from topotaxy.files import is_folder, name_of, write_atomically

if TYPE_CHECKING:
    from topotaxy.measurement.analysis import Analysis
    from topotaxy.measurement.sample import Given
    from topotaxy.measurement.technique import Record


FilesOrRuns = Annotated[
    list[Path], typer.Argument(help="Files of instruments, or folders of simulated runs.", metavar="FILE...")
]
SampleFile = Annotated[
    Path | None, typer.Option(help="TOML file that says what the sample is: mass, role, formula, ...")
]


def analyse(
    context: typer.Context,
    files: FilesOrRuns,
    sample: SampleFile = None,
    technique: Annotated[
        str | None, typer.Option(help="Name of the files' technique, where more than one would fit.")
    ] = None,
    format: Annotated[
        str | None, typer.Option(help="Name of the files' format, where more than one would fit.")
    ] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML file that names the columns of a csv.")] = None,
    overlay: Annotated[
        Path | None, typer.Option(help="Folder of a simulated run to lay over the measurement.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the results (FILE-analysis).")] = None,
    json: ObservablesAsJson = False,
    no_report: NoReport = False,
) -> None:
    """Read instruments' files of any technique; write observables with their definitions, and a report.

    Technique and format are known by the content of a file; files of several techniques may be given at
    once. Nothing is guessed: without a mass capacities are in mAh, without a role there is no efficiency,
    and the report says so. A simulated run takes the same path as a measured cell, and --overlay puts both
    on the same axes.

    Examples:

    topotaxy analyse cell.ndax --mass 1.23mg --role half-cell-anode --ion Na

    topotaxy analyse cell.ndax tga.txt --sample sample.toml

    topotaxy analyse cell.res --mass 0.85mg --role half-cell-anode --ion Li --overlay heos-li

    topotaxy analyse heos-na --bdf --out heos-na-cells
    """
    from topotaxy.measurement.analysis import analysed_files
    from topotaxy.measurement.results_folder import check_analysis_folder

    folder = out if out is not None else Path(f"{_stem(files[0])}-analysis")
    with writing_to(folder):
        check_analysis_folder(folder)
    flags = given_options(context)
    given = given_of(sample, flags)
    runs = [path for path in files if is_folder(path)] + ([overlay] if overlay is not None else [])
    analysis = analysed_files(
        [path for path in files if not is_folder(path)],
        given,
        technique=technique,
        format=format,
        mapping=mapping,
        further={"cycling": [record for path in runs for record in _simulated(path)]},
    )
    options = {
        "files": [str(path) for path in files],
        "sample": None if sample is None else str(sample),
        "technique": technique,
        "format": format,
        "mapping": None if mapping is None else str(mapping),
        "overlay": None if overlay is None else str(overlay),
        **flags,
    }
    written = results_written(analysis, folder, options, with_report=not no_report)
    show(analysis, folder, *written, json=json, said="analysis")


def given_of(sample: Path | None, flags: dict[str, Any]) -> Given:
    """Return what flags and a sample's TOML say.

    Parameters
    ----------
    sample : Path | None
        TOML file that says what the sample is, if any.
    flags : dict[str, Any]
        Options of techniques by name, as the command line gave them.
    """
    from dataclasses import replace

    from topotaxy.measurement.sample import Given, load

    return replace(Given() if sample is None else load(sample), shared=flags)


def _simulated(folder: Path) -> list[Record]:
    if not is_folder(folder):
        raise InputError("no such folder; expected that of a simulated run", where=str(folder))
    from topotaxy.runs.as_cycler import records_of_run

    return [*records_of_run(folder)]


def _stem(path: Path) -> str:
    """The file's name without its endings; a folder's name as it is."""
    name = name_of(path)
    if is_folder(path):
        return name
    return name.removesuffix(".csv").removesuffix(".bdf").removesuffix(Path(name).suffix) or name


def results_written(
    analysis: Analysis,
    folder: Path,
    options: dict[str, Any],
    *,
    with_report: bool,
    files: dict[str, bytes] | None = None,
) -> tuple[dict[str, Any], Path | None]:
    """Write the folder, further files with it; return the document and the path of the report, if any.

    Parameters
    ----------
    analysis : Analysis
        What was found in the files.
    folder : Path
        Folder of the results, made whole or not at all.
    options : dict[str, Any]
        What was asked for, for the provenance.
    with_report : bool
        Whether the report is written too.
    files : dict[str, bytes] | None
        Further files by name.
    """
    from topotaxy.measurement.analysis import write_results
    from topotaxy.measurement.pages import page_of
    from topotaxy.measurement.results_folder import whole_folder
    from topotaxy.version import __version__

    with writing_to(folder.parent), whole_folder(folder) as work:
        document = write_results(analysis, work, version=__version__, options=options)
        for name, data in (files or {}).items():
            write_atomically(work / name, data)
        if with_report:
            from topotaxy.report.page import write_page

            write_page(work, page_of(analysis, work))
    return document, folder / "report.html" if with_report else None


def show(
    analysis: Analysis, folder: Path, document: dict[str, Any], report: Path | None, *, json: bool, said: str
) -> None:
    """Print what was found, and where it stands: as tables, or as JSON with the place as a message.

    Parameters
    ----------
    analysis : Analysis
        What was found in the files.
    folder : Path
        Where the results stand.
    document : dict[str, Any]
        The observables as :func:`results_written` returns them.
    report : Path | None
        The report's path, if there is one.
    json : bool
        Whether standard output takes the document in place of tables.
    said : str
        What the message calls the folder, where there is no report.
    """
    if json:
        write_json(document)
        message(f"{said}: {folder}" if report is None else f"report: {report}")
        return
    from topotaxy.measurement.pages import short_parts
    from topotaxy.report.terminal import part_lines

    paths = [f"analysis  {folder}", *([f"report    {report}"] if report is not None else [])]
    write_tables(*part_lines(short_parts(analysis)), *paths)
