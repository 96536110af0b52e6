"""Writing a dataset so that a full disk is an error and not a crash."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.files import write_atomically

if TYPE_CHECKING:
    import xarray as xr


def write_dataset(tree: xr.DataTree, path: Path) -> None:
    """Write a dataset as netCDF, in memory first and then as one file, whole or not at all.

    HDF5 that meets a full disk while it holds a file open ends the process with a signal.

    Parameters
    ----------
    tree : DataTree
        Groups, variables and attributes.
    path : Path
        Of the file.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    content = tree.to_netcdf(engine="h5netcdf")
    write_atomically(path, bytes(content))
