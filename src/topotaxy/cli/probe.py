"""``topotaxy probe``: a specimen through a virtual instrument, into a real file and through its analysis."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.analyse import given_of, results_written, show
from topotaxy.cli.output import message, write_json
from topotaxy.cli.technique_options import given_options
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.measurement.technique import Technique
    from topotaxy.specimen import Specimen


def probe(
    context: typer.Context,
    specimen: Annotated[
        Path,
        typer.Argument(help="Folder of a run, or a specimen's file (xyz, cif).", metavar="RUN|SPECIMEN"),
    ],
    technique: Annotated[str, typer.Option(help="Name of the technique, as thermogravimetry.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the results (SPECIMEN-TECHNIQUE).")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the noise.")] = 0,
    state: Annotated[
        str | None, typer.Option(help="Of a run: pristine (if not given), discharged or charged.")
    ] = None,
    cycle: Annotated[int | None, typer.Option(min=0, help="Of a run: the cycle (the last kept one).")] = None,
    replica: Annotated[
        int | None, typer.Option(min=0, help="Of a run: the replica, from 0 (all of them).")
    ] = None,
    format: Annotated[str | None, typer.Option(help="Name of the format that is written.")] = None,
    sample: Annotated[
        Path | None, typer.Option(help="TOML file with options of the analysis, as for analyse.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Look at a specimen with a virtual instrument; analyse its file as a measured one is.

    The file that the virtual instrument writes is one that a real instrument might have written, with noise;
    it stands in the folder of the results, and 'topotaxy analyse' reads it again.

    Examples:

    topotaxy simulate heos-na --out heos-na

    topotaxy probe heos-na --technique thermogravimetry --formula Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11

    topotaxy probe particle.xyz --technique thermogravimetry --burnt-to Co3O4 --seed 3
    """
    from topotaxy.measurement.recognise import technique_named

    chosen = technique_named(technique)
    specimens = _specimens(specimen, state=state, cycle=cycle, replica=replica)
    folder = out if out is not None else Path(f"{_stem(specimen)}-{chosen.name}")
    flags = given_options(context)
    analysis, files = _analysed(chosen, specimens, flags, seed, format, sample, stem=_stem(specimen))
    options = {
        "specimen": str(specimen),
        "technique": chosen.name,
        "seed": seed,
        "state": specimens[0].state,
        "cycle": specimens[0].cycle,
        "replicas": [one.replica for one in specimens],
        "sample": None if sample is None else str(sample),
        **flags,
    }
    document, report = results_written(analysis, folder, options, with_report=not no_report, files=files)
    if json:
        write_json(document)
        message(f"probed: {folder}" if report is None else f"report: {report}")
    else:
        show(analysis, folder, report)


def _analysed(
    technique: Technique[Any],
    specimens: list[Specimen],
    flags: dict[str, Any],
    seed: int,
    format: str | None,
    sample: Path | None,
    *,
    stem: str,
) -> tuple[Any, dict[str, bytes]]:
    """Return the analysis of the virtual records' files, and the files."""
    from dataclasses import replace

    import numpy as np

    from topotaxy.measurement.analysis import analysed_files
    from topotaxy.measurement.probing import instrument_options, probed_files, written_format

    own = set(technique.instrument.model_fields) if technique.instrument is not None else set()
    balance = instrument_options(technique, {k: v for k, v in flags.items() if k in own})
    given = given_of(sample, {k: v for k, v in flags.items() if k not in own})
    first = specimens[0]
    known = replace(
        given.sample,
        name=given.sample.name or first.formula,
        state=first.state,
        cycle=first.cycle or None,
    )
    with tempfile.TemporaryDirectory() as name:
        paths = probed_files(
            technique,
            specimens,
            balance,
            np.random.default_rng(seed),
            Path(name),
            format=written_format(technique, format),
            stem=stem,
        )
        analysis = analysed_files(paths, replace(given, sample=known), technique=technique.name)
        return analysis, {path.name: path.read_bytes() for path in paths}


def _specimens(path: Path, *, state: str | None, cycle: int | None, replica: int | None) -> list[Specimen]:
    """Return the specimens of one state: of a file, or of all replicas of a run."""
    if not path.exists():
        raise InputError("no such file or folder; expected a run or a specimen", where=str(path))
    if not path.is_dir():
        if (state, cycle, replica) != (None, None, None):
            raise InputError(
                "--state, --cycle and --replica choose from a run; this is a file", where=str(path)
            )
        from topotaxy.specimen import read

        return [read(path)]
    from topotaxy.measurement.sample import STATES
    from topotaxy.specimen.kept import specimens_of

    if state is not None and state not in STATES:
        raise InputError(f"--state is one of {', '.join(STATES)}, got {state!r:.40}")

    wanted = next(one for one in STATES if one == (state or "pristine"))
    found = list(specimens_of(path, replica=replica, cycle=cycle, state=wanted))
    if not found:
        raise InputError(f"keeps no {wanted} specimen of this cycle and replica", where=str(path))
    last = max(one.cycle for one in found)
    return [one for one in found if one.cycle == last]


def _stem(path: Path) -> str:
    name = path.resolve().name
    return re.sub(r"[^\w.+-]+", "-", name if path.is_dir() else Path(name).stem).strip("-.") or "specimen"
