"""``topotaxy probe``: a specimen through a virtual instrument, into a real file and through its analysis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from topotaxy.cli.analyse import given_of, results_written, show
from topotaxy.cli.options import NoReport, ObservablesAsJson
from topotaxy.cli.progress import writing_to
from topotaxy.cli.technique_options import given_options
from topotaxy.files import is_folder, name_of

RunOrSpecimen = Annotated[
    Path, typer.Argument(help="Folder of a run, or a specimen's file (xyz, cif).", metavar="RUN|SPECIMEN")
]


def probe(
    context: typer.Context,
    specimen: RunOrSpecimen,
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
    json: ObservablesAsJson = False,
    no_report: NoReport = False,
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
    from topotaxy.measurement.results_folder import check_analysis_folder
    from topotaxy.studies.probing import probed, specimens_at

    chosen = technique_named(technique)
    folder = out if out is not None else Path(f"{_stem(specimen)}-{chosen.name}")
    with writing_to(folder):
        check_analysis_folder(folder)
    specimens = specimens_at(specimen, state=state, cycle=cycle, replica=replica)
    flags = given_options(context)
    own = set(chosen.instrument.model_fields) if chosen.instrument is not None else set()
    given = given_of(sample, {key: value for key, value in flags.items() if key not in own})
    instrument = {key: value for key, value in flags.items() if key in own}
    analysis, files = probed(
        chosen, specimens, instrument, given, seed=seed, format=format, stem=_stem(specimen)
    )
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
    written = results_written(analysis, folder, options, with_report=not no_report, files=files)
    show(analysis, folder, *written, json=json, said="probed")


def _stem(path: Path) -> str:
    name = name_of(path)
    return re.sub(r"[^\w.+-]+", "-", name if is_folder(path) else Path(name).stem).strip("-.") or "specimen"
