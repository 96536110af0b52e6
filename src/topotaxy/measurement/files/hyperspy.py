"""Groups of HyperSpy's own files: ``Experiments/<name>/data`` with ``axis-0``, ``axis-1``, ..."""

from __future__ import annotations

from typing import Any

from topotaxy.measurement.files.hdf5 import own, said


def signal_axes(group: Any) -> list[int]:
    """Return the axes of the data that are not navigated: one of a spectrum, two of an image.

    Parameters
    ----------
    group : h5py Group
        Of one signal.
    """
    count = getattr(own(group, "data"), "ndim", 0)
    axes = [own(group, f"axis-{n}") for n in range(count)]
    return [n for n, a in enumerate(axes) if a is not None and said(a, "navigate") not in ("True", "1")]
