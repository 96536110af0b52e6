"""A frame whose atoms are off their sites: peaks by its mean waves, diffuse scattering by the other pairs.

Metal in a frame pushes the atoms around it by up to some Å. Such a push is no vibration: few atoms are moved
far and many hardly, so that peaks fall at once and then hardly further, where a Gaussian of the same mean
square would take all of them (Krivoglaz 1996, X-Ray and Neutron Diffraction in Nonideal Crystals, ch. 2). So
the amplitude of each reflection is summed over the atoms where they are. What pairs there are beyond those
of the mean lattice scatters diffusely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.debye import BIN, intensity
from topotaxy.measurement.diffraction.frame import Frame
from topotaxy.measurement.diffraction.pair_counting import pairs_within
from topotaxy.measurement.diffraction.scattering import Floats, Radiation, amplitude
from topotaxy.specimen import Specimen

BEYOND = 4.0
"""Å⁻¹: reflections so far beyond the largest Q still reach into it by the fading of pairs."""
CHUNK = 50_000
"""Atoms summed at once."""
PERMUTATIONS = ((0, 1, 2), (1, 2, 0), (2, 0, 1), (0, 2, 1), (2, 1, 0), (1, 0, 2))
CUBIC_WITHIN = 1e-4
"""Relative difference of the edges of a box that counts as a cube."""


@dataclass(frozen=True, kw_only=True)
class Waves:
    """Mean waves of the atoms of each species over families of reflections of a cubic face-centred lattice.

    Attributes
    ----------
    hkl:
        One of each family, (n, 3), none negative.
    multiplicity:
        Reflections of each family, (n,).
    elements:
        Symbols of the species.
    amplitude:
        Sum of exp(2πi h·x) over the atoms of a cell, the mean of the family and of all cells, (n, species).
    """

    hkl: NDArray[np.int64]
    multiplicity: Floats
    elements: tuple[str, ...]
    amplitude: Floats


def is_cube(specimen: Specimen) -> bool:
    """Whether the box is a cube along the axes.

    Parameters
    ----------
    specimen : Specimen
        Box in Å.
    """
    edges = np.diag(specimen.box)
    skew = np.abs(specimen.box - np.diag(edges)).max()
    return bool(max(float(np.ptp(edges)), float(skew)) < CUBIC_WITHIN * float(edges.max()))


def families(most: float) -> NDArray[np.int64]:
    """Return the families of the face-centred lattice with h² + k² + l² up to ``most``, 000 left out, (n, 3).

    Parameters
    ----------
    most : float
    """
    top = math.isqrt(max(math.floor(most), 0))
    h, k, m = (axis.ravel() for axis in np.meshgrid(*[np.arange(top + 1)] * 3, indexing="ij"))
    square = h * h + k * k + m * m
    chosen = (h >= k) & (k >= m) & (h % 2 == k % 2) & (k % 2 == m % 2) & (square > 0) & (square <= most)
    found = np.column_stack([h, k, m])[chosen]
    return np.asarray(found[np.argsort(square[chosen], kind="stable")], dtype=np.int64)


def mean_waves(frame: Frame, hkl: NDArray[np.int64]) -> Waves:
    """Return the mean waves of a frame's atoms over families of reflections.

    The mean over a family, Friedel mates among them, is that of cos(2πhx) cos(2πky) cos(2πlz) over the
    orders of h, k, l.

    Parameters
    ----------
    frame : Frame
        Its atoms and number of cells.
    hkl : array (n, 3)
        One of each family, none negative.
    """
    largest = int(hkl.max(initial=0))
    orders = [sorted({tuple(int(row[i]) for i in order) for order in PERMUTATIONS}) for row in hkl]
    total = np.zeros((len(hkl), len(frame.elements)))
    for begin in range(0, len(frame.fractional), CHUNK):
        part = slice(begin, begin + CHUNK)
        waves = np.cos(np.arange(largest + 1)[:, None, None] * (2.0 * np.pi * frame.fractional[part]))
        kinds = np.eye(len(frame.elements))[frame.species[part]]
        for n, family in enumerate(orders):
            mean = sum(waves[h, :, 0] * waves[k, :, 1] * waves[m, :, 2] for h, k, m in family) / len(family)
            total[n] += mean @ kinds
    signs = 2.0 ** (hkl > 0).sum(axis=1)
    return Waves(
        hkl=hkl,
        multiplicity=signs * np.array([len(family) for family in orders]),
        elements=frame.elements,
        amplitude=total / frame.count,
    )


def peak_strengths(
    waves: Waves, s2: Floats, *, radiation: Radiation, wavelength: float, displacement: float
) -> Floats:
    """Return m|F|² of families of reflections, electrons² or fm² a cell, (n,).

    Parameters
    ----------
    waves : Waves
        Of the frame's atoms.
    s2 : array (n,)
        (sin θ / λ)² of each family, Å⁻².
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    displacement : float
        Thermal B, Å².
    """
    f = np.array([amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in waves.elements])
    whole = (waves.amplitude.T * f).sum(axis=0) * np.exp(-displacement * s2)
    return np.asarray(waves.multiplicity * np.abs(whole) ** 2)


def diffuse_of_displaced(
    frame: Frame,
    specimen: Specimen,
    q: Floats,
    *,
    radiation: Radiation,
    wavelength: float,
    displacement: float,
    reach: float,
    rng: np.random.Generator,
    most_centres: int,
) -> Floats:
    """Return the diffuse scattering of a displaced frame, electrons² or fm², (n,).

    It is that of all pairs of its atoms less the pairs of its mean lattice, which has density
    Σ_G F(G) exp(iG·r) / v: 4πr² N/v Σ m F_i F_j sin(Gr)/(Gr) pairs at r, of N cells of volume v.

    Parameters
    ----------
    frame : Frame
        Of the specimen.
    specimen : Specimen
        In a cubic box.
    q : array (n,)
        Å⁻¹, above 0.
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    displacement : float
        Thermal B, Å²; the scattering that it takes from the peaks is part of the diffuse.
    reach : float
        Å: pairs up to here; at most half of the box.
    rng : Generator
        Chooses atoms whose pairs are counted, where there are more than ``most_centres``.
    most_centres : int
    """
    edge = specimen.volume ** (1.0 / 3.0) / frame.cells[0]
    hkl = families(((float(q[-1]) + BEYOND) * edge / (2.0 * math.pi)) ** 2)
    waves = mean_waves(frame, hkl)
    g = 2.0 * math.pi / edge * np.sqrt((hkl**2).sum(axis=1))
    products = waves.multiplicity[:, None, None] * waves.amplitude[:, :, None] * waves.amplitude[:, None, :]

    def mean_pairs(r: Floats) -> Floats:
        angle = np.outer(r, g)
        waves_at = np.tensordot(np.sin(angle) / angle, products, axes=1)
        return np.asarray(4.0 * np.pi * BIN * r[:, None, None] ** 2 * frame.count / edge**3 * waves_at)

    chosen = specimen.is_phase("frame")
    pairs = pairs_within(
        specimen.positions[chosen],
        specimen.elements[chosen],
        np.zeros(int(chosen.sum()), dtype=np.int64),
        specimen.box,
        specimen.periodic,
        reach=reach,
        rng=rng,
        most_centres=most_centres,
        continuous=True,
        lattice=mean_pairs,
    )
    return intensity(pairs, q, radiation=radiation, wavelength=wavelength, displacement=displacement)
