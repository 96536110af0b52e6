"""A specimen along a beam: how many atoms of each kind stand in each pixel of a scan."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.specimen import Specimen

Floats = NDArray[np.float64]
Along = Literal["x", "y", "z"]
AXES = {"x": 0, "y": 1, "z": 2}


def metal_share(specimen: Specimen) -> Floats:
    """Return how far each atom is reduced, from its valence over the two of a divalent cation, (n,).

    Parameters
    ----------
    specimen : Specimen
        Of n atoms.
    """
    return np.asarray(1.0 - np.clip(specimen.valences / 2.0, 0.0, 1.0))


def pixel_size(specimen: Specimen, along: Along, pixels: int) -> tuple[float, float]:
    """Return height and width of the pixels of a square scan of the whole box, nm.

    Parameters
    ----------
    specimen : Specimen
        Whose box is scanned.
    along : {"x", "y", "z"}
        Edge of the box that the beam runs along.
    pixels : int
        Of an edge of the scan.
    """
    edges = np.linalg.norm(specimen.box, axis=1)
    down, across = (n for n in (0, 1, 2) if n != AXES[along])
    return float(0.1 * edges[down] / pixels), float(0.1 * edges[across] / pixels)


def projected(
    specimen: Specimen, weights: Floats, *, along: Along, pixels: int, probe_width: float = 0.0
) -> Floats:
    """Return the sum of the atoms' weights in each pixel, (pixels, pixels).

    Parameters
    ----------
    specimen : Specimen
        Atoms in a box, which repeats.
    weights : array (n,)
        One for each atom.
    along : {"x", "y", "z"}
        Edge of the box that the beam runs along.
    pixels : int
        Of an edge of the scan, which covers the box.
    probe_width : float
        Standard deviation of the probe, Å, over which each atom is spread.
    """
    places = specimen.positions @ np.linalg.inv(specimen.box)
    down, across = (n for n in (0, 1, 2) if n != AXES[along])
    cell = np.floor((places[:, [down, across]] % 1.0) * pixels).astype(np.int64) % pixels
    total = np.bincount(cell[:, 0] * pixels + cell[:, 1], weights=weights, minlength=pixels**2)
    image = total.reshape(pixels, pixels)
    if probe_width <= 0.0 or pixels == 1:
        return np.asarray(image)
    from scipy import ndimage

    size = 10.0 * np.array(pixel_size(specimen, along, pixels))
    return np.asarray(ndimage.gaussian_filter(image, probe_width / size, mode="wrap"))
