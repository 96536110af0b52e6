"""Where a result comes from: what every provenance says, and reading it back."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from topotaxy.files import regular_file
from topotaxy.results.seals import MOST_TEXT
from topotaxy.version import __version__

PACKAGES = ("numpy", "scipy", "xarray", "pydantic")
"""Packages whose versions any result depends on."""


def provenance(schema: str, *, packages: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """Return plain data for ``provenance.json``.

    Parameters
    ----------
    schema : str
        Of the result, as in ``topotaxy/run/1``.
    packages : iterable of str
        Further packages that made it.
    **more
        What this kind of result says besides.
    """
    return {
        "schema": schema,
        "topotaxy": __version__,
        "versions": {name: version(name) for name in (*PACKAGES, *packages)},
        "python": platform.python_version(),
        "platform": platform.platform(),
        **more,
    }


def recorded(path: Path) -> dict[str, Any]:
    """Return what a provenance file says; nothing where there is none that can be read.

    Parameters
    ----------
    path : Path
        Of the file.
    """
    try:
        regular_file(path, most=MOST_TEXT)
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
