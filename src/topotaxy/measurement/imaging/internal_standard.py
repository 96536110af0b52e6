"""The scale of an image from a crystal in it whose spacings are known."""

from __future__ import annotations

import math

import numpy as np

from topotaxy.measurement.imaging.crystals import Indexed
from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.spots import Floats


def axis_scales(lattice: Lattice, pixel_size: Floats, answer: Indexed) -> tuple[Floats, float, float]:
    """Return the pixels' sizes (2,) and skew that the crystal's known spacings demand, and the misfit left.

    |hkl|^2 / a^2 = (k_y / p_y)^2 + (k_x / p_x)^2 + 2 s (k_y / p_y) (k_x / p_x) is linear in three unknowns,
    which three reflections in different directions settle: a linear distortion of the scan, up to a
    rotation. Where there are no more than three, the skew s is left at 0. The misfit is relative, one
    standard deviation, for the reflections beyond the unknowns; infinite, and sizes as they were, where
    the spots fit no positive sizes.

    Parameters
    ----------
    lattice : Lattice
        Of the crystal's spots, frequencies in cycles per pixel.
    pixel_size : array (2,)
        As stated; Å.
    answer : Indexed
        Indices of the lattice's members, and the crystal.
    """
    k = np.array([spot.frequency for spot in lattice.members])
    wanted = np.array([sum(i * i for i in hkl) / answer.crystal.edge**2 for hkl in answer.indices])
    terms = np.column_stack([k**2, 2.0 * k[:, 0] * k[:, 1]]) / wanted[:, None]
    settled = len(k) > 3 and np.linalg.matrix_rank(terms, tol=1e-3 * np.abs(terms).max()) == 3
    terms = terms if settled else terms[:, :2]
    solved, *_ = np.linalg.lstsq(terms, np.ones(len(wanted)), rcond=None)
    if not (solved[:2] > 0.0).all():
        return pixel_size, 0.0, math.inf
    skew = float(solved[2] / math.sqrt(solved[0] * solved[1])) if settled else 0.0
    if abs(skew) >= 1.0:
        return pixel_size, 0.0, math.inf
    left = np.sqrt(terms @ solved) - 1.0
    freedom = max(len(k) - len(solved), 1)
    return 1.0 / np.sqrt(solved[:2]), skew, float(np.sqrt((left**2).sum() / freedom))
