"""Debye sums: pairs of atoms by distance, and spheres of a crystal by their overlap.

I(Q) = Σ_ij f_i f_j sin(Q r_ij)/(Q r_ij) (Debye 1915, 10.1002/andp.19153510606); the pairs of a sphere of
diameter D cut at random from a crystal are those of the crystal times 1 - 1.5 x + 0.5 x³, x = r/D
(Guinier 1963; Kodama et al. 2006, 10.1107/S0108767306034635).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.scattering import Complexes, Floats, Radiation, amplitude
from topotaxy.measurement.diffraction.structure import Structure

BIN = 0.01
"""Å: width of the bins of distances; moves an intensity at Q = 10 Å⁻¹ by less than 1e-3."""
CHUNK = 512
"""Distances summed at once."""


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Ordered pairs of unlike atoms by distance and species.

    Attributes
    ----------
    species:
        Symbols, (s,).
    singles:
        Atoms of each species, (s,).
    r:
        Distances, Å, (n,).
    counts:
        Ordered pairs, both ways, (n, s, s), symmetric.
    """

    species: tuple[str, ...]
    singles: Floats
    r: Floats
    counts: Floats


def intensity(
    pairs: Pairs, q: Floats, *, radiation: Radiation, wavelength: float, displacement: float = 0.5
) -> Floats:
    """Return the scattering of pairs and single atoms, electrons² or fm², (n,).

    Parameters
    ----------
    pairs : Pairs
        Numbers of ordered pairs of unlike atoms by distance (Å) and species.
    q : array (n,)
        Å⁻¹, above 0.
    displacement : float
        B, Å²: damps pairs, not the atoms' own scattering, so that thermal diffuse scattering is there.
    """
    s2 = (q / (4.0 * math.pi)) ** 2
    f = np.array(
        [amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in pairs.species]
    ).reshape(len(pairs.species), len(q))
    total = (pairs.singles[:, None] * np.abs(f) ** 2).sum(axis=0) if len(f) else np.zeros(len(q))
    total = total + interference(pairs.r, pairs.counts, f, q) * np.exp(-2.0 * displacement * s2)
    return np.asarray(total)


def interference(r: Floats, counts: Floats, f: Complexes, q: Floats) -> Floats:
    """Return Σ counts_ij(r) Re(f_i f_j*) sin(Qr)/(Qr), (n,).

    Parameters
    ----------
    r : array (r,)
        Å.
    counts : array (r, s, s)
        Ordered pairs by distance and species.
    f : array (s, q)
        Amplitudes of the species.
    q : array (n,)
        Å⁻¹.
    """
    species = len(f)
    rows, columns = np.triu_indices(species)
    held = [(i, j) for i, j in zip(rows, columns, strict=True) if np.any(counts[:, i, j])]
    total = np.zeros(len(q))
    if not held or not len(r):
        return total
    weights = np.array([counts[:, i, j] * (1.0 if i == j else 2.0) for i, j in held])
    products = np.array([np.real(f[i] * np.conj(f[j])) for i, j in held])
    for begin in range(0, len(r), CHUNK):
        part = slice(begin, begin + CHUNK)
        angle = np.outer(r[part], q)
        waves = np.sin(angle) / angle
        total += ((weights[:, part] @ waves) * products).sum(axis=0)
    return total


def envelope(r: Floats, diameter: float) -> Floats:
    """Return the share of pairs at a distance that a sphere of a diameter holds, both in Å.

    Parameters
    ----------
    r : array
    diameter : float
        Å.
    """
    x = np.minimum(r / diameter, 1.0)
    return np.asarray(1.0 - 1.5 * x + 0.5 * x**3)


@lru_cache(maxsize=64)
def crystal_pairs(key: tuple[object, ...], reach: float) -> Pairs:
    """Return the pairs of one conventional cell with all around it, at a cell edge of 1, reach in edges.

    Parameters
    ----------
    key : tuple
        Element, fractional x, y, z and occupancy of each atom of the cell.
    reach : float
        In cell edges.
    """
    basis: tuple[tuple[str, float, float, float, float], ...] = key  # type: ignore[assignment]
    symbols = sorted({atom[0] for atom in basis})
    n = math.ceil(reach) + 1
    shifts = np.stack(np.meshgrid(*[np.arange(-n, n + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    gathered: dict[float, Floats] = {}
    for first in basis:
        for second in basis:
            offset = np.array(second[1:4]) - np.array(first[1:4])
            r = np.round(np.linalg.norm(shifts + offset, axis=1), 6)
            r = r[(r > 1e-3) & (r <= reach)]
            values, numbers = np.unique(r, return_counts=True)
            i, j = symbols.index(first[0]), symbols.index(second[0])
            for value, number in zip(values, numbers, strict=True):
                table = gathered.setdefault(float(value), np.zeros((len(symbols), len(symbols))))
                table[i, j] += number * first[4] * second[4]
    distances = np.array(sorted(gathered))
    counts = np.array([gathered[float(d)] for d in distances]).reshape(-1, len(symbols), len(symbols))
    singles = np.array([sum(a[4] for a in basis if a[0] == s) for s in symbols])
    return Pairs(
        species=tuple(symbols),
        singles=singles,
        r=distances,
        counts=0.5 * (counts + counts.transpose(0, 2, 1)),
    )


def sphere(
    structure: Structure,
    edge: float,
    diameters: Floats,
    q: Floats,
    *,
    radiation: Radiation,
    wavelength: float,
    displacement: float,
) -> Floats:
    """Return the scattering per conventional cell of spheres cut from a cubic crystal, (diameters, n).

    Parameters
    ----------
    structure : Structure
        Cubic; sites that several elements share are occupied at random.
    edge : float
        Å.
    diameters : array
        Å.
    q : array (n,)
        Å⁻¹.
    displacement : float
        B, Å².
    """
    basis = tuple(
        (element, *(float(v) for v in point), float(share))
        for site, orbit in zip(structure.sites, structure.orbits, strict=True)
        for point in orbit
        for element, share in site.shares.items()
    )
    reach = math.ceil(float(np.max(diameters)) / edge * 2.0) / 2.0
    crystal = crystal_pairs(basis, reach)
    s2 = (q / (4.0 * math.pi)) ** 2
    f = np.array([amplitude(el, s2, radiation=radiation, wavelength=wavelength) for el in crystal.species])
    own = (crystal.singles[:, None] * np.abs(f) ** 2).sum(axis=0)
    damping = np.exp(-2.0 * displacement * s2)
    r = crystal.r * edge
    rows, columns = np.triu_indices(len(f))
    products = np.array(
        [np.real(f[i] * np.conj(f[j])) * (1.0 if i == j else 2.0) for i, j in zip(rows, columns, strict=True)]
    )
    pair_counts = np.array([crystal.counts[:, i, j] for i, j in zip(rows, columns, strict=True)])
    envelopes = np.array([np.where(r < d, envelope(r, float(d)), 0.0) for d in diameters])
    total = np.zeros((len(diameters), len(q)))
    for begin in range(0, len(r), CHUNK):
        part = slice(begin, begin + CHUNK)
        angle = np.outer(r[part], q)
        waves = np.sin(angle) / angle
        for k in range(len(products)):
            if pair_counts[k, part].any():
                total += (envelopes[:, part] * pair_counts[k, part]) @ waves * products[k]
    return np.asarray(own + damping * total)


def shares_of(elements: Sequence[str] | NDArray[np.str_]) -> Mapping[str, float]:
    """Return the share of each element among atoms.

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements.
    """
    symbols, numbers = np.unique(np.asarray(elements), return_counts=True)
    return {str(s): float(n) / float(numbers.sum()) for s, n in zip(symbols, numbers, strict=True)}
