"""Who surrounds the absorbers of a specimen: histograms of pair distances by environment and neighbour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.absorption.record import Floats
from topotaxy.specimen import PHASES, Specimen
from topotaxy.specimen.periodic import with_images

REACH = 5.0
"""Å; shells beyond it add little to a transform that is fitted to 3.2 Å."""
BIN = 0.01
"""Å; a hundredth of the wavelength of the fastest photoelectron."""
METAL = PHASES.index("metal")


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Neighbours of one element's absorbers.

    Attributes
    ----------
    absorber:
        Symbol.
    count, sampled:
        Absorbers in the specimen, and those that were looked at.
    distances:
        Centres of the bins, Å, (n,).
    histograms:
        Neighbours per absorber in each bin by environment and element, (n,) each.
    first_shell_error:
        Standard error of the number of neighbours within 3.3 Å that comes from sampling.
    """

    absorber: str
    count: int
    sampled: int
    distances: Floats
    histograms: dict[tuple[str, str], Floats]
    first_shell_error: float


def bin_centres() -> Floats:
    """Return the distances of the bins of a histogram, Å."""
    return np.asarray((np.arange(int(REACH / BIN)) + 0.5) * BIN, dtype=np.float64)


def neighbours(
    specimen: Specimen, absorber: str, *, sampled: int, rng: np.random.Generator
) -> Neighbours | None:
    """Return who surrounds an element's atoms; None where the specimen has none of them.

    Parameters
    ----------
    sampled
        Atoms looked at where there are more; drawn by ``rng``.
    """
    from scipy.spatial import cKDTree

    own = np.flatnonzero(specimen.elements == absorber)
    if not len(own):
        return None
    chosen = np.sort(rng.choice(own, sampled, replace=False)) if len(own) > sampled else own
    places, origin = with_images(specimen.positions, specimen.box, specimen.periodic, REACH)
    near = cKDTree(places[chosen]).sparse_distance_matrix(cKDTree(places), REACH, output_type="ndarray")
    pairs = near[near["v"] > 1e-6]
    first, second = chosen[pairs["i"]], origin[pairs["j"]]
    metallic = (specimen.phases[first] == METAL) & (specimen.phases[second] == METAL)
    place = np.minimum((pairs["v"] / BIN).astype(np.int64), int(REACH / BIN) - 1)
    histograms = {}
    for element in np.unique(specimen.elements[second]):
        of_element = specimen.elements[second] == element
        for environment, where in (("metal", metallic), ("oxide", ~metallic)):
            taken = of_element & where
            if taken.any():
                counted = np.bincount(place[taken], minlength=int(REACH / BIN)) / len(chosen)
                histograms[environment, str(element)] = counted
    within = np.bincount(pairs["i"][pairs["v"] < 3.3], minlength=len(chosen))
    share = 1.0 - len(chosen) / len(own)
    return Neighbours(
        absorber=absorber,
        count=len(own),
        sampled=len(chosen),
        distances=bin_centres(),
        histograms=histograms,
        first_shell_error=float(np.sqrt(share * within.var() / len(chosen))),
    )
