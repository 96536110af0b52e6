"""A specimen through a virtual instrument, into a real file and through its analysis."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import is_folder
from topotaxy.measurement.analysis import Analysis, analysed_files
from topotaxy.measurement.probing import instrument_options, probed_files, written_format
from topotaxy.measurement.sample import STATES, Given
from topotaxy.measurement.technique import Technique
from topotaxy.specimen import Specimen


def probed(
    technique: Technique[Any],
    specimens: Sequence[Specimen],
    instrument: Mapping[str, Any],
    given: Given,
    *,
    seed: int,
    stem: str,
    format: str | None = None,
) -> tuple[Analysis, dict[str, bytes]]:
    """Return the analysis of what a virtual instrument wrote of specimens, and its files.

    Parameters
    ----------
    technique : Technique
        One with a probe.
    specimens : sequence of Specimen
        Replicas of one sample in one state.
    instrument : mapping
        Options of the virtual instrument.
    given : Given
        Options of the analysis; the sample's name, state and cycle are the specimens' where it says none, and
        so is what the technique expects of them.
    seed : int
        Seed of the noise.
    stem : str
        Name of the files without number and ending.
    format : str, optional
        Name of the format; the technique's first that can be written without it.

    Raises
    ------
    InputError
        Where the specimens or the options do not suit the instrument.
    """
    if not specimens:
        raise InputError("there is no specimen to look at")
    options = instrument_options(technique, instrument)
    given, said = _completed(given, technique, specimens, options)
    with tempfile.TemporaryDirectory() as name:
        paths = probed_files(
            technique,
            specimens,
            options,
            np.random.default_rng(seed),
            Path(name),
            format=written_format(technique, format),
            stem=stem,
        )
        analysis = analysed_files(paths, given, technique=technique.name)
        return _remarked(analysis, said), {path.name: path.read_bytes() for path in paths}


def _completed(
    given: Given, technique: Technique[Any], specimens: Sequence[Specimen], options: Any
) -> tuple[Given, str]:
    """What the specimens say of the sample where the options say nothing, and what is said of that."""
    first = specimens[0]
    known = replace(
        given.sample,
        name=given.sample.name or first.formula,
        state=first.state,
        cycle=first.cycle or None,
    )
    given = replace(given, sample=known)
    if technique.expected is None:
        return given, ""
    further, said = technique.expected(specimens, options, given.names(technique.name))
    return given.completed(technique.name, further), said


def _remarked(analysis: Analysis, said: str) -> Analysis:
    """Return the analysis with one more remark, before the others."""
    if not said:
        return analysis
    parts = tuple(
        replace(part, observed=replace(part.observed, remarks=(said, *part.observed.remarks)))
        for part in analysis.parts
    )
    return replace(analysis, parts=parts)


def specimens_at(
    path: Path, *, state: str | None = None, cycle: int | None = None, replica: int | None = None
) -> list[Specimen]:
    """Return the specimens of one state: of a file, or of all replicas of a run.

    Parameters
    ----------
    path : Path
        Folder of a run, or a specimen's file.
    state : str, optional
        Of a run: pristine without it.
    cycle, replica : int, optional
        Of a run: the last kept cycle, and all replicas, without them.

    Raises
    ------
    InputError
        Where there is no such specimen.
    """
    if not is_folder(path):
        if (state, cycle, replica) != (None, None, None):
            raise InputError(
                "--state, --cycle and --replica choose from a run; this is a file", where=str(path)
            )
        from topotaxy.specimen import read

        return [read(path)]
    from topotaxy.specimen.kept import specimens_of

    if state is not None and state not in STATES:
        raise InputError(f"--state is one of {', '.join(STATES)}, got {state!r:.40}")
    wanted = next(one for one in STATES if one == (state or "pristine"))
    found = list(specimens_of(path, replica=replica, cycle=cycle, state=wanted))
    if not found:
        raise InputError(f"keeps no {wanted} specimen of this cycle and replica", where=str(path))
    last = max(one.cycle for one in found)
    return [one for one in found if one.cycle == last]
