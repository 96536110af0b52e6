"""Does the share of cations that never react span the cation sublattice?"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material.composition import Composition
from topotaxy.material.oxidation import IONS
from topotaxy.material.phases import T_STANDARD
from topotaxy.material.thermochemistry import conversion_voltages
from topotaxy.tables import read_table

MAX_CELLS = 64


@dataclass(frozen=True)
class Percolation:
    """Inert cations on the fcc sublattice.

    ``threshold`` is the site-percolation threshold of the infinite fcc lattice;
    ``largest_cluster_share`` is the share of the inert sites that belong to the largest
    cluster of nearest neighbours, in one random box of ``cells``^3 conventional cells with
    open faces.
    """

    inert: tuple[str, ...]
    inert_fraction: float
    threshold: float
    percolates: bool
    largest_cluster_share: float
    cells: int


def inert_cations(
    c: Composition, ion: str, *, lower: float = 0.01, temperature: float = T_STANDARD
) -> tuple[str, ...]:
    """Cations whose bulk conversion voltage (Gibbs) lies below ``lower`` V, and alkali cations.

    Raises InputError where a voltage has no data.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    lower : float
        Lower cut-off against the alkali metal, V.
    temperature : float
        Temperature, K.
    """
    voltages, reasons = conversion_voltages(c, ion, temperature)
    if reasons:
        element, reason = next(iter(reasons.items()))
        raise InputError(f"cannot tell whether {element} is inert: {reason}")
    return tuple(el for el in c.cations if el in IONS or voltages[el] < lower)


def fcc_threshold() -> float:
    """Site percolation threshold of the fcc lattice (``percolation_thresholds.csv``)."""
    (row,) = (r for r in read_table("topotaxy.material", "percolation_thresholds") if r["lattice"] == "fcc")
    return float(row["threshold"])


def largest_cluster_share(fraction: float, *, cells: int = 12, seed: int = 0) -> float:
    """Share of randomly occupied fcc sites in their largest nearest-neighbour cluster.

    Sites are the even points of a (2 cells)^3 cubic grid, their twelve neighbours at
    (+-1, +-1, 0); faces are open. 0 where no site is occupied.

    Parameters
    ----------
    fraction : float
        Of occupied sites, 0 to 1.
    cells : int
        Conventional cells along an edge of the periodic box.
    seed : int
        Seed of the random arrangement.
    """
    if not 0.0 <= fraction <= 1.0:
        raise InputError(f"expected a fraction from 0 to 1, got {fraction!r:.40}")
    if not 1 <= cells <= MAX_CELLS:
        raise InputError(f"expected 1 to {MAX_CELLS} cells, got {cells!r:.40}")
    from scipy.ndimage import label

    offsets = np.indices((3, 3, 3)) - 1
    neighbours = np.abs(offsets).sum(axis=0) == 2
    neighbours[1, 1, 1] = True
    even = np.indices((2 * cells,) * 3).sum(axis=0) % 2 == 0
    occupied = even & (np.random.default_rng(seed).random(even.shape) < fraction)
    labels, count = label(occupied, structure=neighbours)
    if not count:
        return 0.0
    return float(np.bincount(labels.ravel())[1:].max() / occupied.sum())


def percolation(
    c: Composition,
    inert: Iterable[str] | None = None,
    *,
    ion: str = "Na",
    lower: float = 0.01,
    temperature: float = T_STANDARD,
    cells: int = 12,
    seed: int = 0,
) -> Percolation:
    """Percolation of the inert cations; by default those of :func:`inert_cations`.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    inert : iterable of str, optional
        Inert cations; those of :func:`inert_cations` by default.
    ion : str
        The alkali metal: Li, Na or K.
    lower : float
        Lower cut-off against the alkali metal, V.
    temperature : float
        Temperature, K.
    cells : int
        Conventional cells along an edge of the periodic box.
    seed : int
        Seed of the random arrangement.
    """
    if inert is None:
        chosen = inert_cations(c, ion, lower=lower, temperature=temperature)
    else:
        chosen = tuple(dict.fromkeys(inert))
        unknown = [el for el in chosen if el not in c.cations]
        if unknown:
            raise InputError(f"{unknown[0]!r:.20} is no cation of {c.formula}; it has {', '.join(c.cations)}")
    fraction = min(1.0, math.fsum(c.cation_fractions[el] for el in chosen))
    threshold = fcc_threshold()
    return Percolation(
        inert=chosen,
        inert_fraction=fraction,
        threshold=threshold,
        percolates=fraction > threshold,
        largest_cluster_share=largest_cluster_share(fraction, cells=cells, seed=seed),
        cells=cells,
    )
