"""Reading the files of a results folder, which may not be what they claim."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.files import regular_file
from topotaxy.results.hdf5 import FAULTS, check_hdf5
from topotaxy.results.schema import schema_of
from topotaxy.results.seals import MOST_TEXT, PROVENANCE_FILE, check_seal, check_written

if TYPE_CHECKING:
    import xarray as xr


def stored_text(path: Path, *, links: bool = False) -> str:
    """Return a text file of a results folder, after it was looked at.

    Parameters
    ----------
    path : Path
        Of the file.
    links : bool
        Whether a link is followed: to a file that a user names.

    Raises
    ------
    InputError
        Where :func:`regular_file` refuses it, it is not as it was written, cannot be read, or is not UTF-8.
    """
    regular_file(path, most=MOST_TEXT, links=links)
    if path.name != PROVENANCE_FILE:
        check_written(path)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", where=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def stored_object(path: Path) -> dict[str, Any]:
    """Return a JSON object of a results folder.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        As of :func:`stored_text`, and where it holds no object.
    """
    try:
        document = json.loads(stored_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.120})", where=str(path)) from None
    if not isinstance(document, dict):
        raise InputError("expected a JSON object", where=str(path))
    if path.name == PROVENANCE_FILE:
        check_seal(document, path)
    return document


def read_dataset(path: Path) -> xr.DataTree:
    """Return the dataset of a results folder, loaded, after the file was looked at.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where it is no netCDF file, is not as it was written, or holds what no dataset of a results folder
        does; one line.
    """
    check_hdf5(path)
    check_written(path)
    import xarray as xr

    try:
        # What a library remarks about a file that is taken or refused is no message to a user. No dataset
        # of ours holds dates, and units that look like a calendar's would ask for a package that is not here.
        with (
            warnings.catch_warnings(action="ignore"),
            xr.open_datatree(path, engine="h5netcdf", decode_times=False) as opened,
        ):
            tree = opened.load()
    except MemoryError:
        raise InputError("does not fit into memory", where=str(path)) from None
    except FAULTS as error:
        raise InputError(f"not a readable netCDF file ({error!s:.120})", where=str(path)) from None
    _check_types(tree, path)
    return tree


def _check_types(tree: xr.DataTree, path: Path) -> None:
    """Refuse an array that its own schema declares as another type: a cycle is no infinity."""
    for kind in ("run", "cell"):
        schema = schema_of(kind)
        if tree.attrs.get("schema") == schema.name and (said := schema.other_types(tree)):
            raise InputError(f"not by its schema: {said[0]}", where=str(path))
