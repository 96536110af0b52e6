"""What a frame loses from its peaks where it gives way to metal inside it.

A matrix that keeps its density makes room for a ball of radius R by moving outwards: of a sphere of radius
L = R p^(-1/3), p the share of the volume that is metal, a point at r goes to (R³ + (1 - p) r³)^(1/3), by a
way u. Over one sphere amplitudes fall to the mean of sin(Qu)/(Qu). Balls at random places, whose pushes add
up, take exp(-n∫(1 - sin(Qu)/(Qu)) dV) (Krivoglaz 1996, X-Ray and Neutron Diffraction in Nonideal Crystals,
ch. 2), here one in the volume of its sphere. It is no Gaussian: it falls at once, and then hardly further.
"""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.diffraction.scattering import Floats

POINTS = 160
"""Shells of the sphere, evenly by radius: the mean is exact within 1e-3 up to Q u = 100."""


def coherence(q: Floats, *, radius: float, share: float) -> Floats:
    """Return the factor of the frame's amplitudes, 1 without metal in it, (n,).

    Parameters
    ----------
    q : array (n,)
        Å⁻¹.
    radius : float
        Of the balls of metal, Å.
    share : float
        Of the volume of frame and metal that is metal in the frame, from 0 to below 1.
    """
    if share <= 0.0:
        return np.ones(len(q))
    x = (np.arange(POINTS) + 0.5) / POINTS
    way = radius / np.cbrt(share) * (np.cbrt(share + (1.0 - share) * x**3) - x)
    weights = x**2 / (x**2).sum()
    return np.asarray(np.exp(np.sinc(np.outer(q, way) / np.pi) @ weights - 1.0))
