"""Metadata of Velox files (EMD): JSON in columns of bytes beside the data."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import own


def metadata(group: Any, source: str) -> dict[str, Any]:
    """Return what Velox says of an image, spectrum or stream: JSON in a column of bytes.

    Parameters
    ----------
    group : h5py Group
        Of an image, spectrum or stream.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where it is no JSON.
    """
    stored = own(group, "Metadata")
    if stored is None or stored.ndim != 2 or stored.dtype.kind not in "ui" or not stored.shape[1]:
        return {}
    text = bytes(np.asarray(stored[:, 0], dtype=np.uint8)).split(b"\0", 1)[0]
    try:
        about = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        raise InputError("its metadata are no JSON: damaged", where=source) from None
    return about if isinstance(about, dict) else {}


def section(about: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a part of nested metadata by its path; empty where there is none.

    Parameters
    ----------
    about : dict
        Metadata.
    *names : str
        The path.
    """
    for name in names:
        found = about.get(name)
        about = found if isinstance(found, dict) else {}
    return about


def number(text: Any) -> float:
    """Return the number of a text, NaN where it is none.

    Parameters
    ----------
    text : str or number
        Velox writes numbers as text.
    """
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")
