"""A specimen through a virtual instrument into real files, which then take the path of measured ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.measurement.options import fields_of, made
from topotaxy.measurement.technique import Format, Technique

if TYPE_CHECKING:
    import numpy as np

    from topotaxy.specimen import Specimen


def instrument_options(technique: Technique[Any], given: Mapping[str, Any]) -> Any:
    """Return the options of a technique's virtual instrument.

    Parameters
    ----------
    technique : Technique
        Which one.
    given : mapping
        Option to text.

    Raises
    ------
    InputError
        Where the technique has no probe, or a value is not what its option takes.
    """
    if technique.instrument is None:
        raise InputError(f"{technique.name} has no probe: {technique.no_probe}")
    fields = {field.name: field for field in fields_of(technique.instrument)}
    values = {name: fields[name].value(value, fields[name].flag) for name, value in given.items()}
    return made(technique.instrument, values, name_of=lambda name: fields[name].flag, where=None)


def written_format(technique: Technique[Any], name: str | None = None) -> Format[Any]:
    """Return the format that virtual records are written in: the one named, or the first that can be written.

    Parameters
    ----------
    technique : Technique
        Of the records.
    name : str, optional
        Of one of its formats, in any case.

    Raises
    ------
    InputError
        Where none of that name can be written.
    """
    writable = [one for one in technique.formats() if one.write is not None]
    for one in writable:
        if name is None or one.name.lower() == name.strip().lower():
            return one
    raise InputError(
        f"{technique.name} writes no format {name!r:.40}; it writes {', '.join(one.name for one in writable)}"
    )


def probed_files(
    technique: Technique[Any],
    specimens: Sequence[Specimen],
    options: Any,
    rng: np.random.Generator,
    folder: Path,
    *,
    format: Format[Any],
    stem: str,
) -> list[Path]:
    """Write what a virtual instrument records of specimens; return the files.

    Parameters
    ----------
    technique : Technique
        One with a probe.
    specimens : sequence of Specimen
        Replicas of one sample in one state.
    options : model
        Of the virtual instrument.
    rng : numpy Generator
        Source of all noise.
    folder : path
        Where the files go.
    format : Format
        One that can be written.
    stem : str
        Name of the files without number and ending.

    Raises
    ------
    InputError
        Where the specimens do not suit the instrument.
    """
    if technique.probe is None:
        raise InputError(f"{technique.name} has no probe: {technique.no_probe}")
    if not specimens:
        raise InputError("there is no specimen to look at")
    assert format.write is not None
    records = technique.probe(specimens, options, rng)
    paths = []
    for number, record in enumerate(records):
        ending = f"-{number + 1}" if len(records) > 1 else ""
        path = folder / f"{stem}-{technique.name}{ending}{format.extensions[0]}"
        format.write(record, path)
        paths.append(path)
    return paths
